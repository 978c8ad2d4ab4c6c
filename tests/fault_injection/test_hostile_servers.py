# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that is hostile in every field of every response.

Whatever it says, no command runs, no file is written but the one that was asked for, no secret comes out again, and the
result is either right or one error of that environment, never an unexpected exception.
"""

from __future__ import annotations

import base64
import contextlib
import inspect
import json
import resource
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.community.dynatrace.plugins.module_utils import _runner
from ansible_collections.community.dynatrace.plugins.module_utils._ansible_module import CONNECTION_OPTIONS
from ansible_collections.community.dynatrace.plugins.module_utils._export_modules import IMPORT, READ, WRITE
from ansible_collections.community.dynatrace.plugins.module_utils._module_definition import ModuleDefinition
from ansible_collections.community.dynatrace.tests.fault_injection.support import LONG
from ansible_collections.community.dynatrace.tests.support.counters import Ledger
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, basic_auth, export_value

TOKEN = "dt0c01.PUBLICPARTOFTHETOKEN.SECRETPARTOFTHETOKENTHATNOBODYMAYSEE"
OF_TOKEN = (TOKEN, TOKEN.rpartition(".")[2])
PASSWORD = "pass-word-canary-4711"
MARK = "a-command-was-executed"
DECLARED = {
    "name": "archive",
    "endpoint_definition": {"endpoint_url": "https://archive.example.com/"},
    "authentication": {"active": True, "basic_auth": {"username": "dynatrace", "password": PASSWORD}},
}

Answer = tuple[int, Any]
Answers = Callable[[str, bytes], Answer]


def item() -> dict[str, Any]:
    login = basic_auth("dynatrace", "***123***")
    return {
        "objectId": "vu9U3hXa3q0AAAABADFidWlsdGlu",
        "schemaId": EXPORT_SCHEMA,
        "schemaVersion": "1.0.3",
        "scope": "environment",
        "externalId": "community.dynatrace:1:archive/",
        "updateToken": "token-of-the-update",
        "modified": 1795530636062,
        "author": "jane.doe@example.com",
        "value": export_value("https://archive.example.com/", authentication=login, exportBehavior={}),
    }


def hostile_values(folder: Path) -> list[Any]:
    command = f"touch {folder / MARK}"
    texts = [
        "{{ lookup('pipe', '" + command + "') }}",
        "{% set x = lookup('pipe', '" + command + "') %}{{ x }}",
        "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ lookup('pipe', '" + command + "') ]]",
        "#jinja2: variable_start_string: '<<', variable_end_string: '>>'\n<< lookup('pipe', '" + command + "') >>",
        "../../../../../" + str(folder / "escaped"),
        "!!python/object/apply:os.system ['" + command + "']",
        "*anchor &anchor --- ... ? : - # text",
        "\ufeff\u2028\u2029\x85\x00\x1b]0;title\x07\r\nname: other",
        "<script>alert(1)</script>",
        "",
        "x" * 3000,
    ]
    others: list[Any] = [None, True, 0, -1, 1.5, 10**400, [], {}, [[]], [None], {"a": {"b": 1}}, [{"name": texts[0]}]]
    return [*texts, *others]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON document."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


@contextlib.contextmanager
def serving(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = answers(f"{self.command} {self.path}", sent)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if isinstance(body, bytes):
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_args: Any) -> None:
            """Not to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/e/shop"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(entry: ModuleDefinition, url: str, **options: Any) -> tuple[bool, str]:
    """A module in this process: whether it failed, and all that it says."""
    spec = {**entry.options, **CONNECTION_OPTIONS}
    params = {name: option.get("default") for name, option in spec.items()}
    params |= {"environment_url": url, "api_token": TOKEN, "retry_timeout": 0.0, "timeout": 5.0, **options}
    outcome = _runner.perform(entry, spec, params, False)
    if isinstance(outcome, _runner.Failure):
        return True, json.dumps([outcome.message, dict(outcome.details)], default=str)
    return False, json.dumps(outcome, default=str)


