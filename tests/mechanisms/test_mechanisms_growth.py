"""How trusts grow: direction of the mechanisms B1, B2 and B5 (`matsim.mechanisms.catalogue`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.briefs import bids_of, candidates
from support.views import events, joined_this_year, largest, part_of_a_year, several

from matsim.mechanisms import buyin, operating_model, planning
from matsim.mechanisms import seeking as seek
from matsim.simulation.model import TrustSystem
from matsim.strategies import Brief, GrowthFirst, Hubs, Steady
from matsim.world.base import World
from matsim.world.codes import Phase

type Floats = NDArray[np.float64]

CHOICE, BEST, INEVITABLE, FORCED = 1, 2, 3, 4


@pytest.mark.direction("B1")
def test_the_reason_for_joining_sets_buyin(county: World) -> None:
    """Choice brings more heart than the best option, that more than inevitability, that more than force."""

    def hearts(**changes: Any) -> list[float]:
        found: list[list[float]] = [[] for _ in range(5)]
        for seed in range(1, 5):
            schools = (state := part_of_a_year(county, "joining", seed, **changes).state).schools
            for school in joined_this_year(state).tolist():
                found[int(schools.motive[school])].append(float(schools.buyin[school]))
        assert min(len(x) for x in found[1:]) > 10
        return [float(np.mean(x)) for x in found[1:]]

    choice, best, inevitable, forced = hearts()
    assert choice > best + 0.03
    assert best > inevitable + 0.03
    assert inevitable > forced + 0.03
    assert np.ptp(hearts(joining__motives_on=False)) < (choice - forced) / 3


@pytest.mark.direction("step:seeking")
def test_where_authorities_retrench_schools_seek_and_attachment_resists(county: World) -> None:
    """Less help from the authority makes more schools look, as their best option; a strong identity keeps them out."""
    model = part_of_a_year(county, "collaborating")
    state, schools = model.state, model.state.schools

    def decide() -> tuple[int, float]:
        seek.decide(state, model.settings.seeking, model.settings.collaborating)
        rows = np.flatnonzero(schools.seeking)
        return len(rows), float((schools.motive[rows] == BEST).mean())

    state.places.capacity = 0.9
    kept, best_kept = decide()
    state.places.capacity = 0.1
    left, best_left = decide()
    assert left > 1.5 * kept
    assert best_left > best_kept + 0.2
    schools.identity = np.minimum(schools.identity + 0.4, 1.0)
    assert decide()[0] < 0.8 * left


def test_heart_changes_what_standardisation_costs(county: World) -> None:
    """Of two schools alike but for the heart they joined with, the willing one comes to mind central control less."""
    model = TrustSystem(county, scenario(), 1)
    state, schools = model.state, model.state.schools
    _, members = largest(state)
    willing, forced = members[:2]
    for name, value in (("identity", 0.8), ("autonomy", 0.1), ("promised", 0.1), ("outcome", 0.0)):
        getattr(schools, name)[members] = value
    schools.buyin[willing], schools.buyin[forced] = 0.75, 0.35
    for _ in range(8):
        buyin.move(state, model.settings.buyin)
        schools.autonomy[members] = 0.1
    mind = np.maximum(schools.identity - schools.autonomy, 0.0) * model.settings.buyin.taken
    assert mind[willing] < mind[forced] - 0.005


@pytest.mark.slow
@pytest.mark.direction("B2")
def test_promised_autonomy_attracts_and_is_paid_for(county: World) -> None:
    """Promises bring more schools; a school promised more than it gets loses heart; record and values draw too."""
    came, waited = {}, {}
    for promise in (0.0, 1.0):  # among schools that hold to their own ways, to whom promises speak
        settings = {"bidding__promise": promise, "start__identity": 0.8, "seeking__identity": 0.0}
        models = [part_of_a_year(county, "joining", seed, **settings) for seed in range(1, 9)]
        came[promise] = sum(len(joined_this_year(m.state)) for m in models)
        waited[promise] = sum(int((events(m, "decline")["rule"] == "choice").sum()) for m in models)
    assert came[1.0] > came[0.0]
    assert waited[1.0] < 0.9 * waited[0.0]

    model = TrustSystem(county, scenario(), 1)
    state, schools = model.state, model.state.schools
    trust, members = largest(state)
    fooled, honest = members[:2]

    def heart_lost(**changes: Any) -> float:
        settings = scenario(operating_model__earned_on=False, **changes)
        for name, value in (("identity", 0.5), ("buyin", 0.7), ("outcome", 0.0)):
            getattr(schools, name)[members] = value
        state.trusts.responsibilities[trust] = 6.0
        schools.promised[[fooled, honest]] = schools.autonomy[[fooled, honest]] = 0.9, 0.4
        for _ in range(4):
            operating_model.drift(state, settings.operating_model)
            buyin.move(state, settings.buyin)
        return float(schools.buyin[honest] - schools.buyin[fooled])

    paid = heart_lost()
    assert paid > 0.02
    assert heart_lost(buyin__broken=1.0) > 1.5 * paid
    assert heart_lost(buyin__broken=0.0) < 0.01

    def chosen(column: str, **changes: Any) -> float:
        """Mean over joinings of a column of the trust that was joined."""
        values = []
        for seed in range(1, 5):
            state = part_of_a_year(county, "joining", seed, **changes).state
            values.append(getattr(state.trusts, column)[state.schools.trust[joined_this_year(state)]])
        return float(np.concatenate(values).mean())

    assert chosen("record", joining__record=2.0) > chosen("record", joining__record=0.0) + 0.01

    def fit_of_bids(values: float) -> float:
        bids = part_of_a_year(county, "bidding", bidding__values=values, bidding__least=1.0).state.bids
        assert bids is not None
        return float(bids.fit.mean())

    assert fit_of_bids(2.0) > fit_of_bids(0.0) + 0.02


@pytest.mark.slow
@pytest.mark.direction("B5", "step:planning", "strategy:steady", "strategy:hubs")
def test_plans_follow_what_the_ceo_wants_and_has_time_for(county: World) -> None:
    """A CEO who is content aims for no more; one who wants to grow aims for as many as there is time for.

    Hubs and a number limit the CEO.
    """
    model = TrustSystem(county, scenario(), 1)
    state, trusts = model.state, model.state.trusts
    rows = several(state)[:3]
    for row in rows.tolist():
        state.ceos[row].strategy = GrowthFirst()
    members = [state.members(row) for row in rows.tolist()]
    trusts.founded[rows] = state.year - 9.0

    def redraw(**changes: Any) -> list[float]:
        """How many more schools each aims for: a content CEO, one with time, one with newcomers."""
        trusts.ambition[rows], trusts.target[rows] = (0.0, 0.5, 0.5), 50.0
        for some, joined in zip(members, (9.0, 9.0, 0.5), strict=True):
            state.schools.joined[some] = state.year - joined
        planning.redraw(state, scenario(**changes).planning)
        return [float(more) for more in trusts.target[rows] - trusts.schools[rows]]

    newcomers = len(members[2])
    assert redraw() == [0.0, 10.0, max(10.0 - newcomers, 0.0)]
    assert redraw(planning__bedding=newcomers + 1.0) == [0.0, newcomers + 1.0, 1.0]
    state.schools.joined[members[2]] = state.year - 1.5
    assert planning.time_for(state, scenario().planning)[rows[2]] == max(10.0 - newcomers / 2.0, 0.0)
    trusts.target[rows] = 50.0
    planning.redraw(state, scenario(planning__on=False).planning)
    assert trusts.target[rows].tolist() == [50.0] * 3

    # one near by, one of another phase, one far away
    found = candidates(3, minutes=[10.0, 10.0, 40.0], same_phase=[True, False, True])
    brief = Brief(2018, 8, 1.0, 2.0, 0.05, 12.0, 0.0, 0.5, 9.0, 1.0)
    assert bids_of(Hubs(), brief, found) == [0]
    assert len(bids_of(Steady(), brief, found)) == 3
    full = ({"schools": 12}, {"paused": 2020.0}, {"ambition": 0.0}, {"time": 0.5})
    for change in full:
        assert bids_of(Steady(), brief._replace(**change), found) == []

    def past_its_number(final: bool) -> int:
        """Trusts of CEOs with a number in mind that end beyond it, by whether the number is an end point."""
        still = {"intervention__on": False, "merging__on": False, "openings__on": False}
        run = TrustSystem(county, scenario(ceos=[{"kind": "steady", "share": 1.0, "final": final}], **still), 1)
        first, number = run.state.multi(), run.state.trusts.target.copy()
        run.run_years(8)
        return int((run.state.trusts.schools[first] > np.ceil(np.maximum(number[first], 2.0))).sum())

    assert past_its_number(final=False) > 10
    assert past_its_number(final=True) == 0

    def secondaries(weight: float) -> float:
        bids = part_of_a_year(county, "bidding", bidding__secondary=weight).state.bids
        assert bids is not None
        return float((county.schools["phase"][bids.school] != Phase.PRIMARY).mean())

    assert secondaries(0.8) > secondaries(0.0) + 0.03
