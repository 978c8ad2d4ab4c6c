# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arbitrary option values, against the whole module and a simulator that interprets the schema by itself.

What is accepted makes a value that the simulator accepts, and a second run has nothing to do. What is refused names its
path, and nothing is written. Never a traceback, never a secret of the input in what is printed.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible.module_utils import basic
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ansible_collections.community.dynatrace.plugins.module_utils import _export_modules as module
from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import OPTIONS
from ansible_collections.community.dynatrace.plugins.modules import user_session_exports
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import (
    ZONE_SCHEMA,
    Simulator,
    basic_auth,
    export_object,
    export_value,
)

SECRETS = ("password", "client_secret", "secret_fingerprint_key", "secret_fingerprint_previous_key")
LONG_TEXT = 500
EDGES = (
    "",
    " ",
    "\t",
    "\n",
    "\x00",
    "a\x00b",
    "\x1b[31mred\x1b[0m",
    "\x7f",
    "\u202eabc",
    "\u00a0x\u00a0",
    "\u2028",
    "\ufeff",
    "e\u0301",
    "\u00e9" * LONG_TEXT,
    "x" * LONG_TEXT,
    "x" * (LONG_TEXT + 1),
    "\U0001d4b3" * (LONG_TEXT // 2),
    "\U0001d4b3" * (LONG_TEXT // 2 + 1),
    "x" * 100_000,
    "{{ 7 * 7 }}",
    "{% raw %}",
    "null",
    "None",
    "true",
    "no",
    "0",
    "-1",
    "1e9",
    "NaN",
    "%s %d",
    "a:b/c%2F",
    "../..",
    "<script>",
    "'\"\\",
    "[1]",
    "{}",
    "basic",
    "oauth2",
    "BASIC",
    "a",
    " a",
    "a ",
    "A",
)
URLS = (
    "https://a.example.com/",
    "https://b.example.com:9200/_bulk",
    "https://[::1]:9200/x",
    "https://c.example.com/?q=1#f",
    "https://",
    "https:///path",
    "https:// a",
    "HTTPS://A.EXAMPLE.COM/",
    "http://a.example.com/",
    "ftp://a",
    "a.example.com",
    "https:/a",
    "https://user:word@a.example.com/",
    "https://a.example.com:99999/",
    "https://\u00fc.example.com/",
    "https://a.example.com/\u00e4",
    "https://a.example.com/a b",
    "https://a.example.com/a|b",
    "https://a.example.com/%zz",
    "https://a.example.com/%41",
    "https://a\n",
    "https://a.example.com/\\",
    "https://a_b.example.com/",
    "https://-a-.example.com",
    "https://a.example.com/{x}",
    "https://a/[b]",
    "https://a.example.com/^",
    "https://a..b/",
    "https://a.example.com/#a#b",
    "https://1.2.3.4.5/",
    "https://%41/",
    "https://a:/",
    "https://a:b/",
    "https://a@b@c/",
    "https://a.example.com/" + "x" * 478,
    "https://a.example.com/" + "x" * 479,
    " https://a.example.com/",
    "https://a.example.com/ ",
    "https://a.example.com/\x00",
    "https://a.example.com/\u2028",
    "https://\U0001f600/",
    "https://[::1/",
    "https://[v1.x]/",
)
ZONES = (
    "Shop",
    "shop",
    "-42",
    "42",
    "0042",
    "-0",
    "9" * 19,
    "9" * 20,
    "+1",
    "1.0",
    "\u0661\u0662",
    " 1",
    "1\n",
    "vu9U3hXa3q0",
)

# Without lone surrogates: see the last test.
texts = st.one_of(
    st.sampled_from(EDGES),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.text(st.characters(categories=("Cc", "Cf", "Zs", "So")), max_size=4),
)
urls = st.one_of(
    st.sampled_from(URLS[:4]),
    st.sampled_from(URLS),
    st.builds("https://a.example.com/{}".format, st.text(st.characters(codec="utf-8"), max_size=6)),
    st.builds("https://{}/".format, st.text(st.characters(codec="utf-8"), max_size=6)),
    texts,
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.just(10**1000), st.floats(), texts, st.sampled_from(URLS)
)
keys = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(("name", "active", "password", "__class__", "a.b", "x[0]", "", "\n")),
)
junk = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3), max_leaves=8
)
flags = st.one_of(st.booleans(), st.booleans(), st.sampled_from(("yes", "off", "1", 0, 1, "maybe", 2, 1.0)))


