# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which configurations a project has."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.manifest import read_manifest
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.marks import (
    Coordinate,
    ObjectId,
    Text,
)
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.project import convert_projects
from ansible_collections.community.dynatrace.tests.support.monaco_projects import (
    config,
    converted,
    only_object,
    write_project,
)


def test_values_are_read_as_go_reads_yaml(tmp_path: Path) -> None:
    configs = """\
        configs:
          - id: 1.10
            type: {settings: {schema: "builtin:x", scope: environment, schemaVersion: "1"}}
            config:
              name: 2024-01-02
              template: t.json
              parameters: {n: y, version: 1.10, map: {type: value, value: {n: off}}}
        """
    template = '{"name": "{{ .name }}", "n": {{ .n }}, "v": {{ .version }}, "m": {{ .map.false }}}'
    path = write_project(tmp_path, {"shop/c.yaml": configs, "shop/t.json": template})
    conversion = convert_projects(read_manifest(path), {})
    one = only_object(conversion)
    assert one.coordinate.id == "1.10"
    assert one.value == {"name": "2024-01-02", "n": True, "v": 1.1, "m": False}
    assert conversion.notes[0].startswith("schemaVersion is omitted from 1 object,")


def test_other_types_files_and_what_refers_to_them(tmp_path: Path) -> None:
    conversion = converted(
        tmp_path,
        {"id": "board", "type": {"api": "dashboard"}, "config": {"name": "B", "template": "t.json"}},
        {"id": "short", "type": "bucket", "config": {"template": "t.json"}},
        {"id": "flow", "type": {"automation": {"resource": "workflow"}}, "config": {"template": "t.json"}},
        {"type": {"api": "dashboard"}, "config": {}},
        config("refers", {"name": ["dashboard", "board", "id"]}),
        config("chain", {"name": ["refers", "id"]}),
        config("zone", {"name": ["management-zone", "old", "id"]}),
        {"id": "old", "type": {"api": "management-zone"}, "config": {"name": "Old", "template": "t.json"}},
        **{"shop/v1.yaml": "config: [a: a.json]", "shop/iam.yaml": "users: []", "shop/bad.yaml": "a: ["},
    )
    assert dict(conversion.left_out.keys()) == {
        "shop:dashboard:board": "is of the type api, not settings",
        "shop:bucket:short": "is of the type api, not settings",
        "shop:workflow:flow": "is of the type automation, not settings",
        "shop:management-zone:old": "is of the type api, not settings",
        "shop: c.yaml, configs[3]": "has no ID",
        "shop:builtin:x:refers": "refers to shop:dashboard:board, which is not converted",
        "shop:builtin:x:chain": "refers to shop:builtin:x:refers, which is not converted",
        "shop: v1.yaml": "is a configuration of Monaco 1; convert the project to Monaco 2 first",
        "shop: iam.yaml": "contains resources of an account, which are not settings",
        "shop: bad.yaml": "is not valid YAML in line 1",
    }
    (zone,) = conversion.levels.everywhere
    old = Coordinate("shop", "management-zone", "old")
    assert zone.value == {"name": Text((ObjectId(old),))} and conversion.names[old] == "Old"


def test_the_same_coordinate_twice_is_reported(tmp_path: Path) -> None:
    conversion = converted(tmp_path, config("one", {"name": "first"}), config("one", {"name": "second"}))
    assert conversion.left_out == {("shop:builtin:x:one", "is defined twice, and the first definition is used"): []}
    assert conversion.levels.everywhere[0].value == {"name": "first"}
