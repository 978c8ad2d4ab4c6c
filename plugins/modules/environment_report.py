#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: environment_report
short_description: Report what became of the session exports of all environments
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes one report of the outcomes that M(community.dynatrace.user_session_exports) had on all hosts of a play, as an
    HTML page that needs nothing else, as JSON, and as JUnit XML.
  - It reads the variables of the hosts itself and does not fail because one of them has no outcome. Such an environment
    is in the report as V(not_reached).
  - Runs on the controller only, once for all hosts. Give it C(run_once).
  - "The report shows of an environment the variables C(dynatrace_environment_url),
    C(dynatrace_environment_name), C(dynatrace_environment_id) and C(dynatrace_environment_kind), as far as its host has
    them."
options:
  title:
    description:
      - Title of the report.
    type: str
    default: User session exports
  mode:
    description:
      - V(audit) says that the outcomes are those of check mode, so what has changed in them is drift.
      - With V(configure) it has been changed, unless Ansible itself runs in check mode.
    type: str
    choices: [audit, configure]
    required: true
  hosts:
    description:
      - The hosts that the report is about, by their names in the inventory.
      - If not given, all hosts of the play, those that have failed included.
    type: list
    elements: str
  outcome_variable:
    description:
      - Name of the variable in which each host has its outcome, which is the result of
        M(community.dynatrace.user_session_exports), or its failure, as C(register) or C(ansible_failed_result) keep it.
      - C(token) in it, a dictionary with the list C(missing_scopes) and the ISO 8601 time C(expires), is shown as well.
    type: str
    default: dynatrace_outcome
  group_by:
    description:
      - Name of a variable whose value groups environments, for example C(dynatrace_stage).
    type: str
  html:
    description:
      - Where to write the page.
      - Paths are relative to the folder in which Ansible was started. Missing folders are made. Files are written in
        one step, with mode C(0600).
    type: path
  json:
    description:
      - Where to write the JSON report.
    type: path
  junit:
    description:
      - Where to write the JUnit XML. It has a test case for each export of each environment. Drift is a failure; what
        has failed, or was not reached, is an error.
    type: path
  limit_file:
    description:
      - Where to write the names of the hosts that have failed or were not reached, one per line, for
        C(ansible-playbook --limit @FILE).
      - If there are none, the file is removed, because an empty one would not limit anything.
    type: path
  plans:
    description:
      - Where to write RV(community.dynatrace.user_session_exports#module:plan_digest) of each environment, as the
        variable C(dynatrace_approved_plans), which the playbook C(community.dynatrace.configure) takes with
        C(-e @FILE).
    type: path
  merge:
    description:
      - Earlier JSON reports, for example of slices of the same job. Their environments are part of this report.
      - Of an environment that is in several, the last one is taken, this run being the last. One that says
        V(not_reached) does not replace another.
    type: list
    elements: path
    default: []
  write_in_check_mode:
    description:
      - Whether to write files in check mode too. C(check_mode=false) of the task does the same.
    type: bool
    default: false
attributes:
  check_mode:
    description: Makes the report and returns its counts, but writes nothing, unless O(write_in_check_mode=true).
    support: full
  diff_mode:
    description: Shows what has changed, or would change, in diff mode.
    support: N/A
    details:
      - The files are output of the run. It never reports a change.
  action:
    description: Runs as an action plugin only, on the controller. There is no module behind it.
    support: full
  async:
    description: Can be run with C(async).
    support: none
seealso:
  - module: community.dynatrace.user_session_exports
  - ref: ansible_collections.community.dynatrace.docsite.guide_fleet
    description: How to read a report, and what is in the JSON file.
"""

EXAMPLES = r"""
- name: Look at all environments, and go on where one fails
  block:
    - name: Compare
      community.dynatrace.user_session_exports:
        environment_url: "{{ dynatrace_environment_url }}"
        api_token: "{{ vault_dynatrace_api_token }}"
        exports: "{{ user_session_exports_slots }}"
      check_mode: true
      register: dynatrace_outcome
      ignore_errors: true

    - name: Report
      community.dynatrace.environment_report:
        mode: audit
        group_by: dynatrace_stage
        html: report/index.html
        json: report/report.json
        junit: report/junit.xml
        limit_file: report/failed.txt
      register: report
      run_once: true
      check_mode: false

    - name: Fail on drift
      ansible.builtin.assert:
        that: report.counts.drift == 0
      run_once: true

- name: One report of the slices of a job
  community.dynatrace.environment_report:
    mode: audit
    hosts: []
    merge: [slice-1.json, slice-2.json]
    html: report/index.html
  delegate_to: localhost
"""

RETURN = r"""
---
counts:
  description: How many environments there are, how many in each state, and how many exports.
  returned: success
  type: dict
  contains:
    environments:
      description: All environments of the report.
      type: int
      returned: always
    failed:
      description: Environments that failed or were unreachable.
      type: int
      returned: always
    not_reached:
      description: Environments without an outcome.
      type: int
      returned: always
    drift:
      description: Environments that are not as declared, and were not changed.
      type: int
      returned: always
    changed:
      description: Environments that were not as declared, and were changed.
      type: int
      returned: always
    unchanged:
      description: Environments that are as declared.
      type: int
      returned: always
    exports:
      description: Exports of all environments.
      type: int
      returned: always
    unmanaged:
      description: Exports that are not declared and were left alone.
      type: int
      returned: always
  sample: {environments: 5, failed: 1, not_reached: 0, drift: 1, changed: 0, unchanged: 3, exports: 12, unmanaged: 0}
hosts_to_retry:
  description: The hosts that failed or were not reached.
  returned: success
  type: list
  elements: str
  sample: [shop-staging]
reasons:
  description:
    - By the names of hosts, what is wrong with those that failed or were not reached. With O(mode=audit) also with
      those that are not as declared.
  returned: success
  type: dict
  sample: {shop: "Not as declared: archive (endpoint_definition.endpoint_url)."}
undeclared:
  description: By the names of hosts, which exports are there, not declared, and left as they are.
  returned: success
  type: dict
  sample: {shop: "Not declared, left as it is: unnamed to https://old.example.com/in."}
summary:
  description:
    - What a person wants to read at the end, line by line. The counts, then up to 20 environments that are not well,
      have changed, or have exports that are not declared, then where the page is.
  returned: success
  type: list
  elements: str
  sample:
    - "3 environments: 1 drift, 2 as declared"
    - "shop: Not as declared: archive (endpoint_definition.endpoint_url)."
    - "report: /reports/index.html"
files:
  description: The files that were written, by the names of the options. Absolute paths.
  returned: success
  type: dict
  sample: {html: /reports/index.html}
"""

# There is no module: an action plugin does all of it, on the controller.
