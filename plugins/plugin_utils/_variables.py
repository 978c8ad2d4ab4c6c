# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that come from variables: only those that are defined cost a template.

As ``{{ variable | default(omit) }}`` for each option Ansible compiles and renders thirty templates for each host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible import errors
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable

try:
    from ansible.executor.task_executor import remove_omit as _remove_omit
except ImportError:  # ansible-core 2.19 and newer leave it out themselves

    def _remove_omit(task_args: Any, omit_token: Any) -> Any:
        return task_args


OPTION = "variables_prefix"


class _NeverRaised(Exception):
    """Stands where a core older than 2.19 has no exception of its own for this."""


# The value as a whole is to be left out.
_Omitted: type[Exception] = getattr(errors, "AnsibleValueOmittedError", _NeverRaised)


def taken(
    prefix: str, names: Iterable[str], variables: Mapping[str, Any], template: Callable[[Any], Any]
) -> dict[str, Any]:
    """The options that variables with this prefix give.

    :raises AnsibleActionFail: a variable cannot be rendered; never shows its text, which may be a secret.
    """
    found: dict[str, Any] = {}
    for name in names:
        variable = f"{prefix}{name}"
        if variable not in variables:
            continue
        try:
            value = template(variables[variable])
        except _Omitted:
            continue
        except AnsibleUndefinedVariable as error:
            raise AnsibleActionFail(f"{variable}: {_told(error)}") from None
        except AnsibleError as error:
            raise AnsibleActionFail(f"{variable} cannot be rendered ({type(error).__name__}).") from None
        kept = _remove_omit({variable: value}, variables.get("omit"))
        if variable in kept:
            found[name] = kept[variable]
    return found


def _told(error: AnsibleError) -> str:
    """The name that is not defined; without the text that Ansible shows around it."""
    return str(error.message).splitlines()[0][:200]
