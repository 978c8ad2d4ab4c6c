# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published schema of session exports and small schemas, for tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.published_schema import PUBLISHED
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

HTTPS_ONLY = {"urlHttpsValidator": ("^https://", "https_url")}
EXPORTS = Schema.from_document(PUBLISHED, known_validators=HTTPS_ONLY)
URL = ("endpointDefinition", "endpointUrl")
PASSWORD = ("authentication", "basicAuth", "password")
CLIENT_SECRET = ("authentication", "oAuth2", "clientSecret")


def with_basic(**auth: Any) -> dict[str, Any]:
    return {
        "endpointDefinition": {"endpointUrl": "https://sink.example/"},
        "authentication": {"active": True, "basicAuth": {"username": "dynatrace", **auth}},
    }


def problems(value: Any, schema: Schema = EXPORTS, **how: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, problem in schema.problems(schema.complete(value).value, **how):
        found.setdefault(".".join(map(str, path)), []).append(text_of(problem))
    return found


def small(properties: dict[str, Any], **more: Any) -> Schema:
    """A schema made for one question."""
    full = {name: {"nullable": False, **prop} for name, prop in properties.items()}
    return Schema.from_document({"schemaId": "test", "version": "1", "multiObject": True, "properties": full, **more})
