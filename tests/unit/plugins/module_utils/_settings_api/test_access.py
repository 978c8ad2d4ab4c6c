# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions as data: what is declared, what differs, and in which order it is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.access import (
    DeclaredAccess,
    Level,
    changes,
    owner_of,
    read_declared,
    read_levels,
    shown,
    transfer,
    write_levels,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import NotFound, SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.response_form import WrongForm


class Client:
    """Answers from a table and notes what is asked."""

    def __init__(self, answer: Any = None, item: dict[str, Any] | None = None) -> None:
        self.answer, self.item = answer, item
        self.asked: list[tuple[Any, ...]] = []

    def user_id(self) -> str | None:
        return None

    def get_object(self, object_id: str) -> dict[str, Any]:
        if self.item is None:
            raise NotFound("Settings not found", status=404)
        return self.item

    def object_request(self, method: str, object_id: str, what: str, body: Any = None) -> Any:
        self.asked.append((method, what, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_what_is_not_declared_stays() -> None:
    current: dict[str, Level] = {"all-users": "read", "user/a": "write", "group/g": "read", "robot/r": "read"}
    assert DeclaredAccess({"all-users": "none"}).desired(current) == {
        "user/a": "write",
        "group/g": "read",
        "robot/r": "read",
    }
    users = DeclaredAccess({"user/B": "read"}, frozenset({"user"}))
    assert users.desired(current) == {"all-users": "read", "group/g": "read", "robot/r": "read", "user/B": "read"}
    assert DeclaredAccess({"user/A": "write"}, frozenset({"user"})).desired(current) == current


def test_an_object_without_these_options_declares_nothing() -> None:
    assert read_declared({"value": {}}) is None
    assert read_declared({"permissions": {}}) is None
    none = read_declared({"permissions": {"users": []}})
    assert none is not None and none.complete == {"user"}


def test_more_permissions_come_before_fewer() -> None:
    before: dict[str, Level] = {"user/gone": "write", "user/less": "write", "user/same": "read"}
    after: dict[str, Level] = {"user/less": "read", "user/more": "write", "user/same": "read"}
    found = [(one.accessor, one.before, one.after) for one in changes(before, after)]
    assert found == [
        ("user/more", "none", "write"),
        ("user/less", "write", "read"),
        ("user/gone", "write", "none"),
    ]
    client = Client()
    write_levels(client, "id", changes(before, after))
    assert client.asked == [
        ("POST", "/permissions", {"accessor": {"type": "user", "id": "more"}, "permissions": ["r", "w"]}),
        ("PUT", "/permissions/user/less", {"permissions": ["r"]}),
        ("DELETE", "/permissions/user/gone", None),
    ]


def test_permissions_are_shown_as_they_are_declared() -> None:
    levels: dict[str, Level] = {"user/b": "read", "user/a": "write", "group/g": "read"}
    assert shown(levels) == {
        "all_users": "none",
        "users": [{"id": "a", "access": "write"}, {"id": "b", "access": "read"}],
        "groups": [{"id": "g", "access": "read"}],
    }


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_environment_without_permissions(status: int) -> None:
    error = SettingsError("no", details={"status": status})
    error = NotFound("no", status=404) if status == 404 else error
    with pytest.raises(SettingsError, match="does not provide the permissions of objects"):
        read_levels(Client(error, {"objectId": "id"}), "id")


def test_an_object_that_is_gone_is_not_a_missing_endpoint() -> None:
    with pytest.raises(NotFound):
        read_levels(Client(NotFound("no", status=404)), "id")


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"accessors": [1]}, {"accessors": [{"accessor": {"type": "user"}, "permissions": [1]}]}],
)
def test_an_answer_of_another_form_is_refused(body: Any) -> None:
    with pytest.raises(WrongForm):
        read_levels(Client(body), "id")


def test_a_new_object_is_not_given_to_the_one_who_has_it() -> None:
    item = {"owner": {"type": "user", "id": "me"}}
    client = Client(item=item)
    transfer(client, "id", "me", is_new=True)
    assert client.asked == []
    transfer(client, "id", "you", is_new=True)
    transfer(client, "id", "me", is_new=False)
    assert [one[2]["newOwner"]["id"] for one in client.asked] == ["you", "me"]


@pytest.mark.parametrize("item", [{}, {"owner": None}, {"owner": "me"}, {"owner": {"id": 3}}])
def test_an_owner_of_another_form_is_none(item: dict[str, Any]) -> None:
    assert owner_of(item) is None
