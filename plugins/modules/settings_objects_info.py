#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the settings objects of one schema."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_objects_info
short_description: Read the objects of any Dynatrace settings schema
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the objects of one Settings 2.0 schema in one scope, in the shape that M(community.dynatrace.settings_objects)
    takes as its O(community.dynatrace.settings_objects#module:objects). One request for the schema, which tells what is
    a secret, and one for each 500 objects.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
options:
  schema_id:
    description:
      - ID of the schema.
    type: str
    required: true
  scope:
    description:
      - Scope of the objects.
    type: str
    default: environment
  names:
    description:
      - Only objects with one of these names. An object without a name of ours has that of its unique properties.
    type: list
    elements: str
  filter:
    description:
      - Only objects for which this condition holds, in the filter language of the API.
    type: str
  fields:
    description:
      - More fields of the API to read, for example V(summary) or V(created). They are in RV(details).
    type: list
    elements: str
seealso:
  - module: community.dynatrace.settings_objects
"""

EXAMPLES = r"""
- name: Read all management zones
  community.dynatrace.settings_objects_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
  register: zones

- name: Make another environment have them too
  community.dynatrace.settings_objects:
    environment_url: https://def67890.live.dynatrace.com
    api_token: "{{ vault_other_api_token }}"
    schema_id: builtin:management-zones
    objects: "{{ zones.objects }}"
"""

RETURN = r"""
---
objects:
  description:
    - The objects in the order of the environment, in the shape that M(community.dynatrace.settings_objects) takes.
      Properties that have no effect or are not set, and secrets, are left out.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop
      value: {name: Shop, rules: []}
  contains:
    name:
      description: Name of the object.
      type: str
      returned: if it carries one
    value:
      description: Its properties.
      type: dict
      returned: always
details:
  description: What else is known about each of them, in the same order. Also the O(fields) that were asked for.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      scope: environment
      label: own
      stored_secrets: []
      unknown_properties: []
      modifiable: true
      deletable: true
      last_modified: 1795530636062
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the object, or without one what identifies it.
      type: str
      returned: always
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
    scope:
      description: Its scope.
      type: str
      returned: always
    label:
      description: V(own) if the object carries a name, V(foreign) for another label, V(none) for none.
      type: str
      returned: always
    stored_secrets:
      description: The properties for which a secret is stored.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the object has and the schema does not know.
      type: list
      elements: str
      returned: always
    modifiable:
      description: Whether the environment lets it be modified.
      type: bool
      returned: always
    deletable:
      description: Whether the environment lets it be deleted.
      type: bool
      returned: always
    last_modified:
      description: When it was last modified, in milliseconds since 1970.
      type: int
      returned: always
    last_author:
      description: Who modified it last.
      type: str
      returned: always
schema_version:
  description: Version of the schema that the environment has.
  returned: success
  type: str
  sample: 1.0.14
notes:
  description: What else happened on the way, for example waiting for a throttled API.
  returned: success
  type: list
  elements: str
  sample: ["Waited 1.5 s altogether: the API throttled (2 times)."]
problems:
  description: Everything that is wrong with the input.
  returned: when the input is refused
  type: list
  elements: dict
  contains:
    path:
      description: The option, as it was given.
      type: str
      returned: always
    message:
      description: What is wrong with it. Never a value.
      type: str
      returned: always
  sample:
    - {path: environment_url, message: "must be https (plain http is for loopback only)"}
status:
  description: HTTP status of the answer that the task failed with.
  returned: when the API answers with an error
  type: int
  sample: 403
waited:
  description: Seconds that were waited for the API before the task gave up.
  returned: when the API throttles or is unavailable for longer than O(retry_timeout)
  type: float
  sample: 60.0
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import READ


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(READ)


if __name__ == "__main__":
    main()
