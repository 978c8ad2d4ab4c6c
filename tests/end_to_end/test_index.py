# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs about the index: its check fails, it is made, the check passes; many environments share one; the guide."""

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

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    PASSWORD,
    Elasticsearch,
    EndpointServer,
    World,
    basic,
    export,
    locked,
    serving,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command, play

CHECK = "community.dynatrace.user_session_exports_endpoint_check"
INDEX = "community.dynatrace.user_session_exports_index"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_endpoint_check.rst"


@dataclass
class Search:
    """An Elasticsearch without an index, behind TLS and a password."""

    world: World
    elastic: Elasticsearch
    end: EndpointServer

    def export(self, index: str = "user-sessions", name: str = "elasticsearch") -> dict[str, Any]:
        """A declared export to one of its indices."""
        direct = {"index_name": index}
        return to_elastic(self.end.url("/_bulk"), name, authentication=basic(), send_direct=direct)

    @property
    def written(self) -> list[str]:
        """What was changed there."""
        return [asked.place for asked in self.end.asked if asked.method == "PUT"]


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    world, elastic = World(tmp_path), Elasticsearch(indices={})
    with serving(locked(elastic), world.tls()) as end:
        yield Search(world, elastic, end)


def test_the_check_names_the_cure_and_the_cure_works(search: Search, tmp_path: Path) -> None:
    common = {"exports": [search.export(), export("https://localhost:1/")], "ca_path": search.world.ca_path}
    checked = {**common, "exports": common["exports"][:1]}
    apart: dict[str, Any] = {"vars": {"dynatrace_in_process": False}}
    foretold: dict[str, Any] = {INDEX: common, "check_mode": True}
    other = {INDEX: {**common, "mapping": {"properties": {"startTime": {"type": "long"}}}}, "ignore_errors": True}
    bad = {INDEX: {**common, "mapping": {"city": PASSWORD}, "surprise": 1}, "ignore_errors": True}
    tasks: list[dict[str, Any]] = [
        {"name": "missing", CHECK: checked, "ignore_errors": True},
        {"name": "foretold", **foretold},
        {"name": "foretold, module", **foretold, **apart},
        {"name": "made, module", INDEX: common, **apart},
        {"name": "again", INDEX: {**common, "settings": {"number_of_shards": 7}}},
        {"name": "fine", CHECK: {**checked, "mode": "send", "fail_on": "warning"}},
        {"name": "other", **other},
        {"name": "other, module", **other, **apart},
        {"name": "bad", **bad},
    ]
    run = play(tmp_path / "play", tasks, arguments=["-vvv", "--diff"])
    assert run.code == 0, run.output
    assert "canary" not in run.output + json.dumps(run.results)
    assert "WARNING" not in run.output
    assert run.modules == {name for name in run.tasks if name.endswith("module")}
    assert run.failed == {"missing", "other", "other, module", "bad"}
    assert "Create the index with user_session_exports_index or the playbook prepare_index" in run.of("missing")["msg"]
    # What is foretold, here or there, is what is done.
    steps = [run.of(step) for step in ("foretold", "foretold, module", "made, module")]
    assert [(one["changed"], one["indices"][0]["operation"]) for one in steps] == [(True, "created")] * 3
    assert all((one["indices"], one["diff"]) == (steps[0]["indices"], steps[0]["diff"]) for one in steps)
    again = run.of("again")
    assert (again["changed"], again["indices"][0]["operation"]) == (False, "unchanged")
    assert run.of("fine")["ok"] is True
    refused = [run.of(step) for step in ("other", "other, module")]
    assert (refused[0]["msg"], refused[0]["indices"]) == (refused[1]["msg"], refused[1]["indices"])
    assert refused[0]["indices"][0]["differing"] == [{"field": "startTime", "type": "date", "desired": "long"}]
    assert {problem["path"] for problem in run.of("bad")["problems"]} == {"mapping.city", "surprise"}
    assert search.written == ["/user-sessions"]
    # The diff in the terminal: the index before, and each field of it.
    assert "user-sessions (no index)" in run.output
    assert re.search(r'^\+.*"?startTime"?:', run.output, re.MULTILINE)


