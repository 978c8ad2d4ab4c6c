# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exports of an environment as declarations and as inventory variables."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import (
    as_declared,
    as_variables,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.tests.support.export_plans import RULES, basic, export, plan_for, seeded


def test_what_is_there_can_be_declared_and_changes_nothing() -> None:
    server = seeded(
        export("", "two", authentication=basic("S3cret")),
        export("", "one"),
        external_ids=(ExternalId("b").encode(), ExternalId("a").encode()),
    )
    exports, objects = as_declared(server.list(), RULES)
    assert [one["name"] for one in exports] == ["a", "b"], "in the order of their names"
    assert [one["stored_secrets"] for one in objects] == [[], ["authentication.basic_auth.password"]]
    assert "password" not in exports[1]["authentication"]["basic_auth"]
    assert not plan_for(server, exports).changed


def test_the_file_names_what_it_cannot_declare_and_what_is_there_twice() -> None:
    server = seeded(export("", "one"), export("", "one"), export("", "two"))
    server.objects["object-3"]["value"]["retries"] = 7
    text = as_variables(server.list(), RULES, "https://abc12345.live.dynatrace.com")
    assert "https://abc12345.live.dynatrace.com, as they were imported." in text
    assert "two: retries cannot be declared. The existing values are kept." in text
    assert "Some have the same endpoint, index, and zone." in text
