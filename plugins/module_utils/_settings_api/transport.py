# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One HTTP request: sent with patience, read with limits, every way of failing named. Imports requests at first use."""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .adapter import TooSlowError, give_back, take_link
from .connection import Connection
from .errors import (
    AnswerLost,
    ConnectionFailed,
    Hint,
    InvalidInput,
    MissingLibrary,
    OtherServer,
    Problem,
    SettingsError,
    Throttled,
    TooMuch,
    UnexpectedAnswer,
)
from .responses import one_line
from .retry import READS, OutOfPatienceError, Patience, PatientRetry, was_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

MAX_ANSWER_BYTES = 64 * 1024 * 1024
# Twenty million empty objects fit into an answer, and would take gigabytes.
MAX_VALUES = 4_000_000
_CHUNK = 65536
# A drip of single bytes never runs into the time-out between two of them.
_SLOWEST = 10


# Found in the handshake, before anything of a request is looked at.
_IN_HANDSHAKE = (
    ("hostname mismatch", "its certificate is for another host name", "Check {option.environment_url}."),
    ("doesn't match", "its certificate is for another host name", "Check {option.environment_url}."),
    ("ip address mismatch", "its certificate is for another host name", "Check {option.environment_url}."),
    ("certificate has expired", "its certificate has expired", "Renew it on the server."),
    ("self-signed", "its certificate is self-signed", "Set {option.ca_path} to a file that contains it."),
    ("self signed", "its certificate is self-signed", "Set {option.ca_path} to a file that contains it."),
    (
        "unable to get",
        "its certificate was issued by an authority that is not trusted",
        "Set {option.ca_path} to the CA file of this authority.",
    ),
    ("certificate required", "it requires a client certificate", "Set {option.client_cert}."),
    ("alert unknown ca", "it does not accept the client certificate", "Check {option.client_cert}."),
    ("alert bad certificate", "it does not accept the client certificate", "Check {option.client_cert}."),
    ("alert certificate", "it does not accept the client certificate", "Check {option.client_cert}."),
    ("certificate verify failed", "its certificate cannot be verified", "Check {option.ca_path}."),
    ("ca certificate bundle", "the file in ca_path cannot be read", "It must be in PEM format."),
    ("could not find a suitable tls ca", "the file in ca_path cannot be read", "It must be in PEM format."),
)
# These can also come later, after a write was applied.
_AT_ANY_TIME = (
    ("wrong_version_number", "it does not use TLS", "Check the port."),
    ("wrong version number", "it does not use TLS", "Check the port."),
    ("sslerror", "the TLS handshake failed", "Check {option.ca_path}, {option.client_cert}, and {option.client_key}."),
)


@dataclass(frozen=True)
class Reply:
    """Status, parsed body and size in bytes of an answer; ``body`` is ``None`` when there was none."""

    status: int
    body: Any
    size: int = 0


