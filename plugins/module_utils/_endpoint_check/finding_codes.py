# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Every finding of the endpoint check and of the index module: severity, meaning, and what to change.

Data only. The guide lists the same table; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "info", "warning", "error"]


@dataclass(frozen=True)
class FindingCode:
    """One kind of finding.

    :param remediation: what to do, with the names of the options; empty where there is nothing to do.
    """

    severity: Severity
    meaning: str
    remediation: str = ""


_PREPARE = "user_session_exports_index or the playbook prepare_index"

_DECLARATION = {
    "export_paused": FindingCode(
        "info", "The export is disabled.", "Set endpoint_definition.enable_user_session_export to true."
    ),
    "secret_not_given": FindingCode(
        "info",
        "A secret is not given, so nothing that needs it can be checked.",
        "Give the secret. The module that writes exports keeps the stored one if it is omitted.",
    ),
    "url_user_info": FindingCode(
        "warning",
        "The URL contains a user name or a password. Everyone who can read the settings can see them.",
        "Move them to authentication.basic_auth.",
    ),
    "content_type_unusual": FindingCode(
        "warning",
        "The content type is not one of the two that Dynatrace documents.",
        "Set endpoint_definition.content_type to application/json or application/x-ndjson.",
    ),
    "bulk_url": FindingCode(
        "error",
        "send_direct is active, but the URL does not end in _bulk.",
        "Let endpoint_definition.endpoint_url end in /_bulk.",
    ),
    "bulk_method": FindingCode(
        "warning",
        "send_direct is active without use_post. The documentation of Dynatrace requires POST.",
        "Set endpoint_definition.use_post to true.",
    ),
    "bulk_content_type": FindingCode(
        "warning",
        "send_direct is active with a content type other than application/x-ndjson.",
        "Set endpoint_definition.content_type to application/x-ndjson.",
    ),
    "bulk_without_send_direct": FindingCode(
        "error",
        "The URL ends in _bulk, but send_direct is not active, so the action lines will be missing.",
        "Set send_direct.active to true and set send_direct.index_name.",
    ),
    "index_name_invalid": FindingCode(
        "error",
        "Elasticsearch does not accept this index name.",
        "Use lowercase letters, digits, - and _ in send_direct.index_name, without blanks, wildcards, or a leading "
        "- _ or +.",
    ),
    "index_name_date_math": FindingCode(
        "warning",
        "The index name is a date math expression, so sessions go to a new index in each period.",
        "Make sure that an index template gives each of these indices its mapping, or use a rollover alias.",
    ),
    "nothing_sent": FindingCode(
        "info",
        "Without mode=send nothing is sent to an endpoint of this kind, so it is not known how it responds.",
        "Use mode=send to find out. The sample sessions stay there.",
    ),
}

