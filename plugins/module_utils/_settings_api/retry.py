# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Patience with a throttling or unavailable API, on top of urllib3's Retry.

Import it only when requests is known to be there.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

try:
    from urllib3.exceptions import (
        ConnectTimeoutError,
        MaxRetryError,
        NewConnectionError,
        ProtocolError,
        ProxyError,
        ReadTimeoutError,
        ResponseError,
    )
    from urllib3.util.retry import Retry
except ImportError:  # the client says so before it gets here
    Retry = object  # type: ignore[assignment,misc]

READS = frozenset({"GET"})
_UNAVAILABLE = frozenset({500, 502, 503, 504})
# Statuses that ask the client to wait. For others, only the status is reported in the end.
_PATIENT = frozenset({429, 503})
_MAX_BACKOFF = 20.0
# A reset time is the less trusted header: not followed further than this, then asked again.
_MAX_RESET = 20.0
# Bytes of a refusal that are read to keep the connection; urllib3 would read without any limit.
_DRAINED = 4096
# "Retry-After: 0" for ever must not become a busy loop.
_LEAST_PART = 0.1


class OutOfPatienceError(Exception):
    """The next wait would exceed the budget.

    :param wanted: seconds that the API asks to wait.
    """

    def __init__(self, status: int | None, wanted: float) -> None:
        super().__init__()
        self.status = status
        self.wanted = wanted


@dataclass
class Patience:
    """The budget of one run, shared by all its requests. Safe in threads.

    ``waited`` counts the time in which several requests wait only once.
    """

    budget: float
    waited: float = 0.0
    repeated: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    _until: float = 0.0
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def wait(self, seconds: float, reason: str, status: int | None) -> None:
        """Sleep.

        :raises OutOfPatienceError: instead of sleeping for nothing.
        """
        if not self.pause(seconds, reason):
            raise OutOfPatienceError(status, seconds)
        with self._lock:
            self.repeated += 1

    def pause(self, seconds: float, reason: str) -> bool:
        """Wait before a request that the caller repeats; without waiting it is false where nothing is left for it."""
        with self._lock:
            if not self.affords(seconds):
                return False
            ends = time.monotonic() + seconds
            self.waited += self._additional(seconds)
            self._until = max(self._until, ends)
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        try:
            time.sleep(seconds)
        finally:
            with self._lock:
                if self._until == ends:
                    self._until = 0.0
        return True

    def hold(self) -> None:
        """Before another request: wait as long as one of those under way waits, because it is the same environment."""
        while (left := self._until - time.monotonic()) > 0:
            time.sleep(left)

    def affords(self, seconds: float) -> bool:
        """Whether a wait fits into what is left."""
        return self.waited + self._additional(seconds) <= self.budget

    def _additional(self, seconds: float) -> float:
        """The part of a wait in which no other request waits."""
        left = self._until - time.monotonic()
        return max(0.0, seconds - left) if left > 0 else seconds

    @property
    def notes(self) -> list[str]:
        """Describe the wait."""
        if not self.reasons:
            return []
        why = ", ".join(f"{reason} ({count} times)" for reason, count in self.reasons.items())
        return [f"Waited {self.waited:.1f} s in total: {why}."]


def asked_wait(headers: Any, now: float | None = None) -> float | None:
    """Seconds that an answer asks to wait, by ``Retry-After`` or ``X-RateLimit-Reset``.

    Sources contradict each other about the unit of the reset time (settings-api 3.11). The magnitude determines it.

    :param now: for times; by default that of the server, because the clock here may be wrong, or be set meanwhile.
    """
    now = _server_time(headers) if now is None else now
    text = str(headers.get("Retry-After") or "").strip()
    if text:
        try:
            return max(0.0, float(text))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except (ValueError, TypeError, OverflowError):
            pass
    try:
        reset = float(str(headers.get("X-RateLimit-Reset") or ""))
    except ValueError:
        return None
    if not 0 <= reset < 1e18:
        return None
    for unit in (1e14, 1e11):
        if reset > unit:
            reset /= 1e6 if unit == 1e14 else 1e3
            break
    # A small number is a span, not a time.
    return min(_MAX_RESET, reset if reset < 1e6 else max(0.0, reset - now))


