# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Every finding that a check can end with: how bad it is, what it means, what to change. The guide shows this table."""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue_wire import WIRE
from .kind import Kind

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
        "Make the index with user_session_exports_index or the playbook prepare_index, or correct "
        "send_direct.index_name.",
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
        "The type of a field cannot be changed: let user_session_exports_index or the playbook prepare_index make an "
        "index of another name in send_direct.index_name, and reindex what is there into it.",
    ),
    "date_fields_unmapped": Kind(
        "warning",
        "Date fields are not mapped; the first session makes them numbers.",
        "Let user_session_exports_index or the playbook prepare_index add them.",
    ),
    "mapping_strict": Kind(
        "error",
        "The mapping is strict and lacks fields of sessions, so sessions are refused.",
        "Let user_session_exports_index or the playbook prepare_index add the fields, or set dynamic to true or false.",
    ),
    "privilege_missing": Kind(
        "error",
        "The user may not write to the index.",
        "Give the role of the user the index privilege index (or write).",
    ),
}

PREPARING = {
    "version_too_old": Kind(
        "error",
        "Up to Elasticsearch 6 a mapping belongs to a document type; user_session_exports_index makes none such.",
        "Make the index by hand, or use a newer version.",
    ),
    "index_is_alias": Kind("info", "The name is an alias. The index that is written to through it is prepared."),
    "index_template_adds": Kind(
        "info",
        "An index template has a part in the mapping of the new index. Where they differ, the template yields.",
    ),
    "field_types_related": Kind(
        "info",
        "Fields are of other types than wanted, which take sessions all the same; text for keyword, for example.",
        "If it disturbs, send to a new index; the type of a field cannot be changed.",
    ),
    "field_types_differ": Kind(
        "error",
        "Fields are of types that are not wanted, dates as long for example. The index was left as it is.",
        "The type of a field cannot be changed: set another send_direct.index_name, run this again to make that index, "
        "and copy what is there with _reindex. Or declare the types that are there in mapping.",
    ),
    "index_privilege_missing": Kind(
        "error",
        "The user may not make the index, or not change its mapping.",
        "Give the user the index privileges create_index, view_index_metadata and manage, at least for this; or use "
        "another user here than in the export.",
    ),
    "index_outcome_unknown": Kind(
        "error",
        "A change of the index was sent and no answer came, so it may have been made.",
        "Run it again: only what is missing is done.",
    ),
    "index_refused": Kind(
        "error",
        "The index, or its mapping, was refused.",
        "The message has the reason; mostly something in mapping or settings, or a limit of the cluster.",
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

KINDS: Mapping[str, Kind] = {**_DECLARED, **WIRE, **_ELASTIC, **PREPARING, **_SEND}
