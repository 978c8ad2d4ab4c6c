# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Decides about the external ID and the stored secrets of an object, which depend on each other.

A label can only be set by a POST that carries every secret in plain: that a POST keeps a masked one is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .external_id import Label
from .matching import Adopt, Declared, Existing
from .schema import Schema
from .secrets import SENT_ALONG, Fingerprints, Rule, UpdateSecrets, declared_secrets

LabelState = Literal["kept", "set", "foreign", "none", "cut"]


UNNAMED = "it has no name, so no label"


@dataclass(frozen=True)
class Policy:
    """How to treat existing objects. ``sent`` names those that this run has already written with their secrets."""

    update_secrets: UpdateSecrets = "with_updates"
    adopt: Adopt = "without_external_id"
    prune: bool = False
    # Whether to delete and create an object again if a declared property can only be set at creation.
    recreate: bool = False
    sent: frozenset[str] = frozenset()
    # Required for on_change.
    fingerprints: Fingerprints | None = None
    # Why no external ID is set. Empty if external IDs are used.
    no_labels: str = ""
    # Why an object without an external ID of this collection gets none. Empty if it gets one.
    no_new_labels: str = ""


@dataclass(frozen=True)
class Labelling:
    """What happens to the external ID of an object."""

    state: LabelState
    wanted: Label | None
    reason: str = ""


def wanted_label(desired: Declared, schema: Schema, policy: Policy) -> Label | None:
    """Return the external ID of a declared object, or ``None`` without a name."""
    if not desired.label_name:
        return None
    secrets = declared_secrets(schema, desired.value)
    if secrets and policy.fingerprints is not None:
        return Label(desired.label_name, policy.fingerprints.fields(desired.label_name, secrets))
    return Label(desired.label_name)


def labelling(desired: Declared, base: Existing | None, changed: bool, schema: Schema, policy: Policy) -> Labelling:
    """Decide whether an object keeps its external ID, gets one, or has none.

    :param base: the existing object, ``None`` for a new one.
    :param changed: whether anything else of the object differs.
    """
    secrets = declared_secrets(schema, desired.value)
    name = desired.label_name
    current_object = base.label if base else None
    wanted = wanted_label(desired, schema, policy)
    if wanted is None:
        return Labelling("foreign" if base and base.external_id else "none", None, UNNAMED if secrets else "")
    named = current_object is not None and current_object.name == name
    if policy.no_labels:
        return Labelling("kept" if named else "cut" if base and base.cut else "none", None, policy.no_labels)
    if base is None:
        return Labelling("set", wanted)
    # Without a key, a fingerprint is removed when a secret is sent, because the secret can be different.
    sends = policy.update_secrets == "always" or (policy.update_secrets == "with_updates" and changed)
    stale = bool(current_object and current_object.extra and sends and policy.fingerprints is None)
    if (
        current_object is not None
        and named
        and not stale
        and wanted.extra in ((), current_object.extra[: len(wanted.extra)])
    ):
        return Labelling("kept", wanted)
    if base.foreign and policy.adopt != "any":
        return Labelling("foreign", wanted, "carries the label of another tool, which stays; it is found without one")
    if policy.no_new_labels and not named:
        return Labelling("foreign" if base.foreign else "none", wanted, policy.no_new_labels)
    if secrets is None:
        state: LabelState = "kept" if named else "none"
        return Labelling(state, wanted, "" if named else "not labelled: that needs every secret of it in plain")
    if current_object is not None and not named:
        return Labelling("set", wanted, f"renamed: it was called {current_object.name!r}")
    return Labelling("set", wanted, "" if named else "adopted: the name is stored as the label")


def secret_rule(
    desired: Declared, base: Existing | None, label: Labelling, changed: bool, schema: Schema, policy: Policy
) -> Rule:
    """Decide about a secret that is declared and stored.

    :param changed: whether anything else of the object differs.
    """
    mode = policy.update_secrets
    if mode == "always" and desired.name not in policy.sent:
        return Rule("set", "update_secrets is always: sent with every run", force=True)
    secrets = declared_secrets(schema, desired.value)
    rule = Rule("kept", f"update_secrets is {mode}: the stored secret stays", with_updates=mode != "on_create")
    if mode == "on_change" and policy.fingerprints is not None and base is not None:
        if label.state in ("foreign", "cut") or label.wanted is None:
            reason = f"no place for a fingerprint: {label.reason or policy.no_labels}"
            rule = Rule("unverifiable", reason, with_updates=True)
        elif secrets is None:
            reason = "no fingerprint without all of its secrets; update_secrets: always sends it"
            rule = Rule("unverifiable", reason, with_updates=True)
        else:
            rule = replace(policy.fingerprints.rule(base.label, secrets), with_updates=True)
    if changed and rule.with_updates and not rule.force:
        return Rule("set", SENT_ALONG)
    if label.state == "set" and not rule.force:
        return Rule("set", "sent along, the label can only be set together with the secrets")
    return rule
