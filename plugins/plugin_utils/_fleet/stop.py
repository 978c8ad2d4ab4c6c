# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a run was asked to end: by Ctrl+C, by SIGTERM, or because Ansible ended."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import threading
import time
from typing import Any

# How long a run that was asked to end waits for the environments that it is working on.
_GRACE_SECONDS = 10.0


class Stop:
    """Whether a signal, or the end of the parent process, asked the run to end.

    Use it as a context manager, in the main thread.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._since = 0.0
        self._parent = os.getppid()
        # Shared with the processes that are forked later.
        self._flag = mmap.mmap(-1, 1)
        self._before: dict[int, Any] = {}
        self.read, self._write = os.pipe()
        os.set_blocking(self._write, False)

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.read)
        os.close(self._write)

    def _handle(self, number: int, _frame: object) -> None:
        self.reason = self.reason or signal.Signals(number).name
        self._flag[0] = 1
        with contextlib.suppress(OSError):
            os.write(self._write, b"x")

    def check(self) -> bool:
        """Return whether to end."""
        if not self.reason and os.getppid() != self._parent:
            self.reason = "Ansible ended"
            self._flag[0] = 1
        if self.reason and not self._since:
            self._since = time.monotonic()
        return bool(self.reason)

    @property
    def asked(self) -> bool:
        """Whether to begin nothing more. Safe in threads and in forked processes."""
        return self._flag[0] != 0 or os.getppid() != self._parent

    def follow(self, parent: int) -> None:
        """Follow the process that forked this one."""
        self._parent = parent

    @property
    def overdue(self) -> bool:
        """Whether to end without waiting any longer."""
        return bool(self._since) and time.monotonic() - self._since > _GRACE_SECONDS
