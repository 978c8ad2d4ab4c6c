# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sample results of a run on a fleet: for each environment its variables and the result of the module."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

NOW = datetime(2026, 11, 23, 18, 52, tzinfo=timezone.utc)
NAMES = ("elasticsearch", "archive", "billing")
AUTHORS = ("anna.keller@example.com", "dynatrace-automation", "j.moreau@example.com", "ops-night-shift@example.com")
STAGES = ("production", "staging", "development")
KINDS = ("saas", "managed", "activegate")
TEAMS = ("shop", "search", "checkout", "accounts", "logistics", "media", "insights", "partner", "mobile", "search-api")
REGIONS = ("eu-west", "eu-north", "us-east", "us-west", "ap-south")
DECLARED: dict[str, dict[str, Any]] = {
    "elasticsearch": {
        "endpoint_definition": {
            "endpoint_url": "https://elastic.{stage}.example.com:9200/_bulk",
            "enable_user_session_export": True,
            "content_type": "application/x-ndjson",
            "use_post": True,
        },
        "authentication": {"active": True, "auth_type": "basic", "basic_auth": {"username": "dynatrace"}},
        "send_direct": {"active": True, "index_name": "user-sessions"},
        "export_behavior": {"disable_notification": False},
    },
    "archive": {
        "endpoint_definition": {
            "endpoint_url": "https://archive.example.com/sessions/{host}",
            "enable_user_session_export": True,
            "content_type": "application/json",
            "use_post": False,
        },
        "authentication": {
            "active": True,
            "auth_type": "oauth2",
            "oauth2": {
                "grant_type": "clientCredentials",
                "access_token_url": "https://login.example.com/oauth2/token",
                "client_id": "dynatrace",
                "send_credentials": "header",
            },
        },
        "send_direct": {"active": False},
        "export_behavior": {"management_zone": "Shop", "disable_notification": True},
    },
    "billing": {
        "endpoint_definition": {
            "endpoint_url": "https://billing.example.com/in",
            "enable_user_session_export": False,
            "content_type": "application/json",
            "use_post": False,
        },
        "authentication": {"active": False},
        "send_direct": {"active": False},
        "export_behavior": {"disable_notification": False},
    },
}
SECRETS = {"elasticsearch": "authentication.basic_auth.password", "archive": "authentication.oauth2.client_secret"}
FAILURES: tuple[dict[str, Any], ...] = (
    {
        "failed": True,
        "msg": "The token lacks the scope settings.read. Give it in the access tokens of the environment.",
        "status": 403,
    },
    {
        "failed": True,
        "msg": "No connection to dynatrace.example.com:443: no server listens there. Check environment_url.",
        "connection_failed": True,
    },
    {
        "failed": True,
        "msg": "2 problems in the input, nothing was sent:\n  exports[0].endpoint_definition.endpoint_url: must be an"
        " https URL\n  exports[1].authentication.basic_auth.username: is required",
        "problems": [
            {"path": "exports[0].endpoint_definition.endpoint_url", "message": "must be an https URL"},
            {"path": "exports[1].authentication.basic_auth.username", "message": "is required"},
        ],
    },
    {
        "failed": True,
        "msg": "Export 'archive': the API rejected the request to update it: endpointUrl: Given URL is not reachable."
        " Completed: update elasticsearch. Skipped: create billing. Run it again to complete the rest.",
        "status": 400,
        "completed_writes": [{"name": "elasticsearch", "action": "update"}],
        "failed_writes": [{"name": "archive", "action": "update"}],
        "skipped_writes": [{"name": "billing", "action": "create"}],
    },
    {"unreachable": True, "msg": "Failed to connect to the host"},
)


