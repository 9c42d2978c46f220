"""The only code that changes who belongs to whom. Every move checks itself and is an event.

A move is a value: make it, read it, then `apply` it to a state. It is of one school or trust, or of several at once:
arrays in which none comes twice. A move that would break the world (a school in two trusts, a closed trust taking
schools on) raises MoveError, which is a bug, never the user's mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.errors import MatsimError
from matsim.state.state import Rows, State
from matsim.world.codes import Route, SchoolState, TrustKind


class MoveError(MatsimError):
    """A move that the world does not allow."""


type Why = Mapping[str, Any]
"""Extra columns for the event: rule, reason, value, threshold, margin, inputs; and turn, of several at once."""


def _require(condition: NDArray[np.bool_], what: str) -> None:
    if not condition.all():
        raise MoveError(what)


@dataclass(frozen=True)
class Join:
    """Maintained schools become academies in multi-academy trusts."""

    school: int | Rows
    trust: int | Rows
    route: int | NDArray[np.integer]
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Make each school its trust's, by its route, on the date."""
        schools, trusts, school, trust = state.schools, state.trusts, _rows(self.school), _rows(self.trust)
        _require(schools.state[school] == SchoolState.OPEN, "only an open school can join a trust")
        _require(schools.trust[school] < 0, "a school in a trust is transferred, it cannot join")
        _require(trusts.active[trust], "a closed trust cannot take schools on")
        _require(trusts.kind[trust] == TrustKind.MULTI, "a single-academy trust has one school")
        _convert(state, school, trust, self.route, self.date)
        state.log.add("join", school=self.school, trust=self.trust, **self.why)


def _convert(state: State, school: Rows, trust: Rows, route: int | NDArray[np.integer], date: float) -> None:
    """What becoming an academy changes of a school, in whatever trust."""
    schools = state.schools
    state.membership.enter(school, trust)
    schools.route[school], schools.joined[school], schools.ordered[school] = route, date, np.nan
    schools.form[school], schools.partner[school] = 0, -1


@dataclass(frozen=True)
class Transfer:
    """Academies move to other trusts. A trust left without schools closes."""

    school: int | Rows
    to: int | Rows
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Move the schools, and close the trusts that they leave empty."""
        schools, trusts, school, to = state.schools, state.trusts, _rows(self.school), _rows(self.to)
        old = schools.trust[school]
        _require((old >= 0) & (schools.state[school] == SchoolState.OPEN), "only an open academy can be transferred")
        _require(old != to, "the school is already in that trust")
        _require(trusts.active[to] & (trusts.kind[to] == TrustKind.MULTI), "schools move to open MATs")
        _leave(state, school)
        # so that results can be reported with the trust that it was taken from too
        taken = schools.warned[school] > 0
        schools.taken_from[school[taken]] = old[taken]
        state.membership.enter(school, to)
        schools.joined[school], schools.leaving[school], schools.warned[school] = self.date, False, np.nan
        schools.form[school], schools.partner[school] = 0, -1
        state.log.add("transfer", school=self.school, trust=self.to, other=old, **self.why)
        _wind_up(state, old, "its last school moved", self.why)


def _leave(state: State, school: Rows) -> None:
    """Schools are in no trust, and so in no cluster, any more."""
    state.schools.cluster[school] = -1
    state.membership.leave(school)


def _wind_up(state: State, left: Rows, reason: str, why: Why) -> None:
    """Close those of the trusts that schools have left which have none now, each when its last one had left."""
    last = {trust: i for i, trust in enumerate(left.tolist()) if trust >= 0}
    empty = sorted(state.membership.empty(last), key=last.__getitem__)
    if empty:
        Wind(np.array(empty), reason, _turn(why, [last[trust] for trust in empty])).apply(state)


@dataclass(frozen=True)
class FoundTrust[Row: (int, Rows)]:
    """Maintained schools become academies in trusts of their own: single-academy trusts, or new MATs."""

    school: Row
    kind: int | NDArray[np.integer]
    route: int
    date: float
    strategy: Any
    """One, or a list of one for each."""
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> Row:
        """Create the trusts; returns their rows. Vision and CEO are drawn by whoever founded them."""
        schools, school = state.schools, _rows(self.school)
        _require(schools.state[school] == SchoolState.OPEN, "only an open school can found a trust")
        _require(schools.trust[school] < 0, "a school in a trust cannot found another")
        rows = _add_trusts(state, school, self.kind, self.date, self.strategy)
        _convert(state, school, rows, self.route, self.date)
        # the steps between here and the next rollup, which counts schools, find them with one
        state.trusts.schools[rows] = 1
        multi = state.trusts.kind[rows] == TrustKind.MULTI
        for event, which in (("found", multi), ("convert", ~multi)):
            state.log.add(event, school=school[which], trust=rows[which], **_picked(self.why, which))
        return _like(self.school, rows)


@dataclass(frozen=True)
class Widen:
    """Single-academy trusts become multi-academy trusts, keeping their founding dates."""

    trust: int | Rows
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Change the trusts' kind."""
        trusts, trust = state.trusts, _rows(self.trust)
        _require(trusts.active[trust], "a closed trust cannot change")
        _require(trusts.kind[trust] == TrustKind.SINGLE, "it is a multi-academy trust already")
        trusts.kind[trust] = TrustKind.MULTI
        state.log.add("found", school=trusts.lead[trust], trust=self.trust, **self.why)


