# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated sessions of realistic size and variety. The same seed gives the same sessions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

DAY = 86_400_000
# 2026-01-05, 00:00 UTC.
FIRST_DAY = 1_767_571_200_000
_PAGES = ("/", "/search", "/product", "/basket", "/checkout", "/account", "/help", "/orders")
_COUNTRIES = {"Austria": ("Linz", "Wien", "Graz"), "Germany": ("Berlin", "Ulm"), "United States": ("Denver", "Boston")}
_BROWSERS = {"Firefox": "Firefox 140", "Chrome": "Chrome 141", "Safari": "Safari 18"}


def sessions(count: int, tenant: str = "tenant", seed: int = 1, actions: int = 4) -> Iterator[dict[str, Any]]:
    """Sessions over seven days.

    :param actions: user actions of a session on average.
    """
    draw = random.Random(seed)
    for number in range(count):
        start = FIRST_DAY + draw.randrange(7 * DAY)
        yield _session(draw, tenant, f"{seed}-{number}", start, 1 + draw.randrange(2 * actions - 1))


def _session(draw: random.Random, tenant: str, user: str, start: int, count: int) -> dict[str, Any]:
    country = draw.choice(list(_COUNTRIES))
    family = draw.choice(list(_BROWSERS))
    actions, clock = [], start
    for _number in range(count):
        duration = draw.randrange(80, 4000)
        actions.append(_action(draw, clock, duration))
        clock += duration + draw.randrange(1000, 60_000)
    errors = [_event(draw, start, "Error")] if draw.random() < 0.1 else []
    return {
        "tenantId": tenant,
        "userSessionId": user,
        "startTime": start,
        "endTime": clock,
        "duration": clock - start,
        "internalUserId": user,
        "userType": "REAL_USER",
        "applicationType": "WEB_APPLICATION",
        "bounce": count == 1,
        "newUser": draw.random() < 0.3,
        "userActionCount": count,
        "totalErrorCount": len(errors),
        "totalLicenseCreditCount": 1,
        "matchingConversionGoals": [],
        "matchingConversionGoalsCount": 0,
        "ip": f"198.51.100.{draw.randrange(1, 255)}",
        "continent": "Europe",
        "country": country,
        "city": draw.choice(_COUNTRIES[country]),
        "browserType": "Desktop Browser",
        "browserFamily": family,
        "browserMajorVersion": _BROWSERS[family],
        "osFamily": "Linux",
        "osVersion": "Linux",
        "appVersion": None,
        "userId": f"user-{user}",
        "screenHeight": 1080,
        "screenWidth": 1920,
        "hasSessionReplay": False,
        "stringProperties": [{"key": "plan", "value": draw.choice(("free", "paid"))}],
        "longProperties": [{"key": "items", "value": draw.randrange(9)}],
        "doubleProperties": [{"key": "total", "value": draw.random() * 100}],
        "dateProperties": [],
        "userActions": actions,
        "events": [_event(draw, start, "UserTag")],
        "errors": errors,
        "syntheticEvents": [],
        "endReason": "TIMEOUT",
        "userExperienceScore": draw.choice(("SATISFIED", "TOLERATED", "FRUSTRATED")),
        "hasError": bool(errors),
    }


def _action(draw: random.Random, start: int, duration: int) -> dict[str, Any]:
    page = draw.choice(_PAGES)
    return {
        "name": f"Loading of page {page}",
        "domain": "shop.example.com",
        "targetUrl": f"https://shop.example.com{page}?item={draw.randrange(10_000)}",
        "type": draw.choice(("Load", "Xhr")),
        "startTime": start,
        "endTime": start + duration,
        "duration": duration,
        "application": "Shop",
        "speedIndex": duration,
        "apdexCategory": draw.choice(("SATISFIED", "TOLERATING", "FRUSTRATED")),
        "matchingConversionGoals": [],
        "networkTime": duration // 4,
        "serverTime": duration // 4,
        "frontendTime": duration // 2,
        "documentInteractiveTime": duration,
        "thirdPartyResources": draw.randrange(20),
        "thirdPartyBusyTime": draw.randrange(500),
        "cdnResources": draw.randrange(20),
        "cdnBusyTime": draw.randrange(500),
        "firstPartyResources": draw.randrange(50),
        "firstPartyBusyTime": draw.randrange(500),
        "domCompleteTime": duration,
        "domContentLoadedTime": duration,
        "loadEventStart": duration,
        "loadEventEnd": duration,
        "navigationStart": start,
        "requestStart": 5,
        "responseStart": 50,
        "responseEnd": 90,
        "visuallyCompleteTime": duration,
        "largestContentfulPaint": duration,
        "firstInputDelay": 3,
        "totalBlockingTime": 20,
        "cumulativeLayoutShift": draw.random(),
        "keyUserAction": page == "/checkout",
        "stringProperties": [],
        "longProperties": [],
        "doubleProperties": [],
        "dateProperties": [],
        "customErrorCount": 0,
        "javascriptErrorCount": 0,
        "requestErrorCount": 0,
    }


def _event(draw: random.Random, start: int, kind: str) -> dict[str, Any]:
    return {"type": kind, "name": draw.choice(("first", "second")), "startTime": start, "application": "Shop"}
