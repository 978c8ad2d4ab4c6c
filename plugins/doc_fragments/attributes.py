# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of what modules can do: check mode, diff mode, action group, where they run."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of modules."""

    DOCUMENTATION = r"""
---
options: {}
attributes:
  check_mode:
    description: Can run in check mode and report what would change without changing it.
    support: full
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: full
  action_group:
    description: Use C(group/community.dynatrace.dynatrace) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - community.dynatrace.dynatrace
  action:
    description: Has an action plugin that runs the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task requires a separate process. The variable
        C(dynatrace_in_process) overrides this.
  async:
    description: Supports C(async). The module then runs as a separate process.
    support: full
"""

    # For modules that only read.
    INFO = r"""
---
options: {}
attributes:
  check_mode:
    description: This module changes nothing, so check mode makes no difference.
    support: full
  diff_mode:
    description: Shows what has changed, or what would change, in diff mode.
    support: N/A
    details:
      - This module changes nothing.
  action_group:
    description: Use C(group/community.dynatrace.dynatrace) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - community.dynatrace.dynatrace
  action:
    description: Has an action plugin that runs the module inside Ansible's own process.
    support: full
    details:
      - Used with a local connection, unless the task requires a separate process. The variable
        C(dynatrace_in_process) overrides this.
  async:
    description: Supports C(async). The module then runs as a separate process.
    support: full
"""
