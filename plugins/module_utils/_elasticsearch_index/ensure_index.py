# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The index that receives sessions: created with a mapping, or given the fields that it lacks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from .._endpoint_check import endpoints
from .._endpoint_check.check import authenticate
from .._endpoint_check.elasticsearch import (
    ElasticsearchClient,
    IndexState,
    NoIndex,
    base_url,
    below,
    identify_server,
    read_index,
    template_mapping,
)
from .._endpoint_check.endpoints import Endpoint
from .._endpoint_check.findings import CheckAborted, Findings
from .._endpoint_check.http import NoResponse, Response, add_refusal, reason_of
from .._endpoint_check.index_checks import shorten
from .._endpoint_check.mapping_diff import TypeConflict, fields_of, mapping_delta, object_conflicts, overlay
from .._endpoint_check.network import ConnectOptions
from .._endpoint_check.session_mapping import Layout, session_mapping
from .._endpoint_check.static_checks import index_problem
from .index_template import TemplateChange, first_index, plan_template

_MOST_AT_ONCE = 8
_OLDEST = 7
# Another run may create the index between the read and the write.
_ATTEMPTS = 2
# Seconds that the server waits for its nodes and shards; it should respond before the request times out.
_LONGEST_WAIT = 10


@dataclass(frozen=True)
class IndexSpec:
    """What an index should be like.

    :param mapping: of the user, merged into the one for sessions.
    :param exact: paths of fields whose type must be this very one.
    :param settings: of an index that is created.
    :param rollover: whether the name is that of an alias, with an index template for the indices behind it.
    """

    mapping: Mapping[str, Any]
    exact: frozenset[str]
    settings: Mapping[str, Any]
    layout: Layout = "nested"
    rollover: bool = False


@dataclass
class IndexResult:
    """What happened to one index.

    :param exports: names of the exports that send to it.
    :param index: its own name, where the declared one is an alias.
    :param before: its mapping; ``None`` if there was no index.
    """

    endpoint: Endpoint
    exports: Sequence[str]
    findings: Findings
    index: str
    operation: str = "failed"
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)
    added: Sequence[str] = ()
    differing: Sequence[TypeConflict] = ()
    template: TemplateChange | None = None

    @property
    def changed(self) -> bool:
        """Whether something was, or would be, changed."""
        return self.operation in ("created", "updated")

    def result(self) -> dict[str, Any]:
        """For the result of the module."""
        differing = [{"field": one.field, "type": one.type, "desired": one.desired} for one in self.differing]
        template = self.template
        return {
            "name": self.endpoint.index,
            "index": self.findings.clean_text(self.index),
            "endpoint": self.findings.clean_text(self.endpoint.public_url),
            "exports": list(self.exports),
            "operation": self.operation,
            "template": {"name": template.name, "operation": template.operation} if template else {},
            "added": self.findings.clean_data(list(self.added)),
            "differing": self.findings.clean_data(differing),
            "findings": [finding.result() for finding in self.findings.found],
        }

    def diffs(self) -> list[dict[str, Any]]:
        """The mapping before and after, and the index template where it changes."""
        clean = self.findings.clean_data
        place = self.findings.clean_text(f"{self.endpoint.public_url} {self.index}")
        diffs = []
        if self.before is None or self.added:
            header = place if self.before is not None else f"{place} (no index)"
            before = clean(self.before) if self.before is not None else ""
            diffs.append({"before_header": header, "after_header": place, "before": before, "after": clean(self.after)})
        if self.template is not None and self.template.operation != "unchanged":
            place = self.findings.clean_text(f"{self.endpoint.public_url} index template {self.template.name}")
            header = place if self.template.before is not None else f"{place} (none)"
            before = clean(self.template.before) if self.template.before is not None else ""
            after = clean(self.template.after)
            diffs.append({"before_header": header, "after_header": place, "before": before, "after": after})
        return diffs


def group_by_index(exports: Sequence[Endpoint]) -> list[tuple[Endpoint, list[str]]]:
    """One export for each index, and the names of all that send to it."""
    found: dict[tuple[str, int, str, str], list[Endpoint]] = {}
    for endpoint in exports:
        if endpoint.index is not None:
            parts = urlsplit(base_url(endpoint.url, endpoint.index) or endpoint.url)
            place = (parts.hostname or "", parts.port or 443, parts.path, endpoint.index)
            found.setdefault(place, []).append(endpoint)
    # An export with credentials is used for those without.
    return [
        (min(group, key=lambda one: one.secret_missing is not None), list(dict.fromkeys(one.name for one in group)))
        for group in found.values()
    ]


def ensure_indices(
    exports: Sequence[Endpoint], spec: IndexSpec, connect_options: ConnectOptions, *, check_mode: bool
) -> list[IndexResult]:
    """Ensure every index that exports send to, each once, all at the same time.

    :param check_mode: only find out what would be done.
    """
    groups = group_by_index(exports)
    if not groups:
        return []

    def ensure(group: tuple[Endpoint, list[str]]) -> IndexResult:
        endpoint, names = group
        result = IndexResult(endpoint, names, Findings(endpoint.name, endpoint.secrets), str(endpoint.index))
        try:
            _ensure(result, spec, connect_options, check_mode=check_mode)
        except CheckAborted:
            result.operation, result.added = "failed", ()
        return result

    with ThreadPoolExecutor(max_workers=min(len(groups), _MOST_AT_ONCE)) as pool:
        return list(pool.map(ensure, groups))


