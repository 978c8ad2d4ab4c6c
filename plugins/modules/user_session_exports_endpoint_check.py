#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether the endpoints of user session exports accept what Dynatrace will send."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_endpoint_check
short_description: Check whether endpoints accept user session exports
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Checks the endpoints of declared user session exports, before or after the exports are configured. It does not need
    a Dynatrace environment.
  - The module accepts the same O(exports) as M(community.dynatrace.user_session_exports), so that you can use one
    variable for both.
  - The module checks all exports concurrently, under the conditions that apply to Dynatrace. It uses HTTPS with
    certificate validation, only the status 200 is a success, and an endpoint has 30 seconds to respond.
  - Run the module in the network of the Dynatrace cluster or ActiveGate that sends the sessions. With a local
    connection, it runs on the controller. Any other managed host needs only Python.
  - Each finding has a code, a severity, the option that it refers to, and a remediation. The guide lists all findings.
extends_documentation_fragment:
  - community.dynatrace.exports.required
options:
  mode:
    description:
      - V(connect) sends no sessions. It checks the host name, TCP, the proxy, TLS, the OAuth 2.0 token, and, if a
        request without data can verify them, the credentials. For Elasticsearch, it also checks the version, the index,
        its mapping, and the privileges. It stores nothing.
      - V(send) does the same and then, unless it has found an error, sends two sample sessions exactly as Dynatrace
        does. Their C(tenantId) is C(ansible-sample). It deletes them from Elasticsearch afterwards. Other endpoints
        retain them.
      - In check mode, V(send) works like V(connect), and RV(notes) says so.
    type: str
    choices: [connect, send]
    default: connect
  fail_on:
    description:
      - Minimum severity of a finding at which the task fails. With V(never), findings do not cause a failure.
    type: str
    choices: [never, error, warning]
    default: error
  timeout:
    description:
      - Timeout in seconds for each request, from the host name lookup to the last byte of the response, at most 300.
        Dynatrace waits 30 seconds.
    type: float
    default: 30.0
  proxy:
    description:
      - URL of the HTTP proxy to use, for example V(http://proxy.example.com:3128). Connections to the proxy itself use
        plain HTTP.
      - Proxy settings in environment variables are ignored.
    type: str
  ca_path:
    description:
      - Path to a file with trusted CA certificates in PEM format, or to an OpenSSL certificate directory, used instead
        of the certificates of the system. Dynatrace must trust these CAs too.
    type: path
  certificate_expiry_days:
    description:
      - Minimum number of days for which a certificate must still be valid. If it expires earlier, the check issues a
        warning.
    type: int
    default: 30
attributes:
  check_mode:
    description: Can run in check mode and report what would change without changing it.
    support: full
    details:
      - O(mode=connect) runs as usual, because it changes nothing. O(mode=send) sends no sessions.
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: none
  action:
    description: Has an action plugin that runs the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task requires a separate process. The variable
        C(dynatrace_in_process) overrides this.
  async:
    description: Supports C(async). The module then runs as a separate process.
    support: full
requirements:
  - python >= 3.10
notes:
  - If C(jsonschema) is installed where the module runs, the exports are validated as completely as in
    M(community.dynatrace.user_session_exports). Otherwise, the validation is limited, and RV(notes) says so.
  - The module is not in the action group C(dynatrace), because it does not have the options of the group, and because
    the tokens of an environment must not reach the hosts on which it can run.
  - A check with a wrong password or client secret counts as a failed login at the endpoint, just as it does when
    Dynatrace sends sessions. Repeated checks can lock the account.
seealso:
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Check the endpoints before configuring the exports
  community.dynatrace.user_session_exports_endpoint_check:
    exports: "{{ user_session_exports_slots }}"

- name: Check from the ActiveGate that sends the sessions, without failing
  community.dynatrace.user_session_exports_endpoint_check:
    exports: "{{ user_session_exports_slots }}"
    ca_path: /etc/ssl/certs/company.pem
    fail_on: never
  delegate_to: activegate.example.com
  register: checked

- name: Send sample sessions to Elasticsearch and delete them again
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
  description: Whether there is no finding with the severity V(error).
  returned: when something was checked
  type: bool
mode:
  description: Mode of the check, V(connect) or V(send). In check mode, always V(connect).
  returned: when something was checked
  type: str
  sample: connect
checks:
  description: Findings for each export, in the order of O(exports).
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
          remediation: ""
        - code: method_refused
          severity: error
          export: elasticsearch
          option: exports[0].endpoint_definition.use_post
          message: "PUT got status 405: the method is not accepted"
          remediation: "Change endpoint_definition.use_post (true is POST, false is PUT)."
      connections:
        - host: elastic.example.com
          port: 9200
          address: 192.0.2.7
          tls: TLSv1.3
          certificate_ends: Mar 14 12:00:00 2027 GMT
          certificate_days_left: 111
      elasticsearch: {distribution: elasticsearch, version: 8.15.0}
      oauth_client_auth: ""
      samples: {sent: 0, deleted: 0}
      samples_retained: false
      seconds: 0.22
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    endpoint:
      description: URL of the endpoint, without user name, password, and query.
      type: str
      returned: always
    ok:
      description: Whether there is no finding with the severity V(error).
      type: bool
      returned: always
    findings:
      description: Findings, in the order in which they were made.
      type: list
      elements: dict
      returned: always
      contains:
        code:
          description: Code of the finding. The guide lists all codes.
          type: str
          returned: always
        severity:
          description: V(ok), V(info), V(warning), or V(error).
          type: str
          returned: always
        export:
          description: Name of the export.
          type: str
          returned: always
        option:
          description: Path of the option that the finding refers to. Empty if it refers to none.
          type: str
          returned: always
        message:
          description: Description of the finding, in one line.
          type: str
          returned: always
        remediation:
          description: What to change. Empty if there is nothing to change.
          type: str
          returned: always
    connections:
      description: Hosts to which a TLS connection was established, beginning with that of the endpoint.
      type: list
      elements: dict
      returned: always
      contains:
        host:
          description: Host name.
          type: str
          returned: always
        port:
          description: TCP port.
          type: int
          returned: always
        address:
          description: IP address of the host.
          type: str
          returned: if O(proxy) is not set
        proxy:
          description: Whether the connection used the proxy.
          type: bool
          returned: if O(proxy) is set
        tls:
          description: TLS version.
          type: str
          returned: always
        certificate_ends:
          description: End of the validity of the certificate.
          type: str
          returned: always
        certificate_days_left:
          description: Number of days for which the certificate is still valid. Null if unknown.
          type: int
          returned: always
    elasticsearch:
      description: C(distribution) (V(elasticsearch) or V(opensearch)) and C(version), if they are known.
      type: dict
      returned: always
    oauth_client_auth:
      description: How the token service accepted the credentials, V(header) or V(form). Empty without OAuth 2.0.
      type: str
      returned: always
    samples:
      description: Numbers of sample sessions.
      type: dict
      returned: always
      contains:
        sent:
          description: Number of sample sessions that were sent.
          type: int
          returned: always
        deleted:
          description: Number of sample sessions that were deleted again.
          type: int
          returned: always
    samples_retained:
      description: Whether sample sessions, or fields that they added, remain at the endpoint.
      type: bool
      returned: always
    seconds:
      description: Duration of the check in seconds.
      type: float
      returned: always
notes:
  description: Additional notes.
  returned: when something was checked
  type: list
  elements: str
  sample: ["In check mode, nothing is sent. The check ran with mode=connect."]
elapsed:
  description: Time in seconds that the task took.
  returned: always
  type: float
  sample: 0.312
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
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.module import CHECK


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(CHECK)


if __name__ == "__main__":
    main()
