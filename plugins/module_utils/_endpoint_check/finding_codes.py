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
        "A secret is not declared, so nothing that requires it can be checked.",
        "Declare the secret. The module that writes exports keeps the stored one if it is omitted.",
    ),
    "url_user_info": FindingCode(
        "warning",
        "The URL contains a user name or a password, which everyone who can read the settings can see.",
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
        "Change endpoint_definition.endpoint_url so that it ends in /_bulk.",
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
        "Use lowercase letters, digits, - and _ in send_direct.index_name, without spaces, wildcards, or a "
        "leading - _ or +.",
    ),
    "index_name_date_math": FindingCode(
        "warning",
        "The index name is a date math expression, so sessions go to a new index in each period.",
        "Ensure that an index template provides the mapping of each of these indices, or use a rollover alias.",
    ),
    "nothing_sent": FindingCode(
        "info",
        "Without mode=send, nothing is sent to an endpoint of this kind, so its response is unknown.",
        "Use mode=send to find out. The sample sessions remain at the endpoint.",
    ),
}

_NETWORK = {
    "reached": FindingCode(
        "ok",
        "Name resolution, connection, and TLS work, and the certificate is trusted.",
    ),
    "name_unknown": FindingCode(
        "error",
        "The host name cannot be resolved on the host on which the check runs.",
        "Correct the host name in the URL, or add it to the DNS of that host.",
    ),
    "name_timeout": FindingCode(
        "error",
        "The DNS server did not respond in time.",
        "Repair the DNS server, or try again.",
    ),
    "tcp_refused": FindingCode(
        "error",
        "The host is reachable, but no server listens on the port.",
        "Correct the port in the URL, or start the service.",
    ),
    "tcp_timeout": FindingCode(
        "error",
        "No connection was established within the time limit, usually because a firewall drops packets.",
        "Open the firewall for the machines that send sessions, or correct the host and port in the URL.",
    ),
    "tcp_unreachable": FindingCode(
        "error",
        "There is no route to the address.",
        "Correct the host in the URL or the routing, or set proxy.",
    ),
    "proxy_unreachable": FindingCode(
        "error",
        "The proxy cannot be reached.",
        "Correct the host and port in proxy, or start the proxy.",
    ),
    "proxy_credentials": FindingCode(
        "error",
        "The proxy requires other credentials.",
        "Set the user name and password in proxy, as in http://user:pass@host:port.",
    ),
    "proxy_refused": FindingCode(
        "error",
        "The proxy did not open a tunnel to the endpoint.",
        "Allow the host and port on the proxy, or correct them in the URL.",
    ),
    "not_tls": FindingCode(
        "error",
        "The port does not use TLS. Dynatrace sends only to HTTPS endpoints.",
        "Correct the port in the URL, or enable TLS at the endpoint.",
    ),
    "tls_authority": FindingCode(
        "error",
        "The certificate was issued by an authority that is not trusted, or intermediate certificates are missing.",
        "Configure the endpoint to send the whole certificate chain. If you use a private authority, set ca_path "
        "to its file. Dynatrace must trust it as well.",
    ),
    "tls_self_signed": FindingCode(
        "error",
        "The certificate is self-signed.",
        "Install a certificate that was issued by an authority, or set ca_path to a file with this certificate. "
        "Dynatrace must trust it as well.",
    ),
    "tls_expired": FindingCode(
        "error",
        "The certificate has expired.",
        "Renew the certificate at the endpoint.",
    ),
    "tls_not_yet_valid": FindingCode(
        "error",
        "The certificate is not valid yet.",
        "Correct the clocks, or install a valid certificate.",
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
        "The endpoint requires a client certificate. Exports do not support client certificates.",
        "Configure the endpoint to use a password or token for this URL instead.",
    ),
    "tls_timeout": FindingCode(
        "error",
        "The TLS handshake did not finish in time.",
        "Check the endpoint, and any load balancer or firewall in front of it.",
    ),
    "tls_failed": FindingCode(
        "error",
        "The TLS handshake failed for another reason.",
        "See the log of the endpoint. A possible reason is a missing client certificate.",
    ),
    "tls_expires_soon": FindingCode(
        "warning",
        "The certificate expires soon.",
        "Renew the certificate at the endpoint.",
    ),
}

