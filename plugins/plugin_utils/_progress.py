# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts the environments of a run, and formats the progress line and the final table. Imports nothing of Ansible."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.responses import one_line
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import environment
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.words import (
    count_of,
    described,
    unmanaged_text,
)

State = Literal["failed", "unreachable", "not reached", "would change", "changed", "unchanged"]
# What the states of a report are called here, in the order of the table: those that need attention come first.
OF_REPORT: dict[str, State] = {
    "failed": "failed",
    "unreachable": "unreachable",
    "not_reached": "not reached",
    "drift": "would change",
    "changed": "changed",
    "unchanged": "unchanged",
}
STATES = tuple(OF_REPORT.values())
# Returns to the start of a line, and removes it.
CLEAR = "\r\x1b[K"
# Minimum number of finished environments for an estimate of the remaining time.
_ENOUGH = 3
_FEW = 10


@dataclass
class Environment:
    """The state of one host."""

    # Whether a play processes the host, and the number of its results in that play.
    expected: bool = False
    results: int = 0
    changed: bool = False
    would_change: bool = False
    failed: bool = False
    unreachable: bool = False
    seconds: float = 0.0
    error: str = ""
    # The state that a task for all hosts reported. Ansible's own counts are not about this host then.
    settled: State | None = None
    what: list[str] = field(default_factory=list)