def _server_time(headers: Any) -> float:
    try:
        return parsedate_to_datetime(str(headers.get("Date") or "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return time.time()


def was_refused(error: BaseException) -> bool:
    """Whether a connection was refused, or a tunnel, before anything of a request was sent."""
    return isinstance(error, (NewConnectionError, ConnectTimeoutError)) or (
        isinstance(error, OSError) and "Tunnel connection failed" in str(error)
    )


class PatientRetry(Retry):
    """Repeats what was certainly not applied: reads, refused connections, and 429. Never another write.

    :param method: how to treat the request, which need not be how it is sent: asking for a token is a POST that reads.
    """

    def __init__(self, *args: Any, patience: Patience, method: str, **more: Any) -> None:
        self.patience = patience
        self.treated_as = method
        self.pause = 0.0
        self.causes: tuple[BaseException, ...] = ()
        super().__init__(*args, **more)

    @classmethod
    def start(cls, patience: Patience, method: str) -> PatientRetry:
        """For one request. How often an answer may put it off is limited by the budget alone."""
        return cls(
            total=None,
            connect=2,
            read=2,
            other=0,
            redirect=0,
            status=None,
            raise_on_status=False,
            allowed_methods=None,
            patience=patience,
            method=method,
        )

    def new(self, **more: Any) -> PatientRetry:
        """The next state, with the same budget."""
        fresh: PatientRetry = super().new(patience=self.patience, method=self.treated_as, **more)
        return fresh

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """429 was refused before it was looked at; any other trouble may have come after a write was applied.

        That includes 503 with Retry-After: a gateway that lost its server sends it too, after the write went through.
        """
        return status_code == 429 or (self.treated_as in READS and status_code in _UNAVAILABLE)

    def increment(self, method: str | None = None, *args: Any, **more: Any) -> PatientRetry:
        """Count a failure.

        :raises Exception: the failure itself, when the request must not be repeated.
        """
        error = more.get("error")
        if error is not None:
            # urllib3 blames the proxy, if there is one, also for what broke after the request was sent.
            cause = error.original_error if isinstance(error, ProxyError) else error
            never_sent = isinstance(cause, (NewConnectionError, ConnectTimeoutError))
            broke = isinstance(cause, (ProtocolError, ReadTimeoutError, HTTPException, ConnectionError))
            if not never_sent and not (broke and self.treated_as in READS):
                raise error
            # urllib3 2 does not count a refused connection as a connection error.
            more["error"] = ConnectTimeoutError("refused") if never_sent else ProtocolError("broke")
            try:
                fresh: PatientRetry = super().increment(method, *args, **more)
            except Exception:
                raise error from None
            fresh.causes = (error,)
        else:
            fresh = super().increment(method, *args, **more)
        response = more.get("response")
        fresh.pause = fresh._pause(response)
        if response is not None and response.status not in _PATIENT and not self.patience.affords(fresh.pause):
            # Not a matter of patience: let the answer itself say what failed.
            raise MaxRetryError(more.get("_pool"), "", ResponseError("status"))  # type: ignore[arg-type]
        if response is not None and (response.length_remaining is None or response.length_remaining > _DRAINED):
            response.close()
        return fresh

    def _pause(self, response: Any) -> float:
        """Seconds: as the answer asks, or a growing while with some chance in it."""
        backoff: float = min(_MAX_BACKOFF, 0.5 * 2 ** min(len(self.history) - 1, 10)) * random.uniform(0.9, 1.1)  # noqa: S311
        asked = asked_wait(response.headers) if response is not None else None
        return backoff if asked is None else max(asked, min(1.0, backoff * _LEAST_PART))

    def sleep(self, response: Any = None) -> None:
        """Wait before the next try.

        :raises OutOfPatienceError: the budget does not allow it.
        :raises Exception: the same, after a connection that failed: the failure, which says more.
        """
        status = response.status if response is not None else None
        reason = "no connection" if status is None else "the API throttled" if status == 429 else f"status {status}"
        if not self.patience.affords(self.pause):
            for cause in self.causes:
                raise cause from None
        self.patience.wait(self.pause, reason, status)
