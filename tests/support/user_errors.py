# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The most likely user errors, each with what the screen must say of it; ``make user-errors`` prints them.

One host is one mistake, so that one run of the role makes many of them; those of playbooks need a run each.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.community.dynatrace.tests.tools import environments

from .playbooks import command, play
from .simulator import WEBHOOK_SCHEMA, ZONE_SCHEMA, Simulator, export_object, export_value

PREFIX = "user_session_exports_"
SLOT = f"{PREFIX}slots[0]"
SECRET = "S3cret-canary"
# The secret with "-inline" behind it, encrypted with a password that no one has here.
ENCRYPTED = """$ANSIBLE_VAULT;1.1;AES256
33373732623339313161613861386634333730653730333836326232376166303362643035323864
3961306662353038313861616136623637636139333133660a383132376337373765666237383334
64383930623764643736343361383635373865313164303438306530663033316565333462613036
6532336665636233350a323064396530653330623231373732353834303536663137326165356531
31373131653236366531306430613965336562646231386166353832643938393362
"""
GOOD_URL = "https://a.example.com/"


class Vaulted(str):
    """Becomes ``!vault`` in a file."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", str(text), style="|"))


def slot(name: Any = "a", url: Any = GOOD_URL, **more: Any) -> dict[str, Any]:
    """An export."""
    return {"name": name, "endpoint_definition": {"endpoint_url": url}, **more}


def login(**more: Any) -> dict[str, Any]:
    """An export with a user and a password."""
    return slot(authentication={"active": True, "basic_auth": {"username": "u", "password": SECRET, **more}})


@dataclass(frozen=True)
class Mistake:
    """Something done wrong in the variables of one environment.

    :param variables: of the role, without the prefix; ``None`` for one that is not set. Words in capitals stand for
        what only the simulator knows. A name that begins with an equals sign is a whole name.
    :param says: what the message must say, its beginning first.
    :param asks: whether the environment has to be asked to find out. Nothing is written in any case.
    :param warns: whether it is a warning, and the run goes on.
    """

    title: str
    variables: Mapping[str, Any]
    says: tuple[str, ...]
    asks: bool = False
    warns: bool = False

    @property
    def host(self) -> str:
        """A host to make it on."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")


def _m(title: str, says: str | tuple[str, ...], /, *, asks: bool = False, warns: bool = False, **made: Any) -> Mistake:
    variables = {name.replace("whole_", "=", 1) if name.startswith("whole_") else name: made[name] for name in made}
    return Mistake(title, variables, (says,) if isinstance(says, str) else says, asks, warns)


