# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions in a plan: where their writes stand, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.access import DeclaredAccess
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.access_plan import with_access
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput, NotFound
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Declared, Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import plan_digest
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Item, Plan, Step


class Client:
    """An environment whose objects have no permissions."""

    def __init__(self, user: str | None = None, answer: Any = None) -> None:
        self.user, self.answer = user, answer or {"accessors": []}
        self.reads: list[str] = []

    def user_id(self) -> str | None:
        return self.user

    def get_object(self, object_id: str) -> dict[str, Any]:
        raise NotFound("Settings not found", status=404)

    def object_request(self, method: str, object_id: str, what: str, body: Any = None) -> Any:
        assert method == "GET"
        self.reads.append(object_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


EVERYONE = DeclaredAccess({"all-users": "read"})
THERE = Existing("id-0", {"name": "a"}, owner="ann")


def plan(*steps: Step, operation: Any = "unchanged", object_id: str | None = "id-0") -> Plan:
    item = Item("a", operation, where="objects[0]", object_id=object_id, before={}, after={})
    return Plan((item,), steps, (), 1, None)


def declared(access: DeclaredAccess | None) -> list[Declared]:
    return [Declared("a", {"name": "a"}, "objects[0]", access=access)]


def test_nothing_is_read_if_nothing_is_declared() -> None:
    client, before = Client(), plan()
    assert with_access(client, before, [THERE], declared(None)) is before
    assert client.reads == []


def test_permissions_follow_other_writes_and_come_before_deletions() -> None:
    update, delete = Step("update", "a", "objects[0]", object_id="id-0"), Step("delete", "b", object_id="id-1")
    found = with_access(Client(), plan(update, delete), [THERE], declared(EVERYONE))
    assert [step.action for step in found.steps] == ["update", "set_permissions", "delete"]
    assert found.items[0].operation == "updated"
    assert plan_digest(found) != plan_digest(plan(update, delete))


def test_what_is_created_again_has_no_permissions_yet() -> None:
    steps = (Step("delete", "a", "objects[0]", object_id="id-0"), Step("create", "a", "objects[0]"))
    client = Client()
    found = with_access(client, plan(*steps, operation="updated"), [THERE], declared(EVERYONE))
    assert [step.action for step in found.steps] == ["delete", "create", "set_permissions"]
    assert found.steps[-1].object_id is None and client.reads == []


def test_an_object_that_may_not_be_modified_is_left_alone() -> None:
    locked = Existing("id-0", {"name": "a"}, owner="ann", modifiable=False)
    found = with_access(Client(), plan(), [locked], declared(EVERYONE))
    assert not found.changed and "its permissions and owner are left unchanged" in found.items[0].note


def test_an_object_that_is_gone_is_left_to_its_next_write() -> None:
    found = with_access(Client(answer=NotFound("no", status=404)), plan(), [THERE], declared(EVERYONE))
    assert [step.action for step in found.steps] == ["set_permissions"]


def test_an_owner_who_may_not_be_the_user_of_the_credentials_is_a_warning() -> None:
    access = DeclaredAccess(owner="bob")
    (warning,) = with_access(Client(), plan(), [THERE], declared(access)).warnings
    assert warning.startswith("After the transfer of a, only its new owner can find it")
    assert not with_access(Client("BOB"), plan(), [THERE], declared(access)).warnings
    assert not with_access(Client("ann"), plan(), [THERE], declared(access), admin_access=True).warnings
    with pytest.raises(InvalidInput, match="owner_without_access"):
        with_access(Client("ann"), plan(), [THERE], declared(access))
