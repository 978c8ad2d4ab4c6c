# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""All declared settings of one environment: read once, planned together, written in the order of their references."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._option_names import OptionNames
from .._policies.evaluation import Review, SchemaState
from .._policies.options import Policies, read_policies
from .._settings_api.converge import AllConverged, Converged, Options, Part, converge_all
from .._settings_api.errors import InvalidInput, Problem, TooMuch
from .._settings_api.external_id_policy import Policy
from .._settings_api.matching import Existing
from .._settings_api.parallel import map_reads
from .._settings_api.plan_types import Plan
from .._settings_api.planning import Job
from .._settings_api.references import (
    Targets,
    title_of,
    waves_of,
)
from .._settings_api.schema import Schema
from .._settings_common.options import permission_check_of
from .._settings_common.report import item_diff, item_report, result_of, with_authors, with_causes, with_environment
from .._settings_common.yaml_file import keep
from .accepted import GroupOutcome, keep_accepted
from .access_options import credential_problems
from .declaration import MORE_OBJECTS, name_in_external_id, path_text
from .declarations import Group
from .declared_ids import KnownIds
from .deletion_checks import check_deletions
from .group_plan import DeclaredGroup, DeclaredSettings, GroupPlan
from .policy_states import settings_states
from .schema_catalog import SchemaCatalog
from .scopes import ENVIRONMENT, target_of
from .to_vars import backup_text

if TYPE_CHECKING:
    from .._settings_api.client import SettingsClient


class EnvironmentSettings:
    """The declared settings of an environment: validated and read, not written yet.

    :param handled: schemas that another part of the same plan is about.
    :raises InvalidInput: with all problems.
    :raises SettingsError: the environment cannot be read.
    """

    def __init__(
        self,
        client: SettingsClient,
        declared: DeclaredSettings,
        params: Mapping[str, Any],
        policy: Policy,
        check_mode: bool,
        handled: Container[str] = (),
    ) -> None:
        self._client, self._params, self._check_mode = client, params, check_mode
        self._deletion_warnings: list[str] | None = None
        self._catalog = catalog = SchemaCatalog(client, params.get("schema_cache_directory"))
        self.policies, _problems = read_policies(params)
        groups, schemas, problems = _groups(declared, catalog, self.policies)
        self._undeclared = {
            schema_id: schemas[schema_id]
            for schema_id in self.policies.named_schemas()
            if schema_id in schemas and schema_id not in declared.schema_ids and schema_id not in handled
        }
        targets = Targets()
        self._plans = [GroupPlan(shared, _policy(policy, shared.group), targets) for shared in groups]
        problems += [problem for plan in self._plans for problem in plan.problems]
        problems += _reference_problems(self._plans, catalog)
        objects = [one for plan in self._plans for one in plan.group.objects]
        problems += credential_problems(client, objects, params)
        if problems:
            raise InvalidInput(problems)
        self._declared_ids = [found for one in groups for found in one.ids if found.schema_id in catalog.versions]
        others = {reference.schema_id for plan in self._plans for _path, reference in _references(plan)} | {
            found.schema_id for found in self._declared_ids
        }
        others |= self._undeclared.keys()
        self._lists = _read(client, self._plans, others, params["max_objects"], targets)
        waves = _resolve(self._plans, targets)
        self.parts = [self._part(plan, waves, check_mode) for plan in self._plans]

    @cached_property
    def _ids(self) -> KnownIds:
        """What was read by its IDs, which most runs do not ask for."""
        ids = KnownIds()
        for schema_id, items in self._lists.items():
            for item in items:
                ids.add(schema_id, Existing.from_item(item))
        return ids

    def _part(self, plan: GroupPlan, waves: Mapping[str, int], check_mode: bool) -> Part:
        group, params = plan.group, self._params
        schema_id = group.schema.schema_id
        own = {one.where: waves[one.where] for one in group.objects if waves.get(one.where)}
        job = Job(
            target_of(schema_id, group.scope, plan.shared.fields, params["max_objects"]),
            replace(plan.shared.domain, format_path=OptionNames.of(params).user_paths(group.rules.format_path)),
            plan.policy,
            lambda _existing: plan.declared,
            admin_access=params["admin_access"],
            check_permission=permission_check_of(self._client, params, schema_id, group.scope, check_mode=check_mode),
        )
        rank = max(own.values(), default=0)
        return Part(group.title, job, plan.existing, own, rank, plan.written, plan.outdated)

    def states(self, plans: Sequence[Plan]) -> list[SchemaState]:
        """Return the objects as policies see them.

        :param plans: the plan of each of ``parts``.
        """
        planned = list(zip(self.parts, plans, strict=True))
        return list(settings_states(planned, self._lists, self._undeclared))

    def check_deletions(self, plans: Sequence[Plan]) -> None:
        """Check whether the environment will refuse deletions. Only done for the first plan.

        :param plans: the plan of each of ``parts``.
        :raises InvalidInput: objects that stay refer to objects that would be deleted.
        """
        if self._deletion_warnings is None:
            planned = list(zip(self.parts, plans, strict=True))
            self._deletion_warnings = []
            self._deletion_warnings = check_deletions(self._client, self._catalog, planned, self._lists)

    def backup(self, folder: str, changing: Sequence[Part]) -> str:
        """Write the objects of the parts that change to a new file of variables.

        :returns: its path, empty if none of the parts is one of these settings.
        """
        plans = [plan for plan, part in zip(self._plans, self.parts, strict=True) if part in changing]
        if not plans:
            return ""
        saved = [(plan.group.schema, plan.group.scope or ENVIRONMENT, plan.existing) for plan in plans]
        text = backup_text(self._client, saved, self._ids)
        now = datetime.now(timezone.utc)
        return keep(folder, self._client.environment_id, now, text, kind=".settings")

    def result(self, done: AllConverged) -> dict[str, Any]:
        """Return the result of the module.

        :param done: the outcome of ``parts``.
        """
        client = self._client
        warnings = [found.warning for found in self._declared_ids if found.object_id not in self._ids]
        warnings += self._deletion_warnings or []
        result = _result(client, self._plans, done, lambda: self._ids, warnings)
        explained = result["schemas"]
        if self._params["explain_drift"] and self._check_mode:
            explained = [
                with_causes(one, "objects", converged, client, part.job.target.scope, part.job.domain)
                for one, converged, part in zip(explained, done.parts, self.parts, strict=True)
            ]
        notes = [*result["notes"], *(note for one in explained for note in one.pop("notes"))]
        for one in explained:
            for item in one["objects"]:
                for cause in item.get("changed_by", ()):
                    cause.update({side: self._ids.named(cause[side]) for side in ("before", "after")})
        return {**result, "schemas": explained, "notes": list(dict.fromkeys(notes))}

    def accept(self, done: AllConverged) -> str | None:
        """Write the variables that would accept the current state to a new file, in check mode if that is an option.

        :returns: its path, or ``None`` if nothing differs.
        """
        outcomes = [
            GroupOutcome(plan.group, plan.existing, part) for plan, part in zip(self._plans, done.parts, strict=True)
        ]
        return keep_accepted(self._client, outcomes, self._ids, self._catalog, self._params["accept_directory"])


