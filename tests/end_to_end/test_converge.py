# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stories of convergence: check, run, run again, check again, each with a real ansible-playbook.

What check mode says is what the run does; the second run changes nothing and sends exactly one request; no warnings; no
secret in anything that is printed or returned.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import argument_spec
from ansible_collections.community.dynatrace.tests.support.jobs import load
from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

MODULE = "community.dynatrace.user_session_exports"
INFO = "community.dynatrace.user_session_exports_info"
SECRET = "S3cret-canary"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    """A fresh environment."""
    name = f"env{next(_numbers)}"
    simulator.add_environment(name)
    return name


def export(name: str, host: str | None = None, **more: Any) -> dict[str, Any]:
    """The options of an export."""
    endpoint = {"endpoint_url": f"https://{host or name}.example.com/", **more.pop("endpoint", {})}
    return {"name": name, "endpoint_definition": endpoint, **more}


def basic(password: str | None = SECRET) -> dict[str, Any]:
    """The options of basic authentication."""
    client = {"username": "dynatrace"} | ({"password": password} if password else {})
    return {"authentication": {"active": True, "basic_auth": client}}


def there(host: str, external_id: str | None = None, **sections: Any) -> dict[str, Any]:
    """An export that someone has made."""
    return export_object(external_id, export_value(f"https://{host}.example.com/", **sections))


def own(name: str) -> str:
    """The external ID of an export of ours."""
    return f"community.dynatrace:1:{name}/"


@dataclass
class Scenario:
    """What is there, what is declared, and what becomes of each export."""

    exports: list[dict[str, Any]]
    operations: dict[str, str]
    writes: list[str]
    before: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    left: int | None = None
    always: bool = False


QUIET = {"export_behavior": {"disable_notification": True}}
SCENARIOS = {
    "three are created": Scenario(
        [export("a", **basic()), export("b"), export("c")],
        {"a": "created", "b": "created", "c": "created"},
        ["POST"] * 3,
        left=3,
    ),
    "drift is repaired": Scenario(
        [export("a", **basic())],
        {"a": "updated"},
        ["PUT"],
        [
            there(
                "a",
                own("a"),
                authentication=basic_auth("dynatrace", "stored"),
                exportBehavior={"disableNotification": True},
            )
        ],
    ),
    "one is paused": Scenario(
        [export("a", endpoint={"enable_user_session_export": False})], {"a": "updated"}, ["PUT"], [there("a", own("a"))]
    ),
    "a renamed url is an update": Scenario(
        [export("a", "new")], {"a": "updated"}, ["PUT"], [there("old", own("a"))], left=1
    ),
    "a renamed export keeps its object": Scenario(
        [export("new", "a")], {"new": "updated"}, ["POST"], [there("a", own("old")), there("z", own("z"))], left=2
    ),
    "what is not declared stays": Scenario(
        [export("a")], {"a": "unchanged"}, [], [there("a", own("a")), there("x")], left=2
    ),
    "what is not declared is pruned": Scenario(
        [export("a")],
        {"a": "unchanged", "x.example.com": "deleted"},
        ["DELETE"],
        [there("a", own("a")), there("x")],
        {"prune": True},
        left=1,
    ),
    "a full environment is taken over without a gap": Scenario(
        [export("new", **basic())],
        {"new": "created", "x.example.com": "deleted", "y.example.com": "deleted", "z.example.com": "deleted"},
        ["POST", "DELETE", "DELETE"],
        [there("x", own("x.example.com")), there("y"), there("z")],
        {"prune": True},
        left=1,
    ),
    "three made by hand are adopted and no fourth is made": Scenario(
        [export("a"), export("b", **basic()), export("c", **basic(None))],
        {"a": "updated", "b": "updated", "c": "unchanged"},
        # An external ID has no guard against someone else's edit, so it goes right behind a read.
        ["POST", "GET", "POST"],
        [
            there("a", own("other")),
            there("b", authentication=basic_auth("dynatrace", "by hand")),
            there("c", authentication=basic_auth("dynatrace", "by hand")),
        ],
        left=3,
    ),
    "another tool's external ID stays": Scenario(
        [export("a", **QUIET)], {"a": "updated"}, ["PUT"], [there("a", "monaco:abc")], left=1
    ),
    "another tool's external ID is taken over when asked": Scenario(
        [export("a")], {"a": "updated"}, ["POST"], [there("a", "monaco:abc")], {"adopt": "any"}, left=1
    ),
    "one is removed by name, one by endpoint": Scenario(
        [{"name": "a"}, export("whatever", "b"), {"name": "gone"}],
        {"a": "deleted", "whatever": "deleted", "gone": "unchanged"},
        ["DELETE", "DELETE"],
        [there("x", own("a")), there("b"), there("c")],
        {"state": "absent"},
        left=1,
    ),
    "everything is pruned when confirmed": Scenario(
        [], {"a": "deleted"}, ["DELETE"], [there("x", own("a"))], {"prune": True, "confirm_prune_all": True}, left=0
    ),
    "always sends the secret": Scenario(
        [export("a", **basic())],
        {"a": "updated"},
        ["PUT"],
        [there("a", own("a"), authentication=basic_auth("dynatrace", "old"))],
        {"update_secrets": "always"},
        always=True,
    ),
    "on_change sends a secret that is not known to be the same": Scenario(
        [export("a", **basic())],
        {"a": "updated"},
        ["PUT", "POST"],
        [there("a", own("a"), authentication=basic_auth("dynatrace", "old"))],
        {"secret_fingerprint_key": "0123456789abcdef-S3cret-canary"},
    ),
}


