# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Parameters: what an argument spec finds wrong with them, what of them may be shown, the connection they describe."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.parameters import DEFAULT_TYPE_VALIDATORS

from ._settings_api.auth import VARIABLES, read_credentials
from ._settings_api.environment_credentials import (
    DEFAULT_TOKEN_URL,
    REACH_VARIABLES,
    TOKEN_URL_VARIABLE,
    URL_VARIABLE,
    environment_credential_problems,
)
from ._settings_api.errors import Problem
from ._settings_api.strings import before_sign, glued_name, shown_name
from ._settings_api.urls import public_url

if TYPE_CHECKING:
    from ._settings_api.connection import Connection

VERSION = "0.1.0"

ENCRYPTED = "$ANSIBLE_VAULT;"


def without_secrets(value: Any, spec: Mapping[str, Any]) -> Any:
    """A value with a placeholder for every part that its spec hides."""
    if value is None:
        return None
    if spec.get("no_log"):
        return "(not shown)"
    options = spec.get("options")
    if not options:
        # Anything may stand in a dictionary of free form.
        return _without_urls(value) if spec.get("type") != "dict" else "(not shown)"
    if isinstance(value, Mapping):
        # Another key may itself be a secret.
        return {key: without_secrets(child, options[key]) for key, child in value.items() if key in options}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [without_secrets(child, spec) for child in value]
    return "(not shown)"


def _without_urls(value: Any) -> Any:
    """A value without what may be secret in a URL."""
    if isinstance(value, str):
        return public_url(value)
    return [_without_urls(one) for one in value] if isinstance(value, (list, tuple)) else value


