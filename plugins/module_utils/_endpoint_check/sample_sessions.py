# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Sample sessions in the form in which Dynatrace sends them. Fields and ids: settings-api 1.5 and its examples."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from .endpoints import Endpoint

# Marks every sample, so that it can be searched for.
TENANT = "ansible-sample"
REMARK = "Sample of user_session_exports_endpoint_check, not a real session."
COUNT = 2


def sample_sessions() -> list[dict[str, Any]]:
    """Sessions that ended now, different in each run."""
    run = uuid.uuid4().hex[:12]
    return [_session(f"{run}-{number}", int(time.time() * 1000) - 60_000) for number in range(1, COUNT + 1)]


def _session(user: str, start: int) -> dict[str, Any]:
    application = "community.dynatrace sample"
    duration = 1500
    action = {
        "name": "Loading of page /sample",
        "domain": "sample.example.com",
        "targetUrl": "https://sample.example.com/sample",
        "type": "Load",
        "startTime": start,
        "endTime": start + duration,
        "duration": duration,
        "application": application,
        "speedIndex": None,
        "apdexCategory": "SATISFIED",
        "matchingConversionGoals": [],
        "networkTime": 20,
        "serverTime": 80,
        "frontendTime": duration - 100,
        "keyUserAction": False,
        "stringProperties": [],
        "longProperties": [],
        "doubleProperties": [],
        "dateProperties": [],
        "customErrorCount": 0,
        "javascriptErrorCount": 0,
        "requestErrorCount": 0,
    }
    return {
        "tenantId": TENANT,
        "userSessionId": user,
        "startTime": start,
        "endTime": start + duration,
        "duration": duration,
        "internalUserId": user,
        "userType": "REAL_USER",
        "applicationType": "WEB_APPLICATION",
        "bounce": True,
        "newUser": True,
        "userActionCount": 1,
        "totalErrorCount": 0,
        "matchingConversionGoalsCount": 0,
        "ip": "192.0.2.1",
        "continent": "Europe",
        "country": "Austria",
        "city": "Linz",
        "browserType": "Desktop Browser",
        "browserFamily": "Firefox",
        "browserMajorVersion": "Firefox 140",
        "osFamily": "Linux",
        "osVersion": "Linux",
        "userId": TENANT,
        "screenHeight": 1080,
        "screenWidth": 1920,
        "hasSessionReplay": False,
        "stringProperties": [{"key": "remark", "value": REMARK}],
        "longProperties": [],
        "doubleProperties": [],
        "dateProperties": [],
        "userActions": [action],
        "events": [{"type": "UserTag", "name": TENANT, "startTime": start, "application": application}],
        "errors": [],
        "syntheticEvents": [],
        "endReason": "TIMEOUT",
        "userExperienceScore": "SATISFIED",
        "hasError": False,
    }


def document_id(session: dict[str, Any]) -> str:
    """``<tenant>-<internal id>-<start time>``."""
    return f"{session['tenantId']}-{session['internalUserId']}-{session['startTime']}"


def documents_of(endpoint: Endpoint, sessions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is sent for sessions; for ``send_direct`` with an action in front of each session."""
    if endpoint.index is None:
        return list(sessions)
    return [one for session in sessions for one in ({"index": _place(endpoint, session)}, session)]


def deletions_of(endpoint: Endpoint, sessions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The actions of a bulk that delete the sessions again."""
    return [{"delete": _place(endpoint, session)} for session in sessions]


def _place(endpoint: Endpoint, session: dict[str, Any]) -> dict[str, Any]:
    return {**endpoint.place, "_id": document_id(session)}
