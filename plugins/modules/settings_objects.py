#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ensure that the settings objects of a schema and scope match their declaration."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_objects
short_description: Manage the objects of any Dynatrace settings schema
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Ensures that the objects of one Settings 2.0 schema in one scope match their declaration.
  - The module reads the schema from the environment and validates the whole declaration against it before it writes
    anything. All problems are reported at once. RV(unchecked_constraints) lists the constraints that only the server
    can check.
  - O(policies) about the schema are evaluated for the objects in the scope. With O(state=absent), existing violations
    do not refuse the plan.
  - The module reads the objects once, compares them, and writes only the differences. If nothing differs, it sends one
    request for the schema and one for every 500 objects. New objects are created in batches of up to 100.
  - Declared values are completed with the defaults of the schema. Properties whose precondition is not met are dropped.
    Null is equal to an omitted property, and the order of sets is ignored. Properties that the schema does not define
    are rejected in a declaration and preserved in the environment.
  - Objects that the environment does not allow to be modified or deleted are left unchanged and reported.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
  - community.dynatrace.changes
  - community.dynatrace.policies
  - community.dynatrace.changes.objects
  - community.dynatrace.changes.secrets
options:
  schema_id:
    description:
      - ID of the schema, for example V(builtin:management-zones).
    type: str
    required: true
  scope:
    description:
      - Scope of the objects, for example V(environment) or the ID of an entity such as V(HOST-0123456789ABCDEF).
      - The default is V(environment), if the schema allows it. Otherwise, the environment derives the scope from the
        value, which only some schemas support (for example V(builtin:cloud.kubernetes)), and the objects of all scopes
        are compared.
    type: str
  objects:
    description:
      - The objects. For a schema with one object per scope, a list with one element.
      - If the objects of the schema are ordered, the declared objects are put into the order of this list with as few
        moves as possible. Undeclared objects keep their relative order. A new object is placed after the object that
        precedes it in this list.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name that identifies the object. It is stored in the C(externalId) of the settings object, together with the
            ID of the schema.
          - It can be omitted if the value contains the properties in O(match_on), and for schemas with one object per
            scope.
        type: str
      object_id:
        description:
          - ID of the existing object to adopt if no object has the O(objects[].name). Use it if the schema has no
            property that identifies objects.
        type: str
      adopt_from:
        description:
          - The tool that managed the object before. The existing object is identified by the C(externalId) that this
            tool has set.
        type: dict
        suboptions:
          monaco:
            description:
              - The coordinate of the configuration in Monaco.
            type: dict
            suboptions:
              project:
                description:
                  - Name of the project.
                type: str
              id:
                description:
                  - ID of the configuration. Required.
                type: str
              origin_object_id:
                description:
                  - ID of the object in the environment from which Monaco has downloaded the configuration
                    (C(originObjectId)). An object with this ID is adopted if no object has the external ID of Monaco.
                    The ID exists only in that environment.
                type: str
      value:
        description:
          - The properties of the object, with the property names of the schema. Declare secrets in O(objects[].secrets)
            instead.
          - Required, unless O(state=absent).
        type: dict
      secrets:
        description:
          - The secrets of the object. If a secret is omitted, the stored one is kept. A new object requires all of its
            secrets.
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
      permissions:
        description:
          - Who may read or change the object, besides its owner. Only for schemas with owner-based access control
            (C(ownerBasedAccessControl)), such as those of connections and of OpenPipeline.
          - Permissions that are omitted are left unchanged. If none are declared, none are read. Otherwise, this costs
            one additional request for the object, and one for each user or group whose permissions differ.
          - This requires a platform token or an OAuth client. An object that an access token creates has no owner and
            is open to every user. Permissions would have no effect on it and are therefore rejected.
        type: dict
        suboptions:
          all_users:
            description:
              - What every user of the environment may do.
            type: str
            choices: [none, read, write]
          users:
            description:
              - The users with permissions. Users that are not listed lose theirs. An empty list removes all of them.
            type: list
            elements: dict
            suboptions:
              id:
                description:
                  - UUID of the user. Required.
                type: str
              access:
                description:
                  - What the user may do. V(write) includes reading. Required.
                type: str
                choices: [read, write]
          groups:
            description:
              - The groups with permissions. Groups that are not listed lose theirs. An empty list removes all of them.
            type: list
            elements: dict
            suboptions:
              id:
                description:
                  - UUID of the group. Required.
                type: str
              access:
                description:
                  - What its members may do. V(write) includes reading. Required.
                type: str
                choices: [read, write]
      owner:
        description:
          - UUID of the user that owns the object. If another user owns it, the ownership is transferred, after all
            other changes.
          - Only the owner, or credentials with O(admin_access=true), can transfer an object. The module refuses a
            transfer after which the credentials could no longer access the object. Give them write access with
            O(objects[].permissions) or O(admin_access=true).
          - By default, the owner is kept, and a new object belongs to the user of the credentials.
        type: str
  match_on:
    description:
      - Paths of the properties that identify an object without a name, for example V(name) or V(rule/id).
      - The default is the properties that the schema declares unique.
    type: list
    elements: str
  state:
    description:
      - V(present) ensures that the declared objects exist and match their declaration.
      - V(absent) removes them. Their name, or a value with the properties in O(match_on), is sufficient.
    type: str
    choices: [present, absent]
    default: present
  prune:
    description:
      - Whether to delete all objects of the schema and scope that are not declared.
    type: bool
    default: false
  confirm_prune_all:
    description:
      - Confirms O(prune=true) with an empty list of O(objects), which deletes all objects of the schema and scope.
    type: bool
    default: false
  store_external_id:
    description:
      - Whether to store names in the C(externalId) of settings objects. Otherwise, objects are matched only by
        O(match_on).
    type: bool
    default: true
  explain_drift:
    description:
      - Whether to read the history of the settings in check mode and to return in RV(objects[].changed_by) who caused
        each difference. This costs one additional request if there are differences.
      - If an environment does not provide the history, the result contains a note, and the task does not fail.
    type: bool
    default: false
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
requirements:
  - jsonschema
