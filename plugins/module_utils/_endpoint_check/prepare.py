# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The index that receives sessions: made with a mapping, or given the fields that it lacks, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from . import targets
from .check import authenticate
from .declared import index_problem
from .elasticsearch import Elastic, base_url, recognise
from .exchange import Answer, Unanswered, refusal
from .findings import Ended, Findings
from .index import at, listed, template_mapping, written_index
from .mapping_rules import Difference, fields_of, lacking, overlay
from .network import Means
from .targets import Target

_MOST_AT_ONCE = 8
_OLDEST = 7
# Another run may make the index between the look at it and the making.
_LOOKS = 2


@dataclass(frozen=True)
class Wish:
    """What an index shall be like.

    :param exact: paths of fields whose type must be this very one.
    :param settings: of an index that is made.
    """

    mapping: Mapping[str, Any]
    exact: frozenset[str]
    settings: Mapping[str, Any]


@dataclass
class Prepared:
    """What became of one index.

    :param exports: names of the exports that send to it.
    :param index: its own name, where the declared one is an alias.
    :param before: its mapping; ``None`` if there was no index.
    """

    target: Target
    exports: Sequence[str]
    findings: Findings
    index: str
    operation: str = "failed"
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)
    added: Sequence[str] = ()
    differing: Sequence[Difference] = ()

    @property
    def changed(self) -> bool:
        """Whether it is, or would be, another one."""
        return self.operation in ("created", "updated")

    def result(self) -> dict[str, Any]:
        """For the result of the module."""
        differing = [{"field": one.field, "type": one.type, "wanted": one.wanted} for one in self.differing]
        return {
            "name": self.target.index,
            "index": self.findings.shown(self.index),
            "endpoint": self.findings.shown(self.target.endpoint),
            "exports": list(self.exports),
            "operation": self.operation,
            "added": self.findings.cleaned(list(self.added)),
            "differing": self.findings.cleaned(differing),
            "findings": [finding.result() for finding in self.findings.found],
        }

    def diff(self) -> dict[str, Any]:
        """Its mapping before and after."""
        place = self.findings.shown(f"{self.target.endpoint} {self.index}")
        return {
            "before_header": place if self.before is not None else f"{place} (no index)",
            "after_header": place,
            "before": self.findings.cleaned(self.before) if self.before is not None else "",
            "after": self.findings.cleaned(self.after),
        }


def distinct(wanted: Sequence[Target]) -> list[tuple[Target, list[str]]]:
    """One export for each index that is sent to, and the names of all that send there."""
    found: dict[tuple[str, int, str, str], list[Target]] = {}
    for target in wanted:
        if target.index is not None:
            parts = urlsplit(base_url(target.url, target.index) or target.url)
            place = (parts.hostname or "", parts.port or 443, parts.path, target.index)
            found.setdefault(place, []).append(target)
    # Whoever can log in does it for the others.
    return [
        (min(group, key=lambda one: one.secret_missing is not None), list(dict.fromkeys(one.name for one in group)))
        for group in found.values()
    ]


def prepare_all(wanted: Sequence[Target], wish: Wish, means: Means, *, check_mode: bool) -> list[Prepared]:
    """Prepare every index that exports send to, each once, all at the same time.

    :param check_mode: find out what would be done.
    """
    groups = distinct(wanted)
    if not groups:
        return []
    with ThreadPoolExecutor(max_workers=min(len(groups), _MOST_AT_ONCE)) as pool:
        return list(pool.map(lambda one: _prepare(one[0], one[1], wish, means, check_mode=check_mode), groups))


def _prepare(target: Target, exports: Sequence[str], wish: Wish, means: Means, *, check_mode: bool) -> Prepared:
    findings = Findings(target.name, target.secrets)
    name, option = str(target.index), target.option(targets.INDEX)
    done = Prepared(target, exports, findings, name)
    try:
        base = base_url(target.url, name)
        if base is None:
            raise findings.end("bulk_url", target.option(targets.URL), f"{target.endpoint} does not end in _bulk")
        if wrong := index_problem(name):
            raise findings.end("index_name_invalid", option, f"the name of the index {wrong}")
        elastic = Elastic(target, means, findings, base, authenticate(target, means, findings))
        major = recognise(elastic)
        if major is not None and major < _OLDEST:
            where = target.option(targets.URL)
            raise findings.end("version_too_old", where, "this version still has mappings for each document type")
        for _look in range(_LOOKS):
            if _make_it_so(done, elastic, major, wish, check_mode=check_mode):
                return done
        # It comes and goes.
        findings.add("index_refused", option, f"the index {name} is there, and it is not")
    except Ended:
        pass
    done.operation, done.added = "failed", ()
    return done


