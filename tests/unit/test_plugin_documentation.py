# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said mechanically of the documentation of plugins and roles.

Sentences end, numbers have units, options are marked as options, return values have samples that are true to their own
documentation. Whether they are true to real results, the end-to-end runs of the examples show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import plugin_docs
from ansible_collections.community.dynatrace.tests.support.plugin_docs import Plugin, prose

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("modules", "inventory", "callback")
PLUGINS = [plugin for kind in KINDS for plugin in plugin_docs.plugins(kind)]
FRAGMENTS = [
    yaml.safe_load(text)
    for path in sorted((ROOT / "plugins" / "doc_fragments").glob("*.py"))
    for text in plugin_docs.texts_of(path, inside_classes=True).values()
    if text.startswith("\n---")
]
ROLES = {
    path.parts[-3]: entry
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
}
UNITS = re.compile(
    r"\b(seconds|milliseconds|days|characters|bytes|HTTP status|port|how many|number of|environments|exports|"
    r"unit of the property)\b",
    re.IGNORECASE,
)
Described = tuple[str, Mapping[str, Any]]


def options(values: Mapping[str, Any], above: str) -> Iterator[Described]:
    """Options and their suboptions with their paths."""
    for name, about in values.items():
        yield f"{above}{name}", about
        nested = about.get("suboptions") or about.get("options") or {}
        yield from options(nested, f"{above}{name}.")


def all_options() -> Iterator[Described]:
    for plugin in PLUGINS:
        yield from options(plugin.documentation.get("options", {}), f"{plugin.name}: ")
    for number, fragment in enumerate(FRAGMENTS):
        yield from options(fragment.get("options") or {}, f"fragment {number}: ")
    for name, role in ROLES.items():
        yield from options(role["options"], f"role {name}: ")


def all_returned() -> Iterator[Described]:
    for plugin in PLUGINS:
        for path, about in plugin_docs.documented(plugin.returned):
            yield f"{plugin.name}: {path}", about


OPTIONS = list(all_options())
RETURNED = list(all_returned())


def sentences(about: Mapping[str, Any]) -> list[str]:
    described = about["description"]
    return [described] if isinstance(described, str) else list(described)


def test_there_is_something_to_look_at() -> None:
    assert len(PLUGINS) >= 11 and len(OPTIONS) > 150 and len(RETURNED) > 100 and len(FRAGMENTS) >= 3


def test_every_description_ends_like_a_sentence() -> None:
    open_ended = [path for path, about in [*OPTIONS, *RETURNED] for text in sentences(about) if not text.endswith(".")]
    plugins = [text for plugin in PLUGINS for text in sentences(plugin.documentation)]
    documents = [*(plugin.documentation for plugin in PLUGINS), *FRAGMENTS]
    notes = [text for one in documents for text in one.get("notes", [])]
    assert not open_ended
    assert not [text for text in [*plugins, *notes] if not text.endswith(".")]


def test_short_descriptions_do_not() -> None:
    heads = [plugin.documentation["short_description"] for plugin in PLUGINS]
    assert not [head for head in heads + [role["short_description"] for role in ROLES.values()] if head.endswith(".")]


def test_every_plugin_and_role_says_since_when_and_has_examples() -> None:
    for plugin in PLUGINS:
        assert plugin.documentation["version_added"] == "0.1.0"
        assert plugin.examples.strip(), plugin.name
    for name, role in ROLES.items():
        assert role["version_added"] == "0.1.0", name


@pytest.mark.parametrize("kind", ["option", "return value"])
def test_every_number_has_a_unit(kind: str) -> None:
    described = OPTIONS if kind == "option" else RETURNED
    numbers = [(path, about) for path, about in described if about.get("type") in ("int", "float")]
    assert numbers
    assert not [path for path, about in numbers if not UNITS.search(prose(about["description"]))]


def test_options_are_marked_as_options() -> None:
    """``C(timeout)`` is no link, ``O(timeout)`` is one."""
    shared = {name for one in FRAGMENTS for name in one.get("options") or {}}
    for plugin in PLUGINS:
        own = shared if "community.dynatrace.connection" in str(plugin.documentation) else set()
        paths = [path for path, _about in OPTIONS if path.startswith(f"{plugin.name}: ")]
        names = own | {path.partition(": ")[2].rpartition(".")[2] for path in paths}
        for found in re.findall(r"\bC\((\w+)(?:=\w+)?\)", yaml.safe_dump(plugin.documentation, width=10_000)):
            assert found not in names - KEYWORDS, f"{plugin.name}: C({found})"


# Words that are the name of an option somewhere and mean something else there.
KEYWORDS = {"environment", "type", "version", "json", "name"}


def test_fixed_values_are_marked_as_values() -> None:
    for path, about in [*OPTIONS, *RETURNED]:
        found = re.findall(r"\bC\((true|false|null|[1-9][0-9.]*)\)", prose(about["description"]))
        assert not found, f"{path}: {found}"


def test_defaults_are_reported_where_the_engine_has_them() -> None:
    """An option without ``default`` whose value means something when it is not given says so."""
    for path, about in OPTIONS:
        if about.get("type") == "bool" and "default" not in about:
            assert "The default is V(" in prose(about["description"]), path


def test_every_return_value_has_a_type_and_says_when() -> None:
    for path, about in RETURNED:
        assert about["type"] in plugin_docs.TYPES and about["returned"], path
        assert about["type"] != "list" or about["elements"], path


def test_every_return_value_has_a_sample_of_its_own_or_above() -> None:
    """Only whether something is so needs none."""
    for plugin in PLUGINS:
        for name, about in plugin.returned.items():
            assert about["type"] == "bool" or "sample" in about, f"{plugin.name}: {name}"


@pytest.mark.parametrize("plugin", [plugin for plugin in PLUGINS if plugin.returned], ids=lambda plugin: plugin.name)
def test_samples_are_what_is_documented(plugin: Plugin) -> None:
    sample = {name: about["sample"] for name, about in plugin.returned.items() if "sample" in about}
    found = [text for text in plugin_docs.disagreements(sample, plugin.returned, failed=True) if "missing" not in text]
    for name, value in sample.items():
        inner = plugin.returned[name].get("contains") or {}
        for one in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
            found += list(plugin_docs.disagreements(one, inner, f"{name}.")) if inner else []
    assert not found
