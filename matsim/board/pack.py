"""A board pack: a trust's options lived through hundreds of futures, and everything a report of it needs, on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from matsim.board import first_year, outcomes
from matsim.board.futures import Job, Lived, futures
from matsim.board.local_world import CutParams, cut
from matsim.board.options import CUSTOM, Option, Wishes, scenario_for
from matsim.board.surroundings import Situation, candidates, look_around, new_place
from matsim.board.tables import BOARD_TABLES
from matsim.results.store import Result, ensure_free, manifest, write
from matsim.scenario.fitting import check
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.explain import Names
from matsim.simulation.inventory import lists
from matsim.words.amounts import count
from matsim.world.base import World
from matsim.world.codes import PHASES, mainstream
from matsim.world.gias import DRAWN

type Tell = Callable[[int, int], None]
type Say = Callable[[str], None]

CARDS = 6
"""Candidates that a pack tells of, where the board names none."""


@dataclass(frozen=True)
class Order:
    """What a board asked for. `notes` are things about its input that the pack should repeat."""

    settings: Scenario
    world: World
    uid: int
    options: Sequence[Option]
    wishes: Wishes
    futures: int = 200
    years: int = 10
    seed: int = 1
    workers: int = 2
    notes: tuple[str, ...] = ()
    cut: CutParams = field(default_factory=CutParams)


@dataclass(frozen=True)
class Pack:
    """A finished pack in memory: its tables, and what its manifest says of it."""

    tables: dict[str, pd.DataFrame]
    about: dict[str, Any]


def prepare(order: Order) -> tuple[Job, Situation]:
    """The world cut for the trust with a scenario for each option. InputError when an option does not fit it."""
    whole = look_around(order.world, order.uid, order.settings)
    watch = _watched(order, whole)
    core = [int(u) for u in order.world.schools["urn"][whole.members]]
    focus = sorted({*watch, *(urn for option in order.options for urn in option.focus)})
    world = cut(order.world, core, focus, order.settings.travel, order.cut)
    scenarios = tuple(scenario_for(order.settings, order.uid, option, order.years) for option in order.options)
    for scenario in scenarios:
        check(scenario, world, order.years)
    job = Job(world, scenarios, order.uid, watch, order.years, order.seed)
    return job, look_around(world, order.uid, order.settings)


def _watched(order: Order, at: Situation) -> tuple[int, ...]:
    """URNs of the candidates that have a card: those named, else the first that the options approach."""
    named = list(order.wishes.candidates)
    approached = [urn for option in order.options for decision in option.decisions for urn in decision.ask]
    urns = named or list(dict.fromkeys(approached)) or candidates(at, CARDS)
    return tuple(urns[: max(CARDS, len(named))])


def make(order: Order, tell: Tell | None = None, say: Say | None = None) -> Pack:
    """Live every future under every option, and work out what the pack says of them."""
    job, at = prepare(order)
    if say:
        say(f"Living through {order.futures} futures of {len(order.options)} options, {count(job.world.size)} schools")
    lived = futures(job, order.futures, order.workers, tell)
    if say:
        say("Working out answers, the bad tenth and the ten points")
    years = lived.years.sort_values(["option", "future", "year"], kind="stable", ignore_index=True)
    hard = outcomes.tenth(years)
    return Pack(_tables(order, job, at, lived, years, hard), _about(order, job, at, hard))


def _tables(
    order: Order, job: Job, at: Situation, lived: Lived, years: pd.DataFrame, hard: int
) -> dict[str, pd.DataFrame]:
    """Every table of the pack; `years` is `option_year`, `hard` the future that is told as a story."""
    events = lived.events.sort_values(["option", "future"], kind="stable", ignore_index=True)
    names = _names(at.world, lived)
    looks = first_year.first_looks(at, order.settings, order.seed)
    near = checklist_place(order, at, job)
    decisions = [option.decisions for option in order.options]
    focus = [urn for option in order.options for urn in option.focus]
    frames = {
        "options": _options(order.options),
        "fates": outcomes.fates(events, decisions, order.futures, names, order.uid),
        "asked": _approached(order, names),
        "left_out": _left_out(order),
        "filled_in": _filled_in(at),
        "option_year": years,
        "option_event": events,
        "places": first_year.places(at, order.settings, focus, looks.clusters()),
        "candidates": first_year.candidates(at, job.watch, order.wishes.candidates, lived.books),
        "answers": outcomes.answers(events, job.scenarios, order.uid, job.watch),
        "break_points": first_year.break_points(years, order.settings),
        "checklist": first_year.ten_points(order.settings, looks, near),
        "story": outcomes.stories(events, hard, job.scenarios, names, order.uid),
    }
    return {name: _declared(frames[name], name) for name in BOARD_TABLES}


def checklist_place(order: Order, at: Situation, job: Job) -> int:
    """URN of the school round which the ten points are asked: of the new cluster, else of the first candidate."""
    # the first of a cluster's focus is the school in its middle (board.options)
    planted = next((option.focus[0] for option in order.options if option.key == "cluster"), None)
    return planted or (job.watch[0] if job.watch else new_place(at) or int(at.world.schools["urn"][at.members[0]]))


def _names(world: World, lived: Lived) -> Names:
    schools = dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True))
    return Names(schools, lived.names | dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True)))


def _options(options: Sequence[Option]) -> pd.DataFrame:
    rows = [(i, p.key, p.name, p.description, p.wanted) for i, p in enumerate(options)]
    return pd.DataFrame(rows, columns=BOARD_TABLES["options"].names)


def _approached(order: Order, names: Names) -> pd.DataFrame:
    """The table `asked`: by name are the schools that the board names, on the command line or in its option file."""
    rows = [
        (i, urn, names.school(urn), urn in order.wishes.candidates or option.key == CUSTOM)
        for i, option in enumerate(order.options)
        for urn in dict.fromkeys(urn for decision in option.decisions for urn in decision.ask)
    ]
    return pd.DataFrame(rows, columns=BOARD_TABLES["asked"].names)


def _left_out(order: Order) -> pd.DataFrame:
    """The table `left_out`: schools that the files link to the trust and the model does not have."""
    group = order.world.account.left_out.get(order.uid)
    return pd.DataFrame(group.schools if group else (), columns=BOARD_TABLES["left_out"].names)


def _filled_in(at: Situation) -> pd.DataFrame:
    """The table `filled_in`: schools of the trust that only the group links know."""
    s, known = at.world.schools, at.world.account.links_only
    rows = [row for row in at.members.tolist() if int(s["urn"][row]) in known]
    listed = [(int(s["urn"][row]), at.world.school_names[row], PHASES[s["phase"][row]]) for row in rows]
    return pd.DataFrame(listed, columns=BOARD_TABLES["filled_in"].names)


def _declared(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The columns of a table in order, with their types."""
    spec = BOARD_TABLES[name]
    out = frame[spec.names].reset_index(drop=True)
    numbers = {c.name: c.dtype for c in spec.columns if c.dtype != "string"}
    text = {c.name: out[c.name].astype(object) for c in spec.columns if c.dtype == "string"}
    return out.astype(numbers).assign(**text)[spec.names]


