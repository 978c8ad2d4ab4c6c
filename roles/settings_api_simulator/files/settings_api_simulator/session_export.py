# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends sample sessions to the exports of an environment, on demand, as the product sends finished sessions.

From the documentation of the product: sessions as lines of JSON, for Elasticsearch each behind an action line; a bulk
ends with 1000 sessions or 896,000 bytes; an endpoint has 30 seconds, nothing but 200 is a success; three more tries,
then the bulk is dropped and an alert raised, unless notifications are disabled. Not played: management zones (all
sessions go to each export), custom configuration, and the 30 seconds after which a small bulk is sent.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from .behavior_flags import ConfigError
from .state import Environment

SCHEMA = "builtin:elasticsearch.user-session-export-settings-v2"
BULK_SESSIONS = 1000
BULK_BYTES = 896_000
TRIES = 4
_MOST = 100_000
_MOST_REASONS, _LONGEST_REASON = 20, 300


@dataclass
class ExportOutcome:
    """What became of the sessions of one export.

    :param sessions: how many the endpoint took with status 200. The product counts them as exported, whatever became
        of them there.
    :param refused: how many of these the bulk API of an Elasticsearch or OpenSearch refused one by one; ``reasons``
        says why and how often.
    :param stored: how many of these it said to have stored; None if it said nothing of single sessions.
    """

    object_id: str
    url: str
    disabled: bool = False
    bulks: int = 0
    sessions: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    stored: int | None = None
    tries: int = 0
    dropped: int = 0
    alerts: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StreamOptions:
    """What a request to the control endpoint asks for.

    :param count: how many sessions end.
    :param ca_file: certificates to trust; by default those of the system.
    :param timeout: seconds for each try.
    :param pause: seconds before the next try.
    """

    count: int = 5
    ca_file: str | None = None
    timeout: float = 30.0
    pause: float = 0.0

    @classmethod
    def read(cls, data: Any) -> StreamOptions:
        """:raises ConfigError: unknown key or wrong value."""
        known = set(cls.__dataclass_fields__)
        if not isinstance(data, dict) or set(data) - known:
            raise ConfigError(f"takes {', '.join(sorted(known))}")
        options = cls(**data)
        if not isinstance(options.count, int) or not 0 < options.count <= _MOST:
            raise ConfigError(f"count must be a whole number from 1 to {_MOST}")
        return options


def stream(environment: Environment, options: StreamOptions) -> list[dict[str, Any]]:
    """Let sessions end; what every export made of them."""
    context = ssl.create_default_context(cafile=options.ca_file)
    documents = list(_sessions(environment.id, options.count))
    outcomes = []
    for item in environment.of_schema(SCHEMA):
        endpoint = item.value["endpointDefinition"]
        outcome = ExportOutcome(item.id, endpoint["endpointUrl"], disabled=not endpoint["enableUserSessionExport"])
        if not outcome.disabled:
            _send_all(outcome, item.value, documents, context, options)
        outcomes.append(asdict(outcome))
    return outcomes


def _send_all(
    outcome: ExportOutcome,
    value: Mapping[str, Any],
    documents: Sequence[dict[str, Any]],
    context: ssl.SSLContext,
    options: StreamOptions,
) -> None:
    for body, count in _bulks(value, documents):
        outcome.bulks += 1
        for attempt in range(TRIES):
            if attempt:
                time.sleep(options.pause)
            outcome.tries += 1
            failure, answer = _try(value, body, context, options.timeout)
            if not failure:
                outcome.sessions += count
                if value.get("sendDirect", {}).get("active") is True:
                    _count_items(outcome, answer)
                break
            outcome.failures.append(failure)
        else:
            outcome.dropped += 1
            outcome.alerts += value.get("exportBehavior", {}).get("disableNotification") is not True


