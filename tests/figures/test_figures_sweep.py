"""Figures of sweeps and validations: differences, regret, sensitivities, scores."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from matsim.analysis.bands import bands
from matsim.analysis.intervals import future_quantile
from matsim.analysis.paired import paired
from matsim.analysis.robust import robust
from matsim.figures import Figure
from matsim.figures.arms import arms_over_years, paired_differences, regret
from matsim.figures.scores import FURTHEST, scorecard
from matsim.figures.sensitivity import MOST, morris, named, sobol, tornado

EVIL = 'more <a href="https://x.test">growth</a>'


def there(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def texts(figure: Figure) -> str:
    """The plot as JSON, without Plotly's escapes of `<` and `/`, which a browser takes off again."""
    return json.dumps(json.loads(str(figure.plot.to_json())), ensure_ascii=False)


@pytest.fixture
def runs() -> pd.DataFrame:
    """40 futures of three arms: one better by 0.2, one by nothing to speak of."""
    rng = np.random.default_rng(1)
    rows = []
    for replicate in range(1, 41):
        luck = rng.normal(0, 1)
        for arm, gain in (("steady", 0.0), (EVIL, 0.2), ("same", 0.0)):
            rows.append((arm, 0, replicate, replicate, luck + gain + rng.normal(0, 0.1)))
    return pd.DataFrame(rows, columns=["arm", "point", "replicate", "seed", "value"]).assign(run=range(len(rows)))


def test_differences_are_those_of_the_analysis(runs: pd.DataFrame) -> None:
    found = paired(runs, "steady")
    found.insert(0, "measure", "mean_outcome")
    figure = there(paired_differences(found))
    share = float(found.loc[found["arm"] == EVIL, "share_better"].iloc[0])
    assert f"{int(found['told_apart'].sum())} of 2 differences" in figure.title
    assert EVIL in figure.title
    assert f"better in {share:.0%} of futures" in figure.title
    dots = [t for t in json.loads(texts(figure))["data"] if t["mode"] == "markers"]
    assert [t["x"][0] for t in dots] == pytest.approx(found["mean"].tolist())
    hollow = [t["marker"]["color"] == "#ffffff" for t in dots]
    assert hollow == [not a for a in found["told_apart"]]
    assert "<a " not in texts(figure)
    assert figure.table["Arm"].tolist() == [EVIL, "same"]
    assert figure.table["Measure"].unique().tolist() == ["Pupil outcomes"]


def test_arms_have_their_bands(runs: pd.DataFrame) -> None:
    years = pd.concat([runs.assign(year=2018), runs.assign(year=2019, value=runs["value"] + 1)])
    frame = bands(years, by=("arm", "year"))
    frame.insert(0, "measure", "mean_outcome")
    figure = there(arms_over_years(frame, "mean_outcome"))
    last = years[(years["year"] == 2019) & (years["arm"] == "steady")]["value"]
    low, high = (future_quantile(last.to_numpy(), share, 40) for share in (0.05, 0.95))
    told = f"“steady” {last.median():.2f} sd (nine in ten futures: {low:.2f} sd to {high:.2f} sd)"
    assert told.replace("-", "−") in figure.title
    assert figure.title.endswith("on 40 draws of luck.")
    assert len(figure.table) == 6
    assert "<a " not in texts(figure)
    assert arms_over_years(frame, "reserves_share") is None


def test_regret_names_the_arm_with_the_smallest_worst(runs: pd.DataFrame) -> None:
    frame = robust(runs, "higher")
    figure = there(regret(frame, "mean_outcome"))
    best = frame.sort_values("max_regret").iloc[0]
    assert f"“{best['arm']}” has the smallest greatest regret" in figure.title
    assert f"{best['max_regret']:.2f} sd" in figure.title
    assert "in 40 futures" in figure.title
    assert len(figure.table) == 3


def test_parameters_are_named_in_words() -> None:
    assert named("joining.pull_of_near") == "Joining: pull of near"
    assert named("seed") == "Seed"
    assert named("a.b", {"a.b": "how far trusts look"}) == "how far trusts look"


def effects(count: int = 3, luck: tuple[float, float] = (0.01, 0.9)) -> pd.DataFrame:
    rows = [
        (f"room.number_{i}", str(value), sign * (count - i) * 0.1, *luck, (count - i) * 0.2)
        for i in range(count) for value, sign in ((1, -1), (2, 1))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["parameter", "value", "effect", "low", "high", "swing"])


