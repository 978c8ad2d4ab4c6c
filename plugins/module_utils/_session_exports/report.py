# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Items of a plan as results and diffs, with option names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._settings_api.memo import Memo
from .._settings_api.plan_types import Domain, Item
from .._settings_common import report
from .options import path_text, to_options


def item_report(item: Item, domain: Domain) -> dict[str, Any]:
    """One export in the result, with its value after the run in the format of a declaration."""
    value = None
    after = item.after
    if after is not None:
        memo = domain.memo or Memo()
        options = memo.of("options", after, lambda: to_options(report.without_secrets(after, domain.schema)))
        value = {"name": item.name, **options}
    return {**report.item_report(item, path_text, ignored="ignored_options"), "value": value}


def item_diff(item: Item, domain: Domain) -> dict[str, Any]:
    """One entry of Ansible's ``diff``: the export before and after."""
    return report.item_diff(item, domain, lambda value, name: {"name": name, **to_options(value)})


def accepted(items: Sequence[Item], domain: Domain) -> tuple[list[dict[str, Any]], dict[str, list[str]], list[str]]:
    """What has to be declared so that the current state is as declared.

    :returns: the exports that differ as they are, the options of each for which a secret is stored, and the names of
        declared exports that are not there.
    """
    exports, stored, missing = [], {}, []
    for item in items:
        if item.operation == "created":
            missing.append(item.name)
        elif item.before is not None and (item.changed or item.operation == "deleted"):
            value = domain.schema.active_value(item.before)
            stored[item.name] = [path_text("", path) for path in domain.schema.secret_paths(value)]
            exports.append({"name": item.name, **to_options(report.without_secrets(value, domain.schema))})
    return exports, stored, missing
