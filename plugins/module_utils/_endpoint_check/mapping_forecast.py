# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What an index makes of sessions, from its mapping alone: what it rejects, what it would add, what dates become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .elasticsearch import wildcard
from .http import below
from .mapping_diff import OBJECTS, fields, takes_milliseconds, type_of
from .sample_sessions import sample_sessions
from .session_mapping import SESSION_MAPPING, TAGS

_ARBITRARY = ("flattened", "flat_object")
_TEXTS = frozenset(["keyword", "text", "wildcard", "match_only_text", "search_as_you_type", "version"])
_WHOLE = frozenset(["long", "unsigned_long"])
_FRACTIONS = frozenset(["double", "float", "scaled_float"])
_SMALL = frozenset(["integer", "short"])
_TINY = frozenset(["byte", "half_float"])
_OTHERS = frozenset(
    ["boolean", "ip", "date", "date_nanos", "alias", "constant_keyword", "binary", "geo_point", "geo_shape"]
)
_KNOWN = _TEXTS | _WHOLE | _FRACTIONS | _SMALL | _TINY | _OTHERS | {*OBJECTS, *_ARBITRARY}
_DATES = frozenset(("date", "date_nanos"))
# Types that accept each kind of value. Some hold it in another way: a date in a long is a number.
_ACCEPTS: Mapping[str, frozenset[str]] = {
    "date": _DATES | _WHOLE | _FRACTIONS | _TEXTS,
    "long": _WHOLE | _FRACTIONS | _SMALL | _TEXTS | _DATES,
    "double": _WHOLE | _FRACTIONS | _SMALL | _TINY | _TEXTS,
    "boolean": frozenset(("boolean",)) | _TEXTS,
    "keyword": _TEXTS,
    "ip": frozenset(("ip",)) | _TEXTS,
}
# Unless the index says otherwise.
_FIELD_LIMIT = 1000
_MAY_BE_MALFORMED = _WHOLE | _FRACTIONS | _SMALL | _TINY | _DATES | {"ip", "geo_point"}


@dataclass
class MappingForecast:
    """The effect of a mapping on sessions.

    :param rejects: fields that every session has and that cost the session.
    :param may_reject: fields that some sessions have and that cost the session.
    :param lacks: fields that a strict mapping lacks.
    :param adds: fields that the first session would add to the mapping.
    :param numbers: dates that are, or would become, something else than a date.
    :param unmapped: dates that are not mapped, and would become numbers or could not be searched.
    :param tags: whether each tag becomes a field.
    """

    rejects: list[str] = field(default_factory=list)
    may_reject: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    adds: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    tags: bool = False

    @property
    def fits(self) -> bool:
        """Whether sessions are stored and their dates are dates."""
        return not (self.rejects or self.may_reject or self.lacks or self.numbers or self.unmapped)


