"""`matsim analyse`: on sweeps whose answers are known, and what it says of those it cannot analyse."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.calling import call, fine
from support.sweepmaker import stored
from support.sweepmaker import sweep as made
from support.sweeps import Floats, drawn, problem

HEAD = 'title = "A test"\nscenario = "area-300"\nmeasures = ["mean_outcome"]\n'
FACTORS = "".join(f'\n[[uncertainties]]\nname = "x{i}"\nlow = 0.0\nhigh = 1.0\n' for i in (1, 2, 3))
LUCK = np.array([0.4, -0.1, 0.3, -0.6])


def _sweep(folder: Path, kind: str, x: Floats, arms: dict[str, Floats], more: str = "", text: str = FACTORS) -> Path:
    """A stored sweep: each arm's values (points,) on the luck of four replicates."""
    grids = {arm: LUCK[:, None] + values for arm, values in arms.items()}
    factors = {f"x{i + 1}": list(x[:, i]) for i in range(x.shape[1])} if text else {}
    stored(made(grids, factors=factors), folder, f'{HEAD}{text}\n[design]\nkind = "{kind}"\n{more}')
    return folder


@pytest.fixture
def morris(tmp_path: Path) -> Path:
    x = drawn(problem("morris", 3), 6)
    return _sweep(
        tmp_path / "m", "morris", x, {"a": 2 * x[:, 0] - x[:, 1], "b": 3 * x[:, 0] - x[:, 1]}, "trajectories = 6"
    )


def test_by_default_it_does_what_the_design_is_for(morris: Path) -> None:
    told = fine("analyse", morris, "--arm", "a")
    assert "what changes the measure most is x1 (2.0 sd, up) and x2 (1.0 sd, down)" in told
    assert "Not told from what luck alone could make: x3" in told
    assert "luck by itself" in told
    assert "x1: uncertainty; 0 to 1" in told


def test_the_difference_of_arms_on_the_same_luck(morris: Path) -> None:
    told = json.loads(fine("analyse", morris, "--against", "a", "--json"))
    (one,) = told["analyses"]
    assert (one["arm"], one["points"], one["replicates"]) == ("b against a", 24, 4)
    luck, effects = one["findings"]
    assert [row["share"] for row in luck["rows"]] == pytest.approx([1, 0, 0])  # the luck they share is gone
    assert {row["parameter"]: row["mu"] for row in effects["rows"]} == pytest.approx({"x1": 1, "x2": 0, "x3": 0})


