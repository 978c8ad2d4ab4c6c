# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""External IDs that an environment hides, or does not keep."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import ExternalId
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.planning import (
    check_external_ids_are_kept,
)
from ansible_collections.community.dynatrace.tests.support.export_plans import (
    export,
    hiding,
    job_of_exports,
    plan_for,
    seeded,
)


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


def test_an_external_id_that_was_not_kept_is_reported() -> None:
    server = seeded(export("", "one"))
    plan = plan_for(server, [export("a", "one")])
    with pytest.raises(SettingsError, match="store_external_id: false"):
        check_external_ids_are_kept(server, server.list(), plan, job_of_exports([export("a", "one")]))
    existing = server.list()
    server.objects["object-1"]["externalId"] = ExternalId("a").encode()
    check_external_ids_are_kept(server, existing, plan, job_of_exports([export("a", "one")]))
