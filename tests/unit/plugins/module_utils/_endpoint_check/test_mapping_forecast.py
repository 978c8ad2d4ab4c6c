# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a mapping will do with the fields of sessions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.endpoints import (
    read_endpoints,
)
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.findings import Findings
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.index_checks import report_forecast
from ansible_collections.community.dynatrace.plugins.module_utils._endpoint_check.mapping_forecast import forecast
from ansible_collections.community.dynatrace.tests.support.endpoint_servers import (
    COMPLETE,
    MAPPING,
    to_elastic,
)


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        (MAPPING, []),
        (COMPLETE, []),
        ({"properties": {**COMPLETE["properties"], "stringTags": {"type": "object"}}}, ["tags_as_fields"]),
        ({"dynamic": "false", "properties": {}}, ["date_fields_unmapped"]),
        ({"dynamic_templates": [{"dates": {}}], "properties": {}}, ["date_fields_not_dates"]),
        ({"dynamic_templates": [{"dates": {"match": "*Time", "mapping": {"type": "date"}}}]}, []),
        ({}, ["date_fields_unmapped"]),
        ({"dynamic": "strict"}, ["mapping_strict"]),
        ({"properties": {**MAPPING["properties"], "endTime": {"type": "keyword"}}}, ["date_fields_not_dates"]),
        ({"properties": {**MAPPING["properties"], "endTime": {"type": "date_nanos"}}}, []),
        ({"properties": {"startTime": {"type": "long"}}}, ["date_fields_not_dates", "date_fields_unmapped"]),
    ],
)
def test_what_a_mapping_makes_of_dates(mapping: dict[str, Any], codes: list[str]) -> None:
    (target,), _problems, _notes = read_endpoints([to_elastic("https://b.example.com/_bulk")])
    findings = Findings(target)
    report_forecast(forecast(mapping), "i", findings)
    assert [finding.code for finding in findings.found] == codes
