# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was reviewed is what is done: the digest of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.declaration import declare
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import to_value
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.service import export_domain
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id_policy import Policy
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.matching import Existing
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan import make_plan
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_digest import (
    PlanDiffers,
    approve,
    plan_digest,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.plan_types import Plan

RULES = export_domain()


def export(name: str, url: str, password: str | None = None, quiet: bool = False) -> dict[str, Any]:
    """Options of an export."""
    client = {"username": "u", "password": password}
    login = {"authentication": {"active": True, "basic_auth": client}} if password else {}
    behavior = {"export_behavior": {"disable_notification": quiet}}
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{url}/"}, **login, **behavior}


def there(object_id: str, options: dict[str, Any], **more: Any) -> Existing:
    value = RULES.schema.complete(to_value(options)).value
    return Existing(object_id, value, external_id=f"community.dynatrace:1:{options['name']}/", **more)


def plan(existing: list[Existing], *exports: dict[str, Any], **policy: Any) -> Plan:
    declaration = declare(list(exports), RULES.schema)
    assert not declaration.problems
    return make_plan(existing, declaration.exports, RULES, Policy(**policy))


A = there("1", export("a", "one"))
WANTED = export("a", "one", quiet=True)


def test_the_same_plan_has_the_same_digest_whoever_saved_the_object_and_whatever_stays() -> None:
    reviewed = plan([A], WANTED, export("b", "two"))
    later = replace(A, update_token="other", modified=5, author="someone")
    unmanaged = there("9", export("z", "z"))
    assert plan_digest(reviewed) == plan_digest(plan([later, unmanaged], WANTED, export("b", "two")))
    assert plan_digest(reviewed).startswith("1:")


@pytest.mark.parametrize(
    "other",
    [
        plan([A], WANTED),
        plan([A], WANTED, export("b", "three")),
        plan([A], export("a", "one"), export("b", "two")),
        plan([replace(A, object_id="2")], WANTED, export("b", "two")),
        plan([there("1", export("a", "order_change"))], WANTED, export("b", "two")),
        plan([A, there("9", export("z", "z"))], WANTED, export("b", "two"), prune=True),
        plan([], WANTED, export("b", "two")),
    ],
)
def test_another_plan_has_another(other: Plan) -> None:
    assert plan_digest(other) != plan_digest(plan([A], WANTED, export("b", "two")))


def test_a_secret_leaves_no_trace_but_whether_it_is_sent() -> None:
    one, other = (plan([], export("a", "one", password=secret)) for secret in ("canary one", "canary two"))
    assert plan_digest(one) == plan_digest(other)
    stored = there("1", export("a", "one", password="stored"))
    kept = plan([stored], export("a", "one", password="canary", quiet=True), update_secrets="on_create")
    sent = plan([stored], export("a", "one", password="canary", quiet=True), update_secrets="always")
    assert plan_digest(kept) != plan_digest(sent)


def test_only_what_was_approved_passes_and_what_has_nothing_to_do() -> None:
    reviewed = plan([A], WANTED)
    approve(plan_digest(reviewed), None, changed=True)
    approve(plan_digest(reviewed), plan_digest(reviewed), changed=True)
    done = plan([there("1", WANTED)], WANTED)
    approve(plan_digest(done), plan_digest(reviewed), changed=done.changed)
    with pytest.raises(PlanDiffers, match="Nothing was sent") as caught:
        approve(plan_digest(plan([there("1", export("a", "elsewhere"))], WANTED)), plan_digest(reviewed), changed=True)
    assert plan_digest(reviewed) in str(caught.value)
