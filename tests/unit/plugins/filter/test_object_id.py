# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""References by name, as a filter of templates."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.community.dynatrace.plugins.filter.object_id import object_id
from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.references import Reference
from ansible_collections.community.dynatrace.plugins.module_utils._settings_objects.to_vars import template_of
from ansible_collections.community.dynatrace.tests.support.imported_variables import rendered_template

NAMES = [
    "Shop",
    "it's",
    '"quoted"',
    "{{ lookup('pipe', 'id') }}",
    "') }}{{ 7 * 7 }}{{ ('",
    "back\\slash",
    "\\' ~ 1 ~ \\'",
    "line\nbreak",
    "#jinja2:variable_start_string:'['",
    "naïve ☃ 😀",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_template_is_data(name: str) -> None:
    template = template_of(Reference("builtin:x", name))
    assert "\n" not in template and template.count("{{") == template.count("}}") == 1
    assert rendered_template(template) == Reference("builtin:x", name).text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "Shop"), "requires the ID of a schema"),
        (("builtin:x", 5), "requires the name of an object"),
        (("builtin:x", "Shop", "yes"), "The option legacy of community.dynatrace.object_id must be true or false"),
        (("builtin:x", "Shop", False, "", 1), "The option encoded of"),
    ],
)
def test_arguments_that_are_no_reference_are_named(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        object_id(*arguments)


def test_encoded_names_are_decoded() -> None:
    assert object_id("builtin%3Ax", "a%22b", encoded=True) == object_id("builtin:x", 'a"b')
