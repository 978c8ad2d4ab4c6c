# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job-template server with the API that its setup needs. It stores data that passes its validation."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import controller_rules

HIDDEN = "$encrypted$"
TOKEN = "token-of-the-administrator"
PREFIXES = ("/api/", "/api/controller/")
Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of objects: its fields with their defaults, which also determine their types."""

    type: str
    fields: Mapping[str, object] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    refers: Mapping[str, str] = field(default_factory=dict)
    """Fields that hold the ID of an object of another kind."""
    among: tuple[str, ...] = ()
    """A name is unique among those with the same values of these fields."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_SCM = {"scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "", "scm_update_on_launch": False}
_ASKED = ("limit", "job_type", "diff_mode", "job_slice_count", "variables", "credential", "inventory", "forks")
KINDS = {
    "organizations": Kind("organization"),
    "credential_types": Kind(
        "credential_type", {"kind": "", "managed": False, "inputs": {}, "injectors": {}}, ("kind",), among=("kind",)
    ),
    "credentials": Kind(
        "credential",
        {"inputs": {}},
        ("credential_type", "organization"),
        {"credential_type": "credential_types", "organization": "organizations"},
        ("credential_type", "organization"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {"image": "", "pull": ""},
        ("image",),
        {"organization": "organizations", "credential": "credentials"},
        choices={"pull": ("", "always", "missing", "never")},
    ),
    "projects": Kind(
        "project",
        {**_SCM, "scm_update_cache_timeout": 0, "allow_override": False, "timeout": 0, "scm_revision": ""},
        ("organization",),
        {"organization": "organizations", "credential": "credentials"},
        ("organization",),
        {"scm_type": ("", "git", "svn", "insights", "archive")},
    ),
    "inventories": Kind(
        "inventory",
        {"kind": "", "host_filter": None, "variables": ""},
        ("organization",),
        {"organization": "organizations"},
        ("organization",),
        {"kind": ("", "smart", "constructed")},
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            "source": "",
            "source_path": "",
            "source_vars": "",
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "update_cache_timeout": 0,
            "timeout": 0,
            "verbosity": 1,
            "limit": "",
        },
        ("inventory", "source"),
        {
            "inventory": "inventories",
            "source_project": "projects",
            "credential": "credentials",
            "execution_environment": "execution_environments",
        },
        ("inventory",),
        {"source": ("scm", "ec2", "gce", "azure_rm", "vmware", "satellite6", "openstack", "rhv", "controller")},
    ),
    "job_templates": Kind(
        "job_template",
        {
            "job_type": "run",
            "playbook": "",
            "forks": 0,
            "limit": "",
            "verbosity": 0,
            "extra_vars": "",
            "diff_mode": False,
            "job_slice_count": 1,
            "survey_enabled": False,
            "timeout": 0,
            **{f"ask_{name}_on_launch": False for name in _ASKED},
        },
        ("project", "playbook"),
        {
            "inventory": "inventories",
            "project": "projects",
            "organization": "organizations",
            "execution_environment": "execution_environments",
        },
        ("organization",),
        {"job_type": ("run", "check")},
    ),
    "schedules": Kind(
        "schedule",
        {"rrule": "", "enabled": True, "extra_data": {}, "limit": None, "job_slice_count": None},
        ("rrule", "unified_job_template"),
        {"unified_job_template": "job_templates"},
        ("unified_job_template",),
    ),
}


class Refused(Exception):
    """An error response of the server."""

    def __init__(self, problems: Mapping[str, object], status: int = 400) -> None:
        super().__init__(status, problems)
        self.problems, self.status = dict(problems), status


