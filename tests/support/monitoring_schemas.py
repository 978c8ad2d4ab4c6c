# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas of what a monitored fleet usually has, reduced to what tests need, for the simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from settings_api_simulator.published.parts import NOT_BLANK, enum, equals, group, prop, top

ZONES = "builtin:management-zones"
PROFILES = "builtin:alerting.profile"
NOTIFICATIONS = "builtin:problem.notifications"
WINDOWS = "builtin:alerting.maintenance-window"
OBJECTIVES = "builtin:monitoring.slo"
REQUEST_NAMES = "builtin:request-naming"


def _listed(kind: str, title: str, most: int = 100) -> dict[str, Any]:
    items = {"type": {"$ref": f"#/{kind}"} if "/" in kind else kind, "displayName": "", "description": ""}
    return prop("list", title, default=[], minObjects=0, items={**items, "documentation": ""}) | {"maxObjects": most}


def _zone(title: str) -> dict[str, Any]:
    return prop("setting", title, referencedType=ZONES) | {"nullable": True}


def documents() -> list[dict[str, Any]]:
    """The schema documents."""
    severities = enum("Problem severity", AVAILABILITY="Availability", ERRORS="Error", PERFORMANCE="Slowdown")
    rule = group(
        "Severity rule",
        severityLevel=prop("enums/Severity", "Problem severity"),
        delayInMinutes=prop("integer", "Delay", {"type": "RANGE", "minimum": 0, "maximum": 10000}, default=0),
    )
    profiles = top(
        PROFILES,
        "Alerting profiles",
        "8.6",
        maxObjects=1000,
        # A notification that uses the profile keeps it from being deleted.
        deletionConstraints=[{"type": "REFERENTIAL_INTEGRITY", "schemaIds": [NOTIFICATIONS]}],
        enums={"Severity": severities},
        types={"SeverityRule": rule},
        properties={
            "name": prop("text", "Name", NOT_BLANK),
            "managementZone": _zone("Management zone"),
            "severityRules": _listed("types/SeverityRule", "Severity rules"),
        },
    )
    header = group(
        "Header",
        name=prop("text", "Name", NOT_BLANK),
        secret=prop("boolean", "Secret", default=False),
        secretValue=prop("secret", "Value", precondition=equals("secret", True)),
        value=prop("text", "Value", precondition=equals("secret", False)),
    )
    hook = group(
        "Webhook", url=prop("text", "URL", NOT_BLANK), payload=prop("text", "Payload", NOT_BLANK),
        headers=_listed("types/Header", "Headers"),
    )  # fmt: skip
    notifications = top(
        NOTIFICATIONS,
        "Problem notifications",
        "1.7",
        maxObjects=1000,
        types={"Header": header, "WebHook": hook},
        properties={
            "enabled": prop("boolean", "Enabled", default=True),
            "displayName": prop("text", "Display name", NOT_BLANK),
            "alertingProfile": prop("setting", "Alerting profile", referencedType=PROFILES),
            "webHookNotification": prop("types/WebHook", "Webhook"),
        },
    )
    windows = top(
        WINDOWS,
        "Maintenance windows",
        "2.14",
        maxObjects=2500,
        types={
            "General": group("General", name=prop("text", "Name", NOT_BLANK)),
            "Filter": group("Filter", managementZones=_listed("text", "Management zones")),
        },
        properties={
            "enabled": prop("boolean", "Enabled", default=True),
            "generalProperties": prop("types/General", "General"),
            "start": prop("local_time", "Start", default="02:00:00"),
            "filters": _listed("types/Filter", "Filters"),
        },
    )
    objectives = top(
        OBJECTIVES,
        "Service-level objectives",
        "6.0.14",
        maxObjects=6000,
        schemaConstraints=[{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        properties={
            "name": prop("text", "Name", NOT_BLANK),
            "metricExpression": prop("text", "Metric expression", NOT_BLANK),
            "filter": prop("text", "Filter", default=""),
            "targetSuccess": prop("float", "Target", {"type": "RANGE", "minimum": 0, "maximum": 100}, default=95.0),
        },
    )
    request_names = top(
        REQUEST_NAMES,
        "Request naming rules",
        "1.2",
        ordered=True,
        maxObjects=500,
        properties={
            "enabled": prop("boolean", "Enabled", default=True),
            "namingPattern": prop("text", "Naming pattern", NOT_BLANK),
            "managementZone": _zone("Management zone"),
        },
    )
    return [profiles, notifications, windows, objectives, request_names]


def write(folder: Path) -> Path:
    """Write the documents to a new folder, which the simulator reads."""
    folder.mkdir(parents=True)
    for document in documents():
        (folder / f"{document['schemaId'].replace(':', '__')}.json").write_text(json.dumps(document))
    return folder
