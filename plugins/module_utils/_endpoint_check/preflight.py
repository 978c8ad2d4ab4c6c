# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The endpoint check as a part of the module that writes exports: it runs before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._option_names import OptionNames
from .._settings_api.errors import InvalidInput, Problem
from . import module
from .module import EndpointCheckFailed, proxy_secrets

__all__ = ["check_endpoints", "option_problems", "proxy_secrets"]

# Options with a prefix, because they are not about the connection to the environment.
_PREFIXED = ("ca_path", "proxy")


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: params.get(f"endpoint_check_{name}") for name in _PREFIXED}
    where = OptionNames.of(params).names.get("exports")
    return {
        "exports": params.get("exports"),
        "where": where,
        "mode": params.get("endpoint_check"),
        "fail_on": "error",
        **own,
    }


def option_problems(params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options about endpoints, with the names that they have in the module that writes."""
    _ready, problems = module.check({**_params(params), "exports": []})
    return [problem.at(f"endpoint_check_{problem.path}") for problem in problems]


def check_endpoints(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check the endpoints.

    :returns: ``endpoint_checks``, and ``changed`` if something stays at an endpoint.
    :raises InvalidInput: no request can be made of an endpoint.
    :raises EndpointCheckFailed: an export would not work.
    """
    own = _params(params)
    ready, problems = module.check(own)
    if problems:
        raise InvalidInput(problems)
    try:
        result = module.work(None, ready, own, check_mode)
    except EndpointCheckFailed as error:
        details = {"endpoint_checks": error.details["checks"], "changed": error.details["changed"]}
        raise EndpointCheckFailed(f"Nothing was written. {error.message}", details=details) from None
    return {"endpoint_checks": result["checks"], "changed": result["changed"]}