class Progress:
    """Counts the outcomes of the environments of a run.

    :param clock: returns seconds since an arbitrary start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = clock()
        self.environments: dict[str, Environment] = {}
        self._hosts: frozenset[str] = frozenset()
        self._expected = 0
        self._results: dict[str, int] = {}
        self._ended: set[str] = set()
        self._play_began = self._begin
        self._started: dict[tuple[str, str], float] = {}

    def play(self, hosts: Iterable[str], expected: int) -> bool:
        """Handle the start of a play, or of its next batch.

        :param hosts: all hosts of the play.
        :param expected: number of results of tasks for environments that each host will have.
        :returns: whether this is a new play.
        """
        found = frozenset(hosts)
        if found == self._hosts and expected == self._expected:
            return False
        self._hosts, self._expected = found, expected
        self._results, self._ended = {}, set()
        self._play_began = self._clock()
        if expected:
            for host in sorted(found):
                self.environments.setdefault(host, Environment()).expected = True
        return True

    def start(self, host: str, task: str) -> None:
        """Handle the start of a task on a host."""
        self._started[host, task] = self._clock()

    def end(
        self,
        host: str,
        task: str,
        *,
        counts: bool,
        changed: bool = False,
        dry: bool = False,
        what: str = "",
        error: str = "",
        unreachable: bool = False,
    ) -> Environment:
        """Handle the end of a task on a host.

        :param counts: whether the task is one of those for environments.
        :param dry: whether it ran in check mode.
        :param what: the differences or changes, and what is not declared.
        :param error: reason of the failure.
        """
        one = self.environments.setdefault(host, Environment())
        one.seconds += self._clock() - self._started.pop((host, task), self._clock())
        if error:
            # A failure in a later play reports drift. It does not mean that the environment was not processed.
            one.failed |= self.shows or not one.expected
            one.unreachable |= unreachable
            one.error = one.error or printable(error)
        if counts:
            one.results += 1
            self._results[host] = self._results.get(host, 0) + 1
        if changed and dry:
            one.would_change = True
        one.changed |= changed and not dry
        if what:
            one.what.append(what)
        if error or self._results.get(host, 0) >= max(1, self._expected):
            self._ended.add(host)
        return one

    def settle(self, found: Mapping[str, Any]) -> Environment:
        """Handle the end of an environment that a task for all hosts has processed.

        :param found: what the task returns about it. Its state is as in a report.
        """
        host, state = str(found["host"]), str(found["state"])
        failed = state in ("failed", "unreachable")
        one = self.environments.setdefault(host, Environment())
        one.settled = OF_REPORT[state]
        one.seconds = float(found["seconds"])
        one.error = printable(str(found["reason"])) if failed else ""
        one.failed, one.unreachable = failed, state == "unreachable"
        one.changed, one.would_change = state == "changed", state == "drift"
        one.what = [printable(str(found["what"]))] if found["what"] and not failed else []
        one.results += 1
        if state != "not_reached":
            self._ended.add(host)
        return one

    @property
    def shows(self) -> bool:
        """Whether this play processes environments, so that there is progress to show."""
        return self._expected > 0

    @property
    def complete(self) -> bool:
        """Whether all hosts of the play are done."""
        return len(self._ended) >= len(self._hosts)

    def line(self, width: int = 0) -> str:
        """Return the progress line.

        :param width: width of the terminal, or 0 without a terminal.
        """
        done, total = len(self._ended), len(self._hosts)
        known = [self.environments[host] for host in self._ended if host in self.environments]
        counts = {
            "changed": sum(one.changed and not one.failed for one in known),
            "would change": sum(one.would_change and not (one.failed or one.changed) for one in known),
            "failed": sum(one.failed for one in known),
        }
        parts = [
            f"{done}/{total} environment{'' if total == 1 else 's'}",
            *(f"{count} {name}" for name, count in counts.items() if count),
        ]
        left = total - done
        if left:
            parts.append(f"{left} left")
            if done >= _ENOUGH:
                parts.append(f"about {duration((self._clock() - self._play_began) / done * left)}")
        text = ", ".join(parts)
        return text if not width or len(text) < width else text[: max(0, width - 2)] + "…"

    def state(self, host: str, summary: Mapping[str, int]) -> State:
        """Return the final state of a host.

        :param summary: Ansible's own counts. They do not count rescued failures.
        """
        one = self.environments[host]
        if one.settled is not None:
            return one.settled
        if summary.get("unreachable"):
            return "unreachable"
        if one.expected and not one.results and not one.failed:
            return "not reached"
        if summary.get("failures"):
            return "unreachable" if one.unreachable else "failed"
        return "changed" if one.changed else "would change" if one.would_change else "unchanged"

    def table(
        self, summaries: Mapping[str, Mapping[str, int]], *, unchanged: bool = False
    ) -> Iterator[tuple[State | None, str]]:
        """Yield the lines of the final table, each with its state.

        :param summaries: Ansible's own counts by host.
        :param unchanged: whether to list unchanged environments.
        """
        known = self._known()
        states = {host: self.state(host, summaries.get(host, {})) for host in known}
        shown = [host for host, state in states.items() if unchanged or state != "unchanged" or known[host].what]
        shown.sort(key=lambda host: (STATES.index(states[host]), host))
        if shown:
            longest = max(11, *(len(host) for host in shown))
            yield None, f"{'ENVIRONMENT':<{longest}}  {'STATE':<12}  {'SECONDS':>7}  WHAT"
            for host in shown:
                one = known[host]
                state = states[host]
                # The whole error was printed when it happened.
                what = one.error.split("\n")[0] if state in ("failed", "unreachable") else " ".join(one.what)
                text = f"{host:<{longest}}  {state:<12}  {one.seconds:>7.1f}  {what}"
                yield state, text.rstrip()
            yield None, ""
        counts = [f"{count} {state}" for state in STATES if (count := sum(one == state for one in states.values()))]
        total, seconds = count_of(len(states), "environment"), duration(self._clock() - self._begin)
        yield None, f"{total}: {', '.join(counts) or 'nothing to do'}. {seconds}."

    def again(self, summaries: Mapping[str, Mapping[str, int]]) -> list[str]:
        """Return the hosts for which the run has to be repeated."""
        wanted = ("failed", "unreachable", "not reached")
        return sorted(host for host in self._known() if self.state(host, summaries.get(host, {})) in wanted)

    def _known(self) -> dict[str, Environment]:
        """The environments, without hosts of which only a playbook says that something is wrong with it."""
        expected = {host: one for host, one in self.environments.items() if one.expected or one.results}
        return expected or {host: one for host, one in self.environments.items() if host != "localhost"}


def is_terminal(stream: Any) -> bool:
    """Whether a stream writes to a terminal that can update a line in place."""
    try:
        terminal = bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
    return terminal and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("CI")


def how_again(hosts: list[str], file: str) -> str:
    """Describe how to repeat the run for some hosts.

    :param file: path of the file with their names, if there is one.
    """
    whom = "it" if len(hosts) == 1 else "them"
    more = "" if len(hosts) <= _FEW else f" (and {len(hosts) - _FEW} more; set retry_file to get all of them)"
    limit = f"@{file}" if file else ",".join(hosts[:_FEW])
    return f"To repeat the run for {whom}: --limit '{limit}'{'' if file else more}"


def what_of(result: Mapping[str, Any], *, dry: bool) -> str:
    """What the result of a module of this collection says: what differs or changed, what is not declared, files.

    :param dry: it ran in check mode.
    """
    if {"exports", "objects", "schemas"} & result.keys():
        found = environment({"host": ""}, result, dry=dry, now=datetime.now(timezone.utc))
        changes = described(found, found["state"]) if found["state"] in ("drift", "changed") else ""
        return printable(". ".join(filter(None, (changes, unmanaged_text(found)))))
    if result.get("changed") and isinstance(result.get("dest"), str):
        return printable(f"{'would write' if dry else 'wrote'} {result['dest']}")
    return ""


def printable(text: str) -> str:
    """Every line of a text, without control characters, which a terminal might obey."""
    lines = (" " * (len(line) - len(line.lstrip(" "))) + one_line(line) for line in text.strip().split("\n"))
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Format a duration."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
