# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of the documentation site ("make docs"). The build needs no network."""

from __future__ import annotations

from typing import Any

project = "community.dynatrace"
copyright = "community.dynatrace contributors"  # noqa: A001 - Sphinx wants this name
html_title = html_short_title = project
extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_theme_options = {"documentation_home_url": "index.html", "topbar_links": {}}
html_use_smartypants = False
html_static_path = ["static"]
html_css_files = ["site.css"]
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

# Pages of the Ansible documentation to which this site refers.
_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_PAGES = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "inventory_plugins": "plugins/inventory.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def _elsewhere(_app: Any, _environment: Any, node: Any, content: Any) -> Any:
    """A link for a label, or an environment variable, of Ansible."""
    from docutils import nodes

    target = str(node.get("reftarget", ""))
    page = _PAGES.get(target)
    if node.get("reftype") == "envvar" and target.startswith("ANSIBLE_"):
        page = f"{_PAGES['ansible_configuration_settings']}#envvar-{target}"
    return nodes.reference("", "", content, internal=False, refuri=_ANSIBLE + page) if page else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", _elsewhere)
