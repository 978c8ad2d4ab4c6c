# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options from variables: only defined variables are templated, and problems are reported with their paths.

As ``{{ variable | default(omit) }}`` for each option Ansible compiles and renders thirty templates for each host. And
arguments of a task are rendered by Ansible, which ends at the first mistake, and before ansible-core 2.19 shows the
whole variable beside it, with the secrets in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeVar

from ansible import errors
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable

from ansible_collections.community.dynatrace.plugins.module_utils._input_limits import input_problem
from ansible_collections.community.dynatrace.plugins.module_utils._layers import Layer, Merge, Merged
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import Variables
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._problems import text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.strings import HIDDEN_NAME, shown_name
from ansible_collections.community.dynatrace.plugins.plugin_utils._layered_vars import SEPARATOR, layered_variables
from ansible_collections.community.dynatrace.plugins.plugin_utils._shared_values import SharedValues
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import earlier_files

try:
    from ansible.executor.task_executor import remove_omit as _remove_omit
except ImportError:  # ansible-core 2.19 and newer leave it out themselves

    def _remove_omit(task_args: Any, omit_token: Any) -> Any:
        return task_args


OPTION = "vars_prefix"
SHARED_PREFIX = "dynatrace_"
"""Of the variables that say how to reach an environment, whatever is configured there."""
_NEAR = 0.8
_Value = TypeVar("_Value")
# What is wrong with values of variables, values as they are used, and lists that several variables declare.
_looked_through, _used, _layered = SharedValues(500), SharedValues(200), SharedValues(100)
# Before ansible-core 2.19 encrypted text is a special kind of sequence, which is decrypted when it is read.
_ENCRYPTED = "__ENCRYPTED__"
# Not looked into for uses of a variable: what Ansible puts there itself is large.
_OF_ANSIBLE = ("hostvars", "groups", "vars", "environment")


_EARLIER = (
    "{} was written by an earlier version of this collection, so Ansible would treat text from the environment in it "
    "as templates. Write it again (ansible-playbook community.dynatrace.import -e dynatrace_import_overwrite=true), or "
    "put !unsafe before each text in it."
)


class _NeverRaised(Exception):
    """Placeholder for cores older than 2.19, which have no specific exception for this."""


# The value as a whole is to be left out.
Omitted: type[Exception] = getattr(errors, "AnsibleValueOmittedError", _NeverRaised)


