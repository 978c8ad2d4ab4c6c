#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether the far ends of user session exports take what Dynatrace will send."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_endpoint_check
short_description: Check whether endpoints take the user session exports that are declared
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Checks the far ends of declared user session exports, before or after they are configured. No Dynatrace is needed.
  - Takes the same O(exports) as M(community.dynatrace.user_session_exports), so that one variable serves both.
  - All exports are checked at the same time, as Dynatrace would treat them. HTTPS only, certificates are checked,
    nothing but the status 200 is a success, and an endpoint has 30 seconds.
  - Run it where the network is that of the Dynatrace cluster or ActiveGate which sends the sessions. With a local
    connection that is the controller; any other managed host needs nothing but a Python.
  - Each finding has a code, a severity, the option that it concerns, and what to change. The guide to the check
    lists all of them.
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
                    Dynatrace contradicts its schema; RV(checks[].oauth_credentials) says which one was taken.
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
  mode:
    description:
      - V(connect) sends no session. Name, TCP, proxy and TLS are checked, the OAuth 2.0 token, and the credentials
        where a request without data shows them. Of an Elasticsearch also the version, the index, its mapping and the
        privileges. Nothing is stored.
      - V(send) does the same, and then sends two sample sessions exactly as Dynatrace sends them, unless an error was
        found before. On Elasticsearch they are deleted again. Elsewhere they stay; their C(tenantId) is
        C(ansible-sample).
      - In check mode V(send) is done as V(connect), and RV(notes) says so.
    type: str
    choices: [connect, send]
    default: connect
  fail_on:
    description:
      - From which severity on the task fails.
    type: str
    choices: [never, error, warning]
    default: error
  timeout:
    description:
      - Seconds for each request, from the name of the host to the last byte of the answer, at most 300. Dynatrace waits
        30 seconds.
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
  certificate_expiry_days:
    description:
      - A certificate that is valid for fewer days gives a warning.
    type: int
    default: 30
attributes:
  check_mode:
    description: Can run in check mode and tell what a run would change, without changing it.
    support: full
    details:
      - O(mode=connect) changes nothing and runs as ever. O(mode=send) sends nothing.
  diff_mode:
    description: Shows what has changed, or would change, in diff mode.
    support: none
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
  - If C(jsonschema) is installed where the module runs, the exports are checked as fully as by the module that writes;
    otherwise roughly, and RV(notes) says so.
  - It is not in the action group C(dynatrace). Its options are not those of the group, and the tokens of an environment
    have no business on the hosts where it may run.
  - A wrong password or client secret counts as a failed login at the far end, as it would when Dynatrace exports.
seealso:
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Check the endpoints, before anything is configured
  community.dynatrace.user_session_exports_endpoint_check:
    exports: "{{ user_session_exports_slots }}"

- name: Check from where Dynatrace sends, and look at the result instead of failing
  community.dynatrace.user_session_exports_endpoint_check:
    exports: "{{ user_session_exports_slots }}"
    ca_path: /etc/ssl/certs/company.pem
    fail_on: never
  delegate_to: activegate.example.com
  register: checked

- name: Send sample sessions to an Elasticsearch, and delete them again
  community.dynatrace.user_session_exports_endpoint_check:
    mode: send
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
"""

RETURN = r"""
---
ok:
  description: Whether no finding is an error.
  returned: when something was checked
  type: bool
mode:
  description: What was done, V(connect) or V(send). In check mode always V(connect).
  returned: when something was checked
  type: str
  sample: connect
checks:
  description: What was found about each export, in the order of O(exports).
  returned: when something was checked
  type: list
  elements: dict
  sample:
    - name: elasticsearch
      endpoint: https://elastic.example.com:9200/_bulk
      ok: false
      findings:
        - code: reached
          severity: ok
          export: elasticsearch
          option: exports[0].endpoint_definition.endpoint_url
          message: elastic.example.com:9200 at 192.0.2.7, TLSv1.3, certificate valid for 111 days
          cure: ""
        - code: method_refused
          severity: error
          export: elasticsearch
          option: exports[0].endpoint_definition.use_post
          message: the far end does not take PUT (405)
          cure: "Turn endpoint_definition.use_post round: true is POST, false is PUT."
      reached:
        - host: elastic.example.com
          port: 9200
          address: 192.0.2.7
          tls: TLSv1.3
          certificate_ends: Mar 14 12:00:00 2027 GMT
          certificate_days_left: 111
      elasticsearch: {distribution: elasticsearch, version: 8.15.0}
      oauth_credentials: ""
      samples_stay: false
      seconds: 0.22
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    endpoint:
      description: The URL, without user name, password and query.
      type: str
      returned: always
    ok:
      description: Whether no finding is an error.
      type: bool
      returned: always
    findings:
      description: What was found, in the order in which it was found.
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
    reached:
      description: The hosts that were reached by TLS, that of the endpoint first.
      type: list
      elements: dict
      returned: always
      contains:
        host:
          description: Name of the host.
          type: str
          returned: always
        port:
          description: Port of the host.
          type: int
          returned: always
        address:
          description: IP address that the name led to.
          type: str
          returned: without a proxy
        proxy:
          description: That it was reached through the proxy.
          type: bool
          returned: with O(proxy)
        tls:
          description: Version of TLS.
          type: str
          returned: always
        certificate_ends:
          description: Until when the certificate is valid.
          type: str
          returned: always
        certificate_days_left:
          description: Days for which the certificate is still valid. Null if it does not tell.
          type: int
          returned: always
    elasticsearch:
      description: C(distribution) (V(elasticsearch) or V(opensearch)) and C(version), if they could be seen.
      type: dict
      returned: always
    oauth_credentials:
      description: How the token service took the credentials, V(header) or V(form); empty without OAuth 2.0.
      type: str
      returned: always
    samples_stay:
      description: Whether sample sessions stay at the far end.
      type: bool
      returned: always
    seconds:
      description: Seconds that the check took.
      type: float
      returned: always
notes:
  description: What else there is to say.
  returned: when something was checked
  type: list
  elements: str
  sample: ["In check mode nothing is sent: checked as with mode=connect."]
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
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.module import CHECK


def main() -> None:
    """Wire the options to the check."""
    DynatraceModule.serve(CHECK)


if __name__ == "__main__":
    main()
