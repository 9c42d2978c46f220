"""Named trusts are told what to do: a scenario's decisions become this year's directions.

A direction is an intention. It stands in place of what the CEO would have decided, and passes through the same
rules as anyone's decisions: schools and commissioners may say no, posts cost money and take time to fill, a new
way of working is paid for and takes its years. What cannot be done is an event that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from matsim.agents.trust import AREAS
from matsim.evidence.strategy import PLACES, RESPONSIBILITIES
from matsim.mechanisms.directed.decisions import CLUSTERS, RUNGS, Decision, Near, ways
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.state.directions import Direction, untold
from matsim.state.state import State
from matsim.words.amounts import decimals
from matsim.world.codes import TrustKind
from matsim.world.geography import TravelParams, minutes

CENTRAL = ("improvement", "standardisation", "responsibilities", "central_charge", "posts", "governance", "clusters")
"""Decisions about a centre, which a trust of one school does not have."""


class Choice(Protocol):
    """What this needs of a scenario's choices for a trust."""

    @property
    def uid(self) -> int:
        """Group identifier of the trust."""

    @property
    def answers(self) -> str:
        """How its CEO answers break points, whatever the year."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What it decides, by year."""


def tell(state: State, trusts: Sequence[Choice], travel: TravelParams) -> None:
    """Set this year's directions, and log what is told for the first time."""
    state.directed = {}
    for choice in trusts:
        past = sorted((d for d in choice.decisions if d.year <= state.year), key=lambda d: d.year)
        if not past:
            continue
        row = int(np.flatnonzero(state.trusts.uid == choice.uid)[0])
        fresh = past[-1] if past[-1].year == state.year else None
        if not state.trusts.active[row]:
            if fresh is not None:
                thwart(state, row, "it has closed")
            continue
        direction = _direction(state, row, past, travel)
        state.directed[row] = direction
        _commit(state, row, direction, choice.answers)
        if fresh is not None:
            _log(state, row, fresh, direction)


def in_force(past: Sequence[Decision]) -> dict[str, Any]:
    """What holds after a trust's decisions so far, earliest first, by name."""
    current: dict[str, Any] = {"responsibilities": {}, "posts": {}}
    for decision in past:
        for name in decision.handed_back:
            current[name] = {} if name in ("responsibilities", "posts") else None
        for name in decision.said():
            value = getattr(decision, name)
            if name == "responsibilities":
                current[name] = current[name] | value
            elif name == "posts":
                now = {i: v for i, v in enumerate(value.by_area()) if v is not None}
                current[name] = current[name] | now
            else:
                current[name] = value
                if name == "standardisation":
                    current["responsibilities"] = {}  # all fifteen are told anew
    last = past[-1]
    # these are for their own year and do not last
    current["ask"], current["merge_with"] = last.ask, last.merge_with
    return current


def _direction(state: State, row: int, past: Sequence[Decision], travel: TravelParams) -> Direction:
    """What holds this year, in rows and numbers. Approaches and mergers are for their own year."""
    current = in_force(past)
    now = past[-1].year == state.year
    growth = current.get("growth") or ""
    scores = untold(len(RESPONSIBILITIES))
    if current.get("standardisation") is not None:
        scores[:] = current["standardisation"]
    for name, score in current["responsibilities"].items():
        scores[PLACES[name]] = score
    posts = untold(len(AREAS))
    for area, number in current["posts"].items():
        posts[area] = number
    return Direction(
        growth="" if growth == "own" else growth,
        target=None if growth == "hold" else current.get("target"),
        ask=_schools(state, current["ask"]) if now else (),
        near=_within(state, row, current.get("near"), travel) if growth != "hold" else None,
        merge=_trust(state, current["merge_with"]) if now else None,
        rungs={RUNGS[k]: ways(k).index(current[k]) for k in RUNGS if current.get(k)},
        responsibilities=scores,
        charge=current.get("central_charge"),
        posts=posts,
        clusters=CLUSTERS.index(current["clusters"]) - 1 if current.get("clusters") else None,
        answer=current.get("answer"),
    )


