"""Estimators of results and heads, recomputed by hand on panels of a few schools; nan where nothing can be told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from matsim.validation import people, value_added
from matsim.validation.estimators import between_share, correlation, slope
from matsim.validation.movement import pairs
from matsim.validation.observed_run import Watched
from matsim.validation.quantities import transition
from matsim.world.codes import Route

YEAR = 2018
NONE = -1
MULTI = 1


def panel(schools: Sequence[dict[str, Any]], year: int = YEAR) -> pd.DataFrame:
    """Schools of one year end; what is not said is a maintained secondary of no trust, judged Good, with a new head."""
    usual = {
        **{"year": year, "phase": 1, "la": 1, "easting": 0.0, "northing": 0.0, "route": Route.MAINTAINED, "grade": 2},
        **{"inspected": 2015.0, "joined": np.nan, "trust": NONE, "kind": NONE, "size": 0, "mate_km": np.nan},
        **{
            "pupils": 100.0,
            "outcome": 0.0,
            "head": 0.0,
            "head_years": 0.0,
            "head_id": 1,
            "executive": -1,
            "vacancy": False,
            "turnover": 0.1,
        },
    }
    return pd.DataFrame([{"school": number, **usual, **school} for number, school in enumerate(schools, start=100)])


def watched(*years: pd.DataFrame) -> Watched:
    """A run that looked so at the ends of these years, the last of them YEAR."""
    frames = [frame.assign(year=YEAR - len(years) + 1 + k) for k, frame in enumerate(years)]
    return Watched(YEAR - len(years) + 2, {}, pd.concat(frames, ignore_index=True), {})


def inside(trust: int, outcome: float, size: int = 2, **more: Any) -> dict[str, Any]:
    """A converter in a multi-academy trust."""
    return {"trust": trust, "kind": MULTI, "size": size, "route": Route.CONVERTER, "outcome": outcome} | more


def standard(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Values less their mean, over their spread."""
    given = np.array(values)
    return np.asarray((given - given.mean()) / given.std())


def test_pairs_are_every_two_of_a_group_once() -> None:
    one, two = pairs(np.array([5, 7, 5, 9, 5, 7]))
    assert {frozenset(pair) for pair in zip(one.tolist(), two.tolist(), strict=True)} == {
        frozenset(pair) for pair in ((0, 2), (0, 4), (2, 4), (1, 5))
    }
    assert len(one) == 4
    assert not len(pairs(np.array([1, 2, 3]))[0])


def test_a_slope_holds_the_others_equal() -> None:
    rng = np.random.default_rng(1)
    x, other = rng.normal(size=(2, 40))
    x += other
    assert slope(2.0 * x - 3.0 * other + 1.0, x, other) == pytest.approx(2.0)
    assert slope(2.0 * x - 3.0 * other, x) != pytest.approx(2.0)
    design = np.column_stack([np.ones(40), x, other])
    noisy = rng.normal(size=40)
    assert slope(noisy, x, other) == pytest.approx(np.linalg.lstsq(design, noisy, rcond=None)[0][1])
    assert np.isnan(slope(noisy, other, other))
    assert np.isnan(slope(noisy, np.ones(40)))
    assert np.isnan(slope(noisy[:2], x[:2], other[:2]))


def test_a_correlation_needs_three_pairs_that_vary() -> None:
    assert correlation(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])) == pytest.approx(1.0)
    assert np.isnan(correlation(np.array([0.0, 1.0]), np.array([1.0, 3.0])))
    assert np.isnan(correlation(np.ones(3), np.array([1.0, 3.0, 5.0])))


def test_the_share_between_groups_is_that_of_a_one_way_analysis() -> None:
    # groups of two, three and two; the eighth is alone and counts for nothing
    values, group = np.array([1.0, 3.0, 4.0, 5.0, 9.0, 0.0, 2.0, 50.0]), np.array([1, 1, 2, 2, 2, 3, 3, 4])
    within = (2.0 + 14.0 + 2.0) / 4.0
    between = (2 * (2 - 24 / 7) ** 2 + 3 * (6 - 24 / 7) ** 2 + 2 * (1 - 24 / 7) ** 2) / 2.0
    part = (between - within) / ((7 - 17 / 7) / 2)
    assert between_share(values, group) == pytest.approx(part / (part + within))
    assert between_share(np.array([0.0, 2.0, 0.0, 2.0]), np.array([1, 1, 2, 2])) < 0.0
    assert np.isnan(between_share(values[:2], group[:2]))
    assert np.isnan(between_share(values, np.arange(8)))
    assert between_share(values, group, least=3) != between_share(values, group)


