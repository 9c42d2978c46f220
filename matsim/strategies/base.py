"""What every growth strategy is given and gives back, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from matsim.evidence.parameters import Params, param


class Candidate(NamedTuple):
    """A school a trust might take on, as its CEO sees it: it has passed due diligence and the trust's values."""

    school: int
    """Row of the school."""
    score: float
    """How much the trust would like it (sum of what it values)."""
    minutes: float
    """Travel time to the trust's nearest school; inf when there is none within reach."""
    same_phase: bool
    weak: bool
    """Judged below Good."""
    forced: bool
    """Ordered to convert, and put to the trust by the commissioner."""


class Shortlist:
    """One trust's candidates out of columns that hold those of all trusts, made only when somebody looks at them."""

    __slots__ = ("_columns", "_first", "_last")

    def __init__(self, columns: Sequence[list[Any]], first: int, last: int) -> None:
        self._columns, self._first, self._last = columns, first, last

    def __iter__(self) -> Iterator[Candidate]:
        return map(Candidate._make, zip(*(c[self._first : self._last] for c in self._columns), strict=True))


class Brief(NamedTuple):
    """One trust's year, surveyed in bulk. Candidates come best first."""

    year: int
    schools: int
    capacity: float
    """Supply over need in the tightest area of the central team (ratio)."""
    spare: float
    """Schools that the central team could take on before it is fully used; negative when overstretched."""
    reserves_share: float
    target: float
    paused: float
    """Takes on nothing before this year."""
    pressure: float
    """The highest break-point pressure the CEO sees, 1 = at the break point."""
    recent: int
    """Schools that joined within two years."""
    candidates: Iterable[Candidate] = ()
    """May be gone through more than once."""


class Room(NamedTuple):
    """How many schools a CEO would take on this year, and what set the limit."""

    schools: int
    reason: str
    value: float
    threshold: float


class Orders(NamedTuple):
    """What a CEO decided: schools to bid for, in order, and what limited the number."""

    bids: list[Candidate]
    room: Room


class Strategy(Params):
    """How a CEO grows a trust. One file for each kind; `decide` is a pure function of the brief."""

    share: float = param(0.2, "share", "assumed: mix of CEOs, see docs/calibration", plausible=(0.0, 1.0))
    """Share of CEOs who follow it (shares are scaled to sum to one)."""
    staffing: float = param(1.0, "ratio", "assumed: central posts against need", plausible=(0.7, 1.3))
    """Central posts that the CEO aims for, over the need."""
    answers_at: float = param(0.95, "ratio", "assumed: when a break point is answered", plausible=(0.7, 1.3))
    """Pressure at which a CEO who has seen a break point coming begins to answer it."""
    asks: float = param(2.0, "ratio", "assumed: not all who are asked will come", plausible=(1.0, 4.0), ge=1.0)
    """Schools that the CEO bids for, over those there is room for."""
    final: bool = param(False, "switch", "building-trusts")
    """Whether the planned number of schools is an end point, never raised."""

    def room(self, brief: Brief) -> Room:
        """How many schools to take on this year, and why not more."""
        raise NotImplementedError

    def accepts(self, candidate: Candidate, brief: Brief) -> bool:
        """Whether the trust would take this school at all."""
        return True

    def decide(self, brief: Brief) -> Orders:
        """Bid for the best acceptable candidates, more than there is room for, since not all will come."""
        room = self.room(brief)
        most = int(self.asks * room.schools)
        if most <= 0:
            return Orders([], room)
        # lazily: a shortlist can be long, and most CEOs bid for a few
        acceptable = (c for c in brief.candidates if self.accepts(c, brief))
        return Orders(list(islice(acceptable, most)), room)


def paused(brief: Brief) -> Room | None:
    """The room of a trust that has decided to pause, or None."""
    if brief.year < brief.paused:
        return Room(0, "pausing to consolidate", float(brief.year), brief.paused)
    return None
