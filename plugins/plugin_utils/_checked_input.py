# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the argument spec and the check of a module make of arguments, once for all hosts that declare the same.

URLs and credentials differ between hosts. They are texts that the argument spec only passes on, so they are set apart
before arguments are compared. What the check of a module returns cannot depend on them, because it does not get them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._input_limits import input_problem
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION as WORDS
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import apart
from ansible_collections.community.dynatrace.plugins.module_utils._params import ENCRYPTED, given_only
from ansible_collections.community.dynatrace.plugins.module_utils._runner import refusal
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput, Problem
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.memo import Memo, digest_of
from ansible_collections.community.dynatrace.plugins.plugin_utils._shared_values import SharedValues

try:
    from ansible.module_utils.common.json import Direction, get_module_encoder

    _ENCODER: dict[str, Any] = {"cls": get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)}
except ImportError:  # before ansible-core 2.19
    from ansible.module_utils.common.json import AnsibleJSONEncoder

    _ENCODER = {"cls": AnsibleJSONEncoder, "vault_to_text": True}

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


# Arguments that hosts share, as a module receives them.
_received = SharedValues(32)
# By the id of a definition, which is kept with it.
_memos: dict[int, tuple[ModuleDefinition, Memo]] = {}


def received(
    entry: ModuleDefinition, spec: Mapping[str, Any], args: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes | None]]:
    """Return the arguments as a module receives them, and digests of lists and dictionaries.

    :raises InvalidInput: something is too large to be sent.
    """
    listed = {name: value for name, value in args.items() if isinstance(value, (dict, list)) and name != WORDS}
    parts = [
        _received.of((name, entry.environment), (value, entry.options), partial(_one_received, spec, {name: value}))
        for name, value in listed.items()
    ]
    parts.append(_one_received(spec, {name: value for name, value in args.items() if name not in listed}))
    if problems := [problem for part in parts for problem in part[0]]:
        raise InvalidInput(problems)
    found = {name: value for _problems, sent, _digest in parts for name, value in sent.items()}
    digests = {name: digest for name, (_problems, _sent, digest) in zip(listed, parts, strict=False)}
    return {name: found[name] for name in args if name in found}, digests


def _one_received(
    spec: Mapping[str, Any], args: Mapping[str, Any]
) -> tuple[list[Problem], dict[str, Any], bytes | None]:
    limits = (input_problem(value, str(name)) for name, value in args.items() if name != WORDS)
    if problems := [problem for problem in limits if problem is not None]:
        return problems, {}, None
    sent = given_only(spec, _as_sent(args))
    return [], sent, digest_of(sent)


def _as_sent(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they arrive at a module: by the same encoder, so without what Ansible adds to its own types."""
    text = json.dumps(arguments, **_ENCODER)
    # An attempt as a module leaves internal arguments behind.
    return {key: value for key, value in json.loads(text).items() if not key.startswith("_ansible_")}


def checked_input(
    entry: ModuleDefinition,
    spec: Mapping[str, Any],
    given: Mapping[str, Any],
    digests: Mapping[str, bytes | None] = MappingProxyType({}),
) -> CheckedInput | None:
    """Check arguments; ``None`` if something is wrong with them, which ``refusal`` or the parser then reports.

    :param given: the arguments as JSON has them.
    :param digests: of arguments, as far as they are known.
    """
    own = {name: value for name, value in given.items() if name in _OWN and name in spec}
    if not all(isinstance(value, str) and value.strip() for value in own.values()):
        return None
    if any(value.lstrip().startswith(ENCRYPTED) for value in own.values()):
        return None
    same = {name: value for name, value in given.items() if name not in own}
    _entry, memo = _memos.setdefault(id(entry), (entry, Memo(_MOST)))
    short = {name: digests.get(name) or value for name, value in same.items()}
    checked = memo.of("input", short, lambda: _check(entry, spec, same))
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
