# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Decides about the external ID and the stored secrets of an object, which depend on each other.

An external ID can only be set by a POST that carries every secret in plain; whether a POST keeps a masked one is
unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .external_id import ExternalId
from .matching import Adopt, Declared, Existing
from .schema import Schema
from .secrets import SENT_ALONG, Fingerprints, Rule, UpdateSecrets, declared_secrets

ExternalIdState = Literal["kept", "set", "foreign", "none", "cut"]


UNNAMED = "it has no name, so no external ID"


@dataclass(frozen=True)
class Policy:
    """How to treat existing objects. ``sent`` names those that this run has already written with their secrets."""

    update_secrets: UpdateSecrets = "with_updates"
    adopt: Adopt = "without_external_id"
    prune: bool = False
    # The IDs of the objects that may be pruned: those of the first plan, which are in its backup. None for all.
    prunable: frozenset[str] | None = None
    # Whether to delete and create an object again if a declared property can only be set at creation.
    recreate: bool = False
    sent: frozenset[str] = frozenset()
    # Required for on_change.
    fingerprints: Fingerprints | None = None
    # Why no external ID is set. Empty if external IDs are used.
    no_external_ids: str = ""
    # Why an object without an external ID of this collection gets none. Empty if it gets one.
    no_new_external_ids: str = ""

    def prunes(self, unclaimed: Existing) -> bool:
        """Whether an object that is not declared is deleted."""
        return self.prune and (self.prunable is None or unclaimed.object_id in self.prunable)


@dataclass(frozen=True)
class ExternalIdChange:
    """What happens to the external ID of an object."""

    state: ExternalIdState
    wanted: ExternalId | None
    reason: str = ""


def wanted_external_id(desired: Declared, schema: Schema, policy: Policy) -> ExternalId | None:
    """Return the external ID of a declared object, or ``None`` without a name."""
    if not desired.name_in_external_id:
        return None
    secrets = declared_secrets(schema, desired.value)
    if secrets and policy.fingerprints is not None:
        return ExternalId(desired.name_in_external_id, policy.fingerprints.fields(desired.name_in_external_id, secrets))
    return ExternalId(desired.name_in_external_id)


def external_id_change(
    desired: Declared, base: Existing | None, changed: bool, schema: Schema, policy: Policy
) -> ExternalIdChange:
    """Decide whether an object keeps its external ID, gets one, or has none.

    :param base: the existing object, ``None`` for a new one.
    :param changed: whether anything else of the object differs.
    """
    secrets = declared_secrets(schema, desired.value)
    name = desired.name_in_external_id
    current_object = base.own_external_id if base else None
    wanted = wanted_external_id(desired, schema, policy)
    if wanted is None:
        return ExternalIdChange("foreign" if base and base.external_id else "none", None, UNNAMED if secrets else "")
    named = current_object is not None and current_object.name == name
    if policy.no_external_ids:
        return ExternalIdChange(
            "kept" if named else "cut" if base and base.cut else "none", None, policy.no_external_ids
        )
    if base is None:
        return ExternalIdChange("set", wanted)
    # Without a key, a fingerprint is removed when a secret is sent, because the secret can be different.
    sends = policy.update_secrets == "always" or (policy.update_secrets == "with_updates" and changed)
    stale = bool(current_object and current_object.extra and sends and policy.fingerprints is None)
    if (
        current_object is not None
        and named
        and not stale
        and wanted.extra in ((), current_object.extra[: len(wanted.extra)])
    ):
        return ExternalIdChange("kept", wanted)
    if base.foreign and policy.adopt != "any":
        return ExternalIdChange(
            "foreign",
            wanted,
            "has the external ID of another tool, which is kept; it is matched without an external ID",
        )
    if policy.no_new_external_ids and not named:
        return ExternalIdChange("foreign" if base.foreign else "none", wanted, policy.no_new_external_ids)
    if secrets is None:
        state: ExternalIdState = "kept" if named else "none"
        return ExternalIdChange(
            state, wanted, "" if named else "gets no external ID, because this requires all of its secrets"
        )
    if current_object is not None and not named:
        return ExternalIdChange("set", wanted, f"renamed from {current_object.name!r}")
    return ExternalIdChange("set", wanted, "" if named else "adopted: the name is stored in the external ID")


def secret_rule(
    desired: Declared,
    base: Existing | None,
    external_id: ExternalIdChange,
    changed: bool,
    schema: Schema,
    policy: Policy,
) -> Rule:
    """Decide about a secret that is declared and stored.

    :param changed: whether anything else of the object differs.
    """
    mode = policy.update_secrets
    if mode == "always" and desired.name not in policy.sent:
        return Rule("set", "update_secrets is always, so it is sent in every run", force=True)
    secrets = declared_secrets(schema, desired.value)
    rule = Rule("kept", f"update_secrets is {mode}, so the stored secret is kept", with_updates=mode != "on_create")
    if mode == "on_change" and policy.fingerprints is not None and base is not None:
        if external_id.state in ("foreign", "cut") or external_id.wanted is None:
            reason = f"no fingerprint can be stored: {external_id.reason or policy.no_external_ids}"
            rule = Rule("unverifiable", reason, with_updates=True)
        elif secrets is None:
            reason = "a fingerprint requires all of its secrets; update_secrets: always sends it"
            rule = Rule("unverifiable", reason, with_updates=True)
        else:
            rule = replace(policy.fingerprints.rule(base.own_external_id, secrets), with_updates=True)
    if changed and rule.with_updates and not rule.force:
        return Rule("set", SENT_ALONG)
    if external_id.state == "set" and not rule.force:
        return Rule("set", "sent, because the external ID can only be set together with the secrets")
    return rule
