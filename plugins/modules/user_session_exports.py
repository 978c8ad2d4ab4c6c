#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the user session exports of an environment be what is declared."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports
short_description: Manage the user session exports of a Dynatrace environment
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes the user session exports of one environment be what is declared. An environment takes up to three of them;
    each sends finished real-user sessions to an HTTPS endpoint, for example Elasticsearch.
  - The exports are read once and compared. Only what differs is written, so a run that finds nothing to do sends one
    request.
  - The Settings 2.0 schema is C(builtin:elasticsearch.user-session-export-settings-v2). The options mirror it one to
    one. An option that is not given means the default of the schema; a declared export is its whole desired state.
    Properties that a newer server has and the published schema does not know are left untouched.
  - All input is checked before anything is sent, and all errors are reported at once.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
options:
  exports:
    description:
      - The exports, at most three. The order has no meaning.
      - Required. With O(vars_prefix) they can come from a variable too, whose name is the prefix and C(slots).
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name by which the export is found again. It is kept in the C(externalId) of the settings object.
          - An export without such a label (made by hand, or by another tool) is found by its endpoint URL, index and
            management zone together; see O(adopt).
          - Required.
        type: str
      endpoint_definition:
        description:
          - Where sessions are sent to.
        type: dict
        suboptions:
          endpoint_url:
            description:
              - HTTPS URL that receives the sessions, at most 500 characters.
              - Required, unless O(state=absent).
            type: str
          enable_user_session_export:
            description:
              - Whether the export runs. V(false) pauses it.
              - The default is V(true).
            type: bool
          content_type:
            description:
              - Content type of what is sent, V(application/json) or V(application/x-ndjson).
              - The default is V(application/json).
            type: str
          use_post:
            description:
              - Whether to send with POST instead of PUT.
              - The default is V(false).
            type: bool
      authentication:
        description:
          - How Dynatrace authenticates itself at the endpoint.
        type: dict
        suboptions:
          active:
            description:
              - Whether Dynatrace authenticates itself. Without it everything else in here is ignored.
              - The default is V(false).
            type: bool
          auth_type:
            description:
              - Kind of authentication.
              - The default is V(basic).
            type: str
            choices: [basic, oauth2]
          basic_auth:
            description:
              - Credentials for basic authentication. Required if O(exports[].authentication.auth_type=basic).
            type: dict
            suboptions:
              username:
                description:
                  - User name. Required.
                type: str
              password:
                description:
                  - Password. Not given means to keep the one that is stored; a new export needs it.
                  - See O(update_secrets) for when it is sent.
                type: raw
          oauth2:
            description:
              - Credentials for OAuth 2.0. Required if O(exports[].authentication.auth_type=oauth2).
            type: dict
            suboptions:
              grant_type:
                description:
                  - Kind of grant.
                  - The default is V(clientCredentials).
                type: str
                choices: [clientCredentials]
              access_token_url:
                description:
                  - HTTPS URL where Dynatrace gets its token for the endpoint. Required.
                type: str
              client_id:
                description:
                  - Client ID. Required.
                type: str
              client_secret:
                description:
                  - Client secret. Not given means to keep the one that is stored; a new export needs it.
                  - See O(update_secrets) for when it is sent.
                type: raw
              scope:
                description:
                  - Scope of access to ask for.
                type: str
              send_credentials:
                description:
                  - How the client sends its credentials.
                  - The default is V(header).
                type: str
                choices: [header]
      send_direct:
        description:
          - Sending directly to Elasticsearch, with an action line in front of each session.
        type: dict
        suboptions:
          active:
            description:
              - Whether the endpoint is the C(_bulk) URL of an Elasticsearch.
              - The default is V(false).
            type: bool
          index_name:
            description:
              - Index that receives the sessions. Required if O(exports[].send_direct.active=true).
            type: str
          doc_type:
            description:
              - Type of the documents. V(_doc) for Elasticsearch 7; leave it out for Elasticsearch 8.
            type: str
      export_behavior:
        description:
          - What is exported, and what happens when it fails.
        type: dict
        suboptions:
          management_zone:
            description:
              - Export only sessions of this management zone, given by its name or its ID.
              - A name costs one more request.
            type: str
          disable_notification:
            description:
              - Whether to be silent about a failing export.
              - The default is V(false).
            type: bool
          custom_configuration:
            description:
              - Further properties, as given by Dynatrace support. Passed on as they are.
            type: str
  state:
    description:
      - V(present) makes the declared exports be there as they are declared.
      - V(absent) removes the declared exports. Their O(exports[].name) is enough; with
        O(exports[].endpoint_definition.endpoint_url) an export without a label is found as well.
      - V(disabled) and V(enabled) stop exports that are there and let them run again, and change nothing else of them.
        Their O(exports[].name) is enough, or O(all_exports=true). An export without a label has the name that
        M(community.dynatrace.user_session_exports_info) gives it.
      - V(rotated) sends the declared secrets of exports that are there, and changes nothing else of them. With
        O(secret_fingerprint_key) only those that have changed.
    type: str
    choices: [present, absent, disabled, enabled, rotated]
    default: present
  all_exports:
    description:
      - With O(state=disabled) or O(state=enabled), every export of the environment is meant, declared or not. Then
        O(exports) must be empty.
    type: bool
    default: false
  prune:
    description:
      - Whether to delete every export that is not declared.
    type: bool
    default: false
  confirm_prune_all:
    description:
      - Confirms that O(prune=true) with empty O(exports) is meant, and deletes every export of the environment.
    type: bool
    default: false
  update_secrets:
    description:
      - The API never returns a secret, so a changed one cannot be seen.
      - V(on_create) sends a secret when there is none yet, and keeps the stored one otherwise. This is the default if
        O(secret_fingerprint_key) is not given.
      - V(on_change) sends the secrets of an export when they are not those that were sent last. A keyed fingerprint of
        them is kept with the name of the export. This is the default if O(secret_fingerprint_key) is given.
      - V(always) sends the declared secrets with every run, and always reports a change.
      - A secret that was replaced by hand cannot be seen. RV(exports[].last_author) and RV(exports[].last_modified)
        tell who was there last.
    type: str
    choices: [on_create, on_change, always]
  secret_fingerprint_key:
    description:
      - Key for the fingerprints of O(update_secrets=on_change), from the vault. At least 16 random characters.
      - A fingerprint is an HMAC-SHA256 over environment, name and secrets. Without the key it tells nobody anything but
        that something has changed.
    type: str
  secret_fingerprint_previous_key:
    description:
      - The key before O(secret_fingerprint_key), for the first runs after a change of keys. It tells whether a secret
        has changed meanwhile.
    type: str
  adopt:
    description:
      - What to do with an export that matches a declared one by endpoint URL, index and management zone, and does not
        carry its name.
      - V(without_external_id) takes it over. Its name is stored with it, if all of its secrets are declared or it
        has none. The
        label of another tool stays as it is.
      - V(any) also replaces the label of another tool.
      - V(never) refuses, with an error, instead of making a second export of the same. It needs labels, because
        without them exports are found by nothing but that.
    type: str
    choices: [without_external_id, any, never]
    default: without_external_id
  store_external_id:
    description:
      - Whether the name is kept in the C(externalId) of the settings object. For environments that do not keep it, say
        V(false); exports are then found by endpoint URL, index and management zone only. Labels that are there stay.
    type: bool
    default: true
  server_validation:
    description:
      - Whether the server validates the planned writes in check mode (C(validateOnly)), one request for each.
      - A token that may not write gives a warning then, not a failure.
    type: bool
    default: true
  approved_plan:
    description:
      - The RV(plan_digest) of the plan that was reviewed. If the plan is another by now, nothing is written, and the
        task fails. A run that finds nothing to do passes.
      - The digest does not tell one new value of a secret from another.
    type: str
  schema_source:
    description:
      - The schema that declared exports are checked against and completed with.
      - V(published) is the newest version that Dynatrace has published. It is part of this collection.
      - V(environment) is the version that the environment has. It takes one more request, and how it differs from the
        published one is told in RV(schema_differences).
    type: str
    choices: [published, environment]
    default: published
  backup_directory:
    description:
      - Where to write, before anything is changed, what was there. If that fails, nothing is changed.
      - Each time it is a new file, named by environment and time, in the shape that
        M(community.dynatrace.user_session_exports_to_vars) writes. It holds no secret. See RV(backup_file).
    type: path
  check_token:
    description:
      - Whether to ask which scopes the access token has, and when it ends. See RV(token). It takes one more request.
      - A token that may not ask gives a line in RV(notes), not a failure.
    type: bool
    default: false
  endpoint_check:
    description:
      - Whether the endpoints of the declared exports are checked before anything is written, from where the module
        runs. If one would not take what Dynatrace sends, nothing is written, and the task fails. With O(state=present)
        only.
      - V(connect) and V(send) are the modes of M(community.dynatrace.user_session_exports_endpoint_check), and what
        was found is
        in RV(endpoint_checks). With V(send) the task reports a change if sample sessions stay at an endpoint.
    type: str
    choices: ["no", connect, send]
    default: "no"
  endpoint_check_ca_path:
    description:
      - File with the certificates of the authorities that O(endpoint_check) trusts, in PEM format, instead of those
        of the
        system.
    type: path
  endpoint_check_proxy:
    description:
      - URL of the HTTP proxy through which O(endpoint_check) reaches endpoints, for example V(http://proxy.example.com:3128).
    type: str
requirements:
  - jsonschema
notes:
  - Secrets never appear in results and diffs. In their place stands V((kept\)), V((set\)), V((rotated\)),
    V((unverifiable\)) or V((stored\)).
seealso:
  - module: community.dynatrace.user_session_exports_info
  - module: community.dynatrace.user_session_exports_endpoint_check
"""

EXAMPLES = r"""
- name: Send sessions to Elasticsearch, and those of the shop to an archive too
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

- name: Show what would change, exports that are not declared included
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    exports: "{{ exports }}"
    prune: true
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

- name: Stop all exports for the time of a change, whoever made them
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    state: disabled
    all_exports: true
    exports: []

- name: Send a new password, and change nothing else
  community.dynatrace.user_session_exports:
    environment_url: "{{ environment_url }}"
    api_token: "{{ vault_dynatrace_api_token }}"
    state: rotated
    exports:
      - name: archive
        authentication:
          basic_auth:
            password: "{{ vault_archive_password }}"
"""

RETURN = r"""
---
exports:
  description: What happened to each declared export, and to each one that was deleted because it is not declared.
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
          reason: "update_secrets is on_create: the stored secret stays"
      label: kept
      notes: []
      ignored_options: []
      unknown_properties: []
      last_modified: 1795530636062
      last_author: jane.doe@example.com
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
      description: V(created), V(updated), V(deleted) or V(unchanged).
      type: str
      returned: always
    object_id:
      description: ID of the settings object. In check mode null for an export that would be created.
      type: str
      returned: always
    changed_properties:
      description: Options that differed, or whose secret was sent.
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
          description: The option.
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
        - V(kept) if the export carries its name, V(set) if the name was stored now, V(foreign) if it carries the
          label of another tool, V(cut) if the environment cuts labels, V(none) if it carries none.
      type: str
      returned: always
    notes:
      description: What else there is to say about it.
      type: list
      elements: str
      returned: always
    ignored_options:
      description: Options that have no effect, because what they belong to is switched off.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the server has and the published schema does not know. They stay as they are.
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
    value:
      description:
        - The export as it is after the run, in the shape of O(exports), without secrets and without options that have
          no effect. Unknown properties are not in it. Null for an export that is not there then.
      type: dict
      returned: always
unmanaged:
  description: Exports of the environment that are not declared, each with its endpoint and the ID of its object.
  returned: success
  type: list
  elements: str
  sample: ["unnamed to https://by-hand.example.com/in (object vu9U3hXa3q0AAAABADVidWlsdGlu)"]
slots:
  description: Slots of the environment after the run.
  returned: success
  type: dict
  contains:
    used:
      description: How many exports there are.
      type: int
      returned: always
    free:
      description: How many more fit.
      type: int
      returned: always
    maximum:
      description: How many fit altogether.
      type: int
      returned: always
  sample: {used: 2, free: 1, maximum: 3}
plan_digest:
  description:
    - A short name for what is written. The same in check mode and in the run that does just that; see
      O(approved_plan).
  returned: success, and when the plan is not the approved one
  type: str
  sample: 1:8b1a9953c4611296a827abf8c47804d7
backup_file:
  description: The file with what was there.
  returned: if O(backup_directory) is given and something was changed
  type: str
  sample: backups/abc12345.20261123T120000.000000Z.yml
token:
  description: What is known about the access token. Null if that is nothing, see RV(notes).
  returned: if O(check_token=true)
  type: dict
  contains:
    scopes:
      description: The scopes that it has.
      type: list
      elements: str
      returned: always
    missing_scopes:
      description: Scopes that reading and writing exports takes and that it lacks.
      type: list
      elements: str
      returned: always
    expires:
      description: When it ends, an ISO 8601 time. Null if it does not.
      type: str
      returned: always
  sample: {scopes: [settings.read], missing_scopes: [settings.write], expires: "2027-01-31T00:00:00.000Z"}
schema_version:
  description: Version of the schema that the environment has.
  returned: if O(schema_source=environment)
  type: str
  sample: 0.0.214
schema_differences:
  description: How the schema of the environment differs from the published one.
  returned: if O(schema_source=environment), and when the server refuses a write because of such a difference
  type: list
  elements: str
  sample: ["export_behavior.sampleRate is new there: integer, default 100"]
endpoint_checks:
  description:
    - What was found about the endpoint of each export, as
      RV(community.dynatrace.user_session_exports_endpoint_check#module:checks) tells it.
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
          cure: ""
      reached: []
      elasticsearch: {}
      oauth_credentials: ""
      samples_stay: false
      seconds: 0.13
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
    - {path: "exports[0].endpoint_definition.endpoint_url", message: "must be an https URL"}
done:
  description: Writes that were carried out before one failed.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(label) or V(delete).
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
      description: V(create), V(update), V(label) or V(delete).
      type: str
      returned: always
  sample:
    - {name: billing, action: create}
skipped_writes:
  description: Writes that were not tried any more.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(label) or V(delete).
      type: str
      returned: always
  sample:
    - {name: legacy, action: delete}
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
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.module import WRITE


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(WRITE)


if __name__ == "__main__":
    main()
