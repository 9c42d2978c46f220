"""What the room talks about afterwards: luck against skill, what else might have been, what was seen in time.

Every comparison is on the same luck. A team's decisions are replayed over many seeds, and so is the same trust left
to its own CEO: what its decisions were worth is the difference, seed by seed; how lucky it was is where the result
that it saw lies among the results that it might have seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.core.errors import MatsimError
from matsim.scenario.decision_forms import Option
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches
from matsim.simulation.explain import Names, one
from matsim.simulation.simulate import side_by_side, world_of
from matsim.simulation.twin import first_missing
from matsim.web.classroom.choices import CARDS
from matsim.web.classroom.rounds import Measured, Outcome
from matsim.web.jobs import Job, JobPool, Tell, value_of
from matsim.words.amounts import change, percent

SEEDS = 200
"""Lucks that decisions are replayed over."""

FORERUNNERS = ("direct", "thwart")
"""Events that only say what was told: they are no consequence of it."""


MEASURED: tuple[Measured, ...] = (
    Measured("schools", "schools", "Schools", "", 1.0, 0),
    Measured("outcome", "mean_outcome", "Pupil outcomes", "sd", 1.0, 2),
    Measured("reserves", "reserves_share", "Reserves", "% of income", 100.0, 1),
    Measured("buyin", "buyin", "Schools' belief in the trust", "%", 100.0, 0),
)
"""What teams are compared by; there is no single score, because a trust has no single aim."""


def replay(
    scenario: Scenario, years: int, uids: Sequence[int], seeds: Sequence[int], tell: Tell | None = None
) -> list[tuple[int, int, list[float]]]:
    """Run a world with each seed, side by side: (seed, UID, the measures in the last year) for each trust.

    nan for a trust that is no longer there.
    """
    model = side_by_side(scenario, world_of(scenario), seeds)
    columns = {"trust", "year", *(m.column for m in MEASURED)}
    # of the years before the last nothing is asked
    for tables, count in (((), years - 1), (("trust_year",), 1)):
        model.recorder.only(tables, {"trust_year": columns})
        model.run_years(count)
    rows = [pd.DataFrame(made["trust_year"]) for made in model.recorder.by_copy()]
    last = model.state.year - 1
    model.let_go()
    return [(seed, uid, list(_measures(of, uid, last))) for seed, of in zip(seeds, rows, strict=True) for uid in uids]


@dataclass(frozen=True)
class Luck:
    """One measure of one team over all lucks. Shares are 0 to 1."""

    measure: Measured
    actual: float
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    worse: float
    """Share of lucks that would have given this team less than it got; ties count half."""
    worth: float
    """Median difference that its decisions made, against leaving the trust to its CEO on the same luck."""
    better: float
    """Share of lucks in which they did better than the CEO alone; ties count half."""
    values: tuple[float, ...]
    closed: int
    """Lucks in which the trust was not there at the end; they are in none of the numbers above."""

    @property
    def sentence(self) -> str:
        """In words."""
        m = self.measure
        fortune = "good luck" if self.worse >= 0.8 else "bad luck" if self.worse <= 0.2 else "ordinary luck"
        return (
            f"{m.title}: {m.text(self.actual)}{m.suffix}, with {fortune}: more than in {percent(self.worse)} of lucks "
            f"(90% of them gave {m.text(self.low)} to {m.text(self.high)}). Your decisions made a difference "
            f"of {_apart(self.worth, m)} in the middle of those lucks, and led to more than the CEO "
            f"alone in {percent(self.better)} of them."
        )


SUMMARY = ("What it saw", "Luck: more than in", "Decisions worth, against its CEO alone", "More than its CEO in")
"""What `summary` has of a team, as headers of a table."""


def summary(luck: Luck) -> tuple[str, str, str, str]:
    """One measure of one team in the words of a table, under SUMMARY."""
    m = luck.measure
    return (
        f"{m.text(luck.actual)}{m.suffix}",
        f"{percent(luck.worse)} of lucks",
        _apart(luck.worth, m),
        f"{percent(luck.better)} of lucks",
    )


def _apart(value: float, m: Measured) -> str:
    """A difference of a measure, in the units in which it is shown."""
    return change(value / m.factor, "share" if m.unit.startswith("%") else m.unit or "schools")


def luck(actual: Mapping[str, Any], played: Sequence[Sequence[float]], alone: Sequence[Sequence[float]]) -> list[Luck]:
    """Luck and skill of one team. `played` and `alone` have a row of measures for each seed, in the same order.

    `actual` is the row of trust_year that the team saw. Seeds in which the trust was not there at the end are left out.
    """
    mine, ceo = np.array(played, float), np.array(alone, float)
    lucks = []
    for place, m in enumerate(MEASURED):
        values, gains = mine[:, place], mine[:, place] - ceo[:, place]
        values, gains = values[np.isfinite(values)], gains[np.isfinite(gains)]
        # a trust that stood at the end of no luck has no distribution to lie in
        if not len(values) or not len(gains):
            continue
        got = m.value(actual)
        low, quarter, median, upper, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
        ties = np.isclose(values, got)
        worse = float((values[~ties] < got).sum() + 0.5 * ties.sum()) / len(values)
        better = float((gains > 0).sum() + 0.5 * (gains == 0).sum()) / len(gains)
        worth, closed = float(np.median(gains)), len(mine) - len(values)
        lucks.append(
            Luck(m, got, low, quarter, median, upper, high, worse, worth, better, tuple(values.tolist()), closed)
        )
    return lucks


def versus(
    played: Mapping[int, Sequence[Sequence[float]]], alone: Mapping[int, Sequence[Sequence[float]]], place: int
) -> dict[tuple[int, int], float]:
    """For every two teams, the share of lucks in which the first one's decisions were worth more; ties count half.

    Worth is the difference from the CEO alone, so that teams with different trusts can be compared. `place` is that
    of the measure.
    """
    gains = {t: np.array(v, float)[:, place] - np.array(alone[t], float)[:, place] for t, v in played.items()}
    shares = {}
    for a, mine in gains.items():
        for b, theirs in gains.items():
            both = np.isfinite(mine) & np.isfinite(theirs)
            if a != b and both.any():
                apart = mine[both] - theirs[both]
                shares[a, b] = float((apart > 0).mean() + 0.5 * (apart == 0).mean())
    return shares


@dataclass(frozen=True)
class Alternative:
    """What would have followed from one other decision: the measures year by year, and the first consequence."""

    years: tuple[int, ...]
    first: tuple[tuple[float, ...], ...]
    """As it was decided: one row of measures per year; nan where the trust was not there."""
    second: tuple[tuple[float, ...], ...]
    consequence: str
    """The first thing that only one of the two worlds saw; empty when there is none."""


def run_alternative(first: Scenario, second: Scenario, years: int, uid: int, tell: Tell | None = None) -> Alternative:
    """Run the world as decided and as it might have been, with the same luck."""
    world = world_of(first)
    model = side_by_side((first, second), world, [first.run.seed] * 2)
    model.recorder.only(("trust_year", "events", "schools", "trusts"))
    model.run_years(years)
    a, b = ({name: pd.DataFrame(of) for name, of in made.items()} for made in model.recorder.by_copy())
    model.let_go()
    span = tuple(range(world.year, world.year + years))
    measures = [tuple(_measures(t["trust_year"], uid, year) for year in span) for t in (a, b)]
    return Alternative(span, measures[0], measures[1], _consequence(first, a, second, b, uid))


def _measures(rows: pd.DataFrame, uid: int, year: int) -> tuple[float, ...]:
    year_rows = rows[(rows["trust"] == uid) & (rows["year"] == year)]
    return tuple(m.value(year_rows.iloc[0]) if len(year_rows) else float("nan") for m in MEASURED)


def _consequence(
    first: Scenario, a: Mapping[str, pd.DataFrame], second: Scenario, b: Mapping[str, pd.DataFrame], uid: int
) -> str:
    """The first event, in its order, that the other world does not have; the trust's own before anybody else's."""
    logs = [t["events"][~t["events"]["event"].isin(FORERUNNERS)].reset_index(drop=True) for t in (a, b)]
    differences = []
    for which, (tables, scenario) in enumerate(((a, first), (b, second))):
        place = first_missing(logs[which], logs[1 - which])
        if place is not None:
            names = Names.of(tables["schools"], tables["trusts"])
            # the team reads of its own trust here
            names = Names(names.schools, {**names.trusts, uid: "your trust"})
            event = logs[which].iloc[place]
            where = ("As you decided", "Otherwise")[which]
            differences.append((int(event["year"]), which, f"{where}: {one(event, scenario, names).sentence}"))
    return " ".join(text for _, _, text in sorted(differences)[:2])


AT_ONCE = 2
"""Chunks that are with the workers at a time; the rest wait here, behind nobody else's work."""


