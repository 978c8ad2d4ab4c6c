# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan against a small model of the API: whatever is there and whatever is declared, one run converges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import to_value
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.report import item_diff, item_report
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import export_domain
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.apply import StepFailed
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.backend import Target
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.converge import (
    Job,
    build_plan,
    check_external_ids_are_kept,
    converge,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    AnswerLost,
    InvalidInput,
    Rejected,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan import make_plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import Fingerprints
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid

RULES = export_domain()


def export(name: str, url: str, **more: Any) -> dict[str, Any]:
    """The options of one export."""
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{url}/"}, **more}


def basic(password: str | None = "hunter2", username: str = "dynatrace") -> dict[str, Any]:
    """The options of basic authentication."""
    return {"active": True, "basic_auth": {"username": username, "password": password}}


def plan_for(server: ModelServer, exports: list[dict[str, Any]], absent: bool = False, **policy: Any) -> Plan:
    declaration = declare(exports, RULES.schema, absent=absent)
    assert not declaration.problems, declaration.problems
    return make_plan(server.list(), declaration.exports, RULES, Policy(**policy))


def run(server: ModelServer, exports: list[dict[str, Any]], absent: bool = False, **policy: Any) -> Any:
    return converge(server, job(exports, absent=absent, **policy))


def job(exports: list[dict[str, Any]], *, absent: bool = False, **policy: Any) -> Job:
    declaration = declare(exports, RULES.schema, absent=absent)
    assert not declaration.problems, declaration.problems
    return Job(Target(RULES.schema.schema_id), RULES, Policy(**policy), lambda _existing: declaration.exports)


def seeded(*exports: dict[str, Any], external_ids: tuple[str | None, ...] = ()) -> ModelServer:
    server = ModelServer()
    for position, options in enumerate(exports):
        value = RULES.schema.complete(to_value(options)).value
        server.seed(value, external_ids[position] if position < len(external_ids) else None)
    return server


def test_three_exports_are_created_and_then_nothing_is_left_to_do() -> None:
    server = ModelServer()
    wanted = [export("a", "one"), export("b", "two", authentication=basic()), export("c", "three")]
    assert run(server, wanted).changed
    assert server.writes == ["create"] * 3
    assert not plan_for(server, wanted).changed
    assert not run(server, list(reversed(wanted))).changed


def test_a_renamed_url_is_an_update_and_not_a_second_export() -> None:
    server = ModelServer()
    run(server, [export("a", "old")])
    outcome = run(server, [export("a", "new")])
    assert server.writes == ["create", "update"]
    assert len(server.objects) == 1
    assert item_report(outcome.items[0], RULES)["changed_properties"] == ["endpoint_definition.endpoint_url"]


def test_a_renamed_export_says_what_it_was_called_and_one_that_keeps_its_name_does_not() -> None:
    server = seeded(
        export("", "one"),
        export("", "two"),
        external_ids=(ExternalId("before").encode(), ExternalId("b", ("x",)).encode()),
    )
    renamed, same = run(server, [export("after", "one"), export("b", "two", send_direct={"active": False})]).items
    assert (renamed.operation, renamed.external_id_reason) == ("updated", "renamed from 'before'")
    diff = item_diff(renamed, RULES)
    assert (diff["before_header"], diff["after_header"]) == ("export before (updated)", "export after (updated)")
    assert (diff["before"]["name"], diff["after"]["name"]) == ("before", "after")
    assert same.operation == "unchanged"
    # A fingerprint is new, the name is not.
    server = seeded(export("", "one", authentication=basic()), external_ids=(ExternalId("a").encode(),))
    (keyed,) = run(server, [export("a", "one", authentication=basic())], **on_change()).items
    diff = item_diff(keyed, RULES)
    assert keyed.external_id_state == "set" and diff["before"]["name"] == diff["after"]["name"] == "a"


def test_what_was_made_by_hand_is_adopted_once() -> None:
    server = seeded(export("", "one"), export("", "two", authentication=basic()), export("", "three"))
    wanted = [export("a", "one"), export("b", "two", authentication=basic(None)), export("c", "three")]
    outcome = run(server, wanted)
    assert [item.external_id_state for item in outcome.items] == ["set", "none", "set"]
    assert len(server.objects) == 3
    assert not plan_for(server, wanted).changed


def test_an_adopted_export_keeps_its_secret_unless_it_is_given() -> None:
    server = seeded(export("", "one", authentication=basic("by hand")))
    wanted = [export("a", "one", authentication=basic(None), export_behavior={"disable_notification": True})]
    run(server, wanted)
    (stored,) = server.objects.values()
    assert stored["value"]["authentication"]["basicAuth"]["password"] == "by hand"
    assert stored["externalId"] is None


def test_the_same_url_may_serve_three_indices() -> None:
    server = ModelServer()
    wanted = [export(name, "es", send_direct={"active": True, "index_name": name}) for name in ("x", "y", "z")]
    run(server, wanted)
    for item in server.objects.values():
        item["externalId"] = None
    outcome = run(server, wanted)
    assert len(server.objects) == 3
    assert all(item.operation == "updated" and not item.changed for item in outcome.items)


def test_another_tools_external_id_stays_unless_adopt_says_otherwise() -> None:
    server = seeded(export("", "one"), external_ids=("monaco:abc",))
    outcome = run(server, [export("a", "one", export_behavior={"disable_notification": True})])
    (stored,) = server.objects.values()
    assert stored["externalId"] == "monaco:abc"
    assert outcome.items[0].external_id_state == "foreign"
    assert not run(server, [export("a", "one", export_behavior={"disable_notification": True})]).changed
    run(server, [export("a", "one")], adopt="any")
    (stored,) = server.objects.values()
    assert stored["externalId"] == ExternalId("a").encode()


def test_never_adopt_refuses_instead_of_doubling() -> None:
    server = seeded(export("", "one"))
    with invalid(r"exports\[0\]\.name: 'a' does not exist, but"):
        run(server, [export("a", "one")], adopt="never")
    assert server.writes == []


def test_two_matches_are_listed_and_nothing_is_written() -> None:
    server = seeded(export("", "one"), export("", "one"))
    with invalid("2 objects match it") as caught:
        run(server, [export("a", "one")])
    assert "object-1" in caught.message
    assert "object-2" in caught.message


def test_a_removal_that_means_two_is_refused_unless_only_the_name_is_given() -> None:
    server = seeded(export("", "order_change"), export("", "one"), external_ids=(ExternalId("a").encode(),))
    with invalid("declare only its name") as caught:
        run(server, [export("a", "one")], absent=True)
    assert "object-1" in caught.message and "object-2" in caught.message
    assert server.writes == []
    run(server, [{"name": "a"}], absent=True)
    assert server.writes == ["delete"]
    assert [item["value"]["endpointDefinition"]["endpointUrl"] for item in server.objects.values()] == ["https://one/"]


def test_an_export_that_is_there_once_more_by_hand_is_named_with_every_run() -> None:
    server = seeded(export("", "order_change"), export("", "one"), external_ids=(ExternalId("a").encode(),))
    for _turn in range(2):
        outcome = run(server, [export("a", "one")])
        (reported,) = outcome.plan.warnings
        assert reported.startswith("a exists twice: unnamed to https://one/ (object object-2")
    assert server.writes == ["update"]


def test_no_free_slot_an_undeclared_export_is_taken_over_without_a_gap() -> None:
    server = seeded(export("", "one"), export("", "two"), export("", "three"))
    lowest = []
    server.after_write = lambda server, _action: lowest.append(len(server.objects))
    wanted = [export("a", "one"), export("b", "two"), export("new", "four", authentication=basic())]
    outcome = run(server, wanted, prune=True)
    assert min(lowest) == 3
    operations = {item.name: item.operation for item in outcome.items}
    assert operations["new"] == "created"
    assert "deleted" in operations.values()
    assert {item["externalId"] for item in server.objects.values()} == {
        ExternalId(name).encode() for name in ("a", "b", "new")
    }
    assert not plan_for(server, wanted, prune=True).changed


def test_a_free_slot_is_used_and_deletes_come_last() -> None:
    server = seeded(export("", "one"), export("", "two"))
    run(server, [export("a", "three")], prune=True)
    assert server.writes == ["create", "delete", "delete"]


def test_what_cannot_fit_is_refused_with_the_names_of_the_others() -> None:
    server = seeded(
        export("", "one"), export("", "two"), export("", "three"), external_ids=(ExternalId("mine").encode(),)
    )
    with invalid("cannot fit") as caught:
        run(server, [export("a", "four")])
    assert "'mine' to https://one/" in caught.message
    assert server.writes == []


def test_absent_removes_by_name_or_by_endpoint_and_only_that() -> None:
    server = seeded(export("", "one"), export("", "two"), export("", "three"), external_ids=(ExternalId("a").encode(),))
    outcome = run(server, [{"name": "a"}, export("x", "two"), {"name": "gone"}], absent=True)
    assert [item.operation for item in outcome.items] == ["deleted", "deleted", "unchanged"]
    assert len(server.objects) == 1


def test_a_new_export_needs_its_secret_an_existing_one_does_not() -> None:
    server = ModelServer()
    with invalid(r"exports\[0\]\.authentication\.basic_auth\.password"):
        run(server, [export("a", "one", authentication=basic(None))])
    run(server, [export("a", "one", authentication=basic())])
    assert not run(server, [export("a", "one", authentication=basic(None))]).changed


def test_turning_authentication_on_sends_the_secret_that_was_not_there() -> None:
    server = ModelServer()
    run(server, [export("a", "one")])
    with invalid("no secret is stored"):
        run(server, [export("a", "one", authentication=basic(None))])
    outcome = run(server, [export("a", "one", authentication=basic())])
    assert outcome.items[0].secrets[0].state == "set"
    assert not run(server, [export("a", "one", authentication=basic())]).changed


def test_on_create_keeps_a_stored_secret_and_always_sends_it() -> None:
    server = ModelServer()
    run(server, [export("a", "one", authentication=basic("first"))])
    assert not run(server, [export("a", "one", authentication=basic("second"))]).changed
    outcome = run(server, [export("a", "one", authentication=basic("second"))], update_secrets="always")
    (stored,) = server.objects.values()
    assert stored["value"]["authentication"]["basicAuth"]["password"] == "second"
    assert "always" in outcome.items[0].secrets[0].reason
    assert item_report(outcome.items[0], RULES)["changed_properties"] == ["authentication.basic_auth.password"]


def test_the_value_of_an_export_can_be_declared_again_and_holds_no_secret() -> None:
    server = seeded(export("", "gone"))
    wanted = [export("a", "one", authentication=basic("S3cret")), export("b", "two")]
    first = [item_report(item, RULES) for item in run(server, wanted, prune=True).items]
    again = [item_report(item, RULES) for item in run(server, wanted, prune=True).items]
    assert [one["operation"] for one in (*first, *again)] == ["created", "created", "deleted", "unchanged", "unchanged"]
    assert [one["value"] for one in first] == [*(one["value"] for one in again), None]
    value = first[0]["value"]
    assert value["name"] == "a"
    assert value["endpoint_definition"]["use_post"] is False, "defaults are in it"
    assert value["authentication"]["basic_auth"].keys() == {"username"}
    assert not plan_for(server, [one["value"] for one in again]).changed


def test_properties_of_a_newer_server_survive_an_update() -> None:
    server = seeded(export("", "one"))
    (stored,) = server.objects.values()
    stored["value"]["endpointDefinition"]["retries"] = 7
    stored["value"]["routing"] = {"region": "eu"}
    outcome = run(server, [export("a", "one", export_behavior={"disable_notification": True})])
    (stored,) = server.objects.values()
    assert stored["value"]["endpointDefinition"]["retries"] == 7
    assert stored["value"]["routing"] == {"region": "eu"}
    assert item_report(outcome.items[0], RULES)["unknown_properties"] == ["endpoint_definition.retries", "routing"]


def test_a_lost_update_is_compared_again() -> None:
    server = ModelServer()
    run(server, [export("a", "one")])
    (object_id,) = server.objects
    touched = []

    def someone_saves(server: ModelServer, _action: str) -> None:
        if not touched:
            touched.append(True)
            server.touch(object_id)

    server.before_write = someone_saves
    outcome = run(server, [export("a", "two")])
    assert outcome.changed
    assert len(outcome.notes) == 1
    assert outcome.items[0].operation == "updated"


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_lost_answer_never_doubles_and_never_loses(action: str, applied: bool) -> None:
    server = seeded(export("", "one"), export("", "gone"), external_ids=(ExternalId("a").encode(),))
    lost = []

    def lose(server: ModelServer, which: str) -> None:
        if which == action and not lost:
            lost.append(which)
            raise AnswerLost("the connection broke")

    if applied:
        server.after_write = lose
    else:
        server.before_write = lose
    wanted = [export("a", "one", export_behavior={"disable_notification": True}), export("b", "two")]
    outcome = run(server, wanted, prune=True)
    assert lost
    assert sorted(item.operation for item in outcome.items) == ["created", "deleted", "updated"]
    assert all(item.object_id for item in outcome.items)
    assert len(server.objects) == 2
    assert not plan_for(server, wanted, prune=True).changed


def test_a_failure_half_way_says_what_is_done_and_what_is_not() -> None:
    server = ModelServer()

    def refuse(server: ModelServer, _action: str) -> None:
        if len(server.objects) == 1:
            raise Rejected("no", status=400)

    server.before_write = refuse
    with pytest.raises(StepFailed) as caught:
        run(server, [export(name, name) for name in "abc"])
    details = caught.value.details
    assert [step["name"] for step in details["done"]] == ["a"]
    assert [step["name"] for step in details["failed_writes"]] == ["b"]
    assert [step["name"] for step in details["skipped_writes"]] == ["c"]


def test_an_endless_fight_ends_in_an_error() -> None:
    server = ModelServer()
    run(server, [export("a", "one")])
    server.before_write = lambda server, _action: server.touch(next(iter(server.objects)))
    with pytest.raises(SettingsError):
        run(server, [export("a", "two")])


KEY = Fingerprints("a long random key, number one", "abc12345")


def on_change(key: Fingerprints = KEY) -> dict[str, Any]:
    """The policy of on_change."""
    return {"update_secrets": "on_change", "fingerprints": key}


def test_a_rotated_secret_is_sent_once_and_only_that_one() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic("first")), export("b", "two", authentication=basic("other"))]
    run(server, wanted, **on_change())
    assert not plan_for(server, wanted, **on_change()).changed
    wanted[0]["authentication"]["basic_auth"]["password"] = "second"
    server.writes.clear()
    outcome = run(server, wanted, **on_change())
    assert [item.operation for item in outcome.items] == ["updated", "unchanged"]
    assert outcome.items[0].secrets[0].state == "rotated"
    assert server.writes == ["update", "create"]  # the second stores the external ID
    assert sorted(item["value"]["authentication"]["basicAuth"]["password"] for item in server.objects.values()) == [
        "other",
        "second",
    ]
    assert not plan_for(server, wanted, **on_change()).changed


