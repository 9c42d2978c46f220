"""Sides of A5 and F1 that have no test elsewhere: what convergence costs, and what peer review outside is worth."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario

from matsim.agents.trust import IMPROVEMENT
from matsim.mechanisms import improvement, team
from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.codes import TrustKind


def test_converging_together_needs_less_from_the_centre(county: World) -> None:
    """The same trusts, scaling a set approach or converging: the first needs more improvement posts, and only those."""
    model = TrustSystem(county, scenario(), 1)
    trusts = model.state.trusts
    rows = model.state.multi()[trusts.schools[model.state.multi()] > 1]
    needs = []
    for together in (0.0, 1.0):
        trusts.convergence[rows] = together
        team.ledger(model.state, scenario().team)
        needs.append(trusts.need[rows].copy())
    assert (needs[0][:, IMPROVEMENT] > needs[1][:, IMPROVEMENT]).all()
    others = [a for a in range(6) if a != IMPROVEMENT]
    assert np.array_equal(needs[0][:, others], needs[1][:, others])


def test_peer_review_in_a_small_trust_is_worth_little_without_local_networks(county: World) -> None:
    """Local quality assurance helps the schools of small trusts, and large ones hardly: they have their own."""
    s = scenario()
    model = TrustSystem(county, s, 1)
    state = model.state
    rows = state.in_trusts()
    rows = rows[state.trusts.kind[state.schools.trust[rows]] == TrustKind.MULTI]
    gains = []
    for strength in (0.0, 0.8):
        state.places.help[:, improvement.QUALITY_ASSURANCE] = strength
        gains.append(improvement.trust_lift(state, s.improvement, s.break_points, rows))
    more = gains[1] - gains[0]
    size = state.trusts.schools[state.schools.trust[rows]]
    small, large = more[(size >= 2) & (size <= 3)], more[size >= 20]
    assert small.min() > 0
    assert small.mean() > 2.0 * large.mean()
    assert large.max() == pytest.approx(0.0, abs=s.improvement.peer * 0.3)
