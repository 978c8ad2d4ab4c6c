# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The form of answers, checked once, where they come in: everything inside may trust types, ids and sizes.

Only what the engine reads is checked; what else a newer server adds passes. A wrong form is a :class:`WrongForm` with a
text that holds no value, and the caller says whose answer it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .paging import Page

# A request may hold 1 MB (settings-api 3.11), so no value is larger than what fits into one, and a margin.
_MAX_NODES = 500_000
_MAX_TEXT = 4 * 1024 * 1024
_MAX_DEPTH = 100
_MAX_ID = 2000
# An environment has some hundreds.
_MAX_SCHEMAS = 5000
# Milliseconds, far beyond any date that matters.
_MAX_TIME = 10**14

_OBJECT_TEXTS = (
    "objectId",
    "scope",
    "schemaId",
    "schemaVersion",
    "externalId",
    "updateToken",
    "author",
    "createdBy",
    "modifiedBy",
    "summary",
    "searchSummary",
)
_REVISION_TEXTS = ("revision", "objectId", "type", "schemaVersion", "source")
_SCHEMA_TEXTS = ("schemaId", "version", "displayName", "latestSchemaVersion")
_SCHEMA_LISTS = ("constraints", "schemaConstraints", "allowedScopes")
_PROPERTY_TEXTS = ("modificationPolicy",)
_PROPERTY_COUNTS = ("minObjects", "maxObjects")
_PRECONDITION_TEXTS = ("type", "property", "pattern")
_CONSTRAINT_TEXTS = ("type", "pattern", "customMessage", "customValidatorId")
_CONSTRAINT_NUMBERS = ("minLength", "maxLength", "minimum", "maximum", "byteLimit")
_CONSTRAINT_COUNTS = ("minimumPropertyCount", "maximumPropertyCount")
_CONSTRAINT_LISTS = ("uniqueProperties", "properties")


class WrongForm(Exception):
    """What is wrong with an answer; its text fits behind "answered with"."""


def object_page(body: Any, size: int, fields: Iterable[str]) -> Page:
    """A page of settings objects.

    :param fields: those that were asked for; ``objectId`` and ``value`` among them must be there.
    :raises WrongForm: it is none.
    """
    required = [name for name in ("objectId", "value") if name in fields]
    # What is small as a whole can only be too deep.
    small = 0 < size <= _MAX_NODES and not _is_deep(body)
    return page_of(body, size, "items", "a list of settings objects", lambda item: _object(item, required, small=small))