def test_a_hand_made_export_is_adopted_with_its_fingerprint_in_one_run() -> None:
    server = seeded(export("", "one", authentication=basic("by hand")))
    wanted = [export("a", "one", authentication=basic("declared"))]
    assert run(server, wanted, **on_change()).items[0].secrets[0].state == "set"
    assert not plan_for(server, wanted, **on_change()).changed


def test_a_new_key_is_taken_over_in_one_run_and_the_old_one_tells_same_from_rotated() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic("same")), export("b", "two", authentication=basic("before"))]
    run(server, wanted, **on_change())
    new = Fingerprints("another long random key, two", "abc12345", old_key=KEY.key)
    wanted[1]["authentication"]["basic_auth"]["password"] = "after"
    outcome = run(server, wanted, **on_change(new))
    assert [item.secrets[0].state for item in outcome.items] == ["set", "rotated"]
    assert "the secret is unchanged" in outcome.items[0].secrets[0].reason
    assert not plan_for(server, wanted, **on_change(replace(new, old_key=None))).changed
    third = Fingerprints("yet another random key, three", "abc12345")
    assert "another key" in run(server, wanted, **on_change(third)).items[0].secrets[0].reason
    assert not plan_for(server, wanted, **on_change(third)).changed


def test_a_fingerprint_differs_by_environment_name_and_key_and_shows_nothing() -> None:
    path = ("authentication", "basicAuth", "password")
    one = KEY.fields("a", {path: "secret"})
    others = [
        KEY.fields("b", {path: "secret"}),
        replace(KEY, environment="other").fields("a", {path: "secret"}),
        replace(KEY, key="a long random key, number two").fields("a", {path: "secret"}),
        KEY.fields("a", {path: "secret "}),
    ]
    assert len({one, *others}) == 5
    assert KEY.key not in repr(KEY)


