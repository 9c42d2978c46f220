"""Two worlds that differ in one thing and share all luck: where they part, and what the difference becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from matsim.run import Finished, Tell, simulate
from matsim.scenario.schema import Scenario
from matsim.scenario.show import Difference, difference
from matsim.tables import TABLES
from matsim.world.base import World

MEASURES = (
    "academies_in_mats",
    "single_academies",
    "maintained",
    "mats_with_2_or_more",
    "share_good_or_better",
    "mean_outcome",
    "backoffice_per_pupil_primary",
    "backoffice_per_pupil_secondary",
    "reserves_share",
    "transfers",
    "merges",
    "clusters",
)
"""System measures that a twin compares year by year."""

_IDENTITY = ["year", "step", "event", "school", "trust", "other"]


@dataclass(frozen=True)
class Parting:
    """The first event that happened in one world and not in the other."""

    year: int
    step: str
    event: str
    school: int
    trust: int
    world: str
    """"first" or "second": the world in which it happened."""


@dataclass(frozen=True)
class Twin:
    """Two runs on the same luck: what was set differently, where they part, and the differences that follow.

    `differences` has one row per year and measure: first, second and second minus first. `counts` are events
    by kind in each. `alike` is True when nothing differs anywhere.
    """

    settings: list[Difference]
    parting: Parting | None
    differences: pd.DataFrame
    counts: pd.DataFrame
    alike: bool
    first: Finished = field(repr=False)
    second: Finished = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the runs, ready for JSON."""
        return {
            "schema_version": 1,
            "settings": [vars(d) for d in self.settings],
            "alike": self.alike,
            "parting": vars(self.parting) if self.parting else None,
            "differences": self.differences.to_dict(orient="records"),
            "events": self.counts.to_dict(orient="records"),
        }


def twin(
    first: Scenario,
    second: Scenario,
    world: World,
    other_world: World | None = None,
    *,
    seed: int | None = None,
    years: int | None = None,
    tell: Tell | None = None,
) -> Twin:
    """Run two scenarios on one world with the same luck. `other_world` where the second begins elsewhere."""
    a = simulate(first, world, seed=seed, years=years, tell=tell)
    luck = a.seed
    b = simulate(second, other_world or world, seed=luck, years=years or len(a.tables["system_year"]), tell=tell)
    return compare(a, b)


def compare(a: Finished, b: Finished) -> Twin:
    """Set two finished runs beside each other."""
    left, right = a.tables["system_year"], b.tables["system_year"]
    rows = []
    for i, year in enumerate(left["year"].tolist()):
        for measure in MEASURES:
            x, y = float(left[measure].iloc[i]), float(right[measure].iloc[i])
            rows.append((year, measure, _unit(measure), x, y, y - x))
    frame = pd.DataFrame(rows, columns=["year", "measure", "unit", "first", "second", "difference"])
    alike = all(_same(a.tables[name], b.tables[name]) for name in a.tables)
    return Twin(difference(a.scenario, b.scenario), _parting(a, b), frame, _counts(a, b), alike, a, b)


def _unit(measure: str) -> str:
    return next(c.unit for c in TABLES["system_year"].columns if c.name == measure)


def _same(x: pd.DataFrame, y: pd.DataFrame) -> bool:
    return len(x) == len(y) and all(
        np.array_equal(x[c].to_numpy(), y[c].to_numpy(), equal_nan=x[c].dtype.kind == "f") for c in x.columns
    )


def _parting(a: Finished, b: Finished) -> Parting | None:
    """The first event, in the order of the year, that only one of the worlds has."""
    left, right = (f.tables["events"][_IDENTITY].reset_index(drop=True) for f in (a, b))
    order = {s.name: i for i, s in enumerate(a.model.schedule)}
    found: list[tuple[int, int, int, Parting]] = []
    for name, mine, theirs in (("first", left, right), ("second", right, left)):
        seen = set(theirs.itertuples(index=False, name=None))
        for i, row in enumerate(mine.itertuples(index=False, name=None)):
            if row not in seen:
                year, step, event, school, trust, _ = row
                found.append((year, order.get(step, -1), i, Parting(year, step, event, school, trust, name)))
                break
    return min(found, key=lambda f: f[:3])[3] if found else None


def _counts(a: Finished, b: Finished) -> pd.DataFrame:
    """Events by kind in each world."""
    counts = [f.tables["events"]["event"].value_counts() for f in (a, b)]
    kinds = sorted(set(counts[0].index) | set(counts[1].index))
    data: Mapping[str, Any] = {
        "event": kinds,
        "first": [int(counts[0].get(k, 0)) for k in kinds],
        "second": [int(counts[1].get(k, 0)) for k in kinds],
    }
    frame = pd.DataFrame(data)
    frame["difference"] = frame["second"] - frame["first"]
    return frame
