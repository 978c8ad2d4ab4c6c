# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Indices that the module prepares on a server of the tests."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index import module as index_module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    World,
)

NAME = "user-sessions"


def prepare_index(world: World, *exports: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module, of a failure too; never a word of a secret in it."""
    params = {"exports": list(exports), "state": "present", "timeout": 5.0, "ca_path": world.ca_path, **options}
    ready, problems = index_module.check(params)
    assert not problems, problems
    try:
        result = index_module.work(None, ready, params, check_mode)
    except module.EndpointCheckFailed as error:
        result = {**error.details, "msg": error.message}
    assert "canary" not in json.dumps(result)
    return result


def only_index(result: dict[str, Any]) -> dict[str, Any]:
    (index,) = result["indices"]
    return dict(index)


def codes_of_index(result: dict[str, Any]) -> list[str]:
    """What was found, but for what is as it should be."""
    return [found["code"] for found in only_index(result)["findings"] if found["severity"] != "ok"]


def index_of_fields(properties: Mapping[str, Any], **mapping: Any) -> dict[str, Any]:
    return {"aliases": {}, "mappings": {"properties": copy.deepcopy(dict(properties)), **mapping}, "settings": {}}


def field_at(mapping: Mapping[str, Any], path: str) -> dict[str, Any]:
    node: Any = mapping
    for name in path.split("."):
        node = node["properties"][name]
    return dict(node)
