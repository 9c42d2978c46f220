"""Special schools, alternative provision and academies for 16 to 19 of a synthetic England."""

from __future__ import annotations

import numpy as np
import pytest
from support.make_synthetic import facts_of, frame, make

from matsim.world.codes import PHASES, Phase, Route, TrustKind
from matsim.world.specialist import HOMES, PER_HOST, ROUTES_OF, SCHOOLS, SEPARATE_SIZES

YEARS = (2010, 2018, 2024)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("schools", [20, 300, 20_000])
def test_mainstream_schools_and_their_trusts_are_as_without_them(year: int, schools: int) -> None:
    alone, beside = make(year, schools=schools), make(year, schools=schools, specialist=1.0)
    n, trusts = len(alone.schools["urn"]), len(alone.trust_names)
    for name, values in alone.schools.items():
        assert values.tobytes() == beside.schools[name][:n].tobytes(), name
    for name, values in alone.trusts.items():
        assert values.tobytes() == beside.trusts[name][:trusts].tobytes(), name
    assert beside.school_names[:n] == alone.school_names
    assert beside.trust_names[:trusts] == alone.trust_names
    assert beside.la_names == alone.la_names
    assert len(set(beside.school_names)) == len(beside.school_names)
    assert len(set(beside.trust_names)) == len(beside.trust_names)
    assert (beside.schools["phase"][n:] >= Phase.SPECIAL).all()


@pytest.mark.parametrize("year", YEARS)
def test_there_are_as_many_as_published(year: int) -> None:
    facts = facts_of(year, specialist=1.0)
    for kind, number in SCHOOLS[year].items():
        name, routes = PHASES[kind], ROUTES_OF[year][kind]
        assert facts["phase"][name] == number
        assert list(facts["specialist"]["route"][name].values())[1:] == list(routes)
    assert facts["mainstream"] == 20_000
    half = facts_of(year, specialist=0.5)
    assert half["phase"]["special"] == pytest.approx(SCHOOLS[year][Phase.SPECIAL] / 2, abs=1)


@pytest.mark.parametrize(("year", "with_some", "nothing_else"), [(2018, 180, 100), (2024, 255, 97)])
def test_their_trusts_are_like_the_real_ones(year: int, with_some: int, nothing_else: int) -> None:
    """MATs with some, and with nothing else, by a count of the group links of May 2018 and March 2024."""
    found = facts_of(year, specialist=1.0)["specialist"]["trusts"]
    mixed, own, single = (sum(home[i] for home in HOMES[year].values()) for i in range(3))
    assert found["academies in trusts with mainstream schools"] == mixed
    assert found["academies in trusts without"] == own + single
    assert found["single-academy trusts"] == single
    assert found["multi-academy trusts with some"] == pytest.approx(with_some, rel=0.04)
    assert found["multi-academy trusts with nothing else"] == pytest.approx(nothing_else, rel=0.06)
    assert sum(SEPARATE_SIZES[year].values()) == nothing_else
    assert sum(PER_HOST[year].values()) + nothing_else == with_some


def test_larger_trusts_have_some_more_often() -> None:
    world = make(2024, specialist=1.0)
    s = frame(world)
    usual = s["phase"] <= Phase.ALL_THROUGH
    sizes, some = (np.bincount(s["trust"][rows & (s["trust"] >= 0)], minlength=len(world.trust_names))
                   for rows in (usual, ~usual))  # fmt: skip
    multi = (world.trusts["kind"] == TrustKind.MULTI) & (sizes > 0)
    large, small = multi & (sizes > 10), multi & (sizes <= 10)
    assert (some[large] > 0).mean() == pytest.approx(56 / 244, abs=0.07)  # group links of March 2024
    assert (some[small] > 0).mean() == pytest.approx(102 / 969, abs=0.03)


@pytest.mark.parametrize(
    ("year", "pupils", "meals"),
    [(2018, (114.4, 47.5), (36.2, 40.0)), (2024, (143.5, 47.4), (48.6, 58.5))],
)
def test_rolls_meals_and_grades(year: int, pupils: tuple[float, ...], meals: tuple[float, ...]) -> None:
    found = facts_of(year, specialist=1.0)["specialist"]
    for i, name in enumerate(("special", "alternative provision")):
        assert found["pupils"][name]["mean"] == pytest.approx(pupils[i], rel=0.08)
        assert found["fsm"][name]["mean"] == pytest.approx(meals[i], abs=2.0)
    assert found["fill"]["special"]["mean"] == pytest.approx(1.02, abs=0.02)
    grades = list(found["grade"]["special"].values())
    assert sum(grades[1:3]) / sum(grades[1:]) == pytest.approx({2018: 0.92, 2024: 0.89}[year], abs=0.005)


def test_every_authority_of_some_size_has_a_special_school() -> None:
    s = frame(make(2018, specialist=1.0))
    codes, la = np.unique(s["la"], return_inverse=True)
    pupils = np.bincount(la, weights=np.where(s["phase"] <= Phase.ALL_THROUGH, s["pupils"], 0.0))
    special = np.bincount(la[s["phase"] == Phase.SPECIAL], minlength=len(codes))
    share = pupils / pupils.sum() * special.sum()
    assert (special[share >= 1.0] >= 1).all()
    assert np.abs(special - share).max() < 1.0
    upper = np.isin(s["phase"], (Phase.SECONDARY, Phase.ALL_THROUGH))
    xy = np.column_stack([s["easting"], s["northing"]]) / 1000.0
    from scipy.spatial import cKDTree

    near = cKDTree(xy[upper]).query(xy[s["phase"] == Phase.SPECIAL], k=[1])[0]
    usual = cKDTree(xy[upper]).query(xy[s["phase"] == Phase.PRIMARY], k=[1])[0]
    assert np.median(near) < 0.8 * np.median(usual)  # in towns, where secondary schools are


def test_academies_have_trusts_and_dates_and_others_do_not() -> None:
    for year in YEARS:
        s = frame(make(year, specialist=1.0))
        here = s["phase"] >= Phase.SPECIAL
        academy = s["route"] != Route.MAINTAINED
        assert (s["trust"][here & academy] >= 0).all()
        assert (s["trust"][here & ~academy] == -1).all()
        assert np.isfinite(s["opened"][here & academy]).all()
        assert np.isnan(s["opened"][here & ~academy]).all()
        assert s["opened"][here & academy].max(initial=0.0) < year + 2 / 3


def test_sites_are_planned_for_them_too() -> None:
    world = make(2018, specialist=1.0)
    sites = np.bincount(world.schools["phase"][world.schools["planned"]], minlength=6)
    assert sites[:3].sum() == 1_000
    assert sites[3:].tolist() == [260, 50, 40]
    assert make(2018, specialist=1.0, planned_sites=0.0).schools["planned"].sum() == 0


def test_the_same_again_and_none_where_none_are_asked_for() -> None:
    from matsim.world.geography import TravelParams
    from matsim.world.synthetic import SyntheticParams, synthetic

    again = synthetic(SyntheticParams(schools=300), 2024, TravelParams())
    assert again.digest() == make(2024, schools=300, specialist=1.0).digest()
    assert "16 special, 5 of alternative provision and 1 for 16 to 19" in again.account.notes[0]
    assert (make(2024, schools=300).schools["phase"] <= Phase.ALL_THROUGH).all()