def _about(order: Order, job: Job, at: Situation, hard: int) -> dict[str, Any]:
    whole, grades = order.world, at.world.schools["grade"][at.members]
    ungraded = len(grades) if whole.account.filled.get(DRAWN) else int((grades == 0).sum())
    with_results = int(np.count_nonzero(mainstream(at.world.schools["phase"][at.members])))
    trust = {"uid": order.uid, "name": at.name, "schools": len(at.members)}
    named = f"{('no', 'one', 'two', 'three', 'four')[len(order.options)]} options"
    return {
        "kind": "board",
        "title": f"{at.name}: how should we grow?",
        "question": f"What becomes of us under each of {named}, whatever luck the years bring?",
        "trust": {**trust, "ungraded": ungraded, "mainstream": with_results},
        "futures": order.futures,
        "years": order.years,
        "first_year": order.settings.world.start,
        "bad_tenth": hard,
        "checklist_near": job.world.school_names[
            int(np.searchsorted(job.world.schools["urn"], checklist_place(order, at, job)))
        ],
        "integration": order.settings.joining.integration,
        "speed": {"start": order.settings.travel.start, "detour": order.settings.travel.detour},
        "cut": {"schools": job.world.size, "of": whole.size, "trusts": len(job.world.trust_names),
                "minutes": order.cut.minutes},
        "notes": list(order.notes),
        "world": whole.about(),
    }  # fmt: skip


def save(
    order: Order,
    pack: Pack,
    out: Path,
    *,
    inputs: Mapping[str, Path | str],
    command: Sequence[str] = (),
    overwrite: bool = False,
    wall: float = 0.0,
) -> Result:
    """Write the pack as a result folder, with a scenario file for each option."""
    about = manifest(command, order.seed, {"world": order.world.digest(), **inputs}, wall, pack.about)
    text = resolved(order.settings)
    options = (scenario_for(order.settings, order.uid, option, order.years) for option in order.options)
    return write(
        out,
        pack.tables,
        about,
        text,
        overwrite=overwrite,
        specs=BOARD_TABLES,
        lists=lists(order.settings),
        texts={f"option-{i}.toml": resolved(scenario) for i, scenario in enumerate(options, 1)},
    )


def board(
    order: Order,
    out: Path,
    *,
    inputs: Mapping[str, Path | str],
    command: Sequence[str] = (),
    overwrite: bool = False,
    tell: Tell | None = None,
    say: Say | None = None,
) -> Result:
    """Make a pack and write it. InputError when it may not be written, or an option does not fit the world."""
    ensure_free(out, overwrite)
    begun = perf_counter()
    pack = make(order, tell, say)
    return save(order, pack, out, inputs=inputs, command=command, overwrite=overwrite, wall=perf_counter() - begun)
