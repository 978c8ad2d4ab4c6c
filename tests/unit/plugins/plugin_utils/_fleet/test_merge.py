# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an import with merge: all of them, or none."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common import yaml_file
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.imported import (
    Collected,
    Entry,
    to_data,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.merge import IMPORTS, Written, merged, write
from ansible_collections.community.dynatrace.plugins.plugin_utils._in_process import answer

EXPORTS = IMPORTS["user_session_exports_to_vars"]


def export(name: str) -> Entry:
    return Entry({"export": to_data({"name": name}), "secrets": []})


def collected(folder: Path, names: Mapping[str, Sequence[str]], *, overwrite: bool = False) -> dict[str, Collected]:
    found = {}
    for host, own in names.items():
        dest = str(folder / "host_vars" / host / "user_session_exports.yml")
        found[host] = Collected(dest, overwrite, f"{EXPORTS.header}{host}", host, [export(name) for name in own])
    return found


def written(
    folder: Path, names: Mapping[str, Sequence[str]], groups: Mapping[str, Sequence[str]], **options: Any
) -> Written:
    found = collected(folder, names, overwrite=options.pop("overwrite", False))
    return write(EXPORTS, found, groups, str(folder / "group_vars"), check=options.pop("check", False))


def variables(folder: Path) -> dict[str, list[str]]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    found = {}
    for file in sorted(folder.glob("*_vars/*/*.yml")):
        ((name, exports),) = yaml.load(file.read_text(), Loader).items()  # noqa: S506 - a safe one
        found[f"{file.parent.name}: {name}"] = [one["name"] for one in exports]
    return found


def test_groups_with_similar_names_have_variables_of_their_own(tmp_path: Path) -> None:
    names = {"a": ["x", "own"], "b": ["x"], "c": ["y"], "d": ["y"]}
    written(tmp_path, names, {"eu-1": ["a", "b"], "eu_1": ["c", "d"]})
    assert variables(tmp_path) == {
        "eu-1: user_session_exports_slots__imported_eu_1": ["x"],
        "eu_1: user_session_exports_slots__imported_eu_1_": ["y"],
        "a: user_session_exports_slots": ["own"],
    }


def test_one_file_that_must_not_be_overwritten_is_enough(tmp_path: Path) -> None:
    groups = {"all": ["a", "b"]}
    own = tmp_path / "group_vars" / "all" / "user_session_exports.yml"
    own.parent.mkdir(parents=True)
    own.write_text("---\nuser_session_exports_slots: []\n")
    for overwrite in (False, True):
        found = written(tmp_path, {"a": ["x", "own"], "b": ["x"]}, groups, overwrite=overwrite)
        assert len(found.problems) == 1 and str(own) in found.problems[0]
        assert found.lines(dry=False)[0] == "Nothing was written:"
    assert variables(tmp_path) == {"all: user_session_exports_slots": []}


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    found = written(tmp_path, {"a": ["x"], "b": ["x"]}, {"all": ["a", "b"]}, check=True)
    assert found.lines(dry=True) == [f"would write {tmp_path}/group_vars/all/user_session_exports.yml"]
    assert list(tmp_path.iterdir()) == []


def test_an_environment_that_was_not_read_stops_all(tmp_path: Path) -> None:
    results = {"a": {**collected(tmp_path, {"a": ["x"]})["a"].result()}, "b": {}}
    found = merged(EXPORTS, results, ["unchanged", "failed"], {}, str(tmp_path), check=False)
    assert found.problems and not found.files and results == {"a": {}, "b": {}}
    assert list(tmp_path.iterdir()) == []


def test_what_becomes_a_file_is_not_masked() -> None:
    """A setting may contain what is an option of the task as well, such as the address of a proxy."""
    proxy = "http://proxy.example.com:3128"
    found = {"notes": [f"through {proxy}"], **Collected("f", False, "", "a", [export(proxy)]).result()}
    entry = ModuleDefinition(
        {"proxy": {"type": "str", "no_log": True}},
        lambda _params: (None, ()),
        lambda _client, _ready, _params, _check_mode: dict(found),
        environment=False,
    )
    result = answer(entry, {"proxy": proxy}, False, False)
    assert result["collected"] == found["collected"] and result["notes"] == ["through ********"]


def test_a_write_that_fails_half_way_leaves_a_list_of_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, paths = yaml_file.files.write, []

    def write_two(path: str, content: str) -> str:
        paths.append(path)
        if len(paths) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(yaml_file.files, "write", write_two)
    names = {"a": ["x"], "b": ["y"], "c": ["z"]}
    found = written(tmp_path, names, {"all": list(names)})
    first, second = (str(tmp_path / "host_vars" / host / "user_session_exports.yml") for host in "ab")
    assert found.files == [first] and [one["after_header"] for one in found.diff] == [first]
    problem = f"{second} cannot be written: No space left on device."
    assert found.lines(dry=False) == ["Not all files were written:", f"  {problem}", f"wrote {first}"]
    assert found.failure == [problem, f"Written before: {first}. Repeat the import."]
    assert list(variables(tmp_path)) == ["a: user_session_exports_slots"]
    monkeypatch.undo()
    again = written(tmp_path, names, {"all": list(names)})
    assert not again.failure and len(again.files) == 2 and len(variables(tmp_path)) == 3, "a repetition completes it"
