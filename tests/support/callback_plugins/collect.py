# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes every task result as one line of JSON: what a later task, or a job server, gets to see."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: collect
type: aggregate
short_description: Collect task results as data
description:
  - Writes every task result as one line of JSON to the file that E(COLLECT_FILE) names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """For tests."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "collect"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, status: str, result: Any) -> None:
        line = {
            "status": status,
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "module": result._task.action,
            "result": result._result,
        }
        with open(os.environ["COLLECT_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task succeeded."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A task was skipped."""
        self._write("skipped", result)
