# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Makes the indices that receive sessions, or adds to them what they lack. Never touches anything else of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from . import mapping, targets
from .check import credentials
from .declared import index_problem
from .elasticsearch import Elastic, base_url, recognise
from .exchange import refusal
from .findings import Ended, Findings
from .index import at, written_index
from .network import Means, probe
from .samples import DATE_FIELDS
from .targets import Target

_TYPELESS = 7


@dataclass
class Prepared:
    """What has become of one index, or would."""

    target: Target
    findings: Findings
    failed: bool = True
    operation: str = "unchanged"
    added: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """For the result of the module."""
        return {
            "name": self.target.name,
            "index": self.target.index,
            "endpoint": self.findings.shown(self.target.endpoint),
            "operation": self.operation,
            "added": self.added,
            "differs": self.differs,
            "findings": [finding.result() for finding in self.findings.found if finding.severity != "ok"],
        }


def prepare_all(
    wanted: Sequence[Target],
    means: Means,
    *,
    more: Mapping[str, Any] | None,
    settings: Mapping[str, Any] | None,
    check: bool,
) -> list[Prepared]:
    """Prepare the index of every export that has one, each index once.

    :param more: a mapping laid over ours.
    :param settings: of a new index.
    :param check: only say what would be done.
    """
    done: list[Prepared] = []
    seen: set[tuple[str | None, str]] = set()
    for target in wanted:
        if target.index is None:
            continue
        place = (base_url(target.url, target.index), target.index)
        if place in seen:
            continue
        seen.add(place)
        one = Prepared(target, Findings(target.name, target.secrets))
        done.append(one)
        try:
            _prepare(one, means, mapping.wanted(more), settings, check)
            one.failed = False
        except Ended:
            one.operation = "unchanged"
    return done


def _prepare(
    one: Prepared, means: Means, want: dict[str, Any], settings: Mapping[str, Any] | None, check: bool
) -> None:
    target, findings = one.target, one.findings
    index = str(target.index)
    if wrong := index_problem(index):
        raise findings.end("index_name_invalid", target.option(targets.INDEX), f"the name of the index {wrong}")
    base = base_url(target.url, index)
    if base is None:
        text = f"{target.endpoint} does not end in _bulk"
        raise findings.end("bulk_url", target.option(targets.URL), text)
    probe(target.url, target.option(targets.URL), means, findings)
    elastic = Elastic(target, means, findings, base, credentials(target, means, findings))
    major = recognise(elastic)
    kind = target.doc_type or "_doc" if major is not None and major < _TYPELESS else None
    # Somebody else may make it between the look and the write: then it is looked at again.
    for again in (True, False):
        answer = elastic.ask("GET", quote(index, safe=""))
        if answer.status != 404:
            break
        one.operation, one.after = "created", want
        one.added = sorted(mapping.paths(want["properties"]))
        if check:
            return
        body: dict[str, Any] = {"mappings": {kind: want} if kind else want}
        if settings:
            body["settings"] = dict(settings)
        made = elastic.ask("PUT", quote(index, safe=""), body)
        if made.status == 200:
            return
        if not again or "resource_already_exists" not in str(made.json()):
            refusal(made, target, "PUT", findings)
            raise Ended
        one.operation, one.added, one.after = "unchanged", [], {}
    found = answer.json()
    if answer.status != 200 or not isinstance(found, Mapping) or not found:
        refusal(answer, target, "GET", findings)
        raise Ended
    _add(one, elastic, found, want, kind, check)


def _add(
    one: Prepared, elastic: Elastic, found: Mapping[str, Any], want: Mapping[str, Any], kind: str | None, check: bool
) -> None:
    """Add to an index that is there what it lacks."""
    target, findings, option = one.target, one.findings, one.target.option(targets.INDEX)
    if any("data_stream" in part for part in found.values() if isinstance(part, Mapping)):
        raise findings.end("index_is_data_stream", option, f"{target.index} is a data stream")
    name = written_index(found, str(target.index))
    if name is None:
        text = f"{target.index} is an alias of {len(found)} indices"
        raise findings.end("alias_without_write_index", option, text)
    have = at(found[name], "mappings", *((kind,) if kind else ()), "properties")
    added, one.differs = mapping.lacking(have, want["properties"])
    wrong = [text for text in one.differs if text.partition(" ")[0] in DATE_FIELDS]
    if wrong:
        text = f"the index {name} maps as something else than date: {', '.join(wrong)}"
        raise findings.end("date_fields_not_dates", option, text)
    one.before = {"properties": dict(have)}
    one.after = {"properties": mapping.merged(have, added)}
    if not added:
        return
    one.operation, one.added = "updated", sorted(mapping.paths(added))
    if check:
        return
    place = f"{quote(name, safe='')}/_mapping" + (f"/{quote(kind, safe='')}" if kind else "")
    answer = elastic.ask("PUT", place, {"properties": added})
    if answer.status != 200:
        refusal(answer, target, "PUT", findings)
        raise Ended
