"""Break points of a trust that grows year by year: warned of, reached, answered in time; and the years until them."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.stepping import one_trust, shape

from matsim.mechanisms import break_points
from matsim.mechanisms.ladders import LADDERS
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.state.state import State
from matsim.world.base import World

KEYS = [ladder.key for ladder in LADDERS]
LOCAL = KEYS.index("local")
NOW = 2018


def growing(world: World, which: int, foresight: float, answers: str) -> tuple[list[float], State, list[float]]:
    """A trust that takes on one school a year, two to thirty: pressures, its state, and the years radar gave."""
    state, row = one_trust(world)
    trusts = state.trusts
    others = state.active()[state.active() != row]
    trusts.active[others] = False
    trusts.foresight[row], trusts.rung[row], trusts.reserves[row] = foresight, 0, 5_000_000.0
    only = {f"break_points__{key}__on": key == KEYS[which] for key in KEYS}
    p = scenario(**only, break_points__answers=answers).break_points
    pressures, years = [], []
    for size in range(2, 31):
        shape(state, row, size, weak=0.0)
        trusts.spread[row] = 10.0
        state.log.at(state.year, "break_points", "Jun")
        break_points.step(state, p)
        pressures.append(float(trusts.pressure[row, which]))
        years.append(float(break_points.radar(state, np.array([row]))[1][0, which]))
        state.year += 1
    return pressures, state, years


def first_year(state: State, event: str) -> float:
    found = [year for year in range(NOW, NOW + 30) if len(state.log.rows(event, "trust", year))]
    return min(found, default=np.inf)


@pytest.mark.parametrize("which", range(6), ids=KEYS)
def test_warning_comes_before_reaching_and_radar_counts_the_years(county: World, which: int) -> None:
    _, seer, years = growing(county, which, foresight=1.0, answers="never")
    reached = first_year(seer, "reach")
    assert NOW < first_year(seer, "warn") < reached < np.inf
    told = NOW + 1 + np.arange(int(reached) - NOW - 1) + np.array(years[1 : int(reached) - NOW])
    if which == LOCAL:  # each further school weighs a little less, so that a straight line is early
        assert (told <= reached).all()
        assert (np.diff(told) > 0).all()
    else:
        assert np.allclose(told, told[0]), "a load that grows evenly is seen at its date from the start"
        assert reached - 1 < told[0] <= reached + 1e-9
    assert years[int(reached) - NOW] == 0.0
    _, blind, _ = growing(county, which, foresight=0.0, answers="never")
    assert first_year(blind, "warn") == np.inf
    assert first_year(blind, "reach") == reached


@pytest.mark.parametrize("which", range(6), ids=KEYS)
def test_answering_in_time_keeps_a_growing_trust_from_breaking(county: World, which: int) -> None:
    ready, answered, _ = growing(county, which, foresight=1.0, answers="always")
    late, missed, _ = growing(county, which, foresight=1.0, answers="never")
    assert first_year(answered, "respond") < first_year(missed, "reach")
    assert sum(p >= 1.0 for p in ready) < sum(p >= 1.0 for p in late)
    assert max(ready) < max(late)


def test_one_trust_is_told_how_to_answer_and_its_twin_shows_what_follows(county: World) -> None:
    """The same trust, answering in time and never; where membership stands still no other trust is touched."""
    still = tuple(
        s for s in SCHOOL_YEAR if s.name not in {"bidding", "openings", "founding", "intervention", "merging"}
    )
    first = TrustSystem(county, scenario(start__fitting=0.0), 3).state
    row = int(first.multi()[np.argmax(first.trusts.schools[first.multi()])])
    pair = []
    for answers in ("in time", "never"):
        chosen = scenario(start__fitting=0.0, trusts=[{"uid": int(first.trusts.uid[row]), "answers": answers}])
        model = TrustSystem(county, chosen, 3, schedule=still)
        model.run_years(5)
        pair.append(model.state)
    ready, never = pair
    assert (ready.trusts.pressure[row] <= never.trusts.pressure[row]).all()
    assert ready.trusts.pressure[row].max() < never.trusts.pressure[row].max()
    assert (ready.trusts.rung[row] > first.trusts.rung[row]).any()
    assert np.array_equal(never.trusts.rung[row], first.trusts.rung[row])
    mine = never.members(row)
    assert ready.schools.lift[mine].mean() > never.schools.lift[mine].mean()
    others = np.setdiff1d(never.active(), [row])
    assert np.array_equal(ready.trusts.rung[others], never.trusts.rung[others])
