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
  - Checks the address, connection, certificate and clock of an environment, what the token may do and until when, and
    whether the environment has the schemas that you want to manage.
  - Writes nothing. Three requests, one of them without credentials.
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
  access:
    description:
      - What the token must be allowed to do. V(read) is enough for audits and check mode.
    type: str
    choices: [read, write]
    default: write
  days:
    description:
      - Warn about a token or certificate that expires in fewer than this number of days.
    type: int
    default: 14
  fail_on_error:
    description:
      - Whether the task fails if a check ends with an error.
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
    access: read
    fail_on_error: false
  register: ready
"""

RETURN = r"""
---
ok:
  description: Whether no check ended with an error.
  returned: unless the input is refused
  type: bool
  sample: true
warning_count:
  description: The number of checks that ended with a warning.
  returned: unless the input is refused
  type: int
  sample: 0
checks:
  description: Each check, in the order in which it was done.
  returned: unless the input is refused
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
        - V(address), V(connection), V(access), V(certificate), V(clock), V(token), V(token_expiry) or V(schema).
      type: str
      returned: always
    status:
      description: V(ok), V(warning), V(error), or V(skipped) for what cannot be known.
      type: str
      returned: always
    message:
      description: What was found.
      type: str
      returned: always
    remediation:
      description: What to do. Empty if there is nothing to do.
      type: str
      returned: always
environment_id:
  description: ID of the environment.
  returned: unless the input is refused
  type: str
  sample: abc12345
environment_url:
  description: Address of the environment, without the path of the API.
  returned: unless the input is refused
  type: str
  sample: https://abc12345.live.dynatrace.com
environment_kind:
  description: V(saas), V(managed) or V(activegate), by the form of the address.
  returned: unless the input is refused
  type: str
  sample: saas
reachable:
  description: Whether there was an answer at all.
  returned: unless the input is refused
  type: bool
  sample: true
clock_difference:
  description: How many seconds the clock of the server is ahead of the one of this machine. V(null) if it is not known.
  returned: unless the input is refused
  type: int
  sample: 0
certificate_expires:
  description: When the certificate of the server expires, in ISO 8601. V(null) for one that is not checked.
  returned: unless the input is refused
  type: str
  sample: "2027-03-01T12:00:00+00:00"
token_kind:
  description: V(access_token), V(platform_token) or V(oauth_client).
  returned: unless the input is refused
  type: str
  sample: access_token
token:
  description: What is known about an access token. V(null) for other credentials.
  returned: unless the input is refused
  type: dict
  sample: {scopes: [settings.read, settings.write], missing_scopes: [], expires: null, days_left: null}
  contains:
    scopes:
      description: The scopes of the token.
      type: list
      elements: str
      returned: always
    missing_scopes:
      description: The scopes that O(access) needs and the token lacks.
      type: list
      elements: str
      returned: always
    expires:
      description: When the token expires, in ISO 8601. V(null) for a token that does not expire.
      type: str
      returned: always
    days_left:
      description: How many days are left until then. V(null) for a token that does not expire.
      type: int
      returned: always
schemas:
  description: The version of each schema of O(schema_ids). V(null) for one that the environment does not have.
  returned: unless the input is refused
  type: dict
  sample: {"builtin:elasticsearch.user-session-export-settings-v2": "1.0.3"}
notes:
  description: What else happened on the way, for example waiting for a throttled API.
  returned: success
  type: list
  elements: str
  sample: ["Waited 1.5 s altogether: the API throttled (2 times)."]
elapsed:
  description: Time in seconds that the task took.
  returned: always
  type: float
  sample: 0.312
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
    - {path: days, message: must be at least 0}
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._environment_check.module import CHECK


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(CHECK)


if __name__ == "__main__":
    main()
