"""What growth costs, and when: on average, where nobody looks ahead or says no, and by how fast a trust grew.

1. At the defaults: what doubling a trust does to the results of the schools already in it (school sd), estimated as
   England's figure was (`value_added.growth_incumbents`).
2. Worlds that share luck, one as usual and others in which every application is approved, with CEOs who foresee
   nothing and no boards to hold them, or with both: what follows, as differences with their 95% intervals over seeds.
3. Trusts by how fast they grew over three years, and what became of them in the ten years after. Growth is looked at
   before the years that are counted, so that a trust must not live long to have grown.

Prints the tables, and writes them to a page where one is named. Some minutes on one core.

    python experiments/price_of_growth.py [seeds] [page.md]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matsim.analysis.intervals import half_width, spread_of_luck
from matsim.calibration.save import table as table_of
from matsim.cli.output import show
from matsim.core.errors import InputError
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import world_of
from matsim.validation.evaluate import started
from matsim.validation.movement import sizes
from matsim.validation.observed_run import Watched, watch
from matsim.validation.people import head_turnover
from matsim.validation.value_added import growth_incumbents
from matsim.words.amounts import decimals, percent
from matsim.world.codes import TrustKind

FIRST_SEED = 501
START, YEARS = 2018, 13
"""Where the worlds that are compared begin, and for how long they run."""
LOOKED = 3
"""Years in which it is seen how fast a trust grows."""
LEAST = 3
"""Schools of a trust, when it is first looked at, and schools lost that make a part."""
APPROVED = {"commissioners": [{"kind": "permit"}]}
BLIND = {"vision.foresight_low": 0.0, "vision.foresight_high": 0.0}
BOARDLESS = {"boards.on": False}
USUAL = "as usual"
ARMS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    USUAL: (),
    "all approved, no foresight, no boards": (APPROVED, BLIND, BOARDLESS),
    "all approved, boards and foresight as usual": (APPROVED,),
}
"""What each world is told; a setting that does not exist yet is left out, and said."""
MEASURES = {
    "trusts broken up or given up": "a trust-year",
    "notices to improve": "a trust-year",
    "new heads": "a school-year",
    "trusts in cumulative deficit": "a trust-year",
    "absolute quality": "school sd",
}
SPEEDS = ((1.0, "3 years or less"), (0.5, "3 to 6 years"), (0.25, "6 to 12 years"), (-np.inf, "slower, or not at all"))
"""Doublings in LOOKED years from which a trust doubles in so long."""
ENDS = ("kept growing", "held", "merged whole", "lost a part", "broken up or given up")

type Runs = Sequence[Watched]


def arm(told: Sequence[Mapping[str, Any]]) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario of an arm, and the settings that it could not be given."""
    scenario, missing = started(Scenario(), START), []
    for settings in told:
        try:
            scenario = override(scenario, dict(settings), "price of growth")
        except InputError:
            missing += list(settings)
    return scenario, tuple(missing)


def lived(scenario: Scenario, seeds: Sequence[int], years: int) -> list[Watched]:
    """Runs with these seeds, one after another, since watched runs are large."""
    world = world_of(scenario)
    return [watch(scenario, world, (seed,), years)[0] for seed in seeds]


def failed(w: Watched, last: int) -> set[int]:
    """Trusts that were broken up by the end of a year, or have no schools and did not merge of their own will."""
    events = w.tables["events"].loc[w.tables["events"].year <= last]
    broken, merged = (set(events.loc[events.event == kind, "trust"]) for kind in ("break_up", "merge"))
    ever: set[int] = set().union(*(sizes(w.members(year)).index for year in range(w.start - 1, last)))
    at_end = w.members(last)
    return {int(trust) for trust in broken | (ever - set(at_end.trust) - merged)}


def measured(w: Watched) -> dict[str, float]:
    """MEASURES of one run; quality is that of schools in multi-academy trusts at the end."""
    years = range(w.start, w.last + 1)
    trust_years = sum(len(sizes(w.members(year))) for year in years)
    trusts = w.tables["trust_year"]
    trusts = trusts.loc[(trusts.mainstream_schools >= 2) & (trusts.income > 0)]
    last, first = w.at(w.last), w.at(w.start - 1)
    return {
        "trusts broken up or given up": len(failed(w, w.last)) / trust_years,
        "notices to improve": float((w.tables["events"].event == "notice").sum()) / trust_years,
        "new heads": head_turnover(w, w.start, w.last, "all", "multi"),
        "trusts in cumulative deficit": float((trusts.reserves_share < 0).mean()),
        "absolute quality": float(last.quality[last.kind == TrustKind.MULTI].mean() / first.quality.std()),
    }


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and the ends of its 95% interval by Student's t; nan without two values."""
    of = np.asarray(values, float)
    mean, half = float(of.mean()), half_width(spread_of_luck(of[:, None]), 0.95)
    return mean, mean - half, mean + half


