# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Credentials, one class in a file of its own for each kind. A new kind is a new file and one line in ``KINDS``."""

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
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        return None, [Problem(first.REQUIRED[0], f"give one of {listed}, not several")]
    if not given:
        listed = ", or ".join(" and ".join(kind.REQUIRED) for kind in others)
        return None, [Problem(first.REQUIRED[0], f"is required (or {listed})")]
    (kind,) = given
    missing = [name for name in kind.REQUIRED if not options.get(name)]
    if missing:
        return None, [Problem(missing[0], f"is required: both are needed for {kind.TITLE}")]
    return kind.from_options(options), []
