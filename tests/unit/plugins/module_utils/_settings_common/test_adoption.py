# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables for the secrets of objects that are adopted."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_common.adoption import (
    Adoption,
    variable_name,
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("jira.apiToken", "jira_api_token"),
        ("vault_Shop basicAuth.password", "vault_shop_basic_auth_password"),
        ("list[0].secret", "list_0_secret"),
        ("--a--", "a"),
    ],
)
def test_a_path_is_a_name_of_a_variable(path: str, name: str) -> None:
    assert variable_name(path) == name


def test_no_two_secrets_share_a_variable() -> None:
    adoption = Adoption({}, "vault")
    templates = [adoption.secret("builtin:x", name, "token") for name in ("Shop", "shop", "SHOP!")]
    assert templates == ["{{ vault_shop_token }}", "{{ vault_shop_token_2 }}", "{{ vault_shop_token_3 }}"]
    assert [(one.name, one.variable) for one in adoption.variables] == [
        ("Shop", "vault_shop_token"),
        ("shop", "vault_shop_token_2"),
        ("SHOP!", "vault_shop_token_3"),
    ]
