"""Where a difference holds: halves of what was varied, the year since when, and the words that follow from both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.sweepmaker import stored, sweep

from matsim.analysis.comparison import compare
from matsim.analysis.frame import Sweep, values
from matsim.analysis.where import parts, since
from matsim.report.markdown import pages
from matsim.results.store import Result

HARM = [0.5, 1.0, 1.5, 2.0]
FACTORS = {"break_points.harm": HARM}
PLAIN = (
    'title = "Two ways"\nquestion = "Which?"\nbaseline = "steady"\nmeasures = ["mean_outcome"]\n'
    '[[arms]]\nname = "steady"\n[[arms]]\nname = "other"\n[arms.set]\n"break_points.answers" = "never"\n'
    '[[uncertainties]]\nname = "break_points.harm"\nlow = 0.0\nhigh = 2.0\n'
)
rng = np.random.default_rng(5)
LUCK = rng.normal(size=(8, 1)) + rng.normal(size=(1, 4))
NOISE = 0.001 * rng.normal(size=(8, 4))


def two(effects: list[float], measure: str = "mean_outcome") -> Sweep:
    """Two arms whose difference is the effect of each point, and a little luck."""
    return sweep({"steady": LUCK, "other": LUCK + np.array(effects) + NOISE}, measure, factors=FACTORS)


def page(effects: list[float], folder: Path) -> str:
    result: Result = stored(two(effects), folder, PLAIN)
    return pages(result, compare(result))["README.md"]


class TestParts:
    def test_halves_have_their_own_differences(self) -> None:
        found = parts(values(two([0.1, 0.1, 0.3, 0.3]), "mean_outcome"), "steady", "higher")
        assert found["part"].tolist() == ["lower half", "upper half"]
        assert found["covers"].tolist() == ["0.5 to 1", "1.5 to 2"]
        assert found["mean"].tolist() == pytest.approx([0.1, 0.3], abs=0.002)
        assert found["pairs"].tolist() == [16, 16]

    def test_intervals_are_those_of_luck(self) -> None:
        """Two points as far apart as these would say nothing as a sample; luck hardly moves their mean."""
        row = parts(values(two([0.1, 0.9, 0.1, 0.9]), "mean_outcome"), "steady", "higher").iloc[0]
        assert row["told_apart"]
        assert row["high"] - row["mean"] == pytest.approx(row["luck_half_width"])
        assert row["low"] < 0.5 < row["high"] < 0.51

    def test_one_draw_of_luck_tells_nothing_apart(self) -> None:
        made = sweep({"a": [[1.0, 2.0, 3.0, 4.0]], "b": [[1.1, 2.3, 3.1, 4.3]]}, factors=FACTORS)
        row = parts(values(made, "mean_outcome"), "a", "higher").iloc[0]
        assert row[["luck_half_width", "low", "high"]].isna().all()
        assert not row["told_apart"]

    def test_listed_values_are_parts_of_their_own(self) -> None:
        made = two([0.1, 0.1, 0.3, 0.3])
        made.points["number"] = np.nan
        made.points["value"] = ["never", "always", "never", "always"]
        found = parts(values(made, "mean_outcome"), "steady", "higher")
        assert found["part"].tolist() == ["always", "never"]
        assert found["mean"].tolist() == pytest.approx([0.2, 0.2], abs=0.002)

    def test_no_factors_no_parts(self) -> None:
        assert parts(values(sweep({"a": [1.0, 2.0], "b": [2.0, 3.1]}), "mean_outcome"), "a", "higher").empty


class TestSince:
    def made(self, by_year: list[float]) -> Sweep:
        made = sweep({"a": rng.normal(size=12), "b": np.zeros(12)})
        year = made.run_year.merge(made.runs[["run", "arm", "replicate"]], on="run")
        base = year.groupby(["year", "replicate"])["mean_outcome"].transform("sum")
        effect = np.array(by_year)[year["year"] - 2018] + 0.001 * np.sin(7.0 * year["replicate"])
        made.run_year["mean_outcome"] = np.where(year["arm"] == "b", base + effect, year["mean_outcome"])
        return made

    @pytest.mark.parametrize(
        ("by_year", "first"),
        [([1, 1, 1], 2018), ([0, 1, 1], 2019), ([-1, 1, 1], 2019), ([1, 0, 1], 2020), ([1, 1, 0], None)],
    )
    def test_the_year_from_which_it_stays(self, by_year: list[float], first: int | None) -> None:
        found = since(self.made(by_year), "mean_outcome", "a")
        assert found["arm"].tolist() == ["b"]
        year = found["since"][0]
        assert np.isnan(year) if first is None else year == first


class TestWords:
    def test_they_follow_the_numbers_whichever_way(self, tmp_path: Path) -> None:
        said = "- Other compared with steady, on 8 draws of luck: "
        assert f"{said}better on pupil outcomes." in page([0.1] * 4, tmp_path / "up")
        assert f"{said}worse on pupil outcomes." in page([-0.1] * 4, tmp_path / "down")
        level = page([0.0] * 4, tmp_path / "level")
        assert (
            "- Other compared with steady, on 8 draws of luck: no difference can be told from zero in pupil outcomes."
            in level
        )

    def test_cheaper_is_better(self, tmp_path: Path) -> None:
        made = two([-10.0, -10.1, -10.2, -10.3], "backoffice_per_pupil_mats")
        result = stored(made, tmp_path / "r", PLAIN)
        text = pages(result, compare(result, ["backoffice_per_pupil_mats"]))["README.md"]
        assert "better on back-office cost per pupil in MATs" in text
        assert "whichever schools are in MATs" in text

    def test_what_holds_everywhere_is_said_to(self, tmp_path: Path) -> None:
        text = page([0.1, 0.11, 0.12, 0.13], tmp_path / "r")
        assert "In each half of everything that was varied, every difference above is on the same side." in text
        assert "the other way round" not in text

    def test_what_changes_the_size_is_named(self, tmp_path: Path) -> None:
        text = page([0.1, 0.11, 0.5, 0.51], tmp_path / "r")
        assert "Other: the size of the difference in pupil outcomes varies: +0.10" in text
        assert "sd where `break_points.harm` is 0.5 to 1 (the lower half of what was run); +0.50" in text
        assert "outcomes varies" not in page([0.1] * 4, tmp_path / "even")

    def test_a_half_in_which_it_turns_is_named(self, tmp_path: Path) -> None:
        text = page([-0.1, -0.11, 0.5, 0.52], tmp_path / "r")
        assert "Where `break_points.harm` is 0.5 to 1 (the lower half of what was run), other differs from" in text
        assert "as it does not overall" in text

    def test_a_half_in_which_it_fails_is_named_and_so_are_contrary_futures(self, tmp_path: Path) -> None:
        effects = [0.0, 0.0, 0.1, 0.1]
        result = stored(two(effects), tmp_path / "r", PLAIN)
        found = compare(result, confidence=0.6)
        assert found.paired["told_apart"].all()
        text = pages(result, found)["README.md"]
        contrary = round(found.paired["share_worse"][0] * 32)
        assert contrary > 0
        assert f"Other: the other way round for pupil outcomes in {contrary} of 32 futures (" in text

    def test_csv_holds_what_the_page_says(self, tmp_path: Path) -> None:
        result = stored(two([0.1] * 4), tmp_path / "r", PLAIN)
        found = compare(result)
        files = pages(result, found)
        assert set(files) == {"README.md", *(f"{name}.csv" for name in (*found.frames, "parts", "since"))}
        (tmp_path / "paired.csv").write_text(files["paired.csv"], newline="")
        again = pd.read_csv(tmp_path / "paired.csv")
        assert again["mean"].tolist() == pytest.approx(found.paired["mean"].tolist(), rel=1e-7)
