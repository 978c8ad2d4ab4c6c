# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the most likely user errors, and prints what the terminal says of each, to be read in one go."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ansible_collections.community.dynatrace.tests.support import user_errors
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator


def main() -> int:
    """Prints them; the exit code is 1 if a message is not as it should be."""
    wrong = number = 0
    with tempfile.TemporaryDirectory() as folder, Simulator(user_errors.ENVIRONMENTS) as simulator:
        user_errors.prepare(simulator)
        provoked = user_errors.Provoked(simulator, Path(folder))
        for group, those in user_errors.GROUPS.items():
            print(f"{group}\n{'=' * len(group)}\n")
            for error in those(provoked):
                number += 1
                wrong += not error.good
                shown = (error.message or "(nothing)").replace(folder, ".").replace("\n", "\n    ")
                missed = "" if error.good else f"   <-- must say: {'; '.join(error.wanted)}"
                print(f"{number}. {error.title}{missed}\n    {shown}\n")
    print(f"{number} errors, {wrong} of them with another message than expected")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
