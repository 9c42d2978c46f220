"""Precision: half-widths by hand, the replicates needed, and how often intervals cover the truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from matsim.analysis.intervals import half_width, share_interval, spread_of_luck, spread_of_mean
from matsim.analysis.precision import Precision, precision_wanted, reached
from matsim.experiment.schema import PrecisionWanted


def frame_of(base: np.ndarray, **arms: np.ndarray) -> pd.DataFrame:
    """Values frames from grids (replicates, points); the baseline is called base."""
    parts = []
    for name, given in {"base": base, **arms}.items():
        grid = np.asarray(given, dtype=float).reshape(len(given), -1)
        replicate, point = np.indices(grid.shape)
        columns = {"point": point.ravel(), "replicate": replicate.ravel() + 1, "value": grid.ravel()}
        parts.append(pd.DataFrame(columns).assign(arm=name, seed=lambda f: f["replicate"]))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(run=range(len(frame)))


def wanted(half: float, at_least: int = 2, confidence: float = 0.95) -> Precision:
    return Precision("mean_outcome", half, confidence, at_least, 200)


def test_the_half_width_is_students() -> None:
    base = np.array([0.0, 1.0, 5.0, 2.0])
    found = reached(frame_of(base, other=base + np.arange(1.0, 5.0)), wanted(10.0), "base")
    by_hand = t.ppf(0.975, 3) * math.sqrt((5 / 3) / 4)  # the differences 1 to 4 have the variance 5/3
    assert found.half_width == pytest.approx(by_hand)
    assert (found.reached, found.n, found.arm) == (True, 4, "other")


def test_the_number_needed_is_the_first_that_would_do() -> None:
    base = np.zeros(4)
    frame = frame_of(base, other=np.array([1.0, 2.0, 3.0, 4.0]))
    found = reached(frame, wanted(0.5), "base")
    assert not found.reached

    def would(n: int) -> float:
        return float(t.ppf(0.975, n - 1) * math.sqrt((5 / 3) / n))

    assert would(found.needed) <= 0.5 < would(found.needed - 1)


def test_it_is_never_reached_before_at_least() -> None:
    frame = frame_of(np.zeros(4), other=np.ones(4))
    assert reached(frame, wanted(0.1), "base").reached
    found = reached(frame, wanted(0.1, at_least=8), "base")
    assert (found.reached, found.half_width, found.needed) == (False, 0.0, 8)


def test_one_replicate_cannot_tell() -> None:
    found = reached(frame_of(np.zeros(1), other=np.ones(1)), wanted(0.1, at_least=8), "base")
    assert (found.reached, found.needed, found.n) == (False, 8, 1)
    assert math.isnan(found.half_width)


def test_without_other_arms_it_is_the_measure_itself() -> None:
    found = reached(frame_of(np.array([1.0, 2.0, 3.0, 4.0])), wanted(10.0), "base")
    assert found.half_width == pytest.approx(t.ppf(0.975, 3) * math.sqrt((5 / 3) / 4))


def test_the_least_well_known_arm_decides_and_arms_count_together() -> None:
    steps = np.array([1.0, 2.0, 3.0, 4.0])
    found = reached(frame_of(np.zeros(4), calm=np.ones(4), wild=steps), wanted(1.0), "base")
    assert found.arm == "wild"
    assert found.half_width == pytest.approx(t.ppf(1 - 0.025 / 2, 3) * math.sqrt((5 / 3) / 4))


def test_failed_pairs_do_not_count() -> None:
    other = np.array([1.0, 2.0, np.nan, 4.0])
    found = reached(frame_of(np.array([0.0, np.nan, 0.0, 0.0]), other=other), wanted(100.0), "base")
    assert found.n == 2


def test_more_points_do_not_stand_in_for_luck() -> None:
    luck = np.array([0.0, 1.0, 2.0, 3.0])[:, None] + np.zeros((1, 50))
    few, many = spread_of_luck(luck[:, :1]), spread_of_luck(luck)
    assert many.variance == pytest.approx(few.variance)


def test_the_file_and_the_analysis_have_the_same_defaults() -> None:
    given: dict[str, Any] = {"measure": "mean_outcome", "half_width": 0.01}
    ours, theirs = precision_wanted({"precision": given}), PrecisionWanted(**given)
    assert ours is not None
    assert vars(ours) == theirs.model_dump()
    assert precision_wanted({}) is None


def covers(grids: np.ndarray, truth: float, confidence: float = 0.95) -> float:
    """How often the interval of the mean of a grid holds the truth."""
    hits = [abs(grid.mean() - truth) <= half_width(spread_of_mean(grid), confidence) for grid in grids]
    return float(np.mean(hits))


@pytest.mark.parametrize(("replicates", "points"), [(8, 12), (20, 5), (5, 40), (3, 3)])
@pytest.mark.parametrize(("luck", "uncertain"), [(1.0, 1.0), (1.0, 0.2), (0.2, 1.0)])
def test_intervals_cover_what_they_say(replicates: int, points: int, luck: float, uncertain: float) -> None:
    """Futures share luck and points: an interval that forgot it would cover far less often."""
    rng = np.random.default_rng(1)
    grids = 0.3 + rng.normal(size=(1000, replicates, points))
    grids += luck * rng.normal(size=(1000, replicates, 1)) + uncertain * rng.normal(size=(1000, 1, points))
    assert 0.92 <= covers(grids, 0.3) <= 0.99


@pytest.mark.parametrize("shape", [(8, 1), (30, 1)])
def test_in_one_dimension_intervals_are_exact(shape: tuple[int, int]) -> None:
    grids = 0.3 + np.random.default_rng(5).normal(size=(4000, *shape))
    assert covers(grids, 0.3) == pytest.approx(0.95, abs=0.012)  # three and a half standard errors


def test_forgetting_shared_luck_would_cover_too_little() -> None:
    """The check above can fail: the ordinary interval over all cells does."""
    rng = np.random.default_rng(2)
    grids = rng.normal(size=(1000, 5, 40)) + rng.normal(size=(1000, 5, 1))
    plain = [abs(g.mean()) <= 1.96 * g.std(ddof=1) / math.sqrt(g.size) for g in grids]
    assert np.mean(plain) < 0.5
    assert covers(grids, 0.0) > 0.925


def test_missing_cells_do_not_bias_the_interval() -> None:
    rng = np.random.default_rng(3)
    grids = rng.normal(size=(1000, 8, 10)) + rng.normal(size=(1000, 8, 1)) + rng.normal(size=(1000, 1, 10))
    grids[rng.random(grids.shape) < 0.1] = np.nan
    hits = [abs(np.nanmean(g)) <= half_width(spread_of_mean(g), 0.95) for g in grids]
    assert np.mean(hits) > 0.92


@pytest.mark.slow
def test_what_stopping_when_narrow_costs() -> None:
    """From eight replicates on, stopping at the wanted width keeps most of the 95%; from two it does not."""
    rng = np.random.default_rng(4)
    draws = rng.normal(size=(1500, 200))

    def coverage(at_least: int) -> float:
        hits = []
        for row in draws:
            n = at_least
            while half_width(spread_of_luck(row[:n, None]), 0.95) > 0.5 and n < 200:
                n += 1
            hits.append(abs(row[:n].mean()) <= half_width(spread_of_luck(row[:n, None]), 0.95))
        return float(np.mean(hits))

    careful, hasty = coverage(8), coverage(2)
    assert careful >= 0.915
    assert hasty < careful


def test_clopper_and_pearson_by_hand() -> None:
    share, low, high = share_interval(np.array([1.0] * 18 + [0.0] * 2)[:, None], 0.95)
    # Clopper and Pearson's limits for 18 of 20
    assert (share, round(low, 4), round(high, 4)) == (0.9, 0.683, 0.9877)
    assert share_interval(np.ones((10, 1)), 0.95)[2] == 1.0
    assert share_interval(np.zeros((10, 1)), 0.95)[:2] == (0.0, 0.0)
    assert all(math.isnan(x) for x in share_interval(np.full((3, 1), np.nan), 0.95))


def test_shares_of_futures_that_share_luck_are_less_sure() -> None:
    alone = np.array([1.0] * 6 + [0.0] * 4)[:, None]
    together = np.repeat(alone, 30, axis=1)
    assert share_interval(together, 0.95) == pytest.approx(share_interval(alone, 0.95), abs=0.02)
