# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback plugin: documentation, and the events of a run."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: progress
type: stdout
short_description: Show one progress line, and a table of environments at the end
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Shows the progress of a run over many environments in one line that is updated in place. The line contains the
    numbers of environments that are done, changed, failed, and left, and the remaining time. At the end, it prints a
    table of environments. It does not print a line for each host and task.
  - The playbooks that process all environments in one task (C(audit), C(configure), C(import),
    C(import_from_terraform), C(rotate_secrets), C(enable), C(disable), and C(remove)) do not need it, because
    M(community.dynatrace.fleet) shows its own progress. Use it for tasks that run for each host, as in roles, in your
    own playbooks, in C(preflight) and C(restore), and with C(dynatrace_per_host).
  - An environment is done when all tasks of the play that use modules of this collection have finished for it.
  - When an environment fails, all lines of its error are printed. For drift, it prints the properties that differ and
    who changed them last. Undeclared objects, imported files, and the path of the report are listed as well.
  - With C(--diff), the differences of a task are printed when all hosts have finished it, under the names of the
    environments. Identical differences are printed once. Warnings and the output of
    C(ansible.builtin.debug) are shown as well.
  - Without a terminal, it prints plain lines for changes and failures, and a progress line at intervals.
  - With C(-v) or higher verbosity, it shows Ansible's default output.
extends_documentation_fragment:
  - ansible.builtin.default_callback
  - ansible.builtin.result_format_callback
options:
  show_unchanged:
    description:
      - Whether to list unchanged environments in the table. Otherwise, they are only counted.
    type: bool
    default: false
    env:
      - name: DYNATRACE_PROGRESS_SHOW_UNCHANGED
    ini:
      - section: callback_dynatrace_progress
        key: show_unchanged
  progress_interval:
    description:
      - Interval in seconds between progress lines if the output is not a terminal.
    type: float
    default: 15
    env:
      - name: DYNATRACE_PROGRESS_INTERVAL
    ini:
      - section: callback_dynatrace_progress
        key: progress_interval
  retry_file:
    description:
      - Path of a file with the names of the hosts that failed or were not reached, for C(--limit @FILE). If there are
        none, the file is removed. By default, no file is written.
    type: path
    env:
      - name: DYNATRACE_PROGRESS_RETRY_FILE
    ini:
      - section: callback_dynatrace_progress
        key: retry_file
requirements:
  - "Set it as the stdout callback with E(ANSIBLE_STDOUT_CALLBACK=community.dynatrace.progress), or with
    C(stdout_callback) in the C(defaults) section of C(ansible.cfg)."
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  stdout_callback = community.dynatrace.progress

  [callback_dynatrace_progress]
  show_unchanged = true
  # Interval in seconds between progress lines if the output is not a terminal.
  progress_interval = 30
  retry_file = retry.txt
command: ansible-playbook -i inventory community.dynatrace.audit -e dynatrace_explain_drift=false
output: |
  bank: would change: archive (paused, last changed by olga@example.com)
  ENVIRONMENT  STATE         SECONDS  WHAT
  bank         would change      0.7  archive (paused, last changed by olga@example.com)
  shop         unchanged         0.6

  2 environments: 1 would change, 1 unchanged. 4 s.
  Report: /reports/audit.html
"""

import functools
from collections.abc import Callable
from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as Default

from ansible_collections.community.dynatrace.plugins.plugin_utils._progress import Progress
from ansible_collections.community.dynatrace.plugins.plugin_utils._progress_screen import (
    Screen,
    expected,
    hosts_of,
    is_fleet,
)

_DEBUG = ("debug", "ansible.builtin.debug", "ansible.legacy.debug")
_COLORS = {
    "failed": "COLOR_ERROR",
    "unreachable": "COLOR_UNREACHABLE",
    "not reached": "COLOR_SKIP",
    "would change": "COLOR_CHANGED",
    "changed": "COLOR_CHANGED",
}


def _or_default(method: Callable[..., None]) -> Callable[..., None]:
    """With ``-v``, call Ansible's own method of the same name instead."""

    @functools.wraps(method)
    def chosen(self: Any, *args: Any, **more: Any) -> None:
        if self._display.verbosity:
            getattr(super(CallbackModule, self), method.__name__)(*args, **more)
        else:
            method(self, *args, **more)

    return chosen


