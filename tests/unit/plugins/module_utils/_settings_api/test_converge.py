# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What real schemas ask for, on small schemas: secrets beside a change, fixed properties, lists, forms of values."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import apply
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.apply import StepFailed
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Converged,
    Job,
    converge,
    explain,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    Conflict,
    InvalidInput,
    Rejected,
    SettingsError,
    Violation,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Step
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    adopted,
    declare,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.service import read_scope
from ansible_collections.community.dynatrace.tests.support.model_server import ModelServer
from ansible_collections.community.dynatrace.tests.support.problems import invalid

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


class Server(ModelServer):
    """Holds masks as they are seeded, and masks the secrets that are sent to it, which begin with "plain"."""

    def list(self) -> Any:
        return [
            Existing(key, masked(item["value"]), item["token"], item["externalId"])
            for key, item in self.objects.items()
        ]


def job(rules: Schema, *objects: dict[str, Any], **policy: Any) -> Job:
    found = Rules.of(rules, None)
    declared = [DeclaredObject(one, f"objects[{index}]") for index, one in enumerate(objects)]
    wanted, problems = declare(declared, found)
    if problems:
        raise InvalidInput(problems)
    return Job(Target("test:schema"), found.domain(), Policy(**policy), lambda _existing: wanted)


def run(server: ModelServer, rules: Schema, *objects: dict[str, Any], **policy: Any) -> Converged:
    return converge(server, job(rules, *objects, **policy))


def thing(value: dict[str, Any], *secrets: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"value": value, "secrets": [{"path": path, "value": secret} for path, secret in secrets], **more}


SECRET = schema(token=prop("secret"), color=prop("text"))
REQUIRED = schema(token=prop("secret", nullable=False), color=prop("text"))


@pytest.mark.parametrize(
    ("policy", "state"), [({}, "set"), ({"update_secrets": "on_create"}, "kept"), ({"update_secrets": "always"}, "set")]
)
def test_a_declared_secret_goes_with_an_update_that_is_made_anyway(policy: Any, state: str) -> None:
    server = Server()
    server.seed({"name": "a", "color": "red", "token": MASK})
    wanted = thing({"name": "a", "color": "blue"}, ("token", "plain one"))
    done = run(server, REQUIRED, wanted, **policy)
    assert [report.state for report in done.items[0].secrets] == [state]
    assert server.objects["object-1"]["value"]["token"] == ("plain one" if state == "set" else MASK)


def test_a_declared_secret_causes_no_update() -> None:
    server = Server()
    server.seed({"name": "a", "color": "red", "token": MASK})
    wanted = thing({"name": "a", "color": "red"}, ("token", "plain one"))
    done = run(server, REQUIRED, wanted)
    assert not done.changed and done.items[0].secrets[0].state == "kept"


@pytest.mark.parametrize("secret", ["***123***", "******", "(stored)", "(kept)"])
def test_a_mask_is_never_stored_as_a_secret(secret: str) -> None:
    with invalid(r"objects\[0\].secrets\[0\].value: is the mask of a secret"):
        job(REQUIRED, thing({"name": "a"}, ("token", secret)))


def test_the_mask_of_the_environment_is_no_secret_either() -> None:
    server = Server()
    server.seed({"name": "b", "token": "<hidden>"})
    with invalid("is the mask of a secret"):
        run(server, REQUIRED, thing({"name": "a"}, ("token", "<hidden>")))
    assert server.writes == []


def test_a_refused_mask_names_each_secret_to_declare() -> None:
    rules = schema(token=prop("secret", nullable=False), key=prop("secret", nullable=False), color=prop("text"))
    server = Server()
    server.seed({"name": "a", "color": "red", "token": MASK, "key": MASK})

    def refuse(_server: ModelServer, _action: str) -> None:
        violation = Violation("color", "For security reasons please re-enter the token.")
        raise Rejected("Constraints violated.", status=400, violations=[violation])

    server.before_write = refuse
    work = job(rules, thing({"name": "a", "color": "blue"}), thing({"name": "b"}, ("token", "one"), ("key", "two")))
    with pytest.raises(StepFailed) as caught:
        converge(server, work)
    text = str(explain(caught.value, work))
    assert "Declare objects[0].value.token, objects[0].value.key, so that" in text
    assert "Skipped: create b. After fixing the cause, run it again to complete the rest." in text


FIXED = schema(kind=prop("text", nullable=False, default="x", modificationPolicy="NEVER"), color=prop("text"))


