# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The TLS handshake, and what its ways of failing mean. The numbers are those of OpenSSL's X.509 verification."""

from __future__ import annotations

import socket
import ssl

from .endpoints import Property
from .findings import Findings

_CERTIFICATE = {
    2: "tls_authority",
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_authority",
    20: "tls_authority",
    21: "tls_authority",
    62: "tls_host_name",
    63: "tls_host_name",
    64: "tls_host_name",
}
_MESSAGES = {
    "tls_authority": "the certificate of {} was issued by an authority that is not trusted",
    "tls_not_yet_valid": "the certificate of {} is not valid yet",
    "tls_expired": "the certificate of {} has expired",
    "tls_self_signed": "the certificate of {} is self-signed",
    "tls_host_name": "the certificate of {} is for another host name",
    "tls_protocol": "{} does not support TLS 1.2 or newer",
    "tls_client_certificate": "{} requires a client certificate",
    "not_tls": "{} does not speak TLS",
}
# Found in the reason of OpenSSL, which is in capitals.
_REASONS = (
    ("CERTIFICATE_REQUIRED", "tls_client_certificate"),
    ("ALERT_BAD_CERTIFICATE", "tls_client_certificate"),
    ("WRONG_VERSION_NUMBER", "not_tls"),
    ("HTTP_REQUEST", "not_tls"),
    ("UNKNOWN_PROTOCOL", "not_tls"),
    ("RECORD_LAYER_FAILURE", "not_tls"),
    ("UNSUPPORTED_PROTOCOL", "tls_protocol"),
    ("ALERT_PROTOCOL_VERSION", "tls_protocol"),
    ("UNRECOGNIZED_NAME", "tls_host_name"),
)


def handshake(
    plain: socket.socket, host: str, context: ssl.SSLContext, limit: float, findings: Findings, where: Property | str
) -> ssl.SSLSocket:
    """Start TLS on a connection, within the time that its socket has left.

    :param limit: the time limit of the request, in seconds, for the message.
    :raises CheckAborted: with the finding that says what is wrong.
    """
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLError as error:
        code = code_for(error)
        if code is not None:
            raise findings.abort(code, where, _MESSAGES[code].format(host)) from None
        why = findings.clean_text(getattr(error, "verify_message", None) or error.reason or "no reason given")
        raise findings.abort("tls_failed", where, f"the TLS handshake with {host} failed: {why}") from None
    except TimeoutError:
        text = f"{host} did not finish the TLS handshake within {limit:g} s"
        raise findings.abort("tls_timeout", where, text) from None
    except OSError:
        text = f"{host} closed the connection during the TLS handshake"
        raise findings.abort("tls_failed", where, text) from None


def wait_for_alert(secure: ssl.SSLSocket, seconds: float, findings: Findings, where: Property | str) -> None:
    """Wait for a TLS alert: in TLS 1.3 a server rejects a client after the handshake only.

    :raises CheckAborted: there is one.
    """
    secure.settimeout(seconds)
    try:
        secure.recv(1)
    except ssl.SSLError as error:
        code = code_for(error)
        if code is not None:
            raise findings.abort(code, where, _MESSAGES[code].format(secure.server_hostname)) from None
    except OSError:
        # No alert. A server that closes the connection will do so again when it gets a request.
        return


def code_for(error: ssl.SSLError) -> str | None:
    """The finding code for a TLS error, if it is one of the usual ones."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code)
    reason = str(error.reason or "")
    return next((code for part, code in _REASONS if part in reason), None)
