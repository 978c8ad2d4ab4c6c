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
  - Reads a Settings 2.0 schema from the environment and translates it to JSON Schema (Draft 2020-12). Without
    O(schema_id), it lists the schemas of the environment. It sends one request.
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
      - Version of the schema. The default is the latest version in the environment.
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

- name: Save it as JSON Schema for an editor
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
  description: The schema in its original form.
  returned: if O(schema_id) is set
  type: dict
  sample: {schemaId: "builtin:management-zones", version: 1.0.14, properties: {name: {type: text, nullable: false}}}
json_schema:
  description: The schema as JSON Schema (Draft 2020-12), for a value with all of its properties.
  returned: if O(schema_id) is set
  type: dict
  sample:
    $schema: https://json-schema.org/draft/2020-12/schema
    type: object
    properties: {name: {type: string, minLength: 1}}
    required: [name]
    additionalProperties: false
unchecked_constraints:
  description: Constraints of the schema that only the server can check.
  returned: if O(schema_id) is set
  type: list
  elements: str
  sample: ["rules: CUSTOM_VALIDATOR_REF conditions-count-validator"]
match_on:
  description: The properties that the schema declares unique. They identify objects without a name.
  returned: if O(schema_id) is set
  type: list
  elements: str
  sample: [name]
schemas:
  description: The schemas of the environment, sorted by ID.
  returned: if O(schema_id) is not set
  type: list
  elements: dict
  sample:
    - {schemaId: "builtin:management-zones", displayName: Management zones, latestSchemaVersion: 1.0.14}
notes:
  description: Other events of the run, for example a wait for an API that throttles.
  returned: success
  type: list
  elements: str
  sample: ["Waited 1.5 s altogether: the API throttled (2 times)."]
problems:
  description: All problems in the input.
  returned: when the input is rejected
  type: list
  elements: dict
  contains:
    path:
      description: Path of the option, as it was written.
      type: str
      returned: always
    message:
      description: Description of the problem. It never contains a value.
      type: str
      returned: always
  sample:
    - {path: environment_url, message: "must begin with https:// (plain http is for loopback addresses only)"}
status:
  description: HTTP status of the response that caused the failure.
  returned: when the API returns an error
  type: int
  sample: 403
waited:
  description: Time in seconds that the module waited for the API before it failed.
  returned: when the API throttles requests or is unavailable for longer than O(retry_timeout)
  type: float
  sample: 60.0
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import SCHEMA


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(SCHEMA)


if __name__ == "__main__":
    main()