def forecast(mapping: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> MappingForecast:
    """What an index with this mapping makes of sessions.

    :param settings: those of the index, below ``index``.
    """
    walk = _Walk(mapping.get("dynamic_templates") or [], _is_true(below(settings, "mapping").get("ignore_malformed")))
    walk.visit(SESSION_MAPPING["properties"], mapping.get("properties"), "", _dynamic(mapping, "true"))
    limit = str(below(settings, "mapping", "total_fields").get("limit"))
    most = int(limit) if limit.isdigit() else _FIELD_LIMIT
    adds = walk.forecast.adds
    if adds and len(list(fields(mapping.get("properties")))) + len(adds) > most:
        walk.forecast.rejects.append(f"the limit of {most} fields")
    return walk.forecast


@dataclass
class _Walk:
    """One comparison of the known fields of sessions with a mapping."""

    templates: Any
    ignore_malformed: bool
    forecast: MappingForecast = field(default_factory=MappingForecast)

    def visit(self, expected: Mapping[str, Any], properties: Any, above: str, dynamic: str) -> None:
        """Compare the fields of one object."""
        for name, want in expected.items():
            path, node = f"{above}{name}", below(properties).get(name)
            if isinstance(node, Mapping):
                self._mapped(path, want, node, dynamic)
            else:
                self._unmapped(path, want, dynamic)

    def _mapped(self, path: str, want: Mapping[str, Any], node: Mapping[str, Any], dynamic: str) -> None:
        kind, type_ = type_of(want), type_of(node)
        if node.get("enabled") is False or type_ not in _KNOWN:
            return
        if kind in OBJECTS or kind in _ARBITRARY:
            if type_ in OBJECTS:
                inner = _dynamic(node, dynamic)
                if path in TAGS and inner != "false" and node.get("subobjects") is not False:
                    self.forecast.tags = True
                self.visit(want.get("properties", {}), node.get("properties"), f"{path}.", inner)
            elif type_ not in _ARBITRARY:
                self._reject(f"{path} ({type_}, not {kind})", path)
            return
        ignored = _is_true(node.get("ignore_malformed", self.ignore_malformed)) and type_ in _MAY_BE_MALFORMED
        if kind == "date" and type_ in _DATES and not takes_milliseconds(node):
            if not ignored:
                self._reject(f"{path} (date with the format {node.get('format')})", path)
            else:
                self.forecast.numbers.append(f"{path} (malformed)")
        elif type_ not in _ACCEPTS[kind] and not ignored:
            self._reject(f"{path} ({type_}, not {kind})", path)
        elif kind == "date" and type_ not in _DATES:
            self.forecast.numbers.append(f"{path} ({type_})")

    def _unmapped(self, path: str, want: Mapping[str, Any], dynamic: str) -> None:
        if dynamic == "strict" and path in _NAMES:
            self.forecast.lacks.append(path)
            return
        if path in _VALUES and dynamic in ("true", "runtime"):
            self.forecast.adds.append(path)
        for date, node in fields({path: want}):
            if type_of(node) != "date" or date not in _VALUES:
                continue
            type_ = self._type_by_template(date) if dynamic == "true" else None
            if type_ is None:
                self.forecast.unmapped.append(date)
            elif type_ not in _DATES:
                self.forecast.numbers.append(f"{date} ({type_})")

    def _reject(self, text: str, path: str) -> None:
        (self.forecast.rejects if path in _VALUES else self.forecast.may_reject).append(text)

    def _type_by_template(self, path: str) -> str | None:
        """What dynamic templates make of milliseconds in an unmapped field."""
        for one in self.templates if isinstance(self.templates, list) else ():
            for template in one.values() if isinstance(one, Mapping) else ():
                if isinstance(template, Mapping) and _applies(template, path):
                    type_ = str(below(template, "mapping").get("type", "{dynamic_type}"))
                    return "long" if type_ == "{dynamic_type}" else type_
        return None


def _applies(template: Mapping[str, Any], path: str) -> bool:
    name = path.rpartition(".")[2]
    matches = _regex if template.get("match_pattern") == "regex" else wildcard

    def any_of(key: str, text: str) -> bool:
        return any(matches(pattern, text) for pattern in _listed(template.get(key)))

    kinds = _listed(template.get("match_mapping_type"))
    return (
        (not kinds or "*" in kinds or "long" in kinds)
        and (not template.get("match") or any_of("match", name))
        and (not template.get("path_match") or any_of("path_match", path))
        and not any_of("unmatch", name)
        and not any_of("path_unmatch", path)
    )


def _regex(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _listed(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value] if value is not None else [])]


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _dynamic(node: Mapping[str, Any], inherited: str) -> str:
    value = str(node.get("dynamic", inherited)).lower()
    return "strict" if value.startswith("strict") else value


def _paths(node: Mapping[str, Any], above: str, *, values_only: bool) -> Iterator[str]:
    for name, value in node.items():
        path = f"{above}{name}"
        if not values_only or value not in (None, []):
            yield path
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _paths(inner, f"{path}.", values_only=values_only)


# Of every session: the names of its fields, and of those the ones with a value.
_NAMES = frozenset(_paths(sample_sessions()[0], "", values_only=False))
_VALUES = frozenset(_paths(sample_sessions()[0], "", values_only=True))
