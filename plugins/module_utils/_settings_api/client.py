# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The Settings API of one environment. Facts: settings-api 3.1 to 3.11."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from . import response_form
from .auth import Authorization
from .connection import Connection
from .errors import (
    NO_ENVIRONMENT_ID,
    AnswerLost,
    InvalidInput,
    OtherServer,
    PermissionMissing,
    Problem,
    ReadOnlyEnvironment,
    ServerFailed,
    SettingsError,
    Throttled,
    TokenRejected,
    UnexpectedAnswer,
)
from .paging import LIMIT, Listing, Page, read_whole, split_query
from .redaction import Redactor
from .response_form import WrongForm
from .responses import api_error, item_of, one_line, status_of
from .transport import Reply, Transport

PAGE_SIZE = "500"
# Of a version or a scope, in a sentence.
_LONGEST_SHOWN = 200
# The user behind platform credentials.
_CURRENT_USER = "/platform/metadata/v1/user"
_WITH_ADMIN_ACCESS = ("/settings/objects", "/settings/history")

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class WriteAnswer:
    """The answer to a write; ``object_id`` is ``None`` after a validation."""

    object_id: str | None


class SettingsClient:
    """Reads and writes settings objects. Use as a context manager.

    :param redact: applied to every text that comes from the server, besides the client's own credentials.
    :param read_only: whether every write is refused before it is sent.
    :raises MissingLibrary: requests is not installed.
    """

    def __init__(self, connection: Connection, *, redact: Callable[[str], str] = str, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        # Whether requests act as the owner of every object (settings-api 3.12).
        self.admin_access = False
        self._redact_declared = redact
        self._redact_credentials = Redactor(connection.secrets)
        self._transport = Transport(connection, redact=self._redact)
        self._authorized: Authorization | None = None

    def __enter__(self) -> SettingsClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def clone(self) -> SettingsClient:
        """Return a client of the same environment with a separate connection, for another thread.

        If one of them has to wait, all do.
        """
        self._authorization()
        other = copy.copy(self)
        other._transport = self._transport.clone(redact=other._redact)
        return other

    def close_clone(self, clone: SettingsClient) -> None:
        """Close a clone. Its requests count as this client's."""
        self._transport.requests_sent += clone._transport.requests_sent
        clone.close()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    @property
    def requests_sent(self) -> int:
        """How many requests were tried, repetitions included."""
        return self._transport.requests_sent + self._transport.patience.repeated

    @property
    def has_waited(self) -> bool:
        """Whether a request had to wait, such as for an environment that throttles."""
        return self._transport.patience.waited > 0

    @property
    def server(self) -> str:
        """The host and port, which environments of a cluster share."""
        return urlsplit(self._connection.api_url).netloc

    @property
    def token_id(self) -> str | None:
        """The public part of the token, by which an environment names the author of what the token changed."""
        parts = str(getattr(self._connection.credentials, "token", "")).split(".")
        return ".".join(parts[:2]) if len(parts) == 3 else None

    @property
    def connection(self) -> Connection:
        """How the environment is reached."""
        return self._connection

    @property
    def environment_id(self) -> str:
        """The id of the environment, the same for each form of its URL."""
        return self._connection.environment_id

    @property
    def environment_url(self) -> str:
        """The base URL of the environment, as it was given; never with credentials."""
        return self._connection.base_url

    @property
    def notes(self) -> list[str]:
        """Notes about the run, in plain sentences."""
        return self._transport.patience.notes

    def list_objects(
        self,
        schema_id: str,
        *,
        scope: str = "environment",
        fields: Sequence[str],
        external_ids: Sequence[str] = (),
        condition: str | None = None,
        limit: int = LIMIT,
    ) -> list[dict[str, Any]]:
        """All objects of a schema in a scope, page by page.

        :param scope: empty for all scopes.
        :param external_ids: only the objects with one of these.
        :param condition: only those for which it holds, in the API's filter language.
        :param limit: more objects than this are an error.
        :raises IncompleteList: the environment does not give the whole list.
        :raises TooMuch: there are more objects than the limit.
        """
        query = {"schemaIds": schema_id, "scopes": scope, "fields": ",".join(fields), "pageSize": PAGE_SIZE}
        if not scope:
            del query["scopes"]
        if external_ids:
            query["externalIds"] = ",".join(external_ids)
        if condition:
            query["filter"] = condition

        def get(params: Mapping[str, str]) -> Page:
            reply = self._reply("GET", "/settings/objects", params=params)
            return self._checked_form(lambda: response_form.object_page(reply.body, reply.size, fields))

        listing = Listing(f"settings objects of {schema_id}", self.environment_url, limit, "objectId")
        patience = self._transport.patience
        found: list[dict[str, Any]] = []
        for part in split_query(query, ("externalIds", "scopes")):
            found += read_whole(get, part, listing, lambda seconds: patience.pause(seconds, "an incomplete list"))
        return found

    def history_page(self, params: Mapping[str, str]) -> Page:
        """One page of the history of settings (settings-api 3.12)."""
        reply = self._reply("GET", "/settings/history", params=params)
        return self._checked_form(lambda: response_form.history_page(reply.body, reply.size))

    def get_object(self, object_id: str) -> dict[str, Any]:
        """One object, its update token included."""
        body = self._call("GET", f"/settings/objects/{_segment(object_id)}")
        return self._checked_form(lambda: response_form.check_object(body))

    def create_object(self, item: Mapping[str, Any], *, validate_only: bool = False) -> WriteAnswer:
        """Create one object, or replace the one with the same ``objectId`` or ``externalId``.

        :param item: ``schemaId``, ``scope``, ``value``; optionally ``externalId``, ``objectId``, ``schemaVersion``.
        """
        body = [{key: value for key, value in item.items() if value is not None}]
        return self._written("POST", "/settings/objects", body, validate_only)

    def create_objects(
        self, items: Sequence[Mapping[str, Any]], *, validate_only: bool = False
    ) -> list[WriteAnswer | SettingsError]:
        """Create several objects with one request; each has its own answer or error (settings-api 3.4).

        :param items: as for :meth:`create_object`.
        :raises SettingsError: the request as a whole failed.
        """
        body = [{key: value for key, value in item.items() if value is not None} for item in items]
        params = {"validateOnly": "true"} if validate_only else None
        answers = self._call("POST", "/settings/objects", params=params, body=body, validates=validate_only)
        if not isinstance(answers, list) or len(answers) != len(items):
            lost = f"{self._connection.base_url} responded to POST /settings/objects in an unknown format."
            raise self._wrong_shape("the response to a validation") if validate_only else AnswerLost(lost)
        return [self._settled(answer, validate_only) for answer in answers]

    def update_object(self, object_id: str, body: Mapping[str, Any], *, validate_only: bool = False) -> WriteAnswer:
        """Replace the value of an object.

        :param body: ``value``, ``updateToken``; optionally ``schemaVersion``.
        """
        given = {key: value for key, value in body.items() if value is not None}
        return self._written("PUT", f"/settings/objects/{_segment(object_id)}", given, validate_only)

    def delete_object(self, object_id: str, *, update_token: str | None) -> None:
        """Delete an object, unless it was changed since ``update_token`` was read."""
        params = {"updateToken": update_token} if update_token else None
        self._call("DELETE", f"/settings/objects/{_segment(object_id)}", params=params)

    def object_request(self, method: str, object_id: str, what: str, body: Any = None) -> Any:
        """A request about an object, such as about its permissions.

        :param what: what follows the ID of the object in the path.
        """
        return self._call(method, f"/settings/objects/{_segment(object_id)}{what}", body=body)

    def get_schema(self, schema_id: str, *, version: str | None = None) -> dict[str, Any]:
        """A schema document, the newest version if none is given."""
        params = {"schemaVersion": version} if version else None
        body = self._call("GET", f"/settings/schemas/{_segment(schema_id)}", params=params)
        return self._checked_form(lambda: response_form.check_schema(body))

    def lookup_token(self) -> dict[str, Any]:
        """What the environment knows about the access token; any good one may ask about itself (settings-api 3.1).

        :raises SettingsError: if it is of another kind, or the environment does not provide it.
        """
        token = self._connection.credentials.lookup
        if token is None:
            raise SettingsError("Only access tokens can be looked up.")
        # Nothing is written, so it may be repeated like a read.
        body = {"token": token}
        return self._mapping(self._call("POST", "/apiTokens/lookup", body=body, validates=True))

    def user_id(self) -> str | None:
        """The ID of the user behind platform credentials, if the environment tells it."""
        try:
            found = self._mapping(self._call("GET", _CURRENT_USER)).get("userId")
        except SettingsError:
            return None
        return found if isinstance(found, str) and found else None

    def resolve_permissions(self, permissions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Whether the credentials have each of these permissions (settings-api 3.12)."""
        # Nothing is written, so it may be repeated like a read.
        path, body = "/settings/effective-permissions:resolve", {"permissions": list(permissions)}
        answers = self._call("POST", path, body=body, validates=True)
        return self._checked_form(lambda: response_form.check_permissions(answers))

    def list_schemas(
        self, *, fields: Sequence[str] = ("schemaId", "displayName", "latestSchemaVersion")
    ) -> list[dict[str, Any]]:
        """The schemas that the environment has."""
        body = self._call("GET", "/settings/schemas", params={"fields": ",".join(fields)})
        return self._checked_form(lambda: response_form.check_schema_list(body))

    def _settled(self, item: Any, validates: bool) -> WriteAnswer | SettingsError:
        """What became of one of several objects."""
        try:
            what = "POST /settings/objects"
            self._checked(Reply(200, [item]), what, write=not validates)
            return self._answer(item, what, validates)
        except SettingsError as error:
            return error

    def _written(self, method: str, path: str, body: Any, validates: bool) -> WriteAnswer:
        params = {"validateOnly": "true"} if validates else None
        item = item_of(self._call(method, path, params=params, body=body, validates=validates))
        return self._answer(item, f"{method} {path}", validates)

    def _answer(self, item: Any, what: str, validates: bool) -> WriteAnswer:
        if not isinstance(item, Mapping) or ("objectId" not in item and not isinstance(item.get("code"), int)):
            if validates:
                raise self._wrong_shape("the response to a validation")
            raise AnswerLost(f"{self._connection.base_url} responded to {what} in an unknown format.")
        object_id = item.get("objectId")
        if object_id is not None:
            try:
                response_form.id_text(item, "objectId", "")
            except WrongForm:
                raise AnswerLost(
                    f"{self._connection.base_url} responded to {what} without a usable object ID."
                ) from None
        return WriteAnswer(object_id)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        validates: bool = False,
    ) -> Any:
        return self._reply(method, path, params=params, body=body, validates=validates).body

    def _reply(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        validates: bool = False,
    ) -> Reply:
        # A validation changes nothing, so it may be repeated like a read.
        write = method != "GET" and not validates
        if write and self._read_only:
            raise ReadOnlyEnvironment
        if self.admin_access and path.startswith(_WITH_ADMIN_ACCESS) and "nextPageKey" not in (params or {}):
            params = {**(params or {}), "adminAccess": "true"}
        for again in (True, False):
            headers = {"Authorization": self._authorization()}
            base = self._connection.base_url if path == _CURRENT_USER else self._connection.api_url
            url = base + path
            reply = self._transport.send(method, url, headers=headers, params=params, body=body, repeatable=not write)
            if reply.status == 401 and again and self._connection.credentials.RENEWABLE:
                # It can have expired in the meantime. After one new token, the response is final.
                self._authorized = None
                continue
            break
        return self._checked(reply, f"{method} {path}", write=write)

    def _checked(self, reply: Reply, what: str, *, write: bool) -> Reply:
        status = status_of(reply.status, reply.body)
        environment = self._connection.base_url
        if status < 400 or (reply.status < 500 and isinstance(reply.body, list) and len(reply.body) > 1):
            # Each of several objects has its own status, regardless of that of the answer.
            return reply
        if status == 404 and reply.body is None and not write:
            # The API explains every refusal in JSON, so this is something else: most often a wrong address.
            message = f"{environment} responded to {what} with status 404 and without JSON."
            raise OtherServer(message, may_lack_id=self._connection.may_lack_its_id, details={"status": status})
        if status >= 500 and write:
            raise AnswerLost(
                f"{environment} responded to {what} with status {status}, so it is unknown whether it was applied."
            )
        failure = api_error(status, reply.body, environment=environment, write=write, redact=self._redact)
        if isinstance(failure, TokenRejected):
            may_lack_id = self._connection.may_lack_its_id
            failure.advise(self._connection.credentials.REJECTED, NO_ENVIRONMENT_ID if may_lack_id else "")
        if isinstance(failure, PermissionMissing):
            failure.advise(self._connection.credentials.permission_hint(failure.scopes))
        patience = self._transport.patience
        if isinstance(failure, Throttled | ServerFailed) and patience.waited:
            failure.message += f" Waited {patience.waited:.1f} s."
            failure.details["retry_wait_seconds"] = round(patience.waited, 1)
        raise failure

    def public_text(self, text: object, limit: int = _LONGEST_SHOWN) -> str:
        """A short text of the server as a sentence may hold it: on one line, and without secrets."""
        return one_line(self._redact(str(text)[:limit]))

    def _redact(self, text: str) -> str:
        return self._redact_credentials(self._redact_declared(text))

    def _authorization(self) -> str:
        if self._authorized is None or time.monotonic() > self._authorized.ends:
            self._authorized = self._connection.credentials.authorize(self._transport, self._redact)
            self._redact_credentials = Redactor([*self._connection.secrets, *self._authorized.secrets])
        return self._authorized.header

    def _mapping(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self._wrong_shape("an object")
        return body

    def _wrong_shape(self, expected: str) -> UnexpectedAnswer:
        return self._wrong_form(f"JSON that is not {expected}")

    def _wrong_form(self, what: str) -> UnexpectedAnswer:
        message = f"{self._connection.base_url} responded with {what}."
        return OtherServer(message, may_lack_id=self._connection.may_lack_its_id)

    def _checked_form(self, check: Callable[[], _Result]) -> _Result:
        try:
            return check()
        except WrongForm as error:
            raise self._wrong_form(str(error)) from None


def _segment(text: str) -> str:
    # These would make it another path, and no quoting survives in them.
    if text in ("", ".", ".."):
        raise InvalidInput([Problem("no_id", "object_id", {"id": text})])
    return quote(text, safe="", errors="surrogatepass")
