#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the settings of an environment as inventory variables."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_to_vars
short_description: Write the settings of a Dynatrace environment as inventory variables
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Reads the objects of any number of schemas of one environment, and writes a file with the variable
    C(dynatrace_settings) for the role P(community.dynatrace.settings#role).
  - IDs of objects that the module also reads are written as references by name, with the filter
    P(community.dynatrace.object_id#filter), so that the file describes the same settings in another environment.
  - The API does not return secrets. A comment at the end of the file lists the objects that have secrets, and shows how
    to declare them. Until a secret is declared, the stored one is kept.
  - An object that has neither a name of this collection nor a unique property is written with its object ID, so that
    the existing object is adopted.
  - The module does not change the environment.
options:
  dest:
    description:
      - Path of the file to write, for example C(host_vars/shop/settings.yml), on the host on which the module runs.
      - Missing directories are created. The file is written atomically, with mode C(0600).
    type: path
    required: true
  schema_ids:
    description:
      - IDs of schemas, or patterns such as V(builtin:management-zones) or V(builtin:alerting.*).
      - A pattern does not match the schema of user session exports, which
        M(community.dynatrace.user_session_exports_to_vars) writes.
      - Required.
    type: list
    elements: str
  overwrite:
    description:
      - Whether to overwrite an existing file that differs. Otherwise, the module fails.
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
  - module: community.dynatrace.user_session_exports_to_vars
"""

EXAMPLES = r"""
- name: Import management zones and the objects that refer to them
  community.dynatrace.settings_to_vars:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    dest: host_vars/shop/settings.yml
    schema_ids:
      - builtin:management-zones
      - builtin:appsec.*
"""

RETURN = r"""
---
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: host_vars/shop/settings.yml
count:
  description: Number of objects in the file.
  returned: success
  type: int
  sample: 12
schema_ids:
  description: IDs of the schemas whose objects the file contains.
  returned: success
  type: list
  elements: str
  sample: ["builtin:management-zones"]
secrets:
  description: Objects with stored secrets, which are not in the file.
  returned: success
  type: list
  elements: dict
  contains:
    schema_id:
      description: ID of the schema.
      type: str
      returned: always
    name:
      description: Name of the object, or the values that identify it.
      type: str
      returned: always
    paths:
      description: Paths of the secrets.
      type: list
      elements: str
      returned: always
  sample:
    - {schema_id: "builtin:virtualization.vmware", name: vcenter.example.com, paths: [password]}
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import IMPORT


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(IMPORT)


if __name__ == "__main__":
    main()
