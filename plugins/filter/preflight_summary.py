# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Summarize the checks of all environments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
---
name: preflight_summary
short_description: Summarize the results of community.dynatrace.environment_check
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Turns the registered results of M(community.dynatrace.environment_check) on several hosts into one table and one
    list of the environments that are not ready.
options:
  _input:
    description: The result of each host.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which environments are not ready
  ansible.builtin.debug:
    msg: "{{ {inventory_hostname: ready} | community.dynatrace.preflight_summary }}"
"""

RETURN = r"""
---
_value:
  description:
    - C(lines) contains one line for each environment and finding, C(not_ready) the hosts that failed, and C(findings)
      the results without the keys that Ansible adds.
  type: dict
"""

_FINDINGS = (
    "ok",
    "reachable",
    "environment_id",
    "environment_url",
    "environment_kind",
    "token_kind",
    "token",
    "schemas",
    "clock_difference",
    "certificate_expires",
    "checks",
)


def preflight_summary(results: Any) -> dict[str, Any]:
    """One line for each environment and finding, and the hosts that are not ready."""
    if not isinstance(results, Mapping):
        raise AnsibleFilterError("preflight_summary: the input must be a dictionary with the result of each host.")
    width = max((len(str(host)) for host in results), default=0)
    lines: list[str] = []
    not_ready: list[str] = []
    findings: dict[str, Any] = {}
    for host, result in results.items():
        result = result if isinstance(result, Mapping) else {}
        checks = [one for one in result.get("checks") or () if isinstance(one, Mapping)]
        ready = result.get("ok") is True
        if not ready:
            not_ready.append(str(host))
        found = [one for one in checks if one.get("status") in ("error", "warning")]
        shown = [f"{one['status']}: {_sentence(one['message'])} {one['remediation']}".rstrip() for one in found]
        if not checks:
            # The options were rejected, so nothing could be checked.
            shown = [f"error: {result.get('msg') or 'There is no result.'}"]
        lines += [f"{host!s:<{width}}  {text}" for text in shown or [_all_is_well(result)]]
        findings[str(host)] = (
            {name: result[name] for name in _FINDINGS if name in result}
            if checks
            else {"ok": False, "message": shown[0]}
        )
    return {"lines": lines, "not_ready": not_ready, "findings": findings}


def _sentence(message: Any) -> str:
    # Text from a server may lack the final period.
    text = str(message)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _all_is_well(result: Mapping[str, Any]) -> str:
    token = result.get("token")
    days = token.get("days_left") if isinstance(token, Mapping) else None
    expiry = "" if days is None else f", token expires in {days} days"
    return f"ok: {result.get('environment_kind')}{expiry}"


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"preflight_summary": preflight_summary}