def test_without_the_secret_or_a_place_for_its_fingerprint_nothing_is_guessed() -> None:
    server = seeded(export("", "one", authentication=basic("x")), external_ids=("monaco:abc",))
    wanted = [export("a", "one", authentication=basic("declared"))]
    outcome = run(server, wanted, **on_change())
    assert outcome.items[0].secrets[0].state == "unverifiable"
    assert not outcome.changed
    wanted = [export("a", "one", authentication=basic(None))]
    assert run(server, wanted, **on_change()).items[0].secrets[0].state == "kept"


def test_always_without_a_key_takes_the_fingerprint_away() -> None:
    server = ModelServer()
    wanted = [export("a", "one", authentication=basic())]
    run(server, wanted, **on_change())
    run(server, wanted, update_secrets="always")
    (stored,) = server.objects.values()
    assert stored["externalId"] == ExternalId("a").encode()


@pytest.mark.parametrize("length", [21, 24, 30, 40, 60])
def test_an_environment_that_truncates_external_ids_gets_no_second_export_and_no_endless_change(length: int) -> None:
    server = ModelServer()
    server.cut = length
    wanted = [export(f"export number {number}", str(number), authentication=basic()) for number in (1, 2, 3)]
    outcome = run(server, wanted, **on_change())
    assert len(server.objects) == 3
    assert [item.operation for item in outcome.items] == ["created"] * 3
    urls = {item["value"]["endpointDefinition"]["endpointUrl"] for item in server.objects.values()}
    assert urls == {"https://1/", "https://2/", "https://3/"}
    again = plan_for(server, wanted, **on_change())
    assert not again.changed
    assert {item.secrets[0].state for item in again.items} == {"unverifiable"}


