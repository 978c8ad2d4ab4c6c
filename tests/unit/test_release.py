# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of a release follows from what its changelog fragments say, and cannot be lower."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "tools"))
    return importlib.import_module("release")


@pytest.mark.parametrize(
    ("last", "sections", "version"),
    [
        (None, {"release_summary"}, "0.1.0"),
        ((0, 1, 0), {"bugfixes", "trivial"}, "0.1.1"),
        ((0, 1, 1), {"bugfixes", "minor_changes"}, "0.2.0"),
        ((0, 9, 0), {"breaking_changes"}, "0.10.0"),
        ((1, 2, 3), {"security_fixes"}, "1.2.4"),
        ((1, 2, 3), {"deprecated_features"}, "1.3.0"),
        ((1, 2, 3), {"removed_features", "bugfixes"}, "2.0.0"),
    ],
)
def test_the_fragments_say_which_version_comes_next(
    release: ModuleType, last: tuple[int, int, int] | None, sections: set[str], version: str
) -> None:
    assert release.proposed(last, sections) == version
    assert release.checked("", last, sections) == version


def test_a_version_may_be_higher_and_never_lower(release: ModuleType) -> None:
    assert release.checked("1.0.0", (0, 4, 0), {"minor_changes"}) == "1.0.0"
    with pytest.raises(
        release.ReleaseProblem, match=r"VERSION=1\.2\.4: the fragments ask for 2\.0\.0 at least \(breaking"
    ):
        release.checked("1.2.4", (1, 2, 3), {"breaking_changes"})
    with pytest.raises(release.ReleaseProblem, match=r"VERSION=v1: is not of the form 1\.2\.3"):
        release.checked("v1", (1, 2, 3), {"bugfixes"})


def test_what_is_released_and_what_is_not_yet_is_read_from_the_checkout(release: ModuleType, tmp_path: Path) -> None:
    changelogs = tmp_path / "changelogs"
    (changelogs / "fragments").mkdir(parents=True)
    assert release.released(tmp_path) is None
    assert release.fragments_of(tmp_path) == set()
    (changelogs / "changelog.yaml").write_text("releases:\n  0.9.0:\n    changes: {}\n  0.10.1:\n    changes: {}\n")
    (changelogs / "fragments" / "one.yml").write_text(
        "---\n# A comment.\nbugfixes:\n  - role - better.\ntrivial:\n  - no\n"
    )
    assert release.released(tmp_path) == (0, 10, 1)
    assert release.fragments_of(tmp_path) == {"bugfixes", "trivial"}


def test_the_checkout_is_at_its_newest_release_or_before_the_first(release: ModuleType) -> None:
    assert release.released(ROOT) in (None, release.declared(ROOT))
