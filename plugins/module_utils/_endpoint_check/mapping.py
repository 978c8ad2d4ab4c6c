# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What an index must make of session documents: every field that exported sessions are known to have, with its type.

Fields: settings-api 1.5 and its examples. Sessions of web applications and of mobile ones name some things differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The longest text, in characters, of which Lucene takes every one as a keyword, whichever alphabet it is in.
_LONGEST_KEYWORD = 8191

_DATE = {"type": "date"}
_LONG = {"type": "long"}
_DOUBLE = {"type": "double"}
_BOOLEAN = {"type": "boolean"}
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}
# An address that a privacy setting has masked must not cost the session.
_IP = {"type": "ip", "ignore_malformed": True}
_OBJECT = {"type": "object"}


def _all(kind: Mapping[str, Any], names: str) -> dict[str, Any]:
    return {name: dict(kind) for name in names.split()}


def _nested(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Objects in a list, each of which can be searched for itself."""
    return {"type": "nested", "properties": dict(properties)}


def _pairs(value: Mapping[str, Any]) -> dict[str, Any]:
    return _nested({"key": dict(_KEYWORD), "value": dict(value)})


_PROPERTIES = {
    "stringProperties": _pairs(_KEYWORD),
    "longProperties": _pairs(_LONG),
    "doubleProperties": _pairs(_DOUBLE),
    "dateProperties": _pairs(_DATE),
}

_ACTION = {
    **_all(_DATE, "startTime endTime navigationStart"),
    **_all(_KEYWORD, "name domain targetUrl type application internalApplicationId apdexCategory"),
    **_all(_KEYWORD, "matchingConversionGoals syntheticEvent syntheticEventId"),
    **_all(_LONG, "duration speedIndex networkTime serverTime frontendTime documentInteractiveTime"),
    **_all(_LONG, "thirdPartyResources thirdPartyBusyTime cdnResources cdnBusyTime"),
    **_all(_LONG, "firstPartyResources firstPartyBusyTime domCompleteTime domContentLoadedTime"),
    **_all(_LONG, "loadEventStart loadEventEnd requestStart responseStart responseEnd visuallyCompleteTime"),
    **_all(_LONG, "userActionPropertyCount customErrorCount javascriptErrorCount requestErrorCount errorCount"),
    **_all(_LONG, "failedImages failedXhrRequests httpRequestsWithErrors"),
    **_all(_LONG, "largestContentfulPaint firstInputDelay totalBlockingTime"),
    **_all(_DOUBLE, "cumulativeLayoutShift"),
    **_all(_BOOLEAN, "keyUserAction hasCrash"),
    **_PROPERTIES,
}

_HAPPENED = {**_all(_DATE, "startTime"), **_all(_KEYWORD, "type name application")}

_STEP = {
    **_all(_DATE, "timestamp"),
    **_all(_KEYWORD, "name syntheticEventId type"),
    **_all(_LONG, "sequenceNumber"),
}

_SESSION = {
    **_all(_DATE, "startTime endTime"),
    **_all(_KEYWORD, "tenantId userSessionId internalUserId userId userType applicationType clientType"),
    **_all(_KEYWORD, "continent country region city isp connectionType"),
    **_all(_KEYWORD, "geolocationContinentName geolocationCountryName geolocationRegionName geolocationCityName"),
    **_all(_KEYWORD, "browserType browserFamily browserMajorVersion browserMonitorId browserMonitorName"),
    **_all(_KEYWORD, "osFamily osVersion osFamilyName osVersionName manufacturer device"),
    **_all(_KEYWORD, "screenOrientation displayResolution endReason userExperienceScore"),
    **_all(_LONG, "duration userActionCount totalErrorCount totalLicenseCreditCount matchingConversionGoalsCount"),
    **_all(_LONG, "screenHeight screenWidth numberOfRageClicks"),
    **_all(_BOOLEAN, "bounce newUser hasSessionReplay hasCrash hasError"),
    **_all(_IP, "ip"),
    # Their names are those of the tags: the dynamic templates say what becomes of them.
    **_all(_OBJECT, "stringTags numTags dateTags"),
    **_PROPERTIES,
    "userActions": _nested(_ACTION),
    "events": _nested(_HAPPENED),
    "errors": _nested(_HAPPENED),
    "syntheticEvents": _nested(_STEP),
}


def _template(name: str, matched: str, kind: Mapping[str, Any], path: str = "*") -> dict[str, Any]:
    return {name: {"path_match": path, "match_mapping_type": matched, "mapping": dict(kind)}}


# Newer versions of Dynatrace have fields that are not known here: they are taken, and no text is taken for a date.
SESSIONS: Mapping[str, Any] = {
    "dynamic": True,
    "date_detection": False,
    "dynamic_templates": [
        _template("date_tags", "long", _DATE, "dateTags.*"),
        _template("whole_number_tags", "long", _DOUBLE, "numTags.*"),
        _template("number_tags", "double", _DOUBLE, "numTags.*"),
        _template("texts", "string", _KEYWORD),
    ],
    "properties": _SESSION,
}
