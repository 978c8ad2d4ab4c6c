# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The only place that knows Ansible: connection options, input errors with their paths, results, failure."""

from __future__ import annotations

import copy
import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import DEFAULT_TYPE_VALIDATORS

from ._settings.errors import InvalidInput, MissingLibrary, Problem, SettingsError

try:
    # ansible-core 2.22: masks in everything it prints what it was told of.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

if TYPE_CHECKING:
    from ._settings.client import SettingsClient
    from ._settings.connection import Connection

VERSION = "0.1.0"
_Checked = TypeVar("_Checked")

CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "environment_url": {"type": "str"},
    "api_token": {"type": "str", "no_log": True},
    "platform_token": {"type": "str", "no_log": True},
    "oauth_client_id": {"type": "str"},
    "oauth_client_secret": {"type": "str", "no_log": True},
    "oauth_token_url": {"type": "str", "no_log": False, "default": "https://sso.dynatrace.com/sso/oauth2/token"},
    "oauth_scope": {
        "type": "str",
        "default": "settings:objects:read settings:objects:write settings:schemas:read",
    },
    "oauth_account_urn": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    # The URL may hold a password.
    "proxy": {"type": "str", "no_log": True},
    "timeout": {"type": "float", "default": 30.0},
    "max_wait": {"type": "float", "default": 60.0},
}

# Credentials from the environment belong to DYNATRACE_ENV_URL and go to no other address.
_URL_VARIABLE = "DYNATRACE_ENV_URL"
_CREDENTIAL_VARIABLES = {
    "api_token": "DYNATRACE_API_TOKEN",
    "platform_token": "DYNATRACE_PLATFORM_TOKEN",
    "oauth_client_id": "DYNATRACE_OAUTH_CLIENT_ID",
    "oauth_client_secret": "DYNATRACE_OAUTH_CLIENT_SECRET",
    "oauth_account_urn": "DYNATRACE_OAUTH_ACCOUNT_URN",
}
_TYPE_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "path": "a path",
    "dict": "a dictionary",
    "list": "a list",
}


class Door(AnsibleModule):  # type: ignore[misc]
    """A module that collects every input error, and whose results, logs and failures hold no secret.

    :param options: the argument spec without the connection options.
    :param problems: what the domain finds wrong with parameters, for the case that Ansible's parser already failed.
    """

    def __init__(
        self, options: Mapping[str, Any], *, problems: Callable[[Mapping[str, Any]], Sequence[Problem]] | None = None
    ) -> None:
        self._spec = {**options, **CONNECTION_OPTIONS}
        self._problems = problems
        self._ready = False
        self._given: Mapping[str, Any] = {}
        # no_log here only keeps the invocation out of the system log.
        super().__init__(argument_spec=self._spec, supports_check_mode=True, no_log=True)
        self._ready = True

    def _set_internal_properties(self, *args: Any, **more: Any) -> None:
        super()._set_internal_properties(*args, **more)
        # Before the parser: it gives up at some wrong types, and drops list items, which moves the indices of others.
        self._given = copy.deepcopy(self.params)
        if parser_problems(self._spec, self._given)[0]:
            self.fail_json("The input is wrong.")

    def run(
        self,
        check: Callable[[Mapping[str, Any]], tuple[_Checked, Sequence[Problem]]],
        work: Callable[[SettingsClient, _Checked], dict[str, Any]],
        secrets: Sequence[object] = (),
    ) -> NoReturn:
        """Check all input, then open the connection and work.

        :param check: pure; gives what ``work`` needs, and the problems of the module's own options.
        :param secrets: values that must not appear in any text, besides the credentials.
        """
        result: dict[str, Any] = {}
        failure: tuple[str, Mapping[str, Any]] | None = None
        try:
            from ._settings.client import SettingsClient
            from ._settings.secrets import Redactor

            own = [self.params.get(name) for name, spec in self._spec.items() if spec.get("no_log")]
            own += [os.environ.get(variable) for variable in _CREDENTIAL_VARIABLES.values()]
            redact = Redactor([*secrets, *own])
            if register_secrets is not None:
                register_secrets({text for text in (*secrets, *own) if isinstance(text, str) and text})
            connection, problems = build_connection(self.params)
            ready, more = check(self.params)
            problems = [*problems, *more]
            if problems or connection is None:
                raise InvalidInput(problems)
            with SettingsClient(connection, redact=redact) as client:
                result = work(client, ready)
        except MissingLibrary as error:
            failure = missing_required_lib(error.library), {}
        except SettingsError as error:
            failure = str(error), error.details
        except Exception as error:  # The text of an unexpected exception may hold anything, its type may not.
            place = f"Unexpected {type(error).__name__} at {_place(error)}."
            failure = f"{place} This is a defect of community.dynatrace, please report it with this line.", {}
        # Not inside an except clause: Ansible adds the traceback of a pending exception, whose text may hold anything.
        if failure is not None:
            self._fail(*failure)
        for warning in result.pop("warnings", ()):
            self.warn(warning)
        self.exit_json(**result, invocation={"module_args": self._shown()})
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Also called by Ansible's own parser, which names one error without its index: say all of them instead."""
        if not self._ready:
            problems, rest = parser_problems(self._spec, self._given)
            bad = tuple(problem.path for problem in problems)
            if problems and self._problems is not None:
                more = self._problems(rest)
                problems += [problem for problem in more if not problem.path.startswith(bad)]
            if problems:
                error = InvalidInput(sorted(set(problems)))
                msg, kwargs = error.message, error.details
        self._fail(msg, kwargs)

    def _fail(self, msg: str, details: Mapping[str, Any]) -> NoReturn:
        kept = {key: value for key, value in details.items() if key not in ("msg", "failed", "exception")}
        # Ansible would mask each blank of the message, if a secret is blank.
        self.no_log_values = {value for value in getattr(self, "no_log_values", ()) if str(value).strip()}
        super().fail_json(msg=msg, invocation={"module_args": self._shown()}, **kept)
        raise SystemExit(1)

    def _shown(self) -> dict[str, Any]:
        """The parameters without secrets: newer ansible-core does not scrub what a module returns."""
        if not self._ready:
            # Where options are wrong, a secret may stand in the place of another value.
            return {}
        return {key: _without_secrets(value, self._spec.get(key, {})) for key, value in self.params.items()}


