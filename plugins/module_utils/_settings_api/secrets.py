# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Secrets: what is sent, and what is reported.

The API masks secrets on read; the mask is opaque. Sent back by PUT it keeps the secret (settings-api 4, documented).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .errors import Problem
from .external_id import TOOL, ExternalId
from .property_path import Path, get_path
from .redaction import REDACTED
from .schema import Schema
from .strings import is_text

UpdateSecrets = Literal["with_updates", "on_create", "always", "on_change"]
SecretState = Literal["kept", "set", "rotated", "unverifiable"]

STORED = "(stored)"
# The mask of the API for a stored secret (settings-api 4). Other masks are recognized by comparison with what was read.
_MASK = re.compile(r"\*{3,}\d*\*{3,}")
# Placeholders in results and diffs.
_PLACEHOLDERS = (STORED, REDACTED, "(kept)", "(set)", "(rotated)", "(unverifiable)")
# 128 bits of the fingerprint, 32 of the key ID: unique enough, and short enough for the external ID.
_FINGERPRINT_DIGITS = 32
_KEY_ID_DIGITS = 8
MIN_KEY_LENGTH = 16


@dataclass(frozen=True)
class SecretReport:
    """What a write does to a secret, and why."""

    path: Path
    state: SecretState
    reason: str

    @property
    def sent(self) -> bool:
        """Whether the secret is sent to the server in clear text."""
        return self.state in ("set", "rotated")

    @property
    def placeholder(self) -> str:
        """The placeholder for the secret in results and diffs."""
        return f"({self.state})"


@dataclass(frozen=True)
class Rule:
    """Decide about a secret that is declared and stored: whether to send it, whether it causes a write, and why.

    :param with_updates: whether to send it when the object is written for another reason.
    """

    state: SecretState
    reason: str
    force: bool = False
    with_updates: bool = False


SENT_ALONG = "sent with the update"
SAME_FINGERPRINT = "its fingerprint is unchanged"


@dataclass(frozen=True)
class Fingerprints:
    """Keyed fingerprints, which show whether declared secrets have changed, and reveal nothing without the key.

    :param key: from the vault.
    :param environment: ensures that fingerprints differ between environments.
    :param old_key: the previous key, after a change of the key.
    """

    key: str = field(repr=False)
    environment: str
    old_key: str | None = field(default=None, repr=False)

    def fields(self, name: str, secrets: Mapping[Path, str], *, old: bool = False) -> tuple[str, str]:
        """Return the fields for the external ID: a short key ID, and the HMAC-SHA256 over name and secrets."""
        key = ((self.old_key if old else None) or self.key).encode("utf-8", "surrogatepass")
        declared = [[".".join(map(str, path)), secret] for path, secret in sorted(secrets.items())]
        text = json.dumps([TOOL, self.environment, name, declared])
        key_id = hmac.new(key, f"{TOOL} key id".encode(), hashlib.sha256).hexdigest()
        digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return key_id[:_KEY_ID_DIGITS], digest[:_FINGERPRINT_DIGITS]

    def rule(self, external_id: ExternalId | None, secrets: Mapping[Path, str]) -> Rule:
        """Compare the fingerprint in an external ID with the declared secrets."""
        if external_id is None or not external_id.extra:
            return Rule("set", "no fingerprint is stored for it, so the secret is sent once", force=True)
        stored = external_id.extra[:2]
        now = self.fields(external_id.name, secrets)
        if stored == now:
            return Rule("kept", SAME_FINGERPRINT)
        if stored[0] == now[0]:
            return Rule("rotated", "its fingerprint differs", force=True)
        if self.old_key is not None:
            before = self.fields(external_id.name, secrets, old=True)
            if stored == before:
                return Rule(
                    "set", "the secret is unchanged, and is sent with its fingerprint for the new key", force=True
                )
            if stored[0] == before[0]:
                return Rule("rotated", "its fingerprint for the previous key differs", force=True)
        return Rule("set", "its fingerprint was created with another key, so the secret is sent once", force=True)


