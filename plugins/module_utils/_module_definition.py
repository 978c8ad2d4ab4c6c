# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The definition of a module, which the module and its action plugin share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._layers import Merge

if TYPE_CHECKING:
    from ._settings_api.errors import Problem

Params = Mapping[str, Any]
Check = Callable[[Params], tuple[Any, Sequence["Problem"]]]


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
    :param check: a pure function that returns the input of ``work`` and the problems of the options. It must tolerate
        missing options, and cannot use the URL and the credentials: its results are kept for other environments. So
        ``work`` must change neither its input nor the parameters.
    :param work: called with the client, the result of ``check``, the parameters, and check mode. Returns the result.
    :param variables: variable names that differ from prefix and option name, and other known names. Set if every
        variable with the prefix should be known, so that others are reported as mistakes.
    :param shared: variables without a prefix, which options fall back to.
    :param layered: how a list option is merged that several variables declare (``NAME``, ``NAME__SUFFIX``).
    :param environment: whether the module connects to an environment. Otherwise, it has no connection options, and the
        client is ``None``.
    :param offline: whether a task needs no environment because of its parameters. The client is then ``None``.
    :param secrets: values that must not appear in any text, besides the credentials.
    :param libraries: what must be importable.
    :param warm: does whatever costs time at its first use only. Called where one process works for many hosts.
    """

    options: Mapping[str, Any]
    check: Check
    work: Callable[[Any, Any, Params, bool], dict[str, Any]]
    secrets: Callable[[Params], Sequence[object]] = _no_secrets
    libraries: tuple[str, ...] = ("requests", "jsonschema")
    warm: Callable[[], object] = tuple
    environment: bool = True
    offline: Callable[[Params], bool] = lambda _params: False
    variables: Variables | None = None
    shared: Mapping[str, str] = field(default_factory=dict)
    layered: Mapping[str, Merge] = field(default_factory=dict)
