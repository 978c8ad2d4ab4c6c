# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small builders, so that a schema reads like its property table."""

from __future__ import annotations

from typing import Any

_URI = r"^(([^\s:/?#]+?):){1}((//)?([^\s/?#]+?)){1}([^\s?#]*?)(\?([^\s#]*?))?(#([^\s]*?))?$"

NOT_BLANK: dict[str, Any] = {"type": "NOT_BLANK"}
SIZE: dict[str, Any] = {"type": "LENGTH", "minLength": 1, "maxLength": 500}
URI: dict[str, Any] = {"type": "PATTERN", "pattern": _URI, "customMessage": "Not a valid URI"}
HTTP_URL: dict[str, Any] = {
    "type": "PATTERN",
    "pattern": "^https?://.*$",
    "customMessage": "Not a valid http(s) URL",
}
HTTPS_ONLY: dict[str, Any] = {
    "type": "PATTERN",
    "pattern": "^(https)://.*$",
    "customMessage": "For security reasons we only allow HTTPS endpoints",
}


def custom(validator: str, message: str | None = None) -> dict[str, Any]:
    """A constraint whose check lives in the server, known by name only."""
    constraint = {"type": "CUSTOM_VALIDATOR_REF", "customValidatorId": validator}
    if message is not None:
        constraint["customMessage"] = message
    return constraint


def equals(name: str, value: Any) -> dict[str, Any]:
    return {"type": "EQUALS", "property": name, "expectedValue": value}


def prop(kind: str, title: str, *constraints: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One property; ``kind`` is a type name, or ``types/X`` or ``enums/X``. Not nullable unless said."""
    found: dict[str, Any] = {
        "displayName": title,
        "description": "",
        "documentation": "",
        "type": {"$ref": f"#/{kind}"} if "/" in kind else kind,
        "nullable": False,
        "maxObjects": 1,
        "modificationPolicy": "DEFAULT",
        **more,
    }
    if constraints:
        found["constraints"] = list(constraints)
    return found


def group(title: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """A type: an object of properties."""
    return {
        "type": "object",
        "displayName": title,
        "description": "",
        "documentation": "",
        "summaryPattern": "",
        "version": "0",
        "versionInfo": "",
        "properties": properties,
    }


def enum(title: str, **items: str) -> dict[str, Any]:
    """An enumeration: value = how it is shown."""
    return {
        "type": "enum",
        "displayName": title,
        "description": "",
        "documentation": "",
        "items": [{"value": value, "displayName": shown} for value, shown in items.items()],
    }


def top(schema_id: str, title: str, version: str, **more: Any) -> dict[str, Any]:
    """The head of a schema for environment scope that may have several objects."""
    return {
        "dynatrace": "1",
        "schemaId": schema_id,
        "displayName": title,
        "description": "",
        "documentation": "",
        "version": version,
        "multiObject": True,
        "ordered": False,
        "maturity": "GENERAL_AVAILABILITY",
        "allowedScopes": ["environment"],
        "enums": {},
        "types": {},
        **more,
    }