URL, TOKEN = f"{PREFIX}environment_url", f"{PREFIX}api_token"
ROLE = (
    # The address
    _m(
        "the address of a page of the web interface",
        f"{URL}: must be only the address of the environment, without /ui/",
        environment_url="https://abc12345.apps.dynatrace.com/ui/settings/builtin",
    ),
    _m(
        "the address of an API call",
        f"{URL}: must be only the address of the environment, without /api/v2/settings",
        environment_url="BASE/e/quiet/api/v2/settings/objects",
    ),
    _m(
        "no /e/ID of a Managed environment",
        ("BASE does not accept the token", "must end with /e/<id>."),
        environment_url="BASE",
        api_token="OTHER",
        asks=True,
    ),
    _m(
        "/e/ without an ID", f"{URL}: ends with /e, but the ID of the environment is missing", environment_url="BASE/e/"
    ),
    _m(
        "another ID",
        ("BASE/e/nowhere is not an environment of this server", f"Check {URL}."),
        environment_url="BASE/e/nowhere",
        asks=True,
    ),
    _m("only the ID", f"{URL}: must be a URL like https://", environment_url="abc12345"),
    _m(
        "an address without https", f"{URL}: must be a URL like https://", environment_url="abc12345.live.dynatrace.com"
    ),
    _m(
        "the token in the address",
        (f"{URL}: must not contain a query", "set only the address of the environment here"),
        environment_url=f"BASE/e/quiet?api-token={SECRET}",
    ),
    _m(
        "a port where TLS is not spoken",
        "No trusted connection to 127.0.0.1: it does not use TLS. Check the port.",
        environment_url="SECURED/e/quiet",
        asks=True,
    ),
    _m(
        "a port where nothing listens",
        ("No connection to 127.0.0.1:9: no server listens there.", f"Check {URL}"),
        environment_url="https://127.0.0.1:9",
        asks=True,
    ),
    _m(
        "a proxy that is not there",
        ("The proxy did not forward GET /e/asked/", f"Check the option {PREFIX}proxy."),
        proxy="http://127.0.0.1:9",
        asks=True,
    ),
    # The token
    _m(
        "a token with a line end, as from a file",
        (f"{TOKEN}: begins or ends with white space", "| trim"),
        api_token="GOOD\n",
    ),
    _m("a token with Api-Token before it", f"{TOKEN}: must be only the token", api_token="Api-Token GOOD"),
    _m("half a token", f"{TOKEN}: is not a complete token, which has three parts", api_token=f"dt0c01.{SECRET}"),
    _m(
        "a platform token as an access token",
        f"{TOKEN}: is a platform token (dt0s16); set it as dynatrace_platform_token",
        api_token="PLATFORM",
    ),
    _m(
        "an access token as a platform token",
        f"{PREFIX}platform_token: is an access token (dt0c01); set it as dynatrace_api_token",
        api_token=None,
        platform_token="GOOD",
    ),
    _m(
        "the token of another environment",
        ("does not accept the token: Token Authentication failed. Check that it belongs to this",),
        api_token="OTHER",
        asks=True,
    ),
    _m(
        "a token without scopes for settings",
        (
            "The token does not have the permission for this at",
            "(Read settings). Grant the access token the scope settings.read.",
        ),
        api_token="NO_SCOPE",
        asks=True,
    ),
    _m("no token at all", "dynatrace_api_token: is required (or dynatrace_platform_token, or", api_token=None),
    _m(
        "two kinds of tokens",
        f"{TOKEN}: set only one of {TOKEN}, {PREFIX}platform_token and",
        platform_token="dt0s16.A.B",
    ),
    # The vault
    _m(
        "a token from a variable of the vault that is not there",
        f"{TOKEN}: uses vault_dynatrace_api_token, which is not defined for this host",
        api_token="{{ vault_dynatrace_api_token }}",
    ),
    _m(
        "a password from a variable that is not there",
        f"{SLOT}.authentication.basic_auth.password: uses vault_elastic_password, which is not defined for this host",
        slots=[login(password="{{ vault_elastic_password }}")],
    ),
    _m("an encrypted token, and no vault password", f"{TOKEN}: is encrypted, and ", api_token=Vaulted(ENCRYPTED)),
    _m(
        "an encrypted password beside an undefined variable",
        (
            "2 problems in the input, nothing was sent:",
            f"{PREFIX}slots[1].authentication.basic_auth.password: uses vault_elastic_password",
        ),
        slots=[login(password=Vaulted(ENCRYPTED)), {**login(password="{{ vault_elastic_password }}"), "name": "b"}],
    ),
    _m(
        "encrypted text without !vault",
        f"{SLOT}.authentication.basic_auth.password: is still encrypted",
        slots=[login(password=ENCRYPTED)],
    ),
    # What is declared
    _m(
        "names as the API documentation writes them",
        (
            "3 problems in the input, nothing was sent:",
            f"{SLOT}.authentication.authType: is not an option; did you mean auth_type?",
            f"{SLOT}.authentication.oAuth2: is not an option; did you mean oauth2?",
            f"{SLOT}.endpointDefinition: is not an option; did you mean endpoint_definition?",
        ),
        slots=[
            {
                "name": "a",
                "endpointDefinition": {"endpointUrl": GOOD_URL},
                "authentication": {
                    "active": True,
                    "authType": "oauth2",
                    "oAuth2": {"clientId": "c", "clientSecret": SECRET},
                },
            }
        ],
    ),
    _m(
        "options of a group beside it",
        (
            "2 problems in the input, nothing was sent:",
            f"{SLOT}.endpoint_url: is not an option here; did you mean endpoint_definition.endpoint_url?",
            f"{SLOT}.password: is not an option here; did you mean authentication.basic_auth.password?",
        ),
        slots=[{"name": "a", "endpoint_url": GOOD_URL, "password": SECRET}],
    ),
    _m(
        "url for endpoint_url",
        f"{SLOT}.endpoint_definition.url: is not an option; did you mean endpoint_url?",
        slots=[{"name": "a", "endpoint_definition": {"url": GOOD_URL}}],
    ),
    _m("one export that is not in a list", f"{PREFIX}slots: must be a list", slots=slot()),
    _m("exports by name in place of a list", f"{PREFIX}slots: must be a list", slots={"a": {}, "b": {}}),
    _m("names in place of exports", f"{SLOT}: must be a dictionary of options", slots=["archive"]),
    _m(
        "an endpoint without a scheme",
        f"{SLOT}.endpoint_definition.endpoint_url: must be an https URL",
        slots=[slot(url="a.example.com")],
    ),
    _m(
        "a password of digits without quotes",
        f"{SLOT}.authentication.basic_auth.password: must be text, not a number",
        slots=[login(password=123456)],
    ),
    _m("a word for true or false", f"{PREFIX}prune: must be true or false", prune="always"),
    _m("another word for a state", f"{PREFIX}state: must be one of: present, absent,", state="latest"),
    _m("a unit behind a number", f"{PREFIX}timeout: must be a number", timeout="30s"),
    _m(
        "several errors at once",
        (
            "4 problems in the input, nothing was sent:",
            f"{URL}: must begin with https://",
            f"{PREFIX}slots[1].name: is the same as {SLOT}.name",
            f"{PREFIX}sate: is not a variable of the role; did you mean {PREFIX}state?",
            f"{PREFIX}validate_certs: must be true or false",
        ),
        environment_url="http://abc12345.live.dynatrace.com",
        slots=[slot(), slot(url="https://b.example.com/")],
        sate="absent",
        validate_certs="perhaps",
    ),
    _m(
        "a login without active",
        f"{SLOT}.authentication: without active: true, nothing in it has an effect (auth_type, basic_auth)",
        slots=[slot(authentication={"auth_type": "basic", "basic_auth": {"username": "u", "password": SECRET}})],
        asks=True,
        warns=True,
    ),
    _m(
        "prune, and the slots in another group",
        (
            f"{PREFIX}prune: would remove every export, because {PREFIX}slots is empty",
            f"set {PREFIX}confirm_prune_all: true",
        ),
        slots=[],
        prune=True,
    ),
    # Names of variables
    _m("no slots", f"{PREFIX}slots: is required", slots=None),
    _m(
        "slot for slots",
        f"{PREFIX}slot: is not a variable of the role; did you mean {PREFIX}slots?",
        slots=None,
        slot=[slot()],
    ),
    _m(
        "the option of the module for the variable of the role",
        f"{PREFIX}exports: is not a variable of the role; did you mean {PREFIX}slots?",
        slots=None,
        exports=[slot()],
    ),
    _m(
        "a letter lost in the prefix",
        f"user_session_export_prune: is not a variable of the role; did you mean {PREFIX}prune?",
        whole_user_session_export_prune=True,
    ),
    _m(
        "a letter lost in a shared variable",
        "dynatrace_enviroment_url: is not a variable of the collection; did you mean dynatrace_environment_url?",
        environment_url=None,
        whole_dynatrace_enviroment_url="https://abc12345.live.dynatrace.com",
    ),
    _m(
        "a letter too many in a variable of the playbooks",
        "dynatrace_cannary: is not a variable of the collection; did you mean dynatrace_canary?",
        whole_dynatrace_cannary=1,
    ),
    _m(
        "no space behind password:",
        f"{SLOT}.authentication.basic_auth.password: has no value: is 'password:' missing a space?",
        slots=[slot(authentication={"active": True, "basic_auth": {"username": "u", f"password:{SECRET}": None}})],
    ),
    _m(
        "no space behind a misspelt password:",
        f"{SLOT}.authentication.basic_auth.(a key): is not an option; did you mean password?",
        slots=[slot(authentication={"active": True, "basic_auth": {"username": "u", f"pasword:{SECRET}": None}})],
    ),
    _m(
        "letters in another order",
        f"{PREFIX}purne: is not a variable of the role; did you mean {PREFIX}prune?",
        purne=True,
    ),
    _m(
        "a variable that is none",
        f"{PREFIX}retries is not a variable of the role, and has no effect.",
        retries=3,
        asks=True,
        warns=True,
    ),
    # What is there
    _m(
        "a management zone in other letters",
        f"{SLOT}.export_behavior.management_zone: no management zone is named 'shop'; similar names: Shop",
        slots=[slot(export_behavior={"management_zone": "shop"})],
        asks=True,
    ),
    _m(
        "slots that are taken by hand",
        (
            f"{PREFIX}slots: the environment has 3 of at most 3, so 1 new cannot fit",
            "https://x.example.com/;",
            f"set {PREFIX}prune: true",
        ),
        environment_url="BASE/e/full",
        api_token="FULL",
        asks=True,
    ),
    _m(
        "an environment that throttles",
        ("throttles requests. Waited", f"Raise {PREFIX}retry_timeout"),
        environment_url="BASE/e/slow",
        api_token="SLOW",
        retry_timeout=0,
        asks=True,
    ),
    _m(
        "another plan than the approved one",
        ("The plan is not the one that was approved (1:abc)", "Nothing was sent."),
        approved_plan="1:abc",
        asks=True,
    ),
    # Secrets that are compared
    _m(
        "update_secrets on_change without a key",
        f"{PREFIX}secret_fingerprint_key: is required for {PREFIX}update_secrets: on_change",
        update_secrets="on_change",
    ),
    _m(
        "a short key",
        f"{PREFIX}secret_fingerprint_key: must have at least 16 random characters",
        secret_fingerprint_key="k3y",
    ),
)


