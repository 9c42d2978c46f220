"""The years of a session. A round goes on from the round before it, on the same luck, so that undoing is exact.

What it goes on from is kept with every round: after a restart, when nothing is kept, it is run from the first year with
all decisions so far, and comes to the same. What happens here runs in worker processes. A worker keeps the worlds that
it has built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.events.kinds import EVENTS, Audience, heard_by
from matsim.events.log import Log
from matsim.figures.flows import MOVES
from matsim.mechanisms.bidding import spare_schools
from matsim.results.tables import AREA_NAMES
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.checkpoint import checkpoint, resumed
from matsim.simulation.explain import Names, explain
from matsim.simulation.model import TrustSystem
from matsim.simulation.recorder import Recorder
from matsim.simulation.simulate import world_of
from matsim.state.state import State as Model
from matsim.web.classroom.session import MOST_TEAMS, State
from matsim.web.jobs import Tell
from matsim.words.amounts import decimals
from matsim.world.base import World
from matsim.world.codes import PHASES, SchoolState, TrustKind
from matsim.world.geography import minutes
from matsim.world.judgements import last_result

TABLES = ("trust_year", "events", "schools", "trusts")
"""Tables that a round is told from."""

CANDIDATES = 24
"""Schools outside MATs, the nearest first, that a team may approach by name."""


@dataclass(frozen=True)
class Candidate:
    """A school outside MATs that a trust might approach, as it stands now."""

    urn: int
    name: str
    phase: str
    grade: str
    pupils: int
    minutes: int
    authority: str
    looking: bool
    single: bool
    """Already an academy, in a trust of its own."""


@dataclass(frozen=True)
class Member:
    """A school of a trust as it stands now; place in m on the National Grid."""

    urn: int
    name: str
    phase: str
    grade: str
    pupils: int
    outcome: float
    easting: float
    northing: float


@dataclass(frozen=True)
class Happening:
    """One event in words. `point` is the break point that it is about, else empty."""

    year: int
    event: str
    point: str
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """One trust after the years played. `opening` is where it began; `rows` one row per year, as in trust_year."""

    uid: int
    name: str
    opening: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    happened: tuple[Happening, ...]
    approved: Mapping[int, int]
    """Schools that the commissioner approved to join it, by year."""
    members: tuple[Member, ...]
    candidates: tuple[Candidate, ...]
    authorities: tuple[str, ...]
    """Local authorities near it, the one with most of its schools first."""
    posts: Mapping[str, float]
    spare: float
    """Schools that its central team could take on before it is fully used."""
    links: tuple[float, ...]
    """The five parts of coherence now."""
    open: bool

    @property
    def now(self) -> Mapping[str, Any]:
        """The last year's row; the opening one before the first year."""
        return self.rows[-1] if self.rows else self.opening


