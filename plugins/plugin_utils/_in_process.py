# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's work inside Ansible's own process: no start of a Python, no unpacking, no imports for each host.

This file only decides where the module runs. What it does is in its module definition.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as Normal
from ansible.plugins.loader import filter_loader

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION as WORDS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames, apart
from ansible_collections.community.dynatrace.plugins.module_utils._runner import (
    Failure,
    defect,
    failure_of,
    known_secrets,
    masked,
    perform,
    refusal,
    shown,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput
from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.imported import COLLECTED
from ansible_collections.community.dynatrace.plugins.plugin_utils._checked_input import checked_input, received
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import (
    OPTION,
    SHARED_PREFIX,
    rendered,
    taken,
    taken_layered,
    unknown_variables,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._policy_groups import with_groups
from ansible_collections.community.dynatrace.plugins.plugin_utils._shared_vars import misspelt_shared
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import untrusted_json

VARIABLE = "dynatrace_in_process"
READ_ONLY = "dynatrace_read_only"
SCHEMA_CACHE = "schema_cache_directory"
_ENGINE = "ansible_collections.community.dynatrace.plugins.module_utils._settings_api"
# Read when a Python starts, so they ask for one that starts with them.
_START_VARIABLES = ("PYTHON", "LD_", "DYLD_", "OPENSSL_")
_NO_MACHINE = "An environment is not a machine. Set connection: local or delegate_to: localhost."
_DISCOVERY = ("", "auto", "auto_legacy", "auto_silent", "auto_legacy_silent")


def _load() -> frozenset[str]:
    """Import what the work needs; the names of the libraries that cannot be imported."""
    missing = set()
    with warnings.catch_warnings():
        # They would go to the terminal; those of a module go nowhere.
        warnings.simplefilter("ignore")
        for name in ("requests", "jsonschema"):
            try:
                importlib.import_module(name)
            except Exception:  # a broken library is as good as none: the module says what is wrong with it
                missing.add(name)
    if "requests" not in missing:
        # A module does so at its first request.
        importlib.import_module(f"{_ENGINE}.client")
        with contextlib.suppress(Exception):  # the first request says what is wrong
            importlib.import_module(f"{_ENGINE}.adapter").preload()
    return frozenset(missing)


# Strategies load an action plugin before they fork the worker of a host, so all of this happens once in a run.
MISSING = _load()
with contextlib.suppress(Exception):  # nothing but a head start
    # Ansible would load all its filters in each worker that meets the first one: {{ variable | default(omit) }}.
    filter_loader.get("default")


class InProcess(Normal):  # type: ignore[misc]
    """The action plugin of a module: does its work here, or runs it as any module is run."""

    entry: ClassVar[ModuleDefinition]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not MISSING.intersection(cls.entry.libraries):
            cls.entry.warm()

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """See ``ActionBase.run``. How long it took is the time of a test case in a JUnit report."""
        start = time.monotonic()
        given = self._task.args
        self._task.args = dict(given)
        try:
            result = self._run(tmp, task_vars or {})
        finally:
            # Callback plugins see the arguments of a task. What came from variables, secrets above all, is not theirs.
            self._task.args = given
        return {**result, "elapsed": round(time.monotonic() - start, 3)}

    def _run(self, tmp: str | None, variables: Mapping[str, Any]) -> dict[str, Any]:
        self._task.args = with_variables(self.entry, self._task.args, variables, self._templar.template)
        self._task.args = with_groups(self.entry, self._task.args, variables)
        if self.entry.environment and is_read_only(variables, lambda: _inventory(variables), self._templar.template):
            self._task.args["read_only"] = True
        self._task.args = {**schema_cache(self.entry), **self._task.args}
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        obstacle = self._obstacle(variables, environment)
        where = f"a separate process: {obstacle}" if obstacle else "part of this process"
        self._display.vvv(f"{self._task.action} runs as {where}", host=variables.get("inventory_hostname"))
        if obstacle:
            return self._as_module(tmp, variables)
        # What every action does first; not what the one of modules does, which is to run the module.
        result: dict[str, Any] = super(Normal, self).run(tmp, variables)
        with surroundings(environment, self._loader.get_basedir()):
            check_mode = bool(self._task.check_mode)
            result.update(answer(self.entry, self._task.args, check_mode, shows_invocation(variables)))
        return result

    def _as_module(self, tmp: str | None, task_vars: Mapping[str, Any] | None) -> dict[str, Any]:
        try:
            return dict(super().run(tmp, task_vars))
        except AnsibleConnectionFailure as error:
            message = str(error.message).strip().rstrip(".")
        if self.entry.environment:
            message += f". {_NO_MACHINE}"
        raise AnsibleConnectionFailure(message)

    def _obstacle(self, variables: Mapping[str, Any], environment: Mapping[str, str]) -> str:
        """The reason for a separate process, or nothing."""
        wanted = self._wanted(variables)
        if wanted is False:
            return f"{VARIABLE} is false"
        if self._task.async_val:
            if wanted:
                raise AnsibleActionFail(f"{VARIABLE} is true, but a task with async requires a separate process.")
            return "async"
        if wanted:
            return ""
        if self._connection.transport != "local":
            return f"the connection is {self._connection.transport}"
        if self._connection.become:
            return "become"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            return "Ansible keeps module files"
        if variable := next((name for name in environment if str(name).startswith(_START_VARIABLES)), ""):
            return f"the environment has {variable}"
        if python := self._other_python(variables):
            return f"the interpreter is {python}"
        if missing := MISSING.intersection(self.entry.libraries):
            return f"Ansible's Python has no {' and no '.join(sorted(missing))}"
        return ""

    def _wanted(self, variables: Mapping[str, Any]) -> bool | None:
        if VARIABLE not in variables:
            return None
        value = rendered(VARIABLE, lambda: self._templar.template(variables[VARIABLE]))
        if value is None or value == "auto":
            return None
        try:
            return bool(boolean(value))
        except TypeError:
            raise AnsibleActionFail(f"{VARIABLE} must be auto, true, or false.") from None

    def _other_python(self, variables: Mapping[str, Any]) -> str:
        """The interpreter that is asked for, if it is not the one that runs Ansible.

        Discovery looks for any Python on a machine that Ansible knows nothing of. Here the machine is Ansible's own,
        and its Python has the libraries, or this is not asked. So discovery asks for no other Python.
        """
        if self._task.delegate_to:
            variables = variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        value = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        if value in _DISCOVERY:
            return ""
        found = rendered("ansible_python_interpreter", lambda: self._templar.template(value))
        python = str(found or "").strip()
        return "" if python in _DISCOVERY or _is_own(python) else python


def spec_of(entry: ModuleDefinition) -> dict[str, Any]:
    """The argument spec of a module definition, with the connection options."""
    return {**entry.options, **(CONNECTION_OPTIONS if entry.environment else {})}


def is_read_only(
    variables: Mapping[str, Any], inventory: Callable[[], Mapping[str, Any]], template: Callable[[Any], Any]
) -> bool:
    """Whether the inventory, or anything else, says that the environment is not to be written to.

    Variables of roles, plays and tasks take precedence over those of the inventory, but not here.

    :param inventory: returns the variables of the host without those.
    """
    if READ_ONLY not in variables:
        return False
    return is_true(READ_ONLY, variables, template) or is_true(READ_ONLY, inventory(), template)


def is_true(variable: str, variables: Mapping[str, Any], template: Callable[[Any], Any]) -> bool:
    """Whether a variable is defined and true.

    :raises AnsibleActionFail: it is neither true nor false.
    """
    if variable not in variables:
        return False
    try:
        return bool(boolean(rendered(variable, lambda: template(variables[variable]))))
    except TypeError:
        raise AnsibleActionFail(f"{variable} must be true or false.") from None


def _inventory(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables of the host of a task, without those of the play and the task."""
    found: Mapping[str, Any] = variables.get("hostvars", {}).get(variables.get("inventory_hostname"), {})
    return found


def schema_cache(entry: ModuleDefinition) -> dict[str, str]:
    """The option of modules that keep schemas. The workers of a run share it, and Ansible removes it at the end."""
    if SCHEMA_CACHE not in entry.options:
        return {}
    return {SCHEMA_CACHE: os.path.join(constants.DEFAULT_LOCAL_TMP, "dynatrace_schemas")}


def with_variables(
    entry: ModuleDefinition, args: Mapping[str, Any], variables: Mapping[str, Any], template: Callable[[Any], Any]
) -> dict[str, Any]:
    """The arguments of a task, and the options that are not given, from the variables that have their names."""
    args = dict(args)
    prefix = args.get(OPTION)
    if not prefix or not isinstance(prefix, str):
        return args
    about = entry.variables
    renamed = about.renamed if about else {}
    options = [name for name in spec_of(entry) if name != OPTION]
    known = {name: prefix + renamed.get(name, name) for name in options}
    # The connection is the same for every role: a variable with the prefix of this one wins where it is defined.
    shared = {name: SHARED_PREFIX + name for name in options if name in CONNECTION_OPTIONS}
    shared |= entry.shared
    read = known | {name: variable for name, variable in shared.items() if known[name] not in variables}
    names = {name: variable for name, variable in read.items() if name not in args}
    layered = {name: names[name] for name in entry.layered if name in names}
    plain = {name: variable for name, variable in names.items() if name not in layered}
    found, problems, warned = taken(plain, variables, template)
    items: dict[str, tuple[str, ...]] = {}
    declared_in: dict[str, str] = {}
    for name, base in layered.items():
        merged = taken_layered(name, base, variables, template, entry.layered[name])
        found |= merged.found
        problems += merged.problems
        warned += merged.warnings
        declared_in |= merged.declared_in
        items |= {name: merged.paths} if merged.paths else {}
    words = unknown_variables(prefix, known, about, variables, tuple(layered.values())) if about else OptionNames()
    slips = misspelt_shared([*known.values(), *shared.values()], variables)
    given = dict(OptionNames.of(args).names)
    words = OptionNames(
        {**names, **given},
        items,
        (*problems, *words.problems, *slips.problems),
        (*warned, *words.warnings, *slips.warnings),
        (*words.meant, *slips.meant),
        declared_in,
    )
    args.update(found)
    args[WORDS] = words.to_option()
    return args


def answer(entry: ModuleDefinition, args: Mapping[str, Any], check_mode: bool, with_invocation: bool) -> dict[str, Any]:
    """The result that the module would give, masked as Ansible masks it. Never raises an ``Exception``."""
    spec = spec_of(entry)
    params: dict[str, Any] = {}
    hidden: set[object] = set()
    try:
        given, digests = received(entry, spec, args)
        checked = checked_input(entry, spec, given, digests)
        outcome: Failure | dict[str, Any] | None
        if checked is not None:
            ready, params = checked.ready, dict(checked.params)
            secrets = known_secrets(entry, spec, params)
            hidden = {*checked.hidden, *secrets}
            outcome = perform(entry, spec, params, check_mode, check=lambda _params: (ready, ()), secrets=secrets)
        elif (outcome := refusal(spec, given, lambda rest: entry.check(rest)[1])) is None:
            validation = ArgumentSpecValidator(spec).validate(apart(given)[0])
            hidden = set(validation._no_log_values)
            if validation.error_messages:
                outcome = Failure(validation.errors.msg)
            else:
                params = {**given, **validation.validated_parameters}
                hidden |= known_secrets(entry, spec, params)
                outcome = perform(entry, spec, params, check_mode)
        result = _as_returned(outcome)
    except InvalidInput as error:
        outcome = failure_of(error, OptionNames.of(args))
        result = _as_returned(outcome)
    except Exception as error:
        outcome = defect(error)
        result = _as_returned(outcome)
    if isinstance(outcome, Failure) and outcome.of_input:
        params = {}
    if with_invocation:
        result["invocation"] = {"module_args": shown(spec, params)}
    if isinstance(outcome, Failure):
        # As in the module: else each blank of the message would be masked, if a secret is blank.
        hidden = {value for value in hidden if str(value).strip()}
    # What an import has read becomes a file. It is not part of the result of the task.
    collected = {COLLECTED: result.pop(COLLECTED)} if COLLECTED in result else {}
    return dict(untrusted_json({**masked(result, hidden), **collected}))


def _is_own(python: str) -> bool:
    """Whether a path is the Python that runs Ansible. A link from another folder is not: it may be a virtualenv."""
    own = sys.executable
    if os.path.dirname(os.path.normpath(python)) != os.path.dirname(os.path.normpath(own)):
        return False
    return os.path.realpath(python) == os.path.realpath(own)


def _as_returned(outcome: Failure | dict[str, Any]) -> dict[str, Any]:
    """An outcome as the result of a module arrives: what a warning is, and what JSON has."""
    if isinstance(outcome, Failure):
        outcome = {"failed": True, "msg": outcome.message, **outcome.kept()}
    elif warned := outcome.pop("warnings", ()):
        outcome["warnings"] = list(dict.fromkeys(warned))
    result: dict[str, Any] = json.loads(json.dumps(outcome))
    return result


def shows_invocation(variables: Mapping[str, Any]) -> bool:
    """Whether results hold the arguments of the module."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except (AnsibleError, KeyError):  # before ansible-core 2.21 it was always there
        return True


@contextlib.contextmanager
def surroundings(environment: Mapping[str, str], folder: str) -> Iterator[None]:
    """What a module's process would have: the task's environment, and the folder of the playbook."""
    added = {str(name): str(value) for name, value in environment.items()}
    before = {name: os.environ.get(name) for name in added}
    try:
        place = os.getcwd()
    except OSError:  # it was removed
        place = folder
    try:
        os.environ.update(added)
        os.chdir(folder)
        yield
    finally:
        os.chdir(place)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
