# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a user session as the Environment API of Dynatrace documents them: names and kinds."""

from __future__ import annotations

_PAIRS = "pairs:stringProperties pairs:longProperties pairs:doubleProperties pairs:dateProperties"


def _fields(*groups: str) -> dict[str, str]:
    """``kind:name`` for each field; a name without a kind has the one before it."""
    found: dict[str, str] = {}
    kind = ""
    for part in " ".join(groups).split():
        given, colon, name = part.rpartition(":")
        kind = given if colon else kind
        found[name] = kind
    return found


DOCUMENTED: dict[str, dict[str, str]] = {
    "": _fields(
        "text:appVersion applicationType browserFamily browserMajorVersion browserMonitorId browserMonitorName",
        "browserType carrier city clientType connectionType continent country crashGroupId device displayResolution",
        "endReason internalUserId ip isp manufacturer matchingConversionGoals networkTechnology osFamily osVersion",
        "reasonForNoSessionReplay reasonForNoSessionReplayMobile region screenOrientation tenantId",
        "userExperienceScore userId userSessionId userType",
        "truth:bounce hasCrash hasError hasSessionReplay newUser rootedOrJailbroken",
        "number:clientTimeOffset duration matchingConversionGoalsCount numberOfRageClicks numberOfRageTaps",
        "screenHeight screenWidth totalErrorCount totalLicenseCreditCount userActionCount",
        "time:startTime endTime replayStart replayEnd",
        "list:userActions events errors syntheticEvents",
        _PAIRS,
    ),
    "userActions": _fields(
        "text:apdexCategory application domain internalApplicationId internalKeyUserActionId matchingConversionGoals",
        "name syntheticEvent syntheticEventId targetUrl type",
        "truth:hasCrash keyUserAction",
        "number:cdnBusyTime cdnResources customErrorCount documentInteractiveTime domCompleteTime domContentLoadedTime",
        "duration firstInputDelay firstPartyBusyTime firstPartyResources frontendTime javascriptErrorCount",
        "largestContentfulPaint loadEventEnd loadEventStart networkTime requestErrorCount requestStart responseEnd",
        "responseStart serverTime speedIndex thirdPartyBusyTime thirdPartyResources totalBlockingTime",
        "userActionPropertyCount visuallyCompleteTime",
        "fraction:cumulativeLayoutShift",
        "time:startTime endTime navigationStart",
        _PAIRS,
    ),
    "events": _fields(
        "text:application domain internalApplicationId metadata name page pageGroup pageReferrer pageReferrerGroup",
        "type time:startTime",
    ),
    "errors": _fields("text:application domain internalApplicationId name type time:startTime"),
    "syntheticEvents": _fields(
        "text:errorName name syntheticEventId type number:errorCode sequenceNumber time:timestamp"
    ),
}
"""Kinds of the fields by name, for the session itself and for each of its lists."""

TYPES = {
    "text": ("keyword", "ip"),
    "truth": ("boolean",),
    "number": ("long",),
    "fraction": ("double",),
    "time": ("date",),
    "list": ("nested",),
    "pairs": ("nested",),
}
"""The types of a mapping that fit a kind."""
