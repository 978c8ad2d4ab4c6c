# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of problems, for tests that check what users read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._problems import render, text_of
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    Problem,
    UnknownName,
)


def texts(problems: Iterable[Problem]) -> dict[str, str]:
    """The text of each problem by its path."""
    return {problem.path: text_of(problem) for problem in problems}


@dataclass
class Refused:
    """The message that users read."""

    message: str = ""


@contextmanager
def unknown(match: str) -> Iterator[None]:
    """The same for a name that cannot be resolved."""
    with pytest.raises(UnknownName) as caught:
        yield
    assert re.search(match, text_of(caught.value.problem))


@contextmanager
def invalid(match: str) -> Iterator[Refused]:
    """Like ``pytest.raises(InvalidInput, match=match)``, for the message that users read."""
    refused = Refused()
    with pytest.raises(InvalidInput) as caught:
        yield refused
    refused.message = render(caught.value)[0]
    assert re.search(match, refused.message), refused.message
