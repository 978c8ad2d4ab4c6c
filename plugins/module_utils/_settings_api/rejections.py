# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Explains writes that an environment has rejected, with the option paths of the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .apply import StepFailed, lost_its_neighbor
from .errors import Advice, Hint, Rejected, SettingsError
from .plan_types import ACTIONS, Domain, Step
from .planning import Job
from .property_path import Path

# As servers word that a value is not the ID of an object (settings-api 1.7).
_WANTS_ID = "of type setting"


def explain(error: StepFailed, job: Job) -> StepFailed:
    """Return a rejection with the user's option paths, and with what to do."""
    domain = job.domain
    refusals = [_refusal(step, cause, domain) for step, cause in error.refused]
    hints: list[Advice] = []
    doubtful = [step for step, cause in error.refused if _is_about_secret(step, cause, domain)]
    masked = [domain.format_path(step.where, path) for step in doubtful for path in step.masked]
    if any(lost_its_neighbor(step, cause) for step, cause in error.refused):
        hints.append("The object that precedes it no longer exists or cannot be moved.")
    if masked:
        hints += ["The environment does not keep a stored secret with this change.", _resubmission_hint(masked, job)]
    hints += _reference_hints(error, domain)
    listed = "".join(f"  {one}\n" for one in refusals)
    message = refusals[0] if len(refusals) == 1 else f"{len(refusals)} writes were rejected:\n{listed}"
    explained = StepFailed(error.refused)
    explained.message = message
    explained.advise(*hints, *error.hints)
    return explained


def _reference_hints(error: StepFailed, domain: Domain) -> Iterator[Advice]:
    """Return how to find the IDs that properties need, if something else was declared."""
    seen: set[str] = set()
    for step, cause in error.refused:
        for one in cause.violations if isinstance(cause, Rejected) else ():
            path = _path(one.path)
            schema_id = domain.schema.referenced_schema(path)
            if not schema_id or schema_id in seen or _WANTS_ID not in one.message.lower():
                continue
            seen.add(schema_id)
            yield Hint(
                "{property} must be the ID of an object of {schema} in this environment. To refer to it by its name, "
                "use the filter community.dynatrace.object_id in a declaration of the module settings. The module "
                "settings_objects_info lists the objects with their IDs.",
                {"property": domain.format_path(step.where, path), "schema": schema_id},
            )


def _resubmission_hint(masked: Sequence[str], job: Job) -> Advice:
    """Return what to do if the environment requires secrets again."""
    if job.resubmission_hint:
        return job.resubmission_hint
    mode = " and set {option.update_secrets}: with_updates" if job.policy.update_secrets == "on_create" else ""
    return Hint(f"Declare {{secrets:paths}}{mode}, so that it is sent with the update.", {"secrets": masked})


def _refusal(step: Step, cause: SettingsError, domain: Domain) -> str:
    what = f"{domain.object_name.capitalize()} {step.name!r}"
    words = ACTIONS[step.action]
    if not isinstance(cause, Rejected):
        return f"{what} could not be {words.done}: {cause.message}"
    reason = "; ".join(_violations(step, cause, domain)) or cause.message
    return f"{what}: the API rejected the request to {words.verb} it: {reason}"


def _violations(step: Step, cause: Rejected, domain: Domain) -> list[str]:
    return [f"{domain.format_path(step.where, _path(one.path))}: {one.message}" for one in cause.violations]


def _path(text: str) -> Path:
    return tuple(map(_part, filter(None, text.split("/"))))


def _is_about_secret(step: Step, cause: SettingsError, domain: Domain) -> bool:
    if not isinstance(cause, Rejected):
        return False
    words = ("secret", "password", "re-enter", "resubmi", "masked", "credential")
    texts = " ".join([cause.message, *_violations(step, cause, domain)]).lower()
    return any(word in texts for word in words)


def _part(text: str) -> str | int:
    return int(text) if text.isdigit() else text
