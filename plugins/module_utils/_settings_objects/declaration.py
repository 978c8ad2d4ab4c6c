# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From the ``objects`` option to full desired values, by the schema that the environment has."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._settings_api.access import read_declared
from .._settings_api.errors import Problem
from .._settings_api.external_id import name_problem
from .._settings_api.matching import Declared, Existing
from .._settings_api.messages import Hint
from .._settings_api.plan_types import Domain
from .._settings_api.property_path import Path, copied, get_path, set_path
from .._settings_api.references import has_references
from .._settings_api.schema import Schema
from .._settings_api.secrets import mask_problems
from .access_options import access_problems, schema_problems

OPTION = "objects"
MORE_OBJECTS = Hint("Raise {option.max_objects} if this number of objects is intended.")
_MONACO = "monaco:"
_PART = re.compile(r"([^\[\]]*)((?:\[\d+\])*)")


def parse_path(text: str) -> Path:
    """``rules[0].token`` or ``rules/0/token``: what the user writes for a place in a value; empty if it is none."""
    parts: list[str | int] = []
    for piece in text.strip("/").split("/") if "/" in text else text.split("."):
        found = _PART.fullmatch(piece)
        if found is None or not piece:
            return ()
        name, positions = found.groups()
        if name:
            parts.append(int(name) if name.isdigit() else name)
        parts += [int(number) for number in re.findall(r"\d+", positions)]
    return tuple(parts)


def path_text(where: str, path: Path) -> str:
    """A place as the user wrote it: ``objects[1].value.rules[0].name``."""
    text = f"{where}.value" if where else ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def name_in_external_id(existing: Existing, schema_id: str) -> str:
    """The name in the external ID of an object, empty if it is not one of ours."""
    own, head = existing.own_external_id, f"{schema_id}/"
    return own.name.removeprefix(head) if own and own.name.startswith(head) else ""


@dataclass(frozen=True)
class DeclaredObject:
    """One declared object.

    :param options: its options; the value has the property names of the schema.
    :param where: its path, as the user wrote it.
    """

    options: Mapping[str, Any]
    where: str
    absent: bool = False
    source: str = ""


@dataclass(frozen=True)
class Rules:
    """How objects of one schema are distinguished.

    :param match_on: the properties that identify an object without an external ID of ours; empty if only a name does.
    :param all_scopes: whether objects of all scopes are managed together.
    :param format_path: formats the path of a property of a declared object.
    :param any_order: whether the order of the objects does not matter.
    """

    schema: Schema
    match_on: tuple[Path, ...]
    all_scopes: bool = False
    format_path: Callable[[str, Path], str] = path_text
    any_order: bool = False

    @classmethod
    def of(cls, schema: Schema, match_on: Sequence[str] | None, *, all_scopes: bool = False) -> Rules:
        """As the user says, else as the schema says."""
        paths = tuple(map(parse_path, match_on)) if match_on else schema.constraints.identifying
        return cls(schema, paths, all_scopes)

    @property
    def single(self) -> bool:
        """Whether there is one object at most."""
        return not self.schema.multi_object and not self.all_scopes

    def identity(self, value: Mapping[str, Any]) -> Hashable | None:
        """What identifies a value."""
        return "the only one" if self.single else self.schema.identity(self.match_on, value)

    def tag(self, name: str) -> str:
        """The name in an external ID: the same name may be used with each schema."""
        return f"{self.schema.schema_id}/{name}" if name else ""

    def name(self, value: Mapping[str, Any], object_id: str = "") -> str:
        """What to call an object that has no name."""
        if self.single:
            return self.schema.schema_id
        shown = [get_path(value, path) for path in self.match_on]
        texts = [part if isinstance(part, str) else json.dumps(part) for part in shown if part is not None]
        return ", ".join(texts) or object_id

    def own_name(self, current_object: Existing) -> str:
        """The name in the external ID of an object, empty if it is not one of ours."""
        return name_in_external_id(current_object, self.schema.schema_id)

    def title(self, existing: Existing) -> str:
        """An object, for a person who has to find it, without its ID."""
        return repr(self.own_name(existing) or self.name(existing.value, "no name"))

    def names(self, existing: Sequence[Existing]) -> list[str]:
        """A name for each."""
        return [
            self.own_name(current_object) or self.name(current_object.value, current_object.object_id)
            for current_object in existing
        ]

    def domain(self) -> Domain:
        """What the engine must know."""
        found_by = ", ".join("/".join(map(str, path)) for path in self.match_on)
        return Domain(
            schema=self.schema,
            identity=self.identity,
            title=self.title,
            names=self.names,
            format_path=self.format_path,
            any_order=self.any_order,
            found_by=f"their {found_by}" if found_by else "nothing else",
            all_scopes=self.all_scopes,
        )


