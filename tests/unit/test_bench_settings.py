# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of a plan without changes stays near that of jsonschema alone, measured in the same process."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.community.dynatrace.tests.bench.settings import plan_figures

# 2.0 with 5,000 objects (make bench). What is fixed weighs more with fewer, and others may use the caches of the cores.
MOST = 4.0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="about the newest packages")
def test_a_plan_takes_little_more_than_the_validation_in_it() -> None:
    figures = plan_figures(300)
    assert figures.plan < MOST * figures.jsonschema
