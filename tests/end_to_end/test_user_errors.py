# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The most likely errors of a user at a terminal: what the screen says, and that nothing was sent or written.

They stand in ``tests/support/user_errors.py``; ``make user-errors`` shows them. What modules say is in
``test_bad_input.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.tests.support import user_errors
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.support.user_errors import SECRET, Provoked, Reported


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(user_errors.ENVIRONMENTS) as running:
        user_errors.prepare(running)
        yield running


def provoke(simulator: Simulator, folder: Path, group: Callable[[Provoked], Iterator[Reported]]) -> str:
    """Every error is reported as it should be, in its first line; without a traceback, and without a secret."""
    provoked = Provoked(simulator, folder)
    wrong = [
        f"{one.title}\n  says {one.code}: {one.message or 'nothing'}\n  must {one.wanted_code}: {one.wanted}"
        for one in group(provoked)
        if not one.good
    ]
    assert not wrong, "\n".join(wrong)
    assert "Traceback" not in provoked.output
    assert SECRET not in provoked.output
    return provoked.output


def test_there_are_at_least_thirty_and_each_is_another() -> None:
    titles = [mistake.host for mistake in user_errors.ROLE]
    assert len(set(titles)) == len(titles) >= 30


def test_mistakes_in_variables_are_reported_in_the_words_of_the_variables(simulator: Simulator, tmp_path: Path) -> None:
    output = provoke(simulator, tmp_path, Provoked.of_the_role)
    assert "argument_spec" not in output, "Ansible's own check shows the whole specification"
    assert not simulator.requests(environment="quiet")
    assert {one["method"] for one in simulator.requests()} <= {"GET", "POST"}
    assert all("validateOnly" in one["query"] for one in simulator.requests(method="POST"))
    assert not simulator.objects("asked", EXPORT_SCHEMA)


def test_a_wrong_call_fails_and_says_what_is_missing(simulator: Simulator, tmp_path: Path) -> None:
    provoke(simulator, tmp_path, Provoked.of_calls)
    assert not simulator.objects("asked", EXPORT_SCHEMA)


def test_modules_for_any_schema_name_what_was_most_likely_meant(simulator: Simulator, tmp_path: Path) -> None:
    provoke(simulator, tmp_path, Provoked.of_tasks)


def test_a_wrong_inventory_is_reported_by_its_option(simulator: Simulator, tmp_path: Path) -> None:
    provoke(simulator, tmp_path, Provoked.of_inventories)
