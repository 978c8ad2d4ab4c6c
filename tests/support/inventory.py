# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and hosts of the inventory, for tests."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.collect import collect
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.environment import FleetOptions
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.options import read_options
from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput

from .problems import texts

CANARY = "C4naryOfAToken"
ACCOUNT = "00000000-0000-0000-0000-00000000000a"
SSO = "https://sso.dynatrace.com/sso/oauth2/token"
CLIENT = {"DYNATRACE_OAUTH_CLIENT_ID": "me", "DYNATRACE_OAUTH_CLIENT_SECRET": CANARY}


def options(given: dict[str, Any], **environ: str) -> FleetOptions:
    return read_options(given, environ, "test")


def problems(given: dict[str, Any], **environ: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        options(given, **environ)
    assert CANARY not in str(render(caught.value))
    return texts(caught.value.problems)


def hosts(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host.name: host.facts for host in collect(options(given)).hosts}


# options