def _optional(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


def _secret(canary: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.just(canary),
        st.just(canary),
        st.builds(f"{{}}{canary}{{}}".format, texts, texts),
        st.sampled_from(
            [[canary], {"x": canary}, {canary: "x"}, [[{"y": [canary]}]], int(canary[1:], 16), "", " ", None, True, 0]
        ),
    )


def valid_export(canary: str) -> st.SearchStrategy[dict[str, Any]]:
    """Right, and every option comes up."""
    secret = st.sampled_from((canary, f"{canary} \u00e9 %41", f"  {canary}\n"))
    authentication = st.one_of(
        st.fixed_dictionaries(
            {
                "active": st.just(True),
                "basic_auth": st.fixed_dictionaries({"username": st.just("user"), "password": secret}),
            }
        ),
        st.fixed_dictionaries(
            {
                "active": st.just(True),
                "auth_type": st.just("oauth2"),
                "oauth2": st.fixed_dictionaries(
                    {"access_token_url": st.just(URLS[0]), "client_id": st.just("id"), "client_secret": secret},
                    optional={"scope": st.just("scope"), "grant_type": st.just("clientCredentials")},
                ),
            }
        ),
        st.just({"active": False}),
        st.just({"active": False, "basic_auth": {"username": "ignored", "password": canary}}),
    )
    endpoint = st.fixed_dictionaries(
        {"endpoint_url": st.sampled_from(URLS[:4])},
        optional={
            "content_type": st.just("application/x-ndjson"),
            "use_post": st.booleans(),
            "enable_user_session_export": st.booleans(),
        },
    )
    return st.fixed_dictionaries(
        {"name": st.sampled_from(("a", "b", "c", "A", "d\u00e9 %2F:")), "endpoint_definition": endpoint},
        optional={
            "authentication": authentication,
            "send_direct": st.fixed_dictionaries(
                {"active": st.just(True), "index_name": st.sampled_from(("i", "j"))},
                optional={"doc_type": st.just("_doc")},
            )
            | st.just({"index_name": "ignored"}),
            "export_behavior": _optional(
                management_zone=st.sampled_from(("Shop", "-42", "42")),
                disable_notification=st.booleans(),
                custom_configuration=st.just("x=1"),
            ),
        },
    )


def different(exports: list[dict[str, Any]]) -> bool:
    """Whether names and endpoints differ."""
    names = {one["name"] for one in exports}
    endpoints = {one["endpoint_definition"]["endpoint_url"] for one in exports}
    return len(names) == len(endpoints) == len(exports)


def at_the_edge(draw: st.DrawFn, found: dict[str, Any], canary: str) -> None:
    """One value of the right kind that is at the edge of what is allowed, or over it."""
    places = [(node, key) for node, key in _places(found["exports"]) if not isinstance(node[key], (dict, list))]
    node, key = draw(st.sampled_from(places))
    if key in SECRETS:
        node[key] = draw(_secret(canary))
    elif isinstance(node[key], bool):
        node[key] = draw(flags)
    else:
        node[key] = draw(urls if "url" in str(key) else st.sampled_from(ZONES) | texts if "zone" in str(key) else texts)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a value: what holds it, and its key or position there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], (dict, list)):
            yield from _places(node[key])


@st.composite
def arguments(draw: st.DrawFn, *, broken: bool) -> tuple[dict[str, Any], str]:
    """The module's arguments and the canary that is in every secret of them. ``broken``: anything goes."""
    # The digits come from a generator: a drawn number tends to be a round one, which may be the name of an export too.
    digits = random.Random(draw(st.integers(0, 2**32))).randrange(16**15, 16**16)
    canary = f"C{digits:x}"
    ordinary = st.lists(valid_export(canary), min_size=0 if broken else 1, max_size=4 if broken else 3)
    found: dict[str, Any] = {"exports": draw(ordinary if broken else ordinary.filter(different))}
    key = f"the fingerprint key {canary}"
    found |= draw(
        st.fixed_dictionaries(
            {"secret_fingerprint_key": st.just(key)},
            optional={
                "update_secrets": st.sampled_from(("with_updates", "on_create", "on_change", "always")),
                "secret_fingerprint_previous_key": st.just(f"old {key}"),
            },
        )
        | _optional(update_secrets=st.sampled_from(("with_updates", "on_create", "always")))
    )
    found |= draw(
        _optional(
            adopt=st.sampled_from(("without_external_id", "any", "never")),
            store_external_id=st.booleans(),
            server_validation=st.booleans(),
            _ansible_check_mode=st.booleans(),
        )
    )
    found |= draw(st.sampled_from(({}, {}, {"state": "absent"}, {"prune": True}, {"prune": "yes"})))
    if broken and draw(st.booleans()):
        found |= {"prune": True, "confirm_prune_all": True}
    for _turn in range(draw(st.integers(1, 4) if broken else st.integers(0, 2))):
        (mutate if broken else at_the_edge)(draw, found, canary)
    return found, canary


