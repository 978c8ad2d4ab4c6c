#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a settings schema."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_schema_info
short_description: List the properties of a Dynatrace settings schema, with an example
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Lists the properties of a Settings 2.0 schema of an environment, each with its path, type, default, allowed values,
    and limits, together with a minimal valid declaration for M(community.dynatrace.settings_objects).
  - Without O(schema_id), it lists the schemas of the environment. It sends one request.
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
  include:
    description:
      - Additional values to return. They can be large.
      - V(schema) is the schema in its original form.
      - V(json_schema) is the schema translated to JSON Schema (Draft 2020-12).
    type: list
    elements: str
    choices: [schema, json_schema]
    default: []
seealso:
  - module: community.dynatrace.settings_objects
"""

EXAMPLES = r"""
- name: Read the properties of a schema
  community.dynatrace.settings_schema_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
  register: zones

- name: Show a minimal valid declaration
  ansible.builtin.debug:
    msg: "{{ zones.example }}"

- name: Read a schema as JSON Schema
  community.dynatrace.settings_schema_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    include: [json_schema]
  register: zones

- name: Save it for an editor
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
properties:
  description:
    - The properties in the order of the schema, nested ones by their path.
    - Keys that are not always returned are present only if the schema sets them.
  returned: if O(schema_id) is set
  type: list
  elements: dict
  sample:
    - {path: name, type: text, required: true, secret: false, immutable: false, min_length: 1, max_length: 200}
    - {path: rules, type: list, item_type: object, required: false, secret: false, immutable: false, max_items: 500}
  contains:
    path:
      description: Path of the property in a value. V([]) represents each item of a list.
      type: str
      returned: always
    type:
      description:
        - Type of the property in Dynatrace's terms. V(object) for a property with nested properties, V(enum) for a
          choice.
      type: str
      returned: always
    required:
      description: Whether a value is required.
      type: bool
      returned: always
    secret:
      description: Whether the property contains a secret.
      type: bool
      returned: always
    immutable:
      description: Whether the property can be set only when the object is created.
      type: bool
      returned: always
    required_when:
      description: The condition under which a required property has an effect. Otherwise, it can be omitted.
      type: str
      returned: if a required property has a condition
    active_when:
      description: The condition under which the property has an effect.
      type: str
      returned: if an optional property has a condition
    default:
      description: Value that applies if the property is omitted.
      type: raw
      returned: if there is one
    allowed_values:
      description: The values that an enumeration, or the items of a list, can have.
      type: list
      elements: raw
      returned: for enumerations
    item_type:
      description: Type of the items.
      type: str
      returned: for lists and sets
    min_items:
      description: Minimum number of items.
      type: int
      returned: for lists and sets that have a limit
    max_items:
      description: Maximum number of items.
      type: int
      returned: for lists and sets that have a limit
    min_length:
      description: Minimum number of characters.
      type: int
      returned: if there is a limit
    max_length:
      description: Maximum number of characters.
      type: int
      returned: if there is a limit
    minimum:
      description: Smallest number that is allowed, in the unit of the property.
      type: float
      returned: if there is a limit
    maximum:
      description: Largest number that is allowed, in the unit of the property.
      type: float
      returned: if there is a limit
    pattern:
      description: Regular expression in Java syntax that a text must match.
      type: str
      returned: if there is one
    not_empty:
      description: V(true) if the text must not be blank or the list must not be empty.
      type: bool
      returned: if the schema requires it
    referenced_schema:
      description: Schema of the object to which the value refers.
      type: str
      returned: for references to other objects
    recursive:
      description: V(true) if the type contains itself. Its properties are listed once.
      type: bool
      returned: for such types
    title:
      description: Name of the property in the Dynatrace user interface.
      type: str
      returned: if there is one
    description:
      description: Description of the property in the schema.
      type: str
      returned: if there is one
example:
  description:
    - Minimal valid declaration in YAML, as the arguments of M(community.dynatrace.settings_objects).
    - A comment marks each place for which no valid value could be generated.
  returned: if O(schema_id) is set
  type: str
  sample: |-
    schema_id: builtin:management-zones
    objects:
    - name: example
      value:
        name: example
schema_version:
  description: Version of the schema.
  returned: if O(schema_id) is set
  type: str
  sample: 1.0.14
allowed_scopes:
  description: The kinds of scope that objects of the schema can have.
  returned: if O(schema_id) is set
  type: list
  elements: str
  sample: [environment]
multi_object:
  description: Whether a scope can have several objects of the schema.
  returned: if O(schema_id) is set
  type: bool
  sample: true
max_objects:
  description: Maximum number of objects of the schema in a scope. V(null) if there is no limit.
  returned: if O(schema_id) is set
  type: int
  sample: 2000
ordered:
  description: Whether the order of the objects matters.
  returned: if O(schema_id) is set
  type: bool
  sample: false
schema:
  description: The schema in its original form.
  returned: if O(include) contains V(schema)
  type: dict
  sample: {schemaId: "builtin:management-zones", version: 1.0.14, properties: {name: {type: text, nullable: false}}}
json_schema:
  description: The schema as JSON Schema (Draft 2020-12), for a value with all of its properties.
  returned: if O(include) contains V(json_schema)
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
  sample: ["Waited 1.5 s in total: the API throttled (2 times)."]
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
elapsed:
  description: Time in seconds that the task took.
  returned: always
  type: float
  sample: 0.312
connection_failed:
  description: V(true) if the module failed because it could not connect to the environment.
  returned: when the module cannot connect
  type: bool
  sample: true
status:
  description: HTTP status of the response that caused the failure.
  returned: when the API returns an error
  type: int
  sample: 403
retry_wait_seconds:
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
