"""The project's experiments: what they ask, a null arm, a known effect, and their committed pages."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from matsim.analysis.comparison import Comparison, compare
from matsim.cli import app
from matsim.core.find import named_files
from matsim.experiment.ensemble import Ensemble, make_ensemble
from matsim.experiment.load import arms_of, load_experiment
from matsim.experiment.runner import sweep
from matsim.experiment.schema import Experiment
from matsim.measures import GROUP_MEASURES, MEASURES
from matsim.report.markdown import pages
from matsim.results.manifests import Manifest
from matsim.results.store import Result

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HEADLINES = re.findall(r"^HEADLINES := (.+)$", MAKEFILE, re.MULTILINE)[0].split()
CHECKS = ("null", "known-effect")
NEAR = 0.66
"""Mean nearness of the 2,275 cases that came to commissioners in a run of 15 years, as in proximity.toml's comment."""


@cache
def loaded(name: str) -> Experiment:
    return load_experiment(name)


@cache
def plan(name: str) -> Ensemble:
    return make_ensemble(loaded(name), None)


def run(name: str, folder: Path) -> Result:
    return sweep(plan(name), folder, workers=0)


@pytest.fixture(scope="module")
def null(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run("null", tmp_path_factory.mktemp("null") / "sweep")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run("known-effect", tmp_path_factory.mktemp("known") / "sweep")


@pytest.fixture(scope="module")
def nothing(null: Result) -> Comparison:
    return compare(null)


@pytest.fixture(scope="module")
def groups(null: Result) -> Comparison:
    return compare(null, by="strategy group")


@pytest.fixture(scope="module")
def effect(known: Result) -> Comparison:
    return compare(known)


def test_there_are_five_headlines_and_the_checks() -> None:
    assert len(HEADLINES) == 5
    ours = {name for name, path in named_files("experiment").items() if path.resolve().parent == ROOT / "experiments"}
    assert ours >= {*HEADLINES, *CHECKS}


@pytest.mark.parametrize("name", [*HEADLINES, *CHECKS])
def test_it_says_what_it_asks_and_makes_a_plan(name: str) -> None:
    experiment = loaded(name)
    assert experiment.title
    assert experiment.question.endswith("?")
    assert set(experiment.measures) <= set(MEASURES)
    assert any(MEASURES[measure].better for measure in experiment.measures)
    assert len({str(arm.world) for arm in plan(name).arms.values()}) == 1, "arms share their luck only in one world"


@pytest.mark.parametrize("name", HEADLINES)
def test_a_headline_samples_something_besides_luck(name: str) -> None:
    experiment = loaded(name)
    assert experiment.uncertainties
    assert len(plan(name).settings) * plan(name).replicates >= 40
    assert "mean_outcome" in experiment.measures, "the one outcome that does not hang on which schools are in trusts"


def test_commissioners_of_every_arm_are_about_equally_strict() -> None:
    """More weight on nearness lifts every score: the threshold has to follow, whatever the defaults become."""
    arms: dict[str, Any] = {name: arm.commissioners[0] for name, arm in arms_of(loaded("proximity")).items()}
    found, usual = list(arms.values()), arms["as usual"]
    wanted = {name: usual.threshold + NEAR * (policy.nearness - usual.nearness) for name, policy in arms.items()}
    figures = ", ".join(f"{name} {threshold:.2f}" for name, threshold in wanted.items())
    thresholds = {name: policy.threshold for name, policy in arms.items()}
    assert thresholds == pytest.approx(wanted, abs=0.006), f"proximity.toml: thresholds should be {figures}"
    assert sorted(policy.nearness for policy in found) == [policy.nearness for policy in found]


def test_a_null_arm_differs_nowhere(null: Result) -> None:
    found = compare(null, list(MEASURES))
    assert set(found.paired["measure"]) == set(MEASURES)
    known = found.paired[found.paired["pairs"] > 0]
    assert len(known) > 40
    zero = ["mean", "low", "high", "median", "share_better", "share_worse", "luck_half_width"]
    assert (known[zero] == 0).all().all()
    assert (known["share_same"] == 1).all()
    assert (found.parting["parted"] == 0).all()
    for table in ("run_year", "run_group_year"):
        frame = null.table(table).merge(null.table("runs")[["run", "arm", "point", "replicate"]], on="run")
        arms = [part.drop(columns=["run", "arm"]) for _, part in frame.groupby("arm")]
        assert arms[0].reset_index(drop=True).equals(arms[1].reset_index(drop=True))


def test_a_null_arm_is_said_to_be_alike(null: Result, nothing: Comparison) -> None:
    page = pages(null, nothing)["README.md"]
    assert "- 'the same again' and 'as it is' are exactly alike in everything compared, on " in page
    assert "never part" in page
    assert "better on" not in page


def test_a_known_effect_is_found_and_no_other_size(known: Result) -> None:
    found = compare(known, ["central_charge"], when="mean")
    row = found.paired.iloc[0]
    assert row[["mean", "low", "high"]].tolist() == pytest.approx([0.01] * 3, abs=1e-12)
    assert row["share_better"] == 1
    levels = found.bands.set_index("arm")["median"]
    assert levels.to_dict() == pytest.approx({"five percent": 0.05, "six percent": 0.06})


def test_a_known_effect_is_said_in_its_unit(known: Result, effect: Comparison) -> None:
    page = pages(known, effect)["README.md"]
    assert "higher in MATs' central charge" in page
    assert "the difference is +1.0 points (95% interval +1.0 to +1.0)" in page
    assert "Nothing was varied but luck" in page


def test_a_page_gives_the_plain_command(known: Result, effect: Comparison) -> None:
    typed = "matsim sweep known-effect --quiet --out results/known -q --json"
    made = replace(known, manifest=Manifest(known.manifest | {"command": typed}))
    page = pages(made, effect)["README.md"]
    assert "\nmatsim sweep known-effect --out results/known\nmatsim compare results/known --out DIR\n" in page


def test_the_same_runs_make_the_same_page(known: Result, effect: Comparison, tmp_path: Path) -> None:
    again = run("known-effect", tmp_path / "elsewhere")
    assert pages(again, compare(again)) == pages(known, effect)


def test_groups_inside_runs_stand_beside_the_arms(null: Result, nothing: Comparison, groups: Comparison) -> None:
    files = pages(null, nothing, groups)
    assert "## Groups of trusts inside the runs" in files["README.md"]
    assert "not the effect of belonging to a group" in files["README.md"]
    assert {"groups_bands.csv", "groups_paired.csv"} <= set(files)
    assert set(groups.measures) <= set(GROUP_MEASURES)
    with pytest.raises(ValueError, match="comparison is of groups"):
        pages(null, groups)


def test_the_command_writes_the_same_files(
    null: Result, nothing: Comparison, groups: Comparison, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["compare", str(null.folder), "--by", "group", "--out", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    written = {file.name: file.read_bytes().decode() for file in (tmp_path / "page").iterdir()}
    assert written == pages(null, nothing, groups)


REFERENCE = ROOT / "results" / "reference"


@pytest.mark.parametrize("name", HEADLINES)
def test_the_committed_page_answers_the_question_of_the_file(name: str) -> None:
    page = (REFERENCE / name / "README.md").read_text(encoding="utf-8")
    experiment = loaded(name)
    assert page.startswith(f"# {experiment.title}\n\n*{experiment.question}*\n")
    assert f"matsim sweep {name} --out results/headlines/{name}\n" in page
    for arm in experiment.arms:
        assert f"- **{arm.name}**: " in page
    for measure in experiment.measures:
        title = MEASURES[measure].title
        assert f"| {title[0].upper()}{title[1:]}" in page
    csv = {file.stem for file in (REFERENCE / name).glob("*.csv")}
    assert csv >= {"bands", "years", "paired", "parting", "robust", "spread", "parts", "since", "assumptions"}
