# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""The text of problems: one table, and the renderer, which knows what users call an option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._settings_api.errors import InvalidInput, Problem, SettingsError
from ._settings_api.messages import OPTION_NAMES, Hint, Names

_REQUIRED = "is required"
_NO_PROPERTY = "is not {title}"
_NO_SCHEMA = "{schema} is not a schema of this environment"
_NO_OBJECT = "refers to {reference}, which is neither declared nor in the environment"
_NO_STATE = "{file} is not the output of terraform show -json (without a plan file)"

TEXTS: dict[str, str] = {
    # Missing values
    "required": _REQUIRED,
    "required.both": f"{_REQUIRED}: both are needed for {{credentials}}",
    "required.credentials": f"{_REQUIRED} (or {{alternatives:alternatives}})",
    "required.groups": f"{_REQUIRED}, because policies match groups: {{{{{{{{ group_names }}}}}}}}",
    "required.id": f"{_REQUIRED}, because the address does not contain it",
    "required.list": f"{_REQUIRED}; an empty list means none",
    "required.match": f"{_REQUIRED}, because the value does not contain {{properties}}, which would identify the "
    "object",
    "required.match_on": f"{_REQUIRED}, because objects of {{schema}} have no unique property that identifies them. "
    "Set a name, or list the properties that identify an object in {option.match_on}",
    "required.monaco": f"{_REQUIRED}: the id of the configuration in its Monaco project",
    "required.name": f"{_REQUIRED}: the name that identifies the object",
    "required.on_change": f"{_REQUIRED} for {{option.update_secrets}}: on_change",
    "required.prune": f"{_REQUIRED} for {{option.prune}}: true, because the objects of all scopes would be removed "
    "otherwise",
    "required.scope": f"{_REQUIRED}; scopes of {{schema}} are of these types: {{scopes}}",
    "required.secret": f"{_REQUIRED}, because no secret is stored yet",
    "required.variables": f"{_REQUIRED} (or the environment {{variables:variable}})",
    "required.while": f"{_REQUIRED} if {{condition}}",
    "blank": "must not be blank",
    "empty": "must not be empty",
    # Types and forms
    "type": "must be {expected:type}",
    "type.other": "must be {expected:type}, not {found:type}",
    "type.quotes": "must be {expected:type}, not {found:type} (quotes turn it into text)",
    "binary": "must be text, not binary data",
    "half_character": "must be text: it contains half of a character (a lone surrogate), which cannot be sent",
    "encrypted": "is still encrypted; in a variables file, put !vault before it, and to read it from an encrypted "
    "file, use the lookup ansible.builtin.unvault",
    "choice": "must be one of: {choices}",
    "choice.list": "must be a list of: {choices}",
    "date": "must be a date such as 2030-01-31",
    "time": "must be a time such as 13:45:00",
    "date_time": "must be a date and time such as 2030-01-31T13:45:00",
    "zoned_date_time": "must be a date and time with a zone such as 2030-01-31T13:45:00Z",
    "time_zone": "must be the name of a time zone such as Europe/Vienna",
    "regex": "must be a regular expression",
    "pattern": "must match the pattern {pattern}",
    "not_trimmed": "must not begin or end with white space",
    "white_space": "must not contain white space",
    "not_ascii": "must consist of printable ASCII characters",
    "no_json_number": "contains a number that JSON does not support (NaN or infinity)",
    "invalid": "is not valid",
    "custom": "{text}",
    "custom.item": "{text} (the same as item {first})",
    "custom.object": "{text} (the same as object {first})",
    # Limits
    "minimum": "must be at least {least}",
    "maximum": "must be at most {most}",
    "between": "must be between {least} and {most}",
    "greater_than": "must be greater than {least}",
    "less_than": "must be less than {most}",
    "min_length": "must be at least {least:character}",
    "max_length": "must be at most {most:character}",
    "min_items": "must have at least {least:item}",
    "max_items": "must have at most {most:item}, but has {count}",
    "same_item": "must not contain the same item twice",
    "not_unique.item": "must be unique in the list by {properties} (the same as item {first})",
    "not_unique.object": "must be unique by {properties} (the same as object {first})",
    "too_few_properties": "requires at least {least} of: {properties}",
    "too_many_properties": "accepts at most {most} of: {properties}",
    "too_large": "makes all objects together larger than {most} bytes",
    "too_deep": "is nested more than {most} levels deep; does it contain itself?",
    "too_many_values": "has more than {most:,} values",
    "too_many_values.anchors": "has more than {most:,} values; do its YAML anchors multiply?",
    "too_many_characters": "has more than {most:,} characters",
    "seconds": "must be between 0 and {most} seconds",
    "seconds.positive": "must be more than 0 and at most {most} seconds",
    # Unknown names
    "unknown_option": "is not an option; available options: {options:options}",
    "unknown_option.meant": "is not an option; did you mean {meant:option}?",
    "unknown_option.elsewhere": "is not an option here; did you mean {places:or}?",
    "unknown_option.documented": "is not an option; see ansible-doc -t inventory community.dynatrace.environments",
    "unknown_variable": "is not a variable of the role; did you mean {meant}?",
    "unknown_variable.shared": "is not a variable of the collection; did you mean {meant}?",
    "variable_of_inventory": "has no effect in the inventory; set it with -e",
    "unknown_property": _NO_PROPERTY,
    "unknown_property.known": f"{_NO_PROPERTY}, which are: {{known}}",
    "unknown_property.meant": f"{_NO_PROPERTY}, did you mean {{meant}}?",
    "glued.colon": "has no value: is '{name}:' missing a space?",
    "glued.equals": "has no value: write '{name}: value'",
    "key_type": "has a key that is a {type}; put it in quotes",
    # Templates and encrypted text
    "template_header": "begins with #jinja2:, which makes it a template; put !unsafe before text that comes from an "
    "environment",
    "template": "is a template that cannot be rendered ({error})",
    "template.failed": "is a template that fails ({error})",
    "template.inventory": "is a template with the undefined variable {name}; extra variables and lookups can be used "
    "here",
    "undefined": "uses an undefined variable",
    "undefined.attribute": "uses an undefined variable or attribute ({name})",
    "undefined.variable": "uses {name}, which is not defined for this host: check its host_vars and group_vars",
    "undefined.hint": "{text}",
    "vault": "is encrypted, and cannot be decrypted with the given vault passwords",
    "vault.no_password": "is encrypted, and no vault password was given (--ask-vault-pass, --vault-password-file)",
    "vault.error": "is encrypted, and cannot be decrypted ({error})",
    # Addresses and connections
    "url": "must be a URL like https://abc12345.live.dynatrace.com",
    "url_user": "must not contain a user name or password",
    "url_tail": "must not contain a query (?) or a fragment (#)",
    "url_tail.query": "must not contain a query (?) or a fragment (#); set only the address of the environment "
    "here, and a token in its own option",
    "url_characters": "must not contain white space, control characters, or backslashes",
    "url_scheme": "must begin with https:// (plain http is for loopback addresses only)",
    "url_path": "must be only the address of the environment, without {tail}",
    "https_url": "must be an https URL",
    "no_host": "must contain a host name, and a port between 1 and 65535, if any",
    "no_environment_id": "ends with /e, but the ID of the environment is missing (/e/<id>)",
    "no_platform": "is an address without the platform path (/e/); use {option.api_token} for it",
    "proxy_url": "must be a URL like http://proxy.example.com:3128",
    "proxy_scheme": "must be a URL that begins with http://; a proxy reached by TLS is not supported",
    "no_file": "the file {file} does not exist",
    "unreadable_file": "the file {file} cannot be read",
    "key_alone": "has no effect without {option.client_cert}",
    "no_certificate": "the file does not contain a certificate in PEM format",
    "no_client_certificate": "cannot be used; it must contain a certificate in PEM format, with the key in the same "
    "file or in {option.client_key}",
    "encrypted_key": "the key is encrypted; only keys without a password are supported",
    # Credentials and keys
    "several_credentials": "set only one of {options:and}",
    "white_space_at_end": "begins or ends with white space, such as the line end of a file; {{{{ ... | trim }}}} "
    "removes it",
    "wrong_characters": "contains characters that are not allowed",
    "token_alone": "must be only the token, without quotes, Api-Token, or Bearer",
    "part_of_token": "is not a complete token, which has three parts: {begin}.PUBLIC.SECRET",
    "other_token.access": "is an access token (dt0c01); set it as {option.api_token}",
    "other_token.platform": "is a platform token (dt0s16); set it as {option.platform_token}",
    "other_token.oauth": "belongs to an OAuth client (dt0s02); set {option.oauth_client_id} and "
    "{option.oauth_client_secret}",
    "from_environment.address": "is not the address to which the credentials in environment variables belong "
    "({variable}); set the credentials as options",
    "from_environment.option": "cannot be combined with credentials in environment variables; set the environment "
    "variable {variable} instead",
    "from_environment.validate_certs": "must be true with credentials in environment variables; set the environment "
    "variable {variable} to a file with the certificate of the authority",
    "mask": "is the mask of a secret; declare the secret itself, or omit it to keep the stored one",
    "weak_key": "must have at least {least} random characters; use openssl rand -base64 32, for example",
    "same_key": "is the same as {option.secret_fingerprint_key}",
    "previous_key_alone": "has no effect without {option.secret_fingerprint_key}",
    # Names, and what they are matched with
    "name_characters": "must not begin or end with white space, nor contain control characters",
    "name_no_unicode": "must be valid Unicode text",
    "name_too_long": "is too long; percent-encoded, it has {length} characters, but the external ID has room for "
    "{most}",
    "same_name": "is the same as {other:path}.name",
    "same_object": "matches the same object as {other:path}: {object}",
    "same_endpoint": "has the same endpoint URL, index, and management zone as {other:path}",
    "same_properties": "has the same {properties} as {other:path}",
    "one_object": "is the same object as {other:path}",
    "ambiguous.id": "{count} objects have this ID; remove all but one of them to continue: {objects}",
    "ambiguous.match": "{count} objects match it; remove all but one of them to continue: {objects}",
    "ambiguous.name": "{count} objects have this name; remove all but one of them to continue: {objects}",
    "no_id": "{id!r} is not an ID",
    "unknown_object_id": "is not the ID of an existing object with this schema and scope",
    "other_object_id": "is not the ID of the object that has this name, which is {object}",
    "not_adopted": "{name!r} does not exist, but an object without this name matches it ({object}); set "
    "{option.adopt}: without_external_id to adopt it",
    "matches_more": "{object} has this name, but the declaration also matches {others}. To remove only the first, "
    "declare only its name",
    # Plans
    "cannot_change": "can only be set when the object is created; set {option.recreate}: true to delete the object "
    "and create it again",
    "no_slot": "the environment has {kept} of at most {most}, so {new} new cannot fit. Declare those that are to "
    "stay, delete one, or set {option.prune}: true, which deletes everything that is not declared",
    "no_slot.unmanaged": "the environment has {kept} of at most {most}, so {new} new cannot fit. {unmanaged} of "
    "them are not declared here: {others}. Declare those that are to stay, delete one, or set {option.prune}: "
    "true, which deletes everything that is not declared",
    "only_present": "is only valid with {option.state}: present",
    "prune_all": "would remove every {object}, because {option_path:path} is empty; set {option.confirm_prune_all}: "
    "true to confirm",
    "nothing_to_confirm": "only confirms {option.prune}: true, which is not set",
    # Session exports
    "too_many_exports": "{count} exports are declared, but an environment supports at most {most}",
    "prune_or_rotate": "cannot be combined with {option.rotate_secrets}: true",
    "never_adopt": "never cannot be combined with {option.store_external_id}: false, which matches exports only "
    "by their endpoint",
    "names_not_present": "is only valid with {option.state}: absent, disabled, or enabled, or with "
    "{option.rotate_secrets}: true",
    "names_or_all": "cannot be combined with {option.all_exports}: true, which applies to every export",
    "no_names": "is empty; list the names of exports",
    "no_names.all": "is empty; list the names of exports, or set {option.all_exports}: true",
    "all_exports_state": "is only valid with {option.state}: disabled or enabled",
    "all_exports_alone": "applies to every export, so {option_path:path} must be empty",
    "unknown_name": "no export has the name {name!r}; existing exports: {there}",
    "ambiguous_name": "{count} exports have the name {name!r}; remove all but one of them to continue",
    "no_secret": "{name!r} has no secret to send; does its declaration contain one?",
    "other_authentication": "cannot be stored: the existing export does not authenticate in this way",
    "unknown_zone": "no management zone is named {name!r}; the environment has {count} zones that the token can see",
    "unknown_zone.near": "no management zone is named {name!r}; similar names: {near}",
    "ambiguous_zone": "{count} management zones are named {name!r}; use one of their IDs: {ids}",
    "file_hides": "{file} exists, but Ansible ignores it if there is a directory {directory}; move it into that "
    "directory",
    "file_differs": "{file} exists and differs; set {option.overwrite}: true, or choose another file",
    "finding": "{text}",
    # Objects of any schema
    "too_many_objects": "{count} objects are declared, but {schema} supports at most {most}",
    "still_referenced": "would delete {object}, which the environment does not allow, because {others} refer to it. "
    "Delete or change those before, or in the same run",
    "no_order": "has no effect, because the objects of {schema} are not ordered",
    "prune_schema": "would remove every object of {schema}, because none is declared; set confirm_prune_all: true to "
    "confirm",
    "mixed_names": "is in snake_case, but {name} is spelled as in the schema; do not mix both forms in an object",
    "unknown_schema": f"{_NO_SCHEMA}",
    "unknown_schema.meant": f"{_NO_SCHEMA}; did you mean {{meant:or}}?",
    "reference.unknown_schema": "refers to {schema}, which is not a schema of this environment",
    "reference.unknown_schema.meant": "refers to {schema}, which is not a schema of this environment; did you mean "
    "{meant:or}?",
    "reference.unknown": f"{_NO_OBJECT}; {{count}} objects of it are known",
    "reference.unknown.meant": f"{_NO_OBJECT}; did you mean {{meant:or}}?",
    "reference.ambiguous": "refers to {reference}, which matches {count} objects: {ids}",
    "reference.deleted": "refers to {reference}, which this run deletes",
    "reference.no_legacy_id": "{reference} has no legacy ID; use object_id without legacy",
    "reference.not_here": "is a reference by name ({reference}), which only the module settings resolves; give the ID "
    "of the object",
    "reference.cycle": "is in a cycle of references: {chain}",
    "two_objects": "cannot be combined with object_id, because each identifies one object",
    "no_permissions": "has no effect, because objects of {schema} have neither an owner nor permissions",
    "access_token_permissions": "has no effect with an access token, because objects that it creates have no owner and "
    "are open to every user. Use {option.platform_token}, or {option.oauth_client_id} and "
    "{option.oauth_client_secret}",
    "no_admin_access": "needs {option.platform_token}, or {option.oauth_client_id} and {option.oauth_client_secret}: "
    "an access token cannot act for owners",
    "same_accessor": "is the same as {other:path}.id",
    "owner_without_access": "is another user, and permissions grant no one else write access, so the next run could "
    "not find the object and would create it again. Grant write access in permissions, or set "
    "{option.admin_access}: true",
    "property_path": "must be the path of a property, such as {example}",
    "secret_in_value": "is a secret; declare it in {object:path}.secrets, where it is hidden",
    "no_secret_of_schema": "is not a secret of {schema}",
    "no_place": "cannot be stored, because the value has no section for it",
    "no_identity": "is not a property of {schema} that could identify objects",
    "unknown_scope_type": "is not a scope type of {schema}; its scope types are: {scopes}",
    "unknown_scope_type.meant": "is not a scope type of {schema}; its scope types are: {scopes}; did you mean {meant}?",
    "unknown_scope": "is not a scope of {schema}; its scope types are: {scopes}",
    "unknown_scope.meant": "is not a scope of {schema}; its scope types are: {scopes}; did you mean {meant}?",
    "scope_or_types": "cannot be combined with {option.scope}, which selects one scope",
    "no_object_id": "is not the ID of an object",
    "no_object_id.in_time": "is not the ID of an object of this environment, and its history in the time range does "
    "not contain it either",
    "point_in_time": "must be a time in ISO 8601 such as 2026-11-20T08:00:00Z, an age such as 12h, 14d, or 2w, or now",
    "in_future": "is in the future",
    "after_end": "is later than the end of the time range",
    "long_before_end": "is more than {most} days before the end; the API covers at most one year",
    "long_ago": "is more than {most} days ago; the API covers at most one year",
    "only_schema_id": "is only valid with {option.schema_id}",
    # Schemas for editors
    "editor.no_schema": "the file {file} is not a settings schema",
    "editor.no_schemas": "{file} does not contain a settings schema",
    "editor.unknown": "matches no schema: {pattern}",
    "editor.unknown.meant": "matches no schema: {pattern}; did you mean {meant:or}?",
    # States of Terraform
    "terraform.no_json": f"{_NO_STATE}: the file is not JSON",
    "terraform.no_state": f"{_NO_STATE}",
    "terraform.raw_state": f"{_NO_STATE}: the file is the state itself, which has a different format",
    "terraform.plan": f"{_NO_STATE}: the file is a plan",
    "terraform.version": "{file} has the format_version {version}, which is not supported",
    "terraform.empty": "the state in {file} has no resources",
    "terraform.too_large": "the file {file} is larger than {most} MB",
    "terraform.other_provider": "the state in {file} has no resources of the Dynatrace provider, only of: {providers}",
    "terraform.no_settings": "none of the {count} resources in the state is a settings object: {reasons}",
    "terraform.other_environment": "none of the {count} settings objects in the state exists in {environment}; is it "
    "the state of another environment?",
    "terraform.suffix": "must consist of letters, digits, and underscores",
    "terraform.program": "must be the name of a program, optionally with options, such as tofu",
    # Policies
    "policy.additional_property": "has a property that is not allowed",
    "policy.contains": "does not contain the required items, or contains too many of them",
    "policy.draft": "must be {draft}",
    "policy.keyword": "does not satisfy the keyword {keyword}",
    "policy.keyword_value": "is not a value that JSON Schema allows here",
    "policy.no_format": "is not enforced by JSON Schema; use pattern instead",
    "policy.no_keyword": "is not a keyword of JSON Schema (Draft 2020-12)",
    "policy.no_keyword.meant": "is not a keyword of JSON Schema (Draft 2020-12); did you mean {meant}?",
    "policy.no_property": "is not the name of a property of {schema}, so the rule would check nothing",
    "policy.no_property.meant": "is not the name of a property of {schema}, so the rule would check nothing; did "
    "you mean {meant}?",
    "policy.not_allowed": "is not allowed",
    "policy.recursion": "refers to itself endlessly",
    "policy.reference": "must refer to a part of the same schema, such as #/$defs/name",
    "policy.unknown_group": "is not a group of the inventory; did you mean {meant}?",
    "policy.unsupported": "is not supported in a policy",
    # Mappings of an index
    "no_mapping_parameter": "is not a parameter of a mapping; fields belong under properties",
    "field_name": "must be the name of one field; fields of an object belong under its properties",
    "field_type": "must be the name of a type",
    "field_without_type": "requires a type or properties",
    # Inventories
    "no_source": "set at least one of clusters, accounts, and environments",
    "group_name": "must be the name of a group, with letters, digits, and underscores",
    "host_name": "must contain only letters, digits, dots, dashes, and underscores",
    "same_host": "the host {host} would be two environments, {ids:and}; set host for one of them",
    "variable_name": "must be the name of a variable, which can contain {{id}} and {{name}}, but not at the beginning",
    "cluster_url": "must be the address of the cluster, without /e/ and anything after it",
    "account_urn": "must be the UUID of an account, with or without the prefix {urn}",
}
"""The text of each problem. ``{option.timeout}`` is what the user calls the option ``timeout``."""

