# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the plugins run as they stand, do what they say, and return what is documented.

Only addresses and paths in them are replaced; what they leave open are variables. Each example has an environment of
its own, so none depends on what another one did. An example without a scenario here fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.dynatrace.tests.support import plugin_docs
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    Elasticsearch,
    EndpointServer,
    World,
    basic,
    locked,
    says,
    serving,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.playbooks import Playbook, play
from ansible_collections.community.dynatrace.tests.support.simulator import (
    EXPORT_SCHEMA,
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)
from ansible_collections.community.dynatrace.tests.support.terraform import resource as terraform_resource
from ansible_collections.community.dynatrace.tests.support.terraform import state as terraform_state

# What an example says does not depend on the core.
pytestmark = pytest.mark.once
SAAS, OTHER = "https://abc12345.live.dynatrace.com", "https://def67890.live.dynatrace.com"
ARCHIVE = {"name": "archive", "endpoint_definition": {"endpoint_url": "https://archive.example.com/sessions"}}
SECRETS = {
    "vault_elastic_password": "canary of elastic",
    "vault_archive_client_secret": "canary of the archive's client",
    "vault_archive_password": "canary of the archive",
    "vault_vcenter_password": "canary of the vcenter",
    "vault_fingerprint_key": "canary of the key, long enough",
    "vault_index_manager_password": "canary of the manager",
}
MODULES = {plugin.name: plugin for plugin in plugin_docs.plugins("modules")}


@dataclass
class Outcome:
    """What became of an example."""

    run: Playbook
    simulator: Simulator
    env: str
    folder: Path
    elastic: Elasticsearch
    managed: Elasticsearch

    def result(self, task: str) -> dict[str, Any]:
        return self.run.of(task)

    def objects(self, schema: str = EXPORT_SCHEMA, env: str = "") -> list[dict[str, Any]]:
        return self.simulator.objects(env or self.env, schema)

    def exports(self) -> dict[str, dict[str, Any]]:
        """The values that are there by host of their endpoint, without its port."""
        hosts = {
            one["value"]["endpointDefinition"]["endpointUrl"].split("/")[2]: one["value"] for one in self.objects()
        }
        return {host.partition(":")[0]: value for host, value in hosts.items()}


@dataclass
class Scenario:
    """What an example finds there, and whether it did what it says."""

    check: Callable[[Outcome, dict[str, Any]], None]
    objects: list[dict[str, Any]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    files: Callable[[list[str]], dict[str, str]] = lambda _ids: {}
    before: list[dict[str, Any]] = field(default_factory=list)


def own(name: str, **sections: Any) -> dict[str, Any]:
    """An export that is there and carries its name."""
    value = export_value(f"https://{name}.example.com/sessions", **sections)
    return export_object(f"community.dynatrace:1:{name}/", value)


def zone(name: str, **more: Any) -> dict[str, Any]:
    value = {"name": name, "rules": [], **more}
    return {"schemaId": ZONE_SCHEMA, "scope": "environment", "value": value}


def zone_external_id(name: str) -> str:
    return f"community.dynatrace:1:builtin%3Amanagement-zones%2F{name}/"


LOGIN = basic_auth("dynatrace", "canary of before")
BILLING = {"name": "billing", "endpoint_definition": {"endpoint_url": "https://billing.example.com/in"}}
ELASTIC = {"name": "elastic", "endpoint_definition": {"endpoint_url": "https://elastic.example.com/in"}}
OTHER_TYPE = {"properties": {"endTime": {"type": "keyword"}}}
REPLAY_SCHEMA = "builtin:sessionreplay.web.resource-capturing"
BY_HAND = export_object(None, export_value("https://by-hand.example.com/in"))
VCENTER = {"enabled": True, "ipaddress": "vcenter.example.com", "label": "vcenter", "username": "dynatrace"}
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, **more: Any) -> Callable[[Callable[[Outcome, dict[str, Any]], None]], None]:
    """The function is the scenario of the example with this name."""

    def add(check: Callable[[Outcome, dict[str, Any]], None]) -> None:
        SCENARIOS[name] = Scenario(check, **more)

    return add


# user_session_exports


@scenario("Send all sessions to Elasticsearch, and those of the shop to an archive", objects=[zone("Shop")])
def both_exports_are_there(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["operation"] for one in result["exports"]] == ["created", "created"]
    there = outcome.exports()
    assert there["elastic.example.com"]["sendDirect"] == {"active": True, "indexName": "user-sessions"}
    assert there["archive.example.com"]["authentication"]["authType"] == "oauth2"
    assert there["archive.example.com"]["exportBehavior"]["managementZone"]
    for one in outcome.objects():
        path, secret = "authentication/basicAuth/password", SECRETS["vault_elastic_password"]
        if "oAuth2" in one["value"]["authentication"]:
            path, secret = "authentication/oAuth2/clientSecret", SECRETS["vault_archive_client_secret"]
        assert outcome.simulator.secret_is(outcome.env, one["objectId"], path, secret)


@scenario(
    "Preview changes and removals, find out who caused the differences, and save variables that accept them",
    objects=[own("archive"), own("archive", exportBehavior={"disableNotification": True}), BY_HAND],
    variables={"exports": [ARCHIVE]},
)
def the_archive_would_change_and_the_other_go(outcome: Outcome, result: dict[str, Any]) -> None:
    assert {one["name"]: one["operation"] for one in result["exports"]} == {
        "archive": "updated",
        "by-hand.example.com": "deleted",
    }
    assert "disable_notification" in str(result["diff"])
    assert {cause["author"] for one in result["exports"] for cause in one["changed_by"]} == {"john.doe@example.com"}
    assert "by-hand.example.com" in Path(result["accept_file"]).read_text()
    assert set(outcome.exports()) == {"archive.example.com", "by-hand.example.com"}
    assert outcome.exports()["archive.example.com"]["exportBehavior"]["disableNotification"] is True


