# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two readings of the same schemas: the engine's, by way of JSON Schema, and the simulator's own interpreter.

They share no code. Where they disagree on a value, one of them is wrong.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.schema_values import (
    Values,
    load,
)
from settings_api_simulator.interpreter.schema import Schema as Interpreted
from settings_api_simulator.interpreter.values import check

# Of each schema; all are met in both.
VALUES = 250 if os.environ.get("FAULT_INJECTION") == "long" else 8
PARTS = 8


class Drawn:
    """What decides about a value: the same in every run."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)

    def draw(self, _strategy: object, label: str) -> int:
        """A seed, or how odd a value is, in percent."""
        return self._chance.randrange(2**32) if label == "seed" else self._chance.choice([0, 0, 2, 10, 30])


def one_form(value: Any) -> Any:
    """Whole numbers as the engine sends them: 1, not 1.0."""
    if isinstance(value, dict):
        return {key: one_form(child) for key, child in value.items()}
    if isinstance(value, list):
        return [one_form(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def shown(path: tuple[str | int, ...]) -> str:
    return "/".join(map(str, path))


@pytest.mark.parametrize("part", range(PARTS))
def test_the_translation_and_the_simulator_agree(ledger: Ledger, reference: Path, part: int) -> None:
    for document in load(reference)[part::PARTS]:
        ours, theirs = Schema.from_document(document), Interpreted(document)
        ledger.count("schemas translated")
        for number in range(VALUES):
            given = Values(document, Drawn(f"{document['schemaId']} {number}")).whole()  # type: ignore[arg-type]
            for value in (one_form(given), ours.complete(given).value):
                problems = ours.problems(value, secrets_optional=False)
                violations = [(one.path, one.message) for one in check(theirs, value, refuse_inactive=False)]
                ledger.count("values compared")
                ledger.count("of them right", not problems)
                same = bool(problems) == bool(violations)
                ledger.check("disagreement", same, document["schemaId"], value, problems, violations)


def parts_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every member of every object in a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in members:
        if isinstance(value, dict):
            yield (*path, name)
        yield from parts_of(child, (*path, name))


def without(value: Any, paths: Iterable[tuple[str | int, ...]]) -> Any:
    """A copy that lacks the members at some paths."""
    result = copy.deepcopy(value)
    for path in sorted(paths, key=len, reverse=True):
        here = result
        for part in path[:-1]:
            here = here[part]
        del here[path[-1]]
    return result


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


@pytest.mark.parametrize("part", range(PARTS))
def test_they_agree_on_what_is_left_out(ledger: Ledger, reference: Path, part: int) -> None:
    """Each member of a value alone, and all lists together."""
    for document in load(reference)[part::PARTS]:
        ours, theirs = Schema.from_document(document), Interpreted(document)
        given = Values(document, Drawn(f"{document['schemaId']} whole")).whole()  # type: ignore[arg-type]
        whole = ours.complete(given).value
        paths = list(parts_of(whole))
        lists = [path for path in paths if isinstance(at(whole, path), list)]
        ledger.count("schemas read")
        for left_out in ([], *([path] for path in paths), lists):
            value = without(whole, left_out)
            problems = ours.problems(value, secrets_optional=False)
            violations = [(one.path, one.message) for one in check(theirs, value, refuse_inactive=False)]
            ledger.count("values compared")
            same = bool(problems) == bool(violations)
            ledger.check("disagreement", same, document["schemaId"], left_out, value, problems, violations)


# Only the server knows what these check; the last three look at several objects, or at what is stored.
LEFT_TO_THE_SERVER = {"CUSTOM_VALIDATOR_REF", "MULTI_SCOPE_CUSTOM_VALIDATOR_REF", "SECRET_RESUBMISSION"}


def test_every_construct_is_enforced_or_named(ledger: Ledger, reference: Path) -> None:
    kinds: set[str] = set()
    for document in load(reference):
        kinds |= {text.split(": ", 1)[-1].split()[0] for text in Schema.from_document(document).unchecked_constraints}
        ledger.count("schemas translated")
    assert kinds == LEFT_TO_THE_SERVER
