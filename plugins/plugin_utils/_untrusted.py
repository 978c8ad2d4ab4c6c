# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from a server, an inventory API, a schema or a file as variables and results: data, and never a template.

``{{ ... }}`` is not the only sign of a template: a text that begins with ``#jinja2:`` chooses its own delimiters. So
what a text holds decides nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.vars_file import HEADER

try:
    # ansible-core 2.19: only text that is marked is taken for a template.
    from ansible.template import is_trusted_as_template, trust_as_template
except ImportError:
    trust_as_template = None
try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # before ansible-core 2.19 texts know their place themselves
    Origin = None

if trust_as_template is None:
    from ansible.utils.unsafe_proxy import AnsibleUnsafeText
else:
    AnsibleUnsafeText = str

# An import of three exports is far smaller.
_MOST_OF_A_FILE = 1_000_000


def untrusted(value: Any) -> Any:
    """A copy of JSON-like data in which no text, keys included, is ever taken for a template."""
    if isinstance(value, str):
        # The copy leaves behind what newer cores know of a text, its trust among it.
        return AnsibleUnsafeText(str.__str__(value))
    if isinstance(value, Mapping):
        return {untrusted(key): untrusted(child) for key, child in value.items()}
    return [untrusted(child) for child in value] if isinstance(value, (list, tuple)) else value


def untrusted_json(value: Any) -> Any:
    """The same for what was just parsed from JSON, which newer cores never take for templates."""
    return untrusted(value) if trust_as_template is None else value


def trusted(text: str) -> Any:
    """A text of this collection's own that may be a template."""
    return text if trust_as_template is None else trust_as_template(text)


def earlier_files(value: Any) -> tuple[set[str], list[tuple[str | int, ...]]]:
    """The parts of a variable from files that an earlier version of this collection wrote without ``!unsafe``.

    :returns: the files, and the places of texts in them that Ansible would take for a template of their own delimiters.
    """
    files: set[str] = set()
    headers: list[tuple[str | int, ...]] = []

    def walk(node: Any, place: tuple[str | int, ...]) -> None:
        if isinstance(node, str):
            path = _file_of(node)
            if path is not None and is_trusted(node) and _is_earlier(path):
                files.add(path)
                if node.startswith("#jinja2:"):
                    headers.append(place)
        elif isinstance(node, Mapping):
            for key, child in node.items():
                walk(child, (*place, str(key)))
        elif isinstance(node, (list, tuple)):
            for index, child in enumerate(node):
                walk(child, (*place, index))

    walk(value, ())
    return files, headers


def is_trusted(text: str) -> bool:
    """Whether Ansible takes a text for a template, if it looks like one."""
    return not isinstance(text, AnsibleUnsafeText) if trust_as_template is None else bool(is_trusted_as_template(text))


def _file_of(text: str) -> str | None:
    """Return the file that contains a text, if Ansible knows it."""
    return place_of(text)[0]


def place_of(value: Any) -> tuple[str | None, int | None]:
    """Return the file and the line of a value, as far as Ansible knows them."""
    if Origin is not None:
        origin = Origin.get_tag(value)
        return getattr(origin, "path", None), getattr(origin, "line_num", None)
    position = getattr(value, "ansible_pos", None)
    return (str(position[0]), position[1]) if position and position[0] else (None, None)


@lru_cache(maxsize=4096)
def _is_earlier(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(_MOST_OF_A_FILE)
    except (OSError, ValueError):
        return False
    comments = (line for line in text.splitlines()[:3] if line.startswith("# "))
    return any(line.startswith(f"# {HEADER}") for line in comments) and "!unsafe" not in text
