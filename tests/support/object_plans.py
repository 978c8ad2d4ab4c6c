# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of a small schema declared against the model server."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Converged,
    Options,
    converge,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    declare,
)
from ansible_collections.community.dynatrace.tests.support.model_server import ModelServer

MASK = "***457***"


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: masked(child) for key, child in value.items()}
    if isinstance(value, list):
        return [masked(child) for child in value]
    return MASK if str(value).startswith("plain") else value


def prop(kind: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "nullable": True, **more}


def schema(*, types: dict[str, Any] | None = None, **properties: dict[str, Any]) -> Schema:
    """A small schema whose objects are distinguished by name."""
    named = {name: {"type": "object", "properties": node} for name, node in (types or {}).items()}
    return Schema.from_document(
        {
            "schemaId": "test:schema",
            "version": "1.0",
            "multiObject": True,
            "allowedScopes": ["environment"],
            "properties": {"name": prop("text", nullable=False), **properties},
            "types": named,
            "enums": {},
            "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        }
    )


class MaskingServer(ModelServer):
    """Holds masks as they are seeded, and masks the secrets that are sent to it, which begin with "plain"."""

    def list(self) -> Any:
        return [
            Existing(key, masked(item["value"]), item["token"], item["externalId"])
            for key, item in self.objects.items()
        ]


def job_of_objects(rules: Schema, *objects: dict[str, Any], **policy: Any) -> Job:
    found = Rules.of(rules, None)
    declared = [DeclaredObject(one, f"objects[{index}]") for index, one in enumerate(objects)]
    wanted, problems = declare(declared, found)
    if problems:
        raise InvalidInput(problems)
    return Job(Target("test:schema"), found.domain(), Policy(**policy), lambda _existing: wanted)


def run_objects(server: ModelServer, rules: Schema, *objects: dict[str, Any], **policy: Any) -> Converged:
    return converge(server, job_of_objects(rules, *objects, **policy), Options())


def declared_object(value: dict[str, Any], *secrets: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"value": value, "secrets": [{"path": path, "value": secret} for path, secret in secrets], **more}


SECRET = schema(token=prop("secret"), color=prop("text"))


REQUIRED = schema(token=prop("secret", nullable=False), color=prop("text"))
