# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of ``fleet``: all environments of a play in one task."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

from ansible_collections.community.dynatrace.plugins.module_utils._runner import defect
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.adapter import kept_connections
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.batches import Rollout
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.environments import (
    MODULES,
    Job,
    Outcome,
    definition_of,
    lost,
    prepare,
    run,
    unprocessed,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.merge import IMPORTS, Written, merged
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.stop import Stop
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.summary import (
    failure,
    grouped_diff,
    statistics,
    what_of,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.terminal import TERMINAL, Terminal
from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.workers import Work, Workers
from ansible_collections.community.dynatrace.plugins.plugin_utils._in_process import (
    MISSING,
    shows_invocation,
    surroundings,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import build
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.words import reason
from ansible_collections.community.dynatrace.plugins.plugin_utils._report_action import (
    check_directory,
    result_of,
    write_files,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import untrusted

OPTIONS: dict[str, dict[str, Any]] = {
    "module": {"type": "str", "choices": sorted(MODULES), "default": "user_session_exports"},
    "options": {"type": "dict", "default": {}},
    "option_variables": {"type": "dict", "default": {}},
    "vars_prefix": {"type": "str", "default": "user_session_exports_"},
    "mode": {"type": "str", "choices": ["audit", "configure"], "default": "configure"},
    "canary": {"type": "int", "default": 0},
    "serial": {"type": "str", "default": "100%"},
    "max_fail_percentage": {"type": "int", "default": 100},
    "fail_on_drift": {"type": "bool", "default": False},
    "fail_on_unmanaged": {"type": "bool", "default": False},
    "processes": {"type": "int", "default": 0},
    "threads": {"type": "int", "default": 50},
    "return_results": {"type": "str", "choices": ["none", "failed", "changed", "all"], "default": "all"},
    "report_directory": {"type": "str"},
    "report_title": {"type": "str", "default": "Dynatrace settings"},
    "group_by": {"type": "str"},
    "merge_directory": {"type": "path"},
    "progress": {"type": "bool", "default": True},
}
_FILES = {"html": ".html", "json": ".json", "junit": ".xml", "plans": "-plans.json", "limit_file": "-failed.txt"}
_OURS = "community.dynatrace"
# Callback plugins that show a table of environments themselves.
_TABLES = (f"{_OURS}.progress",)
# host_pinned is the same code.
_FREE = "ansible.plugins.strategy.free"
_WRONG_STRATEGY = (
    f"{_OURS}.fleet processes all hosts of a play in one task, which the strategies free and host_pinned do not "
    "support. Set 'strategy: linear' in this play. Nothing was changed."
)


@dataclass
class _Results:
    """What became of the environments so far."""

    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    diffs: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    changed: bool = False
    written: Written = field(default_factory=Written)

    def about(self, host: str) -> dict[str, Any]:
        """What is returned about an environment."""
        record = self.records[host]
        why = reason(record, drift=True)
        about = {"state": record["state"], "reason": why, "changes": what_of(record)}
        return {"host": host, **about, "seconds": round(self.seconds.get(host, 0.0), 1)}

    def add(self, outcome: Outcome) -> None:
        self.records[outcome.host] = outcome.record
        self.changed |= outcome.changed
        if outcome.result is not None:
            self.results[outcome.host] = outcome.result
        if outcome.changed and outcome.diff:
            self.diffs[outcome.host] = outcome.diff
        for text in outcome.warnings:
            self.warnings.setdefault(text, []).append(outcome.host)


class _OnceForAllHosts:
    """Answers the question of a strategy whether a task runs once for all hosts.

    The strategies ``free`` and ``host_pinned`` refuse such a task when they ask. Their message does not say what to do.
    """

    def __get__(self, _instance: object, _owner: object) -> bool:
        frame = inspect.currentframe()
        asking = frame.f_back if frame else None
        if asking is not None and asking.f_globals.get("__name__") == _FREE:
            raise AnsibleError(_WRONG_STRATEGY)
        return True


class FleetAction(ActionBase):  # type: ignore[misc]
    """Runs once for all hosts of a batch of a play."""

    BYPASS_HOST_LOOP = _OnceForAllHosts()
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ``ActionBase.run``."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec=OPTIONS)
        rollout = Rollout(options["canary"], options["serial"], options["max_fail_percentage"])
        if problems := rollout.problems():
            raise AnsibleActionFail(f"{'; '.join(problems)}. Nothing was changed.")
        job = self._job(options, variables)
        if missing := MISSING.intersection(job.entry.libraries):
            raise AnsibleActionFail(f"Ansible's Python has no {' and no '.join(sorted(missing))}.")
        hosts = [str(host) for host in variables.get("ansible_play_batch") or ()]
        readers = HostVariables(self._task, variables, self._templar, self._environments())
        quiet = not options["progress"] or bool(self._task.no_log) or not _shows_ok()
        screen = Terminal(hosts, self._display, quiet=quiet)
        results = _Results()
        if folder := _report_directory(options, variables)[0]:
            check_directory(folder)
        with Stop() as stop:
            stopped = self._process(hosts, rollout, job, readers, screen, results, stop, options)
        screen.clear()
        for host in hosts:
            if host not in results.records:
                results.add(unprocessed(host, job, readers))
                screen.progress.settle(results.about(host))
        if options["merge_directory"]:
            results.written = self._merge(options, variables, results, dry=job.dry)
        found = self._finish(hosts, job, options, variables, results, screen, stopped)
        if stop.reason:
            # Ansible itself is ending: nothing waits for the result.
            self._display.display(found["msg"])
            os._exit(1)
        result.update(untrusted(found))
        return result

    def _job(self, options: Mapping[str, Any], variables: Mapping[str, Any]) -> Job:
        name = options["module"]
        entry = definition_of(name)
        kept = options["return_results"]
        if options["merge_directory"]:
            if name not in IMPORTS:
                raise AnsibleActionFail(f"merge_directory requires one of these modules: {', '.join(sorted(IMPORTS))}.")
            entry, kept = IMPORTS[name].definition, "all"
        return Job(
            module=name,
            entry=entry,
            basedir=self._loader.get_basedir(),
            vars_prefix=options["vars_prefix"],
            options=self._task.args.get("options") or {},
            option_variables={str(key): str(value) for key, value in options["option_variables"].items()},
            # What does the work of several modules has the defaults of the first one.
            defaults=self._defaults(f"{_OURS}.{'user_session_exports' if name == 'environment' else name}"),
            dry=options["mode"] == "audit" or bool(self._task.check_mode),
            invocation=shows_invocation(variables),
            group_by=options["group_by"],
            keeps=lambda record: (
                kept == "all"
                or (kept == "changed" and record["state"] != "unchanged")
                or (kept == "failed" and record["state"] in ("failed", "unreachable"))
            ),
        )

    def _defaults(self, action: str) -> Callable[[Callable[[Any], Any]], dict[str, Any]]:
        """``module_defaults`` of the module, as they are for a task that uses it."""
        merged: dict[str, Any] = {}
        own = (self._task.get_ds() or {}).get("module_defaults")
        mine = self._task._load_module_defaults("module_defaults", own) if own else []
        # Those of the task itself are rendered by now, with the variables of one host.
        for one in (*self._outer("module_defaults"), *mine):
            merged.update(one)
        groups = (self._task.get_play()._action_groups or {}).get(action, ())
        raws = [value for name, value in merged.items() if name.startswith("group/") and name[6:] in groups]
        raws += [merged[action]] if action in merged else []

        def defaults(template: Callable[[Any], Any]) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for raw in raws:
                found.update(template(raw) or {})
            return found

        return defaults

    def _environments(self) -> list[Any]:
        """The keyword ``environment`` of the play, blocks and the task, before it is rendered for one host."""
        own = (self._task.get_ds() or {}).get("environment")
        found = [*self._outer("environment"), *_listed(own)]
        return [one for one in found if one]

    def _outer(self, keyword: str) -> list[Any]:
        """The values of a keyword that the play and the blocks around the task give, before they are rendered."""
        found: list[Any] = []
        node = self._task._parent
        while node is not None:
            value = getattr(node, f"_{keyword}", None)
            found = [*_listed(value), *found]
            node = getattr(node, "_parent", None)
        value = getattr(self._task.get_play(), f"_{keyword}", None)
        return [*_listed(value), *found]

    def _process(
        self,
        hosts: Sequence[str],
        rollout: Rollout,
        job: Job,
        readers: HostVariables,
        screen: Terminal,
        results: _Results,
        stop: Stop,
        options: Mapping[str, Any],
    ) -> str:
        """Process the environments batch by batch; return why the run ended early, if it did."""

        with ExitStack() as stack:
            stack.enter_context(kept_connections(options["threads"], len(hosts)))
            entered = stack.enter_context(ExitStack())

            def enter(environ: Mapping[str, str]) -> None:
                entered.close()
                entered.enter_context(surroundings(environ, "."))

            work: Work = Work(
                prepare=lambda host: prepare(host, job, readers),
                run=lambda prepared: run(prepared, job),
                lost=lambda host, error, begun: lost(host, error, begun=begun, interrupted=stop.reason, job=job),
                alone=lambda prepared: prepared.environ,
                enter=enter,
            )
            count = options["processes"] or os.cpu_count() or 1
            workers = stack.enter_context(
                Workers(work, stop, processes=count, threads=options["threads"], tick=screen.tick)
            )
            for index, batch in enumerate(rollout.batches(hosts)):
                failed = 0
                for _host, outcome in workers.outcomes(batch):
                    results.add(outcome)
                    failed += outcome.failed
                    results.seconds[outcome.host] = outcome.seconds
                    screen.progress.settle(results.about(outcome.host))
                if stop.reason:
                    return f"interrupted by {stop.reason}"
                if rollout.stops(index, len(batch), failed):
                    return "the canary failed" if rollout.canary and index == 0 else "too many environments failed"
        return ""

    def _merge(
        self, options: Mapping[str, Any], variables: Mapping[str, Any], results: _Results, *, dry: bool
    ) -> Written:
        """Write the variables of groups and hosts."""
        groups = {str(name): list(map(str, hosts)) for name, hosts in (variables.get("groups") or {}).items()}
        try:
            written = merged(
                IMPORTS[options["module"]],
                results.results,
                [str(record["state"]) for record in results.records.values()],
                groups,
                os.path.abspath(options["merge_directory"]),
                check=dry,
            )
        except Exception as error:
            written = Written(problems=[defect(error).message])
        results.changed |= bool(written.files)
        if options["return_results"] == "none":
            results.results.clear()
        return written

    def _finish(
        self,
        hosts: Sequence[str],
        job: Job,
        options: Mapping[str, Any],
        variables: Mapping[str, Any],
        results: _Results,
        screen: Terminal,
        stopped: str,
    ) -> dict[str, Any]:
        report = build(
            [results.records[host] for host in hosts],
            title=options["report_title"],
            mode=options["mode"],
            dry=job.dry,
            now=datetime.now(timezone.utc),
            group_by=options["group_by"],
        )
        folder, job_id = _report_directory(options, variables)
        paths = {form: f"{folder}/{options['mode']}{end}" if folder else None for form, end in _FILES.items()}
        files, unwritten = write_files(report, paths)
        found = result_of(report, files)
        lines = found["summary"] = [*found["summary"], *results.written.lines(dry=job.dry)]
        why, loose = found["reasons"], found["unmanaged"]
        wrong = dict.fromkeys(list(why) if options["fail_on_drift"] else found["hosts_to_retry"])
        wrong |= dict.fromkeys(loose if options["fail_on_unmanaged"] else ())
        failures = {host: " ".join(filter(None, (why.get(host), loose.get(host)))) for host in hosts if host in wrong}
        found |= {
            "changed": results.changed,
            "environments": {host: results.about(host) for host in hosts},
            "results": results.results,
            "written_files": results.written.files,
            "stopped": stopped,
            "statistics": statistics(report, failures, job_id or "run"),
        }
        # Ansible ignores these of a task that failed.
        found["ansible_stats"] = {"data": found["statistics"], "per_host": False, "aggregate": True}
        if results.diffs and self._task.diff:
            order = {host: index for index, host in enumerate(hosts)}
            found["diff"] = grouped_diff(dict(sorted(results.diffs.items(), key=lambda one: order[one[0]])))
        if results.written.diff and self._task.diff:
            found["diff"] = results.written.diff
        if results.warnings:
            found["warnings"] = [f"{', '.join(names)}: {text}" for text, names in results.warnings.items()]
        message = list(filter(None, (*results.written.failure, unwritten)))
        if failures:
            limit_file = files.get("limit_file", "")
            text = failure(failures, len(hosts), limit_file=limit_file, stopped=stopped, name_all=bool(unwritten))
            message.insert(0, text)
        if message:
            found["failed"] = True
            found["msg"] = "\n".join(message)
            if (diff := found.pop("diff", None)) and not self._task.no_log:
                # Ansible shows no differences of a task that failed.
                self._display.display(CallbackBase()._get_diff(diff).rstrip())
        if not self._task.no_log and constants.DEFAULT_STDOUT_CALLBACK not in _TABLES:
            for line in screen.table() if TERMINAL else lines:
                self._display.display(line)
        return found


def _listed(value: Any) -> list[Any]:
    """The value of a keyword that takes one or several; nothing if it is not given."""
    return value if isinstance(value, list) else [value] if isinstance(value, (Mapping, str)) else []


def _report_directory(options: Mapping[str, Any], variables: Mapping[str, Any]) -> tuple[str, str]:
    """The directory of the report, if there is to be one, and the ID of the job."""
    folder, job_id = options["report_directory"] or "", str(variables.get("awx_job_id") or "")
    return f"{folder}/job-{job_id}" if folder and job_id else folder, job_id


def _shows_ok() -> bool:
    """Whether Ansible is to show hosts of which there is nothing to say."""
    with suppress(Exception):
        return bool(constants.config.get_config_value("DISPLAY_OK_HOSTS"))
    value = os.environ.get("ANSIBLE_DISPLAY_OK_HOSTS", "yes")
    return not re.fullmatch("(?i)no|false|0|off", value)
