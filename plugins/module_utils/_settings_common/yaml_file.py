# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Files of inventory variables: text of a server is written so that Ansible never takes it for a template.

Every such text has the tag ``!unsafe``, whatever it holds. One kind of text needs no tag and has none: what YAML would
read as a number, a date, true, false or null is quoted, since newer cores read such a text behind the tag as if it had
no quotes, and it can be no template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import _atomic_file as files
from .._settings_api.errors import Hint, InvalidInput, MissingLibrary, Problem, SettingsError

SURROGATE = re.compile("[\ud800-\udfff]")
_TEXT_TAG = "tag:yaml.org,2002:str"


class Plain(str):
    """A text of ours without the tag: a key, or a template."""

    __slots__ = ()


@lru_cache(maxsize=1)
def dumper() -> Any:
    """The class with which PyYAML writes values.

    :raises MissingLibrary: the Python that runs this has no PyYAML.
    """
    try:
        import yaml
    except ImportError:
        raise MissingLibrary("PyYAML") from None

    class Dumper(yaml.SafeDumper):
        """Tags every text that is not ours."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)

    def represent_text(dumper: Any, text: str) -> Any:
        is_text = dumper.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT_TAG
        return dumper.represent_scalar("!unsafe" if is_text else _TEXT_TAG, text, style='"')

    Dumper.add_representer(str, represent_text)
    Dumper.add_representer(Plain, lambda dumper, text: dumper.represent_str(str(text)))
    return Dumper


def plain(value: Any) -> Any:
    """The same in types that PyYAML knows. libyaml reads no file that holds half of a character."""
    if isinstance(value, Plain):
        return value
    if isinstance(value, str):
        return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", str.__str__(value))
    if isinstance(value, Mapping):
        return {plain(key): plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, (list, tuple)) else value


def block(value: Any, *, flow: bool = False, allow_unicode: bool = False) -> str:
    """A value as the lines of a file.

    :param flow: all of it on one line.
    :param allow_unicode: whether characters beyond ASCII are written as they are.
    """
    options = {"Dumper": dumper(), "sort_keys": False, "width": float("inf"), "allow_unicode": allow_unicode}
    import yaml

    text: str = yaml.dump(plain(value), default_flow_style=flow, **options)
    return text


def one_line(text: str) -> str:
    """A text for a comment."""
    return "".join(char if char.isprintable() else " " for char in text)


def save(path: str, content: str, *, overwrite: bool, check: bool) -> tuple[bool, str]:
    """Write the file, unless it is there as it should be.

    :returns: whether that changes anything, and what was there.
    :raises InvalidInput: there is another file, which may not be overwritten, or which Ansible would ignore.
    :raises SettingsError: it cannot be read or written.
    """
    target = files.place(path)
    if hidden := _hidden_by(target):
        facts = {"file": str(hidden), "directory": str(target.parent)}
        raise InvalidInput([Problem("file_hides", "dest", facts)])
    try:
        before = target.read_text(encoding="utf-8", errors="replace") if target.exists() else ""
        if before == content:
            return False, before
        if before and not overwrite:
            raise InvalidInput([Problem("file_differs", "dest", {"file": path})])
        if not check:
            files.write(path, content)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None
    return True, before


def _hidden_by(target: Path) -> Path | None:
    """The variables of a host or group that Ansible would ignore because of a new directory of the same name."""
    folder = target.parent
    if folder.parent.name not in ("host_vars", "group_vars") or folder.exists():
        return None
    names = (folder.with_name(f"{folder.name}.{end}") for end in ("yml", "yaml", "json"))
    return next((path for path in names if path.exists()), None)


def diff(path: str, before: str, after: str) -> dict[str, str]:
    """An entry of Ansible's ``diff``. An existing file may contain anything, including secrets."""
    shown = "(other content, which is not shown)\n" if before else ""
    return {"before_header": path, "after_header": path, "before": shown, "after": after}


def keep(folder: str, environment_id: str, now: datetime, content: str, kind: str = "") -> str:
    """Write what exists to a new file, named after the environment and the time.

    :param kind: a further part of the name.
    :returns: its path.
    :raises SettingsError: it cannot be written.
    """
    name = f"{re.sub(r'[^A-Za-z0-9._-]', '_', environment_id)}{kind}.{now:%Y%m%dT%H%M%S.%f}Z.yml"
    try:
        return files.write(str(files.place(folder) / name), content)
    except OSError as error:
        message = f"The backup could not be written to {folder}: {error.strerror}. Nothing was changed."
        raise SettingsError(message, hint=Hint("Check {option.backup_directory}.")) from None
