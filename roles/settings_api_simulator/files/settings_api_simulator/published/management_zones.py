# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``builtin:management-zones``, as much of it as exports need: a name, a description, rules.

The real schema has hundreds of rule attributes; load it with ``--schema`` where they matter.
"""

from __future__ import annotations

from typing import Any

from .parts import NOT_BLANK, enum, group, prop, top

SCHEMA_ID = "builtin:management-zones"


def schema() -> dict[str, Any]:
    name = prop("text", "Name", NOT_BLANK, {"type": "LENGTH", "minLength": 1, "maxLength": 200}, default="")
    description = prop("text", "Description", {"type": "LENGTH", "maxLength": 500}, nullable=True)
    rules = prop(
        "list",
        "Rules",
        default=[],
        minObjects=0,
        items={"type": {"$ref": "#/types/Rule"}, "displayName": "", "description": "", "documentation": ""},
    )
    rules["maxObjects"] = 1000
    return top(
        SCHEMA_ID,
        "Management zones",
        "1.0.10",
        maxObjects=10000,
        schemaConstraints=[{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        enums={"RuleType": enum("Rule type", ME="Monitored entity", DIMENSION="Dimension", SELECTOR="Entity selector")},
        types={
            "Rule": group(
                "Rule",
                enabled=prop("boolean", "Enabled", default=True),
                type=prop("enums/RuleType", "Rule type", default="ME"),
                entitySelector=prop(
                    "text",
                    "Entity selector",
                    NOT_BLANK,
                    precondition={"type": "EQUALS", "property": "type", "expectedValue": "SELECTOR"},
                ),
            )
        },
        properties={"name": name, "description": description, "rules": rules},
    )
