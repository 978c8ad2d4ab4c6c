# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From a configuration of Monaco to a declared object, for one environment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union

from .._settings_api.property_path import Path
from .._settings_api.schema import Schema
from .._settings_api.secrets import is_mask
from .definitions import Definition
from .marks import Coordinate, EnvironmentVariable, Marks, ObjectId, Text, has_marks
from .parameters import INSERT_AFTER, SCOPE, NotConverted, Parameters

ENVIRONMENT = "environment"
_SECRET_NAME = re.compile(r"(?i)(password|passphrase|secret|token|api_?key|private_?key|secret_?key)\Z")
# Objects of other APIs that are also objects of a schema, under their name. Each has the ID that its API has given it.
API_SCHEMAS = {
    "alerting-profile": "builtin:alerting.profile",
    "management-zone": "builtin:management-zones",
    "slo": "builtin:monitoring.slo",
}

OfProperty = Callable[[Path, Union[str, Text]], bool]  # noqa: UP007 - evaluated at run time
IsSecret = Callable[[str, Path, Union[str, Text]], bool]  # noqa: UP007 - evaluated at run time


@dataclass(frozen=True)
class Secret:
    """A secret that has to be declared.

    :param value: what it is made of, ``None`` if the project contains it in clear text or masked.
    :param in_clear: whether the project contains it in clear text.
    """

    path: Path
    value: Text | None
    in_clear: bool = False


@dataclass(frozen=True)
class Converted:
    """An object to declare: its value without secrets."""

    coordinate: Coordinate
    scope: str | Text
    value: Mapping[str, Any]
    secrets: tuple[Secret, ...] = ()
    insert_after: Coordinate | str | None = None
    origin_object_id: str = ""

    @property
    def references(self) -> Iterator[Coordinate]:
        """The configurations whose objects it refers to."""
        texts = [*_texts(self.value), *(one.value for one in self.secrets), self.scope]
        for text in texts:
            for unknown in text.unknown if isinstance(text, Text) else ():
                if isinstance(unknown, ObjectId):
                    yield unknown.of


def secrets_of(schemas: Mapping[str, Schema]) -> IsSecret:
    """Return whether a property is secret: as its schema says. If it is not known, by its name, or if it is masked."""

    def is_secret(schema_id: str, path: Path, text: str | Text) -> bool:
        if schema_id in schemas:
            return schemas[schema_id].is_secret(path)
        if is_mask(text):
            return True
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        return _SECRET_NAME.search(name) is not None

    return is_secret


def convert(definition: Definition, parameters: Parameters, marks: Marks, is_secret: IsSecret) -> Converted | None:
    """Convert a configuration, unless it is skipped.

    :raises NotConverted: it cannot be declared.
    """
    coordinate = definition.coordinate
    if definition.kind != "settings":
        raise NotConverted(f"is of the type {definition.kind}, not settings")
    if parameters.is_skipped(coordinate):
        return None
    rendered = parameters.render(coordinate)
    try:
        value = json.loads(marks.quoted(rendered), parse_constant=_no_constant, object_pairs_hook=_unmarked)
    except ValueError as error:
        raise NotConverted(f"has a template whose result is not valid JSON{_place(error)}") from None
    if not isinstance(value, dict):
        raise NotConverted("has a template whose result is not a JSON object")
    scope = (
        _scalar(parameters.value(coordinate, SCOPE), marks, "scope") if definition.scope is not None else ENVIRONMENT
    )
    insert_after: Coordinate | str | None = None
    if definition.insert_after is not None:
        insert_after = _neighbor(_scalar(parameters.value(coordinate, INSERT_AFTER), marks, "insertAfter"))
    secrets: list[Secret] = []
    converted = _value(value, (), marks, lambda path, text: is_secret(coordinate.type, path, text), secrets)
    origin = parameters.properties(coordinate).origin_object_id
    result = Converted(coordinate, scope, converted, tuple(secrets), insert_after, origin)
    if isinstance(scope, Text) and any(isinstance(one, ObjectId) for one in scope.unknown):
        raise NotConverted("has a scope that refers to another object; declare it with the ID of the scope")
    return result


def _value(value: Any, path: Path, marks: Marks, is_secret: OfProperty, secrets: list[Secret]) -> Any:
    """A value with unknown values in place of marks, and without secrets."""
    if isinstance(value, dict):
        found = {key: _value(child, (*path, key), marks, is_secret, secrets) for key, child in value.items()}
        return {key: child for key, child in found.items() if child is not _REMOVED}
    if isinstance(value, list):
        found_items = [_value(child, (*path, index), marks, is_secret, secrets) for index, child in enumerate(value)]
        if any(child is _REMOVED for child in found_items):
            raise NotConverted(f"has a list of secrets, {_shown(path)}")
        return found_items
    if not isinstance(value, str):
        return value
    text = marks.read(value)
    if isinstance(text, Text) and text.bare and any(isinstance(one, ObjectId) for one in text.unknown):
        raise NotConverted(f"has the ID of another object without quotes, {_shown(path)}")
    if not is_secret(path, text):
        return text
    if isinstance(text, Text):
        secrets.append(Secret(path, _without_defaults(text)))
    elif text != "":
        secrets.append(Secret(path, None, in_clear=not is_mask(text)))
    return _REMOVED


# Represents a secret, which is not part of the value.
_REMOVED = object()


def _without_defaults(text: Text) -> Text:
    """A secret has no default: it would be in clear text."""
    parts = (EnvironmentVariable(one.name) if isinstance(one, EnvironmentVariable) else one for one in text.parts)
    return Text(tuple(parts), text.bare)


def _scalar(found: Any, marks: Marks, what: str) -> str | Text:
    """The value of scope or insertAfter, which Monaco escapes for JSON as every text."""
    if not isinstance(found, str):
        raise NotConverted(f"has {'an' if what[0] in 'aeiou' else 'a'} {what} that is not text")
    return marks.read(str(json.loads(f'"{found}"')))


def _neighbor(found: str | Text) -> Coordinate | str | None:
    if isinstance(found, Text):
        (part, *more) = found.parts
        return part.of if isinstance(part, ObjectId) and not more else None
    return found


def _unmarked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, _child in pairs:
        if has_marks(key):
            raise NotConverted("has a property whose name is unknown before deployment")
    return dict(pairs)


def _no_constant(_name: str) -> Any:
    raise ValueError


def _place(error: ValueError) -> str:
    return f" (line {error.lineno} of the result)" if isinstance(error, json.JSONDecodeError) else ""


def _shown(path: Path) -> str:
    return ".".join(map(str, path))


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    else:
        yield value
