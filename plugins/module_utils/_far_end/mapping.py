# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""How an index should store session documents, and what an index that is there lacks of it.

Fields and what is in them: settings-api 1.5 and the documented examples beside it. Names of both kinds of examples are
here, because versions differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Milliseconds since 1970 on the wire; without a mapping they would become long.
_DATE = {"type": "date", "format": "epoch_millis||strict_date_optional_time"}
_WORD = {"type": "keyword", "ignore_above": 1024}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer"}
_LONG = {"type": "long"}
# An address may be masked.
_ADDRESS = {"type": "ip", "ignore_malformed": True}

# Types that hold the same, so that nothing is wrong with an index that has another one of them.
_ALIKE = (
    {"date", "date_nanos", "alias"},
    {"keyword", "text", "wildcard", "constant_keyword", "match_only_text", "ip", "alias"},
    {"long", "integer", "short", "byte", "unsigned_long", "double", "float", "half_float", "scaled_float", "alias"},
    {"boolean", "alias"},
    {"nested", "object"},
)


def _all(kind: Mapping[str, Any], names: str) -> dict[str, dict[str, Any]]:
    return {name: dict(kind) for name in names.split()}


def _list_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    # Nested, so that the name of one action is not found beside the duration of another.
    return {"type": "nested", "properties": dict(properties)}


def _pairs(kind: Mapping[str, Any]) -> dict[str, Any]:
    return _list_of({"key": dict(_WORD), "value": dict(kind)})


_OWN_VALUES = {
    "stringProperties": _pairs(_WORD),
    "longProperties": _pairs(_LONG),
    "doubleProperties": _pairs({"type": "double"}),
    "dateProperties": _pairs(_DATE),
}
_ACTION = {
    **_all(_DATE, "startTime endTime"),
    **_all(
        _WORD,
        "name domain targetUrl type application internalApplicationId apdexCategory matchingConversionGoals"
        " syntheticEvent syntheticEventId",
    ),
    **_all(_FLAG, "keyUserAction hasCrash entryAction exitAction"),
    **_all(
        _LONG,
        "duration speedIndex networkTime serverTime frontendTime documentInteractiveTime domCompleteTime"
        " domContentLoadedTime firstPartyBusyTime thirdPartyBusyTime cdnBusyTime loadEventStart loadEventEnd"
        " navigationStart requestStart responseStart responseEnd visuallyCompleteTime"
        " largestContentfulPaint firstInputDelay totalBlockingTime",
    ),
    **_all(
        _COUNT,
        "errorCount customErrorCount javascriptErrorCount requestErrorCount failedImages failedXhrRequests"
        " httpRequestsWithErrors firstPartyResources thirdPartyResources cdnResources userActionPropertyCount",
    ),
    "cumulativeLayoutShift": {"type": "double"},
    **_OWN_VALUES,
}
_EVENT = {**_all(_DATE, "startTime"), **_all(_WORD, "type name application internalApplicationId domain page")}
PROPERTIES: dict[str, Any] = {
    **_all(_DATE, "startTime endTime"),
    **_all(
        _WORD,
        "tenantId userSessionId internalUserId userId userType applicationType clientType endReason userExperienceScore"
        " continent country region city geolocationContinentName geolocationCountryName geolocationRegionName"
        " geolocationCityName browserType browserFamily browserMajorVersion browserFamilyName browserMajorVersionName"
        " browserMonitorId browserMonitorName osFamily osVersion osFamilyName osVersionName manufacturer device isp"
        " carrier connectionType networkTechnology appVersion screenOrientation displayResolution"
        " matchingConversionGoals",
    ),
    **_all(_FLAG, "bounce newUser hasCrash hasError hasSessionReplay reply rootedOrJailbroken"),
    **_all(_COUNT, "userActionCount totalErrorCount matchingConversionGoalsCount screenHeight screenWidth"),
    **_all(_COUNT, "numberOfRageClicks numberOfRageTaps totalLicenseCreditCount"),
    **_all(_LONG, "duration clientTimeOffset"),
    "ip": dict(_ADDRESS),
    **_OWN_VALUES,
    "userActions": _list_of(_ACTION),
    "events": _list_of(_EVENT),
    "errors": _list_of(_EVENT),
    "syntheticEvents": _list_of(
        {
            **_EVENT,
            **_all(_DATE, "timestamp"),
            **_all(_WORD, "syntheticEventId"),
            **_all(_LONG, "errorCode sequenceNumber"),
        }
    ),
    # Older versions: the keys are the user's own.
    **_all({"type": "object", "dynamic": "true"}, "stringTags numTags dateTags"),
}
# What a newer Dynatrace adds is stored as a word, not as a text and a word.
_TEMPLATES = [{"words": {"match_mapping_type": "string", "mapping": dict(_WORD)}}]


def wanted(more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The mapping of a new index.

    :param more: a mapping, or its ``properties`` alone, that is laid over it.
    """
    mapping = {"dynamic_templates": list(_TEMPLATES), "properties": _copied(PROPERTIES)}
    if more:
        _laid_over(mapping, more if "properties" in more or "dynamic_templates" in more else {"properties": more})
    return mapping


def lacking(have: Mapping[str, Any], want: Mapping[str, Any], above: str = "") -> tuple[dict[str, Any], list[str]]:
    """The properties that a mapping lacks, in the form in which they are added, and those of another type.

    :param have: ``properties`` of the index.
    :returns: what to add, and ``path (type)`` of what cannot be changed any more.
    """
    added: dict[str, Any] = {}
    other: list[str] = []
    for name, field in want.items():
        found = have.get(name)
        if not isinstance(found, Mapping):
            added[name] = field
            continue
        kind, mine = str(found.get("type", "object")), str(field.get("type", "object"))
        if kind != mine and not any(kind in group and mine in group for group in _ALIKE):
            other.append(f"{above}{name} ({kind})")
        elif isinstance(field.get("properties"), Mapping) and kind in ("object", "nested"):
            below = found.get("properties")
            more, differing = lacking(
                below if isinstance(below, Mapping) else {}, field["properties"], f"{above}{name}."
            )
            other += differing
            if more:
                added[name] = {**({"type": kind} if "type" in found else {}), "properties": more}
    return added, other


def paths(properties: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The paths of all fields, those that only hold others left out."""
    for name, field in properties.items():
        below = field.get("properties")
        if isinstance(below, Mapping) and below:
            yield from paths(below, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def merged(have: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as they are once something was added."""
    result: dict[str, Any] = _copied(have)
    _laid_over(result, added)
    return result


def _copied(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _copied(child) for key, child in node.items()}
    return [_copied(child) for child in node] if isinstance(node, list) else node


def _laid_over(base: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _laid_over(base[key], value)
        else:
            base[key] = _copied(value)