def paired(usual: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """One row per measure: usual, there, times as much, difference and its interval over seeds."""
    rows = []
    for name in MEASURES:
        before, after = ([run[name] for run in runs] for runs in (usual, other))
        difference, low, high = interval([b - a for a, b in zip(before, after, strict=True)])
        a, b = float(np.mean(before)), float(np.mean(after))
        rows.append((name, a, b, b / a if a else float("nan"), difference, low, high))
    return pd.DataFrame(rows, columns=["measure", "usual", "there", "times", "difference", "low", "high"])


def speed(before: float, after: float) -> str:
    """How long a trust takes to double as it grew from one size to another in LOOKED years."""
    doublings = float(np.log2(after / before))
    return next(name for least, name in SPEEDS if doublings >= least - 1e-9)


def end(looked: float, peak: float, last: float, fell: bool) -> str:
    """What became of a trust: schools when it was looked at, most since then and at the end; whether it failed."""
    if fell:
        return "broken up or given up"
    if last == 0:
        return "merged whole"
    if peak - last >= LEAST:
        return "lost a part"
    return "kept growing" if last > looked else "held"


def ends(w: Watched) -> pd.DataFrame:
    """Trusts of three or more that lived through LOOKED years: how fast they grew, and their end."""
    looked = w.start - 1 + LOOKED
    size = pd.concat({year: sizes(w.members(year)) for year in range(w.start - 1, w.last + 1)}, axis=1).fillna(0)
    size = size.loc[(size[w.start - 1] >= LEAST) & (size[looked] > 0)]
    fell = failed(w, w.last) - failed(w, looked)
    peak = size.loc[:, looked:].max(axis=1)
    return pd.DataFrame(
        [
            (speed(of[w.start - 1], of[looked]), end(of[looked], peak[trust], of[w.last], trust in fell))
            for trust, of in size.iterrows()
        ],
        columns=["doubled in", "end"],
    )


def chances(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Chance of each end by how fast trusts doubled, and how many there were in all runs."""
    table = pd.concat(tables, ignore_index=True)
    counts = pd.crosstab(table["doubled in"], table["end"])
    counts = counts.reindex(index=[name for _, name in SPEEDS], columns=[*ENDS], fill_value=0)
    total = counts.sum(axis=1)
    return counts.div(total.where(total > 0), axis=0).assign(trusts=total)


def average(seeds: Sequence[int]) -> tuple[float, float, float]:
    """What doubling a trust does to its earlier secondaries, school sd, with its interval, at the defaults."""
    runs = lived(started(Scenario(), 2010), seeds, 9)
    return interval([growth_incumbents(w, w.last, "secondary") * float(np.log(2.0)) for w in runs])


def page(seeds: int) -> str:
    """All of it as a page."""
    of = tuple(range(FIRST_SEED, FIRST_SEED + seeds))
    mean, low, high = average(of)
    text = [
        "# What growth costs, and when",
        f"Doubling a trust changes the results of its earlier secondaries by {decimals(mean, 3)} school sd "
        f"({decimals(low, 3)} to {decimals(high, 3)}, {seeds} seeds); England's figures allow -0.06 to +0.08.",
    ]
    usual: list[dict[str, float]] = []
    for name, told in ARMS.items():
        scenario, missing = arm(told)
        runs = lived(scenario, of, YEARS)
        results = [measured(w) for w in runs]
        if name == USUAL:
            usual, table = results, chances([ends(w) for w in runs])
            text += ["## What became of trusts in ten years, by how long they took to double", _shares(table)]
            continue
        text += [f"## {name[0].upper()}{name[1:]}, against {USUAL}", _differences(paired(usual, results))]
        text += [f"Not there yet, and left out: {', '.join(missing)}."] if missing else []
    return "\n\n".join(text) + "\n"


def _shares(table: pd.DataFrame) -> str:
    rows = [
        [str(k), *(percent(r[e]) if r.trusts else "" for e in ENDS), str(int(r.trusts))] for k, r in table.iterrows()
    ]
    return table_of(["doubled in", *ENDS, "trusts"], rows)


def _differences(table: pd.DataFrame) -> str:
    head = ["measure", "", "as usual", "there", "times", "difference", "95% interval"]
    return table_of(
        head,
        [
            [r.measure, MEASURES[r.measure], *(decimals(v, 4) for v in (r.usual, r.there)), decimals(r.times, 1),
             decimals(r.difference, 4), f"{decimals(r.low, 4)} to {decimals(r.high, 4)}"]
            for r in table.itertuples()
        ],
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Print the page, and write it where it is told to."""
    text = page(int(arguments[0]) if arguments else 16)
    show(text)
    if len(arguments) > 1:
        Path(arguments[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
