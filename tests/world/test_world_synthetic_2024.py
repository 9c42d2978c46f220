"""The synthetic England of 2024, against what the links of March 2024 and the census of that January say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import SHARED
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from support.make_synthetic import frame, make

from matsim.core.columns import Array
from matsim.core.published_files import Files
from matsim.world.base import World
from matsim.world.codes import PHASES, ROUTES, Grade, Phase, Route, TrustKind
from matsim.world.describe import BANDS, describe
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world

COUNTRY = 20_000 / 20_185
"""The made-up country over the mainstream schools there are."""
SIZES = {"1": 138, "2": 170, "3-5": 333, "6-10": 328, "11-15": 112, "16-20": 61, "21-30": 39, "31+": 32}
"""Multi-academy trusts by mainstream schools, 1 March 2024."""
REGIONS = (0.332, 0.357, 0.502, 0.520, 0.285, 0.437, 0.595, 0.454)
"""Share of primaries that are academies in each region."""


def test_academies_by_phase_and_route(today_facts: dict[str, Any]) -> None:
    by_phase, phases = today_facts["route_by_phase"], today_facts["phase"]
    share = {p: 1.0 - by_phase[p]["maintained"] / phases[p] for p in PHASES[: Phase.ALL_THROUGH + 1]}
    assert share["primary"] == pytest.approx(0.427, abs=0.005)  # January; 0.430 in March
    upper = phases["secondary"] + phases["all-through"]
    maintained = by_phase["secondary"]["maintained"] + by_phase["all-through"]["maintained"]
    assert 1.0 - maintained / upper == pytest.approx(0.819, abs=0.005)
    counted = {"primary": (5_200, 1_755, 269), "secondary": (1_653, 746, 258), "all-through": (38, 56, 46)}
    for phase, routes in counted.items():
        made = [by_phase[phase][route] for route in ROUTES[1:]]
        assert made == pytest.approx([number * COUNTRY for number in routes], abs=2), phase


def test_sizes_of_trusts(today_facts: dict[str, Any]) -> None:
    t = today_facts["trusts"]
    assert t["single"] == pytest.approx(914 * COUNTRY, rel=0.05)  # drawn school by school: sd 27
    assert t["multi"] == pytest.approx(1_213 * COUNTRY, rel=0.01)
    assert t["academies_in_multi"] == pytest.approx(9_107 * COUNTRY, rel=0.006)
    assert t["mean_size"] == pytest.approx(9_107 / 1_213, abs=0.02)
    assert t["largest"] == pytest.approx(89, abs=5)  # the kinds of the schools near it may leave less room
    for band, number in SIZES.items():
        assert t["multi_by_size"][band] / t["multi"] == pytest.approx(number / 1_213, abs=0.003), band
    assert t["gini"] == pytest.approx(0.482, abs=0.004)


def test_academies_in_trusts_of_ten(today: World) -> None:
    sizes = np.bincount(frame(today)["trust"][frame(today)["trust"] >= 0])[today.trusts["kind"] == TrustKind.MULTI]
    assert (sizes >= 10).mean() == pytest.approx(286 / 1_213, abs=0.003)
    assert sizes[sizes >= 10].sum() / sizes.sum() == pytest.approx(5_205 / 9_107, abs=0.005)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_regions_differ_as_they_do(seed: int) -> None:
    s = frame(make(2024, seed=seed))
    primary, academy = s["phase"] == Phase.PRIMARY, s["trust"] >= 0
    made = [academy[primary & (s["region"] == r)].mean() for r in range(len(REGIONS))]
    assert made == pytest.approx(REGIONS, abs=0.045)


def test_authorities_differ_as_they_do(today: World) -> None:
    s = frame(today)
    primary, academy = s["phase"] == Phase.PRIMARY, s["trust"] >= 0
    shares = [academy[primary & (s["la"] == code)].mean() for code in np.unique(s["la"])]
    assert np.percentile(shares, [5, 25, 50, 75, 95]) == pytest.approx([0.108, 0.255, 0.407, 0.617, 0.900], abs=0.05)


def test_sponsored_schools_are_poorer(today: World) -> None:
    s = frame(today)
    poor = (s["fsm"] - s["fsm"].mean()) / s["fsm"].std()
    sponsored = s["route"] == Route.SPONSORED
    assert poor[sponsored].mean() - poor[~sponsored].mean() == pytest.approx(0.776, abs=0.06)


def _apart(world: World) -> tuple[NDArray[np.float64], dict[int, float]]:
    """Km from each academy to the nearest of its trust; and by band of size the median from the trust's middle."""
    s = frame(world)
    xy = np.column_stack([s["easting"], s["northing"]]) / 1_000.0
    near: list[NDArray[np.float64]] = []
    middle: dict[int, list[NDArray[np.float64]]] = {low: [] for low, _ in BANDS[1:]}
    for trust in np.flatnonzero(world.trusts["kind"] == TrustKind.MULTI):
        members = xy[s["trust"] == trust]
        if len(members) < 2:
            continue
        near.append(cKDTree(members).query(members, k=[2])[0][:, 0])
        band = max(low for low in middle if low <= len(members))
        middle[band].append(np.hypot(*(members - np.median(members, axis=0)).T))
    return np.concatenate(near), {low: float(np.median(np.concatenate(km))) for low, km in middle.items()}