def given_problems(
    objects: Sequence[Any], params: Mapping[str, Any], option: str = OPTION, where: str = ""
) -> Iterator[Problem]:
    """What is wrong with the options whatever the schema says.

    :param option: the path of the objects.
    :param where: the path in front of the other options.
    """
    absent = params.get("state") == "absent"
    for position, text in enumerate(params.get("match_on") or ()):
        if not parse_path(str(text)):
            yield Problem("property_path", f"{where}match_on[{position}]", {"example": "name or scope/id"})
    names: dict[str, str] = {}
    for index, one in enumerate(objects):
        at = f"{option}[{index}]"
        if not isinstance(one, Mapping):
            yield Problem("type", at, {"expected": "options"})
            continue
        name = one.get("name")
        if name is not None:
            if wrong := name_problem(name, f"{at}.name"):
                yield wrong
            elif name in names:
                yield Problem("same_name", f"{at}.name", {"other": names[name]})
            names.setdefault(str(name), at)
        if one.get("value") is None and not absent:
            yield Problem("required", f"{at}.value")
        yield from access_problems(one, at, absent=absent)
        source = one.get("adopt_from")
        if isinstance(source, Mapping):
            monaco = source.get("monaco")
            if one.get("object_id") is not None:
                yield Problem("two_objects", f"{at}.adopt_from")
            if not isinstance(monaco, Mapping) or not monaco.get("id"):
                yield Problem("required.monaco", f"{at}.adopt_from.monaco.id")
        for number, secret in enumerate(one.get("secrets") or ()):
            if isinstance(secret, Mapping):
                place = f"{at}.secrets[{number}]"
                if not parse_path(str(secret.get("path") or "")):
                    yield Problem("property_path", f"{place}.path", {"example": "token or headers[0].value"})
                if secret.get("value") is None:
                    yield Problem("required", f"{place}.value")


def declare(
    objects: Sequence[DeclaredObject], rules: Rules, option: str = OPTION
) -> tuple[list[Declared], list[Problem]]:
    """The objects as the engine wants them, and everything that is wrong with them by the schema.

    :param option: the path of the list of objects.
    """
    schema = rules.schema
    problems: list[Problem] = []
    wanted: list[Declared] = []
    taken: set[str] = set()
    count = sum(not one.absent for one in objects)
    if not rules.all_scopes and schema.max_objects is not None and count > schema.max_objects:
        facts = {"count": count, "schema": schema.schema_id, "most": schema.max_objects}
        problems.append(Problem("too_many_objects", option, facts))
    for one in objects:
        at, absent = one.where, one.absent
        value, wrong = _with_secrets(one.options, at, rules)
        problems += [*wrong, *schema_problems(one.options, at, schema)]
        given = str(one.options.get("name") or "")
        completed = schema.complete(value)
        found_by = adopted(one.options, schema.schema_id)
        if not given and not any(found_by) and rules.identity(value if absent else completed.value) is None:
            problems.append(_nothing_to_match(rules, at))
        name = given or rules.name(value if absent else completed.value, at)
        name = name if name not in taken else f"{name} ({at})"
        taken.add(name)
        tag = rules.tag(given)
        identified: dict[str, Any] = dict(zip(("object_id", "external_id", "origin_id"), found_by, strict=True))
        if absent:
            wanted.append(Declared(name, value, at, absent=True, tag=tag, **identified))
            continue
        problems += [
            problem.at(rules.format_path(at, path))
            for path, problem in schema.problems(completed.value)
            # What an object refers to may have no ID yet.
            if not has_references(get_path(completed.value, path))
        ]
        identified["access"] = read_declared(one.options)
        wanted.append(
            Declared(name, completed.value, at, ignored=completed.ignored, given=value, tag=tag, **identified)
        )
    if not problems:
        present = [desired for desired in wanted if not desired.absent]
        found = schema.constraints.problems([desired.value for desired in present])
        problems += [problem.at(rules.format_path(present[at].where, path)) for at, path, problem in found]
    # What the schema requires to be unique is reported by its constraint.
    twins = [twin for twin in _twins(wanted, rules) if not any(one.path.startswith(twin.path) for one in problems)]
    return wanted, problems + twins


