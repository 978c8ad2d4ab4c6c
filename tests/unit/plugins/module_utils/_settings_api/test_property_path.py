# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths of properties."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.property_path import (
    delete_path,
    get_path,
    set_path,
    texts_at,
    texts_in,
)


class TestPaths:
    def test_reading_writing_removing(self) -> None:
        value: dict[str, Any] = {"a": {"b": [{"c": 1}]}}
        assert get_path(value, ("a", "b", 0, "c")) == 1
        assert get_path(value, ("a", "b", 1, "c")) is None and get_path(value, ("a", 0)) is None
        set_path(value, ("a", "b", 0, "c"), 2)
        set_path(value, ("x", "y"), 3)
        delete_path(value, ("no", "such"))
        delete_path(value, ("a", "b", 0, "c"))
        assert value == {"a": {"b": [{}]}, "x": {"y": 3}}
        with pytest.raises(LookupError):
            set_path(value, ("a", "b", 4), 1)


def test_texts_in_a_value() -> None:
    value = {"a": ["x", {"b": "y"}, 1, None], "c": "z"}
    assert list(texts_in(value)) == ["x", "y", "z"]
    assert list(texts_at(value)) == [(("a", 0), "x"), (("a", 1, "b"), "y"), (("c",), "z")]
