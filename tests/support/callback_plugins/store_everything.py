# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that stores all it gets, as some log collectors do: results, and the fields of tasks."""

from __future__ import annotations

import os
from typing import Any

from ansible.inventory.host import Host
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: store_everything
type: aggregate
short_description: Store whatever a callback plugin can see
description:
  - Appends it to the file that E(STORE_FILE) names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """For tests."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "store_everything"
    CALLBACK_NEEDS_ENABLED = True

    def _store(self, *seen: object) -> None:
        with open(os.environ["STORE_FILE"], "a", encoding="utf-8") as file:
            file.write("".join(f"{one!r}\n" for one in seen))

    def v2_on_any(self, *args: Any, **kwargs: Any) -> None:
        """Every event: what it is about, its task with the arguments, and its result."""
        for one in (*args, *kwargs.values()):
            # A host carries the inventory, which is no secret of the collection's to keep.
            self._store(one, vars(one) if hasattr(one, "__dict__") and not isinstance(one, Host) else None)
            self._store(getattr(one, "_result", None), getattr(one, "_task_fields", None), getattr(one, "args", None))
            self._store(getattr(getattr(one, "_task", None), "args", None))