def adopted(one: Mapping[str, Any], schema_id: str) -> tuple[str | None, str | None, str | None]:
    """The ID of the object that a declared one is, or the external ID that Monaco gives it and where it comes from."""
    source = one.get("adopt_from")
    monaco = source.get("monaco") if isinstance(source, Mapping) else None
    if not isinstance(monaco, Mapping):
        return one.get("object_id"), None, None
    parts = [part for part in (monaco.get("project"), schema_id, monaco.get("id")) if part]
    encoded = base64.b64encode("$".join(map(str, parts)).encode("utf-8", "surrogatepass")).decode("ascii")
    # Of what does not fit into 500 characters Monaco keeps the part that goes beyond them.
    room = 500 - len(_MONACO)
    external_id = _MONACO + (encoded[room:] if len(encoded) > room else encoded)
    return one.get("object_id"), external_id, monaco.get("origin_object_id")


def _twins(wanted: Sequence[Declared], rules: Rules) -> list[Problem]:
    """Two objects that would be found as one."""
    seen: dict[Hashable, str] = {}
    problems = []
    for desired in wanted:
        key = rules.identity(desired.value)
        if key is not None and key in seen:
            facts = {"properties": ["/".join(map(str, path)) for path in rules.match_on], "other": seen[key]}
            problems.append(Problem("same_properties" if rules.match_on else "one_object", desired.where, facts))
        seen.setdefault(key, desired.where)
    return problems


def _with_secrets(one: Mapping[str, Any], at: str, rules: Rules) -> tuple[Any, list[Problem]]:
    """The value with its secrets put in their places."""
    schema = rules.schema
    value = copied(one.get("value") if one.get("value") is not None else {})
    problems = [
        Problem("secret_in_value", rules.format_path(at, path), {"object": at})
        for path in schema.given_secret_paths(value)
    ]
    for number, secret in enumerate(one.get("secrets") or ()):
        path = schema.names.read_path(parse_path(str(secret.get("path") or "")))
        place = f"{at}.secrets[{number}].path"
        if not schema.is_secret(path):
            problems.append(Problem("no_secret_of_schema", place, {"schema": schema.schema_id}))
            continue
        problems += mask_problems([(f"{at}.secrets[{number}].value", secret.get("value"))])
        try:
            set_path(value, path, secret.get("value"))
        except LookupError:
            problems.append(Problem("no_place", place))
    return value, problems


def _nothing_to_match(rules: Rules, at: str) -> Problem:
    facts: dict[str, Any] = {"schema": rules.schema.schema_id}
    if rules.all_scopes:
        # Where the environment makes the scope from the value, only a name or match_on finds the object again.
        return Problem("required.scope", "scope", {**facts, "scopes": rules.schema.allowed_scopes})
    if rules.match_on:
        facts["properties"] = ["/".join(map(str, path)) for path in rules.match_on]
    return Problem("required.match" if rules.match_on else "required.match_on", f"{at}.name", facts)
