# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words for what differs."""

from __future__ import annotations

import pytest

from ansible_collections.community.dynatrace.plugins.plugin_utils._report.build import (
    reasons,
)
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.page import as_page
from ansible_collections.community.dynatrace.plugins.plugin_utils._report.summary import (
    summary,
)
from ansible_collections.community.dynatrace.tests.support.reports import (
    ENABLED,
    PASSWORD,
    drifted,
    environment_of,
    report,
    sides,
)


def test_a_secret_that_is_only_sent_along_does_not_hide_what_differs() -> None:
    secrets = [{"path": PASSWORD, "state": "set", "reason": "sent with the update"}]
    outcome = drifted([PASSWORD, ENABLED], sides(False, "(stored)"), sides(True, "(set)"), secrets=secrets)
    one = environment_of(outcome)
    (export,) = one["exports"]
    assert (export["changed_properties"], export["sent_secrets"]) == ([ENABLED], [PASSWORD])
    whole = report(one, environment_of(outcome, "two"))
    page = as_page(whole)
    assert '<div class="change">paused</div>' in page
    assert f'data-filter="differs:{PASSWORD}"' not in page, "it does not differ most often"
    assert "archive (paused)" in reasons(whole, drift=True)["one"]
    assert "would be updated: paused" in as_junit(whole)
    alone = environment_of(drifted([PASSWORD], sides(True, "(stored)"), sides(True, "(set)"), secrets=secrets))
    assert reasons(report(alone), drift=True)["one"] == f"Not as declared: archive ({PASSWORD} sent)."
    new = environment_of(
        drifted([PASSWORD], {}, {"authentication": sides(True, "(set)")["authentication"]}, secrets=secrets)
    )
    assert new["exports"][0]["changed_properties"] == [PASSWORD], "none was stored: that is a difference"


@pytest.mark.parametrize(
    ("dry", "running", "word"), [(True, True, "paused"), (True, False, "not paused"), (False, False, "paused")]
)
def test_a_disabled_export_is_called_paused(dry: bool, running: bool, word: str) -> None:
    outcome = drifted([ENABLED], sides(not running, ""), sides(running, ""))
    outcome["exports"][0]["value"]["endpoint_definition"]["enable_user_session_export"] = running
    assert summary(report(environment_of(outcome, dry=dry), dry=dry), {})[1].endswith(f": archive ({word}).")


def test_the_last_author_of_drift_is_named() -> None:
    outcome = drifted(["a.b"], {}, {}, last_author="olga@example.com")
    lines = summary(report(environment_of(outcome)), {})
    assert lines[1] == "one: Not as declared: archive (a.b, last changed by olga@example.com)."
