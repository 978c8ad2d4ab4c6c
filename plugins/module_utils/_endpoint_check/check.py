# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""All far ends at once: does each take what Dynatrace will send?"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import targets
from .declared import check_declared
from .elasticsearch import check_elastic
from .exchange import exchange, refusal
from .findings import Ended, Findings
from .network import Means, probe
from .oauth import fetch_token
from .sending import send_samples
from .targets import BasicLogin, OAuthLogin, Target

_MOST_AT_ONCE = 8


@dataclass(frozen=True)
class Checked:
    """What was found about one export.

    :param stays: whether sample sessions stay at the far end.
    """

    target: Target
    findings: Findings
    stays: bool
    seconds: float

    def result(self) -> dict[str, Any]:
        """For the result of the module."""
        return {
            "name": self.target.name,
            "endpoint": self.findings.shown(self.target.endpoint),
            "ok": not self.findings.has("error"),
            "findings": [finding.result() for finding in self.findings.found],
            "reached": [],
            "elasticsearch": {},
            "oauth_credentials": "",
            **self.findings.facts,
            "samples_stay": self.stays,
            "seconds": round(self.seconds, 2),
        }


def check_all(wanted: Sequence[Target], means: Means, *, send: bool) -> list[Checked]:
    """Check every export, all at once.

    :param send: send sample sessions too.
    """
    if not wanted:
        return []
    with ThreadPoolExecutor(max_workers=min(len(wanted), _MOST_AT_ONCE)) as pool:
        return list(pool.map(lambda target: check_one(target, means, send=send), wanted))


def check_one(target: Target, means: Means, *, send: bool) -> Checked:
    """Check one export."""
    start = time.monotonic()
    findings = Findings(target.name, target.secrets)
    stays = False
    check_declared(target, findings)
    try:
        stays = _check(target, means, findings, send=send)
    except Ended:
        if send:
            findings.add("send_skipped", "mode", "no sample sessions were sent, see the other findings")
    return Checked(target, findings, stays, time.monotonic() - start)


def _check(target: Target, means: Means, findings: Findings, *, send: bool) -> bool:
    headers = authenticate(target, means, findings)
    login = target.login
    if target.index is not None:
        check_elastic(target, headers, means, findings)
    elif not send:
        if isinstance(login, BasicLogin):
            _try_login(target, headers, means, findings)
        findings.add("nothing_sent", "mode", "no session was sent, so it is not known how it would be answered")
    if not send:
        return False
    if findings.has("error"):
        raise Ended
    return send_samples(target, headers, means, findings)


def authenticate(target: Target, means: Means, findings: Findings) -> dict[str, str]:
    """The headers with which the far end is asked.

    :raises Ended: it is not reached, or there is nothing to show it.
    """
    # Before the credentials: those of a wrong host should not be sent anywhere.
    probe(target.url, target.option(targets.URL), means, findings)
    missing = target.secret_missing
    if missing is not None:
        where = target.option(missing)
        raise findings.end("secret_not_given", where, "the secret is not given, so authentication is not checked")
    login = target.login
    if isinstance(login, BasicLogin):
        pair = f"{login.username}:{login.password}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    if isinstance(login, OAuthLogin):
        return {"Authorization": f"Bearer {fetch_token(target, login, means, findings)}"}
    return {}


def _try_login(target: Target, headers: dict[str, str], means: Means, findings: Findings) -> None:
    """Show the credentials on a request that has no data, and see whether the far end looks at them."""
    option = target.option(targets.PASSWORD)
    where = target.option(targets.URL)
    answer = exchange("HEAD", target.url, where, means, findings, headers=headers)
    if answer.status == 401:
        refusal(answer, target, "HEAD", findings)
        return
    # Whoever refuses a stranger and not this user has looked at the password.
    if exchange("HEAD", target.url, where, means, findings).status == 401:
        findings.add("credentials_accepted", option, "user name and password are accepted")
        return
    text = f"the far end answers a request without data alike with and without credentials (status {answer.status})"
    findings.add("credentials_unchecked", option, text)
