# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The check of all endpoints at once: does each accept what Dynatrace will send?"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import endpoints
from .elasticsearch import ElasticsearchClient, base_url, identify_server
from .endpoints import BasicLogin, Endpoint, OAuthLogin
from .findings import CheckAborted, Findings
from .http import add_refusal, send_request
from .index_checks import Baseline, check_index
from .network import ConnectOptions, check_connection
from .oauth import fetch_token
from .send_samples import Sender
from .static_checks import check_declaration, check_doc_type, index_problem, is_date_math

_MOST_AT_ONCE = 8


@dataclass(frozen=True)
class ExportCheck:
    """What was found about one export.

    :param retained: whether something of the sample sessions stays at the endpoint.
    """

    endpoint: Endpoint
    findings: Findings
    retained: bool
    seconds: float

    def result(self) -> dict[str, Any]:
        """For the result of the module."""
        return {
            "name": self.endpoint.name,
            "endpoint": self.findings.clean_text(self.endpoint.public_url),
            "ok": not self.findings.has("error"),
            "findings": [finding.result() for finding in self.findings.found],
            "connections": [],
            "elasticsearch": {},
            "oauth_client_auth": "",
            "samples": {"sent": 0, "deleted": 0},
            **self.findings.facts,
            "samples_retained": self.retained,
            "seconds": round(self.seconds, 2),
        }


def check_all(exports: Sequence[Endpoint], connect_options: ConnectOptions, *, send: bool) -> list[ExportCheck]:
    """Check every export, all at once.

    :param send: send sample sessions too.
    """
    if not exports:
        return []
    with ThreadPoolExecutor(max_workers=min(len(exports), _MOST_AT_ONCE)) as pool:
        return list(pool.map(lambda endpoint: check_one(endpoint, connect_options, send=send), exports))


def check_one(endpoint: Endpoint, connect_options: ConnectOptions, *, send: bool) -> ExportCheck:
    """Check one export."""
    start = time.monotonic()
    findings = Findings(endpoint.name, endpoint.secrets)
    retained = False
    check_declaration(endpoint, findings)
    try:
        retained = _check(endpoint, connect_options, findings, send=send)
    except CheckAborted:
        if send:
            findings.add("send_skipped", "mode", "no sample sessions were sent because of the other findings")
    return ExportCheck(endpoint, findings, retained, time.monotonic() - start)


def _check(endpoint: Endpoint, connect_options: ConnectOptions, findings: Findings, *, send: bool) -> bool:
    headers = authenticate(endpoint, connect_options, findings)
    client, baseline = None, None
    if endpoint.index is not None:
        client, baseline = _check_elasticsearch(endpoint, headers, connect_options, findings)
    elif not send:
        if isinstance(endpoint.login, BasicLogin):
            _try_login(endpoint, headers, connect_options, findings)
        findings.add("nothing_sent", "mode", "no session was sent, so the response of the endpoint is unknown")
    if not send:
        return False
    if findings.has("error"):
        raise CheckAborted
    if endpoint.index is not None and baseline is None:
        text = "no sample sessions were sent, because they would or might create the index or add fields to it"
        findings.add("send_skipped", "mode", text)
        return False
    return Sender(endpoint, headers, connect_options, findings, client, baseline).send()


def authenticate(endpoint: Endpoint, connect_options: ConnectOptions, findings: Findings) -> dict[str, str]:
    """The headers that authenticate requests to the endpoint.

    :raises CheckAborted: it cannot be reached, or there are no credentials.
    """
    # First the connection: credentials must not be sent to a wrong host.
    where = endpoint.option(endpoints.URL)
    check_connection(endpoint.url, where, connect_options, findings, wait=endpoint.index is None)
    missing = endpoint.secret_missing
    if missing is not None:
        where = endpoint.option(missing)
        raise findings.abort("secret_not_given", where, "the secret is not declared, so authentication is not checked")
    login = endpoint.login
    if isinstance(login, BasicLogin):
        pair = f"{login.username}:{login.password}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    if isinstance(login, OAuthLogin):
        return {"Authorization": f"Bearer {fetch_token(endpoint, login, connect_options, findings)}"}
    return {}


def _check_elasticsearch(
    endpoint: Endpoint, headers: Mapping[str, str], connect_options: ConnectOptions, findings: Findings
) -> tuple[ElasticsearchClient | None, Baseline | None]:
    """Everything about ``send_direct`` that can be checked without storing anything.

    :returns: what is needed to send samples; no baseline where none may be sent.
    :raises CheckAborted: after a finding that makes further checks meaningless.
    """
    index = endpoint.index or ""
    base = base_url(endpoint.url, index)
    if base is None:
        return None, None
    client = ElasticsearchClient(endpoint, connect_options, findings, base, headers)
    identify_server(client)
    check_doc_type(endpoint, client.server.major, findings)
    if index_problem(index) and not is_date_math(index):
        return client, None
    return client, check_index(client)


def _try_login(
    endpoint: Endpoint, headers: Mapping[str, str], connect_options: ConnectOptions, findings: Findings
) -> None:
    """Send the credentials with a request that has no data, and see whether the endpoint evaluates them."""
    option, where = endpoint.option(endpoints.PASSWORD), endpoint.option(endpoints.URL)
    response = send_request("HEAD", endpoint.url, where, connect_options, findings, headers=headers)
    if response.status == 401:
        add_refusal(response, endpoint, "HEAD", findings)
        return
    # An endpoint that rejects a request without credentials and not this one has checked the password.
    if send_request("HEAD", endpoint.url, where, connect_options, findings).status == 401:
        findings.add("credentials_accepted", option, "the user name and password are accepted")
        return
    text = (
        f"the endpoint responds to a request without data with status {response.status}, with and without credentials"
    )
    findings.add("credentials_unchecked", option, text)
