"""What came of the approaches of trusts that were told whom to ask or to grow: where nothing did, an event says why."""

from __future__ import annotations

import numpy as np

from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.state.directions import Direction
from matsim.state.state import State
from matsim.words import offices
from matsim.world.codes import SchoolState, TrustKind

SPRING = 0.9
"""Part of the school year before the end of which nobody joins a trust or founds one."""

type ByTrust = dict[int, set[int]]
"""Schools that something befell, by trust."""


def report(state: State) -> None:
    """Log every approach told that did not bring the school, and every trust told to grow that took on none."""
    if not state.directed:
        return
    bids, refused, declined = (_logged(state, event) for event in ("bid", "refuse", "decline"))
    joined = _logged(state, "join", "transfer")
    for trust, direction in sorted(state.directed.items()):
        bid, no, joiners = bids[trust], refused[trust], joined[trust]
        for school in direction.ask:
            if school not in joiners:
                why = _why(state, school, trust, school in bid, school in no, school in declined[trust])
                thwart(state, trust, why, school=school)
        if not direction.ask and not joiners:
            _none_came(state, trust, direction, len(bid), bool(bid & no))


def _logged(state: State, *events: str) -> ByTrust:
    """The schools of this year's events of some kinds, for each trust that is told something."""
    schools_of: ByTrust = {trust: set() for trust in state.directed}
    for event in events:
        schools, trusts = (state.log.rows(event, name, state.year) for name in ("school", "trust"))
        theirs = np.flatnonzero(np.isin(trusts, list(state.directed)))
        for school, trust in zip(schools[theirs].tolist(), trusts[theirs].tolist(), strict=True):
            schools_of[trust].add(school)
    return schools_of


def _why(state: State, school: int, trust: int, bid: bool, refused: bool, declined: bool) -> str:
    """Why a school that a trust asked has not joined it: whether it bid for it, and what came of that."""
    schools, trusts = state.schools, state.trusts
    home = int(schools.trust[school])
    ordered = not np.isnan(schools.ordered[school])
    elsewhere = home >= 0 and trusts.kind[home] == TrustKind.MULTI and not schools.leaving[school]
    reasons = (
        (not trusts.active[trust], "the trust has closed"),
        (home == trust, "it is in the trust already"),
        (schools.state[school] != SchoolState.OPEN, "it is not open"),
        (refused, f"the {offices.of(state.year).commissioner} refused"),
        # joinings and foundings of this spring
        (schools.joined[school] > state.year + SPRING, "it became an academy in another trust"),
        (bid and declined, "the school would rather wait"),
        (bid and ordered, "it is agreed, but not before next year"),
        (bid, "the school applied to another trust"),
        (elsewhere, "it belongs to another trust"),
        (declined, "its deficit is more than the trust may take on"),
        (schools.seeking[school] or ordered, "the trust has no room for it within the size it was told"),
    )
    return next((words for holds, words in reasons if holds), "the school does not want to look for a trust")


def _none_came(state: State, trust: int, direction: Direction, bids: int, refused: bool) -> None:
    """Log why a trust that is told to grow, or where to look, took on no school this year."""
    if not state.trusts.active[trust]:
        return
    size, target = int(state.trusts.schools[trust]), direction.target
    room = direction.growth == "grow" and (target is None or size < target)
    if not room and (direction.near is None or direction.growth == "hold"):
        return
    if not bids and room:
        where = "where it is told to look" if direction.near is not None else "within its reach"
        thwart(state, trust, f"no school that it could take on was looking for a trust {where}")
    elif bids:
        no = f"the {offices.of(state.year).commissioner} refused" if refused else "the schools it asked chose otherwise"
        thwart(state, trust, no, value=float(bids))
