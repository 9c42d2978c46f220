"""Who lets trusts grow, and who steps in: direction of the mechanisms B3, B6, B7 and B8."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.views import events, joined_this_year, largest, part_of_a_year, several

from matsim.mechanisms import bidding, joining
from matsim.mechanisms.planting import PlantingParams, checklist_facts, passes
from matsim.mechanisms.reach import Pairs, within_reach
from matsim.policies import APPLICATION_INPUTS, Weigh
from matsim.selfcheck.checklist import checklist
from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.codes import Phase, SchoolState

type Floats = NDArray[np.float64]


@pytest.mark.slow
@pytest.mark.direction("B3", "step:joining", "policy:weigh")
def test_commissioners_weigh_capacity_record_and_nearness(county: World) -> None:
    """Capacity, record, need and nearness speak for a case, debts against it; weighing nearness keeps trusts close."""
    plain = dict.fromkeys(APPLICATION_INPUTS, np.zeros(2)) | {"capacity": np.ones(2), "record": np.full(2, 0.6)}

    def better(name: str, low: float, high: float) -> float:
        score = Weigh().judge(plain | {name: np.array([low, high])}, 2018).score
        return float(score[1] - score[0])

    assert min(better("capacity", 0.6, 1.2), better("record", 0.2, 0.8), better("need", 0, 1)) > 0.1
    assert better("nearness", 0.1, 1.0) > 0.1
    assert better("money", 0.0, 1.0) < -0.1
    short = Weigh().judge(
        plain | {"capacity": np.array([0.4, 1.5]), "record": np.ones(2), "nearness": np.ones(2)}, 2018
    )
    assert short.yes.tolist() == [False, True], "no record makes up for a team that is not there"

    settled = pd.concat([events(part_of_a_year(county, "joining", s), "approve", "refuse") for s in range(1, 5)])
    said = settled.groupby("event")[["capacity", "record"]].mean()
    assert (said.loc["approve"] > said.loc["refuse"] + 0.04).all()

    def joined(asked: bool) -> int:
        models = [part_of_a_year(county, "joining", s, approval__on=asked) for s in range(1, 5)]
        return sum(len(joined_this_year(m.state)) for m in models)

    assert joined(asked=False) > 1.05 * joined(asked=True)

    def minutes(**policy: float) -> float:
        """How far schools are from the trusts they join, where nobody but the commissioner minds."""
        others = {"bidding__proximity_on": False, "joining__nearness": 0.0, "joining__reservation": 0.5}
        choice = [{"kind": "weigh", **policy}]
        runs = [part_of_a_year(county, "joining", s, commissioners=choice, **others) for s in range(1, 7)]
        return float(pd.concat([events(m, "join", "transfer") for m in runs])["minutes"].mean())

    assert minutes(nearness=1.5, threshold=2.5) < 0.92 * minutes(nearness=0.0, threshold=1.5)


def test_schools_are_pushed_at_trusts(county: World) -> None:
    """Failing schools are ordered to trusts they never sought, and put to sponsors beyond their own neighbours."""

    def sponsored(**changes: Any) -> int:
        model = TrustSystem(county, scenario(joining__wait=0.0, **changes), 1)
        model.run_years(4)
        return int((events(model, "join")["reason"] == "ordered").sum())

    many = sponsored()
    assert many > 20
    assert sponsored(orders__on=False) < 0.5 * many

    model = part_of_a_year(county, "planning")
    ordered = np.flatnonzero(~np.isnan(model.state.schools.ordered))
    near, far = (within_reach(model.state, sponsors, model.settings.travel) for sponsors in (0, 6))
    extra = {*zip(far.school.tolist(), far.trust.tolist(), strict=True)} - {
        *zip(near.school.tolist(), near.trust.tolist(), strict=True)
    }
    assert len(extra) > len(ordered) / 2
    assert {school for school, _ in extra} <= set(ordered.tolist())
    beyond = [pair in extra for pair in zip(far.school.tolist(), far.trust.tolist(), strict=True)]
    assert far.minutes[beyond].mean() > 1.5 * near.minutes[np.isin(near.school, ordered)].mean()


@pytest.mark.direction("B6", "step:bidding")
def test_a_deficit_beyond_the_grant_is_untouchable(county: World) -> None:
    """Nobody bids for schools £2m in debt against a £25,000 grant; small debts, and trusts that do not look, differ."""
    model = part_of_a_year(county, "planning")
    state, schools = model.state, model.state.schools
    wanted = np.flatnonzero(schools.seeking | ~np.isnan(schools.ordered))
    held = schools.reserves.copy()

    def bids(debt: float, **changes: Any) -> set[int]:
        schools.reserves[wanted] = -debt
        settings = scenario(**changes)
        bidding.bid(state, settings.bidding, settings.planting, settings.travel, settings.planning)
        schools.reserves = held
        return set() if state.bids is None else set(state.bids.school.tolist())

    usual = bids(0.0)
    assert len(usual) > 20
    assert bids(2_000_000.0) == set()
    assert (events(model, "decline")["reason"] == "its deficit").sum() >= len(usual)
    assert bids(20_000.0) == usual, "a debt the grant covers is no bar"
    assert bids(2_000_000.0, bidding__due_diligence=False) == usual

    waiting = np.flatnonzero(~np.isnan(schools.ordered) & (schools.trust < 0))
    schools.ordered[waiting] = state.year - 1.0
    assert bids(2_000_000.0) == set()
    joining.settle(state, model.settings.approval, model.settings.joining)
    assert set(events(model, "unplaced")["school"]) == set(schools.urn[waiting].tolist())


@pytest.mark.direction("B7")
def test_new_areas_are_tested_by_the_checklist(county: World) -> None:
    """Far from a trust's schools the ten points decide; the log names those that failed, as for a real trust."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts, near = model.state, model.state.trusts, county.neighbours
    trust, _ = largest(state)
    free = (state.schools.trust < 0) & (state.schools.state == SchoolState.OPEN)
    company = (
        free[near.index] & (near.index >= 0) & (near.minutes <= 15) & (state.schools.phase[near.index] == Phase.PRIMARY)
    ).sum(axis=1)
    school = int(np.argmax(company * free * (state.schools.phase == Phase.PRIMARY)))
    state.places.help[:, 4] = 0.9

    def plan(minutes: float, bench: float, record: float, heart: float, **changes: Any) -> tuple[bool, list[str]]:
        trusts.record[trust], trusts.bench[trust], trusts.buyin[trust] = record, bench, heart
        trusts.failing[trust], trusts.reserves_share[trust], trusts.pressure[trust, 1] = 0, 0.3, 0.2
        trusts.posts[trust] = 3.0 * trusts.need[trust] + 1.0
        before = len(events(model, "plant"))
        pair = Pairs(np.array([school]), np.array([trust]), np.array([minutes]))
        yes = passes(state, scenario(**changes).planting, pair, np.array([True]))
        return bool(yes[0]), events(model, "plant")["reason"].tolist()[before:]

    assert plan(50.0, bench=2.0, record=0.9, heart=0.8) == (True, [""])
    assert plan(50.0, bench=0.0, record=0.9, heart=0.1) == (True, ["2 10"]), "two points are forgiven"
    assert plan(50.0, bench=0.0, record=0.1, heart=0.1) == (False, ["1 2 10"])
    facts = checklist_facts(state, PlantingParams(), np.array([school]), np.array([trust]), np.array([50.0]))
    real = checklist({k: float(v[0]) for k, v in facts.items()})
    assert [item.number for item in real if item.answer is False] == [1, 2, 10]
    assert plan(50.0, bench=0.0, record=0.9, heart=0.1, planting__failures=1.0)[0] is False
    assert plan(30.0, bench=0.0, record=0.1, heart=0.1) == (True, []), "near by there is nothing to test"
    assert plan(50.0, bench=0.0, record=0.1, heart=0.1, planting__on=False) == (True, [])

    def planted(**changes: Any) -> int:
        run = TrustSystem(county, scenario(planting__minutes=30.0, **changes), 1)
        run.run_years(4)
        return int((events(run, "join")["minutes"] > 30.0).sum())

    assert planted(planting__failures=1.0) < 0.7 * planted(planting__on=False)


