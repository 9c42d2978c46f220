"""Effectiveness comes from fit, not from the strategy group: direction of the mechanism A6."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.views import largest, several

from matsim.mechanisms.improvement import trust_lift
from matsim.simulation.model import TrustSystem
from matsim.world.base import World

type Floats = NDArray[np.float64]

PEDAGOGY = 1


def averages(county: World, seeds: range, **changes: Any) -> dict[str, Floats]:
    """Every trust of two schools or more, averaged over six years: group, coherence, lift and outcome, over seeds."""
    found: dict[str, list[Floats]] = {"group": [], "coherence": [], "lift": [], "outcome": []}
    for seed in seeds:
        model = TrustSystem(county, scenario(**changes), seed)
        schools, trusts, size = model.state.schools, model.state.trusts, len(model.state.trusts) + 500
        sums = np.zeros((4, size))
        for _ in range(6):
            model.run_for(1)
            rows, who = model.state.in_trusts(), several(model.state)
            of = schools.trust[rows]
            for i, column in enumerate((schools.lift, schools.outcome)):
                sums[i, who] += np.bincount(of, weights=column[rows], minlength=size)[who] / trusts.schools[who]
            sums[2, who] += trusts.coherence[who]
            sums[3, who] += 1.0
        seen = np.flatnonzero(sums[3])
        found["group"].append(trusts.group[seen].astype(np.float64))
        for i, name in enumerate(("lift", "outcome", "coherence")):
            found[name].append(sums[i, seen] / sums[3, seen])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def regress(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Least squares of y (n,) on columns x (n, k): coefficients (k,) and their robust (HC1) covariance (k, k)."""
    bread = np.linalg.inv(x.T @ x)
    slopes = bread @ x.T @ y
    residual = y - x @ slopes
    meat = (x * (residual**2)[:, None]).T @ x * len(y) / (len(y) - x.shape[1])
    return slopes, bread @ meat @ bread


def spread_of_groups(slopes: Floats, covariance: Floats) -> float:
    """Wald statistic that the three group means (the first three coefficients) are equal: chi squared, 2 degrees."""
    differ = np.zeros((2, len(slopes)))
    differ[0, :2], differ[1, 1:3] = (1.0, -1.0), (1.0, -1.0)
    gap = differ @ slopes
    return float(gap @ np.linalg.inv(differ @ covariance @ differ.T) @ gap)


def explained(y: Floats, x: Floats) -> float:
    """Share of the variance of y (n,) that columns x (n, k) explain."""
    return float(1.0 - np.var(y - x @ regress(y, x)[0]) / np.var(y))


@pytest.mark.slow
@pytest.mark.direction("A6", "step:coherence")
def test_coherence_pays_and_the_group_does_not(county: World) -> None:
    """With default settings outcomes follow coherence, and the means of the three groups lie within chance.

    99% intervals: 9.21 is that point of chi squared with two degrees of freedom. A group worth a tenth of a
    standard deviation of schools would be seen. What a trust adds to its schools (`lift`) is measured without
    noise, so that there the least difference shows, and shares of variance are compared instead.
    """
    found = averages(county, range(1, 21))
    groups = np.eye(3)[found["group"].astype(int)]
    coherence = (found["coherence"] - found["coherence"].mean())[:, None]
    both = np.hstack([groups, coherence])
    assert spread_of_groups(*regress(found["outcome"], groups)) < 9.21
    slopes, covariance = regress(found["outcome"], both)
    assert spread_of_groups(slopes, covariance) < 9.21
    assert slopes[3] - 2.58 * np.sqrt(covariance[3, 3]) > 0.3
    slopes, covariance = regress(found["lift"], both)
    assert slopes[3] - 2.58 * np.sqrt(covariance[3, 3]) > 0.3
    alone = np.hstack([np.ones_like(coherence), coherence])
    assert explained(found["lift"], groups) < 0.05 * explained(found["lift"], alone)

    helped = found["outcome"] + 0.1 * (found["group"] == PEDAGOGY)
    assert spread_of_groups(*regress(helped, groups)) > 9.21, "the test would see a group that pays"
    off = averages(county, range(1, 2), coherence__on=False)
    assert np.ptp(off["coherence"]) < 1e-9


def test_a_trust_lifts_by_how_it_all_fits_and_by_no_single_trait(county: World) -> None:
    """Neither central leadership and management nor the group adds anything of itself: each counts as it fits."""
    model = TrustSystem(county, scenario(), 1)
    trusts, s = model.state.trusts, model.settings
    trust, members = largest(model.state)

    def gain(column: Any, low: float, high: float) -> Floats:
        found = []
        for value in (low, high):
            column[:] = value
            found.append(trust_lift(model.state, s.improvement, s.break_points, members))
        return found[1] - found[0]

    central = gain(trusts.responsibilities[trust, :2], 0.0, 10.0)
    coherent = gain(trusts.advantage[trust : trust + 1], -0.2, 0.2)
    group = gain(trusts.group[trust : trust + 1], 0, 2)
    for alone in (central, group):
        assert (alone == 0.0).all()
    assert (coherent > 0.05).all()
