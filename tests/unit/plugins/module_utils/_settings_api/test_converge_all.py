# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several schemas as one plan: the order of writes and deletions, one digest, one review, and what a failure says."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Options,
    Part,
    converge_all,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Rejected,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Declared, Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Item, Plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import (
    Reference,
    replaced,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    declare,
)
from ansible_collections.community.dynatrace.tests.support.model_server import Answer

WRITE_NOTHING = Options(check_mode=True)


def schema(name: str, **properties: Mapping[str, Any]) -> Schema:
    text = {"type": "text", "nullable": True}
    return Schema.from_document(
        {
            "schemaId": f"test:{name}",
            "version": "1",
            "multiObject": True,
            "allowedScopes": ["environment"],
            "properties": {"name": {"type": "text", "nullable": False}, "refersTo": text, "color": text, **properties},
            "types": {},
            "enums": {},
            "schemaConstraints": [{"type": "UNIQUE", "uniqueProperties": ["name"]}],
        }
    )


ZONES, PROFILES = schema("zones"), schema("profiles")
FIXED = schema("fixed", kind={"type": "text", "nullable": True, "modificationPolicy": "NEVER"})


class Store:
    """Objects of several schemas in memory. ``before_write`` may change them or raise."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.validated = 0
        self.before_write: Callable[[str], None] = lambda _what: None
        self.after_write: Callable[[str], object] = lambda _object_id: None
        self.before_validation: Callable[[str, str], None] = lambda _action, _name: None
        self._numbers = itertools.count(1)

    def seed(self, rules: Schema, name: str, refers_to: str | None = None, object_id: str = "") -> str:
        """Put an object there."""
        object_id = object_id or f"id-of-{name}"
        value = {"name": name, **({"refersTo": refers_to} if refers_to else {})}
        self.objects[object_id] = {"schemaId": rules.schema_id, "value": value, "token": "0"}
        return object_id

    def existing(self, rules: Schema) -> list[Existing]:
        """What a client reads."""
        return [Existing.from_item(one) for one in self.list_objects(rules.schema_id)]

    def list_objects(self, schema_id: str, external_ids: Sequence[str] = (), **_more: Any) -> list[dict[str, Any]]:
        """GET."""
        return [
            {
                "objectId": object_id,
                "value": copy.deepcopy(one["value"]),
                "updateToken": one["token"],
                "externalId": one.get("externalId"),
            }
            for object_id, one in self.objects.items()
            if one["schemaId"] == schema_id and (not external_ids or one.get("externalId") in external_ids)
        ]

    def get_object(self, object_id: str) -> dict[str, Any]:
        """GET of one."""
        if object_id not in self.objects:
            raise NotFound("Settings not found", status=404)
        return self.objects[object_id]

    def create_objects(self, items: Sequence[Mapping[str, Any]], *, validate_only: bool = False) -> list[Answer]:
        """POST of several."""
        return [self.create_object(item, validate_only=validate_only) for item in items]

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """POST."""
        name = item["value"]["name"]
        if validate_only:
            self.validated += 1
            self.before_validation("create", name)
            return Answer(None)
        self._write(f"create {name}")
        object_id = str(item.get("objectId") or f"id-of-{name}")
        self.objects[object_id] = {**item, "token": str(next(self._numbers))}
        self.after_write(object_id)
        return Answer(object_id)

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> Answer:
        """PUT, guarded by the token."""
        if validate_only:
            self.validated += 1
            self.before_validation("update", body["value"]["name"])
            return Answer(None)
        self._write(f"update {body['value']['name']}")
        if self.objects[object_id]["token"] != body["updateToken"]:
            raise Conflict("outdated", status=409)
        self.objects[object_id] |= {"value": body["value"], "token": str(next(self._numbers))}
        return Answer(object_id)

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """DELETE, refused while another object refers to it."""
        name = self.objects[object_id]["value"]["name"]
        self._write(f"delete {name}")
        for one in self.objects.values():
            if one["value"].get("refersTo") == object_id:
                raise Rejected("is referred to", status=400)
        del self.objects[object_id]

    def _write(self, what: str) -> None:
        self.before_write(what)
        self.writes.append(what)


def part(
    store: Store,
    rules: Schema,
    *objects: dict[str, Any],
    waves: Sequence[int] = (),
    prune: bool = False,
    **more: Any,
) -> Part:
    found = Rules.of(rules, None)
    where = rules.schema_id.partition(":")[2]
    declared = [DeclaredObject({"value": one}, f"{where}[{index}]") for index, one in enumerate(objects)]
    wanted, problems = declare(declared, found)
    assert problems == []
    policy = Policy(prune=prune, no_external_ids="not in this test")
    job = Job(Target(rules.schema_id), found.domain(), policy, lambda _existing: wanted)
    own = {f"{where}[{index}]": wave for index, wave in enumerate(waves)}
    return Part(rules.schema_id, job, store.existing(rules), own, **more)


def test_what_an_object_refers_to_is_written_before_it_whatever_the_order_of_the_parts() -> None:
    store = Store()
    parts = [
        part(store, PROFILES, {"name": "p1"}, {"name": "p2"}, waves=[1, 0]),
        part(store, ZONES, {"name": "z1"}, {"name": "z2"}, waves=[0, 2]),
    ]
    done = converge_all(store, parts, Options())
    assert store.writes == ["create p2", "create z1", "create p1", "create z2"]
    assert done.changed
    assert [item.object_id for one in done.parts for item in one.items] == [
        f"id-of-{name}" for name in ("p1", "p2", "z1", "z2")
    ]
    again = converge_all(store, [part(store, PROFILES, {"name": "p1"}, {"name": "p2"})], Options())
    assert not again.changed


def test_an_id_that_becomes_known_is_used_by_the_next_part() -> None:
    store = Store()
    known: dict[str, str] = {}
    zones = part(store, ZONES, {"name": "z"})
    profiles = part(store, PROFILES, {"name": "p"}, waves=[1])

    def written(items: Iterable[Item]) -> None:
        known.update({item.name: item.object_id or "" for item in items})

    def outdated() -> bool:
        return bool(known) and "p" not in known

    def desired(_existing: Sequence[Existing]) -> Any:
        (one,) = profiles.job.desired([])
        return [replace(one, value={**one.value, "refersTo": known.get("z", "not known yet")})]

    late = replace(profiles, job=replace(profiles.job, desired=desired), outdated=outdated)
    converge_all(store, [late, replace(zones, written=written)], Options())
    assert store.objects["id-of-p"]["value"]["refersTo"] == "id-of-z"


def test_deletions_go_backwards_along_references_even_if_schemas_refer_to_each_other() -> None:
    store = Store()
    # Both schemas refer to each other, and profiles to profiles.
    store.seed(ZONES, "z1")
    store.seed(PROFILES, "p1", "id-of-z1")
    store.seed(PROFILES, "p2", "id-of-p1")
    store.seed(ZONES, "z2", "id-of-p2")
    parts = [part(store, ZONES, prune=True), part(store, PROFILES, prune=True, rank=1)]
    done = converge_all(store, parts, Options())
    assert store.writes == ["delete z2", "delete p2", "delete p1", "delete z1"]
    assert store.objects == {} and done.changed


def test_writes_come_before_deletions() -> None:
    store = Store()
    store.seed(ZONES, "old")
    parts = [part(store, ZONES, prune=True), part(store, PROFILES, {"name": "new"})]
    converge_all(store, parts, Options())
    assert store.writes == ["create new", "delete old"]


def test_objects_that_refer_to_each_other_are_left_to_the_environment() -> None:
    store = Store()
    store.seed(ZONES, "z", "id-of-p")
    store.seed(PROFILES, "p", "id-of-z")
    with pytest.raises(SettingsError, match="is referred to") as refused:
        converge_all(store, [part(store, ZONES, prune=True), part(store, PROFILES, prune=True)], Options())
    assert len(store.objects) == 2
    assert [one["action"] for one in refused.value.details["failed_writes"]] == ["delete"]


def test_check_mode_predicts_the_run_and_its_digest() -> None:
    store = Store()
    store.seed(ZONES, "old")
    parts = [part(store, ZONES, {"name": "new"}, prune=True), part(store, PROFILES, {"name": "p"})]
    predicted = converge_all(store, parts, WRITE_NOTHING)
    assert (store.writes, store.validated, predicted.changed) == ([], 2, True)
    operations = [item.operation for one in predicted.parts for item in one.items]
    with pytest.raises(SettingsError, match="not the one that was approved"):
        converge_all(store, parts, Options(approved_plan="1:0"))
    assert store.writes == []
    done = converge_all(store, parts, Options(approved_plan=predicted.digest))
    assert (
        [item.operation for one in done.parts for item in one.items] == operations == ["created", "deleted", "created"]
    )
    assert done.digest == predicted.digest


def test_a_failure_names_what_is_done_and_what_is_not_with_its_schema() -> None:
    store = Store()

    def refuse(what: str) -> None:
        if what == "create p":
            raise Rejected("no", status=400)

    store.before_write = refuse
    store.seed(ZONES, "old")
    parts = [part(store, ZONES, {"name": "z"}, prune=True), part(store, PROFILES, {"name": "p"})]
    with pytest.raises(SettingsError) as failed:
        converge_all(store, parts, Options())
    details = failed.value.details
    assert [(one["name"], one["schema_id"]) for one in details["completed_writes"]] == [("z", "test:zones")]
    assert [(one["name"], one["schema_id"]) for one in details["failed_writes"]] == [("p", "test:profiles")]
    assert [(one["name"], one["action"]) for one in details["skipped_writes"]] == [("old", "delete")]
    assert str(failed.value).startswith("test:profiles: ")


def test_the_problems_of_all_parts_are_raised_at_once() -> None:
    store = Store()
    # The declared object matches two existing ones.
    for rules in (ZONES, PROFILES):
        store.seed(rules, "twice", object_id=f"{rules.schema_id}-1")
        store.seed(rules, "twice", object_id=f"{rules.schema_id}-2")
    parts = [part(store, ZONES, {"name": "twice"}), part(store, PROFILES, {"name": "twice"})]
    with pytest.raises(InvalidInput) as wrong:
        converge_all(store, parts, Options())
    assert [problem.path.partition("[")[0] for problem in wrong.value.problems] == ["zones", "profiles"]


def test_a_review_sees_all_plans_before_the_first_write_and_each_new_plan() -> None:
    store = Store()
    zone = store.seed(ZONES, "z")
    reviewed: list[list[int]] = []
    kept: list[str] = []

    def review(plans: Sequence[Plan]) -> None:
        assert not reviewed or store.writes
        reviewed.append([len(plan.steps) for plan in plans])

    def conflict(what: str) -> None:
        if what == "update z" and len(reviewed) == 1:
            store.objects[zone]["token"] = "of someone else"

    def backup(changing: Sequence[Part]) -> None:
        kept.extend(one.title for one in changing)
        assert store.writes == []

    store.before_write = conflict
    parts = [part(store, PROFILES), part(store, ZONES, {"name": "z", "color": "red"})]
    converge_all(store, parts, Options(review=review, backup=backup))
    assert reviewed == [[0, 1], [0, 1]]
    assert kept == ["test:zones"]
    assert store.objects[zone]["value"]["color"] == "red"


def test_a_review_can_refuse_the_plans() -> None:
    store = Store()

    def review(_plans: Sequence[Plan]) -> None:
        raise SettingsError("refused")

    for options in (Options(review=review), Options(check_mode=True, review=review)):
        with pytest.raises(SettingsError, match=r"^refused"):
            converge_all(store, [part(store, ZONES, {"name": "z"})], options)
    assert (store.writes, store.validated) == ([], 0)


@pytest.mark.parametrize("meddles", [True, False])
def test_a_reference_that_becomes_an_id_is_part_of_the_approved_plan_and_another_change_is_not(meddles: bool) -> None:
    store = Store()
    zone, profile = store.seed(ZONES, "z"), store.seed(PROFILES, "p")
    reference = Reference("test:zones", "new").text
    known: list[str] = []

    def parts() -> list[Part]:
        zones = part(store, ZONES, {"name": "new"}, {"name": "z", "color": "red"})
        profiles = part(store, PROFILES, {"name": "p", "refersTo": reference}, waves=[1])
        (declared,) = profiles.job.desired(())

        def desired(_existing: Sequence[Existing]) -> list[Declared]:
            value = replaced(declared.value, lambda _reference: known[0]) if known else declared.value
            return [replace(declared, value=value, given=value)]

        return [zones, replace(profiles, job=replace(profiles.job, desired=desired), outdated=lambda: bool(known))]

    approved = converge_all(store, parts(), WRITE_NOTHING).digest

    def before(what: str) -> None:
        if what == "update p" and not known[1:]:
            # A conflict: someone saves the object, with or without a change.
            known.append("once")
            store.objects[profile]["token"] += "'"
            if meddles:
                store.objects[profile]["value"]["color"] = "green"

    def written(_items: Iterable[Item]) -> None:
        known[:] = known or ["id-of-new"]

    store.before_write = before
    first, second = parts()
    run = [replace(first, written=written), second]
    if not meddles:
        assert converge_all(store, run, Options(approved_plan=approved)).changed
        assert store.objects[profile]["value"] == {"name": "p", "refersTo": "id-of-new"}
        return
    with pytest.raises(SettingsError, match=r"test:profiles: .*'p' is no longer the one that was approved") as caught:
        converge_all(store, run, Options(approved_plan=approved))
    assert [one["name"] for one in caught.value.details["completed_writes"]] == ["z", "new"]
    assert [one["name"] for one in caught.value.details["skipped_writes"]] == ["p"]
    assert store.objects[zone]["value"]["color"] == "red"


def test_a_new_object_is_not_validated_in_place_of_one_that_only_stands_before_it() -> None:
    """The second object is created again. What is to be created after it refers to an object that is missing yet."""
    store = Store()
    store.seed(FIXED, "a", object_id="1")
    store.seed(FIXED, "b", object_id="2")
    for one in store.objects.values():
        one["value"]["kind"] = "old"
    waiting = {"name": "b", "kind": "new", "refersTo": Reference("test:zones", "new").text}
    validated: list[tuple[str, str]] = []
    store.before_validation = lambda action, name: validated.append((action, name))
    again = part(store, FIXED, {"name": "a", "kind": "old"}, waiting, {"name": "c", "kind": "new"})
    recreates = replace(again.job, policy=replace(again.job.policy, recreate=True))
    converge_all(store, [replace(again, job=recreates)], WRITE_NOTHING)
    assert validated == [("create", "c")]


def test_an_error_after_the_last_write_names_what_is_done() -> None:
    store = Store()
    store.seed(ZONES, "z")
    zones = part(store, ZONES, {"name": "z"})
    wanted = [replace(one, name="z", tag="zones/z") for one in zones.job.desired(())]
    # The store forgets external IDs.
    job = replace(zones.job, policy=Policy(), desired=lambda _existing: wanted)
    store.after_write = lambda object_id: store.objects[object_id].pop("externalId", None)
    with pytest.raises(SettingsError, match="does not keep their external IDs") as caught:
        converge_all(store, [replace(zones, job=job)], Options())
    assert [one["action"] for one in caught.value.details["completed_writes"]] == ["set_external_id"]


def test_what_someone_else_makes_as_declared_during_the_run_is_unchanged() -> None:
    store = Store()
    zone = store.seed(ZONES, "z")

    def someone_does_it(what: str) -> None:
        if what == "update z" and store.objects[zone]["token"] == "0":
            store.objects[zone] |= {"value": {"name": "z", "color": "red"}, "token": "of someone else"}

    store.before_write = someone_does_it
    done = converge_all(store, [part(store, ZONES, {"name": "z", "color": "red"}), part(store, PROFILES)], Options())
    assert [item.operation for item in done.parts[0].items] == ["unchanged"] and not done.changed
