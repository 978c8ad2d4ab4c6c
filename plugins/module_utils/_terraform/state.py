# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The output of ``terraform show -json``: which settings objects a Terraform state manages.

Only addresses, types and IDs are read. The attributes of a resource, which contain secrets in clear, are not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._settings_api.errors import InvalidInput, Problem
from .._settings_api.legacy_ids import schema_of

OPTION = "state_file"
MAX_BYTES = 200_000_000
"""The states of large environments have some ten megabytes."""
# What ``format_version`` begins with in all versions so far, of Terraform and of OpenTofu.
_FORMATS = ("0.", "1.")
_MODULE = re.compile(r'module\.([^.\[\]"]+)(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\])?')
# What the provider appends to the ID of an object that it could create in part only.
_INCOMPLETE = "---flawed----"
# APIs other than the Settings API, by the beginnings of the types that use them; the first one that fits.
_OTHER_APIS = (
    ("dynatrace_json_dashboard", "classic dashboards"),
    ("dynatrace_dashboard", "classic dashboards"),
    ("dynatrace_document", "documents, such as dashboards and notebooks"),
    ("dynatrace_direct_shares", "documents, such as dashboards and notebooks"),
    ("dynatrace_iam_", "account management"),
    ("dynatrace_policy", "account management"),
    ("dynatrace_user", "user management"),
    ("dynatrace_automation_", "workflows"),
    ("dynatrace_platform_bucket", "Grail buckets"),
    ("dynatrace_platform_slo", "service-level objectives of the platform"),
    ("dynatrace_segment", "segments"),
    ("dynatrace_openpipeline_", "OpenPipeline configurations"),
    ("dynatrace_credentials", "the credential vault"),
    ("dynatrace_api_token", "access tokens"),
    ("dynatrace_ag_token", "ActiveGate tokens"),
    ("dynatrace_browser_monitor", "synthetic monitors"),
    ("dynatrace_http_monitor", "synthetic monitors"),
    ("dynatrace_synthetic_location", "synthetic locations"),
)


@dataclass(frozen=True)
class Resource:
    """An instance of a resource whose object the Settings API manages.

    :param names: what to call the object, the shortest first.
    """

    address: str
    type: str
    object_id: str
    schema_id: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class NotConverted:
    """A resource that stays in the state."""

    address: str
    type: str
    reason: str


@dataclass
class State:
    """The resources of the Dynatrace provider in a state.

    :param program: the command line of the tool that wrote it.
    """

    program: str = "terraform"
    resources: list[Resource] = field(default_factory=list)
    not_converted: list[NotConverted] = field(default_factory=list)


def read_state(path: str) -> State:
    """Read the resources of the Dynatrace provider from a file.

    :raises InvalidInput: it does not contain a state with such resources.
    """
    document = _document(path)
    state = State()
    others: set[str] = set()
    for module, resource in _resources(document["values"]["root_module"]):
        provider = str(resource.get("provider_name") or "")
        if resource.get("mode") != "managed":
            continue
        if provider.rpartition("/")[2] != "dynatrace":
            others.add(_shown(provider))
            continue
        if provider.startswith("registry.opentofu.org/"):
            state.program = "tofu"
        found = _read(module, resource)
        if isinstance(found, Resource):
            state.resources.append(found)
        else:
            state.not_converted.append(found)
    if not state.resources and not state.not_converted:
        if others:
            raise _refused("terraform.other_provider", path, providers=sorted(others)[:5])
        raise _refused("terraform.empty", path)
    return state


def _refused(code: str, path: str, **facts: Any) -> InvalidInput:
    return InvalidInput([Problem(code, OPTION, {"file": path, **facts})])


def _document(path: str) -> Mapping[str, Any]:
    """Return the document, whose form is checked as far as this file needs it."""
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise _refused("terraform.too_large", path, most=MAX_BYTES // 1_000_000)
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise _refused("no_file", path) from None
    except OSError:
        raise _refused("unreadable_file", path) from None
    if data.startswith(b"PK"):
        # A plan file is an archive.
        raise _refused("terraform.plan", path)
    try:
        # A file with UTF-16, as PowerShell redirects output, is read as well.
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise _refused("terraform.no_json", path) from None
    if not isinstance(document, Mapping):
        raise _refused("terraform.no_state", path)
    if "planned_values" in document or "resource_changes" in document:
        raise _refused("terraform.plan", path)
    if "lineage" in document or ("version" in document and "resources" in document):
        raise _refused("terraform.raw_state", path)
    version = document.get("format_version")
    if not isinstance(version, str):
        raise _refused("terraform.no_state", path)
    if not version.startswith(_FORMATS):
        raise _refused("terraform.version", path, version=_shown(version))
    if "values" not in document:
        raise _refused("terraform.empty", path)
    values = document["values"]
    root = values.get("root_module") if isinstance(values, Mapping) else None
    if not isinstance(root, Mapping):
        raise _refused("terraform.no_state" if values else "terraform.empty", path)
    return document


def _resources(root: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All resources with the addresses of their modules. A part of another form is passed over."""
    pending: list[tuple[str, Mapping[str, Any]]] = [("", root)]
    while pending:
        address, module = pending.pop(0)
        for resource in _dictionaries(module.get("resources")):
            yield address, resource
        pending += [(str(one.get("address") or ""), one) for one in _dictionaries(module.get("child_modules"))]


def _dictionaries(value: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else ()


def _read(module: str, resource: Mapping[str, Any]) -> Resource | NotConverted:
    address, kind = str(resource.get("address") or ""), str(resource.get("type") or "")
    values = resource.get("values")
    found = values.get("id") if isinstance(values, Mapping) else None
    object_id = found if isinstance(found, str) else ""
    reason = ""
    if not address.isprintable() or not address:
        address, reason = _shown(address) or "(no address)", "Its address is not valid."
    elif resource.get("deposed_key"):
        reason = "It is a deposed object, which the next apply deletes."
    elif object_id.endswith(_INCOMPLETE):
        reason = "The provider could create it only partially. Repair it with Terraform first, or declare it manually."
    elif not object_id:
        reason = "It has no ID in the state."
    elif not schema_of(object_id):
        api = next((api for start, api in _OTHER_APIS if kind.startswith(start)), "")
        reason = f"It belongs to another API{f': {api}' if api else ', such as a classic configuration API'}."
    if reason:
        return NotConverted(address, _shown(kind), reason)
    return Resource(address, kind, object_id, schema_of(object_id), _names(module, resource, kind))


def _names(module: str, resource: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """The name of a resource with its index, then with its module, then with its type too."""
    name, index = str(resource.get("name") or ""), resource.get("index")
    short = name if index is None else f"{name}.{index}"
    modules = ".".join(part for found in _MODULE.finditer(module) for part in found.groups() if part is not None)
    return tuple(dict.fromkeys([short, f"{modules}.{short}".lstrip("."), f"{modules}.{kind}.{short}".lstrip(".")]))


def _shown(text: str) -> str:
    """A text of the file for a message."""
    return "".join(char if char.isprintable() else "?" for char in text[:200])
