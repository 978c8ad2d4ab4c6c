# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of an export, and the value of the API: one to one, by the published schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.options import (
    argument_spec,
    path_text,
    snake,
    to_options,
    to_value,
)
from ansible_collections.community.dynatrace.tests.support.simulator import basic_auth, export_value


@pytest.mark.parametrize(
    ("key", "option"), [("endpointUrl", "endpoint_url"), ("oAuth2", "oauth2"), ("usePost", "use_post"), ("a", "a")]
)
def test_names_of_options(key: str, option: str) -> None:
    assert snake(key) == option


def test_options_and_value_are_the_same_in_other_words() -> None:
    value = export_value(authentication=basic_auth("u", "p"), sendDirect={"active": True, "indexName": "i"})
    options = to_options(value)
    assert options["endpoint_definition"]["endpoint_url"] == value["endpointDefinition"]["endpointUrl"]
    assert to_value({"name": "a", **options}) == value
    assert to_value({"unknown": 1, "send_direct": None}) == {"unknown": 1}


def test_every_secret_is_hidden_by_ansible_and_nothing_else_is() -> None:
    def leaves(spec: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
        for name, one in spec.items():
            yield from leaves(one["options"], f"{above}{name}.") if "options" in one else [(above + name, one)]

    hidden = {name for name, one in leaves(argument_spec()) if one.get("no_log")}
    assert hidden == {"authentication.basic_auth.password", "authentication.oauth2.client_secret"}


def test_paths_have_the_names_of_options() -> None:
    path = ("authentication", "basicAuth", "password")
    assert path_text("exports[1]", path) == "exports[1].authentication.basic_auth.password"
    assert path_text("", ("endpointDefinition", "more", 0)) == "endpoint_definition.more[0]"