def hiding(server: ModelServer, exports: list[dict[str, Any]], **policy: Any) -> Plan:
    """The plan for an environment that returns no external IDs, and finds objects by them all the same."""
    server.hides = True
    server.asked.clear()
    return build_plan(server, server.list(), job(exports, **policy))


def test_external_ids_that_an_environment_hides_are_not_set_again() -> None:
    exports = [export("a", "one"), export("b", "three")]
    first, second = ExternalId("a").encode(), ExternalId("b").encode()
    server = seeded(export("", "one"), export("", "two"))
    plan = hiding(server, exports)
    assert [(step.action, step.external_id) for step in plan.steps] == [("set_external_id", first), ("create", second)]
    assert server.asked == [[first, second]]
    server = seeded(export("", "one"), export("", "two"), external_ids=(first,))
    hidden = hiding(server, exports)
    assert [(step.action, step.external_id) for step in hidden.steps] == [("create", None)]
    assert "does not return external IDs" in hidden.items[0].external_id_reason
    assert server.asked == [[first, second]]
    unused = hiding(server, exports, no_external_ids="off")
    assert not [step for step in unused.steps if step.external_id] and server.asked == []


@pytest.mark.parametrize("key", [{}, {"fingerprints": Fingerprints("a key of enough letters", "env")}])
def test_an_object_is_found_by_its_name_where_the_environment_hides_it(key: dict[str, Any]) -> None:
    """The object with the name has another endpoint, and a second one is as declared: prune takes the second."""
    exports = [export("a", "new")]
    server = seeded(export("", "old"), export("", "new"), export("", "other"), external_ids=(ExternalId("a").encode(),))
    server.hides = True
    policy: dict[str, Any] = {"prune": True, **key}
    outcome = run(server, exports, **policy)
    assert outcome.changed and list(server.objects) == ["object-1"]
    assert server.objects["object-1"]["value"]["endpointDefinition"]["endpointUrl"] == "https://new/"
    assert not hiding(server, exports, **policy).changed


