"""A small stored result of every kind that a report tells."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from support.calling import fine
from support.sharing import shared

KINDS = ("run", "twin", "sweep", "validation")

EXPERIMENT = """
title = "Answers"
question = "What is it worth that trusts answer their break points?"
scenario = "area-300"
replicates = 3
years = 4
measures = ["mean_outcome", "backoffice_per_pupil_primary", "share_in_mats"]
[[arms]]
name = "as they see"
[[arms]]
name = "never"
set = { "break_points.answers" = "never" }
[[uncertainties]]
name = "backoffice.balance"
[[uncertainties]]
name = "seeking.threshold"
[design]
kind = "one at a time"
"""


def results(factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A stored result of every kind, made once for all tests."""
    return {kind: shared(factory, f"report-{kind}", partial(_make, kind)) for kind in KINDS}


def _make(kind: str, place: Path) -> None:
    common = ("--years", 5, "--quiet", "--out", place)
    if kind == "run":
        fine("run", "area-300", *common)
    elif kind == "twin":
        fine("twin", "area-300", "--set", "break_points.answers=never", *common)
    elif kind == "sweep":
        _sweep(place)
    else:
        _validation(place)


def _sweep(place: Path) -> None:
    from matsim.experiment.ensemble import make_ensemble
    from matsim.experiment.load import load_experiment
    from matsim.experiment.runner import sweep

    file = place.with_suffix(".toml")
    file.write_text(EXPERIMENT, encoding="utf-8")
    sweep(make_ensemble(load_experiment(file), None), place, workers=0)


def _validation(place: Path) -> None:
    """A scorecard of a pattern of each kind, one of them missed: what a validation stores, without the runs."""
    import pandas as pd

    from matsim.evidence.targets import read_targets
    from matsim.scenario.load import load_scenario
    from matsim.validation.save import save
    from matsim.validation.scorecard import score

    targets = list({t.group: t for t in read_targets() if not t.shape and t.counted}.values())
    rows = [
        (t.id, "", t.start, replicate, replicate, t.value[0] + (3.0 if i == 0 else 0.1 * replicate) * t.tolerance)
        for i, t in enumerate(targets)
        for replicate in (1, 2, 3)
    ]
    results = pd.DataFrame(rows, columns=["pattern", "part", "start", "replicate", "seed", "value"])
    save(place, score(results, targets), results, load_scenario("england-2018"))
