# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""States that an index can be in, made on a real server, and what the check has to say about each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import session_mapping

from .cluster import Cluster

PLAIN = ("elasticsearch7", "elasticsearch8", "opensearch2")
ELASTICSEARCH = ("elasticsearch7", "elasticsearch8")
DATA_STREAMS = ("elasticsearch8", "opensearch2")
Make = Callable[[Cluster, str], object]


@dataclass(frozen=True)
class State:
    """One state.

    :param make: brings an index into it.
    :param codes: findings that must be there, besides those that say that all is well.
    :param path: of the URL; ``{}`` is the index.
    :param index: the name in the export; ``{}`` is the index.
    :param undo: for what would disturb other states.
    """

    make: Make
    codes: tuple[str, ...] = ()
    servers: tuple[str, ...] = PLAIN
    path: str = "/_bulk"
    index: str = "{}"
    export: Mapping[str, Any] = field(default_factory=dict)
    undo: Make = lambda _cluster, _name: None


def mapping(cluster: Cluster, layout: Any = "nested") -> dict[str, Any]:
    """The mapping for sessions on this server."""
    return session_mapping(layout, "flat_object" if cluster.opensearch else "flattened")


def _with(path: str, node: Mapping[str, Any] | None, **root: Any) -> Make:
    """An index whose mapping differs at one field."""

    def make(cluster: Cluster, name: str) -> None:
        body = mapping(cluster)
        body.update(root)
        *above, last = path.split(".")
        place = body["properties"]
        for part in above:
            place = place[part]["properties"]
        if node is None:
            place.pop(last)
        else:
            place[last] = dict(node)
        cluster.ask("PUT", f"/{name}", {"mappings": body})

    return make


def _index(mappings: Any = None, settings: Any = None, aliases: Any = None) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        body: dict[str, Any] = {"mappings": mapping(cluster) if mappings is None else copy.deepcopy(mappings)}
        if settings:
            body["settings"] = settings
        if aliases:
            body["aliases"] = aliases
        # A shard that never starts is not waited for.
        cluster.ask("PUT", f"/{name}?wait_for_active_shards=0", body)

    return make


def _settings(settings: Mapping[str, Any]) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        _index()(cluster, name)
        cluster.ask("PUT", f"/{name}/_settings", settings)

    return make


def _close(cluster: Cluster, name: str) -> None:
    _index()(cluster, name)
    cluster.ask("POST", f"/{name}/_close")


def _cluster_settings(settings: Mapping[str, Any], also: Make | None = None) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        if also:
            also(cluster, name)
        cluster.ask("PUT", "/_cluster/settings", {"persistent": settings})

    return make


def _alias(*indices: tuple[str, Any, Mapping[str, Any]]) -> Make:
    """An alias of several indices: (ending of the name, mapping, properties of the alias)."""

    def make(cluster: Cluster, name: str) -> None:
        for ending, mappings, alias in indices:
            body = {"mappings": mapping(cluster) if mappings is None else mappings, "aliases": {name: dict(alias)}}
            cluster.ask("PUT", f"/{name}-{ending}", body)

    return make


def _template(mappings: Any = None, **more: Any) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        body = {"mappings": mapping(cluster) if mappings is None else mappings}
        cluster.ask(
            "PUT",
            f"/_index_template/{name}",
            {"index_patterns": [f"{name}*"], "priority": 700, "template": body, **more},
        )

    return make


def _legacy_template(mappings: Any = None) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        body = {"index_patterns": [f"{name}*"], "mappings": mapping(cluster) if mappings is None else mappings}
        cluster.ask("PUT", f"/_template/{name}", body)

    return make


def _data_stream(cluster: Cluster, name: str) -> None:
    _template(data_stream={})(cluster, name)
    cluster.ask("PUT", f"/_data_stream/{name}")


def _rollover(cluster: Cluster, name: str) -> None:
    _template()(cluster, name)
    cluster.ask("PUT", f"/{name}-000001", {"aliases": {name: {"is_write_index": True}}})


