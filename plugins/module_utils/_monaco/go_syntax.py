# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Parses Go templates into text and actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Union

from .go_functions import FUNCTIONS, TemplateProblem

_BLANK = " \t\r\n"
# What can hide the end of an action.
_END = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|\}\}', re.DOTALL)
_COMMENT = re.compile(r"(?:-[ \t\r\n]+)?/\*.*?\*/(?:[ \t\r\n]+-)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
      | (?P<text>"(?:\\.|[^"\\\n])*"|`[^`]*`)
      | (?P<number>[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![\w.]))
      | (?P<field>(?:\.[^\W\d]\w*)+)
      | (?P<variable>\$\w*)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>:=|[.()|=,])""",
    re.VERBOSE,
)
_BLOCKS = ("if", "range", "with")
_OTHERS = ("define", "template", "block")
_CONSTANTS = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True)
class Operand:
    """A part of a command.

    :param kind: ``constant``, ``function``, ``dot``, ``variable`` or ``pipeline``.
    :param fields: the fields of its value.
    """

    kind: str
    value: Any = None
    fields: tuple[str, ...] = ()


Command = tuple[Operand, ...]


@dataclass(frozen=True)
class Pipeline:
    """Commands, and the variables that take the result.

    :param assigns: whether the variables exist.
    """

    commands: tuple[Command, ...] = ()
    variables: tuple[str, ...] = ()
    assigns: bool = False


@dataclass
class Action:
    """What stands between double braces.

    :param kind: ``if``, ``range``, ``with``, ``break``, ``continue``, or empty for a value to insert.
    """

    kind: str
    pipeline: Pipeline
    body: list[str | Action] = field(default_factory=list)
    otherwise: list[str | Action] = field(default_factory=list)


Nodes = list[Union[str, Action]]  # noqa: UP007 - evaluated at run time


def parse(template: str) -> Nodes:
    """Parse a template.

    :raises TemplateProblem: it is not a template, or uses unsupported features.
    """
    root: Nodes = []
    # The open blocks, the list that nodes are added to, and how many blocks one end closes.
    blocks: list[Action] = []
    lists: list[Nodes] = [root]
    chained: list[bool] = []
    for part in _parts(template):
        if isinstance(part, str):
            lists[-1].append(part)
            continue
        tokens = _Tokens(part[0])
        word = tokens.keyword()
        if word in _BLOCKS:
            _open(Action(word, tokens.pipeline(word)), blocks, lists, chained, in_else=False)
        elif word == "else" and blocks and lists[-1] is blocks[-1].body:
            lists[-1] = blocks[-1].otherwise
            if following := tokens.keyword():
                if following != blocks[-1].kind or following == "range":
                    raise TemplateProblem(f"has an else {following} where it is not allowed")
                _open(Action(following, tokens.pipeline(following)), blocks, lists, chained, in_else=True)
            tokens.expect_end()
        elif word == "end" and blocks:
            tokens.expect_end()
            while True:
                blocks.pop()
                lists.pop()
                if not chained.pop():
                    break
        elif word in ("break", "continue") and any(one.kind == "range" for one in blocks):
            tokens.expect_end()
            lists[-1].append(Action(word, Pipeline()))
        elif word:
            raise TemplateProblem(f"uses {word} where it is not allowed")
        else:
            lists[-1].append(Action("", tokens.pipeline()))
    if blocks:
        raise TemplateProblem(f"has {blocks[-1].kind} without an end")
    return root


def _open(action: Action, blocks: list[Action], lists: list[Nodes], chained: list[bool], *, in_else: bool) -> None:
    lists[-1].append(action)
    blocks.append(action)
    lists.append(action.body)
    chained.append(in_else)


def _parts(template: str) -> Iterator[str | tuple[str]]:
    """Text, and the content of actions."""
    position, trims = 0, False
    while True:
        start = template.find("{{", position)
        text = template[position:] if start < 0 else template[position:start]
        text = text.lstrip(_BLANK) if trims else text
        if start < 0:
            yield text
            return
        inner, position = _action(template, start + 2)
        if len(inner) > 1 and inner[0] == "-" and inner[1] in _BLANK:
            inner, text = inner[1:], text.rstrip(_BLANK)
        trims = len(inner) > 1 and inner[-1] == "-" and inner[-2] in _BLANK
        yield text
        inner = inner[:-1] if trims else inner
        if not inner.strip(_BLANK).startswith("/*"):
            yield (inner,)


def _action(template: str, start: int) -> tuple[str, int]:
    """The content of an action, and the position after it."""
    comment = _COMMENT.match(template, start)
    if comment:
        return template[start : comment.end() - 2], comment.end()
    if re.compile(r"(?:-[ \t\r\n])?\s*/\*").match(template, start):
        raise TemplateProblem("has a comment that is not valid in Go")
    position = start
    while found := _END.search(template, position):
        if found[0] == "}}":
            return template[start : found.start()], found.end()
        position = found.end()
    raise TemplateProblem("has an action without an end")


class _Tokens:
    """The tokens of an action."""

    def __init__(self, content: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(content):
            found = _TOKEN.match(content, position)
            if found is None:
                raise TemplateProblem("has an action that is not supported")
            self._tokens.append((str(found.lastgroup), found[0]))
            position = found.end()
        while self._tokens and self._tokens[-1][0] == "blank":
            self._tokens.pop()
        self._skip()

    def _peek(self) -> tuple[str, str]:
        return self._tokens[0] if self._tokens else ("", "")

    def _skip(self) -> bool:
        """Skip blanks, and return whether there were any."""
        found = self._peek()[0] == "blank"
        while self._peek()[0] == "blank":
            self._tokens.pop(0)
        return found

    def expect_end(self) -> None:
        """Check that nothing follows."""
        self._skip()
        if self._tokens:
            raise TemplateProblem("has an action that is not supported")

    def keyword(self) -> str:
        """Take a keyword if there is one."""
        self._skip()
        kind, text = self._peek()
        if kind == "word" and text in (*_BLOCKS, *_OTHERS, "else", "end", "break", "continue"):
            self._tokens.pop(0)
            return text
        return ""

    def pipeline(self, block: str = "") -> Pipeline:
        """Take a whole pipeline."""
        found = self._pipeline(block)
        self.expect_end()
        return found

    def _pipeline(self, block: str = "") -> Pipeline:
        self._skip()
        variables, assigns = self._declared(block)
        commands = []
        while True:
            commands.append(self._command())
            if self._peek()[1] != "|":
                break
            self._tokens.pop(0)
        if any(one[0].kind == "constant" for one in commands[1:]):
            raise TemplateProblem("passes arguments to a value that is not a function")
        return Pipeline(tuple(commands), variables, assigns)

    def _declared(self, block: str) -> tuple[tuple[str, ...], bool]:
        kept = list(self._tokens)
        names = []
        while self._peek()[0] == "variable":
            names.append(self._tokens.pop(0)[1])
            self._skip()
            mark = self._peek()[1]
            if mark in (":=", "="):
                self._tokens.pop(0)
                self._skip()
                return tuple(names), mark == "="
            if mark != "," or block != "range" or len(names) > 1:
                break
            self._tokens.pop(0)
            self._skip()
        self._tokens = kept
        return (), False

    def _command(self) -> Command:
        self._skip()
        operands = [self._operand()]
        while self._skip() and self._peek()[1] not in ("|", ")", ""):
            operands.append(self._operand())
        if self._peek()[1] not in ("|", ")", ""):
            raise TemplateProblem("has an action that is not supported")
        return tuple(operands)

    def _operand(self) -> Operand:
        kind, text = self._tokens.pop(0) if self._tokens else ("", "")
        if kind == "text":
            return Operand("constant", _unquoted(text))
        if kind == "number":
            return Operand("constant", float(text) if "." in text else int(text))
        if kind == "word":
            if text in _CONSTANTS:
                return Operand("constant", _CONSTANTS[text])
            if text not in FUNCTIONS:
                raise TemplateProblem(f"uses the function {text}, which is not supported")
            return Operand("function", text)
        if kind == "field":
            return Operand("dot", None, tuple(text[1:].split(".")))
        if kind == "variable":
            return Operand("variable", text, self._fields())
        if text == ".":
            return Operand("dot")
        if text == "(":
            inner = self._pipeline()
            self._skip()
            if self._tokens[:1] != [("mark", ")")]:
                raise TemplateProblem("has an action that is not supported")
            self._tokens.pop(0)
            return Operand("pipeline", inner, self._fields())
        raise TemplateProblem("has an action that is not supported")

    def _fields(self) -> tuple[str, ...]:
        return tuple(self._tokens.pop(0)[1][1:].split(".")) if self._peek()[0] == "field" else ()


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1].replace("\r", "")
    try:
        return str(json.loads(text.replace("\\/", "\\x")))
    except ValueError:
        raise TemplateProblem("has a quoted string with an escape sequence that is specific to Go") from None
