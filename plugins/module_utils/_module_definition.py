# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What is behind a door, in one piece: a module and its action plugin both open on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._settings_api.errors import Problem

Params = Mapping[str, Any]


def _no_secrets(_params: Params) -> Sequence[object]:
    return ()


@dataclass(frozen=True)
class Variables:
    """The variables of a role that has one task.

    :param renamed: the ends of names that are not those of the options.
    :param others: the ends of names that give no option.
    :param elsewhere: whole names that look like a misspelt one, and are not.
    """

    renamed: Mapping[str, str]
    others: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModuleDefinition:
    """What a module and its action plugin offer.

    :param options: the argument spec without the connection options.
    :param check: pure; gives what ``work`` needs, and the problems of the own options. Must bear missing options.
    :param work: client, what ``check`` gave, parameters, check mode -> the result.
    :param variables: how a prefix and an option make the name of a variable, where that is not the option's own name;
        and names that are no option. Given where every variable with the prefix should be one of these: others are
        told as mistakes.
    :param shared: variables without a prefix, which options fall back to.
    :param environment: whether the work is done in an environment; if not, there are no connection options, and the
        client is ``None``.
    :param secrets: values that must not appear in any text, besides the credentials.
    :param libraries: what must be importable.
    :param warm: does whatever costs time at its first use only. Called where one process works for many hosts.
    """

    options: Mapping[str, Any]
    check: Callable[[Params], tuple[Any, Sequence[Problem]]]
    work: Callable[[Any, Any, Params, bool], dict[str, Any]]
    secrets: Callable[[Params], Sequence[object]] = _no_secrets
    libraries: tuple[str, ...] = ("requests", "jsonschema")
    warm: Callable[[], object] = tuple
    environment: bool = True
    variables: Variables | None = None
    shared: Mapping[str, str] = field(default_factory=dict)
