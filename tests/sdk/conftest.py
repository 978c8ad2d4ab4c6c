# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator that the clients talk to, and where the clients are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

ORDERED: dict[str, Any] = {
    "schemaId": "builtin:sdk.rules",
    "version": "1.0.0",
    "dynatrace": "1",
    "displayName": "Rules",
    "description": "",
    "documentation": "",
    "maturity": "GENERAL_AVAILABILITY",
    "allowedScopes": ["environment"],
    "multiObject": True,
    "maxObjects": 100,
    "ordered": True,
    "ownerBasedAccessControl": True,
    "enums": {},
    "types": {},
    "properties": {
        "name": {"type": "text", "displayName": "Name", "nullable": False, "maxObjects": 1},
        "token": {"type": "secret", "displayName": "Token", "nullable": True, "maxObjects": 1},
        "tags": {
            "type": "set",
            "displayName": "Tags",
            "nullable": False,
            "minObjects": 0,
            "maxObjects": 10,
            "items": {"type": "text"},
        },
    },
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    platform = {
        "platform": True,
        "owner": "ann@example.com",
        "scopes": [
            "settings:objects:read",
            "settings:objects:write",
            "settings:schemas:read",
            "settings:objects:admin",
        ],
    }
    tokens = {"full": {}, "platform": platform, "nothing": {**platform, "scopes": []}}
    environment = {"tokens": tokens, "schema_overrides": [ORDERED]}
    with Simulator(config={"environments": {"abc12345": environment}}) as running:
        yield running


@pytest.fixture
def node_packages() -> Path:
    """The folder with the JavaScript client."""
    return Path(_named("SDK_NODE_PACKAGES", "the JavaScript client"))


@pytest.fixture
def sdk_python() -> str:
    """The Python that has Dynatrace's Python client."""
    return _named("SDK_PYTHON", "the Python client")


def _named(variable: str, what: str) -> str:
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} does not name where {what} is: run make sdk")
    return found
