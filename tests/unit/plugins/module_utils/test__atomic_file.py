# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are written completely, and only their owner can read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils import _atomic_file as files


def test_files_are_written_whole_and_for_their_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report.json"
    target.parent.mkdir()
    target.write_text("before")
    target.chmod(0o644)
    assert files.write(str(target), "after") == str(target)
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        files.write(str(tmp_path / "file" / "report.json"), "text")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "file", "report.json"]


def test_every_directory_that_is_made_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.write(str(tmp_path / "one" / "two" / "report.json"), "text")
    finally:
        os.umask(before)
    made = [tmp_path / "one", tmp_path / "one" / "two"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700, 0o700]
