#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the settings objects of a schema."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_objects_info
short_description: Read the objects of any Dynatrace settings schema
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the objects of one Settings 2.0 schema, in one scope or in all scopes, in the format of
    O(community.dynatrace.settings_objects#module:objects). It sends one request for the schema, from which it knows the
    secrets, and one for every 500 objects.
  - If it reads all scopes, it also returns which objects, for example that of a host, override the value of the
    environment, and which properties they override.
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
      - Scope of the objects, for example V(environment) or V(HOST-0123456789ABCDEF).
      - By default, the objects of all scopes are read. Set it to read objects that you want to declare in another
        environment, because a task of M(community.dynatrace.settings_objects) declares objects of one scope.
    type: str
  scope_types:
    description:
      - Read only the objects whose scope is of one of these types, for example V(HOST) and V(HOST_GROUP).
        RV(community.dynatrace.settings_schema_info#module:allowed_scopes) lists the types of a schema.
      - Mutually exclusive with O(scope).
    type: list
    elements: str
  names:
    description:
      - Return only objects with one of these names. An object without a name is identified by its unique properties.
    type: list
    elements: str
  filter:
    description:
      - Return only objects that meet this condition, in the filter language of the API.
    type: str
  fields:
    description:
      - Additional fields of the API to read, for example V(summary) or V(created). RV(details) contains them.
    type: list
    elements: str
  include_permissions:
    description:
      - Whether to read the permissions of each object. This costs one additional request for each object of a schema
        with owner-based access control.
    type: bool
    default: false
  references:
    description:
      - How to return references to other objects. V(id) returns their IDs, which differ between environments.
      - V(name) replaces the IDs of existing objects with references by name, in the form of the filter
        P(community.dynatrace.object_id#filter). The module M(community.dynatrace.settings) accepts them in any
        environment. If several objects have the same name, their IDs are kept.
      - V(name) costs one additional request for each schema that the values refer to.
    type: str
    choices: [id, name]
    default: id
  admin_access:
    description:
      - Whether to act as the owner of every object, which includes the private objects of other users. This requires a
        platform token or an OAuth client with the permission C(settings:objects:admin).
    type: bool
    default: false
  max_objects:
    description:
      - Maximum number of objects to read in the scope. If the environment lists more, the module fails. This protects
        against a server that sends an endless list.
    type: int
    default: 20000
seealso:
  - module: community.dynatrace.settings_objects
"""

EXAMPLES = r"""
- name: Read all management zones
  community.dynatrace.settings_objects_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    scope: environment
  register: zones

- name: Ensure that another environment has the same zones
  community.dynatrace.settings_objects:
    environment_url: https://def67890.live.dynatrace.com
    api_token: "{{ vault_other_api_token }}"
    schema_id: builtin:management-zones
    objects: "{{ zones.objects }}"

- name: Read alerting profiles, with the names of their management zones
  community.dynatrace.settings_objects_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:appsec.notification-alerting-profile
    references: name
  register: profiles

- name: Ensure that another environment has the same alerting profiles, which refer to its own zones
  community.dynatrace.settings:
    environment_url: https://def67890.live.dynatrace.com
    api_token: "{{ vault_other_api_token }}"
    declarations:
      - schema_id: builtin:appsec.notification-alerting-profile
        objects: "{{ profiles.objects }}"

- name: Find the applications that do not capture resources the way the environment does
  community.dynatrace.settings_objects_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:sessionreplay.web.resource-capturing
    scope_types: [APPLICATION]
  register: capturing

- name: Show each of them with the properties that it overrides
  ansible.builtin.debug:
    msg: "{{ item.scope }}: {{ item.overrides.properties | join(', ') }}"
  loop: "{{ capturing.details | selectattr('overrides') }}"
  loop_control:
    label: "{{ item.scope }}"
"""

RETURN = r"""
---
objects:
  description:
    - The objects in the order of the environment, in the format of
      O(community.dynatrace.settings_objects#module:objects). Secrets, and properties that are not set or have no
      effect, are not included.
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
      returned: if it has one
    value:
      description: Properties of the object.
      type: dict
      returned: always
details:
  description: Further information about each object, in the same order, including the requested O(fields).
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      scope: environment
      overrides: null
      external_id_state: own
      stored_secrets: []
      unknown_properties: []
      modifiable: true
      deletable: true
      last_modified: 1795530636062
      last_modified_time: "2026-11-24T14:30:36Z"
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the object, or the values that identify it.
      type: str
      returned: always
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
    scope:
      description: Scope of the object.
      type: str
      returned: always
    overrides:
      description:
        - How the object overrides the value of the environment. V(null) if it does not, or if that is not known,
          because O(scope) or O(filter) is set.
        - If the schema has one object per scope, each object of a narrower scope overrides the object of the
          environment. If it has several, an object overrides the one with the same unique properties.
        - Only the environment is compared. The API does not return which hosts belong to a host group.
      type: dict
      returned: always
      contains:
        base:
          description:
            - V(environment) if the environment has an object of its own, V(schema_default) if the defaults of the
              schema apply.
          type: str
          returned: always
        base_object_id:
          description: ID of the object of the environment. V(null) if there is none.
          type: str
          returned: always
        properties:
          description:
            - Properties with a different value. Empty if the object repeats the value of the environment. Secrets are
              not
              compared.
          type: list
          elements: str
          returned: always
    external_id_state:
      description:
        - Kind of external ID. V(own) if it contains a name, V(foreign) if it belongs to another tool, or V(none) if
          there is none.
      type: str
      returned: always
    stored_secrets:
      description: Properties for which a secret is stored.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the object has but the schema does not define.
      type: list
      elements: str
      returned: always
    references:
      description: The references by name in the value.
      type: list
      elements: dict
      returned: if O(references=name)
      contains:
        path:
          description: Path of the property.
          type: str
          returned: always
        schema_id:
          description: ID of the schema of the other object.
          type: str
          returned: always
        name:
          description: Name of the other object.
          type: str
          returned: always
        legacy:
          description: Whether the property requires the ID that the object has outside the Settings API.
          type: bool
          returned: always
    owner_id:
      description: UUID of the user that owns the object. V(null) if it has no owner.
      type: str
      returned: if O(include_permissions=true)
    permissions:
      description:
        - The permissions of the object, in the format of
          O(community.dynatrace.settings_objects#module:objects[].permissions). V(null) if the objects of the schema
          have none.
      type: dict
      returned: if O(include_permissions=true)
    modifiable:
      description: Whether the environment allows the object to be modified.
      type: bool
      returned: always
    deletable:
      description: Whether the environment allows the object to be deleted.
      type: bool
      returned: always
    last_modified:
      description: Time of the last modification, in milliseconds since 1970.
      type: int
      returned: always
    last_modified_time:
      description: The same time in ISO 8601, in UTC. V(null) if it is not known.
      type: str
      returned: always
    last_author:
      description: Author of the last modification.
      type: str
      returned: always
schema_version:
  description: Version of the schema in the environment.
  returned: success
  type: str
  sample: 1.0.14
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import READ


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(READ)


if __name__ == "__main__":
    main()
