# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Eight runs at once against one environment. The API has no transaction: here is what holds all the same.

Twice each: as eight processes that a slow server lets run into each other, and as eight threads of which one request
at a time is let through, in an order drawn by lot (a schedule), so that rare orders come up as well.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.community.dynatrace.plugins.module_utils._settings_api.external_id import decode
from ansible_collections.community.dynatrace.tests.fault_injection.support import (
    LONG,
    PRUNE,
    WITH_KEY,
    A,
    Arena,
    B,
    C,
    Ended,
    Export,
    Scenario,
    Watched,
    X,
    Y,
    Z,
    export_host,
)

RUNS = 8
WRITES = ("POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Race:
    """What is there, and what each of the eight declares."""

    name: str
    declared: tuple[tuple[Export, ...], ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    earlier: tuple[tuple[tuple[Export, ...], Mapping[str, Any]], ...] = ()
    by_hand: tuple[tuple[Export, str | None], ...] = ()

    def __str__(self) -> str:
        return self.name

    def scenario(self, run: int) -> Scenario:
        """The scenario of one of them."""
        return Scenario(self.name, self.declared[run], self.options, self.by_hand, self.earlier)

    @property
    def everything(self) -> list[Export]:
        """Every export that anybody declares, or that was there."""
        return [one for exports in (*self.declared, *(part[0] for part in self.earlier)) for one in exports] + [
            export for export, _external_id in self.by_hand
        ]


def by_run(*names: str, host: str = "") -> tuple[tuple[Export, ...], ...]:
    """Exports of the same names with other values and secrets for each run."""
    return tuple(
        tuple(Export(name, f"{host or name}-{run}", password=f"pass of {name} in {run}") for name in names)
        for run in range(RUNS)
    )


def own_names(*names: str, host: str = "") -> tuple[tuple[Export, ...], ...]:
    """Exports of other names for each run."""
    return tuple(
        tuple(Export(f"{name}-{run}", host or f"{name}-{run}", password=f"pass of {name} in {run}") for name in names)
        for run in range(RUNS)
    )


SAME = (
    Race("create", ((A, B, C),) * RUNS, WITH_KEY),
    Race("update-create-delete", ((A, C),) * RUNS, PRUNE, earlier=(((replace(A, silent=True), X), {}),)),
    Race("turnover", ((A, B, C),) * RUNS, {**PRUNE, **WITH_KEY}, earlier=(((X, Y, Z), WITH_KEY),)),
    Race("adoption", ((A, B),) * RUNS, by_hand=((A, None), (replace(B, silent=True), None))),
    Race("rotation", ((A, B, C),) * RUNS, WITH_KEY, earlier=(((replace(A, password="old"), B, C), WITH_KEY),)),
)
DIFFERENT = (
    Race("same-names-new", by_run("a", "b", "c")),
    Race("same-names-new-with-key", by_run("a", "b", "c"), WITH_KEY),
    Race("same-names-there", by_run("a", "b", "c"), WITH_KEY, earlier=((by_run("a", "b", "c")[0], WITH_KEY),)),
    Race("other-names", own_names("a", "b")),
    Race("other-names-prune", own_names("a", "b", "c"), {**PRUNE, **WITH_KEY}),
    Race("other-names-prune-full", own_names("a", "b"), PRUNE, earlier=(((X, Y, Z), {}),)),
    Race("same-names-prune-full", by_run("a", "b"), {**PRUNE, "update_secrets": "always"}, earlier=(((X, Y, Z), {}),)),
)


def crossed(*hosts: str) -> tuple[tuple[Export, ...], ...]:
    """The same names and the same endpoints in each run, but every run gives the names to other endpoints."""
    orders = list(itertools.permutations(hosts))
    return tuple(
        tuple(Export(name, host) for name, host in zip("abc", orders[run % len(orders)], strict=True))
        for run in range(RUNS)
    )


CROSSED = (
    Race("crossed-full", crossed("p", "q", "r"), PRUNE, earlier=(((X, Y, Z), {}),)),
    Race("crossed-empty", crossed("p", "q", "r"), PRUNE),
    Race("other-names-one-endpoint", own_names("a", host="p"), PRUNE, earlier=(((X, Y, Z), {}),)),
    Race("other-names-full", own_names("a", "b", "c"), PRUNE, earlier=(((X, Y, Z), {}),)),
)
ROUNDS = 10 if LONG else 1
SCHEDULES = 40 if LONG else 2


class Turnstile:
    """Lets one request through at a time, in an order drawn by lot."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        # How often a run goes on right away: a run that gets far meets the others half-way through theirs.
        self._staying = chance.choice((0.0, 0.5, 0.8))
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._running = set(range(RUNS))
        self._turn: int | None = None

    def wait(self, run: int) -> None:
        """The request before is done; the next one of this run waits for its turn."""
        with self._changed:
            self._waiting.add(run)
            self._next()
            assert self._changed.wait_for(lambda: self._turn == run, 120)
            self._waiting.discard(run)

    def leave(self, run: int) -> None:
        """This run sends no more."""
        with self._changed:
            self._running.discard(run)
            self._next()

    def _next(self) -> None:
        if self._running and self._waiting == self._running:
            if self._turn not in self._waiting or self._chance.random() >= self._staying:
                self._turn = self._chance.choice(sorted(self._waiting))
            self._changed.notify_all()


def in_turns(arena: Arena, race: Race, seed: str) -> list[Ended]:
    """Eight threads, one request at a time."""
    turnstile = Turnstile(random.Random(seed))
    ended: dict[int, Ended | BaseException] = {}

    def one(run: int) -> None:
        def before(_client: Watched) -> None:
            turnstile.wait(run)

        try:
            arguments = arena.of(race.scenario(run), api_token=arena.simulator.token(arena.env, f"run{run}"))
            ended[run] = arena.run(arguments, arena.client(arguments, before))
        except BaseException as error:
            ended[run] = error
        finally:
            turnstile.leave(run)

    threads = [threading.Thread(target=one, args=(run,)) for run in range(RUNS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in ended.values():
        if isinstance(result, BaseException):
            raise result
    return [result for _run, result in sorted(ended.items()) if isinstance(result, Ended)]


def at_once(arena: Arena, race: Race) -> list[Ended]:
    """Eight processes. The server lets all of them read before anybody writes, and takes its time now and then."""
    arena.simulator.fault("delay", environment=arena.env, when="after", method="GET", seconds=0.4, times=RUNS)
    arena.simulator.fault("delay", environment=arena.env, probability=0.3, seconds=0.03, times=None)
    processes = [
        arena.start(arena.of(race.scenario(run), api_token=arena.simulator.token(arena.env, f"run{run}")))
        for run in range(RUNS)
    ]
    ended = [process.ended() for process in processes]
    arena.simulator.clear_faults()
    return ended


def tokens(arena: Arena) -> None:
    """One for each run, so that the log shows whose write it was."""
    scopes = ["settings.read", "settings.write"]
    names = {f"run{run}": {"token": f"dt0c01.RUN{run}.{'S' * 20}{run}", "scopes": scopes} for run in range(RUNS)}
    full = {"full": {"token": arena.simulator.token(arena.env), "scopes": scopes}}
    arena.simulator.configure(arena.env, tokens={**full, **names})


def results_are_true(arena: Arena, ended: Sequence[Ended]) -> None:
    """Each ends with a result that the log confirms, or with an error that a person can read."""
    log = arena.requests()
    for run, one in enumerate(ended):
        applied = [entry for entry in log if entry["token"] == f"run{run}" and entry["applied"]]
        if one.failed:
            arena.ledger.count("runs that gave up with a clear error")
            clear = one.message and "Unexpected" not in one.message and "Traceback" not in str(one.result)
            arena.ledger.check("unclear error", clear, one.result)
            arena.ledger.check("untrue result", len(one.result.get("completed_writes", ())) <= len(applied), one.result)
            continue
        arena.ledger.check("untrue result", one.changed == bool(applied), one.result, applied)
        operations = [export["operation"] for export in one.result["exports"]]
        arena.ledger.check("untrue result", one.changed == any(word != "unchanged" for word in operations), one.result)


def never_too_many(arena: Arena, race: Race) -> None:
    """At most three, each of them wholly as one run declared it (or as it was before), secret included."""
    found = arena.objects()
    arena.ledger.check("more than three", len(found) <= 3, [export_host(one) for one in found])
    for item in found:
        arena.judge_object(item, race.everything)


@pytest.fixture(params=["processes", "schedules"])
def way(request: pytest.FixtureRequest, arena: Arena) -> Any:
    tokens(arena)

    def run(race: Race) -> Any:
        for turn in range(ROUNDS if request.param == "processes" else SCHEDULES):
            arena.begin(race.scenario(0))
            arena.simulator.clear_log()
            yield at_once(arena, race) if request.param == "processes" else in_turns(arena, race, f"{race} {turn}")
            arena.ledger.count(f"eight runs at once, as {request.param}")

    return run


@pytest.mark.parametrize("race", SAME, ids=str)
def test_the_same_declaration_never_doubles(arena: Arena, way: Any, race: Race) -> None:
    for ended in way(race):
        results_are_true(arena, ended)
        for one in ended:
            arena.ledger.check("run fails", not one.failed, one.result)
        arena.judge(race.scenario(0))
        arena.judge_quiet(race.scenario(0))


@pytest.mark.parametrize("race", DIFFERENT, ids=str)
def test_different_declarations_never_exceed_nor_mix(arena: Arena, way: Any, race: Race) -> None:
    """And the next single run finds and names what the race left, or sets it right."""
    for number, ended in enumerate(way(race)):
        results_are_true(arena, ended)
        never_too_many(arena, race)
        if race.name.startswith("same-names") and race.name != "same-names-new-with-key":
            # With a key, another secret makes another external ID: see the next run.
            names = sorted(filter(None, (name_of(item) for item in arena.objects())))
            arena.ledger.check("doubled", len(set(names)) == len(names), names)
        next_run(arena, race, number % RUNS)


def next_run(arena: Arena, race: Race, run: int) -> None:
    """It converges, or says what is in the way: no room, or two of one name."""
    scenario = race.scenario(run)
    hosts = [export_host(item) for item in arena.objects()]
    names = [name_of(item) for item in arena.objects()]
    ended = arena.run(arena.of(scenario, update_secrets="always"))
    if ended.failed and any(names.count(name) > 1 for name in names):
        doubled = [one for one, name in zip(arena.objects(), names, strict=True) if names.count(name) > 1]
        named = "objects have this name" in ended.message and all(one["objectId"] in ended.message for one in doubled)
        arena.ledger.check("next run is silent about it", named, ended.message)
        arena.ledger.count("next runs that named what was in the way")
        return
    if ended.failed:
        named = all(host in ended.message for host in hosts if host not in [one.host for one in scenario.declared])
        fits = "cannot fit" in ended.message and not race.options.get("prune")
        arena.ledger.check("next run fails", named and fits, ended.message, hosts)
        arena.ledger.count("next runs that named what was in the way")
        return
    there = arena.objects()
    for export in scenario.declared:
        found = [item for item in there if export_host(item) == export.host]
        arena.ledger.check("doubled", len(found) <= 1, export.name)
        arena.ledger.check("lost", found, export.name)
        arena.judge_object(found[0], [export])
    quiet = arena.run(arena.of(scenario, update_secrets="on_create", secret_fingerprint_key=None))
    arena.ledger.check("next run changes something", not quiet.failed and not quiet.changed, quiet)


@pytest.mark.parametrize("race", CROSSED, ids=str)
def test_a_name_never_ends_on_the_endpoint_of_another_export(arena: Arena, race: Race) -> None:
    """Whatever fails in between: each object that has a name has an endpoint that was declared with this name."""
    tokens(arena)
    for turn in range(SCHEDULES * 2):
        arena.begin(race.scenario(0))
        ended = in_turns(arena, race, f"{race} {turn}")
        arena.ledger.count("eight runs at once, as schedules")
        results_are_true(arena, ended)
        names_are_where_they_belong(arena, race)
        next_run(arena, race, turn % RUNS)


@pytest.mark.parametrize("fails", ["refused", "lost", "killed", "another run"])
def test_a_name_never_ends_on_another_endpoint_whatever_fails(arena: Arena, fails: str) -> None:
    """A run that puts new exports in the place of others is stopped behind each of its writes."""
    race = Race(
        "stopped",
        ((A, B, C), (replace(A, host="q"), replace(B, host="a")), *(((C,),) * 6)),
        PRUNE,
        earlier=(((X, Y, Z), {}),),
    )
    for position in range(1, 12):
        arena.begin(race.scenario(0))
        other = arena.of(race.scenario(1))

        def before(client: Watched, position: int = position, other: Mapping[str, Any] = other) -> None:
            if fails == "another run" and len(client.calls) >= position:
                arena.run(other)
            if fails == "killed" and len(client.calls) == position:
                raise KeyboardInterrupt
            if fails == "refused" and len(client.calls) == position:
                arena.simulator.fault("status", environment=arena.env, status=403, times=1)
            if fails == "lost" and len(client.calls) >= position:
                arena.simulator.clear_faults()
                arena.simulator.fault("drop", environment=arena.env, when="after", times=None)

        arguments = arena.of(race.scenario(0), retry_timeout=0.1)
        with contextlib.suppress(KeyboardInterrupt):
            arena.run(arguments, arena.client(arguments, before))
        arena.simulator.clear_faults()
        names_are_where_they_belong(arena, race)


def names_are_where_they_belong(arena: Arena, race: Race) -> None:
    """Each name is on an endpoint that was declared for it."""
    declared = {(export.name, export.host) for export in race.everything}
    there = [(name_of(item), export_host(item)) for item in arena.objects()]
    arena.ledger.check("name on another endpoint", {pair for pair in there if pair[0]} <= declared, there)
    twice = [pair for pair in there if there.count(pair) > 1 or ((None, pair[1]) in there and pair[0])]
    arena.ledger.check("doubled", not twice, there)


def name_of(item: Mapping[str, Any]) -> str | None:
    external_id = decode(item.get("externalId"))
    return external_id.name if external_id else None


def test_without_external_ids_the_next_run_names_what_a_race_doubled(arena: Arena, way: Any) -> None:
    """Not promised, but found: without external IDs the server cannot know that two creates mean the same."""
    race = Race("no-external-ids", ((A,),) * RUNS, {"store_external_id": False})
    for ended in way(race):
        results_are_true(arena, ended)
        never_too_many(arena, race)
        there = len(arena.objects())
        again = arena.run(arena.of(race.scenario(0)))
        if there == 1:
            assert not again.failed and not again.changed
            continue
        arena.ledger.count("doubled without external IDs, and named by the next run")
        arena.ledger.check("next run is silent about it", f"{there} objects match it" in again.message, again)
        assert len(arena.objects()) == there
