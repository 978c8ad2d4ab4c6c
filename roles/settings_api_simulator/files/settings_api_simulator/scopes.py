# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes: which there are, which a schema allows, and which a schema makes of a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import ApiError, Violation
from .ids import ENVIRONMENT_SCOPE, scope_class
from .interpreter import Schema
from .interpreter.constraints import pick

# Classes of scopes that servers know whatever schemas they have; those of the schemas are added to them.
_CLASSES = frozenset(
    {
        "environment", "environment-default", "APPLICATION", "APPLICATION_METHOD", "CLOUD_APPLICATION",
        "CLOUD_APPLICATION_NAMESPACE", "CUSTOM_APPLICATION", "DEVICE_APPLICATION_METHOD", "DISK",
        "ENVIRONMENT_ACTIVE_GATE", "HOST", "HOST_GROUP", "HTTP_CHECK", "KUBERNETES_CLUSTER", "MOBILE_APPLICATION",
        "MULTIPROTOCOL_MONITOR", "PROCESS_GROUP", "PROCESS_GROUP_INSTANCE", "SERVICE", "SERVICE_METHOD",
        "SYNTHETIC_TEST", "metric", "user", "userdefaults",
    }
)  # fmt: skip


def normalized(scope: str) -> str:
    """The documentation's own example says tenant where the schema says environment."""
    return ENVIRONMENT_SCOPE if scope == "tenant" else scope


def known_scope(scope: str, schemas: Iterable[Schema]) -> bool:
    """Whether there can be such a scope. Entities are not simulated: any id of a known class will do."""
    kind = scope_class(scope)
    if kind not in _CLASSES and not any({scope, kind} & set(schema.allowed_scopes) for schema in schemas):
        return False
    return kind == scope or len(scope) > len(kind) + 1


def scope_of(schema: Schema, data: Mapping[str, Any], generated: Mapping[str, str]) -> str:
    """The scope of an object that is to be created.

    :param generated: schemas that make a scope of the value, and the property that they use.
    :raises ApiError: none is given, or the schema does not allow it.
    """
    scope = data.get("scope")
    if scope is None and schema.id in generated:
        return _generated(schema, data.get("value"), generated[schema.id])
    if not isinstance(scope, str) or not scope:
        raise ApiError(400, "Constraints violated.", (Violation("scope", "must not be null"),))
    scope = normalized(scope)
    if scope not in schema.allowed_scopes and scope_class(scope) not in schema.allowed_scopes:
        raise ApiError(404, f"No write access for scope class {scope_class(scope)}")
    return scope


def _generated(schema: Schema, value: Any, name: str) -> str:
    """The same scope for the same value of the property; of the whole value where the property is not set.

    How servers compute the entity id is not known. A client must take it as opaque anyway.
    """
    kind = next((one for one in schema.allowed_scopes if one != ENVIRONMENT_SCOPE), ENVIRONMENT_SCOPE)
    if kind == ENVIRONMENT_SCOPE:
        return kind
    seed = pick(value, name)
    text = json.dumps(value if seed is None else seed, sort_keys=True)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16].upper()}"
