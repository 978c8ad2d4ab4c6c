# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Renders the templates of Monaco, which are Go templates: as far as they insert values, and nothing else.

Conditions, loops, pipes and functions are reported in place of being rendered: what they decide cannot be declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from .go_yaml import go_text

_FIELD = re.compile(r"\$?((?:\.[^\W\d]\w*)+)\Z")
_KEYWORDS = frozenset(("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"))
# A quoted text, a raw text, or the end of the action.
_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|\}\}', re.DOTALL)
_COMMENT = re.compile(r"(?:-[ \t\r\n]+)?/\*.*?\*/(?:[ \t\r\n]+-)?\}\}", re.DOTALL)
_BLANK = " \t\r\n"


class TemplateProblem(Exception):
    """A template cannot be rendered. The message begins with a verb, the template is the subject."""


@dataclass(frozen=True)
class Field:
    """Inserts a value."""

    path: tuple[str, ...]


Part = Union[str, Field]  # noqa: UP007 - evaluated at run time


def escape_json(text: str) -> str:
    """A text as it stands between the quotes in JSON that Go writes."""
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", quoted)


def escape_values(data: Any) -> Any:
    """The same for a value: texts, also in mappings, but not in lists."""
    if isinstance(data, str):
        return escape_json(data)
    if isinstance(data, dict):
        return {key: escape_values(child) for key, child in data.items()}
    return data


def render_file(content: str, values: Mapping[str, Any]) -> str:
    """Render the template in a file. Of three braces in a row, the first one is text.

    :raises TemplateProblem: it does more than inserting values, or there is no such value.
    """
    return render(content.replace("{{{", '{{"{"}}{{'), values)


def render(template: str, values: Mapping[str, Any]) -> str:
    """Render a template.

    :raises TemplateProblem: it does more than inserting values, or there is no such value.
    """
    return "".join(part if isinstance(part, str) else _inserted(part, values) for part in parse(template))


def parse(template: str) -> list[Part]:
    """Split a template into text and the values that it inserts.

    :raises TemplateProblem: it does more than inserting values.
    """
    parts: list[Part] = []
    position, trims = 0, False
    while True:
        start = template.find("{{", position)
        text = template[position:] if start < 0 else template[position:start]
        text = text.lstrip(_BLANK) if trims else text
        if start < 0:
            return [*parts, text]
        inner, position = _action(template, start + 2)
        if len(inner) > 1 and inner[0] == "-" and inner[1] in _BLANK:
            inner, text = inner[1:], text.rstrip(_BLANK)
        trims = len(inner) > 1 and inner[-1] == "-" and inner[-2] in _BLANK
        parts.append(text)
        parts += _read(inner[:-1] if trims else inner)


def _action(template: str, start: int) -> tuple[str, int]:
    """The content of an action, and the position after it."""
    position = start
    comment = _COMMENT.match(template, start)
    if comment:
        return template[start : comment.end() - 2], comment.end()
    if re.compile(r"(?:-[ \t\r\n])?\s*/\*").match(template, start):
        raise TemplateProblem("has a comment that Go does not take for one")
    while found := _TOKEN.search(template, position):
        if found[0] == "}}":
            return template[start : found.start()], found.end()
        position = found.end()
    raise TemplateProblem("has an action without an end")


def _read(inner: str) -> list[Part]:
    content = inner.strip(_BLANK)
    if content.startswith("/*"):
        return []
    field = _FIELD.match(content)
    if field:
        return [Field(tuple(field[1][1:].split(".")))]
    if len(content) > 1 and content[0] == content[-1] == "`" and "`" not in content[1:-1]:
        return [content[1:-1].replace("\r", "")]
    if len(content) > 1 and content[0] == '"' and (found := _TOKEN.match(content)) and found.end() == len(content):
        try:
            return [str(json.loads(content.replace("\\/", "\\x")))]
        except ValueError:
            raise TemplateProblem("has a quoted text with an escape that only Go knows") from None
    word = re.match(r"\w*", content)
    if word and word[0] in _KEYWORDS:
        raise TemplateProblem(f"uses {word[0]}")
    raise TemplateProblem("uses a function, a pipe, or a variable")


def _inserted(field: Field, values: Mapping[str, Any]) -> str:
    found: Any = values
    for depth, name in enumerate(field.path, 1):
        if not isinstance(found, Mapping) or name not in found:
            raise TemplateProblem(f"inserts {'.'.join(field.path[:depth])}, for which there is no parameter")
        found = found[name]
    return "<no value>" if found is None else go_text(found)
