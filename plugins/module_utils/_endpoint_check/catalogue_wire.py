# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The findings on the way to any far end, and about its answers."""

from __future__ import annotations

from collections.abc import Mapping

from .kind import Kind

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
        "Let the far end send the whole chain. If the authority is your own, name its file in ca_path; Dynatrace must "
        "trust it too.",
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
    "tls_failed": Kind(
        "error",
        "The TLS handshake failed in another way.",
        "The log of the far end has the reason; one is a missing client certificate.",
    ),
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
        "The token service takes the credentials in the form only. The schema of Dynatrace says header, its "
        "documentation says form.",
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

WIRE: Mapping[str, Kind] = {**_NETWORK, **_OAUTH, **_HTTP}
