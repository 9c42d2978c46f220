"""One future of a trust under each of its options: the same luck, another decision, all in one model.

The options are one scenario for a world with a copy for each: copy k follows option k. Its log records only what
concerns the trust and the schools it watches: the rest is most of a run's events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.board.tables import YEAR_COLUMNS
from matsim.core.errors import MatsimError
from matsim.core.processes import run_jobs
from matsim.events.kinds import Audience, heard_by
from matsim.events.log import Log
from matsim.mechanisms.accounts import gross_income
from matsim.results.tables import AREA_NAMES, BREAK_POINTS
from matsim.scenario.combined import combined
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.recorder import trust_names
from matsim.state.state import Rows, State
from matsim.world.base import World
from matsim.world.codes import Grade, Phase, SchoolState
from matsim.world.copies import UID_STEP, URN_STEP, copied


def parted(events: pd.DataFrame) -> pd.DataFrame:
    """Events of all copies by `option`, in the order in which they happened, under the names of the one world."""
    ids = {name: events[name].to_numpy() for name in ("school", "trust", "other")}
    steps = {"school": URN_STEP, "trust": UID_STEP, "other": UID_STEP}
    # identities of copy k are shifted by k steps; −1, nobody, gives −1, which any other identity outweighs
    option = np.max([values // steps[name] for name, values in ids.items()], axis=0, initial=0)
    home = {name: np.where(values >= 0, values % steps[name], values) for name, values in ids.items()}
    return events.assign(**home, option=option).sort_values("option", kind="stable", ignore_index=True)


COUNTED_FROM = frozenset(("direct", "bid", "hold", "stay", "approve", "order", "found", "respond"))
"""Kinds of event that a board is not told one by one, but from which approaches and answers are counted."""


def recorded() -> frozenset[str]:
    """Kinds of event that are kept: those a board is told, and those that its numbers are counted from."""
    return COUNTED_FROM | {kind.kind for kind in heard_by(Audience.BOARD)}


class TrustLog(Log):
    """Keeps the events of the `recorded` kinds that name one of `trusts` or of `schools` (rows, of `count`)."""

    def __init__(self, trusts: Iterable[int], schools: Iterable[int], count: int) -> None:
        super().__init__()
        self.trusts = set(trusts)
        self._kinds = recorded()
        self._schools = np.zeros(count + 1, bool)  # the last is for row −1
        self._schools[list(schools)] = True

    def add(
        self, event: str, *, rule: str = "", reason: Any = "", inputs: Mapping[str, Any] | None = None, **columns: Any
    ) -> None:
        """As in `Log`, for those rows that concern."""
        # before anything is looked at: most events of a run are of other kinds or of other trusts
        if event not in self._kinds:
            return
        mask: Any = False
        for name in ("trust", "other"):
            if columns.get(name) is not None:
                mask = self._of_trusts(columns[name]) | mask
        if columns.get("school") is not None:
            mask = self._schools[columns["school"]] | mask
        if not np.any(mask):
            return
        if isinstance(mask, np.ndarray):
            columns = {name: _some(value, mask) for name, value in columns.items()}
            inputs = {name: _some(value, mask) for name, value in (inputs or {}).items()}
            reason = _some(reason, mask)
        super().add(event, rule=rule, reason=reason, inputs=inputs, **columns)

    def _of_trusts(self, rows: Any) -> Any:
        """Which rows are of the trusts: a flag for one row, flags for an array. There are only a handful of them."""
        if not isinstance(rows, np.ndarray):
            return int(rows) in self.trusts
        flags = np.zeros(len(rows), bool)
        for row in self.trusts:
            flags |= rows == row
        return flags


def _some(value: Any, mask: NDArray[np.bool_]) -> Any:
    """The rows of a column that is an array; what holds for all rows as it is."""
    return value[mask] if isinstance(value, np.ndarray) and len(value) == len(mask) else value


@dataclass(frozen=True)
class Job:
    """What every future has in common: the world cut for the trust, a scenario for each option, whom to watch.

    `watch` are URNs of named candidates. Future f uses seed `seed` + f − 1, whatever the option. Scenarios may differ
    in what trusts decide, and in nothing else.
    """

    world: World
    scenarios: tuple[Scenario, ...]
    uid: int
    watch: tuple[int, ...]
    years: int
    seed: int

    @cached_property
    def worlds(self) -> World:
        """A copy of the world for each option, side by side."""
        return copied(self.world, len(self.scenarios))

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario under which each copy follows its option."""
        return combined(self.scenarios)


