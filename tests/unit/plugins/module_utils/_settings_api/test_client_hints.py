# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to check after an error: an address without the ID of an environment, credentials that are rejected, a port."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import urllib3

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth.credentials import Credentials
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.auth.platform_token import PlatformToken
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    OtherServer,
    SettingsError,
    TokenRejected,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.transport import (
    Reply,
    connection_error,
)

ACCESS = AccessToken("dt0c01.AAAA.BBBB")
PLATFORM = PlatformToken("dt0s16.AAAA.BBBB")
MANAGED, SAAS = "https://dynatrace.example.com", "https://abc12345.live.dynatrace.com"
ID = "The address of a Managed environment must end with /e/<id>."


def refused(url: str, status: int, body: Any = None, credentials: Credentials = ACCESS) -> SettingsError:
    with SettingsClient(Connection(url, credentials)) as client, pytest.raises(SettingsError) as failed:
        client._checked(Reply(status, body), "GET /settings/objects", write=False)
    return failed.value


@pytest.mark.parametrize(
    ("url", "missing"),
    [(MANAGED, True), (f"{MANAGED}/e/0f1e2d3c", False), (SAAS, False)],
    ids=["cluster", "id", "saas"],
)
def test_the_id_that_the_address_of_a_managed_environment_needs(url: str, missing: bool) -> None:
    """The API answers 404 in JSON; the cluster itself answers something else, or rejects the token."""
    other = refused(url, 404)
    assert isinstance(other, OtherServer)
    assert other.hint.startswith("Check that environment_url is the base URL of an environment.")
    rejected = refused(url, 401, {"error": {"code": 401, "message": "Token Authentication failed"}})
    assert isinstance(rejected, TokenRejected)
    assert (ID in other.hint, ID in rejected.hint) == (missing, missing)


def test_what_to_check_of_rejected_credentials_depends_on_their_kind() -> None:
    body = {"error": {"code": 401, "message": "Unauthorized"}}
    assert (
        refused(SAAS, 401, body).hint == "Check that it belongs to this environment, has not expired, and is enabled."
    )
    hint = refused(SAAS.replace("live", "apps"), 401, body, PLATFORM).hint
    for part in ("platform token is enabled, has not expired", "the user who created it still has access"):
        assert part in hint, hint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example.com/api", "a.example.com:443"),
        ("https://a.example.com:9999/e/x/api", "a.example.com:9999"),
        ("http://127.0.0.1/api", "127.0.0.1:80"),
        ("https://[::1]:8443/api", "[::1]:8443"),
    ],
)
def test_the_port_on_which_nothing_answers_is_named(url: str, shown: str) -> None:
    cause = urllib3.exceptions.NewConnectionError(socket.socket(), "refused")  # type: ignore[arg-type]
    found = connection_error(cause, "GET /settings/objects", url, 10, write=False)
    assert found.message == f"No connection to {shown}: no server listens there."
