# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From ansible-playbook to documents on a secured server: each user has exactly the rights that the guide documents."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command, play
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

from .cluster import USER_PASSWORD, Cluster
from .test_states import check, codes
from .test_states import prepare as prepare_index

pytestmark = pytest.mark.servers("opensearch2-security")
WRITE = "community.dynatrace.user_session_exports"
CHECK = "community.dynatrace.user_session_exports_endpoint_check"
HERE = Path(__file__).resolve().parent
GUIDE = HERE.parents[1] / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"
INDEX = "sessions-fleet"


def prepare(cluster: Cluster, folder: Path, user: str, *arguments: str) -> Command:
    """The playbook, for two environments that share an index."""
    slots = {"user_session_exports_slots": [cluster.export(INDEX, user="exporter")]}
    inventory = {"dynatrace": {"hosts": {"first": slots, "second": slots}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    name = "community.dynatrace.prepare_index"
    extra = {
        "dynatrace_index_exports": [cluster.export(INDEX, user=user)],
        "dynatrace_index_ca_path": cluster.world.ca_path,
        "dynatrace_index_rollover": True,
        "dynatrace_index_settings": {"number_of_replicas": 0},
    }
    done = command(folder, "ansible-playbook", "-i", "inventory.yml", name, *arguments, **extra)
    assert USER_PASSWORD not in done.output
    return done


def outcome(done: Command) -> list[str]:
    """What the playbook says about each index."""
    assert done.code == 0, done.output
    return re.findall(r'"msg": "\S+ at \S+: (\w+), ', done.output)


def test_prepare_check_and_stream_with_the_documented_rights(cluster: Cluster, tmp_path: Path) -> None:
    assert outcome(prepare(cluster, tmp_path, "preparer", "--check", "--diff")) == ["created"]
    assert cluster.raw("GET", f"/{INDEX}").status == 404
    assert outcome(prepare(cluster, tmp_path, "preparer")) == ["created"]
    assert outcome(prepare(cluster, tmp_path, "preparer")) == ["unchanged"]
    before = cluster.mapping(INDEX)

    with Simulator(["env"]) as simulator:
        connection = {"environment_url": simulator.url("env"), "api_token": simulator.token("env")}
        checked: dict[str, Any] = {"exports": [cluster.export(INDEX, user="checker")], "ca_path": cluster.world.ca_path}
        exports = [cluster.export(INDEX, user="exporter")]
        configure = {
            **connection,
            "exports": exports,
            "endpoint_check": "connect",
            "endpoint_check_ca_path": cluster.world.ca_path,
        }
        run = play(
            tmp_path / "play",
            [
                {"name": "check", CHECK: {**checked, "fail_on": "warning"}},
                {"name": "samples", CHECK: {**checked, "mode": "send", "fail_on": "warning"}},
                {"name": "configure", WRITE: configure},
                {"name": "again", WRITE: configure},
            ],
        )
        assert run.code == 0, run.output
        assert USER_PASSWORD not in run.output + json.dumps(run.results)
        assert [run.of(task)["changed"] for task in ("check", "samples", "configure", "again")] == [0, 0, 1, 0]
        found = [finding["code"] for finding in run.of("samples")["checks"][0]["findings"]]
        assert found[-2:] == ["accepted", "samples_deleted"]
        (summary,) = simulator.stream("env", ca_file=cluster.world.ca_path, count=40)
        assert (summary["sessions"], summary["refused"], summary["failures"]) == (40, 0, [])

    cluster.ask("POST", f"/{INDEX}/_refresh")
    query = {"range": {"startTime": {"gte": "2020-01-01", "lt": "now+1d", "format": "yyyy-MM-dd"}}}
    assert cluster.ask("POST", f"/{INDEX}/_count", {"query": query})["count"] == 40
    nested = {"nested": {"path": "userActions", "query": {"exists": {"field": "userActions.startTime"}}}}
    assert cluster.ask("POST", f"/{INDEX}/_count", {"query": nested})["count"] > 0
    assert cluster.mapping(INDEX) == before, "a session adds no field"


def test_a_user_with_fewer_rights_fails_before_anything_is_configured(cluster: Cluster, tmp_path: Path) -> None:
    with Simulator(["env"]) as simulator:
        options = {
            "environment_url": simulator.url("env"),
            "api_token": simulator.token("env"),
            "exports": [cluster.export(INDEX, user="reader")],
            "endpoint_check": "connect",
            "endpoint_check_ca_path": cluster.world.ca_path,
        }
        run = play(tmp_path / "play", [{"name": "configure", WRITE: options, "ignore_errors": True}])
        assert run.failed == {"configure"}
        assert "privilege_missing" in run.of("configure")["msg"]
        assert simulator.objects("env") == []
    refused = prepare(cluster, tmp_path, "checker")
    assert refused.code == 2
    assert "index_privilege_missing" in refused.output


def test_the_roles_of_this_test_are_those_of_the_guide() -> None:
    """The column for OpenSearch in the table of privileges, and security/roles.yml."""
    table = GUIDE.read_text(encoding="utf-8").partition("\nPrivileges\n")[2].partition("\nThe check also works")[0]
    rows = [re.split(r"\n {5}- ", row) for row in table.split("\n   * - ")[2:]]
    documented = {row[0].strip(): set(re.findall(r"``([\w:/]+)``", row[2])) for row in rows}
    roles = yaml.safe_load((HERE / "security" / "roles.yml").read_text(encoding="utf-8"))

    def permissions(role: str) -> set[str]:
        (of_index,) = roles[role]["index_permissions"]
        return {*roles[role]["cluster_permissions"], *of_index["allowed_actions"]}

    sending, checking = documented["sending sessions"], documented["the check, in addition"]
    preparing, rollover = documented["preparing an index"], documented["``rollover``, in addition"]
    assert permissions("exporter") == sending
    assert permissions("checker") == sending | checking
    assert permissions("preparer") == preparing | rollover


def test_the_roles_that_the_guide_shows_are_enough(cluster: Cluster) -> None:
    """They are created as shown, for users of their own."""
    text = GUIDE.read_text(encoding="utf-8")
    shown = re.findall(r"^    PUT (_plugins/_security/api/roles/[\w-]+)\n((?:    .+\n)+)", text, re.MULTILINE)
    assert [path.rpartition("/")[2] for path, _body in shown] == ["session-export", "session-export-prepare"]
    for path, body in shown:
        role = path.rpartition("/")[2]
        cluster.ask("PUT", f"/{path}", json.loads(body))
        cluster.ask("PUT", f"/_plugins/_security/api/internalusers/{role}", {"password": USER_PASSWORD})
        cluster.ask("PUT", f"/_plugins/_security/api/rolesmapping/{role}", {"users": [role]})
    index = "user-sessions-shown"
    made = cluster.export(index, user="session-export-prepare")
    assert prepare_index(cluster, made, rollover=True)["operation"] == "created"
    sent = check(cluster, cluster.export(index, user="session-export"), "send")
    assert codes(sent, "warning", "error") == []
    assert codes(sent)[-2:] == ["accepted", "samples_deleted"]
    cluster.discard("user-sessions-shown")
