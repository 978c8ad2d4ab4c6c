# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The exports that a task is about: those that are named, and those that are declared as paused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._settings_api.errors import Problem


def change_of(params: Mapping[str, Any]) -> str:
    """The requested state of the exports, or ``rotate`` if only their secrets are sent."""
    return "rotate" if params.get("rotate_secrets") else str(params.get("state") or "present")


def selected_exports(params: Mapping[str, Any]) -> Any:
    """The declared exports as ``names`` and ``paused_exports`` leave them; ``None`` if nothing is declared."""
    exports, names = params.get("exports"), params.get("names")
    if change_of(params) == "present":
        paused = set(_names(params.get("paused_exports")))
        if not paused or not isinstance(exports, list):
            return exports
        return [_pause(export) if _name(export) in paused else export for export in exports]
    if names is None:
        return exports
    if change_of(params) == "rotate":
        return [export for export in exports or () if _name(export) in _names(names)]
    return [{"name": name} for name in dict.fromkeys(_names(names))]


def undeclared_names(params: Mapping[str, Any]) -> list[str]:
    """Of the exports whose secrets are to be sent, those that this environment does not declare."""
    if change_of(params) != "rotate":
        return []
    declared = {_name(export) for export in params.get("exports") or ()}
    return [name for name in _names(params.get("names")) if name not in declared]


def selection_problems(params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with ``names``."""
    names = params.get("names")
    if names is None:
        return []
    if change_of(params) == "present":
        return [Problem("names_not_present", "names")]
    if params.get("all_exports"):
        return [Problem("names_or_all", "names")]
    return [] if _names(names) else [Problem("no_names", "names")]


def _names(names: Any) -> list[str]:
    if not isinstance(names, (str, list, tuple)):
        return []
    # A survey gives one text.
    names = names.split(",") if isinstance(names, str) else names
    return [str(name).strip() for name in names if str(name).strip()]


def _name(export: Any) -> Any:
    return export.get("name") if isinstance(export, Mapping) else None


def _pause(export: Mapping[str, Any]) -> dict[str, Any]:
    endpoint = export.get("endpoint_definition")
    if not isinstance(endpoint, Mapping):
        return dict(export)
    return {**export, "endpoint_definition": {**endpoint, "enable_user_session_export": False}}
