# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates that are drawn at random are rendered as Go itself renders them. Needs Go."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.go_template import TemplateProblem, render

COUNT = int(os.environ.get("GO_TEMPLATES", "1000"))
VALUES: dict[str, Any] = {
    "text": "A b",
    "empty": "",
    "quoted": 'x"<é>',
    "one": 1,
    "zero": 0,
    "part": 1.5,
    "large": 1e21,
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, "x", "y"],
    "none": [],
    "map": {"b": 2, "a": "x", "m": {"k": "v"}},
}
FIELDS = [f".{name}" for name in VALUES] + [".map.a", ".map.m.k", ".map.m", ".map.zz", ".zz", ".text.zz", ".", "$.one"]
CONSTANTS = ["1", "0", "-2", "1.5", '"A b"', "`x`", '""', "true", "false"]
FUNCTIONS = ["and", "or", "not", "eq", "ne", "index"] * 3 + ["printf", "html"]


class Draw:
    """One template."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._variables: list[str] = []

    def template(self, depth: int = 0) -> str:
        return "".join(self._node(depth) for _turn in range(self._chance.randint(1, 3)))

    def _one(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _operand(self, depth: int) -> str:
        chance = self._chance.random()
        if chance < 0.5:
            return self._one(*FIELDS)
        if chance < 0.6 and self._variables:
            return f"${self._one(*self._variables)}{self._one('', '', '', '.a')}"
        if chance < 0.7 and depth < 3:
            return f"({self._pipeline(depth + 1)})"
        return self._one(*CONSTANTS)

    def _command(self, depth: int) -> str:
        if self._chance.random() < 0.5:
            return self._operand(depth)
        name = self._one(*FUNCTIONS)
        operands = [self._operand(depth) for _turn in range(self._chance.choice([1, 2, 2, 3]))]
        if name == "index" and self._chance.random() < 0.5:
            operands = self._one(".list 1", ".map `a`", ".map .text", ". `zz`", ".map `m` `k`").split()
        return " ".join([name, *operands])

    def _pipeline(self, depth: int) -> str:
        commands = [self._command(depth)]
        if self._chance.random() < 0.02:
            commands.append(self._one("not", "index .list"))
        return " | ".join(commands)

    def _action(self, text: str) -> str:
        return f"{self._one('{{', '{{ ', '{{- ')}{text}{self._one('}}', ' }}', ' -}}')}"

    def _variable(self) -> str:
        name = self._one("x", "y", "zeta")
        self._variables.append(name)
        return name

    def _node(self, depth: int) -> str:
        kind = (
            self._one(*["text", "value", "value", "value", "if", "if", "range", "range", "comment"] * 4, "set", "with")
            if depth < 3
            else "text"
        )
        if kind == "text":
            return self._one("x", " y ", "\n z", '{"k": ', "}", "}}", "{")
        if kind == "comment":
            return self._one("{{/* c */}}", "{{- /* c */ -}}", "{{ /* c */ }}", "{{`{{`}}")
        if kind == "value":
            return self._action(self._pipeline(depth))
        if kind == "set":
            text = self._pipeline(depth)
            return self._action(f"${self._variable()} := {text}")
        return self._block(kind, depth)

    def _block(self, kind: str, depth: int) -> str:
        before = list(self._variables)
        text = self._pipeline(depth)
        if self._chance.random() < (0.6 if kind == "range" else 0.02):
            text = f"${self._variable()} := {text}"
            if kind == "range" and self._chance.random() < 0.5:
                text = f"$i, {text}"
                self._variables.append("i")
        block = self._action(f"{kind} {text}") + self.template(depth + 1)
        if kind == "range" and self._chance.random() < 0.02:
            block += self._action(self._one("break", "continue")) + "z"
        self._variables = list(before) if self._chance.random() < 0.9 else self._variables
        if self._chance.random() < 0.4:
            also = kind != "range" and self._chance.random() < 0.4
            block += self._action(f"else {kind} {self._operand(depth)}" if also else "else") + self.template(depth + 1)
            self._variables = before
        return block + (self._action("end") if self._chance.random() < 0.98 else "")


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
def test_templates_are_rendered_as_go_renders_them(tmp_path: Path) -> None:
    templates = [Draw(seed).template() for seed in range(COUNT)]
    environment = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    ran = subprocess.run(
        ["go", "run", str(Path(__file__).with_name("templates.go"))],
        cwd=tmp_path,
        env=environment,
        input=json.dumps({"Values": VALUES, "Templates": templates}),
        capture_output=True,
        text=True,
        check=True,
    )
    wrong, same, refused, lenient = [], 0, 0, 0
    for template, expected in zip(templates, json.loads(ran.stdout), strict=True):
        try:
            found = render(template, VALUES)
        except TemplateProblem:
            # What is not supported is reported, whatever Go does.
            refused += expected is not None
            continue
        if expected is None:
            # Go also refuses mistakes in parts that are not executed. Monaco has not deployed such a template.
            lenient += 1
        elif found == expected:
            same += 1
        else:
            wrong.append((template, expected, found))
    assert not wrong, f"{len(wrong)} of {COUNT}, for example {wrong[:5]}"
    assert same > COUNT / 10
    assert refused < same, f"{refused} templates are refused that Go renders, {same} are rendered"
    assert lenient < COUNT / 500 + 5, f"{lenient} templates are rendered that Go refuses"