def mutate(draw: st.DrawFn, found: dict[str, Any], canary: str) -> None:
    """One thing is made wrong, somewhere."""
    places = [(node, key) for node, key in _places(found) if key != "_ansible_check_mode"]
    if not places:
        return
    node, key = draw(st.sampled_from(places))
    how = draw(st.sampled_from(("replace", "replace", "remove", "stranger", "wrap", "twice")))
    if how == "remove":
        del node[key]
    elif how == "stranger" and isinstance(node, dict):
        # A secret may have been written at a wrong place.
        strange = draw(st.one_of(keys, st.sampled_from(("pasword", "clientSecret", "password", "secret"))))
        # A name is shown, whatever it is.
        node["names" if strange == "name" else strange] = canary
    elif how == "wrap":
        node[key] = draw(st.sampled_from(([node[key]], {"value": node[key]}, [node[key], node[key]])))
    elif how == "twice" and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    else:
        node[key] = draw(_secret(canary) if key in SECRETS else junk)


def call(values: Mapping[str, Any]) -> dict[str, Any]:
    """The module, in this process: what it prints."""
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": dict(values)}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        user_session_exports.main()
    return dict(json.loads(printed.getvalue()))


# Options that are lists of further options.
LISTS = tuple(name for name, about in OPTIONS.items() if about.get("type") == "list" and about.get("options"))


def option_paths(values: Mapping[str, Any]) -> set[str]:
    """The path of every option that there is, and of everything in the input."""
    spec = {**OPTIONS, **CONNECTION_OPTIONS}
    found: set[str] = set()

    def known(options: Mapping[str, Any], where: str) -> None:
        for name, about in options.items():
            path = f"{where}.{name}" if where else name
            found.add(path)
            # The children of a list have a position in front of them.
            if about.get("type") != "list":
                known(about.get("options") or {}, path)

    def given_ones(node: Any, where: str) -> None:
        for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            path = f"{where}[{key}]" if isinstance(node, list) else f"{where}.{key}" if where else str(key)
            found.add(path)
            given_ones(child, path)

    known(spec, "")
    given_ones(values, "")
    for name in LISTS:
        given = values.get(name)
        for position in range(len(given) if isinstance(given, list) else 0):
            known(OPTIONS[name]["options"], f"{name}[{position}]")
    return found