def _count_items(outcome: ExportOutcome, answer: bytes) -> None:
    """What the answer of a bulk API says of each session: its status is 200 even if it stored none of them."""
    try:
        items = json.loads(answer)["items"]
        results = [next(iter(item.values())) for item in items]
        statuses = [int(result["status"]) for result in results]
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError):
        return
    outcome.stored = outcome.stored or 0
    for result, status in zip(results, statuses, strict=True):
        if 200 <= status < 300:
            outcome.stored += 1
            continue
        outcome.refused += 1
        error = result.get("error")
        parts = [str(error.get(name) or "") for name in ("type", "reason")] if isinstance(error, dict) else [str(error)]
        reason = ": ".join(part for part in parts if part)[:_LONGEST_REASON] or f"status {status}"
        if reason in outcome.reasons or len(outcome.reasons) < _MOST_REASONS:
            outcome.reasons[reason] = outcome.reasons.get(reason, 0) + 1


def _bulks(value: Mapping[str, Any], documents: Sequence[dict[str, Any]]) -> Iterator[tuple[bytes, int]]:
    """The bodies, and how many sessions are in each."""
    direct = value.get("sendDirect", {})
    body, count = b"", 0
    for one in documents:
        lines = [one]
        if direct.get("active") is True:
            place = {"_index": direct["indexName"], "_id": _id(one)}
            if direct.get("docType"):
                place["_type"] = direct["docType"]
            lines = [{"index": place}, one]
        part = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        if count and (count == BULK_SESSIONS or len(body) + len(part) > BULK_BYTES):
            yield body, count
            body, count = b"", 0
        body, count = body + part, count + 1
    if count:
        yield body, count


def _try(value: Mapping[str, Any], body: bytes, context: ssl.SSLContext, timeout: float) -> tuple[str, bytes]:
    """Send one bulk once; what went wrong, or nothing, and what was answered."""
    endpoint = value["endpointDefinition"]
    try:
        headers = {"Content-Type": endpoint["contentType"], **_authorization(value, context, timeout)}
        method = "POST" if endpoint["usePost"] else "PUT"
        status, answer = _exchange(method, endpoint["endpointUrl"], headers, body, context, timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return "Request timeout" if isinstance(error, TimeoutError) else type(error).__name__, b""
    return "" if status == 200 else f"status {status}", answer


def _authorization(value: Mapping[str, Any], context: ssl.SSLContext, timeout: float) -> dict[str, str]:
    login = value.get("authentication", {})
    if login.get("active") is not True:
        return {}
    if login.get("authType") == "basic":
        return _basic(login["basicAuth"]["username"], login["basicAuth"]["password"])
    client = login["oAuth2"]
    # The schema says that the credentials are sent in the header; the page of the product says in the form.
    form = {"grant_type": "client_credentials", **({"scope": client["scope"]} if client.get("scope") else {})}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        **_basic(client["clientId"], client["clientSecret"]),
    }
    url = client["accessTokenUrl"]
    status, answer = _exchange("POST", url, headers, urlencode(form).encode(), context, timeout)
    if status != 200:
        raise ValueError(f"no token: {status}")
    return {"Authorization": f"Bearer {json.loads(answer)['access_token']}"}


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes, context: ssl.SSLContext, timeout: float
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("https only")
    line = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)
    try:
        place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request(method, place, body=body, headers=dict(headers))
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def _id(document: Mapping[str, Any]) -> str:
    return f"{document['tenantId']}-{document['internalUserId']}-{document['startTime']}"


def _sessions(tenant: str, count: int) -> Iterator[dict[str, Any]]:
    """Sessions that end now, with the fields that documented ones have."""
    end = int(time.time() * 1000)
    for number in range(count):
        start = end - 45_000 - number
        yield {
            "tenantId": tenant,
            "userSessionId": f"{number}_{start % 10_000}",
            "internalUserId": str(1000 + number),
            "startTime": start,
            "endTime": end,
            "duration": end - start,
            "userType": "REAL_USER",
            "applicationType": "WEB_APPLICATION",
            "bounce": False,
            "newUser": number % 2 == 0,
            "userActionCount": 1,
            "totalErrorCount": 0,
            "ip": "198.51.100.7",
            "userId": f"visitor-{number}",
            "userActions": [
                {
                    "name": "Loading of page /checkout",
                    "type": "Load",
                    "domain": "shop.example.com",
                    "application": "Shop",
                    "startTime": start,
                    "endTime": start + 800,
                    "duration": 800,
                    "apdexCategory": "SATISFIED",
                }
            ],
            "events": [],
            "errors": [],
        }
