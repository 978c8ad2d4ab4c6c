# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The values of the parameters of a configuration in an environment, as Monaco resolves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .definitions import Definition, Properties
from .go_template import TemplateProblem, escape_json, escape_values, render, render_file
from .go_yaml import go_text
from .manifest import Environment, UnreadableFile, read_text
from .marks import Coordinate, EnvironmentVariable, Marks, ObjectId, has_marks

SCOPE, INSERT_AFTER, NAME, SKIP = "scope", "insertAfter", "name", "skip"
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


class NotConverted(Exception):
    """A configuration cannot be declared. The message says why, the configuration is the subject."""


class Parameters:
    """Resolves the parameters of all configurations in one environment."""

    def __init__(self, definitions: Mapping[Coordinate, Definition], environment: Environment, marks: Marks) -> None:
        self._definitions, self._environment, self._marks = definitions, environment, marks
        self._resolved: dict[tuple[Coordinate, str], Any] = {}
        self._pending: list[tuple[Coordinate, str]] = []
        self._properties: dict[Coordinate, Properties] = {}
        # What the parameters of a configuration refer to, whether its template uses them or not.
        self.references: dict[Coordinate, list[Coordinate]] = {}

    def properties(self, coordinate: Coordinate) -> Properties:
        """What the configuration is in this environment."""
        if coordinate not in self._properties:
            definition = self._definitions[coordinate]
            self._properties[coordinate] = definition.for_environment(self._environment)
        return self._properties[coordinate]

    def is_skipped(self, coordinate: Coordinate) -> bool:
        """Whether the configuration is skipped. It is not if an environment variable decides it."""
        given = self.properties(coordinate).skip
        if isinstance(given, dict):
            kind = given.get("type")
            if kind == "environment":
                return False
            if kind != "value":
                raise NotConverted("has a skip parameter that is neither a value nor an environment variable")
            given = given.get("value")
        if given is None:
            return False
        text = go_text(given)
        if text not in (*_TRUE, *_FALSE):
            raise NotConverted("has a skip parameter that is neither true nor false")
        return text in _TRUE

    def render(self, coordinate: Coordinate) -> str:
        """Render the template of a configuration.

        :raises NotConverted: that is not possible.
        """
        definition, properties = self._definitions[coordinate], self.properties(coordinate)
        if not properties.template:
            raise NotConverted("has no template")
        content = _content(definition, properties.template, "its template")
        names = [*properties.parameters, *(name for name in (NAME, SCOPE, INSERT_AFTER) if self._has(coordinate, name))]
        values = {name: self.value(coordinate, name) for name in names}
        try:
            return render_file(content, values)
        except TemplateProblem as problem:
            raise NotConverted(f"has a template that {problem}") from None

    def value(self, coordinate: Coordinate, name: str) -> Any:
        """Return the value of a parameter, with marks for what is not known before a deployment.

        :raises NotConverted: it has none.
        """
        key = (coordinate, name)
        if key in self._pending:
            raise NotConverted(f"has the parameter {name}, which refers to itself")
        if key not in self._resolved:
            if not self._has(coordinate, name):
                raise NotConverted(f"refers to the parameter {name} of {coordinate}, which does not exist")
            self._pending.append(key)
            try:
                found = self._resolve(coordinate, name, self._given(coordinate, name))
            finally:
                self._pending.pop()
            self._resolved[key] = go_text(found) if name == NAME else found
        return self._resolved[key]

    def _has(self, coordinate: Coordinate, name: str) -> bool:
        return self._given(coordinate, name) is not None or name in self.properties(coordinate).parameters

    def _given(self, coordinate: Coordinate, name: str) -> Any:
        definition, properties = self._definitions[coordinate], self.properties(coordinate)
        own = {NAME: properties.name, SCOPE: definition.scope, INSERT_AFTER: definition.insert_after}
        return own[name] if name in own else properties.parameters.get(name)

    def _resolve(self, coordinate: Coordinate, name: str, given: Any) -> Any:
        if isinstance(given, list):
            return self._short_reference(coordinate, name, [go_text(part) for part in given])
        if not isinstance(given, dict):
            return _checked(escape_values(given))
        kind = given.get("type")
        if kind == "value" and "value" in given:
            return _checked(escape_values(given["value"]))
        if kind == "environment" and "name" in given:
            default = go_text(given["default"]) if "default" in given else None
            return self._marks.mark(EnvironmentVariable(go_text(given["name"]), default))
        if kind == "reference" and "property" in given:
            keys = ("project", "configType", "configId", "property")
            parts = [go_text(given[key]) for key in keys if key in given]
            if any(key not in given for key in keys[4 - len(parts) :]):
                raise NotConverted(f"has the parameter {name}, a reference without its configType or configId")
            return self._short_reference(coordinate, name, parts)
        if kind == "compound" and "format" in given:
            try:
                return escape_json(render(go_text(given["format"]), self._visible(coordinate, given)))
            except TemplateProblem as problem:
                raise NotConverted(f"has the parameter {name}, whose format {problem}") from None
        if kind == "list" and isinstance(given.get("values"), list):
            return f"[ {','.join(_listed(one, name) for one in given['values'])} ]"
        if kind == "file" and "path" in given:
            return self._file(coordinate, name, given)
        raise NotConverted(f"has the parameter {name} of an unknown or incomplete type")

    def _visible(self, coordinate: Coordinate, given: Mapping[str, Any]) -> dict[str, Any]:
        references = given.get("references")
        names = [go_text(one) for one in references] if isinstance(references, list) else []
        return {name: self.value(coordinate, name) for name in names}

    def _file(self, coordinate: Coordinate, name: str, given: Mapping[str, Any]) -> str:
        content = _content(self._definitions[coordinate], go_text(given["path"]), f"the file of parameter {name}")
        try:
            rendered = render_file(content, self._visible(coordinate, given))
        except TemplateProblem as problem:
            raise NotConverted(f"has the parameter {name}, whose file {problem}") from None
        return rendered if given.get("escape") is False else escape_json(rendered)

    def _short_reference(self, coordinate: Coordinate, name: str, parts: list[str]) -> Any:
        if not 1 <= len(parts) <= 4:
            raise NotConverted(f"has the parameter {name}, a reference with {len(parts)} parts")
        own = [coordinate.project, coordinate.type, coordinate.id]
        target, path = Coordinate(*[*own[: 4 - len(parts)], *parts[:-1]]), parts[-1]
        if target not in self._definitions:
            raise NotConverted(f"refers to {target}, which is not in the projects")
        if target != coordinate and self.is_skipped(target):
            raise NotConverted(f"refers to {target}, which is skipped")
        if target != coordinate:
            self.references.setdefault(coordinate, []).append(target)
        if path == "id":
            if target == coordinate:
                raise NotConverted("refers to its own ID")
            return self._marks.mark(ObjectId(target))
        first, *rest = path.split(".")
        found = self.value(target, first)
        for depth, part in enumerate(rest, 1):
            if not isinstance(found, dict) or part not in found:
                missing = ".".join([first, *rest[:depth]])
                raise NotConverted(f"refers to the parameter {missing} of {target}, which does not exist")
            found = found[part]
        return found


def _content(definition: Definition, name: str, what: str) -> str:
    path = definition.directory / name.replace("\\", "/")
    try:
        content = read_text(path)
    except UnreadableFile as error:
        raise NotConverted(f"lacks {what}: {name} {error.reason}") from None
    return str(_checked(content))


def _checked(found: Any) -> Any:
    """A value without the characters that marks are made of."""
    if isinstance(found, str) and has_marks(found):
        raise NotConverted("contains private-use characters (U+E000 to U+E002)")
    for child in found.values() if isinstance(found, dict) else ():
        _checked(child)
    return found


def _listed(one: Any, name: str) -> str:
    text = one.get("value") if isinstance(one, dict) else one
    if not isinstance(text, str):
        raise NotConverted(f"has the parameter {name}, a list with an element that is not text")
    return f'"{_checked(escape_json(text))}"'
