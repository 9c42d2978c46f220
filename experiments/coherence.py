"""Does a trust's strategy group predict its pupils' outcomes, or does how well everything fits?

Writes results/reference/coherence/: a page of text and the small tables it rests on. Takes about three minutes on one
core. Not an experiment file for `matsim sweep`: its gain is a mean over each trust's schools, and to keep
every school of every run would fill gigabytes for two numbers a trust.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from matsim.scenario.load import load, override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import build_world, simulate

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "results" / "reference" / "coherence"
PLAN = {
    "replicates": 16,
    "years": 12,
    "settle": 2,  # years left out at the start, while trusts find their feet
    "smallest": 3,  # schools: smaller trusts are little more than their lead school
}
GROUPS = ("autonomy and identity", "pedagogy and improvement", "community and identity")


def replicate(scenario: Scenario, world: object, seed: int, plan: dict[str, int]) -> pd.DataFrame:
    """One row per multi-academy trust and year, with the mean gain its trust gave its schools."""
    tables = simulate(scenario, world, seed=seed, years=plan["years"]).tables  # type: ignore[arg-type]
    trusts, schools = tables["trust_year"], tables["school_year"]
    first = trusts["year"].min() + plan["settle"]
    keep = (
        (trusts["kind"] == "multi-academy trust") & (trusts["schools"] >= plan["smallest"]) & (trusts["year"] >= first)
    )
    schools = schools[(schools["trust"] >= 0) & (schools["year"] >= first)]
    gain = schools.groupby(["year", "trust"])["lift"].mean().rename("gain").reset_index()
    return trusts[keep].merge(gain, on=["year", "trust"])


def contexts(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """The circumstances that the sources name, as yes or no for each trust and year."""
    weak = frame["weak_schools"] / frame["schools"]
    return {
        "a quarter or more of its schools judged below Good": weak >= 0.25,
        "no school judged below Good": weak == 0.0,
        "spread over 15 km or more": frame["spread_km"] >= 15.0,
        "within 4 km": frame["spread_km"] <= 4.0,
        "people agree": frame["disagreement"] <= frame["disagreement"].quantile(0.33),
        "people differ": frame["disagreement"] >= frame["disagreement"].quantile(0.67),
    }


def effects(frame: pd.DataFrame) -> dict[str, float]:
    """Each group's mean outcome and gain against all trusts', and the slopes on coherence within groups."""
    result: dict[str, float] = {}
    frame = frame.dropna(subset="mean_outcome")  # trusts of special schools alone have none
    for measure in ("mean_outcome", "gain"):
        for group in GROUPS:
            mine = frame["strategy_group"] == group
            result[f"{measure} | {group}"] = float(frame.loc[mine, measure].mean() - frame[measure].mean())
        dummies = np.column_stack([np.ones(len(frame)), *(frame["strategy_group"] == g for g in GROUPS[1:])])
        design = np.column_stack([dummies, frame["coherence"]]).astype(float)
        slope = np.linalg.lstsq(design, frame[measure].to_numpy(), rcond=None)[0][-1]
        result[f"{measure} | coherence, one standard deviation more"] = float(slope * frame["coherence"].std())
    for name, where in contexts(frame).items():
        for group in GROUPS:
            mine = where & (frame["strategy_group"] == group)
            result[f"gain | {group}, {name}"] = float(frame.loc[mine, "gain"].mean() - frame.loc[where, "gain"].mean())
    return result


def interval(values: pd.Series, family: int) -> tuple[float, float, float]:
    """Mean over replicates with its t interval: 95% for all `family` intervals together (Bonferroni)."""
    half = stats.t.ppf(1.0 - 0.025 / family, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def page(summary: pd.DataFrame, plan: dict[str, int], trusts: int) -> str:
    """The written result."""

    def said(key: str) -> str:
        row = summary.loc[key]
        return f"{row['mean']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"

    def verdict(key: str) -> str:
        row = summary.loc[key]
        return "distinguishable from zero" if row["low"] > 0 or row["high"] < 0 else "not distinguishable from zero"

    lines = [
        "# Strategy group or coherence?",
        "",
        f"{plan['replicates']} replicates of England from 2018, {plan['years']} years each, default settings; about "
        f"{trusts:,} multi-academy trusts of {plan['smallest']} schools or more in each. Figures are standard "
        "deviations of a school's value added (for the gain: a year), means over replicates with 95% intervals, "
        "which hold for the three groups together.",
        "",
        "## Pupil outcomes",
        "",
        "| against all trusts | outcome | |",
        "|---|---|---|",
        *(f"| {g} | {said(f'mean_outcome | {g}')} | {verdict(f'mean_outcome | {g}')} |" for g in GROUPS),
        f"| one standard deviation more coherence | {said('mean_outcome | coherence, one standard deviation more')} | "
        f"{verdict('mean_outcome | coherence, one standard deviation more')} |",
        "",
        "## What the trust adds in a year",
        "",
        "| against all trusts | gain | |",
        "|---|---|---|",
        *(f"| {g} | {said(f'gain | {g}')} | {verdict(f'gain | {g}')} |" for g in GROUPS),
        f"| one standard deviation more coherence | {said('gain | coherence, one standard deviation more')} | "
        f"{verdict('gain | coherence, one standard deviation more')} |",
        "",
        "## Where each group does well and badly",
        "",
        "Gain against other trusts in the same circumstances.",
        "",
        "| group | best in | worst in |",
        "|---|---|---|",
    ]
    for group in GROUPS:
        rows = summary[summary.index.str.startswith(f"gain | {group}, ")]
        best, worst = rows["mean"].idxmax(), rows["mean"].idxmin()
        name = [key.split(", ", 1)[1] for key in (best, worst)]
        lines.append(f"| {group} | {name[0]}: {said(best)} | {name[1]}: {said(worst)} |")
    lines += [
        "",
        "The model has no term for the group: statements enter only through how well what they stress suits the "
        "trust's circumstances, measured against what that emphasis usually meets (`matsim/mechanisms/coherence.py`). "
        "That no emphasis is better on average is therefore an assumption taken from the report, and the first table "
        "checks that no other mechanism brings a difference in by the back door. The size of coherence's effect is "
        "assumed; its direction is the sources' thesis.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the replicates and write the result."""
    plan = PLAN
    scenario = load(HERE.parent / "scenarios" / "england-2018.toml", Scenario).scenario
    scenario = override(scenario, {"run.school_year": True}, "coherence.py")
    world = build_world(scenario)
    by_seed, sizes = [], []
    for seed in range(1, plan["replicates"] + 1):
        frame = replicate(scenario, world, seed, plan)
        by_seed.append(effects(frame))
        sizes.append(frame["trust"].nunique())
        sys.stderr.write(f"replicate {seed} of {plan['replicates']}\n")
    table = pd.DataFrame(by_seed)
    # the three groups are read together, coherence by itself
    families = {k: 1 if "coherence" in k else len(GROUPS) for k in table}
    summary = pd.DataFrame({k: interval(table[k], families[k]) for k in table}, index=["mean", "low", "high"]).T
    OUT.mkdir(parents=True, exist_ok=True)
    summary.round(4).to_csv(OUT / "summary.csv", index_label="effect")
    (OUT / "README.md").write_text(page(summary, plan, int(np.mean(sizes))), encoding="utf-8")
    sys.stdout.write((OUT / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