_NETWORK = {
    "reached": FindingCode("ok", "Name resolution, connection and TLS work, and the certificate is trusted."),
    "name_unknown": FindingCode(
        "error",
        "The host name cannot be resolved where the check runs.",
        "Correct the host name in the URL, or add it to the DNS there.",
    ),
    "name_timeout": FindingCode("error", "The DNS did not respond in time.", "Repair the DNS, or try again."),
    "tcp_refused": FindingCode(
        "error",
        "The host is reachable, but nothing listens on the port.",
        "Correct the port in the URL, or start the service.",
    ),
    "tcp_timeout": FindingCode(
        "error",
        "There was no connection within the time limit, usually because a firewall drops it.",
        "Open the firewall for the machines that send sessions, or correct host and port in the URL.",
    ),
    "tcp_unreachable": FindingCode(
        "error",
        "There is no route to the address.",
        "Correct the host in the URL or the routing, or set proxy.",
    ),
    "proxy_unreachable": FindingCode(
        "error", "The proxy cannot be reached.", "Correct host and port in proxy, or start the proxy."
    ),
    "proxy_credentials": FindingCode(
        "error",
        "The proxy requires other credentials.",
        "Give user name and password in proxy: http://user:pass@host:port.",
    ),
    "proxy_refused": FindingCode(
        "error",
        "The proxy did not open a tunnel to the endpoint.",
        "Allow the host and the port on the proxy, or correct them in the URL.",
    ),
    "not_tls": FindingCode(
        "error",
        "The port does not speak TLS. Dynatrace sends to HTTPS endpoints only.",
        "Correct the port in the URL, or enable TLS at the endpoint.",
    ),
    "tls_authority": FindingCode(
        "error",
        "The certificate was issued by an authority that is not trusted, or intermediate certificates are missing.",
        "Let the endpoint send the whole chain. If the authority is your own, name its file in ca_path; Dynatrace must "
        "trust it too.",
    ),
    "tls_self_signed": FindingCode(
        "error",
        "The certificate is self-signed.",
        "Install a certificate of an authority. Or name this one in ca_path; Dynatrace must trust it too.",
    ),
    "tls_expired": FindingCode("error", "The certificate has expired.", "Renew it at the endpoint."),
    "tls_not_yet_valid": FindingCode(
        "error", "The certificate is not valid yet.", "Correct the clocks, or install the right certificate."
    ),
    "tls_host_name": FindingCode(
        "error",
        "The certificate is for another host name.",
        "Use the name in the certificate in the URL, or install a certificate with the name in the URL.",
    ),
    "tls_protocol": FindingCode(
        "error", "The endpoint does not support TLS 1.2 or newer.", "Enable TLS 1.2 or 1.3 at the endpoint."
    ),
    "tls_client_certificate": FindingCode(
        "error",
        "The endpoint requires a client certificate. An export has none.",
        "Let the endpoint authenticate by password or token for this URL.",
    ),
    "tls_timeout": FindingCode(
        "error",
        "The TLS handshake did not finish in time.",
        "Check the endpoint and what is in front of it.",
    ),
    "tls_failed": FindingCode(
        "error",
        "The TLS handshake failed for another reason.",
        "See the log of the endpoint; one reason is a missing client certificate.",
    ),
    "tls_expires_soon": FindingCode("warning", "The certificate expires soon.", "Renew it at the endpoint."),
}

_HTTP = {
    "answer_timeout": FindingCode(
        "error",
        "There was no complete response within the time limit. Dynatrace waits 30 s, retries three times, then drops "
        "the sessions.",
        "Make the endpoint faster. It should respond as soon as it has the data.",
    ),
    "answer_broken": FindingCode(
        "error",
        "The connection was closed, or the response is not HTTP/1.1.",
        "Check what responds at this URL: host, port and path. A load balancer must offer HTTP/1.1.",
    ),
    "answer_too_large": FindingCode(
        "error",
        "The response is larger than the check reads.",
        "Check what responds at this URL: host, port and path.",
    ),
    "authentication_needed": FindingCode(
        "error",
        "The endpoint requires credentials, and the export has none.",
        "Set authentication.active to true.",
    ),
    "authentication_scheme": FindingCode(
        "error",
        "The endpoint does not accept this kind of authentication.",
        "Change authentication.auth_type, or what the endpoint accepts.",
    ),
    "credentials_refused": FindingCode(
        "error",
        "The endpoint rejects the user name or the password.",
        "Correct authentication.basic_auth.username and authentication.basic_auth.password.",
    ),
    "credentials_accepted": FindingCode("ok", "The endpoint accepts user name and password."),
    "credentials_unchecked": FindingCode(
        "info",
        "The endpoint did not ask for credentials on a request without data, so it is not known whether they are "
        "right.",
        "Use mode=send to find out.",
    ),
    "token_refused": FindingCode(
        "error",
        "The endpoint rejects the OAuth 2.0 token.",
        "Correct authentication.oauth2.scope or access_token_url: the token must be meant for the endpoint.",
    ),
    "forbidden": FindingCode(
        "error",
        "The request is forbidden with these credentials (403).",
        "Allow it at the endpoint, or use other credentials.",
    ),
    "endpoint_not_found": FindingCode(
        "error", "There is nothing at this path (404).", "Correct the path in endpoint_definition.endpoint_url."
    ),
    "method_refused": FindingCode(
        "error",
        "The endpoint does not accept the method (405).",
        "Change endpoint_definition.use_post: true is POST, false is PUT.",
    ),
    "content_type_refused": FindingCode(
        "error",
        "The endpoint does not accept the content type (406 or 415).",
        "Change endpoint_definition.content_type to application/json or application/x-ndjson.",
    ),
    "body_too_large": FindingCode(
        "error",
        "The endpoint does not accept this much data at once (413). Dynatrace sends up to 896,000 bytes.",
        "Raise the limit at the endpoint to 1 MB or more.",
    ),
    "redirect": FindingCode(
        "error",
        "The endpoint redirects. Dynatrace requires status 200.",
        "Set endpoint_definition.endpoint_url to the final address.",
    ),
    "throttled": FindingCode(
        "error", "The endpoint limits the rate of requests (429).", "Raise its limit, or try again later."
    ),
    "server_failed": FindingCode(
        "error",
        "The endpoint failed (5xx).",
        "The message has its reason, if it gave one. See the log of the endpoint.",
    ),
    "server_unavailable": FindingCode(
        "error",
        "The endpoint, or the gateway in front of it, is not available now (502, 503, 504): starting, overloaded or "
        "down.",
        "Run the check again later. If it stays, see the log of the endpoint and of the gateway.",
    ),
    "rejected": FindingCode(
        "error", "The endpoint rejected the request for another reason.", "The message has its reason."
    ),
    "status_not_200": FindingCode(
        "error",
        "The endpoint accepted the sessions with a status other than 200. Dynatrace treats that as a failure.",
        "Let the endpoint respond with 200.",
    ),
}

