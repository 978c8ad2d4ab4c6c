# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JUnit XML, which pipelines show: a test case for each export of each environment."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any


def as_junit(report: Mapping[str, Any]) -> str:
    """Drift is a failure. What failed, and an environment that was not reached, is an error."""
    root = ET.Element("testsuites", name=report["title"])
    for one in report["environments"]:
        _suite(root, one, report)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, one: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    # Without the Z: that is the time of a suite in the schemas which pipelines read by.
    suite = ET.SubElement(root, "testsuite", name=one["host"], timestamp=report["created"].rstrip("Z"), time="0")
    group = f"{one['group']}." if one["group"] else ""

    def case(name: str) -> ET.Element:
        return ET.SubElement(suite, "testcase", name=name, classname=f"{group}{one['host']}", time="0")

    for export in one["exports"]:
        _judge(case(export["name"]), export)
    if one["state"] == "not_reached":
        message = "There is no result of this environment."
        ET.SubElement(case("environment"), "error", type="not_reached", message=message)
    elif one["errors"] or not one["exports"]:
        # An environment with no export at all is still one that was looked at.
        element = case("environment")
        for error in one["errors"]:
            first, _newline, _rest = error["message"].partition("\n")
            lines = [error["message"], *(f"{problem['path']}: {problem['message']}" for problem in error["problems"])]
            ET.SubElement(element, "error", type="failed", message=first).text = "\n".join(lines)
    if one["unmanaged"]:
        ET.SubElement(suite, "system-out").text = "Not declared: " + ", ".join(one["unmanaged"])
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))


def _judge(element: ET.Element, export: Mapping[str, Any]) -> None:
    told = f"{export['operation']}: {', '.join(export['changed_properties'])}".rstrip(": ")
    lines = [f"{one['path']}: {_short(one['before'])} -> {_short(one['after'])}" for one in export["changes"]]
    if export["state"] == "drift":
        ET.SubElement(element, "failure", type="drift", message=f"would be {told}").text = "\n".join(lines)
    elif export["state"] in ("failed", "skipped_writes"):
        message = f"was not {export['operation']}: the write failed"
        if export["state"] == "skipped_writes":
            message = f"was not {export['operation']}: a write before it failed"
        ET.SubElement(element, "error", type=export["state"], message=message)
    elif export["state"] == "changed":
        ET.SubElement(element, "system-out").text = "\n".join([told, *lines])


def _short(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
