# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may use the control endpoint: a client on this machine that knows the token of the ready file."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

TOKEN_HEADER = "X-Simulator-Token"


class ControlAccess:
    """The checks before a request reaches the control endpoint.

    Other users of the machine can connect to its loopback address, and so can any page in a browser. The token keeps
    out both; the checks of Host and Origin keep out a page whose host name was made to resolve to this machine.

    :param host: the address that the server listens on; it is an accepted Host beside the names of loopback.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.token = secrets.token_urlsafe(32)
        self._host = host.strip("[]").lower()

    def refusal(self, client: str | None, headers: Mapping[str, str], has_body: bool) -> tuple[int, str] | None:
        """Status and text for a request that is refused; None for one that may pass.

        :param headers: by lower-case name.
        """
        if client is not None and not is_loopback(client):
            return 403, "the control endpoint is for clients on this machine only"
        host = headers.get("host", "")
        name = _host_name(f"//{host}")
        if name is None or not (is_loopback(name) or name == self._host):
            return 403, "the Host header does not name this machine"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "requests from pages of another origin are refused"
        sent = headers.get(TOKEN_HEADER.lower(), "")
        if not hmac.compare_digest(sent.encode(), self.token.encode()):
            return 401, f"the header {TOKEN_HEADER} must hold control_token of the ready file"
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if has_body and kind != "application/json":
            return 415, "content type must be application/json"
        return None


def is_loopback(host: str) -> bool:
    """Whether an address or host name is one of this machine's loopback interface."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _host_name(netloc: str) -> str | None:
    try:
        return urlsplit(netloc).hostname
    except ValueError:
        return None