def page_of(body: Any, size: int, key: str, what: str, check: Callable[[dict[str, Any]], None]) -> Page:
    """A page of anything.

    :param key: where its items are.
    :param check: raises for an item that is wrong.
    :raises WrongForm: it is none.
    """
    items = body.get(key) if isinstance(body, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise WrongForm(f"JSON that is not {what}")
    for item in items:
        check(item)
    total, next_key = body.get("totalCount"), body.get("nextPageKey")
    if total is not None and not _is_count(total):
        raise WrongForm(f"{what} whose totalCount is not a number")
    if next_key is not None and (not isinstance(next_key, str) or len(next_key) > _MAX_TEXT):
        raise WrongForm(f"{what} whose nextPageKey is not text")
    return Page(items, next_key or None, total, size)


def history_page(body: Any, size: int) -> Page:
    """A page of the history of settings. The values before and after, which come as JSON in text, are read.

    :raises WrongForm: it is none.
    """
    return page_of(body, size, "items", "a history of settings", _revision)


def _revision(item: dict[str, Any]) -> None:
    what = "a change of settings"
    _texts(item, _REVISION_TEXTS, what)
    if item.get("objectId") is not None:
        id_text(item, "objectId", what)
    info = item.get("modificationInfo")
    if info is not None and not isinstance(info, dict):
        raise WrongForm(f"{what} whose modificationInfo is not an object")
    _texts(info or {}, ("lastModifiedBy",), what)
    for name in ("jsonBefore", "jsonAfter"):
        found = item.get(name)
        if isinstance(found, str) and len(found) <= _MAX_TEXT:
            try:
                found = json.loads(found)
            except (ValueError, RecursionError):
                raise WrongForm(f"{what} whose {name} is not JSON") from None
        if found is not None and not isinstance(found, dict):
            raise WrongForm(f"{what} whose {name} is not an object")
        _bounded(found, what)
        item[name] = found


def check_object(item: Any) -> dict[str, Any]:
    """One settings object.

    :raises WrongForm: it is none.
    """
    if not isinstance(item, dict):
        raise WrongForm("JSON that is not an object")
    _object(item, ())
    return item


def check_schema(document: Any) -> dict[str, Any]:
    """A schema document: the types of everything that is read from it.

    :raises WrongForm: it is none.
    """
    if not isinstance(document, dict) or not isinstance(document.get("properties", {}), dict):
        raise WrongForm("JSON that is not a schema")
    _bounded(document, "a schema")
    _texts(document, _SCHEMA_TEXTS, "a schema")
    _lists(document, _SCHEMA_LISTS, "a schema")
    for constraint in document.get("schemaConstraints") or ():
        _constraint(constraint)
    if not all(isinstance(scope, str) for scope in document.get("allowedScopes") or ()):
        raise WrongForm("a schema whose allowedScopes are not texts")
    _count(document, "maxObjects", "a schema")
    _object_type(document)
    for section in ("types", "enums"):
        named = document.get(section)
        if named is not None and not (isinstance(named, dict) and all(isinstance(one, dict) for one in named.values())):
            raise WrongForm(f"a schema whose {section} are not objects")
    for one in (document.get("types") or {}).values():
        _object_type(one)
    for one in (document.get("enums") or {}).values():
        _lists(one, ("items",), "an enum of a schema")
        if not all(isinstance(item, dict) for item in one.get("items") or ()):
            raise WrongForm("an enum of a schema whose items are not objects")
        if not all(_is_scalar(item.get("value")) for item in one.get("items") or ()):
            raise WrongForm("an enum of a schema whose values are not texts")
    return document


def check_schema_list(body: Any) -> list[dict[str, Any]]:
    """The list of schemas, which has no pages.

    :raises WrongForm: it is none.
    """

    def check(item: dict[str, Any]) -> None:
        id_text(item, "schemaId", "a schema")
        _texts(item, _SCHEMA_TEXTS, "a schema")

    found = page_of(body, 0, "items", "a list of schemas", check).items
    if len(found) > _MAX_SCHEMAS:
        raise WrongForm(f"a list of more than {_MAX_SCHEMAS} schemas")
    return found


def check_permissions(body: Any) -> list[dict[str, Any]]:
    """What effective permissions are resolved to.

    :raises WrongForm: it is none.
    """
    if not isinstance(body, list) or not all(isinstance(one, dict) for one in body):
        raise WrongForm("JSON that is not a list of permissions")
    return body


def accessors(body: Any) -> list[tuple[str, list[str]]]:
    """Who has permissions of an object, and which: ``all-users``, ``user/<id>`` or ``group/<id>``.

    :raises WrongForm: it is something else.
    """
    what = "the permissions of an object"
    listed = body.get("accessors") if isinstance(body, Mapping) else None
    if not isinstance(listed, list):
        raise WrongForm(f"JSON that is not {what}")
    found = []
    for one in listed:
        accessor, granted = (one.get("accessor"), one.get("permissions")) if isinstance(one, Mapping) else (None, None)
        texts = isinstance(granted, list) and all(isinstance(part, str) for part in granted)
        if not isinstance(accessor, Mapping) or not isinstance(granted, list) or not texts:
            raise WrongForm(f"JSON that is not {what}")
        kind = id_text(accessor, "type", what)
        found.append((kind if accessor.get("id") is None else f"{kind}/{id_text(accessor, 'id', what)}", granted))
    return found


def id_text(item: Mapping[str, Any], key: str, what: str) -> str:
    """An id: printable text without white space, of a size that fits into an address.

    :raises WrongForm: it is none.
    """
    found = item.get(key)
    if not isinstance(found, str) or not found or len(found) > _MAX_ID or not found.isprintable() or " " in found:
        raise WrongForm(f"{what} whose {key} is not an id")
    return found


def _object(item: dict[str, Any], required: Iterable[str], *, small: bool = False) -> None:
    """Check one settings object.

    :param small: whether it is known to be bounded.
    """
    what = "a settings object"
    if "objectId" in required or item.get("objectId") is not None:
        id_text(item, "objectId", what)
    _texts(item, _OBJECT_TEXTS, what)
    for name in ("created", "modified"):
        found = item.get(name)
        if found is not None and (not _is_count(found) or found > _MAX_TIME):
            raise WrongForm(f"{what} whose {name} is not a time in milliseconds")
    if not isinstance(item.get("value"), dict) and ("value" in required or item.get("value") is not None):
        raise WrongForm(f"{what} whose value is not an object")
    if not isinstance(item.get("modificationInfo") or {}, dict):
        raise WrongForm(f"{what} whose modificationInfo is not an object")
    if not small:
        _bounded(item, what)


def _object_type(node: Mapping[str, Any]) -> None:
    _lists(node, ("constraints",), "a type of a schema")
    for constraint in node.get("constraints") or ():
        _constraint(constraint)
    properties = node.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise WrongForm("a type of a schema whose properties are not objects")
    for prop in (properties or {}).values():
        _property(prop)


def _property(prop: Any) -> None:
    # Items of a list are of the same form.
    while prop is not None:
        what = "a property of a schema"
        if not isinstance(prop, dict):
            raise WrongForm(f"{what} that is not an object")
        _texts(prop, _PROPERTY_TEXTS, what)
        _lists(prop, ("constraints",), what)
        for constraint in prop.get("constraints") or ():
            _constraint(constraint)
        for name in _PROPERTY_COUNTS:
            _count(prop, name, what)
        _precondition(prop.get("precondition"))
        prop = prop.get("items")


def _precondition(node: Any) -> None:
    what = "a precondition of a schema"
    if node is None:
        return
    if not isinstance(node, dict):
        raise WrongForm(f"{what} that is not an object")
    _texts(node, _PRECONDITION_TEXTS, what)
    _lists(node, ("preconditions", "expectedValues"), what)
    for part in (*(node.get("preconditions") or ()), node.get("precondition")):
        _precondition(part)


def _constraint(node: Any) -> None:
    what = "a constraint of a schema"
    if not isinstance(node, dict):
        raise WrongForm(f"{what} that is not an object")
    _texts(node, _CONSTRAINT_TEXTS, what)
    _lists(node, _CONSTRAINT_LISTS, what)
    for name in (*_CONSTRAINT_NUMBERS, *_CONSTRAINT_COUNTS):
        found = node.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, (int, float))):
            raise WrongForm(f"{what} whose {name} is not a number")
    for name in _CONSTRAINT_LISTS:
        if not all(isinstance(one, str) for one in node.get(name) or ()):
            raise WrongForm(f"{what} whose {name} are not texts")


