# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Scopes of objects: which types a schema allows, what overrides the value of the environment, and targets."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from .._settings_api.backend import Target
from .._settings_api.errors import Problem
from .._settings_api.matching import Existing
from .._settings_api.paging import LIMIT
from .._settings_api.parallel import WRITES
from .._settings_api.schema import Schema
from .declaration import Rules, path_text

ENVIRONMENT = "environment"
# A failed request is reported object by object, so there is a bound to what one can lose or repeat.
BATCH = 100
# The environment takes one object a request, whichever module sends it (settings-api 1.4).
_ONE_AT_A_TIME = frozenset({"builtin:elasticsearch.user-session-export-settings-v2"})


def target_of(schema_id: str, scope: str, fields: tuple[str, ...], limit: int = LIMIT) -> Target:
    """The objects of a schema and scope, and how many of them a request and a moment may write."""
    if schema_id in _ONE_AT_A_TIME:
        return Target(schema_id, scope, fields, limit=limit)
    return Target(schema_id, scope, fields, BATCH, limit, WRITES)


def is_of_type(scope: str, scope_type: str) -> bool:
    """Whether a scope, such as ``HOST-0123456789ABCDEF``, is of a type that a schema names, such as ``HOST``."""
    return scope == scope_type or scope.startswith(f"{scope_type}-")


def scope_problem(schema: Schema, scope: str) -> list[Problem]:
    """What is wrong with the scope of an object of a schema."""
    allowed = schema.allowed_scopes
    fits = any(is_of_type(scope, one) for one in allowed)
    if not allowed or fits or (scope == "tenant" and ENVIRONMENT in allowed):
        return []
    forms = [f"{one}-..." if one.isupper() else one for one in allowed]
    return [_unknown("unknown_scope", "scope", schema, scope, forms)]


def scope_type_problems(schema: Schema, scope_types: Sequence[str]) -> list[Problem]:
    """What is wrong with the scope types to read."""
    allowed = schema.allowed_scopes
    return [
        _unknown("unknown_scope_type", f"scope_types[{position}]", schema, one, allowed)
        for position, one in enumerate(scope_types)
        if allowed and one not in allowed
    ]


def _unknown(code: str, path: str, schema: Schema, scope: str, allowed: Sequence[str]) -> Problem:
    head = scope.partition("-")[0]
    near = [
        *(one for one in schema.allowed_scopes if one.lower() == head.lower()),
        *difflib.get_close_matches(head, schema.allowed_scopes, n=1),
        *difflib.get_close_matches(scope, schema.allowed_scopes),
    ]
    facts = {"schema": schema.schema_id, "scopes": allowed}
    if near:
        return Problem(f"{code}.meant", path, {**facts, "meant": near[0]})
    return Problem(code, path, facts)


class Overrides:
    """Compares the objects of narrower scopes with what the environment has.

    :param existing: all objects of the schema, each with its scope.
    """

    def __init__(self, rules: Rules, existing: Sequence[tuple[str, Existing]]) -> None:
        self._rules, self._schema = rules, rules.schema
        self._environment: dict[Hashable, Existing] = {}
        for scope, one in existing:
            if scope == ENVIRONMENT:
                self._environment.setdefault(self._key(one.value), one)

    def of(self, scope: str, existing: Existing) -> dict[str, Any] | None:
        """What an object changes from the value of the environment; ``None`` if it overrides none.

        Of a schema with one object per scope, each object of a narrower scope is an override: of the object of the
        environment, or of the defaults of the schema if the environment has none. Of a schema with several objects,
        an object overrides the one of the environment with the same unique properties.
        """
        key = self._key(existing.value)
        if scope == ENVIRONMENT or ENVIRONMENT not in self._schema.allowed_scopes or key is None:
            return None
        base = self._environment.get(key)
        if base is None and self._schema.multi_object:
            return None
        value: Any = self._schema.complete({}).value if base is None else base.value
        return {
            "base": "schema_default" if base is None else ENVIRONMENT,
            "base_object_id": None if base is None else base.object_id,
            "properties": [path_text("", path) for path in self._schema.differences(value, existing.value)],
        }

    def _key(self, value: Mapping[str, Any]) -> Hashable | None:
        return self._schema.identity(self._rules.match_on, value) if self._schema.multi_object else "the only one"