def test_an_export_without_a_name_may_have_a_url_that_is_none() -> None:
    server = seeded(export("", "[::1"), export("", "one"))
    assert not run(server, [export("a", "[::1")], no_external_ids="off").changed


def test_a_second_object_with_the_endpoint_is_no_ambiguity_where_names_are_hidden() -> None:
    """Two objects match, one carries the name: only the environment can say which."""
    exports = [export("a", "one"), export("b", "two")]
    server = seeded(export("", "one"), export("", "one"), external_ids=(None, ExternalId("a").encode()))
    plan = hiding(server, exports)
    assert [(step.action, step.name, step.external_id) for step in plan.steps] == [("create", "b", None)]
    assert plan.items[0].object_id == "object-2" and [have.object_id for have in plan.unmanaged] == ["object-1"]
    server.objects["object-2"]["externalId"] = None
    with invalid("2 objects match it"):
        hiding(server, exports)


def test_an_external_id_that_was_not_kept_is_reported() -> None:
    server = seeded(export("", "one"))
    plan = plan_for(server, [export("a", "one")])
    with pytest.raises(SettingsError, match="store_external_id: false"):
        check_external_ids_are_kept(server, server.list(), plan, job([export("a", "one")]))
    existing = server.list()
    server.objects["object-1"]["externalId"] = ExternalId("a").encode()
    check_external_ids_are_kept(server, existing, plan, job([export("a", "one")]))


