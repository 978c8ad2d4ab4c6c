# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The inventory variables that would accept the current state of settings: references by name, and without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .. import _atomic_file as files
from .._settings_api.access import shown
from .._settings_api.converge import Converged
from .._settings_api.errors import Hint, SettingsError
from .._settings_api.legacy_ids import schema_of
from .._settings_api.matching import Existing
from .._settings_api.plan_types import Item
from .._settings_api.property_path import texts_at
from .._settings_api.schema import Schema
from .declarations import Group
from .declared_ids import KnownIds
from .schema_catalog import SchemaCatalog
from .scopes import ENVIRONMENT
from .to_vars import VARIABLE, Content, add_declared, render_lines

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient

_REFERENCED = ("objectId", "value", "scope", "externalId")


@dataclass(frozen=True)
class GroupOutcome:
    """What an audit found in one schema and scope."""

    group: Group
    existing: Sequence[Existing]
    done: Converged


def keep_accepted(
    client: SettingsClient, outcomes: Sequence[GroupOutcome], ids: KnownIds, catalog: SchemaCatalog, folder: str
) -> str | None:
    """Write a new file of variables that accepts the current state.

    Its name and its variable contain the time, so that no file replaces another one, and the newest takes precedence.

    :returns: its path, or ``None`` if nothing differs.
    :raises SettingsError: it cannot be written.
    """
    found = [(one.group, list(_differing(one)), list(_remarks(one))) for one in outcomes]
    if not any(differing or remarks for _group, differing, remarks in found):
        return None
    _learn_references(client, found, ids, catalog)
    content = Content()
    for group, differing, _remarks_of in found:
        if differing:
            add_declared(content, group.schema, group.scope or ENVIRONMENT, differing, ids)
    about = [f"The current state of the settings of {client.environment_url} that differ from their declaration."]
    about += [remark for _group, _differing_of, remarks in found for remark in remarks]
    suffix = f"accepted_{datetime.now(timezone.utc):%Y%m%dT%H%M%S}"
    text = render_lines(content, about, client.environment_id, f"{VARIABLE}__{suffix}")
    try:
        return files.write(str(files.place(folder) / f"settings_{suffix}.yml"), text)
    except OSError as error:
        message = f"The accepted settings could not be written to {folder}: {error.strerror}."
        raise SettingsError(message, hint=Hint("Check {option.accept_directory}.")) from None


def _differing(outcome: GroupOutcome) -> Iterator[tuple[Existing, Mapping[str, Any]]]:
    """The objects that differ, each with the options that identify it in its declaration."""
    stored = {one.object_id: one for one in outcome.existing}
    declared = {one.where: one.options for one in outcome.group.objects}
    for item in outcome.done.items:
        current = stored.get(item.object_id or "")
        if current is None or not _differs(item, outcome.group.schema):
            continue
        options = declared.get(item.where)
        if options is None:
            yield current, {}
            continue
        own = {name: options[name] for name in ("name", "object_id", "adopt_from") if options.get(name) is not None}
        # A declaration without a name is found again by the properties that identify it.
        yield current, {**own, "name": own.get("name"), **_access(item, current)}


def _differs(item: Item, schema: Schema) -> bool:
    """Whether the declaration has to change to accept the object."""
    if item.operation == "deleted":
        return True
    access = item.access is not None and bool(item.access.changed)
    return item.operation == "updated" and (access or any(not schema.is_secret(path) for path in item.changed))


def _access(item: Item, current: Existing) -> dict[str, Any]:
    """The options for the permissions and the owner as they are, if they are declared."""
    if item.access is None:
        return {}
    found: dict[str, Any] = {}
    if item.access.declares_permissions:
        found["permissions"] = shown(item.access.levels_before)
    if item.access.declares_owner and current.owner is not None:
        found["owner"] = current.owner
    return found


def _remarks(outcome: GroupOutcome) -> Iterator[str]:
    schema_id = outcome.group.schema.schema_id
    for item in outcome.done.items:
        if item.operation == "created":
            yield f"{schema_id} {item.name} does not exist. To accept this, remove its declaration."
        elif item.moved:
            yield f"{schema_id} {item.name} is in another position. To accept this, reorder the declaration."


def _learn_references(
    client: SettingsClient,
    found: Sequence[tuple[Group, Sequence[tuple[Existing, Mapping[str, Any]]], Sequence[str]]],
    ids: KnownIds,
    catalog: SchemaCatalog,
) -> None:
    """Read the objects that the values refer to, and that no declaration refers to. One request for each schema."""
    schema_ids: dict[str, None] = {}
    for group, differing, _remarks_of in found:
        for current, _options in differing:
            for path, text in texts_at(current.value):
                schema_id = schema_of(text) or group.schema.referenced_schema(path)
                if schema_id in catalog.versions and ids.reference(text) is None and text not in ids:
                    schema_ids[schema_id] = None
    for schema_id in schema_ids:
        for item in client.list_objects(schema_id, scope="", fields=_REFERENCED):
            one = Existing.from_item(item)
            if one.object_id not in ids:
                ids.add(schema_id, one)
