# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory files as people write them. Behind ``#!`` stands what an editor must say about that line, and no other."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

PREFIX = "user_session_exports_"
_MARK = re.compile(r"\s*#! (.*)$")


def _slots(text: str) -> str:
    return f"{PREFIX}slots:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


def _slot(text: str, name: str = "archive") -> str:
    """One slot with a name."""
    return _slots(f"- name: {name}\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}")


def _file(text: str) -> str:
    return textwrap.dedent(text).lstrip()


_URL = "endpoint_definition:\n  endpoint_url: https://archive.example.com/sessions\n"
_VAULT = "!vault |\n{indent}$ANSIBLE_VAULT;1.1;AES256\n{indent}6632613863\n{indent}3062383861\n"


def _vaulted(text: str) -> str:
    """Every ``<vault>`` as a value encrypted with ansible-vault encrypt_string."""
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip(" -")) + 6)
        lines.append(line.replace("<vault>", _VAULT.format(indent=indent).rstrip()))
    return "\n".join(lines) + "\n"


WRONG: dict[str, str] = {
    "an option is misspelt": _slot("""
        endpoint_definition:  #! Missing property "endpoint_url"
          endpoint_ur: https://archive.example.com/sessions  #! endpoint_ur is not allowed
    """),
    "an option has the name that the API gives it": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          enableUserSessionExport: false  #! enableUserSessionExport is not allowed
    """),
    "a group of options is misspelt": _slot(f"""
        {_URL.replace(chr(10), chr(10) + " " * 8)}
        send_directly:  #! send_directly is not allowed
          active: true
    """),
    "an option stands one level too high": _slot("""
        endpoint_url: https://archive.example.com/sessions  #! endpoint_url is not allowed
        endpoint_definition:  #! Missing property "endpoint_url"
          use_post: true
    """),
    "the endpoint is not encrypted": _slot("""
        endpoint_definition:
          endpoint_url: http://archive.example.com/sessions  #! must be an https URL
    """),
    "the endpoint has no scheme": _slot("""
        endpoint_definition:
          endpoint_url: archive.example.com/sessions  #! must be an https URL
    """),
    "the endpoint is missing": _slot("""
        endpoint_definition:  #! Missing property "endpoint_url"
          use_post: true
    """),
    "the endpoint was left empty": _slot("""
        endpoint_definition:
          endpoint_url:  #! endpoint_url is required
    """),
    "the endpoint is an empty text": _slot("""
        endpoint_definition:
          endpoint_url: ""  #! must be an https URL
    """),
    "there is nothing but a name": _slots("""
        - name: archive  #! Missing property "endpoint_definition"
    """),
    "a slot has no name": _slots("""
        - endpoint_definition:  #! Missing property "name"
            endpoint_url: https://archive.example.com/sessions
    """),
    "a name is blank": _slot(_URL, '"  "  #! must not be blank'),
    "a name ends with a blank": _slot(_URL, '"archive "  #! must not be blank, begin or end with white space'),
    "a name is too long": _slot(_URL, "x" * 500 + "  #! longer than the maximum length"),
    "there are four slots": _slots(
        "".join(
            f"- name: {name}{mark}\n  endpoint_definition:\n    endpoint_url: https://{name}.example.com/\n"
            for name, mark in (("a", ""), ("b", ""), ("c", ""), ("d", "  #! at most 3 exports"))
        )
    ),
    "the slots are a dictionary by name": _slots("""
        archive:  #! Incorrect type
          endpoint_definition:
            endpoint_url: https://archive.example.com/sessions
    """),
    "a slot is only a URL": _slots("""
        - https://archive.example.com/sessions  #! must be a dictionary or a Jinja expression
    """),
    "a text stands where true or false must": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          use_post: always  #! must be true, false or a Jinja expression
    """),
    "the braces of an expression are not quoted": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          use_post: {{ use_post }}  #! Incorrect type
    """),
    "the kind of authentication does not exist": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: bearer  #! Valid values: "basic", "oauth2"
    """),
    "the grant is written as in the standard": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: oauth2
          oauth2:
            grant_type: client_credentials  #! Valid values: "clientCredentials"
            access_token_url: https://login.example.com/token
            client_id: dynatrace
    """),
    "OAuth without the URL of the token": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: oauth2
          oauth2:  #! Missing property "access_token_url"
            client_id: dynatrace
            client_secret: "{{ vault_client_secret }}"
    """),
    "the URL of the token is not encrypted": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: oauth2
          oauth2:
            access_token_url: http://login.example.com/token  #! we only allow HTTPS endpoints
            client_id: dynatrace
    """),
    "OAuth, but the credentials are those of basic authentication": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:  #! Missing property "oauth2"
          active: true
          auth_type: oauth2
          basic_auth:
            username: dynatrace
            password: "{{ vault_password }}"
    """),
    "authentication is switched on, and that is all": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:  #! Missing property "basic_auth"
          active: true
    """),
    "a password without a user": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          basic_auth:  #! Missing property "username"
            password: "{{ vault_password }}"
    """),
    "a password of digits without quotes": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          basic_auth:
            username: dynatrace
            password: 8675309  #! Incorrect type
    """),
    "Elasticsearch without an index": _slot("""
        endpoint_definition:
          endpoint_url: https://elastic.example.com/_bulk
          content_type: application/x-ndjson
          use_post: true
        send_direct:  #! Missing property "index_name"
          active: true
    """),
    "an index name that is too long": _slot(f"""
        endpoint_definition:
          endpoint_url: https://elastic.example.com/_bulk
          content_type: application/x-ndjson
          use_post: true
        send_direct:
          active: true
          index_name: {"x" * 501}  #! longer than the maximum length of 500
    """),
    "several management zones": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        export_behavior:
          management_zone: [shop, blog]  #! Incorrect type
    """),
    "the custom configuration is no text": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        export_behavior:
          custom_configuration:
            ConnectTimeout: 5000  #! Incorrect type
    """),
}
"""Slots that the module refuses as well."""

WRONG_ENDPOINTS: dict[str, str] = {
    "a content type that no endpoint reads": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          content_type: text/plain  #! must be application/json or application/x-ndjson
    """),
    "an index in capitals, and a URL of no bulk endpoint": _slot("""
        endpoint_definition:
          endpoint_url: https://elastic.example.com:9200/  #! the URL must end in /_bulk
          content_type: application/x-ndjson
          use_post: true
        send_direct:
          active: true
          index_name: RUM Sessions  #! is not a name that Elasticsearch accepts
    """),
    "Elasticsearch with the wrong content type and PUT": _slot("""
        endpoint_definition:
          endpoint_url: https://elastic.example.com/_bulk
          content_type: application/json  #! must be application/x-ndjson
          use_post: false  #! must be true
        send_direct:
          active: yes
          index_name: sessions
    """),
    "Elasticsearch with the defaults of other endpoints": _slot("""
        endpoint_definition:  #! Missing property "content_type"
          endpoint_url: https://elastic.example.com/_bulk
        send_direct:
          active: true
          index_name: sessions
    """),
    "a bulk endpoint without send_direct": _slot("""
        endpoint_definition:
          endpoint_url: https://elastic.example.com/_bulk/  #! send_direct is not active
        send_direct:
          active: false
    """),
    "a password in the URL": _slot("""
        endpoint_definition:
          endpoint_url: https://user:secret@archive.example.com/sessions  #! must not contain a user or a password
    """),
}
"""Slots that the module accepts with a warning."""

