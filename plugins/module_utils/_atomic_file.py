# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Writes files atomically, readable only for the user who runs Ansible."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: str, content: str) -> str:
    """Write a file atomically, readable only for its owner (mode 0600). Create missing directories (mode 0700).

    :returns: the absolute path.
    :raises OSError: if it cannot be written. An existing file is then unchanged.
    """
    target = place(path)
    make_directory(target.parent)
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


def make_directory(directory: Path) -> None:
    """Create a directory and the missing ones above it, all of them for the owner only (mode 0700).

    :raises OSError: if one cannot be created.
    """
    # Path.mkdir gives the mode to the last one only, and the others follow the umask.
    for missing in reversed([one for one in (directory, *directory.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def remove(path: str) -> None:
    """Remove a file if it exists.

    :raises OSError: if it cannot be removed.
    """
    place(path).unlink(missing_ok=True)


def place(path: str) -> Path:
    """Return the absolute path, relative to the directory in which Ansible was started."""
    return Path(path).expanduser().absolute()