def test_a_property_that_cannot_be_changed_and_is_not_declared_stays() -> None:
    server = Server()
    server.seed({"name": "a", "color": "red", "kind": "made elsewhere"})
    assert not run(server, FIXED, thing({"name": "a", "color": "red"})).changed
    done = run(server, FIXED, thing({"name": "a", "color": "blue"}))
    assert done.items[0].changed == (("color",),)
    assert server.objects["object-1"]["value"] == {"name": "a", "color": "blue", "kind": "made elsewhere"}


def test_a_declared_property_that_cannot_be_changed_needs_a_new_object() -> None:
    server = Server()
    server.seed({"name": "a", "color": "red", "kind": "old"})
    wanted = thing({"name": "a", "kind": "new"}, name="first")
    with invalid("set recreate: true to delete the object and create it again"):
        run(server, FIXED, wanted)
    done = run(server, FIXED, wanted, recreate=True)
    assert server.writes == ["delete", "create"]
    assert [(item.operation, item.note) for item in done.items] == [
        ("updated", "created again, because kind cannot be changed")
    ]
    assert [item["value"]["kind"] for item in server.objects.values()] == ["new"]
    assert not run(server, FIXED, wanted, recreate=True).changed


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("local_time", "14:13", "14:13:00", True),
        ("local_time", "14:13", "14:13:00.000", True),
        ("local_time", "14:13", "14:13:01", False),
        ("local_date_time", "2030-01-31T14:13", "2030-01-31T14:13:00", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T15:13:00+01:00", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T14:13:00+0000[UTC]", True),
        ("zoned_date_time", "2030-01-31T14:13Z", "2030-01-31T14:13:00+01:00", False),
        ("time_zone", "UTC", "Etc/UTC", True),
        ("time_zone", "UTC", "Europe/Vienna", False),
        ("float", 1, 1.0, True),
        ("integer", 1, 1.0, True),
        ("text", "1", "1.0", False),
        ("text", None, None, True),
    ],
)
def test_forms_of_one_value(kind: str, one: Any, other: Any, same: bool) -> None:
    rules = schema(value=prop(kind))
    server = Server()
    server.seed({"name": "a", "value": one})
    assert run(server, rules, thing({"name": "a", "value": other})).changed is not same


@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize("kind", ["list", "set"])
def test_a_missing_list_is_an_empty_one(kind: str, nullable: bool) -> None:
    rules = schema(tags=prop(kind, nullable=nullable, items={"type": "text"}, minObjects=0))
    for there, wanted in (({}, {"tags": []}), ({"tags": []}, {}), ({"tags": None}, {"tags": []})):
        server = Server()
        server.seed({"name": "a", **there})
        assert not run(server, rules, thing({"name": "a", **wanted})).changed


def listed(**constraints: Any) -> Schema:
    headers = prop("list", nullable=False, minObjects=0, items={"type": {"$ref": "#/types/Header"}}, **constraints)
    header = {"id": prop("text"), "value": prop("secret", nullable=False), "color": prop("text")}
    return schema(types={"Header": header}, headers=headers)


BY_CONTENT = listed()
BY_ID = listed(constraints=[{"type": "UNIQUE", "uniqueProperties": ["id"]}])


def headers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a", "headers": list(items)}


@pytest.mark.parametrize("rules", [BY_CONTENT, BY_ID], ids=["by content", "by id"])
def test_items_of_a_list_keep_their_secrets(rules: Schema) -> None:
    """One item is added in front, one removed: each mask goes with its item."""
    server = Server()
    server.seed(headers(*({"id": name, "value": f"mask of {name}", "more": name} for name in "xyz")))
    wanted = thing(headers({"id": "new"}, {"id": "z"}, {"id": "x"}), ("headers[0].value", "plain new"))
    done = run(server, rules, wanted)
    assert server.objects["object-1"]["value"]["headers"] == [
        {"id": "new", "value": "plain new"},
        {"id": "z", "value": "mask of z", "more": "z"},
        {"id": "x", "value": "mask of x", "more": "x"},
    ]
    assert "headers[1].more" in done.items[0].note
    assert not run(server, rules, wanted).changed


def test_an_item_that_is_found_by_its_id_may_change() -> None:
    server = Server()
    server.seed(headers({"id": "x", "value": "mask", "color": "red"}))
    run(server, BY_ID, thing(headers({"id": "x", "color": "blue"})))
    assert server.objects["object-1"]["value"]["headers"] == [{"id": "x", "value": "mask", "color": "blue"}]


