# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""A JSON Schema for editors: the variable ``dynatrace_settings``, with the values of the schemas of an environment.

Draft-07, which all language servers for YAML support. It is about what a person writes: an expression or an encrypted
text is accepted everywhere, properties with a default can be left out, names are those of the schema or all in
snake_case. ``patternErrorMessage``, ``errorMessage`` and ``doNotSuggest`` are extensions of editors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._problems import with_comments
from .._settings_api.property_names import snake_case
from .._settings_api.schema import Schema
from .._settings_api.schema_model import ObjectType, Precondition, Property, parts_of
from .declaration import path_text
from .scopes import ENVIRONMENT
from .to_vars import VARIABLE

Node = dict[str, Any]
LATER = r"\{\{|\{%|^\s*\$ANSIBLE_VAULT;"
"""A value that Ansible evaluates at run time: an expression, or an encrypted text. It cannot be validated."""
_JSON_TYPES = {"boolean": "boolean", "integer": "integer", "float": "number"}
_WORDS = {"boolean": "true or false", "integer": "a whole number", "number": "a number", "array": "a list"}
# The options of a declaration and of an object. A test compares them with those of the module.
DECLARATION = {
    "schema_id": "ID of the schema.",
    "scope": "Scope of the objects. The default is environment, if the schema allows it.",
    "objects": "The objects. An empty list declares none.",
    "match_on": "Paths of the properties that identify an object without a name.",
    "ordered": "Whether the objects are put into the order of their declaration.",
    "prune": "Whether to delete all objects of the schema and scope that are not declared.",
    "confirm_prune_all": "Confirms prune if no object is declared.",
    "state": "present, or absent to remove the objects.",
    "source": "Origin of the declaration, for the result.",
}
OBJECT = {
    "name": "Name that identifies the object. Other objects can refer to it by this name.",
    "object_id": "ID of the existing object to adopt.",
    "adopt_from": "The tool that managed the object before.",
    "value": "The properties of the object, with the names of the schema, or all of them in snake_case.",
    "secrets": "The secrets of the object. If one is omitted, the stored one is kept.",
    "owner": "Owner of the object.",
    "permissions": "Who may read and write the object.",
}
_BOOLEANS = ("ordered", "prune", "confirm_prune_all")


def editor_schema(documents: Sequence[Mapping[str, Any]], *, source: str, complete: bool) -> Node:
    """Return the schema for files of inventory variables.

    :param documents: schema documents as the environment returned them.
    :param source: where they come from, for the comment.
    :param complete: whether there are no other schemas, so that another schema ID is a mistake.
    """
    definitions: Node = {}
    branches = []
    schemas = sorted((Schema.from_document(one) for one in documents), key=lambda one: one.schema_id)
    texts = {str(one.get("schemaId", "")): one for one in documents}
    for number, schema in enumerate(schemas):
        value = _Values(schema, texts[schema.schema_id], f"{number}.", definitions).root()
        branches.append(_branch(schema, value))
    variable = {"$ref": "#/definitions/declarations"}
    definitions["declarations"] = {
        **_later("array", "Declarations of settings, which the role settings and the playbooks use."),
        "items": _declaration(schemas, branches, complete),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"Written by community.dynatrace.settings_editor_schema from {source}.",
        "title": f"Settings of {source}",
        # A file that is encrypted as a whole is a text.
        "type": ["object", "null", "string"],
        "pattern": r"^\s*\$ANSIBLE_VAULT;",
        "properties": {VARIABLE: variable},
        "patternProperties": {f"^{VARIABLE}__": variable},
        "definitions": definitions,
    }


def _declaration(schemas: Sequence[Schema], branches: Sequence[Node], complete: bool) -> Node:
    known: Node = {"enum": [schema.schema_id for schema in schemas]}
    other: Node = {"type": "string", "pattern": LATER if complete else "."}
    types: Node = {name: {"type": ["string", "null"]} for name in DECLARATION}
    types |= {name: _later("boolean") for name in _BOOLEANS}
    types["schema_id"] = {"anyOf": [known, other], "type": ["string"]}
    types["match_on"] = _later("array")
    types["state"] = {"enum": ["present", "absent", None]}
    types["objects"] = {**_later("array"), "items": _object()}
    properties = {name: {**types[name], "description": text} for name, text in DECLARATION.items()}
    return {
        "type": ["object", "string"],
        "pattern": LATER,
        "patternErrorMessage": "must be a declaration or a Jinja expression",
        "properties": properties,
        "additionalProperties": False,
        "required": ["schema_id", "objects"],
        "allOf": list(branches),
    }


def _object() -> Node:
    types: Node = {name: {"type": ["string", "null"]} for name in OBJECT}
    types |= {name: {} for name in ("value", "adopt_from", "permissions")}
    types["secrets"] = _later("array")
    types["secrets"]["items"] = {
        "type": ["object", "string"],
        "properties": {"path": {"type": "string"}, "value": {"description": "The secret, from a vault."}},
        "additionalProperties": False,
        "required": ["path", "value"],
    }
    return {
        "type": ["object", "string"],
        "pattern": LATER,
        "patternErrorMessage": "must be an object or a Jinja expression",
        "properties": {name: {**types[name], "description": text} for name, text in OBJECT.items()},
        "additionalProperties": False,
    }


