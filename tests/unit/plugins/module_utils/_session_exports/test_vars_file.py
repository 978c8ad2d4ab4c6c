# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exports as a file of inventory variables: YAML that another parser reads as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.vars_file import render, shown

# Half of a surrogate pair is no character, so no file can hold it; what YAML has no way to write is left out too.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORDS = ("yes", "No", "null", "~", "1", "0x10", "1e3", "1:20", "2026-01-01")
SIGNS = (
    "- a",
    "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 6 * 7 ]]",
    "#jinja2:",
    "\ufeff",
    "a\rb\x00\x85\u2028\u2029\n",
    "---\n",
    "...",
    "!unsafe x",
    "!!python/object:a",
    "$ANSIBLE_VAULT;1.1;AES256",
    "{% for a in b %}",
    "{# a #}",
    "<<",
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
        '  - name: !unsafe "archive"\n'
        "    authentication:\n"
        "      active: true\n"
        '      auth_type: !unsafe "oauth2"\n'
        "      oauth2:\n"
        '        client_id: !unsafe "me"\n'
        "        # client_secret: a secret is stored. If it is omitted, it is kept.\n"
        "    send_direct:\n"
        "      active: false\n"
    )


def test_a_section_with_nothing_but_a_secret_stays_a_section() -> None:
    text = render([{"name": "a", "basic_auth": {}}], {"a": ["basic_auth.password"]}, [])
    assert load(text) == {"user_session_exports_slots": [{"name": "a", "basic_auth": {}}]}
    assert "      # password: a secret" in text


def test_nothing_is_an_empty_list() -> None:
    assert render([], {}, []) == "---\nuser_session_exports_slots: []\n"


@pytest.mark.parametrize("text", ["{{ y }}", "#jinja2:variable_start_string:'[['\n[[ y ]]", "plain", "a: b"])
def test_every_text_is_marked_whatever_it_holds(text: str) -> None:
    (line,) = [line for line in render([{"name": text}], {}, []).splitlines() if "name" in line]
    assert line.startswith('  - name: !unsafe "')


@pytest.mark.parametrize("text", ["", "true", "null", "12", "1.5", "2026-11-26", "<<", "="])
def test_a_text_that_newer_cores_would_not_read_as_text_behind_the_tag_is_quoted(text: str) -> None:
    assert f'  - name: "{text}"' in render([{"name": text}], {}, []).splitlines()


def test_names_that_only_the_server_knows_are_marked_and_those_of_options_are_not() -> None:
    text = render(
        [{"name": "a", "endpoint_definition": {"{{ x }}": 1}, "authentication": {"k" * 2000: {"y": 2}}}], {}, []
    )
    assert '      !unsafe "{{ x }}": 1\n' in text
    assert load(text)["user_session_exports_slots"][0]["authentication"] == {"k" * 2000: {"y": 2}}


def test_half_of_a_character_is_replaced_and_named() -> None:
    text = render([{"name": "a\ud800b", "\udfff": [{"c": "\ud83d"}]}], {}, [])
    assert load(text) == {"user_session_exports_slots": [{"name": "a\ufffdb", "\ufffd": [{"c": "\ufffd"}]}]}
    assert text.count("contained half of a character") == 2
    text.encode()


def test_what_turns_the_direction_of_text_around_is_seen() -> None:
    assert "\\u202E" in render([{"name": "a\u202eb"}], {}, [])


@given(st.lists(EXPORT, max_size=3))
def test_ansible_reads_it_character_for_character_and_takes_nothing_for_a_template(
    exports: list[dict[str, Any]],
) -> None:
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    loader = DataLoader()
    found = loader.load(render(exports, {}, []))
    assert Templar(loader, {}).template(found) == {"user_session_exports_slots": exports}


def test_a_diff_shows_no_secret_of_a_file_that_was_edited() -> None:
    text = render([{"name": "a", "authentication": {"basic_auth": {"username": "me"}}}], {}, ["From there."])
    assert shown(text) == text.replace("# From there.\n", "")
    edited = text.replace("        username:", "        password: S3cret # S3cret\n        username:")
    assert "S3cret" not in shown(edited) and 'password: !unsafe "(not shown)"' in shown(edited)
    assert "S3cret" not in shown(f"{text}vault: S3cret\n")
    assert "S3cret" not in shown("S3cret: [")
    assert "S3cret" not in shown("user_session_exports_slots: [!vault S3cret, S3cret]")