_HTTP = {
    "answer_timeout": FindingCode(
        "error",
        "There was no complete response within the time limit. Dynatrace waits 30 s, retries three times, and "
        "then drops the sessions.",
        "Make the endpoint respond faster, as soon as it has received the data.",
    ),
    "answer_broken": FindingCode(
        "error",
        "The connection was closed, or the response is not HTTP/1.1.",
        "Check which server responds at this host, port, and path. A load balancer must support HTTP/1.1.",
    ),
    "answer_too_large": FindingCode(
        "error",
        "The response is larger than the limit of the check.",
        "Check which server responds at this host, port, and path.",
    ),
    "authentication_needed": FindingCode(
        "error",
        "The endpoint requires authentication, but the export does not authenticate.",
        "Set authentication.active to true.",
    ),
    "authentication_scheme": FindingCode(
        "error",
        "The endpoint does not accept this authentication method.",
        "Change authentication.auth_type, or allow the method at the endpoint.",
    ),
    "credentials_refused": FindingCode(
        "error",
        "The endpoint rejects the user name or password.",
        "Correct authentication.basic_auth.username and authentication.basic_auth.password.",
    ),
    "credentials_accepted": FindingCode(
        "ok",
        "The endpoint accepts the user name and password.",
    ),
    "credentials_unchecked": FindingCode(
        "info",
        "The endpoint did not require credentials for a request without data, so they could not be checked.",
        "Use mode=send to find out.",
    ),
    "token_refused": FindingCode(
        "error",
        "The endpoint rejects the OAuth 2.0 token.",
        "Correct authentication.oauth2.scope or access_token_url. The token must be intended for the endpoint.",
    ),
    "forbidden": FindingCode(
        "error",
        "The request is forbidden with these credentials (403).",
        "Allow the request at the endpoint, or use other credentials.",
    ),
    "endpoint_not_found": FindingCode(
        "error",
        "The path does not exist at the endpoint (404).",
        "Correct the path in endpoint_definition.endpoint_url.",
    ),
    "method_refused": FindingCode(
        "error",
        "The endpoint does not accept the HTTP method (405).",
        "Change endpoint_definition.use_post (true is POST, false is PUT).",
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
        "The endpoint responds with a redirect. Dynatrace requires status 200.",
        "Set endpoint_definition.endpoint_url to the final address.",
    ),
    "throttled": FindingCode(
        "error", "The endpoint limits the rate of requests (429).", "Raise its limit, or try again later."
    ),
    "server_failed": FindingCode(
        "error",
        "The endpoint failed (5xx).",
        "See the message for the reason, if the endpoint reported one, and the log of the endpoint.",
    ),
    "server_unavailable": FindingCode(
        "error",
        "The endpoint, or the gateway in front of it, is currently unavailable (502, 503, 504). It may be "
        "starting, overloaded, or down.",
        "Run the check again later. If the problem persists, see the logs of the endpoint and the gateway.",
    ),
    "rejected": FindingCode(
        "error",
        "The endpoint rejected the request for another reason.",
        "See the message for the reason.",
    ),
    "status_not_200": FindingCode(
        "error",
        "The endpoint accepted the sessions with a status other than 200. Dynatrace treats that as a failure.",
        "Change the endpoint so that it responds with 200.",
    ),
}

_OAUTH = {
    "oauth_token_by_header": FindingCode(
        "ok", "The token service issued a token. It accepted the credentials in the header."
    ),
    "oauth_token_by_form": FindingCode(
        "warning",
        "The token service accepts the credentials only in the form. According to the schema, Dynatrace sends "
        "them in the header, according to its documentation in the form.",
        "If exports fail, configure the token service to also accept HTTP basic authentication of the client.",
    ),
    "oauth_client_refused": FindingCode(
        "error",
        "The token service rejects the client credentials, both in the header and in the form.",
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
        "The client is not allowed to use the client credentials grant.",
        "Allow this grant for the client at the token service. Dynatrace does not support any other.",
    ),
    "oauth_url_wrong": FindingCode(
        "error", "The URL is not that of a token service.", "Correct authentication.oauth2.access_token_url."
    ),
    "oauth_token_type": FindingCode(
        "warning",
        "The token is not a bearer token, but Dynatrace sends it as one.",
        "Configure the token service to issue bearer tokens.",
    ),
    "oauth_failed": FindingCode(
        "error",
        "The token service failed, or it limits the rate of requests.",
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
        "The path of the URL contains more than _bulk. Each session names its index, which takes precedence.",
        "Use the path /_bulk in endpoint_definition.endpoint_url, unless the server is deployed below a path.",
    ),
    "version_unseen": FindingCode(
        "warning",
        "The user is not allowed to read the version, so send_direct.doc_type cannot be checked.",
        "Grant the user the cluster privilege monitor (Elasticsearch) or cluster_monitor (OpenSearch), at least "
        "for the check.",
    ),
    "doc_type_not_supported": FindingCode(
        "error",
        "This version does not support document types. It rejects every session that has one.",
        "Omit send_direct.doc_type.",
    ),
    "doc_type_missing": FindingCode(
        "error", "This version requires a document type.", "Set send_direct.doc_type to _doc."
    ),
    "doc_type_differs": FindingCode(
        "error",
        "An index has only one document type, and this index has another one.",
        "Set send_direct.doc_type to the type of the index.",
    ),
    "privilege_missing": FindingCode(
        "error",
        "The user is not allowed to write to the index.",
        "Grant the role of the user the index privilege index (Elasticsearch), or the action group write and the "
        "cluster permission indices:data/write/bulk (OpenSearch).",
    ),
    "cluster_blocked": FindingCode(
        "error",
        "The whole cluster is read-only.",
        "Remove the block from the settings of the cluster. Other credentials do not help.",
    ),
}

