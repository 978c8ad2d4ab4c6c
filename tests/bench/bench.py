# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, wall and CPU seconds per environment: the role beside the same work by hand, in one run on one machine.

By hand means ``ansible.builtin.uri``: read, compare in Jinja, then one POST for each export that is missing, or one PUT
for each that differs. It neither validates, nor adopts, nor shows a diff.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.community.dynatrace.tests.support.simulator import EXPORT_SCHEMA, Simulator, export_value

FORKS = 10
NAMES = ("elasticsearch", "archive", "billing")


def options(name: str) -> dict[str, Any]:
    """An export as the role takes it."""
    return {"name": name, "endpoint_definition": {"endpoint_url": f"https://{name}.example.com/"}}


VALUES = {name: export_value(f"https://{name}.example.com/") for name in NAMES}
SLOTS = [options(name) for name in NAMES]
HEADERS = {"Authorization": "Api-Token {{ token }}"}
OBJECTS = "{{ url }}/api/v2/settings/objects"
NOTHING = [{"name": "Bench", "hosts": "all", "gather_facts": False, "tasks": []}]
ROLE = [
    {
        "name": "Bench",
        "hosts": "all",
        "gather_facts": False,
        "roles": [{"role": "community.dynatrace.user_session_exports"}],
        "vars": {
            "user_session_exports_environment_url": "{{ url }}",
            "user_session_exports_api_token": "{{ token }}",
            "user_session_exports_slots": SLOTS,
        },
    }
]
BY_HAND = [
    {
        "name": "Bench",
        "hosts": "all",
        "gather_facts": False,
        "vars": {
            "values": VALUES,
            "found": "{{ read.json['items'] | items2dict(key_name='externalId', value_name='value') }}",
            "tokens": "{{ read.json['items'] | items2dict(key_name='externalId', value_name='updateToken') }}",
            "ids": "{{ read.json['items'] | items2dict(key_name='externalId', value_name='objectId') }}",
        },
        "tasks": [
            {
                "name": "Read",
                "ansible.builtin.uri": {
                    "url": f"{OBJECTS}?schemaIds={EXPORT_SCHEMA}&scopes=environment"
                    "&fields=objectId,value,updateToken,externalId",
                    "headers": HEADERS,
                },
                "register": "read",
            },
            {
                "name": "Create",
                "ansible.builtin.uri": {
                    "url": OBJECTS,
                    "method": "POST",
                    "headers": HEADERS,
                    "body_format": "json",
                    "body": [
                        {
                            "schemaId": EXPORT_SCHEMA,
                            "scope": "environment",
                            "externalId": "{{ item }}",
                            "value": "{{ values[item] }}",
                        }
                    ],
                },
                "loop": "{{ values | dict2items | map(attribute='key') | difference(found.keys()) }}",
                "changed_when": True,
            },
            {
                "name": "Update",
                "ansible.builtin.uri": {
                    "url": f"{OBJECTS}/{{{{ ids[item] }}}}",
                    "method": "PUT",
                    "headers": HEADERS,
                    "body_format": "json",
                    "body": {"value": "{{ values[item] }}", "updateToken": "{{ tokens[item] }}"},
                },
                "loop": "{{ values | dict2items | map(attribute='key') | intersect(found.keys()) }}",
                "when": "found[item] != values[item]",
                "changed_when": True,
            },
        ],
    }
]


@dataclass
class Cost:
    """What one run took."""

    requests: int
    wall: float
    cpu: float


def run(folder: Path, simulator: Simulator, playbook: str, count: int) -> Cost:
    """One ansible-playbook against the first ``count`` environments."""
    simulator.clear_log()
    names = [f"e{number}" for number in range(count)]
    hosts = {name: {"url": simulator.url(name), "token": simulator.token(name)} for name in names}
    own = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": own}}))
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "ansible-playbook", "-i", "inventory.json", "-f", str(FORKS), playbook],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_INVENTORY_ENABLED": "yaml",
            "ANSIBLE_LOCALHOST_WARNING": "false",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout[-4000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(len(simulator.requests()), wall, cpu)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int, default=[1, 10, 50], help="numbers of environments (1 10 50)")
    counts = parser.parse_args().counts or [1, 10, 50]
    environments = [f"e{number}" for number in range(max(counts))]
    plays = {"nothing": NOTHING, "role": ROLE, "by hand": BY_HAND}
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Simulator(environments) as simulator:
        folder = Path(name)
        for title, play in plays.items():
            (folder / f"{title}.json").write_text(json.dumps(play))
        # Once for the caches.
        run(folder, simulator, "role.json", 1)
        print(f"per environment, {FORKS} forks; start-up of ansible-playbook subtracted; three exports each\n")
        head = f"{'environments':>12}  {'situation':<16}{'':<9}{'requests':>9}{'wall s':>9}{'CPU s':>9}"
        print(head + f"{'by hand / role: wall':>23}{'CPU':>7}")
        for count in counts:
            start_up = run(folder, simulator, "nothing.json", count)
            costs: dict[tuple[str, str], Cost] = {}
            for title in ("role", "by hand"):
                for number in range(count):
                    simulator.reset(f"e{number}")
                for situation in ("first converge", "nothing changed"):
                    costs[situation, title] = run(folder, simulator, f"{title}.json", count)
            for situation in ("first converge", "nothing changed"):
                for title in ("role", "by hand"):
                    cost = costs[situation, title]
                    wall, cpu = cost.wall - start_up.wall, cost.cpu - start_up.cpu
                    line = f"{count:>12}  {situation:<16}{title:<9}{cost.requests / count:>9.1f}"
                    line += f"{wall / count:>9.3f}{cpu / count:>9.3f}"
                    if title == "by hand":
                        role = costs[situation, "role"]
                        ratio = (wall / (role.wall - start_up.wall), cpu / (role.cpu - start_up.cpu))
                        line += f"{ratio[0]:>23.1f}{ratio[1]:>7.1f}"
                    print(line, flush=True)


if __name__ == "__main__":
    main()
