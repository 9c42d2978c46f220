"""What the CEOs of a year decide: each by the strategy that it follows, or as its trust is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matsim.core.runs import places
from matsim.state.directions import Direction
from matsim.strategies.base import Brief, Candidates, Room, Strategy
from matsim.strategies.directed import directed_choice, directed_room


class Chiefs(NamedTuple):
    """The CEOs of a brief's trusts: the strategies among them, which of these each follows, and who is told what."""

    strategies: tuple[Strategy, ...]
    follows: NDArray[np.intp]
    """Place of each CEO's strategy, (n,)."""
    directed: Mapping[int, Direction]
    """What trusts are told, by their place in the brief."""

    @classmethod
    def alike(cls, strategy: Strategy, count: int = 1) -> Chiefs:
        """So many CEOs who all follow one strategy, and whose trusts are told nothing."""
        return cls((strategy,), np.zeros(count, np.intp), {})


def rooms(chiefs: Chiefs, brief: Brief) -> tuple[Room, NDArray[np.intp]]:
    """How many schools each trust would take on, and for how many it bids at most: more, since not all will come."""
    room = _first_limits(chiefs, brief)
    asks = np.array([strategy.asks for strategy in chiefs.strategies])[chiefs.follows]
    for place, direction in chiefs.directed.items():
        set_by = directed_room(direction, int(brief.schools[place]), float(brief.target[place]))
        if set_by is not None:
            room.schools[place], room.reason[place], room.value[place], room.threshold[place] = set_by
        if direction.ask:
            asks[place] = 1.0  # it turns to the schools it is told, as many as there is room for
    return room, (asks * np.maximum(room.schools, 0)).astype(np.intp)


def _first_limits(chiefs: Chiefs, brief: Brief) -> Room:
    """Every trust's room as its CEO's strategy has it: the first of its limits that holds."""
    limits = [(place, limit) for place, strategy in enumerate(chiefs.strategies) for limit in strategy.limits(brief)]
    schools = np.empty((len(limits), len(chiefs.follows)))
    value, threshold = np.empty_like(schools), np.empty_like(schools)
    holds = np.array([[place] for place, _ in limits]) == chiefs.follows
    for i, (_, limit) in enumerate(limits):
        schools[i], value[i], threshold[i] = limit.schools, limit.value, limit.threshold
        holds[i] &= limit.when
    # every strategy's last limit holds
    which, each = holds.argmax(axis=0), np.arange(len(chiefs.follows))
    reason = np.array([limit.reason for _, limit in limits], dtype=object)[which]
    return Room(schools[which, each].astype(np.intp), reason, value[which, each], threshold[which, each])


def bids(
    chiefs: Chiefs, brief: Brief, candidates: Candidates, most: NDArray[np.intp], turn: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Places of the candidates that their trusts bid for: the `most` of each that it likes best, trusts by `turn`."""
    follows, each = chiefs.follows[candidates.trust], np.arange(len(candidates.trust))
    takes = np.array([strategy.accepts(candidates, brief) for strategy in chiefs.strategies])[follows, each]
    score = candidates.score.copy()
    for place, direction in chiefs.directed.items():
        if direction.approaches:
            mine = np.flatnonzero(candidates.trust == place)
            takes[mine], score[mine] = directed_choice(direction, candidates.school[mine], score[mine])
    taken = takes.nonzero()[0]
    # small integers are sorted by their digits, in a fraction of the time
    when = turn.astype(np.min_scalar_type(len(turn)))[candidates.trust[taken]]
    order = np.lexsort((candidates.luck[taken], -score[taken], when))
    taken, when = taken[order], when[order]
    # each trust's own stand together, the best first
    return np.asarray(taken[places(when) < most[candidates.trust[taken]]])
