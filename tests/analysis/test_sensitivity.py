"""Sensitivity: known answers, and what luck does to them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from support.sweeps import (
    ISHIGAMI_FIRST,
    ISHIGAMI_TOTAL,
    ISHIGAMI_VARIANCE,
    Floats,
    Model,
    drawn,
    ishigami,
    problem,
    still,
    values,
)

from matsim.analysis.problem import Crossed, Input, Problem, crossed, minus
from matsim.analysis.sensitivity import morris, one_at_a_time, pairs, sobol
from matsim.analysis.variance import variance
from matsim.core.errors import InputError

LUCK, NOISE = 2.0, 3.0
"""Standard deviations: of luck's main effect, and of what luck does at one point only."""


def _lucky(x: Floats, luck: Floats, each: Floats) -> Floats:
    """Ishigami with luck that moves all points alike, and luck that differs between points."""
    return np.asarray(ishigami(x)[:, None] + LUCK * luck + NOISE * each)


def _by_name(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("parameter").sort_index()


def _runs(
    kind: str,
    points: int,
    model: Model,
    replicates: int = 1,
    seed: int = 1,
    second_order: bool = False,
    levels: int = 4,
) -> tuple[Crossed, Problem]:
    given = problem(kind, 3, -math.pi, math.pi, second_order=second_order, levels=levels)
    return crossed(values(given, drawn(given, points, seed), model, replicates, seed), given), given


def _at(frame: pd.DataFrame, row: str, column: str) -> float:
    return float(frame[column][row])


@pytest.mark.parametrize("second_order", [False, True])
def test_sobol_finds_the_indices_of_ishigami(second_order: bool) -> None:
    runs, given = _runs("sobol", 4096, still(ishigami), second_order=second_order)
    found = _by_name(sobol(runs, given, confidence=0.999))
    for column, exact in (("first", ISHIGAMI_FIRST), ("total", ISHIGAMI_TOTAL)):
        assert (found[f"{column}_low"].to_numpy() <= exact).all()
        assert (found[f"{column}_high"].to_numpy() >= exact).all()
        assert found[column].to_numpy() == pytest.approx(exact, abs=0.02)
    assert (found["first_high"] - found["first_low"]).max() < 0.25  # an interval that says something


def test_sobol_finds_the_one_pair_of_ishigami() -> None:
    runs, given = _runs("sobol", 4096, still(ishigami), second_order=True)
    found = pairs(runs, given, confidence=0.999)
    first = found.iloc[0]
    assert (first["parameter"], first["other"]) == ("x1", "x3")
    assert first["low"] <= ISHIGAMI_TOTAL[2] <= first["high"]
    assert (found["low"].iloc[1:] <= 0).all()


def test_intervals_of_sobol_hold_what_they_promise() -> None:
    inside = 0
    for seed in range(1, 21):
        runs, given = _runs("sobol", 256, still(ishigami), seed=seed)
        found = _by_name(sobol(runs, given, confidence=0.9))
        inside += int(((found["total_low"] <= ISHIGAMI_TOTAL) & (found["total_high"] >= ISHIGAMI_TOTAL)).sum())
    assert inside >= 48  # of 60: 54 expected at 90%, and fewer than 48 by chance once in 100


def test_common_luck_cancels_and_left_over_luck_is_told_apart() -> None:
    runs, given = _runs("sobol", 1024, _lucky, replicates=5)
    found = _by_name(sobol(runs, given))
    # the mean over five replicates keeps NOISE² / 5 at every point; the common luck is gone
    held = ISHIGAMI_VARIANCE / (ISHIGAMI_VARIANCE + NOISE**2 / 5)
    assert found["first"].to_numpy() == pytest.approx(ISHIGAMI_FIRST * held, abs=0.06)
    assert found["luck"].to_numpy() == pytest.approx(np.full(3, 1 - held), abs=0.02)
    assert (found["total"] - found["luck"]).to_numpy() == pytest.approx(ISHIGAMI_TOTAL * held, abs=0.06)


def test_sobol_is_the_same_twice_and_says_when_nothing_depends_on_anything() -> None:
    runs, given = _runs("sobol", 64, _lucky, replicates=2)
    pd.testing.assert_frame_equal(sobol(runs, given, seed=4), sobol(runs, given, seed=4))
    flat, given = _runs("sobol", 8, still(lambda x: np.full(len(x), 2.0)))
    with pytest.raises(InputError, match="same at every point"):
        sobol(flat, given)


def test_one_replicate_leaves_luck_unknown() -> None:
    runs, given = _runs("sobol", 64, _lucky)
    assert sobol(runs, given)["luck"].isna().all()
    assert variance(runs) is None


def _truth() -> Floats:
    found = np.array([ISHIGAMI_VARIANCE, LUCK**2, NOISE**2])
    return np.asarray(found / found.sum())


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("sobol", 16),
        *(pytest.param(*each, marks=pytest.mark.long) for each in (("latin hypercube", 60), ("morris", 15))),
    ],
)
def test_variances_are_unbiased(kind: str, points: int) -> None:
    drawings = []
    for seed in range(1, 201):
        runs, _ = _runs(kind, points, _lucky, replicates=4, seed=seed)
        found = variance(runs)
        assert found is not None
        drawings.append(found.frame["variance"].to_numpy())
    exact = np.array([_grid_variance() if kind == "morris" else ISHIGAMI_VARIANCE, LUCK**2, NOISE**2])
    error = np.std(drawings, axis=0, ddof=1) / math.sqrt(len(drawings))
    assert (np.abs(np.mean(drawings, axis=0) - exact) < 4 * error).all()


