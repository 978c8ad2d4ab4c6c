# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints of session exports on loopback: web servers with TLS, a token service, a simulated Elasticsearch."""

from __future__ import annotations

import base64
import contextlib
import copy
import datetime
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import trustme

PASSWORD = "canary of the password"
CLIENT_SECRET = "canary of the client"
TOKEN = "canary.of.the.token"


@dataclass(frozen=True)
class Asked:
    """A received request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def place(self) -> str:
        """The path without its query."""
        return urlsplit(self.path).path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The body as newline-separated JSON."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]


@dataclass(frozen=True)
class Said:
    """A response."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """Return the body as bytes. Other values are converted to JSON."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


App = Callable[[Asked], Said]


@dataclass
class FarEnd:
    """A running server and its received requests."""

    port: int
    host: str = "localhost"
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str = "/sessions") -> str:
        """Return a URL of the server."""
        return f"https://{self.host}:{self.port}{path}"

    @property
    def methods(self) -> list[str]:
        """The methods of the requests."""
        return [one.method for one in self.asked]


class World:
    """A test CA and the certificates that it has issued."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca_path = str(folder / "ca.pem")
        self.authority.cert_pem.write_to_path(self.ca_path)

    def tls(self, *names: str, authority: trustme.CA | None = None, days: float = 365, **more: Any) -> ssl.SSLContext:
        """Return the TLS context of a server, with a certificate that is valid for the given number of days."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        now = datetime.datetime.now(datetime.timezone.utc)
        given = {
            "not_before": now - datetime.timedelta(days=30),
            "not_after": now + datetime.timedelta(days=days),
            **more,
        }
        certificate = (authority or self.authority).issue_cert(*(names or ("localhost", "127.0.0.1")), **given)
        certificate.configure_cert(context)
        return context


