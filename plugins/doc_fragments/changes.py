# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that modules share if they change settings."""

from __future__ import annotations


class ModuleDocFragment:
    """How changes are made: checks before them, secrets, and existing objects."""

    DOCUMENTATION = r"""
---
options:
  server_validation:
    description:
      - Whether the server validates the planned writes in check mode (C(validateOnly)).
      - If the token lacks write permission, the module issues a warning and does not fail.
    type: bool
    default: true
  approved_plan:
    description:
      - The RV(plan_digest) of the reviewed plan. If the current plan differs, nothing is written and the task fails. If
        there is nothing to do, the task succeeds.
      - If someone else makes changes during the run, so that the remaining writes are no longer those of this plan, the
        run stops and fails.
      - The digest cannot distinguish two new values of a secret.
    type: str
  permission_check:
    description:
      - Whether to ask the environment before the first write if the credentials may write objects of the schema. If
        they may not, the module fails before it changes anything.
      - V(auto) asks if a platform token or an OAuth client is used, because their policies can allow one schema and not
        another. An access token without the permission fails at its first write, before anything is changed.
      - V(always) also asks about access tokens, and in check mode, where a missing permission only adds a note. If the
        environment cannot resolve permissions, the scopes of the access token are looked up instead.
      - This costs one additional request if there is something to write.
    type: str
    choices: [auto, always, never]
    default: auto
"""

    SECRETS = r"""
---
options:
  update_secrets:
    description:
      - When to send declared secrets. The API never returns a secret, so a changed secret cannot be detected by
        comparison.
      - V(with_updates) sends them with every update that has another reason, and if none is stored. A changed
        secret alone causes no update. This is the default without O(secret_fingerprint_key).
      - V(on_create) sends a secret if none is stored, and keeps the stored one otherwise. An environment that requires
        the secrets with every change rejects such an update.
      - V(on_change) sends the secrets of a named object if they differ from those that were last sent. For this, their
        keyed fingerprint is stored with the name. This is the default with O(secret_fingerprint_key).
      - V(always) sends the declared secrets in every run, and always reports a change.
      - A secret that was changed in the web UI cannot be detected. The results C(last_author) and C(last_modified) of
        an object show its last modification.
    type: str
    choices: [with_updates, on_create, on_change, always]
  secret_fingerprint_key:
    description:
      - Key for the fingerprints of O(update_secrets=on_change), at least 16 random characters. Keep it in a vault.
      - A fingerprint is an HMAC-SHA256 of the environment, the name, and the secrets. Without the key, it reveals
        nothing except that something has changed.
    type: str
  secret_fingerprint_previous_key:
    description:
      - The previous O(secret_fingerprint_key), for the first run after the key was changed. It lets this run detect
        which secrets have changed as well.
    type: str
"""

    OBJECTS = r"""
---
options:
  recreate:
    description:
      - Whether to delete an object and create it again if a declared property differs that can only be set when an
        object is created (C(modificationPolicy) is C(NEVER)). All secrets of the object must be declared.
      - If such a property is not declared, it keeps its current value.
    type: bool
    default: false
  adopt:
    description:
      - What to do with an object that matches a declared one but does not have its name.
      - V(without_external_id) adopts it. Its name is stored in the external ID if all of its secrets are declared or it
        has none. An external ID of another tool is left unchanged.
      - V(any) also replaces the external ID of another tool.
      - V(never) fails instead of creating a duplicate.
    type: str
    choices: [without_external_id, any, never]
    default: without_external_id
"""
