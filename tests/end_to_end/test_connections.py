# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to an environment: the forms of its URL, the kinds of credentials, certificates, defaults, the role."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import VENV, play
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator
from ansible_collections.community.dynatrace.tests.tools import environments

MODULE = "community.dynatrace.user_session_exports"
INFO = "community.dynatrace.user_session_exports_info"
EXPORT = {"name": "a", "endpoint_definition": {"endpoint_url": "https://a.example.com/"}}
SCOPES = ["settings:objects:read", "settings:objects:write", "settings:schemas:read"]
OAUTH = {"dt0s02.TEST": {"secret": "S3cret-canary-oauth", "scopes": SCOPES}}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["saas", "managed"], config={"oauth_clients": OAUTH}) as running:
        yield running


def test_every_form_of_the_url_and_every_kind_of_credentials(simulator: Simulator, tmp_path: Path) -> None:
    saas, managed = simulator.url("saas"), simulator.managed_url("managed")
    own = {"saas": simulator.token("saas"), "managed": simulator.token("managed")}
    ways = {
        f"{name} {ending}": {"environment_url": url + ending, "api_token": own[name]}
        for name, url in (("saas", saas), ("managed", managed))
        for ending in ("", "/", "/api/v2", "/api/v2/")
    }
    platform = "/platform/classic/environment-api/v2"
    ways |= {
        f"platform {ending}": {"environment_url": saas + ending, "platform_token": simulator.token("saas", "platform")}
        for ending in ("", platform)
    }
    client = {"oauth_client_id": "dt0s02.TEST", "oauth_client_secret": OAUTH["dt0s02.TEST"]["secret"]}
    ways["oauth"] = {"environment_url": saas, **client, "oauth_token_url": f"{simulator.base_url}/sso/oauth2/token"}
    run = play(tmp_path, [{"name": way, INFO: options} for way, options in ways.items()])
    assert run.code == 0, run.output
    assert "WARNING" not in run.output
    assert [one["result"]["slots"]["maximum"] for one in run.results] == [3] * len(ways)
    asked = [one for one in simulator.requests() if one["path"].endswith("/settings/objects")]
    assert {one["user_agent"].split("/")[0] for one in asked} == {"community.dynatrace"}
    assert sum(platform in one["path"] for one in asked) == 3


def test_credentials_from_the_environment_go_to_the_address_from_the_environment_only(
    simulator: Simulator, tmp_path: Path
) -> None:
    here, other = simulator.url("saas"), simulator.managed_url("managed")
    simulator.clear_log()
    run = play(
        tmp_path,
        [
            {"name": "both", INFO: {}},
            {"name": "same", INFO: {"environment_url": f"{here}/"}},
            {"name": "other", INFO: {"environment_url": other}, "ignore_errors": True},
        ],
        environment={"DYNATRACE_ENV_URL": here, "DYNATRACE_API_TOKEN": simulator.token("saas")},
    )
    assert [one["status"] for one in run.results] == ["ok", "ok", "failed"]
    assert "DYNATRACE_ENV_URL" in run.of("other")["msg"]
    assert len(simulator.requests()) == 2
    assert not simulator.requests(environment="managed")


def test_defaults_for_the_whole_action_group(simulator: Simulator, tmp_path: Path) -> None:
    defaults = {"environment_url": simulator.url("managed"), "api_token": simulator.token("managed")}
    run = play(
        tmp_path,
        [{"name": "write", MODULE: {"exports": [EXPORT]}}, {"name": "read", INFO: {}}],
        module_defaults={"group/community.dynatrace.dynatrace": defaults},
    )
    assert run.code == 0, run.output
    assert run.of("read")["exports"][0]["name"] == "a"


def test_a_read_only_token_warns_in_check_mode_and_fails_in_a_run(simulator: Simulator, tmp_path: Path) -> None:
    simulator.add_environment("readonly")
    connection = {"environment_url": simulator.url("readonly"), "api_token": simulator.token("readonly", "read")}
    task = {MODULE: {**connection, "exports": [EXPORT]}}
    run = play(
        tmp_path,
        [
            {"name": "check", **task, "check_mode": True},
            {"name": "quiet", MODULE: {**task[MODULE], "server_validation": False}, "check_mode": True},
            {"name": "run", **task, "ignore_errors": True},
        ],
    )
    assert run.of("check")["changed"] is True
    assert "the token cannot write" in run.of("check")["warnings"][0]
    assert "warnings" not in run.of("quiet")
    assert "settings.write" in run.of("run")["msg"]
    assert not simulator.objects("readonly", EXPORT_SCHEMA)


