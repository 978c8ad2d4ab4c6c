# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Exports as a file of inventory variables: what ``import`` writes, and the backup that is made before a change.

Every text that came from a server is written with the tag ``!unsafe``, whatever it holds: Ansible then never takes it
for a template. One kind of text needs no tag and bears none: what YAML would read as a number, a date, true, false or
null is quoted, since newer cores read such a text behind the tag as if it had no quotes, and it can be no template.

PyYAML has no comments, so this module lays out the lines, and PyYAML writes every key and value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from .. import _atomic_file as files
from .._settings_api.errors import SettingsError
from .._settings_common.yaml_file import SURROGATE, block, keep, one_line, save
from .options import argument_spec

__all__ = ["HEADER", "VARIABLE", "keep", "keep_accepted", "render", "save", "shown"]

VARIABLE = "user_session_exports_slots"
HEADER = "Session exports of "
"""Begins the first comment of each file, also of those that earlier versions wrote."""
_SECRET = "a secret is stored. If it is omitted, it is kept."
_HIDDEN = "(not shown)"
_HALF = "contained half of a character (a lone surrogate), which files cannot contain, so it was replaced with U+FFFD."
# YAML allows longer keys only after a question mark.
_LONGEST_KEY = 120


def render(
    exports: Sequence[Mapping[str, Any]],
    stored: Mapping[str, Sequence[str]],
    about: Sequence[str],
    *,
    variable: str = VARIABLE,
) -> str:
    """The text of the file.

    :param exports: in the shape of the option, without secrets.
    :param stored: for each name the options for which a secret is stored.
    :param about: lines of the comment at its beginning.
    :raises MissingLibrary: the Python that runs this has no PyYAML.
    """
    lines = ["---", *(f"# {one_line(line)}" for line in about)]
    lines.append(f"{variable}:" if exports else f"{variable}: []")
    for export in exports:
        secrets = [tuple(path.split(".")) for path in stored.get(str(export.get("name")), ())]
        first, *rest = list(_mapping(export, secrets)) or ["{}"]
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def shown(text: str) -> str:
    """A file that is already there, for a diff: without its comments and secrets, which may be anything."""
    import yaml

    try:
        found = yaml.load(text, _loader())  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping) or set(found) != {VARIABLE} or not isinstance(found[VARIABLE], list):
        return "(other content, which is not shown)\n"
    return render(
        [_without_secrets(one, argument_spec()) for one in found[VARIABLE] if isinstance(one, Mapping)], {}, ()
    )


def _without_secrets(node: Mapping[Any, Any], spec: Mapping[str, Any]) -> dict[Any, Any]:
    masked: dict[Any, Any] = {}
    for key, value in node.items():
        option = spec.get(key)
        if isinstance(value, Mapping) and option and option.get("options"):
            masked[key] = _without_secrets(value, option["options"])
        else:
            masked[key] = value if option and not option.get("no_log") and not option.get("options") else _HIDDEN
    return masked


def keep_accepted(folder: str, now: datetime, render_as: Callable[[str], str]) -> str:
    """Write a new file of variables that adds to the declaration of a host.

    Name and variable contain the time, so that no file replaces another one, and the newest one takes precedence.

    :param render_as: returns the text with the variable of this name.
    :returns: its path.
    :raises SettingsError: it cannot be written.
    """
    suffix = f"accepted_{now:%Y%m%dT%H%M%S}"
    try:
        target = files.place(folder) / f"user_session_exports_{suffix}.yml"
        return files.write(str(target), render_as(f"{VARIABLE}__{suffix}"))
    except OSError as error:
        message = f"The accepted exports could not be written to {folder}: {error.strerror}."
        raise SettingsError(message, hint="Check accept_directory.") from None


def _mapping(node: Mapping[Any, Any], secrets: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for key, value in node.items():
        name = _key(key)
        below = [path[1:] for path in secrets if path[0] == key and len(path) > 1]
        lines = list(_mapping(value, below)) if isinstance(value, Mapping) else []
        text = _leaf({} if isinstance(value, Mapping) else value)
        if len(name) > _LONGEST_KEY:
            yield f"? {name}"
            name = ""
        if lines and not all(line.startswith("#") for line in lines):
            yield f"{name}:"
        else:
            yield f"{name}: {text}"
        yield from (f"  {line}" for line in lines)
        if any(SURROGATE.search(one) for one in _texts([key, () if isinstance(value, Mapping) else value])):
            yield f"# {one_line(str(key))[:_LONGEST_KEY]}: {_HALF}"
    for path in secrets:
        if len(path) == 1:
            yield f"# {one_line(path[0])}: {_SECRET}"


def _key(key: Any) -> str:
    return key if key in _own_keys() else _leaf(key)


@lru_cache(maxsize=1)
def _own_keys() -> frozenset[str]:
    """The names of options. Other keys are names that only the server knows."""

    def names(spec: Mapping[str, Any]) -> Iterator[str]:
        for name, option in spec.items():
            yield name
            yield from names(option.get("options") or {})

    return frozenset(names(argument_spec()))


def _leaf(value: Any) -> str:
    """A value on one line; of what is in it, every text has the tag."""
    # What turns the direction of text around, and what does not show at all, is seen as an escape.
    text = block(value, flow=True, allow_unicode=all(one.isprintable() for one in _texts(value)))
    return text.removesuffix("\n").removesuffix("\n...")


@lru_cache(maxsize=1)
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows Ansible's tags, and shows nothing of them but of ``!unsafe``."""

    def construct_text(loader: Any, node: Any) -> Any:
        return loader.construct_scalar(node)

    Loader.add_constructor("!unsafe", construct_text)
    Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: _HIDDEN)
    return Loader


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _texts(child)