def _branch(schema: Schema, value: Node) -> Node:
    """What a declaration of one schema must be. What is removed needs no complete value."""
    test = {"properties": {"schema_id": {"const": schema.schema_id}}, "required": ["schema_id"]}
    absent = {"properties": {"state": {"const": "absent"}}, "required": ["state"]}
    paths = list(dict.fromkeys(_secret_paths(schema, schema.model.root, (), frozenset())))
    properties: Node = {"value": value}
    if paths:
        properties["secrets"] = {"items": {"properties": {"path": {"anyOf": [{"enum": paths}, {"type": "string"}]}}}}
    objects: Node = {"items": {"properties": properties}}
    if not schema.multi_object and ENVIRONMENT in schema.allowed_scopes:
        objects["maxItems"] = 1
    found: Node = {"properties": {"objects": objects}}
    if schema.allowed_scopes:
        found["properties"]["scope"] = _scope(schema)
    return {"if": {"allOf": [test, {"not": absent}]}, "then": found}


def _scope(schema: Schema) -> Node:
    scopes = list(schema.allowed_scopes)
    types = "|".join(one for one in scopes if one.replace("_", "").isalnum())
    names = [*scopes, *(["tenant"] if ENVIRONMENT in scopes else [])]
    known = [{"enum": names}, {"type": "null"}, {"type": "string", "pattern": f"{LATER}|^(?:{types})-"}]
    return {"anyOf": known}


def _secret_paths(
    schema: Schema, kind: ObjectType, path: tuple[str | int, ...], inside: frozenset[str]
) -> Iterator[str]:
    """The paths of secrets, those in lists by their first item."""
    for name, prop in kind.properties.items():
        at: tuple[str | int, ...] = (*path, name)
        one = prop
        while one.items is not None:
            one, at = one.items, (*at, 0)
        if one.kind == "secret":
            yield path_text("", at)
            yield path_text("", schema.names.snake_path(at))
        elif one.kind == "object" and one.type_name not in inside:
            yield from _secret_paths(schema, schema.model.object_of(one), at, inside | {one.type_name})


def _later(kind: str, description: str = "") -> Node:
    """A type, or an expression."""
    found: Node = {
        "type": [kind, "string", "null"],
        "pattern": LATER,
        "patternErrorMessage": f"must be {_WORDS[kind]}, or a Jinja expression",
    }
    return {**found, "description": description} if description else found