@contextlib.contextmanager
def serving(app: App, tls: ssl.SSLContext | None) -> Iterator[FarEnd]:
    """Run a web server that responds with ``app``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): text for name, text in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            end.asked.append(asked)
            said = app(asked)
            self.send_response(said.status)
            for name, text in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(said.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has there
            """Do not log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            # In the thread of the request, so that a hanging handshake does not block other requests.
            with (
                contextlib.suppress(OSError),
                tls.wrap_socket(request, server_side=True) if tls else contextlib.nullcontext(request) as line,
            ):
                super().finish_request(line, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Do not log."""

    with Server(("127.0.0.1", 0), Handler) as server:
        end = FarEnd(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield end
        finally:
            server.shutdown()
            thread.join(5)


def says(status: int = 200, body: Any = b"", **headers: str) -> App:
    """Always return the same response."""
    return lambda _asked: Said(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


def locked(app: App, password: str = PASSWORD, user: str = "dynatrace") -> App:
    """Requires the user name and the password."""
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def guarded(asked: Asked) -> Said:
        if asked.headers.get("authorization") != wanted:
            return Said(401, {"error": "who are you?"}, {"WWW-Authenticate": 'Basic realm="far end"'})
        return app(asked)

    return guarded


def bearer(app: App, token: str = TOKEN) -> App:
    """Requires the token."""

    def guarded(asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {token}":
            return Said(401, {}, {"WWW-Authenticate": "Bearer"})
        return app(asked)

    return guarded


def token_service(*, takes: str = "header form", refuses: str = "", secret: str = CLIENT_SECRET, **answer: Any) -> App:
    """A token service for the client ``dynatrace``.

    :param takes: where it takes credentials from.
    :param refuses: the error that it answers whoever has shown the right secret.
    :param answer: what differs in its answer.
    """

    def app(asked: Asked) -> Said:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        given = ("", "")
        scheme, _blank, rest = asked.headers.get("authorization", "").partition(" ")
        if scheme == "Basic" and "header" in takes:
            user, _colon, word = base64.b64decode(rest).decode().partition(":")
            given = (unquote(user.replace("+", " ")), unquote(word.replace("+", " ")))
        elif "client_id" in form and "form" in takes:
            given = (form["client_id"], form.get("client_secret", ""))
        if asked.method != "POST" or form.get("grant_type") != "client_credentials":
            return Said(400, {"error": "invalid_request"})
        if given != ("dynatrace", secret):
            return Said(401, {"error": "invalid_client", "error_description": f"not {given}"})
        if refuses:
            return Said(400, {"error": refuses})
        return Said(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, **answer})

    return app


DATE = {"type": "date"}
STAMPS = {"startTime": DATE, "endTime": DATE}
MAPPING: dict[str, Any] = {
    "properties": {
        **STAMPS,
        "userActions": {"type": "nested", "properties": STAMPS},
        "events": {"type": "nested", "properties": {"startTime": DATE}},
        "errors": {"type": "nested", "properties": {"startTime": DATE}},
    }
}


KNOWN_TYPES = {"object", "nested", "date", "long", "integer", "double", "boolean", "keyword", "text", "wildcard", "ip"}


class _Refused(Exception):
    """A mapping that Elasticsearch rejects."""


def _merge(there: dict[str, Any], given: Mapping[str, Any], above: str = "") -> None:
    """Merge the fields of a mapping into the existing ones like Elasticsearch."""
    for name, field_ in given.items():
        path, kind = f"{above}{name}", field_.get("type", "object")
        if kind not in KNOWN_TYPES:
            raise _Refused(f"No handler for type [{kind}] declared on field [{name}]")
        own = there.setdefault(name, {key: value for key, value in field_.items() if key != "properties"})
        if (was := own.get("type", "object")) != kind:
            if {was, kind} == {"object", "nested"}:
                raise _Refused(f"can't merge a non-nested mapping [{path}] with a nested mapping")
            raise _Refused(f"mapper [{path}] cannot be changed from type [{was}] to [{kind}]")
        if below := field_.get("properties"):
            _merge(own.setdefault("properties", {}), below, f"{path}.")
            if kind == "object":
                # Elasticsearch omits the type of fields with subfields.
                own.pop("type", None)


def _guessed(value: Any) -> dict[str, Any]:
    """Return the dynamic mapping of an unmapped field. It shows why dates need a mapping."""
    if isinstance(value, list):
        return next((_guessed(one) for one in value), {})
    if isinstance(value, dict):
        return {"properties": {name: kind for name, one in value.items() if (kind := _guessed(one))}}
    kinds = {bool: "boolean", int: "long", float: "float", str: "text"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}


class Elasticsearch:
    """A simulated Elasticsearch with the behavior that the checks need, based on real servers.

    :param version: its number.
    :param indices: what GET on an index answers, by its name.
    :param templates: mappings that index templates would give, by the name of the index.
    """

    def __init__(
        self,
        version: str = "8.15.0",
        *,
        opensearch: bool = False,
        indices: Mapping[str, Any] | None = None,
        templates: Mapping[str, Any] | None = None,
        forbids: tuple[str, ...] = (),
        may_write: bool = True,
        may_manage: bool = True,
        **item_errors: Any,
    ) -> None:
        self.version, self.opensearch = version, opensearch
        fine = {"user-sessions": {"aliases": {}, "mappings": MAPPING, "settings": {}}}
        self.indices = dict(fine if indices is None else indices)
        self.templates = dict(templates or {})
        self.forbids, self.may_write, self.may_manage = forbids, may_write, may_manage
        self.item_errors = item_errors
        self.documents: dict[str, Any] = {}
        self.stored: list[str] = []

    @property
    def major(self) -> int:
        """Return the count like Elasticsearch."""
        return int(self.version.partition(".")[0]) + (6 if self.opensearch else 0)

    def __call__(self, asked: Asked) -> Said:
        """Respond to a request."""
        place = asked.place
        if any(place.endswith(end) for end in self.forbids):
            return Said(403, {"error": {"type": "security_exception", "reason": "action is unauthorized"}})
        if place == "/":
            return Said(200, self._info())
        if place.endswith("/_bulk"):
            return self._bulk(asked)
        if place == "/_security/user/_has_privileges" and not self.opensearch:
            return Said(200, {"username": "dynatrace", "has_all_requested": self.may_write})
        simulated = place.removeprefix("/_index_template/_simulate_index/")
        if simulated != place:
            return Said(200, {"template": {"mappings": self.templates.get(simulated, {}), "settings": {}}})
        name = unquote(place[1:])
        if asked.method == "PUT":
            return self._change(name, json.loads(asked.body))
        if name in self.indices:
            found = self.indices[name]
            return Said(200, found if "mappings" not in found else {name: found})
        return Said(404, {"error": {"type": "index_not_found_exception", "reason": f"no such index [{name}]"}})

    def _info(self) -> dict[str, Any]:
        version = {"number": self.version, **({"distribution": "opensearch"} if self.opensearch else {})}
        tagline = "The OpenSearch Project: https://opensearch.org/" if self.opensearch else "You Know, for Search"
        return {"name": "node", "version": version, "tagline": tagline}

    def _change(self, name: str, given: Mapping[str, Any]) -> Said:
        """Create an index, or extend its mapping."""
        index, _slash, part = name.partition("/")
        if not self.may_manage:
            reason = "action is unauthorized for user [dynatrace]"
            return Said(403, {"error": {"type": "security_exception", "reason": reason}})
        if not part and index in self.indices:
            reason = f"index [{index}] already exists"
            return Said(400, {"error": {"type": "resource_already_exists_exception", "reason": reason}})
        there = copy.deepcopy(self._own(index)) if part else {"aliases": {}, "mappings": {}, "settings": {}}
        if there is None:
            return Said(404, {"error": {"type": "index_not_found_exception", "reason": f"no such index [{index}]"}})
        blocks = there["settings"].get("index", {}).get("blocks", {})
        if str(blocks.get("read_only")).lower() == "true":
            reason = f"index [{index}] blocked by: [FORBIDDEN/5/index read-only (api)];"
            return Said(403, {"error": {"type": "cluster_block_exception", "reason": reason}})
        mapping = given if part else given.get("mappings", {})
        try:
            if not part:
                # The mapping in the request takes precedence over the template.
                asked = mapping.get("properties", {})
                template = self.templates.get(index, {}).get("properties", {})
                _merge(
                    there["mappings"].setdefault("properties", {}),
                    {k: v for k, v in template.items() if k not in asked},
                )
                there["settings"] = {"index": {key: str(value) for key, value in given.get("settings", {}).items()}}
            for key, value in mapping.items():
                if key != "properties":
                    there["mappings"][key] = str(value).lower() if key == "dynamic" else value
            _merge(there["mappings"].setdefault("properties", {}), mapping.get("properties", {}))
        except _Refused as error:
            kind = "illegal_argument_exception" if part else "mapper_parsing_exception"
            return Said(400, {"error": {"type": kind, "reason": str(error)}})
        if not part or "mappings" in self.indices.get(index, {}):
            self.indices[index] = there
        else:
            next(group for group in self.indices.values() if index in group)[index] = there
        return Said(200, {"acknowledged": True, **({} if part else {"shards_acknowledged": True, "index": index})})

    def _own(self, index: str) -> dict[str, Any] | None:
        """Return an index by its own name, also if the name is an alias."""
        if "mappings" in self.indices.get(index, {}):
            return dict(self.indices[index])
        return next((group[index] for group in self.indices.values() if index in group), None)

    def _bulk(self, asked: Asked) -> Said:
        kind = asked.headers.get("content-type", "").partition(";")[0]
        if asked.method not in ("POST", "PUT"):
            return Said(405, {"error": "Incorrect HTTP method"})
        if kind not in ("application/json", "application/x-ndjson"):
            return Said(406, {"error": f"Content-Type header [{kind}] is not supported"})
        lines = asked.lines
        if not lines:
            return Said(400, {"error": {"type": "parse_exception", "reason": "request body is required"}})
        items = []
        while lines:
            action, about = next(iter(lines.pop(0).items()))
            if action not in ("index", "delete"):
                reason = f"Malformed action/metadata line [1], found [{action}]"
                return Said(400, {"error": {"type": "illegal_argument_exception", "reason": reason}})
            if "_type" in about and self.major >= 8:
                reason = "Action/metadata line [1] contains an unknown parameter [_type]"
                return Said(400, {"error": {"type": "illegal_argument_exception", "reason": reason}})
            items.append({action: self._item(action, about, lines)})
        failed = any(next(iter(item.values()))["status"] >= 300 for item in items)
        return Said(200, {"took": 1, "errors": failed, "items": items})

    def _item(self, action: str, about: Mapping[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
        told = {"_index": about["_index"], "_id": about["_id"]}
        if action == "delete":
            there = self.documents.pop(about["_id"], None)
            return {**told, "status": 403, "error": {"type": "x"}} if "delete" in self.item_errors else {
                **told, "status": 200 if there else 404
            }  # fmt: skip
        document = lines.pop(0)
        if "index" in self.item_errors:
            return {**told, "status": 400, "error": self.item_errors["index"]}
        if about["_index"] not in self.indices:
            self.indices[about["_index"]] = {"aliases": {}, "mappings": _guessed(document), "settings": {}}
        self.documents[about["_id"]] = document
        self.stored.append(about["_id"])
        return {**told, "status": 201, "result": "created"}


def export(url: str, name: str = "archive", **sections: Any) -> dict[str, Any]:
    """Return a declared export to a URL."""
    endpoint = {"endpoint_url": url, **sections.pop("endpoint", {})}
    return {"name": name, "endpoint_definition": endpoint, **sections}


def to_elastic(url: str, name: str = "elasticsearch", **more: Any) -> dict[str, Any]:
    """Return a valid declared export to Elasticsearch."""
    direct = {"active": True, "index_name": "user-sessions", **more.pop("send_direct", {})}
    endpoint = {"content_type": "application/x-ndjson", "use_post": True, **more.pop("endpoint", {})}
    return export(url, name, endpoint=endpoint, send_direct=direct, **more)


def basic(password: str | None = PASSWORD) -> dict[str, Any]:
    """Return the section for basic authentication."""
    return {
        "active": True,
        "basic_auth": {"username": "dynatrace", **({} if password is None else {"password": password})},
    }


def oauth(url: str, secret: str | None = CLIENT_SECRET, **more: Any) -> dict[str, Any]:
    """Return the section for OAuth 2.0."""
    client = {"access_token_url": url, "client_id": "dynatrace", **more}
    return {
        "active": True,
        "auth_type": "oauth2",
        "oauth2": {**client, **({} if secret is None else {"client_secret": secret})},
    }