def test_trusts_are_more_compact_than_in_2018(today: World, england: World) -> None:
    """March 2024: 1.0, 2.2, 5.1, 10.2 and 15.7 km to the nearest, 97% within 20; from the middle as below."""
    near, middle = _apart(today)
    assert np.percentile(near, [25, 50, 75, 90, 95]) == pytest.approx([0.99, 2.21, 5.06, 10.2, 15.73], rel=0.15)
    assert (near < 20.0).mean() == pytest.approx(0.967, abs=0.015)
    far = {2: 1.5, 3: 2.4, 6: 5.0, 11: 9.8, 16: 11.6, 21: 18.0, 31: 32.9}
    for low, km in far.items():
        # trusts of two follow from what lies next on the curve; of over twenty there are few
        assert middle[low] == pytest.approx(km, rel=0.3 if 3 <= low <= 16 else 0.55), low
    earlier = _apart(england)[1]
    assert all(middle[low] < 0.85 * earlier[low] for low in (6, 11, 21, 31))


def test_kinds_of_trust(today: World) -> None:
    s = frame(today)
    several = today.trusts["kind"] == TrustKind.MULTI
    held = s["trust"] >= 0
    size = np.bincount(s["trust"][held], minlength=len(several))[several]
    primaries = np.bincount(s["trust"][held], weights=s["phase"][held] == Phase.PRIMARY, minlength=len(several))[
        several
    ]
    kinds = [np.mean(primaries == size), np.mean(primaries == 0), np.mean((primaries > 0) & (primaries < size))]
    assert kinds == pytest.approx([0.403, 0.128, 0.469], abs=0.05)


def test_the_same_places_with_the_pupils_of_the_year(today: World, england: World) -> None:
    new, old = frame(today), frame(england)
    for column in ("urn", "la", "region", "easting", "northing", "phase", "denomination"):
        assert np.array_equal(new[column], old[column]), column
    primary = new["phase"] == Phase.PRIMARY
    grown = [new["pupils"][here].sum() / old["pupils"][here].sum() for here in (primary, ~primary)]
    assert grown == pytest.approx([0.99, 1.05], abs=0.001)
    assert np.array_equal(new["capacity"][primary], old["capacity"][primary])
    fuller = [np.mean(s["pupils"][h] / s["capacity"][h]) for h in (primary, ~primary) for s in (old, new)]
    assert fuller[1] - fuller[0] == pytest.approx(-0.009, abs=0.002)
    assert fuller[3] - fuller[2] == pytest.approx(0.022, abs=0.003)


def test_free_meals(today: World, england: World) -> None:
    """20.8% of all pupils in January 2021, whence the other years' figures are; 24.6% in January 2024."""

    def odds(s: dict[str, Array]) -> float:
        share = float(np.average(s["fsm"], weights=s["pupils"])) / 100.0
        return float(np.log(share / (1.0 - share)))

    assert odds(frame(today)) - odds(frame(england)) == pytest.approx(0.217, abs=0.035)
    assert np.average(frame(today)["fsm"], weights=frame(today)["pupils"]) == pytest.approx(24.6, rel=0.05)


def test_grades(today_facts: dict[str, Any], today: World) -> None:
    def shares(tally: dict[str, int]) -> NDArray[np.float64]:
        counts = np.array([tally[name] for name in ("Outstanding", "Good", "Requires improvement", "Inadequate")])
        return np.asarray(counts / counts.sum())

    everyone = shares(today_facts["grade"])
    assert everyone[0] == pytest.approx(0.14, abs=0.005)
    assert everyone[:2].sum() == pytest.approx(0.90, abs=0.005)
    by_phase = [shares(today_facts["grade_by_phase"][name])[:2].sum() for name in ("primary", "secondary")]
    assert by_phase == pytest.approx([0.916, 0.82], abs=0.003)
    assert 0 < today_facts["grade"]["not inspected"] < 0.03 * 20_000
    s = frame(today)
    age = 2024 + 2 / 3 - s["inspected"]
    graded = s["grade"] > Grade.NOT_INSPECTED
    assert np.mean(age[graded] > 5.0) == pytest.approx(0.10, abs=0.02)  # not seen since September 2019
    kept = s["route"] < Route.SPONSORED  # the others have been open for too short a time
    for grade, median in ((1, 2.1), (2, 1.7), (3, 1.4), (4, 1.05)):
        of_few = 0.1 if grade < Grade.INADEQUATE else 0.2
        assert np.median(age[kept & (s["grade"] == grade)]) == pytest.approx(median, rel=of_few)


def test_openings_since_2018(today: World) -> None:
    """3,036 of the 10,021 mainstream academies of March 2024 were not yet academies in May 2018."""
    s = frame(today)
    academies = s["trust"] >= 0
    assert np.mean(s["opened"][academies] > 2018.66) == pytest.approx(2_837 / 10_021, abs=0.015)
    assert np.nanmax(s["opened"]) < 2024.67


@pytest.mark.realdata
def test_like_the_real_country(today_facts: dict[str, Any]) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    links = SHARED / "grouplinks_edubaseallacademiesandfree_2024-03-01.csv"
    world = read_world(Files(SHARED / "establishments_2024-03_assembled.csv", links), 2024, TravelParams())
    real, made = describe(world), today_facts
    assert list(made["region"].values()) == pytest.approx(list(real["region"].values()), rel=0.02)
    # 230 academies of the links are not among those establishments: most opened as new schools since 2018
    assert made["trusts"]["academies"] == pytest.approx(real["trusts"]["academies"], rel=0.02)
    assert made["trusts"]["mean_size"] == pytest.approx(real["trusts"]["mean_size"], rel=0.03)
    assert made["trusts"]["gini"] == pytest.approx(real["trusts"]["gini"], abs=0.01)
