#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the indices ready that receive user sessions."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_index
short_description: Make the Elasticsearch or OpenSearch index of user session exports, with a fitting mapping
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes the index that an export with O(exports[].send_direct.active) sends to, with a mapping for session documents.
    Times are dates, names are keywords, numbers are numbers, and user actions, events and errors are nested, so that
    each can be searched for itself. Without it, the first session makes the index, and takes dates for numbers.
  - To an index that is there, the fields that it lacks are added. Nothing else of it is changed, neither settings nor
    aliases, nor what its mapping says besides fields.
  - The type of a field cannot be changed. If one is there that takes sessions in another way, or not at all, the index
    is left as it is, and the task fails and says how to go on.
  - Takes the same O(exports) as M(community.dynatrace.user_session_exports), so that one variable serves both. No
    Dynatrace is needed. Each index is prepared once, whatever the number of exports that send to it.
  - For Elasticsearch 7 and newer, and OpenSearch. If the name is an alias, the index that is written to is prepared.
  - The playbook C(community.dynatrace.prepare_index) does it for all environments of an inventory.
options:
  exports:
    description:
      - The exports, as M(community.dynatrace.user_session_exports) takes them. What each option means is told there.
      - They may be those of several environments in one list.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the export. Required.
        type: str
      endpoint_definition:
        description:
          - Where sessions are sent to.
        type: dict
        suboptions:
          endpoint_url:
            description:
              - HTTPS URL that receives the sessions. Required.
            type: str
          enable_user_session_export:
            description:
              - Whether the export runs. The index of one that does not is prepared all the same.
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
              - Whether Dynatrace authenticates itself.
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
              - Credentials for basic authentication.
            type: dict
            suboptions:
              username:
                description:
                  - User name.
                type: str
              password:
                description:
                  - Password. Without it nothing can be prepared that needs it.
                type: raw
          oauth2:
            description:
              - Credentials for OAuth 2.0.
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
                  - HTTPS URL of the token service.
                type: str
              client_id:
                description:
                  - Client ID.
                type: str
              client_secret:
                description:
                  - Client secret. Without it nothing can be prepared that needs it.
                type: raw
              scope:
                description:
                  - Scope of access to ask for.
                type: str
              send_credentials:
                description:
                  - How the client sends its credentials. The other way is tried too, because the documentation of
                    Dynatrace contradicts its schema.
                  - The default is V(header).
                type: str
                choices: [header]
      send_direct:
        description:
          - Sending directly to Elasticsearch or OpenSearch.
        type: dict
        suboptions:
          active:
            description:
              - Whether the endpoint is the C(_bulk) URL of an Elasticsearch.
              - The default is V(false).
            type: bool
          index_name:
            description:
              - Index that receives the sessions.
            type: str
          doc_type:
            description:
              - Type of the documents.
            type: str
      export_behavior:
        description:
          - What is exported, and what happens when it fails. Nothing in here matters for an index.
        type: dict
        suboptions:
          management_zone:
            description:
              - Management zone of the sessions.
            type: str
          disable_notification:
            description:
              - Whether to be silent about failed exports.
              - The default is V(false).
            type: bool
          custom_configuration:
            description:
              - Settings for the support.
            type: str
  state:
    description:
      - V(present) makes an index, or adds what it lacks. An index is never removed.
    type: str
    choices: [present]
    default: present
  mapping:
    description:
      - What the mapping shall have besides, or otherwise, in the form of Elasticsearch. Fields stand below
        C(properties), and are joined with those of this collection; a field with another C(type) replaces the one here.
      - Of an index that is there only the fields are compared, those in here with exactly the type given here.
    type: dict
  settings:
    description:
      - Settings of an index that is made, for example C(number_of_shards). Those of an index that is there stay.
    type: dict
  timeout:
    description:
      - Seconds for each request, from the name of the host to the last byte of the answer, at most 300.
    type: float
    default: 30.0
  proxy:
    description:
      - URL of the HTTP proxy to go through, for example V(http://proxy.example.com:3128). It must be reached by plain
        HTTP.
      - Proxy settings in environment variables are not used.
    type: str
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM format, or a folder as OpenSSL makes it, instead
        of those of the system.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and tell what a run would change, without changing it.
    support: full
    details:
      - Whether O(mapping) and O(settings) are taken, and the user has the privileges, is only known once it is done.
  diff_mode:
    description: Shows what has changed, or would change, in diff mode.
    support: full
    details:
      - The mapping of each index, before and after.
  action:
    description: Has an action plugin, which does the work of the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task asks for a process of its own. The variable
        C(community_dynatrace_in_process) decides otherwise.
  async:
    description: Can be run with C(async), and is then run as a module.
    support: full
requirements:
  - python >= 3.10
notes:
  - The user of an export needs the index privileges C(create_index), C(view_index_metadata) and C(manage) for this,
    which it does not need for sessions. The exports can be given here with another user.
  - It is not in the action group C(dynatrace). Its options are not those of the group, and the tokens of an environment
    have no business on the hosts where it may run.
seealso:
  - module: community.dynatrace.user_session_exports_endpoint_check
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Make the indices that exports send to, before anything is configured
  community.dynatrace.user_session_exports_index:
    exports: "{{ user_session_exports_slots }}"

- name: Make an index with settings and fields of its own
  community.dynatrace.user_session_exports_index:
    exports:
      - name: elasticsearch
        endpoint_definition:
          endpoint_url: https://elastic.example.com:9200/_bulk
          content_type: application/x-ndjson
          use_post: true
        authentication:
          active: true
          basic_auth:
            username: index-manager
            password: "{{ vault_index_manager_password }}"
        send_direct:
          active: true
          index_name: user-sessions
    settings:
      number_of_shards: 3
      number_of_replicas: 1
    mapping:
      properties:
        userActions:
          properties:
            targetUrl:
              type: wildcard
"""

RETURN = r"""
---
indices:
  description: Each index that exports send to, once.
  returned: when the input was right
  type: list
  elements: dict
  sample:
    - name: user-sessions
      index: user-sessions
      endpoint: https://elastic.example.com:9200/_bulk
      exports: [elasticsearch]
      operation: updated
      added: [endTime, userActions.startTime]
      differing: []
      findings:
        - code: elasticsearch_found
          severity: ok
          export: elasticsearch
          option: exports[0].endpoint_definition.endpoint_url
          message: it is Elasticsearch 8.15.0
          cure: ""
  contains:
    name:
      description: Name of the index, as the export has it.
      type: str
      returned: always
    index:
      description: Its own name; another one if RV(indices[].name) is an alias.
      type: str
      returned: always
    endpoint:
      description: The URL of the first export to it, without user name, password and query.
      type: str
      returned: always
    exports:
      description: Names of the exports that send to it.
      type: list
      elements: str
      returned: always
    operation:
      description: V(created), V(updated), V(unchanged) or V(failed). In check mode, what would be.
      type: str
      returned: always
    added:
      description: The fields that were added; of an index that was made, all of them.
      type: list
      elements: str
      returned: always
    differing:
      description: Fields that are there and have another type than wanted.
      type: list
      elements: dict
      returned: always
      contains:
        field:
          description: Path of the field.
          type: str
          returned: always
        type:
          description: Type that it has.
          type: str
          returned: always
        wanted:
          description: Type that it should have.
          type: str
          returned: always
    findings:
      description: What was found, as M(community.dynatrace.user_session_exports_endpoint_check) tells it.
      type: list
      elements: dict
      returned: always
      contains:
        code:
          description: What kind of finding it is. The guide to the check lists all of them.
          type: str
          returned: always
        severity:
          description: V(ok), V(info), V(warning) or V(error).
          type: str
          returned: always
        export:
          description: Name of the export.
          type: str
          returned: always
        option:
          description: The option that it concerns, if it concerns one.
          type: str
          returned: always
        message:
          description: What was found, in one line.
          type: str
          returned: always
        cure:
          description: What to change, if anything.
          type: str
          returned: always
notes:
  description: What else there is to say.
  returned: when the input was right
  type: list
  elements: str
  sample: ["No export has send_direct.active, so there is no index to prepare."]
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
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index.module import INDEX


def main() -> None:
    """Wire the options to the indices."""
    DynatraceModule.serve(INDEX)


if __name__ == "__main__":
    main()
