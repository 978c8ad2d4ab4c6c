# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The endpoint check as a part of the module that writes exports: it runs before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.matching import Declared
from . import module
from .endpoints import endpoints_of
from .module import CheckInput, EndpointCheckFailed, proxy_secrets
from .network import ConnectOptions

__all__ = ["check_endpoints", "option_problems", "proxy_secrets"]

# Options with a prefix, because they are not about the connection to the environment.
_PREFIXED = ("ca_path", "proxy")


def _connect_options(params: Mapping[str, Any]) -> tuple[ConnectOptions, list[Problem]]:
    return module.read_connect_options({name: params.get(f"endpoint_check_{name}") for name in _PREFIXED})


def option_problems(params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options about endpoints, with the names that they have in the module that writes."""
    return [problem.at(f"endpoint_check_{problem.path}") for problem in _connect_options(params)[1]]


def check_endpoints(exports: Sequence[Declared], params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Check the endpoints of declared exports.

    :returns: ``endpoint_checks``, and ``changed`` if something stays at an endpoint.
    :raises InvalidInput: no request can be made of an endpoint.
    :raises EndpointCheckFailed: an export would not work.
    """
    found, problems = endpoints_of(exports)
    if problems:
        raise InvalidInput(problems)
    own = {"mode": params.get("endpoint_check"), "fail_on": "error"}
    try:
        result = module.work(None, CheckInput(found, _connect_options(params)[0], ()), own, check_mode)
    except EndpointCheckFailed as error:
        details = {"endpoint_checks": error.details["checks"], "changed": error.details["changed"]}
        raise EndpointCheckFailed(f"Nothing was written. {error.message}", details=details) from None
    return {"endpoint_checks": result["checks"], "changed": result["changed"]}
