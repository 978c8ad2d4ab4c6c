# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Whether an index accepts sessions. Nothing is written, nothing is created."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from . import endpoints
from .elasticsearch import (
    ElasticsearchClient,
    IndexState,
    NoIndex,
    below,
    creates_automatically,
    read_index,
    template_mapping,
)
from .endpoints import Endpoint
from .findings import Findings
from .http import Response, add_refusal, reason_of
from .mapping_forecast import MappingForecast, forecast
from .static_checks import is_date_math

_SHOWN = 6
_ROLLED_OVER = re.compile(r"(.*-)(\d+)")
# Errors of one action of a bulk, and the findings that they mean.
_ITEM_ERRORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "index_closed_exception": ("index_closed", endpoints.INDEX),
    "cluster_block_exception": ("index_blocked", endpoints.INDEX),
    "security_exception": ("privilege_missing", endpoints.USER),
    "unavailable_shards_exception": ("shard_unavailable", endpoints.INDEX),
    "no_shard_available_action_exception": ("shard_unavailable", endpoints.INDEX),
    "process_cluster_event_timeout_exception": ("shard_unavailable", endpoints.INDEX),
    "timeout_exception": ("shard_unavailable", endpoints.INDEX),
    "routing_missing_exception": ("routing_required", endpoints.INDEX),
    "index_create_block_exception": ("index_blocked", endpoints.INDEX),
}


@dataclass(frozen=True)
class Baseline:
    """The index before sample sessions are sent, to see what they leave behind.

    :param mapping: its mapping.
    """

    name: str
    mapping: Mapping[str, Any]


def check_index(client: ElasticsearchClient) -> Baseline | None:
    """Check everything about the index without changing anything.

    :returns: what the index is like if sample sessions may be sent to it; ``None`` if they would create it, add fields
        to it, or if that is not known.
    :raises CheckAborted: there is no response, or one that says that the server cannot respond now.
    """
    endpoint, findings = client.endpoint, client.findings
    name, option = str(endpoint.index), endpoint.option(endpoints.INDEX)
    state = read_index(client, name)
    if isinstance(state, NoIndex):
        _check_missing(client, state.name)
        _check_empty_bulk(client)
        return None
    if isinstance(state, Response):
        if state.status != 403:
            add_refusal(state, endpoint, f"GET {name}", findings)
            return None
        if state.is_index_block:
            findings.add("index_unseen", option, f"the index {name} cannot be read{reason_of(state)}")
            _probe(client, name)
            return None
        findings.add(
            "index_unseen", option, f"the user is not allowed to read the index {name} (403){reason_of(state)}"
        )
        _check_unseen(client, name)
        return None
    if state.is_data_stream:
        findings.add("index_is_data_stream", option, f"{name} is a data stream")
        return None
    if state.write_index is None:
        text = f"{name} is an alias of {len(state.found)} indices, and none of them is the one to write to"
        findings.add("alias_without_write_index", option, text)
        return None
    return _check_existing(client, state, name, option)


def _check_existing(client: ElasticsearchClient, state: IndexState, name: str, option: str) -> Baseline | None:
    endpoint, findings = client.endpoint, client.findings
    before = len(findings.found)
    if state.is_closed:
        findings.add("index_closed", option, f"the index {name} is closed")
    elif state.blocks:
        findings.add("index_blocked", option, f"the index {name} is blocked: {', '.join(state.blocks)}")
    if state.doc_type is not None and endpoint.doc_type not in (None, state.doc_type):
        text = f"the document type is {endpoint.doc_type}, the index has {state.doc_type}"
        findings.add("doc_type_differs", endpoint.option(endpoints.DOC_TYPE), text)
    mapping = state.mapping
    if below(mapping, "_routing").get("required") is True:
        findings.add("routing_required", option, f"the index {name} requires a routing value")
    expected = forecast(mapping, state.settings)
    # Where the server has no other type for them, there is nothing to change.
    expected.tags = expected.tags and client.server.arbitrary_keys is not None
    report_forecast(expected, name, option, findings)
    _check_pipelines(client, state)
    if not findings.has("error"):
        _probe(client, name)
    if state.is_alias and not findings.has("error"):
        _check_rollover(client, state, option)
    if not any(finding.severity in ("error", "warning") for finding in findings.found[before:]):
        findings.add("index_found", option, f"the index {name} exists and accepts writes; its date fields are dates")
    safe = not expected.adds and client.server.major is not None and not is_date_math(str(endpoint.index))
    return Baseline(name, mapping) if safe else None


