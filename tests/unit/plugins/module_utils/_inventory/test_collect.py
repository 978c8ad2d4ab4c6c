# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet without Ansible: what options mean, which environments are one, which are wanted, how hosts are called."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.collect import collect
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.environment import (
    Environment,
    by_host_name,
    merged,
    selected,
    slug,
)
from ansible_collections.community.dynatrace.plugins.module_utils._inventory.options import (
    FleetOptions,
    Selection,
    read_options,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    OAuthClient,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import InvalidInput

CANARY = "C4naryOfAToken"
ACCOUNT = "00000000-0000-0000-0000-00000000000a"
SSO = "https://sso.dynatrace.com/sso/oauth2/token"
CLIENT = {"DYNATRACE_OAUTH_CLIENT_ID": "me", "DYNATRACE_OAUTH_CLIENT_SECRET": CANARY}


def options(given: dict[str, Any], **environ: str) -> FleetOptions:
    return read_options(given, environ, "test")


def problems(given: dict[str, Any], **environ: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        options(given, **environ)
    assert CANARY not in str(caught.value) + str(caught.value.details)
    return {problem.path: problem.message for problem in caught.value.problems}


def hosts(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host.name: host.facts for host in collect(options(given)).hosts}


# options


def test_a_cluster_from_the_file() -> None:
    (source,) = options({"clusters": [{"url": "https://d.example.com/", "token": "t", "timeout": "5"}]}).sources
    assert source.connection.base_url == "https://d.example.com"
    assert source.connection.credentials == AccessToken("t")
    assert (source.kind, source.title, source.connection.timeout) == ("managed", "d.example.com", 5.0)


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/", "/api/cluster/v2", "/api/cluster/v2/"])
def test_a_copied_address_of_the_cluster_api_is_as_good(ending: str) -> None:
    (source,) = options({"clusters": [{"url": f"https://d.example.com{ending}", "token": "t"}]}).sources
    assert source.connection.base_url == "https://d.example.com"


def test_a_cluster_token_from_the_environment_stays_with_its_address() -> None:
    pair = {"DYNATRACE_CLUSTER_URL": "https://d.example.com", "DYNATRACE_CLUSTER_TOKEN": CANARY}
    for given in ({}, None, {"url": "https://d.example.com/"}):
        (source,) = options({"clusters": [given]}, **pair).sources
        assert source.connection.credentials == AccessToken(CANARY)
    elsewhere = problems({"clusters": [{"url": "https://other.example.com"}]}, **pair)
    assert "belongs to another one" in elsewhere["clusters[0].token"]


def test_an_account_from_the_file() -> None:
    given = {"oauth_account_urn": ACCOUNT, "oauth_client_id": "me", "oauth_client_secret": "s"}
    for urn in (ACCOUNT, f"urn:dtaccount:{ACCOUNT}"):
        (source,) = options({"accounts": [{**given, "oauth_account_urn": urn}]}).sources
        assert source.account == ACCOUNT
        assert source.connection.credentials == OAuthClient(
            "me", "s", SSO, "account-env-read", f"urn:dtaccount:{ACCOUNT}"
        )
        assert source.connection.base_url == "https://api.dynatrace.com"


def test_an_oauth_client_from_the_environment_goes_to_its_own_addresses_only() -> None:
    account = {"oauth_account_urn": ACCOUNT}
    (source,) = options({"accounts": [account]}, **CLIENT).sources
    assert isinstance(source.connection.credentials, OAuthClient)
    assert source.connection.credentials.token_url == SSO
    for name in ("oauth_token_url", "url"):
        found = problems({"accounts": [{**account, name: "https://elsewhere.example.com"}]}, **CLIENT)
        assert "belongs to another address" in found[f"accounts[0].{name}"]
    own = {"DYNATRACE_OAUTH_TOKEN_URL": "https://t.example.com/", "DYNATRACE_ACCOUNT_URL": "https://a.example.com"}
    urls = {"oauth_token_url": "https://t.example.com", "url": "https://a.example.com/"}
    for given in (account, {**account, **urls}):
        (source,) = options({"accounts": [given]}, **CLIENT, **own).sources
        assert isinstance(source.connection.credentials, OAuthClient)
        assert source.connection.credentials.token_url == "https://t.example.com/"
        assert source.connection.base_url == "https://a.example.com"
    # Once it has an address of its own, it does not go to the usual one either.
    found = problems({"accounts": [{**account, "oauth_token_url": SSO}]}, **CLIENT, **own)
    assert "accounts[0].oauth_token_url" in found


def test_every_problem_is_told_with_its_path_and_without_its_value() -> None:
    found = problems(
        {
            "clusters": [
                {"url": "https://d.example.com/e/1", "token": "t"},
                {"url": f"https://u:{CANARY}@d.example.com", "token": "t"},
                {"url": "http://d.example.com", "token": [CANARY]},
                {"url": "https://d.example.com", "token": f"{CANARY}\n", "tokn": CANARY, CANARY: 1},
                CANARY,
            ],
            "accounts": [{"oauth_client_id": CANARY, "oauth_account_urn": f"{CANARY}/.."}, {}],
            "environments": [{"name": "no address"}, {"url": "https://x.example.com", "kind": CANARY}],
            "filters": {"states": [CANARY], "name": "x"},
            "exclude": [CANARY],
            "host_name": CANARY,
            "group": f"{CANARY} x",
            "api_token_variable": f"dt0c01.{CANARY}",
            "on_source_error": CANARY,
            "timeout": CANARY,
            "ca_path": "/nowhere/ca.pem",
        }
    )
    assert set(found) == {
        "accounts[0].oauth_account_urn",
        "accounts[0].oauth_client_secret",
        "accounts[1].oauth_account_urn",
        "accounts[1].oauth_client_id",
        "api_token_variable",
        "clusters[0].url",
        "clusters[1].url",
        "clusters[2].token",
        "clusters[2].url",
        "clusters[3].token",
        "clusters[3].(one option)",
        "clusters[3].tokn",
        "clusters[4]",
        "environments[0].url",
        "environments[1].kind",
        "exclude",
        "filters.name",
        "filters.states",
        "group",
        "host_name",
        "on_source_error",
        "timeout",
        "ca_path",
    }
    assert "did you mean token?" in found["clusters[3].tokn"]


def test_connection_options_hold_for_all_and_for_one() -> None:
    wrong = {"url": "https://a.example.com", "token": "t", "proxy": f"ftp://u:{CANARY}@p"}
    found = problems({"ca_path": "/nowhere/ca.pem", "clusters": [wrong, {**wrong, "proxy": None}]})
    assert set(found) == {"ca_path", "clusters[0].proxy"}
    given = {"validate_certs": "no", "clusters": [{"url": "https://a.example.com", "token": "t", "retry_timeout": 1}]}
    (source,) = options(given).sources
    assert (source.connection.validate_certs, source.connection.retry_timeout) == (False, 1.0)


def test_nothing_to_ask() -> None:
    assert problems({}) == {"": "give at least one of clusters, accounts and environments"}


# the list in the file


def test_an_address_is_enough() -> None:
    found = hosts(
        {
            "environments": [
                "https://abc12345.live.dynatrace.com/",
                "https://d.example.com/e/0f1e2d3c-0000-0000-0000-000000000000",
                {"url": "https://activegate.example.com:9999/e/def67890", "host": "behind", "tags": "one"},
            ]
        }
    )
    assert {name: facts["dynatrace_environment_kind"] for name, facts in found.items()} == {
        "abc12345": "saas",
        "0f1e2d3c-0000-0000-0000-000000000000": "managed",
        "behind": "saas",
    }
    assert found["behind"] == {
        "dynatrace_environment_id": "def67890",
        "dynatrace_environment_url": "https://activegate.example.com:9999/e/def67890",
        "dynatrace_environment_name": "def67890",
        "dynatrace_environment_kind": "saas",
        "dynatrace_environment_state": "unknown",
        "dynatrace_environment_tags": ["one"],
        "dynatrace_environment_source": "environments",
    }


def test_the_name_of_a_token_variable() -> None:
    given = {
        "api_token_variable": "vault_token",
        "environments": [
            "https://abc12345.live.dynatrace.com",
            {
                "url": "https://x.example.com/e/a-b.c",
                "name": "Süd & Nord",
                "api_token_variable": "vault_{id}_of_{name}",
            },
        ],
    }
    found = [host.token_variable for host in collect(options(given)).hosts]
    assert found == ["vault_token", "vault_a_b_c_of_sud_nord"]


# one environment from several sources


def test_what_was_found_first_wins_value_by_value() -> None:
    listed = Environment("abc", "https://ag.example.com/e/abc", tags=("mine",), source="environments")
    by_api = Environment("ABC", "https://abc.example.com", "Shop", "saas", "enabled", source="acc")
    (one,), notes = merged([listed, by_api])
    assert one == Environment(
        "abc", "https://ag.example.com/e/abc", "Shop", "saas", "enabled", ("mine",), "environments"
    )
    assert notes == []


def test_two_clusters_that_list_the_same_environment() -> None:
    one, other = (Environment("x", f"https://{host}.example.com/e/x", source=host) for host in ("a", "b"))
    found, notes = merged([one, other])
    assert [item.url for item in found] == ["https://a.example.com/e/x"]
    assert notes == ["Environment x is listed at a.example.com and b.example.com; the first is used."]


# filters

FLEET = [
    Environment("id1", "u", "Shop Berlin", "saas", "enabled"),
    Environment("id2", "u", "Shop Oslo", "managed", "enabled", ("prod", "north")),
    Environment("id3", "u", "Bank", "managed", "disabled", ("prod",)),
    Environment("id4", "u", None, "saas"),
]


@pytest.mark.parametrize(
    ("filters", "exclude", "found"),
    [
        ({}, {}, "124"),
        ({"states": ("disabled",)}, {}, "3"),
        ({"states": ("enabled", "disabled", "unknown")}, {}, "1234"),
        ({"kinds": ("managed",)}, {}, "2"),
        ({"names": ("shop*",)}, {}, "12"),
        ({"names": ("ID4", "*oslo")}, {}, "24"),
        ({"tags": ("north", "south")}, {}, "2"),
        ({"tags": ("prod",), "states": ("disabled",)}, {}, "3"),
        ({"names": ("shop*",)}, {"tags": ("north",)}, "1"),
        ({}, {"kinds": ("saas",), "names": ("bank",)}, "2"),
        ({}, {"states": ("unknown",)}, "12"),
    ],
)
def test_which_are_wanted(filters: dict[str, Any], exclude: dict[str, Any], found: str) -> None:
    wanted = selected(FLEET, Selection(**filters), Selection(**exclude))
    assert "".join(one.id[-1] for one in wanted) == found


def test_an_empty_result_is_told() -> None:
    fleet = collect(options({"environments": ["https://a.example.com"], "filters": {"kinds": "managed"}}))
    assert fleet.hosts == []
    assert fleet.warnings == ["No environment is left: 1 found, all of them filtered out or disabled."]


# names of hosts


@pytest.mark.parametrize(
    ("name", "text"),
    [("Web Shop (EU)", "web-shop-eu"), ("Straße über Öl", "strasse-uber-ol"), ("東京", ""), ("--a--", "a")],
)
def test_slugs(name: str, text: str) -> None:
    assert slug(name) == text


def test_host_names_do_not_depend_on_the_order() -> None:
    same = [Environment(name, "u", "Shop") for name in ("id1", "id2")]
    others = [Environment("id3", "u", "東京"), Environment("id4", "u", "localhost"), Environment("id5", "u", "Bank")]
    for order in (same + others, others + same[::-1]):
        found = {one.id: host for host, one in by_host_name(order, "name").items()}
        assert found == {"id1": "shop-id1", "id2": "shop-id2", "id3": "id3", "id4": "localhost-id4", "id5": "bank"}
    assert list(by_host_name(same, "id")) == ["id1", "id2"]


def test_two_environments_are_never_one_host() -> None:
    with pytest.raises(InvalidInput, match="the host id2 would be two environments, id1 and id2"):
        by_host_name([Environment("id1", "u", host="id2"), Environment("id2", "u")], "id")


# the house


def test_the_fleet_does_not_know_ansible() -> None:
    folder = Path(__file__).resolve().parents[5] / "plugins" / "module_utils" / "_inventory"
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert imported
    assert [name for name in imported if name.startswith("ansible") or "session" in name] == []
