# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A smallest valid declaration of any schema, as YAML to start from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._settings_api.property_list import smallest_value
from .._settings_api.schema import Schema
from .._settings_common.adoption import variable_name
from .declaration import path_text


def render_example(document: Mapping[str, Any], schema: Schema) -> str:
    """The arguments of ``settings_objects`` for one object of a schema.

    :raises MissingLibrary: ``jsonschema`` is not installed.
    """
    value, incomplete = smallest_value(document, schema)
    declared: dict[str, Any] = {"name": "example", "value": value}
    secrets = [path_text("", path) for path in schema.expected_secret_paths(value)]
    if secrets:
        declared["secrets"] = [{"path": path, "value": f"{{{{ vault_{variable_name(path)} }}}}"} for path in secrets]
    arguments: dict[str, Any] = {"schema_id": schema.schema_id}
    scopes = schema.allowed_scopes
    if scopes and "environment" not in scopes:
        arguments["scope"] = f"{scopes[0]}-0123456789ABCDEF"
    arguments["objects"] = [declared]
    comments = [f"# Replace {path}: no valid value could be generated for it.\n" for path in incomplete]
    return "".join(comments) + _yaml(arguments)


def _yaml(data: Mapping[str, Any]) -> str:
    try:
        import yaml
    except ImportError:  # on a Python that does not run Ansible; JSON is YAML too
        return json.dumps(data, indent=2, ensure_ascii=False)
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    return text
