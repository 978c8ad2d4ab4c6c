#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the settings of a Monaco project as inventory variables."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: monaco_to_vars
short_description: Write the settings of a Monaco project as inventory variables
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads a manifest of Monaco (Dynatrace Configuration as Code) and its projects, and writes an inventory with the
    environments and groups of the manifest. The settings are declared in the variables C(dynatrace_settings) and
    C(user_session_exports_slots). The module does not connect to any environment.
  - The module renders templates and parameters for each environment, as Monaco does. It writes settings that all
    environments have in common to C(group_vars/dynatrace), those that the environments of a group have in common to the
    variables of the group, and the rest to the variables of the host. In this way, overrides of groups and environments
    become variables of groups and hosts.
  - A reference to the ID of another object becomes a reference by name with P(community.dynatrace.object_id#filter). A
    parameter that is read from an environment variable becomes a variable named C(vault_...). Secrets are never written
    to the files.
  - Each object is declared with its coordinate in Monaco, which identifies an object that Monaco has deployed.
  - Everything that cannot be converted is listed in RV(not_converted), and at the end of
    C(group_vars/dynatrace/monaco.yml).
options:
  manifest:
    description:
      - Path of the manifest, for example C(monaco/manifest.yaml).
    type: path
    required: true
  dest:
    description:
      - Directory of the inventory to write. Missing directories are created. The files are written with mode C(0600).
    type: path
    required: true
  hosts_file:
    description:
      - Whether to write C(hosts.yml), with a host for each environment, in subgroups of the group C(dynatrace). If you
        use an existing inventory instead, it needs hosts and groups with the same names.
    type: bool
    default: true
  schemas:
    description:
      - Schema documents, as in RV(community.dynatrace.settings_schema_info#module:schema). They define which properties
        are secrets.
      - Without the schema of an object, a property is treated as a secret if its name ends with a word such as
        C(password) or C(token).
    type: list
    elements: dict
    default: []
  overwrite:
    description:
      - Whether to overwrite existing files that differ. Otherwise, the module fails and writes nothing.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode and report what would change without changing it.
    support: full
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: full
  action:
    description: Has an action plugin that runs the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task requires a separate process. The variable
        C(dynatrace_in_process) overrides this.
  async:
    description: Supports C(async). The module then runs as a separate process.
    support: full
notes:
  - Templates can contain conditions (C(if), C(else)), loops (C(range)), and the functions C(and), C(or), C(not),
    C(eq), C(ne), and C(index). A template is not converted if it uses other functions or actions, or if a condition
    depends on something that is unknown before deployment, such as an environment variable.
  - Configurations that are not settings are not converted, nor are those that refer to a configuration that is not
    converted.
  - The order of objects is derived from C(insertAfter). If no object of a schema has it, the declaration sets
    O(community.dynatrace.settings#module:declarations[].ordered=false).
seealso:
  - module: community.dynatrace.settings
  - module: community.dynatrace.settings_to_vars
  - module: community.dynatrace.settings_schema_info
"""

EXAMPLES = r"""
- name: Convert a Monaco project
  community.dynatrace.monaco_to_vars:
    manifest: monaco/manifest.yaml
    dest: inventory
  register: converted

- name: Show what was not converted, and what remains to be done
  ansible.builtin.debug:
    var: converted.summary
"""

RETURN = r"""
---
dest:
  description: Directory of the inventory.
  returned: success
  type: str
  sample: inventory
files:
  description: Paths of the files.
  returned: success
  type: list
  elements: str
  sample: [inventory/hosts.yml, inventory/group_vars/dynatrace/monaco.yml]
count:
  description: Number of configurations that were converted.
  returned: success
  type: int
  sample: 12
schema_ids:
  description: IDs of the schemas whose objects were converted.
  returned: success
  type: list
  elements: str
  sample: ["builtin:management-zones"]
not_converted:
  description: Configurations and files that were not converted.
  returned: success
  type: list
  elements: dict
  contains:
    config:
      description: Coordinate of the configuration (project, type, and ID), or path of a file.
      type: str
      returned: always
    environments:
      description: Environments of the manifest for which it was not converted. Empty if the reason does not depend on
        an environment.
      type: list
      elements: str
      returned: always
    reason:
      description: The reason.
      type: str
      returned: always
  sample:
    - {config: "shop:dashboard:overview", environments: [dev, prod], reason: "is of the type api, not settings"}
variables:
  description: Variables that the files use and that you have to define.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the variable.
      type: str
      returned: always
    source:
      description: The part of the project that it replaces.
      type: str
      returned: always
  sample:
    - {name: vault_slack_url, source: environment variable SLACK_URL}
summary:
  description: What was not converted and what remains to be done, for display.
  returned: success
  type: list
  elements: str
  sample: ["Not converted:", "- shop:dashboard:overview (dev, prod) is of the type api, not settings"]
notes:
  description: What was omitted because it is not needed, and other remarks.
  returned: success
  type: list
  elements: str
  sample: ["schemaVersion is omitted from 3 objects, because values follow the schema of each environment."]
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
    - {path: dest, message: "inventory exists and differs; set overwrite: true, or choose another file"}
elapsed:
  description: Time in seconds that the task took.
  returned: always
  type: float
  sample: 0.312
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._monaco.module import MONACO


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(MONACO)


if __name__ == "__main__":
    main()
