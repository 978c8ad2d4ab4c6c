# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The bundled authorities, read once where one process works for many environments: reading them takes 15 to 30 ms."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from .connection import Connection

_bundled: ssl.SSLContext | None = None


def preload() -> None:
    """Read the bundle of requests, for every adapter made after this."""
    global _bundled
    from requests.certs import where  # type: ignore[attr-defined]
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_verify_locations(where())
    _bundled = context


def make_adapter(connection: Connection) -> HTTPAdapter:
    """What requests sends with. Without ``preload()``, and where the options say whom to trust, it is the usual one."""
    from requests.adapters import HTTPAdapter

    own = connection.ca_path or connection.client_cert or connection.proxy or not connection.validate_certs
    if own or _bundled is None:
        return HTTPAdapter()
    context = _bundled

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **more)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            # Certificates are required, as before; the authorities are in the context already.
            conn.ca_certs = None

    return Adapter()