def converge_settings(
    client: SettingsClient, declared: DeclaredSettings, params: Mapping[str, Any], policy: Policy, check_mode: bool
) -> dict[str, Any]:
    """Ensure that all declared settings of an environment match their declaration.

    :raises SettingsError: a rejection by the server names the declaration that it is about.
    """
    settings = EnvironmentSettings(client, declared, params, policy, check_mode)
    more: dict[str, Any] = {}

    def backup(changing: Sequence[Part]) -> None:
        more["backup_file"] = settings.backup(params["backup_directory"], changing)

    review = Review(settings.policies)

    def check(plans: Sequence[Plan]) -> None:
        settings.check_deletions(plans)
        if review:
            review.check(settings.states(plans))

    save = backup if params["backup_directory"] else None
    options = Options(check_mode, params["server_validation"], params["approved_plan"], save, check)
    done = converge_all(client, settings.parts, options)
    if params.get("accept_directory") and check_mode:
        more["accept_file"] = settings.accept(done)
    result = settings.result(done)
    return {**result, **more, **review.result(), "warnings": [*result["warnings"], *review.warnings()]}


def _groups(
    declared: DeclaredSettings, catalog: SchemaCatalog, policies: Policies
) -> tuple[list[DeclaredGroup], Mapping[str, Schema], list[Problem]]:
    """Return the declared objects, the schemas that declarations and policies name, and what is wrong with them."""
    named = [
        (f"{declared.option}[{number}].schema_id", str(one["schema_id"]))
        for number, one in enumerate(declared.declarations)
    ]
    unknown = [problem for path, schema_id in named if (problem := catalog.problem(path, schema_id)) is not None]
    unknown += policies.schema_problems(catalog.problem)
    schema_ids = [*(schema_id for _path, schema_id in named), *policies.named_schemas()]
    schemas = catalog.read(schema_id for schema_id in schema_ids if schema_id in catalog.versions)
    groups, problems = declared.groups(schemas)
    return groups, schemas, [*unknown, *problems, *policies.property_problems(schemas)]


def _policy(policy: Policy, group: Group) -> Policy:
    return replace(policy, prune=group.prune)


def _references(plan: GroupPlan) -> Iterator[tuple[str, Any]]:
    for where, found in plan.references.items():
        for path, reference in found:
            yield plan.group.rules.format_path(where, path), reference


def _reference_problems(plans: Sequence[GroupPlan], catalog: SchemaCatalog) -> list[Problem]:
    """References to schemas that the environment does not have."""
    found = (catalog.problem(path, reference.schema_id) for plan in plans for path, reference in _references(plan))
    return [Problem(f"reference.{one.code}", one.path, one.facts) for one in found if one is not None]