def test_an_item_that_cannot_be_found_needs_its_secret() -> None:
    server = Server()
    server.seed(headers({"id": "x", "value": "mask", "color": "red"}))
    with invalid(r"objects\[0\].value.headers\[0\].value: is required"):
        run(server, BY_CONTENT, thing(headers({"id": "x", "color": "blue"})))
    server.seed({**headers({"id": "x", "value": "m1"}, {"id": "x", "value": "m2"}), "name": "b"})
    with invalid(r"headers\[0\].value: is required"):
        run(server, BY_CONTENT, thing({**headers({"id": "x"}), "name": "b"}))


def test_a_deletion_that_is_refused_for_a_while_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(apply, "_pause", pauses.append)
    server = Server()
    server.seed({"name": "old"})

    def refuse(_server: ModelServer, action: str) -> None:
        if action == "delete" and len(pauses) < 2:
            raise Rejected("The object is being processed.", status=400)

    server.before_write = refuse
    assert run(server, SECRET, prune=True).changed
    assert pauses == [0.5, 1.0] and server.objects == {}


def test_a_deletion_that_is_not_allowed_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_pause", lambda _seconds: pytest.fail("waits"))
    server = Server()
    server.seed({"name": "old"})

    def refuse(_server: ModelServer, _action: str) -> None:
        raise Rejected("Deletion of value(s) is not allowed", status=400)

    server.before_write = refuse
    with pytest.raises(StepFailed):
        run(server, SECRET, prune=True)


@pytest.mark.parametrize("lag", [2, 99])
def test_an_object_that_is_created_and_not_yet_listed_is_not_created_again(
    monkeypatch: pytest.MonkeyPatch, lag: int
) -> None:
    """Creating b needs a second read, in which a is missing for a while."""
    monkeypatch.setattr(apply, "_pause", lambda _seconds: None)

    class Lagging(Server):
        reads = 0

        def list_objects(self, *args: Any, **more: Any) -> Any:
            found = super().list_objects(*args, **more)
            self.reads += 1
            return [] if 1 < self.reads <= 1 + lag else found

    server = Lagging()
    failed: list[str] = []

    def conflict(_server: ModelServer, _action: str) -> None:
        if len(server.objects) == 1 and not failed:
            failed.append("once")
            raise Conflict("Conflicting resource", status=409)

    server.before_write = conflict
    work = replace(job(SECRET, thing({"name": "a"}), thing({"name": "b"})), target=Target("test:schema", batch=1))
    if lag > 5:
        with pytest.raises(SettingsError, match="a: created, but the list of objects does not contain it yet"):
            converge(server, work)
        assert len(server.objects) == 1
        return
    assert converge(server, work).changed
    assert server.writes == ["create", "create"]