def _schools(state: State, urns: Sequence[int]) -> tuple[int, ...]:
    """Rows of schools by URN, in the order given."""
    return tuple(np.searchsorted(state.schools.urn, urns).tolist())


def _trust(state: State, uid: int | None) -> int | None:
    """Row of a trust by UID; −1 when there is none (yet)."""
    if uid is None:
        return None
    rows = np.flatnonzero(state.trusts.uid == uid)
    return int(rows[0]) if len(rows) else -1


def _within(state: State, trust: int, near: Near | None, travel: TravelParams) -> frozenset[int] | None:
    """Rows of the schools in a place where a trust looks."""
    schools, world = state.schools, state.world
    if near is None:
        return None
    size = len(schools) // world.copies
    first = size * int(state.trusts.copy[trust])
    copy = slice(first, first + size)  # it looks no farther than its own copy of the world
    if near.place:
        inside = schools.la[copy] == next(c for c, name in world.la_names.items() if name == near.place)
    else:
        km = np.hypot(schools.easting[copy] - near.easting, schools.northing[copy] - near.northing) / 1000.0
        inside = minutes(km, world.neighbours.sparsity[copy], travel) <= near.minutes
    return frozenset((first + np.flatnonzero(inside)).tolist())


def _commit(state: State, row: int, direction: Direction, answers: str) -> None:
    """Put into the trust's own columns what is a plan of its own: its target, and how it answers break points."""
    trusts = state.trusts
    if direction.target is not None:
        trusts.target[row] = direction.target
    usual = ("", "in time", "never").index(answers)
    trusts.answers[row] = usual if direction.answer is None else 1 if direction.answer else 2


def _log(state: State, row: int, decision: Decision, direction: Direction) -> None:
    """One event for each thing told; and one where a trust of one school is told about a centre."""
    for reason, columns in _words(decision, direction):
        state.log.add("direct", rule="directed", trust=row, reason=reason, **columns)
    alone = state.trusts.kind[row] != TrustKind.MULTI or state.trusts.schools[row] <= 1
    if alone and (about := [name for name in decision.said() if name in CENTRAL]):
        thwart(state, row, f"a trust of one school has no centre yet ({', '.join(about).replace('_', ' ')})")


def _words(decision: Decision, direction: Direction) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is told, as it follows "was told", with what it is about."""
    for name in decision.said():
        value = getattr(decision, name)
        if name == "ask":
            yield from (("to approach", {"school": row}) for row in direction.ask)
        elif name == "merge_with":
            yield "to propose a merger to", {"other": direction.merge}
        else:
            yield _sentence(name, value), {}
    for name in decision.handed_back:
        yield f"to leave {_LEFT.get(name, name.replace('_', ' '))} to its CEO", {}


_LEFT = {"answer": "break points", "near": "where to look", "target": "its size"}
"""What is handed back, where its name says too little."""


def _sentence(name: str, value: Any) -> str:
    """One decision about the trust itself, in words."""
    if name == "near":
        point = f"within {value.minutes:g} minutes of {decimals(value.easting or 0)}, {decimals(value.northing or 0)}"
        return f"to look for schools {f'in {value.place}' if value.place else point}"
    if name in ("posts", "responsibilities"):
        pairs = value.items() if isinstance(value, dict) else [(k, v) for k, v in value if v is not None]
        listed = ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in pairs)
        return f"to {'employ posts' if name == 'posts' else 'hold at the centre'}: {listed}"
    return _SAID[name](value)


_SAID: dict[str, Callable[[Any], str]] = {
    "growth": {"hold": "to take on no schools", "grow": "to grow", "own": "to grow as its CEO would"}.__getitem__,
    "target": "to aim for {:g} schools".format,
    "improvement": "to deliver school improvement by: {}".format,
    "standardisation": "to hold {:g} of 10 of every responsibility at the centre".format,
    "central_charge": "to charge {:.1%} of income".format,
    "governance": "to be governed by: {}".format,
    "clusters": "to have clusters: {}".format,
    "answer": {True: "to answer break points in time", False: "to answer no break point"}.__getitem__,
}
"""How single values are told."""
