# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``app:simulator.webhook:connection``: a small schema of the simulator's own, to try what exports do not have:
``SECRET_RESUBMISSION`` with ``forceSecretResubmission``, and a name that must be unique."""

from __future__ import annotations

from typing import Any

from .parts import HTTPS_ONLY, NOT_BLANK, enum, prop, top

SCHEMA_ID = "app:simulator.webhook:connection"


def schema() -> dict[str, Any]:
    basic = {"type": "EQUALS", "property": "type", "expectedValue": "basic"}
    size = {"type": "LENGTH", "minLength": 1, "maxLength": 100}
    return top(
        SCHEMA_ID,
        "Webhook connections",
        "1.0.0",
        maxObjects=20,
        constraints=[
            {
                "type": "SECRET_RESUBMISSION",
                "checkAllProperties": False,
                "customMessage": "For security reasons please re-enter the secrets to save the new configuration.",
            }
        ],
        schemaConstraints=[
            {"type": "UNIQUE", "uniqueProperties": ["name"], "customMessage": "This name is already taken."}
        ],
        enums={"Type": enum("Type", basic="Basic authentication", token="Token")},
        properties={
            "name": prop("text", "Name", NOT_BLANK, size, default=""),
            "url": prop("text", "URL", HTTPS_ONLY, size, default="", forceSecretResubmission=True),
            "type": prop("enums/Type", "Type", default="token", forceSecretResubmission=True),
            "user": prop("text", "User", size, default="", precondition=basic, forceSecretResubmission=True),
            "password": prop("secret", "Password", size, default="", precondition=basic),
            "token": prop("secret", "Token", size, default="", precondition={"type": "NOT", "precondition": basic}),
        },
    )
