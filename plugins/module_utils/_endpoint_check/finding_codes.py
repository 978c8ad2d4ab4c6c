# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Every finding of the endpoint check and of the index module: its severity, and what to change.

Data only. The guide lists the same codes with what each of them means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["ok", "info", "warning", "error"]


class FindingCode(NamedTuple):
    """One kind of finding.

    :param remediation: what to do, with the names of the options; empty where there is nothing to do.
    """

    severity: Severity
    remediation: str = ""


_PREPARE = "user_session_exports_index or the playbook prepare_index"
_NEW_INDEX = (
    "The type of a field cannot be changed. Create an index with another name in send_direct.index_name with "
    f"{_PREPARE}, and reindex the existing documents into it."
)

INDEX_CODES = {
    "version_too_old": FindingCode(
        "error",
        "Create the index manually, or use a newer version.",
    ),
    "index_is_alias": FindingCode("info"),
    "index_is_not_alias": FindingCode("error", "Set another send_direct.index_name, or set rollover to false."),
    "index_template_adds": FindingCode("info"),
    "index_template_conflicts": FindingCode(
        "error", "Change the index template, choose the matching layout, or set another send_direct.index_name."
    ),
    "field_types_related": FindingCode(
        "info",
        "The type of a field cannot be changed. To change it, send to a new index.",
    ),
    "field_types_differ": FindingCode(
        "error",
        "The type of a field cannot be changed. Set another send_direct.index_name, run the task again to create "
        "that index, and copy the documents with _reindex. Alternatively, declare the existing types in mapping.",
    ),
    "index_privilege_missing": FindingCode(
        "error",
        "Grant the user the index privileges create_index, view_index_metadata, and manage (Elasticsearch), or "
        "the action groups create_index and manage (OpenSearch), at least for this task. rollover also requires "
        "the right to manage index templates. Alternatively, use another user here than in the export.",
    ),
    "index_outcome_unknown": FindingCode(
        "error",
        "Run the task again. It makes only the changes that are missing.",
    ),
    "index_confirmed": FindingCode("info"),
    "index_not_started": FindingCode(
        "warning",
        "See the allocation explanation of the cluster for the reason (GET /_cluster/allocation/explain).",
    ),
    "index_refused": FindingCode(
        "error",
        "See the message for the reason. It is usually in mapping or settings, or a limit of the cluster.",
    ),
}
"""Those that only the index module has."""

