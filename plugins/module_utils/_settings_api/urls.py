# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""URLs in options: whether they can be used, and what they point at. No message holds user info or a query."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from .errors import Problem


def public_url(text: str) -> str:
    """A URL without user, password, query, and fragment, any of which may contain a secret; other text unchanged."""
    if "://" not in text:
        return text
    if "@" in text:
        # A password may hold any of the characters that end the host, so all up to the last one may be part of it.
        text = f"{text.partition('://')[0]}://(not shown)@{text.rpartition('@')[2]}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "(not shown)"
    if not parts.query and not parts.fragment:
        return text
    return urlunsplit(parts._replace(query="(not shown)" if parts.query else "", fragment=""))


def is_loopback(host: str | None) -> bool:
    """Whether a host name means this machine."""
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # Of other names, also those below localhost, a name server is asked.
        return host == "localhost"


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL, or ``None`` if it is none."""
    try:
        parts = urlsplit(url.strip())
        _port = parts.port
    except ValueError:
        return None
    return parts


def is_host(host: str | None) -> bool:
    """A host name or address; name servers and TLS refuse anything else in ways that are hard to understand."""
    try:
        name = (host or "").encode("ascii" if ":" in (host or "") else "idna").decode("ascii")
    except UnicodeError:
        return False
    return re.fullmatch(r"[A-Za-z0-9._:-]+", name) is not None


def url_problems(option: str, url: str) -> list[Problem]:
    """Everything wrong with the URL of an API or a token service."""
    parts = split_url(url)
    if parts is None or parts.scheme not in ("http", "https") or not is_host(parts.hostname):
        return [Problem("url", option)]
    problems = []
    if "@" in parts.netloc:
        problems.append(Problem("url_user", option))
    if parts.query or parts.fragment:
        problems.append(Problem("url_tail.query" if parts.query else "url_tail", option))
    # urlsplit drops line ends and tabs silently, so the text itself is looked at.
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in url.strip()):
        problems.append(Problem("url_characters", option))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        problems.append(Problem("url_scheme", option))
    return problems
