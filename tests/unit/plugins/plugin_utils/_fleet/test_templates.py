# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts share is rendered once, and no host gets a value of another host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.templates import Templates
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trusted


class Counted:
    """A renderer that counts what it renders."""

    def __init__(self) -> None:
        self.templar = Templar(loader=DataLoader())
        self.rendered: list[Any] = []
        self.templates = Templates(self.render)

    def render(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        self.rendered.append(raw)
        self.templar.available_variables = variables
        return self.templar.template(raw)

    def each(self, raw: Any, hosts: list[dict[str, Any]]) -> list[Any]:
        return [self.templates.render(raw, variables) for variables in hosts]


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_value_without_a_template_is_not_rendered(counted: Counted) -> None:
    raw = [{"name": "a", "number": 1, "list": [True, None, "plain"]}]
    assert counted.each(raw, [{}, {}]) == [raw, raw]
    assert counted.rendered == []


def test_a_value_of_a_group_is_rendered_once(counted: Counted) -> None:
    raw = [{"url": trusted("https://{{ domain }}/"), "password": trusted("{{ vault | default('none') }}")}]
    shared = {"domain": trusted("{{ part }}.example.com"), "part": "a", "vault": "secret"}
    hosts = [{**shared, "inventory_hostname": name} for name in ("one", "two", "three")]
    found = counted.each(raw, hosts)
    assert found == [[{"url": "https://a.example.com/", "password": "secret"}]] * 3
    assert len(counted.rendered) == 1


def test_what_differs_below_is_found_through_other_variables(counted: Counted) -> None:
    """The same template, over two other variables, ends in a variable of the host."""
    raw = trusted("{{ first }}")
    shared = {"first": trusted("{{ second }}"), "second": [trusted("x-{{ own }}")]}
    hosts = [{**shared, "own": name} for name in ("one", "two")]
    assert counted.each(raw, hosts) == [["x-one"], ["x-two"]]


@pytest.mark.parametrize(
    "text",
    [
        "{{ dict(one=own).one }}",
        "{{ hostvars[inventory_hostname]['own'] }}",
        "{{ tokens[inventory_hostname] }}",
        "{{ ['own'] | map('extract', everything) | first }}",
        "{% for name in [own] %}{{ name }}{% endfor %}",
        "{% set name = own %}{{ name }}",
        "{{ own if own is defined else none }}",
        "#jinja2: variable_start_string: '[%', variable_end_string: '%]'\n[% own %]",
    ],
)
def test_a_template_that_can_depend_on_the_host_is_rendered_for_each_host(counted: Counted, text: str) -> None:
    raw = {"password": trusted(text)}
    tokens = {"one": "one", "two": "two"}
    hosts: list[dict[str, Any]] = [
        {"tokens": tokens, "inventory_hostname": name, "own": name, "everything": {"own": name}} for name in tokens
    ]
    for variables in hosts:
        variables["hostvars"] = {host["inventory_hostname"]: {"own": host["own"]} for host in hosts}
    assert counted.each(raw, hosts) == [{"password": "one"}, {"password": "two"}]


@pytest.mark.parametrize(
    "text",
    [
        "{{ lookup('env', 'HOME') }}",
        "{{ q('vars', name) }}",
        "{{ vars[name] }}",
        "{{ now() }}",
        "{{ [1, 2] | random }}",
        "{{ password | password_hash }}",
        "{{ names | map('extract', values) }}",
        "{{ value is my_test }}",
        "{{ not a template",
    ],
)
def test_what_is_not_known_to_be_the_same_is_not_shared(counted: Counted, text: str) -> None:
    raw = trusted(text)
    assert counted.templates._used(raw, counted.templates._content(raw), {}) is None


def test_equal_values_of_hosts_that_are_no_shared_object_are_rendered_for_each_host(counted: Counted) -> None:
    raw = trusted("{{ own | lower }}")
    hosts = [{"own": "".join(["a", str(number)])} for number in (1, 1)]
    assert counted.each(raw, hosts) == ["a1", "a1"]
    assert len(counted.rendered) == 2


def test_only_the_parts_that_differ_are_rendered_again(counted: Counted) -> None:
    same = {"url": trusted("https://{{ domain | lower }}/")}
    raw = [same, {"password": trusted("{{ tokens[inventory_hostname | lower] }}")}]
    shared = {"domain": "example.com", "tokens": {"one": "x1", "two": "x2"}}
    hosts = [{**shared, "inventory_hostname": name} for name in ("one", "two")]
    assert [one[1]["password"] for one in counted.each(raw, hosts)] == ["x1", "x2"]
    assert len(counted.rendered) == 3


def test_texts_that_only_insert_variables_are_not_rendered_by_ansible(counted: Counted) -> None:
    raw = [{"url": trusted("https://{{ id }}.example.com/"), "password": trusted("{{ tokens[inventory_hostname] }}")}]
    tokens = {"one": "secret-1", "two": "secret-2"}
    hosts = [{"tokens": tokens, "inventory_hostname": name, "id": name} for name in tokens]
    assert counted.each(raw, hosts) == [
        [{"url": "https://one.example.com/", "password": "secret-1"}],
        [{"url": "https://two.example.com/", "password": "secret-2"}],
    ]
    assert counted.rendered == []


def test_a_mistake_is_a_mistake_for_every_host(counted: Counted) -> None:
    raw = trusted("{{ missing }}")
    for _host in range(2):
        with pytest.raises(Exception, match="missing"):
            counted.templates.render(raw, {})
    assert counted.templates.render(raw, {"missing": "there"}) == "there"


NAMES = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.one_of(
    st.builds("{{{{ {} }}}}".format, NAMES),
    st.builds("{{{{ {} | default('x') }}}}-{{{{ {} }}}}".format, NAMES, NAMES),
    st.builds("{{{{ dict(one={}).one }}}}".format, NAMES),
    st.text("xyz", max_size=3),
)
OWN = st.text("123456789", min_size=2, max_size=2)


@given(
    raw=st.lists(TEXTS, max_size=3),
    group=st.dictionaries(st.sampled_from(["a", "b"]), st.builds("{{{{ {} }}}}".format, st.sampled_from(["c", "d"]))),
    hosts=st.lists(st.fixed_dictionaries({"c": OWN, "d": OWN}), min_size=2, max_size=4),
)
def test_whatever_is_shared_each_host_has_what_it_would_have_alone(
    raw: list[str], group: dict[str, str], hosts: list[dict[str, str]]
) -> None:
    shared = {"a": "a", "b": "b", **{name: trusted(text) for name, text in group.items()}}
    value = [trusted(text) for text in raw]
    every = [{**shared, **own} for own in hosts]
    together = Counted().each(value, every)
    assert together == [Counted().each(value, [variables])[0] for variables in every]
