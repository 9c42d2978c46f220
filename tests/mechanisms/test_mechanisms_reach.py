"""Who could find whom is what a slow search, pair by pair, finds; and to the last bit as near."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.views import part_of_a_year

from matsim.mechanisms import reach
from matsim.mechanisms.reach import Acquaintance, looking, within_reach
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Denomination, Phase, SchoolState, TrustKind
from matsim.world.geography import minutes

KNOWN = Acquaintance(near=0.4, km=(28.0, 120.0, 80.0), across=0.7, church=0.25)
SPONSORS = 4


def _slowly(state: State) -> dict[tuple[int, int], float]:
    """Pairs and minutes, found by asking every looking school about every trust."""
    s, t, near, travel = state.schools, state.trusts, state.world.neighbours, scenario().travel
    rows = looking(state)
    leaving = np.bincount(s.trust[rows][s.trust[rows] >= 0], minlength=len(t)) >= t.schools
    able = t.active & (t.target > 1) & ~leaving
    found: dict[tuple[int, int], float] = {}

    def find(school: int, trust: int, time: float) -> None:
        if s.trust[school] != trust:
            found[school, trust] = min(time, found.get((school, trust), np.inf))

    for school in rows.tolist():
        for other, time in zip(near.index[school].tolist(), near.minutes[school].tolist(), strict=True):
            if other >= 0 and s.state[other] == SchoolState.OPEN and s.trust[other] >= 0 and able[s.trust[other]]:
                find(school, int(s.trust[other]), time)
        multi = np.flatnonzero(able & (t.kind == TrustKind.MULTI) & (t.region == s.region[school]))
        km = np.hypot(s.easting[school] - t.easting[multi], s.northing[school] - t.northing[multi]) / 1000.0
        if not np.isnan(s.ordered[school]) or not np.isnan(s.warned[school]):
            growing = np.flatnonzero(t.target[multi] > t.schools[multi])
            for i in growing[np.argsort(km[growing])][:SPONSORS].tolist():
                find(school, int(multi[i]), float(minutes(km[i], near.sparsity[school], travel)))
        luck = state.streams.pair("reach/known", 0, np.repeat(s.luck[school], len(multi)), t.luck[multi])
        secondary = s.phase[school] != Phase.PRIMARY
        for i, trust in enumerate(multi.tolist()):
            members = state.members(trust)
            home = (s.place[members] == s.place[school]).any()
            chance = KNOWN.near * np.exp(-km[i] / KNOWN.km[int(secondary)])
            faith = s.denomination[school] == t.denomination[trust]
            church = faith and s.denomination[school] in (Denomination.CHURCH_OF_ENGLAND, Denomination.ROMAN_CATHOLIC)
            if luck[i] < max(chance * (1.0 if home else KNOWN.across), KNOWN.church if church else 0.0):
                apart = np.hypot(s.easting[school] - s.easting[members], s.northing[school] - s.northing[members])
                sparse = (near.sparsity[school] + near.sparsity[members]) / 2.0
                find(school, trust, float(minutes(apart / 1000.0, sparse, travel).min()))
    return found


def _pairs(state: State) -> dict[tuple[int, int], float]:
    pairs = within_reach(state, SPONSORS, scenario().travel, KNOWN)
    assert len(set(zip(pairs.school.tolist(), pairs.trust.tolist(), strict=True))) == len(pairs.school)
    assert (np.lexsort((pairs.trust, pairs.school)) == np.arange(len(pairs.school))).all()
    return dict(zip(zip(pairs.school.tolist(), pairs.trust.tolist(), strict=True), pairs.minutes.tolist(), strict=True))


def test_the_search_finds_what_a_slow_one_finds(county: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many trusts are looked at in parts."""
    state = part_of_a_year(county, "planning").state
    slow = _slowly(state)
    assert len(slow) > 1000
    assert _pairs(state) == pytest.approx(slow, rel=1e-12)
    whole = _pairs(state)
    for batch in (1, 500):
        monkeypatch.setattr(reach, "BATCH", batch)
        assert _pairs(state) == whole


def test_minutes_to_the_nearest_school_are_to_the_last_bit_those_of_one_of_them(county: World) -> None:
    """Where no two schools of a trust are equally near, and where every school stands there twice."""
    state = part_of_a_year(county, "planning").state
    s, sparsity, travel = state.schools, county.neighbours.sparsity, scenario().travel
    members, bounds = state.grouped()
    trust = np.flatnonzero(np.diff(bounds) > 1).repeat(3)
    school = np.random.default_rng(1).integers(0, county.size, len(trust))
    slow = []
    for one, of in zip(school.tolist(), trust.tolist(), strict=True):
        mine = members[bounds[of] : bounds[of + 1]]
        km = np.hypot(s.easting[one] - s.easting[mine], s.northing[one] - s.northing[mine]) / 1000.0
        slow.append(minutes(km, (sparsity[one] + sparsity[mine]) / 2.0, travel).min())
    for times in (1, 2):
        found = reach._nearest(state, school, trust, members.repeat(times), bounds * times, travel)
        assert found.tolist() == slow