_INDEX = {
    "index_found": FindingCode(
        "ok",
        "The index exists, accepts writes, and maps date fields as dates.",
    ),
    "index_from_template": FindingCode(
        "ok",
        "The index does not exist yet. An index template will provide a mapping for sessions.",
    ),
    "index_missing": FindingCode(
        "error",
        "The index does not exist. If the first session creates it, dates are mapped as numbers.",
        f"Create the index with {_PREPARE}, or correct send_direct.index_name. Before Elasticsearch 7, create it "
        "manually.",
    ),
    "index_not_created_automatically": FindingCode(
        "error",
        "The index does not exist, and the cluster does not create indices automatically.",
        f"Create the index with {_PREPARE}.",
    ),
    "index_templates_unseen": FindingCode(
        "warning",
        "The index does not exist, and the user is not allowed to read the index templates, which could provide "
        "a mapping.",
        f"Create the index with {_PREPARE}, or grant the user the cluster privilege monitor (Elasticsearch) or "
        "cluster_monitor (OpenSearch), at least for the check.",
    ),
    "index_unseen": FindingCode(
        "warning",
        "The index cannot be read, so its mapping cannot be checked.",
        "Grant the user the index privilege view_index_metadata (Elasticsearch) or the permission "
        "indices:admin/get (OpenSearch), at least for the check. If the index has a metadata block, remove it.",
    ),
    "index_blocked": FindingCode(
        "error",
        "The index does not accept writes.",
        "Remove the block. If the disk is full, free up space first.",
    ),
    "index_closed": FindingCode("error", "The index is closed.", "Open the index."),
    "shard_unavailable": FindingCode(
        "error",
        "A shard of the index is not available, so writes are rejected or time out.",
        "See the allocation explanation of the cluster for the reason (GET /_cluster/allocation/explain).",
    ),
    "routing_required": FindingCode(
        "error",
        "The index requires a routing value, and sessions have none.",
        "Set send_direct.index_name to an index without _routing.required.",
    ),
    "pipeline_missing": FindingCode(
        "error",
        "The ingest pipeline does not exist, so every session is rejected.",
        "Create the pipeline, or remove it from the URL or from the settings of the index.",
    ),
    "write_refused": FindingCode(
        "error",
        "The server rejects writes to the index.",
        "See the message for the reason.",
    ),
    "alias_without_write_index": FindingCode(
        "error",
        "The name is an alias without a write index.",
        "Set is_write_index for one of its indices, or set send_direct.index_name to an index.",
    ),
    "index_is_data_stream": FindingCode(
        "error",
        "The name is a data stream, or an index template would create one. A data stream accepts only create "
        "actions, but Dynatrace sends index actions.",
        "Set send_direct.index_name to an index or an alias.",
    ),
    "rollover_without_template": FindingCode(
        "warning",
        "The name is a rollover alias, but no index template provides the mapping of the next index.",
        "Run user_session_exports_index with rollover: true, which writes an index template.",
    ),
    "date_fields_not_dates": FindingCode(
        "warning",
        "Date fields are not mapped as dates.",
        "The type of a field cannot be changed. Create an index with another name in send_direct.index_name with "
        f"{_PREPARE}, and reindex the existing documents into it.",
    ),
    "date_fields_unmapped": FindingCode(
        "warning",
        "Date fields are not mapped. The first session maps them as numbers, or they cannot be searched.",
        f"Add them with {_PREPARE}.",
    ),
    "field_conflicts": FindingCode(
        "error",
        "Fields are mapped to types that do not accept the values of sessions, so sessions are rejected.",
        "The type of a field cannot be changed. Create an index with another name in send_direct.index_name with "
        f"{_PREPARE}, and reindex the existing documents into it.",
    ),
    "field_conflicts_possible": FindingCode(
        "warning",
        "Fields that only some sessions have are mapped to types that do not accept their values.",
        "The type of a field cannot be changed. Create an index with another name in send_direct.index_name with "
        f"{_PREPARE}, and reindex the existing documents into it.",
    ),
    "mapping_strict": FindingCode(
        "error",
        "The mapping is strict and lacks fields of sessions, so sessions are rejected.",
        f"Add the fields with {_PREPARE}, or set dynamic to true or false.",
    ),
    "tags_as_fields": FindingCode(
        "warning",
        "Each tag becomes a separate field. A tag a and a tag a.b cannot exist in the same index, so the second "
        "session is rejected.",
        f"Create a new index with {_PREPARE}, which maps tags as flattened or flat_object.",
    ),
}

