# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas of a reference folder as the engine reads them, each once."""

from __future__ import annotations

import functools
from pathlib import Path

from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.schema_values import load


@functools.cache
def read(index: int, folder: Path) -> Schema:
    """One of the schemas of a folder."""
    return Schema.from_document(load(folder)[index])


def indexes(count: int) -> st.SearchStrategy[int]:
    """The positions of schemas."""
    # The session export schema, which matters most, in a third of all cases.
    return st.one_of(st.just(0), st.integers(0, count - 1), st.integers(0, count - 1))