@dataclass(frozen=True)
class Merge:
    """Trusts with all their schools become part of others, and close."""

    trust: int | Rows
    into: int | Rows
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Move every school and the central reserves, then close the trusts."""
        schools, trusts, trust, into = state.schools, state.trusts, _rows(self.trust), _rows(self.into)
        _require(~np.isin(into, trust), "a trust cannot merge into itself, or into one that merges with it")
        _require(trusts.active[trust] & trusts.active[into], "both trusts must be open")
        _require(trusts.kind[into] == TrustKind.MULTI, "schools move to MATs")
        members = [state.members(each) for each in trust.tolist()]
        rows, to = np.concatenate(members), np.repeat(into, [len(m) for m in members])
        # their clusters were the old trusts'; the others form their own in May
        schools.cluster[rows] = -1
        state.membership.leave(rows)
        state.membership.enter(rows, to)
        schools.joined[rows], schools.leaving[rows] = self.date, False
        np.add.at(trusts.reserves, into, trusts.reserves[trust])
        trusts.reserves[trust] = 0.0
        state.log.add("merge", trust=self.trust, other=self.into, **self.why)
        Wind(self.trust, "merged", _turn(self.why)).apply(state)


@dataclass(frozen=True)
class Wind:
    """Trusts without schools close."""

    trust: int | Rows
    reason: str
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Close the trusts; raises MoveError while one has schools."""
        trust = _rows(self.trust)
        if len(state.membership.empty(trust.tolist())) < len(trust):
            raise MoveError("a trust with schools cannot close")
        state.trusts.active[trust] = False
        state.trusts.schools[trust] = 0
        state.log.add("close", trust=self.trust, reason=self.reason, **self.why)


@dataclass(frozen=True)
class CloseSchool:
    """Schools close for good. Their pupils are placed elsewhere by the rolls step before this is applied."""

    school: int | Rows
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Close the schools, and the trusts that this leaves empty."""
        schools, school = state.schools, _rows(self.school)
        _require(schools.state[school] == SchoolState.OPEN, "only an open school can close")
        _require(schools.pupils[school] == 0, "its pupils must have places elsewhere first")
        old = schools.trust[school]
        _leave(state, school)
        schools.state[school] = SchoolState.CLOSED
        state.log.add("close", school=self.school, trust=old, **self.why)
        _wind_up(state, old, "its last school closed", self.why)


@dataclass(frozen=True)
class OpenFree[Row: (int, Rows)]:
    """Planned free schools open, in multi-academy trusts or in single-academy trusts of their own."""

    school: Row
    trust: Row
    """−1 for one of its own."""
    date: float
    strategy: Any = None
    """That of those trusts, or a list of one for each."""
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> Row:
        """Open the schools; returns the rows of their trusts."""
        schools, school, trust = state.schools, _rows(self.school), _rows(self.trust).copy()
        alone = trust < 0
        _require(schools.state[school] == SchoolState.PLANNED, "only a planned site can open")
        _require(state.trusts.active[trust[~alone]], "a closed trust cannot open a school")
        trust[alone] = _add_trusts(state, school[alone], TrustKind.SINGLE, self.date, self.strategy)
        schools.state[school], schools.route[school] = SchoolState.OPEN, Route.FREE
        schools.opened[school] = schools.joined[school] = self.date
        state.membership.enter(school, trust)
        state.log.add("open", school=school, trust=trust, **self.why)
        return _like(self.school, trust)


def _add_trusts(state: State, lead: Rows, kind: int | NDArray[np.integer], date: float, strategy: Any) -> Rows:
    """New trusts, each around a lead school whose luck it has; returns their rows."""
    schools, trusts = state.schools, state.trusts
    if not state.uids:
        state.uids.update(trusts.uid.tolist())
    uids = []
    for urn in schools.urn[lead].tolist():  # from identity, so that one founding does not rename another
        uids.append(next(uid for uid in count(urn * 100) if uid not in state.uids))
        state.uids.add(uids[-1])
    first = trusts.add(
        len(lead),
        {
            "uid": uids,
            "kind": kind,
            "active": True,
            "founded": date,
            "luck": schools.luck[lead],
            "copy": schools.copy[lead],
            "lead": lead,
            "region": schools.region[lead],
            "place": schools.place[lead],
            "district": schools.district[lead],
            "denomination": schools.denomination[lead],
        },
    )
    state.strategies += strategy if isinstance(strategy, list) else [strategy] * len(lead)
    state.population.founded()
    return np.arange(first, first + len(lead))


def _rows(of: int | Rows) -> Rows:
    return np.atleast_1d(np.asarray(of, np.intp))


def _like[Row: (int, Rows)](given: Row, rows: Rows) -> Row:
    """Rows as they were given: one, or several."""
    return rows if isinstance(given, np.ndarray) else int(rows[0])


def _turn(why: Why, pick: Any = slice(None)) -> Why:
    """Only when each of several events happened."""
    return {"turn": why["turn"][pick]} if "turn" in why else {}


def _picked(why: Why, pick: NDArray[np.bool_]) -> dict[str, Any]:
    """The columns of some of several events."""
    return {
        k: _picked(v, pick) if isinstance(v, Mapping) else v[pick] if isinstance(v, np.ndarray) else v
        for k, v in why.items()
    }
