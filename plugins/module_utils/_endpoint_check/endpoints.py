# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Declared exports as requests: where Dynatrace sends sessions, how, and with which credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union
from urllib.parse import parse_qsl, unquote, urlsplit

from .._session_exports.declaration import declare, published_schema
from .._session_exports.options import path_text
from .._settings_api.errors import MissingLibrary, Problem
from .._settings_api.matching import Declared
from .._settings_api.property_path import get_path

Property = tuple[str, ...]

URL = ("endpointDefinition", "endpointUrl")
POST = ("endpointDefinition", "usePost")
TYPE = ("endpointDefinition", "contentType")
ENABLED = ("endpointDefinition", "enableUserSessionExport")
ACTIVE = ("authentication", "active")
KIND = ("authentication", "authType")
USER = ("authentication", "basicAuth", "username")
PASSWORD = ("authentication", "basicAuth", "password")
TOKEN_URL = ("authentication", "oAuth2", "accessTokenUrl")
CLIENT_ID = ("authentication", "oAuth2", "clientId")
CLIENT_SECRET = ("authentication", "oAuth2", "clientSecret")
SCOPE = ("authentication", "oAuth2", "scope")
DIRECT = ("sendDirect", "active")
INDEX = ("sendDirect", "indexName")
DOC_TYPE = ("sendDirect", "docType")
# Length of a query value that may be a secret, not a word like "true".
_LIKE_A_SECRET = 8


@dataclass(frozen=True)
class BasicLogin:
    """User name and password; no password if it is not given."""

    username: str
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class OAuthLogin:
    """Client credentials of OAuth 2.0; no secret if it is not given."""

    token_url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scope: str | None


Login = Union[BasicLogin, OAuthLogin, None]  # noqa: UP007 - evaluated at run time


@dataclass(frozen=True)
class Endpoint:
    """What an export sends its sessions to.

    :param where: where the user wrote it, ``exports[0]``.
    :param index: the index of ``send_direct``; ``None`` without.
    """

    where: str
    name: str
    url: str = field(repr=False)
    method: str
    content_type: str
    enabled: bool
    login: Login
    index: str | None
    doc_type: str | None

    def option(self, path: Property) -> str:
        """A property as the user wrote it: ``exports[0].endpoint_definition.use_post``."""
        return path_text(self.where, path)

    @property
    def public_url(self) -> str:
        """The URL without what may be secret in it."""
        return public_url(self.url)

    @property
    def is_bulk(self) -> bool:
        """Whether the URL is that of a bulk endpoint."""
        return ends_in_bulk(self.url)

    @property
    def place(self) -> dict[str, Any]:
        """The index of a document in an action of a bulk, with its type if there is one."""
        return {"_index": self.index, **({} if self.doc_type is None else {"_type": self.doc_type})}

    @property
    def secret_missing(self) -> Property | None:
        """The secret that is needed and not given."""
        if isinstance(self.login, BasicLogin):
            return PASSWORD if self.login.password is None else None
        return CLIENT_SECRET if self.login and self.login.client_secret is None else None

    @property
    def secrets(self) -> list[str]:
        """Everything that must not be shown, in the forms in which it is sent."""
        found: list[str] = []
        for url in (self.url, self.login.token_url if isinstance(self.login, OAuthLogin) else ""):
            found += _url_secrets(url)
        if isinstance(self.login, BasicLogin) and self.login.password is not None:
            found += [self.login.password, f"{self.login.username}:{self.login.password}"]
        if isinstance(self.login, OAuthLogin) and self.login.client_secret is not None:
            found += [self.login.client_secret, f"{self.login.client_id}:{self.login.client_secret}"]
        return found


