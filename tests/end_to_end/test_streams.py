# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was configured is what is sent, and what the check sends beforehand has the same form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    PASSWORD,
    Asked,
    Elasticsearch,
    EndpointServer,
    World,
    basic,
    bearer,
    export,
    locked,
    oauth,
    says,
    serving,
    to_elastic,
    token_service,
)
from ansible_collections.community.dynatrace.tests.support.playbooks import play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

WRITE = "community.dynatrace.user_session_exports"
CHECK = "community.dynatrace.user_session_exports_endpoint_check"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(["env"]) as running:
        yield running


def form(asked: Asked) -> dict[str, Any]:
    """The form of a request, without what is in the sessions."""
    lines = asked.lines
    actions = [line["index"] for line in lines if "index" in line]
    documents = [line for line in lines if "index" not in line]
    return {
        "method": asked.method,
        "place": asked.place,
        "headers": {name: asked.headers.get(name) for name in ("content-type", "authorization")},
        "ends": asked.body[-1:],
        "actions": [sorted(action) for action in actions[:1]],
        "index": [action["_index"] for action in actions[:1]],
        "id": [len(action["_id"].split("-")) >= 3 for action in actions[:1]],
        "documents": all(isinstance(one["startTime"], int) and "userActions" in one for one in documents),
    }


def sent(end: EndpointServer) -> list[dict[str, Any]]:
    """The requests that carried sessions."""
    return [form(one) for one in end.asked if any("tenantId" in line for line in one.lines)]


def test_what_was_configured_is_what_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    world, elastic = World(tmp_path), Elasticsearch()
    connection = {"environment_url": simulator.url("env"), "api_token": simulator.token("env")}
    with (
        serving(locked(elastic), world.tls()) as search,
        serving(bearer(says()), world.tls()) as archive,
        serving(token_service(takes="header"), world.tls()) as login,
    ):
        exports = [
            to_elastic(search.url("/_bulk"), authentication=basic()),
            export(archive.url(), authentication=oauth(login.url("/token"))),
        ]
        run = play(
            tmp_path / "first",
            [
                {"name": "check", CHECK: {"exports": exports, "ca_path": world.ca_path, "mode": "send"}},
                {"name": "configure", WRITE: {**connection, "exports": exports}},
            ],
        )
        assert run.code == 0, run.output
        foreseen = [sent(end) for end in (search, archive)]
        for end in (search, archive):
            end.asked.clear()
        reported = simulator.stream("env", ca_file=world.ca_path, count=3)
        assert [(one["sessions"], one["failures"]) for one in reported] == [(3, [])] * 2
        assert [sent(end) for end in (search, archive)] == foreseen, "the check sends in the form of the product"
        assert len(elastic.stored) == 3 + 2, "three sessions, and two samples that were taken back"

        # Another password, a pause: it is what counts at the next session.
        exports[0]["authentication"] = basic("another")
        exports[1]["endpoint_definition"]["enable_user_session_export"] = False
        options = {**connection, "exports": exports, "update_secrets": "always"}
        assert play(tmp_path / "second", [{"name": "change", WRITE: options}]).code == 0
        first, second = simulator.stream("env", ca_file=world.ca_path, count=1)
        assert (first["failures"], first["alerts"]) == (["status 401"] * 4, 1)
        assert second["disabled"] and second["tries"] == 0
        exports[0]["authentication"] = basic(PASSWORD)
        exports[0]["export_behavior"] = {"disable_notification": True}
        assert play(tmp_path / "third", [{"name": "mend", WRITE: {**options, "exports": exports}}]).code == 0
        assert simulator.stream("env", ca_file=world.ca_path, count=1)[0]["sessions"] == 1
