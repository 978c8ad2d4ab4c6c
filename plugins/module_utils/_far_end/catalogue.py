# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Every finding that a check can end with: how bad it is, what it means, what to change. The guide shows this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "info", "warning", "error"]


@dataclass(frozen=True)
class Kind:
    """One kind of finding.

    :param cure: what to do, in the names of the options; empty where there is nothing to do.
    """

    severity: Severity
    meaning: str
    cure: str = ""


_NETWORK = {
    "reached": Kind("ok", "Name, connection and TLS are fine, the certificate is trusted."),
    "name_unknown": Kind(
        "error",
        "The host name is not known where the check ran.",
        "Correct the host name in the URL, or make it known to the name service there.",
    ),
    "name_timeout": Kind("error", "The name service did not answer in time.", "Repair the name service, or try again."),
    "tcp_refused": Kind(
        "error",
        "The host answers, but nothing listens on the port.",
        "Correct the port in the URL, or start the service.",
    ),
    "tcp_timeout": Kind(
        "error",
        "No connection within the time limit; mostly a firewall drops it.",
        "Open the way for the machines that send sessions, or correct host and port in the URL.",
    ),
    "tcp_unreachable": Kind(
        "error", "There is no way to the address.", "Correct the host in the URL, or the routing; or set proxy."
    ),
    "proxy_unreachable": Kind(
        "error", "The proxy cannot be reached.", "Correct host and port in proxy, or start the proxy."
    ),
    "proxy_credentials": Kind(
        "error",
        "The proxy wants other credentials.",
        "Give user name and password in proxy: http://user:pass@host:port.",
    ),
    "proxy_refused": Kind(
        "error",
        "The proxy did not open a tunnel to the far end.",
        "Allow the host and the port on the proxy, or correct them in the URL.",
    ),
    "not_tls": Kind(
        "error",
        "The port does not speak TLS. Dynatrace sends to HTTPS endpoints only.",
        "Correct the port in the URL, or switch TLS on at the far end.",
    ),
    "tls_authority": Kind(
        "error",
        "The certificate is of an authority that is not trusted, or its intermediate certificates are not sent.",
        "Let the far end send the whole chain. If the authority is your own, name its file in ca_path; Dynatrace must trust "
        "it too.",
    ),
    "tls_self_signed": Kind(
        "error",
        "The certificate is self-signed.",
        "Install a certificate of an authority. Or name this one in ca_path; Dynatrace must trust it too.",
    ),
    "tls_expired": Kind("error", "The certificate has expired.", "Renew it at the far end."),
    "tls_not_yet_valid": Kind(
        "error", "The certificate is not valid yet.", "Set the clocks right, or install the right certificate."
    ),
    "tls_host_name": Kind(
        "error",
        "The certificate is of another host name.",
        "Use the name of the certificate in the URL, or install a certificate that has the name of the URL.",
    ),
    "tls_protocol": Kind(
        "error", "The far end speaks no TLS 1.2 or newer.", "Switch on TLS 1.2 or 1.3 at the far end."
    ),
    "tls_client_certificate": Kind(
        "error",
        "The far end asks for a client certificate. An export has none.",
        "Let the far end authenticate by password or token for this URL.",
    ),
    "tls_timeout": Kind(
        "error", "The TLS handshake did not end in time.", "See what is wrong at the far end, or in front of it."
    ),
    "tls_failed": Kind("error", "The TLS handshake failed in another way.", "The log of the far end has the reason."),
    "tls_expires_soon": Kind("warning", "The certificate expires soon.", "Renew it at the far end."),
}

