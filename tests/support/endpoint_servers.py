# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints of session exports on loopback: web servers with TLS, a token service, a simulated Elasticsearch."""

from __future__ import annotations

import base64
import contextlib
import copy
import datetime
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import trustme

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import session_mapping

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
class EndpointServer:
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
def serving(app: App, tls: ssl.SSLContext | None) -> Iterator[EndpointServer]:
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
        end = EndpointServer(server.server_address[1])
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
            return Said(401, {"error": "who are you?"}, {"WWW-Authenticate": 'Basic realm="endpoint"'})
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
    :param refuses: the error that it answers to the right secret.
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


COMPLETE: dict[str, Any] = session_mapping()
KNOWN_TYPES = {
    *("object", "nested", "date", "long", "integer", "double", "float", "boolean", "keyword", "text", "wildcard", "ip"),
    *("flattened", "flat_object", "alias", "date_nanos"),
}
_NUMBERS = {"long", "integer", "double", "float"}
_TEXTS = {"keyword", "text", "wildcard"}
_PARAMETERS = {"timeout", "pipeline", "refresh", "routing", "filter_path"}
_INDEX_SETTINGS = {"number_of_shards", "number_of_replicas", "blocks", "mapping", "default_pipeline", "final_pipeline"}
_INVALID_IN_NAME = re.compile(r'[A-Z\\/*?"<>| ,#:]|^[-_+]')


class _Refused(Exception):
    """What a server rejects: the type of the error, and the reason."""

    def __init__(self, reason: str, kind: str = "illegal_argument_exception", status: int = 400) -> None:
        super().__init__(reason)
        self.kind, self.status = kind, status

    @property
    def error(self) -> dict[str, Any]:
        """The error as it is shown."""
        return {"type": self.kind, "reason": str(self)}


def _merge(there: dict[str, Any], given: Mapping[str, Any], above: str = "") -> None:
    """Merge the fields of a mapping into another, as Elasticsearch does."""
    for name, field_ in given.items():
        path, kind = f"{above}{name}", field_.get("type", "object")
        if kind not in KNOWN_TYPES:
            raise _Refused(f"No handler for type [{kind}] declared on field [{name}]", "mapper_parsing_exception")
        own = there.setdefault(name, {key: value for key, value in field_.items() if key != "properties"})
        if (was := own.get("type", "object")) != kind:
            if {was, kind} == {"object", "nested"}:
                raise _Refused(f"can't merge a non-nested mapping [{path}] with a nested mapping")
            raise _Refused(f"mapper [{path}] cannot be changed from type [{was}] to [{kind}]")
        if below := field_.get("properties"):
            _merge(own.setdefault("properties", {}), below, f"{path}.")
            if kind == "object":
                # This is how it is shown: what has fields is an object.
                own.pop("type", None)


