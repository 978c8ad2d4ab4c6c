# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The external ID: what this collection stores in the ``externalId`` of an object to identify it.

Format, version 1: ``community.dynatrace:1:<name>[:<key id>:<fingerprint>]/``, with the name percent-encoded. Readers
ignore further fields, so that later versions can add some. The trailing slash distinguishes a complete external ID from
a truncated one.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from .errors import Problem

TOOL = "community.dynatrace"
VERSION = "1"
_END = "/"
# The API allows 500 characters (settings-api 3.8). The rest is reserved for further fields.
MAX_NAME_LENGTH = 400 - len(f"{TOOL}:{VERSION}:")


@dataclass(frozen=True)
class ExternalId:
    """An external ID of this collection. Only ``name`` is ever displayed."""

    name: str
    extra: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return the ``externalId`` to store."""
        return ":".join((TOOL, VERSION, quote(self.name, safe=""), *self.extra)) + _END


def decode(external_id: str | None) -> ExternalId | None:
    """Parse an external ID.

    :returns: ``None`` if it is missing, truncated, from another tool, or of an unknown version.
    """
    text = external_id or ""
    parts = text.removesuffix(_END).split(":")
    if not text.endswith(_END) or len(parts) < 3 or parts[0] != TOOL or parts[1] != VERSION or not parts[2]:
        return None
    return ExternalId(name=unquote(parts[2]), extra=tuple(parts[3:]))


def is_cut(external_id: str | None) -> bool:
    """Whether an external ID of this collection was truncated."""
    text = external_id or ""
    return text.startswith(f"{TOOL}:") and not text.endswith(_END)


def name_problem(name: object, path: str) -> Problem | None:
    """Return the problem of a name, or ``None``."""
    if not isinstance(name, str) or not name.strip():
        return Problem("required.name", path)
    if name != name.strip() or not name.isprintable():
        return Problem("name_characters", path)
    try:
        length = len(quote(name, safe=""))
    except UnicodeEncodeError:
        return Problem("name_no_unicode", path)
    if length > MAX_NAME_LENGTH:
        return Problem("name_too_long", path, {"length": length, "most": MAX_NAME_LENGTH})
    return None
