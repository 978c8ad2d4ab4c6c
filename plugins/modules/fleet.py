#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name, which contains the code."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fleet
short_description: Process all environments of a play in one task
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Does the work of another module of this collection for all hosts of a play (C(ansible_play_batch)) in one task. With
    a task for each host, Ansible's own overhead takes much longer than the work itself.
  - The options of the module come from the variables of each host, as with O(vars_prefix) in a task for each host. A
    templated value is rendered once for several hosts only if it is certain to be the same for all of them. No host
    gets the value of another host.
  - An environment that fails does not stop the others. The task fails at the end, and its message names each failed
    environment and the reason.
  - It can write the report of M(community.dynatrace.environment_report), roll out a change in batches, and stop if a
    canary fails.
  - While it runs, it writes its progress to standard error. On a terminal, one line is updated. Otherwise, it writes a
    line every few seconds.
  - If the run is interrupted (C(SIGTERM), C(Ctrl+C)), no other environment is started, and a report of what was done so
    far is written.
  - It runs only on the controller, once for all hosts. Use it in a play for the group of environments.
  - The play must use the strategy C(linear). With C(free) or C(host_pinned), the task fails before anything is sent.
options:
  module:
    description:
      - The module to run for each environment.
      - V(environment) does the work of M(community.dynatrace.user_session_exports), with the variable
        C(user_session_exports_slots), and of M(community.dynatrace.settings), with the variable C(dynatrace_settings),
        in one plan. Each part is done only if its variable is defined.
    type: str
    choices:
      - environment
      - settings
      - settings_to_vars
      - terraform_to_vars
      - user_session_exports
      - user_session_exports_to_vars
    default: user_session_exports
  vars_prefix:
    description:
      - Prefix of the variables that set the options of the module. Connection options fall back to variables that begin
        with C(dynatrace_).
    type: str
    default: user_session_exports_
  options:
    description:
      - Options of the module that are the same for all environments. They take precedence over variables.
      - Ansible renders them once, with the variables of the first host. Use O(option_variables) if values can differ
        between hosts.
    type: dict
    default: {}
  option_variables:
    description:
      - Options of the module whose values differ between hosts. The keys are names of options, and the values are names
        of variables, which are rendered for each host. An option is omitted if its variable is undefined or C(omit).
    type: dict
    default: {}
  mode:
    description:
      - V(audit) always runs in check mode, and reports changes as drift.
      - V(configure) makes changes, unless Ansible itself runs in check mode.
    type: str
    choices: [audit, configure]
    default: configure
  canary:
    description:
      - Number of environments to process first. If one of them fails, the others are left unchanged.
    type: int
    default: 0
  serial:
    description:
      - Size of a batch, as a number or percentage of environments. After each batch, O(max_fail_percentage) decides
        whether the run continues.
    type: str
    default: 100%
  max_fail_percentage:
    description:
      - Stop when more than this percentage of the environments in a batch fails. With V(100), the run never stops.
    type: int
    default: 100
  fail_on_drift:
    description:
      - Whether to fail if an environment does not match its declaration. Only with O(mode=audit).
    type: bool
    default: false
  fail_on_unmanaged:
    description:
      - Whether to fail if an environment has undeclared exports.
    type: bool
    default: false
  processes:
    description:
      - Maximum number of processes. V(0) means the number of processor cores. A small fleet is processed in one
        process.
    type: int
    default: 0
  threads:
    description:
      - Maximum number of environments to process at the same time. They mostly wait for the network, so this number can
        be much higher than that of processor cores.
    type: int
    default: 50
  return_results:
    description:
      - The environments whose results are returned in RV(results). Results can be large.
    type: str
    choices: [none, failed, changed, all]
    default: all
  report_directory:
    description:
      - Directory of the report. The names of its files begin with the value of O(mode). In a job of AWX or automation
        controller (C(awx_job_id)), they are written to a subdirectory for the job.
      - Paths are relative to the directory in which Ansible was started. By default, no report is written.
      - The report is also written in check mode.
    type: str
  report_title:
    description:
      - Title of the report.
    type: str
    default: Dynatrace settings
  group_by:
    description:
      - Name of a variable. The report groups environments by its value.
    type: str
  merge_directory:
    description:
      - Directory of group variables, such as C(inventory/group_vars). Only with O(module=settings_to_vars) and
        O(module=user_session_exports_to_vars).
      - Whatever is identical for all hosts of a group is then written to C(settings.yml) or C(user_session_exports.yml)
        in the directory of the group, as a variable with a suffix for the group. The rest is written to the files of
        the hosts. The group C(all) comes first. Groups with hosts that are not in the play are skipped.
      - Ordered objects are kept together in one file. Objects that can only be found by their ID are written to the
        file of their host.
      - Files are written after all environments have been read, and only if this overwrites no file that was not
        written by an import. A file of an earlier import that has no content now is overwritten with an empty list.
    type: path
  progress:
    description:
      - Whether to show the progress. It is never shown with C(no_log), or if Ansible is configured not to show
        successful hosts (E(ANSIBLE_DISPLAY_OK_HOSTS)).
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode and report what would change without changing it.
    support: full
  diff_mode:
    description: Shows the changes of each environment under its name. Identical changes are shown once.
    support: full
  action:
    description: Runs only as an action plugin on the controller. There is no module.
    support: full
  async:
    description: Supports C(async).
    support: none
