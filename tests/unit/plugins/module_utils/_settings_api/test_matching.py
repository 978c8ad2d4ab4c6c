# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which existing object a declared one is: by name, by external ID, by identity; adoption and ambiguity."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.secrets import Fingerprints
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    basic,
    export,
    hiding,
    plan_for,
    run_exports,
    seeded,
)
from ansible_collections.community.dynatrace.tests.support.model_server import (
    ModelServer,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid


def test_what_was_made_by_hand_is_adopted_once() -> None:
    server = seeded(export("", "one"), export("", "two", authentication=basic()), export("", "three"))
    wanted = [export("a", "one"), export("b", "two", authentication=basic(None)), export("c", "three")]
    outcome = run_exports(server, wanted)
    assert [item.external_id_state for item in outcome.items] == ["set", "none", "set"]
    assert len(server.objects) == 3
    assert not plan_for(server, wanted).changed


def test_the_same_url_may_serve_three_indices() -> None:
    server = ModelServer()
    wanted = [export(name, "es", send_direct={"active": True, "index_name": name}) for name in ("x", "y", "z")]
    run_exports(server, wanted)
    for item in server.objects.values():
        item["externalId"] = None
    outcome = run_exports(server, wanted)
    assert len(server.objects) == 3
    assert all(item.operation == "updated" and not item.changed for item in outcome.items)


def test_never_adopt_refuses_instead_of_doubling() -> None:
    server = seeded(export("", "one"))
    with invalid(r"exports\[0\]\.name: 'a' does not exist, but"):
        run_exports(server, [export("a", "one")], adopt="never")
    assert server.writes == []


def test_two_matches_are_listed_and_nothing_is_written() -> None:
    server = seeded(export("", "one"), export("", "one"))
    with invalid("2 objects match it") as caught:
        run_exports(server, [export("a", "one")])
    assert "object-1" in caught.message
    assert "object-2" in caught.message


def test_a_removal_that_means_two_is_refused_unless_only_the_name_is_given() -> None:
    server = seeded(export("", "order_change"), export("", "one"), external_ids=(ExternalId("a").encode(),))
    with invalid("declare only its name") as caught:
        run_exports(server, [export("a", "one")], absent=True)
    assert "object-1" in caught.message and "object-2" in caught.message
    assert server.writes == []
    run_exports(server, [{"name": "a"}], absent=True)
    assert server.writes == ["delete"]
    assert [item["value"]["endpointDefinition"]["endpointUrl"] for item in server.objects.values()] == ["https://one/"]


def test_an_export_that_is_there_once_more_by_hand_is_named_with_every_run() -> None:
    server = seeded(export("", "order_change"), export("", "one"), external_ids=(ExternalId("a").encode(),))
    for _turn in range(2):
        outcome = run_exports(server, [export("a", "one")])
        (reported,) = outcome.plan.warnings
        assert reported.startswith("a exists twice: unnamed to https://one/ (object object-2")
    assert server.writes == ["update"]


def test_absent_removes_by_name_or_by_endpoint_and_only_that() -> None:
    server = seeded(export("", "one"), export("", "two"), export("", "three"), external_ids=(ExternalId("a").encode(),))
    outcome = run_exports(server, [{"name": "a"}, export("x", "two"), {"name": "gone"}], absent=True)
    assert [item.operation for item in outcome.items] == ["deleted", "deleted", "unchanged"]
    assert len(server.objects) == 1


@pytest.mark.parametrize("key", [{}, {"fingerprints": Fingerprints("a key of enough letters", "env")}])
def test_an_object_is_found_by_its_name_where_the_environment_hides_it(key: dict[str, Any]) -> None:
    """The object with the name has another endpoint, and a second one is as declared: prune takes the second."""
    exports = [export("a", "new")]
    server = seeded(export("", "old"), export("", "new"), export("", "other"), external_ids=(ExternalId("a").encode(),))
    server.hides = True
    policy: dict[str, Any] = {"prune": True, **key}
    outcome = run_exports(server, exports, **policy)
    assert outcome.changed and list(server.objects) == ["object-1"]
    assert server.objects["object-1"]["value"]["endpointDefinition"]["endpointUrl"] == "https://new/"
    assert not hiding(server, exports, **policy).changed


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
