"""The only code that changes who belongs to whom. Every move checks itself and is an event.

A move is a value: make it, read it, then `apply` it to a state. A move that would break the world (a school in
two trusts, a closed trust taking schools on) raises MoveError, which is a bug, never the user's mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matsim.agents.ceo import CEO
from matsim.agents.trust import Trust
from matsim.core.errors import MatsimError
from matsim.state.state import State
from matsim.world.codes import Route, SchoolState, TrustKind


class MoveError(MatsimError):
    """A move that the world does not allow."""


type Why = Mapping[str, Any]
"""Extra columns for the event: rule, reason, value, threshold, margin, inputs."""


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise MoveError(what)


def _leave_cluster(state: State, school: int) -> None:
    trust = int(state.schools.trust[school])
    if trust >= 0:
        state.touched.add(trust)
    state.schools.cluster[school] = -1


@dataclass(frozen=True)
class Join:
    """A maintained school becomes an academy in a multi-academy trust."""

    school: int
    trust: int
    route: int
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Make the school the trust's, by its route, on its date."""
        schools = state.schools
        _require(bool(schools.state[self.school] == SchoolState.OPEN), "only an open school can join a trust")
        _require(bool(schools.trust[self.school] < 0), "a school in a trust is transferred, it cannot join")
        _require(bool(state.trusts.active[self.trust]), "a closed trust cannot take schools on")
        _require(bool(state.trusts.kind[self.trust] == TrustKind.MULTI), "a single-academy trust has one school")
        schools.trust[self.school], schools.route[self.school] = self.trust, self.route
        schools.joined[self.school], schools.ordered[self.school] = self.date, float("nan")
        schools.form[self.school], schools.partner[self.school] = 0, -1
        state.touched.add(self.trust)
        state.log.add("join", school=self.school, trust=self.trust, **self.why)


@dataclass(frozen=True)
class Transfer:
    """An academy moves to another trust. A trust left without schools closes."""

    school: int
    to: int
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Move the school, and close the trust it leaves empty."""
        schools, trusts = state.schools, state.trusts
        old = int(schools.trust[self.school])
        _require(
            old >= 0 and bool(schools.state[self.school] == SchoolState.OPEN), "only an open academy can be transferred"
        )
        _require(old != self.to, "the school is already in that trust")
        _require(
            bool(trusts.active[self.to]) and bool(trusts.kind[self.to] == TrustKind.MULTI), "schools move to open MATs"
        )
        _leave_cluster(state, self.school)
        if schools.warned[self.school] > 0:
            schools.taken_from[self.school] = old  # so that results can be reported with it too
        schools.trust[self.school], schools.joined[self.school] = self.to, self.date
        schools.leaving[self.school], schools.warned[self.school] = False, float("nan")
        schools.form[self.school], schools.partner[self.school] = 0, -1
        state.touched.add(self.to)
        state.log.add("transfer", school=self.school, trust=self.to, other=old, **self.why)
        if not len(state.members(old)):
            Wind(old, reason="its last school moved").apply(state)


@dataclass(frozen=True)
class FoundTrust:
    """A maintained school becomes an academy in a trust of its own: a single-academy trust, or a new MAT."""

    school: int
    kind: int
    route: int
    date: float
    strategy: Any
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> int:
        """Create the trust; returns its row. Its vision and CEO are drawn by whoever founded it."""
        schools, trusts = state.schools, state.trusts
        _require(bool(schools.state[self.school] == SchoolState.OPEN), "only an open school can found a trust")
        _require(bool(schools.trust[self.school] < 0), "a school in a trust cannot found another")
        row = add_trust(state, self.school, self.kind, self.date, self.strategy)
        schools.trust[self.school], schools.route[self.school] = row, self.route
        schools.joined[self.school], schools.ordered[self.school] = self.date, float("nan")
        schools.form[self.school], schools.partner[self.school] = 0, -1
        state.log.add("found" if self.kind == TrustKind.MULTI else "convert", school=self.school, trust=row, **self.why)
        # the steps between here and the next rollup, which counts schools, find it with one
        trusts.schools[row] = 1
        return row


@dataclass(frozen=True)
class Widen:
    """A single-academy trust becomes a multi-academy trust, keeping its founding date."""

    trust: int
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Change the trust's kind."""
        _require(bool(state.trusts.active[self.trust]), "a closed trust cannot change")
        _require(bool(state.trusts.kind[self.trust] == TrustKind.SINGLE), "it is a multi-academy trust already")
        state.trusts.kind[self.trust] = TrustKind.MULTI
        state.log.add("found", school=int(state.trusts.lead[self.trust]), trust=self.trust, **self.why)


