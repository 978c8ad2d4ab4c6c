# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module: what makes it fail, what its message says, and what it does not use."""

from __future__ import annotations

import contextlib
import sys

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check import module
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.finding_codes import (
    FINDING_CODES,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.module import check_endpoints
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import WRITE, check
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import SettingsError
from ansible_collections.community.dynatrace.tests.support.byte_server import (
    closed_port,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    Elasticsearch,
    export,
    says,
    to_elastic,
)
from ansible_collections.community.dynatrace.tests.support.endpoint_ways import (
    STAMPS_AS_LONG,
    Stage,
    check_export,
    codes_of,
    with_index,
)
from ansible_collections.community.dynatrace.tests.support.problems import invalid, texts


def test_the_environment_gives_the_check_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither credentials nor a proxy: they belong to the address of the environment, not to an endpoint."""
    for name in ("DYNATRACE_API_TOKEN", "DYNATRACE_OAUTH_CLIENT_SECRET", "DYNATRACE_PLATFORM_TOKEN"):
        monkeypatch.setenv(name, "canary of the environment")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    end = stage.serve(says())
    result = check_export(stage.world, export(end.url()), "send")
    assert "accepted" in codes_of(result)
    assert all("canary" not in str(asked.headers) + str(asked.body) for asked in end.asked)


@pytest.mark.parametrize(
    ("fail_on", "server", "fails"),
    [
        ("never", Elasticsearch(indices={}), False),
        ("error", Elasticsearch(indices={}), True),
        ("error", with_index(STAMPS_AS_LONG), False),
        ("warning", with_index(STAMPS_AS_LONG), True),
        ("warning", Elasticsearch(), False),
    ],
)
def test_who_decides_what_is_a_failure(stage: Stage, fail_on: str, server: Elasticsearch, fails: bool) -> None:
    params = {"exports": [stage.elastic(server)], "mode": "connect", "fail_on": fail_on, "ca_path": stage.world.ca_path}
    ready, problems = module.check(params)
    assert not problems
    with pytest.raises(SettingsError) if fails else contextlib.nullcontext():
        module.work(None, ready, params, False)


def test_a_failure_says_first_how_many_then_each_finding_with_its_cure(stage: Stage) -> None:
    exports = [stage.elastic(Elasticsearch(indices={})), stage.plain()]
    params = {"exports": exports, "mode": "connect", "fail_on": "error", "ca_path": stage.world.ca_path}
    ready, _problems = module.check(params)
    with pytest.raises(module.EndpointCheckFailed) as caught:
        module.work(None, ready, params, False)
    first, *rest = str(caught.value).splitlines()
    assert first == "1 of 2 exports do not pass (elasticsearch):"
    assert rest == [
        "  exports[0].send_direct.index_name: there is no index user-sessions (index_missing). "
        + FINDING_CODES["index_missing"].remediation
    ]


def test_the_option_is_that_of_the_module_that_writes() -> None:
    # The one that writes may also take it from a variable, and says by itself when there is none.
    assert module.OPTIONS["exports"] == {**WRITE.options["exports"], "required": True}


def test_what_cannot_be_sent_is_refused_and_nothing_is_declared_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check before a write works with the exports that were read already, under the names of the user."""
    domain = f"{check.__module__.rpartition('._')[0]}._session_exports.declaration"
    found, problems = check({"exports": [{"name": "a", "endpoint_definition": {"endpoint_url": "https://:99999/"}}]})
    assert found.declaration is not None and not problems
    monkeypatch.setattr(sys.modules[domain], "declare", None)
    with invalid(r"exports\[0\]\.endpoint_definition\.endpoint_url: must contain a host name"):
        check_endpoints(found.declaration.exports, {"endpoint_check": "connect"}, check_mode=False)


def test_options_of_the_check_have_the_names_of_this_module() -> None:
    params = {
        "exports": [to_elastic("https://a.example.com/_bulk", "good")],
        "endpoint_check": "connect",
        "endpoint_check_proxy": "https://proxy.example.com",
    }
    assert list(texts(check(params)[1])) == ["endpoint_check_proxy"]
