# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that writes the schema for editors: from files, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.editor_module import EDITOR_SCHEMA
from ansible_collections.community.dynatrace.tests.support.editor_documents import HOST, VMWARE, errors, one_of
from ansible_collections.community.dynatrace.tests.support.problems import texts


def test_files_need_no_environment(own_reference: Path, tmp_path: Path) -> None:
    dest = tmp_path / "editor" / "settings.json"
    params = {"dest": str(dest), "schema_files": [str(own_reference / "schemas")], "schema_ids": ["builtin:v*"]}
    found, problems = EDITOR_SCHEMA.check(params)
    assert not problems and EDITOR_SCHEMA.offline(params) and not EDITOR_SCHEMA.offline({})
    for changed in (True, False):
        done = EDITOR_SCHEMA.work(None, found, params, False)
        assert (done["changed"], done["schema_ids"]) == (changed, [VMWARE])
    assert errors(json.loads(dest.read_text()), one_of(VMWARE, HOST)) == []


def test_files_that_are_no_schemas_are_named(own_reference: Path, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "empty").mkdir()
    folder = str(own_reference / "schemas")
    files = [str(tmp_path / name) for name in ("other.json", "empty", "none.json")]
    problems = texts(EDITOR_SCHEMA.check({"schema_files": files})[1])
    assert [text.partition(str(tmp_path))[0] for text in problems.values()] == [
        "the file ",
        "",
        "the file ",
    ]
    wrong = {"schema_files": [folder], "schema_ids": ["builtin:virtualization.vmwar", ""]}
    assert texts(EDITOR_SCHEMA.check(wrong)[1]) == {
        "schema_ids[0]": f"matches no schema: builtin:virtualization.vmwar; did you mean {VMWARE}?",
        "schema_ids[1]": "must not be empty",
    }
