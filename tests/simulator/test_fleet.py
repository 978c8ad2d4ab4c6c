# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of environments: of a Managed cluster, and of a SaaS account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.community.dynatrace.tests.support.simulator import Simulator, SimulatorError

ACCOUNT, OTHER = "0aa00000-0000-0000-0000-000000000001", "0aa00000-0000-0000-0000-000000000002"
CONFIG = {
    "environments": {
        "saas0001": {"listing": {"name": "Web shop"}},
        "saas0002": {"listing": {"state": "DISABLED"}},
        "m-1": {"listing": {"name": "Bank", "tags": ["prod", "bank"], "created": "2026-01-03T00:00:00.000Z"}},
        "m-2": {"listing": {"name": "atlas", "tags": ["test"], "created": "2026-01-01T00:00:00.000Z", "trial": True}},
        "m-3": {"listing": {"name": "Cargo", "state": "DISABLED", "created": "2026-01-02T00:00:00.000Z"}},
    },
    "accounts": {ACCOUNT: {"environments": ["saas0001", "saas0002"]}},
    "oauth_clients": {
        "lister": {"secret": "s1", "scopes": ["account-env-read"], "resource": f"urn:dtaccount:{ACCOUNT}"},
        "roamer": {"secret": "s2", "scopes": ["account-env-read"]},
        "writer": {"secret": "s3", "scopes": ["settings:objects:read"], "resource": f"urn:dtaccount:{ACCOUNT}"},
    },
}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Simulator]:
    with Simulator(config=CONFIG) as running:
        yield running


def cluster(fleet: Simulator, token: str = "service_provider", **query: object) -> requests.Response:
    headers = {"Authorization": f"Api-Token {fleet.ready['cluster']['tokens'][token]}"}
    url = f"{fleet.base_url}/api/cluster/v2/environments"
    return requests.get(url, headers=headers, params=dict(query), timeout=20)  # type: ignore[arg-type]


def names(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["environments"]]


def bearer(fleet: Simulator, client: str, secret: str, account: str = ACCOUNT) -> str:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    form["resource"] = f"urn:dtaccount:{account}"
    answer = requests.post(fleet.ready["oauth_token_url"], data=form, timeout=20)
    return str(answer.json()["access_token"])


def account(fleet: Simulator, token: str, which: str = ACCOUNT) -> requests.Response:
    url = f"{fleet.base_url}/env/v2/accounts/{which}/environments"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


def test_a_cluster_lists_what_no_account_lists(fleet: Simulator) -> None:
    answer = cluster(fleet, sort="name")
    assert names(answer) == ["Bank", "Cargo", "atlas"]
    assert answer.json()["environments"][0] == {
        "id": "m-1",
        "name": "Bank",
        "trial": False,
        "state": "ENABLED",
        "tags": ["prod", "bank"],
        "creationDate": "2026-01-03T00:00:00.000Z",
    }
    assert (answer.json()["totalCount"], answer.json()["pageSize"]) == (3, 100)
    assert "nextPageKey" not in answer.json()


def test_the_answer_has_the_fields_of_the_documented_one(fleet: Simulator, reference: Path) -> None:
    documented = json.loads(
        (reference / "examples" / "environments.cluster-api-v2.list-response.docs.json").read_text()
    )
    answer = cluster(fleet, pageSize=1).json()
    assert set(answer) == set(documented)
    assert set(answer["environments"][0]) | {"quotas"} == set(documented["environments"][0])
    model = json.loads(
        (reference / "examples" / "environments.account-api-v2.list-response.docs-model.json").read_text()
    )
    listed = account(fleet, bearer(fleet, "lister", "s1")).json()
    assert set(listed) == set(model) and set(listed["data"][0]) == set(model["data"][0])


def test_pages_carry_order_and_filter_along(fleet: Simulator) -> None:
    first = cluster(fleet, pageSize=2, sort="-name")
    assert names(first) == ["atlas", "Cargo"]
    key = first.json()["nextPageKey"]
    second = cluster(fleet, nextPageKey=key)
    assert names(second) == ["Bank"] and "nextPageKey" not in second.json()
    for query in ({"nextPageKey": key, "pageSize": 2}, {"nextPageKey": "bm8"}, {"pageSize": 1001}, {"pageSize": 0}):
        assert cluster(fleet, **query).status_code == 400
    assert cluster(fleet, sort="size").status_code == 400


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("state(ENABLED)", ["Bank", "atlas"]),
        ("name(a),trial(false)", ["Bank", "Cargo"]),
        ("tag(test,bank)", ["Bank", "atlas"]),
        ("tag(prod),tag(bank)", ["Bank"]),
        ("tag(test),state(DISABLED)", []),
    ],
)
def test_filters(fleet: Simulator, chosen: str, found: list[str]) -> None:
    assert names(cluster(fleet, sort="name", filter=chosen)) == found
    assert cluster(fleet, filter=chosen + ",colour(red)").status_code == 400


