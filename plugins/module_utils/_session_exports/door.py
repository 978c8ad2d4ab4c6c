# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From module parameters to the service, for every door that writes session exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._settings.errors import Problem
from .declaration import Declaration, declare, declared_secrets
from .options import argument_spec
from .service import converge, domain

if TYPE_CHECKING:
    from .._settings.client import SettingsClient
    from .._settings.plan import Domain

EXPORTS = argument_spec()


def check(params: Mapping[str, Any]) -> tuple[tuple[Declaration, Domain], Sequence[Problem]]:
    """Everything that can be checked before anything is sent."""
    rules = domain()
    declaration = declare(
        params.get("exports"),
        rules.schema,
        absent=params.get("state") == "absent",
        prune=bool(params.get("prune")),
        prune_all=bool(params.get("prune_all")),
    )
    return (declaration, rules), declaration.problems


def secrets(params: Mapping[str, Any]) -> list[object]:
    """The declared secrets, for the redaction of foreign text."""
    return list(declared_secrets(params.get("exports")))


def work(
    client: SettingsClient, ready: tuple[Declaration, Domain], params: Mapping[str, Any], *, check_mode: bool
) -> dict[str, Any]:
    """Converge as the parameters say."""
    declaration, rules = ready
    return converge(
        client,
        declaration,
        rules,
        check=check_mode,
        prune=params["prune"],
        update_secrets=params["update_secrets"],
        adopt=params["adopt"],
        validate_on_server=params["validate_on_server"],
    )
