# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The manifest of Monaco: projects, environments, and their groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import go_yaml


@dataclass(frozen=True)
class Project:
    """A project, and its directory."""

    name: str
    path: Path


@dataclass(frozen=True)
class Environment:
    """An environment.

    :param connection: connection options, their values, and whether these are the names of environment variables.
    """

    name: str
    group: str
    connection: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The content of a manifest."""

    directory: Path
    projects: tuple[Project, ...]
    environments: tuple[Environment, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def groups(self) -> dict[str, list[str]]:
        """The names of the environments by their group."""
        found: dict[str, list[str]] = {}
        for one in self.environments:
            found.setdefault(one.group, []).append(one.name)
        return found


class UnreadableFile(Exception):
    """A file of a project cannot be read. The message names it.

    :param reason: the rest of the sentence.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.reason = reason


def read_text(path: Path) -> str:
    """Return the text of a file.

    :raises UnreadableFile: it is not there, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(path, f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise UnreadableFile(path, "is not encoded in UTF-8") from None


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    :raises UnreadableFile: it is none.
    """
    try:
        document = go_yaml.fields(go_yaml.parse(read_text(path)))
        projects = list(_projects(path.parent, go_yaml.entries(document.get("projects"))))
        environments = [
            _environment(go_yaml.fields(one), go_yaml.text(group.get("name")))
            for group in map(go_yaml.fields, go_yaml.entries(document.get("environmentGroups")))
            for one in go_yaml.entries(group.get("environments"))
        ]
    except go_yaml.InvalidYaml as error:
        raise UnreadableFile(path, str(error)) from None
    if "manifestVersion" not in document:
        raise UnreadableFile(path, "is not a manifest of Monaco 2, because it has no manifestVersion")
    if not projects:
        raise UnreadableFile(path, "has no projects")
    if not environments:
        raise UnreadableFile(path, "has no environments")
    for kind, names in (("projects", projects), ("environments", environments)):
        if repeated := _repeated([one.name for one in names]):
            raise UnreadableFile(path, f"has two {kind} named {repeated}")
    notes = ("The accounts of the manifest are not settings.",) if "accounts" in document else ()
    return Manifest(path.parent, tuple(projects), tuple(environments), notes)


def _projects(directory: Path, nodes: Sequence[Any]) -> Iterator[Project]:
    for node in map(go_yaml.fields, nodes):
        name = go_yaml.text(node.get("name"))
        place = directory / (go_yaml.text(node.get("path")) or name)
        if not place.is_dir():
            raise UnreadableFile(place, f"does not exist, but is the directory of the project {name}")
        if go_yaml.text(node.get("type")) == "grouping":
            yield from (Project(f"{name}.{one.name}", one) for one in sorted(place.iterdir()) if one.is_dir())
        else:
            yield Project(name, place)


def _environment(node: dict[str, Any], group: str) -> Environment:
    credentials = go_yaml.fields(node.get("auth"))
    client = go_yaml.fields(credentials.get("oAuth"))
    urls = {"environment_url": node.get("url"), "oauth_token_url": client.get("tokenEndpoint")}
    secrets = {
        # Manifests of older versions have the token beside the URL.
        "api_token": credentials.get("token") or node.get("token"),
        "platform_token": credentials.get("platformToken"),
        "oauth_client_id": client.get("clientId"),
        "oauth_client_secret": client.get("clientSecret"),
    }
    connection = [(option, *_url(one)) for option, one in urls.items()]
    connection += [(option, go_yaml.text(go_yaml.fields(one).get("name")), True) for option, one in secrets.items()]
    return Environment(go_yaml.text(node.get("name")), group, tuple(one for one in connection if one[1]))


def _url(node: Any) -> tuple[str, bool]:
    """A URL, or the name of the environment variable that contains it; and whether it is the latter."""
    if node is not None and node.id == "scalar":
        return go_yaml.text(node).removesuffix("/"), False
    parts = go_yaml.fields(node)
    return go_yaml.text(parts.get("value")).removesuffix("/"), go_yaml.text(parts.get("type")) == "environment"


def _repeated(names: Sequence[str]) -> str:
    return next((name for position, name in enumerate(names) if name in names[:position]), "")
