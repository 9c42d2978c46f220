"""`matsim compare`: what is said and written, exit codes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.frames import record
from support.sweepmaker import stored, sweep
from typer.testing import CliRunner

from matsim.analysis.comparison import ABOUT, Comparison, compare
from matsim.analysis.intervals import share_limits
from matsim.cli import app
from matsim.core.errors import InputError
from matsim.experiment.schema import MEASURES_SHOWN
from matsim.report.markdown import FILES, pages
from matsim.results.manifests import Manifest
from matsim.results.store import Result
from matsim.words.amounts import change, interval

PLAIN = 'title = "Two ways"\nbaseline = "steady"\nmeasures = ["mean_outcome"]\n'
ASKED = PLAIN + '[precision]\nmeasure = "mean_outcome"\nhalf_width = {}\nat_least = 4\n'
rng = np.random.default_rng(1)
LUCK = rng.normal(size=20)
EFFECT = np.where(np.arange(20) < 18, 0.014, -0.002) + 0.001 * rng.normal(size=20)


def result(folder: Path, experiment: str = PLAIN, **more: object) -> Result:
    arms = {"steady": LUCK, "capacity first": LUCK + EFFECT, "again": LUCK}
    marks = {"steady": (1, 2, 3), "capacity first": (1, 5, 6), "again": (1, 2, 3)}
    return stored(sweep(arms, marks=marks, **more), folder, experiment)  # type: ignore[arg-type]


@pytest.fixture
def compared(tmp_path: Path) -> Comparison:
    return compare(result(tmp_path / "r"))


def test_the_known_effect_is_said(compared: Comparison) -> None:
    row = record(compared.paired.set_index("arm"), "capacity first")
    size, often = change(row["mean"], "sd"), [f"{limit:.0%}" for limit in share_limits(0.9, 20, 0.95, 2)]
    sure = interval(row["low"], row["high"], "sd", 0.95)
    assert compared.sentences[0] == (
        f"In 18 of 20 futures (95% interval {' to '.join(often)}), 'capacity first' ends with higher pupil outcomes "
        f"than steady; the difference is {size} ({sure})."
    )
    assert row["low"] < EFFECT.mean() < row["high"]


def test_the_null_arm_is_alike_everywhere(compared: Comparison) -> None:
    often = "in all 20 futures (95% interval 83% to 100%)"
    assert f"Again and steady are exactly alike {often}: pupil outcomes." in compared.sentences
    assert f"Again and steady never part: the same events happen {often}." in compared.sentences
    assert "The worlds of 'capacity first' and steady part in 2019/20 (20 futures)." in compared.sentences
    row = compared.paired.set_index("arm").loc["again"]
    assert (row[["mean", "low", "high", "q05", "q95"]] == 0).all()


def test_nothing_is_called_significant(compared: Comparison) -> None:
    assert "signific" not in " ".join([*compared.sentences, *compared.notes]).lower()


def test_no_difference_is_said_as_one_that_cannot_be_told(tmp_path: Path) -> None:
    arms = {"steady": [1.0, 2.0, 3.0], "other": [1.2, 1.9, 3.0]}
    found = compare(stored(sweep(arms), tmp_path / "r", PLAIN))
    assert found.sentences[0].startswith(
        "No difference between other and steady can be told from zero in pupil outcomes"
    )
    assert found.sentences[0].endswith("higher in 1 of 3 futures, 95% interval 1% to 91%).")


def test_one_replicate_has_no_interval(tmp_path: Path) -> None:
    found = compare(stored(sweep({"steady": [1.0], "other": [1.5]}), tmp_path / "r", PLAIN))
    assert found.sentences[0] == (
        "In the one future there is, other ends with higher pupil outcomes than steady; the difference is +0.50 sd. "
        "No interval can be given: that takes two draws of luck or more."
    )


def test_failed_runs_are_said_and_their_pairs_left_out(tmp_path: Path) -> None:
    found = compare(result(tmp_path / "r", failed=[0, 4]))
    assert "2 of 60 runs failed (steady 1, 'capacity first' 1); they are left out." in found.notes
    assert found.failed["error"].tolist() == ["ValueError: made to fail"] * 2
    assert [record(found.paired.set_index("arm"), "capacity first")[name] for name in ["pairs", "left_out"]] == [18, 2]
    assert [record(found.bands.set_index("arm"), "steady")[name] for name in ["n", "missing"]] == [19, 1]


def test_an_arm_without_a_finished_run_is_told_by_dashes(tmp_path: Path) -> None:
    """Runs 1, 3 and 5 are of nobody: every one of them failed."""
    arms = {"as it is": [1.0, 2.0, 3.0], "nobody": [1.0, 2.0, 3.0]}
    stored(sweep(arms, failed=[1, 3, 5]), tmp_path / "r", PLAIN.replace("steady", "as it is"))
    said = CliRunner().invoke(app, ["compare", str(tmp_path / "r"), "--satisfice", "mean_outcome>=0"])
    assert said.exit_code == 0
    assert "nan" not in said.output
    assert "– to –" not in said.output
    assert "regret" not in said.output
    assert "3 runs of 2 arms, compared with 'as it is'" in said.output
    assert "from 'as it is'" in said.output
    assert "There is no future in which both nobody and 'as it is' have a value for pupil outcomes." in said.output
    page = CliRunner().invoke(app, ["compare", str(tmp_path / "r"), "--out", str(tmp_path / "page")])
    assert page.exit_code == 0
    assert "nan" not in (tmp_path / "page" / "README.md").read_text(encoding="utf-8")


def test_two_futures_are_both(tmp_path: Path) -> None:
    found = compare(stored(sweep({"steady": [1.0, 2.0], "other": [1.0, 2.0]}), tmp_path / "r", PLAIN))
    assert (
        "Other and steady are exactly alike in both futures (95% interval 16% to 100%): pupil outcomes."
        in found.sentences
    )


def test_sizes_in_words() -> None:
    assert change(0.01, "share") == "+1.0 points"
    assert change(float("nan"), "£ per pupil") == "–"
    assert interval(float("nan"), float("nan"), "sd", 0.95) == "–"


def test_a_measure_without_values_is_said(tmp_path: Path) -> None:
    made = sweep({"steady": [1.0, 2.0], "other": [1.0, 2.0]})
    made.run_year["outcome_in_mats"] = np.nan
    found = compare(stored(made, tmp_path / "r", PLAIN), ["outcome_in_mats"])
    assert (
        found.sentences[0]
        == "There is no future in which both other and steady have a value for pupil outcomes in MATs."
    )
    assert CliRunner().invoke(app, ["compare", str(tmp_path / "r"), "--measure", "outcome_in_mats"]).exit_code == 0


def test_one_arm_alone_is_described(tmp_path: Path) -> None:
    found = compare(stored(sweep({"steady": LUCK}), tmp_path / "r", PLAIN))
    assert found.paired.empty
    assert len(found.bands) == 1
    assert CliRunner().invoke(app, ["compare", str(tmp_path / "r")]).exit_code == 0


def test_counts_and_shares_have_words_of_their_own(tmp_path: Path) -> None:
    for measure, words in (("merges", "fewer trusts merged"), ("share_in_mats", "a lower share of schools in MATs")):
        made = sweep({"steady": [10.0, 12.0, 11.0], "other": [1.0, 2.0, 2.0]}, measure)
        found = compare(stored(made, tmp_path / measure, PLAIN), [measure])
        assert f"In all 3 futures (95% interval 29% to 100%), other ends with {words}" in found.sentences[0]


def test_the_default_measures_are_the_experiment_files() -> None:
    assert ABOUT == MEASURES_SHOWN


def test_points_and_luck(tmp_path: Path) -> None:
    base = rng.normal(size=(6, 1)) + rng.normal(size=(1, 5))
    made = sweep({"steady": base, "other": base + 1.0}, factors={"joining.pull": [1, 2, 3, 4, 5]})
    found = compare(stored(made, tmp_path / "r", PLAIN))
    assert found.paired["pairs"].tolist() == [30]
    assert found.spread["points"].tolist() == [5, 5]
    assert any("point of the design and one of 6 draws of luck" in note for note in found.notes)


def group_rows() -> list[dict[str, object]]:
    values = {"a and b": 1.0, "c": 1.5}
    return [
        {"run": run, "year": 2020, "grouping": "strategy group", "group": group, "schools": size}
        | {"mean_outcome": value + LUCK[run] + 0.01 * run * size}
        for run in range(4)
        for size, (group, value) in enumerate(values.items())
    ]


def test_groups_inside_runs(tmp_path: Path) -> None:
    made = sweep({"steady": LUCK[:4]}, groups=group_rows())
    found = compare(stored(made, tmp_path / "r", PLAIN), ["mean_outcome"], by="strategy group")
    row = found.paired.iloc[0]
    assert (row["within"], row["arm"], row["against"], row["pairs"]) == ("steady", "a and b", "c", 4)
    assert row["mean"] == pytest.approx(-0.5 - 0.015)
    assert found.sentences[0].startswith(
        "Inside steady: in all 4 runs (95% interval 40% to 100%), 'a and b' ends with lower pupil outcomes than c;"
    )
    assert any("not the effect of belonging" in note for note in found.notes)


def test_a_group_that_an_arm_never_has_is_not_spoken_of(tmp_path: Path) -> None:
    """Runs 0, 2, … are of steady, 1, 3, … of other, which has no trust of 'a and b'."""
    rows = [row for row in group_rows() if not (int(str(row["run"])) % 2 and row["group"] == "a and b")]
    made = sweep({"steady": LUCK[:2], "other": LUCK[:2]}, groups=rows)
    found = compare(stored(made, tmp_path / "r", PLAIN), ["mean_outcome"], by="strategy group")
    assert found.paired["within"].tolist() == ["steady"]
    assert not any("Inside other" in line for line in found.sentences)


class TestCommandLine:
    def run(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["compare", *words])
        return done.exit_code, done.output

    def test_tables_and_findings(self, tmp_path: Path) -> None:
        result(tmp_path / "r")
        code, said = self.run(str(tmp_path / "r"), "--satisfice", "mean_outcome>=0")
        assert code == 0
        for part in ("Two ways: 60 runs of 3 arms, compared with steady", "half of futures", "regret", "Findings"):
            assert part in said
        assert f"{np.mean(LUCK >= 0):.0%}" in said

    def test_json(self, tmp_path: Path) -> None:
        result(tmp_path / "r")
        code, said = self.run(str(tmp_path / "r"), "--json", "--when", "mean", "--against", "again")
        told = json.loads(said)
        assert (code, told["schema_version"], told["against"], told["when"]) == (0, 1, "again", "mean")
        assert {row["arm"] for row in told["paired"]} == {"steady", "capacity first"}

    def test_out(self, tmp_path: Path) -> None:
        result(tmp_path / "r")
        code, _ = self.run(str(tmp_path / "r"), "--out", str(tmp_path / "tables"))
        assert code == 0
        names = {file.name for file in (tmp_path / "tables").iterdir()}
        assert names == {f"{n}.csv" for n in ("bands", "years", "paired", "parting", "robust", "spread", "since")} | {
            "README.md"
        }
        stored_pairs = pd.read_csv(tmp_path / "tables" / "paired.csv")
        assert stored_pairs["mean"].tolist() == pytest.approx([EFFECT.mean(), 0.0])

    def test_precision_decides_the_exit_code(self, tmp_path: Path) -> None:
        result(tmp_path / "wide", ASKED.format(0.01))
        result(tmp_path / "narrow", ASKED.format(0.00001))
        assert self.run(str(tmp_path / "wide"))[0] == 0
        code, said = self.run(str(tmp_path / "narrow"))
        assert code == 5
        assert "was not reached: ±0.00" in said
        assert "would be needed" in said

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--measure", "mean_outcom"], "did you mean 'mean_outcome'"),
            (["--against", "capacity firs"], "did you mean 'capacity first'"),
            (["--when", "2031"], "2018 to 2020"),
            (["--when", "soon"], "should be last, mean or a year"),
            (["--satisfice", "mean_outcome"], "should be a measure"),
            (["--by", "strategy grup"], "did you mean 'strategy group'"),
            (["--by", "group", "--satisfice", "mean_outcome>=1"], "--satisfice: is for arms"),
            (
                ["--against", "nobody"],
                "--against: there is no arm 'nobody'; there is 'steady', 'capacity first' and 'ag",
            ),
            (["--measure", "nobody"], "--measure: there is no measure 'nobody'"),
            (["--satisfice", "x"], "--satisfice: 'x' should be a measure"),
            (["--by", "x"], "--by: there is no grouping 'x'; there is 'strategy group' and 'growth strategy'"),
            (["--by", "group"], "no multi-academy trusts"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path: Path, words: list[str], told: str) -> None:
        result(tmp_path / "r")
        code, said = self.run(str(tmp_path / "r"), *words)
        assert code == 3
        assert told in said

    def test_a_single_run_is_no_sweep(self, tmp_path: Path) -> None:
        stored(sweep({"steady": [1.0]}), tmp_path / "r", PLAIN, kind="run")
        code, said = self.run(str(tmp_path / "r"))
        assert code == 3
        assert "needs a sweep" in said

    def test_a_damaged_experiment_file_is_said(self, tmp_path: Path) -> None:
        result(tmp_path / "r", "title = ")
        with pytest.raises(InputError, match="is damaged and cannot be read"):
            compare(Result(tmp_path / "r", Manifest({**_manifest(tmp_path / "r"), "kind": "sweep"}), ""))


def _manifest(folder: Path) -> Manifest:
    return Manifest(json.loads((folder / "manifest.json").read_text()))


def test_a_folder_for_pages_is_no_result_and_holds_nothing_older(tmp_path: Path) -> None:
    made = result(tmp_path / "r")
    before = sorted(path.name for path in made.folder.iterdir())
    for command in ("compare", "analyse"):
        told = CliRunner().invoke(app, [command, str(made.folder), "--out", str(made.folder)])
        assert told.exit_code == 3
        assert f"{made.folder}: holds a result; name another folder" in told.stderr
    assert sorted(path.name for path in made.folder.iterdir()) == before
    out = tmp_path / "page"
    words = ["compare", str(made.folder), "--out", str(out)]
    assert CliRunner().invoke(app, [*words, "--satisfice", "mean_outcome>0"]).exit_code == 0
    assert (out / "satisficing.csv").is_file()
    (out / "mine.csv").write_text("a")
    assert CliRunner().invoke(app, words).exit_code == 0
    assert not (out / "satisficing.csv").exists()
    assert (out / "mine.csv").read_text() == "a"
    assert set(pages(made, compare(made))) <= set(FILES)
