# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the documentation site; see "make docs"."""

from __future__ import annotations

project = "community.dynatrace"
copyright = "community.dynatrace contributors"  # noqa: A001 - Sphinx wants this name
html_title = "community.dynatrace"
html_short_title = html_title
extensions = ["sphinx.ext.autodoc", "sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_theme_options = {"documentation_home_url": "index.html", "topbar_links": {}}
html_use_smartypants = False
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
nitpicky = False
