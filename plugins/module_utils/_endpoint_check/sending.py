# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Sample sessions sent as Dynatrace sends them, their answer judged as Dynatrace judges it, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import targets
from .exchange import Answer, Unanswered, exchange, refusal
from .findings import Ended, Findings
from .network import Means
from .samples import deletion, make_samples, wire_form
from .targets import Target

# A gateway in front of the far end has heard nothing of it, which may have stored what it got.
_LOST = (502, 504)


def send_samples(target: Target, headers: Mapping[str, str], means: Means, findings: Findings) -> bool:
    """Send samples; on Elasticsearch delete them again.

    :param headers: authentication.
    :returns: whether samples stay at the far end, as far as that is known.
    """
    option = target.option(targets.URL)
    sessions = make_samples()
    given = {**headers, "Content-Type": target.content_type}
    body = wire_form(target, sessions)
    try:
        answer = exchange(target.method, target.url, option, means, findings, headers=given, body=body)
    except Unanswered:
        if target.index is None or not _delete(target, sessions, given, means, findings):
            findings.add("outcome_unknown", option, "sample sessions were sent, and no answer came")
            return True
        return False
    except Ended:
        return False
    if answer.status != 200:
        refusal(answer, target, target.method, findings)
        if not 200 < answer.status < 300 and answer.status not in _LOST:
            return False
        if target.index is not None:
            return not _delete(target, sessions, given, means, findings)
        if answer.status in _LOST:
            findings.add("outcome_unknown", option, "a gateway has lost the answer to the sample sessions")
        else:
            _stay(target, findings, len(sessions))
        return True
    if target.index is None:
        findings.add("accepted", option, f"{len(sessions)} sample sessions were accepted by {target.method}")
        _stay(target, findings, len(sessions))
        return True
    stored = _judge_items(target, answer, len(sessions), findings)
    return stored and not _delete(target, sessions, given, means, findings)


def _stay(target: Target, findings: Findings, count: int) -> None:
    text = f"{count} sample sessions stay at the far end; their tenantId is ansible-sample"
    findings.add("samples_stay", target.option(targets.URL), text)


def _judge_items(target: Target, answer: Answer, count: int, findings: Findings) -> bool:
    """Judge an answer to a bulk item by item; whether anything may be stored."""
    items = _items(answer)
    if items is None or len(items) != count:
        text = f"the answer to {count} sessions does not tell what became of each"
        findings.add("bulk_answer_unreadable", target.option(targets.URL), text)
        return True
    refused = [item for item in items if not 200 <= _status(item) < 300]
    reasons: dict[str, int] = {}
    for item in refused:
        reason = _reason(item)
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, times in reasons.items():
        text = f"{times} of {count} sample sessions refused: {reason}"
        findings.add("items_refused", target.option(targets.INDEX), text)
    if not refused:
        text = f"{count} sample sessions were accepted by {target.method}, each of them"
        findings.add("accepted", target.option(targets.URL), text)
    return len(refused) < count


def _delete(
    target: Target, sessions: list[dict[str, Any]], headers: Mapping[str, str], means: Means, findings: Findings
) -> bool:
    """Delete the samples; whether none of them is there any more."""
    option = target.option(targets.URL)
    own = Findings(findings.export, findings.secrets)
    try:
        body = deletion(target, sessions)
        answer = exchange(target.method, target.url, option, means, own, headers=headers, body=body)
    except Ended:
        items = None
    else:
        items = _items(answer) if answer.status == 200 else None
    # 404: it is not there, which is as good.
    left = len(sessions) if items is None else sum(_status(item) not in (200, 404) for item in items)
    if left:
        text = f"{left} sample sessions could not be deleted from the index {target.index}"
        findings.add("samples_not_deleted", target.option(targets.INDEX), text)
        return False
    text = f"the sample sessions were deleted from the index {target.index}"
    findings.add("samples_deleted", target.option(targets.INDEX), text)
    return True


def _items(answer: Answer) -> list[Mapping[str, Any]] | None:
    """What became of each action, in order."""
    body = answer.json()
    listed = body.get("items") if isinstance(body, Mapping) else None
    if not isinstance(listed, list):
        return None
    found = [next(iter(item.values()), None) for item in listed if isinstance(item, Mapping)]
    return [item for item in found if isinstance(item, Mapping)]


def _status(item: Mapping[str, Any]) -> int:
    status = item.get("status")
    return status if isinstance(status, int) else 0


def _reason(item: Mapping[str, Any]) -> str:
    error = item.get("error")
    if isinstance(error, Mapping):
        told = [str(error[key]) for key in ("type", "reason") if error.get(key)]
        cause = error.get("caused_by")
        if isinstance(cause, Mapping) and cause.get("reason"):
            told.append(str(cause["reason"]))
        return ": ".join(told) or f"status {_status(item)}"
    return str(error) if isinstance(error, str) else f"status {_status(item)}"
