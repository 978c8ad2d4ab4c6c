# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real search servers for the tests in this folder: each is started once for the tests that a worker runs on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.search.cluster import Cluster, running

NAMES = ("elasticsearch7", "elasticsearch8", "opensearch2", "opensearch2-security")


@pytest.fixture(scope="session")
def homes() -> Path:
    """Where the servers are, as `make search` has made them."""
    folder = os.environ.get("SEARCH_SERVERS")
    if not folder:
        pytest.skip("no real search servers: run them by `make search`")
    return Path(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a cluster on each server, or on those that its marker names."""
    given = [marker.args[0] for marker in metafunc.definition.iter_markers("parametrize")]
    if "cluster" in metafunc.fixturenames and "cluster" not in str(given):
        marker = metafunc.definition.get_closest_marker("servers")
        names = marker.args if marker else NAMES
        values = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names]
        metafunc.parametrize("cluster", values, indirect=True, scope="session")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, homes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running server."""
    with running(request.param, homes / request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started
