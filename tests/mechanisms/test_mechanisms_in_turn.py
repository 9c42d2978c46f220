"""Steps that make many moves at once leave the world, and its events, as the same moves made one after another do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.stepping import system, until

from matsim.mechanisms import founding, joining, openings
from matsim.mechanisms.founding import FoundingParams
from matsim.mechanisms.openings import OpeningsParams
from matsim.state.moves import FoundTrust, Join, Merge, OpenFree, Transfer, Widen
from matsim.state.state import CHANGE, State
from matsim.strategies import Hold
from matsim.world.base import World
from matsim.world.codes import Denomination, Route, SchoolState, TrustKind


def both(states: tuple[State, State], at_once: Callable[[State], Any], in_turn: Callable[[State], Any]) -> None:
    """Do it in each way to one of two equal states, and see that nothing tells them apart afterwards."""
    state, other = states
    at_once(state)
    in_turn(other)
    for one, two in ((state.schools, other.schools), (state.trusts, other.trusts)):
        for column in one.columns:
            np.testing.assert_array_equal(one[column.name], two[column.name], err_msg=column.name)
    for trust in range(len(state.trusts)):
        members = np.flatnonzero((state.schools.trust == trust) & (state.schools.state == SchoolState.OPEN))
        assert np.array_equal(state.members(trust), members)
        assert np.array_equal(other.members(trust), members)
    mine, theirs = (s.log.frame(s.schools.urn, s.trusts.uid) for s in (state, other))
    pd.testing.assert_frame_equal(mine, theirs, check_exact=True)


def twice(world: World, step: str, **changes: object) -> tuple[State, State]:
    """Two equal states before a step of the first year."""
    one, two = (until(system(world, **changes), step) for _ in range(2))
    for state in (one, two):
        state.log.at(state.year, step, "Mar")
    return one, two


def test_joining(county: World) -> None:
    """Schools join, academies change trusts, trusts of one widen and empty ones close."""
    states = twice(county, "joining", seeking__threshold=1.0)
    state, bids = states[0], states[0].bids
    assert bids is not None
    _, joined = np.unique(bids.school, return_index=True)
    leaving = set(state.schools.trust[bids.school[joined]].tolist())
    joined = joined[[t not in leaving for t in bids.trust[joined].tolist()]]
    joined = joined[np.lexsort((joined, bids.minutes[joined]))]

    def in_turn(state: State) -> None:
        schools, trusts = state.schools, state.trusts
        for i in joined.tolist():
            school, trust, date = int(bids.school[i]), int(bids.trust[i]), state.year + CHANGE
            if trusts.kind[trust] == TrustKind.SINGLE:
                Widen(trust, {"rule": "joining", "reason": "a second school joined"}).apply(state)
            why = {"rule": "joining", "inputs": {"minutes": bids.minutes[i], "promise": bids.promise[i]}}
            home = int(schools.trust[school])
            if home < 0:
                route, reason = (Route.SPONSORED, "ordered") if bids.forced[i] else (Route.CONVERTER, "chosen")
                Join(school, trust, route, date, {**why, "reason": reason}).apply(state)
                continue
            reason = "initiated by the school and its trust"
            if not np.isnan(schools.warned[school]):
                reason = "intervention"
            elif trusts.kind[home] == TrustKind.SINGLE:
                reason = "a single-academy trust joined a multi-academy trust"
            Transfer(school, trust, date, {**why, "reason": reason}).apply(state)

    both(states, lambda s: joining._move(s, bids, joined), in_turn)
    happened = {e: state.log.count(e) for e in ("join", "transfer", "found", "close")}
    assert min(happened.values()) > 1, happened


def test_a_trust_that_widens_before_its_first_school_leaves_it(county: World) -> None:
    """The school is then not its only one, and the trust goes on."""
    state = until(system(county), "joining")
    bids, schools, trusts = state.bids, state.schools, state.trusts
    assert bids is not None
    single = int(np.flatnonzero(trusts.active & (trusts.kind == TrustKind.SINGLE))[0])
    comes, goes = int(np.flatnonzero(schools.trust < 0)[0]), int(state.members(single)[0])
    bids.school[:2], bids.trust[:2] = (comes, goes), (single, state.multi()[0])
    state.log.at(state.year, "joining", "Mar")
    joining._move(state, bids, np.arange(2))
    events = state.log.frame(schools.urn, trusts.uid).tail(3)
    assert events["event"].tolist() == ["found", "join", "transfer"]
    assert events["reason"].iloc[-1] == "initiated by the school and its trust"
    assert state.members(single).tolist() == [comes]


def _bring_in_turn(state: State, p: FoundingParams, founders: list[int], trusts: list[int], homeless: Any) -> None:
    schools, near, luck = state.schools, state.world.neighbours, state.streams
    for founder, trust in zip(founders, trusts, strict=True):
        who = schools.luck[[founder]]
        number = int(
            np.log(luck.uniform("founding/together", state.year, who)[0]) / np.log(p.members / (1.0 + p.members))
        )
        around = enumerate(zip(near.index[founder].tolist(), near.minutes[founder].tolist(), strict=True))
        for _, minutes, _, row in sorted((not homeless[row], minutes, place, row) for place, (row, minutes) in around):
            if minutes > p.members_minutes:
                continue
            faith = schools.denomination[[row, founder]] == Denomination.ROMAN_CATHOLIC
            along = luck.pair("founding/along", state.year, schools.luck[[row]], who)[0] < p.along
            free = schools.state[row] == SchoolState.OPEN and schools.trust[row] < 0 and np.isnan(schools.ordered[row])
            comes = homeless[row] or (along and not schools.seeking[row])
            if number > 0 and free and comes and faith[0] == faith[1] and not state.struck.paused[row]:
                why = {"rule": "founding", "reason": "a founding member", "inputs": {"minutes": minutes}}
                Join(row, trust, Route.CONVERTER, state.year + CHANGE, why).apply(state)
                founding._settle(state, p, np.array([row]))
                state.trusts.schools[trust] += 1
                number -= 1


def test_founding(county: World) -> None:
    """Founders near each other choose among the same schools, one after another."""
    states = twice(county, "founding", seeking__threshold=0.5)
    state = states[0]
    p = FoundingParams(members=3.0, along=0.2, members_minutes=30.0)
    seeking = np.flatnonzero(state.schools.seeking & (state.schools.trust < 0))
    founders, turn = seeking[::3], np.arange(len(seeking[::3]))
    kind = np.where(turn % 4 > 0, TrustKind.MULTI, TrustKind.SINGLE)
    homeless = np.zeros(len(state.schools), bool)
    homeless[seeking] = True
    homeless[founders] = False

    def at_once(state: State) -> None:
        why = {"rule": "founding", "turn": turn, "value": turn / 2.0, "inputs": {"luck": turn / 3.0}}
        date, strategies = state.year + CHANGE, [Hold() for _ in turn]
        rows = FoundTrust(founders, kind, Route.CONVERTER, date, strategies, why).apply(state)
        founding._settle(state, p, founders)
        several = kind == TrustKind.MULTI
        founding._bring(state, p, founders[several], rows[several], turn[several], homeless)

    def in_turn(state: State) -> None:
        for i, school in enumerate(founders.tolist()):
            why = {"rule": "founding", "value": i / 2.0, "inputs": {"luck": i / 3.0}}
            move = FoundTrust(school, int(kind[i]), Route.CONVERTER, state.year + CHANGE, Hold(), why)
            row = move.apply(state)
            if kind[i] == TrustKind.MULTI:
                _bring_in_turn(state, p, [school], [row], homeless)
            founding._settle(state, p, np.array([school]))

    before = state.log.count("join")
    both(states, at_once, in_turn)
    assert state.log.count("join") - before > len(founders) / 2


def test_openings(county: World) -> None:
    """A school that opens near one that has just opened may be of the same trust."""
    states = twice(county, "openings")
    state = states[0]
    p = OpeningsParams(strong=0.35)
    sites = np.flatnonzero(state.schools.state == SchoolState.PLANNED)
    hosted = np.arange(len(sites)) % 5 > 0
    near, closed = state.world.neighbours, np.array([int(state.multi()[3])])

    def host(state: State, site: int) -> int:
        trusts = state.trusts
        for school in near.index[site][np.argsort(near.minutes[site], kind="stable")].tolist():
            trust = int(state.schools.trust[school]) if school >= 0 else -1
            good = trust >= 0 and trusts.active[trust] and trusts.kind[trust] == TrustKind.MULTI
            if good and trusts.record[trust] > p.strong and trust not in closed:
                return trust
        return -1

    def in_turn(state: State) -> None:
        for site, inside in zip(sites.tolist(), hosted.tolist(), strict=True):
            OpenFree(site, host(state, site) if inside else -1, 2018.0, Hold()).apply(state)

    def at_once(state: State) -> None:
        OpenFree(sites, openings._hosts(state, p, sites, hosted), 2018.0, [Hold()] * len(sites)).apply(state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openings, "full", lambda directed, schools: closed)
        both(states, at_once, in_turn)
    own = state.trusts.founded[state.schools.trust[sites]] == 2018.0
    assert 0 < own.sum() < len(sites) / 2


def test_merging(county: World) -> None:
    """Each trust closes as it merges."""
    states = twice(county, "intervention")
    multi = states[0].multi()
    trusts, into = multi[:8:2], multi[1:8:2]

    def at_once(state: State) -> None:
        Merge(trusts, into, 2018.95, {"rule": "merging", "turn": np.arange(4), "value": np.arange(4.0)}).apply(state)

    def in_turn(state: State) -> None:
        for i in range(4):
            Merge(int(trusts[i]), int(into[i]), 2018.95, {"rule": "merging", "value": float(i)}).apply(state)

    both(states, at_once, in_turn)