WRONG_VARIABLES: dict[str, str] = {
    "the variable of the slots is misspelt": _file(f"""
        user_session_export_slots:  #! no variable of this name
          - name: archive
        {PREFIX}slot: []  #! no variable of this name
    """),
    "an export of a group has no endpoint": _file(f"""
        {PREFIX}slots__shop:
          - name: archive
            endpoint_definition:  #! Missing property "endpoint_url"
              use_post: true
    """),
    "the settings are a dictionary": "dynatrace_settings: {}  #! Incorrect type\n",
    "a variable of the playbooks is no number": "dynatrace_canary: one  #! must be a whole number\n",
    "a variable of the playbooks is not switched by words": (
        "dynatrace_fail_on_drift: always  #! must be true, false or a Jinja expression\n"
    ),
    "a file that is only a text": "user_session_exports_slots  #! must be variables\n",
    "pruning is not switched by words": f"{PREFIX}prune: everything  #! must be true, false or a Jinja expression\n",
    "a state that does not exist": f'{PREFIX}state: gone  #! Valid values: "present", "absent"\n',
    "a way to update secrets that does not exist": (
        f'{PREFIX}update_secrets: on-change  #! Valid values: "with_updates", "on_create", "on_change", "always"\n'
    ),
    "a time with a unit": f"{PREFIX}timeout: 30s  #! must be a number or a Jinja expression\n",
    "several URLs": f"{PREFIX}environment_url: [https://a.example.com, https://b.example.com]  #! Incorrect type\n",
}

