# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the inventory plugin and of the callback run as they stand, and what they say comes out.

Of the inventory files only addresses are replaced. Where one relies on the addresses of Dynatrace, they are added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import plugin_docs
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import World
from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import Simulator, export_object, export_value

# What an example says does not depend on the core.
pytestmark = pytest.mark.once
ACCOUNT = "00000000-0000-0000-0000-000000000000"
SECRET = "canary of the client"
ARCHIVE = {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/sessions"}}
CONFIG = {
    "environments": {
        "saas0001": {"listing": {"name": "Shop-web"}},
        "m-1": {"listing": {"name": "Shop-bank", "tags": ["production"]}},
        "m-2": {"listing": {"name": "Shop-trial", "tags": ["sandbox"]}},
        "m-3": {"listing": {"name": "Atlas", "tags": ["production"]}},
        "one": {},
        "two": {},
    },
    "cluster": {"environments": ["m-1", "m-2", "m-3"]},
    "accounts": {ACCOUNT: {"environments": ["saas0001"]}},
    "oauth_clients": {
        "dt0s02.EXAMPLE": {
            "secret": SECRET,
            "scopes": ["account-env-read"],
            "resource": f"urn:dtaccount:{ACCOUNT}",
        }
    },
}
(INVENTORY,) = plugin_docs.plugins("inventory")
(CALLBACK,) = plugin_docs.plugins("callback")


def examples() -> list[str]:
    """Each is a file. Those after the first are commented out: the oldest ansible-test takes but one document."""
    first, *others = re.split(r"^# ---\n# .*\n", INVENTORY.examples, flags=re.M)
    return [first, *(re.sub(r"^# ?", "", other, flags=re.M) for other in others)]


EXAMPLES = examples()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(config=CONFIG) as running:
        yield running


def listed(simulator: Simulator, folder: Path, example: str, **environment: str) -> dict[str, Any]:
    """What ansible-inventory makes of an example."""
    cluster_token = simulator.ready["cluster"]["tokens"]["service_provider"]
    for name, secret in (("client-secret", SECRET), ("cluster-token", cluster_token)):
        (folder / f".dynatrace-{name}").write_text(secret)
    (folder / "fleet.environments.yml").write_text(example)
    given = {"HOME": str(folder), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true", **environment}
    done = command(folder, "ansible-inventory", "-i", "fleet.environments.yml", "--list", environment=given)
    assert done.code == 0, done.output
    assert SECRET not in done.output and cluster_token not in done.output
    return dict(json.loads(done.output[done.output.index("{") :]))


def test_all_environments_of_a_cluster(simulator: Simulator, tmp_path: Path) -> None:
    token = simulator.ready["cluster"]["tokens"]["service_provider"]
    environment = {"DYNATRACE_CLUSTER_URL": simulator.base_url, "DYNATRACE_CLUSTER_TOKEN": token}
    found = listed(simulator, tmp_path, EXAMPLES[0], **environment)
    assert sorted(found["dynatrace"]["hosts"]) == ["m-1", "m-2", "m-3"]


def test_all_environments_of_an_account(simulator: Simulator, tmp_path: Path) -> None:
    data = yaml.safe_load(EXAMPLES[1])
    # The defaults are Dynatrace's own addresses.
    data["accounts"][0] |= {"url": simulator.base_url, "oauth_token_url": simulator.ready["oauth_token_url"]}
    found = listed(simulator, tmp_path, yaml.safe_dump(data))
    assert found["dynatrace"]["hosts"] == ["saas0001"]
    host = found["_meta"]["hostvars"]["saas0001"]
    assert host["dynatrace_api_token_variable"] == "vault_dynatrace_api_token"


def test_several_sources_groups_and_a_cache(simulator: Simulator, tmp_path: Path) -> None:
    example = EXAMPLES[2].replace("https://dynatrace.example.com", simulator.base_url)
    example = example.replace("/etc/ssl/certs/example-ca.pem", World(tmp_path).ca_path)
    environment = {
        "DYNATRACE_OAUTH_CLIENT_ID": "dt0s02.EXAMPLE",
        "DYNATRACE_OAUTH_CLIENT_SECRET": SECRET,
        "DYNATRACE_OAUTH_TOKEN_URL": simulator.ready["oauth_token_url"],
        "DYNATRACE_ACCOUNT_URL": simulator.base_url,
    }
    for _turn in range(2):
        found = listed(simulator, tmp_path, example, **environment)
        assert sorted(found["dynatrace"]["hosts"]) == ["activegate-staging", "m-1", "saas0001"]
        assert {name: found[name]["hosts"] for name in ("production", "tag_staging")} == {
            "production": ["m-1"],
            "tag_staging": ["activegate-staging"],
        }
        assert (found["dynatrace_managed"]["hosts"], "sandbox" in str(found)) == (["m-1"], False)
        host = found["_meta"]["hostvars"]["saas0001"]
        assert "user-sessions-saas0001" in str(host["session_index"])
        assert host["dynatrace_api_token_variable"] == "vault_dynatrace_token_saas0001"
        # The second time the cache answers.
        simulator.fault("status", status=500, path="(cluster|accounts)", times=None)
    simulator.clear_faults()


def test_there_are_no_other_examples() -> None:
    assert len(EXAMPLES) == 3
    assert set(yaml.safe_load(CALLBACK.examples)) == {"ansible.cfg", "command", "output"}


def test_the_callback_is_set_and_says_what_is_shown(simulator: Simulator, tmp_path: Path) -> None:
    example = yaml.safe_load(CALLBACK.examples)
    hosts = {"shop": "one", "bank": "two"}
    for host, env in hosts.items():
        paused = {"enableUserSessionExport": host != "bank"}
        value = export_value("https://archive.example.com/sessions", endpointDefinition=paused)
        stored = export_object("community.dynatrace:1:archive/", value)
        simulator.seed(env, [{**stored, "author": "olga@example.com"}])
    inventory = {
        host: {
            "dynatrace_environment_url": simulator.url(env),
            "dynatrace_api_token": simulator.token(env),
            "user_session_exports_slots": [ARCHIVE],
        }
        for host, env in hosts.items()
    }
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"dynatrace": {"hosts": inventory}}))
    (tmp_path / "ansible.cfg").write_text(example["ansible.cfg"])
    done: Command = command(tmp_path, *example["command"].split())
    assert done.code == 0, done.output
    output = done.output.replace(str(tmp_path / "dynatrace-report"), "/reports")
    assert without_numbers(output) == without_numbers(example["output"])
    assert not (tmp_path / "retry.txt").exists()


def without_numbers(text: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "0", text).strip()
