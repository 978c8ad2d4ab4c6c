# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The check of all endpoints at once: does each accept what Dynatrace will send?"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import endpoints
from .elasticsearch import ElasticsearchClient, base_url, identify_server
from .endpoints import BasicLogin, Endpoint, OAuthLogin
from .findings import CheckAborted, Findings
from .http import EndpointClient, add_refusal
from .index_checks import Baseline, check_index
from .network import ConnectOptions, check_connection
from .oauth import fetch_token
from .send_samples import Sender
from .static_checks import check_declaration, index_problem, is_date_math

MOST_AT_ONCE = 8


@dataclass(frozen=True)
class ExportCheck:
    """What was found about one export.

    :param retained: whether something of the sample sessions stays at the endpoint.
    """

    findings: Findings
    retained: bool
    seconds: float

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the export."""
        return self.findings.endpoint

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
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        return list(pool.map(lambda endpoint: check_one(endpoint, connect_options, send=send), exports))


def check_one(endpoint: Endpoint, connect_options: ConnectOptions, *, send: bool) -> ExportCheck:
    """Check one export."""
    start, findings, retained = time.monotonic(), Findings(endpoint), False
    check_declaration(findings)
    try:
        retained = _check(EndpointClient(findings, connect_options), send=send)
    except CheckAborted:
        if send:
            findings.add("send_skipped", "mode", "no sample sessions were sent because of the other findings")
    return ExportCheck(findings, retained, time.monotonic() - start)


def _check(client: EndpointClient, *, send: bool) -> bool:
    findings, baseline = client.findings, None
    authenticate(client)
    if client.endpoint.index is not None:
        client, baseline = _check_elasticsearch(client)
    elif not send:
        if isinstance(client.endpoint.login, BasicLogin):
            _try_login(client)
        findings.add("nothing_sent", "mode", "no session was sent, so the response of the endpoint is unknown")
    if not send:
        return False
    if findings.has("error"):
        raise CheckAborted
    if client.endpoint.index is not None and baseline is None:
        text = "no sample sessions were sent, because they would or might create the index or add fields to it"
        findings.add("send_skipped", "mode", text)
        return False
    return Sender(client, baseline).send()


def authenticate(client: EndpointClient) -> None:
    """Connect to the endpoint, and add to the client what authenticates its requests.

    :raises CheckAborted: it cannot be reached, or there are no credentials.
    """
    endpoint, findings = client.endpoint, client.findings
    # First the connection: credentials must not be sent to a wrong host.
    check_connection(endpoint.url, endpoints.URL, client.connect_options, findings, wait=endpoint.index is None)
    missing = endpoint.secret_missing
    if missing is not None:
        text = "the secret is not declared, so authentication is not checked"
        raise findings.abort("secret_not_given", missing, text)
    login = endpoint.login
    if isinstance(login, BasicLogin):
        pair = f"{login.username}:{login.password}".encode()
        client.headers = {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    elif isinstance(login, OAuthLogin):
        client.headers = {"Authorization": f"Bearer {fetch_token(client, login)}"}


def _check_elasticsearch(client: EndpointClient) -> tuple[EndpointClient, Baseline | None]:
    """Everything about ``send_direct`` that can be checked without storing anything.

    :returns: what is needed to send samples; no baseline where none may be sent.
    :raises CheckAborted: after a finding that makes further checks meaningless.
    """
    findings, index = client.findings, client.endpoint.index or ""
    base = base_url(client.endpoint.url, index)
    if base is None:
        return client, None
    own = ElasticsearchClient(findings, client.connect_options, client.headers, base)
    identify_server(own)
    _check_doc_type(own)
    if index_problem(index) and not is_date_math(index):
        return own, None
    return own, check_index(own)


def _check_doc_type(client: ElasticsearchClient) -> None:
    """Check the document type against the version of the server."""
    major, doc_type = client.server.major, client.endpoint.doc_type
    if major is not None and major >= 8 and doc_type is not None:
        text = f"the document type {doc_type} is rejected by this version"
        client.findings.add("doc_type_not_supported", endpoints.DOC_TYPE, text)
    elif major is not None and major <= 6 and doc_type is None:
        client.findings.add("doc_type_missing", endpoints.DOC_TYPE, "this version requires a document type")


def _try_login(client: EndpointClient) -> None:
    """Send the credentials with a request that has no data, and see whether the endpoint evaluates them."""
    findings, url = client.findings, client.endpoint.url
    response = client.send("HEAD", url, endpoints.URL, headers=client.headers)
    if response.status == 401:
        add_refusal(response, "HEAD", findings)
        return
    # An endpoint that rejects a request without credentials and not this one has checked the password.
    if client.send("HEAD", url, endpoints.URL).status == 401:
        findings.add("credentials_accepted", endpoints.PASSWORD, "the user name and password are accepted")
        return
    text = f"the endpoint responds with {response.status} to a request without data, with and without credentials"
    findings.add("credentials_unchecked", endpoints.PASSWORD, text)
