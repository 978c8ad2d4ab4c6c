# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which properties are secrets."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.community.dynatrace.plugins.module_utils._monaco.marks import (
    EnvironmentVariable,
    Text,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.schema import Schema
from ansible_collections.community.dynatrace.tests.support.monaco_projects import config, converted, only_object

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
    found = only_object(known)
    assert found.value == {"name": "***12***", "password": "shown"}
    (secret,) = found.secrets
    assert secret.path == ("hidden",) and secret.value == Text((EnvironmentVariable("TOKEN"),)), "without its default"


def test_without_a_schema_secrets_are_found_by_their_names_and_masks(tmp_path: Path) -> None:
    template = (
        '{"name": "***12***", "password": "in-clear", "apiToken": "", "useToken": true, "list": [{"secret": "s"}]}'
    )
    found = only_object(converted(tmp_path, config("one", {"template": "s.json"}), shop__s_json=template))
    assert found.value == {"useToken": True, "list": [{}]}
    assert [(one.path, one.value, one.in_clear) for one in found.secrets] == [
        (("name",), None, False),
        (("password",), None, True),
        (("list", 0, "secret"), None, True),
    ]
