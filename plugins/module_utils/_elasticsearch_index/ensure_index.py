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
from .._endpoint_check.check import MOST_AT_ONCE, authenticate
from .._endpoint_check.elasticsearch import (
    ElasticsearchClient,
    IndexState,
    NoIndex,
    base_url,
    identify_server,
    read_index,
    template_mapping,
)
from .._endpoint_check.endpoints import Endpoint
from .._endpoint_check.findings import CheckAborted, Findings
from .._endpoint_check.http import NoResponse, Response, add_refusal, reason_of
from .._endpoint_check.index_checks import is_writable, shorten
from .._endpoint_check.mapping_diff import TypeConflict, leaves, mapping_delta, object_conflicts, overlay
from .._endpoint_check.network import ConnectOptions
from .._endpoint_check.session_mapping import Layout, session_mapping
from .._endpoint_check.static_checks import index_problem
from .index_template import TemplateChange, first_index, plan_template

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

    findings: Findings
    exports: Sequence[str]
    index: str
    operation: str = "failed"
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)
    added: Sequence[str] = ()
    differing: Sequence[TypeConflict] = ()
    template: TemplateChange | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of one of the exports."""
        return self.findings.endpoint

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
        diffs = []
        if self.before is None or self.added:
            diffs.append(self._diff(self.index, "no index", self.before, self.after))
        if self.template is not None and self.template.operation != "unchanged":
            what = f"index template {self.template.name}"
            diffs.append(self._diff(what, "none", self.template.before, self.template.after))
        return diffs

    def _diff(self, what: str, nothing: str, before: Any, after: Any) -> dict[str, Any]:
        place = self.findings.clean_text(f"{self.endpoint.public_url} {what}")
        return {
            "before_header": f"{place} ({nothing})" if before is None else place,
            "after_header": place,
            "before": "" if before is None else self.findings.clean_data(before),
            "after": self.findings.clean_data(after),
        }


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

    def ensure(group: tuple[Endpoint, list[str]]) -> IndexResult:
        endpoint, names = group
        result = IndexResult(Findings(endpoint), names, str(endpoint.index))
        try:
            _ensure(result, spec, connect_options, check_mode=check_mode)
        except CheckAborted:
            result.operation, result.added = "failed", ()
        return result

    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        return list(pool.map(ensure, group_by_index(exports)))


def _ensure(result: IndexResult, spec: IndexSpec, connect_options: ConnectOptions, *, check_mode: bool) -> None:
    """Ensure one index.

    :raises CheckAborted: it cannot be ensured, with the finding that says why.
    """
    endpoint, findings = result.endpoint, result.findings
    name = str(endpoint.index)
    base = base_url(endpoint.url, name)
    if base is None:
        raise findings.abort("bulk_url", endpoints.URL, f"{endpoint.public_url} does not end in _bulk")
    if wrong := index_problem(name):
        raise findings.abort("index_name_invalid", endpoints.INDEX, f"the name of the index {wrong}")
    client = ElasticsearchClient(findings, connect_options, base=base)
    authenticate(client)
    identify_server(client)
    major = client.server.major
    if major is not None and major < _OLDEST:
        text = "this version has a separate mapping for each document type"
        raise findings.abort("version_too_old", endpoints.URL, text)
    desired = overlay(session_mapping(spec.layout, client.server.arbitrary_keys), spec.mapping)
    run = _Run(result, client, spec, desired, check_mode)
    for _attempt in range(_ATTEMPTS):
        if run.converge():
            return
    raise findings.abort(
        "index_refused", endpoints.INDEX, f"the index {name} was created and deleted by others during this run"
    )


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
        self.name = str(self.client.endpoint.index)

    def converge(self) -> bool:
        """Read the index and do what it needs; ``False`` if another run has created it meanwhile.

        :raises CheckAborted: it cannot be done, with the finding that says why.
        """
        findings, name, result = self.findings, self.name, self.result
        state = read_index(self.client, name)
        if isinstance(state, Response):
            text = f"the index {name} cannot be read (status {state.status}){reason_of(state)}"
            raise findings.abort("index_unseen", endpoints.INDEX, text)
        if isinstance(state, NoIndex):
            return self._create()
        if not is_writable(state, findings):
            raise CheckAborted
        if self.spec.rollover and not state.is_alias:
            raise findings.abort("index_is_not_alias", endpoints.INDEX, f"{name} is an index, not an alias")
        if state.write_index != name:
            text = f"{name} is an alias, what is sent goes to the index {state.write_index}"
            findings.add("index_is_alias", endpoints.INDEX, text)
        result.index = str(state.write_index)
        self._plan_extension(state)
        if self.spec.rollover:
            self._ensure_template()
        self._extend()
        if result.operation == "unchanged" and result.template and result.template.operation != "unchanged":
            result.operation = "updated"
        return True

    def _create(self) -> bool:
        findings, result, spec = self.findings, self.result, self.spec
        body: dict[str, Any]
        if spec.rollover:
            result.index = first_index(self.name)
            self._ensure_template()
            after, body = self.desired, {"aliases": {self.name: {"is_write_index": True}}}
        else:
            after = overlay(self._given_mapping(), self.desired)
            body = {"mappings": self.desired, **({"settings": dict(spec.settings)} if spec.settings else {})}
        index, result.before, result.after = result.index, None, after
        result.added, result.operation = leaves(after.get("properties")), "created"
        if self.check_mode:
            return True
        response = self._put(quote(index, safe=""), body, f"the creation of the index {index}", self._has_fields)
        if response is None:
            return True
        if response.part().get("shards_acknowledged") is False:
            findings.add("index_not_started", endpoints.INDEX, f"the shards of the index {index} did not start in time")
        return response.status == 200

    def _given_mapping(self) -> Mapping[str, Any]:
        """What index templates contribute to the mapping of the new index."""
        server, given = self.client.server, template_mapping(self.client, self.name)
        if given.data_stream:
            text = f"an index template makes a data stream of {self.name}"
            raise self.findings.abort("index_is_data_stream", endpoints.INDEX, text)
        conflicts = object_conflicts(given.mapping, self.desired)
        if conflicts and not given.legacy and (server.opensearch or (server.major is not None and server.major < 8)):
            text = f"an index template maps these fields differently: {shorten(conflicts)}"
            raise self.findings.abort("index_template_conflicts", endpoints.INDEX, text)
        if given.mapping:
            text = f"an index template contributes to the mapping of {self.name}"
            self.findings.add("index_template_adds", endpoints.INDEX, text)
        return given.mapping

    def _plan_extension(self, state: IndexState) -> None:
        result, findings = self.result, self.findings
        have = state.mapping
        missing = mapping_delta(have.get("properties"), self.desired["properties"], self.spec.exact)
        result.before, result.differing = have, missing.differing
        conflicts = [str(one) for one in missing.differing if not one.fits]
        if conflicts:
            text = f"the index {result.index} has fields with types that are not desired: {shorten(conflicts)}"
            raise findings.abort("field_types_differ", endpoints.INDEX, text)
        if missing.differing:
            related = shorten([str(one) for one in missing.differing])
            text = f"the index {result.index} has fields with related types: {related}"
            findings.add("field_types_related", endpoints.INDEX, text)
        result.added, result.operation = missing.added, "updated" if missing.added else "unchanged"
        result.after = overlay(have, {"properties": missing.properties})
        self.missing = missing.properties

    def _extend(self) -> None:
        index = self.result.index
        if self.result.added and not self.check_mode:
            path, what = f"{quote(index, safe='')}/_mapping", f"the addition of fields to the index {index}"
            self._put(path, {"properties": self.missing}, what, self._has_fields)

    def _ensure_template(self) -> None:
        """Ensure the index template that gives each index behind the alias its mapping."""
        path, what = f"_index_template/{quote(self.name, safe='')}", f"the index template {self.name}"
        response = self.client.request("GET", path)
        if response.status not in (200, 404):
            self._abort_refused(response, what)
        self.result.template = change = self._template_change(response)
        if change.operation != "unchanged" and not self.check_mode:

            def is_there() -> bool:
                return self._template_change(self.client.request("GET", path)).operation == "unchanged"

            self._put(path, change.after, what, is_there)

    def _template_change(self, response: Response) -> TemplateChange:
        return plan_template(self.name, response.json(), self.desired, self.spec.settings)

    def _has_fields(self) -> bool:
        """Whether the index exists and has every desired field."""
        state = read_index(self.client, self.result.index)
        if not isinstance(state, IndexState):
            return False
        missing = mapping_delta(state.mapping.get("properties"), self.desired["properties"], self.spec.exact)
        return not missing.added and all(one.fits for one in missing.differing)

    def _put(self, path: str, body: Mapping[str, Any], what: str, is_done: Callable[[], bool]) -> Response | None:
        """Change something.

        :param is_done: reads again whether the change was made, where the server has not confirmed it.
        :param what: what the change is, for the case that it is rejected.
        :returns: the response, also if the index exists already; ``None`` if there was none in time, and the change was
            made nevertheless.
        :raises CheckAborted: it was rejected, or it is not known whether it was made.
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
            late = response.status == 200 and response.part().get("acknowledged") is False
            timed_out = response.status == 503 and response.error_type == "process_cluster_event_timeout_exception"
            if not late and not timed_out:
                exists = response.status == 400 and response.error_type == "resource_already_exists_exception"
                if response.status != 200 and not exists:
                    self._abort_refused(response, what)
                return response
        lost, findings.found[before:] = findings.found[before:], []
        try:
            done = is_done()
        except CheckAborted:
            done = False
        if done:
            findings.add(
                "index_confirmed",
                endpoints.INDEX,
                "a change was not confirmed in time, but the index shows that it was made",
            )
            return None
        findings.found[before:] = lost
        text = f"a change of the index {self.name} was sent, but the server did not confirm it"
        raise findings.abort("index_outcome_unknown", endpoints.INDEX, text)

    def _abort_refused(self, response: Response, what: str) -> None:
        """Say why a change was rejected.

        :raises CheckAborted: always.
        """
        findings, status, kind = self.findings, response.status, response.error_type
        reason = response.error.get("reason") or "no reason given"
        text = f"{what} was rejected (status {status}): {reason}"
        if kind == "cluster_block_exception" and not response.is_index_block:
            raise findings.abort("cluster_blocked", endpoints.URL, text)
        if kind in ("cluster_block_exception", "index_create_block_exception"):
            raise findings.abort("index_blocked", endpoints.INDEX, text)
        if status == 403:
            raise findings.abort("index_privilege_missing", endpoints.USER, text)
        if status == 429 or status >= 500:
            add_refusal(response, "PUT", findings)
            raise CheckAborted
        raise findings.abort("index_refused", endpoints.INDEX, text)
