# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks, and the rule that secrets must be sent again when what they protect changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from .errors import Violation
from .interpreter.leaves import Path, leaves, replaced
from .interpreter.schema import Schema
from .published import session_exports

# The mask that a secret is shown as.
MaskOf = Callable[[str], str]

_DEFAULT_MESSAGE = "For security reasons please re-enter the secret before saving the configuration."


def secrets_of(schema: Schema, value: Any) -> dict[Path, str]:
    """All set secrets by path. An empty text (an inactive branch as old servers store it) is none."""
    return {
        path: leaf
        for path, definition, _forced, leaf in leaves(schema, value)
        if definition.get("type") == "secret" and isinstance(leaf, str) and leaf
    }


def masked(schema: Schema, value: dict[str, Any], mask_of: MaskOf) -> dict[str, Any]:
    """The value as it is shown."""
    for path, secret in secrets_of(schema, value).items():
        value = replaced(value, path, mask_of(secret))
    return value


def unmasked(
    schema: Schema, value: dict[str, Any], stored: dict[str, Any], mask_of: MaskOf
) -> tuple[dict[str, Any], list[Path]]:
    """The value of an update with every mask exchanged for the stored secret, and the paths where that was done.

    A mask that stands for no stored secret stays as it is: it becomes the secret.
    """
    kept = []
    known = secrets_of(schema, stored)
    for path, leaf in secrets_of(schema, value).items():
        old = known.get(path)
        if old is None or mask_of(old) != leaf:
            old = _moved(path, leaf, known, mask_of)
        if old is not None:
            value = replaced(value, path, old)
            kept.append(path)
    return value, kept


def _moved(path: Path, mask: str, known: dict[Path, str], mask_of: MaskOf) -> str | None:
    """The secret of another item of the same list, where only one can be meant.

    Whether servers find the item again is not known. Those that show a mask per value can.
    """
    shape = [part for part in path if not part.isdigit()]
    if len(shape) == len(path):
        return None
    fitting = {
        secret
        for other, secret in known.items()
        if [part for part in other if not part.isdigit()] == shape and mask_of(secret) == mask
    }
    return fitting.pop() if len(fitting) == 1 else None


def resubmission_violations(
    schema: Schema, value: dict[str, Any], stored: dict[str, Any], kept: list[Path], mode: str
) -> list[Violation]:
    """Violations of an update that keeps masked secrets beside a change that wants them in plain.

    The documentation: a property with ``forceSecretResubmission`` cannot change while secrets are masked, all of them
    must then be sent. An app schema without a constraint behaves as if any change mattered. Session exports declare
    nothing in the version that is known, but the product page says that the secret must be entered again on editing.
    """
    if not kept or mode == "off":
        return []
    constraints = list(schema.all_constraints("SECRET_RESUBMISSION"))
    every = any(constraint.get("checkAllProperties", True) for constraint in constraints)
    every = every or (not constraints and schema.id.startswith("app:"))
    special: tuple[Path, ...] = ()
    if schema.id == session_exports.SCHEMA_ID:
        every = every or mode == "any_change"
        special = session_exports.RESUBMISSION_PATHS if mode == "strict" else ()
    if not any(every or forced or path in special for path, forced in _changed(schema, value, stored)):
        return []
    message = next((str(c["customMessage"]) for c in constraints if c.get("customMessage")), _DEFAULT_MESSAGE)
    return [Violation("/".join(path), message) for path in kept]


def _changed(schema: Schema, value: dict[str, Any], stored: dict[str, Any]) -> Iterator[tuple[Path, bool]]:
    """Changed leaves that are no secrets: path, and whether they force resubmission."""
    now = {path: (leaf, forced) for path, kind, forced, leaf in leaves(schema, value) if kind.get("type") != "secret"}
    old = {path: (leaf, forced) for path, kind, forced, leaf in leaves(schema, stored) if kind.get("type") != "secret"}
    for path in {**now, **old}:
        here, there = now.get(path, (None, False)), old.get(path, (None, False))
        if here[0] != there[0]:
            yield path, here[1] or there[1]


def fingerprints(schema: Schema, value: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of every stored secret, by slash path: shows whether one changed, and nothing else."""
    return {"/".join(path): fingerprint(leaf) for path, leaf in secrets_of(schema, value).items()}


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
