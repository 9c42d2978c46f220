"""Schools (E1, E2, E5, E6): the direction of each mechanism, luck shared and the rest held equal."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.stepping import SEED, do, in_mats, system, until

from matsim.mechanisms import inspection, rolls
from matsim.mechanisms.founding import FoundingParams
from matsim.mechanisms.founding import rule as founding_rule
from matsim.mechanisms.inspection import InspectionParams
from matsim.simulation.simulate import simulate
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Grade, Phase, Route, SchoolState

# E1


@pytest.mark.direction("E1", "step:rolls")
def test_rolls_follow_reputation_and_empty_places_cost(area: World) -> None:
    state = system(area).state
    primaries = np.flatnonzero((state.schools.phase == Phase.PRIMARY) & (state.schools.state == SchoolState.OPEN))
    one = int(primaries[np.argmax((state.schools.capacity - state.schools.pupils)[primaries])])
    own, total = {}, {}
    for name, value, choice in (("liked", 1.5, True), ("avoided", -1.5, True), ("blind", 1.5, False)):
        state = system(area, rolls__choice_on=choice, rolls__closing=0.0).state
        state.schools.outcome[one], state.schools.grade[one] = value, 1 if value > 0 else 4
        rolls.intake(state, state.model.settings.rolls)
        own[name], total[name] = float(state.schools.pupils[one]), float(state.schools.pupils.sum())
    assert own["liked"] > own["blind"] > own["avoided"]
    assert total["liked"] == pytest.approx(total["avoided"], rel=1e-12), "what one school gains its neighbours lose"
    check_local_numbers(area)
    check_empty_places(area)


def check_local_numbers(area: World) -> None:
    """Rolls follow local numbers, phase by phase."""
    more, fewer = (
        system(area, rolls__growth_primary={2018: g}, rolls__growth_secondary={2018: 0.0}).state for g in (0.03, -0.02)
    )
    for state, growth in ((more, 0.03), (fewer, -0.02)):
        phase, pupils = state.schools.phase != Phase.PRIMARY, state.schools.pupils.copy()
        rolls.intake(state, state.model.settings.rolls)
        assert state.schools.pupils[~phase].sum() == pytest.approx(pupils[~phase].sum() * (1.0 + growth))
        assert state.schools.pupils[phase].sum() == pytest.approx(pupils[phase].sum())


def check_empty_places(area: World) -> None:
    """A school with places standing empty spends less on teaching than its twin without."""
    left = {}
    for cost in (250.0, 0.0):
        for places in (1.0, 1.6):
            model = system(area, fixed_costs__building=cost, fixed_costs__gap=0.0)
            state = until(model, "accounts")
            state.schools.capacity[:] = state.schools.pupils * places
            left[cost, places] = do(model, "accounts").schools.taught[state.open_rows()].copy()
    assert (left[250.0, 1.6] <= left[250.0, 1.0]).all()
    assert (left[250.0, 1.6] < left[250.0, 1.0]).mean() > 0.8, "but new schools, and those that can cut no further"
    assert np.array_equal(left[0.0, 1.6], left[0.0, 1.0])


# E2


@pytest.mark.direction("E2", "step:inspection")
def test_inspection_is_noisy_and_comes_sooner_to_the_weak(county: World) -> None:
    """Periodic, noisy, risk-based."""
    exact, visited = inspected(county, noise=0.0, leadership=0.0, intake=0.0)
    noisy, same = inspected(county, noise=1.3, leadership=0.0, intake=0.0)
    seen = np.array(sorted(visited))
    assert visited == same
    right = inspection.judge(exact.schools.quality, inspection.bars(InspectionParams(), exact.schools.phase, 2018))
    assert np.array_equal(exact.schools.grade[seen], right[seen])
    usual, _ = inspected(county, leadership=0.0, intake=0.0)
    wrong = [(s.schools.grade[seen] != right[seen]).sum() for s in (exact, usual, noisy)]
    assert wrong == sorted(set(wrong)), "the noisier the judgement, the more often it is mistaken"
    check_risk(county)
    check_periods(county)


def inspected(world: World, **values: float) -> tuple[State, set[int]]:
    """One round of inspections with some values changed, and the rows of the schools visited."""
    state = system(world).state
    before = state.schools.inspected.copy()
    inspection.visit(state, InspectionParams().model_copy(update=values))
    changed = (state.schools.inspected != before) & ~np.isnan(state.schools.inspected)
    return state, set(np.flatnonzero(changed).tolist())


def check_risk(county: World) -> None:
    """Poor results bring a visit forward, and nothing puts one off."""
    _, routine = inspected(county, risk=0.0)
    _, watched = inspected(county, risk=2.0)
    assert routine < watched
    assert (system(county).state.schools.outcome[sorted(watched - routine)] < 0).all()


def check_periods(county: World) -> None:
    """Schools judged Good wait their cycle, those judged lower come back sooner."""
    state = system(county).state
    p = InspectionParams()
    rows = state.open_rows()[state.schools.phase[state.open_rows()] == Phase.PRIMARY]
    waits = [np.median(inspection.interval(state, p, rows, np.full(len(rows), g, np.int8))) for g in (1, 2, 3, 4)]
    assert waits == sorted(waits, reverse=True)
    assert waits[1] == pytest.approx(p.cycle_good, rel=0.05)
    longer = p.model_copy(update={"cycle_good": 2 * p.cycle_good})
    grade = np.full(len(rows), 2, np.int8)
    twice = inspection.interval(state, longer, rows, grade)
    assert np.allclose(twice, 2 * inspection.interval(state, p, rows, grade))


@pytest.mark.direction("step:orders")
def test_an_inadequate_judgement_forces_conversion(county: World) -> None:
    """Every maintained school judged Inadequate is ordered; sponsored academies come from orders and nowhere else."""
    for on in (True, False):
        model = system(county, orders__on=on, orders__floor=-9.0)
        state = until(model, "orders")
        failing = (
            (state.schools.route == Route.MAINTAINED)
            & (state.schools.state == SchoolState.OPEN)
            & (state.schools.grade == Grade.INADEQUATE)
        )
        state.schools.ordered[:] = np.nan
        assert failing.sum() > 5
        assert np.array_equal(~np.isnan(do(model, "orders").schools.ordered), failing if on else np.zeros_like(failing))
    events = simulate(scenario(), county, seed=SEED, years=4).tables["events"]
    joined = events[(events["event"] == "join") & (events["reason"] == "ordered")]
    assert len(joined) > 5
    waiting = system(county).state.schools
    ordered = set(events.loc[events["event"] == "order", "school"]) | set(waiting.urn[~np.isnan(waiting.ordered)])
    assert set(joined["school"]) <= ordered


def test_before_the_act_orders_were_a_choice(county: World) -> None:
    """Regulation with a date: some of the failing schools are ordered before it, all of them from then on."""
    ordered = []
    for year in (2010, 2030):
        model = system(county, environment__mandatory_from=year)
        until(model, "orders").schools.ordered[:] = np.nan
        ordered.append(set(np.flatnonzero(~np.isnan(do(model, "orders").schools.ordered)).tolist()))
    assert set() < ordered[1] < ordered[0]


def test_schools_below_good_cannot_convert_alone(county: World) -> None:
    """However open policy is and however much they want to."""
    eager = {"seeking__threshold": -20.0, "founding__threshold": -20.0, "environment__alone_open": {2018: 1.0}}
    model = system(county, **eager, bidding__on=False, founding__members=1e-9)
    state = until(model, "founding")
    grade, keen = state.schools.grade.copy(), state.schools.seeking & (state.schools.trust < 0)
    good = keen & (grade > Grade.NOT_INSPECTED) & (grade <= Grade.GOOD)
    assert (keen & ~good).sum() > 50
    do(model, "founding")
    assert np.array_equal(state.schools.trust[keen] >= 0, good[keen])
    weak = {"openness": 1.0, "identity": 1.0, "head": 3.0, "secondary": 1.0, "luck": 12.0, "good": 0.0}
    assert founding_rule(FoundingParams()).flip(weak) is None, "nothing that can be changed would let it"


# E5


def heart(world: World, **values: float) -> State:
    """One year of buy-in with some columns of all schools in trusts set to a value."""
    model = system(world)
    state = until(model, "buyin")
    rows = in_mats(state)
    for name, value in values.items():
        getattr(state.schools, name)[rows] = value
    return do(model, "buyin")


@pytest.mark.direction("E5", "step:buyin")
def test_lost_heart_costs_and_leads_away(county: World) -> None:
    kept, broken = (heart(county, promised=x, autonomy=0.3, identity=0.3) for x in (0.3, 0.9))
    rows = in_mats(kept)
    assert (broken.schools.buyin[rows] <= kept.schools.buyin[rows]).all()
    assert broken.schools.buyin[rows].mean() < kept.schools.buyin[rows].mean()
    own, taken = (heart(county, promised=0.3, autonomy=0.3, identity=x) for x in (0.3, 0.9))
    assert taken.schools.buyin[rows].mean() < own.schools.buyin[rows].mean()
    some = rows[taken.schools.buyin[rows] > 0.0]
    assert (taken.schools.identity[some] < 0.9).all(), "schools come to share the trust's ways"
    high, low = (heart(county, buyin=x) for x in (0.9, 0.1))
    assert (low.schools.leaving[rows] & ~high.schools.leaving[rows]).sum() > 20
    assert low.log.count("leave") > high.log.count("leave") == 0
    check_results_of_heart(county)


def check_results_of_heart(county: World) -> None:
    """Schools without heart gain less; by nothing where buy-in is set to matter nothing."""
    gained = {}
    for weight in (0.12, 0.0):
        for value in (0.2, 0.8):
            model = system(county, improvement__buyin=weight)
            state = until(model, "improvement")
            state.schools.buyin[in_mats(state)] = value
            gained[weight, value] = do(model, "improvement").schools.lift[in_mats(state)].copy()
    assert np.allclose(gained[0.12, 0.8] - gained[0.12, 0.2], 0.12 * 0.6)
    assert np.array_equal(gained[0.0, 0.8], gained[0.0, 0.2])


def test_schools_that_lose_heart_move_to_other_trusts(county: World) -> None:
    """Transfers that school and trust begin themselves; none where schools cannot try to leave."""
    moved = {}
    for name, changes in (
        ("often", {"buyin__leave_below": 0.35}),
        ("never", {"buyin__leave_on": False}),
        ("still", {"buyin__on": False}),
    ):
        events = simulate(scenario(**changes), county, seed=SEED, years=8).tables["events"]
        moved[name] = int((events["reason"] == "initiated by the school and its trust").sum())
        assert (events["event"] == "leave").any() == (name == "often")
    assert moved["often"] > moved["never"] == moved["still"] == 0
