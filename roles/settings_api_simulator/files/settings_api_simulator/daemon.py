# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Going to the background: the command ends when the server listens, or with the reason why it does not."""

from __future__ import annotations

import json
import os
import select
import signal
import ssl
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from .behavior_flags import ConfigError
from .control_access import TOKEN_HEADER


def redirect(log_file: Path) -> None:
    """Standard output and error go to a file that only its owner may read; nothing comes in."""
    try:
        log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise ConfigError(f"cannot write {log_file}: {error.strerror}") from None
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(nothing)
    os.close(log)


def background(log_file: Path, timeout: float) -> Callable[[str], None]:
    """Leaves the caller's session. Returns in the new process only.

    :returns: to be called once, with an empty text when the server listens, else with the reason.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        os.waitpid(child, 0)
        _wait(reader, log_file, timeout)
    os.close(reader)
    os.setsid()
    if os.fork():
        os._exit(0)
    redirect(log_file)

    def report(reason: str) -> None:
        os.write(writer, b"+" + reason.encode())
        os.close(writer)

    return report


def stop(ready_file: Path | None, timeout: float) -> int:
    """Ends the simulator of a ready file by its process id, once it has answered with that id.

    A ready file can be left over from a killed process, whose ID another process may have by now.

    :raises ConfigError: it did not end in time.
    """
    if ready_file is None:
        raise ConfigError("--stop needs --ready-file")
    try:
        ready = json.loads(ready_file.read_text(encoding="utf-8"))
        pid, url, token = int(ready["pid"]), str(ready["control_url"]), str(ready.get("control_token", ""))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"{ready_file} is not a ready file") from None
    if not _is_there(url, token, pid):
        return 0
    end = time.monotonic() + timeout
    os.kill(pid, signal.SIGTERM)
    # The ready file is removed last. Not every PID 1 reaps its children, so the process ID alone is not enough.
    while ready_file.exists() and is_running(pid):
        if time.monotonic() > end:
            raise ConfigError(f"process {pid} did not end within {timeout:g} seconds")
        time.sleep(0.02)
    return 0


def _is_there(url: str, token: str, pid: int) -> bool:
    # It is a loopback address, maybe with a self-signed certificate, and the request asks for the process ID only.
    context = ssl._create_unverified_context()  # noqa: S323
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        request = urllib.request.Request(f"{url}/", headers={TOKEN_HEADER: token})  # noqa: S310
        with urllib.request.build_opener(*handlers).open(request, timeout=5) as answer:
            return bool(json.loads(answer.read())["pid"] == pid)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait(reader: int, log_file: Path, timeout: float) -> NoReturn:
    ready, _writable, _broken = select.select([reader], [], [], timeout)
    text = os.read(reader, 65536).decode() if ready else ""
    if text == "+":
        raise SystemExit(0)
    reason = text[1:] or f"settings_api_simulator: it did not start; its log is {log_file}"
    print(reason, file=sys.stderr)
    raise SystemExit(2)