notes:
  - Secrets in O(objects[].value) are rejected, because Ansible would not hide them there.
  - For user session exports, use M(community.dynatrace.user_session_exports). It applies rules that are not in the
    schema, and does not have to request the schema.
  - A stored secret inside a list is kept only as long as the list does not change. To change the list, declare the
    secret.
seealso:
  - module: community.dynatrace.settings_objects_info
  - module: community.dynatrace.settings_schema_info
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Ensure that two management zones exist, matched by their names
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

- name: Configure a connection whose secret is sent again when it changes
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

- name: Configure the monitoring of a host, a schema with one object per entity
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:host.monitoring.advanced
    scope: HOST-0123456789ABCDEF
    objects:
      - value:
          processAgentInjection: false

- name: Preview exactly these rules in this order, and find out who caused the differences
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:rum.provider-breakdown
    objects: "{{ provider_rules }}"
    prune: true
    explain_drift: true
  check_mode: true
  diff: true

- name: Create a management zone, unless it violates a policy of the inventory
  community.dynatrace.settings_objects:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    objects:
      - value:
          name: Shop
          rules: []
    policies: "{{ dynatrace_policies }}"

- name: Remove a rule
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
  description: The outcome for each declared object, and for each undeclared object that was deleted.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Shop
      operation: updated
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      changed_properties: ["rules[0].enabled"]
      secrets: []
      external_id_state: none
      order_change: ""
      notes: []
      ignored_properties: []
      unknown_properties: []
      last_modified: 1795530636062
      last_modified_time: "2026-11-24T14:30:36Z"
      last_author: jane.doe@example.com
      last_author_is_this_token: false
  contains:
    name:
      description: Name of the object, or the values that identify it.
      type: str
      returned: always
    operation:
      description: V(created), V(updated), V(deleted), or V(unchanged).
      type: str
      returned: always
    object_id:
      description: ID of the settings object. In check mode, null for an object that would be created.
      type: str
      returned: always
    changed_properties:
      description:
        - Properties that differed or whose secret was sent. The entries V((permissions\)) and V((owner\)) stand for
          O(objects[].permissions) and O(objects[].owner).
      type: list
      elements: str
      returned: always
    secrets:
      description: The state of each secret.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: Path of the property.
          type: str
          returned: always
        state:
          description:
            - V(kept), V(set), V(rotated), or V(unverifiable) if it is kept and cannot be compared.
          type: str
          returned: always
        reason:
          description: Reason for the state.
          type: str
          returned: always
    external_id_state:
      description:
        - State of the external ID. V(kept) if it contains the name, V(set) if the name was stored in this run,
          V(foreign) if it belongs to another tool, V(cut) if the environment truncates external IDs, or V(none) if
          there is none.
      type: str
      returned: always
    order_change:
      description: New position of the object, for schemas whose objects are ordered. Empty if the object was not moved.
      type: str
      returned: always
    notes:
      description: Additional remarks.
      type: list
      elements: str
      returned: always
    ignored_properties:
      description: Properties that have no effect because their precondition is not met.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the object has but the schema does not define. They are preserved.
      type: list
      elements: str
      returned: always
    last_modified:
      description: Time of the last modification before this run, in milliseconds since 1970. Null if it is new.
      type: int
      returned: always
    last_modified_time:
      description: The same time in ISO 8601, in UTC. V(null) if it is not known.
      type: str
      returned: always
    last_author:
      description: Author of the last modification before this run. Null if it is new.
      type: str
      returned: always
    last_author_is_this_token:
      description: Whether the last author is the token of this task. Environments record the public part of a token.
      type: bool
      returned: always
    changed_by:
      description:
        - The changes that caused the differences, according to the history of the last year. A difference without a
          known change is not included.
      type: list
      elements: dict
      returned: in check mode, if O(explain_drift=true)
      contains:
        property:
          description:
            - Path of the property, or V((owner\)). Empty if the change concerns the object as a whole. The history does
              not contain permissions.
          type: str
          returned: always
        operation:
          description: V(updated), V(created), V(deleted), or V(moved).
          type: str
          returned: always
        time:
          description: Time of the change in ISO 8601, in UTC. V(null) if it is not known.
          type: str
          returned: always
        author:
          description: Author of the change, a user or the public part of a token. V(null) if it is not known.
          type: str
          returned: always
        by_this_token:
          description: Whether the author is the token of this task.
          type: bool
          returned: always
        source:
          description: The interface through which the change was made, as reported by the environment.
          type: str
          returned: always
        before:
          description: Value of the property before the change. V(null) if it was not set.
          type: raw
          returned: always
        after:
          description: Value of the property after the change. V(null) if it was not set.
          type: raw
          returned: always
