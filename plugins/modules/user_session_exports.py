#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ensure that the user session exports of an environment match their declaration."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports
short_description: Manage the user session exports of a Dynatrace environment
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Ensures that the user session exports of one environment match their declaration. An environment has up to three
    exports. Each sends finished user sessions to an HTTPS endpoint, for example Elasticsearch.
  - The module reads the exports once, compares them, and writes only the differences. If nothing differs, it sends one
    request.
  - The Settings 2.0 schema is C(builtin:elasticsearch.user-session-export-settings-v2). The options mirror it one to
    one. Omitted options take the schema's default, and a declared export is its whole desired state. Properties that a
    newer server has but the published schema does not define are preserved.
  - All input is validated before anything is sent, and all problems are reported at once.
extends_documentation_fragment:
  - community.dynatrace.exports
  - community.dynatrace.connection
  - community.dynatrace.attributes
  - community.dynatrace.changes
  - community.dynatrace.changes.secrets
  - community.dynatrace.policies
options:
  state:
    description:
      - V(present) ensures that the declared exports exist and match their declaration.
      - V(absent) removes the declared exports. Their O(exports[].name) is sufficient. With
        O(exports[].endpoint_definition.endpoint_url), an export without an external ID is matched as well.
      - V(disabled) and V(enabled) disable and enable existing exports and change nothing else. Their O(exports[].name)
        is sufficient, or O(all_exports=true). An export without an external ID has the name that
        M(community.dynatrace.user_session_exports_info) returns.
    type: str
    choices: [present, absent, disabled, enabled]
    default: present
  rotate_secrets:
    description:
      - Whether to send only the declared secrets of existing exports and change nothing else. With
        O(secret_fingerprint_key), only changed secrets are sent.
      - Each export needs its O(exports[].name) and its secrets. Other properties can be declared, but are not compared.
    type: bool
    default: false
  names:
    description:
      - Names of the exports to process with O(state=absent), O(state=disabled), O(state=enabled), or
        O(rotate_secrets=true), instead of O(exports).
      - With O(rotate_secrets=true), the secrets come from the exports in O(exports) that have these names. A name that
        O(exports) does not contain is skipped and returned in RV(undeclared_names).
    type: list
    elements: str
  all_exports:
    description:
      - Whether to apply O(state=disabled) or O(state=enabled) to every export of the environment, declared or not.
        O(exports) must then be empty.
    type: bool
    default: false
  paused_exports:
    description:
      - Names of exports that stay paused with O(state=present), whatever their
        O(exports[].endpoint_definition.enable_user_session_export) is. Names of exports that are not declared are
        ignored.
      - If options come from variables, the default is the variable C(dynatrace_paused_exports). It keeps exports paused
        that the playbook C(community.dynatrace.disable) has paused.
    type: list
    elements: str
  prune:
    description:
      - Whether to delete all exports that are not declared.
    type: bool
    default: false
  confirm_prune_all:
    description:
      - Confirms O(prune=true) with an empty list of O(exports), which deletes all exports of the environment.
    type: bool
    default: false
  adopt:
    description:
      - What to do with an export that matches a declared one by endpoint URL, index, and management zone, but does not
        have its name.
      - V(without_external_id) adopts it. Its name is stored in the external ID if all of its secrets are declared or it
        has none. An external ID of another tool is left unchanged.
      - V(any) also replaces the external ID of another tool.
      - V(never) fails instead of creating a duplicate. It requires external IDs, because without them, exports are
        matched only by these properties.
    type: str
    choices: [without_external_id, any, never]
    default: without_external_id
  store_external_id:
    description:
      - Whether to store the name in the C(externalId) of the settings object. Set it to V(false) for environments that
        do not keep external IDs. Exports are then matched only by endpoint URL, index, and management zone. Existing
        external IDs are kept.
    type: bool
    default: true
  explain_drift:
    description:
      - Whether to read the history of the settings in check mode and to return in RV(exports[].changed_by) who caused
        each difference. This costs one additional request if there are differences.
      - If an environment does not provide the history, the result contains a note, and the task does not fail.
    type: bool
    default: false
  schema_source:
    description:
      - The schema that validates the declared exports and provides their defaults.
      - V(published) is the latest version that Dynatrace has published. The collection includes it.
      - V(environment) is the version of the environment. It requires one additional request. RV(schema_differences)
        lists
        the differences from the published version.
    type: str
    choices: [published, environment]
    default: published
  backup_directory:
    description:
      - Directory in which to save the current exports before anything is changed. If saving fails, nothing is changed.
      - Each run creates a new file, named after the environment and the time, in the format that
        M(community.dynatrace.user_session_exports_to_vars) writes. It contains no secrets. See RV(backup_file).
    type: path
  accept_directory:
    description:
      - Directory in which to save, in check mode, the inventory variables that would accept the current state. The file
        declares the exports that differ as they are, without their secrets. Move it to the C(host_vars) of the host to
        accept them. Its declarations take precedence over those of the same exports elsewhere in the inventory.
      - A declared export that does not exist is only named in a comment. To accept that it is missing, remove its
        declaration.
      - By default, or if nothing differs, no file is written.
    type: path
  check_token:
    description:
      - Whether to look up the scopes and the expiry date of the access token. See RV(token). This costs one additional
        request.
      - If the token is not allowed to look itself up, RV(notes) says so, and the task does not fail.
    type: bool
    default: false
  endpoint_validation:
    description:
      - What to do about declared exports that cannot work at their endpoints, as far as this can be determined without
        a connection. Examples are an index name that Elasticsearch does not allow, a URL that does not end in C(_bulk)
        with O(exports[].send_direct), and a content type that Dynatrace does not document. The validation sends no
        request. Only with O(state=present).
      - V(warn) issues a warning, in check mode as well. V(strict) fails before anything is sent. V(ignore) skips the
        validation.
    type: str
    choices: [ignore, warn, strict]
    default: warn
  endpoint_check:
    description:
      - Whether to check the endpoints of the declared exports before anything is written. The checks run on the host on
        which the module runs. If an endpoint would not accept what Dynatrace sends, nothing is written and the task
        fails. Only
        with O(state=present).
      - V(connect) and V(send) are the modes of M(community.dynatrace.user_session_exports_endpoint_check).
        RV(endpoint_checks) contains the findings. With V(send), the task reports a change if sample sessions remain at
        an endpoint.
    type: str
    choices: ["no", connect, send]
    default: "no"
  endpoint_check_ca_path:
    description:
      - Path to a file with CA certificates in PEM format that O(endpoint_check) trusts instead of those of the system.
    type: path
  endpoint_check_proxy:
    description:
      - URL of the HTTP proxy that O(endpoint_check) uses to connect to endpoints, for example
        V(http://proxy.example.com:3128).
    type: str
requirements:
  - jsonschema
notes:
  - O(exports) is required. With O(vars_prefix), it can also come from the variable that is named after the prefix and
    C(slots), for example C(user_session_exports_slots).
  - Secrets never appear in results and diffs. They are replaced with V((kept\)), V((set\)), V((rotated\)),
    V((unverifiable\)), or V((stored\)).
seealso:
  - module: community.dynatrace.user_session_exports_info
  - module: community.dynatrace.user_session_exports_endpoint_check
"""

EXAMPLES = r"""
- name: Send all sessions to Elasticsearch, and those of the shop to an archive
  community.dynatrace.user_session_exports:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    exports:
      - name: elasticsearch
        endpoint_definition:
          endpoint_url: https://elastic.example.com:9200/_bulk
          content_type: application/x-ndjson
          use_post: true
        authentication:
          active: true
          basic_auth:
            username: dynatrace
            password: "{{ vault_elastic_password }}"
        send_direct:
          active: true
          index_name: user-sessions
      - name: archive
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: oauth2
          oauth2:
            access_token_url: https://login.example.com/oauth2/token
            client_id: dynatrace
            client_secret: "{{ vault_archive_client_secret }}"
        export_behavior:
          management_zone: Shop

- name: Preview changes and removals, find out who caused the differences, and save variables that accept them
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    exports: "{{ exports }}"
    prune: true
    explain_drift: true
    accept_directory: accepted
  check_mode: true
  diff: true

- name: Rotate the secrets
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    exports: "{{ exports }}"
    update_secrets: always

- name: Remove one export
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    state: absent
    exports:
      - name: archive

- name: Disable all exports during a change, declared or not
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    state: disabled
    all_exports: true
    exports: []

- name: Send a new password and change nothing else
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    rotate_secrets: true
    exports:
      - name: archive
        authentication:
          basic_auth:
            password: "{{ vault_archive_password }}"

- name: Refuse an export that does not authenticate
  community.dynatrace.user_session_exports:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    exports:
      - name: archive
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          basic_auth:
            username: dynatrace
            password: "{{ vault_archive_password }}"
    policies:
      - name: exports-authenticate
        match:
          schema_ids: ["builtin:elasticsearch.user-session-export-settings-v2"]
        schema:
          properties:
            authentication:
              properties:
                active: {const: true}
              required: [active]
          required: [authentication]
        msg: Ensure that the endpoint requires authentication.
"""

RETURN = r"""
---
exports:
  description: The outcome for each declared export, and for each undeclared export that was deleted.
  returned: success
  type: list
  elements: dict
  sample:
    - name: archive
      operation: updated
      object_id: vu9U3hXa3q0AAAABADVidWlsdGlu
      changed_properties: [endpoint_definition.enable_user_session_export]
      secrets:
        - path: authentication.basic_auth.password
          state: kept
          reason: "update_secrets is with_updates, so the stored secret is kept"
      external_id_state: kept
      notes: []
      ignored_options: []
      unknown_properties: []
      last_modified: 1795530636062
      last_modified_time: "2026-11-24T14:30:36Z"
      last_author: jane.doe@example.com
      last_author_is_this_token: false
      value:
        name: archive
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          enable_user_session_export: true
          content_type: application/json
          use_post: false
        authentication: {active: true, auth_type: basic, basic_auth: {username: dynatrace}}
        send_direct: {active: false}
        export_behavior: {disable_notification: false}
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    operation:
      description: V(created), V(updated), V(deleted), or V(unchanged).
      type: str
      returned: always
    object_id:
      description: ID of the settings object. In check mode, null for an export that would be created.
      type: str
      returned: always
    changed_properties:
      description: Options that differed or whose secret was sent.
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
          description: Path of the option.
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
    notes:
      description: Additional remarks.
      type: list
      elements: str
      returned: always
    ignored_options:
      description: Options that have no effect because their section is not active.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the server has but the published schema does not define. They are preserved.
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
    management_zone_id:
      description: ID of the management zone, whose name is in RV(exports[].value). Null if the export has no zone.
      type: str
      returned: when an export declares its management zone by name
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
          description: Path of the property. Empty if the change concerns the export as a whole.
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
    value:
      description:
        - The export after the run, in the format of O(exports), without secrets, options that have no effect, and
          unknown properties. Null for an export that no longer exists.
      type: dict
      returned: always
unmanaged:
  description: Undeclared exports of the environment, each with its endpoint and its object ID.
  returned: success
  type: list
  elements: str
  sample: ["unnamed to https://by-hand.example.com/in (object vu9U3hXa3q0AAAABADVidWlsdGlu)"]
unmanaged_objects:
  description: The undeclared exports as structured data.
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
slots:
  description: Slots of the environment after the run.
  returned: success
  type: dict
  contains:
    used:
      description: Number of exports in the environment.
      type: int
      returned: always
    free:
      description: Number of exports that can still be created.
      type: int
      returned: always
    maximum:
      description: Maximum number of exports.
      type: int
      returned: always
  sample: {used: 2, free: 1, maximum: 3}
undeclared_names:
  description: The O(names) that O(exports) does not contain, and for which there are therefore no secrets to send.
  returned: if O(rotate_secrets=true) and there are any
  type: list
  elements: str
  sample: [archive]
declared_in:
  description:
    - The variable that declares each export, and the group, host or file that defines it, as far as Ansible records it.
      The keys are the names of the exports.
  returned: if exports come from variables with a suffix, such as C(user_session_exports_slots__shop)
  type: dict
  sample: {archive: "user_session_exports_slots__shop (group shop, group_vars/shop.yml:3)"}
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
  description: Path of the file that would accept the current state. V(null) if there are no differences.
  returned: in check mode, if O(accept_directory) is set
  type: str
  sample: /inventory/accepted/shop/user_session_exports_accepted_20261124T143036.yml
backup_file:
  description: Path of the backup file.
  returned: if O(backup_directory) is set and something was changed
  type: str
  sample: backups/abc12345.20261123T120000.000000Z.yml
token:
  description: Information about the access token. Null if it is unavailable. See RV(notes).
  returned: if O(check_token=true)
  type: dict
  contains:
    scopes:
      description: Scopes of the token.
      type: list
      elements: str
      returned: always
    missing_scopes:
      description: Scopes that are required for reading and writing exports and that the token lacks.
      type: list
      elements: str
      returned: always
    expires:
      description: Expiry date in ISO 8601. Null if the token does not expire.
      type: str
      returned: always
  sample: {scopes: [settings.read], missing_scopes: [settings.write], expires: "2027-01-31T00:00:00.000Z"}
schema_version:
  description: Version of the schema in the environment.
  returned: if O(schema_source=environment)
  type: str
  sample: 0.0.214
schema_differences:
  description: How the schema of the environment differs from the published one.
  returned: if O(schema_source=environment), and when the server rejects a write because of such a difference
  type: list
  elements: str
  sample: ["export_behavior.sampleRate is new: integer, default 100"]
endpoint_checks:
  description:
    - Findings about the endpoint of each export, in the format of
      RV(community.dynatrace.user_session_exports_endpoint_check#module:checks).
  returned: if O(endpoint_check) is V(connect) or V(send)
  type: list
  elements: dict
  sample:
    - name: archive
      endpoint: https://archive.example.com/sessions
      ok: true
      findings:
        - code: reached
          severity: ok
          export: archive
          option: exports[0].endpoint_definition.endpoint_url
          message: archive.example.com:443 at 192.0.2.7, TLSv1.3, certificate valid for 111 days
          remediation: ""
      connections: []
      elasticsearch: {}
      oauth_client_auth: ""
      samples: {sent: 0, deleted: 0}
      samples_retained: false
      seconds: 0.13
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
    - {path: "exports[0].endpoint_definition.endpoint_url", message: "must be an https URL"}
completed_writes:
  description: Writes that were completed before the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), V(replace), or V(delete).
      type: str
      returned: always
  sample:
    - {name: archive, action: update}
failed_writes:
  description: The write that failed.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), V(replace), or V(delete).
      type: str
      returned: always
  sample:
    - {name: billing, action: create}
skipped_writes:
  description: Writes that were skipped because of the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), V(replace), or V(delete).
      type: str
      returned: always
  sample:
    - {name: legacy, action: delete}
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
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(WRITE)


if __name__ == "__main__":
    main()