def test_the_gap_counts_trusts_of_two_or_more_against_maintained_schools() -> None:
    alone = {"trust": 9, "kind": 0, "size": 1, "route": Route.CONVERTER, "outcome": 7.0}
    lone_mat = inside(8, 5.0, size=1)
    outcomes = [1.0, 2.0, 7.0, 5.0, 0.0, -1.0]
    run = watched(panel([inside(1, 1.0), inside(1, 2.0), alone, lone_mat, {"outcome": 0.0}, {"outcome": -1.0}]))
    o = standard(outcomes)
    assert value_added.multi_gap(run, YEAR, "secondary") == pytest.approx(o[:2].mean() - o[4:].mean())


def test_phases_are_standardised_apart() -> None:
    primaries = [{"phase": 0, "outcome": 100.0 + k} for k in range(4)]
    run = watched(panel([inside(1, 1.0), inside(1, 2.0), {"outcome": 0.0}, *primaries]))
    o = standard([1.0, 2.0, 0.0])
    assert value_added.multi_gap(run, YEAR, "secondary") == pytest.approx(o[:2].mean() - o[2])
    assert np.isnan(value_added.multi_gap(run, YEAR, "primary"))


JOINING = np.random.default_rng(2).normal(size=(3, 12))


def test_joining_is_given_the_summer_before_and_follows_the_same_schools() -> None:
    """Four join in the second year, two in the third, one belonged all along; five stay maintained."""
    joins = [1, 1, 1, 1, 2, 2, 0, 9, 9, 9, 9, 9]
    years = [
        panel([inside(1, o, 4) if joins[k] <= y else {"outcome": o} for k, o in enumerate(JOINING[y])])
        for y in range(3)
    ]
    run = watched(*years)
    b0, b1, o = (standard(row) for row in JOINING)
    kept = [0, 1, 2, 3, 7, 8, 9, 10, 11]
    joined = np.array([1.0] * 4 + [0.0] * 5)
    design = np.column_stack([np.ones(9), b0[kept], joined])
    first, second = (float(np.linalg.lstsq(design, y[kept], rcond=None)[0][2]) for y in (b1, o))
    assert value_added.joining_first(run, YEAR, "secondary") == pytest.approx(first)
    assert value_added.joining_second(run, YEAR, "secondary") == pytest.approx(second)
    assert np.isnan(value_added.joining_first(watched(*years[:1] * 3), YEAR, "secondary"))


def test_growth_is_of_schools_that_were_in_the_trust_already() -> None:
    rng = np.random.default_rng(3)
    outcomes = rng.normal(size=(3, 14))
    then = [2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8]
    now = [4, 3, 6, 8, 3, 5, 10, 6, 12, 9, 7, 20]
    routes = [Route.CONVERTER, Route.SPONSORED, Route.FREE] * 4
    years = []
    for y, size in enumerate((then, then, now)):
        schools = [inside(k, outcomes[y][k], size[k], route=routes[k]) for k in range(12)]
        # one that came in between, and one that never was in a trust
        newcomer = inside(3, outcomes[y][12], size[3]) if y == 2 else {"outcome": outcomes[y][12]}
        years.append(panel([*schools, newcomer, {"outcome": outcomes[y][13]}]))
    run = watched(*years)
    b0, o = standard(outcomes[0])[:12], standard(outcomes[2])[:12]
    rate = np.maximum(np.log(np.array(now) / np.array(then)), 0.0)
    assert rate[4] == 0.0, "the trust that shrank"
    dummies = [np.array(routes) == code for code in (Route.SPONSORED, Route.FREE)]
    design = np.column_stack([rate, np.ones(12), b0, np.log(then), *dummies])
    expected = float(np.linalg.lstsq(design, o, rcond=None)[0][0])
    assert value_added.growth_incumbents(run, YEAR, "secondary") == pytest.approx(expected)
    assert np.isnan(value_added.growth_incumbents(watched(*years[:1] * 3), YEAR, "secondary"))


