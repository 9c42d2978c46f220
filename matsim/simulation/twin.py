"""Two worlds that differ in one thing and share all luck: where they part, and what the difference becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matsim.events.kinds import EVENTS
from matsim.events.log import IDENTITY
from matsim.results.store import Result, manifest, write
from matsim.results.tables import TABLES, OutColumn, TableSpec
from matsim.scenario.schema import Scenario
from matsim.scenario.show import Difference, difference, resolved
from matsim.simulation.inventory import lists, value_text
from matsim.simulation.simulate import Files, Finished, Tell, called, save, simulate
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

WORLDS = ("first", "second")
"""What the two worlds are called, and the folders below a stored twin that hold their results."""

C = OutColumn

TWIN_TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec(
            "settings",
            ("name",),
            "What is set differently, one row per value",
            (
                C("name", "string", "name", "Dotted name in a scenario"),
                C("unit", "string", "unit", "Unit"),
                C("meaning", "string", "text", "What it says; empty for what is no parameter"),
                C("first", "string", "as the unit's", "Value in the first world; empty when not set"),
                C("second", "string", "as the unit's", "Value in the second world; empty when not set"),
            ),
        ),
        TableSpec(
            "parting",
            (),
            "The first event that only one of the worlds has; no row when there is none",
            (
                C("year", "int64", "year", "Academic year, by the September in which it starts"),
                C("month", "string", "month", "Month of the step; empty for what follows the steps"),
                C("step", "string", "choice", "Step of the school year"),
                C("happens", "string", "text", "What happens in that step"),
                C("event", "string", "choice", "What happened"),
                C("said", "string", "text", "The same in words"),
                C("school", "int64", "id", "URN of the school; −1 when none is concerned"),
                C("school_name", "string", "name", "Name of the school; empty when none is concerned"),
                C("trust", "int64", "id", "Group UID of the trust; −1 when none is concerned"),
                C("trust_name", "string", "name", "Name of the trust; empty when none is concerned"),
                C("world", "string", "choice", "World in which it happened: first or second"),
            ),
        ),
        TableSpec(
            "differences",
            ("year", "measure"),
            "Measures of the whole system in both worlds, one row per year and measure",
            (
                C("year", "int64", "year", "Academic year, by the September in which it starts"),
                C("measure", "string", "name", "Column of system_year"),
                C("unit", "string", "unit", "Its unit"),
                C("first", "float64", "as the unit's", "In the first world"),
                C("second", "float64", "as the unit's", "In the second world"),
                C("difference", "float64", "as the unit's", "Second less first"),
            ),
        ),
        TableSpec(
            "event_counts",
            ("event",),
            "Events by kind in both worlds over the whole run",
            (
                C("event", "string", "choice", "Kind of event"),
                C("said", "string", "text", "What it says"),
                C("first", "int64", "count", "In the first world"),
                C("second", "int64", "count", "In the second world"),
                C("difference", "int64", "count", "Second less first"),
            ),
        ),
        TableSpec(
            "twin_year",
            ("world", "year"),
            "The whole system in both worlds, one row per world and year",
            (C("world", "string", "choice", "first or second"), *TABLES["system_year"].columns),
        ),
    )
}
"""What a stored twin holds beside the two results."""

_IDENTITY = list(IDENTITY)


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
    # the second scenario's own seed and years would make another comparison
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
    # a post that nobody filled has an input that is no number, which is equal to itself as a word only
    x, y = (t.assign(inputs=t["inputs"].map(repr)) if "inputs" in t else t for t in (x, y))
    return len(x) == len(y) and all(
        np.array_equal(x[c].to_numpy(), y[c].to_numpy(), equal_nan=x[c].dtype.kind == "f") for c in x.columns
    )


def _parting(a: Finished, b: Finished) -> Parting | None:
    """The first event, in the order of the year, that only one of the worlds has."""
    logs = [finished.tables["events"] for finished in (a, b)]
    order = {step.name: place for place, step in enumerate(a.model.schedule)}
    firsts: list[tuple[int, int, int, Parting]] = []
    for which, name in enumerate(("first", "second")):
        place = first_missing(logs[which], logs[1 - which])
        if place is not None:
            year, step, event, school, trust = logs[which][_IDENTITY[:-1]].iloc[place].tolist()
            # steps first: places in two logs say nothing of which came earlier, but within one step there is no better
            firsts.append((year, order.get(step, -1), place, Parting(year, step, event, school, trust, name)))
    return min(firsts, key=lambda first: first[:3])[3] if firsts else None


def first_missing(events: pd.DataFrame, others: pd.DataFrame) -> int | None:
    """Place of the first event of a log that another log does not have; None where it has them all."""
    known = set(others[_IDENTITY].itertuples(index=False, name=None))
    rows = events[_IDENTITY].itertuples(index=False, name=None)
    return next((place for place, row in enumerate(rows) if row not in known), None)


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


def tables(pair: Twin) -> dict[str, pd.DataFrame]:
    """The twin as the tables of TWIN_TABLES."""
    meanings = [
        dict(zip(t["name"], t["meaning"], strict=True)) for t in (_parameters(pair.second), _parameters(pair.first))
    ]
    settings = [
        (d.name, d.unit, meanings[0].get(d.name, meanings[1].get(d.name, "")), value_text(d.left), value_text(d.right))
        for d in pair.settings
    ]
    years = [
        f.tables["system_year"].assign(world=name) for name, f in zip(WORLDS, (pair.first, pair.second), strict=True)
    ]
    made = {
        "settings": pd.DataFrame(settings, columns=TWIN_TABLES["settings"].names),
        "parting": pd.DataFrame(_parting_rows(pair), columns=TWIN_TABLES["parting"].names),
        "differences": pair.differences,
        "event_counts": pair.counts.assign(said=[EVENTS[k].meaning for k in pair.counts["event"]]),
        "twin_year": pd.concat(years, ignore_index=True),
    }
    types = {name: {c.name: c.dtype for c in spec.columns if c.dtype != "string"} for name, spec in TWIN_TABLES.items()}
    return {name: frame[TWIN_TABLES[name].names].astype(types[name]) for name, frame in made.items()}


def save_twin(
    pair: Twin, out: Path, *, files: Files | None = None, overwrite: bool = False, command: Sequence[str] = ()
) -> Result:
    """Write a twin: its tables in `out`, and each world's whole result in a folder below it."""
    first = pair.first
    run = first.scenario.run.model_copy(update={"seed": first.seed, "years": len(first.tables["system_year"])})
    scenario = first.scenario.model_copy(update={"run": run})
    walls = [sum(f.seconds[part] for part in ("set up", "years", "tables")) for f in (first, pair.second)]
    inputs: dict[str, Path | str] = {"world": first.world.digest(), "second world": pair.second.world.digest()}
    inputs |= files.inputs if files else {}
    title, question = called(first.scenario, files)
    extra = {
        "kind": "twin",
        "title": title,
        "second_title": called(pair.second.scenario, files)[0],
        "question": question,
        "alike": pair.alike,
        "world": first.world.about(),
    }
    about = manifest(command, first.seed, inputs, sum(walls), extra)
    text = resolved(scenario)

    def worlds(folder: Path) -> None:
        for name, finished, wall in zip(WORLDS, (first, pair.second), walls, strict=True):
            save(finished, folder / name, files=files, command=command, wall=wall)

    kept = lists(scenario)
    return write(out, tables(pair), about, text, overwrite=overwrite, specs=TWIN_TABLES, lists=kept, inside=worlds)


def _parameters(finished: Finished) -> pd.DataFrame:
    return lists(finished.scenario)["parameters"]


def _parting_rows(pair: Twin) -> list[tuple[Any, ...]]:
    part = pair.parting
    if part is None:
        return []
    within = pair.first if part.world == "first" else pair.second
    step = next((s for s in pair.first.model.schedule if s.name == part.step), None)
    schools, trusts = within.tables["schools"], within.tables["trusts"]
    names = [
        next(iter(frame.loc[frame[key] == who, "name"].astype(str)), "")
        for frame, key, who in ((schools, "school", part.school), (trusts, "trust", part.trust))
    ]
    when = (part.year, step.month if step else "", part.step, step.what if step else "")
    return [(*when, part.event, EVENTS[part.event].meaning, part.school, names[0], part.trust, names[1], part.world)]
