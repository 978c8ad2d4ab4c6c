# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and TLS handshakes that fail."""

from __future__ import annotations

import datetime
import socket
import ssl
import warnings
from pathlib import Path

import pytest
import trustme

from ansible_collections.community.dynatrace.tests.support.byte_server import (
    hang_up,
    http,
)
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    says as raw_server,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    export,
    says,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    URL,
    Stage,
    Way,
    assert_finding,
    check_export,
)


def old_tls(stage: Stage) -> ssl.SSLContext:
    context = stage.world.tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def wants_certificate(stage: Stage, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = stage.world.tls()
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    stage.world.authority.configure_trust(context)
    return context


def self_signed(stage: Stage) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=99))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Path(stage.world.ca_path).with_name("self-signed.pem")
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def silent(stage: Stage) -> str:
    """A server that accepts connections and says nothing."""
    listener = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f"https://localhost:{listener.getsockname()[1]}/"


TLS: dict[str, Way] = {
    "port without TLS": Way("not_tls", URL, lambda s: export(s.talk(raw_server(http()), tls=False))),
    "unknown authority": Way(
        "tls_authority", URL, lambda s: export(s.serve(says(), s.world.tls(authority=trustme.CA())).url())
    ),
    "self-signed": Way("tls_self_signed", URL, lambda s: export(s.serve(says(), self_signed(s)).url())),
    "expired": Way("tls_expired", URL, lambda s: export(s.serve(says(), s.world.tls(days=-1)).url())),
    "not valid yet": Way(
        "tls_not_yet_valid",
        URL,
        lambda s: export(
            s.serve(
                says(),
                s.world.tls(not_before=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)),
            ).url()
        ),
    ),
    "expires soon": Way("tls_expires_soon", URL, lambda s: export(s.serve(says(), s.world.tls(days=9.5)).url())),
    "other host name": Way(
        "tls_host_name", URL, lambda s: export(s.serve(says(), s.world.tls("other.example.com")).url())
    ),
    "old TLS": Way("tls_protocol", URL, lambda s: export(s.serve(says(), old_tls(s)).url())),
    "wants a client certificate, TLS 1.3": Way(
        "tls_client_certificate",
        URL,
        lambda s: export(s.serve(says(), wants_certificate(s, ssl.TLSVersion.TLSv1_3)).url()),
    ),
    "wants a client certificate, TLS 1.2": Way(
        "tls_failed", URL, lambda s: export(s.serve(says(), wants_certificate(s, ssl.TLSVersion.TLSv1_2)).url())
    ),
    "hangs in the handshake": Way("tls_timeout", URL, lambda s: (export(silent(s)), {"timeout": 0.4})),
    "hangs up in the handshake": Way("tls_failed", URL, lambda s: export(s.talk(hang_up, tls=False))),
}


@pytest.mark.parametrize("name", TLS)
def test_a_certificate_or_handshake_that_fails_has_its_own_finding(
    stage: Stage, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_finding(stage, TLS[name], capfd)


def test_a_handshake_that_hangs_ends_at_the_time_limit_and_names_it(stage: Stage) -> None:
    result = check_export(stage.world, export(silent(stage)), timeout=0.4)
    (one,) = [one for one in result["checks"][0]["findings"] if one["severity"] == "error"]
    assert (one["code"], "within 0.4 s" in one["message"]) == ("tls_timeout", True)