def secrets(known: tuple[str, ...]) -> list[str]:
    """What must not be in any output: the secrets that a module knows, and what they can be turned into."""
    found = []
    for secret in known:
        found += [secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex(), secret[::-1]]
    return [*found, *(text.lower() for text in found)]


# Sentences of a result, which a playbook prints. Everything else is data, which Ansible prints as JSON.
SENTENCES = {"msg", "message", "remediation", "reason", "warnings", "notes", "hint", "problems", "lines", "summary"}


def sentences(node: Any, inside: bool = False) -> Iterator[str]:
    if isinstance(node, str) and inside:
        yield node
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from sentences(child, inside or key in SENTENCES)
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from sentences(child, inside)


def judge(
    ledger: Ledger,
    said: str,
    folder: Path,
    allowed: set[str],
    about: object,
    known: tuple[str, ...] = (*OF_TOKEN, PASSWORD),
) -> None:
    ledger.count("responses tried")
    ledger.check("unexpected exception", "This is a bug" not in said, about, said[:500])
    ledger.check("secret in the output", not any(secret in said for secret in secrets(known)), about, said[:500])
    found = json.loads(said)
    # A failure is its message, and what belongs to it.
    shown = [*sentences(found[0], inside=True), *sentences(found[1:])] if isinstance(found, list) else sentences(found)
    for sentence in shown:
        plain = sentence.replace("\n", "").isprintable()
        ledger.check("control character in a sentence", plain, about, sentence[:300])
    made = {path.name for path in folder.rglob("*")}
    ledger.check("command executed", MARK not in made, about)
    ledger.check("file written elsewhere", made <= allowed, about, made)


def rendered(file: Path) -> Any:
    """A file of variables as a task sees it: read by Ansible, and templated."""
    loader = DataLoader()
    trusted = "trusted_as_template" in inspect.signature(loader.load_from_file).parameters
    more: dict[str, Any] = {"trusted_as_template": True} if trusted else {}
    data = loader.load_from_file(str(file), **more)
    return json.loads(json.dumps(Templar(loader=loader, variables=dict(data or {})).template(data), default=str))


@pytest.mark.parametrize("module", ["info", "configure", "import"])
def test_every_field_of_a_list_is_hostile(module: str, ledger: Ledger, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    good = {"items": [item()], "totalCount": 1, "pageSize": 500}
    bad = hostile_values(work)
    cases = [(path, value) for path in places(good) for value in bad]
    current: dict[str, Any] = {}

    def answers(what: str, _sent: bytes) -> Answer:
        return 200, current["body"] if what.startswith("GET") else [{"code": 200, "objectId": "made"}]

    with serving(answers) as url:
        for path, value in cases if LONG else cases[:: 7 if module == "info" else 11]:
            current["body"] = replaced(good, path, value)
            about = (module, path, str(value)[:60])
            if module == "info":
                _failed, said = run(READ, url)
                judge(ledger, said, work, set(), about)
            elif module == "configure":
                _failed, said = run(WRITE, url, exports=[DECLARED], server_validation=False)
                judge(ledger, said, work, set(), about)
            else:
                target = work / "vars.yml"
                failed, said = run(IMPORT, url, dest=str(target), overwrite=True)
                if not failed:
                    rendered(target)
                    ledger.count("files written and read back")
                judge(ledger, said, work, {"vars.yml"}, about)
                target.unlink(missing_ok=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 503])
