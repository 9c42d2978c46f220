"""What came of the approaches of trusts that were told whom to ask or to grow: where nothing did, an event says why."""

from __future__ import annotations

import numpy as np

from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.state.directions import Direction
from matsim.state.state import State
from matsim.world.codes import SchoolState, TrustKind

SPRING = 0.9
"""Part of the school year before the end of which nobody joins a trust or founds one."""

type Pairs = set[tuple[int, int]]


def report(state: State) -> None:
    """Log every approach told that did not bring the school, and every trust told to grow that took on none."""
    if not state.directed:
        return
    bids, refused, declined = (_logged(state, event) for event in ("bid", "refuse", "decline"))
    joined = _logged(state, "join") | _logged(state, "transfer")
    for trust, direction in sorted(state.directed.items()):
        for school in direction.ask:
            if (school, trust) not in joined:
                thwart(state, trust, _why(state, school, trust, bids, refused, declined), school=school)
        if not direction.ask and not any(t == trust for _, t in joined):
            _none_came(state, trust, direction, bids, refused)


def _logged(state: State, event: str) -> Pairs:
    """School and trust of this year's events of a kind."""
    columns = (state.log.rows(event, name, state.year).tolist() for name in ("school", "trust"))
    return set(zip(*columns, strict=True))


def _why(state: State, school: int, trust: int, bids: Pairs, refused: Pairs, declined: Pairs) -> str:
    """Why a school that a trust asked has not joined it."""
    schools, trusts = state.schools, state.trusts
    pair, home = (school, trust), int(schools.trust[school])
    ordered = not np.isnan(schools.ordered[school])
    elsewhere = home >= 0 and trusts.kind[home] == TrustKind.MULTI and not schools.leaving[school]
    reasons = (
        (not trusts.active[trust], "the trust has closed"),
        (home == trust, "it is in the trust already"),
        (schools.state[school] != SchoolState.OPEN, "it is not open"),
        (pair in refused, "the commissioner refused"),
        # joinings and foundings of this spring
        (schools.joined[school] > state.year + SPRING, "it became an academy in another trust"),
        (pair in bids and pair in declined, "the school would rather wait"),
        (pair in bids and ordered, "it is agreed, but not before next year"),
        (pair in bids, "the school applied to another trust"),
        (elsewhere, "it belongs to another trust"),
        (pair in declined, "its deficit is more than the trust may take on"),
        (schools.seeking[school] or ordered, "the trust has no room for it within the size it was told"),
    )
    return next((words for holds, words in reasons if holds), "the school does not want to look for a trust")


def _none_came(state: State, trust: int, direction: Direction, made: Pairs, refused: Pairs) -> None:
    """Log why a trust that is told to grow, or where to look, took on no school this year."""
    if not state.trusts.active[trust]:
        return
    size, target = int(state.trusts.schools[trust]), direction.target
    room = direction.growth == "grow" and (target is None or size < target)
    if not room and (direction.near is None or direction.growth == "hold"):
        return
    bids = [pair for pair in made if pair[1] == trust]
    if not bids and room:
        where = "where it is told to look" if direction.near is not None else "within its reach"
        thwart(state, trust, f"no school that it could take on was looking for a trust {where}")
    elif bids:
        no = "the commissioner refused" if any(b in refused for b in bids) else "the schools it asked chose otherwise"
        thwart(state, trust, no, value=float(len(bids)))
