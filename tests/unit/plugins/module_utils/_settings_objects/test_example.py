# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest valid declaration of a schema, as YAML."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.example import render_example

TEXT = {"type": "text", "nullable": False}


def document(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schemaId": "builtin:small", "version": "1", "multiObject": True, "properties": properties, **more}


def test_the_published_schema_has_an_example_with_placeholders_for_its_secrets() -> None:
    schema = Schema.from_document(PUBLISHED)
    example = yaml.safe_load(render_example(PUBLISHED, schema))
    (declared,) = example["objects"]
    assert example["schema_id"] == PUBLISHED["schemaId"] and "scope" not in example
    assert not schema.problems(schema.complete(declared["value"]).value)


def test_a_secret_and_another_scope_are_in_the_example() -> None:
    small = document({"api": {**TEXT}, "apiToken": {"type": "secret", "nullable": False}}, allowedScopes=["HOST"])
    example = yaml.safe_load(render_example(small, Schema.from_document(small)))
    assert example["scope"] == "HOST-0123456789ABCDEF"
    assert example["objects"][0]["secrets"] == [{"path": "apiToken", "value": "{{ vault_api_token }}"}]


def test_what_the_schema_says_never_becomes_a_template() -> None:
    hostile = "{{ lookup('pipe', 'id') }}"
    small = document(
        {
            "name": {**TEXT, "metadata": {"placeholder": hostile}},
            "kind": {"type": {"$ref": "#/enums/Kind"}, "nullable": False},
        },
        enums={"Kind": {"items": [{"value": hostile}, {"value": "B"}]}},
    )
    text = render_example(small, Schema.from_document(small))
    assert "lookup" not in text and "kind: B" in text


def test_where_no_value_can_be_made_up_a_comment_says_so() -> None:
    never = {"type": "PATTERN", "pattern": "^only-this-one$", "customMessage": "Wrong."}
    small = document({"name": {**TEXT, "constraints": [never]}})
    text = render_example(small, Schema.from_document(small))
    assert text.startswith("# Replace name: no valid value could be generated for it.\n")
    assert yaml.safe_load(text)["schema_id"] == "builtin:small"
