# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema that the collection carries says the same as the one that Dynatrace published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import (
    PUBLISHED,
    SCHEMA_ID,
)

# The rest of a document is text for a user interface.
LIMITS = ("dynatrace", "schemaId", "version", "allowedScopes", "multiObject", "maxObjects", "ordered", "constraints")
RULES = (
    "type", "nullable", "default", "constraints", "precondition", "maxObjects", "subType", "referencedType", "items"
)  # fmt: skip


def rules(kind: dict[str, Any]) -> dict[str, Any]:
    """The properties of a type, and whatever else a type may demand."""
    properties = {name: {key: prop[key] for key in RULES if key in prop} for name, prop in kind["properties"].items()}
    return {"properties": properties, "constraints": kind.get("constraints", [])}


def meaning(document: dict[str, Any]) -> dict[str, Any]:
    """What a schema document says about values."""
    return {
        "limits": {key: document.get(key) for key in LIMITS},
        "overall": document.get("schemaConstraints", []),
        "types": {name: rules(kind) for name, kind in {"": document, **document["types"]}.items()},
        "enums": {name: [item["value"] for item in enum["items"]] for name, enum in document["enums"].items()},
    }


def test_it_does_not_drift(reference: Path) -> None:
    published = json.loads((reference / "user-session-export-settings-v2.schema.json").read_text())
    ours, theirs = meaning(PUBLISHED), meaning(published)
    for name, kind in theirs["types"].items():
        for prop, expected in kind["properties"].items():
            assert ours["types"][name]["properties"][prop] == expected, f"{name}.{prop}"
    assert ours == theirs
    assert PUBLISHED["schemaId"] == SCHEMA_ID


def test_the_comparison_would_see_a_drift(reference: Path) -> None:
    published = json.loads((reference / "user-session-export-settings-v2.schema.json").read_text())
    published["types"]["SendDirect"]["properties"]["indexName"]["constraints"][0]["maxLength"] = 501
    assert meaning(PUBLISHED) != meaning(published)
