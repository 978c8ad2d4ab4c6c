# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a schema document, and what is understood of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.export_schema import EXPORTS, problems, small
from ansible_collections.community.dynatrace.tests.support.schemas import read


def test_each_is_read_whole(documents: tuple[dict[str, Any], ...], reference: Path) -> None:
    for index in range(len(documents)):
        schema = read(index, reference)
        listed = [
            line for line in schema.unchecked_constraints if "VALIDATOR_REF" not in line and "SECRET_RES" not in line
        ]
        assert all(line.startswith("all objects together: ") for line in listed), (schema.schema_id, listed)


class TestTolerance:
    """Servers are older and newer than any schema file."""

    def test_what_is_not_known_is_passed_over_and_listed(self) -> None:
        schema = small(
            {
                "new": {"type": "hologram", "constraints": [{"type": "SHINY"}]},
                "lost": {"type": {"$ref": "#/types/Missing"}},
                "odd": {"type": "text", "precondition": {"type": "FULL_MOON"}},
                "java": {"type": "text", "constraints": [{"type": "PATTERN", "pattern": "^\\p{Lu}++$"}]},
            }
        )
        assert problems({"new": {"any": [1]}, "lost": 5, "java": "x"}, schema) == {}
        assert problems({"new": 1, "lost": 1, "odd": "y", "java": "x"}, schema) == {}
        assert set(schema.unchecked_constraints) == {
            "new: type hologram",
            "new: SHINY",
            "lost: type of an unknown form",
            "odd: precondition of an unknown form",
            "java: PATTERN ^\\p{Lu}++$",
        }

    @pytest.mark.parametrize(
        "document", [{}, {"properties": None, "types": [], "constraints": 7}, {"properties": {"x": None}}]
    )
    def test_a_document_of_another_form_is_no_crash(self, document: dict[str, Any]) -> None:
        schema = Schema.from_document(document)
        assert schema.complete({}).value == {}
        assert schema.max_objects == 1

    def test_limits_of_a_schema(self) -> None:
        assert (EXPORTS.max_objects, EXPORTS.multi_object, EXPORTS.allowed_scopes) == (3, True, ("environment",))
        assert EXPORTS.schema_id == PUBLISHED["schemaId"] and EXPORTS.version == "0.0.15"
        assert small({}).max_objects is None
        assert Schema.from_document({"multiObject": False, "maxObjects": 5}).max_objects == 1

    def test_what_cannot_be_checked_here_is_listed(self) -> None:
        listed = "\n".join(EXPORTS.unchecked_constraints)
        assert "userSessionExportSettingsV2Validator" in listed and "exportBulkSize" in listed
        assert "urlHttpsValidator" not in listed  # known: what it checks
        assert "urlHttpsValidator" in "\n".join(Schema.from_document(PUBLISHED).unchecked_constraints)

    def test_preconditions_that_go_round_in_a_circle_end(self) -> None:
        def when(name: str) -> dict[str, Any]:
            return {"type": "EQUALS", "property": name, "expectedValue": "on"}

        text = {"type": "text", "nullable": True}
        schema = small({"a": {**text, "precondition": when("b")}, "b": {**text, "precondition": when("a")}})
        assert schema.complete({"a": "on", "b": "on"}).value == {"a": "on", "b": "on"}
        assert schema.complete({"a": "x", "b": "on"}).value == {"a": "x"}
        assert problems({"a": "on", "b": "on"}, schema) == {}

    def test_a_precondition_may_look_into_a_sibling(self) -> None:
        types = {"Mode": {"properties": {"kind": {"type": "text", "nullable": False, "default": "plain"}}}}
        condition = {"type": "EQUALS", "property": "mode/kind", "expectedValue": "fancy"}
        schema = small(
            {"mode": {"type": {"$ref": "#/types/Mode"}}, "extra": {"type": "text", "precondition": condition}},
            types=types,
        )
        assert schema.complete({"mode": {"kind": "plain"}, "extra": "x"}).ignored == (("extra",),)
        assert problems({"mode": {"kind": "fancy"}}, schema) == {"extra": ["is required if mode/kind is fancy"]}
