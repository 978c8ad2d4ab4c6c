#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ensure that the settings of an environment match their declaration."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings
short_description: Manage all declared settings of a Dynatrace environment
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Ensures that the objects of any number of Settings 2.0 schemas in one environment match their declaration.
  - The module validates all declarations against the schemas of the environment before it writes anything, and reports
    all problems at once.
  - The module reads the objects of each schema once, and several schemas in parallel. If nothing differs, it sends one
    request for each schema, and one for the list of schemas. Each version of a schema document is requested only once,
    and kept for the other environments of the run.
  - All declarations together have one plan, with one RV(plan_digest). An object is written after the objects that it
    refers to. Deletions follow in the opposite order.
  - To refer to another object by its name, use the filter P(community.dynatrace.object_id#filter).
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
  - community.dynatrace.changes
  - community.dynatrace.changes.objects
  - community.dynatrace.changes.secrets
  - community.dynatrace.policies
options:
  declarations:
    description:
      - The declarations. Each applies to one schema and scope. Several declarations of the same schema and scope are
        combined.
      - Messages call the first one C(declarations[0]).
      - Required. An empty list declares nothing.
    type: list
    elements: dict
    suboptions:
      schema_id:
        description:
          - ID of the schema, for example V(builtin:management-zones).
          - Required.
        type: str
      scope:
        description:
          - Scope of the objects, for example V(environment) or the ID of an entity such as V(HOST-0123456789ABCDEF).
          - The default is V(environment), if the schema allows it. Otherwise, the environment derives the scope from
            the value, and the objects of all scopes are compared.
        type: str
      objects:
        description:
          - The objects. For a schema with one object per scope, a list with one element.
          - Required. An empty list declares nothing.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - Name that identifies the object. It is stored in the C(externalId) of the settings object, together with
                the ID of the schema. Other objects can refer to it by this name.
              - It can be omitted if the value contains the properties in O(declarations[].match_on), and for schemas
                with one object per scope.
            type: str
          object_id:
            description:
              - ID of the existing object to adopt if no object has the O(declarations[].objects[].name).
            type: str
          adopt_from:
            description:
              - The tool that managed the object before. The existing object is identified by the C(externalId) that
                this tool has set.
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
                        (C(originObjectId)). An object with this ID is adopted if no object has the external ID of
                        Monaco. The ID exists only in that environment.
                    type: str
          value:
            description:
              - The properties of the object, with the property names of the schema, or all of them in snake_case.
              - Declare secrets in O(declarations[].objects[].secrets) instead.
              - Required, unless O(declarations[].state=absent).
            type: dict
          secrets:
            description:
              - The secrets of the object. If a secret is omitted, the stored one is kept. A new object requires all of
                its secrets.
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
              - Permissions that are omitted are left unchanged. If none are declared, none are read. Otherwise, this
                costs one additional request for the object, and one for each user or group whose permissions differ.
              - This requires a platform token or an OAuth client. An object that an access token creates has no owner
                and is open to every user. Permissions would have no effect on it and are therefore rejected.
            type: dict
            suboptions:
              all_users:
                description:
                  - What every user of the environment may do.
                type: str
                choices: [none, read, write]
              users:
                description:
                  - The users with permissions. Users that are not listed lose theirs. An empty list removes all of
                    them.
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
                  - The groups with permissions. Groups that are not listed lose theirs. An empty list removes all of
                    them.
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
                O(declarations[].objects[].permissions) or O(admin_access=true).
              - By default, the owner is kept, and a new object belongs to the user of the credentials.
            type: str
      match_on:
        description:
          - Paths of the properties that identify an object without a name, for example V(name) or V(rule/id).
          - The default is the properties that the schema declares unique.
        type: list
        elements: str
      ordered:
        description:
          - Whether to put the declared objects into the order of their declaration. Only for schemas with ordered
            objects. The default is V(true) for these schemas.
        type: bool
      prune:
        description:
          - Whether to delete all objects of the schema and scope that are not declared. The default is V(false).
        type: bool
      confirm_prune_all:
        description:
          - Confirms O(declarations[].prune=true) if no object is declared, which deletes all objects of the schema and
            scope. The default is V(false).
        type: bool
      state:
        description:
          - V(present) ensures that the declared objects exist and match their declaration. This is the default.
          - V(absent) removes them. Their name, or a value with the properties in O(declarations[].match_on), is
            sufficient.
        type: str
        choices: [present, absent]
      source:
        description:
          - Origin of the declaration, for the result. The role sets it to the variable and its group or host.
          - An object replaces the one with the same name, or the same identifying properties, from an earlier
            declaration with another source.
        type: str
  store_external_id:
    description:
      - Whether to store names in the C(externalId) of settings objects. Otherwise, objects are matched only by
        O(declarations[].match_on).
    type: bool
    default: true
  explain_drift:
    description:
      - Whether to read the history of the settings in check mode and to return in C(changed_by) of each object who
        caused each difference. This costs one additional request for each schema with differences.
      - An environment that does not provide the history causes a note, not a failure.
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
      - Maximum number of objects to read for each schema. If the environment lists more, the module fails.
    type: int
    default: 20000
  backup_directory:
    description:
      - Directory for a backup of the objects of each schema that changes, before the first write. The file has the
        format of M(community.dynatrace.settings_to_vars), and a new name in each run. It contains no secrets.
      - Missing directories are created. By default, no backup is made.
    type: path
  accept_directory:
    description:
      - Directory in which to save, in check mode, the inventory variables that would accept the current state. The file
        declares the objects that differ as they are, with references by name and without their secrets. Move it to the
        C(host_vars) of the host to accept them.
      - Its variable, C(dynatrace_settings__accepted_TIME), takes precedence over other declarations of the same objects
        in the inventory.
      - Declared objects that do not exist, and a different order, are only named in a comment.
      - By default, or if nothing differs, no file is written.
    type: path
  schema_cache_directory:
    description:
      - Directory in which to keep schema documents by server, schema, and version, for later runs and for other
        environments on the same servers.
      - The default is a temporary directory of the run, if the module runs on the controller. Otherwise, documents are
        not kept.
    type: path
requirements:
  - jsonschema
notes:
  - Messages, results, and diffs contain the names of objects instead of their IDs if the run has read these objects.
  - If a value contains the ID of an object that does not exist in the environment, the module issues a warning.
  - An object is deleted before the objects that it refers to. If the schema has C(deletionConstraints), and an object
    that remains refers to an object that would be deleted, nothing is written. To find such references, the module
    reads the schemas that can contain them, with one additional request each.
seealso:
  - module: community.dynatrace.settings_objects
  - module: community.dynatrace.settings_schema_info
  - plugin: community.dynatrace.object_id
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ensure that a management zone and an alerting profile that refers to it exist
  community.dynatrace.settings:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    declarations:
      - schema_id: builtin:management-zones
        objects:
          - name: shop
            value:
              name: Shop
              rules: []
      - schema_id: builtin:appsec.notification-alerting-profile
        objects:
          - name: shop
            value:
              name: Shop
              enabled: true
              enabled_risk_levels: [CRITICAL]
              enabled_trigger_events: [SECURITY_PROBLEM_OPENED]
              management_zone: "{{ 'builtin:management-zones' | community.dynatrace.object_id('shop') }}"

- name: Preview the removal of a zone, with the digest of the plan
  community.dynatrace.settings:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    declarations:
      - schema_id: builtin:management-zones
        state: absent
        objects:
          - value:
              name: Old
  check_mode: true
  diff: true

- name: Save the declaration that would keep a manual change to a zone
  community.dynatrace.settings:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    declarations:
      - schema_id: builtin:management-zones
        objects:
          - name: shop
            value:
              name: Shop
    accept_directory: accepted/shop
  check_mode: true

- name: Refuse a management zone whose name does not begin with a capital letter
  community.dynatrace.settings:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    declarations:
      - schema_id: builtin:management-zones
        objects:
          - value:
              name: Shop
              rules: []
    policies:
      - name: zone-names
        match:
          schema_ids: ["builtin:management-zones"]
        schema:
          properties:
            name: {pattern: "^[A-Z]"}
"""

RETURN = r"""
---
schemas:
  description: The outcome for each schema and scope.
  returned: success
  type: list
  elements: dict
  contains:
    schema_id:
      description: ID of the schema.
      type: str
      returned: always
    scope:
      description: Scope of the objects. Empty if the environment derives it from the values.
      type: str
      returned: always
    changed:
      description: Whether anything was or would be written.
      type: bool
      returned: always
    schema_version:
      description: Version of the schema in the environment.
      type: str
      returned: always
    unchecked_constraints:
      description: Constraints of the schema that only the server can check.
      type: list
      elements: str
      returned: always
    objects:
      description:
        - The outcome for each declared object, and for each undeclared object that was deleted, in the format of
          RV(community.dynatrace.settings_objects#module:objects).
        - C(source) is the variable that declares the object, and the group, host, or file that defines it, as far as
          Ansible records it.
      type: list
      elements: dict
      returned: always
    unmanaged_objects:
      description:
        - Undeclared objects of the schema and scope, in the format of
          RV(community.dynatrace.settings_objects#module:unmanaged_objects).
      type: list
      elements: dict
      returned: always
  sample:
    - schema_id: builtin:management-zones
      scope: environment
      changed: true
      schema_version: 1.0.13
      unchecked_constraints: []
      objects:
        - {name: Shop, operation: created, source: "dynatrace_settings (group all, group_vars/all.yml:3)"}
      unmanaged_objects: []
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
      description: Whether the run repairs the violation. If so, the violation does not refuse the plan.
      type: bool
      returned: always
    problems:
      description: The violated rules, each with C(path) and C(message). They contain no values.
      type: list
      elements: dict
      returned: always
    source:
      description: Origin of the policy. See O(policies[].source).
      type: str
      returned: always
  sample:
    - policy: exports-authenticate
      severity: warning
      overridden: false
      message: ""
      schema_id: builtin:elasticsearch.user-session-export-settings-v2
      scope: environment
      object: archive
      violated_by: desired
      repaired: false
      problems:
        - {path: authentication.active, message: "must be one of: true"}
      source: "dynatrace_policies (group all, group_vars/all/policies.yml:2)"
plan_digest:
  description:
    - Digest of the planned writes. Check mode and a run that carries out the same plan return the same digest. See
      O(approved_plan).
  returned: success, and when the plan does not match the approved one
  type: str
  sample: 1:8b1a9953c4611296a827abf8c47804d7
accept_file:
  description: Path of the file with variables that would accept the current state. V(null) if nothing differs.
  returned: in check mode, if O(accept_directory) is set
  type: str
  sample: /home/ansible/accepted/shop/settings_accepted_20261124T143036.yml
backup_file:
  description: Path of the backup.
  returned: if O(backup_directory) is set and something was written
  type: str
  sample: backups/abc12345.settings.20261124T143036.123456Z.yml
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
    - {path: "declarations[0].objects[0].value.name", message: "is required"}
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
    schema_id:
      description: ID of its schema.
      type: str
      returned: always
  sample:
    - {name: Shop, action: update, schema_id: "builtin:management-zones"}
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
    schema_id:
      description: ID of its schema.
      type: str
      returned: always
  sample:
    - {name: Billing, action: create, schema_id: "builtin:management-zones"}
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
    schema_id:
      description: ID of its schema.
      type: str
      returned: always
  sample:
    - {name: Legacy, action: delete, schema_id: "builtin:management-zones"}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import SETTINGS


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(SETTINGS)


if __name__ == "__main__":
    main()
