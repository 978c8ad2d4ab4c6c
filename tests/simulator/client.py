# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small client of the API for tests. It knows nothing of the collection, and checks every answer."""

from __future__ import annotations

import copy
import re
from typing import Any
from urllib.parse import quote

import jsonschema
import requests

EVERYTHING = "objectId,value,scope,schemaId,schemaVersion,updateToken,externalId,author,created,modified"


class OpenApi:
    """The published description of the API, as JSON Schema. Unset optional fields may be null: that was observed."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._paths = content["paths"]
        self._components = {"schemas": _nullable(copy.deepcopy(content["components"]["schemas"]))}

    def check(self, method: str, path: str, status: int, content: Any) -> None:
        if path.startswith("/settings/schemas/") and status == 200:
            return  # it says that the type of a property is an object, which no real schema follows
        for template, operations in self._paths.items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                answer = operations.get(method.lower(), {"responses": {}})["responses"].get(str(status))
                if answer is None or "content" not in answer:
                    return
                (described,) = answer["content"].values()
                schema = {**described["schema"], "components": self._components}
                # Of a failed POST the whole may be refused as well: an envelope instead of the items.
                if isinstance(content, dict) and "error" in content and "code" not in content:
                    schema = {"$ref": "#/components/schemas/ErrorEnvelope", "components": self._components}
                jsonschema.validate(content, schema)
                return


def _nullable(part: Any) -> Any:
    if isinstance(part, dict):
        required = part.get("required") or []
        for name, prop in (part.get("properties") or {}).items():
            if isinstance(prop, dict) and isinstance(prop.get("type"), str) and name not in required:
                prop["type"] = [prop["type"], "null"]
        return {name: _nullable(inner) for name, inner in part.items()}
    return [_nullable(inner) for inner in part] if isinstance(part, list) else part


class Api:
    """One environment seen with one token."""

    def __init__(
        self,
        base_url: str,
        token: str,
        openapi: OpenApi | None = None,
        prefix: str = "/api/v2",
        scheme: str = "Api-Token",
    ) -> None:
        self.base = base_url + prefix
        self._openapi = openapi
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"{scheme} {token}"

    def close(self) -> None:
        self.session.close()

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        arguments.setdefault("timeout", 20)
        answer = self.session.request(method, self.base + path, allow_redirects=False, **arguments)
        kind = answer.headers.get("content-type", "")
        if self._openapi is not None and kind.startswith("application/json"):
            self._openapi.check(method, path, answer.status_code, answer.json())
        return answer

    def find(self, schema: str | None = None, **query: Any) -> requests.Response:
        found = {"schemaIds": schema, "fields": EVERYTHING, **query}
        params = {name: value for name, value in found.items() if value is not None}
        return self.call("GET", "/settings/objects", params=params)

    def items(self, schema: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.find(schema, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def get(self, object_id: str) -> requests.Response:
        return self.call("GET", f"/settings/objects/{quote(object_id, safe='')}")

    def post(self, *items: dict[str, Any], **query: Any) -> requests.Response:
        return self.call("POST", "/settings/objects", json=list(items), params=query)

    def create(self, item: dict[str, Any]) -> str:
        answer = self.post(item)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["objectId"])

    def put(self, object_id: str, value: Any, query: dict[str, Any] | None = None, **body: Any) -> requests.Response:
        path = f"/settings/objects/{quote(object_id, safe='')}"
        return self.call("PUT", path, json={"value": value, **body}, params=query)

    def delete(self, object_id: str, token: str | None = None) -> requests.Response:
        params = {"updateToken": token} if token is not None else None
        return self.call("DELETE", f"/settings/objects/{quote(object_id, safe='')}", params=params)


def violations(answer: requests.Response, index: int = 0) -> dict[str, str]:
    """Path and message of every violation of an item's answer, without schema id and index."""
    content = answer.json()
    content = content[index] if isinstance(content, list) else content
    found = content["error"].get("constraintViolations") or []
    return {"/".join(entry["path"].split("/")[2:]): entry["message"] for entry in found}
