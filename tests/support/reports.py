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


def told(outcome: object, host: str = "one", *, dry: bool = True, **about: Any) -> dict[str, Any]:
    return environment({"host": host, **about}, outcome, dry=dry, now=NOW)


def report(*environments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build(environments, **{"title": "Exports", "mode": "audit", "dry": True, "now": NOW, **more})


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314