def export(name: str, host: str, stage: str, chance: random.Random, edit: str = "") -> tuple[dict[str, Any], Any]:
    """Return an item of ``exports`` and its part of ``diff``."""
    value: dict[str, Any] = {"name": name, **{key: dict(child) for key, child in DECLARED[name].items()}}
    value["endpoint_definition"]["endpoint_url"] = DECLARED[name]["endpoint_definition"]["endpoint_url"].format(
        stage=stage, host=host
    )
    secrets = [SECRETS[name]] if name in SECRETS else []
    reason = "update_secrets is with_updates, so the stored secret is kept"
    item: dict[str, Any] = {
        "name": name,
        "operation": "unchanged",
        "object_id": f"vu9U3hXa3q0AAAABAC9idWlsdGluOmVsYXN0aWNzZWFyY2gudXNlci1zZXNzaW9uLWV4cG9y{chance.random():.12f}",
        "changed_properties": [],
        "secrets": [{"path": path, "state": "kept", "reason": reason} for path in secrets],
        "external_id_state": "kept",
        "notes": [],
        "ignored_options": [],
        "unknown_properties": [],
        "last_modified": int(NOW.timestamp() * 1000) - chance.randrange(3600_000, 90 * 86400_000),
        "last_author": chance.choice(AUTHORS),
        "value": value,
    }
    after: Any = {"name": name, **{key: child for key, child in value.items() if key != "name"}}
    before: Any = {key: dict(child) if isinstance(child, dict) else child for key, child in after.items()}
    if edit == "created":
        item.update(operation="created", object_id=None, last_modified=None, last_author=None)
        before = ""
    elif edit == "deleted":
        item.update(operation="deleted", value=None, notes=["pruned, because it is not declared"], secrets=[])
        after = ""
    elif edit == "disabled":
        before["endpoint_definition"]["enable_user_session_export"] = not value["endpoint_definition"][
            "enable_user_session_export"
        ]
        item.update(operation="updated", changed_properties=["endpoint_definition.enable_user_session_export"])
    elif edit == "order_change":
        before["endpoint_definition"]["endpoint_url"] = "https://old.example.com/sessions?version=1"
        before["export_behavior"]["disable_notification"] = not value["export_behavior"]["disable_notification"]
        item.update(
            operation="updated",
            changed_properties=["endpoint_definition.endpoint_url", "export_behavior.disable_notification"],
        )
    if item["operation"] == "unchanged":
        return item, None
    about = {key: item[key] for key in ("name", "operation")}
    return item, {**about, "before": before, "after": after}


def outcome(host: str, stage: str, chance: random.Random, kind: str) -> dict[str, Any] | None:
    """Return a result of the module of the kind ``unchanged``, ``drift``, ``failed``, or ``missing``."""
    if kind == "missing":
        return None
    if kind == "failed":
        return dict(chance.choice(FAILURES))
    edits = dict.fromkeys(NAMES[: chance.choice((2, 3, 3))], "")
    if kind == "drift":
        for name in chance.sample(sorted(edits), chance.choice((1, 1, 2))):
            edits[name] = chance.choice(("disabled", "order_change", "created", "disabled"))
        if chance.random() < 0.15 and len(edits) == 2:
            edits["billing"] = "deleted"
    pairs = [export(name, host, stage, chance, edit) for name, edit in edits.items()]
    by_hand = ["by-hand.example.net"] if len(edits) == 2 and chance.random() < 0.5 else []
    used = len(edits) + len(by_hand)
    return {
        "changed": kind == "drift",
        "exports": [item for item, _diff in pairs],
        "unmanaged_objects": [{"name": name} for name in by_hand],
        "slots": {"used": used, "free": 3 - used, "maximum": 3},
        "plan_digest": f"1:{chance.getrandbits(128):032x}",
        "notes": [],
        "warnings": ["elasticsearch exists twice"] if chance.random() < 0.02 else [],
        "diff": [diff for _item, diff in pairs if diff],
        "failed": False,
    }


def fleet(count: int, seed: int = 7) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return the variables and the result of each environment. Even small fleets contain every state."""
    chance = random.Random(seed)
    kinds = ["drift", "unchanged", "failed", "unchanged", "missing"]
    more = ["unchanged"] * 84 + ["drift"] * 11 + ["failed"] * 3 + ["missing"] * 2
    for number in range(count):
        team, region = TEAMS[number % len(TEAMS)], REGIONS[number // len(TEAMS) % len(REGIONS)]
        stage = STAGES[number % 3 if count < 10 else min(int(chance.expovariate(0.8)), 2)]
        host = f"{team}-{region}-{stage}" if count < 10 else f"{team}-{region}-{number // 50 + 1:02}-{stage}"
        kind = KINDS[number % 3]
        address = f"https://{chance.getrandbits(32):08x}"[:16]
        url = {
            "saas": f"{address}.live.dynatrace.com",
            "managed": f"https://dynatrace.example.com/e/{chance.getrandbits(48):012x}",
            "activegate": f"https://activegate.{region}.example.com:9999/e/{chance.getrandbits(32):08x}",
        }[kind]
        about = {
            "host": host,
            "name": None,
            "id": url.removeprefix("https://").split(".")[0] if kind == "saas" else url.rpartition("/")[2],
            "kind": kind,
            "url": url,
            "group": stage,
        }
        reported = outcome(host, stage, chance, kinds[number] if number < len(kinds) else chance.choice(more))
        if reported is not None and (number == 1 or chance.random() < 0.03):
            reported["token"] = {"missing_scopes": [], "expires": f"2026-12-{chance.randrange(1, 20):02}T00:00:00Z"}
        yield about, reported
