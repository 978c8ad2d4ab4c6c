# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option ``exports``, which several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Declared user session exports."""

    DOCUMENTATION = r"""
---
options:
  exports:
    description:
      - The exports, at most three for each environment. Their order has no meaning.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name that identifies the export. It is stored in the C(externalId) of the settings object.
          - An export without such a name, for example one that was created in the web UI, is matched by its endpoint
            URL, index, and management zone. See O(community.dynatrace.user_session_exports#module:adopt).
          - Required.
        type: str
      endpoint_definition:
        description:
          - The endpoint that receives the sessions.
        type: dict
        suboptions:
          endpoint_url:
            description:
              - HTTPS URL of the endpoint, at most 500 characters.
              - Required, unless O(community.dynatrace.user_session_exports#module:state=absent).
            type: str
          enable_user_session_export:
            description:
              - Whether the export is enabled.
              - The default is V(true).
            type: bool
          content_type:
            description:
              - Content type of the requests, V(application/json) or V(application/x-ndjson).
              - The default is V(application/json).
            type: str
          use_post:
            description:
              - Whether to send with POST instead of PUT.
              - The default is V(false).
            type: bool
      authentication:
        description:
          - How Dynatrace authenticates to the endpoint.
        type: dict
        suboptions:
          active:
            description:
              - Whether Dynatrace authenticates to the endpoint. Otherwise, the other options of this section are
                ignored.
              - The default is V(false).
            type: bool
          auth_type:
            description:
              - Authentication method.
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
                  - Password. If omitted, the stored password is kept, and checks that need it are skipped. Required for
                    a new export.
                  - O(community.dynatrace.user_session_exports#module:update_secrets) controls when it is sent.
                type: raw
          oauth2:
            description:
              - Credentials for OAuth 2.0. Required if O(exports[].authentication.auth_type=oauth2).
            type: dict
            suboptions:
              grant_type:
                description:
                  - Grant type.
                  - The default is V(clientCredentials).
                type: str
                choices: [clientCredentials]
              access_token_url:
                description:
                  - HTTPS URL of the token service that issues tokens for the endpoint. Required.
                type: str
              client_id:
                description:
                  - Client ID. Required.
                type: str
              client_secret:
                description:
                  - Client secret. If omitted, the stored secret is kept, and checks that need it are skipped. Required
                    for a new export.
                  - O(community.dynatrace.user_session_exports#module:update_secrets) controls when it is sent.
                type: raw
              scope:
                description:
                  - Scope to request.
                type: str
              send_credentials:
                description:
                  - How the client sends its credentials.
                  - The default is V(header).
                type: str
                choices: [header]
      send_direct:
        description:
          - How to send directly to Elasticsearch or OpenSearch, with an action line before each session.
        type: dict
        suboptions:
          active:
            description:
              - Whether the endpoint is the C(_bulk) URL of Elasticsearch or OpenSearch.
              - The default is V(false).
            type: bool
          index_name:
            description:
              - Index that receives the sessions. Required if O(exports[].send_direct.active=true).
            type: str
          doc_type:
            description:
              - Document type. Use V(_doc) for Elasticsearch 7. Omit it for Elasticsearch 8.
            type: str
      export_behavior:
        description:
          - Which sessions are exported, and what happens when an export fails.
        type: dict
        suboptions:
          management_zone:
            description:
              - Export only sessions of this management zone, given as a name or an ID.
              - Resolving a name costs one additional request.
            type: str
          disable_notification:
            description:
              - Whether to suppress notifications when an export fails.
              - The default is V(false).
            type: bool
          custom_configuration:
            description:
              - Additional properties provided by Dynatrace support. They are passed on unchanged.
            type: str
"""

    # For modules whose argument specification requires the option. It is annotated because ansible-test requires
    # literals in plain assignments.
    REQUIRED: str = DOCUMENTATION.replace("    elements: dict\n", "    elements: dict\n    required: true\n", 1)