_TYPES = {
    # Of options
    "bool": "true or false",
    "dict": "a dictionary",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "path": "a path",
    "str": "text",
    # Of options with a form of their own
    "field": "a dictionary with the type of the field",
    "fields": "a dictionary of fields",
    "options": "a dictionary of options",
    "texts": "a list of texts",
    # Of JSON Schema
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a dictionary of properties",
    "string": "text",
}

_KINDS = {"type": _TYPES}


def text_of(problem: Problem, names: Names = OPTION_NAMES) -> str:
    """What is wrong, with the names of options that the user knows."""
    return Hint(TEXTS[problem.code], problem.facts).text(names, _KINDS)


def render(error: SettingsError, names: Names = OPTION_NAMES) -> tuple[str, dict[str, Any]]:
    """The message and the details of an error, with the names of options that the user knows."""
    if not isinstance(error, InvalidInput):
        return error.text(names), error.details
    problems = [
        {"path": str(names.path(problem.path)), "message": text_of(problem, names)} for problem in error.problems
    ]
    lines = [f"{one['path']}: {one['message']}" if one["path"] else one["message"] for one in problems]
    listed = "".join(f"\n  {line}" for line in lines)
    message = lines[0] if len(lines) == 1 else f"{len(lines)} problems in the input, nothing was sent:{listed}"
    shown = SettingsError(message)
    shown.advise(*error.hints)
    return shown.text(names), {"problems": problems, **error.details}


def with_comments(json_schema: Any) -> Any:
    """A JSON Schema of the engine for people: the problems in it as the comments that JSON Schema knows."""
    if isinstance(json_schema, list):
        return [with_comments(part) for part in json_schema]
    if not isinstance(json_schema, Mapping):
        return json_schema
    known = json_schema.get("problem")
    if not isinstance(known, Mapping) or "code" not in known:
        return {key: with_comments(part) for key, part in json_schema.items()}
    found = {key: with_comments(part) for key, part in json_schema.items() if key != "problem"}
    return {**found, "$comment": text_of(Problem(known["code"], "", known))}