def report_forecast(expected: MappingForecast, name: str, option: str, findings: Findings) -> None:
    """Add the findings about what a mapping makes of sessions."""
    if expected.rejects:
        text = f"the index {name} rejects sessions because of: {shorten(expected.rejects)}"
        findings.add("field_conflicts", option, text)
    if expected.may_reject:
        text = f"the index {name} rejects sessions with: {shorten(expected.may_reject)}"
        findings.add("field_conflicts_possible", option, text)
    if expected.lacks:
        text = f"the mapping of the index {name} is strict and lacks: {shorten(expected.lacks)}"
        findings.add("mapping_strict", option, text)
    if expected.numbers:
        text = f"the index {name} does not map as dates: {shorten(expected.numbers)}"
        findings.add("date_fields_not_dates", option, text)
    if expected.unmapped and not expected.lacks:
        findings.add("date_fields_unmapped", option, f"the index {name} does not map: {shorten(expected.unmapped)}")
    if expected.tags and expected.fits:
        findings.add("tags_as_fields", option, f"the index {name} maps each tag as a separate field")


def _check_missing(client: ElasticsearchClient, name: str) -> None:
    """An index that does not exist: would it be created, and would a template give it a mapping?"""
    findings, option = client.findings, client.endpoint.option(endpoints.INDEX)
    template = template_mapping(client, name)
    if template.data_stream:
        findings.add("index_is_data_stream", option, f"an index template would create {name} as a data stream")
        return
    expected = forecast(template.mapping)
    if not template.mapping and not template.readable:
        text = f"there is no index {name}, and the user is not allowed to read index templates"
        findings.add("index_templates_unseen", option, text)
    elif not template.mapping or expected == forecast({}):
        findings.add("index_missing", option, f"there is no index {name}")
    else:
        report_forecast(expected, name, option, findings)
    if not findings.has("error"):
        allowed = template.auto_create
        if allowed is None:
            allowed = creates_automatically(client, name)
        if not allowed:
            text = f"there is no index {name}, and the cluster does not create it automatically"
            findings.add("index_not_created_automatically", option, text)
    if expected.fits and not findings.has("error"):
        text = f"there is no index {name} yet; an index template will provide a mapping for sessions"
        findings.add("index_from_template", option, text)
    _check_privileges(client)


def _check_unseen(client: ElasticsearchClient, name: str) -> None:
    """An index that the user may not read.

    An update would create it if it does not exist, so the question is a delete of an identifier that does not exist, at
    a sequence number that no document can have: nothing is deleted, nothing is created, and the response says whether
    there is an index and whether the user may send bulks to it.
    """
    if not client.endpoint.is_bulk:
        return
    kind = _type_of(client.endpoint)
    place = {"_index": name, **kind, "_id": _identifier(), "if_seq_no": 0, "if_primary_term": 1}
    response = client.bulk([{"delete": place}], timeout="5s")
    item = _item(response)
    if item is None:
        _judge_status(client, response)
        return
    error = below(item, "error")
    if error.get("type") == "index_not_found_exception":
        findings, option = client.findings, client.endpoint.option(endpoints.INDEX)
        findings.found[:] = [finding for finding in findings.found if finding.code != "index_unseen"]
        findings.add("index_templates_unseen", option, f"there is no index {name}")
    elif error.get("type") == "version_conflict_engine_exception":
        _probe(client, name)
    elif error.get("type") != "security_exception" or "data/write/bulk" in str(error.get("reason")):
        _judge_item(client, item, name)
    _check_privileges(client)


def _probe(client: ElasticsearchClient, name: str) -> None:
    """Ask an index that exists to update a document that does not, without a document to insert: nothing is written."""
    if not client.endpoint.is_bulk:
        return
    response = client.bulk(
        [{"update": {"_index": name, **_type_of(client.endpoint), "_id": _identifier()}}, {"doc": {}}], timeout="5s"
    )
    item = _item(response)
    if item is None:
        _judge_status(client, response)
    elif below(item, "error").get("type") != "document_missing_exception":
        _judge_item(client, item, name)


