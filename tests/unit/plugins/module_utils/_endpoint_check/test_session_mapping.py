# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mapping for sessions: the component templates in the examples are the same one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.session_mapping import session_mapping

FOLDER = Path(__file__).resolve().parents[5] / "examples" / "search"


@pytest.mark.parametrize(("product", "kind"), [("elasticsearch", "flattened"), ("opensearch", "flat_object")])
def test_the_component_template_for_other_tools_is_the_mapping_of_the_module(product: str, kind: str) -> None:
    path = FOLDER / f"user-sessions.component-template.{product}.json"
    expected = {"template": {"mappings": session_mapping("nested", kind)}}
    assert json.loads(path.read_text(encoding="utf-8")) == expected
