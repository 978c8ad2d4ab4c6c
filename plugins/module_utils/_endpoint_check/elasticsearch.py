# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Requests to Elasticsearch and OpenSearch: which server it is, what an index is like, what templates would give it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from . import endpoints
from .endpoints import ends_in_bulk
from .findings import CheckAborted
from .http import EndpointClient, Response, add_refusal, below, reason_of
from .mapping_diff import overlay

_BLOCKS = ("write", "read_only", "read_only_allow_delete")
_TEMPLATES = (
    "_cluster/state/metadata?filter_path="
    "metadata.templates,metadata.index_template,metadata.component_template,metadata.data_stream.data_stream.*.name"
)
_AUTO_CREATE = "_cluster/settings?include_defaults=true&filter_path=*.action.auto_create_index"


@dataclass(frozen=True)
class Server:
    """The server at the URL.

    :param major: the version as Elasticsearch counts: OpenSearch 1 came from Elasticsearch 7, and OpenSearch 2 removed
        document types as Elasticsearch 8 did. ``None`` if the user may not read it.
    :param version: its own version, major and minor.
    """

    major: int | None = None
    opensearch: bool = False
    version: tuple[int, int] = (0, 0)

    @property
    def arbitrary_keys(self) -> str | None:
        """The field type for objects with arbitrary keys, if this server has one."""
        if self.opensearch:
            return "flat_object" if self.version >= (2, 7) else None
        return "flattened" if self.version >= (7, 3) else None


@dataclass
class ElasticsearchClient(EndpointClient):
    """Requests to one server.

    :param base: URL of its root, with a slash at the end.
    """

    base: str = ""
    server: Server = field(default_factory=Server)

    def request(self, method: str, path: str, body: Any = None) -> Response:
        """One request about something below the root.

        :param body: sent as JSON.
        :raises CheckAborted: there is no response, or the credentials are rejected.
        """
        headers = {**self.headers, **({} if body is None else {"Content-Type": "application/json"})}
        url, content = self.base + path, None if body is None else json.dumps(body).encode()
        response = self.send(method, url, endpoints.URL, headers=headers, body=content)
        if response.status in (401, 407):
            add_refusal(response, f"{method} {urlsplit(url).path}", self.findings)
            raise CheckAborted
        return response