def _grid_variance() -> float:
    """Variance of Ishigami over the grid of four levels on which Morris walks."""
    side = np.linspace(-math.pi, math.pi, 4)
    return float(ishigami(np.array(np.meshgrid(side, side, side)).reshape(3, -1).T).var())


def test_shares_and_their_intervals() -> None:
    inside = np.zeros(3)
    for seed in range(1, 101):
        runs, _ = _runs("latin hypercube", 50, _lucky, replicates=10, seed=seed)
        found = variance(runs, confidence=0.9)
        assert found is not None
        inside += (found.frame["low"] <= _truth()) & (found.frame["high"] >= _truth())
    assert (inside >= 82).all()  # of 100 at 90%; fewer than 82 by chance once in 100


def test_a_known_interaction_is_not_taken_for_luck() -> None:
    """Luck that turns a parameter's effect around has no effect of its own."""
    given = problem("latin hypercube", 1, -1.0, 1.0)
    runs = crossed(values(given, drawn(given, 400), lambda x, luck, each: x * luck, 300), given)
    found = variance(runs)
    assert found is not None
    assert found.share("parameters and luck together") == pytest.approx(1, abs=0.02)


def test_negative_estimates_are_marked() -> None:
    found = [variance(_runs("latin hypercube", 20, lambda x, luck, each: each, 4, seed)[0]) for seed in range(20)]
    frames = [each.frame for each in found if each is not None]
    assert any(frame["clipped"].any() for frame in frames)
    assert all((frame.loc[frame["clipped"], "variance"] == 0).all() for frame in frames)


def test_morris_on_a_linear_function() -> None:
    given = problem("morris", 4, 2.0, 5.0)
    slopes = np.array([3.0, -1.0, 0.5, 0.0])
    found = morris(crossed(values(given, drawn(given, 10), still(lambda x: x @ slopes)), given), given)
    assert list(found["parameter"]) == ["x1", "x2", "x3", "x4"]
    assert found["mu"].to_numpy() == pytest.approx(3 * slopes)  # for a move across the range of 3
    assert found["mu_star"].to_numpy() == pytest.approx(3 * abs(slopes))
    assert found["sigma"].to_numpy() == pytest.approx(np.zeros(4), abs=1e-12)


