# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role starts and stops the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    settings_api_simulator_directory: "{{ playbook_dir }}/sim"
    settings_api_simulator_environments: [one, two]
  tasks:
    - block:
        - ansible.builtin.include_role: {name: community.dynatrace.settings_api_simulator}
        - ansible.builtin.set_fact: {first: "{{ settings_api_simulator }}"}
          no_log: true
        - ansible.builtin.uri:
            url: "{{ settings_api_simulator.control_url }}/"
            headers: {X-Simulator-Token: "{{ settings_api_simulator.control_token }}"}
          register: answer
        - ansible.builtin.include_role: {name: community.dynatrace.settings_api_simulator}
        - ansible.builtin.assert:
            quiet: true
            that:
              - answer.json.pid == first.pid
              - settings_api_simulator.pid == first.pid
              - settings_api_simulator.environments | list == ['one', 'two']
              - settings_api_simulator.environments.two.url == settings_api_simulator.url ~ '/e/two'
      always:
        - ansible.builtin.include_role: {name: community.dynatrace.settings_api_simulator}
          vars: {settings_api_simulator_state: stopped}
    - ansible.builtin.include_role: {name: community.dynatrace.settings_api_simulator}
      vars: {settings_api_simulator_state: stopped}
    - ansible.builtin.uri: {url: "{{ first.control_url }}/"}
      register: answer
      failed_when: answer.status != -1
    - block:
        - ansible.builtin.include_role: {name: community.dynatrace.settings_api_simulator}
          vars: {settings_api_simulator_python: "{{ playbook_dir }}/python"}
      rescue:
        - ansible.builtin.assert:
            that: "'pip install starlette uvicorn' in ansible_failed_result.msg"
        - ansible.builtin.debug: {msg: came to the end}
"""


def test_started_twice_stopped_twice_and_without_its_packages(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("ansible-playbook")
    if not program.exists():
        pytest.skip("ansible-core is not in this environment")
    (tmp_path / "play.yml").write_text(PLAY)
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
    }
    found = subprocess.run(
        [str(program), "play.yml"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert "came to the end" in found.stdout
    # Directory, configuration and start; nothing the second time; one stop; configuration and start without packages.
    assert "changed=5" in found.stdout, found.stdout
    assert "dt0c01." not in found.stdout
    assert not (tmp_path / "sim" / "ready.json").exists()
