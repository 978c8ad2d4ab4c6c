# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One HTTP request to an endpoint, within its time limit, and what a response other than 200 means."""

from __future__ import annotations

import http.client
import json
import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from . import endpoints
from .endpoints import BasicLogin, Endpoint, OAuthLogin, Property
from .findings import CheckAborted, Findings
from .handshake import code_for
from .network import ConnectOptions, Deadline, connect, watched

_LONGEST_BODY = 16 * 1024 * 1024
_CHUNK = 65536
_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Response:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, ``None`` if it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def part(self, *names: str) -> Mapping[str, Any]:
        """The object below these names of the JSON body; empty if there is none."""
        return below(self.json(), *names)

    @property
    def error(self) -> Mapping[str, Any]:
        """The error that Elasticsearch describes; empty if there is none."""
        return self.part("error")

    @property
    def is_index_block(self) -> bool:
        """Whether a block of one index is the reason. A block of the whole cluster has the same type."""
        blocked = self.error_type == "cluster_block_exception"
        return blocked and str(self.error.get("reason") or "").startswith("index [")

    @property
    def error_type(self) -> str:
        """``cluster_block_exception``, for example."""
        return str(self.error.get("type") or "")

    @property
    def bulk_items(self) -> list[Mapping[str, Any]] | None:
        """What happened to each action of a bulk, in order; ``None`` if the response does not say it."""
        items = self.part().get("items")
        if self.status != 200 or not isinstance(items, list):
            return None
        found = [next(iter(item.values()), None) for item in items if isinstance(item, Mapping)]
        return [item for item in found if isinstance(item, Mapping)]


