# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""How to reach one environment: base URL, credentials, certificates, patience. Pure, sends nothing."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .auth import AccessToken, Credentials, OAuthClient, PlatformToken
from .errors import Problem
from .urls import is_host, is_loopback, split_url, url_problems

__all__ = [
    "AccessToken",
    "Connection",
    "OAuthClient",
    "PlatformToken",
    "connection_problems",
    "is_loopback",
]

PLATFORM_PATH = "/platform/classic/environment-api/v2"
# Documented for SaaS; a platform credential works there only (settings-api 3.1).
_PLATFORM_ENDINGS = (PLATFORM_PATH, "/platform/classic/environment-api", "/platform")
_CLASSIC_ENDINGS = ("/api/v2", "/api")
_IPV4 = re.compile(r"\d+(\.\d+){3}")
# Seconds; operating systems refuse much longer time-outs.
_LONGEST = 86400


@dataclass(frozen=True)
class Connection:
    """Everything needed to talk to one environment.

    :param timeout: seconds, for connecting and for each part of an answer.
    :param retry_timeout: seconds to wait altogether for an API that throttles or is unavailable.
    """

    environment_url: str = field(repr=False)  # may wrongly hold a password
    credentials: Credentials
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    retry_timeout: float = 60.0
    user_agent: str = "community.dynatrace"

    @property
    def base_url(self) -> str:
        """The environment without any API path, on the host that the credentials need."""
        parts = urlsplit(self.environment_url.strip())
        path = parts.path.rstrip("/")
        for ending in (*_PLATFORM_ENDINGS, *_CLASSIC_ENDINGS):
            if path.endswith(ending):
                path = path[: -len(ending)].rstrip("/")
                break
        host = parts.netloc.rpartition("@")[2].lower()
        ours, other = (".apps.", ".live.") if self.credentials.PLATFORM else (".live.", ".apps.")
        host = host.replace(f"{other}dynatrace.", f"{ours}dynatrace.")
        return f"{parts.scheme}://{host}{path}"

    @property
    def api_url(self) -> str:
        """The base of all requests, without a slash at the end."""
        return self.base_url + (PLATFORM_PATH if self.credentials.PLATFORM else "/api/v2")

    @property
    def may_lack_its_id(self) -> bool:
        """Whether this would be the address of a whole cluster, if it were one."""
        parts = urlsplit(self.base_url)
        return "/e/" not in parts.path and not (parts.hostname or "").endswith(".dynatrace.com")

    @property
    def secrets(self) -> list[str]:
        """The secrets among the options, in the forms in which a response could repeat them."""
        found = [*self.credentials.secrets]
        proxy = urlsplit(self.proxy or "")
        if proxy.password:
            # As written, as meant, and as in the header that carries it.
            plain = unquote(proxy.password)
            found += [proxy.password, plain, f"{unquote(proxy.username or '')}:{plain}"]
        return found

    @property
    def environment_id(self) -> str:
        """The id of the environment, the same for each form of its URL."""
        parts = urlsplit(self.base_url)
        before, found, rest = parts.path.partition("/e/")
        if found and rest:
            return rest.partition("/")[0]
        host = parts.hostname or ""
        # An IP address has no name of an environment in it.
        return (host if _IPV4.fullmatch(host) else host.partition(".")[0]) + before


def connection_problems(connection: Connection) -> list[Problem]:
    """Everything wrong with the connection options. No message holds a token, or user info from a URL."""
    problems = url_problems("environment_url", connection.environment_url)
    problems = problems or _place_problems(connection)
    problems += connection.credentials.problems()
    if connection.credentials.PLATFORM and not problems and "/e/" in urlsplit(connection.base_url).path:
        problems.append(Problem("no_platform", "environment_url"))
    for option in ("ca_path", "client_cert", "client_key"):
        path = getattr(connection, option)
        if path and not os.path.exists(path):
            problems.append(Problem("no_file", option, {"file": path}))
        elif path and not os.access(path, os.R_OK):
            problems.append(Problem("unreadable_file", option, {"file": path}))
    if connection.client_key and not connection.client_cert:
        problems.append(Problem("key_alone", "client_key"))
    if not {"ca_path", "client_cert", "client_key"} & {problem.path for problem in problems}:
        problems += _pem_problems(connection)
    if connection.proxy:
        proxy = split_url(connection.proxy)
        if proxy is None or proxy.scheme not in ("http", "https") or not is_host(proxy.hostname):
            problems.append(Problem("proxy_url", "proxy"))
    # The comparisons are also false for "not a number".
    if not 0 < connection.timeout <= _LONGEST:
        problems.append(Problem("seconds.positive", "timeout", {"most": _LONGEST}))
    if not 0 <= connection.retry_timeout <= _LONGEST:
        problems.append(Problem("seconds", "retry_timeout", {"most": _LONGEST}))
    return problems


def _pem_problems(connection: Connection) -> list[Problem]:
    """Yield problems of TLS files, which would otherwise cause late, obscure errors, or a password prompt."""

    def encrypted() -> str:
        raise ValueError

    problems: list[Problem] = []
    if not connection.ca_path and not connection.client_cert:
        return problems  # a context costs some milliseconds
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if connection.ca_path and not os.path.isdir(connection.ca_path):
        try:
            context.load_verify_locations(connection.ca_path)
        except OSError:
            problems.append(Problem("no_certificate", "ca_path"))
    if connection.client_cert:
        try:
            context.load_cert_chain(connection.client_cert, connection.client_key, password=encrypted)
        except OSError:
            problems.append(Problem("no_client_certificate", "client_cert"))
        except ValueError:
            option = "client_key" if connection.client_key else "client_cert"
            problems.append(Problem("encrypted_key", option))
    return problems


def _place_problems(connection: Connection) -> list[Problem]:
    """An address of something in an environment, not of the environment: it would answer with a web page, or not."""
    parts = urlsplit(connection.base_url)
    path = parts.path
    if path.endswith("/e"):
        return [Problem("no_environment_id", "environment_url")]
    own_domain = (parts.hostname or "").endswith((".live.dynatrace.com", ".apps.dynatrace.com"))
    rest = (
        re.fullmatch(r"(?:/e/[^/]+)?(/.+)", path)
        if own_domain
        else re.search(r"(/(?:api/v\d+|ui)(?:/(?!e/).*)?)$", path)
    )
    if rest is None:
        return []
    return [Problem("url_path", "environment_url", {"tail": _shown_tail(rest[1])})]


def _shown_tail(path: str) -> str:
    """The end of a path, as far as it is made of words of Dynatrace's own addresses: a token may have been pasted."""
    known = re.match(
        r"(?:/(?:api|platform|classic|environment-api|v\d|ui|apps|settings|objects|schemas|entity|e|#)(?![^/]))*/?",
        path,
    )
    shown = known[0] if known else ""
    return shown if len(shown) == len(path) else f"{shown.rstrip('/')}/..."
