# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The options of an export: the published schema in snake_case, one to one, plus ``name``.

Everything here follows from the published schema; nothing is declared a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .published_schema import PUBLISHED

_TYPES = {"boolean": "bool", "integer": "int", "float": "float"}


@lru_cache(maxsize=1024)
def snake(key: str) -> str:
    """``endpointUrl`` -> ``endpoint_url``; ``oAuth2`` -> ``oauth2``, as in the enum of the schema."""
    return re.sub(r"(?<=[a-z0-9]{2})[A-Z]", r"_\g<0>", key).lower()


def _referenced(prop: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    reference = prop["type"].get("$ref", "") if isinstance(prop["type"], Mapping) else ""
    head, _slash, name = reference.rpartition("/")
    found = PUBLISHED[kind].get(name) if head == f"#/{kind}" else None
    return found if found is None or isinstance(found, Mapping) else None


def _properties(prop: Mapping[str, Any] | None) -> Mapping[str, Any]:
    node = PUBLISHED if prop is None else _referenced(prop, "types")
    return node["properties"] if node is not None else {}


def _spec(prop: Mapping[str, Any]) -> dict[str, Any]:
    children = _properties(prop)
    if children:
        return {"type": "dict", "options": {snake(key): _spec(child) for key, child in children.items()}}
    enum = _referenced(prop, "enums")
    if enum is not None:
        return {"type": "str", "choices": [item["value"] for item in enum["items"]]}
    if prop["type"] == "secret":
        # raw: Ansible's own message about a wrong type could display the secret.
        return {"type": "raw", "no_log": True}
    # False where Ansible would suspect a secret because of the name (access_token_url).
    return {"type": _TYPES.get(prop["type"], "str"), "no_log": False}


def argument_spec() -> dict[str, Any]:
    """Return the ``options`` of one export for Ansible's argument spec."""
    spec: dict[str, Any] = {"name": {"type": "str"}}
    spec.update({snake(key): _spec(child) for key, child in _properties(None).items()})
    return spec


@lru_cache(maxsize=1)
def published_options() -> Mapping[str, Any]:
    """The options of one export, to be read only."""
    return argument_spec()


def to_value(options: Mapping[str, Any]) -> dict[str, Any]:
    """Convert options to the value of the API. ``None`` is omitted, and unknown options keep their names."""
    value = _renamed(options, None, to_keys=True)
    return {key: child for key, child in value.items() if key != "name"}


def to_options(value: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a value of the API to options, in the order of the published schema."""
    return _renamed(value, None, to_keys=False)


def _renamed(node: Mapping[str, Any], prop: Mapping[str, Any] | None, *, to_keys: bool) -> dict[str, Any]:
    children = _properties(prop)
    names = {snake(key): key for key in children} if to_keys else {key: snake(key) for key in children}
    places = {key: place for place, key in enumerate(names)}
    result: dict[str, Any] = {}
    for given in sorted(node, key=lambda key: places.get(key, len(places))):
        child = node[given]
        if child is None:
            continue
        target = names.get(given, given)
        below = children.get(target if to_keys else given)
        if isinstance(child, Mapping) and below is not None and _properties(below):
            child = _renamed(child, below, to_keys=to_keys)
        result[target] = child
    return result


def path_text(where: str, path: tuple[str | int, ...]) -> str:
    """Format a property path with option names: ``exports[1].authentication.basic_auth.password``."""
    parts = [where] if where else []
    prop: Mapping[str, Any] | None = None
    children = _properties(None)
    for part in path:
        if isinstance(part, int):
            parts[-1:] = [f"{parts[-1]}[{part}]" if parts else f"[{part}]"]
            continue
        prop = children.get(part)
        parts.append(snake(part) if prop is not None else part)
        children = _properties(prop) if prop is not None else {}
    return ".".join(parts)
