# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of objects in other environments changes no plan, and brings nothing of another environment along."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.report import item_report
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import export_domain
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api import plan as planning
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Declared, Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.memo import Memo
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan import make_plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import plan_digest
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import Fingerprints

PLAIN = replace(export_domain(), memo=None)
MASK = "zx6cTh7lCe"


def export(name: str, url: str = "a", paused: bool = False, password: str | None = None) -> dict[str, Any]:
    basic = {"username": "u", **({"password": password} if password else {})}
    return {
        "name": name,
        "endpoint_definition": {
            "endpoint_url": f"https://{url}.example.com/",
            "enable_user_session_export": not paused,
        },
        **({"authentication": {"active": True, "basic_auth": basic}} if password is not None else {}),
    }


def declared(*exports: dict[str, Any]) -> tuple[Declared, ...]:
    return declare(list(exports), PLAIN.schema).exports


def stored(one: Declared, number: int, external_id: str | None = None, **more: Any) -> Existing:
    value = copy.deepcopy(one.value)
    basic = value.get("authentication", {}).get("basicAuth", {})
    if "password" in basic:
        basic["password"] = f"{MASK}{number}"
    value |= more.pop("merge", {})
    label = ExternalId(one.name).encode() if external_id is None else external_id or None
    return Existing(f"id-{number}", value, f"token-{number}", label, 1_000 + number, f"author-{number}", **more)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    planned: list[str] = []
    plan_one = planning._plan_one

    def counting(desired: Declared, *arguments: Any) -> Any:
        planned.append(desired.name)
        return plan_one(desired, *arguments)

    monkeypatch.setattr(planning, "_plan_one", counting)
    yield planned


def test_an_export_that_is_the_same_in_many_environments_is_planned_once(counted: list[str]) -> None:
    domain = replace(PLAIN, memo=Memo())
    exports = declared(export("one"), export("two", url="b"))
    for number in (10, 20, 30):
        existing = [stored(one, number + place) for place, one in enumerate(exports)]
        items = make_plan(existing, exports, domain, Policy()).items
        assert [item.operation for item in items] == ["unchanged", "unchanged"]
        assert [(item.object_id, item.modified, item.author) for item in items] == [
            (one.object_id, one.modified, one.author) for one in existing
        ]
    assert counted == ["one", "two"]


@pytest.mark.parametrize(
    "change",
    [
        {"merge": {"unknownProperty": 1}},
        {"external_id": ""},
        {"external_id": "monaco:another"},
        {"modifiable": False},
        {"deletable": False},
    ],
)
def test_whatever_has_an_effect_is_planned_again(counted: list[str], change: dict[str, Any]) -> None:
    domain = replace(PLAIN, memo=Memo())
    exports = declared(export("one"))
    make_plan([stored(exports[0], 1)], exports, domain, Policy())
    counted.clear()
    found = make_plan([stored(exports[0], 1, **change)], exports, domain, Policy())
    assert counted
    assert found == make_plan([stored(exports[0], 1, **change)], exports, PLAIN, Policy())


def test_changes_and_fingerprints_are_planned_for_each_environment(counted: list[str]) -> None:
    domain = replace(PLAIN, memo=Memo())
    (one,) = declared(export("one"))
    (other,) = declared(export("one", paused=True))
    for number in (1, 2):
        (step,) = make_plan([stored(other, number)], [one], domain, Policy()).steps
        assert (step.object_id, step.update_token) == (f"id-{number}", f"token-{number}")
    assert counted == ["one"] * 3, "once to find out that it cannot be shared"
    counted.clear()
    with_secret = declared(export("one", password="secret"))
    for number in (1, 2):
        fingerprints = Fingerprints("a key of sixteen or more", f"environment-{number}", None)
        policy = Policy(update_secrets="on_change", fingerprints=fingerprints)
        make_plan([stored(with_secret[0], number)], with_secret, domain, policy)
    assert counted == ["one"] * 2


EXPORTS = st.builds(
    export,
    st.sampled_from(["one", "two"]),
    st.sampled_from(["a", "b"]),
    st.booleans(),
    st.sampled_from([None, "", "secret", "other"]),
)
POLICIES = st.builds(
    Policy,
    update_secrets=st.sampled_from(["with_updates", "on_create", "always"]),
    adopt=st.sampled_from(["without_external_id", "any", "never"]),
    prune=st.booleans(),
    recreate=st.booleans(),
    sent=st.sampled_from([frozenset(), frozenset({"one"})]),
    no_external_ids=st.sampled_from(["", "they are not used"]),
    no_new_external_ids=st.sampled_from(["", "none is set"]),
)
ENVIRONMENTS = st.lists(
    st.tuples(
        st.lists(EXPORTS, min_size=1, max_size=2),
        st.lists(
            st.tuples(
                EXPORTS,
                st.sampled_from([None, "", "monaco:x"]),
                st.fixed_dictionaries(
                    {},
                    optional={
                        "modifiable": st.just(False),
                        "deletable": st.just(False),
                        "merge": st.just({"unknownProperty": {"a": 1}}),
                    },
                ),
            ),
            max_size=2,
        ),
        POLICIES,
    ),
    min_size=2,
    max_size=5,
)


@given(environments=ENVIRONMENTS)
@settings(max_examples=150)
def test_with_and_without_what_is_known_plans_and_reports_are_the_same(environments: list[Any]) -> None:
    domain = replace(PLAIN, memo=Memo())
    # Each one comes twice, with objects of its own.
    for number, (exports, present, policy) in enumerate([*environments, *environments]):
        wanted = declared(*exports)
        existing = [
            stored(declared(one)[0], 10 * number + place, external_id, **more)
            for place, (one, external_id, more) in enumerate(present)
        ]
        found = []
        for way in (domain, PLAIN):
            try:
                plan = make_plan(copy.deepcopy(existing), wanted, way, policy)
                found.append((plan, plan_digest(plan), [item_report(item, way) for item in plan.items]))
            except InvalidInput as error:
                found.append(repr(error.problems))
        assert found[0] == found[1]
