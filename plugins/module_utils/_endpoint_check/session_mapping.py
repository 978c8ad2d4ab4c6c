# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The mapping for session documents: every field that exported sessions are known to have, with its type.

Fields: the documented structure of a user session, and documented examples, which differ in some names.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal

Layout = Literal["nested", "flat"]

# The longest text, in characters, that Lucene accepts as a keyword in every alphabet.
_LONGEST_KEYWORD = 8191

_DATE = {"type": "date"}
_LONG = {"type": "long"}
_DOUBLE = {"type": "double"}
_BOOLEAN = {"type": "boolean"}
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}
# An address that a privacy setting has masked must not lead to a rejected session.
_IP = {"type": "ip", "ignore_malformed": True}
# Objects with arbitrary keys. As fields, the keys a and a.b would exclude each other.
_ARBITRARY = {"type": "flattened", "ignore_above": _LONGEST_KEYWORD}
TAGS = ("stringTags", "numTags", "dateTags")


def _all(kind: Mapping[str, Any], names: str) -> dict[str, Any]:
    return {name: dict(kind) for name in names.split()}


def _nested(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Objects in a list, each of which can be searched on its own."""
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
    **_all(_KEYWORD, "matchingConversionGoals syntheticEvent syntheticEventId internalKeyUserActionId"),
    **_all(_LONG, "duration speedIndex networkTime serverTime frontendTime documentInteractiveTime"),
    **_all(_LONG, "thirdPartyResources thirdPartyBusyTime cdnResources cdnBusyTime"),
    **_all(_LONG, "firstPartyResources firstPartyBusyTime domCompleteTime domContentLoadedTime"),
    **_all(_LONG, "loadEventStart loadEventEnd requestStart responseStart responseEnd visuallyCompleteTime"),
    **_all(_LONG, "userActionPropertyCount customErrorCount javascriptErrorCount requestErrorCount errorCount"),
    **_all(_LONG, "failedImages failedXhrRequests httpRequestsWithErrors"),
    **_all(_LONG, "largestContentfulPaint firstInputDelay totalBlockingTime"),
    **_all(_DOUBLE, "cumulativeLayoutShift"),
    **_all(_BOOLEAN, "keyUserAction hasCrash isEntryAction isExitAction"),
    **_PROPERTIES,
}

_EVENT = {
    **_all(_DATE, "startTime"),
    **_all(_KEYWORD, "type name application internalApplicationId domain metadata"),
    **_all(_KEYWORD, "page pageGroup pageReferrer pageReferrerGroup"),
}

_STEP = {
    **_all(_DATE, "timestamp"),
    **_all(_KEYWORD, "name syntheticEventId type errorName"),
    **_all(_LONG, "sequenceNumber errorCode"),
}

_SESSION = {
    **_all(_DATE, "startTime endTime replayStart replayEnd"),
    **_all(_KEYWORD, "appVersion carrier networkTechnology crashGroupId partNumber matchingConversionGoals"),
    **_all(_KEYWORD, "reasonForNoSessionReplay reasonForNoSessionReplayMobile"),
    **_all(_KEYWORD, "tenantId userSessionId internalUserId userId userType applicationType clientType"),
    **_all(_KEYWORD, "continent country region city isp connectionType"),
    **_all(_KEYWORD, "geolocationContinentName geolocationCountryName geolocationRegionName geolocationCityName"),
    **_all(_KEYWORD, "browserType browserFamily browserMajorVersion browserMonitorId browserMonitorName"),
    **_all(_KEYWORD, "osFamily osVersion osFamilyName osVersionName manufacturer device"),
    **_all(_KEYWORD, "screenOrientation displayResolution endReason userExperienceScore"),
    **_all(_LONG, "duration userActionCount totalErrorCount totalLicenseCreditCount matchingConversionGoalsCount"),
    **_all(_LONG, "screenHeight screenWidth numberOfRageClicks numberOfRageTaps clientTimeOffset"),
    **_all(_BOOLEAN, "bounce newUser hasSessionReplay hasCrash hasError rootedOrJailbroken"),
    **_all(_IP, "ip"),
    **_all(_ARBITRARY, " ".join(TAGS)),
    **_PROPERTIES,
    "userActions": _nested(_ACTION),
    "events": _nested(_EVENT),
    "errors": _nested(_EVENT),
    "syntheticEvents": _nested(_STEP),
}


def _template(name: str, matched: str, kind: Mapping[str, Any], path: str = "*") -> dict[str, Any]:
    return {name: {"path_match": path, "match_mapping_type": matched, "mapping": dict(kind)}}


# Newer versions of Dynatrace have fields that are not known here: they are accepted, and no text is taken for a date.
SESSION_MAPPING: Mapping[str, Any] = {
    "dynamic": True,
    "date_detection": False,
    "dynamic_templates": [_template("texts", "string", _KEYWORD)],
    "properties": _SESSION,
}
# For servers without a type for arbitrary keys: each tag becomes a field of this type.
_TAG_TEMPLATES = [
    _template("date_tags", "long", _DATE, "dateTags.*"),
    _template("whole_number_tags", "long", _DOUBLE, "numTags.*"),
    _template("number_tags", "double", _DOUBLE, "numTags.*"),
]


def session_mapping(layout: Layout = "nested", arbitrary_keys: str | None = "flattened") -> dict[str, Any]:
    """The mapping for one server.

    :param layout: whether each action, event and error can be searched on its own, or their values only together, as
        tools need that cannot use nested fields.
    :param arbitrary_keys: the type for objects with arbitrary keys; ``None`` where the server has none.
    """
    mapping = copy.deepcopy(dict(SESSION_MAPPING))
    for name in TAGS:
        if arbitrary_keys == "flat_object":
            mapping["properties"][name] = {"type": "flat_object"}
        elif arbitrary_keys is None:
            mapping["properties"][name] = {"type": "object"}
    if arbitrary_keys is None:
        mapping["dynamic_templates"] = [*copy.deepcopy(_TAG_TEMPLATES), *mapping["dynamic_templates"]]
    if layout == "flat":
        _flatten(mapping["properties"])
    return mapping


def _flatten(properties: dict[str, Any]) -> None:
    for node in properties.values():
        if node["type"] == "nested":
            node["type"] = "object"
            _flatten(node["properties"])
