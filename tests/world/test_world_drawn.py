"""Grades drawn where files have none: near the file's own, in the first year and in what becomes of the country."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ESTABLISHMENTS, LINKS_2018
from support.make_gias import NARROW, SHORT

from matsim.core.published_files import Files
from matsim.scenario.load import load_scenario
from matsim.simulation.simulate import build_world, side_by_side
from matsim.world.base import World
from matsim.world.codes import Grade, Phase, Route, mainstream

SCENARIO = load_scenario("england-2018")

pytestmark = pytest.mark.skipif(not ESTABLISHMENTS.exists(), reason="needs the published files of May 2018")


@pytest.fixture(scope="module")
def own() -> World:
    return build_world(SCENARIO, Files(ESTABLISHMENTS, LINKS_2018))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world of the same files with the columns of grades taken out."""
    table = pd.read_csv(ESTABLISHMENTS, dtype=str, encoding="cp1252", keep_default_na=False)
    assert set(NARROW) <= set(table)
    bare = tmp_path_factory.mktemp("bare") / ESTABLISHMENTS.name
    table.drop(columns=[SHORT["grade"], "OfstedLastInsp"]).to_csv(bare, index=False)
    return build_world(SCENARIO, Files(Path(bare), LINKS_2018))


def _open(world: World) -> pd.DataFrame:
    schools = pd.DataFrame(dict(world.schools))
    return schools[~schools.planned & mainstream(schools.phase.to_numpy())].assign(
        upper=lambda s: s.phase != Phase.PRIMARY
    )


def _shares(schools: pd.DataFrame) -> pd.DataFrame:
    """Shares of the four grades among schools with one, by phase and route."""
    graded = schools[schools.grade > 0]
    table = pd.crosstab([graded.upper, graded.route], graded.grade, normalize="index")
    return table.reindex(columns=range(1, 5), fill_value=0.0)


def test_drawn_grades_are_shared_out_as_the_files_own(own: World, drawn: World) -> None:
    ours, theirs = _open(drawn), _open(own)
    good = [(s.grade[s.grade > 0] <= Grade.GOOD).mean() for s in (ours, theirs)]
    assert good[0] == pytest.approx(good[1], abs=0.01)
    without = [(s.grade == Grade.NOT_INSPECTED).mean() for s in (ours, theirs)]
    assert without[0] == pytest.approx(without[1], abs=0.02)
    assert without[1] == pytest.approx(0.158, abs=0.001)
    # within three standard errors of each cell's schools, and two points for those of a few hundred
    number = theirs[theirs.grade > 0].groupby(["upper", "route"]).size().to_numpy()[:, None]
    error = np.sqrt(0.25 / number)
    assert (np.abs(_shares(ours).to_numpy() - _shares(theirs).to_numpy()) < 3.0 * error + 0.02).all()


def test_drawn_dates_lie_as_far_back_as_the_files_own(own: World, drawn: World) -> None:
    for code in range(1, 5):
        ages = [
            s.inspected[(s.grade == code) & (s.route == Route.MAINTAINED)].quantile([0.1, 0.25, 0.5, 0.75, 0.9])
            for s in map(_open, (drawn, own))
        ]
        assert np.abs(ages[0] - ages[1]).max() < 0.4
    assert _open(drawn).inspected.max() < 2018.4  # none after the day of the file


def test_schools_below_good_are_as_poor_and_as_clustered(own: World, drawn: World) -> None:
    measured = []
    for schools in map(_open, (drawn, own)):
        graded = schools[schools.grade > 0].assign(weak=lambda s: (s.grade >= Grade.REQUIRES_IMPROVEMENT).astype(float))
        cells = graded.groupby(["upper", "route"])
        poor = cells.fsm.rank(pct=True).corr(cells.grade.rank(pct=True))
        by_authority = graded.groupby("la").weak.agg(["mean", "size"])
        luck = (by_authority["mean"] * (1.0 - by_authority["mean"]) / by_authority["size"]).mean()
        measured.append((poor, by_authority["mean"].var() - luck))
    assert measured[0][0] == pytest.approx(measured[1][0], abs=0.05)
    assert measured[1][0] > 0.2
    assert measured[0][1] == pytest.approx(measured[1][1], rel=0.35)


def _after(world: World, seeds: Sequence[int]) -> tuple[float, float]:
    """Academy orders over three years, and trusts of two or more schools at their end: means over seeds."""
    orders, trusts = [], []
    for seed in seeds:
        model = side_by_side(SCENARIO, world, [seed])
        model.recorder.only(["events"])
        model.run_years(3)
        orders.append((model.recorder.tables()["events"]["event"] == "order").sum())
        schools = model.state.schools
        sizes = np.bincount(schools.trust[(schools.state == 1) & (schools.trust >= 0)])
        trusts.append((sizes >= 2).sum())
    return float(np.mean(orders)), float(np.mean(trusts))


@pytest.mark.long
def test_what_becomes_of_the_country_is_the_same_with_and_without_grades(own: World, drawn: World) -> None:
    """Over ten seeds orders and trusts of two or more schools are within a twentieth after three years."""
    orders, trusts = zip(*(_after(world, range(1, 11)) for world in (drawn, own)), strict=True)
    assert orders[1] > 400
    assert orders[0] == pytest.approx(orders[1], rel=0.05)
    assert trusts[0] == pytest.approx(trusts[1], rel=0.05)