OBJECTS = "community.dynatrace.settings_objects"
# Tasks with modules for any schema, and what they say. Those for exports are in tests/end_to_end/test_bad_input.py.
TASKS: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "the id of a schema with a letter lost": (
        OBJECTS,
        {"schema_id": "builtin:managment-zones", "objects": []},
        "Check schema_id: did you mean builtin:management-zones?",
    ),
    "the id of a schema with a letter lost, to read": (
        f"{OBJECTS}_info",
        {"schema_id": "builtin:managment-zones"},
        "Check schema_id: did you mean builtin:management-zones?",
    ),
    "a secret in a value": (
        OBJECTS,
        {
            "schema_id": WEBHOOK_SCHEMA,
            "objects": [{"name": "n", "value": {"name": "n", "token": "{{ lookup('env', 'NOT') }}"}}],
        },
        "objects[0].value.token: is a secret; declare it in objects[0].secrets, where it is hidden",
    ),
    "properties beside the value": (
        OBJECTS,
        {"schema_id": ZONE_SCHEMA, "objects": [{"name": "n", "rules": []}]},
        "objects[0].rules: is not an option; available options: name, object_id, adopt_from, value, secrets",
    ),
    "letters of a property in another order": (
        OBJECTS,
        {"schema_id": ZONE_SCHEMA, "objects": [{"name": "n", "value": {"nmae": "n", "rules": []}}]},
        "objects[0].value.nmae: is not a known property, did you mean name?",
    ),
}


