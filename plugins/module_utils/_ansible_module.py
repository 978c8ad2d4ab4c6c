# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Runs a module definition as an Ansible module: connection options, problems with their paths, results, failures."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ._input_limits import input_problem
from ._module_definition import ModuleDefinition
from ._option_names import OptionNames, apart
from ._params import given_only
from ._runner import Failure, failure_of, known_secrets, masked, perform, refusal, shown
from ._settings_api.errors import InvalidInput

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
    """A module that collects every input error, and whose results, logs and failures hold no secret."""

    @classmethod
    def serve(cls, entry: ModuleDefinition) -> NoReturn:
        """Run as a module."""
        cls(entry)._answer()

    def __init__(self, entry: ModuleDefinition) -> None:
        self._entry = entry
        self._spec = {**entry.options, **(CONNECTION_OPTIONS if entry.environment else {})}
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

    def _answer(self) -> NoReturn:
        params = {**self.params, **self._result}
        outcome = perform(self._entry, self._spec, params, self.check_mode)
        self.no_log_values.update(known_secrets(self._entry, self._spec, params))
        # Not inside an except clause: Ansible adds the traceback of a pending exception, whose text may hold anything.
        if isinstance(outcome, Failure):
            self._fail(outcome)
        outcome = masked(outcome, self.no_log_values)
        for warning in outcome.pop("warnings", ()):
            self.warn(warning)
        self.exit_json(**outcome, invocation={"module_args": shown(self._spec, self.params)})
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Also called by Ansible's own parser, which names one error without its index: say all of them instead."""
        refused = None if self._ready else refusal(self._spec, self._given, lambda params: self._entry.check(params)[1])
        self._fail(refused or Failure(msg, kwargs))

    def _fail(self, failure: Failure) -> NoReturn:
        # Ansible would mask each blank of the message, if a secret is blank.
        self.no_log_values = {value for value in getattr(self, "no_log_values", ()) if str(value).strip()}
        known = self._ready and not failure.of_input
        invocation = {"module_args": shown(self._spec, self.params) if known else {}}
        found = masked({"msg": failure.message, **failure.kept()}, self.no_log_values)
        super().fail_json(**found, invocation=invocation)
        raise SystemExit(1)
