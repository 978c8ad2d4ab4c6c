#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the user session exports of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_info
short_description: Read the user session exports of a Dynatrace environment
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the user session exports of one environment, in the shape that M(community.dynatrace.user_session_exports)
    takes as its O(community.dynatrace.user_session_exports#module:exports). One request.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
seealso:
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Read the exports
  community.dynatrace.user_session_exports_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
  register: found

- name: Keep them as a declaration (secrets are not in it)
  ansible.builtin.copy:
    content: "{{ {'user_session_exports_slots': found.exports} | to_nice_yaml }}"
    dest: exports.yml
    mode: "0600"
"""

RETURN = r"""
---
exports:
  description:
    - The exports, in the shape that M(community.dynatrace.user_session_exports) takes, ordered by name. Options that
      have no effect, options that are not set, and secrets are left out.
    - An export that does not carry a name of ours gets one made from the host of its endpoint and its index.
  returned: success
  type: list
  elements: dict
  sample:
    - name: archive
      endpoint_definition:
        endpoint_url: https://archive.example.com/sessions
        enable_user_session_export: true
        content_type: application/json
        use_post: false
      authentication:
        active: false
      send_direct:
        active: false
      export_behavior:
        disable_notification: false
objects:
  description: What else is known about each of them, in the same order.
  returned: success
  type: list
  elements: dict
  sample:
    - name: archive
      object_id: vu9U3hXa3q0AAAABADVidWlsdGlu
      label: own
      stored_secrets: [authentication.basic_auth.password]
      unknown_properties: []
      last_modified: 1795530636062
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the export.
      type: str
      returned: always
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
    label:
      description: V(own) if the export carries its name, V(foreign) for a label of another tool, V(none) for none.
      type: str
      returned: always
    stored_secrets:
      description: The options for which a secret is stored.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the server has and the published schema does not know.
      type: list
      elements: str
      returned: always
    last_modified:
      description: When it was last modified, in milliseconds since 1970.
      type: int
      returned: always
    last_author:
      description: Who modified it last.
      type: str
      returned: always
slots:
  description: Slots of the environment.
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
from ansible_collections.community.dynatrace.plugins.module_utils._session_exports.module import READ


def main() -> None:
    """Wire the options to the domain."""
    DynatraceModule.serve(READ)


if __name__ == "__main__":
    main()
