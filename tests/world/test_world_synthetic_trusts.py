"""The trusts, academies and planned sites of a synthetic England, against evidence §2 and the real files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from support.make_synthetic import frame, make

from matsim.world.academies import MAT_SIZES
from matsim.world.base import World
from matsim.world.codes import PHASES, ROUTES, Denomination, Grade, Phase, Route, TrustKind
from matsim.world.describe import describe

# --- academies and trusts


def test_routes_2018(facts: dict[str, Any]) -> None:
    by_phase = facts["route_by_phase"]
    share = {p: 1.0 - by_phase[p]["maintained"] / facts["phase"][p] for p in PHASES[:3]}
    assert share["primary"] == pytest.approx(0.28, abs=0.015)  # 27% in January, 28.8% in May 2018
    assert share["secondary"] == pytest.approx(0.72, abs=0.01)
    assert facts["route"]["free school"] / 20_000 == pytest.approx(0.022, abs=0.003)
    assert facts["trusts"]["academies"] == pytest.approx(7_400, rel=0.05)
    assert by_phase["primary"]["sponsored"] / by_phase["primary"]["converter"] == pytest.approx(1_290 / 3_345, rel=0.05)
    assert by_phase["secondary"]["sponsored"] / by_phase["secondary"]["converter"] == pytest.approx(
        594 / 1_449, rel=0.05
    )


def test_trusts_2018(england: World, facts: dict[str, Any]) -> None:
    t = facts["trusts"]
    assert t["single"] == pytest.approx(1_407, rel=0.06)  # 1,500 less special and 16-plus
    assert t["academies_in_multi"] == pytest.approx(5_868, rel=0.03)
    assert t["mean_size"] == pytest.approx(4.50, abs=0.1)
    assert t["gini"] == pytest.approx(0.472, abs=0.01)
    real = {"1": 267, "2": 334, "3-5": 469, "6-10": 217, "11-15": 58, "16-20": 9, "21-30": 17, "31+": 14}
    for band, count in real.items():
        assert t["multi_by_size"][band] / t["multi"] == pytest.approx(count / 1_385, abs=0.004), band
    s = frame(england)
    alone = england.trusts["kind"][s["trust"]] == TrustKind.SINGLE
    single = (s["trust"] >= 0) & alone
    assert np.mean(s["phase"][single] == Phase.PRIMARY) == pytest.approx(600 / 1_407, abs=0.04)


@pytest.fixture(scope="module")
def trusts_apart(england: World) -> NDArray[np.float64]:
    """For each academy of a multi-academy trust of 2 or more: km to the nearest other one of its trust."""
    s = frame(england)
    xy = np.column_stack([s["easting"], s["northing"]]) / 1_000.0
    apart = []
    for trust in np.flatnonzero(england.trusts["kind"] == TrustKind.MULTI):
        members = xy[s["trust"] == trust]
        if len(members) > 1:
            apart.append(cKDTree(members).query(members, k=[2])[0][:, 0])
    return np.concatenate(apart)


def test_trusts_are_compact(trusts_apart: NDArray[np.float64]) -> None:
    """Computed from the real files: p25, p50, p75, p90, p95 = 1.0, 2.3, 5.7, 12.0, 19.8 km; 95% within 20 km."""
    points = np.percentile(trusts_apart, [25, 50, 75, 90, 95])
    assert points == pytest.approx([0.99, 2.33, 5.67, 12.0, 19.8], rel=0.40)
    assert np.mean(trusts_apart < 20.0) == pytest.approx(0.951, abs=0.02)


def test_kinds_of_trust(england: World) -> None:
    s = frame(england)
    several = england.trusts["kind"] == TrustKind.MULTI
    total = len(several)
    held = s["trust"] >= 0
    trust = s["trust"][held]
    size = np.bincount(trust, minlength=total)[several]
    primaries = np.bincount(trust, weights=s["phase"][held] == Phase.PRIMARY, minlength=total)[several]
    kinds = [np.mean(primaries == size), np.mean(primaries == 0), np.mean((primaries > 0) & (primaries < size))]
    assert kinds == pytest.approx([0.437, 0.189, 0.373], abs=0.06)
    catholic = np.bincount(trust, weights=s["denomination"][held] == Denomination.ROMAN_CATHOLIC, minlength=total)[
        several
    ]
    assert np.mean((catholic == 0) | (catholic == size)) > 0.99
    regions = [len(np.unique(s["region"][s["trust"] == t])) for t in np.flatnonzero(several)[np.argsort(-size)[:10]]]
    assert max(regions) >= 5


def test_memberships_agree(england: World, before: World, today: World) -> None:
    for world in (england, before, today):
        s = world.schools
        assert np.all((s["route"] == Route.MAINTAINED) <= (s["trust"] == -1))
        academies = (s["route"] > Route.MAINTAINED) & ~s["planned"]
        assert np.all((s["trust"] >= 0) == academies)
        sizes = np.bincount(s["trust"][academies], minlength=len(world.trusts["uid"]))
        assert sizes.min() >= 1
        assert np.all(sizes[world.trusts["kind"] == TrustKind.SINGLE] == 1)
        first = np.full(len(sizes), np.inf)
        np.minimum.at(first, s["trust"][academies], s["opened"][academies])
        assert np.array_equal(first, world.trusts["founded"])
        assert np.all((s["opened"][academies] >= 2002) & (s["opened"][academies] < world.year + 0.67))
        assert len(np.unique(world.trusts["uid"])) == len(sizes) == len(set(world.trust_names))


def test_routes_2010(before: World) -> None:
    facts = describe(before)
    assert facts["trusts"]["academies"] == pytest.approx(203, abs=3)
    assert facts["route"]["converter"] == facts["route"]["free school"] == 0
    assert facts["route_by_phase"]["primary"]["sponsored"] == 0
    assert facts["trusts"]["largest"] == max(MAT_SIZES[2010])
    assert facts["trusts"]["single"] == pytest.approx(203 * 35 / 160, abs=15)


def test_the_same_schools_eight_years_apart(england: World, before: World) -> None:
    for column in ("urn", "la", "easting", "northing", "phase", "pupils", "fsm", "denomination"):
        a, b = (frame(w)[column] for w in (england, before))
        assert np.array_equal(a, b), column


# --- planned sites


def test_planned_sites(england: World) -> None:
    s = england.schools
    planned = s["planned"]
    assert planned.sum() == 1_000
    assert not planned[:20_000].any()
    assert np.all(s["pupils"][planned] == 0)
    assert np.all(s["grade"][planned] == Grade.NOT_INSPECTED)
    assert np.all(s["route"][planned] == ROUTES.index("free school"))
    assert np.all(s["trust"][planned] == -1)
    assert np.all(np.isnan(s["opened"][planned]))
    assert np.mean(s["phase"][planned] != Phase.PRIMARY) == pytest.approx(228 / 397, abs=0.01)
    assert set(np.unique(s["capacity"][planned & (s["phase"] == Phase.PRIMARY)]).tolist()) == {210.0, 420.0, 630.0}
    assert np.median(s["capacity"][planned & (s["phase"] == 1)]) == pytest.approx(660, rel=0.08)
    xy = np.column_stack([s["easting"], s["northing"]])
    near = cKDTree(xy[~planned]).query(xy[planned], k=list(range(1, 6)))[1]
    fill = s["pupils"][~planned] / s["capacity"][~planned]
    assert fill[near].mean() > fill.mean()


def test_no_planned_sites() -> None:
    world = make(schools=400, planned_sites=0.0)
    assert world.size == len(world.schools["urn"]) == 400
