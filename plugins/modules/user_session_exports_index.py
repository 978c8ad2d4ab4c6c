#!/usr/bin/python
# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create or extend the indices that receive user sessions."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_session_exports_index
short_description: Create the Elasticsearch or OpenSearch index of user session exports
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Creates the index of an export with O(exports[].send_direct.active), with a mapping for session documents. Times are
    mapped as dates, names as keywords, and numbers as numbers. User actions, events, and errors are nested, so that
    each can be searched separately. Otherwise, the first session creates the index, with times mapped as numbers.
  - If the index exists, missing fields are added. Its settings, its aliases, and the rest of its mapping do not change.
  - The type of a field cannot be changed. If an existing field would index sessions differently or reject them, the
    index is left unchanged, and the task fails and explains how to proceed.
  - The module accepts the same O(exports) as M(community.dynatrace.user_session_exports), so that you can use one
    variable for both. The list can contain the exports of several environments. The module does not need a Dynatrace
    environment. It processes each index once, regardless of the number of exports that use it.
  - It supports Elasticsearch 7 and newer, and OpenSearch. If the name is an alias, it processes the write index of the
    alias.
  - The playbook C(community.dynatrace.prepare_index) runs the module for all environments of an inventory.
extends_documentation_fragment:
  - community.dynatrace.exports.required
