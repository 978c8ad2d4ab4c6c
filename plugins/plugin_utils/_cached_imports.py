# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports the code of this collection from Python's bytecode cache.

Ansible's own loader of collections compiles each file in each run. For the code of this collection, that takes as long
as the start of a small Ansible.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_PREFIX = "ansible_collections.community.dynatrace.plugins."


class _Finder:
    """Finds the modules of this collection as Python finds any other module."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """See ``importlib.abc.MetaPathFinder``."""
        if not name.startswith(_PREFIX):
            return None
        for folder in path or ():
            found = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)
            # A folder without code is left to Ansible.
            if found is not None and found.loader is not None:
                return found
        return None


@contextlib.contextmanager
def cached_imports() -> Iterator[None]:
    """Import the modules of this collection from the cache, which Python fills if it may write to it."""
    sys.meta_path.insert(0, _Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(_Finder)
