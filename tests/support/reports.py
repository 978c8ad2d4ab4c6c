# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of hosts and reports of them, for tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    build,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import environment
from ansible_collections.community.dynatrace.tests.support.fleet import NOW


def item(name: str = "archive", operation: str = "unchanged", **more: Any) -> dict[str, Any]:
    endpoint = {"endpoint_url": f"https://{name}.example.com/in", "enable_user_session_export": True, "use_post": False}
    value = {"name": name, "endpoint_definition": endpoint, "authentication": {"active": False}}
    return {"name": name, "operation": operation, "value": value, **more}


def environment_of(outcome: object, host: str = "one", *, dry: bool = True, **about: Any) -> dict[str, Any]:
    return environment({"host": host, **about}, outcome, dry=dry, now=NOW)


def report(*environments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build(environments, **{"title": "Exports", "mode": "audit", "dry": True, "now": NOW, **more})


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314


def drifted(changed: list[str], before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The result of an environment in which one export differs."""
    found = item(operation="updated", changed_properties=changed, object_id="id", **more)
    part = {"name": "archive", "operation": "updated", "before": before, "after": after}
    return {"changed": True, "exports": [found], "diff": [part]}


ENABLED = "endpoint_definition.enable_user_session_export"


PASSWORD = "authentication.basic_auth.password"


def sides(running: bool, password: str) -> dict[str, Any]:
    endpoint = {"enable_user_session_export": running}
    return {"endpoint_definition": endpoint, "authentication": {"basic_auth": {"password": password}}}
