# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator per test process, a fresh environment per test, and a client that checks every answer."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator

from .client import Api, OpenApi

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator(["saas"]) as running:
        yield running


@pytest.fixture
def env(simulator: Simulator) -> str:
    """An environment of this test's own."""
    name = f"env{next(_numbers):05d}"
    simulator.add_environment(name)
    return name


@pytest.fixture(scope="session")
def openapi() -> OpenApi:
    """The description of the API that every answer is checked against: the corpus' if there is one, else our own."""
    folder = os.environ.get("DYNATRACE_REFERENCE") or Path(__file__).resolve().parents[1] / "reference"
    return OpenApi(json.loads((Path(folder) / "settings-api.openapi.json").read_text(encoding="utf-8")))


@pytest.fixture
def connect(simulator: Simulator, openapi: OpenApi) -> Iterator[Callable[..., Api]]:
    """Makes clients: of an environment, with one of its tokens."""
    made: list[Api] = []

    def connected(env: str | None = None, token: str = "full", **more: Any) -> Api:
        api = Api(simulator.managed_url(env), simulator.token(env, token), openapi, **more)
        made.append(api)
        return api

    yield connected
    for api in made:
        api.close()


@pytest.fixture
def api(connect: Callable[..., Api], env: str) -> Api:
    """A client with full rights on the test's own environment."""
    return connect(env)