def _by_session(cluster: Cluster, name: str) -> None:
    from .cluster import bulk
    from .sessions import sessions

    said = cluster.raw("POST", "/_bulk?refresh=true", bulk(name, list(sessions(5, tenant="first"))), "application/json")
    assert said.status == 200, said


def _nothing(_cluster: Cluster, _name: str) -> None:
    pass


def _typed(kind: str) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        cluster.ask("PUT", f"/{name}?include_type_name=true", {"mappings": {kind: mapping(cluster)}})

    return make


def _pipeline(cluster: Cluster, name: str) -> None:
    cluster.ask("PUT", f"/_ingest/pipeline/{name}", {"processors": []})
    _index(settings={"default_pipeline": name})(cluster, name)


_ALLOW = {"action.auto_create_index": None}
_READ_ONLY = {"cluster.blocks.read_only": None}
_DATES_BY_TEMPLATE = {
    "dynamic_templates": [
        {"starts": {"match": "*Time", "unmatch": "*erTime", "mapping": {"type": "date"}, "match_mapping_type": "long"}}
    ]
}


def _complete(**root: Any) -> Make:
    def make(cluster: Cluster, name: str) -> None:
        cluster.ask("PUT", f"/{name}", {"mappings": {**mapping(cluster), **root}})

    return make


