# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the argument spec and the check of a module make of arguments, once for all hosts that declare the same.

URLs and credentials differ between hosts. They are texts that the argument spec only passes on, so they are set apart
before arguments are compared. What the check of a module returns cannot depend on them, because it does not get them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import apart
from ansible_collections.community.dynatrace.plugins.module_utils._params import ENCRYPTED
from ansible_collections.community.dynatrace.plugins.module_utils._runner import refusal
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.memo import Memo

# Options whose value is any text.
_OWN = frozenset(
    name for name, option in CONNECTION_OPTIONS.items() if option["type"] == "str" and "default" not in option
)
# A fleet has few different declarations, or each environment has its own.
_MOST = 64


@dataclass(frozen=True)
class CheckedInput:
    """Valid arguments. Must not be changed.

    :param params: the arguments with the defaults of the argument spec.
    :param hidden: values that must not appear in a result.
    :param ready: what the check of the module returned.
    """

    params: Mapping[str, Any]
    hidden: frozenset[object]
    ready: Any = field(repr=False)


# By the id of a definition, which is kept with it.
_memos: dict[int, tuple[ModuleDefinition, Memo]] = {}


def checked_input(entry: ModuleDefinition, spec: Mapping[str, Any], given: Mapping[str, Any]) -> CheckedInput | None:
    """Check arguments; ``None`` if something is wrong with them, which ``refusal`` or the parser then reports.

    :param given: the arguments as JSON has them.
    """
    own = {name: value for name, value in given.items() if name in _OWN and name in spec}
    if not all(isinstance(value, str) and value.strip() for value in own.values()):
        return None
    if any(value.lstrip().startswith(ENCRYPTED) for value in own.values()):
        return None
    same = {name: value for name, value in given.items() if name not in own}
    _entry, memo = _memos.setdefault(id(entry), (entry, Memo(_MOST)))
    checked = memo.of("input", same, lambda: _check(entry, spec, same))
    if checked is None:
        return None
    hidden = {value for name, value in own.items() if spec[name].get("no_log")}
    return CheckedInput({**checked.params, **own}, checked.hidden | hidden, checked.ready)


def _check(entry: ModuleDefinition, spec: Mapping[str, Any], same: Mapping[str, Any]) -> CheckedInput | None:
    if refusal(spec, same) is not None:
        return None
    validation = ArgumentSpecValidator(spec).validate(apart(same)[0])
    if validation.error_messages:
        return None
    params = {**same, **validation.validated_parameters}
    try:
        ready, problems = entry.check(params)
    except Exception:  # a library is missing: it is checked again where such failures are reported
        return None
    if problems:
        return None
    return CheckedInput(params, frozenset(validation._no_log_values), ready)