@dataclass(frozen=True)
class SecretDecision:
    """The secrets of one object: reports, the values to write (clear text or mask), and whether they cause a write."""

    reports: tuple[SecretReport, ...]
    values: dict[Path, Any]
    force: bool
    missing: tuple[Path, ...]
    # Paths of the stored secrets in the value that was read.
    sources: Mapping[Path, Path] = field(default_factory=dict)

    @property
    def masked(self) -> tuple[Path, ...]:
        """The secrets whose masks are sent back."""
        return tuple(report.path for report in self.reports if not report.sent)


def decide(schema: Schema, desired: dict[str, Any], current: dict[str, Any] | None, rule: Rule) -> SecretDecision:
    """Decide for each active secret of ``desired`` whether to send it in clear text or to send the mask back.

    :param current: the value that was read (with masked secrets), ``None`` for a create.
    :param rule: for secrets that are declared and stored.
    """
    reports: list[SecretReport] = []
    values: dict[Path, Any] = {}
    missing: list[Path] = []
    force = False
    stored = set(schema.secret_paths(current)) if current is not None else set()
    expected = schema.expected_secret_paths(desired)
    # Paths of the stored secrets, because list items can have moved.
    sources = {path: schema.counterpart(current, desired, path) for path in expected} if current is not None else {}
    sources = {path: source for path, source in sources.items() if source in stored}
    if (
        rule.with_updates
        and not rule.force
        and any(path not in sources and get_path(desired, path) is not None for path in expected)
    ):
        # Another secret of the object has to be sent, so this one is sent as well.
        rule = replace(rule, state="set", reason=SENT_ALONG)
    for path in expected:
        plain = get_path(desired, path)
        source = sources.get(path)
        mask = get_path(current, source) if source is not None else None
        if plain is None and not mask:
            missing.append(path)
            continue
        if plain is None:
            report = SecretReport(path, "kept", "not declared, so the stored secret is kept")
        elif not mask:
            report, force = SecretReport(path, "set", "no secret was stored"), True
        else:
            report = SecretReport(path, rule.state, rule.reason)
            force = force or rule.force
        values[path] = plain if report.sent else mask
        reports.append(report)
    kept = {path: source for path, source in sources.items() if source is not None}
    return SecretDecision(tuple(reports), values, force, tuple(missing), kept)


def is_mask(secret: object) -> bool:
    """Whether a declared secret is a mask of the API."""
    return isinstance(secret, str) and (secret in _PLACEHOLDERS or _MASK.fullmatch(secret.strip()) is not None)


def mask_problems(secrets: Iterable[tuple[str, object]], masks: Container[object] = frozenset()) -> list[Problem]:
    """Yield a problem for each declared secret that is a mask, because it would replace the stored secret.

    :param secrets: secrets by option path.
    :param masks: masks that the environment returned.
    """
    return [
        Problem("mask", path)
        for path, secret in secrets
        if is_mask(secret) or (isinstance(secret, str) and secret in masks)
    ]


def declared_secrets(schema: Schema, desired: dict[str, Any]) -> dict[Path, str] | None:
    """Return all active secrets of ``desired``, or ``None`` if one is missing. No external ID can be set then."""
    found = {path: get_path(desired, path) for path in schema.expected_secret_paths(desired)}
    return None if any(secret is None for secret in found.values()) else found


def key_problems(mode: str | None, key: str | None, old_key: str | None) -> list[Problem]:
    """Yield the problems of the fingerprint options."""
    problems = []
    if mode == "on_change" and not key:
        problems.append(Problem("required.on_change", "secret_fingerprint_key"))
    for option, given in (("secret_fingerprint_key", key), ("secret_fingerprint_previous_key", old_key)):
        if given and not is_text(given):
            problems.append(Problem("half_character", option))
        elif given and len(given) < MIN_KEY_LENGTH:
            problems.append(Problem("weak_key", option, {"least": MIN_KEY_LENGTH}))
    if old_key and not key:
        problems.append(Problem("previous_key_alone", "secret_fingerprint_previous_key"))
    elif old_key and old_key == key:
        problems.append(Problem("same_key", "secret_fingerprint_previous_key"))
    return problems


def missing_problems(where: str, missing: Iterable[Path], format_path: Any) -> list[Problem]:
    """Yield a problem for each secret that is neither declared nor stored."""
    return [Problem("required.secret", format_path(where, path)) for path in missing]