def test_distance_and_size_hold_each_other_and_the_route_equal() -> None:
    rng = np.random.default_rng(4)
    outcomes, km = rng.normal(size=12), [5.0, 15.0, 10.0, 40.0, 2.0, 12.0, 8.0, 11.0, 3.0, 20.0]
    sizes = [2, 2, 3, 4, 5, 6, 7, 9, 12, 30]
    routes = [Route.CONVERTER, Route.SPONSORED, Route.CONVERTER, Route.FREE, Route.SPONSORED] * 2
    schools = [inside(k, outcomes[k], sizes[k], mate_km=km[k], route=routes[k]) for k in range(10)]
    run = watched(panel([*schools, {"outcome": outcomes[10]}, {"outcome": outcomes[11]}]))
    o = standard(outcomes)[:10]
    dummies = [np.array(routes) == code for code in (Route.SPONSORED, Route.FREE)]
    design = np.column_stack([np.array(km) > 10.0, np.log(sizes), np.ones(10), *dummies])
    far, size = np.linalg.lstsq(design, o, rcond=None)[0][:2]
    assert value_added.far(run, YEAR, "secondary", 10.0) == pytest.approx(far)
    assert value_added.size_slope(run, YEAR, "secondary", 10.0) == pytest.approx(size)
    assert np.isnan(value_added.far(run, YEAR, "secondary", 50.0))


def test_pairs_of_near_schools_are_weighed_by_the_size_of_their_trust() -> None:
    at = {1: (0.0, 5_000.0, 40_000.0), 2: (0.0, 9_999.0), 3: (0.0, 30_000.0), 4: (0.0, 20_000.0)}
    schools = [inside(trust, 0.0, size=len(places), easting=place) for trust, places in at.items() for place in places]
    outcomes = [1.0, 2.0, -1.0, 0.5, 1.5, -2.0, 1.3, 3.0, -3.0]
    run = watched(panel([school | {"outcome": o} for school, o in zip(schools, outcomes, strict=True)]))
    o = standard(outcomes)
    near = (0.5 * o[0] * o[1] + o[3] * o[4]) / 1.5
    far = (0.5 * o[0] * o[2] + 0.5 * o[1] * o[2] + o[5] * o[6]) / 2.0
    assert value_added.pair_decay(run, YEAR, "secondary", 10.0, 30.0) == pytest.approx(near - far)
    assert np.isnan(value_added.pair_decay(run, YEAR, "secondary", 10.0, 300.0))
    nobody = watched(panel([inside(1, 0.0), inside(2, 1.0), {"outcome": 2.0}]))
    assert np.isnan(value_added.pair_decay(nobody, YEAR, "secondary", 10.0, 30.0))


def test_trusts_vary_by_the_schools_of_the_phase_that_they_have() -> None:
    outcomes = [1.0, 3.0, 4.0, 5.0, 9.0, 0.0, 2.0, 4.0, 50.0]
    trusts = [1, 1, 2, 2, 2, 3, 3, 3, 4]
    run = watched(panel([inside(t, o, size=4) for t, o in zip(trusts, outcomes, strict=True)]))
    o = standard(outcomes)
    assert value_added.trust_icc(run, YEAR, "secondary", 2) == pytest.approx(between_share(o, np.array(trusts)))
    assert value_added.trust_sd(run, YEAR, "secondary", 3) == pytest.approx(
        np.std([o[2:5].mean(), o[5:8].mean()], ddof=1)
    )
    assert np.isnan(value_added.trust_sd(run, YEAR, "secondary", 4))
    single = watched(panel([inside(1, 1.0), inside(1, 2.0), {"outcome": 0.0}]))
    assert np.isnan(value_added.trust_icc(single, YEAR, "secondary", 2)), "one trust"


