# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that are wrong in one way, the servers behind them, and the finding that each must have."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    serving as line_serving,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    CLIENT_SECRET,
    COMPLETE,
    MAPPING,
    PASSWORD,
    TOKEN,
    App,
    Asked,
    Elasticsearch,
    EndpointServer,
    Said,
    World,
    basic,
    export,
    locked,
    oauth,
    says,
    serving,
    to_elastic,
)

URL = "endpoint_definition.endpoint_url"


POST = "endpoint_definition.use_post"


TYPE = "endpoint_definition.content_type"


PASS = "authentication.basic_auth.password"


USER = "authentication.basic_auth.username"


TOKEN_URL = "authentication.oauth2.access_token_url"


SCOPE = "authentication.oauth2.scope"


INDEX = "send_direct.index_name"


DOC_TYPE = "send_direct.doc_type"


@dataclass
class Stage:
    """Where the servers of one way to be wrong stand."""

    world: World
    stack: contextlib.ExitStack

    def serve(self, app: App, tls: ssl.SSLContext | None = None) -> EndpointServer:
        return self.stack.enter_context(serving(app, tls or self.world.tls()))

    def plain(self, app: App | None = None, **sections: Any) -> dict[str, Any]:
        """An export to a web server."""
        return export(self.serve(app or says()).url(), **sections)

    def elastic(self, server: Elasticsearch | None = None, path: str = "/_bulk", **more: Any) -> dict[str, Any]:
        """An export to an Elasticsearch."""
        return to_elastic(self.serve(locked(server or Elasticsearch())).url(path), authentication=basic(), **more)

    def logged_in(self, service: App, endpoint: App | None = None, **more: Any) -> dict[str, Any]:
        """An export to a web server with a token service."""
        authentication = oauth(self.serve(service).url("/token"), **more)
        return self.plain(endpoint, authentication=authentication)

    def talk(self, answer: Any, tls: bool = True) -> str:
        """The address of a server at the level of bytes."""
        context = self.world.tls() if tls else None
        return self.stack.enter_context(line_serving(answer, context)).url.replace("http:", "https:")

    def proxy(self, answer: Any) -> str:
        """The address of a proxy at the level of bytes, with a password."""
        return str(self.stack.enter_context(line_serving(answer)).url).replace("//", "//us:canary-proxy@")


@dataclass(frozen=True)
class Way:
    """One way to be wrong.

    :param option: what the finding names, below ``exports[0]``; with an equals sign an option of the module.
    :param make: gives the export, or the export and further options.
    """

    code: str
    option: str
    make: Callable[[Stage], Any]
    mode: str = "connect"


def drips(_asked: Asked) -> Said:
    time.sleep(3)
    return Said()


def with_index(mappings: dict[str, Any] | None = None, **more: Any) -> Elasticsearch:
    settings = more.pop("settings", {})
    return Elasticsearch(
        indices={"user-sessions": {"aliases": {}, "mappings": mappings or MAPPING, "settings": settings}}, **more
    )


PROPERTIES = MAPPING["properties"]


STAMPS_AS_LONG = {"properties": {**PROPERTIES, "startTime": {"type": "long"}}}


REFUSED = {"type": "mapper_parsing_exception", "reason": "failed to parse", "caused_by": {"reason": PASSWORD}}


ENCRYPTED = {"active": True, "index_name": "user-sessions"}


SECRETS = (PASSWORD, CLIENT_SECRET, TOKEN, "canary-proxy", "canary-p", "canary-in-url")


def assert_finding(stage: Stage, way: Way, capfd: pytest.CaptureFixture[str]) -> None:
    """A wrong export has the finding of its cause, with the option to change, and shows no secret."""
    made = way.make(stage)
    wanted, more = made if isinstance(made, tuple) else (made, {})
    params = {"exports": [wanted], "mode": way.mode, "fail_on": "warning", "timeout": 4.0, **more}
    params["ca_path"] = stage.world.ca_path
    ready, problems = module.check(params)
    assert not problems, problems
    with pytest.raises(module.EndpointCheckFailed) as caught:
        module.work(None, ready, params, False)
    result = caught.value.details
    findings = result["checks"][0]["findings"]
    bad = [finding for finding in findings if finding["severity"] in ("error", "warning")]
    option = way.option[1:] if way.option.startswith("=") else f"exports[0].{way.option}"
    assert (way.code, option) in [(finding["code"], finding["option"]) for finding in bad]
    assert all(finding["remediation"] for finding in bad)
    # One cause, one finding: beside it stands at most what follows from it.
    assert len(bad) <= 2, bad
    assert result["ok"] is not any(finding["severity"] == "error" for finding in bad)
    reported = str(caught.value) + json.dumps(result) + "".join(capfd.readouterr())
    assert "canary" not in reported
    assert all(form not in reported for secret in SECRETS for form in (secret, quote(secret)))
    assert f"({way.code})" in str(caught.value)


def check_export(world: World, wanted: dict[str, Any], mode: str = "connect", **more: Any) -> dict[str, Any]:
    params = {"exports": [wanted], "mode": mode, "fail_on": "never", "timeout": 3.0, "ca_path": world.ca_path, **more}
    ready, problems = module.check(params)
    assert not problems
    return module.work(None, ready, params, False)


def codes_of(result: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in result["checks"][0]["findings"]]


def index_document(mappings: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"aliases": {}, "mappings": mappings or COMPLETE, "settings": {}, **more}


def with_fields(**properties: Any) -> dict[str, Any]:
    return {**COMPLETE, "properties": {**COMPLETE["properties"], **properties}}
