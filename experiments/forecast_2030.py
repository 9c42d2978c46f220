"""Where do England's trusts go from 2024 to 2030, under the law as it stood in mid-2026?

Writes results/reference/forecast-2030/: a page of text and the table it rests on. Takes about a minute on one core. Not
an experiment file for `matsim sweep`: it compares nothing, and says how far each number can be believed.

    python experiments/forecast_2030.py                                         # a made-up England
    python experiments/forecast_2030.py --establishments FILE --group-links FILE --out DIR   # the published files
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from matsim.core.published_files import KINDS, Files
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import build_world, simulate
from matsim.words.amounts import academic, count
from matsim.words.phrases import listed
from matsim.world.base import World
from matsim.world.codes import Route, TrustKind, mainstream
from matsim.world.describe import BANDS

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "results" / "reference" / "forecast-2030"
SEEDS, YEARS = range(1, 21), 6
TENTH, NINTH = 0.1, 0.9
LARGE = 10
"""Schools from which a trust is large, as the White Paper of 2022 expected most to be."""

PUBLISHED = (138, 170, 333, 328, 112, 61, 39, 32)
"""Multi-academy trusts by mainstream schools in the group links of 1 March 2024, by BANDS."""
FLOWS = {
    "converters": "Converter academies opened",
    "sponsored": "Sponsored academies opened",
    "free": "Free schools opened",
    "moved": "Academies that moved alone, and single academies that joined a MAT",
    "merged": "Academies that moved as their MAT merged into another",
    "mergers": "MATs that merged into another",
    "closed": "Schools closed",
}
STOCKS = {
    "academies": "Academies",
    "share_primary": "Share of primaries that are academies",
    "share_secondary": "Share of secondaries that are academies",
    "mats": "MATs",
    "alone": "Single-academy trusts",
    "mean_size": "Schools in a MAT, mean",
    "in_large": "Share of MATs' schools in MATs of ten or more",
    "largest": "Schools in the largest MAT",
}


def label(low: int, high: int | None) -> str:
    """A size band as it is printed."""
    return f"{low} or more" if high is None else str(low) if low == high else f"{low} to {high}"


def banded(sizes: np.ndarray) -> list[int]:
    """How many of these MATs are in each of BANDS."""
    edges = [low for low, _ in BANDS]
    return np.bincount(np.searchsorted(edges, sizes[sizes > 0], side="right") - 1, minlength=len(BANDS)).tolist()


def at_the_start(world: World) -> np.ndarray:
    """Mainstream schools of each MAT in the first year."""
    s = world.schools
    inside = (s["trust"] >= 0) & mainstream(s["phase"]) & ~s["planned"]
    sizes = np.bincount(s["trust"][inside], minlength=len(world.trusts["kind"]))
    return np.asarray(sizes[world.trusts["kind"] == TrustKind.MULTI])


def lived(tables: Mapping[str, pd.DataFrame], first: Mapping[str, int]) -> pd.DataFrame:
    """One row per year of a run: flows, stocks, and MATs by size. `first`: each trust's schools before the first."""
    system, events = tables["system_year"].set_index("year"), tables["events"]
    trusts = tables["trust_year"][["year", "name", "trust", "kind", "schools", "mainstream_schools"]]
    merges = events[events["event"] == "merge"]
    before: Mapping[str, int] = first
    rows = []
    for year, row in system.iterrows():
        now = trusts[trusts["year"] == year]
        mats = now[now["kind"] == "multi-academy trust"]
        sizes = mats["mainstream_schools"].to_numpy()
        gone = merges.loc[merges["year"] == year, "trust"]
        rows.append(
            {
                "year": year,
                "converters": row["converters_opened"],
                "sponsored": row["sponsored_opened"],
                "free": row["free_opened"],
                "moved": row["transfers"],
                "merged": sum(before.get(str(uid), 0) for uid in gone),
                "mergers": row["merges"],
                "closed": row["closures"],
                "academies": row["single_academies"] + row["academies_in_mats"],
                "share_primary": 1.0 - row["primary_maintained"] / row["primary_schools"],
                "share_secondary": 1.0 - row["secondary_maintained"] / row["secondary_schools"],
                "mats": len(mats),
                "alone": row["trusts_single"],
                "mean_size": mats["schools"].mean(),
                "in_large": mats.loc[mats["schools"] >= LARGE, "schools"].sum() / mats["schools"].sum(),
                "largest": mats["schools"].max(),
                **{label(*band): number for band, number in zip(BANDS, banded(sizes), strict=True)},
            }
        )
        before = dict(zip(now["trust"].astype(str), now["schools"], strict=True))
    return pd.DataFrame(rows)


