# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes and threads: a process for each core computes, its threads wait for the network.

The parent sends names of hosts to its processes and collects what became of them. A process reads the variables of a
host in its main thread, because rendering is not safe in threads, and hands the work to a thread. It takes no further
host when the parent closes the pipe, or ends.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import pickle
import selectors
import signal
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

_HEAD = struct.Struct("!I")
# For fewer environments, a separate process costs more than it saves.
_WORTH_A_PROCESS = 12
# What is sent ahead, so that a process does not wait for its parent.
_AHEAD = 4
# How long a run that was asked to end waits for the environments that it is working on.
_GRACE_SECONDS = 10.0


class Ended(Exception):
    """A process ended before it had answered for all of its hosts."""


@dataclass(frozen=True)
class Work:
    """What is done for a host. Each result must be picklable.

    :param prepare: called in the main thread of a process.
    :param run: called in a thread with what ``prepare`` returned.
    :param lost: returns the result for a host that has none, because its process ended or because of an exception.
    :param alone: returns what has to be the same for hosts that are processed at the same time: the environment
        variables of the process.
    :param enter: called with that before.
    """

    prepare: Callable[[str], Any]
    run: Callable[[Any], Any]
    lost: Callable[[str, BaseException | None], Any]
    alone: Callable[[Any], Any]
    enter: Callable[[Any], None]


