# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The options of a fleet: where its environments are listed, which of them are wanted, how hosts are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._params import parser_problems
from .._settings_api.auth import AccessToken, Credentials, OAuthClient
from .._settings_api.connection import Connection, connection_problems
from .._settings_api.environment_credentials import (
    DEFAULT_TOKEN_URL,
    REACH_VARIABLES,
    TOKEN_URL_VARIABLE,
    environment_credential_problems,
)
from .._settings_api.errors import InvalidInput, Problem
from .environment import KINDS, Environment, FleetOptions, Selection, Source, uuid_like

CLUSTER_URL, CLUSTER_TOKEN = "DYNATRACE_CLUSTER_URL", "DYNATRACE_CLUSTER_TOKEN"
OAUTH_ID, OAUTH_SECRET = "DYNATRACE_OAUTH_CLIENT_ID", "DYNATRACE_OAUTH_CLIENT_SECRET"
OAUTH_ACCOUNT, OAUTH_TOKEN_URL = "DYNATRACE_OAUTH_ACCOUNT_URN", TOKEN_URL_VARIABLE
ACCOUNT_URL = "DYNATRACE_ACCOUNT_URL"
# Variables whose values are secrets, or hold one.
SECRET_VARIABLES = (CLUSTER_TOKEN, OAUTH_SECRET, REACH_VARIABLES["proxy"])
# A documented address (settings-api 5.2).
_ACCOUNT_API = "https://api.dynatrace.com"
_ACCOUNT_SCOPE = "account-env-read"
_URN = "urn:dtaccount:"