class Transport:
    """A session with one environment: keeps the connection, counts requests.

    :param redact: applied to the host that a redirect names.
    """

    def __init__(self, connection: Connection, *, redact: Callable[[str], str] = str) -> None:
        """:raises MissingLibrary: requests is not installed."""
        try:
            import requests
        except ImportError:
            raise MissingLibrary("requests") from None
        self.connection = connection
        self.environment = connection.base_url
        self._redact = redact
        self.patience = Patience(connection.retry_timeout)
        self.requests_sent = 0
        # Without a session of requests, which takes longer to prepare a request than to send it, and would take
        # proxies, certificates and netrc passwords from the surroundings.
        pair = (connection.client_cert, connection.client_key) if connection.client_key else connection.client_cert
        self._how: dict[str, Any] = {
            "verify": (connection.ca_path or True) if connection.validate_certs else False,
            "cert": pair if connection.client_cert else None,
            "proxies": dict.fromkeys(("http", "https"), connection.proxy.strip()) if connection.proxy else {},
        }
        self._headers = {
            **requests.utils.default_headers(),
            "User-Agent": connection.user_agent,
            "Accept": "application/json",
        }
        self._cookies = requests.cookies.RequestsCookieJar()
        self._link = take_link(connection)
        self._intact = True
        if not connection.validate_certs:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def clone(self, *, redact: Callable[[str], str]) -> Transport:
        """Return one with a connection of its own. It shares the waits, and has the cookies, which can name a node."""
        other = Transport(self.connection, redact=redact)
        other.patience = self.patience
        other._cookies.update(self._cookies)
        return other

    def close(self) -> None:
        """Close the connection, or leave it to the next environment at the same address."""
        if self._intact:
            give_back(self.connection, self._link)
        else:
            self._link.adapter.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Send one request and read the whole answer.

        :param body: sent as JSON.
        :param repeatable: whether sending it twice does no harm; by default a GET is.
        :raises InvalidInput: if the body cannot be encoded as JSON. Nothing was sent.
        :raises ConnectionFailed: nothing was applied.
        :raises AnswerLost: a write was sent and its outcome is unknown.
        :raises Throttled: the API did not become available within the budget.
        :raises UnexpectedAnswer: not JSON, or a redirect.
        """
        import requests
        import urllib3

        repeatable = method in READS if repeatable is None else repeatable
        what = f"{method} {urlsplit(url).path}"
        given = dict(headers or {})
        content: Any = dict(form) if form else None
        if body is not None:
            given["Content-Type"] = "application/json"
            content = _json(body)
        self.patience.hold()
        # All attempts together, and what they may wait for an API that throttles.
        adapter, deadline = self._link.adapter, self._link.deadline
        deadline.start(self._slowest + max(0.0, self.patience.budget - self.patience.waited))
        for attempt in (1, 2, 3):
            adapter.max_retries = PatientRetry.start(self.patience, "GET" if repeatable else method)
            self.requests_sent += 1
            failure: SettingsError
            try:
                request = self._prepared(method, url, given, params or {}, content)
                # As long as a response was not read as a whole, another request would get the rest of it.
                self._intact = False
                response = adapter.send(request, stream=True, timeout=self.connection.timeout, **self._how)
            except OutOfPatienceError as error:
                raise self._out_of_patience(error, url) from None
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                # The text of these exceptions contains whole URLs, so only their kind is reported.
                raise connection_error(error, what, url, self.connection.timeout, write=not repeatable) from None
            try:
                with response:
                    if response.cookies:
                        self._cookies.update(response.cookies)
                    reply = self._read(response, what, url, write=not repeatable)
                self._intact = True
                return reply
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                failure = connection_error(
                    error, what, url, self.connection.timeout, write=not repeatable, answered=True
                )
            if not repeatable or attempt == 3 or deadline.over:
                raise failure
        raise AssertionError("the last attempt returns or raises")

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], params: Mapping[str, str], content: Any
    ) -> requests.PreparedRequest:
        import requests

        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.prepare_url(url, {key: text.encode("utf-8", "surrogatepass") for key, text in params.items()})
        request.prepare_headers({**self._headers, **headers})
        if self._cookies:
            request.prepare_cookies(self._cookies)
        request.prepare_body(content, None)
        return request

    @property
    def _slowest(self) -> float:
        """Seconds that one response may take altogether."""
        return self.connection.timeout * _SLOWEST

    def _read(self, response: requests.Response, what: str, url: str, *, write: bool) -> Reply:
        status = response.status_code
        where = self._where(url)
        if 300 <= status < 400:
            target = one_line(self._redact(_host_of(response.headers.get("Location") or "") or "another place"))
            raise UnexpectedAnswer(
                f"{where} redirects {what} to {target}. Redirects are not followed.",
                hint=Hint("Check {option.environment_url}. The token was not sent to the other address."),
            )
        deadline = time.monotonic() + self._slowest
        content = bytearray()
        for chunk in _chunks(response):
            content += chunk
            slow = time.monotonic() > deadline
            if slow or len(content) > MAX_ANSWER_BYTES:
                why = (
                    f"takes too long (more than {self._slowest:g} s)"
                    if slow
                    else f"is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MiB"
                )
                kind = AnswerLost if write else TooMuch
                raise kind(f"The response of {where} to {what} {why}.")
        if not content.strip():
            return Reply(status, None)
        if sum(map(content.count, (b",", b"[", b"{"))) > MAX_VALUES:
            kind = AnswerLost if write else TooMuch
            raise kind(f"The response of {where} to {what} has more than {MAX_VALUES} values.")
        try:
            return Reply(status, json.loads(content, parse_constant=_no_number, parse_float=_finite), len(content))
        except (ValueError, RecursionError):
            return self._not_json(response, bytes(content[:200]), what, where, write=write)

    def _not_json(self, response: requests.Response, start: bytes, what: str, where: str, *, write: bool) -> Reply:
        status = response.status_code
        if status >= 400:
            # A gateway before the API has its own error responses. The status is sufficient.
            return Reply(status, None)
        page = "html" in response.headers.get("Content-Type", "").lower() or start.lstrip()[:1] == b"<"
        if write:
            raise AnswerLost(f"{where} responded to {what} with something other than JSON.")
        message = f"{where} responded to {what} with {'a web page' if page else 'something'} instead of JSON."
        raise OtherServer(message, may_lack_id=where == self.environment and self.connection.may_lack_its_id)

    def _where(self, url: str) -> str:
        """The environment, or the host of a token service."""
        return self.environment if url.startswith(self.connection.api_url) else _host_of(url) or "the server"

    def _out_of_patience(self, error: OutOfPatienceError, url: str) -> SettingsError:
        budget = self.patience
        waited = f"Waited {budget.waited:.1f} s of the retry_timeout of {budget.budget:g} s"
        if error.status is None:
            return ConnectionFailed(f"No connection to {self._where(url)}. {waited}.")
        what = "throttles requests" if error.status == 429 else f"is unavailable (status {error.status})"
        return Throttled(
            f"{self._where(url)} {what}. {waited}, and the next wait would take {round(error.wanted, 1):g} s.",
            status=error.status,
            hint=Hint("Raise {option.retry_timeout}, or process fewer environments at once."),
            details={"retry_wait_seconds": round(budget.waited, 1)},
        )


def _json(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except ValueError:
        raise InvalidInput([Problem("no_json_number", "value")]) from None


def _no_number(text: str) -> float:
    """NaN and infinities, which JSON does not have and which no value here can be compared with."""
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _with_port(url: str) -> str:
    """The host and the port of a URL. The port of the scheme is named too: it may be the wrong one."""
    parts = urlsplit(url)
    host = parts.hostname or "the server"
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or (80 if parts.scheme == 'http' else 443)}"


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body, decoded, in the pieces in which it arrives: a full chunk of a slow drip would never be complete."""
    read1 = getattr(response.raw, "read1", None)
    if read1 is None:  # urllib3 1
        yield from response.iter_content(_CHUNK)
        return
    while chunk := read1(_CHUNK, decode_content=True):
        yield chunk


