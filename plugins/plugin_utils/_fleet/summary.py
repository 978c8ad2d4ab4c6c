# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a fleet task: the message of a failure, the diff, and statistics. Imports nothing of Ansible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.responses import one_line
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.words import (
    count_of,
    described,
    policy_text,
    unmanaged_text,
)

_FEW = 10
_MOST_IN_STATISTICS = 50


def failure(reasons: Mapping[str, str], total: int, *, limit_file: str, stopped: str, name_all: bool = False) -> str:
    """The message of a task that failed: each environment with its reason.

    :param reasons: by host.
    :param total: number of environments.
    :param limit_file: the file with their names, if there is one.
    :param stopped: why the run ended early, if it did.
    :param name_all: whether the option for a repetition names the environments without a file, however many there are.
    """
    same: dict[str, list[str]] = {}
    for host, why in reasons.items():
        same.setdefault(why.strip(), []).append(host)
    head = f"{len(reasons)} of {count_of(total, 'environment')} failed or need attention{stopped and f' ({stopped})'}"
    # The first line is what job servers show.
    lines = [] if len(reasons) == 1 else [f"{head}:"]
    for why, hosts in same.items():
        first, *others = why.split("\n")
        lines.append(f"{', '.join(hosts)}: {first}")
        lines += [f"  {line}" for line in others]
    if len(reasons) == 1 and total > 1:
        lines.append(f"{head}.")
    names = list(reasons)
    limit = f"@{limit_file}" if limit_file else ",".join(names) if name_all or len(names) <= _FEW else ""
    if limit:
        lines.append(f"To repeat the run for {'it' if len(names) == 1 else 'them'}: --limit '{limit}'")
    return "\n".join(lines)


def grouped_diff(diffs: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The differences of all environments; equal ones once, below the names of their environments.

    :param diffs: the parts of the diff of each environment that changed, by host.
    """
    same: dict[str, tuple[Sequence[Mapping[str, Any]], list[str]]] = {}
    for host, parts in diffs.items():
        key = repr([{name: part.get(name) for name in ("name", "operation", "before", "after")} for part in parts])
        same.setdefault(key, (parts, []))[1].append(host)
    found = []
    for parts, hosts in same.values():
        names = ", ".join(hosts)
        who = names if len(hosts) == 1 else f"{len(hosts)} environments, the same change: {names}"
        for part in parts:
            headers = {key: str(part.get(key) or "") for key in ("before_header", "after_header")}
            if part.get("operation"):
                # The module names the environment behind the operation, which is in brackets.
                headers = {key: f"{text.rpartition(')')[0]}) in {who}" for key, text in headers.items()}
            else:
                headers = {key: f"{who}: {text}" for key, text in headers.items()}
            found.append({**part, **headers})
    return found


def what_of(record: Mapping[str, Any]) -> str:
    """What changed or differs in an environment, which is given as in a report, and what is not declared."""
    if isinstance(record.get("file"), str):
        return one_line(f"{'would write' if record['state'] == 'drift' else 'wrote'} {record['file']}")
    # What fails may have been changed in part.
    changes = described(record, "drift" if record["state"] == "drift" else "changed")
    return ". ".join(filter(None, (changes, unmanaged_text(record), policy_text(record))))


def statistics(report: Mapping[str, Any], reasons: Iterable[str], job: str) -> dict[str, Any]:
    """What ``set_stats`` keeps of a run, small enough for a job-template server.

    :param reasons: the hosts that need attention.
    :param job: the job or the slice. It is part of the name, because a job-template server keeps only one value of each
        name for all slices of a job.
    """
    hosts = list(reasons)
    more = len(hosts) - _MOST_IN_STATISTICS
    attention = [*hosts[:_MOST_IN_STATISTICS], *([f"and {more} more"] if more > 0 else [])]
    name = re.sub(r"[^0-9A-Za-z_]", "_", f"dynatrace_fleet_{job}")
    return {name: {"mode": report["mode"], "counts": dict(report["counts"]), "attention": attention}}
