# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared objects of any schema: how they are found, and what may be declared."""

from __future__ import annotations

import base64

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Options,
    converge,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import Job
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.declaration import (
    DeclaredObject,
    Rules,
    adopted,
    declare,
)
from ansible_collections.community.dynatrace.tests.support.object_plans import (
    MaskingServer,
    declared_object,
    prop,
    run_objects,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_an_object_without_unique_properties_is_adopted_by_its_id() -> None:
    rules = Schema.from_document(
        {"schemaId": "test:schema", "multiObject": True, "properties": {"color": prop("text")}}
    )
    server = MaskingServer()
    for _number in range(2):
        server.seed({"color": "red"})
    wanted = declared_object({"color": "blue"}, name="second", object_id="object-2")
    assert run_objects(server, rules, wanted).changed
    assert [item["value"]["color"] for item in server.objects.values()] == ["red", "blue"]
    by_name = {key: value for key, value in wanted.items() if key != "object_id"}
    assert not run_objects(server, rules, wanted).changed and not run_objects(server, rules, by_name).changed
    with invalid(r"objects\[0\].object_id: is not the ID of an existing object"):
        run_objects(server, rules, declared_object({}, name="other", object_id="object-9"))
    with invalid(r"objects\[0\].object_id: is not the ID of the object that has this name"):
        run_objects(server, rules, {**wanted, "object_id": "object-1"})


def test_an_object_of_monaco_is_found_without_guessing() -> None:
    rules = Schema.from_document({"schemaId": "builtin:x", "multiObject": True, "properties": {"color": prop("text")}})
    coordinate = base64.b64encode(b"shop$builtin:x$rule").decode()
    server = MaskingServer()
    server.seed({"color": "red"})
    server.seed({"color": "red"}, f"monaco:{coordinate}")
    wanted = declared_object({"color": "blue"}, name="rule", adopt_from={"monaco": {"project": "shop", "id": "rule"}})
    found = Rules.of(rules, None)
    desired, problems = declare([DeclaredObject(wanted, "objects[0]")], found)
    assert problems == []
    work = Job(Target("builtin:x"), found.domain(), Policy(), lambda _existing: desired)
    assert converge(server, work, Options()).changed
    assert [item["value"]["color"] for item in server.objects.values()] == ["red", "blue"]
    assert not converge(server, work, Options()).changed
    assert (
        adopted({"adopt_from": {"monaco": {"id": "x" * 600}}}, "builtin:x")[1]
        == "monaco:" + base64.b64encode(b"builtin:x$" + b"x" * 600).decode()[493:]
    )


def test_an_object_that_monaco_has_downloaded_is_found_by_its_id() -> None:
    rules = Schema.from_document({"schemaId": "builtin:x", "multiObject": True, "properties": {"color": prop("text")}})
    found = Rules.of(rules, None)
    monaco = {"monaco": {"project": "shop", "id": "rule", "origin_object_id": "object-1"}}

    def colors(server: MaskingServer, name: str, color: str) -> tuple[bool, list[str]]:
        wanted = declared_object({"color": color}, name=name, adopt_from=monaco)
        desired, problems = declare([DeclaredObject(wanted, "objects[0]")], found)
        assert problems == []
        done = converge(
            server, Job(Target("builtin:x"), found.domain(), Policy(), lambda _existing: desired), Options()
        )
        return done.changed, [item["value"]["color"] for item in server.objects.values()]

    server = MaskingServer()
    server.seed({"color": "red"})
    server.seed({"color": "red"})
    assert colors(server, "rule", "blue") == (True, ["blue", "red"])
    assert colors(server, "rule", "blue") == (False, ["blue", "red"]), "by its name"
    assert colors(server, "other", "green") == (True, ["blue", "red", "green"]), "not if it has another name"
    assert colors(MaskingServer(), "rule", "blue") == (True, ["blue"]), "another environment does not have it"
