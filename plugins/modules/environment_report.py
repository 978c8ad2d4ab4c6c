#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name, which contains the code."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: environment_report
short_description: Write a report about the session exports of all environments
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Writes one report about the results of M(community.dynatrace.user_session_exports) on all hosts of a play, as a
    self-contained HTML page, as JSON, and as JUnit XML.
  - It reads the variables of the hosts itself. If a host has no result, the task does not fail, but reports the
    environment as V(not_reached).
  - It runs only on the controller, once for all hosts. Use it with C(run_once).
  - "For each environment, the report shows the variables C(dynatrace_environment_url),
    C(dynatrace_environment_name), C(dynatrace_environment_id), and C(dynatrace_environment_kind) of its host, if they
    are defined."
options:
  title:
    description:
      - Title of the report.
    type: str
    default: Dynatrace settings
  mode:
    description:
      - V(audit) means that the results are from check mode, so changes in them are drift.
      - V(configure) means that the changes were made, unless Ansible itself runs in check mode.
    type: str
    choices: [audit, configure]
    required: true
  hosts:
    description:
      - Inventory names of the hosts in the report.
      - The default is all hosts of the play, including failed ones.
    type: list
    elements: str
  outcome_variable:
    description:
      - Name of the variable that contains the result of each host, which is the result or failure of
        M(community.dynatrace.user_session_exports), from C(register) or C(ansible_failed_result).
      - If the result contains C(token), a dictionary with the list C(missing_scopes) and the ISO 8601 time C(expires),
        the report shows it as well.
    type: str
    default: dynatrace_outcome
  group_by:
    description:
      - Name of a variable, for example C(dynatrace_stage). The report groups environments by its value.
    type: str
  html:
    description:
      - Path of the HTML page.
      - Paths are relative to the directory in which Ansible was started. Missing directories are created. Files are
        written atomically, with mode C(0600).
    type: path
  json:
    description:
      - Path of the JSON report.
    type: path
  junit:
    description:
      - Path of the JUnit XML file. It has one test case for each export of each environment. Drift is a failure.
        Environments that failed or were not reached are errors.
    type: path
  limit_file:
    description:
      - Path of a file with the names of the hosts that failed or were not reached, one per line, for C(ansible-playbook
        --limit @FILE).
      - If there are none, the file is removed, because an empty file would not limit a run.
    type: path
  plans:
    description:
      - Path of a file with the RV(community.dynatrace.user_session_exports#module:plan_digest) of each environment in
        the variable C(dynatrace_approved_plans). Pass it to the playbook C(community.dynatrace.configure) with
        C(-e @FILE).
    type: path
  merge:
    description:
      - Paths of earlier JSON reports to merge into this one, for example those of slices of the same job.
      - If several reports contain the same environment, the last one takes precedence, and this run counts as the last.
        The state V(not_reached) does not replace another state.
    type: list
    elements: path
    default: []
  write_in_check_mode:
    description:
      - Whether to write files in check mode as well. The keyword C(check_mode=false) of the task has the same effect.
    type: bool
    default: false
attributes:
  check_mode:
    description: Returns the counts but writes no files, unless O(write_in_check_mode=true).
    support: full
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: N/A
    details:
      - The files are output of the run. The module never reports a change.
  action:
    description: Runs only as an action plugin on the controller. There is no module.
    support: full
  async:
    description: Supports C(async).
    support: none
seealso:
  - module: community.dynatrace.user_session_exports
  - ref: ansible_collections.community.dynatrace.docsite.guide_fleet
    description: How to read a report, and what the JSON file contains.
"""

EXAMPLES = r"""
- name: Audit all environments, and continue if one fails
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

- name: Merge the reports of the slices of a job
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
  description: Number of environments in total and in each state, and of exports.
  returned: success
  type: dict
  contains:
    environments:
      description: Number of environments in the report.
      type: int
      returned: always
    failed:
      description: Number of environments that failed.
      type: int
      returned: always
    unreachable:
      description: Number of environments to which no connection could be established.
      type: int
      returned: always
    not_reached:
      description: Number of environments without a result.
      type: int
      returned: always
    drift:
      description: Number of environments that do not match their declaration and were not changed.
      type: int
      returned: always
    changed:
      description: Number of environments that were changed.
      type: int
      returned: always
    unchanged:
      description: Number of environments that match their declaration.
      type: int
      returned: always
    exports:
      description: Number of exports in all environments.
      type: int
      returned: always
    unmanaged:
      description: Number of undeclared exports that were left unchanged.
      type: int
      returned: always
  sample:
    environments: 5
    failed: 1
    unreachable: 0
    not_reached: 0
    drift: 1
    changed: 0
    unchanged: 3
    exports: 12
    unmanaged: 0
hosts_to_retry:
  description: The hosts that failed or were not reached.
  returned: success
  type: list
  elements: str
  sample: [shop-staging]
reasons:
  description:
    - For each host that failed or was not reached, the reason. With O(mode=audit), also the differences of each host
      that has drifted.
  returned: success
  type: dict
  sample: {shop: "Not as declared: archive (endpoint_definition.endpoint_url)."}
unmanaged:
  description: For each host with undeclared exports, a text that names them.
  returned: success
  type: dict
  sample: {shop: "Not declared, left unchanged: old.example.com."}
summary:
  description:
    - Summary for display, one element per line. It contains the counts, up to 20 environments that failed, drifted,
      changed, or have undeclared exports, and the path of the page.
  returned: success
  type: list
  elements: str
  sample:
    - "3 environments: 1 drift, 2 as declared"
    - "shop: Not as declared: archive (endpoint_definition.endpoint_url)."
    - "report: /reports/index.html"
files:
  description: Absolute paths of the files that were written, by option name.
  returned: success
  type: dict
  sample: {html: /reports/index.html}
"""

# There is no module. The action plugin contains the code and runs on the controller.
