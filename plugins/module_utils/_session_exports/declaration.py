# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From the ``exports`` option to full desired values. Everything is checked before anything is sent."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .._settings_api.errors import Problem
from .._settings_api.external_id import name_problem
from .._settings_api.matching import Declared, Existing
from .._settings_api.messages import Hint
from .._settings_api.property_path import Path, get_path, set_path
from .._settings_api.schema import Schema
from .._settings_api.secrets import mask_problems
from .management_zones import numeric_id
from .options import path_text, published_options, to_value
from .published_schema import PUBLISHED

ZONE = ("exportBehavior", "managementZone")
SWITCH = "active"
# What the server's own validator of this name is known to check (settings-api 1.3, 1.5).
_KNOWN_VALIDATORS = {"urlHttpsValidator": ("^https://", "https_url")}


@lru_cache(maxsize=1)
def published_schema() -> Schema:
    """The published schema of the session exports, as this collection carries it."""
    return schema_of(PUBLISHED)


def schema_of(document: Mapping[str, Any]) -> Schema:
    """Another version of the same schema."""
    return Schema.from_document(document, known_validators=_KNOWN_VALIDATORS)


def identity(value: Mapping[str, Any]) -> Hashable | None:
    """What identifies an export without an external ID of ours: endpoint URL, index and zone together."""
    endpoint, send, behavior = (
        part if isinstance(part, Mapping) else {}
        for part in (value.get(key) for key in ("endpointDefinition", "sendDirect", "exportBehavior"))
    )
    url = endpoint.get("endpointUrl")
    if not url or not isinstance(url, str):
        return None
    zone = behavior.get("managementZone") or None
    return (url, str(send.get("indexName")) if send.get("active") is True else None, numeric_id(zone) or str(zone))


def title(current_object: Existing) -> str:
    """An existing export, for a person who has to find it, without its ID."""
    url = get_path(current_object.value, ("endpointDefinition", "endpointUrl")) or "no endpoint"
    own = current_object.own_external_id
    name = repr(own.name) if own else "another tool's" if current_object.foreign else "unnamed"
    return f"{name} to {url}"


def _host(url: str) -> str | None:
    """The host of a URL; ``None`` without one. The schema also allows URLs that are none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def export_names(existing: Sequence[Existing]) -> list[str]:
    """The name in the external ID, or one made from host and index; all different."""
    taken = {one.own_external_id.name for one in existing if one.own_external_id}
    names = []
    for current_object in existing:
        if current_object.own_external_id:
            names.append(current_object.own_external_id.name)
            continue
        value = current_object.value
        host = _host(str(get_path(value, ("endpointDefinition", "endpointUrl")) or "")) or "export"
        index = get_path(value, ("sendDirect", "active")) and get_path(value, ("sendDirect", "indexName"))
        base = f"{host} {index}" if index else host
        name, number = base, 2
        while name in taken:
            name, number = f"{base} {number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def declared_secrets(exports: object) -> Iterator[object]:
    """Every value given for a secret option, wherever the input is malformed."""

    def walk(node: object, spec: Mapping[str, Any]) -> Iterator[object]:
        if isinstance(node, Mapping):
            for key, child in node.items():
                below = spec.get(key, {})
                if below.get("type") == "raw":
                    yield child
                yield from walk(child, below.get("options", {}))

    for export in exports if isinstance(exports, Sequence) and not isinstance(exports, str) else ():
        yield from walk(export, published_options())


@dataclass(frozen=True)
class Declaration:
    """The declared exports, and every problem found in them."""

    exports: tuple[Declared, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Hint, ...] = ()


def declare(
    exports: Sequence[Any] | None,
    schema: Schema,
    *,
    where: str = "exports",
    absent: bool = False,
    several: bool = False,
) -> Declaration:
    """Read and check the whole declaration.

    :param where: the name of the option or variable that the user wrote.
    :param absent: the exports are to be removed: a name, or also an endpoint, is enough.
    :param several: the exports of several environments: how many there are, and that some are alike, is no problem.
    """
    problems: list[Problem] = []
    warnings: list[Hint] = []
    wanted: list[Declared] = []
    given = list(exports or [])
    if not absent and not several and schema.max_objects is not None and len(given) > schema.max_objects:
        problems.append(Problem("too_many_exports", where, {"count": len(given), "most": schema.max_objects}))
    for index, export in enumerate(given):
        at = f"{where}[{index}]"
        if not isinstance(export, Mapping):
            problems.append(Problem("type", at, {"expected": "options"}))
            continue
        name = export.get("name")
        if wrong := name_problem(name, f"{at}.name"):
            problems.append(wrong)
        value = to_value(export)
        given_secrets = [(path_text(at, path), get_path(value, path)) for path in schema.given_secret_paths(value)]
        problems += mask_problems(given_secrets)
        if absent:
            wanted.append(Declared(str(name), value, at, absent=True))
            continue
        completed = schema.complete(value)
        checked = completed.value
        zone = get_path(checked, ZONE)
        if isinstance(zone, str) and zone.strip() and numeric_id(zone) != zone:
            # A name or an object id is turned into a numeric id after this check; any id satisfies the schema.
            checked = schema.complete(value).value
            set_path(checked, ZONE, "0")
        found = schema.problems(checked)
        no_https = {path for path, problem in found if problem.code == "https_url"}
        # The patterns of the schema say the same in other words.
        found = [(path, problem) for path, problem in found if path not in no_https or problem.code == "https_url"]
        problems += [problem.at(path_text(at, path)) for path, problem in found]
        warnings += _switched_off(at, value, completed.ignored)
        wanted.append(Declared(str(name), completed.value, at, ignored=completed.ignored, given=value))
    problems += () if several else duplicates(wanted)
    return Declaration(tuple(wanted), tuple(problems), tuple(warnings))


def _switched_off(at: str, value: Mapping[str, Any], ignored: Sequence[Path]) -> Iterator[Hint]:
    """Options that are ignored because ``active`` is missing. ``active: false`` is intentional."""
    for section in dict.fromkeys(path[:-1] for path in ignored):
        given = get_path(value, section)
        if isinstance(given, Mapping) and given.get(SWITCH) is None and len(section) == 1:
            names = ", ".join(path_text("", path).rpartition(".")[2] for path in ignored if path[:-1] == section)
            facts = {"place": path_text(at, section), "ignored": names}
            yield Hint(f"{{place:path}}: without {SWITCH}: true, nothing in it has an effect ({{ignored}}).", facts)


def duplicates(wanted: Sequence[Declared]) -> list[Problem]:
    """Two exports of one name, or to the same endpoint, index and zone."""
    problems = []
    names: dict[str, str] = {}
    endpoints: dict[Hashable, str] = {}
    for desired in wanted:
        if desired.name in names and not name_problem(desired.name, ""):
            problems.append(Problem("same_name", f"{desired.where}.name", {"other": names[desired.name]}))
        names.setdefault(desired.name, desired.where)
        endpoint = identity(desired.value)
        if endpoint is not None and endpoint in endpoints:
            problems.append(Problem("same_endpoint", desired.where, {"other": endpoints[endpoint]}))
        endpoints.setdefault(endpoint, desired.where)
    return problems