def test_tokens_of_a_cluster(fleet: Simulator) -> None:
    for name in ("expired", "disabled"):
        assert cluster(fleet, name).status_code == 401
    refused = cluster(fleet, "other")
    assert refused.status_code == 403
    assert "ServiceProviderAPI" in refused.json()["error"]["message"]
    # The token of an environment is none of the cluster, and the other way round.
    url = f"{fleet.base_url}/api/cluster/v2/environments"
    own = {"Authorization": f"Api-Token {fleet.token('m-1')}"}
    assert requests.get(url, headers=own, timeout=20).status_code == 401
    assert requests.get(url, timeout=20).status_code == 401
    settings = f"{fleet.managed_url('m-1')}/api/v2/settings/schemas"
    headers = {"Authorization": f"Api-Token {fleet.ready['cluster']['tokens']['service_provider']}"}
    assert requests.get(settings, headers=headers, timeout=20).status_code == 401


def test_an_account_lists_its_own(fleet: Simulator) -> None:
    answer = account(fleet, bearer(fleet, "lister", "s1"))
    assert answer.json() == {
        "data": [
            {"id": "saas0001", "name": "Web shop", "active": True, "url": fleet.base_url},
            {"id": "saas0002", "name": "saas0002", "active": False, "url": f"{fleet.base_url}/e/saas0002"},
        ]
    }


def test_who_may_not_list_an_account(fleet: Simulator) -> None:
    assert account(fleet, "nobody").status_code == 401
    assert account(fleet, fleet.token("saas0001", "platform")).status_code == 401
    assert account(fleet, bearer(fleet, "writer", "s3")).status_code == 403
    assert account(fleet, bearer(fleet, "lister", "s1"), OTHER).status_code == 403
    assert account(fleet, bearer(fleet, "roamer", "s2", OTHER), OTHER).status_code == 404


def test_the_log_knows_the_token_by_name_and_no_environment(fleet: Simulator) -> None:
    fleet.clear_log()
    cluster(fleet)
    (entry,) = fleet.requests(path="/api/cluster")
    assert (entry["token"], entry["environment"], entry["status"]) == ("service_provider", None, 200)


def test_a_fault_hits_the_list(fleet: Simulator) -> None:
    fleet.fault("status", status=503, path="cluster/v2")
    assert cluster(fleet).status_code == 503
    assert cluster(fleet).status_code == 200


def test_what_is_listed_can_change_and_survives_as_configured() -> None:
    with Simulator(["one"], config={"cluster": {"environments": ["one", "gone"]}}, state=True) as running:
        assert names(cluster(running)) == ["one"]
        running.configure("one", listing={"name": "First", "tags": ["a"]})
        running.configure("one", listing={"state": "DISABLED"})
        outcome = cluster(running).json()["environments"][0]
        assert (outcome["name"], outcome["state"], outcome["tags"]) == ("First", "DISABLED", ["a"])
        token = running.ready["cluster"]["tokens"]["service_provider"]
        running.restart()
        assert running.ready["cluster"]["tokens"]["service_provider"] == token
        with pytest.raises(SimulatorError, match="state must be one of"):
            running.configure("one", listing={"state": "OFF"})


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"cluster": {"colour": 1}}, "cluster: takes"),
        ({"cluster": {"environments": "one"}}, "must be a list of ids"),
        ({"accounts": {"a": {}}}, "account a: takes environments"),
        ({"environments": {"one": {"listing": {"tags": [1]}}}}, "tags must be texts"),
        ({"environments": {"one": {"listing": {"size": 1}}}}, "listing: takes"),
    ],
)
def test_a_wrong_configuration_is_one_line(config: dict[str, Any], text: str) -> None:
    with pytest.raises(SimulatorError, match=text):
        Simulator(config=config)