def below(node: Any, *names: str) -> Mapping[str, Any]:
    """What is below these names; nothing if it is not there."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}


class NoResponse(CheckAborted):
    """A request was sent and there was no response."""


@dataclass
class EndpointClient:
    """Requests for one export. What goes wrong with them is added to its findings.

    :param headers: authentication at the endpoint.
    """

    findings: Findings
    connect_options: ConnectOptions
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the export."""
        return self.findings.endpoint

    def send(
        self,
        method: str,
        url: str,
        where: Property,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send one request on a separate connection.

        :param where: the property with the URL.
        :raises CheckAborted: there is no connection; with the finding that says why.
        :raises NoResponse: the request was sent, and there is no response.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        findings, deadline = self.findings, Deadline(self.connect_options.timeout)
        secure = connect(url, where, self.connect_options, deadline, findings)
        # Has its socket already, so that http.client opens none.
        connection = http.client.HTTPConnection(host, parts.port or 443)
        connection.sock = secure
        target = quote(parts.path or "/", safe=_SAFE) + (
            f"?{quote(parts.query, safe=_SAFE + '?')}" if parts.query else ""
        )
        authority = parts.netloc.rpartition("@")[2]
        sent = {"Host": authority if authority.isascii() else authority.encode("idna").decode("ascii")}
        sent |= {
            "User-Agent": self.connect_options.user_agent,
            "Accept": "*/*",
            "Connection": "close",
            **(headers or {}),
        }
        content = bytearray()
        try:
            with watched(secure, deadline):
                connection.request(method, target, body=body, headers=sent)
                response = connection.getresponse()
                while len(content) <= _LONGEST_BODY and (chunk := response.read1(_CHUNK)):
                    content += chunk
        except (OSError, http.client.HTTPException, ValueError) as error:
            if deadline.expired or isinstance(error, TimeoutError):
                text = f"{host} did not respond to {method} within {deadline.seconds:g} s"
                findings.add("answer_timeout", where, text)
            elif isinstance(error, ssl.SSLError) and code_for(error) == "tls_client_certificate":
                raise findings.abort("tls_client_certificate", where, f"{host} requires a client certificate") from None
            elif isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
                findings.add(
                    "answer_broken", where, f"{host} responded to {method} with something that is not HTTP/1.1"
                )
            else:
                findings.add("answer_broken", where, f"{host} closed the connection instead of responding to {method}")
            raise NoResponse from None
        finally:
            connection.close()
        # A watchdog that ends the connection while the body is read looks like a server that closes it.
        if deadline.expired:
            findings.add("answer_timeout", where, f"{host} did not respond to {method} within {deadline.seconds:g} s")
            raise NoResponse
        if len(content) > _LONGEST_BODY:
            findings.add("answer_too_large", where, f"the response of {host} to {method} is larger than 16 MB")
            raise NoResponse
        received = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, received, _decoded(bytes(content), received.get("content-encoding", "")))

    def send_documents(self, documents: Iterable[Mapping[str, Any]], **query: str) -> Response:
        """Send documents as Dynatrace sends sessions, each on a line of its own; without documents an empty line.

        :param query: added to the query of the URL, unless the URL has it.
        :raises CheckAborted: there is no response.
        """
        parts = urlsplit(self.endpoint.url)
        known = {part.partition("=")[0] for part in parts.query.split("&")}
        more = [f"{name}={value}" for name, value in query.items() if name not in known]
        url = urlunsplit(parts._replace(query="&".join([*filter(None, [parts.query]), *more])))
        body = b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in documents) or b"\n"
        headers = {**self.headers, "Content-Type": self.endpoint.content_type}
        return self.send(self.endpoint.method, url, endpoints.URL, headers=headers, body=body)


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body without compression. None was requested, but some gateways compress anyway."""
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return body
    try:
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return decoder.decompress(body, _LONGEST_BODY)
    except zlib.error:
        return body


def add_refusal(response: Response, method: str, findings: Findings) -> None:
    """Add the finding for a response other than 200. For Dynatrace it is a failure, whichever it is."""
    endpoint, status = findings.endpoint, response.status
    code, path, text = _BY_STATUS.get(status) or _by_class(status)
    message = f"{method} got status {status}: {text}"
    if status == 401:
        code, path, message = _unauthorised(response, endpoint, method)
    elif status == 403 and response.error_type == "cluster_block_exception":
        code, path = (
            ("index_blocked", endpoints.INDEX) if response.is_index_block else ("cluster_blocked", endpoints.URL)
        )
        message = f"{method} got status 403: the {'index' if response.is_index_block else 'cluster'} is blocked"
    elif status == 403 and isinstance(endpoint.login, OAuthLogin):
        path = endpoints.SCOPE
    elif 300 <= status < 400:
        message = f"{method} is redirected to {_host(response.headers.get('location', ''))} (status {status})"
    if not 300 <= status < 400 and status != 401:
        message += reason_of(response)
    findings.add(code, path, message)


_BY_STATUS: dict[int, tuple[str, Property, str]] = {
    403: ("forbidden", endpoints.USER, "this is not allowed"),
    404: ("endpoint_not_found", endpoints.URL, "the path does not exist"),
    405: ("method_refused", endpoints.POST, "the method is not accepted"),
    406: ("content_type_refused", endpoints.TYPE, "the content type is not accepted"),
    413: ("body_too_large", endpoints.URL, "too much data at once"),
    415: ("content_type_refused", endpoints.TYPE, "the content type is not accepted"),
    429: ("throttled", endpoints.URL, "too many requests"),
    501: ("method_refused", endpoints.POST, "the method is not accepted"),
    502: ("server_unavailable", endpoints.URL, "a gateway got no response from the server"),
    503: ("server_unavailable", endpoints.URL, "the server is currently unavailable"),
    504: ("server_unavailable", endpoints.URL, "a gateway got no response from the server in time"),
}


def _by_class(status: int) -> tuple[str, Property, str]:
    if 200 < status < 300:
        return "status_not_200", endpoints.URL, "Dynatrace treats only 200 as a success"
    if 300 <= status < 400:
        return "redirect", endpoints.URL, ""
    return ("server_failed" if status >= 500 else "rejected"), endpoints.URL, "the endpoint rejected the request"


def _unauthorised(response: Response, endpoint: Endpoint, method: str) -> tuple[str, Property, str]:
    offered = response.headers.get("www-authenticate", "").lower()
    known = [word for word in ("basic", "bearer", "negotiate", "digest") if word in offered]
    asked = f"; it offers {' or '.join(known)}" if known else ""
    if endpoint.login is None:
        return "authentication_needed", endpoints.ACTIVE, f"{method} without credentials is rejected (401){asked}"
    scheme, code, path = "basic", "credentials_refused", endpoints.PASSWORD
    if isinstance(endpoint.login, OAuthLogin):
        scheme, code, path = "bearer", "token_refused", endpoints.SCOPE
    if known and scheme not in known:
        text = f"{method} with {scheme} authentication is rejected (401){asked}"
        return "authentication_scheme", endpoints.KIND, text
    what = "the user name and password are" if isinstance(endpoint.login, BasicLogin) else "the token is"
    return code, path, f"{what} rejected (401)"


def reason_of(response: Response) -> str:
    """The reason in a response, in parentheses: from JSON as Elasticsearch and others give it, or from plain text."""
    error = response.part().get("error")
    if isinstance(error, Mapping):
        error = error.get("reason") or error.get("type")
    elif response.json() is None and response.headers.get("content-type", "").startswith("text/plain"):
        error = response.body[:_CHUNK].decode("utf-8", "replace").strip()
    return f" ({error})" if isinstance(error, str) and error else ""


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or "another path"
    except ValueError:
        return "another address"
