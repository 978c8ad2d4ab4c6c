# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exports as a file of inventory variables: YAML that another parser reads as it was meant."""

from __future__ import annotations

import stat
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports import vars_file
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.vars_file import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    SettingsError,
)

# Half of a surrogate pair is no character, so no file can hold it; what YAML has no way to write is left out too.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORDS = ("yes", "No", "null", "~", "1", "0x10", "1e3", "1:20", "2026-01-01")
SIGNS = (
    "- a",
    "a: b",
    "a #b",
    "#",
    "@x",
    "*x",
    "&x",
    "!x",
    "%x",
    "|",
    ">",
    "[",
    "{",
    "a:",
    ": a",
    "{{ a }}",
    " a ",
    "",
)
TRICKY = st.sampled_from(WORDS + SIGNS)
SCALAR = st.one_of(
    TEXT, TRICKY, st.booleans(), st.integers(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
EXPORT = st.recursive(
    st.dictionaries(st.from_regex(r"[a-z_]{2,8}", fullmatch=True), SCALAR, min_size=1, max_size=4),
    lambda below: st.dictionaries(
        st.from_regex(r"[a-z_]{2,8}", fullmatch=True), below | SCALAR, min_size=1, max_size=3
    ),
    max_leaves=8,
)


class Loader(yaml.SafeLoader):
    """Knows the tag with which Ansible marks text that is no template."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, Loader))  # noqa: S506 - a safe one


@given(st.lists(EXPORT, max_size=3), st.lists(TEXT, max_size=2))
def test_what_is_read_back_is_what_was_written(exports: list[dict[str, Any]], about: list[str]) -> None:
    assert load(render(exports, {}, about)) == {"user_session_exports_slots": exports}


def test_a_secret_is_a_comment_where_it_belongs() -> None:
    export = {
        "name": "archive",
        "authentication": {"active": True, "auth_type": "oauth2", "oauth2": {"client_id": "me"}},
        "send_direct": {"active": False},
    }
    stored = {"archive": ["authentication.oauth2.client_secret"]}
    assert render([export], stored, ["From there."]) == (
        "---\n"
        "# From there.\n"
        "user_session_exports_slots:\n"
        "  - name: archive\n"
        "    authentication:\n"
        "      active: true\n"
        "      auth_type: oauth2\n"
        "      oauth2:\n"
        "        client_id: me\n"
        "        # client_secret: a secret is stored here. Left out it is kept.\n"
        "    send_direct:\n"
        "      active: false\n"
    )


def test_a_section_with_nothing_but_a_secret_stays_a_section() -> None:
    text = render([{"name": "a", "basic_auth": {}}], {"a": ["basic_auth.password"]}, [])
    assert load(text) == {"user_session_exports_slots": [{"name": "a", "basic_auth": {}}]}
    assert "      # password: a secret" in text


def test_nothing_is_an_empty_list() -> None:
    assert render([], {}, []) == "---\nuser_session_exports_slots: []\n"


def test_text_that_looks_like_a_template_is_marked() -> None:
    assert 'x: !unsafe "{{ y }}"' in render([{"x": "{{ y }}"}], {}, [])


def test_a_file_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    place = tmp_path / "host_vars" / "one.yml"
    assert vars_file.save(str(place), "a", overwrite=False, check=True) == (True, "")
    assert not place.parent.exists()
    assert vars_file.save(str(place), "a", overwrite=False, check=False) == (True, "")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert vars_file.save(str(place), "a", overwrite=False, check=False) == (False, "a")
    with pytest.raises(InvalidInput, match=r"^dest: .*is there and differs"):
        vars_file.save(str(place), "b", overwrite=False, check=True)
    assert vars_file.save(str(place), "b", overwrite=True, check=False) == (True, "a")
    assert place.read_text() == "b"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written: "):
        vars_file.save(str(tmp_path / "file" / "x"), "a", overwrite=True, check=False)
    with pytest.raises(SettingsError, match="Nothing was changed"):
        vars_file.keep(str(tmp_path / "file"), "abc", datetime.now(timezone.utc), "a")


def test_what_is_kept_is_named_by_environment_and_time(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 18, 0, 1, 5, tzinfo=timezone.utc)
    found = vars_file.keep(str(tmp_path), "proxy/e/../x", now, "a")
    assert Path(found).name == "proxy_e_.._x.20261123T180001.000005Z.yml"
    assert Path(found).parent == tmp_path
