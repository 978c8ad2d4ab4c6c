# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refer to an object of another schema by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from ansible.errors import AnsibleFilterError

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference

DOCUMENTATION = r"""
---
name: object_id
short_description: Refer to a settings object by its name
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Returns a reference to an object of a schema, for the values of M(community.dynatrace.settings). The object has a
    different ID in each environment, which the module looks up by the name when it plans the changes.
  - The reference is an opaque string. It can be a value of its own or part of a longer string.
  - The object can exist already, or be created in the same run. In check mode, the ID of an object that would be
    created is shown as "known after apply".
  - An object is found by the name of its declaration, by the name in its external ID, or by the name in its value. An
    unknown name is an error that lists similar names.
positional: name
options:
  _input:
    description: ID of the schema of the object, for example V(builtin:management-zones).
    type: str
    required: true
  name:
    description: Name of the object.
    type: str
    required: true
  legacy:
    description:
      - Whether the property requires the ID that the object has outside the Settings API. For management zones, this is
        a number. For other schemas, it is a UUID.
    type: bool
    default: false
  encoded:
    description:
      - Whether the schema ID and the name are percent-encoded. M(community.dynatrace.settings_to_vars) uses this form
        for names with quotes, braces, or other characters that have a meaning in templates.
    type: bool
    default: false
  scope:
    description: Scope of the object. Required only if objects of several scopes have the same name.
    type: str
"""

EXAMPLES = r"""
- name: Ensure that an alerting profile for a management zone exists
  community.dynatrace.settings:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    declarations:
      - schema_id: builtin:alerting.profile
        objects:
          - name: shop
            value:
              name: Shop
              management_zone: "{{ 'builtin:management-zones' | community.dynatrace.object_id('Shop') }}"
              severity_rules: []
              event_filters: []
"""

RETURN = r"""
---
_value:
  description: The reference.
  type: str
"""


def object_id(schema_id: Any, name: Any, legacy: Any = False, scope: Any = "", encoded: Any = False) -> str:
    """Return the reference to an object."""
    for what, text in (("the ID of a schema", schema_id), ("the name of an object", name)):
        if not isinstance(text, str) or not text:
            raise AnsibleFilterError(f"community.dynatrace.object_id requires {what}, which is a text.")
    for option, value in (("legacy", legacy), ("encoded", encoded)):
        if not isinstance(value, bool):
            raise AnsibleFilterError(f"The option {option} of community.dynatrace.object_id must be true or false.")
    if encoded:
        schema_id, name = unquote(schema_id), unquote(name)
    return Reference(str(schema_id), str(name), legacy, str(scope or "")).text


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"object_id": object_id}
