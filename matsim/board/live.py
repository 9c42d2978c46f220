"""One future of a trust under each of its options: the same luck, another decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.board.ear import Ear
from matsim.board.luck import Remembered
from matsim.board.tables import YEAR_COLUMNS
from matsim.mechanisms.accounts import gross_income
from matsim.model import TrustSystem, slots_of
from matsim.recorder import trust_names
from matsim.scenario.schema import Scenario
from matsim.state import Rows, State
from matsim.tables import AREA_NAMES, BREAK_POINTS
from matsim.world.base import World


@dataclass(frozen=True)
class Job:
    """What every future has in common: the world cut for the trust, a scenario for each option, whom to watch.

    `watch` are URNs of named candidates. Future f uses seed `seed` + f − 1, whatever the option.
    """

    world: World
    scenarios: tuple[Scenario, ...]
    uid: int
    watch: tuple[int, ...]
    years: int
    seed: int


@dataclass(frozen=True)
class Lived:
    """One future: rows of `option_year`; the trust's events, with inputs; the candidates' books; trusts founded."""

    future: int
    years: pd.DataFrame
    events: pd.DataFrame
    books: pd.DataFrame
    names: dict[int, str]


def live(job: Job, future: int) -> Lived:
    """Live one future under every option, in order. Equal jobs and futures give equal numbers in any process."""
    seed = job.seed + future - 1
    luck = Remembered(seed, slots_of(job.world))
    rows: list[dict[str, Any]] = []
    events, names, books = [], dict[int, str](), pd.DataFrame()
    for option, scenario in enumerate(job.scenarios):
        model = TrustSystem(job.world, scenario, seed, streams=luck)
        model.recorder.only(())
        if option == 0:
            books = _books(model.state, job.watch).assign(future=future)
        rows += ({"option": option, "future": future, **row} for row in _years(model, job))
        state = model.state
        heard = state.log.frame(state.schools.urn, state.trusts.uid)
        events.append(heard.assign(option=option, future=future))
        called = trust_names(state)
        named = {*heard["trust"], *heard["other"]}
        names |= {int(u): called[i] for i, u in enumerate(state.trusts.uid.tolist()) if u in named}
        model.__dict__.clear()  # a model is a circle of agents: opened, it is freed at once
    years = pd.DataFrame(rows, columns=[c.name for c in YEAR_COLUMNS])
    return Lived(future, years, pd.concat(events, ignore_index=True), books, names)


def _books(state: State, watch: tuple[int, ...]) -> pd.DataFrame:
    """What the candidates' books show as the first year begins: reserves and income (£)."""
    rows = np.searchsorted(state.schools.urn, np.array(watch, np.int64))
    income = gross_income(state, rows) if len(rows) else np.zeros(0)
    return pd.DataFrame({"school": list(watch), "reserves": state.schools.reserves[rows], "income": income})


def _years(model: TrustSystem, job: Job) -> Iterator[dict[str, Any]]:
    """A row for the trust at the end of every year; once it has merged, for the trust that took it in."""
    state = model.state
    row = int(np.flatnonzero(state.trusts.uid == job.uid)[0])
    watch = np.searchsorted(state.schools.urn, np.array(job.watch, np.int64)).tolist()
    ear = Ear([row], watch)
    state.log = ear
    first, start = state.members(row), row
    for _ in range(job.years):
        before, held = state.schools.reserves.copy(), float(state.trusts.reserves[row])
        were = state.members(row)
        year = state.year
        model.run_for(1)
        if not state.trusts.active[row]:
            row, held = _follow(state, row, year), float("nan")
            ear.trusts.add(row)
        yield {"year": year, **_row(state, row, first, were, before, held), "itself": row == start}


def _follow(state: State, row: int, year: int) -> int:
    """The trust that took a closed one in: the one it merged into, else the one most of whose schools went to."""
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


def _row(state: State, row: int, first: Rows, were: Rows, before: np.ndarray, held: float) -> dict[str, Any]:
    """The trust at the end of a year, as `option_year` has it."""
    schools, t = state.schools, state.trusts
    now = state.members(row)
    came = np.setdiff1d(now, were)
    income = float(t.income[row])
    supply = t.posts[row] + t.bought[row] + t.helped[row]
    still = first[schools.state[first] == 1]
    graded = now[schools.grade[now] > 0]
    own = gross_income(state, now) * schools.balance[now]
    central = float(t.reserves[row]) - held
    out: dict[str, Any] = {
        "trust": int(t.uid[row]),
        "schools": len(now),
        "primary_schools": int((schools.phase[now] == 0).sum()),
        "pupils": float(schools.pupils[now].sum()),
        "came": len(came),
        "left": len(np.setdiff1d(were, now)),
        "below_good": int((schools.grade[graded] >= 3).sum()),
        "inadequate": int((schools.grade[graded] == 4).sum()),
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
        "balance": (float(own.sum()) + central) / income if income > 0 else float("nan"),
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