def requests_of(simulator: Simulator, env: str) -> list[str]:
    """Methods in order, ``?`` behind one that only validates."""
    return [
        one["method"] + ("?" if one["query"].get("validateOnly") == "true" else "")
        for one in simulator.requests(environment=env)
    ]


def task(simulator: Simulator, env: str, name: str, **options: Any) -> dict[str, Any]:
    """One task with the write module."""
    connection = {"environment_url": simulator.url(env), "api_token": simulator.token(env)}
    check_mode = options.pop("check_mode", False)
    return {"name": name, MODULE: {**connection, **options}, "check_mode": check_mode, "diff": True}


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without what a prediction cannot know."""
    exports = [
        {**one, "object_id": None if one["operation"] == "created" else one["object_id"]} for one in result["exports"]
    ]
    kept = {key: result[key] for key in ("changed", "unmanaged", "slots", "diff", "notes")}
    return {**kept, "exports": exports}


def clean(run: Playbook, *secrets: str) -> None:
    """Neither warnings nor secrets in anything that a run printed or returned."""
    assert "WARNING" not in run.output, run.output
    assert "Traceback" not in run.output, run.output
    for secret in (SECRET, *secrets):
        assert secret not in run.output
        assert secret not in str(run.results)


@pytest.mark.parametrize("name", SCENARIOS)
def test_check_run_again_and_check_again(simulator: Simulator, env: str, tmp_path: Path, name: str) -> None:
    scenario = SCENARIOS[name]
    simulator.seed(env, scenario.before)
    simulator.clear_log()
    options = {"exports": scenario.exports, **scenario.options}
    modes = {"foretold": True, "done": False, "again": False, "checked": True}
    run = play(tmp_path, [task(simulator, env, step, check_mode=check, **options) for step, check in modes.items()])
    assert run.code == 0, run.output
    clean(run)
    foretold, done, again, checked = (run.of(step) for step in modes)

    assert {one["name"]: one["operation"] for one in done["exports"]} == scenario.operations
    assert comparable(foretold) == comparable(done)
    assert done["changed"] is bool(scenario.writes)
    assert len(done["diff"]) == sum(operation != "unchanged" for operation in scenario.operations.values())
    if scenario.left is not None:
        assert len(simulator.objects(env, EXPORT_SCHEMA)) == scenario.left
        assert done["slots"]["used"] == scenario.left
    sent = requests_of(simulator, env)
    if scenario.always:
        assert again["changed"] is checked["changed"] is True
        assert sent == ["GET", "PUT?", "GET", "PUT", "GET", "PUT", "GET", "PUT?"]
        return
    assert again["changed"] is checked["changed"] is False
    validated = [method for method in sent if method.endswith("?")]
    assert len(validated) <= len(scenario.writes)
    assert sent == ["GET", *validated, "GET", *scenario.writes, "GET", "GET"], sent


def test_external_ids_are_first_looked_for_where_none_is_to_be_seen(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    simulator.seed(env, [there("a"), there("b")])
    simulator.clear_log()
    exports = [export("a"), export("b")]
    tasks = [task(simulator, env, step, exports=exports) for step in ("first", "second")]
    run = play(tmp_path, tasks)
    assert run.of("first")["changed"] is True
    assert run.of("second")["changed"] is False
    # Read, look up; write, with a read before each external ID; look whether they were kept; the next run.
    assert requests_of(simulator, env) == ["GET", "GET", "POST", "GET", "POST", "GET", "GET"]


@pytest.mark.parametrize("switches", [{"returns_external_id": False}, {"external_id_length": 24}])
def test_environments_that_hide_or_truncate_external_ids_do_not_change_for_ever(
    simulator: Simulator, env: str, tmp_path: Path, switches: dict[str, Any]
) -> None:
    simulator.switches(env, **switches)
    exports = [export("a", **basic()), export("b"), export("c")]
    steps = ("first", "second", "third")
    run = play(tmp_path, [task(simulator, env, step, exports=exports) for step in steps])
    assert run.code == 0, run.output
    clean(run)
    assert [run.of(step)["changed"] for step in steps] == [True, False, False]
    urls = {item["value"]["endpointDefinition"]["endpointUrl"] for item in simulator.objects(env, EXPORT_SCHEMA)}
    assert urls == {f"https://{name}.example.com/" for name in "abc"}


def leaves(spec: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every option of an export that is not a dictionary."""
    for name, option in spec.items():
        if "options" in option:
            yield from leaves(option["options"], (*path, name))
        elif name != "name":
            yield (*path, name)


