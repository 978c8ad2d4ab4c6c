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
      - If a policy with O(policies[].severity=error) is violated, nothing is written and the module fails. A violation
        that the run repairs is only reported.
      - If a policy itself is not valid, the module fails before anything is sent.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the policy. In variables, a policy replaces one with the same name from an earlier variable.
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
          - The objects to which the policy applies. An object must match every list that is given. Required.
        type: dict
        suboptions:
          schema_ids:
            description:
              - IDs of schemas, or patterns such as V(builtin:alerting.*). Required.
              - Objects of an undeclared schema are read only if its full ID is given, rather than a pattern.
            type: list
            elements: str
          scopes:
            description:
              - Scopes of objects, or patterns such as V(HOST-*). A new object has no scope yet if the environment
                derives it from the value.
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
          - The objects to which the policy does not apply, although O(policies[].match) selects them. An object is
            excluded if it matches every list that is given.
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
          - JSON Schema (Draft 2020-12) with the property names of the Dynatrace schema. Each secret is replaced with
            the text C((secret\)).
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
          - Message that says how to fix a violation. It is shown together with the violated properties.
        type: str
      source:
        description:
          - Origin of the policy, for the result. For variables, it is set to the variable and its group or host.
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