_STATES = ("enabled", "disabled", "unknown")
_Spec = Mapping[str, Mapping[str, Any]]
_TEXT = {"type": "str"}
_TEXTS = {"type": "list", "elements": "str"}
_ANY = {"type": "raw"}
_REACH: _Spec = {
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    "proxy": _TEXT,
    "timeout": {"type": "float"},
    "retry_timeout": {"type": "float"},
}
_CLUSTER: _Spec = {"url": _TEXT, "token": {"type": "str", "no_log": True}, "api_token_variable": _TEXT, **_REACH}
_ACCOUNT: _Spec = {
    "oauth_account_urn": _TEXT,
    "oauth_client_id": _TEXT,
    "oauth_client_secret": {"type": "str", "no_log": True},
    "oauth_token_url": _TEXT,
    "oauth_scope": _TEXT,
    "url": _TEXT,
    "api_token_variable": _TEXT,
    **_REACH,
}
_LISTED: _Spec = {
    "url": _TEXT,
    "id": _TEXT,
    "name": _TEXT,
    "kind": {"type": "str", "choices": KINDS},
    "state": {"type": "str", "choices": _STATES},
    "tags": _TEXTS,
    "host": _TEXT,
    "api_token_variable": _TEXT,
}
_SELECTION: _Spec = {
    "names": _TEXTS,
    "kinds": {**_TEXTS, "choices": KINDS},
    "states": {**_TEXTS, "choices": _STATES},
    "tags": _TEXTS,
}
OPTIONS: _Spec = {
    "clusters": _ANY,
    "accounts": _ANY,
    "environments": _ANY,
    "filters": _ANY,
    "exclude": _ANY,
    "host_name": {"type": "str", "choices": ("id", "name")},
    "group": _TEXT,
    "api_token_variable": _TEXT,
    "on_source_error": {"type": "str", "choices": ("fail", "warn")},
    **_REACH,
}
# Options of a connection that have other names here.
_RENAMED = {"environment_url": "url", "api_token": "token"}
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Given:
    """One mapping of options, and the list to which its problems go.

    :param value: ``None`` for no options.
    :param where: path of the mapping as the user would write it, empty at the top.

    ``wrong`` names the options that are given, but without a usable value.
    """

    def __init__(self, value: Any, spec: _Spec, where: str, problems: list[Problem]) -> None:
        self.where = where
        self.problems = problems
        self._values: dict[str, Any] = {}
        self.wrong = set(spec)
        value = {} if value is None else value
        if isinstance(value, Mapping):
            found, self._values = parser_problems(spec, value, where)
            problems += found
            self.wrong = {name for name in spec if value.get(name) is not None and name not in self._values}
        else:
            problems.append(Problem("type", where, {"expected": "options"}))
        self._before = len(problems)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default where it was not given or is wrong."""
        return self._values.get(name, default)

    def path(self, name: str) -> str:
        """The path of one of these options."""
        return f"{self.where}.{name}" if self.where else name

    @property
    def refused(self) -> bool:
        """Whether an option turned out to be wrong after all of them were read."""
        return len(self.problems) > self._before

    def problem(self, name: str, code: str, **facts: Any) -> None:
        """Note what is wrong with an option."""
        self.problems.append(Problem(code, self.path(name), facts))


def read_options(given: Mapping[str, Any], environ: Mapping[str, str], user_agent: str) -> FleetOptions:
    """The options of an inventory file.

    :param environ: the variables of the process, for credentials that are not in the file.
    :raises InvalidInput: with every problem found. No message holds a value.
    """
    problems: list[Problem] = []
    top = Given(given, OPTIONS, "", problems)
    reader = _Reader(top, environ, user_agent)
    sources = [
        *(reader.cluster(part, where) for part, where in _items(top, "clusters")),
        *(reader.account(part, where) for part, where in _items(top, "accounts")),
    ]
    listed = [reader.listed(part, where) for part, where in _items(top, "environments")]
    if not sources and not listed and not problems:
        problems.append(Problem("no_source", ""))
    group = top.get("group", "dynatrace")
    if group and not re.fullmatch(r"[A-Za-z_]\w*", group, re.ASCII):
        top.problem("group", "group_name")
    reader.token_variable(top)
    filters, exclude = (_selection(top, name) for name in ("filters", "exclude"))
    if problems:
        raise InvalidInput(sorted(set(problems)))
    return FleetOptions(
        tuple(source for source in sources if source is not None),
        tuple(one for one in listed if one is not None),
        filters,
        exclude,
        host_name=top.get("host_name", "id"),
        group=group,
        goes_on=top.get("on_source_error") == "warn",
    )


def _items(top: Given, name: str) -> list[tuple[Any, str]]:
    value = top.get(name, [])
    if not isinstance(value, (list, tuple)):
        top.problem(name, "type", expected="list")
        return []
    return [(part, f"{name}[{index}]") for index, part in enumerate(value)]


def _selection(top: Given, name: str) -> Selection:
    part = Given(top.get(name, {}), _SELECTION, name, top.problems)
    return Selection(**{key: tuple(part.get(key, ())) for key in _SELECTION})


class _Reader:
    """Reads what describes one source or one environment."""

    def __init__(self, top: Given, environ: Mapping[str, str], user_agent: str) -> None:
        self._top = top
        self._environ = environ
        self._user_agent = user_agent

    def cluster(self, part: Any, where: str) -> Source | None:
        """A Managed cluster. A token from the environment goes to the address from the environment only."""
        given = Given(part, _CLUSTER, where, self._top.problems)
        own = self._environ.get(CLUSTER_URL, "")
        url, token = given.get("url") or own, given.get("token")
        if "url" in given.wrong:
            return None
        if not url:
            given.problem("url", "required.variables", variables=[CLUSTER_URL])
        elif "/e/" in url:
            given.problem("url", "cluster_url")
        found = self._environ.get(CLUSTER_TOKEN)
        if "token" in given.wrong:
            token = "none"  # so that the rest can be looked at
        elif not token and found:
            self._keep_to_environment(given, {"url": (CLUSTER_URL, _bare(own))}, url=_bare(url))
        elif not token:
            given.problem("token", "required.variables", variables=[CLUSTER_TOKEN])
        variable = self.token_variable(given)
        if not url:
            return None
        refused = given.refused
        credentials = AccessToken("none" if refused else token or found or "")
        connection = self._connection(given, _bare(url), credentials)
        return None if refused else Source(where, "managed", connection, api_token_variable=variable)

    def account(self, part: Any, where: str) -> Source | None:
        """A SaaS account. An OAuth client from the environment goes to its own addresses only."""
        given = Given(part, _ACCOUNT, where, self._top.problems)
        client, secret = given.get("oauth_client_id"), given.get("oauth_client_secret")
        token_url, url = given.get("oauth_token_url") or DEFAULT_TOKEN_URL, given.get("url") or _ACCOUNT_API
        if given.wrong & {"oauth_client_id", "oauth_client_secret"}:
            return None
        if bool(client) != bool(secret):
            missing = "oauth_client_secret" if client else "oauth_client_id"
            given.problem(missing, "required.both", credentials=OAuthClient.TITLE)
        elif not client:
            client, secret = self._environ.get(OAUTH_ID), self._environ.get(OAUTH_SECRET)
            if not client or not secret:
                given.problem("oauth_client_id", "required.variables", variables=[OAUTH_ID, OAUTH_SECRET])
            token_url = self._environ.get(OAUTH_TOKEN_URL) or DEFAULT_TOKEN_URL
            url = self._environ.get(ACCOUNT_URL) or _ACCOUNT_API
            if client or secret:
                belongs = {"oauth_token_url": (OAUTH_TOKEN_URL, token_url), "url": (ACCOUNT_URL, url)}
                self._keep_to_environment(given, belongs)
        account = (given.get("oauth_account_urn") or self._environ.get(OAUTH_ACCOUNT, "")).removeprefix(_URN)
        if not account:
            given.problem("oauth_account_urn", "required.variables", variables=[OAUTH_ACCOUNT])
        elif not re.fullmatch(r"[0-9A-Za-z-]+", account):
            given.problem("oauth_account_urn", "account_urn", urn=_URN)
        variable_name = self.token_variable(given)
        refused = given.refused
        scope = given.get("oauth_scope", _ACCOUNT_SCOPE)
        credentials = OAuthClient(client or "none", secret or "none", token_url, scope, _URN + account)
        connection = self._connection(given, url, credentials)
        return None if refused else Source(where, "saas", connection, account, variable_name)

    def listed(self, part: Any, where: str) -> Environment | None:
        """An environment that is written down; its address alone is enough."""
        given = Given({"url": part} if isinstance(part, str) else part, _LISTED, where, self._top.problems)
        url = given.get("url", "")
        connection = Connection(url, AccessToken("none"))
        if "url" in given.wrong:
            return None
        if not url:
            given.problem("url", "required")
        else:
            self._add(given, connection_problems(connection))
        for name in ("id", "host"):
            if name in given and not _HOST.fullmatch(given.get(name)):
                given.problem(name, "host_name")
        variable = self.token_variable(given)
        if given.refused:
            return None
        name = given.get("id") or connection.environment_id
        if not _HOST.fullmatch(name):
            given.problem("id", "required.id")
            return None
        return Environment(
            id=name,
            url=connection.environment_url.strip().rstrip("/"),
            name=given.get("name"),
            kind=given.get("kind") or ("managed" if uuid_like(name) else None),
            state=given.get("state"),
            tags=None if given.get("tags") is None else tuple(given.get("tags")),
            source="environments",
            host=given.get("host"),
            api_token_variable=variable,
        )

    def token_variable(self, given: Given) -> str | None:
        """The name of a variable, in which ``{id}`` and ``{name}`` may stand for those of the environment."""
        text = given.get("api_token_variable")
        if text is not None and not re.fullmatch(r"[A-Za-z_]\w*", re.sub(r"\{(id|name)\}", "0", text), re.ASCII):
            # It may be the token itself, by mistake.
            given.problem("api_token_variable", "variable_name")
        default: str | None = self._top.get("api_token_variable")
        return text or default

    def _keep_to_environment(self, given: Given, belongs: Mapping[str, tuple[str, str]], **instead: str) -> None:
        """Record every option that cannot be combined with credentials from the environment.

        :param belongs: where they belong, as ``environment_credential_problems`` takes it.
        :param instead: options whose values are compared in another form than they were given in.
        """
        options = {name: given.get(name) for name in belongs} | self._reach(given) | instead
        self._add(given, environment_credential_problems(options, belongs, self._environ))

    def _reach(self, given: Given) -> dict[str, Any]:
        """The connection options of one source, or else those of all."""
        return {name: given.get(name, self._top.get(name)) for name in _REACH}

    def _connection(self, given: Given, url: str, credentials: Credentials) -> Connection:
        reach = self._reach(given)
        reach |= {name: reach[name] or self._environ.get(variable) for name, variable in REACH_VARIABLES.items()}
        known = {name: value for name, value in reach.items() if value is not None}
        connection = Connection(url, credentials, user_agent=self._user_agent, **known)
        self._add(given, connection_problems(connection))
        return connection

    def _add(self, given: Given, problems: Iterable[Problem]) -> None:
        """Note problems with the paths of the options where they stand: at this source, or at the top for all."""
        for problem in problems:
            shared = problem.path in _REACH and problem.path not in given
            path = problem.path if shared else given.path(_RENAMED.get(problem.path, problem.path))
            given.problems.append(problem.at(path))


def _bare(url: str) -> str:
    """The address of a cluster; a copied address of its API is as good."""
    return re.sub(r"/api(/cluster(/v\d+)?)?/*$", "", url.strip())
