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
        V(https://dynatrace.example.com/e/0f1e2d3c-0000-0000-0000-000000000000) (Managed), or
        V(https://activegate.example.com:9999/e/abc12345) (Environment ActiveGate). A trailing slash or C(/api/v2) makes
        no difference.
      - If omitted, the environment variable E(DYNATRACE_ENV_URL) is used.
    type: str
  api_token:
    description:
      - Access token with the scopes C(settings.read) and C(settings.write). C(settings.read) is enough for check mode.
      - If no credentials are set, they are read from the environment variables E(DYNATRACE_API_TOKEN),
        E(DYNATRACE_PLATFORM_TOKEN), or E(DYNATRACE_OAUTH_CLIENT_ID), E(DYNATRACE_OAUTH_CLIENT_SECRET), and
        E(DYNATRACE_OAUTH_ACCOUNT_URN). Credentials from environment variables are only sent to E(DYNATRACE_ENV_URL),
        and those of an OAuth client only to E(DYNATRACE_OAUTH_TOKEN_URL), or to Dynatrace's own token service if it is
        not set. They cannot be combined with O(validate_certs=false), nor with a O(proxy) or O(ca_path) that differs
        from E(DYNATRACE_PROXY) and E(DYNATRACE_CA_PATH).
    type: str
  platform_token:
    description:
      - Platform token for a SaaS environment. Requests use the platform path.
    type: str
  oauth_client_id:
    description:
      - Client ID of an OAuth client with the client credentials grant, for a SaaS environment. Requests use the
        platform path.
    type: str
  oauth_client_secret:
    description:
      - Client secret of O(oauth_client_id).
    type: str
  oauth_token_url:
    description:
      - URL of the token endpoint for the OAuth client.
    type: str
    default: https://sso.dynatrace.com/sso/oauth2/token
  oauth_scope:
    description:
      - Scopes that the OAuth client requests, separated by spaces.
    type: str
    default: settings:objects:read settings:objects:write settings:schemas:read
  oauth_account_urn:
    description:
      - URN of the account of the OAuth client, V(urn:dtaccount:) followed by the UUID of the account.
    type: str
  validate_certs:
    description:
      - Whether to validate the certificate of the server.
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
      - Total time in seconds that the module waits if the API throttles requests or is unavailable.
    type: float
    default: 60.0
  read_only:
    description:
      - Whether to refuse every write to the environment. A task that would have to write fails. Check mode and modules
        that read are not affected.
      - If the inventory sets the variable C(dynatrace_read_only) to V(true) for a host, this is V(true) for each task
        on that host, regardless of what the task, a role, or a play sets.
    type: bool
    default: false
  vars_prefix:
    description:
      - Prefix of the variables from which omitted options are read. The name of each variable is this prefix followed
        by the name of the option. With V(dynatrace_), the variable C(dynatrace_api_token) sets O(api_token).
      - This speeds up runs on many hosts, because an argument with C(default(omit\)) has to be templated for each host,
        whereas an undefined variable takes no time.
    type: str
requirements:
  - python >= 3.10
  - requests
notes:
  - With a local connection, the module runs inside Ansible's own process, which takes a fraction of the time. It runs
    as a separate process if the task uses C(become), C(async), an interpreter other than that of Ansible, or variables
    for Python in C(environment), or if the Python of Ansible lacks a library. The result is the same. To force one
    mode, set the variable C(dynatrace_in_process) to V(true) (inside Ansible) or V(false) (separate process).
    The default is V(auto).
"""