def dig(options: Any, path: Sequence[str]) -> Any:
    """What is at a path of options."""
    for part in path:
        options = (options or {}).get(part)
    return options


def filled(which: int, kind: str) -> dict[str, Any]:
    """An export in which every option has a value, other ones for each ``which``."""
    client = {
        "grant_type": "clientCredentials",
        "access_token_url": f"https://login{which}.example.com/token",
        "client_id": f"client{which}",
        "client_secret": f"{SECRET}-{which}",
        "scope": f"scope{which}",
        "send_credentials": "header",
    }
    return {
        "name": kind,
        "endpoint_definition": {
            "endpoint_url": f"https://{kind}{which}.example.com/_bulk",
            "enable_user_session_export": bool(which),
            "content_type": f"application/x-ndjson; v={which}",
            "use_post": bool(which),
        },
        "authentication": {
            "active": True,
            "auth_type": kind,
            **(
                {"basic_auth": {"username": f"user{which}", "password": f"{SECRET}-{which}"}}
                if kind == "basic"
                else {"oauth2": client}
            ),
        },
        "send_direct": {"active": True, "index_name": f"index{which}", "doc_type": f"_doc{which}"},
        "export_behavior": {
            "management_zone": f"{which}234567890123456789",
            "disable_notification": bool(which),
            "custom_configuration": f"ConnectTimeout={which}0000",
        },
    }


SECRETS = {("authentication", "basic_auth", "password"), ("authentication", "oauth2", "client_secret")}
# Options with a single allowed value, or that the two exports of the test tell apart by.
FIXED = {
    ("authentication", "active"),
    ("authentication", "auth_type"),
    ("authentication", "oauth2", "grant_type"),
    ("authentication", "oauth2", "send_credentials"),
    ("send_direct", "active"),
}