def spread(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Median, tenth and ninetieth percentile over the runs, by year and measure."""
    long = pd.concat(runs).melt("year", var_name="measure", value_name="value")
    by = long.groupby(["measure", "year"], sort=False)["value"]
    return pd.DataFrame({"low": by.quantile(TENTH), "middle": by.median(), "high": by.quantile(NINTH)})


def said(row: pd.Series, measure: str) -> str:
    """`412 (398 to 430)`; shares in percent; means to one decimal."""
    if measure.startswith(("share", "in_large")):
        middle, low, high = (f"{100.0 * row[k]:.1f}" for k in ("middle", "low", "high"))
        return f"{middle}% ({low} to {high})"
    if measure == "mean_size":
        return f"{row['middle']:.1f} ({row['low']:.1f} to {row['high']:.1f})"
    return f"{count(round(row['middle']))} ({count(round(row['low']))} to {count(round(row['high']))})"


def _table(summary: pd.DataFrame, names: Mapping[str, str], years: Sequence[int]) -> list[str]:
    lines = ["| | " + " | ".join(academic(y) for y in years) + " |", "|---|" + "---|" * len(years)]
    for measure, name in names.items():
        cells = (said(summary.loc[(measure, year)], measure) for year in years)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def page(summary: pd.DataFrame, world: World, runs: int) -> str:
    """The written result."""
    years = sorted({int(year) for _, year in summary.index})
    begun, made_up = banded(at_the_start(world)), world.origin == "synthetic"
    of = "a made-up England by the marginals of March 2024" if made_up else "the published files of March 2024"
    middle = years[2]
    sizes = []
    for band, real, first in zip(BANDS, PUBLISHED, begun, strict=True):
        name = label(*band)
        then, last = (said(summary.loc[(name, year)], name) for year in (middle, years[-1]))
        sizes.append(f"| {name} | {count(real)} | {count(first)} | {then} | {last} |")
    lines = [
        "# England's trusts from 2024 to 2030",
        "",
        f"{count(runs)} runs of {of}, {count(world.size)} open schools, from September {years[0]} to August "
        f"{years[-1] + 1}, default settings: the law as it stood in mid-2026, and then unchanged. Each number is the "
        "median of the runs, with the tenth and the ninetieth percentile. That range is of luck within the model "
        "alone: what the model has wrong is not in it, and the true range is wider.",
        "",
        "## Multi-academy trusts by size",
        "",
        "By mainstream schools, at the end of the school year; MATs of specialist schools alone are left out.",
        "",
        f"| schools | published, March 2024 | first year | {academic(middle)} | {academic(years[-1])} |",
        "|---|---|---|---|---|",
        *sizes,
        "",
        "## What happens in a year",
        "",
        *_table(summary, FLOWS, years),
        "",
        "## What there is at its end",
        "",
        *_table(summary, STOCKS, years),
        "",
        "## What is known since",
        "",
        "- Academies of every type went from 10,640 in January 2024 to 11,280 in January 2025: 640 in a year "
        "(Department for Education, via Tes, 5 June 2025).",
        "- Applications to convert fell from 59 a month in 2023 and 2024 to 17 a month in 2025 (Schools Week, 26 "
        "February 2026). What is applied for opens about a year later, and some of it never.",
        "- 280 academies moved between trusts in the financial year 2023-24 (Department for Education; whether those "
        "of MATs that merged are among them is not known), and some 45 MATs a year dissolved into others from 2016 "
        "to 2024 (group links).",
        "- 38 primaries closed for want of pupils in about two years since 2024 (National Foundation for Educational "
        "Research, via the i Paper).",
        "",
        "## What the numbers have already seen",
        "",
        "Sizes, routes, phases and regions of the first year are those of March 2024. How schools are drawn into "
        "trusts, how commissioners judge and how trusts grow was fitted to 2010 to 2019 (`docs/calibration.md`). What "
        "policy does to that from 2020 on is set by hand with the facts above in sight, and so are the bars of "
        "inspectors and what costs take of budgets. Grants, orders and funding have their published dates and sums, "
        "free schools their numbers to 2023. So the first two years test nothing; nothing later "
        "than mid-2026 was seen.",
        "",
        "## How far to believe it",
        "",
        *_caveats(world, made_up),
        "",
    ]
    return "\n".join(lines)


def _caveats(world: World, made_up: bool) -> list[str]:
    schools = world.schools
    specialist = ~mainstream(schools["phase"]) & ~schools["planned"]
    special, maintained = bool(specialist.any()), bool((specialist & (schools["route"] == Route.MAINTAINED)).any())
    lines = [
        "- Not one named school or trust is foretold; the pattern may be right where every case is wrong.",
        "- A run begins in September with the trusts of March: half a year of growth, some 300 academies, is missing "
        "at the start, and afterwards.",
        "- A run begins without a past: commissioners move no academy in the first year, before any trust was warned, "
        "and hardly any moves of its own accord before the fifth.",
        "- MATs of 16 to 30 schools grow too slowly, by a third to six tenths of a school a year where from March 2023 "
        "to March 2024 they grew by 1.3 to 1.6: in the model they pause when they have grown to what they planned, "
        "many of them at the start. There should be fewer of 16 to 20, and more of 21 or more.",
        "- Fewer MATs merge and fewer schools close than is published, ever fewer as the years go on.",
        "- The White Paper of February 2026 would have all schools join trusts, and councils found some. Neither is in "
        "these runs, nor what a later government may do; `all-in-trusts-2030` and `councils-found-trusts` are "
        "scenarios of what it proposes.",
        "- `matsim forecast` scores the model on May 2018 to June 2019, against simple forecasts.",
    ]
    if made_up:
        lines.append("- All runs share one made-up country; another would differ by a few trusts in each band.")
    if not special:
        lines.append(
            "- No special school, alternative provision or 16 to 19 academy is in this world: all counts are less."
        )
    elif not maintained:
        lines.append(
            "- No maintained special school or alternative provision is in these files, so none becomes an academy: "
            "some forty openings in 2024/25, and about fifteen a year from 2026/27 on, are missing."
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the seeds and write the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for kind in KINDS:
        parser.add_argument(
            kind.option, dest=kind.name, type=Path, nargs="*", default=[], metavar="FILE", help=kind.holds
        )
    parser.add_argument(
        "--scenario", type=Path, default=HERE.parent / "scenarios" / "england-2024.toml", metavar="FILE"
    )
    parser.add_argument("--runs", type=int, default=len(SEEDS), help="How many runs, each with a seed of its own.")
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR")
    given = parser.parse_args(arguments)
    paths = {kind.name: getattr(given, kind.name) for kind in KINDS}
    if any(paths.values()) and not paths["establishments"]:
        parser.error(f"{listed([k.option for k in KINDS if paths[k.name]])}: needs --establishments FILE beside it")
    files = Files.made(paths) if paths["establishments"] else None
    scenario = load(given.scenario, Scenario).scenario
    world = build_world(scenario, files)
    inside = world.schools["trust"] >= 0
    sizes = np.bincount(world.schools["trust"][inside], minlength=len(world.trusts["uid"]))
    first = dict(zip(world.trusts["uid"].astype(str).tolist(), sizes.tolist(), strict=True))
    runs = []
    for seed in SEEDS[: given.runs]:
        runs.append(lived(simulate(scenario, world, seed=seed, years=given.years).tables, first))
        sys.stderr.write(f"run {seed} of {given.runs}\n")
    summary = spread(runs)
    given.out.mkdir(parents=True, exist_ok=True)
    summary.round(4).to_csv(given.out / "summary.csv")
    (given.out / "README.md").write_text(page(summary, world, len(runs)), encoding="utf-8")
    sys.stdout.write((given.out / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