@pytest.mark.slow
@pytest.mark.direction("B8", "step:intervention", "step:merging")
def test_rebrokering_flatters_the_trust_left(county: World) -> None:
    """A trust whose failing schools are taken looks better at once than it would with them; off, nothing differs.

    Single schools are rarely taken from trusts of several, so here as many are as coasting ones might have been.
    """

    def live(on: bool, seeds: range) -> tuple[Floats, int, int]:
        """How much better trusts look in the year they lose a school; schools taken and mergers."""
        better, taken, merged = [], 0, 0
        for seed in seeds:
            model = TrustSystem(
                county, scenario(intervention__on=on, intervention__twice={2018: 0.5}, merging__on=on), seed
            )
            schools, trusts = model.state.schools, model.state.trusts
            for _ in range(6):
                before = schools.taken_from.copy()
                model.run_for(1)
                gap = trusts.outcome - trusts.outcome_with_left
                left = schools.taken_from[schools.taken_from != before]
                taken += len(left)
                losers = np.unique(left)
                better += gap[losers[trusts.active[losers]]].tolist()
                never = np.setdiff1d(several(model.state), schools.taken_from)
                assert np.allclose(gap[never], 0.0)
            merged += model.state.log.count("merge")
        return np.array(better), taken, merged

    better, taken, merged = live(True, range(1, 13))
    assert taken > 240
    assert merged > 70
    assert better.mean() - 2 * better.std() / np.sqrt(len(better)) > 0
    assert live(False, range(1, 2))[1:] == (0, 0)
    eager, patient = (TrustSystem(county, scenario(merging__threshold=t), 1) for t in (2.2, 4.2))
    for model in (eager, patient):
        model.run_years(3)
    assert eager.state.log.count("merge") > 2 * patient.state.log.count("merge")
