# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One HTTP exchange with a far end, within its time, and what its refusals mean."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from . import targets
from .findings import Ended, Findings
from .handshake import meaning
from .network import Clock, Means, dial, watched
from .targets import BasicLogin, OAuthLogin, Target

_LONGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 65536


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, ``None`` if it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Unanswered(Ended):
    """A request was sent and no answer came."""


def exchange(
    method: str,
    url: str,
    option: str,
    means: Means,
    findings: Findings,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request on a connection of its own.

    :param option: where the URL was written.
    :raises Ended: no connection, with the finding that says why.
    :raises Unanswered: the request was sent, and there is no answer.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    clock = Clock(means.timeout)
    secure = dial(url, option, means, clock, findings)
    # Ready-made, so that http.client opens none itself.
    line = http.client.HTTPConnection(host, parts.port or 443)
    line.sock = secure
    # The same place in the form that fits into a request.
    place = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    )
    authority = parts.netloc.rpartition("@")[2]
    given = {"Host": authority if authority.isascii() else authority.encode("idna").decode("ascii")}
    given |= {"User-Agent": means.user_agent, "Accept": "*/*", "Connection": "close", **(headers or {})}
    try:
        with watched(secure, clock):
            line.request(method, place, body=body, headers=given)
            response = line.getresponse()
            content = bytearray()
            while len(content) < _LONGEST_ANSWER and (chunk := response.read1(_CHUNK)):
                content += chunk
    except (OSError, http.client.HTTPException, ValueError) as error:
        if clock.over or isinstance(error, TimeoutError):
            text = f"{host} did not answer {method} within {clock.seconds:g} s"
            findings.add("answer_timeout", option, text)
        elif isinstance(error, ssl.SSLError) and meaning(error) == "tls_client_certificate":
            raise findings.end("tls_client_certificate", option, f"{host} asks for a client certificate") from None
        elif isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
            findings.add("answer_broken", option, f"{host} answered {method} with something that is not HTTP")
        else:
            findings.add("answer_broken", option, f"{host} broke the connection instead of answering {method}")
        raise Unanswered from None
    finally:
        line.close()
    # A watchdog that bites while the body is read ends it like a server that closes.
    if clock.over:
        findings.add("answer_timeout", option, f"{host} did not answer {method} within {clock.seconds:g} s")
        raise Unanswered
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, bytes(content))


def refusal(answer: Answer, target: Target, method: str, findings: Findings) -> None:
    """Add the finding that an answer other than 200 means. To Dynatrace it is a failure, whichever it is."""
    status = answer.status
    code, path, text = _STATUS.get(status) or _others(status)
    said = f"{method} was answered with status {status}: {text}"
    if status == 401:
        code, path, said = _unauthorised(answer, target, method)
    elif status == 403 and isinstance(target.login, OAuthLogin):
        path = targets.SCOPE
    elif 300 <= status < 400:
        said = f"{method} is redirected to {_host(answer.headers.get('location', ''))} (status {status})"
    elif code in ("rejected", "server_failed"):
        said += _reason(answer)
    findings.add(code, target.option(path), said)


_STATUS: dict[int, tuple[str, tuple[str, ...], str]] = {
    403: ("forbidden", targets.USER, "this is not allowed"),
    404: ("endpoint_not_found", targets.URL, "there is nothing at this path"),
    405: ("method_refused", targets.POST, "the method is not taken"),
    406: ("content_type_refused", targets.TYPE, "the content type is not taken"),
    413: ("body_too_large", targets.URL, "too much at once"),
    415: ("content_type_refused", targets.TYPE, "the content type is not taken"),
    429: ("throttled", targets.URL, "too many requests"),
    501: ("method_refused", targets.POST, "the method is not taken"),
}


def _others(status: int) -> tuple[str, tuple[str, ...], str]:
    if 200 < status < 300:
        return "status_not_200", targets.URL, "Dynatrace takes 200 only for success"
    if 300 <= status < 400:
        return "redirect", targets.URL, ""
    return ("server_failed" if status >= 500 else "rejected"), targets.URL, "the far end gave no reason"


def _unauthorised(answer: Answer, target: Target, method: str) -> tuple[str, tuple[str, ...], str]:
    offered = answer.headers.get("www-authenticate", "")
    known = [word for word in ("basic", "bearer", "negotiate", "digest") if word in offered.lower()]
    asked = f", it asks for {' or '.join(known)}" if known else ""
    if target.login is None:
        return "authentication_needed", targets.ACTIVE, f"{method} without credentials is refused (401){asked}"
    mine, code, path = ("basic", "credentials_refused", targets.PASSWORD)
    if isinstance(target.login, OAuthLogin):
        mine, code, path = ("bearer", "token_refused", targets.SCOPE)
    if known and mine not in known:
        return "authentication_scheme", targets.KIND, f"{method} with {mine} authentication is refused (401){asked}"
    what = "user name and password are" if isinstance(target.login, BasicLogin) else "the token is"
    return code, path, f"{what} refused (401)"


def _reason(answer: Answer) -> str:
    """The reason that Elasticsearch, and many others, give in JSON."""
    body = answer.json()
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        error = error.get("reason") or error.get("type")
    return f" ({error})" if isinstance(error, str) and error else ""


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or "another path"
    except ValueError:
        return "another place"
