# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What was found about one export: findings in order, facts, and the last line of defence of its secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._settings_api.responses import one_line
from .._settings_api.secrets import Redactor
from .catalogue import KINDS
from .kind import Severity

_LONGEST_MESSAGE = 400


class Ended(Exception):
    """An error was found that makes the checks behind it meaningless."""


@dataclass(frozen=True)
class Finding:
    """One finding.

    :param option: the option that it concerns, as the user wrote it; empty if it is none's.
    :param message: one line, without secrets.
    """

    code: str
    export: str
    option: str
    message: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return KINDS[self.code].severity

    @property
    def cure(self) -> str:
        """What to change, if anything."""
        return KINDS[self.code].cure

    def result(self) -> dict[str, str]:
        """For the result of the module."""
        told = {"code": self.code, "severity": self.severity, "export": self.export, "option": self.option}
        return {**told, "message": self.message, "cure": self.cure}


@dataclass
class Findings:
    """The findings about one export.

    :param secrets: values that no text may show; more become known on the way.
    """

    export: str
    secrets: list[str] = field(repr=False)
    found: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._redact = Redactor(self.secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Values that became known now and must not be shown either."""
        self.secrets += secrets
        self._redact = Redactor(self.secrets)

    def add(self, code: str, option: str, message: str) -> None:
        """Add a finding, unless the same was found before."""
        finding = Finding(code, self.export, option, self.shown(message))
        if finding not in self.found:
            self.found.append(finding)

    def end(self, code: str, option: str, message: str) -> Ended:
        """Add a finding behind which there is nothing to check: ``raise findings.end(...)``."""
        self.add(code, option, message)
        return Ended()

    def shown(self, text: object, limit: int = _LONGEST_MESSAGE) -> str:
        """Foreign text for one line of the result."""
        return one_line(self._redact(str(text)))[:limit]

    def cleaned(self, node: Any) -> Any:
        """Foreign data without secrets, whatever its shape."""
        if isinstance(node, dict):
            return {self._redact(str(name)): self.cleaned(value) for name, value in node.items()}
        if isinstance(node, list):
            return [self.cleaned(value) for value in node]
        return self._redact(node) if isinstance(node, str) else node

    def has(self, *severities: Severity) -> bool:
        """Whether there is a finding this bad."""
        return any(finding.severity in severities for finding in self.found)