@dataclass(frozen=True)
class Replayed:
    """A world to replay: the trusts of the teams that it tells of, and whether they are left to their CEOs in it."""

    scenario: Scenario
    uids: Mapping[int, int]
    alone: bool


class Replays:
    """Replays of one session. `progress` is runs done and asked for; `lucks` and `contests` come when all are done."""

    def __init__(self, pool: JobPool, tell: Callable[[], None]) -> None:
        self.pool, self._tell = pool, tell
        self.progress = (0, 0)
        self.lucks: dict[int, list[Luck]] = {}
        self.contests: dict[str, dict[tuple[int, int], float]] = {}
        """By measure: for every two teams, the share of lucks in which the first one's decisions were worth more."""
        self._task: asyncio.Task[None] | None = None
        self._jobs: list[Job] = []

    def begin(
        self, worlds: Sequence[Replayed], years: int, actual: Awaitable[Mapping[int, Outcome]], seeds: int
    ) -> None:
        """Replay these worlds for so many years over so many lucks; `actual` is what the teams saw."""
        self.forget()
        self.progress = (0, len(worlds) * seeds)
        self._task = asyncio.create_task(self._all(worlds, years, actual, seeds))

    async def _all(
        self, worlds: Sequence[Replayed], years: int, actual: Awaitable[Mapping[int, Outcome]], seeds: int
    ) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        results: dict[bool, dict[int, list[tuple[int, list[float]]]]] = {False: {}, True: {}}

        async def one(world: Replayed, chunk: Sequence[int]) -> None:
            async with gate:
                uids = sorted(set(world.uids.values()))
                job = self.pool.submit(replay, world.scenario, years, uids, chunk)
                self._jobs.append(job)
                rows = await value_of(job)
                self._jobs.remove(job)
            for team, uid in world.uids.items():
                values_of = [(seed, values) for seed, of, values in rows if of == uid]
                results[world.alone].setdefault(team, []).extend(values_of)
            self.progress = (self.progress[0] + len(chunk), self.progress[1])
            self._tell()

        # seeds from 1, as everywhere; those of all worlds in turn, so that every team's share grows alike
        size = world_of(worlds[0].scenario).size if worlds else 0
        chunks = [[number + 1 for number in batch] for batch in batches([None] * seeds, {None: size}, AT_ONCE)]
        try:
            outcomes = await actual
            await asyncio.gather(*(one(world, chunk) for chunk in chunks for world in worlds))
        except MatsimError:  # a worker died: the facilitator sees the button again
            self.progress = (0, 0)
            self._tell()
            return
        played, alone = ({t: [v for _, v in sorted(rows)] for t, rows in results[k].items()} for k in (False, True))
        self.contests = {m.key: versus(played, alone, i) for i, m in enumerate(MEASURED)}
        self.lucks = {t: luck(outcomes[t].now, played[t], alone[t]) for t in played if outcomes[t].open}
        self._tell()

    def forget(self) -> None:
        """Stop, and drop what was found: it is about other years."""
        if self._task is not None:
            self._task.cancel()
        for job in self._jobs:
            job.cancel()
        self._task, self._jobs = None, []
        self.progress, self.lucks, self.contests = (0, 0), {}, {}


