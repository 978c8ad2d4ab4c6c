# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of all environments, as data: the content of the JSON file, from which the other forms are rendered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .environment import ENVIRONMENT, stamp
from .sanitize import some_text, text
from .words import STATE_WORDS, reason

REPORT_VERSION = 1
RETRY_STATES = ("failed", "unreachable", "not_reached")


class ReportProblem(Exception):
    """A report cannot be made; the text is one line and names the file."""


def build(
    environments: Iterable[Mapping[str, Any]],
    *,
    title: str,
    mode: str,
    dry: bool,
    now: datetime,
    group_by: str | None = None,
    earlier: Sequence[Iterable[Mapping[str, Any]]] = (),
) -> dict[str, Any]:
    """Put environments together.

    :param earlier: environments of earlier reports. A later result replaces an earlier one, unless it only says that
        the environment was not processed.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for group in (*earlier, environments):
        for one in group:
            if one["state"] != "not_reached" or one["host"] not in found:
                found[one["host"]] = one
    listed = list(found.values())
    return {
        "report_version": REPORT_VERSION,
        "title": text(title),
        "mode": mode,
        "check_mode": dry,
        "created": stamp(now),
        "group_by": some_text(group_by),
        "counts": counts(listed),
        "plan_digests": {one["host"]: one["plan_digest"] for one in listed if one["plan_digest"]},
        "environments": listed,
    }


def counts(environments: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The number of environments, of environments in each state, and of exports."""
    found = {"environments": len(environments), **dict.fromkeys(STATE_WORDS, 0)}
    for one in environments:
        found[one["state"]] += 1
    found["exports"] = sum(len(one["exports"]) for one in environments)
    found["unmanaged"] = sum(len(one["unmanaged"]) for one in environments)
    return found


def read_earlier(content: str, name: str) -> list[dict[str, Any]]:
    """The environments of an earlier report.

    :param name: of the file, for the message.
    :raises ReportProblem: it is not a report, or one of another version.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ReportProblem(f"{name}: is not valid JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("environments"), list):
        raise ReportProblem(f"{name}: is not a report of this collection")
    if document.get("report_version") != REPORT_VERSION:
        raise ReportProblem(f"{name}: the report_version is not {REPORT_VERSION}")
    found = [ENVIRONMENT(one) for one in document["environments"]]
    if not all(one["host"] for one in found):
        raise ReportProblem(f"{name}: contains an environment without a host")
    return found


def to_retry(report: Mapping[str, Any]) -> list[str]:
    """The hosts whose environments failed or were not processed."""
    return [one["host"] for one in report["environments"] if one["state"] in RETRY_STATES]


def reasons(report: Mapping[str, Any], *, drift: bool) -> dict[str, str]:
    """By host, why its environment needs attention.

    :param drift: whether drift is a reason.
    """
    found = {one["host"]: reason(one, drift=drift) for one in report["environments"]}
    return {host: why for host, why in found.items() if why}


def as_plans(report: Mapping[str, Any]) -> str:
    """The plan digests by host, as extra variables for ``configure``."""
    return json.dumps({"dynatrace_approved_plans": report["plan_digests"]}, indent=1) + "\n"


def as_json(report: Mapping[str, Any]) -> str:
    """The content of the JSON file: a line for each environment, which takes a tenth of the time of indented ones."""
    head = {key: value for key, value in report.items() if key != "environments"}
    lines = [json.dumps(one, ensure_ascii=False) for one in report["environments"]]
    text = json.dumps({**head, "environments": []}, indent=1, ensure_ascii=False)
    return text.removesuffix("[]\n}") + "[\n" + ",\n".join(lines) + "\n ]\n}\n"