def public_url(url: str) -> str:
    """A URL without user info, query and fragment."""
    parts = urlsplit(url.strip())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def ends_in_bulk(url: str) -> bool:
    """Whether a URL is a bulk endpoint."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] == "_bulk"


def _url_secrets(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    if len(parts.query) >= _LIKE_A_SECRET:
        yield parts.query
    yield from (value for _key, value in parse_qsl(parts.query) if len(value) >= _LIKE_A_SECRET)


def read_endpoints(
    exports: Sequence[Any] | None, *, where: str = "exports", several: bool = False
) -> tuple[list[Endpoint], list[Problem], list[str]]:
    """The endpoints of the option ``exports``, everything wrong with it, and notes.

    The rules are those of the module that writes. Where jsonschema is not installed (this also runs on machines that
    only have a Python) only what the check needs is validated, and a note says so.

    :param where: the name of the option or variable that the user wrote.
    :param several: whether the exports are those of several environments.
    """
    schema = published_schema()
    try:
        declaration = declare(exports, schema, where=where, several=several)
    except MissingLibrary:
        given = [one if isinstance(one, Mapping) else {} for one in exports or ()]
        named = [{**one, "name": one.get("name")} for one in given]
        bare = declare(named, schema, where=where, absent=True, several=several)
        desired = [Declared(one.name, schema.complete(one.value).value, one.where) for one in bare.exports]
        problems = [*bare.problems, *(problem for want in desired for problem in _bare_problems(want))]
        notes = ["The exports were validated only partially, because jsonschema is not installed on this host."]
    else:
        desired, problems, notes = list(declaration.exports), list(declaration.problems), []
    if problems:
        problems += [problem for want in desired for problem in _unsendable(want)]
        return [], list(dict.fromkeys(problems)), notes
    return *endpoints_of(desired), notes


def endpoints_of(declared: Iterable[Declared]) -> tuple[list[Endpoint], list[Problem]]:
    """The endpoints of valid exports, and the problems of those of which no request can be made."""
    unsendable = {want.where: list(_unsendable(want)) for want in declared}
    found = [_endpoint(want) for want in declared if not unsendable[want.where]]
    return found, [problem for problems in unsendable.values() for problem in problems]


def _unsendable(want: Declared) -> Iterator[Problem]:
    """What the patterns of the schema allow although no request can be made of it."""
    kind = get_path(want.value, TYPE)
    if isinstance(kind, str) and not (kind.isascii() and kind.isprintable()):
        yield Problem("not_ascii", path_text(want.where, TYPE))
    for path in (URL, TOKEN_URL):
        url = get_path(want.value, path)
        if not isinstance(url, str) or not url.lower().startswith("https://"):
            continue
        try:
            parts = urlsplit(url.strip())
            usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
            (parts.hostname or "").encode("idna")
        except (ValueError, UnicodeError):
            usable = False
        if not usable:
            yield Problem("no_host", path_text(want.where, path))


def _bare_problems(want: Declared) -> Iterator[Problem]:
    needed: list[Property] = [URL]
    if get_path(want.value, ACTIVE) is True:
        needed += [USER] if get_path(want.value, KIND) == "basic" else [TOKEN_URL, CLIENT_ID]
    if get_path(want.value, DIRECT) is True:
        needed.append(INDEX)
    for path in (*needed, PASSWORD, CLIENT_SECRET):
        value = get_path(want.value, path)
        if path in needed and not (isinstance(value, str) and value.strip()):
            yield Problem("required", path_text(want.where, path))
        elif value is not None and not isinstance(value, str):
            yield Problem("type", path_text(want.where, path), {"expected": "string"})
        elif path in (URL, TOKEN_URL) and not str(value).lower().startswith("https://"):
            yield Problem("https_url", path_text(want.where, path))


def _endpoint(want: Declared) -> Endpoint:
    def of(path: Property) -> Any:
        return get_path(want.value, path)

    login: Login = None
    if of(ACTIVE) and of(KIND) == "basic":
        login = BasicLogin(of(USER), of(PASSWORD))
    elif of(ACTIVE):
        login = OAuthLogin(of(TOKEN_URL).strip(), of(CLIENT_ID), of(CLIENT_SECRET), of(SCOPE))
    direct = of(DIRECT) is True
    return Endpoint(
        where=want.where,
        name=want.name,
        url=of(URL).strip(),
        method="POST" if of(POST) else "PUT",
        content_type=of(TYPE),
        enabled=of(ENABLED) is not False,
        login=login,
        index=of(INDEX) if direct else None,
        doc_type=of(DOC_TYPE) if direct else None,
    )
