#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read who changed settings, and when."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_history_info
short_description: Read who changed Dynatrace settings, when, and how
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the changes of the objects of one Settings 2.0 schema in one scope, each with its time, its author, and the
    values before and after. The newest change comes first.
  - It sends one request for the schema, from which it knows the secrets, and one for every 500 changes.
  - Secrets are never returned. The same applies to properties that the schema does not define, because an older
    version of it may have defined them as secrets.
  - Older versions of Dynatrace Managed do not provide the history. The module then fails with a message that says so.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes.info
options:
  schema_id:
    description:
      - ID of the schema.
    type: str
    required: true
  scope:
    description:
      - Scope of the objects.
      - The default is V(environment), if the schema allows it. Otherwise, it is required.
    type: str
  object_id:
    description:
      - Return only changes of the object with this ID. The object may have been deleted since.
      - M(community.dynatrace.settings_objects_info) returns the IDs of objects.
    type: str
  start_time:
    description:
      - Return changes since this time.
      - A time in ISO 8601 (UTC, unless it contains a time zone), or an age with one of the units V(s), V(m), V(h),
        V(d), and V(w), such as V(12h) or V(30d).
      - It must not be more than a year before O(end_time).
    type: str
    default: 2w
  end_time:
    description:
      - Return changes until this time, in the formats of O(start_time), or V(now).
    type: str
    default: now
  max_changes:
    description:
      - Maximum number of changes to return, between 1 and 10000. If there are more, the newest are returned, and
        RV(complete) is V(false).
    type: int
    default: 1000
seealso:
  - module: community.dynatrace.settings_objects_info
"""

EXAMPLES = r"""
- name: Find out who changed a session export since yesterday
  community.dynatrace.settings_history_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:elasticsearch.user-session-export-settings-v2
    start_time: 1d
  register: exports

- name: Show the authors
  ansible.builtin.debug:
    msg: "{{ exports.changes | map(attribute='author') | unique }}"

- name: Read all changes in a time range
  community.dynatrace.settings_history_info:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    start_time: "2026-11-01"
    end_time: "2026-11-20T08:00:00Z"
"""

RETURN = r"""
---
changes:
  description: The changes, the newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - time: "2026-11-24T14:30:36.062Z"
      author: jane.doe@example.com
      source: UI
      operation: updated
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      schema_version: 1.0.14
      revision: 4bc8ac48-c951-11f0-8de9-0242ac120002
      changed_properties: [description]
      before: {name: Shop, description: Shop, rules: []}
      after: {name: Shop, description: Web shop, rules: []}
  contains:
    time:
      description: Time of the change, in UTC. V(null) if it is not known.
      type: str
      returned: always
    author:
      description: Author of the change, a user or the public part of a token. V(null) if it is not known.
      type: str
      returned: always
    source:
      description:
        - The interface through which the change was made, as reported by the environment. V(null) if it is not known.
      type: str
      returned: always
    operation:
      description:
        - V(created), V(updated), V(deleted), V(moved) to another position, or V(unchanged) if it was saved without a
          difference.
      type: str
      returned: always
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
    schema_version:
      description: Version of the schema at that time.
      type: str
      returned: always
    revision:
      description: ID of the revision.
      type: str
      returned: always
    changed_properties:
      description: Paths of the properties that differ between RV(changes[].before) and RV(changes[].after), without
        secrets. Empty if the object was created or deleted.
      type: list
      elements: str
      returned: always
    before:
      description:
        - Properties before the change, V(null) for a new object. Secrets are replaced with V((stored\)), and properties
          that the schema does not define with V((not shown\)).
      type: dict
      returned: always
    after:
      description: Properties after the change in the same format, V(null) for a deleted object.
      type: dict
      returned: always
complete:
  description: Whether RV(changes) contains all changes of the time range.
  returned: success
  type: bool
  sample: true
start_time:
  description: Start of the time range, in UTC.
  returned: success
  type: str
  sample: "2026-11-10T14:30:36.062Z"
end_time:
  description: End of the time range, in UTC.
  returned: success
  type: str
  sample: "2026-11-24T14:30:36.062Z"
schema_version:
  description: Version of the schema in the environment.
  returned: success
  type: str
  sample: 1.0.14
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import HISTORY


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(HISTORY)


if __name__ == "__main__":
    main()
