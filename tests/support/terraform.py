# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""States as ``terraform show -json`` prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PROVIDER = "registry.terraform.io/dynatrace-oss/dynatrace"


def resource(address: str, object_id: object, *, provider: str = PROVIDER, **more: Any) -> dict[str, Any]:
    """A resource instance.

    :param address: within its module, such as ``dynatrace_alerting.shop["eu"]``.
    :param more: further keys, or other values of them.
    """
    kind, _dot, name = address.partition("[")[0].rpartition("module.")[2].rpartition(".")
    found: dict[str, Any] = {
        "address": address,
        "mode": "managed",
        "type": kind.rpartition(".")[2],
        "name": name,
        "provider_name": provider,
        "schema_version": 0,
        "values": {"id": object_id},
        "sensitive_values": {},
    }
    if address.endswith("]"):
        key = address.rpartition("[")[2].removesuffix("]")
        found["index"] = key.strip('"') if key.startswith('"') else int(key)
    return {**found, **more}


def state(*resources: Mapping[str, Any], modules: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> Any:
    """A state with resources in the root module, and in child modules by their address."""
    root: dict[str, Any] = {"resources": list(resources)}
    for address, found in (modules or {}).items():
        node, path = root, ""
        for part in address.removeprefix("module.").split(".module."):
            path = f"{path}.module.{part}".lstrip(".")
            children = node.setdefault("child_modules", [])
            node = next((one for one in children if one["address"] == path), {"address": path})
            if node not in children:
                children.append(node)
        node["resources"] = [{**one, "address": f"{address}.{one['address']}"} for one in found]
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": root}}
