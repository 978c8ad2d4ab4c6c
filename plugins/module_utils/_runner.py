# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""From the parameters of a module to its result.

It is the same for a module, which is a process of its own (``_ansible_module.py``), and for an action plugin, which
works inside Ansible's process (``plugin_utils/_in_process.py``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values

from ._module_definition import Check, ModuleDefinition, Params
from ._option_names import OptionNames, apart
from ._params import build_connection, parser_problems, without_secrets
from ._problems import render
from ._settings_api.auth import VARIABLES
from ._settings_api.environment_credentials import REACH_VARIABLES
from ._settings_api.errors import InvalidInput, MissingLibrary, Problem, SettingsError
from ._settings_api.messages import text_of_advice
from ._settings_api.responses import one_line, printable

try:
    # ansible-core 2.22 masks registered secrets in all of its output.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

# A pattern of a schema may be long, a message that shows more is of no use.
_LONGEST_FACT = 2000


@dataclass(frozen=True)
class Failure:
    """The reason of a failure. It contains no secret."""

    message: str
    details: Params = field(default_factory=dict)

    @property
    def of_input(self) -> bool:
        """Whether options are wrong. A secret may then be the value of another option, so no value is shown."""
        return "problems" in self.details

    def kept(self) -> dict[str, Any]:
        """The details that are not the failure's own."""
        return {key: value for key, value in self.details.items() if key not in ("msg", "failed", "exception")}


def refusal(
    spec: Params, given: Params, problems: Callable[[Params], Sequence[Problem]] | None = None
) -> Failure | None:
    """What is wrong with parameters that have not been through Ansible's parser, or ``None``.

    The parser gives up at some wrong types, names one error without its index, and drops list items.

    :param problems: what the domain finds wrong with those that are left.
    """
    names = OptionNames.of(given)
    consequences: list[str] = []
    options, passed_on = apart(given)
    found, rest = parser_problems(spec, options, consequences=consequences)
    found = [*names.problems, *names.each(found)]
    if not found:
        return None
    bad = tuple(problem.path for problem in found)
    within = tuple(f"{path}{mark}" for path in bad for mark in ".[")
    missing = (*names.meant, *map(names.path, consequences))
    more = [*problems({**rest, **passed_on})] if problems is not None else []
    if "environment_url" in spec:
        defaults = {name: option.get("default") for name, option in spec.items()}
        more += build_connection({**defaults, **rest})[1]
    for problem in names.each(more):
        # What cannot be read is not there for the checks that come later.
        follows = problem.path.startswith(missing) or any(path.startswith(f"{problem.path}[") for path in bad)
        known = problem.path in bad or problem.path.startswith(within)
        if not known and not (follows and problem.kind == "required"):
            found.append(problem)
    return failure_of(InvalidInput(sorted(set(found))), names)


def perform(
    entry: ModuleDefinition,
    spec: Params,
    params: Params,
    check_mode: bool,
    *,
    check: Check | None = None,
    secrets: frozenset[str] | None = None,
) -> dict[str, Any] | Failure:
    """Check all input, then open the connection and work.

    :param spec: the options of the entry, and the connection options.
    :param params: as Ansible's parser leaves them.
    :param check: replaces that of the entry where the options were checked before.
    :param secrets: what ``known_secrets`` returns, if the caller has asked for it.
    :returns: the result of ``work``; never raises an ``Exception``.
    """
    names = OptionNames.of(params)
    check = check or entry.check
    try:
        from ._settings_api.client import SettingsClient
        from ._settings_api.redaction import Redactor

        secrets = known_secrets(entry, spec, params) if secrets is None else secrets
        redact = Redactor(secrets)
        if register_secrets is not None:
            register_secrets(secrets)
        if not entry.environment or entry.offline(params):
            ready, problems = check(params)
            if problems:
                raise InvalidInput(problems)
            return entry.work(None, ready, params, check_mode)
        connection, problems = build_connection(params)
        ready, more = check(params)
        problems = [*problems, *more]
        if problems or connection is None:
            raise InvalidInput(problems)
        with SettingsClient(connection, redact=redact, read_only=params.get("read_only") is True) as client:
            # An access token cannot have it. Modules with this option refuse it there.
            client.admin_access = params.get("admin_access") is True and connection.credentials.PLATFORM
            try:
                result = entry.work(client, ready, params, check_mode)
            except InvalidInput as error:
                # Patterns, messages and names in it come from the schema of the environment.
                error.problems = tuple(_without_echoes(problem, redact) for problem in error.problems)
                raise
            if warnings := [*names.warnings, *(text_of_advice(one, names) for one in result.get("warnings", ()))]:
                result["warnings"] = list(map(printable, warnings))
            if notes := result.get("notes"):
                result["notes"] = list(map(printable, notes))
            if names.declared_in:
                result["declared_in"] = dict(names.declared_in)
            return result
    except MissingLibrary as error:
        return Failure(missing_required_lib(error.library))
    except SettingsError as error:
        return failure_of(error, names)
    except Exception as error:
        return defect(error)