def _make_it_so(done: Prepared, elastic: Elastic, major: int | None, wish: Wish, *, check_mode: bool) -> bool:
    """Look at the index and do what it needs; whether it is as wanted now.

    :raises Ended: it cannot be made so, with the finding that says why.
    """
    name, findings, option = done.index, elastic.findings, elastic.target.option(targets.INDEX)
    answer = elastic.ask("GET", quote(name, safe=""))
    if answer.status == 404:
        return _create(done, elastic, major, wish, check_mode=check_mode)
    found = answer.json()
    if answer.status != 200 or not isinstance(found, Mapping) or not found:
        raise findings.end("index_unseen", option, f"the index {name} cannot be looked at (status {answer.status})")
    if any("data_stream" in part for part in found.values() if isinstance(part, Mapping)):
        raise findings.end("index_is_data_stream", option, f"{name} is a data stream")
    place = written_index(found, name)
    if place is None:
        raise findings.end("alias_without_write_index", option, f"{name} is an alias of {len(found)} indices")
    if place != name:
        findings.add("index_is_alias", option, f"{name} is an alias, what is sent goes to the index {place}")
    done.index = place
    return _extend(done, elastic, at(found, place, "mappings"), wish, check_mode=check_mode)


def _create(done: Prepared, elastic: Elastic, major: int | None, wish: Wish, *, check_mode: bool) -> bool:
    name, findings, option = done.index, elastic.findings, elastic.target.option(targets.INDEX)
    given = template_mapping(elastic, major, name)
    if "_data_stream_timestamp" in given:
        raise findings.end("index_is_data_stream", option, f"an index template makes a data stream of {name}")
    if given:
        findings.add("index_template_adds", option, f"an index template has a part in the mapping of {name}")
    done.before, done.after = None, overlay(given, wish.mapping)
    done.added, done.operation = list(fields_of(done.after.get("properties"))), "created"
    if check_mode:
        return True
    settings = {"settings": dict(wish.settings)} if wish.settings else {}
    answer = _put(elastic, quote(name, safe=""), {"mappings": dict(wish.mapping), **settings})
    if answer.status == 400 and at(answer.json(), "error").get("type") == "resource_already_exists_exception":
        return False
    if answer.status != 200:
        _refused(answer, elastic, f"to make the index {name}")
    return True


def _extend(done: Prepared, elastic: Elastic, have: Mapping[str, Any], wish: Wish, *, check_mode: bool) -> bool:
    findings, option = elastic.findings, elastic.target.option(targets.INDEX)
    missing = lacking(have.get("properties"), wish.mapping["properties"], wish.exact)
    done.before, done.differing = have, missing.differing
    unfit = [str(one) for one in missing.differing if not one.fits]
    if unfit:
        text = f"the index {done.index} has fields of types that are not wanted: {listed(unfit)}"
        raise findings.end("field_types_differ", option, text)
    if missing.differing:
        told = listed([str(one) for one in missing.differing])
        findings.add("field_types_related", option, f"the index {done.index} has fields of related types: {told}")
    done.added, done.operation = missing.added, "updated" if missing.added else "unchanged"
    done.after = overlay(have, {"properties": missing.properties})
    if missing.added and not check_mode:
        place = f"{quote(done.index, safe='')}/_mapping"
        answer = _put(elastic, place, {"properties": missing.properties})
        if answer.status != 200:
            _refused(answer, elastic, f"to add fields to the index {done.index}")
    return True


def _put(elastic: Elastic, place: str, body: Mapping[str, Any]) -> Answer:
    """Change something.

    :raises Ended: no answer, or the credentials are refused.
    """
    try:
        return elastic.ask("PUT", place, body)
    except Unanswered:
        option, name = elastic.target.option(targets.INDEX), elastic.target.index
        elastic.findings.add("index_outcome_unknown", option, f"no answer came to a change of the index {name}")
        raise


def _refused(answer: Answer, elastic: Elastic, what: str) -> None:
    """Say why a change was refused.

    :raises Ended: always.
    """
    findings, target, status = elastic.findings, elastic.target, answer.status
    error = at(answer.json(), "error")
    text = f"{what} was refused (status {status}): {error.get('reason') or 'no reason given'}"
    if error.get("type") == "cluster_block_exception":
        raise findings.end("index_blocked", target.option(targets.INDEX), text)
    if status == 403:
        raise findings.end("index_privilege_missing", target.option(targets.USER), text)
    if status == 429 or status >= 500:
        refusal(answer, target, "PUT", findings)
        raise Ended
    raise findings.end("index_refused", target.option(targets.INDEX), text)
