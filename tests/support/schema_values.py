# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schema documents of a reference folder, and values that nearly fit them, made without the engine's help."""

from __future__ import annotations

import functools
import json
import random
import re
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED

TEXTS = [
    "",
    " ",
    "a",
    "7",
    "x" * 501,
    " x ",
    "https://sink.example/a?b#c",
    "http://x y",
    "a.b\n",
    "é😀",
    "DT.x",
    "(",
    "2030-01-31",
    "#mask#",
]
GOOD_TEXTS = ["abc", "7", "a.b", "A_B", "https://sink.example/a", "a=b", "ab:{c}"]
SAMPLES = [*TEXTS, True, False, 0, 1, -1, 1.0, 2.5, 10**9, None, [], ["a", "a"], {}, {"a": 1}]
DATES = {"local_date": "2030-01-31", "local_time": "13:45:00", "local_date_time": "2030-01-31T13:45:00",
         "zoned_date_time": "2030-01-31T13:45:00Z", "time_zone": "UTC"}  # fmt: skip


class Values:
    """Values that nearly fit a schema document, made without the engine's help."""

    def __init__(self, document: dict[str, Any], data: st.DataObject) -> None:
        self.document = document
        # Large schemas would use up what hypothesis can draw, so it draws only a seed.
        self.random = random.Random(data.draw(st.integers(0, 2**32), label="seed"))
        # One number per value decides how much of it is odd, so that perfectly good ones come up as well.
        self.oddness = data.draw(st.sampled_from([0, 0, 2, 10, 30]), label="oddness in percent")

    def whole(self) -> Any:
        return self.object(self.document, 0)

    def odd(self) -> bool:
        return self.oddness > 0 and self.random.randrange(100) < self.oddness

    def object(self, kind: dict[str, Any], depth: int) -> Any:
        value = {}
        for name, prop in kind["properties"].items():
            if self.odd():
                value[name] = self.random.choice(SAMPLES)
            elif not (self.oddness and self.random.randrange(8) == 0):
                found = self.property(prop, depth)
                if found is not None:
                    value[name] = found
        if self.odd():
            value[self.random.choice(["unknown", "enabledd", "name"])] = self.random.choice(SAMPLES)
        return value

    def property(self, prop: dict[str, Any], depth: int) -> Any:
        kind = prop["type"]
        if isinstance(kind, dict):
            _hash, section, name = kind["$ref"].split("/")
            if section == "enums":
                return self.random.choice([item["value"] for item in self.document["enums"][name]["items"]])
            return self.object(self.document["types"][name], depth + 1) if depth < 8 else {}
        if kind in ("list", "set"):
            least = prop.get("minObjects") or 0
            return [
                self.property(prop["items"], depth + 1) for _n in range(self.random.randint(least, least + (depth < 3)))
            ]
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "float"):
            limits: dict[str, Any] = next((one for one in prop.get("constraints", []) if one["type"] == "RANGE"), {})
            return self.random.choice([limits.get("minimum", 0), limits.get("maximum", 5), prop.get("default") or 1])
        if kind in DATES:
            return DATES[kind]
        patterns = [one["pattern"] for one in prop.get("constraints", []) if one["type"] == "PATTERN"]
        texts = [prop.get("default") or "abc", *GOOD_TEXTS]
        fitting = [text for text in texts if all(re.search(pattern, text) for pattern in patterns)]
        return self.random.choice([None, *fitting] if prop.get("nullable") else fitting or texts)


@functools.lru_cache(maxsize=1)
def load(folder: Path) -> tuple[dict[str, Any], ...]:
    return (PUBLISHED, *(json.loads(file.read_text()) for file in sorted((folder / "schemas").glob("*.json"))))
