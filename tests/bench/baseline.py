# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: the same work by a plain script, a pool of threads with requests. It neither validates nor diffs."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

FIELDS = "objectId,value,updateToken,externalId"


def converge(host: dict[str, str], schema: str, values: dict[str, Any]) -> None:
    """List, compare, write what differs."""
    objects = f"{host['url']}/api/v2/settings/objects"
    with requests.Session() as session:
        session.headers["Authorization"] = f"Api-Token {host['token']}"
        asked = {"schemaIds": schema, "scopes": "environment", "fields": FIELDS}
        answer = session.get(objects, params=asked, timeout=30)
        answer.raise_for_status()
        found = {item["externalId"]: item for item in answer.json()["items"]}
        for name, value in values.items():
            have = found.get(name)
            if have is None:
                item = {"schemaId": schema, "scope": "environment", "externalId": name, "value": value}
                session.post(objects, json=[item], timeout=30).raise_for_status()
            elif have["value"] != value:
                body = {"value": value, "updateToken": have["updateToken"]}
                session.put(f"{objects}/{have['objectId']}", json=body, timeout=30).raise_for_status()


def main() -> None:
    """What to do stands in a file."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with ThreadPoolExecutor(task["threads"]) as pool:
        list(pool.map(lambda host: converge(host, task["schema"], task["values"]), task["hosts"]))


if __name__ == "__main__":
    main()
