#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the user session exports of an environment as inventory variables."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_to_vars
short_description: Write the user session exports of a Dynatrace environment as inventory variables
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the user session exports of one environment and writes a file with the variable
    O(community.dynatrace.user_session_exports#role:variables:user_session_exports_slots) for the role
    P(community.dynatrace.user_session_exports#role). It sends one request.
  - The API does not return secrets. The file contains a comment in place of each stored secret. Until a secret is
    declared, the stored one is kept.
  - The module does not change the environment.
options:
  dest:
    description:
      - Path of the file to write, for example C(host_vars/shop/user_session_exports.yml), on the host on which the
        module runs.
      - Missing directories are created. The file is written atomically, with mode C(0600).
    type: path
    required: true
  overwrite:
    description:
      - Whether to overwrite an existing file that differs. Otherwise, the module fails.
    type: bool
    default: false
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
seealso:
  - module: community.dynatrace.user_session_exports
  - module: community.dynatrace.user_session_exports_info
"""

EXAMPLES = r"""
- name: Import exports that were created in the web UI
  community.dynatrace.user_session_exports_to_vars:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    dest: host_vars/shop/user_session_exports.yml
"""

RETURN = r"""
---
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: host_vars/shop/user_session_exports.yml
count:
  description: Number of exports in the environment.
  returned: success
  type: int
  sample: 2
notes:
  description: Other events of the run, for example a wait for an API that throttles.
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
    - {path: environment_url, message: "must begin with https:// (plain http is for loopback addresses only)"}
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
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import IMPORT


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(IMPORT)


if __name__ == "__main__":
    main()