seealso:
  - module: community.dynatrace.user_session_exports
  - module: community.dynatrace.environment_report
  - ref: ansible_collections.community.dynatrace.docsite.guide_fleet
    description: The playbooks that use this module.
"""

EXAMPLES = r"""
- name: Configure all environments of the play, one environment first
  community.dynatrace.fleet:
    canary: 1
    report_directory: dynatrace-report

- name: Find all drift, and fail if there is any
  community.dynatrace.fleet:
    mode: audit
    fail_on_drift: true
    report_directory: dynatrace-report
    return_results: none

- name: Write the exports of each environment to a separate file
  community.dynatrace.fleet:
    module: user_session_exports_to_vars
    option_variables:
      dest: file_of_exports
  vars:
    file_of_exports: "exports/{{ inventory_hostname }}.yml"

- name: Import management zones, and write what environments have in common to group variables
  community.dynatrace.fleet:
    module: settings_to_vars
    vars_prefix: dynatrace_settings_
    options:
      schema_ids: [builtin:management-zones]
    option_variables:
      dest: file_of_settings
    merge_directory: inventory/group_vars
  vars:
    file_of_settings: "{{ playbook_dir }}/inventory/host_vars/{{ inventory_hostname }}/settings.yml"
"""

RETURN = r"""
---
counts:
  description: Number of environments in total and in each state, and of exports, as in
    RV(community.dynatrace.environment_report#module:counts).
  returned: always
  type: dict
  sample: {environments: 3, failed: 0, not_reached: 0, drift: 1, changed: 0, unchanged: 2}
environments:
  description: For each host, the state of its environment, why it needs attention, what changed or differs, and the
    time taken in seconds.
  returned: always
  type: dict
  sample: {shop: {host: shop, state: changed, reason: "", changes: archive (created), seconds: 0.4}}
results:
  description: For each host, the result or the failure of the module, as a task for the host would return it. See
    O(return_results).
  returned: always
  type: dict
  sample: {shop: {changed: false, exports: []}}
hosts_to_retry:
  description: The hosts that failed or were not processed.
  returned: always
  type: list
  elements: str
  sample: [shop-staging]
reasons:
  description: For each host that failed or was not processed, the reason. With O(mode=audit), also the differences of
    each host that has drifted.
  returned: always
  type: dict
  sample: {shop: "Not as declared: archive (endpoint_definition.endpoint_url)."}
unmanaged:
  description: For each host with undeclared exports, a text that names them.
  returned: always
  type: dict
  sample: {shop: "Not declared, left unchanged: old.example.com."}
summary:
  description: Summary for display, one element per line.
  returned: always
  type: list
  elements: str
  sample: ["3 environments: 1 drift, 2 as declared"]
files:
  description: Absolute paths of the files of the report that were written.
  returned: always
  type: dict
  sample: {html: /reports/audit.html}
written_files:
  description: Files of variables that were written, or would be in check mode, with O(merge_directory).
  returned: always
  type: list
  elements: str
  sample: [/project/inventory/group_vars/europe/settings.yml]
stopped:
  description: Why the run ended before all environments were processed. Empty if all were processed.
  returned: always
  type: str
  sample: the canary failed
statistics:
  description: The counts and the first 50 hosts that need attention, for C(set_stats). On success, they are already
    set. In AWX and automation controller, the key ends with the ID of the job (C(awx_job_id)), because all slices of a
    job share the keys. Otherwise, it ends with C(run).
  returned: always
  type: dict
  sample: {dynatrace_fleet_run: {mode: audit, counts: {environments: 3}, attention: [shop]}}
"""

# There is no module. The action plugin contains the code and runs on the controller.