def test_every_option_can_be_set_read_back_changed_and_shown(simulator: Simulator, env: str, tmp_path: Path) -> None:
    # The numbers of the zones are those of none.
    simulator.switches(env, references="form")
    paths = set(leaves(argument_spec()))
    assert len(paths) == 20
    first, second = ([filled(which, kind) for kind in ("basic", "oauth2")] for which in (0, 1))
    set_by_both = {path for options in first for path in leaves_of(options)}
    assert set_by_both == paths
    connection = {"environment_url": simulator.url(env), "api_token": simulator.token(env)}
    read = [{"name": f"read {turn}", INFO: connection} for turn in (1, 2)]
    # Every option is changed, also to what Elasticsearch does not take.
    ignore: dict[str, Any] = {"endpoint_validation": "ignore"}
    modes: dict[str, Any] = {"update_secrets": "always", **ignore}
    run = play(
        tmp_path,
        [
            task(simulator, env, "set", exports=first, **ignore),
            read[0],
            task(simulator, env, "foretold", exports=second, check_mode=True, **modes),
            task(simulator, env, "changed", exports=second, **modes),
            read[1],
            task(simulator, env, "again", exports=second, **ignore),
        ],
    )
    assert run.code == 0, run.output
    clean(run)
    assert comparable(run.of("foretold")) == comparable(run.of("changed"))
    assert run.of("again")["changed"] is False
    for declared, found in ((first, run.of("read 1")), (second, run.of("read 2"))):
        for options, seen in zip(declared, found["exports"], strict=True):
            for path in leaves_of(options):
                assert dig(seen, path) == (None if path in SECRETS else dig(options, path)), path
        assert sorted(path for one in found["details"] for path in one["stored_secrets"]) == sorted(
            ".".join(path) for path in SECRETS
        )
    for item, options, diff in zip(run.of("changed")["exports"], second, run.of("changed")["diff"], strict=True):
        moved = set(leaves_of(options)) - FIXED
        assert set(item["changed_properties"]) == {".".join(path) for path in moved}
        for path in moved:
            assert dig(diff["before"], path) != dig(diff["after"], path), path
    for item in simulator.objects(env, EXPORT_SCHEMA):
        for path in item["secrets"]:
            assert simulator.secret_is(env, item["objectId"], path.replace(".", "/"), f"{SECRET}-1")


