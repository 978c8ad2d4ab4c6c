# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the figures of ``make bench BENCH=fleet BENCH_ARGS="1000 --json FILE"`` into the page on performance.

python tests/tools/generate_performance.py FILE
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "performance.rst"
BEGIN, END = ".. figures of the fleet task: begin\n", ".. figures of the fleet task: end\n"


def with_figures(page: str, figures: dict[str, Any]) -> str:
    """Return the page with the table of goals and the measured lines between its two markers."""
    machine = figures["machine"].strip()
    text = [
        f"{BEGIN}\nMeasured on: {machine}.\n",
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 58 10 10 22",
        "",
    ]
    for row in (("", "Goal", "Measured", "Also"), *map(_row, figures["goals"])):
        first, *others = row
        text += [f"   * - {first}".rstrip(), *(f"     - {cell}".rstrip() for cell in others)]
    text += ["", ".. code-block:: text", "", *(f"    {line}" for line in figures["lines"]), "", END]
    before, _begin, rest = page.partition(BEGIN)
    _old, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit("The page has no markers for the figures of the fleet task.")
    return before + "\n".join(text) + after


def _row(goal: dict[str, Any]) -> tuple[str, ...]:
    measured = f"{goal['measured']:.2f}" if goal["measured"] < 10 else f"{goal['measured']:.0f}"
    shown = f"{measured}{goal['unit']}"
    missed = goal["measured"] > goal["goal"]
    what = re.sub(r"\bansible-playbook\b", "``ansible-playbook``", goal["what"])
    return what, f"{goal['goal']:g}{goal['unit']}", f"**{shown}**" if missed else shown, goal["detail"]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    figures = json.loads(parser.parse_args().file.read_text(encoding="utf-8"))
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")


if __name__ == "__main__":
    main()