URLS = st.sampled_from(["u1", "u2", "u3", "u4"])
PASSWORDS = st.sampled_from([None, "S3cret-one", "S3cret-two"])
AUTHENTICATION = st.one_of(
    st.none(),
    st.just({"active": False}),
    st.builds(basic, PASSWORDS),
    st.builds(
        lambda secret: {
            "active": True,
            "auth_type": "oauth2",
            "oauth2": {"access_token_url": "https://t/", "client_id": "c", "client_secret": secret},
        },
        PASSWORDS,
    ),
)
EXPORT = st.builds(
    lambda name, url, auth, index, quiet: export(
        name,
        url,
        authentication=auth,
        send_direct={"active": True, "index_name": index} if index else None,
        export_behavior={"disable_notification": quiet},
    ),
    st.sampled_from("abcd"),
    URLS,
    AUTHENTICATION,
    st.sampled_from([None, "i1"]),
    st.booleans(),
)
EXTERNAL_IDS = st.sampled_from([None, "monaco:x", *(ExternalId(name).encode() for name in "abcd")])


@given(
    there=st.lists(st.tuples(EXPORT, EXTERNAL_IDS), max_size=3),
    wanted=st.lists(EXPORT, max_size=3, unique_by=lambda one: one["name"]),
    prune=st.booleans(),
    adopt=st.sampled_from(["without_external_id", "any", "never"]),
    update_secrets=st.sampled_from(["with_updates", "on_create", "always", "on_change"]),
)
def test_one_run_converges_whatever_is_there(
    there: list[Any], wanted: list[Any], prune: bool, adopt: Any, update_secrets: Any
) -> None:
    server = ModelServer()
    for options, external_id in there:
        value = RULES.schema.complete(to_value(options)).value
        for path in RULES.schema.expected_secret_paths(value):
            node = value[path[0]][path[1]]
            node[path[2]] = node.get(path[2]) or "S3cret-there"
        if external_id and any(item["externalId"] == external_id for item in server.objects.values()):
            external_id = None
        server.seed(value, external_id)
    declaration = declare(wanted, RULES.schema)
    if declaration.problems:
        return
    before = server.list()
    policy = {"prune": prune, "adopt": adopt, "update_secrets": update_secrets}
    if update_secrets == "on_change":
        policy["fingerprints"] = KEY
    try:
        predicted = plan_for(server, wanted, **policy)
    except InvalidInput:
        return
    assert server.list() == before
    outcome = run(server, wanted, **policy)

    def reported(items: Any) -> list[Any]:
        return [{**item_report(item, RULES), "object_id": None, "diff": item_diff(item, RULES)} for item in items]

    assert reported(outcome.items) == reported(predicted.items)
    assert outcome.changed == predicted.changed
    assert "S3cret" not in repr(reported(outcome.items)) + repr(outcome.plan.items)
    assert len(server.writes) == len(predicted.steps)
    assert len(server.objects) == predicted.used <= 3
    # Nothing is left to do, but for what is sent with every run.
    if update_secrets == "always":
        policy["update_secrets"] = "on_create"
    assert not plan_for(server, wanted, **policy).changed
    found = {have.own_external_id.name: have for have in server.list() if have.own_external_id}
    for want in declaration.exports:
        matching = [have for have in server.list() if RULES.identity(have.value) == RULES.identity(want.value)]
        assert want.name in found or matching
    if prune:
        assert len(server.objects) == len(wanted)
