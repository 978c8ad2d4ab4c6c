# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs steps, each in its pinned environment, and ends with a table. See --help."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import environments
from environments import BUILD, EnvironmentProblem
from runner import RUNNING, Runner, Skipped
from steps import STEPS, Step, matrix


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    result: str
    seconds: float
    note: str = ""


def carry_out(step: Step, runner: Runner) -> Outcome:
    """Runs one step and times it."""
    start = time.monotonic()
    note = ""
    try:
        step.run(runner)
        result = "failed" if runner.failures else "ok"
        note = "; ".join(runner.failures)
    except Skipped as reason:
        result, note = reason.result, str(reason)
        if os.environ.get("REQUIRE_ALL_STEPS") and not reason.excused:
            result, note = "failed", f"{reason.result}, and REQUIRE_ALL_STEPS is set: {note}"
    except (EnvironmentProblem, OSError, subprocess.SubprocessError, ValueError) as problem:
        result, note = "failed", str(problem)
    outcome = Outcome(step, result, time.monotonic() - start, note)
    runner.say(f"-- {step.name}: {outcome.result}, {outcome.seconds:.0f} s{f' ({note})' if note else ''}")
    return outcome


def carry_out_beside(step: Step, venv: Path) -> tuple[Outcome, Path]:
    """Runs one step with its output in a file."""
    log = BUILD / "log" / f"{step.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as out:
        return carry_out(step, Runner(venv, out, background=True)), log


def prepare(build: Callable[[], object]) -> None:
    """Builds something in advance. If that fails, the step that needs it tries again, and reports the failure."""
    with contextlib.suppress(Exception):
        build()


def run_steps(steps: Sequence[Step], venv: Path) -> list[Outcome]:
    """All steps: tests in order, beside them what uses one core, and whatever has to be built for a later one.

    When the tests are done, two of the others run at a time. The output of a step appears as a whole, in order.
    """
    finished: dict[str, tuple[Outcome, Path]] = {}
    others = deque(step for step in steps if step.beside) if len(steps) > 1 else deque()
    aside = {step.name for step in others}

    def run_others() -> None:
        with contextlib.suppress(IndexError):  # none is left
            while True:
                step = others.popleft()
                finished[step.name] = carry_out_beside(step, venv)

    with ThreadPoolExecutor(max_workers=1) as beside, ThreadPoolExecutor(max_workers=1) as ahead:
        running = beside.submit(run_others)
        if len(steps) > 1:
            for build in (build for step in steps for build in step.prepare):
                ahead.submit(prepare, build)
        try:
            outcomes = {}
            for step in steps:
                if step.name not in aside:
                    print(f"\n-- {step.name}: {step.about}", flush=True)
                    outcomes[step.name] = carry_out(step, Runner(venv))
            run_others()
            running.result()
        except KeyboardInterrupt:
            others.clear()
            for pool in (beside, ahead):
                pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(RUNNING):
                os.killpg(process.pid, signal.SIGTERM)
            raise
    for step in steps:
        if step.name in aside:
            outcomes[step.name], log = finished[step.name]
            print(f"\n-- {step.name}: {step.about}\n{log.read_text(encoding='utf-8')}", end="", flush=True)
    return [outcomes[step.name] for step in steps]


def report(outcomes: Sequence[Outcome], seconds: float) -> int:
    """Prints the table; returns the exit code."""
    print(f"\n{'step':<22}{'result':<9}{'seconds':>7}  what")
    for outcome in outcomes:
        print(
            f"{outcome.step.name:<22}{outcome.result:<9}{outcome.seconds:>7.0f}  {outcome.note or outcome.step.about}"
        )
    failed = [outcome.step.name for outcome in outcomes if outcome.result == "failed"]
    print(f"{'':<22}{'':<9}{seconds:>7.0f}  in all: {'FAILED: ' + ', '.join(failed) if failed else 'passed'}")
    return 1 if failed else 0


def main() -> int:
    """Runs the steps named on the command line, or all."""
    names = [step.name for step in STEPS]
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Environment: TEST_ARGS is handed to pytest (TEST_ARGS='-k drift')."
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"any of: {', '.join(names)} (default: make test)")
    parser.add_argument("--matrix", action="store_true", help="every supported core, or those that MATRIX names")
    arguments = parser.parse_args()
    chosen = arguments.steps or [step.name for step in STEPS if not step.by_name]
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"unknown step {', '.join(unknown)}; there are {', '.join(names)}")
    start = time.monotonic()
    environments.link_tree()
    try:
        venv = environments.ensure("test")
    except EnvironmentProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(environments.describe(venv), flush=True)
    try:
        steps = matrix() if arguments.matrix else [step for step in STEPS if step.name in chosen]
    except ValueError as problem:
        parser.error(str(problem))
    outcomes = run_steps(steps, venv)
    return report(outcomes, time.monotonic() - start)


if __name__ == "__main__":
    # Commands run in groups of their own: ending this process must end them, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
        print("interrupted", file=sys.stderr)
    sys.exit(code)