class Stop:
    """Whether a signal, or the end of the parent process, asked the run to end.

    Use it as a context manager, in the main thread.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._since = 0.0
        self._parent = os.getppid()
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
        with contextlib.suppress(OSError):
            os.write(self._write, b"x")

    def check(self) -> bool:
        """Return whether to end."""
        if not self.reason and os.getppid() != self._parent:
            self.reason = "Ansible ended"
        if self.reason and not self._since:
            self._since = time.monotonic()
        return bool(self.reason)

    @property
    def overdue(self) -> bool:
        """Whether to end without waiting any longer."""
        return bool(self._since) and time.monotonic() - self._since > _GRACE_SECONDS


@dataclass
class _Process:
    """A process, and the hosts that it has not answered for."""

    pid: int
    commands: int
    results: int
    hosts: dict[str, None] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)

    def send(self, host: str) -> None:
        self.hosts[host] = None
        text = host.encode(errors="surrogatepass")
        try:
            os.write(self.commands, _HEAD.pack(len(text)) + text)
        except OSError as error:
            raise Ended from error

    def received(self) -> Iterator[tuple[str, Any]]:
        """Return the results that can be read now."""
        part = os.read(self.results, 1 << 20)
        if not part:
            raise Ended
        self.data += part
        while len(self.data) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self.data)
            if len(self.data) < _HEAD.size + size:
                return
            host, result = pickle.loads(bytes(self.data[_HEAD.size : _HEAD.size + size]))  # noqa: S301 - our own process
            del self.data[: _HEAD.size + size]
            self.hosts.pop(host, None)
            yield host, result


class Workers:
    """Processes hosts. Use it as a context manager.

    :param processes: number of processes; with one, everything happens in this process.
    :param threads: number of hosts that are processed at the same time.
    :param tick: called at least every ``seconds``.
    """

    def __init__(
        self,
        work: Work,
        stop: Stop,
        *,
        processes: int,
        threads: int,
        tick: Callable[[], None],
        seconds: float = 0.2,
    ) -> None:
        self._work, self._stop, self._tick, self._seconds = work, stop, tick, seconds
        self._count, self._threads = processes, max(1, threads)
        self._processes: list[_Process] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_exc: object) -> None:
        for process in self._processes:
            self._close(process)
        self._processes.clear()

    def outcomes(self, hosts: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Process hosts, and yield their results as they come. After a stop, some have none."""
        count = min(self._count, -(-len(hosts) // _WORTH_A_PROCESS))
        if count < 2 and not self._processes:
            yield from self._in_threads(hosts)
            return
        while len(self._processes) < count:
            self._processes.append(self._start())
        yield from self._in_processes(deque(hosts))

    def _in_processes(self, pending: deque[str]) -> Iterator[tuple[str, Any]]:
        most = -(-self._threads // len(self._processes)) + _AHEAD
        while pending or any(process.hosts for process in self._processes):
            with selectors.DefaultSelector() as selector:
                selector.register(self._stop.read, selectors.EVENT_READ, None)
                for process in self._processes:
                    selector.register(process.results, selectors.EVENT_READ, process)
                if self._stop.check():
                    pending.clear()
                if self._stop.overdue:
                    yield from self._abandon()
                    return
                for index, process in enumerate(self._processes):
                    try:
                        while pending and len(process.hosts) < most:
                            process.send(pending.popleft())
                    except Ended:
                        yield from self._replace(index)
                        break
                else:
                    for key, _events in selector.select(self._seconds):
                        if key.data is None:
                            os.read(self._stop.read, 1)
                            continue
                        try:
                            yield from key.data.received()
                        except Ended:
                            yield from self._replace(self._processes.index(key.data))
            self._tick()

    def _replace(self, index: int) -> Iterator[tuple[str, Any]]:
        """Replace a process that ended, and yield results for its hosts."""
        process = self._processes.pop(index)
        self._close(process)
        self._processes.insert(index, self._start())
        for host in process.hosts:
            yield host, self._work.lost(host, None)

    def _abandon(self) -> Iterator[tuple[str, Any]]:
        """End all processes, and yield results for the hosts that they had."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            for host in process.hosts:
                yield host, self._work.lost(host, None)
            process.hosts.clear()

    @staticmethod
    def _close(process: _Process) -> None:
        for descriptor in (process.commands, process.results):
            os.close(descriptor)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, 0)

    def _start(self) -> _Process:
        command_read, command_write = os.pipe()
        result_read, result_write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(command_read)
            os.close(result_write)
            return _Process(pid, command_write, result_read)
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                # The parent says when to end.
                signal.signal(number, signal.SIG_IGN)
            for process in self._processes:
                # The parent closes these to say so.
                os.close(process.commands)
                os.close(process.results)
            os.close(command_write)
            os.close(result_read)
            self._serve(command_read, result_write)
            os._exit(0)
        except BaseException:
            os._exit(1)

    def _serve(self, commands: int, results: int) -> None:
        """Process the hosts that are sent to this process."""
        lock = threading.Lock()

        def send(host: str, result: Any) -> None:
            try:
                content = pickle.dumps((host, result), pickle.HIGHEST_PROTOCOL)
            except Exception as error:
                content = pickle.dumps((host, self._work.lost(host, error)), pickle.HIGHEST_PROTOCOL)
            with lock:
                _write_all(results, _HEAD.pack(len(content)) + content)

        def names() -> Iterator[str]:
            with os.fdopen(commands, "rb", buffering=0) as file:
                while head := _read_all(file.fileno(), _HEAD.size):
                    yield _read_all(file.fileno(), _HEAD.unpack(head)[0]).decode(errors="surrogatepass")

        own = -(-self._threads // max(1, self._count))
        with ThreadPoolExecutor(own) as pool:
            running = _Running(pool, self._work)
            for host in names():
                running.start(host, send)

    def _in_threads(self, hosts: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Process a few hosts in threads of this process."""
        done: deque[tuple[str, Any]] = deque()
        open_hosts: dict[str, None] = {}
        pool = ThreadPoolExecutor(min(self._threads, max(1, len(hosts))))
        running = _Running(pool, self._work)
        pending = deque(hosts)
        while pending or open_hosts:
            if self._stop.check():
                pending.clear()
            if self._stop.overdue:
                break
            if pending and len(open_hosts) < self._threads:
                host = pending.popleft()
                open_hosts[host] = None
                running.start(host, lambda name, result: done.append((name, result)))
            elif not done:
                running.wait(self._seconds)
            while done:
                name, result = done.popleft()
                open_hosts.pop(name, None)
                yield name, result
            self._tick()
        # After a stop, nothing waits for the threads: the process ends soon.
        pool.shutdown(wait=not open_hosts)
        for host in open_hosts:
            yield host, self._work.lost(host, None)


class _Running:
    """The hosts that are being processed in threads of this process."""

    def __init__(self, pool: ThreadPoolExecutor, work: Work) -> None:
        self._pool, self._work = pool, work
        self._futures: set[Future[None]] = set()
        self._environ: Any = None

    def start(self, host: str, done: Callable[[str, Any], None]) -> None:
        prepared = self._work.prepare(host)
        environ = self._work.alone(prepared)
        if environ != self._environ:
            # Threads share it, so that hosts with another one have to wait.
            while self.wait(None):
                pass
            self._work.enter(environ)
            self._environ = environ
        context = contextvars.copy_context()
        future = self._pool.submit(lambda: done(host, context.run(self._result, host, prepared)))
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)

    def _result(self, host: str, prepared: Any) -> Any:
        try:
            return self._work.run(prepared)
        except BaseException as error:  # even SystemExit: the caller waits for a result of each host
            return self._work.lost(host, error)

    def wait(self, seconds: float | None) -> bool:
        """Wait until one of the hosts is done; return whether some were left before."""
        future = next(iter(tuple(self._futures)), None)
        if future is None:
            return False
        with contextlib.suppress(Exception):
            future.result(seconds)
        return True


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _read_all(descriptor: int, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = os.read(descriptor, size - len(found))
        if not part:
            return b""
        found += part
    return found
