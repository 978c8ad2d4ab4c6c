# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The JSON Schema (Draft 2020-12) of a policy: what is wrong with it, and what it finds in a value.

It is stricter than the standard: a keyword that is not known, or that would check nothing here, is an error, because
a policy with a slip of the keys would allow everything. No problem contains a value.
"""

from __future__ import annotations

import difflib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .._settings_api.errors import MissingLibrary, Problem
from .._settings_api.memo import Memo
from .._settings_api.property_path import Path
from .._settings_api.schema import Schema
from .._settings_api.validation import KEYWORD_PROBLEMS, make_validator

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_ONE_SCHEMA = (
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "dependentSchemas", "patternProperties", "properties")
_ASSERTIONS = (
    "const",
    "dependentRequired",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
)
_ANNOTATIONS = ("$anchor", "$comment", "$ref", "$schema", "default", "deprecated", "description", "examples", "title")
_KEYWORDS = frozenset((*_ONE_SCHEMA, *_LISTS, *_MAPS, *_ASSERTIONS, *_ANNOTATIONS))
# Of the standard, but without an effect, or with one beyond this schema.
_UNSUPPORTED = frozenset(
    ("$id", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "contentEncoding", "contentMediaType", "contentSchema")
)
# Keywords of others, which mean nothing here.
_EXTENSION = "x-"
_NOTHING: Mapping[str, Any] = {"not": {}}
_compiled = Memo(500)


@dataclass(frozen=True)
class CompiledSchema:
    """A JSON Schema, ready to validate.

    :param problems: what is wrong with it; paths begin behind the option.
    :param names: the names of properties in it, with their paths.
    """

    validator: Any = None
    problems: tuple[Problem, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def find(self, value: Any) -> list[tuple[Path, Problem]]:
        """Return everything in a value that violates the schema.

        :raises RecursionError: the schema refers to itself endlessly.
        """
        if self.validator is None:
            return []
        found: dict[tuple[Path, Problem], None] = {}
        for error in self.validator.iter_errors(value):
            found.update(dict.fromkeys(_explained(error)))
        return list(found)


def compile_schema(schema: Mapping[str, Any]) -> CompiledSchema:
    """Check a JSON Schema, and prepare its validator. The result is kept for other environments."""
    return _compiled.of("schema", schema, lambda: _compile(schema))


def _compile(schema: Mapping[str, Any]) -> CompiledSchema:
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        raise MissingLibrary("jsonschema") from None
    nodes = list(_nodes(schema, ()))
    problems: dict[Path, Problem] = {}
    for path, node in nodes:
        for key, problem in _node_problems(schema, node, nodes):
            problems.setdefault((*path, key), problem)
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        path = tuple(error.absolute_path)
        if not any(path[: len(known)] == known for known in problems):
            problems[path] = Problem("policy.keyword_value", "")
    listed = [problem.at(_text(path)) for path, problem in problems.items()]
    if listed:
        return CompiledSchema(None, tuple(sorted(listed)))
    names = tuple((name, _text(path)) for where, node in nodes for path, name in _names(node, where))
    return CompiledSchema(make_validator(_spelled_out(schema)), (), names)


def _spelled_out(node: Any) -> Any:
    """A schema in which ``false`` for a property is a schema: an error then has the path of the property."""
    if not isinstance(node, Mapping):
        return node
    result = dict(node)
    for key in _ONE_SCHEMA:
        if key in node:
            result[key] = _spelled_out(node[key])
    for key in _LISTS:
        if key in node:
            result[key] = [_spelled_out(child) for child in node[key]]
    for key in _MAPS:
        if key in node:
            result[key] = {
                name: dict(_NOTHING) if child is False else _spelled_out(child) for name, child in node[key].items()
            }
    return result


def _text(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _nodes(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every schema in a schema."""
    if not isinstance(node, Mapping):
        return
    yield path, node
    for key in _ONE_SCHEMA:
        yield from _nodes(node.get(key), (*path, key))
    for key in _LISTS:
        listed = node.get(key)
        for index, child in enumerate(listed if isinstance(listed, list) else ()):
            yield from _nodes(child, (*path, key, index))
    for key in _MAPS:
        children = node.get(key)
        for name, child in children.items() if isinstance(children, Mapping) else ():
            yield from _nodes(child, (*path, key, str(name)))


