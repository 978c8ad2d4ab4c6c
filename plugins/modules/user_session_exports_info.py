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
  - Reads the user session exports of one environment, in the format of
    O(community.dynatrace.user_session_exports#module:exports). It sends one request, or two with O(references=name).
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
options:
  references:
    description:
      - How to return the management zones of exports. V(id) returns the numeric ID, which differs between environments.
      - V(name) returns the name, which M(community.dynatrace.user_session_exports) accepts as well. If several zones
        have the same name, their IDs are kept. This costs one additional request if an export has a management zone.
    type: str
    choices: [id, name]
    default: id
seealso:
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Read the exports
  community.dynatrace.user_session_exports_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    references: name
  register: found

- name: Save them as a declaration (without secrets)
  ansible.builtin.copy:
    content: "{{ {'user_session_exports_slots': found.exports} | to_nice_yaml }}"
    dest: exports.yml
    mode: "0600"
"""

RETURN = r"""
---
exports:
  description:
    - The exports in the format of M(community.dynatrace.user_session_exports), sorted by name. Secrets, and options
      that are not set or have no effect, are not included.
    - An export without a stored name gets a name that consists of the host of its endpoint and its index.
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
details:
  description: Further information about each export, in the same order.
  returned: success
  type: list
  elements: dict
  sample:
    - name: archive
      object_id: vu9U3hXa3q0AAAABADVidWlsdGlu
      external_id_state: own
      stored_secrets: [authentication.basic_auth.password]
      unknown_properties: []
      last_modified: 1795530636062
      last_modified_time: "2026-11-24T14:30:36Z"
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
    external_id_state:
      description:
        - Kind of external ID. V(own) if it contains a name, V(foreign) if it belongs to another tool, or V(none) if
          there is none.
      type: str
      returned: always
    stored_secrets:
      description: Options for which a secret is stored.
      type: list
      elements: str
      returned: always
    unknown_properties:
      description: Properties that the server has but the published schema does not define.
      type: list
      elements: str
      returned: always
    last_modified:
      description: Time of the last modification, in milliseconds since 1970.
      type: int
      returned: always
    last_modified_time:
      description: The same time in ISO 8601, in UTC. V(null) if it is not known.
      type: str
      returned: always
    last_author:
      description: Author of the last modification.
      type: str
      returned: always
slots:
  description: Export slots of the environment.
  returned: success
  type: dict
  contains:
    used:
      description: Number of exports in the environment.
      type: int
      returned: always
    free:
      description: Number of exports that can still be created.
      type: int
      returned: always
    maximum:
      description: Maximum number of exports.
      type: int
      returned: always
  sample: {used: 2, free: 1, maximum: 3}
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
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import READ


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(READ)


if __name__ == "__main__":
    main()