def known_secrets(entry: ModuleDefinition, spec: Params, params: Params) -> frozenset[str]:
    """The secrets of a task: declared ones, and the credentials in its options and in the environment variables."""
    found = [*entry.secrets(params), *(os.environ.get(variable) for variable in VARIABLES.values())]
    found += [os.environ.get(REACH_VARIABLES["proxy"])]
    found += [params.get(name) for name, option in spec.items() if option.get("no_log")]
    return frozenset(text for text in found if isinstance(text, str) and text)


def masked(result: Params, secrets: Iterable[object]) -> dict[str, Any]:
    """A result in which no text contains a secret.

    ansible-core up to 2.21 masks what it shows and returns to other tasks. Version 2.22 only masks what it shows, and
    only what was registered in the process that shows it, so that files and later tasks would see the secrets.
    """
    secrets = set(secrets)
    if not may_hold(result, secrets):
        return dict(result)
    plain = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, secrets), **plain}


def may_hold(result: Params, secrets: Iterable[object]) -> bool:
    """Whether ``remove_values`` could find one of these values. Most results hold none, and it takes its time."""
    text = json.dumps(result, default=str).lower()
    return any(json.dumps(str(value))[1:-1].lower() in text for value in secrets)


def _without_echoes(problem: Problem, redact: Callable[[str], str]) -> Problem:
    """A problem whose facts are on one line each, and without secrets."""

    def clean(fact: Any) -> Any:
        if isinstance(fact, str):
            found = one_line(redact(fact[:_LONGEST_FACT]))
            # Paths are of a type of their own.
            return fact if found == fact else found
        if isinstance(fact, Mapping):
            return {key: clean(part) for key, part in fact.items()}
        return type(fact)(map(clean, fact)) if isinstance(fact, (list, tuple)) else fact

    path = redact(problem.path)
    return Problem(
        problem.code,
        problem.path if path == problem.path else path,
        {name: clean(fact) for name, fact in problem.facts.items()},
    )


def failure_of(error: SettingsError, names: OptionNames) -> Failure:
    """An error in the names that the user knows."""
    message, details = render(error, names)
    warnings = {"warnings": list(names.warnings)} if names.warnings else {}
    return Failure(printable(message), {**details, **warnings})


def defect(error: BaseException) -> Failure:
    """Report an unexpected exception without its text, which can contain secrets."""
    place = f"Unexpected {type(error).__name__} at {_place(error)}."
    return Failure(f"{place} This is a bug in community.dynatrace. Please report it with this line.")


def shown(spec: Params, params: Params) -> dict[str, Any]:
    """The parameters without secrets, for the result: newer ansible-core does not scrub it."""
    return {key: without_secrets(value, spec.get(key, {})) for key, value in apart(params)[0].items()}


def _place(error: BaseException) -> str:
    """File and line of the innermost frame, without any path of the machine."""
    trace = error.__traceback__
    if trace is None:
        return "unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
