# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that is hostile in every field, and all the modules that are not about user session exports.

The checks of an environment, schemas, settings of any schema, and their history: each module ends with a result or with
one clear error, and no sentence of it has a secret or a control character, which a terminal would obey.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _runner
from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._environment_check.module import CHECK
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import (
    HISTORY,
    READ,
    RESTORE,
    SCHEMA,
    WRITE,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import SETTINGS
from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG
from ansible_collections.community.dynatrace.tests.fault_injection.test_hostile_servers import (
    OF_TOKEN,
    PASSWORD,
    TOKEN,
    Answer,
    hostile_values,
    judge,
    places,
    replaced,
    sentences,
    serving,
)
from ansible_collections.community.dynatrace.tests.support.counters import Ledger

SCHEMAS = Path(__file__).resolve().parents[1] / "reference" / "schemas"
SCHEMA_ID = "app:example.tickets:connection"
DOCUMENT = json.loads((SCHEMAS / "app__example.tickets__connection.json").read_text(encoding="utf-8"))
VALUE = {"name": "tickets", "url": "https://tickets.example.com", "method": "login", "login": {"user": "u"}}
OBJECT = {
    "objectId": "vu9U3hXa3q0AAAABADFidWlsdGlu",
    "schemaId": SCHEMA_ID,
    "schemaVersion": DOCUMENT.get("version", "1"),
    "scope": "environment",
    "externalId": f"community.dynatrace:1:{SCHEMA_ID}/tickets/",
    "updateToken": "token-of-the-update",
    "modified": 1795530636062,
    "author": "jane.doe@example.com",
    "value": {**VALUE, "login": {"user": "u", "password": "***123***"}},
}
REVISION = {
    "revision": "1",
    "objectId": OBJECT["objectId"],
    "type": "UPDATE",
    "schemaVersion": "1",
    "modificationInfo": {"lastModifiedBy": "jane", "lastModifiedTime": "2026-11-25T10:00:00Z"},
    "source": "UI",
    "jsonBefore": json.dumps(VALUE),
    "jsonAfter": json.dumps({**VALUE, "url": "https://new.example.com"}),
}
GOOD: dict[str, Any] = {
    "/settings/schemas/": DOCUMENT,
    "/settings/schemas?": {"items": [{"schemaId": SCHEMA_ID, "displayName": "Tickets", "latestSchemaVersion": "1"}]},
    "/settings/objects": {"items": [OBJECT], "totalCount": 1, "pageSize": 500},
    "/settings/history": {"items": [REVISION], "totalCount": 1, "pageSize": 500},
    "/apiTokens/lookup": {"id": "a", "scopes": ["settings.read"], "expirationDate": "2027-01-01T00:00:00Z"},
    "/settings/effective-permissions": [{"permission": "settings:objects:read", "granted": "false"}],
}
DECLARED = {"name": "tickets", "value": VALUE, "secrets": [{"path": "login.password", "value": PASSWORD}]}
RUNS: dict[str, tuple[ModuleDefinition, dict[str, Any], tuple[str, ...]]] = {
    "environment_check": (
        CHECK,
        {"schema_ids": [SCHEMA_ID, "builtin:missing"], "fail_on_error": False},
        ("/settings/schemas?", "/apiTokens/lookup"),
    ),
    "settings_schema_info": (SCHEMA, {"schema_id": SCHEMA_ID, "include": ["json_schema"]}, ("/settings/schemas/",)),
    "settings_schema_info, all": (SCHEMA, {}, ("/settings/schemas?",)),
    "settings_objects_info": (
        READ,
        {"schema_id": SCHEMA_ID, "scope": "environment"},
        ("/settings/schemas/", "/settings/objects"),
    ),
    "settings_objects": (
        WRITE,
        {"schema_id": SCHEMA_ID, "scope": "environment", "objects": [DECLARED], "server_validation": False},
        ("/settings/schemas/", "/settings/objects"),
    ),
    "settings": (
        SETTINGS,
        {
            "declarations": [{"schema_id": SCHEMA_ID, "scope": "environment", "objects": [DECLARED]}],
            "server_validation": False,
        },
        ("/settings/schemas?", "/settings/schemas/", "/settings/objects"),
    ),
    "settings_history_info": (
        HISTORY,
        {"schema_id": SCHEMA_ID, "scope": "environment", "start": "365d"},
        ("/settings/history", "/settings/schemas/"),
    ),
    "settings_restore": (
        RESTORE,
        {"schema_id": SCHEMA_ID, "scope": "environment", "as_of": "300d", "skip_not_restorable": True},
        ("/settings/history", "/settings/objects"),
    ),
}


def run(entry: ModuleDefinition, url: str, options: dict[str, Any]) -> dict[str, Any]:
    spec = {**entry.options, **CONNECTION_OPTIONS}
    params = {name: option.get("default") for name, option in spec.items()}
    params |= {"environment_url": url, "api_token": TOKEN, "retry_timeout": 0.0, "timeout": 5.0, **options}
    outcome = _runner.perform(entry, spec, params, False)
    if isinstance(outcome, _runner.Failure):
        return {"msg": outcome.message, **outcome.kept()}
    return outcome


def answering(body_of: Callable[[str], Any]) -> Callable[[str, bytes], Answer]:
    def answers(what: str, _sent: bytes) -> Answer:
        if what.startswith(("PUT", "DELETE")) or (what.startswith("POST") and "/settings/objects" in what):
            return 200, [{"code": 200, "objectId": "made"}]
        path = next((part for part in GOOD if part in what), "")
        return (200, body_of(path)) if path else (404, {"error": {"code": 404, "message": "no"}})

    return answers


@pytest.mark.parametrize("module", RUNS)
def test_a_good_server_is_no_error(module: str) -> None:
    """Else the hostile answers below would never be reached."""
    entry, options, _paths = RUNS[module]
    with serving(answering(lambda path: GOOD[path])) as url:
        outcome = run(entry, url, options)
    assert "changed" in outcome and not outcome.get("problems"), outcome


@pytest.mark.parametrize("module", RUNS)
def test_every_field_of_every_answer_is_hostile(module: str, ledger: Ledger, tmp_path: Path) -> None:
    entry, options, paths = RUNS[module]
    bad = hostile_values(tmp_path)
    cases = [(path, place, value) for path in paths for place in places(GOOD[path]) for value in bad]
    step = 3 if LONG else max(1, len(cases) // 40) | 1
    current: dict[str, Any] = {}
    with serving(answering(lambda path: current.get(path, GOOD[path]))) as url:
        for path, place, value in cases[::step]:
            current.clear()
            current[path] = replaced(GOOD[path], place, value)
            about = (module, path, place, str(value)[:60])
            outcome = run(entry, url, options)
            known = (*OF_TOKEN, PASSWORD)
            judge(ledger, json.dumps(outcome, default=str), tmp_path, set(), about, known)


def test_no_message_has_a_control_character() -> None:
    """Whatever text of a server gets into it: an unknown schema, and a revision that cannot be restored."""
    odd = "\x1b]0;title\x07\u202e\x9b31m"

    def answers(what: str, _sent: bytes) -> Answer:
        if "/settings/history" in what:
            return 200, {"items": [{**REVISION, "schemaVersion": odd}]}
        return answering(lambda path: GOOD[path])(what, b"")

    with serving(answers) as url:
        outcome = run(RESTORE, url, {"schema_id": SCHEMA_ID, "scope": "environment", "as_of": "300d"})
    assert "cannot be restored" in outcome["msg"]
    assert outcome["msg"].replace("\n", "").isprintable()


@pytest.mark.parametrize("module", RUNS)
def test_every_answer_repeats_the_credentials(module: str, ledger: Ledger, tmp_path: Path) -> None:
    """In each text of it, one at a time."""
    entry, options, paths = RUNS[module]
    cases = [
        (path, place, secret)
        for path in paths
        for place in places(GOOD[path])
        # A module that reads knows no declared secret.
        for secret in ((TOKEN, PASSWORD) if entry in (WRITE, SETTINGS) else (TOKEN,))
        if place and isinstance(place[-1], str)
    ]
    current: dict[str, Any] = {}
    with serving(answering(lambda path: current.get(path, GOOD[path]))) as url:
        for path, place, secret in cases if LONG else cases[:: max(1, len(cases) // 60) | 1]:
            current.clear()
            current[path] = replaced(GOOD[path], place, f"it is {secret}")
            said = "\n".join(sentences(run(entry, url, options)))
            ledger.count("responses tried")
            ledger.check("secret in a sentence", secret not in said, module, path, place, said[:500])
