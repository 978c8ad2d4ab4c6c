# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments that many environments share are checked once, and none gets a value of another one."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.common.parameters import remove_values
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils._environment.module import ENVIRONMENT
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import IMPORT, WRITE
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.plugins.module_utils._params import given_only
from ansible_collections.community.dynatrace.plugins.module_utils._runner import may_hold
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.errors import (
    InvalidInput,
    MissingLibrary,
)
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.settings_module import SETTINGS
from ansible_collections.community.dynatrace.plugins.plugin_utils import _checked_input
from ansible_collections.community.dynatrace.plugins.plugin_utils._checked_input import (
    CheckedInput,
    checked_input,
    received,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._in_process import spec_of

OWN = {"environment_url": "https://abc.live.dynatrace.com", "api_token": "dt0c01.A.secret-a"}


def exports(password: str = "p4ssword", url: str = "https://a.example.com/") -> list[dict[str, Any]]:
    authentication = {"active": True, "basic_auth": {"username": "u", "password": password}}
    return [{"name": "a", "endpoint_definition": {"endpoint_url": url}, "authentication": authentication}]


class Counted:
    """A module whose checks are counted."""

    def __init__(self, entry: ModuleDefinition = WRITE) -> None:
        self.seen: list[Mapping[str, Any]] = []
        self.entry = replace(entry, check=self.check)
        self._check = entry.check

    def check(self, params: Mapping[str, Any]) -> Any:
        self.seen.append(params)
        return self._check(params)

    def input(self, **arguments: Any) -> CheckedInput | None:
        return checked_input(self.entry, spec_of(self.entry), arguments)


def test_what_environments_share_is_checked_once_and_each_keeps_its_url_and_token() -> None:
    counted = Counted()
    first = counted.input(**OWN, exports=exports())
    other = {"environment_url": "https://def.live.dynatrace.com", "api_token": "dt0c01.B.secret-b"}
    second = counted.input(**other, exports=exports())
    assert first is not None and second is not None
    assert len(counted.seen) == 1
    assert not {"environment_url", "api_token"} & {name for name, value in counted.seen[0].items() if value}
    assert {name: first.params[name] for name in OWN} == OWN
    assert {name: second.params[name] for name in OWN} == other
    assert OWN["api_token"] in first.hidden and other["api_token"] not in first.hidden
    assert other["api_token"] in second.hidden and OWN["api_token"] not in second.hidden
    assert "p4ssword" in second.hidden
    assert second.ready is first.ready


@pytest.mark.parametrize(
    "change",
    [
        {"exports": exports(password="other")},
        {"exports": exports(url="https://b.example.com/")},
        {"prune": True},
        {"prune": 1},
        {"timeout": 5},
        {"names": ["a"]},
        {"_option_names": {"names": {"exports": "user_session_exports_slots"}}},
        {"oauth_client_id": "id"},
    ],
)
def test_whatever_differs_is_checked_again(change: dict[str, Any]) -> None:
    counted = Counted()
    assert counted.input(**OWN, exports=exports()) is not None
    counted.input(**{**OWN, "exports": exports(), **change})
    assert len(counted.seen) == (1 if "oauth_client_id" in change else 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment_url": 5},
        {"environment_url": ["https://abc.live.dynatrace.com"]},
        {"api_token": "$ANSIBLE_VAULT;1.1;AES256\n6162"},
        {"api_token": " "},
        {"exports": exports(url="http://a.example.com/")},
        {"exports": "a"},
        {"unknown": 1},
        {"timeout": "soon"},
        {"prune": True, "exports": []},
    ],
)
def test_wrong_arguments_are_left_to_those_who_say_what_is_wrong(wrong: dict[str, Any]) -> None:
    counted = Counted()
    for _time in range(2):
        assert counted.input(**{**OWN, "exports": exports(), **wrong}) is None


def test_a_check_that_fails_is_left_to_those_who_report_failures() -> None:
    def check(_params: Mapping[str, Any]) -> Any:
        raise MissingLibrary("jsonschema")

    entry = replace(WRITE, check=check)
    assert checked_input(entry, spec_of(entry), {**OWN, "exports": exports()}) is None


def test_modules_do_not_share_what_they_checked() -> None:
    arguments = {**OWN, "dest": "a.yml"}
    for entry, expected in ((IMPORT, True), (WRITE, False), (IMPORT, True)):
        assert (checked_input(entry, spec_of(entry), arguments) is not None) is expected


@pytest.mark.parametrize("entry", [WRITE, ENVIRONMENT, SETTINGS, IMPORT])
def test_no_check_depends_on_the_connection(entry: ModuleDefinition) -> None:
    more: dict[str, Any] = {"exports": exports(), "dest": "a"}
    more["dynatrace_settings" if "dynatrace_settings" in entry.options else "declarations"] = []
    params = {name: more[name] for name in entry.options if name in more}
    assert repr(entry.check(params)[1]) == repr(entry.check({**params, **OWN})[1])


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-50, 50), st.floats(allow_nan=False), st.text('aAé"\\ 1😀', max_size=5)
    ),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("ab", max_size=2), below, max_size=3),
    max_leaves=8,
)


@given(
    result=st.dictionaries(st.text("ab", min_size=1, max_size=2), VALUES),
    hidden=st.sets(st.one_of(st.text('aAé"\\ 1😀T', min_size=1, max_size=3), st.sampled_from(["True", "0", "5"]))),
)
def test_a_result_that_holds_no_hidden_value_is_what_ansible_would_make_of_it(
    result: dict[str, Any], hidden: set[str]
) -> None:
    result = json.loads(json.dumps(result))
    if not may_hold(result, hidden):
        before = copy.deepcopy(result)
        assert json.dumps(remove_values(result, hidden)) == json.dumps(before)


def test_little_is_kept() -> None:
    counted = Counted()
    for number in range(3 * _checked_input._MOST):
        assert counted.input(**OWN, exports=exports(password=f"p4ssword{number}")) is not None
    assert len(_checked_input._memos[id(counted.entry)][1]._kept) <= _checked_input._MOST


@given(values=st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=3))
def test_arguments_that_hosts_share_are_received_as_others_are(values: list[Any]) -> None:
    spec, shared = spec_of(SETTINGS), {"declarations": [{"schema_id": one, "objects": []} for one in values]}
    found = [received(SETTINGS, spec, {**shared, **OWN, "recreate": None}) for _host in range(2)]
    alone = received(SETTINGS, spec, {**copy.deepcopy(shared), **OWN, "recreate": None})
    plain = {key: value for key, value in {**shared, **OWN}.items() if value is not None}
    assert found[0] == found[1] == alone
    assert alone[0] == given_only(spec, json.loads(json.dumps(plain)))
    assert found[0][0]["declarations"] is found[1][0]["declarations"] is not alone[0]["declarations"]


def test_input_that_is_too_large_is_refused_whether_it_is_shared_or_not() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for declarations in (circle, circle, [b"binary"]):
        with pytest.raises(InvalidInput):
            received(SETTINGS, spec_of(SETTINGS), {**OWN, "declarations": declarations})