_SEND = {
    "accepted": FindingCode("ok", "The sample sessions were accepted with status 200."),
    "send_skipped": FindingCode(
        "info",
        "Nothing was sent, because of earlier findings, or because samples would create the index or add fields to it.",
        "Fix the cause, then run mode=send again.",
    ),
    "samples_deleted": FindingCode(
        "ok",
        "The sample sessions were deleted again.",
    ),
    "samples_retained": FindingCode(
        "info",
        "The sample sessions remain at the endpoint.",
        "Delete them at the endpoint if necessary.",
    ),
    "samples_not_deleted": FindingCode(
        "warning",
        "Sample sessions could not be deleted.",
        "Delete the documents whose tenantId is ansible-sample.",
    ),
    "samples_changed_mapping": FindingCode(
        "warning",
        "The sample sessions added fields to the index, which remain.",
        "Compare the mapping of the index with the one that the index module creates.",
    ),
    "outcome_unknown": FindingCode(
        "warning",
        "The sample sessions were sent, but there was no response, so they may have been stored.",
        "Look for documents whose tenantId is ansible-sample.",
    ),
    "items_refused": FindingCode(
        "error",
        "Elasticsearch responded with 200, but rejected individual sessions.",
        "See the message for the reason, such as the mapping, the document type, or a full or blocked index.",
    ),
    "bulk_answer_unreadable": FindingCode(
        "error",
        "The response to the bulk request is not from Elasticsearch.",
        "Correct endpoint_definition.endpoint_url, or set send_direct.active to false.",
    ),
}

INDEX_CODES = {
    "version_too_old": FindingCode(
        "error",
        "Up to Elasticsearch 6, a mapping belongs to a document type. The index module does not support this.",
        "Create the index manually, or use a newer version.",
    ),
    "index_is_alias": FindingCode(
        "info",
        "The name is an alias. Its write index is prepared.",
    ),
    "index_is_not_alias": FindingCode(
        "error",
        "rollover is set, but an index already has the name of the alias.",
        "Set another send_direct.index_name, or set rollover to false.",
    ),
    "index_template_adds": FindingCode(
        "info",
        "An index template contributes to the mapping of the new index. The fields of this module take precedence.",
    ),
    "index_template_conflicts": FindingCode(
        "error",
        "An index template maps fields as object that must be nested, or the other way around. This version "
        "cannot merge them.",
        "Change the index template, choose the matching layout, or set another send_direct.index_name.",
    ),
    "field_types_related": FindingCode(
        "info",
        "Fields have other types than desired that still accept sessions, for example text instead of keyword.",
        "The type of a field cannot be changed. To change it, send to a new index.",
    ),
    "field_types_differ": FindingCode(
        "error",
        "Fields have types that do not match the desired ones, for example long instead of date. The index was "
        "left unchanged.",
        "The type of a field cannot be changed. Set another send_direct.index_name, run the task again to create "
        "that index, and copy the documents with _reindex. Alternatively, declare the existing types in mapping.",
    ),
    "index_privilege_missing": FindingCode(
        "error",
        "The user is not allowed to create the index or change its mapping.",
        "Grant the user the index privileges create_index, view_index_metadata, and manage (Elasticsearch), or "
        "the action groups create_index and manage (OpenSearch), at least for this task. rollover also requires "
        "the right to manage index templates. Alternatively, use another user here than in the export.",
    ),
    "index_outcome_unknown": FindingCode(
        "error",
        "A change was sent, but there was no response, so it may have been made.",
        "Run the task again. It makes only the changes that are missing.",
    ),
    "index_confirmed": FindingCode(
        "info",
        "There was no response to a change in time. The index was read again, and the change had been made.",
    ),
    "index_not_started": FindingCode(
        "warning",
        "The index was created, but its shards did not start in time, for example because a disk is full.",
        "See the allocation explanation of the cluster for the reason (GET /_cluster/allocation/explain).",
    ),
    "index_refused": FindingCode(
        "error",
        "The index or its mapping was rejected.",
        "See the message for the reason. It is usually in mapping or settings, or a limit of the cluster.",
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
