# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client for an environment that is read-only sends nothing that writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.client import SettingsClient
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    Connection,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import ReadOnlyEnvironment

OBJECT = {"schemaId": "builtin:x", "scope": "environment", "value": {}}


@pytest.mark.parametrize(
    "write",
    [
        lambda client: client.create_object(OBJECT),
        lambda client: client.create_objects([OBJECT, OBJECT]),
        lambda client: client.update_object("id", {"value": {}}),
        lambda client: client.delete_object("id", update_token="t"),
    ],
    ids=["create", "create several", "update", "delete"],
)
def test_no_write_is_sent(write: Callable[[SettingsClient], object]) -> None:
    # Nothing listens there: a request would end in another error.
    connection = Connection("http://127.0.0.1:9/e/x", AccessToken("dt0c01.A.B"), retry_timeout=0)
    with SettingsClient(connection, read_only=True) as client, pytest.raises(ReadOnlyEnvironment):
        write(client)
