# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Valid values of any schema, and how they are declared: secrets beside the value, references to other objects."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    Path as PropertyPath,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    delete_path,
    get_path,
    set_path,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import GOOD_TEXTS, Values
from settings_api_simulator.ids import object_id, read_object_id

# How often another value is drawn until one is valid.
DRAWS = 60
# What secrets contain, in one of the forms that they must have.
CANARIES = ("ZaE7CANARY", "ZAE7CANARY", "c0ffee7a-c0ff")
SECRETS = (
    f"a {CANARIES[0]}-{{}}",
    f"{CANARIES[0]}{{}}",
    f"dt0e01.{CANARIES[1]}{'A' * 14}.{'B' * 64}",
    f"{CANARIES[2]}-ee7a-c0ff-{{:012d}}",
    f"arn:aws:iam::123456789012:role/{CANARIES[0]}{{}}",
)
SECRET = SECRETS[0]
# Texts of forms that schemas ask for.
FORMS = [
    "abcdef",
    "ABC",
    "abc:def",
    "bizevents.abc",
    "{abc}",
    "$eq(abc)",
    "12345678-1234-1234-1234-123456789012",
    "PROCESS_GROUP-0123456789ABCDEF",
    "arn:aws:iam::123456789012:policy/abc",
    "arn:aws:iam::123456789012:role/abc",
]
_SOMETHING = "12345678-1234-1234-1234-123456789012"


class Drawn:
    """Decides about a value: the same in every run, and nothing odd."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)

    def draw(self, _strategy: object, label: str) -> int:
        return self._chance.randrange(2**32) if label == "seed" else 0


class Referring(Values):
    """Values whose references look like references."""

    def property(self, prop: dict[str, Any], depth: int) -> Any:
        if prop["type"] in ("text", "secret"):
            return self.text(prop)
        if prop["type"] != "setting":
            return super().property(prop, depth)
        schema_id = str(prop.get("referencedType") or "builtin:management-zones")
        return object_id(schema_id, "environment", _SOMETHING)

    def text(self, prop: dict[str, Any]) -> Any:
        """A text that fits the patterns and lengths, if there is one."""
        constraints = prop.get("constraints", [])
        patterns = [one["pattern"] for one in constraints if one["type"] == "PATTERN"]
        least = max((one.get("minLength") or 0 for one in constraints if one["type"] == "LENGTH"), default=0)
        texts = [prop.get("default") or "abc", *GOOD_TEXTS, *FORMS]
        fitting = [one for one in texts if len(one) >= least and all(re.search(each, one) for each in patterns)]
        if prop.get("nullable") and (not fitting or self.random.randrange(5) == 0):
            return None
        return self.random.choice(fitting or texts)


def valid_value(document: Mapping[str, Any], schema: Schema, seed: str) -> dict[str, Any] | None:
    """A valid value with all its defaults; ``None`` if chance does not find one."""
    for number in range(DRAWS):
        drawn = Referring(dict(document), Drawn(f"{seed} {number}")).whole()  # type: ignore[arg-type]
        value = schema.complete(drawn).value
        for place, path in enumerate(schema.expected_secret_paths(value)):
            set_path(value, path, SECRETS[number % len(SECRETS)].format(place))
        if not schema.problems(value, secrets_optional=False):
            return dict(value)
    return None


def referenced_schema(text: object) -> str | None:
    """The schema of the object that a drawn value refers to."""
    parts = read_object_id(text) if isinstance(text, str) else None
    return parts[0] if parts is not None and parts[2] == _SOMETHING else None


def texts(value: Any, path: PropertyPath = ()) -> Iterator[tuple[PropertyPath, str]]:
    """All texts of a value with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from texts(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from texts(child, (*path, index))


def declared(schema: Schema, value: dict[str, Any], name: str | None = "one") -> dict[str, Any]:
    """As the modules take it: secrets beside the value."""
    plain = copy.deepcopy(value)
    secrets = []
    for path in schema.given_secret_paths(plain):
        secrets.append({"path": "/".join(map(str, path)), "value": get_path(plain, path)})
        delete_path(plain, path)
    return {**({"name": name} if name else {}), "value": plain, **({"secrets": secrets} if secrets else {})}