RIGHT: dict[str, str] = {
    "the smallest": _slot(_URL),
    "other variables beside them": _slot(_URL) + "ansible_user: someone\nother: {endpoint_url: 3}\n",
    "expressions everywhere": _slots("""
        - name: "{{ name }}"
          endpoint_definition:
            endpoint_url: "{{ base }}/sessions"
            enable_user_session_export: "{{ not frozen }}"
            use_post: "{% if post %}yes{% endif %}"
          authentication:
            active: "{{ secured | bool }}"
            auth_type: "{{ kind }}"
            basic_auth: "{{ credentials }}"
          send_direct: "{{ direct }}"
        - "{{ another }}"
    """)
    + f'{PREFIX}prune: "{{{{ strict }}}}"\n{PREFIX}state: "{{{{ wanted }}}}"\n{PREFIX}timeout: "{{{{ slow }}}}"\n',
    "the whole list from elsewhere": f'{PREFIX}slots: "{{{{ common_slots + own_slots }}}}"\n',
    "encrypted values everywhere": _vaulted(
        _slot("""
        endpoint_definition:
          endpoint_url: <vault>
          use_post: <vault>
        authentication:
          active: true
          auth_type: <vault>
          basic_auth:
            username: <vault>
            password: <vault>
        send_direct: <vault>
    """)
        + f"{PREFIX}api_token: <vault>\n{PREFIX}prune: <vault>\n{PREFIX}adopt: <vault>\n"
        f"{PREFIX}retry_timeout: <vault>\n"
    ),
    "an encrypted name, an encrypted list": _vaulted(_slot(_URL, "<vault>")),
    "what is the same in all slots is written once": _file(f"""
        common: &common
          authentication:
            active: true
            basic_auth: &credentials
              username: dynatrace
              password: "{{{{ vault_password }}}}"
        {PREFIX}slots:
          - <<: *common
            name: archive
            endpoint_definition:
              endpoint_url: https://archive.example.com/sessions
          - name: billing
            endpoint_definition:
              endpoint_url: https://billing.example.com/sessions
            authentication:
              active: true
              basic_auth:
                <<: *credentials
    """),
    "what is switched off may be incomplete": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: false
          basic_auth:
            username: ""
        send_direct:
          index_name:
    """),
    "what is left empty is not given": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          use_post:
        authentication:
        export_behavior:
          management_zone:
    """),
    "words for true and false": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          use_post: yes
          enable_user_session_export: No
        send_direct:
          active: off
    """),
    "a management zone by number or by name": _slots("""
        - name: archive
          endpoint_definition:
            endpoint_url: https://archive.example.com/sessions
          export_behavior:
            management_zone: -5130472318174563000
        - name: 2026
          endpoint_definition:
            endpoint_url: https://archive.example.com/sessions
          export_behavior:
            management_zone: Shop (production)
    """),
    "Elasticsearch": _slots("""
        - name: daily
          endpoint_definition:
            endpoint_url: https://elastic.example.com:9200/_bulk?pipeline=sessions
            content_type: application/x-ndjson; charset=utf-8
            use_post: true
          send_direct:
            active: true
            index_name: <sessions-{now/d}>
        - name: expressions
          endpoint_definition:
            endpoint_url: "{{ elastic }}"
            content_type: "{{ kind }}"
            use_post: "{{ post }}"
          send_direct:
            active: true
            index_name: "{{ index }}"
        - name: not known
          endpoint_definition:
            endpoint_url: https://elastic.example.com/_bulk
          send_direct:
            active: "{{ direct }}"
    """),
    "OAuth": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
        authentication:
          active: true
          auth_type: oauth2
          oauth2:
            access_token_url: https://login.example.com/token
            client_id: dynatrace
    """),
}

RIGHT_VARIABLES: dict[str, str] = {
    "removed by name": _slots("- name: archive\n- name: billing\n- name: c\n- name: d") + f"{PREFIX}state: absent\n",
    "rotated": _slot("authentication:\n  basic_auth:\n    password: not-a-real-one")
    + f"{PREFIX}rotate_secrets: true\n",
    "everything paused": f"{PREFIX}slots: []\n{PREFIX}state: disabled\n{PREFIX}all_exports: true\n",
    "exports of several groups, and other settings": _file(f"""
        {PREFIX}slots__shop:
          - name: archive
            endpoint_definition:
              endpoint_url: https://archive.example.com/sessions
        dynatrace_settings:
          - schema_id: builtin:management-zones
            objects: []
        dynatrace_settings__shop: "{{{{ shop_settings }}}}"
    """),
    "encrypted as a whole": "$ANSIBLE_VAULT;1.1;AES256\n33373732623339313161613861386634\n3766616466316231\n",
    "variables of the playbooks": _file("""
        dynatrace_canary: 1
        dynatrace_serial: 25%
        dynatrace_fail_on_drift: true
        dynatrace_check_tokens: "{{ thorough }}"
        dynatrace_paused_exports: [archive]
        dynatrace_read_only: true
        dynatrace_of_our_own: 3
    """),
    "what is wrong at an endpoint, in a file that says not to look": _slot("""
        endpoint_definition:
          endpoint_url: https://archive.example.com/sessions
          content_type: text/plain
    """)
    + f"{PREFIX}endpoint_validation: ignore\n",
    "nothing of the role": "ansible_connection: local\n",
    "nothing but a comment": "# to be written\n",
}


def marks(text: str) -> dict[int, str]:
    """What must be said, by line (from 0)."""
    found = ((number, _MARK.search(line)) for number, line in enumerate(text.splitlines()))
    return {number: match[1] for number, match in found if match}


class Loader(yaml.SafeLoader):
    """Encrypted values as text, as editors see them."""


Loader.add_constructor("!vault", lambda loader, node: loader.construct_scalar(node))  # type: ignore[arg-type]


def read(text: str) -> Mapping[str, Any]:
    """The variables of a file, as Ansible's YAML has them."""
    found = yaml.load(text, Loader)  # noqa: S506 - a safe one
    return found or {}