_OAUTH = {
    "oauth_token_by_header": FindingCode(
        "ok", "The token service issued a token. It accepted the credentials in the header."
    ),
    "oauth_token_by_form": FindingCode(
        "warning",
        "The token service accepts the credentials in the form only. The schema of Dynatrace says header, its "
        "documentation says form.",
        "If exports fail, let the token service accept HTTP basic authentication of the client too.",
    ),
    "oauth_client_refused": FindingCode(
        "error",
        "The token service rejects the client, in the header and in the form.",
        "Correct authentication.oauth2.client_id and authentication.oauth2.client_secret.",
    ),
    "oauth_scope_refused": FindingCode(
        "error", "The token service does not grant the scope.", "Correct authentication.oauth2.scope, or omit it."
    ),
    "oauth_scope_reduced": FindingCode(
        "warning",
        "The token has fewer scopes than requested.",
        "Allow the client the missing scopes, or correct authentication.oauth2.scope.",
    ),
    "oauth_grant_refused": FindingCode(
        "error",
        "The client may not use client credentials.",
        "Allow this grant to the client at the token service; Dynatrace has no other.",
    ),
    "oauth_url_wrong": FindingCode(
        "error", "The URL is not that of a token service.", "Correct authentication.oauth2.access_token_url."
    ),
    "oauth_token_type": FindingCode(
        "warning",
        "The token is not of type Bearer. Dynatrace sends it as one.",
        "Let the token service issue bearer tokens.",
    ),
    "oauth_failed": FindingCode(
        "error",
        "The token service failed, or limits the rate of requests.",
        "See the log of the token service, or try again later.",
    ),
}

_SERVER = {
    "elasticsearch_found": FindingCode("ok", "The server is Elasticsearch or OpenSearch."),
    "not_elasticsearch": FindingCode(
        "error",
        "The server is neither Elasticsearch nor OpenSearch.",
        "Correct endpoint_definition.endpoint_url, or set send_direct.active to false.",
    ),
    "url_names_index": FindingCode(
        "info",
        "The path of the URL has more than _bulk. Each session names its index, which takes precedence.",
        "Let the path of endpoint_definition.endpoint_url be /_bulk, unless the server is below a path.",
    ),
    "version_unseen": FindingCode(
        "warning",
        "The user may not read the version, so send_direct.doc_type cannot be checked.",
        "Give the user the cluster privilege monitor (Elasticsearch) or cluster_monitor (OpenSearch), at least for the "
        "check.",
    ),
    "doc_type_not_supported": FindingCode(
        "error",
        "This version has no document types. It rejects every session that has one.",
        "Omit send_direct.doc_type.",
    ),
    "doc_type_missing": FindingCode(
        "error", "This version requires a document type.", "Set send_direct.doc_type to _doc."
    ),
    "doc_type_differs": FindingCode(
        "error",
        "An index has one document type, and this index has another.",
        "Set send_direct.doc_type to the type of the index.",
    ),
    "privilege_missing": FindingCode(
        "error",
        "The user may not write to the index.",
        "Give the role of the user the index privilege index (Elasticsearch), or the action group write and the "
        "cluster permission indices:data/write/bulk (OpenSearch).",
    ),
    "cluster_blocked": FindingCode(
        "error",
        "The whole cluster is read-only.",
        "Remove the block from the settings of the cluster. No credentials can get around it.",
    ),
}