@dataclass(frozen=True)
class Call:
    """A program that is called wrongly.

    :param inventory: the name of a file; empty for none.
    :param lacks: a library that the Python of Ansible does not have.
    """

    title: str
    arguments: tuple[str, ...]
    says: tuple[str, ...]
    inventory: str = "one.yml"
    program: str = "ansible-playbook"
    extra: Mapping[str, Any] = field(default_factory=dict)
    code: int = 2
    lacks: str = ""


NAME = "community.dynatrace"
NO_HOSTS = ("Nothing was done: no host of the inventory matches dynatrace. Ensure that the inventory is given (-i)",)
CALLS = (
    Call("no inventory", (f"{NAME}.audit",), NO_HOSTS, inventory=""),
    Call("no group dynatrace", (f"{NAME}.user_session_exports",), NO_HOSTS, inventory="production.yml"),
    Call(
        "a name that is not declared, to rotate",
        (f"{NAME}.rotate_secrets",),
        ("No environment declares archiv, so no secret was sent. Correct dynatrace_rotate_exports",),
        extra={"dynatrace_rotate_exports": ["archiv"]},
    ),
    Call(
        "an undefined variable beside a password, to rotate",
        (f"{NAME}.rotate_secrets",),
        (f"{SLOT}.authentication.basic_auth.username: uses nowhere, which is not defined for this host",),
        extra={"dynatrace_rotate_exports": "all", f"{PREFIX}slots": [login(username="{{ nowhere }}")]},
    ),
    Call(
        "a name that is not there, to pause",
        (f"{NAME}.disable",),
        ("names[0]: no export has the name 'archiv'",),
        extra={"dynatrace_disable_exports": "archiv"},
    ),
    Call(
        "a word for the number of canaries",
        (f"{NAME}.configure",),
        ("dynatrace_canary must be a whole number",),
        extra={"dynatrace_canary": "two"},
    ),
    Call(
        "a folder for the report that cannot be written",
        (f"{NAME}.audit",),
        ("The report cannot be written to /proc/nope: ", "dynatrace_report_directory", "Nothing was changed."),
        extra={"dynatrace_report_directory": "/proc/nope", "dynatrace_check_tokens": False},
    ),
    Call(
        "a word for true or false in an option of a playbook",
        (f"{NAME}.audit",),
        ("check_token: must be true or false",),
        extra={"dynatrace_check_tokens": "maybe"},
    ),
    Call(
        "a Python without requests",
        (f"{NAME}.user_session_exports",),
        ("Failed to import the required Python library (requests)",),
        lacks="requests",
    ),
    Call(
        "a module on a host that is not a machine",
        ("remote.yml",),
        ("An environment is not a machine",),
        code=4,
    ),
)
PLUGIN = f"plugin: {NAME}.environments\n"
# File, content, and what is said of it. All of them are given to one call.
INVENTORIES = {
    "fleet.yml": (
        f"{PLUGIN}environments: [{GOOD_URL}]\n",
        "must end in environments.yml or dynatrace.yml (or .yaml). Rename it to fleet.",
    ),
    "typo.environments.yml": (
        f"{PLUGIN}enviroments: [{GOOD_URL}]\n",
        "enviroments: is not an option; did you mean environments?",
    ),
    "id.environments.yml": (f"{PLUGIN}environments: [abc12345]\n", "environments[0].url: must be a URL like https://"),
    "e.environments.yml": (
        f"{PLUGIN}clusters: [{{url: BASE/e/quiet, token: x}}]\n",
        "clusters[0].url: must be the address of the cluster, without /e/",
    ),
    "list.environments.yml": (f"{PLUGIN}clusters: {{url: BASE, token: x}}\n", "clusters: must be a list"),
    "token.environments.yml": (
        f"{PLUGIN}clusters: [{{url: BASE, token: GOOD}}]\n",
        "Check that it is a token of the cluster (not of an environment)",
    ),
    "undefined.environments.yml": (
        f"{PLUGIN}clusters: [{{url: BASE, token: '{{{{ vault_cluster }}}}'}}]\n",
        "clusters[0].token: is a template with the undefined variable vault_cluster",
    ),
    "filtered.environments.yml": (
        f"{PLUGIN}environments: [{GOOD_URL}]\nfilters: {{names: [shop]}}\n",
        "No environment is left. 1 found",
    ),
}