@dataclass(frozen=True)
class Lived:
    """One future: rows of `option_year`; the trust's events, with inputs; the candidates' books; trusts founded."""

    future: int
    years: pd.DataFrame
    events: pd.DataFrame
    books: pd.DataFrame
    names: dict[int, str]


def futures(job: Job, count: int, workers: int, tell: Callable[[int, int], None] | None = None) -> list[Lived]:
    """Live futures 1 to `count`, in order, by `workers` processes (0 or 1: in this one): the same whatever the number.

    `tell(done, count)` is called as they come. Raises MatsimError naming the future that failed.
    """
    return run_jobs(partial(_named, job), range(1, count + 1), workers, tell)


def _named(job: Job, future: int) -> Lived:
    try:
        return live(job, future)
    except MatsimError:
        raise
    except Exception as error:
        message = f"future {future} (seed {job.seed + future - 1}) failed: {type(error).__name__}: {error}"
        raise MatsimError(message) from error


def live(job: Job, future: int) -> Lived:
    """Live one future under every option at once. Equal jobs and futures give equal numbers in any process.

    Every option gives what it would give alone: copies of a world share luck and cannot meet.
    """
    model = TrustSystem(job.worlds, job.scenario, job.seed + future - 1)
    model.recorder.only(())
    state = model.state
    books = _books(state, job.watch).assign(future=future)
    watched = [_Watched.of(state, job.uid + k * UID_STEP) for k in range(len(job.scenarios))]
    urns = np.array([urn + k * URN_STEP for k in range(len(watched)) for urn in job.watch], np.int64)
    listened = np.searchsorted(state.schools.urn, urns).tolist()
    log = state.log = TrustLog([one.row for one in watched], listened, len(state.schools))
    rows: list[list[dict[str, Any]]] = [[] for _ in watched]
    for _ in range(job.years):
        before = [(state.members(one.row), float(state.trusts.reserves[one.row])) for one in watched]
        reserves, year = state.schools.reserves.copy(), state.year
        model.run_for(1)
        for option, (one, (members, central)) in enumerate(zip(watched, before, strict=True)):
            rows[option].append({"option": option, "future": future, "year": year})
            rows[option][-1] |= one.year(state, year, members, reserves, central)
            # a trust that took ours in is followed from then on, and its events are ours to tell
            log.trusts.add(one.row)
    years = pd.DataFrame([row for of_option in rows for row in of_option], columns=[c.name for c in YEAR_COLUMNS])
    events = parted(state.log.frame(state.schools.urn, state.trusts.uid)).assign(future=future)
    # trusts founded during the run are in no world: only the run knows their names
    named = {*events["trust"], *events["other"]}
    uids, called = (state.trusts.uid % UID_STEP).tolist(), trust_names(state)
    names = {uid: called[row] for row, uid in enumerate(uids) if uid in named}
    model.let_go()
    return Lived(future, years, events, books, names)


def _books(state: State, watch: tuple[int, ...]) -> pd.DataFrame:
    """What the candidates' books show as the first year begins: reserves and income (£)."""
    rows = np.searchsorted(state.schools.urn, np.array(watch, np.int64))
    income = gross_income(state, rows) if len(rows) else np.zeros(0)
    return pd.DataFrame({"school": list(watch), "reserves": state.schools.reserves[rows], "income": income})


