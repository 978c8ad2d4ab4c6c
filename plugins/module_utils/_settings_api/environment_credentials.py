# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Credentials from environment variables go to addresses from environment variables, and to no other ones.

The author of a job template, who injects credentials, and the author of inventory variables can be different
people. So what an option says must not send the credentials elsewhere, or put another server in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .connection import AccessToken, Connection
from .errors import Problem

URL_VARIABLE = "DYNATRACE_ENV_URL"
TOKEN_URL_VARIABLE = "DYNATRACE_OAUTH_TOKEN_URL"
DEFAULT_TOKEN_URL = "https://sso.dynatrace.com/sso/oauth2/token"
REACH_VARIABLES = {"proxy": "DYNATRACE_PROXY", "ca_path": "DYNATRACE_CA_PATH"}
"""The environment variables of options that decide who is in the middle and who is trusted."""


def environment_credential_problems(
    options: Mapping[str, Any], belongs: Mapping[str, tuple[str, str]], environ: Mapping[str, str]
) -> list[Problem]:
    """The options that stand in the way of credentials from the environment.

    :param options: by name; what is ``None`` or not there was not given.
    :param belongs: for each option with an address the environment variable that says where the credentials belong, and
        what it says (or the default without it).
    :param environ: the environment variables.
    """
    problems = []
    for option, (variable, own) in belongs.items():
        address = options.get(option)
        if address and not is_same_address(str(address), own):
            problems.append(Problem("from_environment.address", option, {"variable": variable}))
    for option, variable in REACH_VARIABLES.items():
        value = options.get(option)
        if value and str(value) != environ.get(variable):
            problems.append(Problem("from_environment.option", option, {"variable": variable}))
    if options.get("validate_certs") is False:
        facts = {"variable": REACH_VARIABLES["ca_path"]}
        problems.append(Problem("from_environment.validate_certs", "validate_certs", facts))
    return problems


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses mean the same environment, or are the same URL."""
    if one.strip().rstrip("/") == other.strip().rstrip("/"):
        return True
    try:
        bases = [Connection(url, AccessToken("")).api_url for url in (one, other)]
    except ValueError:
        return False
    return bool(other) and bases[0] == bases[1]
