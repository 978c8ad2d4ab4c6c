#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore settings to their state at a given time."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_restore
short_description: Restore Dynatrace settings to their state at a given time
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Restores the objects of one Settings 2.0 schema in one scope to their state at a given time, according to the
    history of the environment. Objects that have not changed since then are left unchanged.
  - Run it in check mode with a diff first. O(approved_plan) ensures that exactly the reviewed plan is carried out.
  - The history contains no secrets. The stored secrets of an object are kept. An object with secrets that was deleted
    cannot be restored.
  - An object is refused if the schema has changed since then, or if the object had properties that the schema no longer
    defines. RV(not_restorable) lists it with the reason.
  - A deleted object is created again with a new ID. The history does not contain external IDs, the order of objects, or
    permissions. Objects that still exist keep theirs. For an object that is created again, O(names) provides the name
    for its external ID. RV(notes) lists what is not restored.
  - O(policies) about the schema are evaluated for the objects in the scope. A restore that would bring a violation back
    is refused, even if the policy is newer than the values, unless O(policy_overrides) names the policy. Existing
    violations do not refuse a restore.
  - It sends one request for the schema, one for every 500 changes, one for every 500 objects, and one for every change.
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
  - community.dynatrace.changes
  - community.dynatrace.policies
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
  as_of:
    description:
      - Time whose state is to be restored. A time in ISO 8601 (UTC, unless it contains a time zone), or an age with one
        of the units
        V(s), V(m), V(h), V(d), and V(w), such as V(12h).
      - It must not be more than a year ago.
    type: str
    required: true
  object_ids:
    description:
      - Restore only the objects with these IDs. The default is all objects that have changed since O(as_of).
      - An ID that exists neither in the environment nor in its history since then is rejected.
    type: list
    elements: str
  names:
    description:
      - Names of deleted objects. The keys are the IDs that the objects had. An object that is created again gets an
        external ID with its name, so that its declaration matches it.
      - IDs of objects that are not created again are ignored, so that one dictionary can serve several environments.
    type: dict
  delete_newer:
    description:
      - Whether to delete objects that were created after O(as_of). Otherwise, RV(created_since) lists them.
    type: bool
    default: false
  skip_not_restorable:
    description:
      - Whether to restore the other objects if some cannot be restored. Otherwise, nothing is changed and the module
        fails. In check mode, it never fails for this reason.
    type: bool
    default: false
requirements:
  - jsonschema
seealso:
  - module: community.dynatrace.settings_history_info
"""

EXAMPLES = r"""
- name: Preview how to restore the management zones to an earlier state
  community.dynatrace.settings_restore:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    as_of: "2026-11-20 08:00"
  check_mode: true
  diff: true
  register: restore

- name: Restore the zones that can be restored, and remove those that were created since then
  community.dynatrace.settings_restore:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    as_of: "2026-11-20 08:00"
    delete_newer: true
    skip_not_restorable: true

- name: Restore the zones in an incident, although a policy that is newer refuses their names
  community.dynatrace.settings_restore:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    schema_id: builtin:management-zones
    as_of: "2026-11-20 08:00"
    policies: "{{ dynatrace_policies }}"
    policy_overrides: [zone-names]
"""

RETURN = r"""
---
objects:
  description: The outcome for each object that was restored, created again, or deleted.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Shop
      operation: updated
      object_id: vu9U3hXa3q0AAAABABhidWlsdGlu
      changed_properties: [description]
      last_author: jane.doe@example.com
  contains:
    name:
      description: Name of the object, or its ID at the time if it has none.
      type: str
      returned: always
    operation:
      description: V(updated), V(created), or V(deleted).
      type: str
      returned: always
    object_id:
      description: ID of the settings object. In check mode, null for an object that would be created.
      type: str
      returned: always
    changed_properties:
      description: Properties that differed.
      type: list
      elements: str
      returned: always
    last_author:
      description: Author of the last modification before this run. Null if it is created again.
      type: str
      returned: always
not_restorable:
  description: The objects that cannot be restored.
  returned: success, and when objects cannot be restored
  type: list
  elements: dict
  sample: []
  contains:
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
    reason:
      description: Why it cannot be restored.
      type: str
      returned: always
created_since:
  description: The objects that were created after O(as_of) and are kept.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    object_id:
      description: ID of the settings object.
      type: str
      returned: always
as_of:
  description: The restored time, in UTC.
  returned: success
  type: str
  sample: "2026-11-20T08:00:00.000Z"
policy_violations:
  description:
    - The violations of O(policies), including those with the severity V(warning). If a policy refuses the plan, the
      module fails and returns them.
  returned: if O(policies) is not empty
  type: list
  elements: dict
  contains:
    policy:
      description: Name of the policy.
      type: str
      returned: always
    severity:
      description: V(error) or V(warning).
      type: str
      returned: always
    overridden:
      description: Whether O(policy_overrides) keeps the policy from refusing the plan.
      type: bool
      returned: always
    message:
      description: The message of the policy.
      type: str
      returned: always
    schema_id:
      description: ID of the schema.
      type: str
      returned: always
    scope:
      description: Scope of the object.
      type: str
      returned: always
    object:
      description: Name of the object. Empty if the policy is about the list of all objects.
      type: str
      returned: always
    violated_by:
      description: V(desired) if the declaration violates the policy, V(current) if the environment does.
      type: str
      returned: always
    repaired:
      description: Whether the run ends the violation. Then it does not refuse the plan.
      type: bool
      returned: always
    problems:
      description: The violated rules, each with C(path) and C(message). They contain no values.
      type: list
      elements: dict
      returned: always
    source:
      description: Where the policy comes from.
      type: str
      returned: always
  sample:
    - policy: zone-names
      severity: error
      overridden: true
      message: ""
      schema_id: builtin:management-zones
      scope: environment
      object: shop
      violated_by: desired
      repaired: false
      problems:
        - {path: name, message: "must match the pattern ^[A-Z]"}
      source: "dynatrace_policies (group all, group_vars/all/policies.yml:2)"
plan_digest:
  description:
    - Digest of the planned writes. Check mode and a run that carries out the same plan return the same digest. See
      O(approved_plan).
  returned: success, and when the plan does not match the approved one
  type: str
  sample: 1:8b1a9953c4611296a827abf8c47804d7
notes:
  description:
    - What is not restored, and other events of the run, for example a wait for an API that throttles, or a conflict.
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
    - {path: as_of, message: is in the future}
completed_writes:
  description: Writes that were completed before the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), or V(delete).
      type: str
      returned: always
  sample:
    - {name: Shop, action: update}
failed_writes:
  description: The writes that failed.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), or V(delete).
      type: str
      returned: always
  sample:
    - {name: Billing, action: create}
skipped_writes:
  description: Writes that were skipped because of the failure.
  returned: when a write fails
  type: list
  elements: dict
  contains:
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description: V(create), V(update), V(set_external_id), or V(delete).
      type: str
      returned: always
  sample:
    - {name: Legacy, action: delete}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.module import RESTORE


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(RESTORE)


if __name__ == "__main__":
    main()
