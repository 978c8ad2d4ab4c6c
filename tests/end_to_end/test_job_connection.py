# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the project for job templates, on each core: an execution environment has the core that it has."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.community.dynatrace.tests.support import jobs
from ansible_collections.community.dynatrace.tests.support.playbooks import command
from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator

PASSWORD = "a{{ 1 + 1 }}b{% set x %}c{# d #}e 'f' \"g\" #h: i"


def test_each_environment_gets_its_own_token_and_secrets_are_no_templates(tmp_path: Path) -> None:
    with Simulator(["12345678", "two", "three"]) as simulator:
        folder = jobs.prepare(tmp_path / "job")
        token = simulator.ready["cluster"]["tokens"]["service_provider"]
        found = jobs.update(folder, jobs.injected("Dynatrace cluster", url=simulator.base_url, token=token))
        script = folder / "inventory" / "hosts"
        script.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(found)!r})\n", encoding="utf-8")
        script.chmod(0o700)
        # An ID may look like a number, and what should be a token like anything.
        tokens = f"12345678: {simulator.token('12345678')}\ntwo: {PASSWORD}\n"
        simulator.clear_log()
        done = command(
            folder / "project",
            "ansible-playbook",
            *("-i", str(script), "configure.yml"),
            environment={
                **jobs.injected("Dynatrace fleet", tokens=tokens, fingerprint_key="long enough for a key"),
                **jobs.injected("Session export secrets", elastic_password=PASSWORD),
            },
        )
        assert done.code == 2, done.output
        assert 'the credential "Dynatrace fleet" has no token for the environment three' in done.output.replace(
            "\\", ""
        )
        (item,) = simulator.objects("12345678", EXPORT_SCHEMA)
        assert simulator.secret_is("12345678", item["objectId"], "authentication/basicAuth/password", PASSWORD)
        assert "dynatrace_api_token: must be only the token" in done.output
        for unwell in ("two", "three"):
            assert simulator.requests(environment=unwell) == []
        assert PASSWORD not in done.output and simulator.token("12345678") not in done.output