def taken(
    names: Mapping[str, str], variables: Mapping[str, Any], template: Callable[[Any], Any]
) -> tuple[dict[str, Any], list[Problem], list[str]]:
    """The options that variables give, what is wrong with variables, and warnings; never their text, it may be secret.

    :param names: the variable of each option.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    earlier: set[str] = set()
    for name, variable in names.items():
        if variable not in variables:
            continue
        raw = variables[variable]
        problem, files, headers = _looked_through.of(variable, (raw,), partial(_look_through, raw, variable))
        if problem is not None:
            problems.append(problem)
            continue
        earlier |= files
        if headers:
            problems += [Problem("template_header", _path_text(variable, place)) for place in headers]
            continue
        try:
            result = template(raw)
            value, wrong = _used.of(variable, (result,), partial(_as_used, result, variable))
        except Omitted:
            continue
        except AnsibleError as error:
            problems += list(_inside(raw, variable, template)) or [_problem(variable, error)]
            continue
        problems += wrong
        kept = {variable: value} if result is raw else _remove_omit({variable: value}, variables.get("omit"))
        if variable in kept:
            found[name] = kept[variable]
    return found, problems, [_EARLIER.format(path) for path in sorted(earlier)]


def _look_through(raw: Any, variable: str) -> tuple[Problem | None, set[str], list[tuple[str | int, ...]]]:
    """Why a value cannot be processed, and what ``earlier_files`` finds in it."""
    problem = input_problem(raw, variable)
    return (problem, *(earlier_files(raw) if problem is None else (set(), [])))


def _as_used(value: Any, where: str) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    return _settled(value, where, problems), problems


def rendered(path: str, render: Callable[[], _Value]) -> _Value:
    """Renders a value that is not an option, such as a keyword of a task.

    :raises AnsibleActionFail: it cannot be rendered. Older cores repeat the value in their message, it may be secret.
    """
    try:
        return render()
    except (Omitted, AnsibleActionFail):
        raise
    except AnsibleError as error:
        raise AnsibleActionFail(f"{path}: {text_of(_problem(path, error))}") from None


@dataclass(frozen=True)
class LayeredOption:
    """A list option that several variables declare."""

    found: dict[str, Any]
    problems: list[Problem]
    warnings: list[str]
    paths: tuple[str, ...] = ()
    declared_in: Mapping[str, str] = field(default_factory=dict)


def taken_layered(
    option: str, base: str, variables: Mapping[str, Any], template: Callable[[Any], Any], merge: Merge
) -> LayeredOption:
    """A list option from the variables ``base`` and ``base__SUFFIX``, in the order of their precedence."""
    layered = layered_variables(base, variables)
    layers: list[Layer] = []
    problems: list[Problem] = []
    warnings: list[str] = []
    for one in layered:
        found, more, warned = taken({option: one.name}, variables, template)
        problems += more
        warnings += warned
        if len(layered) == 1 and one.name == base and option in found and not isinstance(found[option], list):
            return LayeredOption(found, problems, warnings)
        items = found.get(option)
        if isinstance(items, list):
            layers.append(Layer(one.name, one.origin, items))
        elif items is not None:
            problems.append(Problem("type", one.name, {"expected": "list"}))
    if problems or not layers:
        return LayeredOption({}, problems, warnings)
    names = tuple((layer.variable, layer.origin) for layer in layers)
    merged, listed = _layered.of((merge, names), tuple(layer.items for layer in layers), partial(_merge, merge, layers))
    if [layer.variable for layer in layers] == [base]:
        return LayeredOption({option: listed}, [], warnings)
    named = zip(merged.items, merged.sources, strict=True)
    declared_in = {
        str(item["name"]): source
        for item, source in named
        if merged.in_result and isinstance(item, Mapping) and item.get("name")
    }
    return LayeredOption({option: listed}, [], warnings, merged.paths, declared_in)


def _merge(merge: Merge, layers: Sequence[Layer]) -> tuple[Merged, list[Any]]:
    merged = merge(layers)
    return merged, list(merged.items)


def _path_text(variable: str, place: tuple[str | int, ...]) -> str:
    return variable + "".join(f"[{part}]" if isinstance(part, int) else f".{shown_name(part)}" for part in place)


def _settled(value: Any, where: str, problems: list[Problem]) -> Any:
    """A value whose parts are rendered too: newer cores do so when a part is asked for."""
    if getattr(value, _ENCRYPTED, False):
        return str(value)
    places = _places(value, where)
    if places is None:
        return value
    kept = {}
    for key, at in places.items():
        try:
            kept[key] = _settled(value[key], at, problems)
        except Omitted:
            continue
        except AnsibleError as error:
            problems.append(_problem(at, error))
    return kept if isinstance(value, Mapping) else list(kept.values())


def _places(value: Any, where: str) -> dict[Any, str] | None:
    """The paths of what is in a value, by key or index; ``None`` if nothing can be in it."""
    if getattr(value, _ENCRYPTED, False):
        return None
    if isinstance(value, Mapping):
        return {key: f"{where}.{shown_name(str(key))}" for key in value}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {index: f"{where}[{index}]" for index in range(len(value))}
    return None


def _inside(raw: Any, where: str, template: Callable[[Any], Any]) -> Iterator[Problem]:
    """Which parts of a variable cannot be rendered."""
    for key, at in (_places(raw, where) or {}).items():
        inside: list[Problem] = []
        try:
            _settled(template(raw[key]), at, inside)
            yield from inside
        except Omitted:
            continue
        except AnsibleError as error:
            deeper = list(_inside(raw[key], at, template))
            yield from deeper or [_problem(at, error)]


def _problem(path: str, error: AnsibleError) -> Problem:
    """Why a value cannot be rendered: what is not defined, without the text that Ansible shows around it."""
    text = " ".join(str(one) for one in _causes(error))
    # A variable can set its own message: undef(hint='problem: ...'). Older cores print the template and more before it.
    hint = re.search(r"\bproblem: ([^{}\n]+?)(?:\. |\.?$)", text, re.MULTILINE)
    if hint and isinstance(error, AnsibleUndefinedVariable):
        return Problem("undefined.hint", path, {"text": hint[1]})
    missing = re.search(r"'([A-Za-z_]\w*)' is undefined", text)
    if missing:
        return Problem("undefined.variable", path, {"name": missing[1]})
    if "vault" in type(error).__name__.lower() or "decrypt" in text:
        if "no vault secrets" in text:
            return Problem("vault.no_password", path)
        return Problem("vault", path)
    if isinstance(error, AnsibleUndefinedVariable):
        part = re.search(r"has no attribute '(\w+)'", text)
        return Problem("undefined.attribute", path, {"name": part[1]}) if part else Problem("undefined", path)
    return Problem("template", path, {"error": type(error).__name__})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or getattr(error, "orig_exc", None), seen + 1


def unknown_variables(
    prefix: str,
    known: Mapping[str, str],
    about: Variables,
    variables: Mapping[str, Any],
    layered: Sequence[str] = (),
) -> OptionNames:
    """Variables that are called almost like those of a role: mistakes, or at least worth a word.

    Variables that other variables use are accepted, because users can build the slots from their own variables.

    :param known: the variable of each option, also of those that are given otherwise.
    :param layered: the variables that others with a suffix add to.
    """
    suffixed = tuple(base + SEPARATOR for base in layered)
    every = {*known.values(), *(prefix + end for end in about.others), *about.elsewhere}
    alike = _alike(prefix, frozenset(known.values()), tuple(variables))
    suspects = [name for name in alike if name not in every and not name.startswith(suffixed)]
    problems: list[Problem] = []
    warnings: list[str] = []
    meant: list[str] = []
    for name in suspects:
        if is_used(name, variables):
            continue
        renamed = next((known[option] for option in about.renamed if name == prefix + option), None)
        near = [renamed] if renamed else _near(name, prefix, sorted(known.values()))
        if near:
            meant.append(near[0])
            shown = shown_name(name, near)
            shown = f"{prefix}{HIDDEN_NAME}" if shown == HIDDEN_NAME else shown
            problems.append(Problem("unknown_variable", shown, {"meant": near[0]}))
        else:
            shown = f"{prefix}{shown_name(name.removeprefix(prefix))}"
            warnings.append(f"{shown} is not a variable of the role, and has no effect.")
    return OptionNames(problems=tuple(problems), warnings=tuple(warnings), meant=tuple(meant))


@lru_cache(maxsize=64)
def _alike(prefix: str, known: frozenset[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """Names with the prefix, and those that have the end of a known name behind something very like the prefix.

    Most hosts have variables of the same names.
    """
    ends = {name[len(prefix) :] for name in known}
    tails = tuple(f"_{end}" for end in ends)
    found: list[str] = []
    for name in names:
        if name.startswith(prefix):
            found.append(name)
        elif name.endswith(tails):
            heads = [name[: -len(end)] for end in ends if name.endswith(f"_{end}")]
            if any(difflib.SequenceMatcher(None, head, prefix).ratio() > _NEAR for head in heads):
                found.append(name)
    return tuple(found)


def _near(name: str, prefix: str, known: list[str]) -> list[str]:
    if not name.startswith(prefix):
        return difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    ends = [one[len(prefix) :] for one in known]
    return [prefix + end for end in difflib.get_close_matches(name[len(prefix) :], ends, n=1, cutoff=_NEAR)]


def is_used(name: str, variables: Mapping[str, Any]) -> bool:
    """Whether another variable uses the name."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    others = (part for key, part in variables.items() if key not in (name, *_OF_ANSIBLE) and "ansible" not in key)
    return any(word.search(text) for part in others for text in _texts(part))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value. What YAML anchors share, or put into itself, is looked at once."""
    pending, seen = [value], set[int]()
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, (dict, list, tuple)) and id(part) not in seen:
            seen.add(id(part))
            pending += part.values() if isinstance(part, dict) else part