def connection_error(
    error: BaseException, what: str, url: str, timeout: float, *, write: bool, answered: bool = False
) -> SettingsError:
    """Name a failure by its kind, looking through the layers that libraries wrap around it.

    :param what: the request, without its query.
    :param timeout: seconds.
    :param answered: the answer had begun.
    """
    import requests
    import urllib3

    kinds = list(_layers(error))
    host = urlsplit(url).hostname or "the server"

    def has(*types: type[BaseException]) -> bool:
        return any(isinstance(one, types) for one in kinds)

    proxy = has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)
    # Libraries blame the proxy also for what broke after a write was sent through it.
    if proxy and (not write or any(was_refused(one) for one in kinds)):
        hint = Hint("Check the option {option.proxy}.")
        return ConnectionFailed(f"The proxy did not forward {what} to {host}.", hint=hint)
    certificate = None if answered else _certificate_problem(" ".join(str(one) for one in kinds), write=write)
    if certificate:
        return ConnectionFailed(f"No trusted connection to {host}: {certificate[0]}.", hint=Hint(certificate[1]))
    # urllib3 1 has no specific error for it, only this cause.
    if has(socket.gaierror):
        return ConnectionFailed(
            f"The host name {host} cannot be resolved.", hint=Hint("Check {option.environment_url}.")
        )
    refused = has(urllib3.exceptions.NewConnectionError)
    host = _with_port(url)
    if has(requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError) and not refused:
        return ConnectionFailed(f"No connection to {host} within {timeout:g} s.")
    if refused:
        return ConnectionFailed(
            f"No connection to {host}: no server listens there.",
            hint=Hint("Check {option.environment_url} and the network."),
        )
    if has(TooSlowError):
        why = "the response takes too long to arrive"
        if write:
            return AnswerLost(f"{what} at {host}: {why}, so it is unknown whether it was applied.")
        return ConnectionFailed(f"{what} at {host}: {why}.")
    late = has(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)
    why = f"no response within {timeout:g} s" if late else "the connection broke"
    if write:
        return AnswerLost(f"{what} at {host}: {why}, so it is unknown whether it was applied.")
    return ConnectionFailed(f"{what} at {host}: {why}.")


def _layers(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _certificate_problem(text: str, *, write: bool) -> tuple[str, str] | None:
    lowered = text.lower()
    for sign, problem, hint in _IN_HANDSHAKE if write else _IN_HANDSHAKE + _AT_ANY_TIME:
        if sign in lowered:
            return problem, hint
    return None
