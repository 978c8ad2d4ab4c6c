# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Secrets: what is sent, what is said about it, and what keeps them out of every text.

The API masks secrets on read; the mask is opaque. Sent back by PUT it keeps the secret (settings-api 4, documented).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from .errors import Problem
from .paths import Path, get_path
from .schema import Schema

UpdateSecrets = Literal["on_create", "always"]
SecretState = Literal["kept", "set"]

STORED = "(stored)"
REDACTED = "(redacted)"


@dataclass(frozen=True)
class SecretReport:
    """What a write does, or did, to one secret, and why."""

    path: Path
    state: SecretState
    reason: str

    @property
    def placeholder(self) -> str:
        """What stands in results and diffs in the place of the secret."""
        return f"({self.state})"


@dataclass(frozen=True)
class SecretDecision:
    """The secrets of one object: reports, the values to write (plain or mask), and whether they force a write."""

    reports: tuple[SecretReport, ...]
    values: dict[Path, Any]
    force: bool
    missing: tuple[Path, ...]

    @property
    def all_plain(self) -> bool:
        """Whether every live secret is sent in plain, or there is none."""
        return all(report.state == "set" for report in self.reports)


def decide(
    schema: Schema,
    desired: dict[str, Any],
    current: dict[str, Any] | None,
    *,
    update_secrets: UpdateSecrets,
    send_all: str = "",
) -> SecretDecision:
    """Decide for each live secret of ``desired`` whether it is sent in plain or the mask goes back.

    :param current: the value as read (secrets masked), ``None`` for a create.
    :param send_all: a reason to send every declared secret in plain, whatever ``update_secrets`` says.
    """
    reports: list[SecretReport] = []
    values: dict[Path, Any] = {}
    missing: list[Path] = []
    force = False
    stored = set(schema.secret_paths(current)) if current is not None else set()
    for path in schema.expected_secret_paths(desired):
        plain = get_path(desired, path)
        mask = get_path(current, path) if path in stored else None
        if plain is None and not mask:
            missing.append(path)
        elif plain is None:
            values[path] = mask
            reports.append(SecretReport(path, "kept", "not declared, the stored secret stays"))
        elif not mask:
            values[path], force = plain, True
            reports.append(SecretReport(path, "set", "no secret was stored"))
        elif update_secrets == "always":
            values[path], force = plain, True
            reports.append(SecretReport(path, "set", "update_secrets is always: sent with every run"))
        elif send_all:
            values[path] = plain
            reports.append(SecretReport(path, "set", send_all))
        else:
            values[path] = mask
            reports.append(SecretReport(path, "kept", "update_secrets is on_create: the stored secret stays"))
    return SecretDecision(tuple(reports), values, force, tuple(missing))


def all_declared(schema: Schema, desired: dict[str, Any]) -> bool:
    """Whether every live secret of ``desired`` is given in plain (or it has none): the condition for labelling."""
    return all(get_path(desired, path) is not None for path in schema.expected_secret_paths(desired))


def missing_problems(where: str, missing: Iterable[Path], spell: Any) -> list[Problem]:
    """One problem for each secret that is neither declared nor stored."""
    return [
        Problem(spell(where, path), "is required: no secret is stored there yet that could be kept") for path in missing
    ]


class Redactor:
    """Replaces known secrets in foreign text (server messages), also in derived forms: the last line of defence."""

    def __init__(self, secrets: Iterable[object]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if not isinstance(secret, str) or not secret:
                continue
            raw = secret.encode("utf-8", "surrogatepass")
            forms |= {secret, quote(raw, safe=""), quote_plus(raw), json.dumps(secret)[1:-1]}
            forms.add(json.dumps(secret, ensure_ascii=False)[1:-1])
            encoded = base64.b64encode(raw).decode("ascii")
            forms |= {encoded, encoded.rstrip("="), encoded.replace("+", "-").replace("/", "_")}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without any of the secrets."""
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return text