@dataclass(frozen=True)
class Reported:
    """What the screen said of one mistake."""

    title: str
    message: str
    wanted: tuple[str, ...]
    code: int = 0
    wanted_code: int = 0

    @property
    def good(self) -> bool:
        """Whether everything is said that must be, the beginning in the first line or in that of the first problem."""
        lines = self.message.split("\n")
        head = lines[:2] if lines[0].endswith("nothing was sent:") else lines[:1]
        said = any(self.wanted[0] in line for line in head) and all(text in self.message for text in self.wanted)
        return said and self.code == self.wanted_code


class Provoked:
    """The user errors, made in a folder against a simulator, and everything that was printed."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self._simulator = simulator
        self._folder = folder
        self.output = ""
        words = {"BASE": simulator.base_url, "SECURED": simulator.base_url.replace("http:", "https:")}
        tokens = {"PLATFORM": ("asked", "platform"), "OTHER": ("full", "full"), "NO_SCOPE": ("asked", "other"),
                  "FULL": ("full", "full"), "SLOW": ("slow", "full")}  # fmt: skip
        self._option_names = {**words, **{word: simulator.token(*one) for word, one in tokens.items()}}

    def _filled(self, value: Any, environment: str = "quiet") -> Any:
        if not isinstance(value, str) or isinstance(value, Vaulted):
            return value
        known = {**self._option_names, "GOOD": self._simulator.token(environment)}
        return re.sub(r"\b(?:" + "|".join(known) + r")\b", lambda found: known[found.group()], value)

    def _run(self, program: str, *arguments: str, lacks: str = "", **extra: Any) -> tuple[int, str]:
        environment = {"COLUMNS": "400", "ANSIBLE_FORKS": "4"}
        if lacks:
            site = self._folder / "site"
            site.mkdir(exist_ok=True)
            (site / "sitecustomize.py").write_text(f"import sys\nsys.modules[{lacks!r}] = None\n")
            environment["PYTHONPATH"] = os.pathsep.join([str(site), str(environments.COLLECTIONS)])
        done = command(self._folder, program, *arguments, environment=environment, **extra)
        self.output += done.output
        return done.code, done.output

    def of_the_role(self) -> Iterator[Reported]:
        """Those of :data:`ROLE`."""
        hosts = {}
        for mistake in ROLE:
            environment = "asked" if mistake.asks else "quiet"
            given = {
                "environment_url": f"BASE/e/{environment}",
                "api_token": "GOOD",
                "slots": [slot()],
                **mistake.variables,
            }
            hosts[mistake.host] = {
                name[1:] if name.startswith("=") else PREFIX + name: self._filled(value, environment)
                for name, value in given.items()
                if value is not None
            }
        inventory = {"dynatrace": {"hosts": hosts}}
        (self._folder / "role.yml").write_text(yaml.dump(inventory, Dumper=_Dumper, width=1000, sort_keys=False))
        # Those that only warn would write.
        _code, output = self._run("ansible-playbook", "-i", "role.yml", f"{NAME}.user_session_exports", "--check")
        failed = dict(re.findall(r"^fatal: \[([\w-]+)[^\]]*\]: \w+! => (\{.*\})$", output, re.MULTILINE))
        # Older cores break the lines of warnings.
        flat = " ".join(output.split())
        for mistake in ROLE:
            wanted = tuple(self._filled(text) for text in mistake.says)
            message = json.loads(failed[mistake.host])["msg"] if mistake.host in failed else ""
            if mistake.warns and not message:
                _before, found, rest = flat.partition(f"[WARNING]: {wanted[0]}")
                message = wanted[0] + re.split(r" (?=\[|ok: |changed: |fatal: |TASK |PLAY )", rest)[0] if found else ""
            yield Reported(mistake.title, message, wanted)

    def of_calls(self) -> Iterator[Reported]:
        """Those of :data:`CALLS`."""
        host = {f"{PREFIX}environment_url": f"{self._simulator.base_url}/e/asked",
                f"{PREFIX}api_token": self._simulator.token("asked"), f"{PREFIX}slots": [slot("archive")]}  # fmt: skip
        for name, group in (("one.yml", "dynatrace"), ("production.yml", "production")):
            (self._folder / name).write_text(yaml.safe_dump({group: {"hosts": {"shop-production.invalid": host}}}))
        task = {f"{NAME}.user_session_exports_info": {"environment_url": GOOD_URL, "api_token": "t"}}
        (self._folder / "remote.yml").write_text(
            yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}])
        )
        for call in CALLS:
            inventory = ["-i", call.inventory] if call.inventory else []
            code, output = self._run(call.program, *inventory, *call.arguments, lacks=call.lacks, **call.extra)
            results = re.findall(r"^fatal: .*? => (\{.*\})$", output, re.MULTILINE)
            errors = re.findall(r"^(?:\[ERROR\]: |ERROR! )(.*)$", output, re.MULTILINE)
            shown = re.findall(r'^ +"msg": "(.*)"$', output, re.MULTILINE)
            message = json.loads(results[0])["msg"] if results else "".join((errors or shown)[:1])
            yield Reported(call.title, message, call.says, code, call.code)

    def of_tasks(self) -> Iterator[Reported]:
        """Those of :data:`TASKS`."""
        here = {"environment_url": self._simulator.url("asked"), "api_token": self._simulator.token("asked")}
        tasks = [
            {"name": title, module: {**here, **options}, "ignore_errors": True}
            for title, (module, options, _says) in TASKS.items()
        ]
        done = play(self._folder, tasks)
        self.output += done.output
        for title, (_module, _options, says) in TASKS.items():
            yield Reported(title, str(done.of(title).get("msg", "")), (says,))

    def of_inventories(self) -> Iterator[Reported]:
        """Those of :data:`INVENTORIES`."""
        files = self._folder / "inventories"
        files.mkdir()
        given = []
        for name, (content, _says) in INVENTORIES.items():
            (files / name).write_text(self._filled(content))
            given += ["-i", f"inventories/{name}"]
        _code, output = self._run("ansible-inventory", *given, "--graph")
        paragraphs = re.split(r"^(?=\[WARNING\]: )", output, flags=re.MULTILINE)
        for name, (_content, says) in INVENTORIES.items():
            found = [part for part in paragraphs if says in " ".join(part.split())]
            first = re.split(r"\n(?=\n|@)", found[0])[0] if found else ""
            yield Reported(name, " ".join(first.split()), (says,))


def prepare(simulator: Simulator) -> None:
    """What the errors meet."""
    simulator.seed("full", [export_object(value=export_value(f"https://{name}.example.com/")) for name in "xyz"])
    simulator.seed("asked", [{"schemaId": ZONE_SCHEMA, "scope": "environment", "value": {"name": "Shop", "rules": []}}])
    simulator.fault("status", status=429, environment="slow", times=None, headers={"Retry-After": "5"})
    simulator.clear_log()


# The first one also answers without /e/<id>.
ENVIRONMENTS = ("asked", "quiet", "full", "slow")
GROUPS: Mapping[str, Callable[[Provoked], Iterator[Reported]]] = {
    "variables of one environment, with the role": Provoked.of_the_role,
    "calls": Provoked.of_calls,
    "tasks with modules for any schema": Provoked.of_tasks,
    "inventories of the plugin": Provoked.of_inventories,
}
