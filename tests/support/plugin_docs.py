# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of plugins as data, and the comparison of results with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
# Keys that Ansible documents for all results.
COMMON = {
    "ansible_stats",
    "changed",
    "failed",
    "msg",
    "diff",
    "warnings",
    "deprecations",
    "invocation",
    "exception",
    "skipped",
}
TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
    "raw": object,
}


@dataclass(frozen=True)
class Plugin:
    """A documented plugin."""

    kind: str
    name: str
    documentation: dict[str, Any]
    examples: str
    returned: dict[str, Any]

    @property
    def full_name(self) -> str:
        """The name in tasks."""
        return f"community.dynatrace.{self.name}"

    def tasks(self) -> list[dict[str, Any]]:
        """Return the examples of a module."""
        return list(yaml.safe_load(self.examples))


def texts_of(path: Path, *, inside_classes: bool = False) -> dict[str, str]:
    """Return the documentation constants of a file without importing it."""
    found = {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if inside_classes else tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            (target,) = node.targets
            if isinstance(target, ast.Name):
                found[target.id] = node.value.value
    return found


def plugins(kind: str) -> list[Plugin]:
    """Return all plugins of a kind, for example ``modules``."""
    found = []
    for path in sorted((PLUGINS / kind).glob("*.py")):
        texts = texts_of(path)
        data = yaml.safe_load(texts["DOCUMENTATION"])
        returned = yaml.safe_load(texts.get("RETURN", "")) or {}
        found.append(Plugin(kind, path.stem, data, texts.get("EXAMPLES", ""), returned))
    return found


def prose(description: str | list[str]) -> str:
    """Return a description as one string."""
    return description if isinstance(description, str) else " ".join(description)


def documented(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every documented return value with its path."""
    for name, about in values.items():
        path = f"{above}{name}"
        yield path, about
        mark = "[]." if about.get("type") == "list" else "."
        yield from documented(about.get("contains") or {}, f"{path}{mark}")


def seen(result: Mapping[str, Any], values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the paths of the documented return values in a result, except null."""
    for name, about in values.items():
        found = result.get(name)
        if found is None:
            continue
        yield f"{above}{name}"
        inner = about.get("contains") or {}
        if isinstance(found, list):
            for one in found:
                yield from seen(one, inner, f"{above}{name}[].") if inner else ()
        elif inner:
            yield from seen(found, inner, f"{above}{name}.")


def disagreements(
    result: Mapping[str, Any], values: Mapping[str, Any], above: str = "", *, failed: bool = False
) -> Iterator[str]:
    """Yield the differences between a result and its documentation: unknown keys, missing keys, wrong types."""
    for name in sorted(set(result) - set(values)):
        if above or not (name in COMMON or name.startswith(("_ansible", "ansible_"))):
            yield f"{above}{name} is not documented"
    for name, about in values.items():
        promised = about["returned"] == "always" or (about["returned"] == "success" and not failed)
        if name not in result:
            if promised:
                yield f"{above}{name} is promised and missing"
            continue
        yield from _value(result[name], about, f"{above}{name}")


def _value(found: Any, about: Mapping[str, Any], path: str) -> Iterator[str]:
    """Compare a value and its nested values."""
    if found is None:
        if "null" not in prose(about["description"]).lower():
            yield f"{path} is null, which is not documented"
        return
    if not isinstance(found, TYPES[about["type"]]) or (
        isinstance(found, bool) and about["type"] not in ("bool", "raw")
    ):
        yield f"{path} is {type(found).__name__}, documented is {about['type']}"
        return
    inner = about.get("contains")
    if about["type"] == "list":
        element = TYPES[about["elements"]]
        for one in found:
            if not isinstance(one, element):
                yield f"{path}[] is {type(one).__name__}, documented is {about['elements']}"
            elif inner:
                yield from disagreements(one, inner, f"{path}[].")
    elif inner:
        yield from disagreements(found, inner, f"{path}.")