_INDEX = {
    "index_found": FindingCode("ok", "The index exists, accepts writes, and its date fields are dates."),
    "index_from_template": FindingCode(
        "ok", "The index does not exist yet. An index template will give it a mapping for sessions."
    ),
    "index_missing": FindingCode(
        "error",
        "The index does not exist. If the first session creates it, dates become numbers.",
        f"Create the index with {_PREPARE}, or correct send_direct.index_name. Before Elasticsearch 7, create it by "
        "hand.",
    ),
    "index_not_created_automatically": FindingCode(
        "error",
        "The index does not exist, and the cluster does not create indices automatically.",
        f"Create the index with {_PREPARE}.",
    ),
    "index_templates_unseen": FindingCode(
        "warning",
        "The index does not exist, and the user may not read the index templates that could give it a mapping.",
        f"Create the index with {_PREPARE}, or give the user the cluster privilege monitor (Elasticsearch) or "
        "cluster_monitor (OpenSearch), at least for the check.",
    ),
    "index_unseen": FindingCode(
        "warning",
        "The index cannot be read, so its mapping cannot be checked.",
        "Give the user the index privilege view_index_metadata (Elasticsearch) or the permission indices:admin/get "
        "(OpenSearch), at least for the check. If the index has a metadata block, remove it.",
    ),
    "index_blocked": FindingCode(
        "error", "The index does not accept writes.", "Remove the block. If the disk is full, free space first."
    ),
    "index_closed": FindingCode("error", "The index is closed.", "Open the index."),
    "shard_unavailable": FindingCode(
        "error",
        "A shard of the index is not available, so writes are rejected or time out.",
        "See why in the allocation explanation of the cluster (GET /_cluster/allocation/explain).",
    ),
    "routing_required": FindingCode(
        "error",
        "The index requires a routing value, and sessions have none.",
        "Send to an index without _routing.required, named in send_direct.index_name.",
    ),
    "pipeline_missing": FindingCode(
        "error",
        "The ingest pipeline does not exist, so every session is rejected.",
        "Create the pipeline, or remove it from the URL or from the settings of the index.",
    ),
    "write_refused": FindingCode(
        "error",
        "The server rejects writes to the index.",
        "The message has its reason.",
    ),
    "alias_without_write_index": FindingCode(
        "error",
        "The name is an alias without an index to write to.",
        "Set is_write_index for one of its indices, or name an index in send_direct.index_name.",
    ),
    "index_is_data_stream": FindingCode(
        "error",
        "The name is a data stream, or an index template makes one of it. A data stream accepts create actions only, "
        "Dynatrace sends index actions.",
        "Name an index or an alias in send_direct.index_name.",
    ),
    "rollover_without_template": FindingCode(
        "warning",
        "The name is a rollover alias, and no index template gives the next index a mapping for sessions.",
        "Run user_session_exports_index with rollover: true, which writes an index template.",
    ),
    "date_fields_not_dates": FindingCode(
        "warning",
        "Date fields are mapped as something else.",
        f"The type of a field cannot be changed: let {_PREPARE} create an index of another name in "
        "send_direct.index_name, and reindex the existing documents into it.",
    ),
    "date_fields_unmapped": FindingCode(
        "warning",
        "Date fields are not mapped. The first session makes them numbers, or they cannot be searched.",
        f"Let {_PREPARE} add them.",
    ),
    "field_conflicts": FindingCode(
        "error",
        "Fields are mapped to types that reject what sessions have, so sessions are rejected.",
        f"The type of a field cannot be changed: let {_PREPARE} create an index of another name in "
        "send_direct.index_name, and reindex the existing documents into it.",
    ),
    "field_conflicts_possible": FindingCode(
        "warning",
        "Fields that only some sessions have are mapped to types that reject them.",
        f"The type of a field cannot be changed: let {_PREPARE} create an index of another name in "
        "send_direct.index_name, and reindex the existing documents into it.",
    ),
    "mapping_strict": FindingCode(
        "error",
        "The mapping is strict and lacks fields of sessions, so sessions are rejected.",
        f"Let {_PREPARE} add the fields, or set dynamic to true or false.",
    ),
    "tags_as_fields": FindingCode(
        "warning",
        "Each tag becomes a field of its own. A tag a and a tag a.b exclude each other: the second session is "
        "rejected.",
        f"Let {_PREPARE} create a new index, which maps tags as flattened or flat_object.",
    ),
}

