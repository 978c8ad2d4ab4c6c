# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The newest published schema of user session exports (0.0.15, 2023), as data in Dynatrace's schema format.

Written from the facts in settings-api 1.2 to 1.7. Later tables differ in one thing only: ``managementZone`` is of type
``setting``. Servers are newer, what they add is carried through updates.
"""

from __future__ import annotations

from typing import Any

SCHEMA_ID = "builtin:elasticsearch.user-session-export-settings-v2"

_URI = "^(([^\\s:/?#]+?):){1}((//)?([^\\s/?#]+?)){1}([^\\s?#]*?)(\\?([^\\s#]*?))?(#([^\\s]*?))?$"
_LENGTH = {"type": "LENGTH", "minLength": 1, "maxLength": 500}
_NOT_BLANK = {"type": "NOT_BLANK"}


def _pattern(pattern: str, message: str = "") -> dict[str, Any]:
    return {"type": "PATTERN", "pattern": pattern, **({"customMessage": message} if message else {})}


def _validator(name: str, message: str = "") -> dict[str, Any]:
    found = {"type": "CUSTOM_VALIDATOR_REF", "customValidatorId": name}
    return {**found, **({"customMessage": message} if message else {})}


_IS_URI = _pattern(_URI, "Not a valid URI")
_IS_HTTP = _pattern("^https?://.*$", "Not a valid http(s) URL")


def _property(type_: Any, default: Any = None, *constraints: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A property; required unless ``nullable=True``."""
    found = {"type": type_, "nullable": False, "maxObjects": 1, **more}
    if default is not None:
        found["default"] = default
    if constraints:
        found["constraints"] = list(constraints)
    return found


def _type(name: str) -> dict[str, str]:
    return {"$ref": f"#/types/{name}"}


def _enum(name: str) -> dict[str, str]:
    return {"$ref": f"#/enums/{name}"}


def _when(name: str, value: Any) -> dict[str, Any]:
    return {"type": "EQUALS", "property": name, "expectedValue": value}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _values(*values: str) -> dict[str, Any]:
    return {"type": "enum", "items": [{"value": value} for value in values]}


def _between(name: str, low: str, high: str, unit: str) -> dict[str, Any]:
    return _validator(name[0].lower() + name[1:], f"{name} needs to be between {low} and {high} {unit}")


_ACTIVE = _when("active", True)

PUBLISHED: dict[str, Any] = {
    "dynatrace": "1",
    "schemaId": SCHEMA_ID,
    "version": "0.0.15",
    "displayName": "User session exports",
    "allowedScopes": ["environment"],
    "multiObject": True,
    "maxObjects": 3,
    "ordered": False,
    "constraints": [_validator("userSessionExportSettingsV2Validator")],
    "properties": {
        "endpointDefinition": _property(_type("EndpointDefinition")),
        "authentication": _property(_type("Authentication")),
        "sendDirect": _property(_type("SendDirect")),
        "exportBehavior": _property(_type("ExportBehavior")),
    },
    "enums": {
        "authType": _values("basic", "oauth2"),
        "grantType": _values("clientCredentials"),
        "sendCredentials": _values("header"),
    },
    "types": {
        "EndpointDefinition": _object(
            endpointUrl=_property(
                "text", "", _validator("urlHttpsValidator"), _IS_URI, _IS_HTTP, _LENGTH, subType="url"
            ),
            enableUserSessionExport=_property("boolean", True),
            contentType=_property("text", "application/json", _LENGTH),
            usePost=_property("boolean", False),
        ),
        "Authentication": _object(
            active=_property("boolean", False),
            authType=_property(_enum("authType"), "basic", precondition=_ACTIVE),
            basicAuth=_property(_type("BasicAuth"), precondition=_when("authType", "basic")),
            # The key is oAuth2, the enum value oauth2.
            oAuth2=_property(_type("OAuth2"), precondition=_when("authType", "oauth2")),
        ),
        "BasicAuth": _object(
            username=_property("text", "", _NOT_BLANK, _LENGTH),
            password=_property("secret", "", _NOT_BLANK, _LENGTH),
        ),
        "OAuth2": _object(
            grantType=_property(_enum("grantType"), "clientCredentials"),
            accessTokenUrl=_property(
                "text",
                "",
                _NOT_BLANK,
                _LENGTH,
                _pattern("^(https)://.*$", "For security reasons we only allow HTTPS endpoints"),
                _IS_URI,
                _IS_HTTP,
                subType="url",
            ),
            clientId=_property("text", "", _NOT_BLANK, _LENGTH),
            clientSecret=_property("secret", "", _NOT_BLANK, _LENGTH),
            scope=_property("text", None, _LENGTH, nullable=True),
            sendCredentials=_property(_enum("sendCredentials"), "header"),
        ),
        "SendDirect": _object(
            active=_property("boolean", False),
            indexName=_property("text", "", _LENGTH, precondition=_ACTIVE),
            docType=_property("text", None, _LENGTH, nullable=True, precondition=_ACTIVE),
        ),
        "ExportBehavior": _object(
            managementZone=_property(
                "text",
                None,
                _pattern("^-?\\d{1,19}$"),
                _LENGTH,
                nullable=True,
                subType="config",
                referencedType="ManagementZone",
            ),
            disableNotification=_property("boolean", False),
            # Its syntax is not public. The messages contain keys and ranges.
            customConfiguration=_property(
                "text",
                None,
                _between("ExportBulkSize", "102,400", "524,288,000", "bytes"),
                _between("ExportBulkActions", "100", "100,000", "bytes"),
                _between("ConnectionRequestTimeout", "1,000", "120,000", "ms"),
                _between("ConnectTimeout", "1,000", "120,000", "ms"),
                _between("SocketTimeout", "1,000", "120,000", "ms"),
                _validator("disableGlobalProxy", 'DisableGlobalProxy needs to be "true" or "false"'),
                _LENGTH,
                nullable=True,
            ),
        ),
    },
}
