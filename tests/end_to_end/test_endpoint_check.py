# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of the check: a declaration fails it, is mended, passes; its guide; secrets; any managed host."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    CLIENT_SECRET,
    PASSWORD,
    TOKEN,
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
from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

CHECK = "community.dynatrace.user_session_exports_endpoint_check"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"
# A host that is not the controller, as far as Ansible can tell.
ELSEWHERE = """\
from __future__ import annotations
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = '''
name: elsewhere
short_description: A host that is not local
author: tests
description: [A host that is not local.]
options: {}
'''
class Connection(Local):
    transport = "elsewhere"
    has_pipelining = True
"""


@dataclass
class Ends:
    """Three far ends as they should be: one for each kind of authentication, one of them an Elasticsearch."""

    world: World
    elastic: Elasticsearch
    search: EndpointServer
    archive: EndpointServer
    login: EndpointServer

    def exports(self, **direct: Any) -> list[dict[str, Any]]:
        """They as they are declared."""
        return [
            to_elastic(self.search.url("/_bulk"), authentication=basic(), send_direct=direct),
            export(self.archive.url(), authentication=oauth(self.login.url("/token"))),
        ]


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    world, elastic = World(tmp_path), Elasticsearch()
    with (
        serving(locked(elastic), world.tls()) as search,
        serving(bearer(says()), world.tls()) as archive,
        serving(token_service(), world.tls()) as login,
    ):
        yield Ends(world, elastic, search, archive, login)


def codes(result: dict[str, Any]) -> list[list[str]]:
    return [[finding["code"] for finding in check["findings"]] for check in result["checks"]]


def has_no_secret(run: Playbook) -> bool:
    reported = run.output + json.dumps(run.results)
    return not any(secret in reported for secret in (PASSWORD, CLIENT_SECRET, TOKEN, "canary"))


