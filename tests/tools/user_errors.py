# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the most likely mistakes, and prints what the terminal says of each, to be read in one go."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ansible_collections.community.dynatrace.tests.support import user_errors
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


def main() -> int:
    """Prints them; the exit code is 1 if one is told otherwise than it should be."""
    wrong = number = 0
    with tempfile.TemporaryDirectory() as folder, Simulator(user_errors.ENVIRONMENTS) as simulator:
        user_errors.prepare(simulator)
        provoked = user_errors.Provoked(simulator, Path(folder))
        for group, those in user_errors.GROUPS.items():
            print(f"{group}\n{'=' * len(group)}\n")
            for told in those(provoked):
                number += 1
                wrong += not told.good
                shown = (told.message or "(nothing)").replace(folder, ".").replace("\n", "\n    ")
                missed = "" if told.good else f"   <-- must say: {'; '.join(told.wanted)}"
                print(f"{number}. {told.title}{missed}\n    {shown}\n")
    print(f"{number} mistakes, {wrong} of them told otherwise than they should be")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