def test_an_error_repeats_all_that_was_sent(status: int, ledger: Ledger, tmp_path: Path) -> None:
    """The body, the credentials, and both in other forms, in every text of an error (settings-api 3.10)."""

    def echo(sent: bytes) -> str:
        text = sent.decode("utf-8", "replace") + TOKEN + PASSWORD
        return " ".join(
            [text, text.upper(), text.encode().hex(), base64.b64encode(PASSWORD.encode()).decode(), text[::-1]]
        )

    def envelope(sent: bytes) -> Any:
        text = echo(sent)
        error = {
            "code": status,
            "message": text,
            "constraintViolations": [{"path": text, "message": text, "parameterLocation": text, "location": text}],
            "details": {"missingScopes": [text], "errorRef": text},
        }
        return {"error": error, "invalidValue": text}

    def wrong(what: str, sent: bytes) -> Answer:
        if what.startswith("GET") and state["reads"]:
            return 200, {"items": [], "totalCount": 0}
        body = envelope(sent)
        return status, [body | {"code": status}] if state["as_list"] else body

    state = {"reads": True, "as_list": False}
    with serving(wrong) as url:
        for reads in (True, False):
            for as_list in (True, False):
                state |= {"reads": reads, "as_list": as_list}
                for options in ({}, {"server_validation": False}, {"schema_source": "environment"}):
                    _failed, said = run(WRITE, url, exports=[DECLARED], **options)
                    judge(ledger, said, tmp_path, set(), (status, reads, as_list, options))
                _failed, said = run(READ, url)
                # A module that reads knows no password: only the token is its secret.
                judge(ledger, said, tmp_path, set(), (status, reads, as_list, "info"), OF_TOKEN)


MILLIONS = 21_000_000


def compressed(repeated: bytes, tail: bytes, count: int) -> bytes:
    """``{"items": [...]}`` with so many items, as a server would send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"items":[')]
    block = repeated * 100_000
    parts += [packer.compress(block) for _turn in range(count // 100_000 - 1)]
    parts.append(packer.compress(repeated * 99_999 + repeated.rstrip(b",") + tail))
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize(
    ("repeated", "tail", "says"),
    [
        pytest.param(b"{},", b"]}", "has more than 4000000 values", id="empty items"),
        pytest.param(b"[],", b"]}", "has more than 4000000 values", id="empty lists"),
        pytest.param(b"1,", b"]}", "has more than 4000000 values", id="numbers"),
        pytest.param(b'{"value":{}},', b"]}", "is larger than 64 MiB", id="large items"),
    ],
)
def test_a_list_of_21_million_items(repeated: bytes, tail: bytes, says: str, ledger: Ledger, tmp_path: Path) -> None:
    """It takes seconds, no gigabytes, and the message says what was too much."""
    content = compressed(repeated, tail, MILLIONS)
    with serving(lambda _what, _sent: (200, content)) as url:
        for entry, options in ((READ, {}), (WRITE, {"exports": [DECLARED]})):
            failed, said = run(entry, url, timeout=60.0, **options)
            assert failed and says in said, said[:500]
            judge(ledger, said, tmp_path, set(), repeated)
    # Kilobytes; the largest one that a process ever had, so this includes all tests before.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000


def test_lists_that_claim_21_million_items_or_never_end(ledger: Ledger, tmp_path: Path) -> None:
    sent = [0]

    def endless(_what: str, _sent: bytes) -> Answer:
        sent[0] += 1
        found = [{**item(), "objectId": f"object-{sent[0]}-{number}"} for number in range(10)]
        return 200, {"items": found, "totalCount": None, "nextPageKey": f"page-{sent[0]}"}

    def claiming(_what: str, _sent: bytes) -> Answer:
        sent[0] += 1
        return 200, {"items": [item()], "totalCount": MILLIONS, "nextPageKey": "more"}

    for answers, says, most in ((claiming, f"lists {MILLIONS} ", 1), (endless, "lists more than ", 2500)):
        sent[0] = 0
        with serving(answers) as url:
            failed, said = run(READ, url)
            assert failed and says in said and "are read" in said, said[:500]
            assert sent[0] <= most
            judge(ledger, said, tmp_path, set(), says)


def test_an_answer_to_a_write_is_hostile(ledger: Ledger, tmp_path: Path) -> None:
    current: dict[str, Any] = {}

    def answers(what: str, _sent: bytes) -> Answer:
        return (200, {"items": [], "totalCount": 0}) if what.startswith("GET") else (200, current["body"])

    good: list[Mapping[str, Any]] = [{"code": 200, "objectId": "vu9U3hXa3q0AAAABADFidWlsdGlu"}]
    with serving(answers) as url:
        for path in places(good):
            for value in hostile_values(tmp_path):
                current["body"] = replaced(good, path, value)
                _failed, said = run(WRITE, url, exports=[DECLARED], server_validation=False)
                judge(ledger, said, tmp_path, set(), (path, str(value)[:60]))
