#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the settings objects of a Terraform state as inventory variables."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: terraform_to_vars
short_description: Write the settings objects of a Terraform state as inventory variables
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Finds the settings objects that the Dynatrace provider manages in the output of C(terraform show -json) (or C(tofu
    show -json)), reads these objects from the environment, and writes a file with the variables
    C(dynatrace_settings__terraform) and C(user_session_exports_slots__terraform) for the playbook C(configure).
  - Only addresses and IDs are copied from the state. Resource types are not translated. Every resource whose ID is that
    of a settings object is converted, with the values of the environment.
  - The name of an object is derived from the address of its resource. With C(object_id), the declaration adopts exactly
    the
    object that Terraform manages.
  - IDs of other objects are written as references by name, with the filter
    P(community.dynatrace.object_id#filter).
  - For each stored secret, the declaration uses a variable that belongs in a vault. Its name is in
    RV(vault_variables). The secrets themselves are not copied from the state, which contains them in clear text.
  - Resources of other APIs, such as dashboards, and objects that do not exist in the environment are listed in
    RV(not_converted) with the reason.
  - The module changes neither the environment nor the state.
options:
  state_file:
    description:
      - Path of the file with the output of C(terraform show -json), on the host on which the module runs.
      - The file contains secrets in clear text. Delete it after the conversion.
      - Required.
    type: path
  dest:
    description:
      - Path of the file of variables to write, for example C(host_vars/shop/terraform.yml), on the host on which the
        module runs.
      - Missing directories are created. The file is written atomically, with mode C(0600).
    type: path
    required: true
  commands_dest:
    description:
      - Path of a shell script to write, with a command C(terraform state rm) for each converted resource, and a comment
        for each resource that is not converted. An existing file is overwritten.
      - By default, no script is written.
    type: path
  variable_suffix:
    description:
      - Suffix of the variables, after two underscores. Use different suffixes to combine the files of several states.
      - With an empty suffix, the variables are C(dynatrace_settings) and C(user_session_exports_slots).
    type: str
    default: terraform
  program:
    description:
      - Program for the commands in O(commands_dest).
      - The default is V(tofu) if the state is from OpenTofu, and V(terraform) otherwise.
    type: str
  overwrite:
    description:
      - Whether to overwrite an existing O(dest) that differs. Otherwise, the module fails.
    type: bool
    default: false
  max_objects:
    description:
      - Maximum number of objects to read for each schema. If the environment lists more, the module fails.
    type: int
    default: 20000
  schema_cache_directory:
    description:
      - Directory in which to keep schema documents by server, schema, and version, for later runs and for other
        environments on the same servers.
      - The default is a temporary directory of the run, if the module runs on the controller. Otherwise, documents are
        not kept.
    type: path
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
seealso:
  - module: community.dynatrace.settings
  - module: community.dynatrace.settings_to_vars
"""

EXAMPLES = r"""
- name: Convert the state of a Terraform project
  community.dynatrace.terraform_to_vars:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    state_file: state.json
    dest: host_vars/shop/terraform.yml
    commands_dest: state-rm.sh
"""

RETURN = r"""
---
dest:
  description: Path of the file of variables.
  returned: success
  type: str
  sample: host_vars/shop/terraform.yml
commands_dest:
  description: Path of the script. V(null) if none was written.
  returned: success
  type: str
  sample: state-rm.sh
count:
  description: Number of objects in the file of variables.
  returned: success
  type: int
  sample: 12
converted:
  description: The converted resources. Several resources can manage the same object, which is declared once.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Address of the resource.
      type: str
      returned: always
    schema_id:
      description: ID of the schema of the object.
      type: str
      returned: always
    name:
      description: Name of the object in its declaration.
      type: str
      returned: always
  sample:
    - {address: dynatrace_management_zone_v2.shop, schema_id: "builtin:management-zones", name: shop}
not_converted:
  description: The resources that were not converted.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Address of the resource.
      type: str
      returned: always
    type:
      description: Type of the resource.
      type: str
      returned: always
    reason:
      description: Why it was not converted.
      type: str
      returned: always
  sample:
    - address: dynatrace_json_dashboard.shop
      type: dynatrace_json_dashboard
      reason: "It belongs to another API: classic dashboards."
vault_variables:
  description: The variables that the declarations use for secrets.
  returned: success
  type: list
  elements: dict
  contains:
    schema_id:
      description: ID of the schema of the object.
      type: str
      returned: always
    name:
      description: Name of the object in its declaration.
      type: str
      returned: always
    path:
      description: Path of the secret.
      type: str
      returned: always
    variable:
      description: Name of the variable.
      type: str
      returned: always
  sample:
    - schema_id: builtin:virtualization.vmware
      name: vcenter
      path: password
      variable: vault_vcenter_password
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
from ansible_collections.community.dynatrace.plugins.module_utils._terraform.module import CONVERT


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(CONVERT)


if __name__ == "__main__":
    main()
