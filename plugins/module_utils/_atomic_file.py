# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Files that are written whole or not at all, for nobody but who runs Ansible."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: str, content: str) -> str:
    """Write a file in one step, readable for its owner only (mode 0600). Missing folders are made (mode 0700).

    :returns: its absolute path.
    :raises OSError: it cannot be written; what was there is still there.
    """
    target = place(path)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return str(target)


def remove(path: str) -> None:
    """Remove a file, if it is there.

    :raises OSError: it cannot be removed.
    """
    place(path).unlink(missing_ok=True)


def place(path: str) -> Path:
    """A path as it was given, made absolute: from the folder in which Ansible was started."""
    return Path(path).expanduser().absolute()
