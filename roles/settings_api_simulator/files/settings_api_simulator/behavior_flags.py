# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one environment behaves where servers differ, or where the documentation is silent."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

# The form that one public client knows; no recorded answer quotes a mask. Tests run under a second one as well, so that
# a client that expects a certain mask is found out.
DEFAULT_MASK = "***{value}***"
OPTIONAL_ENDPOINTS = ("effectiveValues", "effective-permissions:resolve", "history", "permissions")


class ConfigError(ValueError):
    """A configuration that cannot be used; the text says which key and why."""


# Under a name of its own: pylint takes every call of the original outside of a class body for a mistake.
_make_field: Any = dataclasses.field


def _choice(default: str, *others: str, about: str) -> Any:
    return _make_field(default=default, metadata={"choices": (default, *others), "about": about})


def _plain(default: Any, about: str) -> Any:
    if isinstance(default, Mapping):
        # Python 3.11 accepts no default that has no hash.
        return _make_field(default_factory=lambda: default, metadata={"about": about})
    return _make_field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class BehaviorFlags:
    """Every field is one flag; its default is the strictest plausible behaviour."""

    mask: str = _plain(
        DEFAULT_MASK,
        "what a secret is shown as; {value} becomes 3 digits per secret, {object} 8 letters per object",
    )
    resubmission: str = _choice(
        "strict",
        "declared",
        "any_change",
        "off",
        about="when a masked secret is refused: declared = as the schema says; strict = also beside a changed URL, "
        "user name or client id of a session export; any_change = beside any change of one; off = never",
    )
    inactive_values: str = _choice(
        "refuse", "store", "drop", about="a value below a precondition that does not hold is refused, stored or dropped"
    )
    inactive_branches: str = _choice(
        "absent",
        "empty",
        about="empty: inactive branches are stored, filled with empty texts (implies inactive_values: drop)",
    )
    returns_external_id: bool = _plain(True, "false: externalId is never in an answer")
    external_id_length: int | None = _plain(None, "an externalId is cut to so many letters when it is stored")
    returned_scope: str = _choice("environment", "tenant", about="what environment scope is called in answers")
    returns_nulls: bool = _plain(False, "true: properties sent as null are returned as null, else left out")
    management_zone: str = _choice(
        "as_sent", "numeric", "object_id", about="the form in which references to management zones are returned"
    )
    # That another text is refused is recorded. For the ID of an object that is gone, no answer is known: the strictest.
    references: str = _choice(
        "exist", "form", about="exist: an object that a setting property refers to must exist; form: must look like one"
    )
    generated_scopes: Mapping[str, str] = _plain(
        MappingProxyType({"builtin:cloud.kubernetes": "clusterId"}),
        "schemas whose objects can be created without a scope, and the property that the scope is made of",
    )
    older_schema_versions: str = _choice(
        "accept", "refuse", about="a write that names an older schema version than the newest; a newer one is unknown"
    )
    missing_neighbor: str = _choice(
        "neighbor",
        "not_found",
        "violation",
        about="answer when insertAfter or insertBefore names an object that is gone: each of them was seen",
    )
    violation_paths: str = _choice(
        "slash", "dotted", about="how the properties of a violation's path are separated: both were seen"
    )
    classic_forbidden: str = _choice(
        "titles", "list", about="how a 403 of the classic path names the missing scope: both were seen"
    )
    deletion_constraints: str = _choice(
        "enforce", "ignore", about="enforce: an object that others refer to is not deleted if its schema says so"
    )
    maximum_objects_status: int = _plain(409, "answer to one object too many: 409 (a client's note says so) or 400")
    missing_endpoints: tuple[str, ...] = _plain(
        (), f"parts of the API that an older server does not have; any of {', '.join(OPTIONAL_ENDPOINTS)}"
    )
    put_answer: str = _choice("object", "array", about="an update answers an object, or an array of one")

    @classmethod
    def read(cls, data: Mapping[str, Any], base: BehaviorFlags | None = None) -> BehaviorFlags:
        """:raises ConfigError: unknown flag or wrong value."""
        known = {one.name: one for one in dataclasses.fields(cls)}
        for name, value in data.items():
            if name not in known:
                raise ConfigError(f"unknown behavior flag {name!r}; available: {', '.join(known)}")
            choices = known[name].metadata.get("choices")
            if choices is not None and value not in choices:
                raise ConfigError(f"behavior flag {name}: {value!r} is none of {', '.join(choices)}")
            if known[name].type == "bool" and not isinstance(value, bool):
                raise ConfigError(f"behavior flag {name}: must be true or false")
            if known[name].type == "int" and value not in (400, 409):
                raise ConfigError(f"behavior flag {name}: must be 400 or 409")
            if name == "external_id_length" and not (value is None or (isinstance(value, int) and value > 0)):
                raise ConfigError("behavior flag external_id_length: must be a positive number or null")
            if name == "generated_scopes" and not _texts(value):
                raise ConfigError("behavior flag generated_scopes: must be an object of schema id and property")
            if name == "missing_endpoints" and not set(value or ()) <= set(OPTIONAL_ENDPOINTS):
                raise ConfigError(f"behavior flag {name}: takes {', '.join(OPTIONAL_ENDPOINTS)}")
            if name == "mask" and not (isinstance(value, str) and value):
                raise ConfigError("behavior flag mask: must be a text that is not empty")
        found: dict[str, Any] = dict(data)
        if "missing_endpoints" in found:
            found["missing_endpoints"] = tuple(found["missing_endpoints"] or ())
        return dataclasses.replace(base or cls(), **found)

    def as_json(self) -> dict[str, Any]:
        found = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        collections = {
            "generated_scopes": dict(self.generated_scopes),
            "missing_endpoints": list(self.missing_endpoints),
        }
        return {**found, **collections}

    def mask_of(self, uid: str, secret: str) -> str:
        """What a secret of one object is shown as."""
        digits = int(hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 1000
        return self.mask.replace("{object}", uid[:8]).replace("{value}", f"{digits:03d}")


def _texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, str) for pair in value.items() for part in pair)


def described() -> str:
    """All flags with their values and meaning, for --help."""
    lines = []
    for one in dataclasses.fields(BehaviorFlags):
        choices = one.metadata.get("choices")
        values = " | ".join(choices) if choices else json.dumps(BehaviorFlags().as_json()[one.name])
        lines.append(f"  {one.name} ({values}): {one.metadata['about']}")
    return "\n".join(lines)