def test_the_change_of_authorities_is_of_schools_maintained_at_both_ends() -> None:
    rng = np.random.default_rng(5)
    outcomes = rng.normal(size=(3, 9))
    las = [1, 1, 1, 2, 2, 2, 3, 3, 3]
    years = [panel([{"outcome": o, "la": la} for o, la in zip(outcomes[y], las, strict=True)]) for y in range(3)]
    for year, school in ((2, 0), (0, 8)):
        years[year].loc[school, ["route", "trust", "kind", "size"]] = [Route.CONVERTER, 1, MULTI, 2]
    change = standard(outcomes[2]) - standard(outcomes[0])
    expected = between_share(change[1:8], np.array(las[1:8]))
    assert value_added.authority_change(watched(*years), YEAR, "secondary") == pytest.approx(expected)


def test_persistence_is_of_schools_with_all_three_summers() -> None:
    rng = np.random.default_rng(6)
    outcomes = rng.normal(size=(3, 8))
    years = [panel([{"outcome": o} for o in outcomes[y]]) for y in range(3)]
    years[1] = years[1].iloc[:-1]  # the last school is not there in one summer
    b0, b1, o = standard(outcomes[0])[:7], standard(outcomes[1][:7]), standard(outcomes[2])[:7]
    run = watched(*years)
    one = (np.corrcoef(b0, b1)[0, 1] + np.corrcoef(b1, o)[0, 1]) / 2.0
    assert value_added.persistence(run, YEAR, "secondary", 1) == pytest.approx(one)
    assert value_added.persistence(run, YEAR, "secondary", 2) == pytest.approx(np.corrcoef(b0, o)[0, 1])


def test_trusts_persist_by_the_schools_that_were_in_them_throughout() -> None:
    rng = np.random.default_rng(7)
    outcomes = rng.normal(size=(3, 14))
    trusts = [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 2]
    years = [panel([inside(t, o, size=4) for t, o in zip(trusts, outcomes[y], strict=True)]) for y in range(3)]
    years[1].loc[9, "trust"] = 1  # a school of the third trust was elsewhere for a summer
    years[2].loc[13, "trust"] = 1  # one of the second went to the first in the end
    years[0].loc[10, "trust"] = 3  # one of the fourth came later: two are left, too few
    first, last = standard(outcomes[0]), standard(outcomes[2])
    then, now = (np.array([o[at : at + 3].mean() for at in (0, 3, 6)]) for o in (first, last))
    found = value_added.trust_persistence(watched(*years), YEAR, "secondary", 3)
    assert found == pytest.approx(np.corrcoef(then, now)[0, 1])
    assert np.isnan(value_added.trust_persistence(watched(*years), YEAR, "secondary", 4))


def test_heads_who_are_long_in_post_tell_what_a_head_is_worth() -> None:
    skill, outcome = [-1.0, 0.0, 0.5, 2.0], [-3.0, 0.0, 1.0, 4.0]
    heads = [
        {"outcome": o, "head": h, "head_years": 3.0 + k} for k, (h, o) in enumerate(zip(skill, outcome, strict=True))
    ]
    others = [{"outcome": 9.0, "head": -3.0, "head_years": 2.9}, {"outcome": 5.0, "head_years": 8.0, "vacancy": True}]
    run = watched(panel([*heads, *others]))
    expected = np.polyfit(skill, standard([*outcome, 9.0, 5.0])[:4], 1)[0]
    assert value_added.head_slope(run, YEAR, "secondary", 3.0) == pytest.approx(expected)
    assert np.isnan(value_added.head_slope(run, YEAR, "secondary", 30.0))


def test_heads_are_new_in_their_first_year() -> None:
    new, old, vacant = (
        {"head_years": 0.0},
        {"head_years": 1.0},
        {"head_years": 0.0, "vacancy": True},
    )
    primary = {"phase": 0}
    run = watched(panel([new, old, old, vacant, new | primary, old | primary]))
    assert people.head_turnover(run, YEAR, YEAR, "secondary") == pytest.approx(1 / 3)
    assert people.head_turnover(run, YEAR, YEAR, "primary") == pytest.approx(1 / 2)
    assert people.head_turnover_gap(run, YEAR, YEAR) == pytest.approx(1 / 3 - 1 / 2)


