# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of a fleet task: one line that is updated in a terminal, plain lines at intervals elsewhere.

A task works in a process that has no terminal of its own: it passes texts to Ansible, which writes them.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.community.dynatrace.plugins.plugin_utils._progress import CLEAR, Progress, is_terminal

_REFRESH_SECONDS, _LINE_SECONDS = 0.2, 5.0

# Asked before Ansible starts the process of the task, which loses the terminal.
TERMINAL = is_terminal(sys.stderr)
WIDTH = shutil.get_terminal_size().columns


class Terminal:
    """Writes progress.

    :param display: Ansible's ``Display``.
    :param quiet: whether to write nothing.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        display: Any,
        *,
        quiet: bool,
        terminal: bool = TERMINAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = Progress(clock)
        self.progress.play(hosts, 1)
        self._display, self._quiet, self._terminal, self._clock = display, quiet, terminal, clock
        self._last = clock()
        self._drawn = False

    def tick(self) -> None:
        """Write the line if it is due."""
        if self._quiet:
            return
        now = self._clock()
        if self._terminal:
            if now - self._last >= _REFRESH_SECONDS:
                self._last = now
                self._drawn = True
                self._write(CLEAR + self.progress.line(WIDTH), newline=False)
        elif now - self._last >= _LINE_SECONDS:
            self._last = now
            self._write(self.progress.line(), newline=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._drawn:
            self._write(CLEAR, newline=False)
            self._drawn = False

    def table(self) -> Iterator[str]:
        """Yield the lines of the table of environments."""
        for _state, text in self.progress.table({}):
            yield text

    def _write(self, text: str, *, newline: bool) -> None:
        # Standard output may be read by a program.
        self._display.display(text, stderr=True, screen_only=True, newline=newline)
