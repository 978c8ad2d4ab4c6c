# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the inventory: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.connection import (
    AccessToken,
    OAuthClient,
)
from ansible_collections.community.dynatrace.tests.support.inventory import (
    ACCOUNT,
    CANARY,
    CLIENT,
    SSO,
    options,
    problems,
)


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
    for given in ({}, None, {"url": "https://d.example.com/"}, {"url": "https://d.example.com/api/cluster/v2"}):
        (source,) = options({"clusters": [given]}, **pair).sources
        assert source.connection.credentials == AccessToken(CANARY)
    elsewhere = problems({"clusters": [{"url": "https://other.example.com"}]}, **pair)
    assert list(elsewhere) == ["clusters[0].url"]
    assert "credentials in environment variables belong (DYNATRACE_CLUSTER_URL)" in elsewhere["clusters[0].url"]
    # Without an address in the environment, the token belongs to none.
    alone = problems({"clusters": [{"url": "https://d.example.com"}]}, DYNATRACE_CLUSTER_TOKEN=CANARY)
    assert list(alone) == ["clusters[0].url"]
    (source,) = options({"clusters": [{"url": "https://other.example.com", "token": "another"}]}, **pair).sources
    assert source.connection.credentials == AccessToken("another")


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
        assert "credentials in environment variables belong" in found[f"accounts[0].{name}"]
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


CLUSTER = {"DYNATRACE_CLUSTER_URL": "https://d.example.com", "DYNATRACE_CLUSTER_TOKEN": CANARY}
IN_THE_MIDDLE = {"proxy": "http://proxy.example.com:3128", "ca_path": __file__, "validate_certs": False}
SOURCES = [("clusters", {}, CLUSTER), ("accounts", {"oauth_account_urn": ACCOUNT}, CLIENT)]


@pytest.mark.parametrize("option", IN_THE_MIDDLE)
@pytest.mark.parametrize(("kind", "source", "environ"), SOURCES)
def test_no_option_puts_a_server_between_credentials_from_the_environment_and_their_address(
    kind: str, source: dict[str, str], environ: dict[str, str], option: str
) -> None:
    wrong = {option: IN_THE_MIDDLE[option]}
    assert list(problems({kind: [{**source, **wrong}]}, **environ)) == [f"{kind}[0].{option}"]
    assert list(problems({kind: [source], **wrong}, **environ)) == [option]


def test_credentials_from_the_file_may_go_through_any_server() -> None:
    client = {"oauth_account_urn": ACCOUNT, "oauth_client_id": "me", "oauth_client_secret": "s"}
    cluster = {"url": "https://d.example.com", "token": "t"}
    given = {**IN_THE_MIDDLE, "ca_path": None, "clusters": [cluster], "accounts": [client]}
    for source in options(given, **CLIENT, **CLUSTER).sources:
        assert source.connection.proxy == IN_THE_MIDDLE["proxy"]
        assert source.connection.validate_certs is False


@pytest.mark.parametrize(("kind", "source", "environ"), SOURCES)
def test_the_environment_may_name_the_proxy_for_its_credentials(
    kind: str, source: dict[str, str], environ: dict[str, str]
) -> None:
    proxy = "http://proxy.example.com:3128"
    for more in ({}, {"proxy": proxy}):
        (found,) = options({kind: [{**source, **more}]}, **environ, DYNATRACE_PROXY=proxy).sources
        assert found.connection.proxy == proxy
    other = {"proxy": "http://other.example.com:3128"}
    assert f"{kind}[0].proxy" in problems({kind: [{**source, **other}]}, **environ, DYNATRACE_PROXY=proxy)


def test_every_problem_is_reported_with_its_path_and_without_its_value() -> None:
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
        "clusters[3].(a key)",
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
    assert problems({}) == {"": "set at least one of clusters, accounts, and environments"}


# the list in the file
