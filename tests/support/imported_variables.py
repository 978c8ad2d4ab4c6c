# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that an import has written, with references in place of their templates."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.community.dynatrace.plugins.filter.object_id import object_id
from ansible_collections.community.dynatrace.plugins.plugin_utils._untrusted import trusted


class Loader(yaml.SafeLoader):
    """Reads the tag of texts of a server; other texts are templates of ours."""


Loader.add_constructor("!unsafe", lambda _loader, node: node.value)


def rendered_template(template: str) -> Any:
    """What Ansible makes of a template with the filter, which it would look for in an installed collection."""
    templar = Templar(loader=DataLoader(), variables={})
    # The same arguments reach a filter of Ansible, which shows them.
    shown = re.sub(r"('[^']*') \| community\.dynatrace\.object_id\((.*)\) }}", r"[\1, \2] | to_json }}", template)
    shown = re.sub(r"(\w+)=true", r"'\1'", shown)
    found = templar.template(trusted(shown))
    schema_id, name, *options = json.loads(found) if isinstance(found, str) else found
    return object_id(schema_id, name, **dict.fromkeys(options, True))
