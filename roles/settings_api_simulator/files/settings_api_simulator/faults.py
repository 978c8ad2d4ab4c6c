# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: which request is affected, and how."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .behavior_flags import ConfigError

# Action -> whether the request is carried out by the time the fault shows, unless the rule says "when".
ACTIONS = {
    "status": "before",  # answers with a status of its own
    "html": "before",  # a login page
    "redirect": "before",
    "delay": "before",  # waits, then goes on as if nothing were
    "hang": "before",  # never answers
    "drop": "before",  # the connection breaks
    "truncate": "after",  # the answer breaks off in the middle
    "invalid_json": "after",
    "empty": "after",  # right status, no body
    "content_type": "after",  # right body, wrong content type
    "gzip": "after",  # right body, compressed (or said to be: broken)
    "drip": "after",  # right body, a few bytes at a time
    "huge": "after",  # right status, a body of many megabytes
    # What a list of objects says wrongly; other requests are not affected.
    "empty_page": "inside",  # no items, and a key for the same page
    "overlap": "inside",  # a page begins with the last items of the one before
    "stale_list": "inside",  # without the newest objects
    # A deletion that is refused, as by some schemas for a while after a creation.
    "delete_refused": "before",
}

_LIST, _ONE = r"/settings/objects$", r"/settings/objects/."
_NUMBERS = {"skip": 0, "seconds": None, "bytes": None, "megabytes": 64, "keep": None, "probability": 1, "items": 1}


@dataclass
class Fault:
    """One rule. ``times`` None: for ever. ``skip``: so many matching requests pass before it starts."""

    action: str
    when: str = ""
    method: str | list[str] | None = None
    path: str | None = None
    environment: str | None = None
    skip: int = 0
    times: int | None = 1
    probability: float = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float | None = None
    bytes: int | None = None
    megabytes: int = 64
    keep: int | None = None
    items: int = 1
    location: str | None = None
    content_type: str = "text/plain"
    broken: bool = False
    id: int = 0
    hits: int = 0

    @classmethod
    def read(cls, data: Any) -> Fault:
        """:raises ConfigError: unknown key or wrong value."""
        if not isinstance(data, Mapping):
            raise ConfigError("a fault must be an object")
        known = {part.name for part in dataclasses.fields(cls)} - {"id", "hits"}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ConfigError(f"fault: unknown key {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        if data.get("action") not in ACTIONS:
            raise ConfigError(f"fault: action must be one of {', '.join(ACTIONS)}")
        if data.get("when", "before") not in ("before", "after"):
            raise ConfigError("fault: when must be before or after")
        for name in _NUMBERS:
            if name in data and (isinstance(data[name], bool) or not isinstance(data[name], (int, float))):
                raise ConfigError(f"fault: {name} must be a number")
        try:
            re.compile(str(data.get("path") or ""))
        except re.error as error:
            raise ConfigError(f"fault: path is not a regular expression: {error}") from None
        fault = cls(**dict(data))
        own = ACTIONS[fault.action]
        fault.when = own if own == "inside" else fault.when or own
        if own == "inside":
            fault.method, fault.path = "GET", fault.path or _LIST
        elif fault.action == "delete_refused":
            fault.method, fault.path = "DELETE", fault.path or _ONE
        return fault

    def matches(self, method: str, path: str, environment: str | None) -> bool:
        methods = [self.method] if isinstance(self.method, str) else self.method
        if methods is not None and method not in [name.upper() for name in methods]:
            return False
        if self.environment is not None and environment != self.environment:
            return False
        return self.path is None or re.search(self.path, path) is not None

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


class Faults:
    """All rules, in the order in which they were added; the first that matches applies."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, fault: Fault) -> Fault:
        fault.id = self._next
        self._next += 1
        self._rules.append(fault)
        return fault

    def pick(self, method: str, path: str, environment: str | None) -> Fault | None:
        for rule in self._rules:
            if rule.times == 0 or not rule.matches(method, path, environment):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.probability < 1 and random.random() >= rule.probability:  # noqa: S311
                continue
            if rule.times is not None:
                rule.times -= 1
            rule.hits += 1
            return rule
        return None

    def clear(self, fault_id: int | None = None) -> None:
        self._rules = [rule for rule in self._rules if fault_id is not None and rule.id != fault_id]

    def as_json(self) -> list[dict[str, Any]]:
        return [rule.as_json() for rule in self._rules]
