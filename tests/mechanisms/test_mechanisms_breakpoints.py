"""The six break points (D1 to D6): what loads them, what shows before them, and what answering or missing them does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import scenario
from support.stepping import one_trust, shape

from matsim.mechanisms import break_points
from matsim.mechanisms.ladders import LADDERS, NEEDS_CLUSTERS, NEEDS_PRACTICE, TOPS, Ladder
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Phase

KEYS = [ladder.key for ladder in LADDERS]
COMPLIANCE, GOVERNANCE, BACK_OFFICE, CHIEF, IMPROVEMENT, LOCAL = range(6)
MEMBERSHIP = (
    *("openings", "rolls", "inspection", "orders", "collaborating", "seeking", "planning", "bidding", "joining"),
    *("founding", "intervention", "merging", "heads", "executives", "leadership"),
)
"""Steps left out of the twins: they change who belongs to whom, who leads, or how schools are judged."""
ALONE: dict[str, object] = {"lending__on": False, "reviewing__on": False}
"""Off in the twins: schools lend to others outside their trust, and reviews look at reserves, which answers cost."""
STILL = tuple(step for step in SCHOOL_YEAR if step.name not in MEMBERSHIP)
DEFAULT = break_points.BreakPointParams()


def load(state: State, row: int, which: int) -> float:
    return float(LADDERS[which].load(state, np.array([row]))[0])


def breaking_sizes(world: World, which: int) -> list[int]:
    """The size at which a single-phase, compact trust with the usual share of weak schools reaches each break point."""
    state, row = one_trust(world)
    trusts, schools = state.trusts, state.schools
    several = state.multi()[trusts.schools[state.multi()] >= 3]
    several = several[several != row]
    weak = float(trusts.weak[several].sum() / trusts.schools[several].sum())
    roll = float(np.median(schools.pupils[schools.phase == Phase.PRIMARY]))
    found = []
    for rung in LADDERS[which].rungs[:-1]:
        size = 1
        shape(state, row, size, weak=weak, roll=roll)
        while load(state, row, which) < rung.carries:
            size += 1
            shape(state, row, size, weak=weak, roll=roll)
        found.append(size)
    return found


def grows_with(world: World, which: int, change: Callable[[State, int], None], size: int = 8) -> bool:
    """Whether the load of a trust of the same size is heavier once `change` has been made to it."""
    state, row = one_trust(world)
    shape(state, row, size)
    before = load(state, row, which)
    change(state, row)
    assert state.trusts.schools[row] == size
    return load(state, row, which) > before


def still_twins(world: World, ladder: Ladder, years: int = 4, **changes: object) -> tuple[TrustSystem, TrustSystem]:
    """The same trusts, all begun a rung too low on one ladder only: CEOs who answer in time, and who never do."""
    only: dict[str, object] = {f"break_points__{key}__on": key == ladder.key for key in KEYS} | ALONE
    pair = []
    for answers in ("always", "never"):
        settings = scenario(**only, **changes, break_points__answers=answers, start__fitting=0.0)
        model = TrustSystem(world, settings, 3, schedule=STILL)
        model.run_years(years)
        pair.append(model)
    return pair[0], pair[1]


def check_twins(world: World, which: int, years: int = 4) -> None:
    """Answering takes the pressure off, costs money, and spares schools what the missed break point does to them."""
    ladder = LADDERS[which]
    answered, missed = still_twins(world, ladder, years)
    a, m = answered.state, missed.state
    assert np.array_equal(a.schools.trust, m.schools.trust)
    rows = m.multi()
    past = rows[(m.trusts.pressure[rows, which] >= 1.0) & (m.trusts.strained[rows, which] == years)]
    assert len(past) >= 3, "no trust of this world was past the break point from the start"
    assert (a.trusts.pressure[past, which] < m.trusts.pressure[past, which]).all()
    on_the_way = ~np.isnan(a.trusts.ready[past, which]) | (a.trusts.rung[past, which] == TOPS[which])
    assert ((a.trusts.pressure[past, which] < 1.0) | on_the_way).all()
    assert (a.trusts.rung[past, which] > m.trusts.rung[past, which]).all()
    assert a.log.count("respond") > 0
    assert a.log.count("resolve") > 0
    assert m.log.count("respond") == m.log.count("resolve") == 0
    assert m.log.count("miss") > a.log.count("miss")
    check_schools(a, m, past, ladder)
    running = break_points.running_cost(a, DEFAULT, past) - break_points.running_cost(m, DEFAULT, past)
    assert (running >= 0).all()
    assert running.max() > 0


def check_schools(a: State, m: State, past: np.ndarray, ladder: Ladder) -> None:
    """What answering spared the schools of trusts past the break point; schools in no trust are as they were."""
    inside = m.in_trusts()
    there = inside[np.isin(m.schools.trust[inside], past)]
    assert a.schools.lift[there].mean() > m.schools.lift[there].mean()
    assert a.schools.buyin[there].mean() > m.schools.buyin[there].mean()
    harmed = break_points.harm(m, DEFAULT, past) - break_points.harm(a, DEFAULT, past)
    assert (harmed >= 0).all()
    assert harmed.max() > 0
    dearer = m.schools.backoffice[there] - a.schools.backoffice[there]
    if ladder.dearer or ladder.key == "local":  # a regional back office, the answer to dispersion, travels less
        assert (dearer >= 0).all()
        assert dearer.max() > 0
    else:
        assert (dearer == 0).all()
    outside = m.schools.trust < 0
    assert np.array_equal(a.schools.quality[outside], m.schools.quality[outside])


def secondaries(state: State, row: int) -> None:
    """Half of the schools are of the other phase, with no more pupils than before."""
    state.trusts.primaries[row] = state.trusts.schools[row] // 2


def weak_schools(state: State, row: int) -> None:
    state.trusts.weak[row] = 3


def spread_out(state: State, row: int) -> None:
    state.trusts.spread[row] = 25.0


@pytest.mark.direction("D1", "step:break_points")
def test_compliance_breaks_and_answering_helps(county: World) -> None:
    """D1: sums and numbers outgrow school-by-school checking; mixed phases need two of everything."""
    assert grows_with(county, COMPLIANCE, secondaries)
    assert grows_with(county, COMPLIANCE, lambda s, r: s.trusts.pupils.__setitem__(r, 8000.0))
    state, row = one_trust(county)
    shape(state, row, 8)
    all_primary = load(state, row, COMPLIANCE)
    state.trusts.primaries[row] = 0
    assert load(state, row, COMPLIANCE) == all_primary, "one phase is one phase, whichever it is"
    check_twins(county, COMPLIANCE)


@pytest.mark.direction("D2")
def test_governance_breaks_and_answering_helps(county: World) -> None:
    """D2: representative bodies work at three schools and fail by five; about thirteen needs four tiers."""
    first, second, *_ = breaking_sizes(county, GOVERNANCE)
    assert 3 < first <= 5
    assert 12 <= second <= 14
    assert grows_with(county, GOVERNANCE, spread_out)
    state, row = one_trust(county)
    shape(state, row, 15)
    alone = load(state, row, GOVERNANCE)
    state.trusts.clustered[row], state.trusts.cluster_governance[row] = 1.0, 3
    assert load(state, row, GOVERNANCE) < alone, "delegated cluster bodies carry part of the load"
    check_twins(county, GOVERNANCE)


@pytest.mark.direction("D3")
def test_back_office_breaks_and_answering_helps(county: World) -> None:
    """D3: from outsourced to employed; procurement about twenty schools, sooner where more is done centrally."""
    assert 18 <= breaking_sizes(county, BACK_OFFICE)[2] <= 22
    assert grows_with(county, BACK_OFFICE, lambda s, r: s.trusts.responsibilities.__setitem__((r, 13), 10.0))
    check_twins(county, BACK_OFFICE)


@pytest.mark.direction("D4")
def test_chief_breaks_and_answering_helps(county: World) -> None:
    """D4: leading through heads from seven to ten schools, enabling from ten to fifteen; weak schools pull back in."""
    first, second, third = breaking_sizes(county, CHIEF)
    assert 7 <= first <= 10
    assert 10 <= second <= 15
    assert 13 <= third <= 17
    assert grows_with(county, CHIEF, weak_schools)
    check_twins(county, CHIEF)


def test_a_ceo_who_never_taught_leads_through_others_from_the_start(county: World) -> None:
    """D4: without a teaching background improvement is delegated from the beginning."""
    taught, never = (TrustSystem(county, scenario(vision__teachers=share), 3).state for share in (1.0, 0.0))
    rows = taught.multi()
    assert (never.trusts.rung[rows, CHIEF] >= taught.trusts.rung[rows, CHIEF]).all()
    assert (never.trusts.rung[rows, CHIEF] >= 1).all()
    small = rows[taught.trusts.schools[rows] <= 3]
    assert (taught.trusts.rung[small, CHIEF] == 0).any()


@pytest.mark.direction("D5")
def test_improvement_breaks_and_answering_helps(county: World) -> None:
    """D5: one hub school, a team, clusters, a network; weak schools and distance bring each end nearer."""
    assert grows_with(county, IMPROVEMENT, weak_schools)
    assert grows_with(county, IMPROVEMENT, spread_out)
    check_twins(county, IMPROVEMENT)


def test_cluster_based_improvement_needs_clusters_and_a_network_needs_good_practice(county: World) -> None:
    """D5: conditions of the two highest models; switched off, they carry their load anyway."""
    state, row = one_trust(county)
    p, loose = DEFAULT, scenario(break_points__conditions_on=False).break_points
    shape(state, row, 24)

    def pressure(params: break_points.BreakPointParams) -> float:
        return float(break_points.measure(state, params, np.array([row]))[0, IMPROVEMENT])

    for rung, column, enough in ((NEEDS_CLUSTERS, "clustered", 1.0), (NEEDS_PRACTICE, "strong", 12)):
        state.trusts.rung[row, IMPROVEMENT] = rung
        getattr(state.trusts, column)[row] = 0
        without, off = pressure(p), pressure(loose)
        getattr(state.trusts, column)[row] = enough
        assert without > pressure(p) == off


@pytest.mark.direction("D6")
def test_local_breaks_and_answering_helps(county: World) -> None:
    """D6: spread and different intakes, not size alone, call for decisions close to schools."""
    assert grows_with(county, LOCAL, spread_out)
    assert grows_with(county, LOCAL, lambda s, r: s.trusts.fsm_range.__setitem__(r, 20.0))
    assert breaking_sizes(county, LOCAL)[0] > 20, "a compact trust does not meet it while it is small"
    check_twins(county, LOCAL)


@pytest.mark.parametrize("which", range(6), ids=KEYS)
def test_every_load_grows_with_size(county: World, which: int) -> None:
    state, row = one_trust(county)
    found = []
    for size in (2, 5, 10, 20, 40):
        shape(state, row, size, weak=0.2)
        found.append(load(state, row, which))
    assert found == sorted(set(found))


def test_harm_grows_with_the_years_it_is_missed_and_with_its_strength(county: World) -> None:
    state, row = one_trust(county)
    rows = np.array([row])
    state.trusts.pressure[row] = 1.5
    p = DEFAULT

    def harm(years: float, **changes: object) -> float:
        state.trusts.strained[row] = years
        return float(break_points.harm(state, p.model_copy(update=changes), rows)[0])

    assert harm(0) < harm(1) < harm(3)
    assert harm(1, harm=2.0) == pytest.approx(2.0 * harm(1))
    assert harm(3, harm=0.0) == 0.0
    state.trusts.pressure[row] = 0.99
    assert harm(3) == 0.0


def test_sizes_are_scaled_by_one_parameter(county: World) -> None:
    state, _ = one_trust(county)
    rows = state.multi()
    wide, narrow = (break_points.measure(state, DEFAULT.model_copy(update={"size_scale": x}), rows) for x in (1.4, 0.7))
    assert np.allclose(narrow, 2.0 * wide)


def test_all_six_act_in_a_decade_of_a_county(decade: Finished) -> None:
    events = decade.tables["events"]
    of = events[events["rule"] == "break points"]
    counts = of.groupby(["reason", "event"]).size().unstack(fill_value=0)
    assert set(counts.index) == set(KEYS)
    assert (counts[["warn", "reach", "respond", "resolve"]] > 0).all(axis=None)