@dataclass(frozen=True)
class Measured:
    """A number of a trust's year (`column` of trust_year) by which results are compared, as people read it."""

    key: str
    column: str
    title: str
    unit: str
    factor: float
    """Takes it from the table's unit to the one people read."""
    digits: int

    @property
    def heading(self) -> str:
        """`Pupil outcomes (sd)`."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def suffix(self) -> str:
        """The unit as it follows a number: ` sd`, `% of income`."""
        return self.unit if self.unit.startswith("%") or not self.unit else f" {self.unit}"

    def value(self, row: Mapping[str, Any] | pd.Series) -> float:
        """The number of a year, in the unit people read."""
        return float(row[self.column]) * self.factor

    def text(self, value: float) -> str:
        """A number with its digits, without its unit."""
        return decimals(value, self.digits)


@dataclass(frozen=True)
class Before:
    """Years already played, to go on from: how many, the model at their end, the moves in them; the rest is by UID."""

    years: int
    model: bytes
    moves: pd.DataFrame | None
    opening: Mapping[int, Mapping[str, Any]]
    happened: Mapping[int, tuple[Happening, ...]]
    approved: Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class Played:
    """What a run of a world gives: outcomes by UID, tables that figures are drawn from, and its end to go on from."""

    outcomes: Mapping[int, Outcome]
    frames: Mapping[str, pd.DataFrame]
    end: Before


def scenario_of(
    base: Scenario, state: State, teams: Iterable[int], years: int | None = None, turns: Mapping[int, Any] | None = None
) -> Scenario:
    """The scenario that these teams play in one world: their decisions, and the shocks, as a file would have them.

    `years` is how many years of decisions count (those revealed, by default); `turns` stands in for the decisions of
    single teams. InputError when something said does not fit the schema.
    """
    end = state.setup.first + (state.played if years is None else years)
    trusts = []
    for team in teams:
        decisions = (turns or {}).get(team, state.decisions(team, years))
        if decisions:
            trusts.append({"uid": state.trust_of(team), "decisions": list(decisions)})
    shocks = [dict(s) for s in state.shocks if s["year"] < end]
    run = {"run.seed": state.setup.seed, "run.years": max(end - state.setup.first, 1)}
    return override(base, {"trusts": trusts, "shocks": shocks, **run}, "decisions")


def play(
    scenario: Scenario, years: int, uids: Sequence[int], before: Before | None = None, tell: Tell | None = None
) -> Played:
    """Run a world for some years (none at all for where it begins) and say how these trusts did.

    `before` are fewer years of the same world, with the same decisions and shocks in them: they are not run again.
    """
    world = world_of(scenario)
    model = (
        TrustSystem(world, scenario, scenario.run.seed) if before is None else resumed(before.model, world, scenario)
    )
    begun = pd.DataFrame()
    if before is None:
        begun = _opening(model, scenario)
        opening = {uid: _plain(begun[begun["trust"] == uid])[0] for uid in uids}
        before = Before(0, b"", None, opening, dict.fromkeys(uids, ()), {uid: {} for uid in uids})
    model.recorder.only(TABLES)
    model.run_years(years - before.years)
    frames = {"trust_year": begun.iloc[:0], **model.recorder.tables()}
    names = Names.of(frames["schools"], frames["trusts"])
    outcomes = {uid: _outcome(uid, scenario, model.state, before, frames, names) for uid in uids}
    # maps need no more of the events, and all of them would be sent between processes after every year
    moves = frames["events"][frames["events"]["event"].isin(MOVES)].drop(columns="inputs")
    moves = moves.astype(dict.fromkeys(moves.select_dtypes("category"), "str"))  # other years have other categories
    frames["events"] = pd.concat([moves] if before.moves is None else [before.moves, moves], ignore_index=True)
    model.state.log = Log()  # what happened is told: no year to come looks back at it
    happened, approved = ({u: getattr(o, name) for u, o in outcomes.items()} for name in ("happened", "approved"))
    end = Before(years, checkpoint(model), frames["events"], before.opening, happened, approved)
    model.let_go()
    return Played(outcomes, frames, end)


def _opening(model: TrustSystem, scenario: Scenario) -> pd.DataFrame:
    """Rows as in trust_year of the trusts as a world begins; a run records a year only when it has ended."""
    recorder = Recorder(model.state, scenario)
    recorder.only(("trust_year",))
    recorder.year(model.state)
    return recorder.tables()["trust_year"]


def _outcome(
    uid: int, scenario: Scenario, state: Model, before: Before, frames: Mapping[str, pd.DataFrame], names: Names
) -> Outcome:
    row = int(np.flatnonzero(state.trusts.uid == uid)[0])
    events, years = frames["events"], frames["trust_year"]
    its_events = events[(events["trust"] == uid) | (events["other"] == uid) | (events["event"] == "shock")]
    approved = its_events[(its_events["event"] == "approve") & (its_events["trust"] == uid)].groupby("year").size()
    happened = _happened(its_events, scenario, Names(names.schools, {**names.trusts, uid: "your trust"}))
    active = bool(state.trusts.active[row])
    return Outcome(
        uid,
        names.trust(uid),
        before.opening[uid],
        tuple(_plain(years[years["trust"] == uid])),
        (*before.happened[uid], *happened),
        {**before.approved[uid], **dict(zip(approved.index.tolist(), approved.tolist(), strict=True))},
        tuple(_members(state, row)) if active else (),
        tuple(_candidates(state, row, scenario)) if active else (),
        _authorities(state, row),
        {area: float(n) for area, n in zip(AREA_NAMES, state.trusts.posts[row], strict=True)},
        float(spare_schools(state, scenario.bidding, np.array([row]))[0]) if active else 0.0,
        tuple(float(x) for x in state.trusts.links[row]),
        active,
    )


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.astype(object).to_dict(orient="records")]


def _happened(events: pd.DataFrame, scenario: Scenario, names: Names) -> Iterable[Happening]:
    shown = events[events["event"].isin([kind.kind for kind in heard_by(Audience.ROUND)]) & ~events["step"].eq("start")]
    points = [r if EVENTS[e].stage else "" for e, r in zip(shown["event"], shown["reason"], strict=True)]
    for one, point in zip(explain(shown, scenario, names), points, strict=True):
        yield Happening(one.year, one.event, point, one.sentence)


def _members(state: Model, row: int) -> Iterable[Member]:
    schools, world = state.schools, state.world
    for at in state.members(row).tolist():
        yield Member(
            int(schools.urn[at]),
            world.school_names[at],
            PHASES[int(schools.phase[at])],
            last_result(int(schools.grade[at]), float(schools.inspected[at])),
            round(float(schools.pupils[at])),
            float(schools.outcome[at]) if world.mainstream[at] else float("nan"),
            float(schools.easting[at]),
            float(schools.northing[at]),
        )


def _candidates(state: Model, row: int, scenario: Scenario) -> Iterable[Candidate]:
    """Open schools that are in no MAT, the nearest to any school of the trust first."""
    schools, world = state.schools, state.world
    # row −1, a school in no trust, finds the False at the end
    multi = np.append(state.trusts.kind == TrustKind.MULTI, False)[schools.trust]
    outside = np.flatnonzero((schools.state == SchoolState.OPEN) & ~multi)
    ours = state.members(row)
    if not len(ours) or not len(outside):
        return
    xy = np.column_stack([schools.easting, schools.northing]) / 1000.0
    # distances of every school outside to every one of ours: (outside, ours)
    km = np.hypot(*(xy[outside][:, None, :] - xy[ours][None, :, :]).transpose(2, 0, 1))
    sparse = world.neighbours.sparsity
    time = minutes(km, (sparse[outside][:, None] + sparse[ours][None, :]) / 2.0, scenario.travel).min(axis=1)
    for i in np.lexsort((schools.urn[outside], time))[:CANDIDATES].tolist():
        at = int(outside[i])
        yield Candidate(
            int(schools.urn[at]),
            world.school_names[at],
            PHASES[int(schools.phase[at])],
            last_result(int(schools.grade[at]), float(schools.inspected[at])),
            round(float(schools.pupils[at])),
            round(float(time[i])),
            world.la_names[int(schools.la[at])],
            bool(schools.seeking[at]),
            int(schools.trust[at]) >= 0,
        )


def _authorities(state: Model, row: int) -> tuple[str, ...]:
    """Local authorities by the trust's schools in them, then by the distance of their schools' middle."""
    schools = state.schools
    ours = state.members(row)
    here = (float(state.trusts.easting[row]), float(state.trusts.northing[row]))
    codes = np.unique(schools.la[schools.state == SchoolState.OPEN])
    counts = [int(np.count_nonzero(schools.la[ours] == code)) for code in codes]
    middle = [
        np.hypot(schools.easting[schools.la == c].mean() - here[0], schools.northing[schools.la == c].mean() - here[1])
        for c in codes
    ]
    order = sorted(range(len(codes)), key=lambda i: (-counts[i], float(middle[i])))
    return tuple(state.world.la_names[int(codes[i])] for i in order[:8])


def alike(scenario: Scenario, count: int, smallest: int = 3, largest: int = 12) -> tuple[int, ...]:
    """UIDs of MATs closest to each other in size, for teams of equal chances; fewer where there are not so many.

    Trusts without a denomination come first: those with one may take on few schools. The window nearest to five
    schools wins a tie.
    """
    world = world_of(scenario)
    uids, sizes, multi = _sizes(world)
    fits = [r for r in np.argsort(sizes, kind="stable").tolist() if multi[r] and smallest <= sizes[r] <= largest]
    plain = [r for r in fits if not _faith(world, r)]
    rows = plain if len(plain) >= count else fits
    # rows are in order of size, so trusts that are closest in size stand beside each other
    windows = [rows[i : i + count] for i in range(max(len(rows) - count, 0) + 1)] if rows else [[]]
    best = min(
        windows, key=lambda w: (sizes[w[-1]] / sizes[w[0]], abs(float(np.mean(sizes[w])) - 5.0)) if w else (0, 0)
    )
    return tuple(int(uids[r]) for r in best)


def trusts_for(scenario: Scenario, mode: str, teams: int = MOST_TEAMS) -> tuple[int, ...]:
    """Trusts that teams steer: one for all, or one each and as like in size as there are."""
    return alike(scenario, 1 if mode == "parallel" else teams)


def _sizes(world: World) -> tuple[Any, Any, Any]:
    """By trust: UID, schools open in the first year, whether it is a MAT that teams can steer.

    Teams are compared by pupil outcomes too, so that most of a trust's schools have to be ones that have any.
    """
    here = (world.schools["trust"] >= 0) & ~world.schools["planned"]
    count = len(world.trusts["uid"])
    size, tested = (
        np.bincount(world.schools["trust"][pick], minlength=count) for pick in (here, here & world.mainstream)
    )
    return world.trusts["uid"], size, (world.trusts["kind"] == TrustKind.MULTI) & (2 * tested > size)


def _faith(world: World, row: int) -> bool:
    """Whether most of a trust's schools have a denomination."""
    return bool((world.schools["denomination"][world.schools["trust"] == row] > 0).mean() > 0.5)


def directory(scenario: Scenario) -> dict[int, tuple[str, int]]:
    """Name and size of every MAT that teams can steer, of three schools or more in the first year, by UID, the smallest
    first.
    """
    world = world_of(scenario)
    uids, sizes, multi = _sizes(world)
    rows = [r for r in np.argsort(sizes, kind="stable").tolist() if multi[r] and sizes[r] >= 3]
    return {int(uids[r]): (world.trust_names[r], int(sizes[r])) for r in rows}
