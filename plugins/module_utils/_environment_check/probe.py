# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""One request without credentials, for what only the connection itself shows: the certificate and the clock."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .._settings_api.adapter import Deadline, make_adapter

if TYPE_CHECKING:
    from .._settings_api.connection import Connection


@dataclass(frozen=True)
class Probe:
    """What the server shows before it is asked anything.

    :param clock_difference: seconds by which the server's clock is ahead of this machine's; ``None`` if it has no
        ``Date`` header. The header has whole seconds.
    :param certificate_expires: when its certificate ends; ``None`` for plain HTTP and for unchecked certificates.
    """

    clock_difference: float | None = None
    certificate_expires: datetime | None = None


def probe(connection: Connection) -> Probe:
    """Ask for the API without credentials. Any answer will do; what goes wrong is reported by the next request."""
    import requests
    import urllib3

    deadline = Deadline()
    adapter = make_adapter(connection, deadline)
    # A server that sends its headers letter by letter runs into no other time-out.
    deadline.start(connection.timeout)
    with requests.Session() as session:
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        # Redirects are not followed, so nothing may look at their targets: requests fails on those that are no URL.
        session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
        # Nothing from the environment variables: the options say how to reach the environment.
        session.trust_env = False
        if connection.proxy:
            session.proxies = dict.fromkeys(("http", "https"), connection.proxy.strip())
        cert = connection.client_cert
        pair = (cert, connection.client_key) if cert and connection.client_key else cert
        try:
            with session.get(
                connection.api_url,
                headers={"User-Agent": connection.user_agent},
                verify=(connection.ca_path or True) if connection.validate_certs else False,
                cert=pair,
                timeout=connection.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                expires = _certificate_expires(response) if connection.validate_certs else None
                return Probe(_clock_difference(response.headers.get("Date")), expires)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            return Probe()


def _clock_difference(date: str | None) -> float | None:
    try:
        server = parsedate_to_datetime(date or "")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if server.tzinfo is None:
        server = server.replace(tzinfo=timezone.utc)
    return (server - datetime.now(timezone.utc)).total_seconds()


def _certificate_expires(response: Any) -> datetime | None:
    # urllib3 1 and 2 keep the connection under different names.
    connection = getattr(response.raw, "connection", None) or getattr(response.raw, "_connection", None)
    peer = getattr(getattr(connection, "sock", None), "getpeercert", None)
    shown = peer() if peer is not None else None
    ends = shown.get("notAfter") if isinstance(shown, dict) else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), timezone.utc) if isinstance(ends, str) else None
