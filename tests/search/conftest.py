# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real search servers for the tests in this folder: each is started once, by the worker that has all its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def server_of(nodeid: str) -> str | None:
    """The server that a test runs on; it begins the identifier of the parameters."""
    identifier = nodeid.rpartition("::")[2].partition("[")[2]
    return next((name for name in sorted(NAMES, key=len, reverse=True) if identifier.startswith(name)), None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All tests of a server are one unit of work. (The groups of xdist 3.8 are lost with pytest 9.2.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByServer(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return server_of(nodeid) or nodeid

    return ByServer(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One server after the other, so that none is started twice."""
    items.sort(key=lambda item: server_of(item.nodeid) or "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a cluster on each server, or on those that its marker names."""
    given = [marker.args[0] for marker in metafunc.definition.iter_markers("parametrize")]
    if "cluster" in metafunc.fixturenames and not any("cluster" in names for names in given):
        marker = metafunc.definition.get_closest_marker("servers")
        metafunc.parametrize("cluster", marker.args if marker else NAMES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, homes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running server."""
    with running(request.param, homes / request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started