_HTTP = {
    "answer_timeout": Kind(
        "error",
        "No whole answer within the time limit. Dynatrace waits 30 s, tries three more times, then drops the sessions.",
        "Make the far end faster; it should answer as soon as it has the data.",
    ),
    "answer_broken": Kind(
        "error",
        "The connection broke, or the answer is not HTTP.",
        "See what answers at this URL: host, port and path.",
    ),
    "authentication_needed": Kind(
        "error", "The far end asks for credentials, and the export has none.", "Set authentication.active to true."
    ),
    "authentication_scheme": Kind(
        "error",
        "The far end does not take this kind of authentication.",
        "Change authentication.auth_type, or what the far end accepts.",
    ),
    "credentials_refused": Kind(
        "error",
        "The far end refuses user name or password.",
        "Correct authentication.basic_auth.username and authentication.basic_auth.password.",
    ),
    "credentials_accepted": Kind("ok", "The far end accepts user name and password."),
    "credentials_unchecked": Kind(
        "info",
        "The far end did not ask for credentials on a request without data, so it is not known whether they are right.",
        "Use mode=send to know.",
    ),
    "token_refused": Kind(
        "error",
        "The far end refuses the OAuth 2.0 token.",
        "Correct authentication.oauth2.scope or access_token_url: the token must be meant for the far end.",
    ),
    "forbidden": Kind(
        "error",
        "Whoever the credentials belong to may not do this (403).",
        "Allow it at the far end, or use other credentials.",
    ),
    "endpoint_not_found": Kind(
        "error", "Nothing is at this path (404).", "Correct the path in endpoint_definition.endpoint_url."
    ),
    "method_refused": Kind(
        "error",
        "The far end does not take the method (405).",
        "Turn endpoint_definition.use_post round: true is POST, false is PUT.",
    ),
    "content_type_refused": Kind(
        "error",
        "The far end does not take the content type (406 or 415).",
        "Change endpoint_definition.content_type: application/json or application/x-ndjson.",
    ),
    "body_too_large": Kind(
        "error",
        "The far end does not take so much at once (413). Dynatrace sends up to 896,000 bytes.",
        "Raise the limit at the far end to 1 MB or more.",
    ),
    "redirect": Kind(
        "error",
        "The far end redirects. Dynatrace wants the answer 200.",
        "Put the final address into endpoint_definition.endpoint_url.",
    ),
    "throttled": Kind("error", "The far end throttles (429).", "Raise its limit, or try again later."),
    "server_failed": Kind("error", "The far end failed (5xx).", "The log of the far end has the reason."),
    "rejected": Kind("error", "The far end refused the request in another way.", "The message has its words."),
    "status_not_200": Kind(
        "error",
        "The far end took the sessions, but with another status than 200. To Dynatrace that is a failure.",
        "Let the far end answer with 200.",
    ),
}

_OAUTH = {
    "oauth_token_by_header": Kind("ok", "The token service gave a token; it took the credentials in the header."),
    "oauth_token_by_form": Kind(
        "warning",
        "The token service takes the credentials in the form only. The schema of Dynatrace says header, its documentation "
        "says form.",
        "If exports fail, let the token service accept HTTP basic authentication of the client too.",
    ),
    "oauth_client_refused": Kind(
        "error",
        "The token service refuses the client, in the header and in the form.",
        "Correct authentication.oauth2.client_id and authentication.oauth2.client_secret.",
    ),
    "oauth_scope_refused": Kind(
        "error", "The token service does not give the scope.", "Correct authentication.oauth2.scope, or leave it out."
    ),
    "oauth_scope_reduced": Kind(
        "warning",
        "The token has less scopes than were asked for.",
        "Allow the client the rest, or correct authentication.oauth2.scope.",
    ),
    "oauth_grant_refused": Kind(
        "error",
        "The client may not use client credentials.",
        "Allow this grant to the client at the token service; Dynatrace has no other.",
    ),
    "oauth_url_wrong": Kind(
        "error",
        "What answers is not a token service.",
        "Correct authentication.oauth2.access_token_url.",
    ),
    "oauth_token_type": Kind(
        "warning",
        "The token is not of the type Bearer, as which Dynatrace sends it.",
        "Let the token service give bearer tokens.",
    ),
    "oauth_failed": Kind(
        "error", "The token service failed, or throttles.", "See what is wrong there, or try again later."
    ),
}

_DECLARED = {
    "export_paused": Kind(
        "info", "The export is paused.", "Set endpoint_definition.enable_user_session_export to true."
    ),
    "secret_not_given": Kind(
        "info",
        "A secret is not given, so nothing that needs it can be checked.",
        "Give the secret; the write module keeps the stored one if it is not given.",
    ),
    "url_user_info": Kind(
        "warning",
        "The URL holds a user name or a password, which everybody sees who can read the settings.",
        "Move them to authentication.basic_auth.",
    ),
    "content_type_unusual": Kind(
        "warning",
        "The content type is none of the two that Dynatrace documents.",
        "Set endpoint_definition.content_type to application/json or application/x-ndjson.",
    ),
    "bulk_url": Kind(
        "error",
        "send_direct is active, but the URL does not end in _bulk.",
        "Let endpoint_definition.endpoint_url end in /_bulk.",
    ),
    "bulk_method": Kind(
        "warning",
        "send_direct is active without use_post; the documentation of Dynatrace wants POST.",
        "Set endpoint_definition.use_post to true.",
    ),
    "bulk_content_type": Kind(
        "warning",
        "send_direct is active with another content type than application/x-ndjson.",
        "Set endpoint_definition.content_type to application/x-ndjson.",
    ),
    "bulk_without_send_direct": Kind(
        "error",
        "The URL ends in _bulk, but send_direct is not active, so action lines will be missing.",
        "Set send_direct.active to true and send_direct.index_name.",
    ),
    "index_name_invalid": Kind(
        "error",
        "Elasticsearch takes no index of this name.",
        "Use small letters, digits, - and _ in send_direct.index_name; no blanks, no wildcards, no - _ + in front.",
    ),
    "nothing_sent": Kind(
        "info",
        "Without mode=send nothing is sent to an endpoint of this kind, so its answer is not known.",
        "Use mode=send to know; the samples stay there.",
    ),
}

