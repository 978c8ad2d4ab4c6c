# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What has no value before a deployment, as marks in the text that templates render."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Union

# An ID is never empty, so it has its own mark.
_START, _START_OF_ID, _END = "\ue000", "\ue002", "\ue001"
_MARK = re.compile(f"[{_START}{_START_OF_ID}](\\d+){_END}")


@dataclass(frozen=True)
class Coordinate:
    """The name of a configuration in Monaco."""

    project: str
    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.project}:{self.type}:{self.id}"


@dataclass(frozen=True)
class ObjectId:
    """The ID that an object gets."""

    of: Coordinate


@dataclass(frozen=True)
class EnvironmentVariable:
    """What an environment variable holds at the deployment."""

    name: str
    default: str | None = None


Unknown = Union[ObjectId, EnvironmentVariable]  # noqa: UP007 - evaluated at run time


@dataclass(frozen=True)
class Text:
    """A text that is not known as a whole.

    :param bare: whether it stands without quotes, so that it can be any JSON.
    """

    parts: tuple[str | Unknown, ...]
    bare: bool = False

    @property
    def unknown(self) -> Iterator[Unknown]:
        """What is not known."""
        return (part for part in self.parts if not isinstance(part, str))


@dataclass
class Marks:
    """The marks of a conversion."""

    _numbers: dict[Unknown, int] = field(default_factory=dict)

    def mark(self, unknown: Unknown) -> str:
        """Return the mark of something."""
        start = _START_OF_ID if isinstance(unknown, ObjectId) else _START
        return f"{start}{self._numbers.setdefault(unknown, len(self._numbers))}{_END}"

    def quoted(self, rendered: str) -> str:
        """Put marks that stand without quotes in JSON between quotes, with a sign that they had none."""
        parts = re.split(r'("(?:\\.|[^"\\])*")', rendered, flags=re.DOTALL)
        return "".join(
            part if position % 2 else _MARK.sub(lambda found: f'"{_END}{found[0]}"', part)
            for position, part in enumerate(parts)
        )

    def read(self, text: str) -> str | Text:
        """Return a text with what its marks stand for."""
        if not has_marks(text):
            return text
        known = list(self._numbers)
        parts: list[Any] = _MARK.split(text.removeprefix(_END))
        parts[1::2] = [known[int(number)] for number in parts[1::2]]
        return Text(tuple(part for part in parts if part != ""), bare=text.startswith(_END))


def has_marks(text: str) -> bool:
    """Whether a text has characters that marks are made of."""
    return _END in text or _START in text or _START_OF_ID in text


def may_be_empty(text: str) -> bool:
    """Whether a text has nothing but marks of what can be empty."""
    return not re.sub(f"{_START}\\d+{_END}", "", text)
