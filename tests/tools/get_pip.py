# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the script that ansible-test downloads to put pip into its environments; takes the same arguments."""

from __future__ import annotations

import subprocess
import sys

# A process of its own: called in this one, ensurepip would switch off pip's configuration for the install below.
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL, check=True)
packages = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
if packages:
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-q", *packages]
    subprocess.run(command, check=True)
