#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a schema for editors, which covers the settings of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: settings_editor_schema
short_description: Write a JSON Schema with which editors check declared settings
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Writes a JSON Schema with which editors complete and check the variable C(dynatrace_settings), and all variables
    whose names begin with C(dynatrace_settings__), in inventory files. The values of objects are checked against the
    schema that their C(schema_id) names.
  - The settings schemas come from an environment, or from files. With files, the module opens no connection.
  - Property names are accepted as in the schema, or all of them in snake_case. Jinja expressions and encrypted values
    are accepted everywhere.
  - The module does not change the environment.
options:
  dest:
    description:
      - Path of the file to write, on the host on which the module runs. An existing file is overwritten. Do not write
        it to the directory of the inventory, because Ansible would read it as an inventory.
      - Missing directories are created. The file is written atomically, with mode C(0600).
    type: path
    required: true
  schema_ids:
    description:
      - IDs of schemas, or patterns such as V(builtin:alerting.*).
      - The default is all schemas. In this case, the editor marks unknown schema IDs as errors.
    type: list
    elements: str
  schema_files:
    description:
      - Files with schema documents as the API returns them, or directories of such files (C(*.json)).
      - By default, the schemas are read from the environment, with one request for each.
    type: list
    elements: path
extends_documentation_fragment:
  - community.dynatrace.connection
  - community.dynatrace.attributes
seealso:
  - module: community.dynatrace.settings
  - module: community.dynatrace.settings_schema_info
"""

EXAMPLES = r"""
- name: Write a schema for editors with all schemas of an environment
  community.dynatrace.settings_editor_schema:
    environment_url: https://abc12345.live.dynatrace.com
    api_token: "{{ vault_dynatrace_api_token }}"
    dest: editor/dynatrace_settings.json
"""

RETURN = r"""
---
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: editor/dynatrace_settings.json
schema_ids:
  description: IDs of the schemas in the file.
  returned: success
  type: list
  elements: str
  sample: ["builtin:management-zones"]
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
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.editor_module import EDITOR_SCHEMA


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(EDITOR_SCHEMA)


if __name__ == "__main__":
    main()
