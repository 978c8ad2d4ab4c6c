#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the indices that receive user sessions, with a mapping that suits them."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_export_index
short_description: Make the Elasticsearch indices of declared user session exports
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes the index that each declared export with C(send_direct) sends to, with a mapping that suits session documents.
    Dates are dates, words are keywords, actions, events and errors are nested. An index that the first session makes
    would store dates as numbers.
  - An index that is there gets the fields that it lacks. Nothing else of it is changed. The type of a field cannot be
    changed; an index whose date fields have another type is an error.
  - For Elasticsearch and OpenSearch. Takes the same O(exports) as M(community.dynatrace.user_session_exports), so that
    one variable serves both. Exports without C(send_direct) are passed over.
  - Exports that go to the same index need it once. The credentials of the first are used; they need the privileges
    C(create_index) and C(manage), or C(all) of the index.
options:
  exports:
    description:
      - The exports, as M(community.dynatrace.user_session_exports) takes them. What each option means is told there.
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
              - Whether the export runs. One that does not is checked all the same.
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
                  - Password. If it is not given, nothing that needs it is checked, and that is said.
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
                  - Client secret. If it is not given, nothing that needs it is checked, and that is said.
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
          - What is exported, and what happens when it fails. Nothing in here is checked at the far end.
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
  mapping:
    description:
      - A mapping, or its C(properties) alone, that is laid over the one of the module. For fields of your own, or
        another type of one.
    type: dict
  settings:
    description:
      - Settings of a new index, for example its number of shards. Those of an index that is there stay.
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
        of those of the system. Dynatrace must trust them too.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and tell what a run would change, without changing it.
    support: full
  diff_mode:
    description: Shows what has changed, or would change, in diff mode.
    support: full
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
  - It is not in the action group C(dynatrace), as M(community.dynatrace.user_session_export_check).
seealso:
  - module: community.dynatrace.user_session_export_check
"""

EXAMPLES = r"""
- name: Make the index before the first session does
  community.dynatrace.user_session_export_index:
    exports: "{{ user_session_exports_slots }}"
    settings:
      number_of_shards: 3
    mapping:
      stringProperties:
        type: object
"""

RETURN = r"""
---
indices:
  description: What has become of each index, or would.
  returned: when the input is right
  type: list
  elements: dict
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    index:
      description: Name of the index, or of its alias.
      type: str
      returned: always
    endpoint:
      description: The URL of the export, without user name, password and query.
      type: str
      returned: always
    operation:
      description: V(created), V(updated) or V(unchanged).
      type: str
      returned: always
    added:
      description: The fields that it lacked.
      type: list
      elements: str
      returned: always
      sample: [startTime, userActions.startTime]
    differs:
      description: Fields that have another type than the module would give them, which cannot be changed.
      type: list
      elements: str
      returned: always
      sample: ["userActions.domain (long)"]
    findings:
      description: What is wrong or noteworthy, as M(community.dynatrace.user_session_export_check) tells it.
      type: list
      elements: dict
      returned: always
notes:
  description: What else there is to say.
  returned: when the input is right
  type: list
  elements: str
"""

from ansible_collections.community.dynatrace.plugins.module_utils._far_end.door import PREPARE
from ansible_collections.community.dynatrace.plugins.module_utils._task import Door


def main() -> None:
    """Wire the options to the work."""
    Door.serve(PREPARE)


if __name__ == "__main__":
    main()
