# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The index template behind a rollover alias: what it should be like, and what of an existing one has to change."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._endpoint_check.http import below
from .._endpoint_check.mapping_diff import overlay

# Above those that the products bring along.
_PRIORITY = 500


@dataclass(frozen=True)
class TemplateChange:
    """What happens to an index template.

    :param before: ``None`` if there is none.
    :param after: the body to write.
    """

    name: str
    operation: Literal["created", "updated", "unchanged"]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] = field(default_factory=dict)


def first_index(alias: str) -> str:
    """The first index behind a rollover alias. The product counts on from its number."""
    return f"{alias}-000001"


def plan_template(name: str, found: Any, mapping: Mapping[str, Any], settings: Mapping[str, Any]) -> TemplateChange:
    """Compare an index template with what it should be like. What else it has is kept.

    :param found: the response to the request for it.
    """
    listed = found.get("index_templates") if isinstance(found, Mapping) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    existing = below(first, "index_template")
    if not existing:
        body: dict[str, Any] = {"index_patterns": [f"{name}-*"], "priority": _PRIORITY}
        body["template"] = {"mappings": dict(mapping), **({"settings": dict(settings)} if settings else {})}
        return TemplateChange(name, "created", None, body)
    after = copy.deepcopy(dict(existing))
    template = after.setdefault("template", {})
    patterns = after.setdefault("index_patterns", [])
    if f"{name}-*" not in patterns:
        after["index_patterns"] = [*patterns, f"{name}-*"]
    merged = overlay(below(template, "mappings"), mapping)
    differs = _plain(merged) != _plain(below(template, "mappings"))
    there, desired = dict(_flat(below(template, "settings"))), dict(_flat(settings))
    differs = differs or any(there.get(key) != value for key, value in desired.items())
    differs = differs or after["index_patterns"] != patterns
    if not differs:
        return TemplateChange(name, "unchanged", existing, existing)
    template["mappings"] = merged
    if settings:
        template["settings"] = {**there, **desired}
    return TemplateChange(name, "updated", existing, after)


def _plain(node: Any) -> Any:
    """A mapping in one spelling: servers show some values as text."""
    if isinstance(node, Mapping):
        return {str(name): _plain(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_plain(one) for one in node]
    return str(node).lower() if isinstance(node, bool) else str(node)


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Settings as (full name, text)."""
    for name, value in settings.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            path = path if path.startswith("index.") else f"index.{path}"
            yield path, value if isinstance(value, list) else _plain(value)
