# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""How to reach one environment: base URL, credentials, certificates, patience. Pure, sends nothing."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import SplitResult, urlsplit

from .errors import Problem

PLATFORM_PATH = "/platform/classic/environment-api/v2"
# Documented for SaaS; a platform credential works there only (settings-api 3.1).
_PLATFORM_ENDINGS = (PLATFORM_PATH, "/platform/classic/environment-api", "/platform")
_CLASSIC_ENDINGS = ("/api/v2", "/api")
# Seconds; operating systems refuse much longer time-outs.
_LONGEST = 86400


@dataclass(frozen=True)
class AccessToken:
    """An access token of the environment, for the classic path."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class PlatformToken:
    """A platform token, for the platform path of a SaaS environment."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class OAuthClient:
    """An OAuth client with client credentials, for the platform path. Tokens live five minutes (settings-api 3.1)."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = field(default="https://sso.dynatrace.com/sso/oauth2/token", repr=False)
    scope: str = "settings:objects:read settings:objects:write settings:schemas:read"
    account_urn: str | None = None


Credentials = Union[AccessToken, PlatformToken, OAuthClient]  # noqa: UP007 - evaluated at run time


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
        if isinstance(self.credentials, AccessToken):
            host = host.replace(".apps.dynatrace.", ".live.dynatrace.")
        else:
            host = host.replace(".live.dynatrace.", ".apps.dynatrace.")
        return f"{parts.scheme}://{host}{path}"

    @property
    def api_url(self) -> str:
        """The base of all requests, without a slash at the end."""
        classic = isinstance(self.credentials, AccessToken)
        return self.base_url + ("/api/v2" if classic else PLATFORM_PATH)

    @property
    def may_lack_its_id(self) -> bool:
        """Whether this would be the address of a whole cluster, if it were one."""
        parts = urlsplit(self.base_url)
        return "/e/" not in parts.path and not (parts.hostname or "").endswith(".dynatrace.com")

    @property
    def environment_id(self) -> str:
        """The id of the environment, the same for each form of its URL."""
        parts = urlsplit(self.base_url)
        before, found, rest = parts.path.partition("/e/")
        return rest.partition("/")[0] if found and rest else (parts.hostname or "").partition(".")[0] + before


def is_loopback(host: str | None) -> bool:
    """Whether a host name means this machine."""
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def connection_problems(connection: Connection) -> list[Problem]:
    """Everything wrong with the connection options. No message holds a token, or user info from a URL."""
    credentials = connection.credentials
    problems = _url_problems("environment_url", connection.environment_url)
    problems = problems or _place_problems(connection)
    if isinstance(credentials, OAuthClient):
        problems += _url_problems("oauth_token_url", credentials.token_url)
        problems += _text_problems("oauth_client_id", credentials.client_id)
        problems += _text_problems("oauth_client_secret", credentials.client_secret)
    else:
        option = "api_token" if isinstance(credentials, AccessToken) else "platform_token"
        problems += _text_problems(option, credentials.token) or _token_problems(option, credentials.token)
    if not isinstance(credentials, AccessToken) and not problems and "/e/" in urlsplit(connection.base_url).path:
        message = "is of an environment without the platform path (/e/ in it): use api_token there"
        problems.append(Problem("environment_url", message))
    for option in ("ca_path", "client_cert", "client_key"):
        path = getattr(connection, option)
        if path and not os.path.exists(path):
            problems.append(Problem(option, f"there is no file {path}"))
        elif path and not os.access(path, os.R_OK):
            problems.append(Problem(option, f"the file {path} may not be read"))
    if connection.client_key and not connection.client_cert:
        problems.append(Problem("client_key", "has no use without client_cert"))
    if not {"ca_path", "client_cert", "client_key"} & {problem.path for problem in problems}:
        problems += _pem_problems(connection)
    if connection.proxy:
        proxy = _split(connection.proxy)
        if proxy is None or proxy.scheme not in ("http", "https") or not _is_host(proxy.hostname):
            problems.append(Problem("proxy", "must be a URL like http://proxy.example.com:3128"))
    # The comparisons are also false for "not a number".
    if not 0 < connection.timeout <= _LONGEST:
        problems.append(Problem("timeout", f"must be more than 0 and at most {_LONGEST} seconds"))
    if not 0 <= connection.retry_timeout <= _LONGEST:
        problems.append(Problem("retry_timeout", f"must be between 0 and {_LONGEST} seconds"))
    return problems


def _pem_problems(connection: Connection) -> list[Problem]:
    """Files that TLS cannot use: it would tell late and in riddles, or ask the terminal for a password."""

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
            problems.append(Problem("ca_path", "the file holds no certificate in PEM format"))
    if connection.client_cert:
        try:
            context.load_cert_chain(connection.client_cert, connection.client_key, password=encrypted)
        except OSError:
            text = "cannot be used: it must hold a certificate in PEM format and, here or in client_key, its key"
            problems.append(Problem("client_cert", text))
        except ValueError:
            option = "client_key" if connection.client_key else "client_cert"
            problems.append(Problem(option, "the key is encrypted; only a key without a password can be used"))
    return problems


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _port = parts.port
    except ValueError:
        return None
    return parts


def _is_host(host: str | None) -> bool:
    """A host name or address; name servers and TLS refuse anything else in ways that are hard to understand."""
    try:
        name = (host or "").encode("ascii" if ":" in (host or "") else "idna").decode("ascii")
    except UnicodeError:
        return False
    return re.fullmatch(r"[A-Za-z0-9._:-]+", name) is not None


def _url_problems(option: str, url: str) -> list[Problem]:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not _is_host(parts.hostname):
        return [Problem(option, "must be a URL like https://abc12345.live.dynatrace.com")]
    problems = []
    if "@" in parts.netloc:
        problems.append(Problem(option, "must not contain a user name or password"))
    if parts.query or parts.fragment:
        more = ": it is the address of the environment, and the token an option of its own" if parts.query else ""
        problems.append(Problem(option, f"must not contain a query (?) or a fragment (#){more}"))
    # urlsplit drops line ends and tabs silently, so the text itself is looked at.
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in url.strip()):
        problems.append(Problem(option, "must not contain white space, control characters or backslashes"))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        problems.append(Problem(option, "must begin with https:// (plain http is for loopback addresses only)"))
    return problems


def _place_problems(connection: Connection) -> list[Problem]:
    """An address of something in an environment, not of the environment: it would answer with a web page, or not."""
    parts = urlsplit(connection.base_url)
    path = parts.path
    if path.endswith("/e"):
        return [Problem("environment_url", "ends with /e: the id of the environment is missing, /e/<id>")]
    own_domain = (parts.hostname or "").endswith((".live.dynatrace.com", ".apps.dynatrace.com"))
    rest = (
        re.fullmatch(r"(?:/e/[^/]+)?(/.+)", path)
        if own_domain
        else re.search(r"(/(?:api/v\d+|ui)(?:/(?!e/).*)?)$", path)
    )
    if rest is None:
        return []
    return [Problem("environment_url", f"must be the address of the environment alone, without {rest[1][:100]}")]


def _text_problems(option: str, text: str) -> list[Problem]:
    if not text.strip():
        return [Problem(option, "must not be blank")]
    if text != text.strip():
        message = "contains white space at an end, as a file that was read has a line end: {{ ... | trim }} removes it"
        return [Problem(option, message)]
    if not text.isascii() or not text.isprintable():
        return [Problem(option, "contains characters that none has")]
    return []


def _token_problems(option: str, token: str) -> list[Problem]:
    """What the form of a token tells (settings-api 3.1); of tokens without the known beginning it tells nothing."""
    kind = token[:6].lower()
    if any(letter.isspace() or letter in "\"'" for letter in token):
        return [Problem(option, "must be the token alone, without quotes and without Api-Token or Bearer before it")]
    if option == "api_token" and kind == "dt0s16":
        return [Problem(option, "is a platform token (dt0s16): give it as platform_token")]
    if option == "platform_token" and kind == "dt0c01":
        return [Problem(option, "is an access token (dt0c01): give it as api_token")]
    if kind == "dt0s02":
        return [Problem(option, "is of an OAuth client (dt0s02): give oauth_client_id and oauth_client_secret")]
    if kind in ("dt0c01", "dt0s16") and (token.count(".") != 2 or not all(token.split("."))):
        return [Problem(option, f"is not the whole token: it has three parts, {kind}.PUBLIC.SECRET")]
    return []
