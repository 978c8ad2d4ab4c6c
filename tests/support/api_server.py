# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP server that stands for the Settings API: exactly the requests that are expected, each with its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError

TOKEN = "dt0c01.AAAA.canary-token"
PLATFORM = "/platform/classic/environment-api/v2"

Connect = Callable[..., SettingsClient]


def expect(server: HTTPServer, method: str, path: str, query: dict[str, str] | None = None, **match: Any) -> Any:
    """The next request, with exactly this query; `json` and `headers` in `match`."""
    headers = {"Authorization": f"Api-Token {TOKEN}", "Accept": "application/json", **match.pop("headers", {})}
    return server.expect_ordered_request(path, method=method, query_string=query or {}, headers=headers, **match)


def envelope(status: int, message: str, violations: Any = None) -> dict[str, Any]:
    """The body of an error."""
    return {"error": {"code": status, "message": message, "constraintViolations": violations}}


def failure(call: Callable[[], object]) -> SettingsError:
    """The error of a call."""
    with pytest.raises(SettingsError) as caught:
        call()
    return caught.value
