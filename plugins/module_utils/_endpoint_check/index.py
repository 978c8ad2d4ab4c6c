# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The index that receives sessions: is it there, can it be written, are its date fields dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import targets
from .findings import Findings
from .samples import DATE_FIELDS, TOP_LEVEL_FIELDS
from .targets import Target

if TYPE_CHECKING:
    from .elasticsearch import Elastic

_DATES = ("date", "date_nanos", "alias")
_BLOCKS = ("write", "read_only", "read_only_allow_delete")
_SHOWN = 6


def check_index(elastic: Elastic, major: int | None) -> None:
    """Look at the index, without changing anything.

    :param major: version as Elasticsearch counts, if it is known.
    :raises Ended: no answer.
    """
    target, findings = elastic.target, elastic.findings
    name, option = str(target.index), target.option(targets.INDEX)
    answer = elastic.ask("GET", quote(name, safe=""))
    if answer.status == 404:
        _from_template(elastic, major, name, option)
        return
    found = answer.json()
    if answer.status != 200 or not isinstance(found, Mapping) or not found:
        text = f"the index {name} cannot be looked at (status {answer.status})"
        findings.add("index_unseen", option, text)
        return
    if any("data_stream" in part for part in found.values() if isinstance(part, Mapping)):
        findings.add("index_is_data_stream", option, f"{name} is a data stream")
        return
    place = written_index(found, name)
    if place is None:
        findings.add("alias_without_write_index", option, f"{name} is an alias of {len(found)} indices")
        return
    written = found[place]
    blocks = at(written, "settings", "index", "blocks")
    if blocked := [block for block in _BLOCKS if str(blocks.get(block)).lower() == "true"]:
        findings.add("index_blocked", option, f"the index {name} is blocked: {', '.join(blocked)}")
    mappings = _without_type(at(written, "mappings"), target, major, findings)
    if check_mapping(mappings, name, option, findings):
        findings.add("index_found", option, f"the index {name} is there, its date fields are dates")


def written_index(found: Mapping[str, Any], name: str) -> str | None:
    """The name of the index that a write to this name goes to, if it is one."""
    places = [place for place, part in found.items() if isinstance(part, Mapping)]
    if len(places) > 1:
        places = [place for place in places if at(found[place], "aliases", name).get("is_write_index") is True]
    return places[0] if len(places) == 1 else None


def _from_template(elastic: Elastic, major: int | None, name: str, option: str) -> None:
    """An index that is not there: would a template give it a mapping? To simulate is to change nothing."""
    findings, mappings = elastic.findings, template_mapping(elastic, major, name)
    if not mappings.get("properties"):
        findings.add("index_missing", option, f"there is no index {name}")
    elif check_mapping(mappings, name, option, findings):
        text = f"there is no index {name} yet, an index template will give it its mapping"
        findings.add("index_from_template", option, text)


def template_mapping(elastic: Elastic, major: int | None, name: str) -> Mapping[str, Any]:
    """The mapping that index templates would give to an index of this name."""
    # Where the version is older, or not known, the path could be taken for that of a document.
    if major is None or major < 7:
        return {}
    answer = elastic.ask("POST", f"_index_template/_simulate_index/{quote(name, safe='')}")
    return at(answer.json(), "template", "mappings") if answer.status == 200 else {}


def _without_type(mappings: Mapping[str, Any], target: Target, major: int | None, findings: Findings) -> Any:
    """Up to Elasticsearch 6 the mapping stands below the name of the type."""
    if major is None or major > 6 or "properties" in mappings or not mappings:
        return mappings
    kinds = [kind for kind in mappings if kind != "_default_"]
    if target.doc_type is not None and kinds and target.doc_type not in kinds:
        text = f"the document type is {target.doc_type}, the index has {', '.join(kinds)}"
        findings.add("doc_type_differs", target.option(targets.DOC_TYPE), text)
    return at(mappings, *kinds[:1])


def check_mapping(mappings: Mapping[str, Any], name: str, option: str, findings: Findings) -> bool:
    """Find what a mapping would make of sessions; whether it is fine."""
    fields = dict(_fields(mappings.get("properties"), ""))
    wrong = [f"{field} ({fields[field]})" for field in DATE_FIELDS if fields.get(field, "date") not in _DATES]
    if wrong:
        text = f"the index {name} maps as something else than date: {listed(wrong)}"
        findings.add("date_fields_not_dates", option, text)
    dynamic = str(mappings.get("dynamic", "true")).lower()
    known = mappings.get("properties")
    lacking = [field for field in TOP_LEVEL_FIELDS if not isinstance(known, Mapping) or field not in known]
    if dynamic == "strict" and lacking:
        text = f"the mapping of the index {name} is strict and lacks: {listed(lacking)}"
        findings.add("mapping_strict", option, text)
        return False
    unmapped = [field for field in DATE_FIELDS if field not in fields]
    # Dynamic templates may make dates of them.
    if unmapped and dynamic == "true" and not mappings.get("dynamic_templates"):
        text = f"the index {name} does not map: {listed(unmapped)}"
        findings.add("date_fields_unmapped", option, text)
        return False
    return not wrong


def _fields(properties: Any, above: str) -> Iterator[tuple[str, str]]:
    """(path, type) of all fields of a mapping."""
    for name, field in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(field, Mapping):
            yield f"{above}{name}", str(field.get("type", "object"))
            yield from _fields(field.get("properties"), f"{above}{name}.")


def listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def at(node: Any, *names: str) -> Mapping[str, Any]:
    """What is below these names, nothing if it is not there."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}