def _parse(mapping: dict[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Read a document by a mapping, which gets the fields that it lacks.

    :raises _Refused: it does not fit.
    """
    mapping = copy.deepcopy(mapping)
    _parse_object(mapping, document, "", str(mapping.get("dynamic", "true")).lower())
    return mapping


def _parse_object(node: dict[str, Any], document: Mapping[str, Any], above: str, dynamic: str) -> None:
    fields = node.setdefault("properties", {})
    for name, value in document.items():
        path = f"{above}{name}"
        if name not in fields:
            if dynamic == "strict":
                place = above.rstrip(".") or "_doc"
                reason = f"mapping set to strict, dynamic introduction of [{name}] within [{place}] is not allowed"
                raise _Refused(reason, "strict_dynamic_mapping_exception")
            if dynamic == "false" or not (guess := _guessed(value)):
                continue
            fields[name] = guess
        known = fields[name]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                _parse_value(known, one, path, dynamic)


def _parse_value(known: dict[str, Any], value: Any, path: str, dynamic: str) -> None:
    kind = known.get("type", "object")
    if kind in ("flattened", "flat_object") or known.get("enabled") is False:
        if not isinstance(value, Mapping):
            raise _Refused(f"failed to parse field [{path}] of type [{kind}]", "document_parsing_exception")
    elif kind in ("object", "nested"):
        if not isinstance(value, Mapping):
            reason = f"object mapping for [{path}] tried to parse field [{path}] as object, but found a concrete value"
            raise _Refused(reason, "document_parsing_exception")
        _parse_object(known, value, f"{path}.", str(known.get("dynamic", dynamic)).lower())
    elif kind == "alias":
        raise _Refused(f"Cannot write to a field alias [{path}].", "document_parsing_exception")
    elif not _takes(known, kind, value) and known.get("ignore_malformed") is not True:
        raise _Refused(f"failed to parse field [{path}] of type [{kind}]", "document_parsing_exception")


def _takes(known: Mapping[str, Any], kind: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return False
    if kind in _TEXTS:
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "integer":
        return number and abs(value) < 2**31
    if kind in _NUMBERS:
        return number
    if kind in ("date", "date_nanos"):
        return number and "epoch_millis" in str(known.get("format", "epoch_millis"))
    return isinstance(value, bool) if kind == "boolean" else isinstance(value, str)


def _guessed(value: Any) -> dict[str, Any]:
    """The mapping of a field that is not mapped: this is why dates need a mapping."""
    if isinstance(value, list):
        return next((guess for one in value if (guess := _guessed(one))), {})
    if isinstance(value, dict):
        return {"properties": {name: kind for name, one in value.items() if (kind := _guessed(one))}}
    kinds = {bool: "boolean", int: "long", float: "float", str: "text"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}


def _not_found(index: str) -> _Refused:
    return _Refused(f"no such index [{index}]", "index_not_found_exception", 404)


class Elasticsearch:
    """An Elasticsearch or OpenSearch, as far as a check uses it, written by hand and compared with real ones.

    :param version: its number.
    :param indices: what GET on an index responds, by its name.
    :param templates: mappings of composable templates, by the name of the index.
    :param legacy: mappings of legacy templates, by the name of the index.
    :param data_streams: names of which a template makes a data stream.
    :param auto_create: the setting ``action.auto_create_index``.
    :param busy: a status with which it responds to the paths that end in one of these.
    """

    def __init__(
        self,
        version: str = "8.15.0",
        *,
        opensearch: bool = False,
        indices: Mapping[str, Any] | None = None,
        templates: Mapping[str, Any] | None = None,
        legacy: Mapping[str, Any] | None = None,
        data_streams: tuple[str, ...] = (),
        auto_create: str = "true",
        template_auto_create: bool | None = None,
        forbids: tuple[str, ...] = (),
        closed: tuple[str, ...] = (),
        pipelines: tuple[str, ...] = (),
        may_write: bool = True,
        may_manage: bool = True,
        may_read_cluster: bool = True,
        read_only: bool = False,
        busy: Mapping[str, int] | None = None,
        **item_errors: Any,
    ) -> None:
        self.version, self.opensearch = version, opensearch
        fine = {"user-sessions": {"aliases": {}, "mappings": COMPLETE, "settings": {}}}
        self.indices = copy.deepcopy(dict(fine if indices is None else indices))
        self.templates, self.legacy = dict(templates or {}), dict(legacy or {})
        self.data_streams, self.auto_create = data_streams, auto_create
        self.template_auto_create = template_auto_create
        self.forbids, self.may_write, self.may_manage = forbids, may_write, may_manage
        self.may_read_cluster, self.read_only = may_read_cluster, read_only
        self.closed, self.pipelines = closed, pipelines
        self.busy = dict(busy or {})
        self.item_errors = item_errors
        self.documents: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.index_templates: dict[str, Any] = {}
        self.stored: list[str] = []

    @property
    def major(self) -> int:
        """Return the count like Elasticsearch."""
        return int(self.version.partition(".")[0]) + (6 if self.opensearch else 0)

    def __call__(self, asked: Asked) -> Said:
        """Respond to a request."""
        place = asked.place
        for end, status in self.busy.items():
            if place.endswith(end):
                return Said(status, {"error": {"type": "busy_exception", "reason": "too busy"}, "status": status})
        if any(place.endswith(end) for end in self.forbids):
            return self._forbidden("action is unauthorized")
        try:
            return self._route(asked, place)
        except _Refused as error:
            return Said(error.status, {"error": error.error, "status": error.status})

    def _forbidden(self, reason: str) -> Said:
        return Said(403, {"error": {"type": "security_exception", "reason": reason}, "status": 403})

    def _route(self, asked: Asked, place: str) -> Said:
        if place == "/":
            return Said(200, self._info())
        if place.rstrip("/").endswith("/_bulk"):
            return self._bulk(asked)
        if place == "/_security/user/_has_privileges" and not self.opensearch:
            return Said(200, {"username": "dynatrace", "has_all_requested": self.may_write})
        if place.startswith("/_cluster/"):
            return self._cluster(place) if self.may_read_cluster else self._forbidden("not for this user")
        simulated = place.removeprefix("/_index_template/_simulate_index/")
        if simulated != place:
            if simulated not in self.templates:
                return Said(200, {})
            shown = dict(self.templates[simulated])
            if simulated in self.data_streams and not self.opensearch:
                shown["_data_stream_timestamp"] = {"enabled": True}
            return Said(200, {"template": {"mappings": shown, "settings": {}, "aliases": {}}, "overlapping": []})
        if place.startswith("/_index_template/"):
            return self._template(asked, unquote(place.rpartition("/")[2]))
        if place.startswith("/_ingest/pipeline/"):
            known = unquote(place.rpartition("/")[2]) in self.pipelines
            return Said(200 if known else 404, {})
        if place.startswith("/_") and "/" not in place[1:]:
            reason = f"Invalid index name [{place[1:]}], must not start with '_'."
            raise _Refused(reason, "invalid_index_name_exception")
        if place.startswith("/_"):
            raise _Refused(f"no handler found for uri [{asked.path}] and method [{asked.method}]")
        name = unquote(place.strip("/"))
        if asked.method == "PUT":
            return self._change(name, json.loads(asked.body))
        if asked.method != "GET" or "/" in name:
            reason = f"Incorrect HTTP method for uri [{asked.path}] and method [{asked.method}]"
            return Said(405, {"error": reason, "status": 405})
        if name in self.indices:
            found = self.indices[name]
            if "include_type_name=true" in asked.path and "mappings" in found:
                found = {**found, "mappings": {"_doc": found["mappings"]}}
            return Said(200, found if "mappings" not in found else {name: found})
        error = {**_not_found(name).error, "index": name}
        return Said(404, {"error": error, "status": 404})

    def _info(self) -> dict[str, Any]:
        version = {"number": self.version, **({"distribution": "opensearch"} if self.opensearch else {})}
        tagline = "The OpenSearch Project: https://opensearch.org/" if self.opensearch else "You Know, for Search"
        return {"name": "node", "version": version, "tagline": tagline}

    def _cluster(self, place: str) -> Said:
        if place == "/_cluster/settings":
            return Said(200, {"persistent": {"action": {"auto_create_index": self.auto_create}}})
        composable: dict[str, Any] = {}
        for name, mapping in self.templates.items():
            composable[name] = {"index_patterns": [f"{name}*"], "template": {"mappings": mapping}}
            if name in self.data_streams:
                composable[name]["data_stream"] = {}
            if self.template_auto_create is not None:
                composable[name]["allow_auto_create"] = self.template_auto_create
        composable |= self.index_templates
        legacy = {
            name: {"order": 0, "index_patterns": [f"{name}*"], "mappings": {"_doc": mapping}}
            for name, mapping in self.legacy.items()
        }
        metadata = {"templates": legacy, "index_template": {"index_template": composable}}
        return Said(200, {"metadata": {name: part for name, part in metadata.items() if part}})

    def _template(self, asked: Asked, name: str) -> Said:
        if asked.method == "PUT":
            if not self.may_manage:
                return self._forbidden("action is unauthorized for user [dynatrace]")
            self.index_templates[name] = json.loads(asked.body)
            return Said(200, {"acknowledged": True})
        if name not in self.index_templates:
            reason = f"index template matching [{name}] not found"
            raise _Refused(reason, "resource_not_found_exception", 404)
        return Said(200, {"index_templates": [{"name": name, "index_template": self.index_templates[name]}]})

    def _change(self, name: str, given: Mapping[str, Any]) -> Said:
        """Create an index, or extend its mapping."""
        index, _slash, part = name.partition("/")
        if not self.may_manage:
            return self._forbidden("action is unauthorized for user [dynatrace]")
        if part:
            return self._extend(index, given)
        if _INVALID_IN_NAME.search(index):
            raise _Refused(f"Invalid index name [{index}]", "invalid_index_name_exception")
        if index in self.indices:
            reason = f"index [{index}/0123456789abcdefghijkl] already exists"
            raise _Refused(reason, "resource_already_exists_exception")
        for setting in given.get("settings", {}):
            if setting.removeprefix("index.").partition(".")[0] not in _INDEX_SETTINGS:
                raise _Refused(
                    f"unknown setting [index.{setting}] please check that any required plugins are installed"
                )
        there: dict[str, Any] = {"aliases": {}, "mappings": {"properties": {}}, "settings": {}}
        mapping = given.get("mappings", {})
        if not mapping:
            mapping = next((dict(one["template"].get("mappings", {})) for one in self._templates_of(index)), {})
        # What a template says yields to what the request says.
        own = mapping.get("properties", {})
        template = self.templates.get(index, {}).get("properties", {})
        _merge(there["mappings"]["properties"], {key: value for key, value in template.items() if key not in own})
        there["settings"] = {"index": {key: str(value) for key, value in given.get("settings", {}).items()}}
        self._set(there["mappings"], mapping)
        group = next(iter(given.get("aliases", {})), None)
        if group is None:
            self.indices[index] = there
        else:
            there["aliases"] = dict(given["aliases"])
            self.indices.setdefault(group, {})[index] = there
        return Said(200, {"acknowledged": True, "shards_acknowledged": True, "index": index})

    def _templates_of(self, index: str) -> Iterator[Mapping[str, Any]]:
        for one in self.index_templates.values():
            if any(index.startswith(pattern.rstrip("*")) for pattern in one["index_patterns"]):
                yield one

    def _set(self, there: dict[str, Any], mapping: Mapping[str, Any]) -> None:
        for key, value in mapping.items():
            if key != "properties":
                there[key] = str(value).lower() if key == "dynamic" else value
        _merge(there.setdefault("properties", {}), mapping.get("properties", {}))

    def _extend(self, index: str, given: Mapping[str, Any]) -> Said:
        there = copy.deepcopy(self._own(index))
        if there is None:
            raise _not_found(index)
        if self._blocked(there, "read_only"):
            reason = f"index [{index}] blocked by: [FORBIDDEN/5/index read-only (api)];"
            raise _Refused(reason, "cluster_block_exception", 403)
        self._set(there["mappings"], given)
        if "mappings" in self.indices.get(index, {}):
            self.indices[index] = there
        else:
            next(group for group in self.indices.values() if index in group)[index] = there
        return Said(200, {"acknowledged": True})

    @staticmethod
    def _blocked(index: Mapping[str, Any], *blocks: str) -> str:
        there = index.get("settings", {}).get("index", {}).get("blocks", {})
        return next((block for block in blocks if str(there.get(block)).lower() == "true"), "")

    def _own(self, index: str) -> dict[str, Any] | None:
        """Return an index by its own name, also if the name is an alias."""
        if "mappings" in self.indices.get(index, {}):
            return dict(self.indices[index])
        return next((group[index] for group in self.indices.values() if index in group), None)

    def _bulk(self, asked: Asked) -> Said:
        kind = asked.headers.get("content-type", "").partition(";")[0]
        if asked.method not in ("POST", "PUT"):
            return Said(405, {"error": "Incorrect HTTP method", "status": 405})
        if kind not in ("application/json", "application/x-ndjson"):
            return Said(406, {"error": f"Content-Type header [{kind}] is not supported", "status": 406})
        query = parse_qs(urlsplit(asked.path).query)
        if unknown := sorted(set(query) - _PARAMETERS):
            raise _Refused(f"request [{asked.place}] contains unrecognized parameter: [{unknown[0]}]")
        if self.read_only:
            reason = "blocked by: [FORBIDDEN/6/cluster read-only (api)];"
            raise _Refused(reason, "cluster_block_exception", 403)
        if asked.body.strip() and not asked.body.endswith(b"\n"):
            raise _Refused("The bulk request must be terminated by a newline [\\n]")
        lines = asked.lines
        if not lines:
            raise _Refused("Validation Failed: 1: no requests added;", "action_request_validation_exception")
        if not self.may_write and self.opensearch:
            return self._forbidden("no permissions for [indices:data/write/bulk] and User [name=dynatrace]")
        of_url = unquote(asked.place.strip("/").rpartition("_bulk")[0].strip("/"))
        items = []
        while lines:
            action, about = next(iter(lines.pop(0).items()))
            if action not in ("index", "create", "update", "delete"):
                if self.major == 7:
                    # It reads past what it does not know, and finds nothing.
                    raise _Refused("Validation Failed: 1: no requests added;", "action_request_validation_exception")
                raise _Refused(
                    "Malformed action/metadata line [1], expected field [create], [delete], [index] or [update] "
                    f"but found [{action}]"
                )
            if "_type" in about and self.major >= 8:
                raise _Refused("Action/metadata line [1] contains an unknown parameter [_type]")
            about = {"_index": of_url, **about}
            pipeline = query.get("pipeline", [""])[0]
            items.append({action: self._item(action, about, None if action == "delete" else lines.pop(0), pipeline)})
        failed = any("error" in next(iter(item.values())) for item in items)
        return Said(200, {"took": 1, "errors": failed, "items": items})

    def _item(self, action: str, about: Mapping[str, Any], source: Any, pipeline: str) -> dict[str, Any]:
        shown = {"_index": about["_index"], "_id": about["_id"]}
        try:
            if not self.may_write:
                raise _Refused("action [indices:data/write/bulk[s]] is unauthorized", "security_exception", 403)
            if action in self.item_errors and not (action == "delete" and "if_seq_no" in about):
                error = self.item_errors[action]
                return {**shown, "status": 400, "error": error if isinstance(error, dict) else {"type": "x"}}
            place, index = self._written(str(about["_index"]), create=action != "delete")
            shown["_index"] = place
            return {**shown, **self._apply(action, about, source, pipeline, place, index)}
        except _Refused as error:
            if error.kind == "document_parsing_exception" and (self.opensearch or self.major < 8):
                error.kind = "mapper_parsing_exception"
            return {**shown, "status": error.status, "error": error.error}

    def _written(self, name: str, *, create: bool) -> tuple[str, dict[str, Any]]:
        """The index that a write goes to; made if need be."""
        if name not in self.indices:
            if _INVALID_IN_NAME.search(name):
                raise _Refused(f"Invalid index name [{name}]", "invalid_index_name_exception")
            allowed = self.template_auto_create if name in self.templates else None
            if not create or (self.auto_create == "false" if allowed is None else not allowed):
                raise _not_found(name)
            template = self.templates.get(name, self.legacy.get(name, {}))
            self.indices[name] = {"aliases": {}, "mappings": copy.deepcopy(template), "settings": {}}
        found = self.indices[name]
        if "mappings" in found:
            return name, found
        flagged = {key: one.get("aliases", {}).get(name, {}).get("is_write_index") for key, one in found.items()}
        chosen = [key for key, flag in flagged.items() if flag is True or (len(found) == 1 and flag is not False)]
        if not chosen:
            raise _Refused(f"no write index is defined for alias [{name}].")
        return chosen[0], found[chosen[0]]

    def _apply(
        self, action: str, about: Mapping[str, Any], source: Any, pipeline: str, place: str, index: dict[str, Any]
    ) -> dict[str, Any]:
        key = about["_id"]
        if place in self.closed:
            raise _Refused("closed", "index_closed_exception")
        if block := self._blocked(index, "write", "read_only", "read_only_allow_delete"):
            reason = f"index [{place}] blocked by: [FORBIDDEN/8/index {block}];"
            status = 429 if block == "read_only_allow_delete" else 403
            raise _Refused(reason, "cluster_block_exception", status)
        if "data_stream" in index:
            raise _Refused("only write ops with an op_type of create are allowed in data streams")
        if "if_seq_no" in about:
            reason = f"[{key}]: version conflict, but no document was found"
            raise _Refused(reason, "version_conflict_engine_exception", 409)
        mapping = index["mappings"]
        typed = next((one for one in mapping if one == about.get("_type")), None) if self.major <= 7 else None
        if mapping.get("_routing", {}).get("required") and "routing" not in about:
            raise _Refused(f"routing is required for [{place}]/[{key}]", "routing_missing_exception")
        shards = {"total": 2, "successful": 1, "failed": 0}
        if action == "delete":
            # A deletion is a version too, also of what is not there.
            self.versions[key] = self.versions.get(key, 0) + 1
            there = self.documents.pop(key, None)
            result = {"result": "deleted", "status": 200} if there else {"result": "not_found", "status": 404}
            return {"_version": self.versions[key], "_shards": shards, **result}
        if action == "update" and key not in self.documents:
            raise _Refused(f"[{key}]: document missing", "document_missing_exception", 404)
        settings = index.get("settings", {}).get("index", {})
        for used in (pipeline or settings.get("default_pipeline"), settings.get("final_pipeline")):
            if used and used not in self.pipelines:
                raise _Refused(f"pipeline with id [{used}] does not exist")
        document = source["doc"] if action == "update" else source
        if typed:
            mapping[typed] = _parse(mapping[typed], document)
        else:
            index["mappings"] = _parse(mapping, document)
        again = key in self.documents
        self.documents[key] = document
        self.versions[key] = self.versions.get(key, 0) + 1
        self.stored.append(key)
        result = {"result": "updated" if again else "created", "status": 200 if again else 201}
        return {"_version": self.versions[key], "_shards": shards, **result}


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