def test_morris_agrees_with_salib() -> None:
    from SALib.analyze import morris as salib

    runs, given = _runs("morris", 12, still(ishigami), levels=6)
    told = {"num_vars": 3, "names": given.names, "bounds": [[-math.pi, math.pi]] * 3}
    theirs = salib.analyze(told, runs.x.to_numpy(), runs.mean, num_levels=6, seed=1)
    ours = _by_name(morris(runs, given))
    for column in ("mu", "mu_star", "sigma"):
        assert ours[column].to_numpy() == pytest.approx(np.asarray(theirs[column], dtype=float))


def test_an_effect_of_a_switch_is_what_switching_does() -> None:
    given = Problem("morris", (Input("on", values=(False, True)), Input("x", low=0.0, high=1.0)))
    unit = drawn(problem("morris", 2), 8)
    unit[:, 0] = unit[:, 0] >= 0.5
    found = _by_name(morris(crossed(values(given, unit, still(lambda x: 5 * x[:, 0] + x[:, 1])), given), given))
    assert _at(found, "on", "mu") == pytest.approx(5)


def test_morris_says_what_luck_alone_would_give() -> None:
    """A parameter without effect stays below the mark, 95 times in 100, however chaotic the runs."""
    given, below = problem("morris", 2), 0
    for seed in range(1, 101):
        frame = values(given, drawn(given, 10, seed), lambda x, luck, each: 30 * x[:, [0]] + luck + each, 4, seed)
        found = _by_name(morris(crossed(frame, given), given))
        below += int(_at(found, "x2", "mu_star") <= _at(found, "x2", "luck"))
        assert _at(found, "x1", "mu_star") > _at(found, "x1", "luck")
    assert 88 <= below <= 100


def test_one_at_a_time() -> None:
    given = Problem("one at a time", (Input("a", low=0.0, high=2.0), Input("b", values=("no", "yes", "some"))))
    a = [1.0, 0.0, 1.0, 2.0, 1.0, 1.0]
    b = ["no", "no", "no", "no", "yes", "some"]
    made = {"yes": 5.0, "some": -1.0, "no": 0.0}
    rows = [(r, a[p], b[p], p, 3 * a[p] + made[b[p]] + 10 * r) for r in (1, 2) for p in range(6)]
    frame = pd.DataFrame(rows, columns=["replicate", "a", "b", "point", "value"]).assign(arm="base")
    found = one_at_a_time(crossed(frame, given), given)
    told = {(row["parameter"], row["value"]): row["effect"] for _, row in found.iterrows()}
    assert told == {("a", 0.0): -3.0, ("a", 2.0): 3.0, ("b", "yes"): 5.0, ("b", "some"): -1.0}
    assert (found["low"] == found["effect"]).all()  # luck moved all points alike, so nothing is uncertain
    assert found["swing"].tolist() == [6.0] * 4


def test_what_is_incomplete_is_left_out_and_said() -> None:
    given = problem("morris", 2)
    frame = values(given, drawn(given, 5), still(lambda x: x[:, 0]), 3)
    frame.loc[(frame["replicate"] == 3) & (frame["point"] > 4), "value"] = np.nan  # still going on
    frame.loc[(frame["replicate"] == 1) & (frame["point"] == 7), "value"] = np.nan  # failed
    found = crossed(frame, given)
    assert found.y.shape == (12, 2)
    assert found.dropped == [
        "1 of 3 replicates, not run to the end",
        "3 of 15 points, where runs failed or are still missing",
    ]
    assert morris(found, given)["mu"].to_numpy() == pytest.approx([1, 0])
    frame["value"] = np.nan
    with pytest.raises(InputError, match="no complete replicate"):
        crossed(frame, given)


def test_the_difference_of_two_arms_on_the_same_luck() -> None:
    given = problem("morris", 1)
    x = drawn(given, 6)
    both = pd.concat(
        [
            values(given, x, lambda x, luck, each: 2 * x + luck, 3, arm="a"),
            values(given, x, lambda x, luck, each: luck + 0 * each, 3, arm="b"),
        ]
    )
    found = minus(both, "a", "b")
    assert found["value"].to_numpy() == pytest.approx(2 * found["x1"].to_numpy())
    with pytest.raises(InputError, match="did you mean"):
        minus(both.replace({"arm": {"b": "steady"}}), "a", "stedy")
