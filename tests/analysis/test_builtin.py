"""Every answer begins with what is built in by assumption, and claims nothing that is made by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from support.sweepmaker import stored, sweep
from typer.testing import CliRunner

from matsim.analysis.comparison import compare
from matsim.analysis.sentences import built_in
from matsim.cli import app
from matsim.experiment.load import load_experiment
from matsim.report.markdown import pages
from matsim.results.store import Result

PARAMETERS = pd.DataFrame(
    {
        "name": ["vision.autonomy", "vision.pull", "improvement.travel", "clusters.on"],
        "unit": ["share", "ratio", "minutes", "switch"],
        "assumed": [False, True, True, True],
    }
)
TOLD = {
    "arms": [
        {"name": "as it is"},
        {"name": "one"},
        {"name": "far and wide", "set": {"vision.autonomy": 1.0, "clusters.on": False}},
    ],
    "uncertainties": [{"name": "improvement.travel"}, {"name": "vision.autonomy"}],
    "built_in": "What a centre does is assumed.\n",
}


def test_it_says_how_many_changes_and_how_much_of_them_is_assumed() -> None:
    assert built_in(TOLD, PARAMETERS, ["as it is", "one", "far and wide"], "as it is") == (
        "Built in: 'far and wide' differs from 'as it is' in 2 changes at once (`vision.autonomy` and `clusters.on`), "
        "chosen for the experiment. What they do follows from assumption and judgement (assumed are 1 of 2 "
        "numbers in `vision`); it was not measured in England.",
        "Built in: of the 2 numbers varied between futures 1 is assumed.",
        "What a centre does is assumed.",
    )


def test_arms_with_the_same_changes_share_a_sentence() -> None:
    arms = [{"name": name, "set": {"vision.autonomy": value}} for name, value in (("a", 0.1), ("b", 0.5), ("c", 1.0))]
    told = built_in({"arms": arms}, PARAMETERS, ["a", "b", "c"], "a")
    assert len(told) == 1
    assert told[0].startswith("Built in: b and c each differ from a in one change (`vision.autonomy`), chosen for")


EXPERIMENT = """
title = "Two ways"
question = "Which?"
built_in = "The drift is made by what is assumed."
no_claim = ["mean_outcome"]
measures = ["mean_outcome", "reserves_share"]
scenario = "england-2018"
baseline = "steady"
[[arms]]
name = "steady"
[[arms]]
name = "other"
set = { "clusters.on" = false }
"""


@pytest.fixture
def result(tmp_path: Path) -> Result:
    luck = np.arange(20.0)
    made = sweep({"steady": luck, "other": luck + 1.0})
    made.run_year["reserves_share"] = made.run_year["mean_outcome"] / 100
    return stored(made, tmp_path / "r", EXPERIMENT)


def test_every_writer_begins_with_it_and_claims_nothing_of_what_it_makes(result: Result) -> None:
    found = compare(result)
    page = pages(result, found)["README.md"]
    short = page.split("## In short")[1].split("## ")[0].strip().splitlines()
    assert short[0].startswith("- Built in: other differs from steady in one change (`clusters.on`)")
    assert short[1] == "- The drift is made by what is assumed."
    assert short[2] == "- Of pupil outcomes nothing is claimed: what is built in makes their differences."
    assert short[3].startswith(
        "- Other compared with steady, on 20 draws of luck: higher in trusts' reserves over income"
    )
    claims = [line for line in page.splitlines() if line.startswith("- ") and "pupil outcomes" in line.lower()]
    # a caveat says whose outcomes they are
    of_whom = [line for line in claims if line.startswith("- Pupil outcomes are of mainstream schools")]
    assert claims == [short[2], *[line for line in claims if "luck makes" in line], *of_whom]
    said = CliRunner().invoke(app, ["compare", str(result.folder)]).output
    findings = said.split("Findings")[1].splitlines()[1:4]
    assert [line.strip()[:8] for line in findings] == ["Built in", "The drif", "In all 2"]
    assert "ends with higher pupil outcomes" not in said


HEADLINES = ROOT / "experiments"


@pytest.mark.parametrize("file", ["strategy-groups", "break-points", "clustered-or-scattered", "proximity"])
def test_headline_experiments_say_what_they_have_built_in(file: str) -> None:
    found = load_experiment(HEADLINES / f"{file}.toml")
    assert found.built_in.strip().endswith(".")
    if file == "strategy-groups":
        assert {"mean_outcome", "outcome_in_mats"} <= set(found.no_claim)
