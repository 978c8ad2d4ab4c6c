# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of each host, as a task for that host would see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError

from .templates import Templates


class HostVariables:
    """Reads the raw variables of hosts: of the inventory, the play, the task, and the command line.

    :param task: the task, whose own variables take part.
    :param task_vars: the variables of the task for the host on which Ansible runs it.
    :param templar: renders templates.
    :param environments: the raw values of the keyword ``environment``, from the play to the task.
    """

    def __init__(
        self,
        task: Any,
        task_vars: Mapping[str, Any],
        templar: Any,
        environments: Sequence[Any] = (),
    ) -> None:
        self._hostvars = task_vars["hostvars"]
        self._manager = self._hostvars._variable_manager
        self._inventory = self._hostvars._inventory
        self._task, self._play = task, task.get_play()
        self._batch = list(task_vars.get("ansible_play_batch") or ())
        self._all = list(task_vars.get("ansible_play_hosts_all") or ())
        # What strategies add to the variables of a task.
        self._more = {
            name: task_vars[name] for name in ("ansible_current_hosts", "ansible_failed_hosts") if name in task_vars
        }
        self._omit = {"omit": task_vars["omit"]} if "omit" in task_vars else {}
        self._templar = templar
        self._templates = Templates(self._render)
        self._environments = environments

    def of(self, host: str) -> dict[str, Any]:
        """Return the raw variables of a host."""
        found = self._inventory.get_host(host)
        if found is None:
            raise AnsibleError(f"{host} is not in the inventory.")
        variables: dict[str, Any] = self._manager.get_vars(
            play=self._play, host=found, task=self._task, _hosts=self._batch, _hosts_all=self._all
        )
        return {**variables, **self._more, **self._omit}

    def inventory(self, host: str) -> Mapping[str, Any]:
        """Return the raw variables of a host without those of the play and the task."""
        found: Mapping[str, Any] = self._hostvars.raw_get(host)
        return found

    def template(self, variables: Mapping[str, Any]) -> Callable[[Any], Any]:
        """Return a function that renders values with variables of a host."""
        return self._templates.of(variables)

    def environ(self, variables: Mapping[str, Any]) -> dict[str, str]:
        """Return the keyword ``environment`` as it is for a host."""
        found: dict[str, str] = {}
        for raw in self._environments:
            rendered = self._templates.render(raw, variables)
            parts = rendered if isinstance(rendered, list) else [rendered]
            for part in parts:
                if isinstance(part, Mapping):
                    found |= {str(name): str(value) for name, value in part.items() if value is not None}
        return found

    def _render(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        self._templar.available_variables = variables
        return self._templar.template(raw)