options:
  state:
    description:
      - V(present) creates the index, or adds missing fields. An index is never removed.
    type: str
    choices: [present]
    default: present
  layout:
    description:
      - V(nested) maps user actions, events, and errors so that each can be searched separately. V(flat) maps them as
        objects, whose values can only be searched together. Tools such as Kibana Lens cannot use nested fields.
      - The layout of an existing index cannot be changed.
    type: str
    choices: [nested, flat]
    default: nested
  rollover:
    description:
      - Whether O(exports[].send_direct.index_name) is the name of a rollover alias. An index template with this name
        provides the mapping and O(settings) of each index of the alias. If the alias does not exist, it is created
        together with a first index, whose name ends in C(-000001).
      - Policies that roll over and delete indices are not managed by this module.
    type: bool
    default: false
  mapping:
    description:
      - Additions to the mapping, in the format of Elasticsearch. Fields below C(properties) are merged with those of
        the collection. A field with another C(type) replaces that of the collection.
      - For an existing index, only fields are compared. Fields in this option must have exactly the given type.
    type: dict
  settings:
    description:
      - Settings for a new index, for example C(number_of_shards). The settings of an existing index are kept.
    type: dict
  timeout:
    description:
      - Timeout in seconds for each request, from the host name lookup to the last byte of the response, at most 300.
    type: float
    default: 30.0
  proxy:
    description:
      - URL of the HTTP proxy to use, for example V(http://proxy.example.com:3128). Connections to the proxy itself use
        plain HTTP.
      - Proxy settings in environment variables are ignored.
    type: str
  ca_path:
    description:
      - Path to a file with trusted CA certificates in PEM format, or to an OpenSSL certificate directory, used instead
        of the certificates of the system.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and report what would change without changing it.
    support: full
    details:
      - Check mode cannot verify that the server accepts O(mapping) and O(settings), or that the user has the
        privileges.
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: full
    details:
      - Shows the mapping of each index before and after.
  action:
    description: Has an action plugin that runs the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task requires a separate process. The variable
        C(dynatrace_in_process) overrides this.
  async:
    description: Supports C(async). The module then runs as a separate process.
    support: full
requirements:
  - python >= 3.10
notes:
  - The user of the export needs the index privileges C(create_index), C(view_index_metadata), and C(manage) in
    Elasticsearch, or the action groups C(create_index) and C(manage) with C(indices:admin/get) in OpenSearch, and, with
    O(rollover), the right to manage index templates. None of these is needed for sending sessions. You can therefore
    pass the exports to this module with another user.
  - The module is not in the action group C(dynatrace), because it does not have the options of the group, and because
    the tokens of an environment must not reach the hosts on which it can run.
seealso:
  - module: community.dynatrace.user_session_exports_endpoint_check
  - module: community.dynatrace.user_session_exports
"""

EXAMPLES = r"""
- name: Create the indices before configuring the exports
  community.dynatrace.user_session_exports_index:
    exports: "{{ user_session_exports_slots }}"

- name: Create a rollover alias, an index template for its indices, and the first index
  community.dynatrace.user_session_exports_index:
    exports:
      - name: elasticsearch
        endpoint_definition:
          endpoint_url: https://elastic.example.com:9200/_bulk
          content_type: application/x-ndjson
          use_post: true
        authentication:
          active: true
          basic_auth:
            username: index-manager
            password: "{{ vault_index_manager_password }}"
        send_direct:
          active: true
          index_name: user-sessions-by-size
    rollover: true
    settings:
      number_of_shards: 1

- name: Create an index with custom settings and fields
  community.dynatrace.user_session_exports_index:
    exports:
      - name: elasticsearch
        endpoint_definition:
          endpoint_url: https://elastic.example.com:9200/_bulk
          content_type: application/x-ndjson
          use_post: true
        authentication:
          active: true
          basic_auth:
            username: index-manager
            password: "{{ vault_index_manager_password }}"
        send_direct:
          active: true
          index_name: user-sessions
    settings:
      number_of_shards: 3
      number_of_replicas: 1
    mapping:
      properties:
        userActions:
          properties:
            targetUrl:
              type: wildcard
"""

RETURN = r"""
---
indices:
  description: The indices of the exports, without duplicates.
  returned: when the input is valid
  type: list
  elements: dict
  sample:
    - name: user-sessions
      index: user-sessions
      endpoint: https://elastic.example.com:9200/_bulk
      exports: [elasticsearch]
      operation: updated
      template: {}
      added: [endTime, userActions.startTime]
      differing: []
      findings:
        - code: elasticsearch_found
          severity: ok
          export: elasticsearch
          option: exports[0].endpoint_definition.endpoint_url
          message: the server is Elasticsearch 8.15.0
          remediation: ""
  contains:
    name:
      description: Name of the index in the export.
      type: str
      returned: always
    index:
      description: Name of the index itself. It differs from RV(indices[].name) if the latter is an alias.
      type: str
      returned: always
    endpoint:
      description: URL of the first export that uses the index, without user name, password, and query.
      type: str
      returned: always
    exports:
      description: Names of the exports that use the index.
      type: list
      elements: str
      returned: always
    operation:
      description: V(created), V(updated), V(unchanged), or V(failed). In check mode, the expected outcome.
      type: str
      returned: always
    template:
      description: Index template of the rollover alias. Empty unless O(rollover=true).
      type: dict
      returned: always
      contains:
        name:
          description: Name of the index template.
          type: str
          returned: if O(rollover=true)
        operation:
          description: V(created), V(updated), or V(unchanged). In check mode, the expected outcome.
          type: str
          returned: if O(rollover=true)
    added:
      description: Fields that were added. For a new index, all fields.
      type: list
      elements: str
      returned: always
    differing:
      description: Existing fields whose type differs from the expected type.
      type: list
      elements: dict
      returned: always
      contains:
        field:
          description: Path of the field.
          type: str
          returned: always
        type:
          description: Current type.
          type: str
          returned: always
        desired:
          description: Expected type.
          type: str
          returned: always
    findings:
      description: Findings, in the format of M(community.dynatrace.user_session_exports_endpoint_check).
      type: list
      elements: dict
      returned: always
      contains:
        code:
          description: Code of the finding. The guide lists all codes.
          type: str
          returned: always
        severity:
          description: V(ok), V(info), V(warning), or V(error).
          type: str
          returned: always
        export:
          description: Name of the export.
          type: str
          returned: always
        option:
          description: Path of the option that the finding refers to. Empty if it refers to none.
          type: str
          returned: always
        message:
          description: Description of the finding, in one line.
          type: str
          returned: always
        remediation:
          description: What to change. Empty if there is nothing to change.
          type: str
          returned: always
notes:
  description: Additional notes.
  returned: when the input is valid
  type: list
  elements: str
  sample: ["No export has send_direct.active, so there is no index to prepare."]
elapsed:
  description: Time in seconds that the task took.
  returned: always
  type: float
  sample: 0.312
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
    - {path: "exports[0].endpoint_definition.endpoint_url", message: "must be an https URL"}
"""

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import DynatraceModule
from ansible_collections.community.dynatrace.plugins.module_utils._elasticsearch_index.module import INDEX


def main() -> None:
    """Run the module."""
    DynatraceModule.serve(INDEX)


if __name__ == "__main__":
    main()
