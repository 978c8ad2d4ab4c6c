# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The check of far ends as a part of writing exports: before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._option_names import OptionNames
from .._settings_api.errors import InvalidInput, Problem
from . import door
from .door import EndpointCheckFailed, proxy_secrets

__all__ = ["proxy_secrets", "verify", "verify_problems"]

# Those of the module that writes have the prefix, because they say nothing of the way to the environment.
_OWN = ("ca_path", "proxy")


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: params.get(f"endpoint_check_{name}") for name in _OWN}
    where = OptionNames.of(params).names.get("exports")
    return {
        "exports": params.get("exports"),
        "where": where,
        "mode": params.get("endpoint_check"),
        "fail_on": "error",
        **own,
    }


def verify_problems(params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options about far ends, in the names of the module that writes."""
    _ready, problems = door.check({**_params(params), "exports": []})
    return [Problem(f"endpoint_check_{problem.path}", problem.message) for problem in problems]


def verify(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check the far ends.

    :returns: ``endpoint_checks``, and ``changed`` if samples stay at a far end.
    :raises InvalidInput: an endpoint that nothing can be sent to.
    :raises EndpointCheckFailed: an export would not work.
    """
    own = _params(params)
    ready, problems = door.check(own)
    if problems:
        raise InvalidInput(problems)
    try:
        result = door.work(None, ready, own, check_mode)
    except EndpointCheckFailed as error:
        details = {"endpoint_checks": error.details["checks"], "changed": error.details["changed"]}
        raise EndpointCheckFailed(f"Nothing was written. {error.message}", details=details) from None
    return {"endpoint_checks": result["checks"], "changed": result["changed"]}
