# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users with exactly the documented rights, and with fewer, on an OpenSearch with its own security."""

from __future__ import annotations

import json

import pytest

from .cluster import Cluster, bulk
from .sessions import sessions
from .test_states import check, codes, prepare

pytestmark = pytest.mark.servers("opensearch2-security")
USERS = {
    # user: (whether the server takes sessions, findings that must be there)
    "checker": (True, ("index_found",)),
    "exporter": (True, ("version_unseen", "index_unseen")),
    "reader": (False, ("privilege_missing",)),
    "stranger": (False, ("privilege_missing",)),
}


def stored(cluster: Cluster, index: str, user: str) -> int:
    """How many of five sessions of a user the server takes."""
    said = cluster.raw("POST", "/_bulk?refresh=true", bulk(index, list(sessions(5, tenant=user))), user=user)
    if said.status != 200:
        return 0
    return sum(next(iter(item.values()))["status"] < 300 for item in json.loads(said.content)["items"])


@pytest.mark.parametrize("user", USERS)
def test_verdict_and_fact_agree_for_each_user(cluster: Cluster, user: str) -> None:
    index = f"sessions-{user}"
    prepare(cluster, cluster.export(index))
    takes, expected = USERS[user]
    found = check(cluster, cluster.export(index, user=user))
    assert set(expected) <= set(codes(found)), found["findings"]
    assert found["ok"] is takes, found["findings"]
    sent = check(cluster, cluster.export(index, user=user), "send")
    assert sent["samples"]["sent"] == (2 if user == "checker" else 0)
    assert (stored(cluster, index, user) == 5) is takes


def test_the_check_creates_no_index_for_a_user_who_might(cluster: Cluster) -> None:
    export = cluster.export("sessions-created", user="creator")
    for mode in ("connect", "send"):
        found = check(cluster, export, mode)
        assert found["changed"] is False
        assert cluster.raw("GET", "/sessions-created").status == 404, found["findings"]
    assert "send_skipped" in codes(found)


def test_the_documented_rights_are_enough_to_prepare_and_to_check(cluster: Cluster) -> None:
    for index, options in (("sessions-prepared", {}), ("sessions-aliased", {"rollover": True})):
        made = prepare(cluster, cluster.export(index, user="preparer"), **options)
        assert made["operation"] == "created", made["findings"]
        assert prepare(cluster, cluster.export(index, user="preparer"), **options)["operation"] == "unchanged"
    assert codes(check(cluster, cluster.export("sessions-prepared", user="checker"), "send"))[-1] == "samples_deleted"


def test_a_wrong_password_is_named(cluster: Cluster) -> None:
    export = cluster.export("sessions-x")
    export["authentication"]["basic_auth"]["password"] = "another"
    assert codes(check(cluster, export), "error") == ["credentials_refused"]


def test_a_missing_right_to_create_is_reported(cluster: Cluster) -> None:
    made = prepare(cluster, cluster.export("sessions-denied", user="checker"))
    assert codes(made, "error") == ["index_privilege_missing"]
