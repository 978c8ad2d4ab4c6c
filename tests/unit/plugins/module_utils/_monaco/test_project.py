# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project of Monaco becomes objects: rendered as Monaco does, at the right level, or with a reason why not."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.convert import Converted
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.manifest import read_manifest
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.marks import (
    Coordinate,
    EnvironmentVariable,
    ObjectId,
    Text,
)
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.names import (
    group_names,
    host_names,
    vault_variable,
)
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.project import Conversion, convert_projects
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema

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
ONE = ("test",)


def write(folder: Path, files: Mapping[str, str]) -> Path:
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
    path = write(folder, {"shop/c.yaml": json.dumps({"configs": configs}), "shop/t.json": TEMPLATE, **files})
    return convert_projects(read_manifest(path), schemas or {})


def only(conversion: Conversion) -> Converted:
    assert conversion.left_out == {}
    (one,) = conversion.levels.everywhere
    assert not conversion.levels.groups and not conversion.levels.hosts
    return one


def reasons(conversion: Conversion) -> dict[str, str]:
    return {what.removeprefix("shop:builtin:x:"): why for what, why in conversion.left_out}


# Each kind of parameter, where it stands in a template, and what it becomes.
PARAMETERS: dict[str, tuple[Any, str, Any]] = {
    "text": ('quote " and\nline', '"{{ .p }}"', 'quote " and\nline'),
    "text within a text": ("b", '"a{{ .p }}c"', "abc"),
    "number": (1.10, "{{ .p }}", 1.1),
    "boolean": (True, "{{ .p }}", True),
    "null": ({"type": "value", "value": None}, '"{{ .p }}"', "<no value>"),
    "value map": ({"type": "value", "value": {"key": 'x "y"'}}, '"{{ .p.key }}"', 'x "y"'),
    "list": ({"type": "list", "values": ["a", 'b"']}, "{{ .p }}", ["a", 'b"']),
    "list of values": ({"type": "list", "values": [{"type": "value", "value": "a"}]}, "{{ .p }}", ["a"]),
    "compound, escaped twice": (
        {"type": "compound", "format": "{{ .name }} & {{ .q }}", "references": ["name", "q"]},
        '"{{ .p }}"',
        'The \\"name\\" & 7',
    ),
    "reference within the configuration": (["q"], "{{ .p }}", 7),
    "file": ({"type": "file", "path": "f.txt", "references": ["q"]}, '"{{ .p }}"', 'q is "7"\n'),
    "file, not escaped": ({"type": "file", "path": "g.txt", "escape": False}, "{{ .p }}", {"g": 1}),
    "brace around an action": (5, '"{{{ .p }}}"', "{5}"),
    "braces of a download": (5, '"{{`{{`}} .x {{`}}`}}"', "{{ .x }}"),
    "environment variable": (
        {"type": "environment", "name": "URL"},
        '"{{ .p }}"',
        Text((EnvironmentVariable("URL"),)),
    ),
    "environment variable with a default": (
        {"type": "environment", "name": "URL", "default": 5},
        '"a {{ .p }} b"',
        Text(("a ", EnvironmentVariable("URL", "5"), " b")),
    ),
    "environment variable without quotes": (
        {"type": "environment", "name": "FLAG"},
        "{{ .p }}",
        Text((EnvironmentVariable("FLAG"),), bare=True),
    ),
    "environment variable in a compound": (
        {"type": "compound", "format": "x {{ .v }}", "references": ["v"]},
        '"{{ .p }}"',
        Text(("x ", EnvironmentVariable("V"))),
    ),
    "ID of another object": (
        ["builtin:y", "other", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:y", "other")),)),
    ),
    "ID in another project": (
        ["lib", "builtin:y", "far", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("lib", "builtin:y", "far")),)),
    ),
    "ID in the long form": (
        {"type": "reference", "configType": "builtin:y", "configId": "other", "property": "id"},
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:y", "other")),)),
    ),
    "ID of an object of the same schema": (
        ["twin", "id"],
        '"{{ .p }}"',
        Text((ObjectId(Coordinate("shop", "builtin:x", "twin")),)),
    ),
    "name of another object": (["builtin:y", "other", "name"], '"{{ .p }}"', 'Other "one"'),
    "parameter of another object": (["builtin:y", "other", "deep.key"], '"{{ .p }}"', "deep value"),
    "scope of another object": (["builtin:y", "other", "scope"], '"{{ .p }}"', "HOST-1"),
}
OTHERS = [
    config(
        "other",
        {"name": 'Other "one"', "parameters": {"deep": {"type": "value", "value": {"key": "deep value"}}}},
        "builtin:y",
        scope="HOST-1",
    ),
    config("twin", {"name": "Twin"}),
]


