#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the settings objects of one schema and scope be what is declared."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_objects
short_description: Manage the objects of any Dynatrace settings schema
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes objects of one Settings 2.0 schema in one scope be what is declared.
  - The schema is read from the environment, and everything that is declared is checked against it before anything is
    written. All errors are reported at once. What only the server can check is named in RV(unchecked_constraints).
  - The objects are read once and compared. Only what differs is written. A run that finds nothing to do sends one
    request for the schema and one for each 500 objects. New objects are created up to 100 at a time.
  - A declared value is completed with the defaults of the schema. Properties below a precondition that does not hold
    are dropped. Null and absent mean the same. A set has no order. Properties that the schema does not know are refused
    in a declaration, and left untouched in an environment.
  - Objects that the environment lets nobody modify or delete are left alone, and reported.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
options:
  schema_id:
    description:
      - ID of the schema, for example V(builtin:management-zones).
    type: str
    required: true
  scope:
    description:
      - Scope of the objects, for example V(environment) or the ID of an entity such as V(HOST-0123456789ABCDEF).
    type: str
    default: environment
  objects:
    description:
      - The objects. A schema that has one object for each scope takes a list of one.
      - In a schema whose objects have an order, the declared ones are brought into the order of this list with the
        fewest moves. Objects that are not declared keep their places among each other, and a new object goes behind the
        one that it follows here.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name by which the object is found again. It is kept in the C(externalId) of the settings object, together
            with the ID of the schema.
          - It can be left out if the value has what O(match_on) names, and in schemas of one object.
        type: str
      value:
        description:
          - The properties of the object, in the words of the schema. Without secrets, which go to O(objects[].secrets).
          - Required, unless O(state=absent).
        type: dict
      secrets:
        description:
          - The secrets of the object. One that is not given stays as it is; a new object needs it.
        type: list
        elements: dict
        suboptions:
          path:
            description:
              - Path of the property, for example V(token) or V(webhookConfiguration/headers[0]/secretValue).
              - Required.
            type: str
          value:
            description:
              - The secret. Required.
            type: raw
  match_on:
    description:
      - Paths of the properties that tell an object without a name from the others, for example V(name) or V(rule/id).
      - The default are the properties that the schema says are unique.
    type: list
    elements: str
  state:
    description:
      - V(present) makes the declared objects be there as they are declared.
      - V(absent) removes them. Their name, or a value with what O(match_on) names, is enough.
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - Whether to delete every object of the schema and scope that is not declared.
    type: bool
    default: false
  confirm_prune_all:
    description:
      - Confirms that O(prune=true) with empty O(objects) is meant, and deletes every object of the schema and scope.
    type: bool
    default: false
  update_secrets:
    description:
      - The API never returns a secret, so a changed one cannot be seen.
      - V(on_create) sends a secret when there is none yet, and keeps the stored one otherwise. This is the default if
        O(secret_fingerprint_key) is not given.
      - V(on_change) sends the secrets of a named object when they are not those that were sent last. A keyed
        fingerprint of them is kept with its name. This is the default if O(secret_fingerprint_key) is given.
      - V(always) sends the declared secrets with every run, and always reports a change.
    type: str
    choices: [on_create, on_change, always]
  secret_fingerprint_key:
    description:
      - Key for the fingerprints of O(update_secrets=on_change), from the vault. At least 16 random characters.
    type: str
  secret_fingerprint_previous_key:
    description:
      - The key before O(secret_fingerprint_key), for the first runs after a change of keys.
    type: str
  adopt:
    description:
      - What to do with an object that matches a declared one and does not carry its name.
      - V(without_external_id) takes it over. Its name is stored with it, if all of its secrets are declared or it
        has none. The
        label of another tool stays as it is.
      - V(any) also replaces the label of another tool.
      - V(never) refuses, with an error, instead of making a second object of the same.
    type: str
    choices: [without_external_id, any, never]
    default: without_external_id
  store_external_id:
    description:
      - Whether names are kept in the C(externalId) of settings objects. Without them objects are found by O(match_on)
        only.
    type: bool
    default: true
  server_validation:
    description:
      - Whether the server validates the planned writes in check mode (C(validateOnly)).
      - A token that may not write gives a warning then, not a failure.
    type: bool
    default: true
  approved_plan:
    description:
      - The RV(plan_digest) of the plan that was reviewed. If the plan is another by now, nothing is written, and the
        task fails. A run that finds nothing to do passes.
    type: str
requirements:
  - jsonschema
