# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Credentials, with one class and file for each kind. A new kind is a new file and one line in ``KINDS``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem
from .access_token import AccessToken
from .credentials import Authorization, Credentials
from .oauth_client import OAuthClient
from .platform_token import PlatformToken

__all__ = ["KINDS", "VARIABLES", "AccessToken", "Authorization", "Credentials", "OAuthClient", "PlatformToken"]

KINDS: tuple[type[Credentials], ...] = (AccessToken, PlatformToken, OAuthClient)

# The environment variable of each option with credentials.
VARIABLES: dict[str, str] = {option: variable for kind in KINDS for option, variable in kind.VARIABLES.items()}


def read_credentials(options: Mapping[str, Any]) -> tuple[Credentials | None, list[Problem]]:
    """The credentials that the options describe, or what is wrong with them.

    :param options: the options of all kinds, by name; what is empty was not given.
    """
    given = [kind for kind in KINDS if any(options.get(name) for name in kind.REQUIRED)]
    first, *others = KINDS
    if len(given) > 1:
        names = [kind.REQUIRED[0] for kind in KINDS]
        return None, [Problem("several_credentials", first.REQUIRED[0], {"options": names})]
    if not given:
        alternatives = [list(kind.REQUIRED) for kind in others]
        return None, [Problem("required.credentials", first.REQUIRED[0], {"alternatives": alternatives})]
    (kind,) = given
    missing = [name for name in kind.REQUIRED if not options.get(name)]
    if missing:
        return None, [Problem("required.both", missing[0], {"credentials": kind.TITLE})]
    return kind.from_options(options), []
