# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done for one environment of a fleet: the work of a module, with options from the variables of its host.

To run another module for a fleet, add its definition to ``MODULES``. It needs no code of its own here: its options
come from the variables with the prefix of the task, as in a task per host. Its ``check`` and ``work`` must be safe to
call in several threads. If its result is to be in a report, the result needs ``exports`` or ``objects``.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION as WORDS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._runner import defect
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem
from ansible_collections.community.dynatrace.plugins.plugin_utils._cached_imports import cached_imports
from ansible_collections.community.dynatrace.plugins.plugin_utils._in_process import (
    answer,
    is_read_only,
    is_true,
    schema_cache,
    spec_of,
    with_variables,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import OPTION as VARS_PREFIX
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import rendered, taken
from ansible_collections.community.dynatrace.plugins.plugin_utils._policy_groups import with_groups
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import about_host, environment

from .host_variables import HostVariables

# The modules that a fleet task can run, by the names that users give, and where their definitions are. A task imports
# only its own, because Ansible compiles the files of collections in every run.
MODULES: dict[str, tuple[str, str]] = {
    # Session exports and settings in one plan.
    "environment": ("_environment.module", "ENVIRONMENT"),
    "settings": ("_settings_objects.settings_module", "SETTINGS"),
    "settings_to_vars": ("_settings_objects.settings_module", "IMPORT"),
    "terraform_to_vars": ("_terraform.module", "CONVERT"),
    "user_session_exports": ("_export_modules", "WRITE"),
    "user_session_exports_to_vars": ("_export_modules", "IMPORT"),
}
PER_HOST = "dynatrace_per_host"
_UTILITIES = "ansible_collections.community.dynatrace.plugins.module_utils"
_UNKNOWN = "It is unknown what was changed. Run the playbook again for this environment."
_ENDED = "ended unexpectedly, for example because it was killed or the machine has no memory left"
_LOST = f"The process that worked on this environment {_ENDED}. {_UNKNOWN}"
_NOT_BEGUN = (
    f"The process that read the variables of this environment {_ENDED}. Nothing was changed in the environment. "
    "Run the playbook again for it."
)
_INTERRUPTED = f"The run was interrupted ({{}}) while it worked on this environment. {_UNKNOWN}"


@dataclass(frozen=True)
class Job:
    """What a fleet task does for every environment.

    :param module: the name of the module.
    :param basedir: the directory of the playbook, to which the paths in options are relative.
    :param options: options of the module, the same for all environments.
    :param option_variables: for other options, the variables that give their values.
    :param defaults: returns the ``module_defaults`` of the module.
    :param dry: whether changes in results are drift: check mode.
    :param invocation: whether results hold the arguments of the module.
    :param keeps: whether the result of an environment, which is given as in the report, is returned.
    """

    module: str
    entry: ModuleDefinition
    basedir: str
    vars_prefix: str
    options: Mapping[str, Any]
    option_variables: Mapping[str, str]
    defaults: Callable[[Callable[[Any], Any]], Mapping[str, Any]]
    dry: bool
    invocation: bool
    group_by: str | None = None
    keeps: Callable[[Mapping[str, Any]], bool] = field(default=lambda _result: True)


@dataclass(frozen=True)
class Prepared:
    """The input of one environment: everything that variables provide.

    :param failure: the reason why there is no input.
    """

    host: str
    args: Mapping[str, Any]
    about: Mapping[str, Any]
    environ: Mapping[str, str]
    failure: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one environment.

    :param record: the environment as in the report.
    :param result: the result of the module, if it is to be returned.
    :param diff: the differences that ``--diff`` shows.
    """

    host: str
    record: Mapping[str, Any]
    result: Mapping[str, Any] | None
    changed: bool
    failed: bool
    seconds: float
    diff: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[str] = ()


def definition_of(module: str) -> ModuleDefinition:
    """Return the definition of a module by the name that users give."""
    file, name = MODULES[module]
    with cached_imports():
        found: ModuleDefinition = getattr(importlib.import_module(f"{_UTILITIES}.{file}"), name)
    return found


def prepare(host: str, job: Job, variables: HostVariables) -> Prepared:
    """Read the variables of a host. Not safe in threads: it renders templates."""
    try:
        values = variables.of(host)
        template = variables.template(values)
        defaults = rendered("module_defaults", lambda: job.defaults(template))
        args = {**defaults, **job.options}
        found, problems, warnings = taken(job.option_variables, values, template)
        args |= {name: value for name, value in found.items() if name not in job.options}
        if job.vars_prefix:
            args[VARS_PREFIX] = job.vars_prefix
            args = with_variables(job.entry, args, values, template)
        args = with_groups(job.entry, args, values)
        if job.module == "environment" and is_true(PER_HOST, values, template):
            # The playbooks decide on it before the inventory is read.
            problems.append(Problem("variable_of_inventory", PER_HOST))
        if problems or warnings:
            words = OptionNames.of(args)
            args[WORDS] = replace(
                words, problems=(*problems, *words.problems), warnings=(*warnings, *words.warnings)
            ).to_option()
        if job.entry.environment and is_read_only(values, lambda: variables.inventory(host), template):
            args["read_only"] = True
        args = {**schema_cache(job.entry), **args, **_absolute(job, args)}
        about = _about(job, host, values, template)
        environ = rendered("environment", lambda: variables.environ(values))
        return Prepared(host, args, about, environ)
    except AnsibleError as error:
        failure = {"failed": True, "msg": str(error.message)}
    except Exception as error:
        failure = {"failed": True, "msg": defect(error).message}
    return Prepared(host, {}, {"host": host}, {}, failure)


def run(prepared: Prepared, job: Job) -> Outcome:
    """Do the work for one environment. Safe in threads; never raises an ``Exception``."""
    start = time.monotonic()
    if prepared.failure is not None:
        result: dict[str, Any] = dict(prepared.failure)
    else:
        result = answer(job.entry, prepared.args, job.dry, job.invocation)
    result["elapsed"] = round(time.monotonic() - start, 3)
    return outcome_of(prepared.host, prepared.about, result, job)


def outcome_of(host: str, about: Mapping[str, Any], result: Mapping[str, Any], job: Job) -> Outcome:
    """The outcome for a result or a failure of the module."""
    failed = bool(result.get("failed") or result.get("unreachable"))
    changed = bool(result.get("changed"))
    # Results of modules that do not belong into a report have the state of their change.
    items = {"exports", "objects", "schemas"} & result.keys()
    shown = result if failed or items else {**result, "objects": []}
    record = environment({**about, "host": host}, shown, dry=job.dry, now=datetime.now(timezone.utc))
    if changed and not failed and isinstance(result.get("dest"), str):
        # The file that the module writes on the controller.
        record = {**record, "file": result["dest"]}
    diff = result.get("diff") or ()
    return Outcome(
        host,
        record,
        # As Ansible completes the result of a task.
        {"changed": False, "failed": False, **result} if job.keeps(record) else None,
        changed,
        failed,
        float(result.get("elapsed") or 0),
        diff if isinstance(diff, list) else [diff] if diff else [],
        [str(one) for one in result.get("warnings") or ()],
    )


def lost(host: str, error: BaseException | None, *, begun: bool, interrupted: str, job: Job) -> Outcome:
    """The outcome for a host that has no result.

    :param error: the unexpected exception, if there was one.
    :param begun: whether the work for it had begun.
    :param interrupted: what interrupted the run, if something did.
    """
    why = _INTERRUPTED.format(interrupted) if interrupted else _LOST if begun else _NOT_BEGUN
    if error is not None:
        why = f"{defect(error).message} {_UNKNOWN}"
    return outcome_of(host, {}, {"failed": True, "msg": why}, job)


def unprocessed(host: str, job: Job, variables: HostVariables) -> Outcome:
    """The outcome for a host that was not processed."""
    about: dict[str, Any] = {}
    with suppress(Exception):
        values = variables.of(host)
        about = _about(job, host, values, variables.template(values))
    record = environment({**about, "host": host}, None, dry=job.dry, now=datetime.now(timezone.utc))
    return Outcome(host, record, None, False, False, 0.0)


def _absolute(job: Job, args: Mapping[str, Any]) -> dict[str, str]:
    """Relative paths from the directory of the playbook, where a module starts; threads cannot change to it."""
    paths = {
        name: args[name] for name, option in spec_of(job.entry).items() if option["type"] == "path" and name in args
    }
    return {
        name: os.path.join(job.basedir, path)
        for name, path in paths.items()
        if isinstance(path, str) and path and not os.path.isabs(os.path.expanduser(os.path.expandvars(path)))
    }


def _about(job: Job, host: str, values: Mapping[str, Any], template: Callable[[Any], Any]) -> dict[str, Any]:
    def read(name: str) -> object:
        try:
            return template(values[name])
        except Exception:  # a report must come out
            return None

    return about_host(host, read, job.group_by)
