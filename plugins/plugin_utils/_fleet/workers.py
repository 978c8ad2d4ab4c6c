# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes and threads: a process for each core computes, its threads wait for the network.

The parent sends names of hosts to its processes and collects what became of them. A process reads the variables of a
host in its main thread, because rendering is not safe in threads, and hands the work to a thread. Before it begins with
a host, it asks whether the run was asked to end, and reports that it begins: so the parent knows which hosts a process
that was killed had not begun.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from enum import Enum
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from .stop import Stop

# For fewer environments, a separate process costs more than it saves.
_WORTH_A_PROCESS = 12


class Message(Enum):
    """What takes the place of a result."""

    READING = "the variables of a host are read"
    BEGUN = "the work for a host begins"
    NOT_BEGUN = "the run was asked to end before"


@dataclass(frozen=True)
class Work:
    """What is done for a host. Each result must be picklable.

    :param prepare: called in the main thread of a process.
    :param run: called in a thread with what ``prepare`` returned.
    :param lost: returns the result for a host that has none, because its process ended or because of an exception. Its
        last argument is whether the work for the host had begun.
    :param alone: returns what has to be the same for hosts that are processed at the same time: the environment
        variables of the process.
    :param enter: called with that before.
    """

    prepare: Callable[[str], Any]
    run: Callable[[Any], Any]
    lost: Callable[[str, BaseException | None, bool], Any]
    alone: Callable[[Any], Any]
    enter: Callable[[Any], None]