def _without_secrets(value: Any, spec: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if spec.get("no_log"):
        return "(not shown)"
    options = spec.get("options")
    if not options:
        return value
    if isinstance(value, Mapping):
        return {key: _without_secrets(child, options.get(key, {"no_log": True})) for key, child in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_secrets(child, spec) for child in value]
    return "(not shown)"


def _place(error: BaseException) -> str:
    """File and line of the innermost frame, without any path of the machine."""
    trace = error.__traceback__
    if trace is None:
        return "unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def parser_problems(
    spec: Mapping[str, Any], values: Mapping[str, Any], where: str = ""
) -> tuple[list[Problem], dict[str, Any]]:
    """What an argument spec finds wrong, every error with its path; and the values without the wrong ones."""
    problems: list[Problem] = []
    rest: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{where}.{name}" if where else name
        if name not in spec:
            if not str(name).startswith("_ansible"):
                near = difflib.get_close_matches(str(name), list(spec), n=1)
                hint = f"did you mean {near[0]}?" if near else f"options here: {', '.join(spec)}"
                problems.append(Problem(path, f"is not an option; {hint}"))
            continue
        if value is None:
            continue
        kind = spec[name].get("type", "str")
        try:
            if kind in ("str", "path") and isinstance(value, (list, dict)):
                # Ansible would take the text that Python shows for it.
                raise TypeError
            value = value if kind == "raw" else DEFAULT_TYPE_VALIDATORS[kind](value)
        except (TypeError, ValueError):
            problems.append(Problem(path, f"must be {_TYPE_WORDS.get(kind, kind)}"))
            continue
        choices = spec[name].get("choices")
        if choices and value not in choices:
            problems.append(Problem(path, f"must be one of: {', '.join(map(str, choices))}"))
            continue
        below = spec[name].get("options")
        if below and isinstance(value, list):
            children = []
            for index, child in enumerate(value):
                if not isinstance(child, Mapping):
                    problems.append(Problem(f"{path}[{index}]", "must be a dictionary of options"))
                    children.append(child)
                    continue
                found, kept = parser_problems(below, child, f"{path}[{index}]")
                problems += found
                children.append(kept)
            value = children
        elif below:
            found, value = parser_problems(below, value, path)
            problems += found
        rest[name] = value
    return problems, rest


def build_connection(params: Mapping[str, Any]) -> tuple[Connection | None, list[Problem]]:
    """The connection that the options and the environment describe, or what is wrong with them."""
    from ._settings.connection import AccessToken, Connection, OAuthClient, PlatformToken, connection_problems

    given = {name: params.get(name) for name in _CREDENTIAL_VARIABLES}
    from_environment = os.environ.get(_URL_VARIABLE, "")
    url = params.get("environment_url") or from_environment
    problems: list[Problem] = []
    if not url:
        problems.append(Problem("environment_url", f"is required (or the environment variable {_URL_VARIABLE})"))
    if not any(given.values()):
        found = {name: os.environ.get(variable) for name, variable in _CREDENTIAL_VARIABLES.items()}
        if url.rstrip("/") == from_environment.rstrip("/"):
            given = found
        elif any(found.values()):
            problems.append(
                Problem(
                    "api_token",
                    f"is required: the credentials in the environment belong to another address, {_URL_VARIABLE}",
                )
            )
            return None, problems
    oauth = [given["oauth_client_id"], given["oauth_client_secret"]]
    kinds = [given["api_token"], given["platform_token"], oauth[0] or oauth[1]]
    if sum(bool(kind) for kind in kinds) > 1:
        problems.append(Problem("api_token", "give one of api_token, platform_token and oauth_client_id, not several"))
    elif not any(kinds):
        problems.append(
            Problem("api_token", "is required (or platform_token, or oauth_client_id and oauth_client_secret)")
        )
    elif kinds[2] and not all(oauth):
        missing = "oauth_client_secret" if oauth[0] else "oauth_client_id"
        problems.append(Problem(missing, "is required: both are needed for an OAuth client"))
    if problems:
        return None, problems
    credentials: AccessToken | PlatformToken | OAuthClient
    if given["api_token"]:
        credentials = AccessToken(given["api_token"])
    elif given["platform_token"]:
        credentials = PlatformToken(given["platform_token"])
    else:
        credentials = OAuthClient(
            client_id=str(oauth[0]),
            client_secret=str(oauth[1]),
            token_url=params["oauth_token_url"],
            scope=params["oauth_scope"],
            account_urn=given["oauth_account_urn"],
        )
    options = ("validate_certs", "ca_path", "client_cert", "client_key", "proxy", "timeout", "max_wait")
    connection = Connection(
        environment_url=url,
        credentials=credentials,
        user_agent=f"community.dynatrace/{VERSION}",
        **{name: params[name] for name in options},
    )
    return connection, connection_problems(connection)
