# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of variables, checked with a schema for editors."""

from __future__ import annotations

from typing import Any

VMWARE = "builtin:virtualization.vmware"


def errors(schema: dict[str, Any], *declarations: Any, variable: str = "dynatrace_settings") -> list[str]:
    import jsonschema

    found = jsonschema.Draft7Validator(schema).iter_errors({variable: list(declarations)})
    return ["/".join(map(str, one.absolute_path)) for one in found]


def one_of(schema_id: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"schema_id": schema_id, "objects": [{"name": "a", "value": value}], **more}


HOST = {"enabled": True, "ipaddress": "a.example.com", "label": "a", "username": "u"}
