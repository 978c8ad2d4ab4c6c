# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Converted objects as declarations in an inventory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .._session_exports.declaration import ZONE
from .._session_exports.options import path_text as option_path
from .._session_exports.options import to_options
from .._session_exports.published_schema import SCHEMA_ID as EXPORTS
from .._settings_api.property_path import copied, get_path, set_path
from .._settings_api.references import Reference, literal
from .._settings_common.yaml_file import Plain
from .._settings_objects.declaration import path_text
from .._settings_objects.to_vars import template_of
from .convert import API_SCHEMAS, ENVIRONMENT, Converted, Secret
from .marks import Coordinate, ObjectId, Text, Unknown
from .names import vault_variable

_ZONES = "builtin:management-zones"
_SIMPLE = re.compile(r"[A-Za-z][\w.:-]*\Z", re.ASCII)
# Text that is not part of a template, and that needs no quotes in one.
_OUTSIDE = " _./:-,()&+@=?;|<>*!~"
_WITHIN = _OUTSIDE + '"'


@dataclass
class Variables:
    """The variables that the declarations use.

    :param sources: by name of the variable, the environment variable or the property that it stands for.
    :param masked: secrets that are stored in the environment, and not known: object and path.
    :param json: the names of variables that stand without quotes in a template.
    """

    sources: dict[str, str] = field(default_factory=dict)
    masked: list[tuple[str, str]] = field(default_factory=list)
    json: set[str] = field(default_factory=set)

    def described(self) -> dict[str, str]:
        """What each variable stands for, in alphabetical order."""
        return {
            name: f"{source}{', a text in JSON' if name in self.json else ''}"
            for name, source in sorted(self.sources.items())
        }

    def name(self, text: str, source: str) -> str:
        """Return the name of the variable for something, which no other source has."""
        wanted = vault_variable(text)
        names = (wanted if number == 1 else f"{wanted}_{number}" for number in range(1, len(self.sources) + 2))
        name = next(one for one in names if self.sources.get(one, source) == source)
        self.sources[name] = source
        return name

    def of_environment(self, name: str) -> str:
        """Return the name of the variable for an environment variable."""
        return self.name(name, f"environment variable {name}")


