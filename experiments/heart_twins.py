"""What money, an executive head and a strong school near by come to: twins with luck shared, one step from the cause.

Each twin changes one thing about some schools, not the coefficient that makes it matter, and lives the same years with
the same luck. What is told is what follows in results, cost and money, as differences between the two worlds in the
last year, with the error over seeds. Prints a table; takes about a minute on one core.

    python experiments/heart_twins.py [seeds] [years] [schools]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from matsim.cli.output import show
from matsim.results.numbers import named
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import build_world
from matsim.words.amounts import change
from matsim.world.base import World
from matsim.world.geography import neighbours

FIRST_SEED = 401
POUNDS = 100.0
"""£ per pupil that a school pays less, or more, for its buildings in every year."""
PART = 3
"""One school in so many is treated."""
AWAY = 40_000.0
"""Metres by which lenders are moved away."""

MOVES = (
    *("seeking.on", "orders.on", "founding.on", "openings.on", "intervention.on", "merging.on"),
    *("buyin.leave_on", "collaborating.on", "clusters.on"),
)
"""What schools change trusts and partners by."""

type Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Twin:
    """Tables of two worlds that share luck, and the schools and trusts that one thing was changed about."""

    with_it: Tables
    without: Tables
    schools: tuple[int, ...]
    trusts: tuple[int, ...] = ()


def base(schools: int) -> Scenario:
    """The default scenario on an area of so many mainstream schools."""
    values = {"world.synthetic.schools": schools, "world.synthetic.specialist": 0.0, "run.school_year": True}
    return override(Scenario(), values, "twins")


def lived(
    scenario: Scenario, world: World, seed: int, years: int, change: Callable[[TrustSystem], None] | None
) -> Tables:
    """Tables of so many years, after a change to the first state."""
    model = TrustSystem(world, scenario, seed)
    if change is not None:
        change(model)
    model.run_years(years)
    return model.recorder.tables()


def cheaper(pounds: float) -> Callable[[TrustSystem], None]:
    """Treated schools pay so much a pupil less for their buildings, for good (more, where below 0)."""

    def change(model: TrustSystem) -> None:
        schools = model.state.schools
        rows = model.state.open_rows()[::PART]
        schools.building[rows] -= pounds * schools.pupils[rows] / np.maximum(schools.capacity[rows], 1.0)

    return change


def money(scenario: Scenario, world: World, seed: int, years: int, pounds: float) -> Twin:
    """A lasting saving for some schools (a deficit where `pounds` is below 0), against none."""
    schools = tuple(world.schools["urn"][~world.schools["planned"]][::PART].tolist())
    return Twin(
        lived(scenario, world, seed, years, cheaper(pounds)), lived(scenario, world, seed, years, None), schools
    )


def executive(scenario: Scenario, world: World, seed: int, years: int) -> Twin:
    """Clusters with their executive heads in the trusts that form some, against the same trusts told to have none."""
    usual = lived(scenario, world, seed, years, None)
    rows = usual["trust_year"]
    uids = rows.loc[(rows["clusters"] > 0) & rows["trust"].isin(world.trusts["uid"]), "trust"].unique().tolist()
    decisions = [{"year": year, "clusters": "none"} for year in range(world.year, world.year + years)]
    told = override(scenario, {"trusts": [{"uid": int(uid), "decisions": decisions} for uid in uids]}, "twins")
    table = usual["school_year"]
    schools = table.loc[(table["year"] == table["year"].max()) & (table["executive"] >= 0), "school"]
    return Twin(usual, lived(told, world, seed, years, None), tuple(schools.tolist()), tuple(map(int, uids)))


def nearness(scenario: Scenario, world: World, seed: int, years: int) -> Twin:
    """The lenders of the first year where they are, against 40 km away; the schools are those they lent to.

    Nobody changes trusts, since schools that have moved would be other trusts' neighbours too.
    """
    scenario = override(scenario, dict.fromkeys(MOVES, False), "twins")
    near = lived(scenario, world, seed, years, None)
    first = near["events"].query("event == 'lend' and year == @world.year")
    lenders = {int(named(inputs)["lender"]) for inputs in first["inputs"]}
    places = dict(world.schools)
    places["easting"] = places["easting"] + AWAY * np.isin(places["urn"], list(lenders))
    found = neighbours(places["easting"], places["northing"], places["phase"], scenario.travel)
    far = lived(scenario, replace(world, schools=places, neighbours=found), seed, years, None)
    return Twin(near, far, tuple(sorted(set(first["school"].tolist()) - lenders)))


MEASURES = {
    "value added": ("outcome", "sd"),
    "quality": ("quality", "sd"),
    "spent on teaching": ("teaching", "£ per pupil"),
    "back office": ("backoffice_per_pupil", "£ per pupil"),
    "reserves": ("reserves", "£"),
    "leadership": ("led", "sd"),
    "lent by others": ("lent", "sd per year"),
}
"""What is told of the schools: columns of `school_year`, and their units."""


def differences(twin: Twin) -> dict[str, float]:
    """With it less without, in the last year, over the schools open in both; and over all others; and the trusts."""
    one, other = (
        t["school_year"].query("year == year.max()").set_index("school") for t in (twin.with_it, twin.without)
    )
    both = one.index.intersection(other.index)
    theirs = both.intersection(pd.Index(twin.schools))
    rest = both.difference(theirs)
    found = {name: float((one[c] - other[c])[theirs].mean()) for name, (c, _) in MEASURES.items()}
    found["value added of all others"] = float((one["outcome"] - other["outcome"])[rest].mean())
    trusts = [t["trust_year"].query("year == year.max()").set_index("trust") for t in (twin.with_it, twin.without)]
    if twin.trusts:
        kept = trusts[0].index.intersection(trusts[1].index).intersection(pd.Index(twin.trusts))
        found["trusts' outcomes"] = float((trusts[0]["mean_outcome"] - trusts[1]["mean_outcome"])[kept].mean())
        found["trusts' reserves over income"] = float(
            (trusts[0]["reserves_share"] - trusts[1]["reserves_share"])[kept].mean()
        )
    return found


TWINS: dict[str, Callable[[Scenario, World, int, int], Twin]] = {
    "a lasting saving of £100 a pupil": lambda s, w, seed, years: money(s, w, seed, years, POUNDS),
    "a lasting deficit of £100 a pupil": lambda s, w, seed, years: money(s, w, seed, years, -POUNDS),
    "clusters with executive heads": executive,
    "a strong school near by": nearness,
}


def measured(name: str, seeds: int, years: int, schools: int) -> pd.DataFrame:
    """One row per measure: mean difference and its standard error over seeds."""
    scenario = base(schools)
    world = build_world(scenario)
    rows = [differences(TWINS[name](scenario, world, seed, years)) for seed in range(FIRST_SEED, FIRST_SEED + seeds)]
    table = pd.DataFrame(rows)
    error = table.std(ddof=1) / np.sqrt(len(table))
    return pd.DataFrame({"difference": table.mean(), "error": error})


def main(arguments: list[str]) -> None:
    """Print every twin's differences."""
    usual = ("4", "10", "1000")
    seeds, years, schools = (int(a) for a in (*arguments, *usual[len(arguments) :]))
    units = {name: unit for name, (_, unit) in MEASURES.items()}
    for name in TWINS:
        show(f"\n{name}: after {years} years, {seeds} seeds")
        for measure, row in measured(name, seeds, years, schools).iterrows():
            unit = units.get(str(measure), "share" if "income" in str(measure) else "sd")
            show(f"  {measure!s:32} {change(row['difference'], unit):>18} ± {row['error']:.3g}")


if __name__ == "__main__":
    main(sys.argv[1:])
