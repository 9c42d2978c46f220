"""What near schools share, and what the schools of a trust share: lasting, and the same whoever else is there."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.stepping import do, system, until

from matsim.core.streams import Streams
from matsim.mechanisms import likeness
from matsim.mechanisms.likeness import TRUST_WAVES, LikenessParams, height, waves
from matsim.simulation.simulate import side_by_side
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Sector


def fields(seed: int, many: int = 20_000) -> np.ndarray:
    """Waves of the fields of so many."""
    streams = Streams(seed)
    return waves(streams, "test", TRUST_WAVES, streams.identities("test", np.arange(many)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_likeness_falls_to_a_third_over_a_length_and_over_a_time(seed: int) -> None:
    """Over the luck of many fields: spread one, and likeness exp(−d) at d lengths in any direction, or times."""
    wave = fields(seed)
    here = height(wave, np.array(3.0), np.array(7.0), 2.0)
    luck = 1.0 / np.sqrt(wave.shape[2])
    assert here.mean() == pytest.approx(0.0, abs=4.0 * luck)
    assert here.std() == pytest.approx(1.0, abs=4.0 * luck)
    for apart in (0.1, 0.5, 1.0, 2.0):
        for east, north, when in ((apart, 0.0, 0.0), (0.6 * apart, -0.8 * apart, 0.0), (0.0, 0.0, apart)):
            there = height(wave, np.array(3.0 + east), np.array(7.0 + north), 2.0 + when)
            assert np.corrcoef(here, there)[0, 1] == pytest.approx(np.exp(-apart), abs=4.0 * luck)


def test_near_schools_are_alike_whoever_runs_them(area: World) -> None:
    """Of primaries, over draws of luck: what their places add is as alike as their distance says, near and far."""
    draws = 60
    state = side_by_side(scenario(), area, range(1, draws + 1)).state
    schools, p = state.schools, LikenessParams()
    first = np.flatnonzero((state.world.sector == Sector.PRIMARY) & (schools.copy == 0))
    added = schools.area.reshape(draws, -1)[:, first] / np.sqrt(p.place)
    apart = [np.subtract.outer(x[first], x[first]) for x in (schools.easting, schools.northing)]
    km = np.hypot(*apart) / 1000.0
    for least, most in ((0.01, 2.0), (4.0, 8.0), (16.0, 24.0)):
        some = (km > least) & (km < most)
        alike = np.array([np.outer(one, one)[some].mean() for one in added])
        error = alike.std(ddof=1) / np.sqrt(draws)
        assert alike.mean() == pytest.approx(np.exp(-km[some] / p.place_km).mean(), abs=4.0 * error)
        assert error < 0.15


def test_what_a_place_adds_lasts_and_hangs_on_no_other_school(county: World) -> None:
    """Nothing moves it, and a school has it alone as among others."""
    both = side_by_side(scenario(), county, [3, 4]).state
    alone = side_by_side(scenario(), county, [4]).state
    second = np.flatnonzero(both.schools.copy == 1)
    assert np.array_equal(both.schools.area[second], alone.schools.area)
    assert not np.array_equal(both.schools.area[: len(second)], alone.schools.area)
    before = alone.schools.area.copy()
    alone.model.run_years(3)
    assert np.array_equal(alone.schools.area, before)


def aims(state: State, rows: np.ndarray) -> np.ndarray:
    return likeness.of_trusts(state, state.model.settings.likeness, rows, state.year)


def test_a_trusts_ways_are_the_same_for_a_school_whoever_else_is_in_it(county: World) -> None:
    model = system(county)
    state = model.state
    rows = state.in_trusts()
    together = aims(state, rows)
    assert np.array_equal(together[:1], aims(state, rows[:1]))
    state.schools.trust[rows[1:]] = -1
    assert np.array_equal(together[:1], aims(state, rows[:1]))


def test_a_school_comes_to_its_trusts_ways_over_years_and_leaves_them_so(county: World) -> None:
    """A part of the way each year, which is what moves its quality; one that leaves goes back as it came."""
    p = LikenessParams()
    state = system(county).state
    rows = state.in_trusts()
    state.schools.ways[rows] = 0.0
    moved = likeness.settle(state, p, rows, state.year)
    assert np.allclose(moved, p.settle * aims(state, rows))
    assert np.array_equal(state.schools.ways[rows], moved)
    state.schools.trust[rows] = -1
    assert np.allclose(likeness.settle(state, p, rows, state.year), -p.settle * moved)


def test_the_ways_of_trusts_change_slowly(county: World) -> None:
    """After a year what a trust's schools share is much as it was; after thirty it is another."""
    state = system(county).state
    rows = state.in_trusts()
    now = aims(state, rows)
    alike = []
    for later in (1, 30):
        state.year += later
        alike.append(np.corrcoef(now, aims(state, rows))[0, 1])
        state.year -= later
    # on average exp(−1 / 7) and exp(−30 / 7)
    assert alike[0] > 0.8
    assert alike[1] < 0.4


@pytest.mark.direction("G21")
def test_quality_comes_back_to_what_its_place_and_trust_add(county: World) -> None:
    """Two worlds that differ in where schools rest, all else alike: each moves by its share of the difference."""
    quality = {}
    for added in (0.0, 1.0):
        model = system(county)
        state = until(model, "improvement")
        state.schools.area += added
        quality[added] = do(model, "improvement").schools.quality[state.open_rows()].copy()
    p = scenario().improvement
    secondary = state.world.sector[state.open_rows()] == Sector.SECONDARY
    expected = np.where(secondary, p.reversion_secondary, p.reversion)
    assert np.allclose(quality[1.0] - quality[0.0], expected)


@pytest.mark.parametrize("share", ["likeness__trust", "likeness__trust_secondary"])
def test_without_it_schools_of_a_trust_are_less_alike(county: World, share: str) -> None:
    """Over draws of luck: two schools of a trust have less in common when trusts give them nothing."""
    sector = Sector.PRIMARY if share == "likeness__trust" else Sector.SECONDARY
    fall = []
    for seed in range(1, 9):
        between = []
        for strength in (0.5, 0.0):
            state = side_by_side(scenario(**{share: strength}), county, [seed]).state
            rows = state.in_trusts()
            rows = rows[state.world.sector[rows] == sector]
            of, quality = state.schools.trust[rows], state.schools.quality[rows]
            size = np.bincount(of)
            mean = np.bincount(of, quality) / np.maximum(size, 1)
            several = size[of] > 1
            # twice the products of two schools of a trust over their variance: no number of schools is too few
            pairs = (mean[of] * size[of] - quality)[several] / (size[of] - 1)[several] * quality[several]
            between.append(pairs.mean() / quality.var())
        fall.append(between[0] - between[1])
    assert np.mean(fall) > 3.0 * np.std(fall, ddof=1) / np.sqrt(len(fall))