STARTS: tuple[tuple[dict[str, Any], ...], ...] = (
    (),
    (),
    (export_object(None, export_value(URLS[0])),),
    (
        export_object("community.dynatrace:1:a/", export_value("https://old.example.com/")),
        export_object("monaco:b", export_value(URLS[1])),
    ),
    (
        export_object("community.dynatrace:1:b/", export_value(URLS[0], authentication=basic_auth("user", "stored"))),
        export_object(None, export_value(URLS[1])),
        export_object(None, export_value(URLS[3])),
    ),
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"inactive_branches": "empty"},
    {"returns_nulls": True},
    {"returned_scope": "tenant"},
    {"management_zone": "numeric"},
    {"put_answer": "array"},
    {"returns_external_id": False},
)
RELAXED = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]
PROFILE = settings()
# Half of what the profile says for each of three tests: the long one has 30,000 examples in all.
SETTINGS = settings(max_examples=PROFILE.max_examples // 2, suppress_health_check=RELAXED)


@SETTINGS
@given(drawn=arguments(broken=False), start=st.sampled_from(STARTS), switches=st.sampled_from(SWITCHES))
def test_values_at_the_edge(simulator: Simulator, ledger: Ledger, drawn: Any, start: Any, switches: Any) -> None:
    """Names and shapes are right, values are arbitrary: most of these get as far as the server."""
    prove(simulator, ledger, drawn, start, switches)


@SETTINGS
@given(drawn=arguments(broken=True), start=st.sampled_from(STARTS), switches=st.sampled_from(SWITCHES))
def test_values_that_are_broken(simulator: Simulator, ledger: Ledger, drawn: Any, start: Any, switches: Any) -> None:
    """Anything anywhere: strangers, wrong types, nested junk, secrets at wrong places."""
    prove(simulator, ledger, drawn, start, switches)


@SETTINGS
@given(exports=junk, options=st.dictionaries(st.sampled_from(sorted(OPTIONS)), junk, max_size=4))
def test_values_that_make_no_sense_at_all(simulator: Simulator, ledger: Ledger, exports: Any, options: Any) -> None:
    canary = "C0123456789abcdef"
    prove(simulator, ledger, ({**options, "exports": exports, "state": {"x": canary}}, canary), (), {})


def prove(simulator: Simulator, ledger: Ledger, drawn: Any, start: Any, switches: Any) -> None:
    values, canary = drawn
    if switches.get("returns_external_id") is False and values.get("adopt") == "never":
        # Never adopt what is there, and no external ID to know one's own by: the second run refuses, and says so.
        values = {key: value for key, value in values.items() if key != "adopt"}
    env = simulator.default_environment
    simulator.reset(env, switches=True)
    zone = {"schemaId": ZONE_SCHEMA, "scope": "environment", "value": {"name": "Shop"}, "validate": False}
    simulator.seed(env, [zone, *start])
    # The numbers are drawn without regard to the zone that is there.
    simulator.switches(env, resubmission="off", references="form", **switches)
    simulator.clear_log()
    values = {
        "environment_url": simulator.managed_url(env),
        "api_token": simulator.token(env),
        "retry_timeout": 0.1,
        **values,
    }
    result = call(values)
    sent = simulator.requests(environment=env)
    ledger.count("examples")
    printed = json.dumps(result, ensure_ascii=False)
    message = str(result.get("msg", ""))
    ledger.check("unexpected exception", "Unexpected" not in message and "exception" not in result, values, result)
    leak = canary in printed or str(int(canary[1:], 16)) in printed or simulator.token(env) in printed
    ledger.check("secret in a message", not leak, values, result)
    if result.get("failed"):
        event("refused")
        ledger.count("examples refused")
        refused_well(ledger, values, result, sent)
        return
    event("accepted")
    ledger.count("examples accepted")
    statuses = [(one["method"], one["status"]) for one in sent if one["status"] >= 400]
    ledger.check("accepted here, refused by the simulator", not statuses, values, statuses)
    if values.get("_ansible_check_mode"):
        ledger.check("check mode writes", not any(one["applied"] for one in sent), values)
        return
    again = call(values)
    if values.get("update_secrets") != "always":
        ledger.check("next run changes something", again.get("changed") is False, values, result, again)


def named(path: str, known: set[str]) -> bool:
    """Whether a path is a known one; Ansible blackens the letters of one-letter secrets in all that a module says."""
    if "(a key)" in path:
        # A key that is no name may hold a secret, and is not shown.
        return True
    if "********" not in path:
        return path in known
    shown = re.compile(".{1,9}?".join(map(re.escape, path.split("********"))))
    return any(shown.fullmatch(one) for one in known)


def refused_well(ledger: Ledger, values: Any, result: Any, sent: Any) -> None:
    """Each problem has a path that the user knows, and nothing was written."""
    message = result["msg"]
    ledger.check("accepted here, refused by the simulator", "problems" in result, values, message)
    ledger.check("written although refused", all(one["method"] == "GET" for one in sent), values, message)
    # Zones and objects; where external IDs are hidden, also one for all of them and one for each of at most three.
    ledger.check("refused, but sent more than reads", len(sent) <= 6, values, message)
    known = option_paths(values)
    for problem in result["problems"]:
        # Ansible makes a list of anything that is none.
        invented = any(
            not isinstance(values.get(name), list) and problem["path"].startswith(f"{name}[") for name in LISTS
        )
        ledger.check("problem without a path", named(problem["path"], known) or invented, values, problem)
        ledger.check("problem not in the message", problem["path"] in message, values, problem)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("exports[0].name", {"name": "\ud800"}),
        (
            "exports[0].endpoint_definition.content_type",
            {"endpoint_definition": {"endpoint_url": URLS[0], "content_type": "\ud800"}},
        ),
        (
            "exports[0].authentication.basic_auth.password",
            {"authentication": {"active": True, "basic_auth": {"username": "a", "password": "half \udfff"}}},
        ),
    ],
)
def test_a_text_that_is_no_unicode_is_refused(path: str, change: dict[str, Any]) -> None:
    """YAML can hold half of a surrogate pair, and no encoder makes UTF-8 of it. Some cores refuse it before."""
    export = {"name": "a", "endpoint_definition": {"endpoint_url": URLS[0]}, **change}
    _ready, problems = module.check({"exports": [export], "state": "present"})
    assert [problem.path for problem in problems] == [path]