def test_tornado_has_a_row_with_two_bars_for_each_parameter() -> None:
    figure = there(tornado(effects(), "mean_outcome"))
    assert "“Room: number 0” moves pupil outcomes most: −0.30 sd to +0.30 sd" in figure.title
    for luck in ((np.nan, np.nan), (-0.2, 0.4)):  # one replicate; an interval that holds 0
        told = there(tornado(effects(luck=luck), "mean_outcome")).title
        assert told == "It cannot be told from luck what moves pupil outcomes most."
    plot = json.loads(texts(figure))
    dots = [t for t in plot["data"] if t["mode"] == "markers"]
    assert [t["x"][0] for t in dots] == pytest.approx([-0.3, 0.3, -0.2, 0.2, -0.1, 0.1])
    assert len({t["y"][0] for t in dots}) == 3
    many = there(tornado(effects(MOST + 5), "mean_outcome"))
    assert f"{MOST} largest of {MOST + 5}" in many.note
    assert len(many.table) == 2 * (MOST + 5)
    assert tornado(effects().assign(effect=np.nan), "mean_outcome") is None


def test_morris_tells_luck_from_effect() -> None:
    frame = pd.DataFrame(
        {"parameter": ["a.x", "a.y"], "effects": 8, "mu": 0.1, "mu_star": [0.5, 0.1], "mu_star_low": [0.4, 0.05],
         "mu_star_high": [0.6, 0.2], "sigma": [0.1, 0.3], "luck": 0.2}
    )  # fmt: skip
    figure = there(morris(frame, "mean_outcome"))
    assert "“A: x” moves pupil outcomes most, by 0.50 sd" in figure.title
    for luck in (0.45, np.nan):  # within the interval; one replicate
        told = there(morris(frame.assign(luck=luck), "mean_outcome")).title
        assert told == "It cannot be told from luck what moves pupil outcomes most."
    assert "1 of 2 parameters stand out from luck" in figure.title
    unknown = there(morris(frame.assign(luck=np.nan), "mean_outcome"))
    assert "not known" in unknown.note
    assert morris(frame.iloc[:0], "mean_outcome") is None


def test_sobol_puts_luck_beside_the_parameters() -> None:
    frame = pd.DataFrame(
        {"parameter": ["a.x", "a.y"], "first": [0.5, 0.1], "total": [0.62, 0.2], "total_low": [0.5, 0.1],
         "total_high": [0.7, 0.3], "luck": 0.05}
    )  # fmt: skip
    figure = there(sobol(frame, "mean_outcome", luck=0.31))
    assert "“A: x” has a part in 62%" in figure.title
    for luck in (0.55, 0.4, np.nan):  # within the interval; most of the total; one replicate
        told = there(sobol(frame.assign(luck=luck), "mean_outcome")).title
        assert told == "It cannot be told from luck what the variance of pupil outcomes between settings comes from."
    assert "luck alone is 31%" in figure.title
    assert figure.table["Parameter"].tolist() == ["A: x", "A: y", "Luck (of single runs)"]
    assert "luck" not in there(sobol(frame, "mean_outcome")).title


@pytest.fixture
def scores() -> pd.DataFrame:
    off = np.array([0.3, -1.5, 20.0, np.nan])
    return pd.DataFrame(
        {"pattern": ["a-b", "c-d", "e-f", "g-h"], "group": ["growth", "growth", "money", "money"],
         "title": ["Share <b>", "Other", "Third", "Fourth"], "unit": "share", "target": 0.3, "tolerance": 0.02,
         "simulated": 0.3 + 0.02 * off, "low": 0.3 + 0.02 * (off - 1), "high": 0.3 + 0.02 * (off + 1),
         "passed": [True, False, False, False], "counted": [True, True, True, False]}
    )  # fmt: skip


def test_scorecard_draws_tolerances_and_says_pass_by_shape(scores: pd.DataFrame) -> None:
    figure = there(scorecard(scores))
    assert "1 of 3 patterns came out within tolerance" in figure.title
    assert "third, 20.0 tolerances away" in figure.title
    dots = [t for t in json.loads(texts(figure))["data"] if t["mode"] == "markers"]
    assert [t["x"][0] for t in dots] == pytest.approx([0.3, -1.5, FURTHEST])
    assert [t["marker"]["symbol"] for t in dots] == ["circle", "x", "x"]
    assert figure.table["Within tolerance"].tolist() == ["yes", "no", "no", "not counted"]
    assert "<b>Share" not in texts(figure)
    assert "Share <b>" not in texts(figure)
    assert len(there(scorecard(scores, "growth")).table) == 2
    assert scorecard(scores.assign(simulated=np.nan)) is None
    assert scorecard(scores.iloc[:0]) is None