def test_a_failure_half_way_says_what_is_done_and_an_always_section_can_use_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.add_environment("half")
    simulator.fault("status", environment="half", method="POST", status=400, skip=1)
    connection = {"environment_url": simulator.url("half"), "api_token": simulator.token("half")}
    exports = [{"name": n, "endpoint_definition": {"endpoint_url": f"https://{n}.example.com/"}} for n in "abc"]
    reported = (
        "done {{ r.completed_writes | map(attribute='name') }} not {{ r.skipped_writes | map(attribute='name') }}"
    )
    block = {
        "block": [{"name": "converge", MODULE: {**connection, "exports": exports}, "register": "r"}],
        "rescue": [{"name": "go on", "ansible.builtin.meta": "noop"}],
        "always": [{"name": "tell", "ansible.builtin.debug": {"msg": reported}}],
    }
    run = play(tmp_path, [block, {"name": "again", MODULE: {**connection, "exports": exports}}])
    assert run.code == 0, run.output
    failed = run.of("converge")
    assert [one["name"] for one in failed["failed_writes"]] == ["b"]
    assert "After fixing the cause, run it again to complete the rest." in failed["msg"]
    assert run.of("tell")["msg"] == "done ['a'] not ['c']"
    assert [one["operation"] for one in run.of("again")["exports"]] == ["unchanged", "created", "created"]


def test_a_certificate_of_an_own_authority(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = authority.issue_cert("127.0.0.1", "localhost")
    server.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    pem = str(tmp_path / "server.pem")
    with Simulator(["tls"], options=["--tls-cert", pem, "--tls-key", pem]) as running:
        connection = {"environment_url": running.url("tls"), "api_token": running.token("tls")}
        run = play(
            tmp_path,
            [
                {"name": "trusted", INFO: {**connection, "ca_path": str(tmp_path / "ca.pem")}},
                {"name": "not checked", INFO: {**connection, "validate_certs": False}},
                {"name": "unknown", INFO: connection, "ignore_errors": True},
            ],
        )
    assert [one["status"] for one in run.results] == ["ok", "ok", "failed"]
    assert "ca_path" in run.of("unknown")["msg"]
    assert "WARNING" not in run.output


def test_the_role_for_a_fleet_from_inventory_and_vault(simulator: Simulator, tmp_path: Path) -> None:
    fleet = {"shop": "managed", "bank": "fleet-bank"}
    simulator.reset("managed")
    simulator.add_environment("fleet-bank")
    hosts = {}
    for host, env in fleet.items():
        hosts[host] = {
            "dynatrace_environment_url": simulator.url(env),
            "dynatrace_api_token": f"{{{{ vault_token_{host} }}}}",
        }
    folder = tmp_path / "play"
    group = folder / "group_vars" / "all"
    group.mkdir(parents=True)
    password = folder / "password"
    password.write_text("vault")
    secrets = {f"vault_token_{host}": simulator.token(env) for host, env in fleet.items()}
    secrets["vault_password"] = "S3cret-canary-vault"
    (group / "vault").write_text(yaml.safe_dump(secrets))
    subprocess.run(
        [VENV / "bin" / "ansible-vault", "encrypt", "--vault-password-file", password, group / "vault"],
        env=environments.clean_environment(VENV),
        check=True,
        capture_output=True,
    )
    login = {"username": "dynatrace", "password": "{{ vault_password }}"}
    slots: list[dict[str, Any]] = [{**EXPORT, "authentication": {"active": True, "basic_auth": login}}]
    (group / "exports.yml").write_text(yaml.safe_dump({"user_session_exports_slots": slots}))
    arguments = ["--vault-password-file", str(password), "--diff"]
    role = [{"role": "community.dynatrace.user_session_exports"}]
    first = play(folder, [], hosts=hosts, arguments=arguments, roles=role)
    assert first.code == 0, first.output
    assert len(first.tasks) <= 2 * len(fleet)
    simulator.clear_log()
    second = play(folder, [], hosts=hosts, arguments=arguments, roles=role)
    assert [one["result"].get("changed") for one in second.results if "problems" not in one] == [False] * len(
        second.tasks
    )
    assert [one["method"] for one in simulator.requests()] == ["GET", "GET"]
    for run in (first, second):
        assert "WARNING" not in run.output
        assert "S3cret-canary-vault" not in run.output + str(run.results)
    for env in fleet.values():
        (item,) = simulator.objects(env, EXPORT_SCHEMA)
        assert simulator.secret_is(env, item["objectId"], "authentication/basicAuth/password", "S3cret-canary-vault")
