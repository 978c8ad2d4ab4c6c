# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The TLS handshake, and what its ways of failing mean. The numbers are those of OpenSSL's X.509 verification."""

from __future__ import annotations

import socket
import ssl

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
_SAID = {
    "tls_authority": "the certificate of {} is of an authority that is not trusted",
    "tls_not_yet_valid": "the certificate of {} is not valid yet",
    "tls_expired": "the certificate of {} has expired",
    "tls_self_signed": "the certificate of {} is self-signed",
    "tls_host_name": "the certificate that answers for {} is of another host name",
    "tls_protocol": "{} speaks no TLS 1.2 or newer",
    "tls_client_certificate": "{} asks for a client certificate",
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
    plain: socket.socket, host: str, context: ssl.SSLContext, seconds: float, findings: Findings, option: str
) -> ssl.SSLSocket:
    """Speak TLS on a connection.

    :raises Ended: with the finding that says what is wrong.
    """
    plain.settimeout(seconds)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLError as error:
        code = meaning(error)
        if code is not None:
            raise findings.end(code, option, _SAID[code].format(host)) from None
        why = findings.shown(getattr(error, "verify_message", None) or error.reason or "no reason given")
        raise findings.end("tls_failed", option, f"the TLS handshake with {host} failed: {why}") from None
    except TimeoutError:
        text = f"{host} did not end the TLS handshake within {seconds:.0f} s"
        raise findings.end("tls_timeout", option, text) from None
    except OSError:
        text = f"{host} broke the connection in the TLS handshake"
        raise findings.end("tls_failed", option, text) from None


def listen(secure: ssl.SSLSocket, seconds: float, findings: Findings, option: str) -> None:
    """Hear whether a far end objects to a handshake that has ended.

    :raises Ended: it does.
    """
    secure.settimeout(seconds)
    try:
        secure.recv(1)
    except ssl.SSLError as error:
        code = meaning(error)
        if code is not None:
            raise findings.end(code, option, _SAID[code].format(secure.server_hostname)) from None
    except OSError:
        # Silence is consent; whoever hangs up will do so again when asked.
        return


def meaning(error: ssl.SSLError) -> str | None:
    """The code of the finding for a failure of TLS, if it is one of the usual ones."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code)
    reason = str(error.reason or "")
    return next((code for part, code in _REASONS if part in reason), None)
