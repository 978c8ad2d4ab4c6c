# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory plugin: documentation, and the interface between Ansible's inventory and the environments."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: environments
short_description: Dynatrace environments as hosts
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Creates one host for each Dynatrace environment, so that one declaration can apply to many environments.
  - The environments come from Managed clusters (Cluster API v2), from SaaS accounts (Account Management API), from a
    list in the inventory file, or from any combination of these.
  - The name of the inventory file must end in C(dynatrace.yml), C(dynatrace.yaml), C(environments.yml), or
    C(environments.yaml), for example C(production.dynatrace.yml).
  - The hosts are environments, not machines. Tasks run on the controller, with the Python that runs Ansible.
  - The plugin never stores a token in a host variable, only the I(name) of the variable that contains the token. See
    O(api_token_variable).
options:
  plugin:
    description:
      - Identifies the file as a configuration of this plugin.
    type: str
    required: true
    choices:
      - community.dynatrace.environments
  clusters:
    description:
      - Managed clusters. The plugin requests the environments of each from the Cluster API v2.
      - The connection options of the plugin (O(validate_certs), O(ca_path), O(client_cert), O(client_key), O(proxy),
        O(timeout), and O(retry_timeout)) can also be set for each cluster.
      - Each value here, and in O(accounts) and O(environments), can be a template with extra variables and lookups, or
        encrypted with C(!vault).
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description:
          - URL of the cluster, for example V(https://dynatrace.example.com). Plain C(http) is accepted only for
            loopback addresses.
          - If omitted, the environment variable E(DYNATRACE_CLUSTER_URL) is used.
        type: str
      token:
        description:
          - Cluster token with the scope C(ServiceProviderAPI).
          - If omitted, the environment variable E(DYNATRACE_CLUSTER_TOKEN) is used. It is only sent to
            E(DYNATRACE_CLUSTER_URL), and cannot be combined with O(validate_certs=false), nor with a O(proxy) or
            O(ca_path) that differs from E(DYNATRACE_PROXY) and E(DYNATRACE_CA_PATH).
        type: str
      api_token_variable:
        description:
          - Overrides O(api_token_variable) for the environments of this cluster.
        type: str
  accounts:
    description:
      - SaaS accounts. The plugin requests the environments of each from the Account Management API.
      - The connection options can also be set for each account.
    type: list
    elements: dict
    default: []
    suboptions:
      oauth_account_urn:
        description:
          - UUID of the account, with or without the prefix C(urn:dtaccount:).
          - If omitted, the environment variable E(DYNATRACE_OAUTH_ACCOUNT_URN) is used.
        type: str
      oauth_client_id:
        description:
          - Client ID of an OAuth client with the scope C(account-env-read).
          - If neither it nor O(accounts[].oauth_client_secret) is set, the environment variables
            E(DYNATRACE_OAUTH_CLIENT_ID) and E(DYNATRACE_OAUTH_CLIENT_SECRET) are used. Those credentials are only sent
            to the defaults of O(accounts[].oauth_token_url) and O(accounts[].url), or to E(DYNATRACE_OAUTH_TOKEN_URL)
            and E(DYNATRACE_ACCOUNT_URL). They cannot be combined with O(validate_certs=false), nor with a O(proxy) or
            O(ca_path) that differs from E(DYNATRACE_PROXY) and E(DYNATRACE_CA_PATH).
        type: str
      oauth_client_secret:
        description:
          - Client secret of O(accounts[].oauth_client_id).
        type: str
      oauth_token_url:
        description:
          - URL of the token endpoint for the OAuth client.
          - The default is V(https://sso.dynatrace.com/sso/oauth2/token).
        type: str
      oauth_scope:
        description:
          - Scope that the OAuth client requests.
        type: str
        default: account-env-read
      url:
        description:
          - URL of the Account Management API.
          - The default is V(https://api.dynatrace.com).
        type: str
      api_token_variable:
        description:
          - Overrides O(api_token_variable) for the environments of this account.
        type: str
  environments:
    description:
      - A list of environments. Each is a dictionary, or only a URL.
      - If several sources list an environment with the same ID, it becomes one host. For each value, this list takes
        precedence over O(clusters), and O(clusters) over O(accounts), each in the order of the file.
    type: list
    elements: raw
    default: []
    suboptions:
      url:
        description:
          - Base URL of the environment, as in O(community.dynatrace.user_session_exports#module:environment_url).
        type: str
        required: true
      id:
        description:
          - ID of the environment. If omitted, it is taken from the URL.
        type: str
      name:
        description:
          - Name of the environment.
        type: str
      kind:
        description:
          - Kind of the environment. If omitted, an ID in the form of a UUID means V(managed).
        type: str
        choices:
          - saas
          - managed
      state:
        description:
          - State of the environment.
        type: str
        choices:
          - enabled
          - disabled
          - unknown
      tags:
        description:
          - Tags of the environment.
        type: list
        elements: str
      host:
        description:
          - Name of the host. It overrides O(host_name).
        type: str
      api_token_variable:
        description:
          - Overrides O(api_token_variable) for this environment.
        type: str
  host_name:
    description:
      - V(id) uses the ID of the environment as the host name. It never changes, so C(host_vars) stay valid when an
        environment is renamed.
      - V(name) uses the name of the environment, converted to lowercase letters, digits, and dashes. If several
        environments have the same name, their IDs are appended. When an environment is renamed, its host name changes.
    type: str
    choices:
      - id
      - name
    default: id
  group:
    description:
      - Group to which all hosts belong. The playbooks of the collection run on the group C(dynatrace).
    type: str
    default: dynatrace
  api_token_variable:
    description:
      - Name of the variable that contains the access token of an environment, for example an encrypted variable in
        C(host_vars) or C(group_vars).
      - C({id}) and C({name}) are replaced with the ID and the name of the environment. Characters that are not allowed
        in variable names are replaced with underscores.
      - If set, each host has the variable C(dynatrace_api_token_variable) with this name, and
        C(dynatrace_api_token) as a template that refers to it, so that playbooks and roles find the token.
    type: str
  filters:
    description:
      - Which environments become hosts. An environment must match every filter that is set. It matches a filter if it
        matches at least one of its values.
    type: dict
    default: {}
    suboptions:
      names:
        description:
          - Patterns for names or IDs, for example V(shop-*). They are not case-sensitive.
        type: list
        elements: str
      kinds:
        description:
          - Kinds, V(saas) or V(managed).
        type: list
        elements: str
      states:
        description:
          - States, V(enabled), V(disabled), or V(unknown) (not reported by the source).
          - By default, disabled environments are excluded.
        type: list
        elements: str
      tags:
        description:
          - Tags. The environment must have at least one of them. Only Managed clusters report tags.
        type: list
        elements: str
  exclude:
    description:
      - Which environments are excluded. An environment that matches any value of any filter is excluded. The filters
        are those of O(filters).
    type: dict
    default: {}
    suboptions:
      names:
        description:
          - See O(filters.names).
        type: list
        elements: str
      kinds:
        description:
          - See O(filters.kinds).
        type: list
        elements: str
      states:
        description:
          - See O(filters.states).
        type: list
        elements: str
      tags:
        description:
          - See O(filters.tags).
        type: list
        elements: str
  on_source_error:
    description:
      - What to do when a cluster or an account cannot be queried.
      - V(fail) creates no hosts. Ansible displays the reason and continues without this inventory, unless
        E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), which is recommended.
      - V(warn) issues a warning and continues with the other sources. If every source fails, it behaves like V(fail).
    type: str
    choices:
      - fail
      - warn
    default: fail
  validate_certs:
    description:
      - Whether to validate the certificates of servers.
    type: bool
    default: true
  ca_path:
    description:
      - Path to a file with trusted CA certificates in PEM format, used instead of the bundled ones.
      - If omitted, the environment variable E(DYNATRACE_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - Path to a client certificate in PEM format, for servers that require one.
    type: path
  client_key:
    description:
      - Path to the private key of O(client_cert), if it is not in the same file.
    type: path
  proxy:
    description:
      - URL of the HTTP proxy to use, for example V(http://proxy.example.com:3128).
      - If omitted, the environment variable E(DYNATRACE_PROXY) is used. Other proxy settings in environment variables
        are ignored.
    type: str
  timeout:
    description:
      - Timeout in seconds for connecting, and for each read of a response.
    type: float
    default: 30.0
  retry_timeout:
    description:
      - Total time in seconds that the plugin waits for each source if its API throttles requests or is unavailable.
    type: float
    default: 60.0
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
requirements:
  - python >= 3.10
  - requests
notes:
  - Each host has the variables C(dynatrace_environment_id), C(dynatrace_environment_url),
    C(dynatrace_environment_name), C(dynatrace_environment_kind) (V(saas) or V(managed)), C(dynatrace_environment_state)
    (V(enabled), V(disabled), or V(unknown)), C(dynatrace_environment_tags) (a list), C(dynatrace_environment_source)
    (host name of the cluster, UUID of the account, or V(environments)), C(ansible_connection), and
    C(ansible_python_interpreter).
  - Values from an API, such as names, are never evaluated as templates.
  - The cache contains the lists of environments from clusters and accounts. It never contains a token.
"""

EXAMPLES = r"""
---
# All environments of a Managed cluster. DYNATRACE_CLUSTER_URL and DYNATRACE_CLUSTER_TOKEN are set.
plugin: community.dynatrace.environments
clusters:
  - {}

# ---
# All environments of an account. Each host has its token in host_vars/<id>/vault, in a variable of the same name.
# plugin: community.dynatrace.environments
# api_token_variable: vault_dynatrace_api_token
# accounts:
#   - oauth_account_urn: urn:dtaccount:00000000-0000-0000-0000-000000000000
#     oauth_client_id: dt0s02.EXAMPLE
#     oauth_client_secret: "{{ lookup('ansible.builtin.file', '~/.dynatrace-client-secret') }}"

# ---
# Several sources, groups, and a cache of one hour. Tokens in the file must be encrypted (!vault).
# plugin: community.dynatrace.environments
# api_token_variable: "vault_dynatrace_token_{id}"
# clusters:
#   - url: https://dynatrace.example.com
#     token: "{{ lookup('ansible.builtin.unvault', '~/.dynatrace-cluster-token') | trim }}"
#     ca_path: /etc/ssl/certs/example-ca.pem
# accounts:
#   # The OAuth client is set in environment variables.
#   - oauth_account_urn: 00000000-0000-0000-0000-000000000000
# environments:
#   - https://abc12345.live.dynatrace.com
#   - url: https://activegate.example.com:9999/e/def67890
#     name: Behind an ActiveGate
#     tags: [staging]
#     host: activegate-staging
# filters:
#   names: ["shop-*", "*activegate*"]
# exclude:
#   tags: [sandbox]
# keyed_groups:
#   - key: dynatrace_environment_kind
#     prefix: dynatrace
#   - key: dynatrace_environment_tags
#     prefix: tag
# groups:
#   production: "'production' in dynatrace_environment_tags"
# compose:
#   session_index: "'user-sessions-' ~ dynatrace_environment_id"
# strict: true
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_timeout: 3600
# cache_connection: ~/.cache/dynatrace-environments
"""

import os
import re
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.community.dynatrace.plugins.module_utils._inventory.collect import Fleet
from ansible_collections.community.dynatrace.plugins.plugin_utils._inventory_options import (
    attempt,
    own_options,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trusted, untrusted

_ENDINGS = tuple(f"{name}.{ending}" for name in ("dynatrace", "environments") for ending in ("yml", "yaml"))
_LOCAL = {
    "ansible_connection": trusted("local"),
    "ansible_python_interpreter": trusted("{{ ansible_playbook_python }}"),
}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """Creates one host for each environment."""

    NAME = "community.dynatrace.environments"

    def verify_file(self, path: str) -> bool:
        """Whether the file has one of the accepted names.

        :raises AnsibleParserError: if it does not but names this plugin. Ansible would not name the reason.
        """
        if not super().verify_file(path) or path.endswith(_ENDINGS):
            return bool(super().verify_file(path))
        if path.endswith((".yml", ".yaml")) and _names_this_plugin(path):
            name = os.path.basename(path)
            rule = (
                "the name of an inventory file of this plugin must end in environments.yml or dynatrace.yml (or .yaml)"
            )
            raise AnsibleParserError(f"{name}: {rule}. Rename it to {name.partition('.')[0]}.environments.yml.")
        return False

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts to the inventory, or nothing if there is an error."""
        super().parse(inventory, loader, path, cache=cache)
        self._read_config_data(path)
        memory, key = None, None
        if self.get_option("cache"):
            key = self.get_cache_key(path)
            memory = self._cache.get(key) if cache else None
        fleet = attempt(lambda tools: tools.collect(self._fleet, memory))
        for text in fleet.warnings:
            self.display.warning(text)
        if key is not None and fleet.asked:
            self._cache[key] = fleet.memory
        self._populate(fleet)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Check the own options before Ansible reads them: it prints values of a wrong type, and lets typos pass."""
        if direct is not None:
            self.templar.available_variables = self._vars or {}
            self._fleet, direct = own_options(direct, self.option_definitions, self.templar)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _populate(self, fleet: Fleet) -> None:
        group = self._fleet.group and self.inventory.add_group(self._fleet.group)
        before = set(self.inventory.hosts)
        try:
            for host in fleet.hosts:
                self.inventory.add_host(host.name, group=group or None)
                variables = {name: untrusted(value) for name, value in host.facts.items()} | _LOCAL
                if host.token_variable:
                    variables["dynatrace_api_token_variable"] = trusted(host.token_variable)
                    variables["dynatrace_api_token"] = trusted("{{ " + host.token_variable + " }}")
                for name, value in variables.items():
                    self.inventory.set_variable(host.name, name, value)
                self._construct(host.name)
        except AnsibleParserError:
            self._forget(before)
            raise
        except Exception as error:
            self._forget(before)
            raise AnsibleParserError(str(error)) from None

    def _construct(self, host: str) -> None:
        strict = self.get_option("strict")

        def known() -> dict[str, Any]:
            return dict(self.inventory.get_host(host).get_vars())

        self._set_composite_vars(self.get_option("compose"), known(), host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), known(), host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), known(), host, strict=strict)

    def _forget(self, before: set[str]) -> None:
        for name in set(self.inventory.hosts) - before:
            self.inventory.remove_host(self.inventory.get_host(name))


def _names_this_plugin(path: str) -> bool:
    """Whether the file begins like an inventory of this plugin."""
    try:
        with open(path, encoding="utf-8") as file:
            start = file.read(4096)
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(rf"^plugin:\s*[\"']?{re.escape(InventoryModule.NAME)}\b", start, re.MULTILINE) is not None