@dataclass
class Controller:
    """The data of the server.

    :param playbooks: the playbooks in each project.
    :param objects: by kind and ID.
    :param asked: method, path and body of each request.
    """

    playbooks: tuple[str, ...]
    objects: dict[str, dict[int, Object]] = field(default_factory=lambda: {name: {} for name in KINDS})
    surveys: dict[int, Object] = field(default_factory=dict)
    credentials: dict[int, list[int]] = field(default_factory=dict)
    asked: list[tuple[str, str, Object]] = field(default_factory=list)
    prefix: str = PREFIXES[0]
    port: int = 0

    def __post_init__(self) -> None:
        self.make("organizations", {"name": "Default"})

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Return the method and path of all requests that would change data."""
        return [(method, path) for method, path, _body in self.asked if method != "GET"]

    def named(self, kind: str, name: str) -> Object:
        """Return an object by name, to inspect or edit it like in the web UI."""
        (found,) = (one for one in self.objects[kind].values() if one["name"] == name)
        return found

    def survey(self, name: str) -> Object:
        """The survey of the job template of this name."""
        return self.surveys[self.named("job_templates", name)["id"]]

    def attached(self, name: str) -> set[str]:
        """The names of the credentials of a job template."""
        ids = self.credentials.get(self.named("job_templates", name)["id"], [])
        return {self.objects["credentials"][number]["name"] for number in ids}

    def make(self, kind: str, posted: Mapping[str, Any]) -> Object:
        """A new object."""
        own = KINDS[kind]
        fields = {"name": "", "description": "", **copy.deepcopy(dict(own.fields)), **dict.fromkeys(own.refers)}
        return self._put(kind, {**fields, "id": sum(map(len, self.objects.values())) + 1}, posted)

    def change(self, kind: str, number: int, posted: Mapping[str, Any]) -> Object:
        """Change an object."""
        return self._put(kind, self.objects[kind][number], posted)

    def _put(self, kind: str, before: Object, posted: Mapping[str, Any]) -> Object:
        own, problems = KINDS[kind], {}
        values: Object = {}
        for name, given in posted.items():
            # Text that is null is no text.
            value = "" if given is None and isinstance(before.get(name), str) else given
            if name in own.refers and value != before[name]:
                if value in (None, ""):
                    value = None
                elif value not in self.objects[own.refers[name]]:
                    problems[name] = [f'Invalid pk "{value}" - object does not exist.']
            elif name not in before or name == "id":
                problems[name] = ["There is no such field."]
            elif name not in own.refers and before[name] is not None and type(value) is not type(before[name]):
                problems[name] = [f"Not a valid {type(before[name]).__name__}: {value!r}"]
            values[name] = value
        after = {**before, **copy.deepcopy(values)}
        for name in ("name", *own.needed):
            if after[name] in (None, ""):
                problems[name] = ["This field is required."]
        for name, choices in own.choices.items():
            if after[name] not in choices:
                problems[name] = [f'"{after[name]}" is not a valid choice.']
        for other in self.objects[kind].values():
            if other["id"] != after["id"] and all(other[name] == after[name] for name in ("name", *own.among)):
                problems["name"] = ["An object with this name already exists."]
        if problems:
            raise Refused(problems)
        check = _CHECKS.get(kind)
        if found := [*check(self, before, after)] if check else []:
            raise Refused({"__all__": found})
        self.objects[kind][after["id"]] = after
        return after

    def put_survey(self, number: int, spec: Object) -> None:
        """The survey of a job template."""
        if found := [*controller_rules.survey(spec)]:
            raise Refused({"error": " ".join(found)})
        self.surveys[number] = spec

    def associate(self, number: int, posted: Mapping[str, Any]) -> None:
        """Add a credential to a job template, or remove it."""
        there = self.credentials.setdefault(number, [])
        if posted.get("disassociate"):
            there.remove(posted["id"])
            return
        own = self.objects["credentials"]
        if own[posted["id"]]["credential_type"] in {own[other]["credential_type"] for other in there}:
            raise Refused({"error": "Cannot assign multiple credentials of one type."})
        there.append(posted["id"])

    def shown(self, kind: str, one: Object) -> Object:
        """Return an object as in a response: without secrets, with related objects."""
        url = f"{self.prefix}v2/{kind}/{one['id']}/"
        reported = {**copy.deepcopy(one), "type": KINDS[kind].type, "url": url, "related": {}, "summary_fields": {}}
        if kind == "job_templates":
            reported["related"] = {"survey_spec": f"{url}survey_spec/", "credentials": f"{url}credentials/"}
        if kind == "credentials":
            fields = self.objects["credential_types"][one["credential_type"]]["inputs"].get("fields", [])
            for secret in (part["id"] for part in fields if part.get("secret")):
                if reported["inputs"].get(secret):
                    reported["inputs"][secret] = HIDDEN
        return reported


def _credential_type(server: Controller, before: Object, after: Object) -> Iterator[str]:
    posted = {name: after[name] for name in ("name", "description", "kind", "inputs", "injectors")}
    yield from controller_rules.credential_type(posted)
    for part in after["inputs"].get("fields", []):
        part.setdefault("type", "string")
    used = {one["credential_type"] for one in server.objects["credentials"].values()}
    if after["id"] in used and after["inputs"] != before["inputs"]:
        raise Refused({"detail": "Modifications to inputs are not allowed for credential types that are in use"}, 403)


def _credential(server: Controller, before: Object, after: Object) -> Iterator[str]:
    for name, value in after["inputs"].items():
        if value == HIDDEN:
            after["inputs"][name] = before["inputs"][name]
    yield from controller_rules.credential(
        after["inputs"], server.objects["credential_types"][after["credential_type"]]
    )


def _inventory_source(server: Controller, _before: Object, after: Object) -> Iterator[str]:
    if after["source"] == "scm" and not after["source_project"]:
        yield "Project required for scm type sources."
    if after["source"] != "scm" and (after["source_project"] or after["source_path"]):
        yield "Cannot set source_path if not SCM type."
    if after["credential"]:
        credential = server.objects["credentials"][after["credential"]]
        kind = server.objects["credential_types"][credential["credential_type"]]["kind"]
        if kind != "cloud":
            yield f"Credentials of type {kind} are disallowed for scm inventory sources."


def _job_template(server: Controller, _before: Object, after: Object) -> Iterator[str]:
    if not after["inventory"] and not after["ask_inventory_on_launch"]:
        yield "Must either set a default value or ask to prompt on launch."
    if after["playbook"] not in server.playbooks:
        yield "Playbook not found for project."
    if after["job_slice_count"] < 1:
        yield "Ensure this value is greater than or equal to 1."


def _schedule(server: Controller, _before: Object, after: Object) -> Iterator[str]:
    yield from controller_rules.rrule(after["rrule"])
    template = server.objects["job_templates"][after["unified_job_template"]]
    for name in ("limit", "job_slice_count"):
        if after[name] is not None and not template[f"ask_{name}_on_launch"]:
            yield f"Field is not configured to prompt on launch: {name}."
    questions = server.surveys.get(template["id"], {}).get("spec", []) if template["survey_enabled"] else []
    for one in questions:
        if one["required"] and one.get("default", "") == "" and one["variable"] not in after["extra_data"]:
            yield f"'{one['variable']}' value missing"


_CHECKS: dict[str, Callable[[Controller, Object, Object], Iterator[str]]] = {
    "credential_types": _credential_type,
    "credentials": _credential,
    "inventory_sources": _inventory_source,
    "job_templates": _job_template,
    "schedules": _schedule,
}


def _listed(server: Controller, kind: str, query: Mapping[str, str]) -> list[Object]:
    """Return the objects of a list."""

    def matches(one: Object) -> bool:
        either = {name[4:]: value for name, value in query.items() if name.startswith("or__")}
        if either and not any(str(one[name]) == value for name, value in either.items()):
            return False
        for name, value in query.items():
            if name.endswith("__in"):
                if str(one[name[:-4]]) not in value.split(","):
                    return False
            elif not name.startswith("or__") and str(one[name]) != value:
                return False
        return True

    kinds = ("job_templates", "projects", "inventory_sources") if kind == "unified_job_templates" else (kind,)
    try:
        return [server.shown(name, one) for name in kinds for one in server.objects[name].values() if matches(one)]
    except KeyError as error:
        raise Refused({"detail": f"There is no such field: {error}"}) from None


def _answer(server: Controller, method: str, path: list[str], query: Mapping[str, str], body: Object) -> Response:
    kind = path[0]
    if kind == "project_updates":
        return JSONResponse({"id": int(path[1]), "status": "successful", "type": "project_update"})
    if len(path) == 1 and method == "GET" and (kind in KINDS or kind == "unified_job_templates"):
        found = _listed(server, kind, query)
        return JSONResponse({"count": len(found), "next": None, "previous": None, "results": found})
    if kind not in KINDS:
        return JSONResponse({"detail": "Not found."}, 404)
    if len(path) == 1 and method == "POST":
        made = server.shown(kind, server.make(kind, body))
        if kind == "projects":
            # It is fetched at once.
            made["summary_fields"]["current_update"] = {"id": made["id"], "status": "pending"}
        return JSONResponse(made, 201)
    number = int(path[1])
    if number not in server.objects[kind]:
        return JSONResponse({"detail": "Not found."}, 404)
    if len(path) == 2 and method in ("GET", "PATCH"):
        one = server.change(kind, number, body) if method == "PATCH" else server.objects[kind][number]
        return JSONResponse(server.shown(kind, one))
    if kind == "job_templates" and path[2:] == ["survey_spec"] and method in ("GET", "POST"):
        if method == "POST":
            server.put_survey(number, body)
            return JSONResponse({})
        return JSONResponse(server.surveys.get(number, {}))
    if kind == "job_templates" and path[2:] == ["credentials"] and method in ("GET", "POST"):
        if method == "POST":
            server.associate(number, body)
            return Response(status_code=204)
        ids = server.credentials.get(number, [])
        found = [server.shown("credentials", server.objects["credentials"][other]) for other in ids]
        return JSONResponse({"count": len(found), "next": None, "previous": None, "results": found})
    return JSONResponse({"detail": f'Method "{method}" not allowed.'}, 405)


class ControllerServer:
    """Run the server on a free loopback port, for a ``with`` block."""

    def __init__(self, playbooks: tuple[str, ...], prefix: str = PREFIXES[0]) -> None:
        self.memory = Controller(playbooks, prefix=prefix)
        self._lock = threading.Lock()
        app = Starlette(
            routes=[Route(f"{prefix}v2/{{path:path}}", self._serve, methods=["GET", "POST", "PATCH", "DELETE"])]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    async def _serve(self, request: Request) -> Response:
        content = await request.body()
        path = [part for part in request.path_params["path"].split("/") if part]
        body = json.loads(content) if content and request.method != "GET" else {}
        with self._lock:
            self.memory.asked.append((request.method, "/".join(path), body))
            headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return JSONResponse({"detail": "Authentication credentials were not provided."}, 401, headers)
            try:
                answer = _answer(self.memory, request.method, path, request.query_params, body)
            except Refused as refused:
                answer = JSONResponse(refused.problems, refused.status)
        answer.headers.update(headers)
        return answer

    @property
    def environment(self) -> dict[str, str]:
        """Return the connection variables for the modules."""
        (socket,) = self._server.servers[0].sockets
        return {
            "CONTROLLER_HOST": f"http://127.0.0.1:{socket.getsockname()[1]}",
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
            **({} if self.memory.prefix == PREFIXES[0] else {"CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX": PREFIXES[1]}),
        }

    def __enter__(self) -> ControllerServer:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
