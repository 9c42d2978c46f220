"""Comparisons count mainstream schools, whatever else is in a world and in its trusts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.specialists import OWN_UID, with_specialists

from matsim.validation import baselines, money, quantities
from matsim.validation.forecast import outcomes
from matsim.validation.forecast_scores import score_all
from matsim.validation.observed_run import Watched, watch
from matsim.validation.outcome import begin
from matsim.validation.population import counted, first_year
from matsim.world.base import World
from matsim.world.codes import TrustKind

YEARS = (2018, 2019)


@pytest.fixture(scope="module")
def both(county: World) -> World:
    return with_specialists(county)


@pytest.fixture(scope="module")
def run(both: World) -> Watched:
    return watch(scenario(), both, [3], len(YEARS))[0]


def test_the_panel_and_the_sizes_of_trusts_are_of_mainstream_schools(run: Watched, both: World, county: World) -> None:
    assert set(run.panel.phase.unique()) == {0, 1}
    assert set(run.panel.school) <= set(both.schools["urn"][counted(both)].tolist())
    first = run.at(2017)
    assert len(first) == county.size
    assert run.panel.outcome.notna().all()
    # a trust's size, its mainstream schools: as they were before any specialist school stood beside it
    trust, kind = county.schools["trust"], county.trusts["kind"]
    inside = trust[(trust >= 0) & ~county.schools["planned"]]
    multi = np.bincount(inside[kind[inside] == TrustKind.MULTI])
    assert quantities.mean_size(run, 2017) == pytest.approx(multi[multi > 0].mean())
    assert quantities.largest(run, 2017) == multi.max()
    whole = np.bincount(both.schools["trust"][both.schools["trust"] >= 0])
    assert whole[: len(multi)].sum() > multi.sum() + 20, "else specialist schools in these trusts prove nothing"
    # trusts that have none are no trusts here
    assert quantities.trusts(run, 2018 + quantities.AUGUST, "multi") == pytest.approx((multi > 0).sum())
    for year in YEARS:
        trusts = money._trusts(run, year)
        size = run.at(year).loc[run.at(year).trust >= 0].groupby("trust").size()
        assert trusts.set_index("trust").schools.to_dict() == size.to_dict()
        assert set(trusts.trust) < set(run.tables["trust_year"].loc[run.tables["trust_year"].year == year, "trust"])


def test_size_and_distance_count_specialist_schools_of_the_trust(run: Watched, both: World) -> None:
    schools = both.schools
    open_ = (schools["trust"] >= 0) & ~schools["planned"]
    at = {name: schools[name][open_].astype(float) for name in ("easting", "northing")}
    urn, trust = schools["urn"][open_], schools["trust"][open_]
    apart = np.hypot(*(values[:, None] - values for values in at.values())) / 1000.0
    apart[(trust[:, None] != trust) | np.eye(len(trust), dtype=bool)] = np.inf
    size = dict(zip(urn.tolist(), np.bincount(trust)[trust].tolist(), strict=True))
    nearest = dict(zip(urn.tolist(), apart.min(axis=1).tolist(), strict=True))
    first = run.at(2017).set_index("school")
    assert first["size"].to_dict() == {school: size.get(school, 0) for school in first.index}
    expected = [nearest.get(school, np.inf) for school in first.index]
    assert first.mate_km.fillna(np.inf).to_numpy() == pytest.approx(np.array(expected))
    mainstream = first.loc[first.trust >= 0].groupby("trust").kind.transform("size")
    assert (first.loc[mainstream.index, "size"] > mainstream).sum() > 20, "else it proves nothing"


def test_moves_by_commissioners_are_of_mainstream_schools(run: Watched, both: World) -> None:
    year, few = 2018, both.schools["urn"][~counted(both)][:30]
    event = {"year": year, "event": "transfer", "reason": "intervention", "school": few, "trust": OWN_UID}
    more = pd.concat([run.tables["events"], pd.DataFrame(event)], ignore_index=True)
    told = Watched(run.start, run.tables | {"events": more}, run.panel, run.authorities)
    usual = quantities.moved_by_intervention(run, year)
    assert quantities.moved_by_intervention(told, year) == usual


@pytest.mark.parametrize("place", ["after", "between"])
def test_forecasts_and_their_scores_leave_them_out(both: World, county: World, place: str) -> None:
    """Wherever they stand among the rows of a world: new URNs come last, those of files anywhere."""
    world = both if place == "after" else mixed(both)
    start = begin(world)
    rows = first_year(world)
    assert len(start.of) == county.size == len(rows)
    assert counted(world)[rows].all()
    made = outcomes(world, scenario(), 13, [1, 2])
    assert [len(o.of) for o in made] == [county.size] * 2
    assert (made[0].of != start.of).sum() > 20
    draw = baselines.Attraction(world, sizes(start.of, len(start.kind)), 3.0)
    chosen: Callable[[int], tuple[np.ndarray, np.ndarray]] = draw.choices
    for school in range(0, county.size, 97):
        trusts, chance = chosen(school)
        assert chance.sum() == pytest.approx(1.0)
        assert set(trusts.tolist()) <= set(start.of[start.of >= 0].tolist())
    left_out = np.zeros(county.size, bool)
    tables = score_all(world, {"matsim": made, "nothing changes": [start] * 2}, made[1], left_out).tables()
    own = set(range(OWN_UID, OWN_UID + 100))
    assert not set(tables["trust_forecasts"]["trust"]) & own
    assert set(tables["school_forecasts"]["school"]) == set(world.schools["urn"][rows].tolist())
    assert tables["scores"].loc[tables["scores"]["part"] != "how far new schools are", "score"].notna().all()


def sizes(of: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(of[of >= 0], minlength=count).astype(float)


def mixed(world: World) -> World:
    """The same world with its rows in another order: URNs are given anew."""
    from dataclasses import replace

    from matsim.scenario.schema import Scenario
    from matsim.world.geography import neighbours

    order = np.argsort(np.random.default_rng(4).random(len(world.schools["urn"])), kind="stable")
    schools = {name: values[order] for name, values in world.schools.items()}
    schools["urn"] = np.sort(world.schools["urn"])
    near = neighbours(schools["easting"], schools["northing"], schools["phase"], Scenario().travel)
    names = tuple(world.school_names[row] for row in order.tolist())
    return replace(world, schools=schools, school_names=names, neighbours=near)
