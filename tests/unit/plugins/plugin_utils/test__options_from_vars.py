# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a module from variables of inventory: what is taken, what is unknown, what cannot be rendered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import errors
from ansible.errors import AnsibleActionFail, AnsibleUndefinedVariable

from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import (
    OPTIONS,
    VARIABLES,
    check,
)
from ansible_collections.community.dynatrace.plugins.module_utils._input_limits import input_problem
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import Variables
from ansible_collections.community.dynatrace.plugins.module_utils._option_names import OPTION, OptionNames
from ansible_collections.community.dynatrace.plugins.module_utils._runner import refusal
from ansible_collections.community.dynatrace.plugins.plugin_utils import _options_from_vars
from ansible_collections.community.dynatrace.plugins.plugin_utils._options_from_vars import (
    rendered,
    taken,
    unknown_variables,
)
from ansible_collections.community.dynatrace.tests.support.problems import texts

PREFIX = "user_session_exports_"
SPEC = {**OPTIONS, **CONNECTION_OPTIONS}
KNOWN = {name: PREFIX + VARIABLES.renamed.get(name, name) for name in SPEC if name not in (OPTION, "vars_prefix")}


def odd(**variables: Any) -> OptionNames:
    return unknown_variables(PREFIX, KNOWN, VARIABLES, variables)


def test_a_misspelt_variable_is_refused_and_what_it_was_meant_to_be_is_not_missing_as_well() -> None:
    words = odd(user_session_exports_slot=[], user_session_export_prune=True, user_session_exports_exports=[])
    assert {problem.path for problem in words.problems} == {
        f"{PREFIX}slot",
        "user_session_export_prune",
        f"{PREFIX}exports",
    }
    assert set(words.meant) == {f"{PREFIX}slots", f"{PREFIX}prune"}
    given = {
        OPTION: OptionNames(KNOWN, {}, words.problems, (), words.meant).to_option(),
        "environment_url": "https://a.example.com",
    }
    failure = refusal(SPEC, given, lambda rest: check(rest)[1])
    assert failure is not None
    assert f"{PREFIX}slots: is required" not in failure.message
    assert f"{PREFIX}api_token: is required" in failure.message


def test_a_variable_of_ones_own_that_another_one_uses_is_no_mistake() -> None:
    slots = "{{ user_session_exports_slots_all + user_session_exports_slots_own }}"
    made = {f"{PREFIX}slots_all": [], f"{PREFIX}slots_own": [], "mine": {"deep": [slots]}}
    assert odd(**made) == OptionNames()


def test_other_variables_with_the_prefix_have_a_warning_and_those_of_the_playbooks_have_none() -> None:
    assert odd(user_session_exports_team="a").warnings == (
        f"{PREFIX}team is not a variable of the role, and has no effect.",
    )
    assert (
        odd(dynatrace_backup_directory="a", dynatrace_index_proxy="b", user_session_exports_result={}) == OptionNames()
    )
    assert unknown_variables("x_", {"a": "x_a"}, Variables({}), {"y": 1}) == OptionNames()


def test_a_key_that_may_be_a_secret_is_in_no_path() -> None:
    def template(value: Any) -> Any:
        if "{{" in str(value):
            raise AnsibleUndefinedVariable("'missing' is undefined")
        return value

    slots = [{"authentication": {"oauth2": {"client_secret:S3cret": "{{ missing }}", "client_id": "{{ missing }}"}}}]
    _found, problems, _warned = taken({"exports": "slots"}, {"slots": slots}, template)
    assert [problem.path for problem in problems] == [
        "slots[0].authentication.oauth2.(a key)",
        "slots[0].authentication.oauth2.client_id",
    ]


def test_every_part_that_cannot_be_rendered_is_named_and_nothing_of_the_rest_is_shown() -> None:
    def template(value: Any) -> Any:
        if "{{" in str(value):
            raise AnsibleUndefinedVariable(f"'missing' is undefined in {value}")
        return value

    slots = [{"name": "a", "password": "{{ missing }}"}, {"name": "canary", "urls": ["ok", "{{ missing }}"]}]
    found, problems, _warned = taken(
        {"exports": "slots", "state": "state"}, {"slots": slots, "state": "present"}, template
    )
    assert found == {"state": "present"}
    assert [problem.path for problem in problems] == ["slots[0].password", "slots[1].urls[1]"]
    assert all("uses missing, which is not defined" in text for text in texts(problems).values())
    assert "canary" not in str(problems)


def test_a_keyword_that_cannot_be_rendered_is_named_without_its_value() -> None:
    def older_core() -> Any:
        raise AnsibleUndefinedVariable("S3cret-canary {{ missing }}: 'missing' is undefined. 'missing' is undefined")

    with pytest.raises(AnsibleActionFail) as caught:
        rendered("environment", older_core)
    assert "canary" not in str(caught.value)
    assert str(caught.value).startswith("environment: ") and "missing" in str(caught.value)
    assert rendered("environment", lambda: "a") == "a"


def test_a_value_that_hosts_share_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []

    def look(raw: Any, where: str) -> Any:
        looked.append(raw)
        return input_problem(raw, where)

    monkeypatch.setattr(_options_from_vars, "input_problem", look)
    plain, template, rendered_once = [{"name": "a", "list": [1, "b"]}], [{"name": "{{ b }}"}], [{"name": "b"}]
    used = []
    for number in range(3):
        variables = {"one": plain, "two": template, "own": [{"name": str(number)}]}
        names = {name: name for name in variables}
        found, problems, _warnings = taken(names, variables, lambda raw: rendered_once if raw is template else raw)
        assert (found, problems) == ({**variables, "two": rendered_once}, [])
        used.append(found)
    assert [sum(raw is one for raw in looked) for one in (plain, template)] == [1, 1]
    assert len(looked) == 5
    # Before ansible-core 2.19, what is omitted has to be removed from a copy of what was rendered.
    same = ("one", "two") if hasattr(errors, "AnsibleValueOmittedError") else ("one",)
    assert all(one[name] is used[0][name] for one in used for name in same), "one object for all hosts"


def test_a_value_that_is_rendered_or_wrong_is_looked_at_for_each_host() -> None:
    shared = [{"name": "{{ own }}"}]
    for own in ("a", "b"):
        found, _problems, _warnings = taken({"one": "one"}, {"one": shared}, lambda _raw, own=own: [{"name": own}])
        assert found == {"one": [{"name": own}]}
    wrong = [{"name": b"binary"}]
    for _host in range(2):
        assert taken({"one": "one"}, {"one": wrong}, lambda raw: raw)[1] != []
