# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that begin with ``dynatrace_`` and are called almost like one of the connection or of the playbooks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import Problem
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.strings import shown_name
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import SHARED_PREFIX, is_used

PLAYBOOK_VARIABLES = tuple(
    SHARED_PREFIX + name
    for name in (
        "accept_directory",
        "approved_plans",
        "backup_directory",
        "canary",
        "check_tokens",
        "disable_exports",
        "editor_schema_file",
        "editor_schema_files",
        "editor_schema_ids",
        "enable_exports",
        "explain_drift",
        "fail_on_drift",
        "fail_on_unmanaged",
        "group_by",
        "hosts",
        "import_directory",
        "import_group_directory",
        "import_merge",
        "import_overwrite",
        "import_schemas",
        "index_ca_path",
        "index_exports",
        "index_layout",
        "index_mapping",
        "index_proxy",
        "index_rollover",
        "index_settings",
        "max_fail_percentage",
        "monaco_hosts_file",
        "monaco_inventory",
        "monaco_manifest",
        "paused_exports",
        "per_host",
        "permission_check",
        "policies",
        "policy_overrides",
        "preflight_access",
        "preflight_expiry_days",
        "preflight_schema_ids",
        "progress",
        "remove_exports",
        "report_directory",
        "restore_apply",
        "restore_as_of",
        "restore_delete_newer",
        "restore_file",
        "restore_names",
        "restore_object_ids",
        "restore_prune",
        "restore_schema_id",
        "restore_scope",
        "restore_skip_not_restorable",
        "rotate_exports",
        "serial",
        "settings",
        "terraform_directory",
        "terraform_program",
        "terraform_state",
        "terraform_suffix",
        "threads",
    )
)
"""What the playbooks take. Without its canary a misspelt one would change the whole fleet at once."""
# Others may have variables of their own that begin with dynatrace_, so only what is a slip of the keys is one here.
_SLIP = 0.9
_SHORTEST_SLIP = 6
# Too many or too few.
_MOST_LETTERS = 2


def misspelt_shared(options: Iterable[str], variables: Mapping[str, Any]) -> OptionNames:
    """Variables whose names are those of the connection or of the playbooks but for a slip of the keys.

    Where the right one is defined too, the other may be a variable of the user: then there is only a warning.

    :param options: the variables of the options that the task takes, with whatever prefix.
    """
    problems: list[Problem] = []
    warnings: list[str] = []
    meant: list[str] = []
    shared = frozenset(name for name in options if name.startswith(SHARED_PREFIX))
    for name, near in _slips(shared, tuple(variables)):
        if is_used(name, variables):
            continue
        meant_name = SHARED_PREFIX + near
        shown = SHARED_PREFIX + shown_name(name[len(SHARED_PREFIX) :], [near])
        if meant_name in variables:
            warnings.append(f"{shown} is not a variable of the collection. Only {meant_name} has an effect.")
        else:
            meant.append(meant_name)
            problems.append(Problem("unknown_variable.shared", shown, {"meant": meant_name}))
    return OptionNames(problems=tuple(problems), warnings=tuple(warnings), meant=tuple(meant))


@lru_cache(maxsize=64)
def _slips(shared: frozenset[str], names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names that are almost those of a shared variable, and the ends of these; the same for most hosts."""
    right = sorted({*shared, *PLAYBOOK_VARIABLES})
    ends = [name[len(SHARED_PREFIX) :] for name in right if len(name) >= len(SHARED_PREFIX) + _SHORTEST_SLIP]
    found: list[tuple[str, str]] = []
    for name in names:
        if not name.startswith(SHARED_PREFIX) or name in right:
            continue
        end = name[len(SHARED_PREFIX) :]
        near = difflib.get_close_matches(end, ends, n=1, cutoff=_SLIP)
        # A plural is a collection, of which users pick one.
        if near and end != f"{near[0]}s" and abs(len(end) - len(near[0])) <= _MOST_LETTERS:
            found.append((name, near[0]))
    return tuple(found)