@dataclass(frozen=True)
class Change:
    """One other decision: its words, and all decisions of the team with it."""

    year: int
    title: str
    decisions: tuple[Mapping[str, Any], ...]


def changes(decisions: Sequence[Mapping[str, Any]], known: Mapping[str, Option]) -> list[Change]:
    """Every decision left out, and every choice made another way, in the order of years and cards."""
    possible = []
    for place, decision in enumerate(decisions):
        for card in CARDS:
            keys = [k for k in card.keys if k in decision]
            if not keys:
                continue
            rest = {k: v for k, v in decision.items() if k not in card.keys}
            possible.append(_with(decisions, place, rest, f"had left “{card.title}” as it was"))
            for key in keys:
                for value, words in _others(key, decision, known):
                    changed = {k: v for k, v in decision.items() if k != key} | value
                    possible.append(_with(decisions, place, changed, words))
    return possible


def _others(key: str, decision: Mapping[str, Any], known: Mapping[str, Option]) -> list[tuple[dict[str, Any], str]]:
    """Other values for one key, each with its words."""
    if key == "growth" and decision["growth"] != "hold":
        without = {"growth": "hold"}
        return [(without, "had held: taken on no schools")]
    if key == "target":
        least = max(decision["target"] - 3.0, 1.0)
        more = decision["target"] + 3.0
        return [({"target": v}, f"had aimed for {v:g} schools") for v in (least, more)]
    if key in ("improvement", "governance", "clusters"):
        return [
            ({key: choice.value}, f"had chosen “{choice.title}” for {known[key].kind.title.lower()}")
            for choice in known[key].choices
            if choice.value != decision[key]
        ]
    if key == "central_charge":
        low, high = known[key].low or 0.0, known[key].high or 1.0
        return [({key: v}, f"had set a top-slice of {percent(v, 1)}") for v in (low, high) if v != decision[key]]
    if key == "standardisation":
        return [({key: v}, f"had held {v:g} of 10 at the centre") for v in (2.0, 8.0) if v != decision[key]]
    return []


def _with(decisions: Sequence[Mapping[str, Any]], place: int, changed: Mapping[str, Any], words: str) -> Change:
    """All decisions with one year's changed. A trust that holds approaches nobody."""
    if changed.get("growth") == "hold":
        changed = {k: v for k, v in changed.items() if k not in ("target", "ask", "near")}
    changed_decisions = [*decisions[:place], changed, *decisions[place + 1 :]]
    year = int(decisions[place]["year"])
    return Change(year, words, tuple(d for d in changed_decisions if set(d) - {"year"}))
