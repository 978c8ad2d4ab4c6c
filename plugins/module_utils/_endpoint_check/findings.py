# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What was found about one export: findings in order, facts, and the last redaction of its secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._settings_api.redaction import Redactor
from .._settings_api.responses import one_line
from .endpoints import Endpoint, Property
from .finding_codes import FINDING_CODES, Severity

_LONGEST_MESSAGE = 400


class CheckAborted(Exception):
    """An error was found that makes further checks meaningless."""


@dataclass(frozen=True)
class Finding:
    """One finding.

    :param option: the option that it concerns, as the user wrote it; empty if there is none.
    :param message: one line, without secrets.
    """

    code: str
    export: str
    option: str
    message: str

    @property
    def severity(self) -> Severity:
        """Severity of its code."""
        return FINDING_CODES[self.code].severity

    @property
    def remediation(self) -> str:
        """What to change, if anything."""
        return FINDING_CODES[self.code].remediation

    @property
    def advice(self) -> str:
        """What was found, its code, and what to do: one line without the option."""
        return f"{self.message} ({self.code}). {self.remediation}".rstrip()

    def result(self) -> dict[str, str]:
        """For the result of the module."""
        finding = {"code": self.code, "severity": self.severity, "export": self.export, "option": self.option}
        return {**finding, "message": self.message, "remediation": self.remediation}


def summary(head: str, found: Iterable[tuple[Finding, str]]) -> str:
    """The message of a failure: what failed, then a line for each finding.

    :param found: findings, and what to show where one concerns no option.
    """
    lines = [f"  {one.option or where}: {one.advice}" for one, where in found]
    return "\n".join([head, *lines])


@dataclass
class Findings:
    """The findings about one export.

    :param secrets: values that no text may show, besides those of the export; more become known during the check.
    :param seen: hosts whose connection was reported.
    """

    endpoint: Endpoint
    secrets: list[str] = field(default_factory=list, repr=False)
    found: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.add_secrets(self.endpoint.secrets)

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """Values that became known during the check and must not be shown either."""
        self.secrets = [*self.secrets, *secrets]
        self._redact = Redactor(self.secrets)

    def add(self, code: str, where: Property | str, message: str) -> None:
        """Add a finding, unless the same was found before.

        :param where: the property of the export that it concerns, or an option of the module.
        """
        option = where if isinstance(where, str) else self.endpoint.option(where)
        finding = Finding(code, self.endpoint.name, option, self.clean_text(message))
        if finding not in self.found:
            self.found.append(finding)

    def abort(self, code: str, where: Property | str, message: str) -> CheckAborted:
        """Add a finding after which there is nothing to check: ``raise findings.abort(...)``."""
        self.add(code, where, message)
        return CheckAborted()

    def clean_text(self, text: object, limit: int = _LONGEST_MESSAGE) -> str:
        """Text from a server, made safe for one line of the result."""
        return one_line(self._redact(str(text)))[:limit]

    def clean_data(self, node: Any) -> Any:
        """Data from a server without secrets, whatever its shape."""
        if isinstance(node, dict):
            return {self._redact(str(name)): self.clean_data(value) for name, value in node.items()}
        if isinstance(node, list):
            return [self.clean_data(value) for value in node]
        return self._redact(node) if isinstance(node, str) else node

    def has(self, *severities: Severity) -> bool:
        """Whether there is a finding of one of these severities."""
        return any(finding.severity in severities for finding in self.found)