def test_only_visits_to_schools_of_larger_trusts_count() -> None:
    before = panel([inside(k, 0.0, size, grade=3) for k, size in ((1, 2), (2, 2), (3, 1), (4, 3))])
    after = before.assign(grade=[2, 3, 2, 3], inspected=[2018.0, 2018.0, 2018.0, 2015.0])
    run = watched(before, after)
    rose = partial(transition, run, YEAR, YEAR, "secondary", [3, 4], [1, 2], "multi")
    assert rose(least=2) == pytest.approx(1 / 2)
    assert rose() == pytest.approx(2 / 3)


def test_heads_are_counted_by_kind_and_size_of_trust_over_years() -> None:
    alone = {"trust": 9, "kind": 0, "size": 1, "route": Route.CONVERTER}
    schools = [inside(1, 0.0, 3), inside(1, 0.0, 3), inside(2, 0.0, 6), alone, {}]
    years = [
        panel([school | {"head_years": 0.0 if new else 4.0} for school, new in zip(schools, flags, strict=True)])
        for flags in ([1, 1, 0, 0, 1], [0, 1, 1, 0, 0])
    ]
    run = watched(*years)
    turnover = partial(people.head_turnover, run, YEAR - 1, YEAR, "secondary")
    assert turnover("multi", (3, 5)) == pytest.approx(3 / 4)
    assert turnover("multi", (6, 10)) == pytest.approx(1 / 2)
    assert turnover("single") == 0.0
    assert turnover() == pytest.approx(5 / 10)
    assert np.isnan(turnover("multi", (11, 20)))


def test_heads_of_schools_that_changed_trusts_are_set_against_other_academies() -> None:
    before = panel([inside(t, 0.0, 3) for t in (1, 1, 2, 2)] + [{}])
    after = panel(
        [inside(t, 0.0, 3, head_years=y) for t, y in ((1, 4.0), (2, 0.0), (2, 5.0), (3, 9.0))] + [inside(1, 0)]
    )
    assert people.head_turnover_moved(watched(before, after), YEAR, YEAR) == pytest.approx(1 / 2)
    stayed = watched(before, before)
    assert np.isnan(people.head_turnover_moved(stayed, YEAR, YEAR))


def test_schools_share_a_head_or_an_executive_head_with_others_of_their_trust() -> None:
    run = watched(
        panel(
            [
                *(inside(1, 0.0, 4, head_id=h, executive=e) for h, e in ((5, NONE), (5, NONE), (6, NONE), (7, 30))),
                *(inside(2, 0.0, 4, head_id=h, executive=30) for h in (7, 8)),
                inside(3, 0.0, 2, head_id=9),
                inside(3, 0.0, 2, head_id=9, vacancy=True),
            ]
        )
    )
    # two of the first trust by their head, both of the second by their executive head; a vacant post has no head
    assert people.shared_heads(run, YEAR) == pytest.approx(4 / 8)


def test_teachers_leave_groups_that_count_by_their_schools_of_the_phase() -> None:
    schools = [
        *({"la": 1, "turnover": t, "pupils": p} for t, p in ((0.1, 100.0), (0.2, 300.0))),
        *({"la": la, "turnover": t} for la, t in ((2, 0.3), (3, 0.1))),
        *(inside(1, 0.0, 3, turnover=t) for t in (0.2, 0.4, 0.6)),
        inside(2, 0.0, 2, turnover=0.9),
        inside(3, 0.0, 1, turnover=0.7),
    ]
    run = watched(panel(schools), panel(schools))
    turnover = partial(people.teacher_turnover, run, YEAR - 1, YEAR, "secondary")
    assert turnover("maintained", (1, 99), "median") == pytest.approx(0.175)
    assert turnover("maintained", (1, 99), "mean") == pytest.approx((0.175 + 0.3 + 0.1) / 3)
    assert turnover("multi", (3, 99), "mean") == pytest.approx(0.4)
    assert turnover("multi", (1, 2), "mean") == pytest.approx(0.9), "a trust of one school is none"
    assert np.isnan(turnover("multi", (10, 99), "mean"))
