# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the inventory plugin, from Ansible's file: decrypted, templated, checked; and errors, to Ansible."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from ansible.errors import AnsibleParserError

from ansible_collections.community.dynatrace.plugins.module_utils._inventory import collect as fleet_tools
from ansible_collections.community.dynatrace.plugins.module_utils._inventory import options as fleet_options
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.environment import FleetOptions
from ansible_collections.community.dynatrace.plugins.module_utils._params import VERSION
from ansible_collections.community.dynatrace.plugins.module_utils._problems import render
from ansible_collections.community.dynatrace.plugins.module_utils._runner import defect
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    SettingsError,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.strings import shown_name

try:
    # ansible-core 2.22 masks registered secrets in all of its output.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

_Result = TypeVar("_Result")
_SECRETS = ("token", "oauth_client_secret", "proxy")
_USER_AGENT = f"community.dynatrace/{VERSION}"


def attempt(work: Callable[[ModuleType], _Result]) -> _Result:
    """Do something with the fleet; :raises AnsibleParserError: one line first, without what caused it."""
    message = ""
    try:
        return work(fleet_tools)
    except SettingsError as error:
        message = render(error)[0]
    except Exception as error:  # its text may hold anything
        message = defect(error).message
    # Not inside an except clause: Ansible shows the texts of causes too.
    raise AnsibleParserError(message)


def own_options(given: Mapping[str, Any], known: Iterable[str], templar: Any) -> tuple[FleetOptions, dict[str, Any]]:
    """The options of the fleet, and the others, which are Ansible's to read.

    :param known: names of all options.
    """
    problems: list[Problem] = []
    names = list(known)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(str(name), names, n=1)
            # An unknown name can be anything, even a secret, so it is only shown if it resembles an option.
            if near:
                problems.append(Problem("unknown_option.meant", str(name), {"meant": near[0]}))
            else:
                problems.append(Problem("unknown_option.documented", "(a key)"))
    own = {
        name: _plain(value, name, templar, problems) for name, value in given.items() if name in fleet_options.OPTIONS
    }
    _register(own)

    def read(_tools: ModuleType) -> FleetOptions:
        found = None
        try:
            found = fleet_options.read_options(own, os.environ, _USER_AGENT)
        except InvalidInput as error:
            # With an option that is written otherwise, that none is given is only what follows.
            misspelt = any(problem.code == "unknown_option.meant" for problem in problems)
            problems.extend(problem for problem in error.problems if problem.path or not misspelt)
        if found is None or problems:
            # What could not be decrypted or templated was not given for the check that follows.
            first = {problem.path: problem for problem in reversed(problems)}
            raise InvalidInput(sorted(first.values()))
        return found

    return attempt(read), {name: value for name, value in given.items() if name not in own}


def _plain(value: Any, where: str, templar: Any, problems: list[Problem]) -> Any:
    """Without vault and templates, in plain Python types."""
    if isinstance(value, Mapping):
        return {
            str(key): _plain(part, f"{where}.{shown_name(str(key))}", templar, problems) for key, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(part, f"{where}[{index}]", templar, problems) for index, part in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    try:
        if not isinstance(value, str):
            return str(value)  # decrypts
        found = templar.template(value) if "{" in value and templar.is_template(value) else value
        return found if found is None or isinstance(found, (bool, int, float, list, dict)) else str(found)
    except Exception as error:
        problems.append(_problem(where, error))
    return None


def _problem(where: str, error: Exception) -> Problem:
    """Describe the problem of a template or a vaulted value. Of the error, only the name of a variable is shown."""
    missing = re.search(r"'([A-Za-z_]\w*)' is undefined", str(error))
    if missing:
        return Problem("template.inventory", where, {"name": missing[1]})
    name = type(error).__name__
    return Problem("vault.error" if "ault" in name else "template.failed", where, {"error": name})


def _register(own: Mapping[str, Any]) -> None:
    """Tell a core that masks what it prints which texts are secrets."""
    if register_secrets is None:
        return
    parts = [
        own,
        *(part for name in ("clusters", "accounts") for part in own.get(name) or () if isinstance(part, dict)),
    ]
    found = [part.get(name) for part in parts for name in _SECRETS]
    found += [os.environ.get(variable) for variable in fleet_options.SECRET_VARIABLES]
    register_secrets({text for text in found if isinstance(text, str) and text})
