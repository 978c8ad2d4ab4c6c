# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the largest known schema costs: to be translated, and to check 1,000 objects with it.

The floor is jsonschema alone, with its own checks of the same JSON Schema, on objects that are complete already.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import (
    Values,
    load,
)

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = 1000
REPEAT = 3


class _Plain:
    """What decides about a value: never odd, the same in every run."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def draw(self, _strategy: object, label: str) -> int:
        return self._chance.randrange(2**32) if label == "seed" else 0


def valid(document: dict[str, Any], schema: Schema) -> Iterator[dict[str, Any]]:
    """Values that the schema accepts, all different."""
    for seed in range(20 * OBJECTS):
        value = Values(document, _Plain(seed)).whole()  # type: ignore[arg-type]
        if not schema.problems(schema.complete(value).value):
            yield value


def seconds(work: Callable[[], object]) -> float:
    """The median of a few times."""
    times = []
    for _turn in range(REPEAT):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def schemas() -> None:
    """Print the table."""
    reference = Path(os.environ.get("DYNATRACE_REFERENCE") or ROOT / "tests" / "reference")
    document = max(load(reference), key=lambda one: len(json.dumps(one)))
    schema = Schema.from_document(document)
    values = [value for value, _number in zip(valid(document, schema), range(OBJECTS), strict=False)]
    complete = [schema.complete(value).value for value in values]
    plain = Draft202012Validator(schema.json_schema())
    assert not any(list(plain.iter_errors(value)) for value in complete)
    floor = seconds(lambda: [list(plain.iter_errors(value)) for value in complete])
    lines = {
        "jsonschema alone": floor,
        "checked": seconds(lambda: [schema.problems(value) for value in complete]),
        "completed": seconds(lambda: [schema.complete(value) for value in values]),
        "compared": seconds(lambda: [schema.differences(schema.active_value(one), one) for one in complete]),
    }
    made = seconds(lambda: Schema.from_document(document).problems({}))
    size = len(json.dumps(document)) / 1000
    print(f"{document['schemaId']}, {size:.0f} kB: read, translated and first used in {1000 * made:.0f} ms")
    print(f"{len(values)} objects of it, {len(json.dumps(complete)) / 1000:.0f} kB\n")
    for what, took in lines.items():
        print(f"{what:>18} {1000 * took:8.0f} ms {took / floor:6.2f} x jsonschema alone")
    print()