@pytest.mark.parametrize("kind", PARAMETERS)
def test_each_kind_of_parameter(tmp_path: Path, kind: str) -> None:
    given, place, expected = PARAMETERS[kind]
    parameters = {"p": given, "q": 7, "v": {"type": "environment", "name": "V"}}
    one = config("one", {"name": 'The "name"', "template": "own.json", "parameters": parameters})
    far = config("far", {"name": "Far", "template": "far.json"}, "builtin:y")
    conversion = converted(
        tmp_path,
        one,
        *OTHERS,
        shop__own_json=f'{{"found": {place}}}',
        shop__f_txt='q is "{{ .q }}"\n',
        shop__g_txt='{"g": 1}',
        shared__lib__far_json=TEMPLATE,
        **{"shared/lib/c.yml": json.dumps({"configs": [far]})},
    )
    assert conversion.left_out == {}
    values = {one.coordinate.id: one.value for one in conversion.levels.everywhere}
    assert values["one"] == {"found": expected}


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
    path = write(tmp_path, {"shop/c.yaml": configs, "shop/t.json": template})
    conversion = convert_projects(read_manifest(path), {})
    one = only(conversion)
    assert one.coordinate.id == "1.10"
    assert one.value == {"name": "2024-01-02", "n": True, "v": 1.1, "m": False}
    assert conversion.notes[0].startswith("schemaVersion is omitted from 1 object,")


LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "no template": (config("c", {"template": ""}), "has no template"),
    "missing template": (
        config("c", {"template": "gone.json"}),
        "lacks its template: gone.json cannot be read: No such file or directory",
    ),
    "function": (
        config("c", {"template": "if.json"}),
        "has a template that uses the function html, which is not supported",
    ),
    "unknown parameter": (config("c", {}), "has a template that inserts name, which is not a parameter"),
    "no JSON": (
        config("c", {"template": "wrong.json"}),
        "has a template whose result is not valid JSON (line 1 of the result)",
    ),
    "no number": (config("c", {"template": "nan.json"}), "has a template whose result is not valid JSON"),
    "no object": (config("c", {"template": "list.json"}), "has a template whose result is not a JSON object"),
    "unknown type": (
        config("c", {"name": {"type": "secret"}}),
        "has the parameter name of an unknown or incomplete type",
    ),
    "reference to nothing": (
        config("c", {"name": ["gone", "id"]}),
        "refers to shop:builtin:x:gone, which is not in the projects",
    ),
    "reference to itself": (config("c", {"name": ["name"]}), "has the parameter name, which refers to itself"),
    "own ID": (config("c", {"name": ["id"]}), "refers to its own ID"),
    "missing property": (
        config("c", {"name": ["twin", "gone"]}),
        "refers to the parameter gone of shop:builtin:x:twin, which does not exist",
    ),
    "too long a reference": (
        config("c", {"name": ["a", "b", "c", "d", "e"]}),
        "has the parameter name, a reference with 5 parts",
    ),
    "reference with a hole": (
        config("c", {"name": {"type": "reference", "project": "lib", "property": "id"}}),
        "has the parameter name, a reference without its configType or configId",
    ),
    "skipped target": (config("c", {"name": ["skipped", "id"]}), "refers to shop:builtin:x:skipped, which is skipped"),
    "ID without quotes": (
        config("c", {"template": "bare.json", "parameters": {"p": ["twin", "id"]}}),
        "has the ID of another object without quotes, p",
    ),
    "scope of another object": (
        config("c", {"name": "n"}, scope=["twin", "id"]),
        "has a scope that refers to another object; declare it with the ID of the scope",
    ),
    "no scope text": (config("c", {"name": "n"}, scope=5), "has a scope that is not text"),
    "wrong skip": (config("c", {"name": "n", "skip": "maybe"}), "has a skip parameter that is neither true nor false"),
    "skip by reference": (
        config("c", {"name": "n", "skip": {"type": "list"}}),
        "has a skip parameter that is neither a value nor an environment variable",
    ),
    "private characters": (config("c", {"name": "\ue000"}), "contains private-use characters (U+E000 to U+E002)"),
    "list of numbers": (
        config("c", {"name": {"type": "list", "values": [1]}}),
        "has the parameter name, a list with an element that is not text",
    ),
    "missing file": (
        config("c", {"name": {"type": "file", "path": "gone.txt"}}),
        "lacks the file of parameter name: gone.txt cannot be read: No such file or directory",
    ),
    "name of a property": (
        config("c", {"template": "key.json", "parameters": {"p": ["twin", "id"]}}),
        "has a property whose name is unknown before deployment",
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_not_converted_has_a_reason(tmp_path: Path, what: str) -> None:
    one, reason = LEFT_OUT[what]
    conversion = converted(
        tmp_path,
        one,
        config("twin", {"name": "Twin"}),
        config("skipped", {"name": "S", "skip": True}),
        shop__if_json="{{ html .name }}",
        shop__wrong_json="{",
        shop__nan_json='{"a": NaN}',
        shop__list_json="[]",
        shop__bare_json='{"p": {{ .p }}}',
        shop__key_json='{"{{ .p }}": 1}',
    )
    assert reasons(conversion)["c"].startswith(reason)
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["twin"]


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


def overridden(name: str, groups: Mapping[str, Any], environments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return config(
        name,
        {"name": name, "template": "v.json", "parameters": {"v": "base"}, **more},
        groupOverrides=[{"group": key, "override": one} for key, one in groups.items()],
        environmentOverrides=[{"environment": key, "override": one} for key, one in environments.items()],
        settings={"insertAfter": "FRONT"} if name == "first" else {},
    )


def v(value: str) -> dict[str, Any]:
    return {"parameters": {"v": value}}


def levels(conversion: Conversion) -> dict[str, dict[str, Any]]:
    found = {"all": conversion.levels.everywhere, **conversion.levels.groups, **conversion.levels.hosts}
    return {level: {one.coordinate.id: one.value["v"] for one in objects} for level, objects in found.items()}


@pytest.mark.parametrize(
    ("groups", "environments", "expected"),
    [
        ({}, {}, {"all": "base"}),
        ({"prod": v("p")}, {}, {"all": "base", "prod": "p"}),
        ({}, {"eu": v("e")}, {"all": "base", "eu": "e"}),
        ({"test": v("t")}, {"qa": v("q")}, {"all": "base", "test": "t", "qa": "q"}),
        ({"test": v("t")}, {"eu": v("e")}, {"all": "base", "test": "t", "eu": "e"}),
        ({"prod": v("p")}, {"eu": v("e")}, {"all": "base", "prod": "p", "eu": "e"}),
        ({"prod": {"skip": True}}, {}, {"test": "base"}),
        ({"test": {"skip": "true"}}, {"qa": {"skip": False, **v("q")}}, {"prod": "base", "qa": "q"}),
        ({"prod": {"template": "w.json"}}, {}, {"all": "base", "prod": "w base"}),
        ({"unknown": v("u")}, {"unknown": v("u")}, {"all": "base"}),
    ],
)
def test_overrides_become_variables_of_groups_and_hosts(
    tmp_path: Path, groups: dict[str, Any], environments: dict[str, Any], expected: dict[str, str]
) -> None:
    """What an environment gets is what Monaco deploys: its own override wins over that of its group."""
    conversion = converted(
        tmp_path,
        overridden("one", groups, environments),
        shop__v_json='{"v": "{{ .v }}"}',
        shop__w_json='{"v": "w {{ .v }}"}',
    )
    assert conversion.left_out == {}
    found = {level: values["one"] for level, values in levels(conversion).items() if values}
    assert found == expected


def test_a_scope_that_differs_is_declared_for_each_host(tmp_path: Path) -> None:
    one = config(
        "one",
        {"name": "n", "parameters": {"host": "HOST-1"}},
        scope=["host"],
        environmentOverrides=[{"environment": "eu", "override": {"parameters": {"host": "HOST-2"}}}],
    )
    conversion = converted(tmp_path, one)
    assert {name: one.scope for name, (one,) in conversion.levels.hosts.items()} == {
        "dev": "HOST-1",
        "qa": "HOST-1",
        "eu": "HOST-2",
    }
    assert not conversion.levels.everywhere and not conversion.levels.groups


def ordered(*pairs: tuple[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [
        config(name, {"name": name}, settings={} if after is None else {"insertAfter": after}, **more)
        for name, after in pairs
    ]


def test_insert_after_is_the_order_of_the_list(tmp_path: Path) -> None:
    conversion = converted(
        tmp_path,
        *ordered(
            ("d", ["c", "id"]), ("a", "FRONT"), ("z", "BACK"), ("b", ["a", "id"]), ("c", ["b", "id"]), ("m", None)
        ),
    )
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["a", "b", "c", "d", "m", "z"]
    assert conversion.ordered == [("builtin:x", "'environment'")] and conversion.left_out == {}


def test_a_place_that_is_not_known_is_reported(tmp_path: Path) -> None:
    conversion = converted(tmp_path, *ordered(("a", "some-object-id"), ("b", ["c", "id"]), ("c", ["b", "id"])))
    assert [one.coordinate.id for one in conversion.levels.everywhere] == ["a", "b", "c"]
    assert set(reasons(conversion).values()) == {"has an insertAfter that is not another object of the list"}
    assert set(reasons(conversion)) == {"a", "b", "c"}


def test_an_ordered_list_is_not_divided(tmp_path: Path) -> None:
    first, second = ordered(("a", None), ("b", ["a", "id"]))
    first["groupOverrides"] = [{"group": "prod", "override": {"skip": True}}]
    second["groupOverrides"] = [{"group": "prod", "override": {"name": "B"}}]
    conversion = converted(tmp_path, first, second)
    found = {name: [one.coordinate.id for one in objects] for name, objects in conversion.levels.hosts.items()}
    assert found == {"dev": ["a", "b"], "qa": ["a", "b"]}, "b refers to what is skipped in eu"
    assert list(conversion.left_out.values()) == [["eu"]]


def test_names_are_those_of_monaco_if_they_are_unique(tmp_path: Path) -> None:
    names = {"a": "Same", "b": "Same", "c": 'Own "name"', "d": " blank", "e": {"type": "environment", "name": "X"}}
    configs = [config(one, {"name": name}) for one, name in names.items()]
    configs.append(config("f", {"name": "f"}, environmentOverrides=[{"environment": "eu", "override": {"name": "g"}}]))
    conversion = converted(tmp_path, *configs, config("g", {"template": "constant.json"}), shop__constant_json="{}")
    assert {one.id: name for one, name in conversion.names.items()} == {
        **{one: one for one in "abdefg"},
        "c": 'Own "name"',
    }


def test_names_of_groups_hosts_and_variables() -> None:
    hosts = host_names(["dev", "a/b", "a:b", ".hidden"])
    assert hosts == {"dev": "dev", "a/b": "a_b", "a:b": "a_b_2", ".hidden": "hidden"}
    assert group_names(["dev", "prod-eu", "1st", "all"], hosts.values()) == {
        "dev": "group_dev",
        "prod-eu": "prod_eu",
        "1st": "group_1st",
        "all": "group_all",
    }
    assert vault_variable("SLACK_TOKEN") == "vault_slack_token" == vault_variable("VAULT_SLACK_TOKEN")
    assert vault_variable("Shop basicAuth.password") == "vault_shop_basic_auth_password"


SCHEMA = {
    "schemaId": "builtin:x",
    "version": "1",
    "multiObject": True,
    "properties": {"name": {"type": "text"}, "hidden": {"type": "secret"}, "password": {"type": "text"}},
}


def test_secrets_are_those_of_the_schema(tmp_path: Path) -> None:
    template = '{"name": "***12***", "hidden": "{{ .p }}", "password": "shown"}'
    parameter = {"type": "environment", "name": "TOKEN", "default": "in-clear"}
    one = config("one", {"template": "s.json", "parameters": {"p": parameter}})
    known = converted(tmp_path, one, shop__s_json=template, schemas={"builtin:x": Schema.from_document(SCHEMA)})
    found = only(known)
    assert found.value == {"name": "***12***", "password": "shown"}
    (secret,) = found.secrets
    assert secret.path == ("hidden",) and secret.value == Text((EnvironmentVariable("TOKEN"),)), "without its default"


def test_without_a_schema_secrets_are_found_by_their_names_and_masks(tmp_path: Path) -> None:
    template = (
        '{"name": "***12***", "password": "in-clear", "apiToken": "", "useToken": true, "list": [{"secret": "s"}]}'
    )
    found = only(converted(tmp_path, config("one", {"template": "s.json"}), shop__s_json=template))
    assert found.value == {"useToken": True, "list": [{}]}
    assert [(one.path, one.value, one.in_clear) for one in found.secrets] == [
        (("name",), None, False),
        (("password",), None, True),
        (("list", 0, "secret"), None, True),
    ]


def test_what_a_download_has_is_left_out_with_a_note(tmp_path: Path) -> None:
    settings = {"schemaVersion": "1.0", "permissions": {"allUsers": "read"}}
    one = config("one", {"name": "n", "originObjectId": "vu9U3hXa3q0AAAABAB"}, settings=settings)
    two = config("two", {"name": "n", "skip": {"type": "environment", "name": "SKIP_IT"}})
    conversion = converted(tmp_path, one, two)
    notes = conversion.notes
    assert [each.origin_object_id for each in conversion.levels.everywhere] == ["vu9U3hXa3q0AAAABAB", ""]
    assert any(note.startswith("schemaVersion is omitted from 1 object,") for note in notes)
    assert "Permissions are not converted, and are left unchanged: shop:builtin:x:one." in notes
    assert "shop:builtin:x:two is declared, although the environment variable SKIP_IT can skip it." in notes


def test_the_same_coordinate_twice_is_reported(tmp_path: Path) -> None:
    conversion = converted(tmp_path, config("one", {"name": "first"}), config("one", {"name": "second"}))
    assert conversion.left_out == {("shop:builtin:x:one", "is defined twice, and the first definition is used"): []}
    assert conversion.levels.everywhere[0].value == {"name": "first"}
