# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Runs a module definition as an Ansible module: connection options, problems with their paths, results, failures."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ansible.module_utils.basic import AnsibleModule

from ._input_limits import input_problem
from ._module_definition import ModuleDefinition
from ._option_names import OptionNames, apart
from ._params import given_only
from ._runner import Failure, failure_of, perform, refusal, shown
from ._settings_api.errors import InvalidInput

if TYPE_CHECKING:
    from ._settings_api.client import SettingsClient
    from ._settings_api.errors import Problem

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
    "retry_timeout": {"type": "float", "default": 60.0},
    "read_only": {"type": "bool", "default": False},
    # Read by the action plugins.
    "vars_prefix": {"type": "str"},
}


class DynatraceModule(AnsibleModule):  # type: ignore[misc]
    """A module that collects every input error, and whose results, logs and failures hold no secret.

    :param options: the argument spec without the connection options.
    :param problems: what the domain finds wrong with parameters, for the case that Ansible's parser already failed.
    :param connection: whether there are connection options.
    """

    @classmethod
    def serve(cls, entry: ModuleDefinition) -> NoReturn:
        """Run as a module."""
        cls(entry.options, problems=lambda params: entry.check(params)[1], connection=entry.environment).answer(entry)

    def __init__(
        self,
        options: Mapping[str, Any],
        *,
        problems: Callable[[Mapping[str, Any]], Sequence[Problem]] | None = None,
        connection: bool = True,
    ) -> None:
        self._spec = {**options, **(CONNECTION_OPTIONS if connection else {})}
        self._problems = problems
        self._ready = False
        self._given: Mapping[str, Any] = {}
        self._result: dict[str, Any] = {}
        # no_log here only keeps the invocation out of the system log.
        super().__init__(argument_spec=self._spec, supports_check_mode=True, no_log=True)
        self._ready = True

    def _set_internal_properties(self, *args: Any, **more: Any) -> None:
        super()._set_internal_properties(*args, **more)
        limits = (input_problem(value, name) for name, value in self.params.items() if name in self._spec)
        if problems := [problem for problem in limits if problem is not None]:
            self._fail(failure_of(InvalidInput(problems), OptionNames()))
        # Before the parser: it gives up at some wrong types, and drops list items, which moves the indices of others.
        given = given_only(self._spec, self.params)
        options, self._result = apart(given)
        self.params.clear()
        self.params.update(options)
        self._given = copy.deepcopy(given)
        if refusal(self._spec, self._given):
            self.fail_json("The input is not valid.")

    def run(
        self,
        check: Callable[[Mapping[str, Any]], tuple[_Checked, Sequence[Problem]]],
        work: Callable[[SettingsClient, _Checked], dict[str, Any]],
        secrets: Sequence[object] = (),
    ) -> NoReturn:
        """Like ``answer``.

        :param secrets: values that must not appear in any text, besides the credentials.
        """
        self.answer(
            ModuleDefinition(
                self._spec, check, lambda client, ready, _params, _mode: work(client, ready), lambda _: secrets
            )
        )

    def answer(self, entry: ModuleDefinition) -> NoReturn:
        """Check all input, then open the connection and work: see ``perform``."""
        outcome = perform(entry, self._spec, {**self.params, **self._result}, self.check_mode)
        # Not inside an except clause: Ansible adds the traceback of a pending exception, whose text may hold anything.
        if isinstance(outcome, Failure):
            self._fail(outcome)
        for warning in outcome.pop("warnings", ()):
            self.warn(warning)
        self.exit_json(**outcome, invocation={"module_args": shown(self._spec, self.params)})
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Also called by Ansible's own parser, which names one error without its index: say all of them instead."""
        refused = None if self._ready else refusal(self._spec, self._given, self._problems)
        self._fail(refused or Failure(msg, kwargs))

    def _fail(self, failure: Failure) -> NoReturn:
        # Ansible would mask each blank of the message, if a secret is blank.
        self.no_log_values = {value for value in getattr(self, "no_log_values", ()) if str(value).strip()}
        known = self._ready and not failure.of_input
        invocation = {"module_args": shown(self._spec, self.params) if known else {}}
        super().fail_json(msg=failure.message, invocation=invocation, **failure.kept())
        raise SystemExit(1)
