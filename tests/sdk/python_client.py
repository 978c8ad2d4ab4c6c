# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Works with Dynatrace's Python client; it runs in an environment that has nothing but that.

Arguments: base URL, access token, schema ID. Standard input: the value of an object. Standard output: what the client
made of the answers.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """List, create, validate, get, update, page, filter, delete, and what is refused."""
    # Only this environment has the package.
    from dynatrace import Dynatrace  # type: ignore[import-not-found, unused-ignore]
    from dynatrace.environment_v2.settings import (  # type: ignore[import-not-found, unused-ignore]
        SettingsObjectCreate,
        SettingsObjectUpdate,
    )

    url, token, schema = sys.argv[1:]
    value = json.load(sys.stdin)
    settings = Dynatrace(url, token).settings
    found: dict[str, Any] = {"schemas": [stub.schema_id for stub in settings.list_schemas()]}
    new = [SettingsObjectCreate(schema, {**value, "name": name}, "environment", external_id=name) for name in "abc"]
    found["validated"] = settings.create_object(validate_only=True, body=new[0])
    found["created"] = settings.create_object(body=new)
    first = found["created"][0]["objectId"]
    one = settings.get_object(first)
    found["got"] = [one.value["name"], one.external_id, one.scope, one.schema_id, one.created.year, one.summary]
    update = SettingsObjectUpdate({**value, "name": "changed"}, update_token=one.update_token)
    found["updated"] = settings.update_object(first, update).json()
    fields = "objectId,value,externalId"
    found["paged"] = [one.external_id for one in settings.list_objects(schema, fields=fields, page_size="1")]
    text = "value.name = 'changed'"
    found["filtered"] = [one.object_id == first for one in settings.list_objects(schema, fields=fields, filter=text)]
    found["refused"] = []
    wrong = SettingsObjectCreate(schema, {"name": 5}, "environment")
    calls = (
        lambda: settings.update_object(first, update),
        lambda: settings.create_object(body=wrong),
        lambda: list(settings.list_objects("builtin:nothing")),
        lambda: settings.get_object("nonsense"),
        lambda: Dynatrace(url, token).settings.list_objects(schema, page_size="501"),
    )
    for call in calls:
        try:
            call()
            found["refused"].append("")
        except Exception as error:  # it raises nothing more special
            found["refused"].append(str(error))
    found["deleted"] = settings.delete_object(first).status_code
    found["left"] = [one.external_id for one in settings.list_objects(schema, fields=fields)]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
