# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin: documentation, and the way between Ansible's inventory and the fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: environments
short_description: Dynatrace environments as hosts
version_added: 0.1.0
author:
  - community.dynatrace contributors (@ansible-collections)
description:
  - Makes one host of each Dynatrace environment, so that one declaration serves many of them.
  - The environments come from Managed clusters (Cluster API v2), from SaaS accounts (Account Management API), from a
    list in the file itself, or from all of these together.
  - The name of the file must end in C(dynatrace.yml), C(dynatrace.yaml), C(environments.yml) or C(environments.yaml),
    for example C(production.dynatrace.yml).
  - The hosts are environments, not machines. Their tasks run on the controller, with the Python that runs Ansible.
  - No token becomes a host variable, only the I(name) of the variable that holds it. See O(api_token_variable).
options:
  plugin:
    description:
      - Tells that the file is one of this plugin.
    type: str
    required: true
    choices:
      - community.dynatrace.environments
  clusters:
    description:
      - Managed clusters. Each is asked for its environments through the Cluster API v2.
      - The connection options of the plugin (O(validate_certs), O(ca_path), O(client_cert), O(client_key), O(proxy),
        O(timeout) and O(retry_timeout)) can be given for each cluster as well.
      - Every value here, and in O(accounts) and O(environments), may be a template, which sees extra variables and
        lookups, or encrypted with C(!vault).
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description:
          - Address of the cluster, for example V(https://dynatrace.example.com). Plain C(http) is for loopback
            addresses only.
          - If not given, the environment variable E(DYNATRACE_CLUSTER_URL) is used.
        type: str
      token:
        description:
          - Cluster token with the scope C(ServiceProviderAPI).
          - If not given, the environment variable E(DYNATRACE_CLUSTER_TOKEN) is used. It belongs to
            E(DYNATRACE_CLUSTER_URL) and is never sent to another address.
        type: str
      api_token_variable:
        description:
          - Like O(api_token_variable), for the environments of this cluster.
        type: str
  accounts:
    description:
      - SaaS accounts. Each is asked for its environments through the Account Management API.
      - The connection options can be given for each account as well.
    type: list
    elements: dict
    default: []
    suboptions:
      oauth_account_urn:
        description:
          - UUID of the account, with or without C(urn:dtaccount:) before it.
          - If not given, the environment variable E(DYNATRACE_OAUTH_ACCOUNT_URN) is used.
        type: str
      oauth_client_id:
        description:
          - Client ID of an OAuth client that has the scope C(account-env-read).
          - If neither it nor O(accounts[].oauth_client_secret) is given, the environment variables
            E(DYNATRACE_OAUTH_CLIENT_ID) and E(DYNATRACE_OAUTH_CLIENT_SECRET) are used. That client is sent to its own
            addresses only, which are the defaults of O(accounts[].oauth_token_url) and O(accounts[].url), or
            E(DYNATRACE_OAUTH_TOKEN_URL) and E(DYNATRACE_ACCOUNT_URL).
        type: str
      oauth_client_secret:
        description:
          - Client secret that belongs to O(accounts[].oauth_client_id).
        type: str
      oauth_token_url:
        description:
          - Where the OAuth client gets its token.
          - The default is V(https://sso.dynatrace.com/sso/oauth2/token).
        type: str
      oauth_scope:
        description:
          - Scope that the OAuth client asks for.
        type: str
        default: account-env-read
      url:
        description:
          - Address of the Account Management API.
          - The default is V(https://api.dynatrace.com).
        type: str
      api_token_variable:
        description:
          - Like O(api_token_variable), for the environments of this account.
        type: str
  environments:
    description:
      - Environments that are written down. Instead of a dictionary, the address alone can be given.
      - An environment that is found twice, which means with the same id, is one host. What is written here wins, value
        by value, then O(clusters), then O(accounts), each in the order of the file. Later ones fill in what is lacking.
    type: list
    elements: raw
    default: []
    suboptions:
      url:
        description:
          - Base URL of the environment, as modules take it in
            O(community.dynatrace.user_session_exports#module:environment_url).
        type: str
        required: true
      id:
        description:
          - Id of the environment. If not given, it is read from the address.
        type: str
      name:
        description:
          - Name of the environment.
        type: str
      kind:
        description:
          - Kind of environment. If not given, an id with the form of a UUID means V(managed).
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
          - Name of the host, whatever O(host_name) says.
        type: str
      api_token_variable:
        description:
          - Like O(api_token_variable), for this environment.
        type: str
  host_name:
    description:
      - V(id) calls each host by the id of its environment. It never changes, so C(host_vars) keep fitting when an
        environment is renamed.
      - V(name) calls it by its name in small letters, digits and dashes. Where several have the same name, the id is
        added to each of them. A renamed environment becomes another host.
    type: str
    choices:
      - id
      - name
    default: id
  group:
    description:
      - Group that all hosts are in. The playbooks of the collection work on C(dynatrace).
    type: str
    default: dynatrace
  api_token_variable:
    description:
      - Name of the variable that holds the access token of an environment. It may lie encrypted in C(host_vars) or
        C(group_vars).
      - C({id}) and C({name}) in it stand for id and name of the environment. Characters that no variable can have
        become underscores.
      - If given, each host gets it as C(dynatrace_api_token_variable), and C(dynatrace_api_token) as a
        template that refers to it, so that the role finds the token.
    type: str
  filters:
    description:
      - Which environments become hosts. Every part that is given must fit; in a part one value is enough.
    type: dict
    default: {}
    suboptions:
      names:
        description:
          - Patterns of names or ids, like V(shop-*). Letter case does not matter.
        type: list
        elements: str
      kinds:
        description:
          - Kinds, V(saas) or V(managed).
        type: list
        elements: str
      states:
        description:
          - States, V(enabled), V(disabled) or V(unknown) (the source does not tell).
          - If not given, disabled environments are left out.
        type: list
        elements: str
      tags:
        description:
          - Tags, of which the environment has one at least. Only Managed clusters tell tags.
        type: list
        elements: str
  exclude:
    description:
      - Which environments are left out. One fitting value in one of the parts is enough. The parts are those of
        O(filters).
    type: dict
    default: {}
    suboptions:
      names:
        description:
          - Like O(filters.names).
        type: list
        elements: str
      kinds:
        description:
          - Like O(filters.kinds).
        type: list
        elements: str
      states:
        description:
          - Like O(filters.states).
        type: list
        elements: str
      tags:
        description:
          - Like O(filters.tags).
        type: list
        elements: str
  on_source_error:
    description:
      - What happens when a cluster or an account cannot be asked.
      - V(fail) makes no hosts at all. Ansible shows the reason and goes on without this inventory, unless
        E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), which is recommended.
      - V(warn) goes on with the other sources. It fails when none is left.
    type: str
    choices:
      - fail
      - warn
    default: fail
  validate_certs:
    description:
      - Whether the certificates of servers are checked.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM format, instead of the bundled ones.
    type: path
  client_cert:
    description:
      - Client certificate in PEM format, for servers that ask for one.
    type: path
  client_key:
    description:
      - Private key of O(client_cert), if it is not in the same file.
    type: path
  proxy:
    description:
      - URL of the HTTP proxy to go through, for example V(http://proxy.example.com:3128).
      - Proxy settings in environment variables are not used.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for each part of an answer.
    type: float
    default: 30.0
  retry_timeout:
    description:
      - Seconds to wait altogether, for each source, for an API that throttles or is unavailable.
    type: float
    default: 60.0
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
requirements:
  - python >= 3.10
  - requests
notes:
  - >-
    Variables of each host: C(dynatrace_environment_id), C(dynatrace_environment_url), C(dynatrace_environment_name),
    C(dynatrace_environment_kind) (V(saas) or V(managed)), C(dynatrace_environment_state) (V(enabled), V(disabled) or
    V(unknown)), C(dynatrace_environment_tags) (a list), C(dynatrace_environment_source) (host of the cluster, UUID of
    the account, or V(environments)), C(dynatrace_environment_url), C(ansible_connection) and
    C(ansible_python_interpreter).
  - What an API says, a name for example, is never taken for a template.
  - The cache holds what clusters and accounts listed. It never holds a token.
"""

EXAMPLES = r"""
---
# All environments of a Managed cluster. DYNATRACE_CLUSTER_URL and DYNATRACE_CLUSTER_TOKEN are set.
plugin: community.dynatrace.environments
clusters:
  - {}

# ---
# All environments of an account. Each host has its own token in host_vars/<id>/vault, always under the same name.
# plugin: community.dynatrace.environments
# api_token_variable: vault_dynatrace_api_token
# accounts:
#   - oauth_account_urn: urn:dtaccount:00000000-0000-0000-0000-000000000000
#     oauth_client_id: dt0s02.EXAMPLE
#     oauth_client_secret: "{{ lookup('ansible.builtin.file', '~/.dynatrace-client-secret') }}"

# ---
# Several sources, groups, and a cache of one hour. A token may stand in the file if it is encrypted (!vault).
# plugin: community.dynatrace.environments
# api_token_variable: "vault_dynatrace_token_{id}"
# clusters:
#   - url: https://dynatrace.example.com
#     token: "{{ lookup('ansible.builtin.unvault', '~/.dynatrace-cluster-token') | trim }}"
#     ca_path: /etc/ssl/certs/example-ca.pem
# accounts:
#   # The OAuth client is in the environment.
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
    """One host for each environment."""

    NAME = "community.dynatrace.environments"

    def verify_file(self, path: str) -> bool:
        """Whether the file has one of the names.

        :raises AnsibleParserError: it has not, and names this plugin. Ansible would only say that it is not verified.
        """
        if not super().verify_file(path) or path.endswith(_ENDINGS):
            return bool(super().verify_file(path))
        if path.endswith((".yml", ".yaml")) and _names_this_plugin(path):
            name = os.path.basename(path)
            told = f"the name of the file, {name}, must end in environments.yml or dynatrace.yml (or .yaml)"
            raise AnsibleParserError(f"{told}: call it {name.partition('.')[0]}.environments.yml")
        return False

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Make the hosts. Nothing of the inventory changes unless all is well."""
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
    """Whether the file begins as an inventory of this plugin."""
    try:
        with open(path, encoding="utf-8") as file:
            start = file.read(4096)
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(rf"^plugin:\s*[\"']?{re.escape(InventoryModule.NAME)}\b", start, re.MULTILINE) is not None