def _quiet(name: str) -> Callable[..., None]:
    """Return a method that prints nothing, except with ``-v``."""

    def method(_self: Any, *_args: Any, **_more: Any) -> None:
        """Nothing."""

    method.__name__ = name
    return _or_default(method)


class CallbackModule(Default):  # type: ignore[misc]
    """Receives events, and passes them on to the counters and the output."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "community.dynatrace.progress"

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress()
        self._screen = Screen(self._progress, self._display.display)
        self._served_together = False

    @_or_default
    def v2_playbook_on_play_start(self, play: Any) -> None:
        """See ``CallbackBase``."""
        self._play = play
        self._screen.show_diffs()
        self._screen.interval = self.get_option("progress_interval")
        if self._progress.play(hosts_of(play), expected(play)):
            self._screen.finish()
            self._served_together = False
        self._screen.refresh()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """See ``CallbackBase``."""
        self._progress.start(host.get_name(), task._uuid)
        if self._display.verbosity:
            super().v2_runner_on_start(host, task)

    @_or_default
    def v2_runner_on_ok(self, result: Any) -> None:
        """See ``CallbackBase``."""
        if result._task.action in _DEBUG:
            self._screen.clear()
            super().v2_runner_on_ok(result)
        else:
            self._ended(result)

    @_or_default
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """See ``CallbackBase``."""
        self._ended(
            result, "" if ignore_errors else str(result._result.get("msg") or "Failed without an error message.")
        )

    @_or_default
    def v2_runner_on_unreachable(self, result: Any) -> None:
        """See ``CallbackBase``."""
        self._ended(result, str(result._result.get("msg") or "Unreachable without an error message."))

    @_or_default
    def v2_runner_on_skipped(self, result: Any) -> None:
        """See ``CallbackBase``."""
        self._ended(result)

    @_or_default
    def v2_on_file_diff(self, result: Any) -> None:
        """See ``CallbackBase``."""
        for one in result._result.get("results") or [result._result]:
            if one.get("changed") and one.get("diff"):
                parts = one["diff"] if isinstance(one["diff"], list) else [one["diff"]]
                self._screen.keep_diff(result._host.get_name(), parts, self._get_diff)

    @_or_default
    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """See ``CallbackBase``."""
        self._screen.show_diffs()

    @_or_default
    def v2_playbook_on_stats(self, stats: Any) -> None:
        """See ``CallbackBase``."""
        hosts = {*stats.processed, *self._progress.environments}
        summaries = {host: stats.summarize(host) for host in hosts}
        self._screen.show_diffs()
        self._screen.finish()
        for state, text in self._progress.table(summaries, unchanged=self.get_option("show_unchanged")):
            self._screen.say(text, getattr(constants, _COLORS.get(str(state), ""), None))
        if self._screen.report:
            self._screen.say(f"Report: {self._screen.report}")
        retry = self._screen.retry(self._progress.again(summaries), self.get_option("retry_file"))
        if retry:
            self._screen.say(retry)

    def _ended(self, result: Any, error: str = "") -> None:
        """Handle the end of a task on a host."""
        found, task = result._result, result._task
        if found.get("warnings") or found.get("deprecations"):
            self._screen.clear()
            self._handle_warnings(found)
        if is_fleet(task) and "environments" in found:
            self._served_together = True
            self._screen.fleet_ended(found, dry=bool(task.check_mode))
        elif not (error and task.run_once and self._served_together):
            # Otherwise, it repeats what the task for all hosts said.
            self._screen.ended(result._host.get_name(), task, found, error)

    v2_playbook_on_no_hosts_matched = _quiet("v2_playbook_on_no_hosts_matched")
    v2_playbook_on_no_hosts_remaining = _quiet("v2_playbook_on_no_hosts_remaining")
    v2_playbook_on_cleanup_task_start = _quiet("v2_playbook_on_cleanup_task_start")
    v2_playbook_on_handler_task_start = _quiet("v2_playbook_on_handler_task_start")
    v2_playbook_on_include = _quiet("v2_playbook_on_include")
    v2_runner_item_on_ok = _quiet("v2_runner_item_on_ok")
    v2_runner_item_on_failed = _quiet("v2_runner_item_on_failed")
    v2_runner_item_on_skipped = _quiet("v2_runner_item_on_skipped")
    v2_runner_retry = _quiet("v2_runner_retry")