def _node_problems(
    root: Mapping[str, Any], node: Mapping[str, Any], nodes: list[tuple[Path, Mapping[str, Any]]]
) -> Iterator[tuple[str, Problem]]:
    for keyword, value in node.items():
        key = str(keyword)
        if key == "format":
            yield key, Problem("policy.no_format", "")
        elif key in _UNSUPPORTED:
            yield key, Problem("policy.unsupported", "")
        elif key not in _KEYWORDS and not key.startswith(_EXTENSION):
            near = difflib.get_close_matches(key, _KEYWORDS, n=1, cutoff=0.7)
            yield (
                key,
                Problem("policy.no_keyword.meant", "", {"meant": near[0]})
                if near
                else Problem("policy.no_keyword", ""),
            )
        elif key == "type" and any(one not in _TYPES for one in (value if isinstance(value, list) else [value])):
            yield key, Problem("choice", "", {"choices": list(_TYPES)})
        elif (key == "pattern" and not _is_pattern(value)) or (
            key == "patternProperties" and isinstance(value, Mapping) and not all(map(_is_pattern, value))
        ):
            yield key, Problem("regex", "")
        elif key == "$schema" and str(value).rstrip("#") != DRAFT:
            yield key, Problem("policy.draft", "", {"draft": DRAFT})
        elif key == "$ref" and not _resolves(root, value, nodes):
            yield key, Problem("policy.reference", "")


def _is_pattern(value: object) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(value if isinstance(value, str) else "(")
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _resolves(root: Mapping[str, Any], reference: object, nodes: list[tuple[Path, Mapping[str, Any]]]) -> bool:
    """Whether a reference leads to a part of the schema. Nothing is ever read from elsewhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    pointer = unquote(reference[1:])
    if pointer and not pointer.startswith("/"):
        return any(node.get("$anchor") == pointer for _path, node in nodes)
    found: Any = root
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            return False
    return isinstance(found, (Mapping, bool))


def _names(node: Mapping[str, Any], where: Path) -> Iterator[tuple[Path, str]]:
    """The names of properties that a schema speaks of."""
    for keyword in ("properties", "dependentSchemas", "dependentRequired"):
        children = node.get(keyword)
        for name, child in children.items() if isinstance(children, Mapping) else ():
            yield (*where, keyword, str(name)), str(name)
            if keyword == "dependentRequired":
                yield from (((*where, keyword, str(name), at), one) for at, one in enumerate(child))
    yield from (((*where, "required", index), name) for index, name in enumerate(node.get("required") or ()))


def property_problems(compiled: CompiledSchema, schema: Schema) -> list[Problem]:
    """Return a problem for each name that no property of a Dynatrace schema has: it would check nothing."""
    known = schema.property_names
    if known is None:
        return []
    by_letters = {_letters(name): name for name in known}
    problems = []
    for name, path in compiled.names:
        if name in known:
            continue
        near = by_letters.get(_letters(name)) or next(iter(difflib.get_close_matches(name, known, n=1)), None)
        facts = {"schema": schema.schema_id}
        problems.append(
            Problem("policy.no_property.meant", path, {**facts, "meant": near})
            if near
            else Problem("policy.no_property", path, facts)
        )
    return problems


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _explained(error: ValidationError) -> Iterator[tuple[Path, Problem]]:
    """What is wrong, without the value."""
    path: Path = tuple(error.absolute_path)
    keyword = error.validator
    expected: Any = error.validator_value
    value: Any = error.instance
    if keyword == "required":
        yield from (((*path, name), Problem("required", "")) for name in expected if name not in value)
    elif keyword == "dependentRequired":
        missing = {name for key, names in expected.items() if key in value for name in names if name not in value}
        yield from (((*path, name), Problem("required", "")) for name in sorted(missing))
    elif keyword == "type":
        wanted = expected if isinstance(expected, str) else " or ".join(expected)
        yield path, Problem("type", "", {"expected": wanted})
    else:
        yield path, _of_keyword(keyword if isinstance(keyword, str) else "", expected, value)


_KEYWORD_PROBLEMS = {
    **KEYWORD_PROBLEMS,
    "exclusiveMinimum": ("greater_than", "least"),
    "exclusiveMaximum": ("less_than", "most"),
}


def _of_keyword(keyword: str, expected: Any, value: Any) -> Problem:
    if keyword in ("enum", "const"):
        choices = expected if keyword == "enum" else [expected]
        return Problem("choice", "", {"choices": [one if isinstance(one, str) else json.dumps(one) for one in choices]})
    if keyword == "pattern":
        return Problem("pattern", "", {"pattern": expected})
    if keyword == "maxItems":
        return Problem("max_items", "", {"most": expected, "count": len(value)})
    known = _KEYWORD_PROBLEMS.get(keyword)
    if known is not None:
        return Problem(known[0], "", {known[1]: expected})
    if not keyword or (keyword == "not" and expected == {}):
        # The schema ``false``.
        return Problem("policy.not_allowed", "")
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        return Problem("policy.additional_property", "")
    if keyword == "contains":
        return Problem("policy.contains", "")
    return Problem("policy.keyword", "", {"keyword": keyword})
