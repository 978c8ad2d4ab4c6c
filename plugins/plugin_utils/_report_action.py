# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the outcomes of all hosts to the files of a report: what of it knows Ansible."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.community.dynatrace.plugins.module_utils import _atomic_file as files
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    ReportProblem,
    as_json,
    as_plans,
    build,
    read_earlier,
    reasons,
    to_retry,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.environment import about_host, environment
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.summary import (
    summary,
    unmanaged,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import untrusted

OPTIONS: dict[str, dict[str, Any]] = {
    "title": {"type": "str", "default": "User session exports"},
    "mode": {"type": "str", "choices": ["audit", "configure"], "required": True},
    "hosts": {"type": "list", "elements": "str"},
    "outcome_variable": {"type": "str", "default": "dynatrace_outcome"},
    "group_by": {"type": "str"},
    "html": {"type": "path"},
    "json": {"type": "path"},
    "junit": {"type": "path"},
    "limit_file": {"type": "path"},
    "plans": {"type": "path"},
    "merge": {"type": "list", "elements": "path", "default": []},
    "write_in_check_mode": {"type": "bool", "default": False},
}
_FORMS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "html": as_page,
    "json": as_json,
    "junit": as_junit,
    "plans": as_plans,
}
_OTHER_DIRECTORY = "Choose another directory: dynatrace_report_directory of the playbooks."


class ReportAction(ActionBase):  # type: ignore[misc]
    """Reads the variables of all hosts where they are: no list of them is templated for the task."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ``ActionBase.run``."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=OPTIONS)
        variables = task_vars or {}
        now = datetime.now(timezone.utc)
        dry = options["mode"] == "audit" or bool(context.CLIARGS.get("check"))
        earlier = _earlier(options["merge"])
        hosts = options["hosts"]
        names = variables.get("ansible_play_hosts_all", ()) if hosts is None else hosts
        environments = []
        for host in dict.fromkeys(map(str, names)):
            read = _reader(variables.get("hostvars", {}), host)
            about = about_host(host, read, options["group_by"])
            environments.append(environment(about, read(options["outcome_variable"]), dry=dry, now=now))
        report = build(
            environments,
            title=options["title"],
            mode=options["mode"],
            dry=dry,
            now=now,
            group_by=options["group_by"],
            earlier=earlier,
        )
        writes = not self._task.check_mode or options["write_in_check_mode"]
        written, problem = write_files(report, options) if writes else ({}, "")
        found = result_of(report, written)
        if problem:
            found |= {"failed": True, "msg": f"{problem} What was done in the environments stands."}
        result.update(untrusted(found), changed=False)
        return result


def _reader(hostvars: Mapping[str, Any], host: str) -> Callable[[str], object]:
    """Reads variables of a host. What is not there, or cannot be templated, is nothing: a report must come out."""
    try:
        variables: Mapping[str, Any] = hostvars[host]
    except Exception:
        variables = {}

    def read(name: str) -> object:
        try:
            return variables[name]
        except Exception:
            return None

    return read


def _earlier(paths: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The environments of earlier reports."""
    found: list[list[dict[str, Any]]] = []
    problems: list[str] = []
    for path in paths:
        try:
            found.append(read_earlier(files.place(path).read_text(encoding="utf-8"), path))
        except ReportProblem as problem:
            problems.append(f"merge: {problem}")
        except UnicodeDecodeError:
            problems.append(f"merge: {path}: is not valid JSON")
        except OSError as error:
            problems.append(f"merge: {path}: cannot be read: {error.strerror}")
    if problems:
        raise AnsibleActionFail("; ".join(problems))
    return found


def result_of(report: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """What a task that makes a report returns about it.

    :param files: where the report was written, by its form.
    """
    lines = summary(report, files)
    return {
        "msg": lines[0],
        "summary": lines,
        "counts": report["counts"],
        "hosts_to_retry": to_retry(report),
        "reasons": reasons(report, drift=report["mode"] == "audit"),
        "unmanaged": unmanaged(report),
        "files": files,
    }


def check_directory(path: str) -> None:
    """Create the directory of a report, and check that files can be written there.

    :raises AnsibleActionFail: they cannot.
    """
    directory = files.place(path)
    try:
        files.make_directory(directory)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        problem = f"The report cannot be written to {path}: {error.strerror}."
        raise AnsibleActionFail(f"{problem} {_OTHER_DIRECTORY} Nothing was changed.") from None


def write_files(report: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Write the requested files; return their paths, and what went wrong."""
    written = {}
    problems: list[tuple[str, str | None]] = []
    wanted = {form: render for form, render in _FORMS.items() if options[form]}
    for form, render in wanted.items():
        try:
            written[form] = files.write(options[form], render(report))
        except OSError as error:
            problems.append((options[form], error.strerror))
    retry = to_retry(report)
    if options["limit_file"]:
        try:
            if retry:
                written["limit_file"] = files.write(options["limit_file"], "".join(f"{host}\n" for host in retry))
            else:
                # An empty file would not limit anything.
                files.remove(options["limit_file"])
        except OSError as error:
            problems.append((options["limit_file"], error.strerror))
    if not problems:
        return written, ""
    # Most often it is the directory, and each form would say the same.
    path, why = problems[0]
    more = f" ({len(problems)} files)" if len(problems) > 1 else ""
    return written, f"The report could not be written: {path}: {why}{more}. {_OTHER_DIRECTORY}"