STATES: dict[str, State] = {
    "as the module makes it": State(_index()),
    "flat layout": State(lambda c, n: c.ask("PUT", f"/{n}", {"mappings": mapping(c, "flat")})),
    "missing": State(_nothing, ("index_missing",)),
    "empty mapping": State(_index({}), ("date_fields_unmapped",)),
    "only startTime": State(_index({"properties": {"startTime": {"type": "date"}}}), ("date_fields_unmapped",)),
    "made by sessions": State(_by_session, ("date_fields_not_dates",)),
    "composable template": State(_template()),
    "composable template with a part": State(
        _template({"properties": {"startTime": {"type": "date"}}}), ("date_fields_unmapped",)
    ),
    "composable template of a component": State(
        lambda c, n: (
            c.ask("PUT", f"/_component_template/{n}", {"template": {"mappings": mapping(c)}}),
            _template({}, composed_of=[n])(c, n),
        )
    ),
    "legacy template": State(_legacy_template()),
    "template of dynamic templates": State(_template(_DATES_BY_TEMPLATE)),
    "legacy template of dynamic templates": State(_legacy_template(_DATES_BY_TEMPLATE)),
    "dynamic templates": State(_index(_DATES_BY_TEMPLATE)),
    "template with dates as long": State(
        _template({"properties": {"startTime": {"type": "long"}}}), ("date_fields_not_dates",)
    ),
    "template that rejects": State(_template({"properties": {"city": {"type": "long"}}}), ("field_conflicts",)),
    "template of a data stream": State(_template(data_stream={}), ("index_is_data_stream",), DATA_STREAMS),
    "data stream": State(_data_stream, ("index_is_data_stream",), ("opensearch2",)),
    "template, no automatic creation": State(
        _cluster_settings({"action.auto_create_index": "false"}, _template()),
        ("index_not_created_automatically",),
        undo=_cluster_settings(_ALLOW),
    ),
    "template, automatic creation of other names": State(
        _cluster_settings({"action.auto_create_index": "-sessions*,+*"}, _template()),
        ("index_not_created_automatically",),
        undo=_cluster_settings(_ALLOW),
    ),
    "template that forbids automatic creation": State(
        _template(allow_auto_create=False), ("index_not_created_automatically",), ELASTICSEARCH
    ),
    "template that allows automatic creation": State(
        _cluster_settings({"action.auto_create_index": "false"}, _template(allow_auto_create=True)),
        (),
        ELASTICSEARCH,
        undo=_cluster_settings(_ALLOW),
    ),
    "missing, no automatic creation": State(
        _cluster_settings({"action.auto_create_index": "false"}), ("index_missing",), undo=_cluster_settings(_ALLOW)
    ),
    "closed": State(_close, ("index_closed",)),
    "write block": State(_settings({"index.blocks.write": True}), ("index_blocked",)),
    "read-only block": State(_settings({"index.blocks.read_only": True}), ("index_blocked",)),
    "full disk": State(_settings({"index.blocks.read_only_allow_delete": True}), ("index_blocked",)),
    # The block is about requests that create an index; a session still creates it.
    "full disk, new index": State(
        _cluster_settings({"cluster.blocks.create_index": True}, _template()),
        ("index_from_template",),
        ("opensearch2",),
        undo=_cluster_settings({"cluster.blocks.create_index": None}),
    ),
    "metadata block": State(_settings({"index.blocks.metadata": True}), ("index_unseen",)),
    "read-only cluster": State(
        _cluster_settings({"cluster.blocks.read_only": True}, _index()),
        ("cluster_blocked",),
        undo=_cluster_settings(_READ_ONLY),
    ),
    "alias": State(_alias(("a", None, {}))),
    "alias, not for writes": State(_alias(("a", None, {"is_write_index": False})), ("alias_without_write_index",)),
    "alias of two": State(_alias(("a", None, {}), ("b", None, {})), ("alias_without_write_index",)),
    "alias of two, one for writes": State(_alias(("a", {}, {}), ("b", None, {"is_write_index": True}))),
    "alias to an empty index": State(_alias(("a", {}, {"is_write_index": True})), ("date_fields_unmapped",)),
    "rollover alias": State(_alias(("000001", None, {"is_write_index": True})), ("rollover_without_template",)),
    "rollover alias with a template": State(_rollover),
    "strict, complete": State(_complete(dynamic="strict")),
    "strict, one missing": State(_with("city", None, dynamic="strict"), ("mapping_strict",)),
    "strict, empty list missing": State(_with("syntheticEvents", None, dynamic="strict"), ("mapping_strict",)),
    "strict inside": State(
        _with("userActions", {"type": "nested", "dynamic": "strict", "properties": {"startTime": {"type": "date"}}}),
        ("mapping_strict",),
    ),
    "not dynamic, complete": State(_complete(dynamic=False)),
    "not dynamic, empty": State(_index({"dynamic": False}), ("date_fields_unmapped",)),
    "runtime, empty": State(_index({"dynamic": "runtime"}), ("date_fields_unmapped",), ELASTICSEARCH),
    "dates as long": State(_with("startTime", {"type": "long"}), ("date_fields_not_dates",)),
    "dates as keyword": State(_with("startTime", {"type": "keyword"}), ("date_fields_not_dates",)),
    "dates as integer": State(_with("startTime", {"type": "integer"}), ("field_conflicts",)),
    "dates as boolean": State(_with("startTime", {"type": "boolean"}), ("field_conflicts",)),
    "dates as object": State(_with("startTime", {"type": "object"}), ("field_conflicts",)),
    "dates with nanoseconds": State(_with("startTime", {"type": "date_nanos"})),
    "dates in milliseconds": State(_with("startTime", {"type": "date", "format": "epoch_millis"})),
    "dates in days": State(_with("startTime", {"type": "date", "format": "yyyy-MM-dd"}), ("field_conflicts",)),
    "dates in days, ignored": State(
        _with("startTime", {"type": "date", "format": "yyyy-MM-dd", "ignore_malformed": True}),
        ("date_fields_not_dates",),
    ),
    "date as an alias": State(_with("endTime", {"type": "alias", "path": "startTime"}), ("field_conflicts",)),
    "address as long": State(_with("ip", {"type": "long"}), ("field_conflicts",)),
    "address as long, ignored": State(_with("ip", {"type": "long", "ignore_malformed": True})),
    "address as text": State(_with("ip", {"type": "text"})),
    "city as object": State(_with("city", {"type": "object"}), ("field_conflicts",)),
    "city as integer": State(_with("city", {"type": "integer"}), ("field_conflicts",)),
    "duration as text": State(_with("duration", {"type": "text"})),
    "duration as boolean": State(_with("duration", {"type": "boolean"}), ("field_conflicts",)),
    "duration as byte": State(_with("duration", {"type": "byte"}), ("field_conflicts",)),
    "bounce as long": State(_with("bounce", {"type": "long"}), ("field_conflicts",)),
    "actions as object": State(
        lambda c, n: c.ask("PUT", f"/{n}", {"mappings": mapping(c, "flat")}),
    ),
    "actions as keyword": State(_with("userActions", {"type": "keyword"}), ("field_conflicts",)),
    "actions with a date as long": State(_with("userActions.startTime", {"type": "long"}), ("date_fields_not_dates",)),
    "actions with a name as object": State(_with("userActions.name", {"type": "object"}), ("field_conflicts",)),
    "actions not searchable": State(_with("userActions", {"type": "object", "enabled": False})),
    "required routing": State(_complete(_routing={"required": True}), ("routing_required",)),
    "tags as fields": State(_with("stringTags", {"type": "object"}), ("tags_as_fields",)),
    "default pipeline missing": State(_index(settings={"default_pipeline": "nosuch"}), ("pipeline_missing",)),
    "default pipeline": State(_pipeline),
    "final pipeline missing": State(_index(settings={"final_pipeline": "nosuch"}), ("pipeline_missing",)),
    "pipeline of the URL missing": State(_index(), ("pipeline_missing",), path="/_bulk?pipeline=nosuch"),
    "unknown parameter": State(_index(), ("rejected",), path="/_bulk?foo=bar"),
    "unknown parameter, missing": State(_template(), ("rejected",), path="/_bulk?foo=bar"),
    "unassigned shard": State(
        _index(settings={"index.routing.allocation.require.box": "nosuch"}),
        ("shard_unavailable",),
        undo=lambda c, n: c.ask("DELETE", f"/{n}"),
    ),
    "URL of another index": State(_index(), ("url_names_index",), path="/sessions-other/_bulk"),
    "URL of a path": State(_index(), ("url_names_index",), path="/es/_bulk"),
    "URL of the index": State(_index(), path="/{}/_bulk"),
    "URL of the index and a type": State(_index(), ("url_names_index",), ("elasticsearch7",), path="/{}/_doc/_bulk"),
    "URL with a slash at the end": State(_index(), path="/_bulk/"),
    "URL that does not exist": State(_index(), path="/a/b/c/_bulk"),
    "date math": State(_nothing, ("index_name_date_math", "index_missing"), index="<{}-{{now/d}}>"),
    "date math with a template": State(_template(), ("index_name_date_math",), index="<{}-{{now/d}}>"),
    "document type": State(_index(), ("doc_type_not_supported",), DATA_STREAMS, export={"doc_type": "_doc"}),
    "document type of 7": State(_index(), (), ("elasticsearch7",), export={"doc_type": "_doc"}),
    "another document type": State(
        _index(), ("doc_type_differs",), ("elasticsearch7",), export={"doc_type": "session"}
    ),
    "the type of the index": State(_typed("session"), (), ("elasticsearch7",), export={"doc_type": "session"}),
    "PUT": State(_index(), ("bulk_method",), export={"use_post": False}),
    "JSON": State(_index(), ("bulk_content_type",), export={"content_type": "application/json"}),
    "a character set": State(_index(), export={"content_type": "application/x-ndjson; charset=UTF-8"}),
    "plain text": State(_index(), ("content_type_refused",), export={"content_type": "text/plain"}),
    "capitals": State(_nothing, ("index_name_invalid",), index="Sessions"),
    "a leading underscore": State(_nothing, ("index_name_invalid",), index="_sessions"),
    "a comma": State(_nothing, ("index_name_invalid",), index="{},b"),
    "few fields allowed": State(
        _index({"properties": {}}, settings={"index.mapping.total_fields.limit": 20}), ("field_conflicts",)
    ),
}


def name_of(number: int, prefix: str = "sessions") -> str:
    """A name of its own for each state, which no other name begins with."""
    return f"{prefix}-{number:03d}"


def encoded(index: str) -> str:
    """A name as a part of a path."""
    return quote(index, safe="")
