# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plays of the benchmark, each for two sets of values: the second differs from the first in every export."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, export_value

NAMES = ("elasticsearch", "archive", "billing")
TURNS = (False, True)
VALUES = [
    {name: export_value(f"https://{name}.example.com/", exportBehavior={"disableNotification": turn}) for name in NAMES}
    for turn in TURNS
]
SLOTS = [
    [
        {
            "name": name,
            "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"},
            "export_behavior": {"disable_notification": turn},
        }
        for name in NAMES
    ]
    for turn in TURNS
]
HEADERS = {"Authorization": "Api-Token {{ token }}"}
OBJECTS = "{{ url }}/api/v2/settings/objects"
BARE = {"name": "Bare", "ansible.builtin.debug": {"msg": "Nothing."}}


def play(**content: Any) -> dict[str, Any]:
    """A play for all environments."""
    return {"name": "Bench", "hosts": "all", "gather_facts": False, **content}


def module(turn: int) -> dict[str, Any]:
    """One task."""
    arguments = {"environment_url": "{{ url }}", "api_token": "{{ token }}", "exports": SLOTS[turn]}
    return play(tasks=[{"name": "Converge", "community.dynatrace.user_session_exports": arguments}])


def role(turn: int) -> dict[str, Any]:
    """The role."""
    return play(
        roles=[{"role": "community.dynatrace.user_session_exports"}],
        vars={
            "dynatrace_environment_url": "{{ url }}",
            "dynatrace_api_token": "{{ token }}",
            "user_session_exports_slots": SLOTS[turn],
        },
    )


def fleet(turn: int, mode: str) -> dict[str, Any]:
    """All environments in one task, with a report."""
    arguments = {"mode": mode, "report_directory": "report", "return_results": "none"}
    return play(
        tasks=[{"name": "Converge", "community.dynatrace.fleet": arguments}],
        vars={
            "dynatrace_environment_url": "{{ url }}",
            "dynatrace_api_token": "{{ token }}",
            "user_session_exports_slots": SLOTS[turn],
        },
    )


def by_hand(turn: int) -> dict[str, Any]:
    """What one would write with ``ansible.builtin.uri``."""
    found = "read.json['items'] | items2dict(key_name='externalId', value_name="
    create = [
        {
            "schemaId": EXPORT_SCHEMA,
            "scope": "environment",
            "externalId": "{{ item }}",
            "value": "{{ values[item] }}",
        }
    ]
    common = {"headers": HEADERS, "body_format": "json"}
    update = {"value": "{{ values[item] }}", "updateToken": "{{ tokens[item] }}"}
    asked = f"schemaIds={EXPORT_SCHEMA}&scopes=environment&fields=objectId,value,updateToken,externalId"
    return play(
        vars={
            "values": VALUES[turn],
            "found": "{{ " + found + "'value') }}",
            "tokens": "{{ " + found + "'updateToken') }}",
            "ids": "{{ " + found + "'objectId') }}",
        },
        tasks=[
            {
                "name": "Read",
                "ansible.builtin.uri": {"url": f"{OBJECTS}?{asked}", "headers": HEADERS},
                "register": "read",
            },
            {
                "name": "Create",
                "ansible.builtin.uri": {"url": OBJECTS, "method": "POST", "body": create, **common},
                "loop": "{{ values | dict2items | map(attribute='key') | difference(found.keys()) }}",
                "changed_when": True,
                "no_log": True,
            },
            {
                "name": "Update",
                "ansible.builtin.uri": {"url": OBJECTS + "/{{ ids[item] }}", "method": "PUT", "body": update, **common},
                "loop": "{{ values | dict2items | map(attribute='key') | intersect(found.keys()) }}",
                "when": "found[item] != values[item]",
                "changed_when": True,
                "no_log": True,
            },
        ],
    )


PLAYS: dict[str, list[dict[str, Any]]] = {
    "bare": [play(tasks=[BARE])] * 2,
    "bare2": [play(tasks=[BARE, BARE])] * 2,
    "module": [module(0), module(1)],
    "audit": [fleet(0, "audit"), fleet(1, "audit")],
    "fleet": [fleet(0, "configure"), fleet(1, "configure")],
    "forked": [module(0), module(1)],
    "role": [role(0), role(1)],
    "by hand": [by_hand(0), by_hand(1)],
}
# Playbooks of the collection by name, with extra variables. Looking up tokens is another request for each environment.
PLAYBOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "playbook": ("community.dynatrace.audit", {"dynatrace_check_tokens": False}),
}
