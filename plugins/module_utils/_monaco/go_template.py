# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Renders the templates of Monaco, which are Go templates (``text/template`` with ``missingkey=error``).

It supports what the templates of public projects use: inserted values, conditions, loops, and a few functions. The rest
is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from .go_yaml import go_text
from .marks import has_marks, may_be_empty

_BLANK = " \t\r\n"
_ACTION = re.compile(
    r"""\{\{ (?P<left>-[ \t\r\n])?
        (?:
            (?P<comment>/\*(?:(?!\*/).)*\*/)
          | (?P<content>(?:"(?:\\.|[^"\\\n])*" | `[^`]*` | (?!\}\})[^"`])*?)
        )
        (?P<right>[ \t\r\n]-)? \}\}""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(
    r"""[ \t\r\n]*(
        \(
      | (?:\$\w+[ \t\r\n]*,[ \t\r\n]*)?\$\w+[ \t\r\n]*:=
      | (?:
            \)
          | "(?:\\.|[^"\\\n])*" | `[^`]*`
          | [-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?
          | \$\w*(?:\.[^\W\d]\w*)* | (?:\.[^\W\d]\w*)+ | \.
          | [^\W\d]\w*
        )(?=[ \t\r\n)]|\Z)
    )""",
    re.VERBOSE,
)

# The values of variables by name. The one without a name is the dot.
_Scope = Mapping[str, Any]
_Value = Callable[[_Scope], Any]
_Node = Callable[[_Scope], str]


class TemplateProblem(Exception):
    """A template cannot be rendered. The message begins with a verb, the template is the subject."""


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
    try:
        node, _end = _Parser(template).nodes()
        return node({"": values, "$": values})
    except RecursionError:
        raise TemplateProblem("is nested too deeply") from None


class _Parser:
    """Makes a function of a template, which renders it with the values of variables."""

    def __init__(self, template: str) -> None:
        self._parts = _parts(template)

    def nodes(self, block: str = "") -> tuple[_Node, list[str]]:
        """Parse up to the ``else`` or ``end`` of a block, and return the tokens of that action as well."""
        nodes: list[_Node] = []
        for part in self._parts:
            if isinstance(part, str):
                nodes.append(_constant(part))
                continue
            word = part[0] if part else ""
            if block and word in ("else", "end"):
                return _joined(nodes), part
            nodes.append(self._block(part) if word in ("if", "range") else _inserted(_pipeline(part)))
        if block:
            raise TemplateProblem(f"has {block} without end")
        return _joined(nodes), []

    def _block(self, tokens: list[str]) -> _Node:
        """A condition or a loop, with its ``else``, up to its ``end``."""
        kind, *rest = tokens
        names = re.findall(r"\$\w+", rest.pop(0)) if kind == "range" and rest and rest[0].endswith(":=") else []
        value = _pipeline(rest)
        body, end = self.nodes(kind)
        otherwise: _Node = _constant("")
        if kind == "if" and end[:2] == ["else", "if"]:
            otherwise = self._block(end[1:])
        else:
            if end == ["else"]:
                otherwise, end = self.nodes(kind)
            if end != ["end"]:
                raise TemplateProblem("has an else that is not supported")
        if kind == "range":
            return partial(_loop, names, value, body, otherwise)
        return lambda scope: (body if _is_true(value(scope)) else otherwise)(scope)


def _parts(template: str) -> Iterator[str | list[str]]:
    """Text, and the tokens of actions."""
    position, trims = 0, False
    while (start := template.find("{{", position)) >= 0:
        found = _ACTION.match(template, start)
        if found is None:
            raise TemplateProblem("has an action without an end")
        text = template[position:start]
        text = text.lstrip(_BLANK) if trims else text
        yield text.rstrip(_BLANK) if found["left"] else text
        position, trims = found.end(), bool(found["right"])
        if found["comment"] is None:
            yield _tokens(found["content"].rstrip(_BLANK))
    yield template[position:].lstrip(_BLANK) if trims else template[position:]


def _tokens(content: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(content):
        found = _TOKEN.match(content, position)
        if found is None:
            raise TemplateProblem("has an action that is not supported")
        tokens.append(found[1])
        position = found.end()
    return tokens


def _pipeline(tokens: list[str]) -> _Value:
    """A whole expression."""
    value = _expression(tokens)
    if tokens:
        raise TemplateProblem("has an action that is not supported")
    return value


def _expression(tokens: list[str]) -> _Value:
    """Take a value, or a function with its arguments, up to a closing parenthesis or the end."""
    name = tokens.pop(0) if tokens and tokens[0] in _FUNCTIONS else ""
    operands: list[_Value] = []
    while tokens and tokens[0] != ")":
        operands.append(_operand(tokens))
    if name:
        least, most, function = _FUNCTIONS[name]
        if not least <= len(operands) <= most:
            raise TemplateProblem(f"calls {name} with {len(operands)} arguments")
        return lambda scope: function(operand(scope) for operand in operands)
    if not operands:
        raise TemplateProblem("has an action that is not supported")
    if len(operands) > 1:
        raise TemplateProblem("passes arguments to a value that is not a function")
    return operands[0]


def _operand(tokens: list[str]) -> _Value:
    """Take one value."""
    token = tokens.pop(0)
    if token == "(":
        value = _expression(tokens)
        if tokens[:1] != [")"]:
            raise TemplateProblem("has an action that is not supported")
        tokens.pop(0)
        return value
    if token.endswith(":="):
        raise TemplateProblem("declares a variable, which is supported in loops only")
    if token[0] in ".$":
        return partial(_field, token.rstrip("."))
    if token[0] in '"`':
        return _constant(_unquoted(token))
    if token[0] in "+-0123456789":
        return _constant(float(token) if "." in token else int(token))
    if token in ("true", "false"):
        return _constant(token == "true")
    raise TemplateProblem(f"uses {token}, which is not supported here")


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1].replace("\r", "")
    try:
        return str(json.loads(text.replace("\\/", "\\x")))
    except ValueError:
        raise TemplateProblem("has a quoted string with an escape sequence that is specific to Go") from None


def _constant(value: Any) -> Callable[[_Scope], Any]:
    return lambda _scope: value


def _joined(nodes: list[_Node]) -> _Node:
    return lambda scope: "".join(node(scope) for node in nodes)


def _inserted(value: _Value) -> _Node:
    def node(scope: _Scope) -> str:
        found = value(scope)
        return "<no value>" if found is None else go_text(found)

    return node


def _field(path: str, scope: _Scope) -> Any:
    """The value of a variable, or of a field in it."""
    name, *fields = path.split(".")
    if name not in scope:
        raise TemplateProblem(f"uses the variable {name}, which is not declared")
    found = scope[name]
    for depth, field in enumerate(fields, 1):
        if not isinstance(found, Mapping) or field not in found:
            raise TemplateProblem(f"inserts {'.'.join(fields[:depth])}, which is not a parameter")
        found = found[field]
    return found


def _loop(names: list[str], value: _Value, body: _Node, otherwise: _Node, scope: _Scope) -> str:
    found = value(scope)
    if isinstance(found, dict):
        pairs: list[tuple[Any, Any]] = [(key, found[key]) for key in sorted(found)]
    elif isinstance(found, list) or found is None:
        pairs = list(enumerate(found or ()))
    else:
        raise TemplateProblem("has a loop over a value that is not a list")
    if not pairs:
        return otherwise(scope)
    return "".join(
        body({**scope, "": element, **dict(zip(names[::-1], (element, key), strict=False))}) for key, element in pairs
    )


def _is_true(value: Any) -> bool:
    """Whether a condition holds: empty values are false."""
    return bool(_known(value) if isinstance(value, str) and may_be_empty(value) else value)


def _known(value: Any) -> Any:
    if isinstance(value, str) and has_marks(value):
        raise TemplateProblem("has a condition that depends on a value that is unknown before deployment")
    return value


def _until(holds: bool, values: Iterator[Any]) -> Any:
    """The first value that is true, or false; else the last one. Those after it are not evaluated."""
    value: Any = None
    for value in values:
        if _is_true(value) is holds:
            break
    return value


def _equals(values: Iterator[Any]) -> bool:
    """Whether the first value is one of the others."""
    one, *others = values
    for other in others:
        if one is None or other is None:
            if one is other:
                return True
            continue
        if _kind(one) != _kind(other):
            raise TemplateProblem("compares values of different types")
        if one == other:
            return True
    return False


def _kind(value: Any) -> str:
    value = _known(value)
    if isinstance(value, (list, dict)):
        raise TemplateProblem("compares values that cannot be compared")
    return "bool" if isinstance(value, bool) else type(value).__name__


def _element(values: Iterator[Any]) -> Any:
    """An element of a value: the others are its keys."""
    found, *keys = values
    for key in keys:
        _known(key)
        if isinstance(found, dict) and isinstance(key, str):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(found):
            found = found[key]
        else:
            raise TemplateProblem("uses index with an element that does not exist")
    return found


_MANY = 1000
# The least and the highest number of arguments, and the function.
_FUNCTIONS: dict[str, tuple[int, int, Callable[[Iterator[Any]], Any]]] = {
    "and": (1, _MANY, partial(_until, False)),
    "or": (1, _MANY, partial(_until, True)),
    "not": (1, 1, lambda values: not _is_true(next(values))),
    "eq": (2, _MANY, _equals),
    "ne": (2, 2, lambda values: not _equals(values)),
    "index": (2, _MANY, _element),
}
