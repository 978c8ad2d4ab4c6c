# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Foreign text as variables and results: never a template, whatever it holds and however it got there."""

from __future__ import annotations

from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trusted, untrusted

TEMPLATES = st.sampled_from(
    [
        "{{ 6 * 7 }}",
        "{% if 1 %}x{% endif %}",
        "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 6 * 7 ]]",
        "#jinja2:",
    ]
)
TEXT = st.text() | TEMPLATES
JSON = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_text_comes_through_a_template_as_it_was(value: Any) -> None:
    templar = Templar(DataLoader(), {"foreign": untrusted(value)})
    assert templar.template(untrusted(value)) == value
    assert templar.template({"a": trusted("{{ foreign }}")}) == {"a": value}


@given(TEMPLATES)
def test_trust_that_a_text_already_had_is_taken_from_it(text: str) -> None:
    assert Templar(DataLoader(), {}).template(untrusted({"a": [trusted(text)]})) == {"a": [text]}
