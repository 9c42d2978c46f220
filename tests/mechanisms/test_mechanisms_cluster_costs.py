"""What clusters, size and spread do to costs: direction of the mechanisms C3 and C4 (`matsim.mechanisms.catalogue`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from support.views import of_phase

from matsim.mechanisms import accounts
from matsim.mechanisms.backoffice import cost as cost_of
from matsim.simulation.model import TrustSystem
from matsim.world.base import World


@pytest.mark.direction("C3")
def test_pooled_leadership_saves(county: World) -> None:
    """A cluster of three saves tens of thousands a year if primary, six figures if secondary; no cluster, nothing.

    What is saved goes into teaching, and makes itself felt there over some years.
    """

    def saved(secondary: bool, size: int = 3, **changes: Any) -> float:
        held = []
        for pooled in (True, False):
            s = scenario(spending__leadership_on=pooled, accounts__pooling_on=False, **changes)
            state = TrustSystem(county, s, 1).state
            _, rows = of_phase(state, secondary, size)
            state.schools.cluster[rows] = rows[0] if size > 1 else -1
            accounts.settle(state, s.accounts, s.spending, s.fixed_costs, s.backoffice, s.team, s.break_points)
            held.append(float((state.schools.teaching * state.schools.pupils)[rows].sum()))
        return (held[0] - held[1]) * scenario().spending.years

    assert 10_000 < saved(secondary=False) < 100_000
    assert 100_000 < saved(secondary=True) < 1_000_000
    assert saved(secondary=False, size=5) > saved(secondary=False) + 10_000
    assert saved(secondary=False, size=1) == 0.0
    assert saved(secondary=True, spending__leadership_secondary=0.0) == pytest.approx(0.0, abs=0.01)


@pytest.mark.direction("C4")
def test_backoffice_cost_shows_the_published_facts(county: World) -> None:
    """Six to ten schools cost less a pupil than five or fewer, and more schools bring nothing further.

    Cost rises with spread, and falls once a cluster has three to six schools; with the balance of evidence at
    nought there is no economy of scale left.
    """
    state = TrustSystem(county, scenario(), 1).state
    trusts, schools = state.trusts, state.schools
    trust, rows = of_phase(state, False, 6)
    schools.cluster[rows], trusts.pressure[trust] = -1, 0.0
    trusts.rung[trust, 5] = 0  # no regional back office

    def cost(size: int, mass: int = 0, **changes: Any) -> float:
        """£ a pupil of a primary in a trust of so many schools, clustered with so many."""
        s = scenario(**changes)
        trusts.schools[trust] = size
        schools.cluster[rows] = -1
        schools.cluster[rows[:mass]] = rows[0]
        return float(cost_of(state, s.backoffice, s.break_points, rows)[0])

    together: dict[str, Any] = {"backoffice__dispersion_on": False}
    small, medium, large = (
        [cost(n, **together) for n in sizes] for sizes in ((2, 3, 4, 5), range(6, 11), (11, 20, 40))
    )
    assert max(medium) < min(small) - 5
    assert np.diff(small + medium).max() < 0
    assert min(large) >= min(medium)
    alone = cost(1, **together)
    flat = [cost(n, backoffice__balance=0.0, **together) for n in (2, 3, 5, 8, 10)]
    assert min(flat) >= alone
    assert np.ptp(flat) == pytest.approx(0.0)
    wholly = [cost(n, backoffice__balance=1.0, **together) for n in (3, 8)]
    assert wholly[0] - wholly[1] > 1.3 * (cost(3, **together) - cost(8, **together))
    assert np.ptp([cost(n, backoffice__scale_on=False, **together) for n in (2, 8, 20)]) == 0.0

    by_mass = [cost(10, mass, **together) for mass in range(2, 7)]
    assert by_mass[0] == cost(10, **together), "two are below the critical mass"
    assert by_mass[1] < by_mass[0] - 10
    assert (np.diff(by_mass) <= 0).all()
    assert by_mass[1] > by_mass[2]
    assert cost(10, 5, backoffice__cluster_saving=0.0, **together) == by_mass[0]

    def spread(km: float, **changes: Any) -> float:
        trusts.spread[trust] = km
        trusts.easting[trust], trusts.northing[trust] = schools.easting[rows[0]] + 1000 * km, schools.northing[rows[0]]
        return cost(10, **changes)

    assert spread(0.0) < spread(10.0) < spread(60.0)
    assert spread(60.0) - spread(0.0) > 10
    pence = [spread(km, backoffice__dispersion_share=0.0) for km in (0.0, 10.0)]
    assert pence[1] - pence[0] == pytest.approx(0.05), "half a penny a pupil and kilometre"
    assert spread(60.0, **together) == spread(0.0, **together)


def test_a_regional_back_office_saves_part_of_what_dispersion_costs(county: World) -> None:
    """The same scattered trust with and without a regional back office: only the cost of distance differs."""
    s = scenario()
    state = TrustSystem(county, s, 1).state
    trust, rows = of_phase(state, False, 3)
    state.trusts.spread[trust] = 60.0
    costs = []
    for rung, regional in ((1, 0.5), (2, 0.5), (2, 0.0)):
        state.trusts.rung[trust, 5] = rung
        p = s.backoffice.model_copy(update={"regional": regional})
        costs.append(float(cost_of(state, p, s.break_points, rows).mean()))
    assert costs[1] < costs[0]
    assert costs[2] == pytest.approx(costs[0])
