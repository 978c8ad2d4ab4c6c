# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates for the tests of one file."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    World,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))