def base_url(url: str, index: str) -> str | None:
    """The root of an Elasticsearch from a bulk URL; ``None`` if it cannot be derived."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if ends_in_bulk(url):
        path = path.rpartition("/")[0]
        if path.rpartition("/")[2] in (index, quote(index)):
            path = path.rpartition("/")[0]
    elif path:
        return None
    return urlunsplit((parts.scheme, parts.netloc, path + "/", "", ""))


def identify_server(client: ElasticsearchClient) -> None:
    """Find out product and version, for ``client.server``.

    :raises CheckAborted: it is something else, or it does not say because it is busy, starting, or behind a redirect.
    """
    findings, first = client.findings, client.base
    response = client.request("GET", "")
    # The path before _bulk may name an index, and a type up to version 7, instead of where the server is.
    while _is_below_root(client, response):
        client.base = client.base.rstrip("/").rpartition("/")[0] + "/"
        response = client.request("GET", "")
    if response.status == 403 and response.error_type != "cluster_block_exception":
        text = f"the user is not allowed to read the version (403){reason_of(response)}"
        findings.add("version_unseen", endpoints.USER, text)
        return
    if response.status == 429 or response.status >= 500 or 300 <= response.status < 400 or response.status == 403:
        add_refusal(response, "GET", findings)
        raise CheckAborted
    version, tagline = response.part("version"), response.part().get("tagline")
    number = version.get("number")
    digits = str(number or "").split(".")
    if response.status != 200 or not digits[0].isdigit():
        text = f"the server at {endpoints.public_url(client.base)} is not Elasticsearch (status {response.status})"
        raise findings.abort("not_elasticsearch", endpoints.URL, text)
    opensearch = str(version.get("distribution")).lower() == "opensearch" or "OpenSearch" in str(tagline)
    name = "OpenSearch" if opensearch else "Elasticsearch"
    shown = findings.clean_text(number, 40)
    findings.facts["elasticsearch"] = {"distribution": name.lower(), "version": shown}
    findings.add("elasticsearch_found", endpoints.URL, f"the server is {name} {shown}")
    major, minor = int(digits[0]), int(digits[1]) if len(digits) > 1 and digits[1].isdigit() else 0
    client.server = Server(major + 6 if opensearch else major, opensearch, (major, minor))
    if client.base != first:
        text = f"{client.endpoint.public_url} has more than _bulk in its path; the server is at its root"
        findings.add("url_names_index", endpoints.URL, text)


def _is_below_root(client: ElasticsearchClient, response: Response) -> bool:
    """Whether an Elasticsearch has answered, but about something below its root."""
    if not urlsplit(client.base).path.strip("/"):
        return False
    body = response.part()
    if response.status == 200:
        return any(isinstance(part, Mapping) and "mappings" in part for part in body.values())
    no_index = response.status == 404 and response.error_type == "index_not_found_exception"
    return no_index or (response.status in (400, 405) and "error" in body and "status" in body)


@dataclass(frozen=True)
class IndexState:
    """An index, an alias or a data stream, as the server shows it.

    :param name: the name that sessions are sent to.
    :param found: the response: the own names of indices, and what they are like.
    :param typed: whether it shows mappings below the name of the document type.
    """

    name: str
    found: Mapping[str, Any]
    typed: bool = False

    @property
    def is_data_stream(self) -> bool:
        """Whether it accepts create actions only."""
        return any("data_stream" in part for part in self.found.values() if isinstance(part, Mapping))

    @property
    def write_index(self) -> str | None:
        """The own name of the index that a write goes to, if there is one."""
        places = [place for place, part in self.found.items() if isinstance(part, Mapping)]
        flags = {place: below(self.found[place], "aliases", self.name).get("is_write_index") for place in places}
        if len(places) > 1:
            places = [place for place in places if flags[place] is True]
        return places[0] if len(places) == 1 and flags[places[0]] is not False else None

    @property
    def is_alias(self) -> bool:
        """Whether the name is another one than that of the index."""
        place = self.write_index
        return place is not None and "aliases" in self.found[place] and self.name in self.found[place]["aliases"]

    @property
    def doc_type(self) -> str | None:
        """The document type of the index that is written to, if it has one and the server shows it."""
        types = [name for name in below(self.found.get(self.write_index or ""), "mappings") if name != "_default_"]
        return types[0] if self.typed and len(types) == 1 else None

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The mapping of the index that is written to."""
        mapping = below(self.found.get(self.write_index or ""), "mappings")
        return mapping if self.doc_type is None else below(mapping, self.doc_type)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the index that is written to."""
        return below(self.found.get(self.write_index or ""), "settings", "index")

    @property
    def blocks(self) -> list[str]:
        """The names of the blocks that reject writes."""
        blocks = below(self.settings, "blocks")
        return [block for block in _BLOCKS if str(blocks.get(block)).lower() == "true"]

    @property
    def is_closed(self) -> bool:
        """Whether it is closed, as far as its settings say so."""
        return str(self.settings.get("verified_before_close")).lower() == "true"


@dataclass(frozen=True)
class NoIndex:
    """There is no index of this name.

    :param name: what the server calls it; of a date math name, the index for now.
    """

    name: str


def read_index(client: ElasticsearchClient, name: str) -> IndexState | NoIndex | Response:
    """The index, or that there is none; any other response is one that says nothing about it.

    :raises CheckAborted: there is no response, or one that says that the server cannot respond now.
    """
    # Version 7 shows the document type of an index only if asked to, earlier ones always.
    major = client.server.major
    asks = major == 7 and client.endpoint.doc_type not in (None, "_doc")
    typed = asks or (major is not None and major < 7)
    response = client.request("GET", quote(name, safe="") + ("?include_type_name=true" if asks else ""))
    if response.status == 404:
        return NoIndex(str(response.error.get("index") or name))
    found = response.json()
    if response.status == 200 and isinstance(found, Mapping) and found:
        if name not in found and len(found) == 1 and name.startswith("<"):
            name = str(next(iter(found)))
        return IndexState(name, found, typed)
    cluster_blocked = response.error_type == "cluster_block_exception" and not response.is_index_block
    if response.status == 429 or response.status >= 500 or cluster_blocked:
        add_refusal(response, "GET", client.findings)
        raise CheckAborted
    return response


@dataclass(frozen=True)
class TemplateMapping:
    """What index templates give to a new index.

    :param readable: whether the user may read them.
    :param legacy: whether it comes from legacy templates, which yield to the request that creates an index.
    :param auto_create: what the template says about creating indices automatically, if it says anything.
    """

    mapping: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True
    data_stream: bool = False
    legacy: bool = False
    auto_create: bool | None = None


def template_mapping(client: ElasticsearchClient, name: str) -> TemplateMapping:
    """What the index templates of the server give to a new index of this name."""
    response = client.request("GET", _TEMPLATES)
    if response.status != 200 or not isinstance(response.json(), Mapping):
        return _simulated(client, name)
    metadata = response.part("metadata")
    matching = [
        template
        for template in below(metadata, "index_template", "index_template").values()
        if isinstance(template, Mapping) and _matches(template, name)
    ]
    if not matching:
        return _legacy(metadata, name)
    template = max(matching, key=lambda one: _number(one.get("priority")))
    components = below(metadata, "component_template", "component_template")
    parts = (*(components.get(one) for one in template.get("composed_of") or ()), template)
    mapping = _merged(below(part, "template", "mappings") for part in parts)
    auto_create = template.get("allow_auto_create")
    return TemplateMapping(
        mapping,
        data_stream="data_stream" in template,
        auto_create=auto_create if isinstance(auto_create, bool) else None,
    )


def _legacy(metadata: Mapping[str, Any], name: str) -> TemplateMapping:
    matching = [
        one for one in below(metadata, "templates").values() if isinstance(one, Mapping) and _matches(one, name)
    ]
    in_order = sorted(matching, key=lambda one: _number(one.get("order")))
    return TemplateMapping(_merged(below(template, "mappings") for template in in_order), legacy=True)


def _simulated(client: ElasticsearchClient, name: str) -> TemplateMapping:
    """What a simulation shows: less, but with another privilege. Before version 7 its path is that of a document."""
    if client.server.major is None or client.server.major < 7:
        return TemplateMapping(readable=False)
    response = client.request("POST", f"_index_template/_simulate_index/{quote(name, safe='')}")
    if response.status != 200:
        return TemplateMapping(readable=False)
    mapping = response.part("template", "mappings")
    return TemplateMapping(mapping, readable=bool(mapping), data_stream="_data_stream_timestamp" in mapping)


def creates_automatically(client: ElasticsearchClient, name: str) -> bool:
    """Whether the cluster creates an index at the first write to it; ``True`` if the user may not read that."""
    response = client.request("GET", _AUTO_CREATE)
    if response.status != 200:
        return True
    for level in ("transient", "persistent", "defaults"):
        value = response.part(level, "action").get("auto_create_index")
        if value is not None:
            return _allows(",".join(value) if isinstance(value, list) else str(value), name)
    return True


def _allows(value: str, name: str) -> bool:
    """``action.auto_create_index``: true, false, or patterns of which the first that matches decides."""
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for pattern in (part.strip() for part in value.split(",")):
        if wildcard(pattern.lstrip("+-"), name):
            return not pattern.startswith("-")
    return False


def _matches(template: Mapping[str, Any], name: str) -> bool:
    patterns = template.get("index_patterns")
    return any(wildcard(str(one), name) for one in (patterns if isinstance(patterns, list) else [patterns]))


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _merged(mappings: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Mappings merged in their order, without the name of a document type above them."""
    result: Mapping[str, Any] = {}
    for mapping in mappings:
        result = overlay(result, below(mapping, "_doc") if set(mapping) == {"_doc"} else mapping)
    return result


def wildcard(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern in which ``*`` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None