def test_a_declaration_fails_its_check_is_mended_and_passes(ends: Ends, tmp_path: Path) -> None:
    def task(name: str, exports: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        options = {"exports": exports, "ca_path": ends.world.ca_path, **more.pop("options", {})}
        return {"name": name, CHECK: options, **more}

    wrong, right = ends.exports(doc_type="_doc"), ends.exports()
    ways = {"in process": {}, "module": {"vars": {"dynatrace_in_process": False}}}
    tasks = []
    for way, keywords in ways.items():
        tasks += [
            task(f"wrong, {way}", wrong, ignore_errors=True, **keywords),
            task(f"foretold, {way}", right, options={"mode": "send"}, check_mode=True, **keywords),
            task(f"right, {way}", right, **keywords),
            task(f"sent, {way}", right, options={"mode": "send"}, **keywords),
            task(f"reported, {way}", wrong, options={"fail_on": "never"}, **keywords),
        ]
    refused = task("refused", [export("http://a"), {"name": "x", "surprise": PASSWORD}], ignore_errors=True)
    run = play(tmp_path / "play", [*tasks, refused], arguments=["-vvv"])
    assert run.code == 0, run.output
    assert has_no_secret(run)
    assert "WARNING" not in run.output
    assert run.modules == {name for name in run.tasks if name.endswith("module")}
    assert run.failed == {"wrong, in process", "wrong, module", "refused"}
    for way in ways:
        failed = run.of(f"wrong, {way}")
        first, second = failed["msg"].splitlines()
        assert first == "1 of 2 exports do not pass (elasticsearch):"
        assert second.startswith(
            "  exports[0].send_direct.doc_type: the document type _doc is rejected by this version"
        )
        assert codes(failed) == codes(run.of(f"reported, {way}"))
        foretold, connected, sent = (run.of(f"{step}, {way}") for step in ("foretold", "right", "sent"))
        assert codes(foretold) == codes(connected)
        assert "check mode" in foretold["notes"][0]
        assert [one["changed"] for one in (foretold, connected, sent)] == [False, False, True]
        assert codes(sent)[0][-2:] == ["accepted", "samples_deleted"]
        assert codes(sent)[1][-2:] == ["accepted", "samples_retained"]
        assert [check["ok"] for check in run.of(f"reported, {way}")["checks"]] == [False, True]
    assert ends.elastic.documents == {}
    assert len(ends.elastic.stored) == 4
    assert len(ends.archive.asked) == 2
    # Both ways tell the same, but for the time it took.
    same = [re.sub(r'"seconds": [\d.]+', "", json.dumps(run.of(f"right, {way}")["checks"])) for way in ways]
    assert same[0] == same[1]
    paths = {problem["path"] for problem in run.of("refused")["problems"]}
    assert paths >= {"exports[0].endpoint_definition.endpoint_url", "exports[1].surprise"}


def test_it_runs_on_any_managed_host_with_nothing_but_a_python(ends: Ends, tmp_path: Path) -> None:
    plugins, site = tmp_path / "connections", tmp_path / "site"
    plugins.mkdir()
    site.mkdir()
    (plugins / "elsewhere.py").write_text(ELSEWHERE)
    (site / "sitecustomize.py").write_text("import sys\nsys.modules['requests'] = sys.modules['jsonschema'] = None\n")
    there = {"ansible_connection": "elsewhere", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    options = {"exports": ends.exports(), "ca_path": ends.world.ca_path}
    run = play(
        tmp_path / "play",
        [{"name": "check", CHECK: options, "environment": {"PYTHONPATH": str(site)}}],
        hosts={"activegate": there},
        arguments=["-vvv"],
        environment={"ANSIBLE_CONNECTION_PLUGINS": str(plugins)},
    )
    assert run.code == 0, run.output
    assert run.modules == {"check"}
    assert has_no_secret(run)
    result = run.of("check")
    assert result["ok"] is True
    assert "jsonschema" in result["notes"][0]
    assert codes(result)[0] == ["reached", "elasticsearch_found", "index_found"]


def test_defaults_of_the_action_group_are_those_of_environments_and_do_not_reach_it(ends: Ends, tmp_path: Path) -> None:
    defaults = {"group/community.dynatrace.dynatrace": {"environment_url": "https://x.example.com", "api_token": "t"}}
    options = {"exports": ends.exports(), "ca_path": ends.world.ca_path}
    run = play(tmp_path / "play", [{"name": "check", CHECK: options}], module_defaults=defaults)
    assert run.of("check")["ok"] is True


def test_the_role_writes_nothing_that_would_not_work(ends: Ends, tmp_path: Path) -> None:
    role = "user_session_exports_"
    with Simulator(["wrong", "right", "unasked"]) as simulator:
        hosts = {
            env: {
                f"{role}environment_url": simulator.url(env),
                f"{role}api_token": simulator.token(env),
                f"{role}slots": ends.exports(**({} if env == "right" else {"doc_type": "_doc"})),
                f"{role}endpoint_check": "connect",
                f"{role}endpoint_check_ca_path": ends.world.ca_path,
            }
            for env in ("wrong", "right", "unasked")
        }
        # As YAML reads a plain no.
        hosts["unasked"][f"{role}endpoint_check"] = False
        roles = [{"role": "community.dynatrace.user_session_exports"}]
        runs = [play(tmp_path / "play", [], hosts=hosts, roles=roles) for _time in range(2)]
        stored = {env: len(simulator.objects(env, EXPORT_SCHEMA)) for env in hosts}
        asked = len(simulator.requests(environment="wrong"))
    assert stored == {"wrong": 0, "right": 2, "unasked": 2}
    assert asked == 0
    assert all(has_no_secret(run) for run in runs)
    name = "community.dynatrace.user_session_exports : Configure user session exports"
    first, second = runs
    for run, changed in ((first, True), (second, False)):
        refused = run.on("wrong")[name]
        assert refused["msg"].startswith("Nothing was written. 1 of 2 exports do not pass (elasticsearch):")
        assert [check["ok"] for check in refused["endpoint_checks"]] == [False, True]
        assert run.on("right")[name]["changed"] is changed
        assert [check["ok"] for check in run.on("right")[name]["endpoint_checks"]] == [True, True]
        assert "endpoint_checks" not in run.on("unasked")[name]
    assert ends.elastic.stored == []


def test_the_guide_to_the_check(ends: Ends, tmp_path: Path) -> None:
    pattern = r"^\.\. code-block:: yaml\n +:caption: (\S+)\n\n((?:    .*\n|\n)+)"
    blocks = re.findall(pattern, GUIDE.read_text(encoding="utf-8"), re.M)
    files = {name: yaml.safe_load(textwrap.dedent(text)) for name, text in blocks}
    variables = {
        **files.pop("inventory/group_vars/all/verify.yml"),
        **files.pop("inventory/group_vars/all/validate.yml"),
    }
    # See test_index.py, and the unit test of endpoints.
    del files["index.yml"], files["index_options.yml"], files["forward.yml"]
    assert set(files) == {"check.yml", "check_there.yml", "send.yml"}
    assert set(variables) <= {f"user_session_exports_{name}" for name in WRITE.options}
    given = {"user_session_exports_slots": ends.exports(doc_type="_doc"), "company_ca_path": ends.world.ca_path}
    results = {}
    plays: list[Any] = [(name, one) for name, content in files.items() for one in content]
    for name, one in plays:
        for task in one["tasks"]:
            task["ignore_errors"] = True
            if "delegate_to" in task:
                task["delegate_to"] = "env"
        results[name] = play(tmp_path / name, one["tasks"], vars=given)
    assert results["check.yml"].of("Check the endpoints")["msg"].splitlines()[0].startswith("1 of 2 exports")
    shown = results["check_there.yml"].of("Show what was found")["msg"]
    assert {finding["code"] for finding in shown} == {"doc_type_not_supported", "nothing_sent"}
    sent = results["send.yml"].of("Send sample sessions")
    assert codes(sent)[0][-1] == "send_skipped"
    assert codes(sent)[1][-1] == "samples_retained"
    assert sent["changed"] is True
    # The failure that the guide shows is what is said.
    text = GUIDE.read_text(encoding="utf-8")
    for line in results["check.yml"].of("Check the endpoints")["msg"].splitlines():
        assert line in text
