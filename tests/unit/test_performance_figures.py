# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of the benchmark in the page on performance."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.tests.tools.generate_performance import BEGIN, END, PAGE, with_figures

FIGURES: dict[str, Any] = {
    "machine": "2 cores\n",
    "lines": ["environments  what", "        1000  bare"],
    "goals": [
        {"what": "the start of ansible-playbook", "goal": 2.0, "measured": 1.234, "unit": "", "detail": ""},
        {"what": "CPU time", "goal": 4, "measured": 12.3, "unit": " ms", "detail": "more"},
    ],
}


def test_they_take_the_place_of_earlier_ones() -> None:
    before, after = f"Text.\n\n{BEGIN}\nold\n\n", "\nMore text.\n"
    page = with_figures(before + END + after, FIGURES)
    assert page.startswith("Text.\n") and page.endswith(END + after) and "old" not in page
    assert "   * - the start of ``ansible-playbook``\n     - 2\n     - 1.23\n     -\n" in page
    assert "   * - CPU time\n     - 4 ms\n     - **12 ms**\n     - more\n" in page, "what misses its goal is in bold"
    assert "    environments  what\n            1000  bare\n" in page
    assert with_figures(page, FIGURES) == page


def test_the_page_has_a_place_for_them() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_figures(page, FIGURES) != page
    with pytest.raises(SystemExit):
        with_figures(page.replace(END, ""), FIGURES)