_SEND = {
    "accepted": FindingCode("ok", "The sample sessions were accepted with status 200."),
    "send_skipped": FindingCode(
        "info",
        "Nothing was sent, because of earlier findings, or because samples would create the index or add fields to it.",
        "Correct that first, then run mode=send again.",
    ),
    "samples_deleted": FindingCode("ok", "The sample sessions were deleted again."),
    "samples_retained": FindingCode(
        "info", "The sample sessions stay at the endpoint.", "Delete them there if they disturb."
    ),
    "samples_not_deleted": FindingCode(
        "warning",
        "Sample sessions could not be deleted.",
        "Delete the documents whose tenantId is ansible-sample.",
    ),
    "samples_changed_mapping": FindingCode(
        "warning",
        "The sample sessions have added fields to the index, which stay.",
        "Compare the mapping of the index with the one that the index module makes.",
    ),
    "outcome_unknown": FindingCode(
        "warning",
        "The sample sessions were sent and there was no response, so they may have been stored.",
        "Look for documents whose tenantId is ansible-sample.",
    ),
    "items_refused": FindingCode(
        "error",
        "Elasticsearch responded with 200, but rejected single sessions.",
        "The message has its reason: mapping, document type, a full or blocked index.",
    ),
    "bulk_answer_unreadable": FindingCode(
        "error",
        "The response to the bulk request is not one of Elasticsearch.",
        "Correct endpoint_definition.endpoint_url, or set send_direct.active to false.",
    ),
}

INDEX_CODES = {
    "version_too_old": FindingCode(
        "error",
        "Up to Elasticsearch 6 a mapping belongs to a document type. The index module does not support that.",
        "Create the index by hand, or use a newer version.",
    ),
    "index_is_alias": FindingCode("info", "The name is an alias. The index that it writes to is prepared."),
    "index_is_not_alias": FindingCode(
        "error",
        "rollover is set, and an index has the name that the alias needs.",
        "Set another send_direct.index_name, or set rollover to false.",
    ),
    "index_template_adds": FindingCode(
        "info",
        "An index template contributes to the mapping of the new index. The fields of this module take precedence.",
    ),
    "index_template_conflicts": FindingCode(
        "error",
        "An index template maps fields as object that must be nested, or the other way round. This version cannot "
        "merge them.",
        "Change the index template, choose the matching layout, or set another send_direct.index_name.",
    ),
    "field_types_related": FindingCode(
        "info",
        "Fields have other types than desired, which still accept sessions; text instead of keyword, for example.",
        "To change them, send to a new index; the type of a field cannot be changed.",
    ),
    "field_types_differ": FindingCode(
        "error",
        "Fields have types that are not desired, dates as long for example. The index was left as it is.",
        "The type of a field cannot be changed: set another send_direct.index_name, run this again to create that "
        "index, and copy the documents with _reindex. Or declare the existing types in mapping.",
    ),
    "index_privilege_missing": FindingCode(
        "error",
        "The user may not create the index or change its mapping.",
        "Give the user the index privileges create_index, view_index_metadata and manage (Elasticsearch), or the "
        "action groups create_index and manage (OpenSearch), at least for this task; with rollover also the right to "
        "manage index templates. Or use another user here than in the export.",
    ),
    "index_outcome_unknown": FindingCode(
        "error",
        "A change was sent and there was no response, so it may have been made.",
        "Run the task again: only what is missing is done.",
    ),
    "index_confirmed": FindingCode(
        "info", "There was no response to a change in time. The index was read again: the change was made."
    ),
    "index_not_started": FindingCode(
        "warning",
        "The index was created, but its shards did not start in time; a full disk, for example.",
        "See why in the allocation explanation of the cluster (GET /_cluster/allocation/explain).",
    ),
    "index_refused": FindingCode(
        "error",
        "The index or its mapping was rejected.",
        "The message has the reason: usually something in mapping or settings, or a limit of the cluster.",
    ),
}

FINDING_CODES: Mapping[str, FindingCode] = {
    **_DECLARATION,
    **_NETWORK,
    **_OAUTH,
    **_HTTP,
    **_SERVER,
    **_INDEX,
    **INDEX_CODES,
    **_SEND,
}