@dataclass
class _Process:
    """A process, and the hosts that it has not answered for."""

    pid: int
    connection: Connection
    # With the last message about each.
    hosts: dict[str, Message | None] = field(default_factory=dict)

    def send(self, host: str) -> None:
        self.hosts[host] = None
        self.connection.send(host)

    def received(self) -> Iterator[tuple[str, Any]]:
        """Wait for a message, and yield it if it is a result."""
        host, result = self.connection.recv()
        if isinstance(result, Message) and result is not Message.NOT_BEGUN:
            self.hosts[host] = result
            return
        self.hosts.pop(host, None)
        if result is not Message.NOT_BEGUN:
            yield host, result

    def rest(self) -> Iterator[tuple[str, Any]]:
        """Yield the results that the process left behind."""
        with contextlib.suppress(EOFError, OSError):
            while self.connection.poll():
                yield from self.received()


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
        self._count, self._threads = min(processes, max(1, threads)), max(1, threads)
        self._processes: list[_Process] = []
        # Hosts whose variables a process read when it ended. They get a second one.
        self._suspects: set[str] = set()

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
        while pending or any(process.hosts for process in self._processes):
            if self._stop.check():
                pending.clear()
            if self._stop.overdue:
                yield from self._abandon()
                return
            # The end of its results, which follows, says which process it was.
            with contextlib.suppress(OSError):
                self._send(pending)
            processes = {process.connection: process for process in self._processes}
            for ready in wait([self._stop.read, *processes], self._seconds):
                if not isinstance(ready, Connection):
                    os.read(self._stop.read, 1)
                    continue
                try:
                    yield from processes[ready].received()
                except (EOFError, OSError):
                    yield from self._replace(processes[ready], pending)
            self._tick()

    def _send(self, pending: deque[str]) -> None:
        """Give each process as many hosts as it may work on at the same time."""
        most = -(-self._threads // len(self._processes))
        for process in self._processes:
            while (
                pending and len(process.hosts) < most and sum(len(one.hosts) for one in self._processes) < self._threads
            ):
                process.send(pending.popleft())

    def _replace(self, process: _Process, pending: deque[str]) -> Iterator[tuple[str, Any]]:
        """Start a process in the place of one that ended, and yield results for the hosts that it had begun."""
        index = self._processes.index(process)
        self._processes.remove(process)
        self._close(process)
        self._processes.insert(index, self._start())
        begun = [host for host, message in process.hosts.items() if message is Message.BEGUN]
        # A process reads the variables of one host after the other. Perhaps it ended because of the last one.
        reading = [host for host, message in process.hosts.items() if message is Message.READING][-1:]
        failed = self._suspects.intersection(reading)
        self._suspects.update(reading)
        for host in (*begun, *failed):
            yield host, self._work.lost(host, None, host in begun)
        if not self._stop.asked:
            pending.extendleft(reversed([host for host in process.hosts if host not in (*begun, *failed)]))

    def _abandon(self) -> Iterator[tuple[str, Any]]:
        """End all processes, and yield results for the hosts that they had begun."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            yield from process.rest()
            for host, message in process.hosts.items():
                if message is Message.BEGUN:
                    yield host, self._work.lost(host, None, True)
            process.hosts.clear()

    @staticmethod
    def _close(process: _Process) -> None:
        process.connection.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, 0)

    def _start(self) -> _Process:
        own, other = Pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            other.close()
            return _Process(pid, own)
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                # The parent says when to end.
                signal.signal(number, signal.SIG_IGN)
            self._stop.follow(parent)
            for connection in (own, *(process.connection for process in self._processes)):
                # The parent closes these to say so.
                connection.close()
            self._serve(other)
            os._exit(0)
        except BaseException:
            os._exit(1)

    def _serve(self, connection: Connection) -> None:
        """Process the hosts that are sent to this process."""
        lock = threading.Lock()

        def send(host: str, result: Any) -> None:
            with lock:
                try:
                    connection.send((host, result))
                except Exception as error:
                    connection.send((host, self._work.lost(host, error, True)))

        # The parent sends no more hosts than are to be processed at the same time.
        with ThreadPoolExecutor(self._threads) as pool:
            running = _Running(pool, self._work, self._stop, send)
            while (host := _next(connection)) is not None:
                send(host, Message.READING)
                if not self._start_host(running, host):
                    send(host, Message.NOT_BEGUN)

    def _start_host(self, running: _Running, host: str) -> bool:
        """Start a host as soon as it may run; return whether it was started before the run was asked to end."""
        if self._stop.asked:
            return False
        prepared = self._work.prepare(host)
        while not self._stop.asked:
            if running.start(host, prepared):
                return True
            running.wait(self._seconds)
        return False

    def _in_threads(self, hosts: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Process a few hosts in threads of this process."""
        messages: deque[tuple[str, Any]] = deque()
        begun: dict[str, None] = {}
        pool = ThreadPoolExecutor(min(self._threads, max(1, len(hosts))))
        running = _Running(pool, self._work, self._stop, lambda host, message: messages.append((host, message)))
        pending = deque(hosts)
        prepared: Any = None
        while pending or len(running) or messages:
            if self._stop.check():
                pending.clear()
            if self._stop.overdue:
                break
            if pending and prepared is None and len(running) < self._threads:
                prepared = self._work.prepare(pending[0])
            if pending and prepared is not None and running.start(pending[0], prepared):
                pending.popleft()
                prepared = None
            elif not messages:
                running.wait(self._seconds)
            while messages:
                host, message = messages.popleft()
                if message is Message.BEGUN:
                    begun[host] = None
                    continue
                begun.pop(host, None)
                if message is not Message.NOT_BEGUN:
                    yield host, message
            self._tick()
        # After a stop, nothing waits for the threads: the process ends soon.
        pool.shutdown(wait=not len(running))
        for host in begun:
            yield host, self._work.lost(host, None, True)


class _Running:
    """The hosts that are being processed in threads of this process.

    :param send: called in a thread with a host, and with its result or a message.
    """

    def __init__(self, pool: ThreadPoolExecutor, work: Work, stop: Stop, send: Callable[[str, Any], None]) -> None:
        self._pool, self._work, self._stop, self._send = pool, work, stop, send
        self._futures: set[Future[None]] = set()
        self._environ: Any = None

    def __len__(self) -> int:
        return len(self._futures)

    def start(self, host: str, prepared: Any) -> bool:
        """Start a host, unless it has to wait until those with other environment variables are done."""
        environ = self._work.alone(prepared)
        if environ != self._environ:
            # Threads share it.
            if self._futures:
                return False
            self._work.enter(environ)
            self._environ = environ
        context = contextvars.copy_context()
        future = self._pool.submit(self._process, host, lambda: context.run(self._result, host, prepared))
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return True

    def _process(self, host: str, result: Callable[[], Any]) -> None:
        if self._stop.asked:
            self._send(host, Message.NOT_BEGUN)
            return
        self._send(host, Message.BEGUN)
        self._send(host, result())

    def _result(self, host: str, prepared: Any) -> Any:
        try:
            return self._work.run(prepared)
        except BaseException as error:  # even SystemExit: the caller waits for a result of each host
            return self._work.lost(host, error, True)

    def wait(self, seconds: float) -> None:
        """Wait until one of the hosts is done."""
        wait_for(tuple(self._futures), seconds, FIRST_COMPLETED)


def _next(connection: Connection) -> str | None:
    """The next host; ``None`` if the parent sends no other."""
    try:
        return str(connection.recv())
    except (EOFError, ConnectionError):
        return None
