# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The validation of AWX and automation controller for the data that this project posts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
import jsonschema

_NAME = "^[a-zA-Z_][a-zA-Z0-9_]*$"
_TEXTS = {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": {"type": "string"}}
CREDENTIAL_TYPE = {
    "type": "object",
    "required": ["name", "kind", "inputs", "injectors"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 512},
        "description": {"type": "string"},
        "managed": {"const": False},
        "kind": {"enum": ["cloud", "net"]},
        "inputs": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "required": {"type": "array", "items": {"type": "string"}},
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["id", "label"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string", "pattern": "^(?!tower$)[a-zA-Z_][a-zA-Z0-9_]*$"},
                            "type": {"enum": ["string", "boolean"]},
                            "format": {"enum": ["ssh_private_key", "url"]},
                            "label": {"type": "string"},
                            "help_text": {"type": "string"},
                            "secret": {"type": "boolean"},
                            "multiline": {"type": "boolean"},
                            "default": {"type": ["string", "boolean"]},
                            "choices": {"type": "array", "minItems": 1, "uniqueItems": True},
                        },
                    },
                },
            },
        },
        "injectors": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"env": _TEXTS, "extra_vars": _TEXTS, "file": {"type": "object"}},
        },
    },
}
# The server sets these itself.
TAKEN = {
    *("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID", "INVENTORY_UPDATE_ID"),
    *("AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES", "CALLBACK_QUEUE", "CACHE", "AWX_HOST"),
    *("CALLBACK_CONNECTION", "JOB_CALLBACK_DEBUG", "INVENTORY_HOSTVARS", "PROJECT_REVISION", "SUPERVISOR_CONFIG_PATH"),
}
_ANSWERS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "textarea": (str,),
    "password": (str,),
    "multiplechoice": (str,),
    "multiselect": (str, list),
    "integer": (int,),
    "float": (float, int),
}


def _schema(schema: Mapping[str, Any], value: object) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(value)]


def credential_type(posted: Mapping[str, Any]) -> Iterator[str]:
    """Return the problems of a credential type."""
    if found := _schema(CREDENTIAL_TYPE, posted):
        yield from found
        return
    fields = posted["inputs"].get("fields", [])
    ids = [field["id"] for field in fields]
    yield from (f"{name} exists twice" for name in set(ids) if ids.count(name) > 1)
    yield from (f"{name} is required and no field" for name in posted["inputs"].get("required", ()) if name not in ids)
    for field in fields:
        if field.get("type") == "boolean" and {"secret", "multiline", "format"} & set(field):
            yield f"{field['id']} is boolean, so it cannot be secret or have lines"
    for name in posted["injectors"].get("env", {}):
        if name in TAKEN or name.startswith("ANSIBLE_"):
            yield f"Environment variable {name} is not allowed to be used in credentials"
    rendered = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 - not HTML
    for kind in ("env", "extra_vars"):
        for name, text in posted["injectors"].get(kind, {}).items():
            try:
                rendered.from_string(text).render(dict.fromkeys(ids, "EXAMPLE"))
            except jinja2.TemplateError as error:
                yield f"{name} uses an undefined field ({error})"


def credential(inputs: Mapping[str, Any], kind: Mapping[str, Any]) -> Iterator[str]:
    """Return the problems of the inputs of a credential of this type."""
    fields = {field["id"]: field for field in kind["inputs"].get("fields", [])}
    for name, value in inputs.items():
        if name not in fields:
            yield f"Additional properties are not allowed ('{name}' was unexpected)"
        elif not isinstance(value, {"boolean": bool}.get(fields[name].get("type", "string"), str)):
            yield f"{name} is of the wrong type"
        elif isinstance(value, str) and "\n" in value and not fields[name].get("multiline"):
            yield f"{name} has several lines"


def survey(spec: Mapping[str, Any]) -> Iterator[str]:
    """Return the problems of the survey of a job template."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(name), kind):
            yield f"Field '{name}' is missing from survey spec."
    questions = spec.get("spec") or []
    if not questions:
        yield "'spec' doesn't contain any items."
    variables = []
    for index, one in enumerate(questions):
        for name in ("type", "question_name", "variable", "required"):
            if not isinstance(one.get(name), bool if name == "required" else str):
                yield f"'{name}' missing from survey question {index}"
                return
        variables.append(one["variable"])
        if not re.fullmatch(_NAME[1:-1], one["variable"]):
            yield f"question {index}: {one['variable']} is no variable"
        if one["type"] not in _ANSWERS:
            yield f"question {index}: {one['type']} is not one of the allowed question types"
            continue
        default, numeric = one.get("default", ""), one["type"] in ("integer", "float")
        if default != "" and (isinstance(default, bool) or not isinstance(default, _ANSWERS[one["type"]])):
            yield f"Default value {default!r} in survey question {index} is of the wrong type"
        elif one["type"] in ("multiplechoice", "multiselect"):
            if not one.get("choices"):
                yield f"question {index}: no choices"
            elif not all(isinstance(choice, str) and choice for choice in one["choices"]):
                yield f"question {index}: a choice is not text"
            elif default != "" and default not in one["choices"]:
                yield f"Default choice must be answered from the choices listed ({index})."
        elif default != "":
            size = default if numeric else len(str(default))
            if size < one.get("min", size) or size > one.get("max", size):
                yield f"question {index}: the default is too small or too large"
        yield from (
            f"question {index}: {end} is no number"
            for end in ("min", "max")
            if isinstance(one.get(end, 0), bool) or not isinstance(one.get(end, 0), int)
        )
        unknown = set(one) - {"type", "question_name", "question_description", "variable", "required"}
        yield from sorted(f"question {index}: {name}" for name in unknown - {"default", "choices", "min", "max"})
    yield from {f"{name} duplicated" for name in variables if variables.count(name) > 1}


def rrule(text: str) -> Iterator[str]:
    """Return the problems of the rule of a schedule."""
    starts = re.findall(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?", text)
    if not starts:
        yield "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"
    if len(starts) > 1:
        yield "Multiple DTSTART is not supported."
    if re.search(r"DTSTART:[0-9]+T[0-9]+( |$)", text):
        yield "DTSTART cannot be a naive datetime."
    rules = re.findall(r"\bRRULE:(\S*)", text)
    if not rules:
        yield "One or more rule required in rrule."
    for rule in rules:
        parts = dict(part.partition("=")[::2] for part in rule.split(";"))
        if "INTERVAL" not in parts:
            yield f"INTERVAL required in rrule: {rule}"
        if parts.get("FREQ") not in ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
            yield f"FREQ is not supported: {rule}"
        if "COUNT" in parts and ("UNTIL" in parts or int(parts["COUNT"]) > 999):
            yield f"COUNT is not supported here: {rule}"
        if re.match(r"[0-9]", parts.get("BYDAY", "")):
            yield f"BYDAY with numeric prefix not supported: {rule}"
    if re.search(r"EXDATE|\bRDATE", text):
        yield "EXDATE and RDATE are not allowed in rrule."
