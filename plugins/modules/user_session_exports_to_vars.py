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
    O(community.dynatrace.user_session_exports#role:variables:user_session_exports_slots), in the shape that the role
    P(community.dynatrace.user_session_exports#role) takes. One request.
  - The API returns no secrets. For each one that is stored there is a comment where it belongs. Without it, the stored
    one is kept.
  - The environment is not changed.
options:
  dest:
    description:
      - The file to write, for example C(host_vars/shop/user_session_exports.yml), on the host that the module runs on.
      - Missing folders are made. The file is written in one step, with mode C(0600).
    type: path
    required: true
  overwrite:
    description:
      - Whether to replace a file that is there and differs. Otherwise that is an error.
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
- name: Take over what was made by hand
  community.dynatrace.user_session_exports_to_vars:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    dest: host_vars/shop/user_session_exports.yml
"""

RETURN = r"""
---
dest:
  description: The file.
  returned: success
  type: str
  sample: host_vars/shop/user_session_exports.yml
count:
  description: How many exports the environment has.
  returned: success
  type: int
  sample: 2
notes:
  description: What else happened on the way, for example waiting for a throttled API.
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
    - {path: environment_url, message: "must be https (plain http is for loopback only)"}
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
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.module import IMPORT


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(IMPORT)


if __name__ == "__main__":
    main()