notes:
  - A secret in O(objects[].value) is refused, because nothing hides it there.
  - For user session exports M(community.dynatrace.user_session_exports) is the better choice. It knows what the schema
    does not say, and needs no request for it.
  - A secret inside a list is only kept while the list stays as it is. When the list changes, it must be given.
seealso:
  - module: community.dynatrace.settings_objects_info
  - module: community.dynatrace.settings_schema_info
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Two management zones, found by their names
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    objects:
      - value:
          name: Shop
          rules: []
      - value:
          name: Billing
          rules: []

- name: A connection with a secret, sent again when it changes
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:virtualization.vmware
    secret_fingerprint_key: "{{ vault_fingerprint_key }}"
    objects:
      - name: vcenter
        value:
          label: vcenter
          ipaddress: vcenter.example.com
          username: dynatrace
        secrets:
          - path: password
            value: "{{ vault_vcenter_password }}"

- name: The monitoring of one host, a schema of one object in the scope of an entity
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:host.monitoring.advanced
    scope: HOST-0123456789ABCDEF
    objects:
      - value:
          processAgentInjection: false

- name: The rules that are declared, in this order, and no others
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:rum.provider-breakdown
    objects: "{{ provider_rules }}"
    prune: true
  check_mode: true
  diff: true

- name: Remove one of them
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:rum.provider-breakdown
    state: absent
    objects:
      - value:
          resourceName: example
"""

RETURN = r"""
---
objects:
  description: What happened to each declared object, and to each one that was deleted because it is not declared.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Shop
      operation: updated
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      changed_properties: ["rules[0].enabled"]
      secrets: []
      label: none
      order_change: ""
      notes: []
      ignored_properties: []
      unknown_properties: []
      last_modified: 1795530636062
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the object, or without one what identifies it.
      type: str
      returned: always
    operation:
      description: V(created), V(updated), V(deleted) or V(unchanged).
      type: str
      returned: always
    object_id:
      description: ID of the settings object. In check mode null for an object that would be created.
      type: str
      returned: always
    changed_properties:
      description: Properties that differed, or whose secret was sent.
      type: list
      elements: str
      returned: always
    secrets:
      description: What happened to each secret.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: The property.
          type: str
          returned: always
        state:
          description:
            - V(kept), V(set), V(rotated), or V(unverifiable) if it stays and nothing tells whether it is the same.
          type: str
          returned: always
        reason:
          description: Why.
          type: str
          returned: always
    label:
      description:
        - V(kept) if the object carries its name, V(set) if the name was stored now, V(foreign) if it carries another
          label, V(cut) if the environment cuts labels, V(none) if it carries none.
      type: str
      returned: always
    order_change:
      description: In a schema whose objects have an order, where the object was moved to. Empty if it stays.
      type: str
      returned: always
    notes:
      description: What else there is to say about it.
      type: list
      elements: str
      returned: always
    ignored_properties:
      description: Properties that have no effect, because what they belong to is switched off.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the object has and the schema does not know. They stay as they are.
      type: list
      elements: str
      returned: always
    last_modified:
      description: When it was last modified before this run, in milliseconds since 1970. Null if it is new.
      type: int
      returned: always
    last_author:
      description: Who modified it last before this run. Null if it is new.
      type: str
      returned: always
unmanaged:
  description: Objects of the schema and scope that are not declared.
  returned: success
  type: list
  elements: str
  sample: ["'egacy'' (object vu9u3hxa3q0aaaababhidwlsdglu)"]
schema_version:
  description: Version of the schema that the environment has.
  returned: success
  type: str
  sample: 1.0.14
unchecked_constraints:
  description: What the schema demands and only the server can check.
  returned: success
  type: list
  elements: str
  sample: ["rules: CUSTOM_VALIDATOR_REF conditions-count-validator"]
plan_digest:
  description:
    - A short name for what is written. The same in check mode and in the run that does just that; see
      O(approved_plan).
  returned: success, and when the plan is not the approved one
  type: str
  sample: 1:8b1a9953c4611296a827abf8c47804d7
notes:
  description: What else happened on the way, for example waiting for a throttled API, or a conflict.
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
    - {path: "objects[0].value.name", message: "is required"}
done:
  description: Writes that were carried out before one failed.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(label) or V(delete).
      type: str
      returned: always
  sample:
    - {name: Shop, action: update}
failed_writes:
  description: The writes that failed.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(label) or V(delete).
      type: str
      returned: always
  sample:
    - {name: Billing, action: create}
skipped_writes:
  description: Writes that were not tried any more.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(label) or V(delete).
      type: str
      returned: always
  sample:
    - {name: Legacy, action: delete}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import WRITE


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(WRITE)


if __name__ == "__main__":
    main()