FINDING_CODES: Mapping[str, FindingCode] = {
    # The declaration
    "export_paused": FindingCode("info", "Set endpoint_definition.enable_user_session_export to true."),
    "secret_not_given": FindingCode(
        "info",
        "Declare the secret. The module that writes exports keeps the stored one if it is omitted.",
    ),
    "url_user_info": FindingCode("warning", "Move them to authentication.basic_auth."),
    "content_type_unusual": FindingCode(
        "warning", "Set endpoint_definition.content_type to application/json or application/x-ndjson."
    ),
    "bulk_url": FindingCode(
        "error",
        "Change endpoint_definition.endpoint_url so that it ends in /_bulk.",
    ),
    "bulk_method": FindingCode("warning", "Set endpoint_definition.use_post to true."),
    "bulk_content_type": FindingCode("warning", "Set endpoint_definition.content_type to application/x-ndjson."),
    "bulk_without_send_direct": FindingCode("error", "Set send_direct.active to true and set send_direct.index_name."),
    "index_name_invalid": FindingCode(
        "error",
        "Use lowercase letters, digits, - and _ in send_direct.index_name, without spaces, wildcards, or a "
        "leading - _ or +.",
    ),
    "index_name_date_math": FindingCode(
        "warning",
        "Ensure that an index template provides the mapping of each of these indices, or use a rollover alias.",
    ),
    "nothing_sent": FindingCode(
        "info",
        "Use mode=send to find out. The sample sessions remain at the endpoint.",
    ),
    # Connections, and the proxy
    "reached": FindingCode("ok"),
    "name_unknown": FindingCode(
        "error",
        "Correct the host name in the URL, or add it to the DNS of that host.",
    ),
    "name_timeout": FindingCode(
        "error",
        "Repair the DNS server, or try again.",
    ),
    "tcp_refused": FindingCode("error", "Correct the port in the URL, or start the service."),
    "tcp_timeout": FindingCode(
        "error",
        "Open the firewall for the machines that send sessions, or correct the host and port in the URL.",
    ),
    "tcp_unreachable": FindingCode("error", "Correct the host in the URL or the routing, or set proxy."),
    "proxy_unreachable": FindingCode(
        "error",
        "Correct the host and port in proxy, or start the proxy.",
    ),
    "proxy_credentials": FindingCode(
        "error",
        "Set the user name and password in proxy, as in http://user:pass@host:port.",
    ),
    "proxy_refused": FindingCode(
        "error",
        "Allow the host and port on the proxy, or correct them in the URL.",
    ),
    "not_tls": FindingCode("error", "Correct the port in the URL, or enable TLS at the endpoint."),
    "tls_authority": FindingCode(
        "error",
        "Configure the endpoint to send the whole certificate chain. If you use a private authority, set ca_path "
        "to its file. Dynatrace must trust it as well.",
    ),
    "tls_self_signed": FindingCode(
        "error",
        "Install a certificate that was issued by an authority, or set ca_path to a file with this certificate. "
        "Dynatrace must trust it as well.",
    ),
    "tls_expired": FindingCode(
        "error",
        "Renew the certificate at the endpoint.",
    ),
    "tls_not_yet_valid": FindingCode(
        "error",
        "Correct the clocks, or install a valid certificate.",
    ),
    "tls_host_name": FindingCode(
        "error", "Use the name in the certificate in the URL, or install a certificate with the name in the URL."
    ),
    "tls_protocol": FindingCode("error", "Enable TLS 1.2 or 1.3 at the endpoint."),
    "tls_client_certificate": FindingCode(
        "error",
        "Configure the endpoint to use a password or token for this URL instead.",
    ),
    "tls_timeout": FindingCode(
        "error",
        "Check the endpoint, and any load balancer or firewall in front of it.",
    ),
    "tls_failed": FindingCode(
        "error",
        "See the log of the endpoint. A possible reason is a missing client certificate.",
    ),
    "tls_expires_soon": FindingCode(
        "warning",
        "Renew the certificate at the endpoint.",
    ),
    # The token service
    "oauth_token_by_header": FindingCode("ok"),
    "oauth_token_by_form": FindingCode(
        "warning",
        "If exports fail, configure the token service to also accept HTTP basic authentication of the client.",
    ),
    "oauth_client_refused": FindingCode(
        "error", "Correct authentication.oauth2.client_id and authentication.oauth2.client_secret."
    ),
    "oauth_scope_refused": FindingCode("error", "Correct authentication.oauth2.scope, or omit it."),
    "oauth_scope_reduced": FindingCode(
        "warning", "Allow the client the missing scopes, or correct authentication.oauth2.scope."
    ),
    "oauth_grant_refused": FindingCode(
        "error",
        "Allow this grant for the client at the token service. Dynatrace does not support any other.",
    ),
    "oauth_url_wrong": FindingCode("error", "Correct authentication.oauth2.access_token_url."),
    "oauth_token_type": FindingCode(
        "warning",
        "Configure the token service to issue bearer tokens.",
    ),
    "oauth_failed": FindingCode("error", "See the log of the token service, or try again later."),
    # Responses
    "answer_timeout": FindingCode(
        "error",
        "Make the endpoint respond faster, as soon as it has received the data.",
    ),
    "answer_broken": FindingCode(
        "error",
        "Check which server responds at this host, port, and path. A load balancer must support HTTP/1.1.",
    ),
    "answer_too_large": FindingCode(
        "error",
        "Check which server responds at this host, port, and path.",
    ),
    "authentication_needed": FindingCode("error", "Set authentication.active to true."),
    "authentication_scheme": FindingCode(
        "error",
        "Change authentication.auth_type, or allow the method at the endpoint.",
    ),
    "credentials_refused": FindingCode(
        "error", "Correct authentication.basic_auth.username and authentication.basic_auth.password."
    ),
    "credentials_accepted": FindingCode("ok"),
    "credentials_unchecked": FindingCode("info", "Use mode=send to find out."),
    "token_refused": FindingCode(
        "error",
        "Correct authentication.oauth2.scope or access_token_url. The token must be intended for the endpoint.",
    ),
    "forbidden": FindingCode(
        "error",
        "Allow the request at the endpoint, or use other credentials.",
    ),
    "endpoint_not_found": FindingCode("error", "Correct the path in endpoint_definition.endpoint_url."),
    "method_refused": FindingCode(
        "error",
        "Change endpoint_definition.use_post (true is POST, false is PUT).",
    ),
    "content_type_refused": FindingCode(
        "error", "Change endpoint_definition.content_type to application/json or application/x-ndjson."
    ),
    "body_too_large": FindingCode("error", "Raise the limit at the endpoint to 1 MB or more."),
    "redirect": FindingCode("error", "Set endpoint_definition.endpoint_url to the final address."),
    "throttled": FindingCode("error", "Raise its limit, or try again later."),
    "server_failed": FindingCode(
        "error",
        "See the message for the reason, if the endpoint reported one, and the log of the endpoint.",
    ),
    "server_unavailable": FindingCode(
        "error",
        "Run the check again later. If the problem persists, see the logs of the endpoint and the gateway.",
    ),
    "rejected": FindingCode(
        "error",
        "See the message for the reason.",
    ),
    "status_not_200": FindingCode(
        "error",
        "Change the endpoint so that it responds with 200.",
    ),
    # Elasticsearch and OpenSearch
    "elasticsearch_found": FindingCode("ok"),
    "not_elasticsearch": FindingCode(
        "error", "Correct endpoint_definition.endpoint_url, or set send_direct.active to false."
    ),
    "url_names_index": FindingCode(
        "info",
        "Use the path /_bulk in endpoint_definition.endpoint_url, unless the server is deployed below a path.",
    ),
    "version_unseen": FindingCode(
        "warning",
        "Grant the user the cluster privilege monitor (Elasticsearch) or cluster_monitor (OpenSearch), at least "
        "for the check.",
    ),
    "doc_type_not_supported": FindingCode("error", "Omit send_direct.doc_type."),
    "doc_type_missing": FindingCode("error", "Set send_direct.doc_type to _doc."),
    "doc_type_differs": FindingCode("error", "Set send_direct.doc_type to the type of the index."),
    "privilege_missing": FindingCode(
        "error",
        "Grant the role of the user the index privilege index (Elasticsearch), or the action group write and the "
        "cluster permission indices:data/write/bulk (OpenSearch).",
    ),
    "cluster_blocked": FindingCode(
        "error",
        "Remove the block from the settings of the cluster. Other credentials do not help.",
    ),
    # The index
    "index_found": FindingCode("ok"),
    "index_from_template": FindingCode("ok"),
    "index_missing": FindingCode(
        "error",
        f"Create the index with {_PREPARE}, or correct send_direct.index_name. Before Elasticsearch 7, create it "
        "manually.",
    ),
    "index_not_created_automatically": FindingCode("error", f"Create the index with {_PREPARE}."),
    "index_templates_unseen": FindingCode(
        "warning",
        f"Create the index with {_PREPARE}, or grant the user the cluster privilege monitor (Elasticsearch) or "
        "cluster_monitor (OpenSearch), at least for the check.",
    ),
    "index_unseen": FindingCode(
        "warning",
        "Grant the user the index privilege view_index_metadata (Elasticsearch) or the permission "
        "indices:admin/get (OpenSearch), at least for the check. If the index has a metadata block, remove it.",
    ),
    "index_blocked": FindingCode(
        "error",
        "Remove the block. If the disk is full, free up space first.",
    ),
    "index_closed": FindingCode("error", "Open the index."),
    "shard_unavailable": FindingCode(
        "error",
        "See the allocation explanation of the cluster for the reason (GET /_cluster/allocation/explain).",
    ),
    "routing_required": FindingCode(
        "error",
        "Set send_direct.index_name to an index without _routing.required.",
    ),
    "pipeline_missing": FindingCode(
        "error", "Create the pipeline, or remove it from the URL or from the settings of the index."
    ),
    "write_refused": FindingCode(
        "error",
        "See the message for the reason.",
    ),
    "alias_without_write_index": FindingCode(
        "error",
        "Set is_write_index for one of its indices, or set send_direct.index_name to an index.",
    ),
    "index_is_data_stream": FindingCode(
        "error",
        "Set send_direct.index_name to an index or an alias.",
    ),
    "rollover_without_template": FindingCode(
        "warning", "Run user_session_exports_index with rollover: true, which writes an index template."
    ),
    "date_fields_not_dates": FindingCode("warning", _NEW_INDEX),
    "date_fields_unmapped": FindingCode(
        "warning",
        f"Add them with {_PREPARE}.",
    ),
    "field_conflicts": FindingCode("error", _NEW_INDEX),
    "field_conflicts_possible": FindingCode("warning", _NEW_INDEX),
    "mapping_strict": FindingCode(
        "error",
        f"Add the fields with {_PREPARE}, or set dynamic to true or false.",
    ),
    "tags_as_fields": FindingCode(
        "warning",
        f"Create a new index with {_PREPARE}, which maps tags as flattened or flat_object.",
    ),
    **INDEX_CODES,
    # Sample sessions
    "accepted": FindingCode("ok"),
    "send_skipped": FindingCode(
        "info",
        "Fix the cause, then run mode=send again.",
    ),
    "samples_deleted": FindingCode("ok"),
    "samples_retained": FindingCode(
        "info",
        "Delete them at the endpoint if necessary.",
    ),
    "samples_not_deleted": FindingCode("warning", "Delete the documents whose tenantId is ansible-sample."),
    "samples_changed_mapping": FindingCode(
        "warning",
        "Compare the mapping of the index with the one that the index module creates.",
    ),
    "outcome_unknown": FindingCode("warning", "Look for documents whose tenantId is ansible-sample."),
    "items_refused": FindingCode(
        "error",
        "See the message for the reason, such as the mapping, the document type, or a full or blocked index.",
    ),
    "bulk_answer_unreadable": FindingCode(
        "error", "Correct endpoint_definition.endpoint_url, or set send_direct.active to false."
    ),
}
