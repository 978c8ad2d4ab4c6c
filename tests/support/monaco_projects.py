# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Projects of Monaco, written and converted."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.community.dynatrace.plugins.filter.object_id import object_id
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.convert import Converted
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.manifest import read_manifest
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.module import MONACO
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.project import Conversion, convert_projects
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trust_as_template  # type: ignore[attr-defined]

MANIFEST = """
manifestVersion: 1.0
projects: [{name: shop}, {name: lib, path: shared/lib}]
environmentGroups:
  - name: test
    environments:
      - {name: dev, url: {value: https://dev.example.com}, auth: {token: {name: DEV_TOKEN}}}
      - {name: qa, url: {value: https://qa.example.com}, auth: {token: {name: DEV_TOKEN}}}
  - name: prod
    environments:
      - {name: eu, url: {value: https://eu.example.com}, auth: {token: {name: EU_TOKEN}}}
"""


TEMPLATE = '{"name": "{{ .name }}"}'


def write_project(folder: Path, files: Mapping[str, str]) -> Path:
    for name, content in {"manifest.yaml": MANIFEST, "shared/lib/empty.json": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content), encoding="utf-8")
    (folder / "shop").mkdir(exist_ok=True)
    return folder / "manifest.yaml"


def config(config_id: str, properties: Mapping[str, Any], schema: str = "builtin:x", **more: Any) -> dict[str, Any]:
    settings = {"schema": schema, "scope": more.pop("scope", "environment"), **more.pop("settings", {})}
    return {"id": config_id, "type": {"settings": settings}, "config": {"template": "t.json", **properties}, **more}


def converted(
    folder: Path, *configs: Mapping[str, Any], schemas: Mapping[str, Schema] | None = None, **files: str
) -> Conversion:
    files = {
        name.replace("__", "/").replace("_json", ".json").replace("_txt", ".txt"): text for name, text in files.items()
    }
    path = write_project(folder, {"shop/c.yaml": json.dumps({"configs": configs}), "shop/t.json": TEMPLATE, **files})
    return convert_projects(read_manifest(path), schemas or {})


def only_object(conversion: Conversion) -> Converted:
    assert conversion.left_out == {}
    (one,) = conversion.levels.everywhere
    assert not conversion.levels.groups and not conversion.levels.hosts
    return one


def reasons(conversion: Conversion) -> dict[str, str]:
    return {what.removeprefix("shop:builtin:x:"): why for what, why in conversion.left_out}


ZONES = "builtin:management-zones"


SECRET = "S3cret-canary"


TWO_ENVIRONMENTS = {
    "manifestVersion": "1.0",
    "projects": [{"name": "shop"}],
    "environmentGroups": [
        {
            "name": "prod-eu",
            "environments": [
                {
                    "name": "eu",
                    "url": {"type": "environment", "value": "EU_URL"},
                    "auth": {
                        "token": {"name": "EU_TOKEN"},
                        "oAuth": {
                            "clientId": {"name": "CLIENT"},
                            "clientSecret": {"name": "CLIENT_SECRET"},
                            "tokenEndpoint": {"type": "environment", "value": "SSO"},
                        },
                    },
                },
                {
                    "name": "{{ us }}",
                    "url": {"value": "https://us.example.com/"},
                    "auth": {
                        "platformToken": {"name": "P"},
                        "oAuth": {"tokenEndpoint": {"value": "https://sso.example.com/token"}},
                    },
                },
                # As in manifests of older versions.
                {"name": "old", "url": {"value": "https://old.example.com"}, "token": {"name": "OLD_TOKEN"}},
            ],
        }
    ],
}


def project_of(folder: Path, template: Any, schema: str = "builtin:x", **more: Any) -> Path:
    zone = {"id": "zone", "type": {"settings": {"schema": ZONES, "scope": "environment"}}}
    zone["config"] = {"name": "O'Hara {{ x }}", "template": "zone.json"}
    one = {"id": "one", "type": {"settings": {"schema": schema, "scope": "environment"}}}
    one["config"] = {"name": "One", "template": "one.json", **more}
    files = {
        "manifest.yaml": json.dumps(TWO_ENVIRONMENTS),
        "shop/config.yaml": json.dumps({"configs": [zone, one]}),
        "shop/zone.json": '{"name": "{{ .name }}"}',
        "shop/one.json": template if isinstance(template, str) else json.dumps(template),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder / "manifest.yaml"


def converted_inventory(folder: Path, check_mode: bool = False, **more: Any) -> dict[str, Any]:
    params = {"manifest": str(folder / "manifest.yaml"), "dest": str(folder / "inventory"), "hosts_file": True}
    params |= {"schemas": [], "overwrite": False, **more}
    ready, problems = MONACO.check(params)
    assert not problems
    return MONACO.work(None, ready, params, check_mode)


def rendered_file(folder: Path, name: str, **variables: str) -> Any:
    """A file of the inventory, as Ansible reads and renders it."""
    loader = DataLoader()
    # Since ansible-core 2.19, only what is trusted is a template.
    trust = {} if trust_as_template is None else {"trusted_as_template": True}
    templar = Templar(loader=loader, variables=variables)
    templar.environment.filters["community.dynatrace.object_id"] = object_id
    return templar.template(loader.load_from_file(str(folder / "inventory" / name), **trust))


def declared_value(folder: Path, **variables: str) -> dict[str, Any]:
    _zones, declared = rendered_file(folder, "group_vars/dynatrace/monaco.yml", **variables)["dynatrace_settings"]
    (one,) = declared["objects"]
    assert one["adopt_from"] == {"monaco": {"project": "shop", "id": "one"}} and one["name"] == "One"
    return dict(one)
