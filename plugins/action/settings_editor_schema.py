# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module of the same name, inside Ansible's own process."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.editor_module import EDITOR_SCHEMA
from ansible_collections.community.dynatrace.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    """See the module."""

    entry = EDITOR_SCHEMA
