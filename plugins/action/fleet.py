# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All environments of a play in one task: it runs only on the controller, so there is no module behind it."""

from __future__ import annotations

from ansible_collections.community.dynatrace.plugins.plugin_utils._cached_imports import cached_imports

with cached_imports():
    from ansible_collections.community.dynatrace.plugins.plugin_utils._fleet_action import FleetAction


class ActionModule(FleetAction):
    """See the documentation of the module."""