def prepare(search: Search, folder: Path, *arguments: str, **extra: Any) -> Command:
    """The playbook, for five environments: three share an index, one has two of its own, one declares nothing."""
    own = [search.export("eu"), search.export("eu-errors", "errors")]
    hosts: dict[str, Any] = {f"shared-{number}": {"user_session_exports_slots": [search.export()]} for number in (1, 2)}
    # As an inventory has it: the password is another variable, from a vault.
    late = json.loads(json.dumps([search.export()]).replace(PASSWORD, "{{ vault_password }}"))
    hosts["shared-3"] = {"user_session_exports_slots": late, "vault_password": PASSWORD}
    hosts |= {"own": {"user_session_exports_slots": own}, "unmanaged": {}}
    (folder / "inventory.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": hosts}}))
    name = "community.dynatrace.prepare_index"
    extra["dynatrace_index_ca_path"] = search.world.ca_path
    done = command(folder, "ansible-playbook", "-i", "inventory.yml", name, *arguments, **extra)
    assert "canary" not in done.output
    return done


def test_each_index_of_a_fleet_is_prepared_once(search: Search, tmp_path: Path) -> None:
    foretold = prepare(search, tmp_path, "--check", "--diff")
    assert foretold.code == 0, foretold.output
    assert search.written == []
    assert foretold.output.count("(no index)") == 3
    limited = prepare(search, tmp_path, "--limit", "shared-3:undeclared")
    assert limited.code == 0, limited.output
    assert search.written == ["/user-sessions"]
    done = prepare(search, tmp_path, dynatrace_index_settings={"number_of_shards": 3})
    assert sorted(re.findall(r"\"msg\": \"(\S+) at \S+: (\w+), ", done.output)) == [
        ("eu", "created"),
        ("eu-errors", "created"),
        ("user-sessions", "unchanged"),
    ]
    assert sorted(search.written) == ["/eu", "/eu-errors", "/user-sessions"]
    assert search.elastic.indices["eu"]["settings"] == {"index": {"number_of_shards": "3"}}
    # Nothing is left to do, for any user; and an index that cannot be changed fails the run, with the way on.
    mapping = {"properties": {"team": {"type": "keyword"}, "startTime": {"type": "long"}}}
    failed = prepare(search, tmp_path, "--limit", "own", dynatrace_index_mapping=mapping)
    assert failed.code == 2
    assert "2 of 2 indices could not be prepared (eu, eu-errors)" in failed.output
    assert "_reindex" in failed.output
    assert len(search.written) == 3


def test_the_guide_to_the_index(search: Search, tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    block = re.search(r"^\.\. code-block:: yaml\n +:caption: index\.yml\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert block
    (one,) = yaml.safe_load(textwrap.dedent(block[1]))
    given = {"user_session_exports_slots": [search.export()], "company_ca_path": search.world.ca_path}
    run = play(tmp_path / "play", one["tasks"] * 2, vars=given)
    assert run.code == 0, run.output
    assert [each["result"]["indices"][0]["operation"] for each in run.results] == ["created", "unchanged"]
    index = search.elastic.indices["user-sessions"]
    assert index["settings"] == {"index": {"number_of_shards": "3"}}
    assert index["mappings"]["properties"]["city"] == {"type": "text"}
    # The commands, and the variables that it names, are those of the playbook.
    playbook = (GUIDE.parents[3] / "playbooks" / "prepare_index.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"dynatrace_index_\w+", text))
    assert named == set(re.findall(r"dynatrace_index_\w+", playbook))
    assert text.count("community.dynatrace.prepare_index --") == 1
    assert text.count("community.dynatrace.prepare_index -e ") == 1
