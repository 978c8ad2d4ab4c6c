# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that every module shares: how to reach an environment."""

from __future__ import annotations


class ModuleDocFragment:
    """The connection options."""

    DOCUMENTATION = r"""
---
options:
  environment_url:
    description:
      - Base URL of the environment, for example V(https://abc12345.live.dynatrace.com) (SaaS),
        V(https://dynatrace.example.com/e/0f1e2d3c-0000-0000-0000-000000000000) (Managed) or
        V(https://activegate.example.com:9999/e/abc12345) (Environment ActiveGate).
        A slash or C(/api/v2) at the end makes no difference.
      - If not given, the environment variable E(DYNATRACE_ENV_URL) is used.
    type: str
  api_token:
    description:
      - Access token with the scopes C(settings.read) and C(settings.write). For check mode C(settings.read) is enough.
      - If no credentials are given at all, they are taken from the environment variables E(DYNATRACE_API_TOKEN),
        E(DYNATRACE_PLATFORM_TOKEN), or E(DYNATRACE_OAUTH_CLIENT_ID), E(DYNATRACE_OAUTH_CLIENT_SECRET) and
        E(DYNATRACE_OAUTH_ACCOUNT_URN). Those belong to E(DYNATRACE_ENV_URL) and are never sent to another address.
    type: str
  platform_token:
    description:
      - Platform token, used on the platform path of a SaaS environment.
    type: str
  oauth_client_id:
    description:
      - Client ID of an OAuth client with client credentials, used on the platform path of a SaaS environment.
    type: str
  oauth_client_secret:
    description:
      - Client secret that belongs to O(oauth_client_id).
    type: str
  oauth_token_url:
    description:
      - Where the OAuth client gets its token.
    type: str
    default: https://sso.dynatrace.com/sso/oauth2/token
  oauth_scope:
    description:
      - Scopes that the OAuth client asks for, separated by spaces.
    type: str
    default: settings:objects:read settings:objects:write settings:schemas:read
  oauth_account_urn:
    description:
      - Account of the OAuth client, V(urn:dtaccount:) and the UUID of the account.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the server is checked.
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
      - Seconds to wait altogether, in one run, for an API that throttles or is unavailable.
    type: float
    default: 60.0
  vars_prefix:
    description:
      - Each option that is not given is taken from the variable whose name is this prefix and the name of the option,
        if there is one. With V(dynatrace_) the variable C(dynatrace_api_token) gives O(api_token).
      - For fleets, because a variable that is not defined costs nothing. An argument with C(default(omit\)) costs a
        template for each host.
    type: str
requirements:
  - python >= 3.10
  - requests
notes:
  - With a local connection the work is done inside Ansible's own process, which takes a fraction of the time. It is
    run as any other module where the task has C(become), C(async), another interpreter than the one of Ansible, or
    variables for a new Python in C(environment), and where Ansible's Python lacks a library. The result is the same.
    The variable C(community_dynatrace_in_process) forces the one (V(true)) or the other (V(false)); the default is
    V(auto).
"""