class Declarations:
    """Makes declarations.

    :param names: the names of the objects.
    :param ordered: the schemas whose objects have an order.
    """

    def __init__(self, names: Mapping[Coordinate, str], ordered: Iterable[tuple[str, str]]) -> None:
        self._names, self._ordered = names, set(ordered)
        self.variables = Variables()

    def settings(self, objects: Sequence[Converted]) -> list[dict[str, Any]]:
        """The value of ``dynatrace_settings``."""
        found: dict[tuple[str, str], list[Converted]] = {}
        for one in objects:
            if one.coordinate.type != EXPORTS:
                found.setdefault((one.coordinate.type, repr(one.scope)), []).append(one)
        return [self._declaration(members) for members in found.values()]

    def _declaration(self, members: Sequence[Converted]) -> dict[str, Any]:
        schema_id, scope = members[0].coordinate.type, members[0].scope
        head: dict[str, Any] = {Plain("schema_id"): _simple(schema_id)}
        if scope != ENVIRONMENT:
            head[Plain("scope")] = _simple(scope) if isinstance(scope, str) else self._text(scope)
        if (schema_id, repr(scope)) not in self._ordered:
            head[Plain("ordered")] = False
        return {**head, Plain("objects"): [self._object(one) for one in members]}

    def _object(self, one: Converted) -> dict[str, Any]:
        coordinate = one.coordinate
        origin = {Plain("project"): _simple(coordinate.project), Plain("id"): _simple(coordinate.id)}
        if one.origin_object_id:
            origin[Plain("origin_object_id")] = one.origin_object_id
        declared: dict[str, Any] = {
            Plain("name"): _simple(self._names[coordinate]),
            Plain("adopt_from"): {Plain("monaco"): origin},
            Plain("value"): self._value(one.value),
        }
        secrets = [
            {Plain("path"): Plain(path_text("", secret.path)), Plain("value"): template}
            for secret in one.secrets
            if (template := self._secret(one, secret, path_text("", secret.path)))
        ]
        return {**declared, Plain("secrets"): secrets} if secrets else declared

    def exports(self, objects: Sequence[Converted]) -> list[dict[str, Any]]:
        """The value of ``user_session_exports_slots``."""
        return [self._export(one) for one in objects if one.coordinate.type == EXPORTS]

    def _export(self, one: Converted) -> dict[str, Any]:
        value = copied(one.value)
        zone = get_path(value, ZONE)
        if isinstance(zone, Text) and len(zone.parts) == 1 and isinstance(zone.parts[0], ObjectId):
            # Exports take the name of a zone.
            set_path(value, ZONE, self._names[zone.parts[0].of])
        for secret in one.secrets:
            if template := self._secret(one, secret, option_path("", secret.path)):
                set_path(value, secret.path, template)
        options = to_options(self._value(value))
        return {Plain("name"): _simple(self._names[one.coordinate]), **_plain_keys(options)}

    def _secret(self, one: Converted, secret: Secret, path: str) -> Plain | None:
        """The template of a secret, or ``None`` if it is only stored in the environment."""
        name = self._names[one.coordinate]
        if secret.value is not None:
            return self._text(secret.value)
        if not secret.in_clear:
            self.variables.masked.append((f"{one.coordinate.type} {name}", path))
            return None
        source = f"{one.coordinate.type} {name}, {path} (in clear text in the project)"
        return Plain(f"{{{{ {self.variables.name(f'{name}_{path}', source)} }}}}")

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {_simple(key): self._value(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self._value(child) for child in value]
        if isinstance(value, Text):
            return self._text(value)
        return literal(value) if isinstance(value, str) and not isinstance(value, Plain) else value

    def _text(self, text: Text) -> Plain:
        """The template of a text that is not known as a whole."""
        parts = [literal(one) if isinstance(one, str) else one for one in text.parts]
        if len(parts) == 1 and not isinstance(parts[0], str):
            expression = self._expression(parts[0])
            if not text.bare:
                return Plain(f"{{{{ {expression} }}}}")
            self.variables.json.add(expression.partition(" ")[0])
            return Plain(f"{{{{ {expression} | from_json }}}}")
        if all(not isinstance(one, str) or _is_of(one, _OUTSIDE) for one in parts):
            return Plain(
                "".join(one if isinstance(one, str) else f"{{{{ {self._expression(one)} }}}}" for one in parts)
            )
        # A text that begins with a bracket could become a list.
        joined = (_quoted(one) if isinstance(one, str) else f"({self._expression(one)})" for one in parts)
        return Plain(f"{{{{ ({' ~ '.join(joined)}) | string }}}}")

    def _expression(self, unknown: Unknown) -> str:
        """What gives the value within a template."""
        if isinstance(unknown, ObjectId):
            api_schema = API_SCHEMAS.get(unknown.of.type)
            schema_id = api_schema or unknown.of.type
            legacy = api_schema is not None or schema_id == _ZONES
            return template_of(Reference(schema_id, self._names[unknown.of], legacy))[2:-2].strip()
        variable = self.variables.of_environment(unknown.name)
        return variable if unknown.default is None else f"{variable} | default({_quoted(literal(unknown.default))})"


def _is_of(text: str, more: str) -> bool:
    return all(char.isalnum() or char in more for char in text)


def _quoted(text: str) -> str:
    """A text within a template. One that has a meaning there is percent-encoded."""
    if _is_of(text, _WITHIN):
        return f"'{text}'"
    return f"('{quote(text, safe=' ').replace(' ', '%20')}' | urldecode)"


def _simple(text: str) -> str:
    return Plain(text) if _SIMPLE.match(text) else text


def _plain_keys(options: Mapping[str, Any]) -> dict[str, Any]:
    return {_simple(key): _plain_keys(child) if isinstance(child, Mapping) else child for key, child in options.items()}
