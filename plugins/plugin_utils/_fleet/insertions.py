# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates that only insert text: ``https://{{ domain }}/e/{{ id }}``, ``{{ tokens[inventory_hostname] }}``.

Ansible compiles a template at each use, which takes longer than reading all variables of a host. URLs and tokens
differ between hosts, so that their templates cannot be rendered once for all of them, but most only insert text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from keyword import kwlist
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import is_trusted

_EXPRESSION = re.compile(r"\{\{ *([A-Za-z_]\w*) *(?:\[ *([A-Za-z_]\w*) *\] *)?\}\}", re.ASCII)
# No blank, bracket or quote: nothing that Ansible, or Jinja, might convert or read in another way.
_TEXT = re.compile(r"[A-Za-z][\w.:/@+~-]*", re.ASCII)
# In a template, or as text, these are not names.
_RESERVED = frozenset(
    (*kwlist, "true", "false", "none", "self", "context", "loop", "vars", "hostvars", "environment", "omit")
)
_DEEPEST = 5

# A text, or the name of a variable, and that of the variable whose value is the key.
_Part = tuple[str, str, str]


def inserted(raw: Any, variables: Mapping[str, Any], depth: int = 0) -> str | None:
    """Return a template with its variables inserted; ``None`` if Ansible has to render it."""
    if not isinstance(raw, str) or depth > _DEEPEST or not is_trusted(raw):
        return None
    parts = _parts(str.__str__(raw))
    if parts is None:
        return None
    found = ""
    for text, name, key in parts:
        value = text
        if name:
            part = _value(name, key, variables)
            if isinstance(part, str) and "{" in part:
                part = inserted(part, variables, depth + 1)
            if not isinstance(part, str):
                return None
            value = str.__str__(part)
        found += value
    return found if _TEXT.fullmatch(found) and found not in _RESERVED else None


def _value(name: str, key: str, variables: Mapping[str, Any]) -> Any:
    value = variables.get(name)
    if not key:
        return value
    item = variables.get(key)
    # A key with a template could be another one. A subclass may be Ansible's, and render what it returns.
    if value.__class__ is not dict or not isinstance(item, str) or not _TEXT.fullmatch(item):
        return None
    return value.get(item)


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[_Part, ...] | None:
    """Return the parts of a template; ``None`` if it has others than text and insertions."""
    parts: list[_Part] = []
    end = 0
    for match in _EXPRESSION.finditer(template):
        name, key = match[1], match[2] or ""
        if name in _RESERVED or key in _RESERVED:
            return None
        parts += [(template[end : match.start()], "", ""), ("", name, key)]
        end = match.end()
    parts.append((template[end:], "", ""))
    return tuple(parts) if end else None
