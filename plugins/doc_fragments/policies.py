# Copyright (c) 2026, community.dynatrace contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option ``policies``, which several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Rules about settings."""

    DOCUMENTATION = r"""
---
options:
  policies:
    description:
      - Rules about settings, as data. They are evaluated on the plan before anything is written, in check mode as well.
      - If a policy with O(policies[].severity=error) is violated, nothing is written and the module fails. An existing
        violation that the run repairs is only reported.
      - Policies that are not valid themselves are an error before anything is sent.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the policy. With variables, a policy replaces the one of the same name from an earlier variable.
          - Required.
        type: str
      description:
        description:
          - Free text for readers of the policy. It has no effect.
        type: str
      enabled:
        description:
          - Whether the policy is evaluated. The default is V(true).
        type: bool
      match:
        description:
          - What the policy is about. All of the lists that are given must select it. Required.
        type: dict
        suboptions:
          schema_ids:
            description:
              - IDs of schemas, or patterns such as V(builtin:alerting.*). Required.
              - Objects of a schema that is not declared are read if its ID is given, and not a pattern.
            type: list
            elements: str
          scopes:
            description:
              - Scopes of objects, or patterns such as V(HOST-*). A new object whose scope the environment derives from
                its value has none.
            type: list
            elements: str
          groups:
            description:
              - Inventory groups. The environment must be in one of them. See O(environment_groups).
            type: list
            elements: str
          names:
            description:
              - Names of objects, or patterns.
            type: list
            elements: str
      exclude:
        description:
          - What the policy is not about, although O(policies[].match) selects it. What all of the given lists select is
            excluded.
        type: dict
        suboptions:
          schema_ids:
            description:
              - IDs of schemas, or patterns.
            type: list
            elements: str
          scopes:
            description:
              - Scopes of objects, or patterns.
            type: list
            elements: str
          groups:
            description:
              - Inventory groups.
            type: list
            elements: str
          names:
            description:
              - Names of objects, or patterns.
            type: list
            elements: str
      target:
        description:
          - V(object) evaluates O(policies[].schema) for each object. This is the default.
          - V(list) evaluates it for the list of the values of all selected objects of a schema.
        type: str
        choices: [object, list]
      schema:
        description:
          - JSON Schema (Draft 2020-12) with the property names of the Dynatrace schema. The text C((secret\)) stands in
            the place of each secret.
          - Required, unless O(policies[].enabled=false).
        type: dict
      applies_to:
        description:
          - V(desired) evaluates declared objects as they will be. For O(policies[].target=list), it evaluates the list
            as it will be after the run.
          - V(current) evaluates all objects as they are in the environment.
          - V(both) is the default.
        type: str
        choices: [desired, current, both]
      severity:
        description:
          - V(error) refuses the plan. This is the default.
          - V(warning) reports the violation.
        type: str
        choices: [error, warning]
      msg:
        description:
          - What to do about a violation. The violated properties are shown with it.
        type: str
      source:
        description:
          - Where the policy comes from, for the result. With variables, it is the variable, and the group or host.
        type: str
  environment_groups:
    description:
      - Inventory groups of the environment, for O(policies[].match.groups). On the controller, the default is the
        groups of the host.
    type: list
    elements: str
  policy_overrides:
    description:
      - Names of policies with O(policies[].severity=error) that do not refuse this run, for example in an incident.
        Their violations are reported as overridden, and cause a warning.
      - A name that no policy has is ignored, because the environments of a run can have different policies.
    type: list
    elements: str
"""
