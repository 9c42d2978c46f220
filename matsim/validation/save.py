"""A validation, and a forecast check, as stored results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from matsim.evidence.targets import FILE
from matsim.results.store import Result, manifest, write
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.inventory import lists
from matsim.validation.forecast import Check
from matsim.validation.scorecard import Scorecard
from matsim.validation.tables import FORECAST_TABLES, VALIDATION_TABLES


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
