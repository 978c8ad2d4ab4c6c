# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback, and clients of it; the schemas of the reference folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.tests.support.api_server import TOKEN, Connect
from ansible_collections.community.dynatrace.tests.support.schema_values import load


@pytest.fixture(scope="module")
def running_server() -> Iterator[HTTPServer]:
    # Stopping one takes half a second, so the tests of a file share it.
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


@pytest.fixture
def server(running_server: HTTPServer) -> Iterator[HTTPServer]:
    """A server that expects nothing yet, and complains in the end about what was not expected."""
    running_server.clear()
    yield running_server
    running_server.check_assertions()


@pytest.fixture
def connect(server: HTTPServer) -> Iterator[Connect]:
    """Clients of the server that do not wait, except on request."""
    made: list[SettingsClient] = []

    def connected(
        credentials: Any = None, *, path: str = "/e/env1", redact: Callable[[str], str] = str, **more: Any
    ) -> SettingsClient:
        more = {"retry_timeout": 0.0, "timeout": 5.0, **more}
        client = SettingsClient(
            Connection(server.url_for(path), credentials or AccessToken(TOKEN), **more), redact=redact
        )
        made.append(client)
        return client

    yield connected
    for client in made:
        client.close()


@pytest.fixture(scope="module")
def documents(reference: Path, is_corpus: bool) -> tuple[dict[str, Any], ...]:
    """The schemas of a reference folder."""
    found = load(reference)
    assert len(found) > (200 if is_corpus else 10)
    return found
