# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The import with merge: group variables hold what environments have in common, and an audit finds no difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support.playbooks import Command, command
from ansible_collections.community.dynatrace.tests.support.simulator import (
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

SECRET = "S3cret-canary"
ZONES = "builtin:management-zones"
PROFILES = "builtin:appsec.notification-alerting-profile"
NOTIFICATIONS = "builtin:appsec.notification-integration"
RULES = "builtin:rum.provider-breakdown"
EUROPE, AMERICA = ("shop-eu", "bank-eu"), ("shop-us", "bank-us")
FLEET = (*EUROPE, *AMERICA)
SCHEMAS = f"{ZONES},builtin:appsec.*,{RULES}"


@pytest.fixture(scope="module")
def simulator(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        for env in FLEET:
            running.add_environment(env)
            fill(running, env)
        yield running


def rule(name: str) -> dict[str, Any]:
    value = {"resourceName": name, "resourceType": "ThirdParty", "reportPublicImprovement": False}
    return {"schemaId": RULES, "value": {**value, "domainNamePatternList": [{"domainNamePattern": f"{name}.example"}]}}


def fill(simulator: Simulator, env: str) -> None:
    """Create what someone created by hand: the order of objects differs, and some are in some environments only."""
    europe = env in EUROPE
    names = ["Checkout", "Shared", "GDPR" if europe else "CCPA", f"Only {env}"]
    zones = simulator.seed(
        env,
        [
            {"schemaId": ZONES, "value": {"name": name, "rules": [], "description": "{{ no template }}"}}
            for name in (names if europe else reversed(names))
        ],
    )
    checkout = zones[0 if europe else -1]
    profile = {"name": "Critical", "enabled": True, "enabledRiskLevels": ["CRITICAL"],
               "enabledTriggerEvents": ["SECURITY_PROBLEM_OPENED"], "managementZone": checkout}  # fmt: skip
    # Another tool's.
    external_id = {"externalId": "other-tool:critical"} if europe else {}
    (critical,) = simulator.seed(env, [{"schemaId": PROFILES, "value": profile, **external_id}])
    hook = {
        "displayName": "Hook",
        "enabled": True,
        "trigger": "SECURITY_PROBLEM",
        "type": "WEBHOOK",
        "securityProblemBasedAlertingProfile": critical,
        "securityProblemBasedWebhookPayload": {"payload": "{}"},
        "webhookConfiguration": {
            "acceptAnyCertificate": False,
            "headers": [{"name": "Authorization", "secret": True, "secretValue": f"{SECRET}-{env}"}],
            "url": "https://hook.example.com/",
        },
    }
    simulator.seed(env, [{"schemaId": NOTIFICATIONS, "value": hook}])
    # The order of these rules matters, and one environment has another one.
    rules = ["one", "two", "three"]
    simulator.seed(env, [rule(name) for name in (rules[::-1] if env == "bank-us" else rules)])
    simulator.seed(
        env,
        [
            export_object(
                value=export_value("https://archive.example.com/", authentication=basic_auth("user", SECRET))
            ),
            export_object(value=export_value(f"https://{env}.example.com/")),
        ],
    )


def inventory(simulator: Simulator, folder: Path) -> Path:
    path = folder / "inventory"
    path.mkdir(parents=True, exist_ok=True)
    hosts = {
        name: {"dynatrace_environment_url": simulator.url(name), "dynatrace_api_token": simulator.token(name)}
        for name in FLEET
    }
    children = {
        "europe": {"hosts": {name: hosts[name] for name in EUROPE}},
        "north-america": {"hosts": {name: hosts[name] for name in AMERICA}},
    }
    groups = {"dynatrace": {"children": children}, "others": {"hosts": {"controller": {}}}}
    (path / "hosts.yml").write_text(yaml.safe_dump(groups))
    return path


def playbook(folder: Path, name: str, *arguments: str, **extra: Any) -> Command:
    done = command(folder, "ansible-playbook", "-i", "inventory", f"community.dynatrace.{name}", *arguments, **extra)
    assert SECRET not in done.output
    assert "Traceback" not in done.output, done.output
    return done


def files_of(path: Path) -> dict[str, str]:
    return {str(file.relative_to(path)): file.read_text() for file in path.glob("*_vars/*/*.yml")}


def names_in(text: str) -> dict[str, list[str]]:
    """The names of the objects in a file, by schema."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    (declared,) = yaml.load(text, Loader).values()  # noqa: S506 - a safe one
    found: dict[str, list[str]] = {}
    for part in declared:
        for one in part["objects"]:
            value: Mapping[str, Any] = one["value"]
            title = value.get("name") or value.get("displayName") or value.get("resourceName")
            found.setdefault(part["schema_id"], []).append(str(title))
    return found


def audit(folder: Path, *arguments: str) -> None:
    strict = {"dynatrace_fail_on_drift": True, "dynatrace_fail_on_unmanaged": True, "dynatrace_check_tokens": False}
    done = playbook(folder, "audit", *arguments, **strict)
    assert done.code == 0, done.output


def test_what_environments_have_in_common_goes_to_their_group(simulator: Simulator, tmp_path: Path) -> None:
    path = inventory(simulator, tmp_path)
    merge: dict[str, Any] = {"dynatrace_import_merge": True, "dynatrace_import_schemas": SCHEMAS}
    # Check mode says what would be written.
    done = playbook(tmp_path, "import", "--check", "--diff", **merge)
    assert done.code == 0, done.output
    assert files_of(path) == {}
    assert "would write" in done.output and "group_vars/dynatrace/settings.yml" in done.output
    done = playbook(tmp_path, "import", **merge)
    assert done.code == 0, done.output
    files = files_of(path)
    assert SECRET not in str(files)
    assert set(files) == {
        *(f"group_vars/{group}/settings.yml" for group in ("dynatrace", "europe", "north-america")),
        "group_vars/dynatrace/user_session_exports.yml",
        *(f"host_vars/{host}/{name}.yml" for host in FLEET for name in ("settings", "user_session_exports")),
    }
    common = files["group_vars/dynatrace/settings.yml"]
    # The hosts of the group all are more than these.
    assert common.splitlines()[1:3] == [
        "# Settings of all hosts of the group dynatrace, without secrets.",
        "dynatrace_settings__imported_dynatrace:",
    ]
    assert names_in(common)[ZONES] == ["Checkout", "Shared"]
    assert "dynatrace_settings__imported_north_america:" in files["group_vars/north-america/settings.yml"]
    assert names_in(files["group_vars/europe/settings.yml"]) == {ZONES: ["GDPR"]}
    assert names_in(files["group_vars/north-america/settings.yml"]) == {ZONES: ["CCPA"]}
    # The rules of one environment have another order, so all hosts have their own, as a whole.
    for host in FLEET:
        text = files[f"host_vars/{host}/settings.yml"]
        assert names_in(text)[ZONES] == [f"Only {host}"]
        assert sorted(names_in(text)[RULES]) == ["one", "three", "two"]
    assert "archive.example.com" in files["group_vars/dynatrace/user_session_exports.yml"]
    # What has a secret is listed with the variable that it expects.
    hooks = [text for text in files.values() if 'displayName: !unsafe "Hook"' in text]
    assert hooks and all("# Secrets are not included." in text and "{{ vault_" in text for text in hooks)
    audit(tmp_path)
    # Nothing to do the second time.
    done = playbook(tmp_path, "import", **merge)
    assert done.code == 0 and "changed=0" in done.output, done.output
    assert files_of(path) == files
    # One environment differs now, and no group has exactly the others: they have the zone in their own variables.
    (shared,) = [one for one in simulator.objects("bank-us", ZONES) if one["value"]["name"] == "Shared"]
    simulator.change("bank-us", shared["objectId"], merge={"description": "another one"})
    refused = playbook(tmp_path, "import", **merge)
    assert refused.code != 0 and "dynatrace_import_overwrite" in refused.output
    assert files_of(path) == files
    done = playbook(tmp_path, "import", **merge, dynatrace_import_overwrite=True)
    assert done.code == 0, done.output
    again = files_of(path)
    assert names_in(again["group_vars/dynatrace/settings.yml"])[ZONES] == ["Checkout"]
    assert all("Shared" in names_in(again[f"host_vars/{host}/settings.yml"])[ZONES] for host in FLEET)
    # A group that has nothing in common any more is left with nothing.
    for host in EUROPE:
        found = next(one for one in simulator.objects(host, ZONES) if one["value"]["name"] == "GDPR")
        simulator.change(host, found["objectId"], merge={"description": host})
    done = playbook(tmp_path, "import", **merge, dynatrace_import_overwrite=True)
    assert done.code == 0, done.output
    assert files_of(path)["group_vars/europe/settings.yml"].endswith("\ndynatrace_settings__imported_europe: []\n")
    audit(tmp_path)


def test_nothing_is_written_over_other_files(simulator: Simulator, tmp_path: Path) -> None:
    path = inventory(simulator, tmp_path)
    merge: dict[str, Any] = {
        "dynatrace_import_merge": True,
        "dynatrace_import_schemas": ZONES,
        "dynatrace_import_overwrite": True,
    }
    own = path / "group_vars" / "dynatrace" / "settings.yml"
    own.parent.mkdir(parents=True)
    own.write_text("---\ndynatrace_settings: []\n")
    hidden = path / "host_vars" / "shop-eu.yml"
    hidden.parent.mkdir()
    hidden.write_text("---\nsomething: 1\n")
    done = playbook(tmp_path, "import", **merge)
    assert done.code != 0
    assert f"{hidden} exists, but Ansible ignores it" in done.output
    assert files_of(path) == {"group_vars/dynatrace/settings.yml": "---\ndynatrace_settings: []\n"}
    hidden.unlink()
    done = playbook(tmp_path, "import", **merge)
    assert done.code != 0
    assert f"{own} was not written by an import" in done.output
    assert own.read_text() == "---\ndynatrace_settings: []\n"
    assert not list(path.glob("*_vars/*/settings.yml"))[1:]


def test_nothing_is_written_unless_all_environments_were_read(simulator: Simulator, tmp_path: Path) -> None:
    path = inventory(simulator, tmp_path)
    simulator.fault("status", status=403, environment="shop-us", path="settings/objects", times=None)
    try:
        done = playbook(tmp_path, "import", dynatrace_import_merge=True, dynatrace_import_schemas=ZONES)
    finally:
        simulator.clear_faults()
    assert done.code != 0
    assert "shop-us" in done.output and "not all environments could be read" in done.output
    assert files_of(path) == {}


def test_a_part_of_a_group_gets_no_variables_of_the_group(simulator: Simulator, tmp_path: Path) -> None:
    path = inventory(simulator, tmp_path)
    limit: Sequence[str] = ("--limit", f"shop-eu,{','.join(AMERICA)}")
    done = playbook(tmp_path, "import", *limit, dynatrace_import_merge=True, dynatrace_import_schemas=ZONES)
    assert done.code == 0, done.output
    groups = {name.split("/")[1] for name in files_of(path) if name.startswith("group_vars")}
    assert groups == {"north-america"}
    audit(tmp_path, *limit)
