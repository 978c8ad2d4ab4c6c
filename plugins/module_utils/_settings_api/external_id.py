# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The label: what this collection keeps in an object's ``externalId`` to find it again.

Form, version 1: ``community.dynatrace:1:<name>[:<key id>:<fingerprint>]/``, the name percent-encoded. A reader passes
over further fields, so that a later writer can add some. The slash at the end tells a whole label from a cut one.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

TOOL = "community.dynatrace"
VERSION = "1"
_END = "/"
# The API allows 500 characters (settings-api 3.8); the rest is room for further fields.
MAX_NAME_LENGTH = 400 - len(f"{TOOL}:{VERSION}:")


@dataclass(frozen=True)
class Label:
    """A label of ours. ``name`` is the only part that is ever shown."""

    name: str
    extra: tuple[str, ...] = ()

    def encode(self) -> str:
        """The ``externalId`` to store."""
        return ":".join((TOOL, VERSION, quote(self.name, safe=""), *self.extra)) + _END


def decode(external_id: str | None) -> Label | None:
    """Read a label.

    :returns: ``None`` for no label, another tool's, a cut one, or one of a version that we do not know.
    """
    text = external_id or ""
    parts = text.removesuffix(_END).split(":")
    if not text.endswith(_END) or len(parts) < 3 or parts[0] != TOOL or parts[1] != VERSION or not parts[2]:
        return None
    return Label(name=unquote(parts[2]), extra=tuple(parts[3:]))


def is_cut(external_id: str | None) -> bool:
    """Whether a label of ours came back shorter than it was stored."""
    text = external_id or ""
    return text.startswith(f"{TOOL}:") and not text.endswith(_END)


def name_problem(name: object) -> str | None:
    """What is wrong with a name, or ``None``."""
    if not isinstance(name, str) or not name.strip():
        return "is required: the name by which the object is found again"
    if name != name.strip() or not name.isprintable():
        return "must not begin or end with white space, nor contain control characters"
    try:
        length = len(quote(name, safe=""))
    except UnicodeEncodeError:
        return "must be valid Unicode text"
    if length > MAX_NAME_LENGTH:
        return f"is too long: percent-encoded it has {length} characters, at most {MAX_NAME_LENGTH} fit into the label"
    return None
