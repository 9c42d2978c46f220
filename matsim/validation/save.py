"""A validation, and a forecast check, as stored results: their tables, and writing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from matsim.evidence.targets import FILE
from matsim.results.store import Result, manifest, write
from matsim.results.tables import OutColumn, TableSpec
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.inventory import lists
from matsim.validation.forecast import Check
from matsim.validation.scorecard import Scorecard

C = OutColumn

SCORECARD = TableSpec(
    "scorecard",
    ("pattern",),
    "One row per pattern: what England did, what the simulations gave, and how well that is",
    (
        C("pattern", "string", "name", "Short name of the pattern"),
        C("group", "string", "choice", "What kind of pattern it is"),
        C("title", "string", "text", "What it is, in words"),
        C("quantity", "string", "name", "Function of matsim.validation that gives it"),
        C("start", "int64", "year", "Academic year in which the simulations begin"),
        C("date", "string", "text", "When it was so in England"),
        C("unit", "string", "unit", "Unit of target, tolerance and simulated values"),
        C("target", "float64", "as unit", "The published value; of a shape 0, the distance that would be none"),
        C("tolerance", "float64", "as unit", "How far the simulated value may lie from it"),
        C("weight", "float64", "weight", "Weight in the score"),
        C("source", "string", "key", "Source of the target (matsim.evidence.SOURCES)"),
        C("evidence", "string", "text", "Where the figure is listed"),
        C("simulated", "float64", "as unit", "Middle of the replicates; of a shape, its distance from the target"),
        C("low", "float64", "as unit", "Fifth percentile over replicates"),
        C("high", "float64", "as unit", "Ninety-fifth percentile over replicates"),
        C("judged", "string", "choice", "What of the replicates is compared: median or mean; of a shape the distance"),
        C("error", "float64", "as unit", "Standard error of the replicates' mean; nan of one"),
        C("sure", "bool", "flag", "Whether that is at most a third of the tolerance"),
        C("gap", "float64", "as unit", "Distance of the simulated value from the target"),
        C("off", "float64", "ratio", "Gap over tolerance"),
        C("implausibility", "float64", "ratio", "Gap over the root of tolerance² and variance between replicates"),
        C("points", "float64", "share", "1 / (1 + (gap / tolerance)²)"),
        C("passed", "bool", "flag", "Whether the gap is within the tolerance"),
        C("counted", "bool", "flag", "Whether it counts towards the score"),
        C("explanation", "string", "text", "Why it fails, or why it is not counted"),
        C("population", "string", "text", "Whom the published value is of, where it is of a sample"),
        C("certainty", "string", "choice", "How sure the published value is, where it was judged: high or medium"),
        C("breaks", "string", "text", "Mechanism without which the model misses it, where that was found"),
    ),
)

REPLICATES = TableSpec(
    "replicates",
    ("pattern", "part", "replicate"),
    "Every pattern in every replicate",
    (
        C("pattern", "string", "name", "Short name of the pattern"),
        C("part", "string", "name", "Part of a shape; empty for a plain number"),
        C("start", "int64", "year", "Academic year in which the simulation began"),
        C("replicate", "int64", "count", "Replicate, from 1"),
        C("seed", "int64", "choice", "Seed of the run"),
        C("value", "float64", "as unit", "What the run gave"),
    ),
)

VALIDATION_TABLES: dict[str, TableSpec] = {spec.name: spec for spec in (SCORECARD, REPLICATES)}

_CHANCE = C(
    "chance", "float64", "share", "Share of the forecaster's samples in which it grew (a trust) or moved (a school)"
)
_SURPRISE = C("surprise", "float64", "nats", "Minus the logarithm of the smoothed probability of what was observed")
_FORECASTER = C("forecaster", "string", "name", "matsim, or one of the three baselines; 'observed' for the truth")

FORECAST_TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec(
            "scores",
            ("forecaster", "part"),
            "Each forecaster's proper scores; lower is better but for which trusts grew",
            (
                _FORECASTER,
                C("part", "string", "text", "What was forecast"),
                C("score", "float64", "as unit", "Mean −log probability, or energy score; nan where there is none"),
                C("unit", "string", "unit", "Unit of the score"),
            ),
        ),
        TableSpec(
            "trust_forecasts",
            ("trust", "forecaster"),
            "Every trust of the first file: what became of it, and what was forecast",
            (
                C("trust", "int64", "id", "Group UID of the trust"),
                C("size", "int64", "schools", "Its schools in the first file"),
                C("observed", "string", "choice", "What became of its size"),
                _FORECASTER,
                _CHANCE,
                _SURPRISE,
            ),
        ),
        TableSpec(
            "school_forecasts",
            ("school", "forecaster"),
            "Every school of the first file: where it went, and what was forecast",
            (
                C("school", "int64", "id", "URN of the school in the establishment file"),
                C("observed", "int64", "row", "Row of its trust in order of UID; −1 maintained, −2 gone, last + 1 new"),
                _FORECASTER,
                _CHANCE,
                _SURPRISE,
            ),
        ),
        TableSpec(
            "summary",
            ("forecaster", "quantity"),
            "Plain figures: what was observed beside what was forecast",
            (
                _FORECASTER,
                C("quantity", "string", "text", "What is counted"),
                C("value", "float64", "as named", "Median over samples"),
                C("low", "float64", "as named", "Fifth percentile over samples"),
                C("high", "float64", "as named", "Ninety-fifth percentile over samples"),
            ),
        ),
    )
}


def save(
    out: Path,
    card: Scorecard,
    results: pd.DataFrame,
    scenario: Scenario,
    *,
    overwrite: bool = False,
    command: Sequence[str] = (),
    wall: float = 0.0,
) -> Result:
    """Write a validation's folder. `scenario` is the one that was validated; its start year is of no account."""
    seeds = sorted({int(seed) for seed in results.seed})
    about = manifest(
        command,
        seeds[0] if seeds else scenario.run.seed,
        {"targets": FILE},
        wall,
        {
            "kind": "validation",
            "title": "Does it behave like England?",
            "question": "Which published facts does the model meet, from 2010 and from 2018, and which does it miss?",
            "replicates": len(seeds),
            "seeds": seeds,
            "score": card.score,
            "passed": card.passed,
            "counted": card.counted,
        },
    )
    tables = {"scorecard": card.patterns, "replicates": results}
    return write(
        out,
        tables,
        about,
        resolved(scenario),
        overwrite=overwrite,
        specs=VALIDATION_TABLES,
        lists=lists(scenario),
    )


def save_forecast(
    out: Path,
    check: Check,
    scenario: Scenario,
    files: Mapping[str, Path],
    *,
    seeds: Sequence[int],
    months: int,
    overwrite: bool = False,
    command: Sequence[str] = (),
    wall: float = 0.0,
) -> Result:
    """Write a forecast check's folder; `files` by what they are are digested into its manifest."""
    about = manifest(
        command,
        seeds[0],
        dict(files),
        wall,
        {
            "kind": "forecast",
            "title": "From published files to later ones",
            "question": "Does the model foresee which schools join which trusts better than simple rules do?",
            "replicates": len(seeds),
            "seeds": list(seeds),
            "months": months,
            "matched": dict(check.account),
            "world": dict(check.world),
            "notes": list(check.notes),
        },
    )
    return write(
        out,
        check.tables,
        about,
        resolved(scenario),
        overwrite=overwrite,
        specs=FORECAST_TABLES,
        lists=lists(scenario),
    )
