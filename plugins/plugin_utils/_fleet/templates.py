# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the variables of many hosts. What is certainly the same for several hosts is rendered once.

A value without a template is returned unchanged. A value with templates is shared between hosts only if it is the same
object for all of them (a variable of a group, the play or the command line), if it only uses constructs whose result
depends on nothing but the variables that they name, and if these variables are the same objects as well, and so on.
Everything else, such as lookups, functions, ``hostvars`` and ``vars``, is rendered for each host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateError, nodes

from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import Omitted

from .insertions import inserted

_MARKS = ("{{", "{%", "{#")
_HEADER = "#jinja2:"
_VAULT_TYPES = {"EncryptedString", "AnsibleVaultEncryptedUnicode"}
_PLAIN = (int, float, type(None))
# Their results depend on their input alone, or on files that do not change during a run.
_FILTERS = frozenset(
    {
        "abs",
        "b64decode",
        "b64encode",
        "basename",
        "bool",
        "capitalize",
        "combine",
        "community.dynatrace.object_id",
        "d",
        "default",
        "dict2items",
        "difference",
        "dirname",
        "first",
        "flatten",
        "float",
        "from_json",
        "int",
        "intersect",
        "items2dict",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "mandatory",
        "realpath",
        "regex_replace",
        "reject",
        "rejectattr",
        "replace",
        "round",
        "select",
        "selectattr",
        "sort",
        "split",
        "string",
        "sum",
        "ternary",
        "title",
        "to_json",
        "to_nice_json",
        "trim",
        "union",
        "unique",
        "upper",
        "urlencode",
        "urlsplit",
        "zip",
    }
)
# What a template without statements consists of: text and expressions.
_NODES = (nodes.Template, nodes.Output, nodes.Expr, nodes.Helper)
_TESTS = frozenset(
    {
        "defined",
        "undefined",
        "none",
        "string",
        "number",
        "mapping",
        "sequence",
        "true",
        "false",
        "boolean",
        "match",
        "search",
        "in",
        "eq",
    }
)
# Views on the variables of this host and of others, and what is different for each host anyway.
_VIEWS = frozenset(("hostvars", "vars", "environment", "self", "context"))
_OWN = frozenset(("inventory_hostname", "inventory_hostname_short"))
_MOST_SHARED, _MOST_CONTENTS = 2_000, 50_000
_UNDEFINED = "undefined"


@dataclass(frozen=True)
class _Content:
    """What a raw value contains.

    :param rendered: whether it has to be rendered at all.
    :param names: the variables that its templates use; ``None`` if the result can depend on something else.
    """

    rendered: bool
    names: frozenset[str] | None


class Templates:
    """Renders variables, and keeps the results that hosts share.

    :param template: renders a value with the variables of a host.
    """

    def __init__(self, template: Callable[[Any, Mapping[str, Any]], Any]) -> None:
        self._template = template
        # By the id of a value, which is kept with it, so that no other object gets the same id.
        self._contents: dict[int, tuple[Any, _Content]] = {}
        self._shared: dict[tuple[object, ...], tuple[tuple[Any, ...], Any]] = {}

    def of(self, variables: Mapping[str, Any]) -> Callable[[Any], Any]:
        """Return a function that renders a value with the variables of a host."""
        return lambda raw: self.render(raw, variables)

    def render(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        """Render a value, or return what was rendered for another host if it is the same."""
        content = self._content(raw)
        if not content.rendered:
            return raw
        text = inserted(raw, variables)
        if text is not None:
            return text
        used = self._used(raw, content, variables)
        if used is None:
            return self._parts(raw, variables)
        key = tuple(id(one) if name is None else (name, id(one)) for name, one in used)
        if key not in self._shared:
            value = self._parts(raw, variables)
            if len(self._shared) >= _MOST_SHARED:
                self._shared.clear()
            self._shared[key] = (tuple(one for _name, one in used), value)
        return self._shared[key][1]

    def _parts(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        """Render a value part by part, because hosts may share some of them, and many only insert text."""
        if isinstance(raw, dict) and _is_container(raw):
            found = {}
            for key, child in raw.items():
                try:
                    found[key] = self.render(child, variables)
                except Omitted:
                    continue
            return found
        if isinstance(raw, list) and _is_container(raw):
            children = []
            for child in raw:
                try:
                    children.append(self.render(child, variables))
                except Omitted:
                    continue
            return children
        return self._template(raw, variables)

    def _used(self, raw: Any, content: _Content, variables: Mapping[str, Any]) -> list[tuple[str | None, Any]] | None:
        """Return the value and all variables that its result depends on; ``None`` if that is not known."""
        found: dict[str, Any] = {}
        pending = [content]
        while pending:
            names = pending.pop().names
            if names is None:
                return None
            for name in sorted(names - found.keys()):
                found[name] = variables.get(name, _UNDEFINED)
                pending.append(self._content(found[name]))
        return [(None, raw), *sorted(found.items())]

    def _content(self, raw: Any) -> _Content:
        known = self._contents.get(id(raw))
        if known is not None:
            return known[1]
        names: set[str] | None = set()
        rendered = False
        for leaf in _leaves(raw):
            if type(leaf).__name__ in _VAULT_TYPES:
                rendered = True
            elif isinstance(leaf, str):
                if not _may_be_template(leaf):
                    continue
                rendered = True
                used = _names(str.__str__(leaf))
                names = None if names is None or used is None else names | used
            elif not isinstance(leaf, _PLAIN):
                rendered, names = True, None
        content = _Content(rendered, None if names is None else frozenset(names))
        if len(self._contents) >= _MOST_CONTENTS:
            self._contents.clear()
        self._contents[id(raw)] = (raw, content)
        return content


def _is_container(value: Any) -> bool:
    """Whether a value is an ordinary container, and not a lazy one that renders itself."""
    return not type(value).__name__.startswith("_AnsibleLazy")


def _leaves(value: Any) -> Iterator[Any]:
    pending, seen = [value], set[int]()
    while pending:
        part = pending.pop()
        if type(part).__name__ in _VAULT_TYPES:
            yield part
        elif isinstance(part, (dict, list)) and _is_container(part):
            if id(part) not in seen:
                seen.add(id(part))
                pending += part.values() if isinstance(part, dict) else part
        else:
            yield part


def _may_be_template(text: str) -> bool:
    return text.startswith(_HEADER) or any(mark in text for mark in _MARKS)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str] | None:
    """Return the variables that a template uses; ``None`` if its result can depend on more."""
    if text.startswith(_HEADER):
        return None
    try:
        tree = Environment(autoescape=False).parse(text)  # noqa: S701 - only parsed
    except TemplateError:
        return None
    names = set()
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _NODES) or isinstance(node, nodes.Call):
            return None
        if isinstance(node, nodes.Filter) and node.name.removeprefix("ansible.builtin.") not in _FILTERS:
            return None
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            return None
        if isinstance(node, nodes.Name):
            names.add(node.name)
    return None if names & (_VIEWS | _OWN) else frozenset(names)