def leaves_of(options: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The options given in an export."""
    found: list[tuple[str, ...]] = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            found += leaves_of(value, (*path, name))
        elif name != "name":
            found.append((*path, name))
    return found


def test_what_is_read_can_be_declared(simulator: Simulator, env: str, tmp_path: Path) -> None:
    simulator.seed(env, [there("a", own("a")), there("b", authentication=basic_auth("dynatrace", "by hand"))])
    connection = {"environment_url": simulator.url(env), "api_token": simulator.token(env)}
    run = play(
        tmp_path,
        [
            {"name": "read", INFO: connection, "register": "found"},
            task(simulator, env, "fed back", exports="{{ found.exports }}", prune=True),
        ],
    )
    assert run.code == 0, run.output
    assert run.of("fed back")["changed"] is False


def test_a_zone_by_name_costs_one_request_and_an_unknown_one_names_near_ones(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    names = ("Shop EU", "Shop US", "Intranet")
    zones = [{"schemaId": ZONE_SCHEMA, "value": {"name": name, "rules": []}, "validate": False} for name in names]
    simulator.seed(env, zones)

    def zone(name: str) -> list[dict[str, Any]]:
        return [export("a", export_behavior={"management_zone": name})]

    simulator.clear_log()
    run = play(
        tmp_path,
        [
            task(simulator, env, "by name", exports=zone("Shop EU")),
            task(simulator, env, "again", exports=zone("Shop EU")),
            {**task(simulator, env, "unknown", exports=zone("Shop EUR")), "ignore_errors": True},
        ],
    )
    assert [run.of(name)["changed"] for name in ("by name", "again")] == [True, False]
    assert requests_of(simulator, env) == ["GET", "GET", "POST", "GET", "GET", "GET"]
    message = run.of("unknown")["msg"]
    assert "exports[0].export_behavior.management_zone" in message
    assert "Shop EU" in message
    assert "Intranet" not in message
    (item,) = simulator.objects(env, EXPORT_SCHEMA)
    number = item["value"]["exportBehavior"]["managementZone"]
    made = run.of("by name")
    assert made["diff"][0]["after"]["export_behavior"]["management_zone"] == "Shop EU", "a person knows it by its name"
    assert made["exports"][0]["value"]["export_behavior"]["management_zone"] == "Shop EU"
    assert made["exports"][0]["management_zone_id"] == number
    (zone_id,) = [one["objectId"] for one in simulator.objects(env, ZONE_SCHEMA) if one["value"]["name"] == "Shop EU"]
    by_id = play(tmp_path, [task(simulator, env, form, exports=zone(form)) for form in (number, zone_id)])
    assert by_id.code == 0, by_id.output
    assert [one["result"]["changed"] for one in by_id.results] == [False, False]
    arguments = {"environment_url": simulator.url(env), "api_token": simulator.token(env)}
    destination = tmp_path / "imported.yml"
    imported = {"community.dynatrace.user_session_exports_to_vars": {**arguments, "dest": str(destination)}}
    assert play(tmp_path, [{"name": "import", **imported}]).code == 0
    (found,) = load(destination)["user_session_exports_slots"]
    assert found["export_behavior"]["management_zone"] == "Shop EU"


def test_properties_of_a_newer_server_survive_an_update(simulator: Simulator, env: str, tmp_path: Path) -> None:
    value = export_value("https://a.example.com/")
    value["endpointDefinition"]["compression"] = "gzip"
    value["retention"] = {"days": 7}
    simulator.configure(env, schema_overrides=[newer_schema(simulator, env)])
    simulator.seed(env, [export_object(own("a"), value)])
    run = play(tmp_path, [task(simulator, env, "update", exports=[export("a", **QUIET)])])
    assert run.code == 0, run.output
    (item,) = simulator.objects(env, EXPORT_SCHEMA)
    assert item["value"]["endpointDefinition"]["compression"] == "gzip"
    assert item["value"]["retention"] == {"days": 7}
    assert item["value"]["exportBehavior"]["disableNotification"] is True
    assert run.of("update")["exports"][0]["unknown_properties"] == ["endpoint_definition.compression", "retention"]


def stricter_schema(simulator: Simulator, env: str) -> dict[str, Any]:
    """One in which a content type is short, and an export needs something that no one has published."""
    document = newer_schema(simulator, env)
    endpoint = document["types"]["EndpointDefinition"]["properties"]
    endpoint["contentType"] = {**endpoint["contentType"], "constraints": [{"type": "LENGTH", "maxLength": 16}]}
    endpoint["compression"] = {**endpoint["compression"], "nullable": False}
    return document


def test_a_refusal_that_another_version_of_the_schema_explains(simulator: Simulator, env: str, tmp_path: Path) -> None:
    simulator.configure(env, schema_overrides=[stricter_schema(simulator, env)])
    simulator.clear_log()
    run = play(tmp_path, [{**task(simulator, env, "refused", exports=[export("a")]), "ignore_errors": True}])
    clean(run)
    reported = run.of("refused")
    assert "compression: Must not be null" in reported["msg"]
    assert "has version 0.1.0 of the schema, which differs from" in reported["msg"]
    assert "endpoint_definition.compression is new: text, required" in reported["schema_differences"]
    assert requests_of(simulator, env) == ["GET", "POST", "GET"]


def test_the_schema_of_the_environment_is_checked_against_when_asked(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    newer = newer_schema(simulator, env)
    newer["types"]["EndpointDefinition"]["properties"]["contentType"]["constraints"] = [
        {"type": "LENGTH", "maxLength": 16}
    ]
    simulator.configure(env, schema_overrides=[newer])
    options = {"schema_source": "environment"}
    long = [export("a", endpoint={"content_type": "application/x-ndjson"}), {"name": "b"}]
    tasks = [
        {**task(simulator, env, "too long", exports=long, **options), "ignore_errors": True},
        task(simulator, env, "fine", exports=[export("a")], **options),
        task(simulator, env, "again", exports=[export("a")], **options),
        task(simulator, env, "disabled", exports=[{"name": "a"}], state="disabled", **options),
    ]
    simulator.clear_log()
    run = play(tmp_path, tasks)
    clean(run)
    assert {one["path"] for one in run.of("too long")["problems"]} == {
        "exports[0].endpoint_definition.content_type",
        "exports[1].endpoint_definition.endpoint_url",
    }
    assert "Checked against the schema of the environment, 0.1.0." in run.of("too long")["msg"]
    assert run.of("fine")["schema_version"] == "0.1.0"
    assert run.of("fine")["schema_differences"] == [
        "endpoint_definition.content_type has the constraint LENGTH (maxLength 16)",
        "endpoint_definition.content_type has no constraint LENGTH (maxLength 500, minLength 1)",
        "endpoint_definition.compression is new: text",
        # As products that are newer than the published schema have it.
        "export_behavior.management_zone is of type setting, not text",
        "export_behavior.management_zone has no constraint PATTERN (pattern ^-?\\d{1,19}$)",
        "export_behavior.management_zone has no constraint LENGTH (maxLength 500, minLength 1)",
        "retention is new: object",
    ]
    assert [run.of(step)["changed"] for step in ("fine", "again", "disabled")] == [True, False, True]
    # The schema and the exports; the first run ends behind the schema.
    assert requests_of(simulator, env) == ["GET", "GET", "GET", "POST", "GET", "GET", "GET", "GET", "PUT"]


def newer_schema(simulator: Simulator, env: str) -> dict[str, Any]:
    """The schema that the simulator serves, with properties that no one has published."""
    address = f"{simulator.url(env)}/api/v2/settings/schemas/{EXPORT_SCHEMA}"
    answer = requests.get(address, headers={"Authorization": f"Api-Token {simulator.token(env)}"}, timeout=10)
    document: dict[str, Any] = answer.json()
    document["version"] = "0.1.0"
    text = {"type": "text", "nullable": True, "displayName": "", "maxObjects": 1}
    document["types"]["EndpointDefinition"]["properties"]["compression"] = text
    document["types"]["Retention"] = {"type": "object", "properties": {"days": {**text, "type": "integer"}}}
    document["properties"]["retention"] = {**text, "type": {"$ref": "#/types/Retention"}}
    return document


def test_a_stored_secret_that_the_server_will_not_keep_is_asked_for(
    simulator: Simulator, env: str, tmp_path: Path
) -> None:
    simulator.seed(env, [there("a", own("a"), authentication=basic_auth("dynatrace", "stored"))])
    moved = [export("a", "elsewhere", **basic(None))]
    given = [export("a", "elsewhere", **basic())]
    tasks = [
        {**task(simulator, env, "foretold", exports=moved, check_mode=True), "ignore_errors": True},
        {**task(simulator, env, "refused", exports=moved), "ignore_errors": True},
        task(simulator, env, "sent", exports=given),
    ]
    run = play(tmp_path, tasks)
    clean(run)
    assert run.of("foretold")["msg"] == run.of("refused")["msg"].replace(" Completed: nothing.", "")
    message = run.of("refused")["msg"]
    assert "exports[0].authentication.basic_auth.password" in message
    assert "so that it is sent with the update" in message
    assert run.of("sent")["changed"] is True