@dataclass
class _Watched:
    """The trust in one copy of the world: its row, or once it has been taken in that of the trust it is part of."""

    row: int
    first: Rows
    itself: bool = True

    @classmethod
    def of(cls, state: State, uid: int) -> _Watched:
        row = int(np.flatnonzero(state.trusts.uid == uid)[0])
        return cls(row, state.members(row))

    def year(self, state: State, year: int, members: Rows, reserves: np.ndarray, central: float) -> dict[str, Any]:
        """What `option_year` says of the year that has ended, given its schools and reserves a year ago."""
        if not state.trusts.active[self.row]:
            self.itself = False
            self.row, central = _follow(state, self.row, year), float("nan")
            members = state.members(self.row)  # that it is in another trust now brings that trust no school
        values = _row(state, self.row, self.first, members, reserves, central)
        if not state.trusts.active[self.row]:
            values |= _closed()
        return {**values, "itself": self.itself}


def _closed() -> dict[str, Any]:
    """What is known of a trust that has closed: it has nothing, and there is nothing to measure."""
    return {"trust": -1} | {c.name: float("nan") for c in YEAR_COLUMNS if c.dtype == "float64" and c.name not in _STILL}


_STILL = ("pupils", "outcome_first", "isolated", "joining_cost", "deficits")
"""Numbers of `option_year` that a trust without schools has: nought, and the results of those it once had."""


def _follow(state: State, row: int, year: int) -> int:
    """The trust that took a closed one in: the one it merged into; its own row where it closed without a merger."""
    pairs = dict(
        zip(
            state.log.rows("merge", "trust", year).tolist(),
            state.log.rows("merge", "other", year).tolist(),
            strict=True,
        )
    )
    while not state.trusts.active[row]:
        if row not in pairs:
            return row
        row = pairs[row]
    return row


def _row(
    state: State, row: int, first: Rows, members: Rows, before: np.ndarray, central_before: float
) -> dict[str, Any]:
    """The trust at the end of a year, as `option_year` has it."""
    schools, t = state.schools, state.trusts
    now = state.members(row)
    came = np.setdiff1d(now, members)
    income = float(t.income[row])
    supply = t.posts[row] + t.bought[row] + t.helped[row]
    still = first[schools.state[first] == SchoolState.OPEN]
    graded = now[schools.grade[now] > Grade.NOT_INSPECTED]
    balances = gross_income(state, now) * schools.balance[now]
    central = float(t.reserves[row]) - central_before
    out: dict[str, Any] = {
        "trust": int(t.uid[row]) % UID_STEP,
        "schools": len(now),
        "primary_schools": int((schools.phase[now] == Phase.PRIMARY).sum()),
        "pupils": float(schools.pupils[now].sum()),
        "came": len(came),
        "left": len(np.setdiff1d(members, now)),
        "below_good": int((schools.grade[graded] >= Grade.REQUIRES_IMPROVEMENT).sum()),
        "inadequate": int((schools.grade[graded] == Grade.INADEQUATE).sum()),
        "outcome": float(t.outcome[row]),
        "outcome_first": _weighted(schools.outcome[still], schools.pupils[still]),
        "capacity": float(t.capacity[row]),
        "bench": float(t.bench[row]),
        "buyin": float(t.buyin[row]),
        "coherence": float(t.coherence[row]),
        "isolated": float(t.isolated[row] * len(now)),
        "clustered": float(t.clustered[row]),
        "spread_km": float(t.spread[row]),
        "record": float(t.record[row]),
        "central_charge": float(t.top_slice[row]),
        "income": income,
        "central_cost": float(t.central_cost[row]),
        "joining_cost": len(came) * state.model.settings.joining.integration,
        "deficits": float(np.maximum(-before[came], 0.0).sum()),
        "balance": (float(balances.sum()) + central) / income if income > 0 else float("nan"),
        "reserves": float(t.reserves[row] + schools.reserves[now].sum()),
        "reserves_share": float(t.reserves_share[row]),
    }
    for i, name in enumerate(AREA_NAMES):
        out[f"need_{name}"], out[f"supply_{name}"] = float(t.need[row, i]), float(supply[i])
    for i, name in enumerate(BREAK_POINTS):
        out[f"pressure_{name}"], out[f"rung_{name}"] = float(t.pressure[row, i]), int(t.rung[row, i])
    return out


def _weighted(values: np.ndarray, weights: np.ndarray) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else float("nan")
