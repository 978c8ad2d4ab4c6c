# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers for the tests of one file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    World,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import Stage


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def stage(world: World) -> Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        yield Stage(world, stack)