def _ensure(result: IndexResult, spec: IndexSpec, connect_options: ConnectOptions, *, check_mode: bool) -> None:
    """Ensure one index.

    :raises CheckAborted: it cannot be ensured, with the finding that says why.
    """
    endpoint, findings = result.endpoint, result.findings
    name, option = str(endpoint.index), endpoint.option(endpoints.INDEX)
    base = base_url(endpoint.url, name)
    if base is None:
        text = f"{endpoint.public_url} does not end in _bulk"
        raise findings.abort("bulk_url", endpoint.option(endpoints.URL), text)
    if wrong := index_problem(name):
        raise findings.abort("index_name_invalid", option, f"the name of the index {wrong}")
    headers = authenticate(endpoint, connect_options, findings)
    client = ElasticsearchClient(endpoint, connect_options, findings, base, headers)
    identify_server(client)
    major = client.server.major
    if major is not None and major < _OLDEST:
        text = "this version has a separate mapping for each document type"
        raise findings.abort("version_too_old", endpoint.option(endpoints.URL), text)
    desired = overlay(session_mapping(spec.layout, client.server.arbitrary_keys), spec.mapping)
    run = _Run(result, client, spec, desired, check_mode)
    for _attempt in range(_ATTEMPTS):
        if run.converge():
            return
    raise findings.abort("index_refused", option, f"the index {name} was created and deleted by others during this run")


