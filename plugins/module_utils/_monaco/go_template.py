# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Renders the templates of Monaco, which are Go templates (``text/template`` with ``missingkey=error``)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .go_functions import TemplateProblem, call, is_true
from .go_syntax import Action, Command, Nodes, Operand, Pipeline, parse
from .go_yaml import go_text

__all__ = ["TemplateProblem", "escape_json", "escape_values", "render", "render_file"]


def escape_json(text: str) -> str:
    """A text as it stands between the quotes in JSON that Go writes."""
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", quoted)


def escape_values(data: Any) -> Any:
    """The same for a value: texts, also in mappings, but not in lists."""
    if isinstance(data, str):
        return escape_json(data)
    if isinstance(data, dict):
        return {key: escape_values(child) for key, child in data.items()}
    return data


def render_file(content: str, values: Mapping[str, Any]) -> str:
    """Render the template in a file. Of three braces in a row, the first one is text.

    :raises TemplateProblem: it cannot be rendered.
    """
    return render(content.replace("{{{", '{{"{"}}{{'), values)


def render(template: str, values: Mapping[str, Any]) -> str:
    """Render a template.

    :raises TemplateProblem: it cannot be rendered.
    """
    run = _Run(dict(values))
    run.nodes(parse(template), dict(values))
    return "".join(run.output)


class _Break(Exception):
    """Ends a loop."""


class _Continue(Exception):
    """Ends one turn of a loop."""


@dataclass
class _Variable:
    name: str
    value: Any


class _Run:
    """One execution of a template."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.output: list[str] = []
        self._variables = [_Variable("$", root)]

    def nodes(self, nodes: Nodes, dot: Any) -> None:
        """Execute text and actions."""
        for node in nodes:
            if isinstance(node, str):
                self.output.append(node)
                continue
            known = len(self._variables)
            self._action(node, dot)
            if node.kind:
                del self._variables[known:]

    def _action(self, node: Action, dot: Any) -> None:
        if node.kind in ("break", "continue"):
            raise _Break if node.kind == "break" else _Continue
        value = self._pipeline(node.pipeline, dot, declare=node.kind != "range")
        if not node.kind:
            if not node.pipeline.variables:
                self.output.append("<no value>" if value is None else go_text(value))
        elif node.kind == "range":
            self._range(node, value, dot)
        elif is_true(value):
            self.nodes(node.body, value if node.kind == "with" else dot)
        else:
            self.nodes(node.otherwise, dot)

    def _range(self, node: Action, value: Any, dot: Any) -> None:
        if isinstance(value, bool) or not (value is None or isinstance(value, (int, list, dict))):
            raise TemplateProblem("has a loop over a value that is not a list")
        if isinstance(value, int):
            if len(node.pipeline.variables) > 1:
                raise TemplateProblem("has a loop over a number with two variables")
            pairs: list[tuple[Any, Any]] = [(number, number) for number in range(value)]
        else:
            pairs = [(key, value[key]) for key in sorted(value)] if isinstance(value, dict) else []
            pairs = list(enumerate(value)) if isinstance(value, list) else pairs
        if not pairs:
            self.nodes(node.otherwise, dot)
        known = len(self._variables)
        for key, element in pairs:
            names = node.pipeline.variables
            values = (element,) if len(names) == 1 else (key, element)
            for name, one in zip(names, values, strict=False):
                self._set(name, one, node.pipeline.assigns)
            try:
                self.nodes(node.body, element)
            except _Break:
                break
            except _Continue:
                pass
            finally:
                del self._variables[known:]

    def _set(self, name: str, value: Any, assigns: bool) -> None:
        if assigns:
            self._variable(name).value = value
        else:
            self._variables.append(_Variable(name, value))

    def _variable(self, name: str) -> _Variable:
        found = next((one for one in reversed(self._variables) if one.name == name), None)
        if found is None:
            raise TemplateProblem(f"uses the variable {name}, which is not declared")
        return found

    def _pipeline(self, pipeline: Pipeline, dot: Any, *, declare: bool = True) -> Any:
        value: Any = None
        for number, command in enumerate(pipeline.commands):
            value = self._command(command, dot, (value,) if number else ())
        if declare:
            for name in pipeline.variables:
                self._set(name, value, pipeline.assigns)
        return value

    def _command(self, command: Command, dot: Any, final: Sequence[Any]) -> Any:
        first, *more = command
        if first.kind != "function":
            if more or final or first == Operand("constant", None):
                raise TemplateProblem("passes arguments to a value that is not a function")
            return self._operand(first, dot)
        name = str(first.value)
        if name in ("and", "or") and (more or final):
            value: Any = None
            for position in range(len(more) + len(final)):
                value = self._operand(more[position], dot) if position < len(more) else final[position - len(more)]
                if is_true(value) is (name == "or"):
                    break
            return value
        return call(name, [*(self._operand(one, dot) for one in more), *final])

    def _operand(self, operand: Operand, dot: Any) -> Any:
        if operand.kind == "constant":
            return operand.value
        if operand.kind == "function":
            return call(str(operand.value), ())
        if operand.kind == "pipeline":
            found = self._pipeline(operand.value, dot)
        else:
            found = dot if operand.kind == "dot" else self._variable(str(operand.value)).value
        for depth, name in enumerate(operand.fields, 1):
            if not isinstance(found, Mapping) or name not in found:
                path = ".".join(operand.fields[:depth])
                raise TemplateProblem(f"inserts {path}, which is not a parameter")
            found = found[name]
        return found
