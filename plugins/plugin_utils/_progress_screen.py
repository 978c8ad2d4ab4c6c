# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Output of the progress callback: one line in a terminal, plain lines otherwise. Also reads Ansible's objects."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils import _atomic_file as files
from ansible_collections.community.dynatrace.plugins.plugin_utils._progress import (
    CLEAR,
    Progress,
    how_again,
    is_terminal,
    what_of,
)

_OURS = "community.dynatrace."
# Minimum interval in seconds between updates of the line.
_REFRESH = 0.2


class Screen:
    """Writes the progress.

    :param display: writes a text, optionally in a color.
    """

    def __init__(self, progress: Progress, display: Callable[..., None]) -> None:
        self._progress = progress
        self._display = display
        self._terminal = is_terminal(sys.stdout)
        self._drawn = False
        self._last = 0.0
        self._failed: set[str] = set()
        self._diffs: dict[str, list[str]] = {}
        # Path of the page of the report, if there is one.
        self.report = ""
        # Interval in seconds between progress lines without a terminal.
        self.interval = 15.0

    def refresh(self) -> None:
        """Write the progress line if it is due."""
        progress, now = self._progress, time.monotonic()
        if not progress.shows:
            return
        if not self._terminal:
            self._last = self._last or now
            if now - self._last >= self.interval:
                self._last = now
                self._display(progress.line())
        elif now - self._last >= _REFRESH or progress.complete:
            self._last = now
            self._write(CLEAR + progress.line(shutil.get_terminal_size().columns))
            self._drawn = True

    def clear(self) -> None:
        """Remove the progress line before other output."""
        if self._drawn:
            self._write(CLEAR)
            self._drawn = False

    def say(self, text: str, color: str | None = None) -> None:
        """Write permanent output."""
        self.clear()
        self._display(text, color=color)

    def finish(self) -> None:
        """Keep the last progress line."""
        if self._drawn:
            self._write("\n")
            self._drawn = False

    def ended(self, host: str, task: Any, result: Mapping[str, Any], error: str) -> None:
        """Handle the end of a task on a host."""
        dry, counts = bool(task.check_mode), is_ours(task)
        what = what_of(result, dry=dry) if counts and not error else ""
        one = self._progress.end(
            host,
            task._uuid,
            counts=counts,
            changed=bool(result.get("changed")),
            dry=dry,
            what=what,
            error=error,
            unreachable=result.get("connection_failed") is True,
        )
        if written := result.get("files") if is_report(task) else None:
            self.report = str(written.get("html", ""))
        if error and host not in self._failed:
            # What the end of a playbook says of an environment that has failed is known by then.
            self._failed.add(host)
            self.say(f"{host}: {'unreachable' if one.unreachable else 'failed'}: {one.error}")
        elif what and not self._terminal:
            verb = "would change" if dry else "changed"
            self.say(f"{host}: {f'{verb}: ' if result.get('changed') and 'dest' not in result else ''}{what}")
        self.refresh()

    def fleet_ended(self, result: Mapping[str, Any], *, dry: bool) -> None:
        """Handle the end of a task that has processed all hosts."""
        for host, found in result["environments"].items():
            one, state = self._progress.settle(found), str(found["state"])
            if one.failed:
                self.say(f"{host}: {state}: {one.error}")
            elif one.what and not self._terminal:
                verb = {"changed": "changed: ", "drift": "would change: "}.get(state, "")
                self.say(f"{host}: {verb}{one.what[0]}")
        self.report = str((result.get("files") or {}).get("html", self.report))
        self._last = 0.0
        self.refresh()

    def keep_diff(self, host: str, parts: list[Any], render: Callable[[Any], str]) -> None:
        """Keep a diff until all hosts have ended the task: equal ones are shown once."""
        titled = [_titled(part) for part in parts]
        text = "".join(map(render, titled))
        if text:
            self._diffs.setdefault(text, []).append(host)

    def show_diffs(self) -> None:
        """Write the diffs of a task, each below the names of its environments."""
        for text, hosts in self._diffs.items():
            names = ", ".join(hosts)
            title = names if len(hosts) == 1 else f"{len(hosts)} environments, the same change: {names}"
            self.say(f"{title}:\n{text}")
        self._diffs.clear()

    def retry(self, hosts: list[str], file: str | None) -> str:
        """Write the file of failed hosts, and describe how to repeat the run for them."""
        try:
            if file and hosts:
                return how_again(hosts, files.write(file, "".join(f"{host}\n" for host in hosts)))
            if file:
                # An empty file would not limit anything.
                files.remove(file)
        except OSError as error:
            self.say(f"retry_file: {file} cannot be written: {error.strerror}")
        return how_again(hosts, "") if hosts else ""

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def is_ours(task: Any) -> bool:
    """Whether a task processes environments: it uses a module of this collection on each host."""
    action = getattr(task, "resolved_action", None) or task.action
    return str(action).startswith(_OURS) and (not task.run_once or is_fleet(task))


def is_fleet(task: Any) -> bool:
    """Whether a task processes all hosts at once."""
    return str(getattr(task, "resolved_action", None) or task.action) == f"{_OURS}fleet"


def is_report(task: Any) -> bool:
    """Whether a task makes the report."""
    return str(getattr(task, "resolved_action", None) or task.action) == f"{_OURS}environment_report"


def expected(play: Any) -> int:
    """Return how many results of such tasks each host of a play will have, as far as this is known in advance."""
    return sum(is_ours(task) for block in play.compile() for task in _tasks(block.block))


def hosts_of(play: Any) -> list[str]:
    """Return all hosts of a play, in all batches."""
    inventory = play.get_variable_manager()._inventory
    return [host.get_name() for host in inventory.get_hosts(play.hosts, ignore_restrictions=True)]


def _tasks(parts: list[Any]) -> Iterator[Any]:
    for part in parts:
        if hasattr(part, "block"):
            yield from _tasks(part.block)
        else:
            yield part


def _titled(part: Any) -> Any:
    """A part of a diff without the name of its environment in its headers: that is in the line above."""
    if not isinstance(part, Mapping) or not part.get("operation"):
        return part
    header = f"{part.get('name') or part.get('object_id')} ({part['operation']})"
    return {**part, "before_header": header, "after_header": header}