def _check_empty_bulk(client: ElasticsearchClient) -> None:
    """The request that Dynatrace sends, without a session in it. The server rejects it as empty, with 400."""
    if not client.endpoint.is_bulk:
        return
    response = client.bulk([])
    # Elasticsearch and OpenSearch from 6 to 9: "no requests added". Other reasons are about the parameters of the URL.
    if response.status == 400 and response.error_type in ("action_request_validation_exception", "parse_exception"):
        return
    if response.status != 200:
        _judge_status(client, response)


def _judge_status(client: ElasticsearchClient, response: Response) -> None:
    """Add the finding for a bulk that was rejected as a whole."""
    endpoint, findings = client.endpoint, client.findings
    if response.status == 403 and response.error_type == "security_exception":
        text = f"the user is not allowed to send bulk requests (403){reason_of(response)}"
        findings.add("privilege_missing", endpoint.option(endpoints.USER), text)
    elif response.status == 200:
        text = "the response to a bulk request does not contain a result for each action"
        findings.add("bulk_answer_unreadable", endpoint.option(endpoints.URL), text)
    elif not (response.status == 400 and findings.has("error")):
        add_refusal(response, endpoint, endpoint.method, findings)


def _judge_item(client: ElasticsearchClient, item: Mapping[str, Any], name: str) -> None:
    """Add the finding for an action that the server rejected."""
    error = below(item, "error")
    kind, reason = str(error.get("type") or ""), str(error.get("reason") or f"status {item.get('status')}")
    code, path = _ITEM_ERRORS.get(kind, ("write_refused", endpoints.INDEX))
    if "no write index is defined for alias" in reason:
        code = "alias_without_write_index"
    client.findings.add(code, client.endpoint.option(path), f"writes to the index {name} are rejected: {reason}")


def _check_pipelines(client: ElasticsearchClient, state: IndexState) -> None:
    """Ingest pipelines of the index and of the URL. A probe does not run them."""
    of_url = parse_qs(urlsplit(client.endpoint.url).query).get("pipeline", [])
    settings = state.settings
    of_index: list[Any] = [settings.get("default_pipeline")]
    names = [*(of_url or of_index), settings.get("final_pipeline")]
    for name in dict.fromkeys(str(one) for one in names if one and one != "_none"):
        response = client.request("GET", f"_ingest/pipeline/{quote(name, safe='')}?filter_path=*.version")
        if response.status == 404:
            path = endpoints.URL if name in of_url else endpoints.INDEX
            client.findings.add("pipeline_missing", client.endpoint.option(path), f"there is no pipeline {name}")


def _check_rollover(client: ElasticsearchClient, state: IndexState, option: str) -> None:
    """An alias whose index has a number: the next index has another mapping, unless a template gives it one."""
    found = _ROLLED_OVER.fullmatch(str(state.write_index))
    if found is None:
        return
    following = f"{found[1]}{int(found[2]) + 1:06d}"
    template = template_mapping(client, following)
    if template.readable and not forecast(template.mapping).fits:
        text = f"{state.name} is a rollover alias, and no index template gives {following} a mapping for sessions"
        client.findings.add("rollover_without_template", option, text)


def _check_privileges(client: ElasticsearchClient) -> None:
    """Ask the security of Elasticsearch, where no write can be tried. OpenSearch has no such request."""
    endpoint = client.endpoint
    if endpoint.login is None or client.server.opensearch or client.server.major is None:
        return
    question = {"index": [{"names": [endpoint.index], "privileges": ["index"]}]}
    response = client.request("GET", "_security/user/_has_privileges", question)
    body = response.json()
    if response.status == 200 and isinstance(body, Mapping) and body.get("has_all_requested") is False:
        text = f"the user is not allowed to write to the index {endpoint.index}"
        client.findings.add("privilege_missing", endpoint.option(endpoints.USER), text)


def _type_of(endpoint: Endpoint) -> dict[str, str]:
    return {} if endpoint.doc_type is None else {"_type": endpoint.doc_type}


def _identifier() -> str:
    return f"ansible-check-{uuid.uuid4().hex}"


def _item(response: Response) -> Mapping[str, Any] | None:
    """What happened to the only action of a bulk."""
    body = response.json()
    items = body.get("items") if isinstance(body, Mapping) else None
    if response.status != 200 or not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], Mapping):
        return None
    item = next(iter(items[0].values()), None)
    return item if isinstance(item, Mapping) else None


def shorten(names: list[str]) -> str:
    """The first of a list, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