def test_a_neighbor_that_is_gone_leads_to_a_new_plan() -> None:
    rules = Schema.from_document(
        {
            "schemaId": "test:schema",
            "multiObject": True,
            "ordered": True,
            "properties": {"name": prop("text", nullable=False)},
            "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        }
    )
    server = Server()
    for name in "ab":
        server.seed({"name": name})
    failed: list[str] = []

    def gone(_server: ModelServer, _action: str) -> None:
        if not failed:
            failed.append("once")
            del server.objects["object-1"]
            raise Rejected("Neighbor with key '1' not found for 'test:schema'", status=400)

    server.before_write = gone
    done = run(server, rules, thing({"name": "a"}), thing({"name": "new"}), thing({"name": "b"}))
    assert done.changed and "Neighbor with key" in done.notes[0]
    assert sorted(item["value"]["name"] for item in server.objects.values()) == ["a", "b", "new"]


def test_a_neighbor_that_stays_gone_is_a_clear_error() -> None:
    text = "Setting value cannot be inserted to the specified position"
    rules = schema()
    step = Step("update", "a", "objects[0]", object_id="1", insert_after="2")
    failed = StepFailed([(step, Rejected("Constraints violated.", status=400, violations=[Violation("", text)]))])
    assert "The object that precedes it no longer exists or cannot be moved." in str(explain(failed, job(rules)))


def test_an_object_without_unique_properties_is_adopted_by_its_id() -> None:
    rules = Schema.from_document(
        {"schemaId": "test:schema", "multiObject": True, "properties": {"color": prop("text")}}
    )
    server = Server()
    for _number in range(2):
        server.seed({"color": "red"})
    wanted = thing({"color": "blue"}, name="second", object_id="object-2")
    assert run(server, rules, wanted).changed
    assert [item["value"]["color"] for item in server.objects.values()] == ["red", "blue"]
    by_name = {key: value for key, value in wanted.items() if key != "object_id"}
    assert not run(server, rules, wanted).changed and not run(server, rules, by_name).changed
    with invalid(r"objects\[0\].object_id: is not the ID of an existing object"):
        run(server, rules, thing({}, name="other", object_id="object-9"))
    with invalid(r"objects\[0\].object_id: is not the ID of the object that has this name"):
        run(server, rules, {**wanted, "object_id": "object-1"})


def test_an_object_of_monaco_is_found_without_guessing() -> None:
    rules = Schema.from_document({"schemaId": "builtin:x", "multiObject": True, "properties": {"color": prop("text")}})
    coordinate = base64.b64encode(b"shop$builtin:x$rule").decode()
    server = Server()
    server.seed({"color": "red"})
    server.seed({"color": "red"}, f"monaco:{coordinate}")
    wanted = thing({"color": "blue"}, name="rule", adopt_from={"monaco": {"project": "shop", "id": "rule"}})
    found = Rules.of(rules, None)
    desired, problems = declare([DeclaredObject(wanted, "objects[0]")], found)
    assert problems == []
    work = Job(Target("builtin:x"), found.domain(), Policy(), lambda _existing: desired)
    assert converge(server, work).changed
    assert [item["value"]["color"] for item in server.objects.values()] == ["red", "blue"]
    assert not converge(server, work).changed
    assert (
        adopted({"adopt_from": {"monaco": {"id": "x" * 600}}}, "builtin:x")[1]
        == "monaco:" + base64.b64encode(b"builtin:x$" + b"x" * 600).decode()[493:]
    )


@pytest.mark.parametrize(
    ("allowed", "given", "scope", "problem"),
    [
        (["environment"], None, "environment", ""),
        (["environment"], "tenant", "tenant", ""),
        (["environment", "HOST"], "HOST-1", "HOST-1", ""),
        ([], "anything", "anything", ""),
        (["KUBERNETES_CLUSTER"], None, "", ""),
        (["environment"], "enviroment", "", "its scope types are: environment; did you mean environment?"),
        (["environment"], "HOST-1", "", "its scope types are: environment"),
        (["HOST", "HOST_GROUP"], "HOSTS-1", "", "its scope types are: HOST-..., HOST_GROUP-...; did you mean HOST?"),
        (["user", "userdefaults"], "user-42", "user-42", ""),
    ],
)
def test_the_scope_is_one_of_the_schema(allowed: Any, given: Any, scope: str, problem: str) -> None:
    rules = Schema.from_document({"schemaId": "test:schema", "allowedScopes": allowed, "properties": {}})
    found, problems = read_scope(rules, given)
    assert [problem] == [text_of(one).partition("; ")[2] for one in problems] if problem else found == scope


def test_an_object_that_monaco_has_downloaded_is_found_by_its_id() -> None:
    rules = Schema.from_document({"schemaId": "builtin:x", "multiObject": True, "properties": {"color": prop("text")}})
    found = Rules.of(rules, None)
    monaco = {"monaco": {"project": "shop", "id": "rule", "origin_object_id": "object-1"}}

    def colors(server: Server, name: str, color: str) -> tuple[bool, list[str]]:
        wanted = thing({"color": color}, name=name, adopt_from=monaco)
        desired, problems = declare([DeclaredObject(wanted, "objects[0]")], found)
        assert problems == []
        done = converge(server, Job(Target("builtin:x"), found.domain(), Policy(), lambda _existing: desired))
        return done.changed, [item["value"]["color"] for item in server.objects.values()]

    server = Server()
    server.seed({"color": "red"})
    server.seed({"color": "red"})
    assert colors(server, "rule", "blue") == (True, ["blue", "red"])
    assert colors(server, "rule", "blue") == (False, ["blue", "red"]), "by its name"
    assert colors(server, "other", "green") == (True, ["blue", "red", "green"]), "not if it has another name"
    assert colors(Server(), "rule", "blue") == (True, ["blue"]), "another environment does not have it"


def test_paths_of_unique_items_may_have_dots_and_unknown_ones_are_named() -> None:
    def with_unique(name: str) -> Schema:
        inner = {"rule": prop({"$ref": "#/types/Rule"})}
        unique = [{"type": "UNIQUE", "uniqueProperties": [name]}]
        items = {"type": {"$ref": "#/types/Item"}}
        rules = prop("list", nullable=False, minObjects=0, items=items, constraints=unique)
        return schema(types={"Item": inner, "Rule": {"id": prop("text")}}, rules=rules)

    value = {"name": "a", "rules": [{"rule": {"id": "x"}}, {"rule": {"id": "x"}}]}
    assert [path for path, _text in with_unique("rule.id").problems(value)] == [("rules", 1)]
    assert with_unique("rule.id").unchecked_constraints == ()
    unknown = with_unique("rule.other")
    assert unknown.problems(value) == [] and any("rules" in one for one in unknown.unchecked_constraints)