def given_only(spec: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that are null, at every level: they are not given. The parser refuses some of them."""

    def below(value: Any, options: Mapping[str, Any]) -> Any:
        if isinstance(value, Mapping):
            return given_only(options, value)
        return [below(item, options) for item in value] if isinstance(value, list) else value

    options = {name: spec[name].get("options") if name in spec else None for name in values}
    return {
        name: below(value, options[name] or {}) if options[name] else value
        for name, value in values.items()
        if value is not None or name not in spec
    }


def parser_problems(
    spec: Mapping[str, Any], values: Mapping[str, Any], where: str = "", consequences: list[str] | None = None
) -> tuple[list[Problem], dict[str, Any]]:
    """What an argument spec finds wrong, every error with its path; and the values without the wrong ones.

    :param consequences: gets the paths of what may be said to be missing only because it was written otherwise.
    """
    problems: list[Problem] = []
    rest: dict[str, Any] = {}
    consequences = [] if consequences is None else consequences
    for name, value in values.items():
        path = f"{where}.{name}" if where else name
        if name not in spec:
            if not str(name).startswith("_ansible"):
                problems.append(_unknown_option(str(name), spec, where, consequences))
            continue
        if value is None:
            continue
        kind = spec[name].get("type", "str")
        try:
            if kind in ("str", "path") and isinstance(value, (list, dict)):
                # Ansible would take the text that Python shows for it.
                raise TypeError
            if kind == "list" and spec[name].get("elements") == "dict" and not isinstance(value, list):
                # Ansible would split a text at its commas.
                raise TypeError
            if kind == "dict" and isinstance(value, str) and not value.lstrip().startswith("{"):
                # Ansible would parse key=value in it, so a secret that ends with = would become a key.
                raise TypeError
            if value is False and "no" in spec[name].get("choices", ()):
                # YAML makes a boolean of it; Ansible takes it back too.
                value = "no"
            value = value if kind == "raw" else DEFAULT_TYPE_VALIDATORS[kind](value)
        except (TypeError, ValueError):
            problems.append(Problem("type", path, {"expected": kind}))
            continue
        if isinstance(value, str) and value.lstrip().startswith(ENCRYPTED):
            problems.append(Problem("encrypted", path))
            continue
        choices = spec[name].get("choices")
        if choices and any(one not in choices for one in (value if isinstance(value, list) else [value])):
            code = "choice.list" if isinstance(value, list) else "choice"
            problems.append(Problem(code, path, {"choices": list(choices)}))
            continue
        below = spec[name].get("options")
        if below and isinstance(value, list):
            children = []
            for index, child in enumerate(value):
                if not isinstance(child, Mapping):
                    problems.append(Problem("type", f"{path}[{index}]", {"expected": "options"}))
                    children.append(child)
                    continue
                found, kept = parser_problems(below, child, f"{path}[{index}]", consequences)
                problems += found
                children.append(kept)
            value = children
        elif below:
            found, value = parser_problems(below, value, path, consequences)
            problems += found
        rest[name] = value
    return problems, rest


def _unknown_option(name: str, spec: Mapping[str, Any], where: str, consequences: list[str]) -> Problem:
    """An unknown option. It is shown only as far as it cannot contain a secret."""
    head = f"{where}." if where else ""
    glued = glued_name(name, spec, head)
    if glued:
        consequences.append(glued.path)
        return glued
    secret = bool(where) and any(option.get("no_log") for option in spec.values())
    path = head + shown_name(name, spec, beside_secret=secret)
    name = before_sign(name)
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    same = [known for known in spec if re.sub(r"[^a-z0-9]", "", known) == plain]
    public = [known for known in spec if not known.startswith("_")]
    near = same or [known for known in public if known.endswith(f"_{name}")] or difflib.get_close_matches(name, public)
    if near:
        option = spec[near[0]]
        consequences.append(f"{head}{near[0]}")
        if "choices" in option or option.get("type") == "bool":
            # It decides what else is needed.
            consequences += [f"{head}{sibling}." for sibling, other in spec.items() if other.get("options")]
        return Problem("unknown_option.meant", path, {"meant": near[0]})
    places = list(_places(plain, spec, ""))
    if places:
        consequences += [f"{head}{place}" for place in places]
        return Problem("unknown_option.elsewhere", path, {"places": places})
    return Problem("unknown_option", path, {"options": public})


def _places(plain: str, spec: Mapping[str, Any], where: str) -> Iterator[str]:
    """Where below a spec an option has this name."""
    for name, option in spec.items():
        if where and re.sub(r"[^a-z0-9]", "", name) == plain:
            yield f"{where}{name}"
        yield from _places(plain, option.get("options") or {}, f"{where}{name}.")


def build_connection(params: Mapping[str, Any]) -> tuple[Connection | None, list[Problem]]:
    """The connection that the options and the environment describe, or what is wrong with them."""
    from ._settings_api.connection import Connection, connection_problems

    given = {name: params.get(name) for name in VARIABLES}
    from_environment = os.environ.get(URL_VARIABLE, "")
    url = params.get("environment_url") or from_environment
    token_url = params.get("oauth_token_url") or DEFAULT_TOKEN_URL
    problems: list[Problem] = []
    if not url:
        problems.append(Problem("required.variables", "environment_url", {"variables": [URL_VARIABLE]}))
    if not any(given.values()):
        given = {name: os.environ.get(variable) for name, variable in VARIABLES.items()}
        if any(given.values()):
            own_token_url = os.environ.get(TOKEN_URL_VARIABLE) or DEFAULT_TOKEN_URL
            belongs = {"environment_url": (URL_VARIABLE, from_environment)}
            if given["oauth_client_secret"] and token_url != DEFAULT_TOKEN_URL:
                belongs["oauth_token_url"] = (TOKEN_URL_VARIABLE, own_token_url)
            found = environment_credential_problems(params, belongs, os.environ)
            if found:
                return None, [*problems, *found]
            token_url = own_token_url
    credentials, wrong = read_credentials({**params, **given, "oauth_token_url": token_url})
    if problems or wrong or credentials is None:
        return None, [*problems, *wrong]
    options = ("validate_certs", "client_cert", "client_key", "timeout", "retry_timeout")
    reach: dict[str, Any] = {name: params[name] for name in options}
    reach |= {name: params.get(name) or os.environ.get(variable) for name, variable in REACH_VARIABLES.items()}
    connection = Connection(
        environment_url=url,
        credentials=credentials,
        user_agent=f"community.dynatrace/{VERSION}",
        **reach,
    )
    return connection, connection_problems(connection)
