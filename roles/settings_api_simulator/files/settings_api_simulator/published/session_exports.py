# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``builtin:elasticsearch.user-session-export-settings-v2``.

Version 0.0.15 is known as a whole (2023). Of 0.0.214 only the number is public and that the management zone is of type
``setting`` by then; everything else is taken to be the same.
"""

from __future__ import annotations

from typing import Any

from .parts import HTTP_URL, HTTPS_ONLY, NOT_BLANK, SIZE, URI, custom, enum, equals, group, prop, top

SCHEMA_ID = "builtin:elasticsearch.user-session-export-settings-v2"

# A change of one of these beside a masked secret would let a caller have the secret sent to a server of their own.
RESUBMISSION_PATHS = (
    ("endpointDefinition", "endpointUrl"),
    ("authentication", "basicAuth", "username"),
    ("authentication", "oAuth2", "accessTokenUrl"),
    ("authentication", "oAuth2", "clientId"),
)


def schema(version: str) -> dict[str, Any]:
    """The schema in one of its two known versions."""
    return top(
        SCHEMA_ID,
        "User session exports",
        version,
        maxObjects=3,
        schemaGroups=["group:integration.external", "group:integration"],
        constraints=[custom("userSessionExportSettingsV2Validator")],
        enums={
            "authType": enum("Authentication type", basic="Basic authentication", oauth2="OAuth 2.0"),
            "grantType": enum("Grant type", clientCredentials="Client credentials"),
            "sendCredentials": enum("Send credentials", header="As authentication header"),
        },
        types={
            "EndpointDefinition": _endpoint(),
            "Authentication": _authentication(),
            "BasicAuth": group(
                "Basic authentication",
                username=prop("text", "Username", NOT_BLANK, SIZE, default=""),
                password=prop("secret", "Password", NOT_BLANK, SIZE, default=""),
            ),
            "OAuth2": _oauth2(),
            "SendDirect": _send_direct(),
            "ExportBehavior": _behavior(text_zone=version == "0.0.15"),
        },
        properties={
            "endpointDefinition": prop("types/EndpointDefinition", "Define your endpoint"),
            "authentication": prop("types/Authentication", "Authentication"),
            "sendDirect": prop("types/SendDirect", "Send data directly to Elasticsearch"),
            "exportBehavior": prop("types/ExportBehavior", "Export scope, alerting, and advanced configuration"),
        },
    )


def _endpoint() -> dict[str, Any]:
    url = prop("text", "Endpoint URL", custom("urlHttpsValidator"), URI, HTTP_URL, SIZE, default="", subType="url")
    return group(
        "Endpoint",
        endpointUrl=url,
        enableUserSessionExport=prop("boolean", "Enable user session export", default=True),
        contentType=prop("text", "Content type", SIZE, default="application/json"),
        usePost=prop("boolean", "Use POST method", default=False),
    )


def _authentication() -> dict[str, Any]:
    return group(
        "Authentication",
        active=prop("boolean", "Activate", default=False),
        authType=prop("enums/authType", "Authentication type", default="basic", precondition=equals("active", True)),
        basicAuth=prop("types/BasicAuth", "Basic authentication", precondition=equals("authType", "basic")),
        oAuth2=prop("types/OAuth2", "OAuth 2.0", precondition=equals("authType", "oauth2")),
    )


def _oauth2() -> dict[str, Any]:
    token_url = prop("text", "Access token URL", NOT_BLANK, SIZE, HTTPS_ONLY, URI, HTTP_URL, default="", subType="url")
    return group(
        "OAuth 2.0",
        grantType=prop("enums/grantType", "Grant type", default="clientCredentials"),
        accessTokenUrl=token_url,
        clientId=prop("text", "Client ID", NOT_BLANK, SIZE, default=""),
        clientSecret=prop("secret", "Client secret", NOT_BLANK, SIZE, default=""),
        scope=prop("text", "Scope", SIZE, nullable=True),
        sendCredentials=prop("enums/sendCredentials", "Send credentials", default="header"),
    )


def _send_direct() -> dict[str, Any]:
    active = equals("active", True)
    return group(
        "Send direct",
        active=prop("boolean", "Activate", default=False),
        indexName=prop("text", "Index name", SIZE, default="", precondition=active),
        docType=prop("text", "Document type", SIZE, nullable=True, precondition=active),
    )


def _behavior(*, text_zone: bool) -> dict[str, Any]:
    number = {"type": "PATTERN", "pattern": r"^-?\d{1,19}$"}
    as_text = prop(
        "text", "Management zone", number, SIZE, nullable=True, subType="config", referencedType="ManagementZone"
    )
    as_setting = prop("setting", "Management zone", nullable=True, referencedType="builtin:management-zones")
    checks = (
        custom("exportBulkSize", "ExportBulkSize needs to be between 102,400 and 524,288,000 bytes"),
        custom("exportBulkActions", "ExportBulkActions needs to be between 100 and 100,000 bytes"),
        custom("connectionRequestTimeout", "ConnectionRequestTimeout needs to be between 1,000 and 120,000 ms"),
        custom("connectTimeout", "ConnectTimeout needs to be between 1,000 and 120,000 ms"),
        custom("socketTimeout", "SocketTimeout needs to be between 1,000 and 120,000 ms"),
        custom("disableGlobalProxy", 'DisableGlobalProxy needs to be "true" or "false"'),
    )
    return group(
        "Behavior",
        managementZone=as_text if text_zone else as_setting,
        disableNotification=prop("boolean", "Disable notifications", default=False),
        customConfiguration=prop("text", "Custom configuration", *checks, SIZE, nullable=True),
    )
