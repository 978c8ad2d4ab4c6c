# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is inserted without Ansible is what Ansible would have rendered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.insertions import inserted
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trusted, untrusted

HOST = {
    "inventory_hostname": "shop-production",
    "id": "abc12345",
    "domain": trusted("{{ part }}.example.com"),
    "part": "managed",
    "token": "dt0c01.XXXXXXXX.YYYYYYYY",
    "tokens": {"shop-production": "dt0c01.PRODUCTION.ONE", "other": "dt0c01.OTHER.TWO"},
    "number": 5,
    "list": ["a"],
    "text": "True",
    "path": "/e/abc12345",
    "missing_below": trusted("{{ nothing }}"),
    "endless": trusted("{{ endless }}"),
    "foreign": untrusted("{{ token }}"),
    "hash": "#jinja2: x",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ token }}", "dt0c01.XXXXXXXX.YYYYYYYY"),
        ("{{token}}", "dt0c01.XXXXXXXX.YYYYYYYY"),
        ("https://{{ domain }}/e/{{ id }}", "https://managed.example.com/e/abc12345"),
        ("https://example.com{{ path }}", "https://example.com/e/abc12345"),
        ("{{ tokens[inventory_hostname] }}", "dt0c01.PRODUCTION.ONE"),
    ],
)
def test_variables_are_inserted_into_text(template: str, text: str) -> None:
    assert inserted(trusted(template), HOST) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ number }}",
        "{{ list }}",
        # An older core makes a boolean of it.
        "{{ text }}",
        "{{ tokens[id] }}",
        "{{ tokens['other'] }}",
        "{{ token | lower }}",
        "{{ missing_below }}",
        "{{ endless }}",
        "{{ foreign }}",
        "{{ hash }}",
        "{{ path }}",
        "{{ hostvars[inventory_hostname] }}",
        "{{ true }}",
        "{{ none }}",
        "{{- token }}",
        " {{ token }}",
        "{{ token }}\n",
        "{# remark #}{{ token }}",
        "{% raw %}{{ token }}{% endraw %}",
        "#jinja2: trim_blocks: false\n{{ token }}",
        "no template",
    ],
)
def test_anything_else_is_left_to_ansible(template: str) -> None:
    assert inserted(trusted(template), {**HOST, "none": "text", "true": "text"}) is None


def test_what_comes_from_a_server_is_no_template() -> None:
    assert inserted(untrusted("{{ token }}"), HOST) is None
    assert inserted(untrusted("https://{{ domain }}/"), HOST) is None


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "none", "omit", "vars"])
VALUES = st.one_of(
    st.text("aT.:/-@~+= \n'\"[]{}()#%,0159éru", max_size=8),
    st.sampled_from(["True", "none", "1", "1.5", "nan", "inf", "1j", "a-1", "[a]", "()", "yes", "0x1", "true"]),
    st.integers(),
    st.none(),
    st.booleans(),
    st.dictionaries(st.sampled_from(["x", "y"]), st.text("ab.", max_size=3)),
)
TEMPLATES = st.lists(
    st.one_of(
        st.builds("{{{{ {} }}}}".format, NAMES),
        st.builds("{{{{{}}}}}".format, NAMES),
        st.builds("{{{{ {}[{}] }}}}".format, NAMES, NAMES),
        st.text("aT.:/-1 {}%", max_size=3),
    ),
    max_size=4,
).map("".join)


@given(
    template=TEMPLATES,
    values=st.dictionaries(st.sampled_from(["a", "b", "c", "none"]), VALUES),
    below=st.dictionaries(st.sampled_from(["d", "e"]), TEMPLATES),
)
def test_what_is_inserted_is_what_ansible_renders(template: str, values: dict[str, Any], below: dict[str, str]) -> None:
    variables = {**values, **{name: trusted(text) for name, text in below.items()}}
    found = inserted(trusted(template), variables)
    if found is not None:
        rendered = Templar(loader=DataLoader(), variables=variables).template(trusted(template))
        assert (type(found), found) == (str, rendered)
