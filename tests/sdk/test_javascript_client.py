# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dynatrace's JavaScript client cannot tell the simulator from an environment, nor can the types of its answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.community.dynatrace.tests.sdk.conftest import ORDERED
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator, export_value

SCRIPT = Path(__file__).with_name("client.cjs")
SCHEMA = ORDERED["schemaId"]
OBJECTS, SCHEMAS = "SettingsObjectsClient", "SettingsSchemasClient"
PLATFORM = "/platform/classic/environment-api/v2"

# The name of a client, one of its methods, and the arguments.
Invocation = tuple[str, str, dict[str, Any]]
Invoke = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def invoke(simulator: Simulator, node_packages: Path) -> Invoke:
    """Calls methods of the client and gives what each returned or threw."""
    simulator.reset()

    def run(*calls: Invocation, token: str = "platform") -> list[dict[str, Any]]:
        order = {
            "folder": str(node_packages),
            "url": simulator.base_url,
            "authorization": f"Bearer {simulator.token(None, token)}",
            "calls": calls,
        }
        command = ["node", str(SCRIPT)]
        done = subprocess.run(
            command, input=json.dumps(order), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    return run


def item(name: str, **more: object) -> dict[str, Any]:
    return {"schemaId": SCHEMA, "scope": "environment", "value": {"name": name, "tags": []}, "externalId": name, **more}


def post(*items: dict[str, Any], **query: object) -> Invocation:
    return OBJECTS, "postSettingsObjects", {"body": list(items), **query}


def listed(**query: object) -> Invocation:
    return OBJECTS, "getSettingsObjects", query


def test_create_get_update_delete(invoke: Invoke) -> None:
    found = invoke(
        post(item("a", value={"name": "a", "token": "the secret"}), validateOnly=True),
        post(item("a", value={"name": "a", "token": "the secret"})),
        (OBJECTS, "getSettingsObjectByObjectId", {"objectId": "$1"}),
        (OBJECTS, "putSettingsObjectByObjectId", {"objectId": "$1", "body": {"value": {"name": "b", "tags": ["x"]}}}),
        listed(schemaIds=SCHEMA, fields="objectId,value,externalId,summary"),
        (OBJECTS, "deleteSettingsObjectByObjectId", {"objectId": "$1"}),
        listed(schemaIds=SCHEMA),
    )
    assert [one for one in found if "error" in one] == []
    validated, created, got, updated, one, deleted, none = (call["result"] for call in found)
    assert validated == [{"code": 200}]
    assert got["objectId"] == created[0]["objectId"] == updated["objectId"]
    assert got["value"]["name"] == "a" and got["value"]["tags"] == [] and "the secret" not in json.dumps(got)
    assert (got["resourceContext"]["operations"], got["owner"]["type"]) == (["read", "write", "delete"], "user")
    (changed,) = one["items"]
    assert (changed["externalId"], changed["summary"], changed["value"]) == ("a", "b", {"name": "b", "tags": ["x"]})
    assert deleted is None
    assert (none["items"], none["totalCount"]) == ([], 0)


def test_pages_filter_and_order(invoke: Invoke, simulator: Simulator) -> None:
    names = ["a", "b", "c"]
    _created, first = invoke(post(*(item(name) for name in names)), listed(schemaIds=SCHEMA, pageSize=2))
    page = first["result"]
    found = invoke(
        listed(nextPageKey=page["nextPageKey"]),
        listed(schemaIds=SCHEMA, fields="value", filter="value.name in ('a', 'c')", sort="-value.name"),
        post(item("c", insertAfter="")),
        listed(schemaIds=SCHEMA, scopes="environment", externalIds="b,c"),
    )
    assert [one for one in found if "error" in one] == []
    following, filtered, _moved, both = (call["result"] for call in found)
    pages = [[one["value"]["name"] for one in part["items"]] for part in (page, following)]
    assert pages == [["a", "b"], ["c"]] and page["totalCount"] == 3
    assert [one["value"]["name"] for one in filtered["items"]] == ["c", "a"]
    assert [one["value"]["name"] for one in both["items"]] == ["c", "b"]


def test_what_is_refused_is_reported_as_the_client_expects_it(invoke: Invoke) -> None:
    found = invoke(
        post(item("a"), item("b", value={"name": 5})),
        post(item("c", value={"name": 5})),
        (OBJECTS, "getSettingsObjectByObjectId", {"objectId": "no/such object?"}),
        (OBJECTS, "deleteSettingsObjectByObjectId", {"objectId": "no/such object?"}),
        (OBJECTS, "putSettingsObjectByObjectId", {"objectId": "nothing", "body": {"value": {}}}),
        listed(schemaIds="builtin:nothing"),
        listed(schemaIds=SCHEMA, filter="value.name ="),
        (SCHEMAS, "getSchemaDefinition", {"schemaId": "builtin:nothing"}),
    )
    assert [one["code"] for one in found[0]["result"]] == [200, 400]
    errors = [one["error"] for one in found[1:]]
    assert errors[0]["body"][0]["error"]["constraintViolations"][0]["message"] == "Must be of type text"
    for error, status in zip(errors[1:], (404, 404, 404, 404, 400, 404), strict=True):
        # The client could read the body: else it is an InvalidResponseError.
        assert error["body"]["error"]["code"] == status, error
        assert "nvalidResponse" not in error["type"]


def test_a_token_without_rights(invoke: Invoke) -> None:
    found = invoke(listed(schemaIds=SCHEMA), post(item("a")), token="nothing")
    assert [one["error"]["body"]["error"]["code"] for one in found] == [403, 403]


def test_schemas_effective_values_permissions_and_history(invoke: Invoke) -> None:
    every = {"scope": "environment"}
    everyone = {"accessor": {"type": "all-users"}, "permissions": ["r"]}
    asked = {"permission": "settings:objects:write", "context": {"schemaId": SCHEMA, "scope": "environment"}}
    found = invoke(
        (SCHEMAS, "getAvailableSchemaDefinitions", {"fields": "schemaId,ordered,ownerBasedAccessControl"}),
        (SCHEMAS, "getSchemaDefinition", {"schemaId": SCHEMA}),
        post(item("a")),
        (OBJECTS, "getEffectiveSettingsValues", {"schemaIds": SCHEMA, "scope": "environment"}),
        (OBJECTS, "addPermission", {"objectId": "$2", "body": everyone}),
        (OBJECTS, "getPermissions", {"objectId": "$2"}),
        (OBJECTS, "updatePermissionAllUsers", {"objectId": "$2", "body": {"permissions": ["r", "w"]}}),
        (OBJECTS, "getPermissionAllUsers", {"objectId": "$2"}),
        (OBJECTS, "removePermissionAllUsers", {"objectId": "$2"}),
        (OBJECTS, "resolveEffectivePermissions", {"body": {"permissions": [asked]}}),
        (
            OBJECTS,
            "getSettingsHistory",
            {**every, "schemaId": SCHEMA, "fields": "type,modificationInfo"},
        ),
        (OBJECTS, "transferOwnership", {"objectId": "$2", "body": {"newOwner": {"type": "user", "id": "someone"}}}),
    )
    assert [one for one in found if "error" in one] == []
    schemas, schema, _made, effective, added, both, _put, one, _gone, granted, history, _given = (
        call["result"] for call in found
    )
    assert {"schemaId": SCHEMA, "ordered": True, "ownerBasedAccessControl": True} in schemas["items"]
    assert schema == {**schema, "schemaId": SCHEMA, "version": "1.0.0"}
    assert effective["items"][0]["origin"] == "environment"
    assert (added, both) == (everyone, {"accessors": [everyone]})
    assert one["permissions"] == ["r", "w"]
    assert granted == [{**asked, "granted": "true"}]
    assert history["items"][0]["type"] == "CREATE"


def test_the_types_of_the_client_accept_every_answer(simulator: Simulator, node_packages: Path, tmp_path: Path) -> None:
    """Each answer becomes a constant of its type: the compiler checks its properties, and that there are no others."""
    simulator.reset()
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {simulator.token(None, 'platform')}"
        constants: list[tuple[str, Any]] = []

        def ask(kind: str, method: str, path: str, **arguments: Any) -> Any:
            answer = session.request(method, simulator.base_url + PLATFORM + path, timeout=20, **arguments)
            constants.append((kind, answer.json()))
            return constants[-1][1]

        objects, every = "/settings/objects", {"schemaIds": SCHEMA, "scope": "environment"}
        made = ask("SettingsObjectResponse[]", "POST", objects, json=[item("a"), item("b", value={"name": 5})])
        export = {"schemaId": EXPORT_SCHEMA, "scope": "environment", "value": export_value()}
        ask("SettingsObjectResponse[]", "POST", objects, json=[export])
        one = f"{objects}/{made[0]['objectId']}"
        fields = (
            "objectId,summary,searchSummary,created,modified,createdBy,modifiedBy,author,updateToken,scope,"
            "modificationInfo,resourceContext,owner,schemaId,schemaVersion,value,externalId"
        )
        ask("ObjectsList", "GET", objects, params={"schemaIds": f"{SCHEMA},{EXPORT_SCHEMA}", "fields": fields})
        ask("ObjectsList", "GET", objects, params={"schemaIds": f"{SCHEMA},{EXPORT_SCHEMA}", "pageSize": 1})
        found = ask("SettingsObjectByObjectIdResponse & { modificationInfo?: ModificationInfo }", "GET", one)
        ask("SettingsObjectResponse", "PUT", one, json={"value": {"name": "b"}, "updateToken": found["updateToken"]})
        ask("SettingsObjectResponse", "PUT", one, json={"value": {}, "updateToken": found["updateToken"]})
        ask("ErrorEnvelope", "GET", f"{objects}/nothing")
        ask("ErrorEnvelope", "GET", objects, params={"schemaIds": SCHEMA, "filter": "x"})
        ask("ErrorEnvelope", "GET", "/settings/nothing")
        ask("SchemaList", "GET", "/settings/schemas", params={"fields": "schemaId,displayName,maturity"})
        schema = ask("SchemaDefinitionRestDto", "GET", f"/settings/schemas/{SCHEMA}")
        del schema["ownerBasedAccessControl"]  # real schemas have it, this type has not
        ask("EffectiveSettingsValuesList", "GET", "/settings/effectiveValues", params=every)
        ask("AccessorPermissionsList", "GET", f"{one}/permissions")
        asked = {"permission": "settings:objects:read", "context": {"schemaId": SCHEMA, "scope": "environment"}}
        resolve = "/settings/effective-permissions:resolve"
        ask("EffectivePermission[]", "POST", resolve, json={"permissions": [asked]})
        # Times become dates on the way through the client.
        history = {"schemaId": SCHEMA, "scope": "environment", "fields": "revision,objectId,type,jsonAfter,ownerAfter"}
        ask("RevisionDiffPage", "GET", "/settings/history", params=history)
    words = {word for kind, _answer in constants for word in kind.replace("[]", "").split()}
    names = sorted(word for word in words if word[:1].isupper())
    lines = [f'import type {{ {", ".join(names)} }} from "@dynatrace-sdk/client-classic-environment-v2";']
    lines += [
        f"export const answer{number}: {kind} = {json.dumps(answer, indent=1)};"
        for number, (kind, answer) in enumerate(constants)
    ]
    (tmp_path / "answers.ts").write_text("\n".join(lines) + "\n")
    (tmp_path / "node_modules").symlink_to(node_packages / "node_modules")
    compiler = str(node_packages / "node_modules" / "typescript" / "bin" / "tsc")
    # Recorded answers have "location": null, which the types do not know: a null counts as not set.
    options = {"noEmit": True, "strict": True, "strictNullChecks": False, "skipLibCheck": True, "types": []}
    options |= {"target": "es2022", "module": "node16"}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["answers.ts"]}))
    command = ["node", compiler, "--project", "tsconfig.json", "--pretty", "false"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
    assert done.stdout == "" and done.returncode == 0, done.stdout
