# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Exports as a file of inventory variables: what ``import`` writes, and what is kept before anything changes.

YAML written by hand, because of the comments that say where a secret belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from .. import _atomic_file as files
from .._settings_api.errors import InvalidInput, Problem, SettingsError

VARIABLE = "user_session_exports_slots"
_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./+=?~-]|:(?![ \n]|$)| (?=[A-Za-z0-9(]))*", re.ASCII)
# What YAML 1.1 takes for something else than text.
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_TEMPLATE = re.compile(r"\{[{%#]")
_SECRET = "a secret is stored here. Left out it is kept."


def render(exports: Sequence[Mapping[str, Any]], stored: Mapping[str, Sequence[str]], about: Sequence[str]) -> str:
    """The file.

    :param exports: in the shape of the option, without secrets.
    :param stored: for each name the options for which a secret is stored.
    :param about: lines of the comment at its beginning.
    """
    lines = ["---", *(f"# {_one_line(line)}" for line in about)]
    lines.append(f"{VARIABLE}:" if exports else f"{VARIABLE}: []")
    for export in exports:
        secrets = [tuple(path.split(".")) for path in stored.get(str(export.get("name")), ())]
        first, *rest = _mapping(export, secrets)
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def save(path: str, content: str, *, overwrite: bool, check: bool) -> tuple[bool, str]:
    """Write the file, unless it is there as it should be.

    :returns: whether that changes anything, and what was there.
    :raises InvalidInput: there is another file, which may not be overwritten.
    :raises SettingsError: it cannot be read or written.
    """
    target = files.place(path)
    try:
        before = target.read_text(encoding="utf-8", errors="replace") if target.exists() else ""
        if before == content:
            return False, before
        if before and not overwrite:
            text = f"{path} is there and differs; say overwrite: true, or name another file"
            raise InvalidInput([Problem("dest", text)])
        if not check:
            files.write(path, content)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None
    return True, before


def keep(folder: str, environment_id: str, now: datetime, content: str) -> str:
    """Write what is there now into a file of its own, named by the environment and the time.

    :returns: its path.
    :raises SettingsError: it cannot be written.
    """
    name = f"{re.sub(r'[^A-Za-z0-9._-]', '_', environment_id)}.{now:%Y%m%dT%H%M%S.%f}Z.yml"
    try:
        return files.write(str(files.place(folder) / name), content)
    except OSError as error:
        told = f"What is there could not be kept in {folder}: {error.strerror}. Nothing was changed."
        raise SettingsError(told, hint="Check backup_directory.") from None


def _mapping(node: Mapping[str, Any], secrets: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            below = [path[1:] for path in secrets if path[0] == key and len(path) > 1]
            lines = list(_mapping(value, below))
            if all(line.startswith("#") for line in lines):
                yield f"{_text(key)}: {{}}"
            else:
                yield f"{_text(key)}:"
            yield from (f"  {line}" for line in lines)
        else:
            yield f"{_text(key)}: {_value(value)}"
    for path in secrets:
        if len(path) == 1:
            yield f"# {path[0]}: {_SECRET}"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {_value(child)}" for key, child in value.items()) + "}"
    if isinstance(value, float):
        # Without a dot YAML 1.1 takes it for text.
        return re.sub(r"^([^.e]+)(?=e)", r"\1.0", repr(value))
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = '"' + "".join(map(_escaped, text)) + '"'
    # Whoever wrote it meant no template.
    return f"!unsafe {quoted}" if _TEMPLATE.search(text) else quoted


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() and not 0xD800 <= code <= 0xDFFF:
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