@dataclass
class _Run:
    """One index on its way from what it is to what it should be."""

    result: IndexResult
    client: ElasticsearchClient
    spec: IndexSpec
    desired: Mapping[str, Any]
    check_mode: bool

    def __post_init__(self) -> None:
        self.findings = self.client.findings
        self.endpoint = self.client.endpoint
        self.name = str(self.endpoint.index)
        self.option = self.endpoint.option(endpoints.INDEX)

    def converge(self) -> bool:
        """Read the index and do what it needs; ``False`` if another run has created it meanwhile.

        :raises CheckAborted: it cannot be done, with the finding that says why.
        """
        findings, name, option, result = self.findings, self.name, self.option, self.result
        state = read_index(self.client, name)
        if isinstance(state, Response):
            text = f"the index {name} cannot be read (status {state.status}){reason_of(state)}"
            raise findings.abort("index_unseen", option, text)
        if isinstance(state, NoIndex):
            return self._create()
        if state.is_data_stream:
            raise findings.abort("index_is_data_stream", option, f"{name} is a data stream")
        if state.write_index is None:
            text = f"{name} is an alias of {len(state.found)} indices, and none of them is the one to write to"
            raise findings.abort("alias_without_write_index", option, text)
        if self.spec.rollover and not state.is_alias:
            raise findings.abort("index_is_not_alias", option, f"{name} is an index, not an alias")
        if state.write_index != name:
            text = f"{name} is an alias, what is sent goes to the index {state.write_index}"
            findings.add("index_is_alias", option, text)
        result.index = state.write_index
        self._plan_extension(state)
        if self.spec.rollover:
            self._ensure_template()
        self._extend()
        if result.operation == "unchanged" and result.template and result.template.operation != "unchanged":
            result.operation = "updated"
        return True

    def _create(self) -> bool:
        findings, result, spec = self.findings, self.result, self.spec
        index = first_index(self.name) if spec.rollover else self.name
        after: Mapping[str, Any] = self.desired
        if not spec.rollover:
            given = template_mapping(self.client, index)
            if given.data_stream:
                text = f"an index template would create {index} as a data stream"
                raise findings.abort("index_is_data_stream", self.option, text)
            conflicts = object_conflicts(given.mapping, self.desired)
            major = self.client.server.major
            if conflicts and not given.legacy and (self.client.server.opensearch or (major is not None and major < 8)):
                text = f"an index template maps these fields differently: {shorten(conflicts)}"
                raise findings.abort("index_template_conflicts", self.option, text)
            if given.mapping:
                text = f"an index template contributes to the mapping of {index}"
                findings.add("index_template_adds", self.option, text)
            after = overlay(given.mapping, self.desired)
        else:
            result.index = index
            self._ensure_template()
        result.before, result.after = None, after
        result.added, result.operation = list(fields_of(after.get("properties"))), "created"
        if self.check_mode:
            return True
        body: dict[str, Any] = {"aliases": {self.name: {"is_write_index": True}}} if spec.rollover else {}
        if not spec.rollover:
            body = {"mappings": self.desired, **({"settings": dict(spec.settings)} if spec.settings else {})}
        response = self._put(quote(index, safe=""), body, lambda: self._has_fields(index))
        if response is None:
            return True
        if response.status == 400 and response.error_type == "resource_already_exists_exception":
            return False
        if response.status != 200:
            self._abort_refused(response, f"the creation of the index {index}")
        body_given = response.json()
        if isinstance(body_given, Mapping) and body_given.get("shards_acknowledged") is False:
            findings.add("index_not_started", self.option, f"the shards of the index {index} did not start in time")
        return True

    def _plan_extension(self, state: IndexState) -> None:
        result, findings = self.result, self.findings
        have = state.mapping
        missing = mapping_delta(have.get("properties"), self.desired["properties"], self.spec.exact)
        result.before, result.differing = have, missing.differing
        conflicts = [str(one) for one in missing.differing if not one.fits]
        if conflicts:
            text = f"the index {result.index} has fields with types that are not desired: {shorten(conflicts)}"
            raise findings.abort("field_types_differ", self.option, text)
        if missing.differing:
            related = shorten([str(one) for one in missing.differing])
            text = f"the index {result.index} has fields with related types: {related}"
            findings.add("field_types_related", self.option, text)
        result.added, result.operation = missing.added, "updated" if missing.added else "unchanged"
        result.after = overlay(have, {"properties": missing.properties})
        self.missing = missing.properties

    def _extend(self) -> None:
        if not self.result.added or self.check_mode:
            return
        index = self.result.index
        path = f"{quote(index, safe='')}/_mapping"
        response = self._put(path, {"properties": self.missing}, lambda: self._has_fields(index))
        if response is not None and response.status != 200:
            self._abort_refused(response, f"the addition of fields to the index {index}")

    def _ensure_template(self) -> None:
        """Ensure the index template that gives each index behind the alias its mapping."""
        path = f"_index_template/{quote(self.name, safe='')}"
        response = self.client.request("GET", path)
        if response.status not in (200, 404):
            self._abort_refused(response, f"the index template {self.name}")
        change = plan_template(self.name, response.json(), self.desired, self.spec.settings)
        self.result.template = change
        if change.operation == "unchanged" or self.check_mode:
            return

        def is_there() -> bool:
            now = self.client.request("GET", path)
            return plan_template(self.name, now.json(), self.desired, self.spec.settings).operation == "unchanged"

        written = self._put(path, change.after, is_there)
        if written is not None and written.status != 200:
            self._abort_refused(written, f"the index template {self.name}")

    def _has_fields(self, index: str) -> bool:
        """Whether the index exists and has every desired field."""
        state = read_index(self.client, index)
        if not isinstance(state, IndexState):
            return False
        missing = mapping_delta(state.mapping.get("properties"), self.desired["properties"], self.spec.exact)
        return not missing.added and all(one.fits for one in missing.differing)

    def _put(self, path: str, body: Mapping[str, Any], is_done: Callable[[], bool]) -> Response | None:
        """Change something.

        :param is_done: reads again whether the change was made, where the server has not confirmed it.
        :returns: the response; ``None`` if there was none in time, and the change was made nevertheless.
        :raises CheckAborted: it is not known whether it was made, or the credentials are rejected.
        """
        findings, before = self.findings, len(self.findings.found)
        wait = max(1, min(_LONGEST_WAIT, int(self.client.connect_options.timeout / 2)))
        try:
            # Index templates have no shards to wait for, and OpenSearch rejects the parameter there.
            parameter = "master_timeout" if path.startswith("_index_template/") else "timeout"
            response = self.client.request("PUT", f"{path}?{parameter}={wait}s", body)
        except NoResponse:
            response = None
        if response is not None:
            given = response.json()
            late = response.status == 200 and isinstance(given, Mapping) and given.get("acknowledged") is False
            timed_out = response.status == 503 and response.error_type == "process_cluster_event_timeout_exception"
            if not late and not timed_out:
                return response
        lost, findings.found[before:] = findings.found[before:], []
        try:
            done = is_done()
        except CheckAborted:
            done = False
        if done:
            findings.add(
                "index_confirmed",
                self.option,
                "a change was not confirmed in time, but the index shows that it was made",
            )
            return None
        findings.found[before:] = lost
        text = f"a change of the index {self.name} was sent, but the server did not confirm it"
        raise findings.abort("index_outcome_unknown", self.option, text)

    def _abort_refused(self, response: Response, what: str) -> None:
        """Say why a change was rejected.

        :raises CheckAborted: always.
        """
        findings, status, kind = self.findings, response.status, response.error_type
        reason = below(response.json(), "error").get("reason") or "no reason given"
        text = f"{what} was rejected (status {status}): {reason}"
        if kind == "cluster_block_exception" and not response.is_index_block:
            raise findings.abort("cluster_blocked", self.endpoint.option(endpoints.URL), text)
        if kind in ("cluster_block_exception", "index_create_block_exception"):
            raise findings.abort("index_blocked", self.option, text)
        if status == 403:
            raise findings.abort("index_privilege_missing", self.endpoint.option(endpoints.USER), text)
        if status == 429 or status >= 500:
            add_refusal(response, self.endpoint, "PUT", findings)
            raise CheckAborted
        raise findings.abort("index_refused", self.option, text)
