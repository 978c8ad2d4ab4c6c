#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a settings schema."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_schema_info
short_description: Read a Dynatrace settings schema, also as JSON Schema
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads a Settings 2.0 schema as the environment has it, and translates it to JSON Schema, Draft 2020-12. Without
    O(schema_id) it lists the schemas of the environment. One request.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
options:
  schema_id:
    description:
      - ID of the schema.
    type: str
  version:
    description:
      - Version of the schema. The default is the newest that the environment has.
    type: str
seealso:
  - module: community.dynatrace.settings_objects
"""

EXAMPLES = r"""
- name: Read a schema
  community.dynatrace.settings_schema_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
  register: zones

- name: Keep it as JSON Schema, for an editor
  ansible.builtin.copy:
    content: "{{ zones.json_schema | to_nice_json }}"
    dest: management-zones.schema.json
    mode: "0644"

- name: List the schemas of an environment
  community.dynatrace.settings_schema_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
"""

RETURN = r"""
---
schema:
  description: The schema as the environment has it.
  returned: if O(schema_id) is given
  type: dict
  sample: {schemaId: "builtin:management-zones", version: 1.0.14, properties: {name: {type: text, nullable: false}}}
json_schema:
  description: The same as JSON Schema (Draft 2020-12) for a value with all of its properties.
  returned: if O(schema_id) is given
  type: dict
  sample:
    $schema: https://json-schema.org/draft/2020-12/schema
    type: object
    properties: {name: {type: string, minLength: 1}}
    required: [name]
    additionalProperties: false
unchecked_constraints:
  description: What the schema demands and only the server can check.
  returned: if O(schema_id) is given
  type: list
  elements: str
  sample: ["rules: CUSTOM_VALIDATOR_REF conditions-count-validator"]
match_on:
  description: The properties that the schema says are unique, by which objects without a name are found.
  returned: if O(schema_id) is given
  type: list
  elements: str
  sample: [name]
schemas:
  description: The schemas of the environment, in the order of their IDs.
  returned: if O(schema_id) is not given
  type: list
  elements: dict
  sample:
    - {schemaId: "builtin:management-zones", displayName: Management zones, latestSchemaVersion: 1.0.14}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import SCHEMA


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(SCHEMA)


if __name__ == "__main__":
    main()