_ELASTIC = {
    "elasticsearch_found": Kind("ok", "It is an Elasticsearch or an OpenSearch."),
    "not_elasticsearch": Kind(
        "error",
        "What answers is neither Elasticsearch nor OpenSearch.",
        "Correct endpoint_definition.endpoint_url, or set send_direct.active to false.",
    ),
    "version_unseen": Kind(
        "warning",
        "The user may not read the version, so send_direct.doc_type cannot be judged.",
        "Give the user the cluster privilege monitor, at least for the check.",
    ),
    "doc_type_not_supported": Kind(
        "error",
        "This version has no document types: it refuses every session that has one.",
        "Leave send_direct.doc_type out.",
    ),
    "doc_type_missing": Kind("error", "This version needs a document type.", "Set send_direct.doc_type to _doc."),
    "doc_type_differs": Kind(
        "error",
        "An index has one document type, and this one has another.",
        "Set send_direct.doc_type to the type of the index.",
    ),
    "index_found": Kind("ok", "The index exists, and its date fields are dates."),
    "index_from_template": Kind("ok", "The index does not exist yet; an index template will give it its mapping."),
    "index_missing": Kind(
        "error",
        "The index does not exist. Made by the first session it would take dates for numbers.",
        "Make the index with a mapping first, or correct send_direct.index_name.",
    ),
    "index_unseen": Kind(
        "warning",
        "The user may not look at the index.",
        "Give the user the index privilege view_index_metadata, at least for the check.",
    ),
    "index_blocked": Kind(
        "error", "The index does not take writes.", "Remove the block; if the disk is full, make room first."
    ),
    "alias_without_write_index": Kind(
        "error",
        "The name is an alias of several indices, and none of them is the one to write to.",
        "Set is_write_index for one of them, or name an index in send_direct.index_name.",
    ),
    "index_is_data_stream": Kind(
        "error",
        "The name is a data stream. It takes create actions only, Dynatrace sends index actions.",
        "Name an index or an alias in send_direct.index_name.",
    ),
    "date_fields_not_dates": Kind(
        "warning",
        "Date fields are mapped as something else.",
        "Make a new index in which they are of the type date; the type of a field cannot be changed.",
    ),
    "date_fields_unmapped": Kind(
        "warning",
        "Date fields are not mapped; the first session makes them numbers.",
        "Add them to the mapping with the type date.",
    ),
    "mapping_strict": Kind(
        "error",
        "The mapping is strict and lacks fields of sessions, so sessions are refused.",
        "Add the fields to the mapping, or set dynamic to true or false.",
    ),
    "privilege_missing": Kind(
        "error",
        "The user may not write to the index.",
        "Give the role of the user the index privilege index (or write).",
    ),
}

_SEND = {
    "accepted": Kind("ok", "The sample sessions were accepted, with status 200."),
    "send_skipped": Kind(
        "info", "Nothing was sent, because of what was found before.", "Repair that first, then run mode=send again."
    ),
    "samples_deleted": Kind("ok", "The sample sessions were deleted again."),
    "samples_stay": Kind("info", "The sample sessions stay at the far end.", "Delete them there, if they disturb."),
    "samples_not_deleted": Kind(
        "warning",
        "Sample sessions could not be deleted.",
        "Delete the documents whose tenantId is ansible-sample.",
    ),
    "outcome_unknown": Kind(
        "warning",
        "The sample sessions were sent and no answer came, so they may be there.",
        "Look for documents whose tenantId is ansible-sample.",
    ),
    "items_refused": Kind(
        "error",
        "Elasticsearch answered 200, but refused single sessions.",
        "The message has its reason: mapping, document type, a full or blocked index.",
    ),
    "bulk_answer_unreadable": Kind(
        "error",
        "The answer to the bulk request is not one of Elasticsearch.",
        "Correct endpoint_definition.endpoint_url, or set send_direct.active to false.",
    ),
}

KINDS: Mapping[str, Kind] = {**_DECLARED, **_NETWORK, **_OAUTH, **_HTTP, **_ELASTIC, **_SEND}