@scenario(
    "Rotate the secrets",
    objects=[own("archive", authentication=LOGIN)],
    variables={"exports": [{**ARCHIVE, "authentication": basic(SECRETS["vault_archive_password"])}]},
)
def the_new_secret_is_stored(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["exports"][0]["secrets"][0]["state"] == "set"
    (there,) = outcome.objects()
    path = "authentication/basicAuth/password"
    assert outcome.simulator.secret_is(outcome.env, there["objectId"], path, SECRETS["vault_archive_password"])


@scenario("Remove one export", objects=[own("archive"), own("billing")])
def only_the_other_is_left(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["exports"][0]["operation"] == "deleted"
    assert set(outcome.exports()) == {"billing.example.com"}


@scenario("Disable all exports during a change, declared or not", objects=[own("archive"), BY_HAND])
def nothing_runs_any_more(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["changed"]
    assert [one["endpointDefinition"]["enableUserSessionExport"] for one in outcome.exports().values()] == [
        False,
        False,
    ]


@scenario("Send a new password and change nothing else", objects=[own("archive", authentication=LOGIN)])
def the_password_is_another(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["exports"][0]["changed_properties"] == ["authentication.basic_auth.password"]
    (there,) = outcome.objects()
    path = "authentication/basicAuth/password"
    assert outcome.simulator.secret_is(outcome.env, there["objectId"], path, SECRETS["vault_archive_password"])


# user_session_exports_info, user_session_exports_to_vars


@scenario("Read the exports", objects=[own("archive", authentication=LOGIN), BY_HAND])
def both_are_read(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["name"] for one in result["exports"]] == ["archive", "by-hand.example.com"]
    assert result["details"][0]["stored_secrets"] == ["authentication.basic_auth.password"]


@scenario("Save them as a declaration (without secrets)")
def they_are_kept(outcome: Outcome, _result: dict[str, Any]) -> None:
    text = (outcome.folder / "exports.yml").read_text()
    assert [one["name"] for one in yaml.safe_load(text.replace("!unsafe ", ""))["user_session_exports_slots"]] == [
        "archive",
        "by-hand.example.com",
    ]
    assert "password" not in text


@scenario("Import exports that were created in the web UI", objects=[BY_HAND])
def it_is_a_file_of_variables(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["count"] == 1
    file = outcome.folder / "host_vars" / "shop" / "user_session_exports.yml"
    (kept,) = yaml.safe_load(file.read_text().replace("!unsafe ", ""))["user_session_exports_slots"]
    assert kept["endpoint_definition"]["endpoint_url"] == "https://by-hand.example.com/in"


# settings_objects, settings_objects_info, settings_schema_info


@scenario("Ensure that two management zones exist, matched by their names")
def there_are_two_zones(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["changed"]
    assert [one["value"]["name"] for one in outcome.objects(ZONE_SCHEMA)] == ["Shop", "Billing"]


@scenario("Configure a connection whose secret is sent again when it changes")
def the_connection_has_its_secret(outcome: Outcome, _result: dict[str, Any]) -> None:
    (there,) = outcome.objects("builtin:virtualization.vmware")
    assert outcome.simulator.secret_is(outcome.env, there["objectId"], "password", SECRETS["vault_vcenter_password"])


@scenario("Configure the monitoring of a host, a schema with one object per entity")
def the_host_is_reported(outcome: Outcome, _result: dict[str, Any]) -> None:
    (there,) = outcome.objects("builtin:host.monitoring.advanced")
    assert (there["scope"], there["value"]["processAgentInjection"]) == ("HOST-0123456789ABCDEF", False)


def rule(name: str) -> dict[str, Any]:
    domains = [{"domainNamePattern": f"{name}.example.com"}]
    return {
        "resourceName": name,
        "resourceType": "ThirdParty",
        "domainNamePatternList": domains,
        "reportPublicImprovement": False,
    }


RULE_EXTERNAL_ID = "community.dynatrace:1:builtin%3Arum.provider-breakdown%2Fone/"


def there(name: str, **more: Any) -> dict[str, Any]:
    return {"schemaId": "builtin:rum.provider-breakdown", "scope": "environment", "value": {**rule(name), **more}}


@scenario(
    "Preview exactly these rules in this order, and find out who caused the differences",
    objects=[
        {**there("one"), "externalId": RULE_EXTERNAL_ID},
        {**there("one", reportPublicImprovement=True), "externalId": RULE_EXTERNAL_ID},
        there("two"),
        there("three"),
    ],
    variables={"provider_rules": [{"value": rule("three")}, {"value": rule("one")}]},
)
def one_rule_would_move_and_one_go(outcome: Outcome, result: dict[str, Any]) -> None:
    assert {one["name"]: one["operation"] for one in result["objects"]}["two"] == "deleted"
    assert any(one["order_change"] for one in result["objects"])
    assert len(outcome.objects("builtin:rum.provider-breakdown")) == 3, "check mode"


@scenario("Remove a rule", objects=[there("example"), there("two")])
def one_rule_is_left(outcome: Outcome, _result: dict[str, Any]) -> None:
    assert [one["value"]["resourceName"] for one in outcome.objects("builtin:rum.provider-breakdown")] == ["two"]


@scenario("Read all management zones", objects=[zone("Shop"), zone("Billing")])
def the_zones_are_read(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["value"]["name"] for one in result["objects"]] == ["Shop", "Billing"]


@scenario("Ensure that another environment has the same zones")
def the_other_has_them(outcome: Outcome, _result: dict[str, Any]) -> None:
    assert [one["value"]["name"] for one in outcome.objects(ZONE_SCHEMA, "other")] == ["Shop", "Billing"]


# settings_history_info

IN_NOVEMBER = 1794816000000  # 2026-11-16 08:00 UTC


@scenario(
    "Find out who changed a session export since yesterday",
    objects=[
        own("archive"),
        {**own("archive", exportBehavior={"disableNotification": True}), "author": "jane.doe@example.com"},
    ],
)
def jane_changed_the_export(_outcome: Outcome, result: dict[str, Any]) -> None:
    change, first = result["changes"]
    assert (change["author"], change["operation"], change["source"]) == ("jane.doe@example.com", "updated", "UI")
    assert change["changed_properties"] == ["exportBehavior.disableNotification"]
    assert change["before"] == first["after"] != change["after"]
    assert (first["operation"], first["before"]) == ("created", None)


@scenario("Show the authors")
def both_are_shown(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["msg"] == ["jane.doe@example.com", "john.doe@example.com"]


PROFILES = "builtin:appsec.notification-alerting-profile"
PROFILE = {
    "schemaId": PROFILES,
    "externalId": "community.dynatrace:1:builtin%3Aappsec.notification-alerting-profile%2Fshop/",
    "value": {
        "name": "Shop",
        "enabled": True,
        "enabledRiskLevels": ["CRITICAL"],
        "enabledTriggerEvents": ["SECURITY_PROBLEM_OPENED"],
    },
}


@scenario("Read alerting profiles, with the names of their management zones", objects=[PROFILE])
def profiles_are_read(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [(one["name"], one["value"]["name"]) for one in result["objects"]] == [("shop", "Shop")]


@scenario("Ensure that another environment has the same alerting profiles, which refer to its own zones")
def the_other_environment_has_the_profile(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["changed"] is True
    assert [one["value"]["name"] for one in outcome.objects(PROFILES, "other")] == ["Shop"]


@scenario("Read all changes in a time range", objects=[{**zone("Shop"), "time": IN_NOVEMBER}, zone("Billing")])
def the_zone_of_november_is_read(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["complete"] and result["end_time"] == "2026-11-20T08:00:00.000Z"
    assert [one["after"]["name"] for one in result["changes"]] == ["Shop"]


def capturing(scope: str, on: bool) -> dict[str, Any]:
    value = {"enableResourceCapturing": on, "resourceCaptureUrlExclusionPatternList": []}
    return {"schemaId": REPLAY_SCHEMA, "scope": scope, "value": value}


@scenario(
    "Find the applications that do not capture resources the way the environment does",
    objects=[capturing("environment", True), capturing("APPLICATION-0123456789ABCDEF", False)],
)
def one_application_differs(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["overrides"]["properties"] for one in result["details"]] == [["enableResourceCapturing"]]


@scenario("Show each of them with the properties that it overrides")
def it_is_shown(outcome: Outcome, _result: dict[str, Any]) -> None:
    assert "APPLICATION-0123456789ABCDEF: enableResourceCapturing" in outcome.run.output


# settings

PROFILES = "builtin:appsec.notification-alerting-profile"


@scenario("Ensure that a management zone and an alerting profile that refers to it exist")
def the_profile_refers_to_the_zone(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["schema_id"] for one in result["schemas"]] == [ZONE_SCHEMA, PROFILES]
    (shop,), (profile,) = outcome.objects(ZONE_SCHEMA), outcome.objects(PROFILES)
    assert profile["value"]["managementZone"] == shop["objectId"]


@scenario("Preview the removal of a zone, with the digest of the plan", objects=[zone("Old"), zone("Other")])
def the_zone_would_go(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["schemas"][0]["objects"][0]["operation"] == "deleted"
    assert len(outcome.objects(ZONE_SCHEMA)) == 2, "check mode"


@scenario(
    "Save the declaration that would keep a manual change to a zone",
    objects=[{**zone("Shop", description="By hand"), "externalId": zone_external_id("shop")}],
)
def the_change_can_be_accepted(_outcome: Outcome, result: dict[str, Any]) -> None:
    text = Path(result["accept_file"]).read_text(encoding="utf-8").replace("!unsafe ", "")
    ((variable, declarations),) = yaml.safe_load(text).items()
    assert variable.startswith("dynatrace_settings__accepted_")
    (declared,) = declarations[0]["objects"]
    assert (declared["name"], declared["value"]["description"]) == ("shop", "By hand")


# settings_restore


def in_november(name: str, **more: Any) -> dict[str, Any]:
    """A zone that was there, with a name by which it is found again."""
    return {**zone(name, **more), "externalId": zone_external_id(name), "time": IN_NOVEMBER, "validate": False}


def since(name: str, **more: Any) -> dict[str, Any]:
    """The same zone as it was changed later."""
    return {**zone(name, **more), "externalId": zone_external_id(name)}


@scenario(
    "Preview how to restore the management zones to an earlier state",
    objects=[in_november("Shop"), since("Shop", description="Changed"), zone("Newer")],
)
def the_zone_would_be_as_it_was(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [(one["operation"], one["changed_properties"]) for one in result["objects"]] == [
        ("updated", ["description"])
    ]
    assert len(result["created_since"]) == 1 and result["not_restorable"] == []
    assert outcome.objects(ZONE_SCHEMA)[0]["value"]["description"] == "Changed", "check mode"


@scenario(
    "Restore the zones that can be restored, and remove those that were created since then",
    objects=[
        in_november("Shop"),
        in_november("Odd", unknown=True),
        since("Shop", description="Changed"),
        since("Odd", description="Changed"),
        zone("Newer"),
    ],
)
def the_zones_are_as_they_were(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["value"].get("description") for one in outcome.objects(ZONE_SCHEMA)] == [None, "Changed"]
    assert ["unknown" in one["reason"] for one in result["not_restorable"]] == [True]


@scenario(
    "Import management zones and the objects that refer to them",
    objects=[
        zone("Shop"),
        {"schemaId": "builtin:virtualization.vmware", "value": {**VCENTER, "password": "canary of a vcenter"}},
    ],
)
def the_zone_is_in_the_file(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["schema_ids"] == [ZONE_SCHEMA]
    text = (outcome.folder / "host_vars" / "shop" / "settings.yml").read_text().replace("!unsafe ", "")
    assert yaml.safe_load(text)["dynatrace_settings"][0]["objects"] == [{"value": {"name": "Shop", "rules": []}}]


@scenario(
    "Convert the state of a Terraform project",
    objects=[
        zone("Shop"),
        {"schemaId": "builtin:virtualization.vmware", "value": {**VCENTER, "password": "canary of a vcenter"}},
    ],
    files=lambda ids: {
        "state.json": json.dumps(
            terraform_state(
                terraform_resource("dynatrace_management_zone_v2.shop", ids[0]),
                terraform_resource("dynatrace_vmware.vcenter", ids[1], values={"id": ids[1], "password": "canary"}),
                terraform_resource("dynatrace_json_dashboard.shop", "0f0b0b3a-5d5c-4b0b-8d2e-1f2f3f4f5f6f"),
            )
        )
    },
)
def the_state_is_declared(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["name"] for one in result["converted"]] == ["shop", "vcenter"]
    text = (outcome.folder / "host_vars" / "shop" / "terraform.yml").read_text()
    assert 'name: !unsafe "shop"' in text and "{{ vault_vcenter_password }}" in text and "canary" not in text
    assert "\nterraform state rm dynatrace_vmware.vcenter\n" in (outcome.folder / "state-rm.sh").read_text()


# monaco_to_vars


MONACO = {
    "manifest.yaml": {
        "manifestVersion": "1.0",
        "projects": [{"name": "shop"}],
        "environmentGroups": [
            {
                "name": "production",
                "environments": [
                    {
                        "name": "shop-eu",
                        "url": {"value": "https://shop-eu.example.com"},
                        "auth": {"token": {"name": "TOKEN"}},
                    }
                ],
            }
        ],
    },
    "shop/config.yaml": {
        "configs": [
            {
                "id": "checkout",
                "type": {"settings": {"schema": ZONE_SCHEMA, "schemaVersion": "1.0.6", "scope": "environment"}},
                "config": {"name": "Checkout", "template": "zone.json"},
            },
            {"id": "overview", "type": {"api": "dashboard"}, "config": {"name": "Overview", "template": "zone.json"}},
        ]
    },
    "shop/zone.json": {"name": "Checkout", "rules": []},
}


@scenario(
    "Convert a Monaco project",
    before=[
        {"name": "Create the project", "ansible.builtin.file": {"path": "monaco/shop", "state": "directory"}},
        *(
            {
                "name": f"Write {name}",
                "ansible.builtin.copy": {"dest": f"monaco/{name}", "content": json.dumps(content)},
            }
            for name, content in MONACO.items()
        ),
    ],
)
def the_project_is_an_inventory(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["count"] == 1 and result["schema_ids"] == [ZONE_SCHEMA]
    text = (
        (outcome.folder / "inventory" / "group_vars" / "dynatrace" / "monaco.yml").read_text().replace("!unsafe ", "")
    )
    (declared,) = yaml.safe_load(text)["dynatrace_settings"]
    assert declared["objects"][0]["value"] == {"name": "Checkout", "rules": []}


@scenario("Show what was not converted, and what remains to be done")
def the_dashboard_is_not_converted(outcome: Outcome, result: dict[str, Any]) -> None:
    assert "- shop:dashboard:overview (shop-eu) is of the type api, not settings" in result["converted.summary"]
    assert (outcome.folder / "inventory" / "hosts.yml").exists()


@scenario("Write a schema for editors with all schemas of an environment")
def the_schema_is_for_editors(outcome: Outcome, result: dict[str, Any]) -> None:
    assert ZONE_SCHEMA in result["schema_ids"] and EXPORT_SCHEMA in result["schema_ids"]
    schema = json.loads((outcome.folder / "editor" / "dynatrace_settings.json").read_text())
    assert "dynatrace_settings" in schema["properties"]


# environment_check


@scenario("Check that the environment is ready for session exports")
def the_environment_is_ready(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["ok"] and result["token"]["missing_scopes"] == []


@scenario("Read the findings instead of failing")
def the_findings_are_read(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert {one["name"] for one in result["checks"]} >= {"address", "connection", "token", "token_expiry"}


@scenario("Read the properties of a schema")
def the_schema_is_read(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert "name" in [one["path"] for one in result["properties"]]
    assert result["match_on"] == ["name"]
    assert not {"schema", "json_schema"} & result.keys()


@scenario("Show a minimal valid declaration")
def the_example_is_shown(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["msg"].startswith(f"schema_id: {ZONE_SCHEMA}\n")


@scenario("Read a schema as JSON Schema")
def the_schema_is_translated(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["json_schema"]["properties"]["name"]["type"] == "string"


@scenario("Save it for an editor")
def it_is_a_json_schema(outcome: Outcome, _result: dict[str, Any]) -> None:
    kept = json.loads((outcome.folder / "management-zones.schema.json").read_text())
    assert kept["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "name" in kept["properties"]


@scenario("List the schemas of an environment")
def schemas_are_listed(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert {EXPORT_SCHEMA, ZONE_SCHEMA} <= {one["schemaId"] for one in result["schemas"]}


# user_session_exports_endpoint_check, user_session_exports_index


@scenario("Check the endpoints before configuring the exports")
def the_endpoint_is_fine(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["ok"] and result["mode"] == "connect"
    assert outcome.elastic.indices["user-sessions"]


@scenario("Check from the ActiveGate that sends the sessions, without failing")
def it_is_checked_elsewhere(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["ok"]
    assert result["_ansible_delegated_vars"]["ansible_delegated_host"] == "activegate.example.com"


@scenario("Send sample sessions to Elasticsearch and delete them again")
def samples_came_and_went(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["mode"] == "send" and result["ok"]
    assert len(outcome.elastic.stored) == 2 and not outcome.elastic.documents


@scenario("Create the indices before configuring the exports")
def the_index_is_made(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["operation"] for one in result["indices"]] == ["created"]
    assert outcome.elastic.indices["user-sessions"]["mappings"]["properties"]["startTime"]["type"] == "date"


@scenario("Create a rollover alias, an index template for its indices, and the first index")
def the_alias_has_its_first_index(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["changed"] or result["indices"]


@scenario("Create an index with custom settings and fields")
def the_index_has_the_field(outcome: Outcome, result: dict[str, Any]) -> None:
    assert "userActions.targetUrl" in result["indices"][0]["added"]
    index = outcome.managed.indices["user-sessions"]
    assert index["settings"]["index"]["number_of_shards"] == "3"
    assert index["mappings"]["properties"]["userActions"]["properties"]["targetUrl"] == {"type": "wildcard"}


# environment_report


@scenario(
    "Audit all environments, and continue if one fails",
    objects=[own("archive")],
    variables={"user_session_exports_slots": [ARCHIVE]},
)
def all_is_as_declared(outcome: Outcome, _result: dict[str, Any]) -> None:
    assert outcome.result("Report")["counts"]["unchanged"] == 1
    assert outcome.result("Fail on drift")["msg"] == "All assertions passed"
    made = {path.name for path in (outcome.folder / "report").iterdir()}
    assert made == {"index.html", "report.json", "junit.xml"}, "nothing failed, so there is no failed.txt"


@scenario(
    "Merge the reports of the slices of a job",
    before=[
        {
            "name": f"Slice {number}",
            "ansible.builtin.copy": {"src": "{{ playbook_dir }}/report/report.json", "dest": f"slice-{number}.json"},
        }
        for number in (1, 2)
    ],
)
def slices_become_one(_outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["counts"]["environments"] == 1, "both say the same of one"
    assert set(result["files"]) == {"html"}


# fleet

BY_VARIABLES = {"dynatrace_api_token": "{{ vault_dynatrace_api_token }}", "user_session_exports_slots": [ARCHIVE]}


@scenario("Configure all environments of the play, one environment first", variables=BY_VARIABLES)
def the_fleet_is_configured(outcome: Outcome, result: dict[str, Any]) -> None:
    shop = result["environments"]["shop"]
    assert (shop["state"], shop["changes"], shop["reason"]) == ("changed", "archive (created)", "")
    assert result["results"]["shop"]["exports"][0]["operation"] == "created"
    assert set(outcome.exports()) == {"archive.example.com"}
    assert set(result["files"]) == {"html", "json", "junit", "plans"}


@scenario("Find all drift, and fail if there is any", objects=[own("archive")], variables=BY_VARIABLES)
def the_fleet_is_as_declared(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["counts"]["unchanged"] == 1 and result["results"] == {} and result["changed"] is False


@scenario("Write the exports of each environment to a separate file", objects=[own("archive")], variables=BY_VARIABLES)
def there_is_a_file_for_each(outcome: Outcome, result: dict[str, Any]) -> None:
    assert "archive.example.com" in (outcome.folder / "exports" / "shop.yml").read_text()
    assert result["results"]["shop"]["count"] == 1


@scenario(
    "Import management zones, and write what environments have in common to group variables",
    objects=[{"schemaId": ZONE_SCHEMA, "value": {"name": "Shop", "rules": []}}],
    variables=BY_VARIABLES,
)
def one_environment_has_nothing_in_common(outcome: Outcome, result: dict[str, Any]) -> None:
    file = outcome.folder / "inventory" / "host_vars" / "shop" / "settings.yml"
    assert result["written_files"] == [str(file)]
    assert '"Shop"' in file.read_text()


# policies


@scenario("Refuse an export that does not authenticate")
def the_export_authenticates(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["repaired"] for one in result["policy_violations"]] == []
    assert set(outcome.exports()) == {"archive.example.com"}


ZONE_NAMES: dict[str, Any] = {
    "name": "zone-names",
    "match": {"schema_ids": [ZONE_SCHEMA]},
    "schema": {"properties": {"name": {"pattern": "^[A-Z]"}}},
}


@scenario(
    "Restore the zones in an incident, although a policy that is newer refuses their names",
    objects=[in_november("shop"), {**since("Shop"), "externalId": zone_external_id("shop")}],
    variables={"dynatrace_policies": [ZONE_NAMES]},
)
def the_override_is_reported(outcome: Outcome, result: dict[str, Any]) -> None:
    assert [one["value"]["name"] for one in outcome.objects(ZONE_SCHEMA)] == ["shop"]
    assert [(one["policy"], one["overridden"]) for one in result["policy_violations"]] == [("zone-names", True)]


@scenario(
    "Create a management zone, unless it violates a policy of the inventory",
    variables={"dynatrace_policies": [ZONE_NAMES]},
)
def the_zone_violates_none(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["policy_violations"] == []
    assert [one["value"]["name"] for one in outcome.objects(ZONE_SCHEMA)] == ["Shop"]


@scenario("Refuse a management zone whose name does not begin with a capital letter")
def the_zone_has_such_a_name(outcome: Outcome, result: dict[str, Any]) -> None:
    assert result["policy_violations"] == []
    assert [one["value"]["name"] for one in outcome.objects(ZONE_SCHEMA)] == ["Shop"]


# What no example shows: failures, and what has to be asked for. What comes out is compared with its documentation.

CONNECTION = {"environment_url": "{{ environment_url }}", "api_token": "{{ vault_dynatrace_api_token }}"}
WRONG: dict[str, Any] = {"name": "wrong", "endpoint_definition": {"endpoint_url": "ftp://example.com"}}
RULES = {"schema_id": "builtin:rum.provider-breakdown"}
ZONES = {"schema_id": ZONE_SCHEMA}
JIRA = "app:dynatrace.jira:connection"
EXTERNAL_ID = "community.dynatrace:1:builtin%3Amanagement-zones%2Fshop/"
THROTTLED = {"retry_timeout": 0.5}
CHANGED = {"description": "b"}
PLAIN = {"environment_url": "http://dynatrace.example.com"}

AUTHENTICATED: dict[str, Any] = {
    "name": "authenticated",
    "match": {"schema_ids": [EXPORT_SCHEMA]},
    "schema": {"properties": {"authentication": {"properties": {"active": {"const": True}}}}},
}


@dataclass
class Beyond:
    """A task beside the examples."""

    options: dict[str, Any]
    objects: list[dict[str, Any]] = field(default_factory=list)
    # How the API misbehaves.
    fault: dict[str, Any] = field(default_factory=dict)
    connects: bool = True
    tokens: dict[str, Any] = field(default_factory=dict)


HALF_WAY = {"action": "status", "status": 400, "method": "POST", "skip": 1}
BUSY = {"action": "status", "status": 429, "headers": {"Retry-After": "0.4"}, "times": None}
BEYOND: dict[str, dict[str, Beyond]] = {
    "user_session_exports": {
        "Ask for all there is": Beyond(
            {
                "exports": [
                    {
                        "name": "archive",
                        "endpoint_definition": {"endpoint_url": "{{ far_end }}"},
                        "export_behavior": {"management_zone": "Shop"},
                        "authentication": {"active": False, "basic_auth": {"username": "ignored"}},
                    }
                ],
                "schema_source": "environment",
                "check_token": True,
                "backup_directory": "backups",
                "endpoint_check": "connect",
                "retry_timeout": 30,
            },
            [own("archive"), BY_HAND, zone("Shop")],
            {**BUSY, "times": 1},
            tokens={"full": {"scopes": ["settings.read", "settings.write"], "expires": "2100-01-01T00:00:00Z"}},
        ),
        "Violate a policy": Beyond({"exports": [ARCHIVE], "policies": [AUTHENTICATED]}),
        "Say something wrong": Beyond({"exports": [WRONG]}),
        "Fail half-way": Beyond({"exports": [ARCHIVE, ELASTIC, BILLING]}, fault=HALF_WAY),
        "Wait too long": Beyond({"exports": [ARCHIVE], **THROTTLED}, fault=BUSY),
    },
    "user_session_exports_info": {"Wait too long": Beyond(THROTTLED, fault=BUSY), "Say something wrong": Beyond(PLAIN)},
    "user_session_exports_to_vars": {
        "Wait too long": Beyond({"dest": "not-made.yml", **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({"dest": "not-made.yml", **PLAIN}),
    },
    "settings_objects": {
        "Say something wrong": Beyond({**ZONES, "objects": [{"value": {"surprise": 1}}]}),
        "Violate a policy": Beyond({**ZONES, "objects": [{"value": zone("shop")["value"]}], "policies": [ZONE_NAMES]}),
        "Fail half-way": Beyond(
            {**RULES, "objects": [{"value": rule(name)} for name in ("one", "two", "three")], "state": "absent"},
            [there("one"), there("two"), there("three"), there("four")],
            # A deletion is tried again for a while.
            {**HALF_WAY, "method": "DELETE", "times": None},
        ),
        "Wait too long": Beyond({**ZONES, "objects": [], **THROTTLED}, fault=BUSY),
    },
    "settings": {
        "Keep a backup": Beyond(
            {"declarations": [{**ZONES, "objects": [{"value": zone("new")["value"]}]}], "backup_directory": "backups"},
            [zone("Old")],
        ),
        "Violate a policy": Beyond(
            {
                "declarations": [{**ZONES, "objects": [{"value": zone("new")["value"]}]}],
                "policies": [{**AUTHENTICATED, "match": {"schema_ids": [ZONE_SCHEMA]}, "schema": {"minProperties": 9}}],
            }
        ),
        "Say something wrong": Beyond({"declarations": [{**ZONES, "objects": [{"value": {"surprise": 1}}]}]}),
        "Fail half-way": Beyond(
            {
                "declarations": [
                    {**ZONES, "state": "absent", "objects": [{"value": zone(name)["value"]} for name in "abcdefgh"]}
                ]
            },
            # More than are deleted at the same time.
            [zone(name) for name in "abcdefghi"],
            {**HALF_WAY, "method": "DELETE", "times": None},
        ),
        "Wait too long": Beyond({"declarations": [{**ZONES, "objects": []}], **THROTTLED}, fault=BUSY),
    },
    "settings_to_vars": {
        "Wait too long": Beyond({"dest": "not-made.yml", "schema_ids": [ZONE_SCHEMA], **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({"dest": "not-made.yml", "schema_ids": [ZONE_SCHEMA], **PLAIN}),
        "Find secrets": Beyond(
            {"dest": "vmware.yml", "schema_ids": ["builtin:virtualization.*"]},
            [{"schemaId": "builtin:virtualization.vmware", "value": {**VCENTER, "password": "canary of a vcenter"}}],
        ),
    },
    "settings_editor_schema": {
        "Wait too long": Beyond({"dest": "not-made.json", **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({"dest": "not-made.json", "schema_files": ["none.json"]}),
    },
    "terraform_to_vars": {
        "Wait too long": Beyond({"dest": "not-made.yml", "state_file": "state.json", **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({"dest": "not-made.yml", "state_file": "no-state.json"}),
    },
    "monaco_to_vars": {
        "Say something wrong": Beyond(
            {"manifest": "monaco/manifest.yaml", "dest": "inventory", "schemas": [{"version": "1"}]}, connects=False
        ),
    },
    "settings_objects_info": {
        "Ask for more": Beyond({**ZONES, "fields": ["summary"]}, [{**zone("Shop"), "externalId": EXTERNAL_ID}]),
        "Ask for permissions": Beyond(
            {"schema_id": JIRA, "include_permissions": True},
            [
                {
                    "schemaId": JIRA,
                    "value": {"name": "Tickets"},
                    "validate": False,
                    "owner": "0081dfd3-6dcf-5b7e-94a5-94872b0c36dd",
                    "permissions": {"all-users": ["r"]},
                }
            ],
        ),
        "Wait too long": Beyond({**ZONES, **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({**ZONES, **PLAIN}),
    },
    "settings_restore": {
        "Fail half-way": Beyond(
            {**ZONES, "as_of": "2026-11-20"},
            # More than are written at the same time.
            [part(name, **more) for name in "abcdefgh" for part, more in ((in_november, {}), (since, CHANGED))],
            fault={"action": "status", "status": 400, "method": "PUT", "skip": 1, "times": None},
        ),
        "Wait too long": Beyond({**ZONES, **THROTTLED, "as_of": "1d"}, fault=BUSY),
        "Say something wrong": Beyond({**ZONES, "as_of": "2126-11-20"}),
    },
    "settings_history_info": {
        "Wait too long": Beyond({**ZONES, **THROTTLED}, fault=BUSY),
        "Say something wrong": Beyond({**ZONES, **PLAIN}),
        "Ask for a year to come": Beyond({**ZONES, "start_time": "2126-11-20"}),
    },
    "settings_schema_info": {
        "Ask for everything": Beyond({"schema_id": EXPORT_SCHEMA, "include": ["schema", "json_schema"]}),
        "Wait too long": Beyond(THROTTLED, fault=BUSY),
        "Say something wrong": Beyond(PLAIN),
    },
    "environment_check": {
        "Say something wrong": Beyond({"expiry_warning_days": -1}),
        "Ask for a schema that is not there": Beyond(
            {"schema_ids": [ZONE_SCHEMA, "builtin:unknown"]},
            tokens={"full": {"scopes": ["settings.read", "settings.write"], "expires": "2100-01-01T00:00:00Z"}},
        ),
    },
    "user_session_exports_endpoint_check": {"Say something wrong": Beyond({"exports": [WRONG]}, connects=False)},
    "user_session_exports_index": {
        "Say something wrong": Beyond({"exports": [WRONG]}, connects=False),
        "Find another type": Beyond(
            {"exports": "{{ user_session_exports_slots }}", "mapping": OTHER_TYPE}, connects=False
        ),
    },
}
# What no one can list: fields of the API that a task asked for.
OPEN = {"Ask for more": ["details[].summary is not documented"]}
# What takes more than endpoints on loopback, a proxy; variables of groups, see test_layered_vars; and what the schemas
# of the simulator do not have, see test_property_list.
_NOT_IN_SCHEMAS = ("description", "recursive", "maximum", "minimum", "min_items")
# What is not converted, and which secrets are expected; a policy that is overridden.
WARNS = {"terraform_to_vars", "settings_restore"}
NOT_HERE = {
    "connection_failed",
    "undeclared_names",
    "declared_in",
    "certificate_expires",
    "checks[].connections[].proxy",
    # Of objects that refer to others, see test_named_references.
    *(f"details[].references[].{name}" for name in ("path", "schema_id", "name", "legacy")),
    *(f"properties[].{name}" for name in _NOT_IN_SCHEMAS),
}


@pytest.fixture(scope="module")
def plain() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def with_schemas(own_reference: Path) -> Iterator[Simulator]:
    with Simulator(options=["--schema", str(own_reference / "schemas")]) as running:
        yield running


@dataclass
class Stage:
    """Where examples run: a simulator, and far ends of exports."""

    simulator: Simulator
    folder: Path
    world: World
    elastic: Elasticsearch
    managed: Elasticsearch
    search: EndpointServer
    managed_search: EndpointServer
    archive: EndpointServer
    ids: list[str] = field(default_factory=list)

    def replaced(self, examples: str, module: str) -> str:
        """Examples with addresses and paths that are there."""
        examples = examples.replace("/etc/ssl/certs/company.pem", self.world.ca_path)
        if module == "user_session_exports_endpoint_check":
            examples = examples.replace("https://elastic.example.com:9200", self.search.url(""))
        if module == "user_session_exports_index":
            examples = examples.replace("https://elastic.example.com:9200", self.managed_search.url(""))
        return examples

    def environment(self, name: str, objects: list[dict[str, Any]], **config: Any) -> dict[str, Any]:
        """A new environment, and the variables with which examples reach it."""
        self.simulator.add_environment(name, **config)
        self.ids = self.simulator.seed(name, objects) if objects else []
        return {
            "environment_url": self.simulator.url(name),
            "dynatrace_environment_url": self.simulator.url(name),
            "vault_dynatrace_api_token": self.simulator.token(name),
        }

    def tasks(self, module: str) -> Iterator[dict[str, Any]]:
        """The examples of a module as tasks of a play, each in its own environment."""
        for number, task in enumerate(yaml.safe_load(self.replaced(MODULES[module].examples, module))):
            scenario, env = SCENARIOS[task["name"]], f"{module}-{number}"
            variables = {**self.environment(env, scenario.objects), **scenario.variables}
            for name, content in scenario.files(self.ids).items():
                (self.folder / name).write_text(content)
            text = json.dumps(task).replace(SAAS, self.simulator.url(env))
            yield from scenario.before
            replaced = json.loads(text.replace(OTHER, self.simulator.url("other")))
            yield {**replaced, "vars": {**replaced.get("vars", {}), **variables}}
        for number, (name, more) in enumerate(BEYOND.get(module, {}).items()):
            env = f"{module}-beyond-{number}"
            variables = self.environment(env, more.objects, **({"tokens": more.tokens} if more.tokens else {}))
            if more.fault:
                self.simulator.fault(environment=env, **more.fault)
            yield {
                "name": name,
                f"community.dynatrace.{module}": {**(CONNECTION if more.connects else {}), **more.options},
                "vars": variables,
                "ignore_errors": True,
            }


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    module = request.getfixturevalue("module")
    needs_schemas = module == "settings" or module.startswith(("settings_objects", "settings_to_vars", "terraform"))
    simulator: Simulator = request.getfixturevalue("with_schemas" if needs_schemas else "plain")
    simulator.add_environment("other")
    world, elastic, managed = World(tmp_path), Elasticsearch(), Elasticsearch(indices={})
    manager = locked(managed, SECRETS["vault_index_manager_password"], "index-manager")
    if request.getfixturevalue("module") == "user_session_exports_index":
        elastic.indices.clear()
    with (
        serving(locked(elastic, SECRETS["vault_elastic_password"]), world.tls()) as search,
        serving(manager, world.tls()) as managed_search,
        serving(says(), world.tls()) as archive,
    ):
        yield Stage(simulator, tmp_path / "play", world, elastic, managed, search, managed_search, archive)


def test_each_example_has_a_scenario_and_no_scenario_is_left() -> None:
    named = [task["name"] for plugin in MODULES.values() for task in plugin.tasks()]
    assert sorted(named) == sorted(set(named)), "examples have different names"
    assert set(named) == set(SCENARIOS)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_examples_of_a_module(module: str, stage: Stage) -> None:
    stage.folder.mkdir()
    variables = {
        **SECRETS,
        "vault_other_api_token": stage.simulator.token("other"),
        "far_end": stage.archive.url(),
        "user_session_exports_slots": [
            to_elastic(stage.search.url("/_bulk"), authentication=basic(SECRETS["vault_elastic_password"]))
        ],
    }
    hosts = {"shop": variables}
    elsewhere = {"name": "Elsewhere", "ansible.builtin.add_host": {"name": "activegate.example.com"}}
    run = play(
        stage.folder,
        [*([elsewhere] if module == "user_session_exports_endpoint_check" else []), *stage.tasks(module)],
        hosts=hosts,
        # Whom to trust where an example does not say it.
        environment={"SSL_CERT_FILE": stage.world.ca_path},
    )
    assert run.code == 0, run.output
    assert module in WARNS or "WARNING" not in run.output, run.output
    assert "canary" not in run.output + json.dumps(run.results)
    for number, task in enumerate(MODULES[module].tasks()):
        outcome = Outcome(run, stage.simulator, f"{module}-{number}", stage.folder, stage.elastic, stage.managed)
        name = task["name"]
        SCENARIOS[name].check(outcome, {} if "block" in task else run.of(name))
    returns_what_is_documented(module, run)


def returns_what_is_documented(module: str, run: Playbook) -> None:
    plugin = MODULES[module]
    paths = {path for path, _about in plugin_docs.documented(plugin.returned)}
    found: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for one in run.results:
        if one["module"] != plugin.full_name:
            continue
        failed = one["status"] == "failed"
        disagreements = list(plugin_docs.disagreements(one["result"], plugin.returned, failed=failed))
        if disagreements != OPEN.get(one["task"], []):
            wrong[one["task"]] = disagreements
        found.update(plugin_docs.seen(one["result"], plugin.returned))
    assert not wrong, wrong
    assert found == paths - NOT_HERE, "documented, and in no result"
