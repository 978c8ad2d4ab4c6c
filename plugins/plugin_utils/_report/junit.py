# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JUnit XML, for pipelines: a test case for each export of each environment."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from .words import NOT_PROCESSED, causes, describe


def as_junit(report: Mapping[str, Any]) -> str:
    """Drift is a failure. A failed environment, and one that was not processed, is an error."""
    root = ET.Element("testsuites", name=report["title"])
    for one in report["environments"]:
        _suite(root, one, report)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{sum(one['elapsed'] or 0 for one in report['environments']):.3f}")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, one: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    # Without the Z, as the schemas of JUnit XML define the time of a suite.
    suite = ET.SubElement(root, "testsuite", name=one["host"], timestamp=report["created"].rstrip("Z"))
    group = f"{one['group']}." if one["group"] else ""

    def case(name: str) -> ET.Element:
        return ET.SubElement(suite, "testcase", name=name, classname=f"{group}{one['host']}")

    for export in one["exports"]:
        _add_outcome(case(export["name"]), export)
    if one["state"] == "not_reached":
        ET.SubElement(case("environment"), "error", type="not_reached", message=NOT_PROCESSED)
    elif one["errors"] or not one["exports"]:
        # An environment without exports was processed too.
        element = case("environment")
        for error in one["errors"]:
            first, _newline, _rest = error["message"].partition("\n")
            ET.SubElement(element, "error", type=one["state"], message=first).text = error["message"]
    if one["unmanaged"]:
        ET.SubElement(suite, "system-out").text = "Not declared: " + ", ".join(one["unmanaged"])
    cases = suite.findall("testcase")
    for element in cases:
        # The requests of an environment are for all its exports together.
        element.set("time", f"{(one['elapsed'] or 0) / len(cases):.3f}")
    suite.set("time", f"{one['elapsed'] or 0:.3f}")
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))


def _add_outcome(element: ET.Element, export: Mapping[str, Any]) -> None:
    lines = [f"{one['path']}: {_short(one['before'])} -> {_short(one['after'])}" for one in export["changes"]]
    if export["state"] == "drift":
        author = causes(export) or ([f"Last changed by {export['last_author']}"] if export["last_author"] else [])
        message = f"{export['operation']}: {describe(export)}"
        ET.SubElement(element, "failure", type="drift", message=f"would be {message}").text = "\n".join(lines + author)
    elif export["state"] in ("failed", "skipped_writes"):
        why = "an earlier write failed" if export["state"] == "skipped_writes" else "the write failed"
        ET.SubElement(element, "error", type=export["state"], message=f"was not {export['operation']}: {why}")
    elif export["state"] == "changed":
        ET.SubElement(element, "system-out").text = "\n".join([f"{export['operation']}: {describe(export)}", *lines])


def _short(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
