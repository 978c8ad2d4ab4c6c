# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared exports: every problem at once, and what identifies an export."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import (
    declare,
    declared_secrets,
    export_names,
    identity,
    published_schema,
)
from ansible_collections.community.dynatrace.tests.support.export_plans import basic, export, run_exports, seeded
from ansible_collections.community.dynatrace.tests.support.problems import texts
from ansible_collections.community.dynatrace.tests.support.simulator import export_value


def test_every_problem_has_the_path_that_the_user_wrote() -> None:
    exports: list[Any] = [export("a", "one"), {"name": "a", "endpoint_definition": {}}, "none", export("b", "one")]
    declaration = declare(exports, published_schema(), where="slots")
    assert {problem.path: problem.code for problem in declaration.problems} == {
        "slots": "too_many_exports",
        "slots[1].endpoint_definition.endpoint_url": "required",
        "slots[1].name": "same_name",
        "slots[2]": "type",
        "slots[3]": "same_endpoint",
    }
    assert declare(exports[:1] * 9, published_schema(), several=True).problems == ()


def test_a_section_without_its_switch_is_a_warning() -> None:
    forgotten = export("a", "one", send_direct={"index_name": "i"})
    (warning,) = declare([forgotten], published_schema()).warnings
    assert "without active: true, nothing in it has an effect (index_name)" in warning.text()
    assert declare([export("a", "one", send_direct={"active": False})], published_schema()).warnings == ()


def test_url_index_and_zone_identify_an_export_together() -> None:
    one = export_value("https://a/")
    assert identity(one) == identity(export_value("https://a/", sendDirect={"active": False, "indexName": "i"}))
    others = [
        export_value("https://b/"),
        export_value("https://a/", sendDirect={"active": True, "indexName": "i"}),
        export_value("https://a/", exportBehavior={"managementZone": "1"}),
    ]
    assert len({identity(one), *map(identity, others)}) == 4
    assert identity({"endpointDefinition": None}) is None


def test_names_of_unnamed_exports_are_different() -> None:
    server = seeded(export("", "one"), export("", "one"), export("", "[::1"))
    assert export_names(server.list()) == ["one", "one 2", "export"]


def test_secrets_are_found_in_any_form_of_input() -> None:
    assert list(declared_secrets([export("a", "one", authentication=basic("S3cret")), 5, {"authentication": 1}])) == [
        "S3cret"
    ]
    assert list(declared_secrets("text")) == []


def test_an_export_without_a_name_may_have_a_url_that_is_none() -> None:
    server = seeded(export("", "[::1"), export("", "one"))
    assert not run_exports(server, [export("a", "[::1")], no_external_ids="off").changed
    assert texts(declare([export("", "one")], published_schema()).problems).keys() == {"exports[0].name"}