class _Values:
    """The values of one schema.

    :param prefix: of the names of its definitions.
    :param definitions: where the types are defined.
    """

    def __init__(self, schema: Schema, document: Mapping[str, Any], prefix: str, definitions: Node) -> None:
        self._schema, self._model = schema, schema.model
        self._document = document
        self._definitions = definitions
        self._names = {kind.name: f"{prefix}{number}" for number, kind in enumerate(self._model.object_types())}
        self._two_forms = self._types_with_two_forms()

    def root(self) -> Node:
        """The value of an object, in one of its forms."""
        root = self._model.root
        by_schema = self._reference(root, snake=False)
        if root.name not in self._two_forms:
            return by_schema
        in_snake_case = self._reference(root, snake=True)
        names = {name: self._name(root, name, snake=True) for name in root.properties}
        different = {name: form for name, form in names.items() if form != name}
        either: Node = {"anyOf": [in_snake_case, by_schema]}
        if not different:
            return either
        # Existing names show which form is used, so only names of the same form are offered and accepted.
        rest = {"if": _has(different), "then": by_schema, "else": either}
        return {"if": _has(different.values()), "then": in_snake_case, "else": rest}

    def _types_with_two_forms(self) -> set[str]:
        """The types in which, or in whose parts, a name differs in snake_case."""
        uses = {kind.name: set(self._uses(kind)) for kind in self._model.object_types()}
        found = {
            kind.name
            for kind in self._model.object_types()
            if any(self._name(kind, name, snake=True) != name for name in kind.properties)
        }
        while more := {name for name, used in uses.items() if name not in found and used & found}:
            found |= more
        return found

    def _uses(self, kind: ObjectType) -> Iterator[str]:
        for prop in kind.properties.values():
            one: Property | None = prop
            while one is not None:
                if one.kind == "object":
                    yield one.type_name
                one = one.items

    def _name(self, kind: ObjectType, name: str, *, snake: bool) -> str:
        form = snake_case(name) if snake else name
        same = [one for one in kind.properties if snake_case(one) == form]
        return form if len(same) == 1 and form not in kind.properties.keys() - {name} else name

    def _reference(self, kind: ObjectType, *, snake: bool) -> Node:
        snake = snake and kind.name in self._two_forms
        name = f"{self._names[kind.name]}{'s' if snake else ''}"
        if name not in self._definitions:
            self._definitions[name] = {}
            self._definitions[name] |= self._object(kind, snake)
        return {"$ref": f"#/definitions/{name}"}

    def _object(self, kind: ObjectType, snake: bool) -> Node:
        names = {name: self._name(kind, name, snake=snake) for name in kind.properties}
        texts = self._texts(kind)
        properties = {
            names[name]: {**self._value(prop, snake), **texts.get(name, {})} for name, prop in kind.properties.items()
        }
        needed = [
            prop
            for prop in kind.properties.values()
            if not prop.nullable and prop.kind not in ("secret", "any") and self._schema.default_of(prop) is None
        ]
        conditions = [
            {"if": test, "then": {"required": [names[prop.name]]}}
            for prop in needed
            if prop.precondition is not None and (test := self._holds(kind, prop.precondition, names)) is not None
        ]
        found: Node = {
            "type": ["object", "string", "null"],
            "pattern": LATER,
            "patternErrorMessage": "must be a dictionary of properties, or a Jinja expression",
            "properties": properties,
            "additionalProperties": False,
            "required": [names[prop.name] for prop in needed if prop.precondition is None],
        }
        return {**found, "allOf": conditions} if conditions else found

    def _texts(self, kind: ObjectType) -> Node:
        """Titles and descriptions of properties."""
        types = self._document.get("types")
        node = self._document if not kind.name else types.get(kind.name) if isinstance(types, Mapping) else None
        properties = node.get("properties") if isinstance(node, Mapping) else None
        found: Node = {}
        for name, prop in properties.items() if isinstance(properties, Mapping) else ():
            texts = [prop.get(key) for key in ("displayName", "description", "documentation")]
            text = "\n\n".join(dict.fromkeys(one for one in texts if isinstance(one, str) and one))
            found[name] = {"description": text} if text else {}
        return found

    def _value(self, prop: Property, snake: bool) -> Node:
        if prop.kind == "any":
            return {}
        if prop.kind == "object":
            return self._reference(self._model.object_of(prop), snake=snake)
        if prop.kind == "secret":
            return {"type": "null", "errorMessage": "is a secret; declare it in secrets", "doNotSuggest": True}
        default = self._schema.default_of(prop)
        hint: Node = {"default": default} if default not in (None, "", []) else {}
        if prop.kind == "enum":
            return {"anyOf": [{"enum": [*prop.enum]}, {"type": "null"}, {"type": "string", "pattern": LATER}], **hint}
        if prop.items is not None:
            limits = {"minItems": prop.min_objects or None, "maxItems": prop.max_objects}
            given = {name: limit for name, limit in limits.items() if limit is not None}
            return {**_later("array"), "items": self._value(prop.items, snake), **given, **hint}
        kind = _JSON_TYPES.get(prop.kind)
        found: Node = _later(kind) if kind else {"type": ["string", "null"]}
        rules = [rule for one in self._schema.constraints_of(prop) if (rule := _rule(with_comments(one)))]
        return {**found, **({"if": {"pattern": LATER}, "else": {"allOf": rules}} if rules else {}), **hint}

    def _holds(self, kind: ObjectType, condition: Precondition, names: Mapping[str, str]) -> Node | None:
        """When a precondition holds for certain, ``None`` if that is not known."""
        name = condition["type"]
        if name in ("AND", "OR"):
            parts = [self._holds(kind, part, names) for part in parts_of(condition)]
            known = [part for part in parts if part is not None]
            if name == "AND":
                return {"allOf": known} if known and len(known) == len(parts) else None
            return {"anyOf": known} if known else None
        path = str(condition.get("property", ""))
        if name not in ("EQUALS", "IN") or "/" in path:
            return None
        expected = [condition["expectedValue"]] if name == "EQUALS" else condition["expectedValues"]
        prop = kind.properties[path]
        if not expected or any(one is None for one in expected) or path in kind.circular:
            return None
        default = self._schema.default_of(prop)
        absent = any(one == default and type(one) is type(default) for one in expected)
        test: Node = {"type": "object", "properties": {names[path]: {"enum": [*expected, *([None] if absent else [])]}}}
        if not absent:
            test["required"] = [names[path]]
        if prop.precondition is None:
            return test
        above = self._holds(kind, prop.precondition, names)
        return {"allOf": [above, test]} if above is not None else None


def _has(names: Any) -> Node:
    return {"type": "object", "anyOf": [{"required": [name]} for name in names]}


def _rule(constraint: Node) -> Node:
    """A constraint with its message. Patterns that only Python knows are left out."""
    inner = constraint.get("then", constraint)
    found = {key: value for key, value in inner.items() if key not in ("$comment", "if", "then")}
    pattern = found.get("pattern")
    if pattern is not None and any(
        part in pattern for part in (r"\Z", r"\A", "(?P", "(?#", "(?i", "(?m", "(?s", "(?x")
    ):
        del found["pattern"]
    if "pattern" in found and "$comment" in inner:
        found["patternErrorMessage"] = inner["$comment"]
    return found
