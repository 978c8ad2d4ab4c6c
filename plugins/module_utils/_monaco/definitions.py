# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The configurations of a project, and what overrides make of them for an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import go_yaml
from .manifest import Environment, Project, UnreadableFile, read_text
from .marks import Coordinate

# The keys of files that contain no configurations.
_ACCOUNTS = frozenset(("users", "groups", "policies", "boundaries", "serviceUsers"))


@dataclass(frozen=True)
class Properties:
    """The part of a configuration that can be overridden. ``None`` and empty texts are not given."""

    name: Any = None
    template: str = ""
    skip: Any = None
    origin_object_id: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def overridden(self, other: Properties) -> Properties:
        """Return these properties with others in their place."""
        return Properties(
            self.name if other.name is None else other.name,
            other.template or self.template,
            self.skip if other.skip is None else other.skip,
            other.origin_object_id or self.origin_object_id,
            {**self.parameters, **other.parameters},
        )


@dataclass(frozen=True)
class Definition:
    """A configuration.

    :param kind: ``settings``, or the kind of the API.
    :param directory: the directory of its file, which paths are relative to.
    """

    coordinate: Coordinate
    kind: str
    directory: Path
    properties: Properties
    scope: Any = None
    insert_after: Any = None
    has_permissions: bool = False
    has_schema_version: bool = False
    groups: Mapping[str, Properties] = field(default_factory=dict)
    environments: Mapping[str, Properties] = field(default_factory=dict)

    def for_environment(self, environment: Environment) -> Properties:
        """What the configuration is in an environment: overrides of the environment win over those of its group."""
        found = self.properties
        for overrides, name in ((self.groups, environment.group), (self.environments, environment.name)):
            found = found.overridden(overrides[name]) if name in overrides else found
        return found


@dataclass
class Definitions:
    """All configurations by name, and why files and parts of them are left out."""

    found: dict[Coordinate, Definition] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def add(self, definition: Definition) -> None:
        """Add a configuration, if it is the first one of its name."""
        if definition.coordinate in self.found:
            self.left_out.append((str(definition.coordinate), "is defined twice, and the first definition is used"))
        else:
            self.found[definition.coordinate] = definition


def read_definitions(projects: Sequence[Project]) -> Definitions:
    """Read the configurations of all projects, in the order of files and their content."""
    result = Definitions()
    for project in projects:
        for path in sorted(one for one in project.path.rglob("*") if one.suffix in (".yaml", ".yml") and one.is_file()):
            place = f"{project.name}: {path.relative_to(project.path)}"
            try:
                _read_file(project.name, path, place, result)
            except UnreadableFile as error:
                result.left_out.append((place, error.reason))
            except go_yaml.InvalidYaml as problem:
                result.left_out.append((place, str(problem)))
    return result


def _read_file(project: str, path: Path, place: str, result: Definitions) -> None:
    document = go_yaml.fields(go_yaml.parse(read_text(path)))
    if "configs" not in document:
        reason = "contains no configurations"
        if "config" in document:
            reason = "is a configuration of Monaco 1; convert the project to Monaco 2 first"
        elif _ACCOUNTS & set(document):
            reason = "contains resources of an account, which are not settings"
        result.left_out.append((place, reason))
        return
    for number, node in enumerate(go_yaml.entries(document["configs"])):
        try:
            result.add(_definition(project, path.parent, go_yaml.fields(node)))
        except go_yaml.InvalidYaml as error:
            result.left_out.append((f"{place}, configs[{number}]", str(error)))


def _definition(project: str, directory: Path, node: Mapping[str, Any]) -> Definition:
    kind, api, about = _type(node.get("type"))
    config_id = go_yaml.text(node.get("id"))
    if not config_id:
        raise go_yaml.InvalidYaml("has no ID")
    return Definition(
        Coordinate(project, api, config_id),
        kind,
        directory,
        _properties(node.get("config")),
        about.get("scope"),
        about.get("insertafter"),
        about.get("permissions") is not None,
        about.get("schemaversion") is not None,
        dict(_overrides(node.get("groupOverrides"), "group")),
        dict(_overrides(node.get("environmentOverrides"), "environment")),
    )


def _type(node: Any) -> tuple[str, str, Mapping[str, Any]]:
    """The kind of a configuration, the name of its API or schema, and more about settings.

    Monaco reads the names of these properties whether they have capitals or not.
    """
    if node is not None and node.id == "scalar":
        return "api", go_yaml.text(node), {}
    types = go_yaml.fields(node)
    if len(types) != 1:
        raise go_yaml.InvalidYaml("must have one type")
    ((kind, child),) = types.items()
    about = go_yaml.value(child)
    if isinstance(about, str):
        return kind, about, {}
    about = {key.lower(): part for key, part in about.items()} if isinstance(about, dict) else {}
    if kind != "settings":
        return kind, str(about.get("name") or about.get("resource") or kind), {}
    if not isinstance(about.get("schema"), str):
        raise go_yaml.InvalidYaml("has no schema")
    return kind, about["schema"], about


def _overrides(node: Any, kind: str) -> Iterator[tuple[str, Properties]]:
    for one in map(go_yaml.fields, go_yaml.entries(node)):
        yield go_yaml.text(one.get(kind)), _properties(one.get("override"))


def _properties(node: Any) -> Properties:
    parts = go_yaml.fields(node)
    return Properties(
        go_yaml.value(parts.get("name")),
        go_yaml.text(parts.get("template")),
        go_yaml.value(parts.get("skip")),
        go_yaml.text(parts.get("originObjectId")),
        {name: go_yaml.value(one) for name, one in go_yaml.fields(parts.get("parameters")).items()},
    )