def _read(
    client: SettingsClient, plans: Sequence[GroupPlan], others: Iterable[str], limit: int, targets: Targets
) -> Mapping[str, list[dict[str, Any]]]:
    """Read the objects of all schemas, each schema once, and note what can be referred to."""
    scopes: dict[str, set[str]] = {}
    for plan in plans:
        scopes.setdefault(plan.group.schema.schema_id, set()).add(plan.group.scope)
    referenced = set(others)
    for schema_id in referenced - scopes.keys():
        scopes[schema_id] = {""}
    wanted = [(schema_id, "" if "" in found else ",".join(sorted(found))) for schema_id, found in scopes.items()]
    fields_of: dict[str, tuple[str, ...]] = {}
    for plan in plans:
        schema_id = plan.group.schema.schema_id
        fields_of[schema_id] = max(fields_of.get(schema_id, ()), plan.shared.fields, key=len)

    def read(own: SettingsClient, one: tuple[str, str]) -> list[dict[str, Any]]:
        fields = fields_of.get(one[0], ("objectId", "value", "scope", "externalId"))
        try:
            return own.list_objects(one[0], scope=one[1], fields=fields, limit=limit)
        except TooMuch as error:
            if "limit" in error.details:
                error.advise(MORE_OBJECTS)
            raise

    lists = dict(zip((schema_id for schema_id, _scope in wanted), map_reads(client, read, wanted), strict=True))
    for schema_id, items in lists.items():
        existing = [(str(item.get("scope") or ""), Existing.from_item(item)) for item in items]
        own = [plan for plan in plans if plan.group.schema.schema_id == schema_id]
        for plan in own:
            plan.existing = [one for scope, one in existing if plan.group.scope in ("", scope)]
        if schema_id not in referenced:
            continue
        for plan in own:
            plan.add_targets()
        for scope, one in existing:
            targets.add_existing(
                schema_id, scope, one.object_id, own_name=name_in_external_id(one, schema_id), title=title_of(one.value)
            )
    return lists


def _resolve(plans: Sequence[GroupPlan], targets: Targets) -> dict[str, int]:
    """Replace references by IDs, as far as they are known. Return in which wave each object is written."""
    problems = [problem for plan in plans for problem in plan.resolve()]
    if problems:
        raise InvalidInput(problems)
    needs: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for plan in plans:
        names |= {desired.where: f"{plan.group.schema.schema_id} {desired.name!r}" for desired in plan.declared}
        for where, found in plan.references.items():
            if found:
                needs[where] = [at for _path, reference in found if (at := targets.declared_at(reference))]
    waves, cycle = waves_of(needs)
    if cycle:
        chain = " -> ".join(names.get(where, where) for where in cycle)
        raise InvalidInput([Problem("reference.cycle", cycle[0], {"chain": chain})])
    return waves


def _result(
    client: SettingsClient,
    plans: Sequence[GroupPlan],
    done: AllConverged,
    known_ids: Callable[[], KnownIds],
    warnings: Sequence[str],
) -> dict[str, Any]:
    for plan, part in zip(plans, done.parts, strict=True):
        for item in part.items:
            if item.operation == "created" and item.object_id:
                known_ids().add_name(plan.group.schema.schema_id, item.name, item.object_id)
    schemas = [_schema_result(client, plan, part) for plan, part in zip(plans, done.parts, strict=True)]
    diff = [
        {**entry, "schema_id": plan.group.schema.schema_id}
        for plan, part in zip(plans, done.parts, strict=True)
        for entry in _diff(plan, part, known_ids)
    ]
    return {
        "changed": done.changed,
        "schemas": schemas,
        "plan_digest": done.digest,
        "diff": with_environment(diff, client),
        "notes": [*done.notes, *(note for part in done.parts for note in part.notes), *client.notes],
        "warnings": list(dict.fromkeys([*warnings, *(text for part in done.parts for text in part.warnings)])),
    }


def _schema_result(client: SettingsClient, plan: GroupPlan, part: Converged) -> dict[str, Any]:
    group, sources = plan.group, plan.shared.sources
    common = result_of(part, client, plan.shared.domain)
    objects = [
        {**item_report(item, path_text, ignored="ignored_properties"), "order_change": item.moved}
        | {"source": sources.get(item.where, "")}
        for item in part.items
    ]
    return {
        "schema_id": group.schema.schema_id,
        "scope": group.scope,
        "changed": part.changed,
        "objects": with_authors(objects, client),
        "unmanaged_objects": common["unmanaged_objects"],
        "schema_version": group.schema.version,
        "unchecked_constraints": list(group.schema.unchecked_constraints),
        "notes": [],
    }


def _diff(plan: GroupPlan, part: Converged, known_ids: Callable[[], KnownIds]) -> Iterator[dict[str, Any]]:
    """The entries of a diff, with names in place of IDs."""
    domain = plan.shared.domain
    for item in part.items:
        if item.operation != "unchanged":
            entry = item_diff(item, domain, lambda value, _name: {**known_ids().named(value)})
            for header in ("before_header", "after_header"):
                entry[header] = f"{plan.group.title} {entry[header]}"
            yield entry