unmanaged:
  description: Undeclared objects of the schema and scope.
  returned: success
  type: list
  elements: str
  sample: ["'Legacy' (object vu9U3hXa3q0AAAABABhidWlsdGlu)"]
unmanaged_objects:
  description: The undeclared objects as structured data.
  returned: success
  type: list
  elements: dict
  sample:
    - name: by-hand.example.com
      object_id: vu9U3hXa3q0AAAABADVidWlsdGluOmVsYXN0aWNzZWFyY2g
      last_modified: 1795530636062
      last_modified_time: "2026-11-24T14:30:36Z"
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the object, as returned by the info module.
      type: str
      returned: always
    object_id:
      description: ID of the object.
      type: str
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
unchecked_constraints:
  description: Constraints of the schema that only the server can check.
  returned: success
  type: list
  elements: str
  sample: ["rules: CUSTOM_VALIDATOR_REF conditions-count-validator"]
policy_violations:
  description:
    - The violations of O(policies), including those with the severity V(warning). If a policy refuses the plan, the
      module fails and returns them.
  returned: if O(policies) is not empty
  type: list
  elements: dict
  contains:
    policy:
      description: Name of the policy.
      type: str
      returned: always
    severity:
      description: V(error) or V(warning).
      type: str
      returned: always
    overridden:
      description: Whether O(policy_overrides) keeps the policy from refusing the plan.
      type: bool
      returned: always
    message:
      description: The message of the policy.
      type: str
      returned: always
    schema_id:
      description: ID of the schema.
      type: str
      returned: always
    scope:
      description: Scope of the object.
      type: str
      returned: always
    object:
      description: Name of the object. Empty if the policy is about the list of all objects.
      type: str
      returned: always
    violated_by:
      description: V(desired) if the declaration violates the policy, V(current) if the environment does.
      type: str
      returned: always
    repaired:
      description: Whether the run ends the violation. Then it does not refuse the plan.
      type: bool
      returned: always
    problems:
      description: The violated rules, each with C(path) and C(message). They contain no values.
      type: list
      elements: dict
      returned: always
    source:
      description: Where the policy comes from.
      type: str
      returned: always
  sample:
    - policy: zone-names
      severity: error
      overridden: true
      message: ""
      schema_id: builtin:management-zones
      scope: environment
      object: shop
      violated_by: desired
      repaired: false
      problems:
        - {path: name, message: "must match the pattern ^[A-Z]"}
      source: "dynatrace_policies (group all, group_vars/all/policies.yml:2)"
plan_digest:
  description:
    - Digest of the planned writes. Check mode and a run that carries out the same plan return the same digest. See
      O(approved_plan).
  returned: success, and when the plan does not match the approved one
  type: str
  sample: 1:8b1a9953c4611296a827abf8c47804d7
notes:
  description: Other events of the run, for example a wait for an API that throttles, or a conflict.
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
    - {path: "objects[0].value.name", message: "is required"}
completed_writes:
  description: Writes that were completed before the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), V(replace), V(delete), V(set_permissions), or
        V(transfer_ownership).
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
      description: V(create), V(update), V(set_external_id), V(replace), V(delete), V(set_permissions), or
        V(transfer_ownership).
      type: str
      returned: always
  sample:
    - {name: Billing, action: create}
skipped_writes:
  description: Writes that were skipped because of the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), V(replace), V(delete), V(set_permissions), or
        V(transfer_ownership).
      type: str
      returned: always
  sample:
    - {name: Legacy, action: delete}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import WRITE


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(WRITE)


if __name__ == "__main__":
    main()
