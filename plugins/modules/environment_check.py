#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that an environment is ready."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: environment_check
short_description: Check that a Dynatrace environment can be reached and managed
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Checks the address, connection, certificate, and clock of an environment, the scopes and the expiry date of the
    token, and whether the environment has the schemas that you want to manage.
  - It changes nothing. It sends three requests, one of them without credentials.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
options:
  schema_ids:
    description:
      - IDs of the schemas that the environment must have.
    type: list
    elements: str
    default: []
  required_access:
    description:
      - The access that the token must have. V(read) is sufficient for audits and check mode.
    type: str
    choices: [read, write]
    default: write
  expiry_warning_days:
    description:
      - Warn about a token or certificate that expires in less than this number of days.
    type: int
    default: 14
  fail_on_error:
    description:
      - Whether the task fails if a check finds an error.
    type: bool
    default: true
notes:
  - Scopes and expiry date are known for access tokens only. The API does not report them for platform tokens and OAuth
    clients.
seealso:
  - module: community.dynatrace.user_session_exports_endpoint_check
    description: Checks the endpoints that receive the sessions.
"""

EXAMPLES = r"""
- name: Check that the environment is ready for session exports
  community.dynatrace.environment_check:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_ids:
      - builtin:elasticsearch.user-session-export-settings-v2

- name: Read the findings instead of failing
  community.dynatrace.environment_check:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    required_access: read
    fail_on_error: false
  register: ready
"""

RETURN = r"""
---
ok:
  description: Whether no check found an error.
  returned: unless the input is rejected
  type: bool
  sample: true
warning_count:
  description: Number of checks with a warning.
  returned: unless the input is rejected
  type: int
  sample: 0
checks:
  description: The checks, in the order in which they were made.
  returned: unless the input is rejected
  type: list
  elements: dict
  sample:
    - {name: address, status: ok, message: "https://abc12345.live.dynatrace.com (saas)", remediation: ""}
    - name: token
      status: error
      message: The token lacks the scope settings.write.
      remediation: Create a token with settings.write.
  contains:
    name:
      description:
        - What was checked.
        - V(address), V(connection), V(access), V(certificate), V(clock), V(token), V(token_expiry), or V(schema).
      type: str
      returned: always
    status:
      description: V(ok), V(warning), V(error), or V(skipped) if it could not be checked.
      type: str
      returned: always
    message:
      description: Description of the finding.
      type: str
      returned: always
    remediation:
      description: How to fix the problem. Empty if there is none.
      type: str
      returned: always
environment_id:
  description: ID of the environment.
  returned: unless the input is rejected
  type: str
  sample: abc12345
environment_url:
  description: Address of the environment, without the path of the API.
  returned: unless the input is rejected
  type: str
  sample: https://abc12345.live.dynatrace.com
environment_kind:
  description: V(saas), V(managed), or V(activegate), derived from the address.
  returned: unless the input is rejected
  type: str
  sample: saas
reachable:
  description: Whether the server responded.
  returned: unless the input is rejected
  type: bool
  sample: true
clock_difference:
  description: Seconds by which the clock of the server is ahead of that of this machine. V(null) if it is not known.
  returned: unless the input is rejected
  type: int
  sample: 0
certificate_expires:
  description: Expiry date of the certificate of the server in ISO 8601. V(null) if it was not checked.
  returned: unless the input is rejected
  type: str
  sample: "2027-03-01T12:00:00+00:00"
token_kind:
  description: V(access_token), V(platform_token), or V(oauth_client).
  returned: unless the input is rejected
  type: str
  sample: access_token
token:
  description: Information about an access token. V(null) for other credentials.
  returned: unless the input is rejected
  type: dict
  sample: {scopes: [settings.read, settings.write], missing_scopes: [], expires: null, days_left: null}
  contains:
    scopes:
      description: The scopes of the token.
      type: list
      elements: str
      returned: always
    missing_scopes:
      description: The scopes that O(required_access) requires and the token lacks.
      type: list
      elements: str
      returned: always
    expires:
      description: Expiry date of the token in ISO 8601. V(null) if the token does not expire.
      type: str
      returned: always
    days_left:
      description: Number of days until then. V(null) if the token does not expire.
      type: int
      returned: always
schemas:
  description: The version of each schema in O(schema_ids). V(null) if the environment does not have the schema.
  returned: unless the input is rejected
  type: dict
  sample: {"builtin:elasticsearch.user-session-export-settings-v2": "1.0.3"}
notes:
  description: Other events of the run, for example a wait for an API that throttles.
  returned: success
  type: list
  elements: str
  sample: ["Waited 1.5 s in total: the API throttled (2 times)."]
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
    - {path: expiry_warning_days, message: must be at least 0}
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._environment_check.module import CHECK


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(CHECK)


if __name__ == "__main__":
    main()
