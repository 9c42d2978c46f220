"""Sides of A5 and F1 that have no test elsewhere: what convergence costs, and what local networks bring together."""

from __future__ import annotations

import numpy as np
from conftest import scenario

from matsim.agents.trust import IMPROVEMENT
from matsim.mechanisms import lending, team
from matsim.simulation.model import TrustSystem
from matsim.world.base import World


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


def test_local_networks_lend_where_they_are_strong_and_only_there(county: World) -> None:
    """Help with quality assurance brings schools of different trusts, or of none, together; inside a trust it does
    nothing, and where it is no better than middling nobody meets but through a teaching school."""
    counts = []
    for strength in (0.0, 0.5, 0.75, 1.0):
        state = TrustSystem(county, scenario(), 1).state
        state.places.help[:, lending.QUALITY_ASSURANCE] = strength
        state.trusts.convergence[:] = 0.0
        lending.lend(state, scenario().lending, scenario().travel)
        frame = state.log.frame(state.schools.urn, state.trusts.uid)
        frame = frame[frame["event"] == "lend"]
        counts.append(frame["reason"].value_counts().reindex(lending.REASONS, fill_value=0))
        met = frame[frame["reason"] == "network"]
        assert ((met["trust"] != met["other"]) | (met["trust"] < 0)).all()
    assert counts[0]["network"] == counts[1]["network"] == 0
    assert 30 < counts[2]["network"] < 0.9 * counts[3]["network"]
    assert counts[0]["teaching school"] > 30
    assert counts[0]["trust"] == counts[3]["trust"] == 0
