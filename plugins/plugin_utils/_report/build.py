# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet, as data: what the JSON file holds and the other forms are made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .environment import ENVIRONMENT, STATES, stamp
from .sanitize import some_text, text

REPORT_VERSION = 1


class ReportProblem(Exception):
    """A report cannot be made; the text is one line, and says of which file."""


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

    :param earlier: environments of earlier reports. What comes later stands in the place of what came before, unless
        it only says that the environment was not reached.
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
    """How many environments there are, how many of each state, and how many exports."""
    found = {"environments": len(environments), **dict.fromkeys(STATES, 0)}
    for one in environments:
        found[one["state"]] += 1
    found["exports"] = sum(len(one["exports"]) for one in environments)
    found["unmanaged"] = sum(len(one["unmanaged"]) for one in environments)
    return found


def read_earlier(content: str, name: str) -> list[dict[str, Any]]:
    """The environments of an earlier report.

    :param name: of the file, for the message.
    :raises ReportProblem: it is no report, or one of another version.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ReportProblem(f"{name}: is no JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("environments"), list):
        raise ReportProblem(f"{name}: is no report of session exports")
    if document.get("report_version") != REPORT_VERSION:
        raise ReportProblem(f"{name}: has another report_version than {REPORT_VERSION}")
    found = [ENVIRONMENT(one) for one in document["environments"]]
    if not all(one["host"] for one in found):
        raise ReportProblem(f"{name}: has an environment without a host")
    return found


def to_retry(report: Mapping[str, Any]) -> list[str]:
    """The hosts whose environments failed or were not reached: a second run is for them."""
    return [one["host"] for one in report["environments"] if one["state"] in ("failed", "not_reached")]


def reasons(report: Mapping[str, Any], *, drift: bool) -> dict[str, str]:
    """What is wrong with each host that failed, in one text.

    :param drift: whether an environment that is not as declared counts as well.
    """
    found = {}
    for one in report["environments"]:
        if one["state"] == "failed":
            found[one["host"]] = " ".join(filter(None, (part["message"] for part in one["errors"])))
        elif one["state"] == "not_reached":
            found[one["host"]] = "The run did not get to this environment."
        elif drift and one["drift"]:
            told = [f"{export['name']} ({_what(export)})" for export in one["exports"] if export["state"] == "drift"]
            found[one["host"]] = f"Not as declared: {', '.join(told)}."
    return found


def _what(export: Mapping[str, Any]) -> str:
    if export["operation"] != "updated":
        return {"created": "is not there", "deleted": "is not declared"}.get(export["operation"], "differs")
    secrets = [secret["path"] for secret in export["secrets"] if secret["state"] in ("set", "rotated")]
    return ", ".join([*export["changed_properties"], *secrets]) or "differs"


def as_plans(report: Mapping[str, Any]) -> str:
    """The plans, by host, as extra variables for ``configure``."""
    return json.dumps({"dynatrace_approved_plans": report["plan_digests"]}, indent=1) + "\n"


def as_json(report: Mapping[str, Any]) -> str:
    """The content of the JSON file."""
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"