@dataclass(frozen=True)
class Merge:
    """A trust with all its schools becomes part of another, and closes."""

    trust: int
    into: int
    date: float
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Move every school and the central reserves, then close the trust."""
        schools, trusts = state.schools, state.trusts
        _require(self.trust != self.into, "a trust cannot merge into itself")
        _require(bool(trusts.active[self.trust]) and bool(trusts.active[self.into]), "both trusts must be open")
        _require(bool(trusts.kind[self.into] == TrustKind.MULTI), "schools move to MATs")
        # its clusters were the old trust's; the other forms its own in May
        rows = state.members(self.trust)
        schools.cluster[rows] = -1
        schools.trust[rows], schools.joined[rows], schools.leaving[rows] = self.into, self.date, False
        trusts.reserves[self.into] += trusts.reserves[self.trust]
        trusts.reserves[self.trust] = 0.0
        state.touched.add(self.into)
        state.log.add("merge", trust=self.trust, other=self.into, **self.why)
        Wind(self.trust, reason="merged").apply(state)


@dataclass(frozen=True)
class Wind:
    """A trust without schools closes."""

    trust: int
    reason: str

    def apply(self, state: State) -> None:
        """Close the trust; raises MoveError while it has schools."""
        _require(not len(state.members(self.trust)), "a trust with schools cannot close")
        state.trusts.active[self.trust] = False
        state.trusts.schools[self.trust] = 0
        state.touched.discard(self.trust)
        state.log.add("close", trust=self.trust, reason=self.reason)


@dataclass(frozen=True)
class CloseSchool:
    """A school closes for good. Its pupils are placed elsewhere by the rolls step before this is applied."""

    school: int
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> None:
        """Close the school, and its trust if that leaves it empty."""
        schools = state.schools
        _require(bool(schools.state[self.school] == SchoolState.OPEN), "only an open school can close")
        _require(bool(schools.pupils[self.school] == 0), "its pupils must have places elsewhere first")
        old = int(schools.trust[self.school])
        _leave_cluster(state, self.school)
        schools.state[self.school], schools.trust[self.school] = SchoolState.CLOSED, -1
        state.log.add("close", school=self.school, trust=old, **self.why)
        if old >= 0 and not len(state.members(old)):
            Wind(old, reason="its last school closed").apply(state)


@dataclass(frozen=True)
class OpenFree:
    """A planned free school opens, in a multi-academy trust or in a single-academy trust of its own."""

    school: int
    trust: int
    date: float
    strategy: Any = None
    why: Why = field(default_factory=dict)

    def apply(self, state: State) -> int:
        """Open the school; returns the row of its trust (a new one when `trust` is −1)."""
        schools = state.schools
        _require(bool(schools.state[self.school] == SchoolState.PLANNED), "only a planned site can open")
        schools.state[self.school], schools.route[self.school] = SchoolState.OPEN, Route.FREE
        schools.opened[self.school] = schools.joined[self.school] = self.date
        row = self.trust
        if row < 0:
            row = add_trust(state, self.school, TrustKind.SINGLE, self.date, self.strategy)
        _require(bool(state.trusts.active[row]), "a closed trust cannot open a school")
        schools.trust[self.school] = row
        state.touched.add(row)
        state.log.add("open", school=self.school, trust=row, **self.why)
        return row


def add_trust(state: State, lead: int, kind: int, date: float, strategy: Any) -> int:
    """A new trust around a lead school, with its agents; returns its row. Its luck is its lead school's."""
    schools, trusts = state.schools, state.trusts
    uid = int(schools.urn[lead]) * 100  # from identity, so that one founding does not rename another
    while (trusts.uid == uid).any():
        uid += 1
    row = trusts.add(
        1,
        {
            "uid": uid,
            "kind": kind,
            "active": True,
            "founded": date,
            "luck": schools.luck[lead],
            "copy": schools.copy[lead],
            "lead": lead,
            "region": schools.region[lead],
            "place": schools.place[lead],
            "denomination": schools.denomination[lead],
        },
    )
    agent = Trust(state.model, trusts, row)
    state.trust_agents.append(agent)
    state.ceos.append(CEO(state.model, agent, strategy))
    return row
