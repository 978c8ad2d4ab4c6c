# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress of a fleet task: a line that is updated, plain lines elsewhere, nothing if it is not wanted."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet.terminal import Terminal

HOSTS = [f"h{number}" for number in range(8)]


class Screen:
    """Ansible's display, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.written: list[str] = []

    def display(self, text: str, *, stderr: bool, screen_only: bool, newline: bool) -> None:
        assert stderr and screen_only, "standard output belongs to the results"
        self.written.append(text + ("\n" if newline else ""))


def progress(screen: Screen, *, terminal: bool, quiet: bool = False) -> Terminal:
    found = Terminal(HOSTS, screen, quiet=quiet, terminal=terminal, clock=lambda: screen.now)
    for number, host in enumerate(HOSTS[:6]):
        screen.now += 1.0
        state = {1: "failed", 2: "changed"}.get(number, "unchanged")
        reason = "no \x1b[31mtoken" if number == 1 else ""
        found.progress.settle({"host": host, "state": state, "reason": reason, "what": "", "seconds": 1.0})
        found.tick()
    return found


def test_a_terminal_has_one_line_that_is_updated() -> None:
    screen = Screen()
    found = progress(screen, terminal=True)
    assert screen.written[-1] == "\r\x1b[K6/8 environments, 1 changed, 1 failed, 2 left, about 2 s"
    assert not any(text.endswith("\n") for text in screen.written)
    found.clear()
    assert screen.written[-1] == "\r\x1b[K"


def test_without_a_terminal_there_is_a_plain_line_every_few_seconds() -> None:
    screen = Screen()
    progress(screen, terminal=False)
    assert screen.written == ["5/8 environments, 1 changed, 1 failed, 3 left, about 3 s\n"]


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_is_written_if_it_is_not_wanted(terminal: bool) -> None:
    screen = Screen()
    progress(screen, terminal=terminal, quiet=True).clear()
    assert screen.written == []


def test_the_table_names_what_needs_attention() -> None:
    lines = list(progress(Screen(), terminal=True).table())
    assert lines[0].split() == ["ENVIRONMENT", "STATE", "SECONDS", "WHAT"]
    assert lines[1].split()[:2] == ["h1", "failed"] and "no" in lines[1] and "\x1b" not in lines[1]
    assert lines[-1].startswith("8 environments: 1 failed, 2 not reached, 1 changed, 4 unchanged.")
