# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of inventory variables: how text is written, and what becomes of a file that exists."""

from __future__ import annotations

import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common import yaml_file
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.yaml_file import Plain, block
from ansible_collections.community.dynatrace.tests.support.problems import invalid


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("{{ 6 * 7 }}", 'a: !unsafe "{{ 6 * 7 }}"'),
        ("plain", 'a: !unsafe "plain"'),
        ("true", 'a: "true"'),
        ("2026-11-26", 'a: "2026-11-26"'),
        (True, "a: true"),
        ("half \ud800", 'a: !unsafe "half \\uFFFD"'),
        (Plain("{{ vault }}"), "a: '{{ vault }}'"),
    ],
)
def test_every_text_that_is_not_ours_is_marked_as_no_template(value: object, line: str) -> None:
    assert block({Plain("a"): value}) == f"{line}\n"


def test_a_file_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    place = tmp_path / "host_vars" / "one.yml"
    assert yaml_file.save(str(place), "a", overwrite=False, check=True) == (True, "")
    assert not place.parent.exists()
    assert yaml_file.save(str(place), "a", overwrite=False, check=False) == (True, "")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert yaml_file.save(str(place), "a", overwrite=False, check=False) == (False, "a")
    with invalid(r"^dest: .*exists and differs"):
        yaml_file.save(str(place), "b", overwrite=False, check=True)
    assert yaml_file.save(str(place), "b", overwrite=True, check=False) == (True, "a")
    assert place.read_text() == "b"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written: "):
        yaml_file.save(str(tmp_path / "file" / "x"), "a", overwrite=True, check=False)
    with pytest.raises(SettingsError, match="Nothing was changed"):
        yaml_file.keep(str(tmp_path / "file"), "abc", datetime.now(timezone.utc), "a")


def test_what_is_kept_is_named_by_environment_and_time(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 18, 0, 1, 5, tzinfo=timezone.utc)
    found = yaml_file.keep(str(tmp_path), "proxy/e/../x", now, "a")
    assert Path(found).name == "proxy_e_.._x.20261123T180001.000005Z.yml"
    assert Path(found).parent == tmp_path