def test_tables_are_written_the_same_twice(morris: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        fine("analyse", morris, "--out", tmp_path / name, "--scores", "--sensitivity")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["correlations.csv", "luck.csv", "morris.csv", "scores.csv", "sentences.txt"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    effects = pd.read_csv(tmp_path / "one" / "morris.csv")
    assert list(effects["arm"].unique()) == ["a", "b"]


def test_sobol_and_pairs(tmp_path: Path) -> None:
    x = drawn(problem("sobol", 3, second_order=True), 128)
    folder = _sweep(
        tmp_path / "s", "sobol", x, {"a": (x[:, 0] - 0.5) * (x[:, 1] - 0.5)}, "second_order = true\npoints = 128"
    )
    told = fine("analyse", folder)
    assert "The largest part that can be told from luck of the variance between points comes from" in told
    assert "Pairs that act together: x1 and x2" in told


def test_one_at_a_time(tmp_path: Path) -> None:
    x = np.full((7, 3), 0.5)
    for point in range(1, 7):
        x[point, (point - 1) // 2] = (point - 1) % 2
    told = fine("analyse", _sweep(tmp_path / "o", "one at a time", x, {"a": 4 * x[:, 0]}))
    assert "the widest swings that can be told from luck come from x1 (4.0 sd)" in told
    assert "Cannot be told from no change: x2 and x3" in told


def test_other_designs_get_scores(tmp_path: Path) -> None:
    x = drawn(problem("latin hypercube", 3), 60)
    folder = _sweep(tmp_path / "l", "latin hypercube", x, {"a": 4 * x[:, 0] - x[:, 1]})
    told = fine("analyse", folder)
    assert "Ahead of every shuffled copy in all forests: x1" in told
    assert "The measure goes with x1 (up) and x2 (down)" in told
    refused = call("analyse", folder, "--sensitivity")
    assert refused.code == 3
    assert "--scores works on any design" in refused.err


def test_a_small_design_shows_luck_and_leaves_scores_out(tmp_path: Path) -> None:
    x = drawn(problem("latin hypercube", 3), 9)
    folder = _sweep(tmp_path / "l", "latin hypercube", x, {"as it is": 4 * x[:, 0], "missed": x[:, 1]})
    told = fine("analyse", folder)
    assert "Pupil outcomes (sd), 'as it is': 9 points" in told
    assert "Left out: feature scores and rank correlations, which need at least 20 points; there are 9." in told
    assert "What the variance of a single run is due to" in told
    assert "Pupil outcomes (sd), missed against 'as it is': 9 points" in fine(
        "analyse", folder, "--against", "as it is"
    )
    assert "--scores: need at least 20 points; there are 9\n" in call("analyse", folder, "--scores").err
    none = fine("analyse", folder, "--arm", "as it is", "--discover", "mean_outcome<2", "--each", "run")
    need = "it takes 40 points or more, 8 or more of them with a failure and 8 or more with a success"
    assert re.search(
        rf"No box: too few futures to tell: {need}; of the 9 here \d have a failure and \d a success\.", none
    )


HEADLINES = (
    "of the variance between points comes from",
    "what changes the measure most is",
    "Ahead of every shuffled copy",
    "The measure goes with x",
    "act together:",
    "swings that can be told from luck come from",
)
"""How sentences begin that name what a measure depends on."""


@pytest.mark.parametrize(
    ("kind", "points", "more"),
    [
        ("sobol", 8, "second_order = true\npoints = 8"),
        ("morris", 8, "trajectories = 8"),
        ("latin hypercube", 40, ""),
        ("one at a time", 0, ""),
    ],
)
@pytest.mark.parametrize("replicates", [1, 3])
def test_where_luck_dominates_nothing_is_named(
    tmp_path: Path, kind: str, points: int, more: str, replicates: int
) -> None:
    """Measures of noise alone, and of one replicate, of which luck is unknown: no headline in either."""
    x = drawn(problem(kind, 3, second_order=kind == "sobol"), points) if points else corners()
    rng, named = np.random.default_rng(7), 0
    for trial in range(5):
        noise = rng.normal(size=(replicates, len(x)))
        if replicates == 1:
            noise = noise * 0 + 4 * x[:, 0]
        text = f'{HEAD}{FACTORS}\n[design]\nkind = "{kind}"\n{more}'
        factors = {f"x{i + 1}": list(x[:, i]) for i in range(3)}
        stored(made({"a": noise}, factors=factors), tmp_path / str(trial), text)
        told = fine("analyse", tmp_path / str(trial))
        found = [line for line in HEADLINES if line in told]
        if replicates == 1:
            assert not found
            assert "One replicate: how much of this is luck is not known, so no parameter is named." in told
        named += bool(found)
        if "still luck" in told and (drowned := re.search(r"replicates, (\d+)% of the variance is still luck", told)):
            assert int(drowned[1]) < 50 or kind == "one at a time" or not found
    assert named <= 1  # intervals hold for 19 of 20


def corners() -> Floats:
    x = np.full((7, 3), 0.5)
    for point in range(1, 7):
        x[point, (point - 1) // 2] = (point - 1) % 2
    return x


def test_what_luck_leaves_is_named(tmp_path: Path) -> None:
    """The same designs with an effect five times the noise: the guard does not silence what is there."""
    x = drawn(problem("sobol", 3), 64)
    noise = np.random.default_rng(8).normal(size=(4, len(x))) / 4
    text = f'{HEAD}{FACTORS}\n[design]\nkind = "sobol"\npoints = 64'
    stored(
        made({"a": 4 * x[:, 0] + noise}, factors={f"x{i + 1}": list(x[:, i]) for i in range(3)}), tmp_path / "s", text
    )
    assert "Most of the variance between points comes from x1 (" in fine("analyse", tmp_path / "s")


def test_the_spread_of_a_share_is_in_points(tmp_path: Path) -> None:
    x = drawn(problem("latin hypercube", 3), 9)
    grid = LUCK[:, None] / 100 + x[:, 0] / 100
    text = HEAD.replace("mean_outcome", "share_in_mats") + FACTORS + '\n[design]\nkind = "latin hypercube"\n'
    factors = {f"x{i + 1}": list(x[:, i]) for i in range(3)}
    stored(made({"a": grid}, "share_in_mats", factors=factors), tmp_path / "s", text)
    assert re.search(r"A single run has a standard deviation of 0\.\d\d points\.", fine("analyse", tmp_path / "s"))


def test_a_box_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matsim.analysis.discovery.HALVES", 4)  # its words are asked for here, not how sure it is
    x = drawn(problem("latin hypercube", 3), 80)
    fails = (x[:, 0] > 0.6) & (x[:, 2] < 0.5)
    arms = {"growth first": np.where(fails, -0.5, 0.5), "capacity first": np.zeros(80)}
    folder = _sweep(tmp_path / "d", "latin hypercube", x, arms)
    told = fine("analyse", folder, "--arm", "growth first", "--discover", "mean_outcome<0")
    pattern = r"'growth first' fails where x1 is above 0\.\d+ \(its range is 0 to 1\) and x3 is below 0\.\d+ \("
    assert re.search(pattern, told)
    assert f"That is so in {fails.sum()} of 80 points" in told
    assert f"of the points there fail ({fails.mean():.0%} overall)" in told
    worse = fine("analyse", folder, "--discover-worse-than", "capacity first", "--json")
    box = json.loads(worse)["analyses"][0]["findings"][-1]
    assert [row["name"] for row in box["rows"]] == ["x1", "x3"]
    assert [box["rows"][0]["low"], box["rows"][1]["high"]] == pytest.approx([0.6, 0.5], abs=0.1)
    assert box["title"].startswith("Where 'growth first' does worse than 'capacity first'")
    none = fine("analyse", folder, "--arm", "capacity first", "--discover", "mean_outcome<-1")
    assert "No box: no future fails." in none


def test_what_cannot_be_analysed_is_said(morris: Path, tmp_path: Path) -> None:
    arms = _sweep(tmp_path / "a", "arms", np.zeros((1, 0)), {"a": np.zeros(1), "b": np.ones(1)}, text="")
    for words, told in (
        ((arms,), "varies no parameters"),
        ((morris, "--arm", "c"), "--arm: there is no arm 'c'; there is 'a' and 'b'"),
        ((morris, "--against", "c"), "--against: there is no arm 'c'; there is 'a' and 'b'"),
        ((morris, "--discover-worse-than", "c"), "--discover-worse-than: there is no arm 'c'; there is 'a' and 'b'"),
        ((morris, "--by", "2"), "--by: says how much worse than an arm"),
        ((morris, "--each", "run"), "--each run: is for a discovery"),
        ((morris, "--measure", "mean_outcom"), "did you mean 'mean_outcome'"),
        ((morris, "--discover", "mean_outcome"), "--discover: 'mean_outcome' should be a measure"),
        ((morris, "--arm", "a", "--against", "a"), "cannot be compared with itself"),
        ((morris, "--against", "a", "--discover-worse-than", "b"), "a question of its own"),
        ((morris, "--each", "school"), "should be point or run"),
        ((tmp_path,), "is not a matsim result"),
    ):
        refused = call("analyse", *words)
        assert refused.code == 3
        assert told in refused.err


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = drawn(problem("sobol", 3), 4)
    folder = _sweep(tmp_path / "s", "sobol", x, {"a": x[:, 0]})
    monkeypatch.setitem(sys.modules, "SALib.analyze.sobol", None)
    refused = call("analyse", folder)
    assert refused.code == 3
    assert "pip install matsim-trusts[analysis]" in refused.err