def _texts(node: Mapping[str, Any], names: Iterable[str], what: str) -> None:
    for name in names:
        if name in node and not isinstance(node[name], (str, type(None))):
            raise WrongForm(f"{what} whose {name} is not text")


def _lists(node: Mapping[str, Any], names: Iterable[str], what: str) -> None:
    for name in names:
        if node.get(name) is not None and not isinstance(node[name], list):
            raise WrongForm(f"{what} whose {name} are not a list")


def _count(node: Mapping[str, Any], name: str, what: str) -> None:
    if node.get(name) is not None and (isinstance(node[name], bool) or not isinstance(node[name], int)):
        raise WrongForm(f"{what} whose {name} is not a number")


def _is_count(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and found >= 0


def _is_scalar(found: Any) -> bool:
    return found is None or isinstance(found, (str, int, float, bool))


def _is_deep(node: Any) -> bool:
    """Whether there are more levels in it than one object may have. Looks only at what can have something inside."""
    level = [node] if isinstance(node, (dict, list)) else []
    for _depth in range(_MAX_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if child.__class__ is dict or child.__class__ is list
        ]
        if not level:
            return False
    return True


def _bounded(node: Any, what: str) -> None:
    """Nothing in it is too deep for a recursion, or more than the API could store. Looks at it without recursion."""
    nodes = text = 0
    level: list[Any] = [node]
    for _depth in range(_MAX_DEPTH):
        below: list[Any] = []
        nodes += len(level)
        for one in level:
            if isinstance(one, dict):
                text += sum(map(len, one))
                below += one.values()
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str):
                text += len(one)
        if nodes > _MAX_NODES or text > _MAX_TEXT:
            raise WrongForm(f"{what} that is larger than the API can store")
        if not below:
            return
        level = below
    raise WrongForm(f"{what} that is nested more than {_MAX_DEPTH} levels deep")
