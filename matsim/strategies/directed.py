"""How a trust that is told what to do grows: its direction stands in place of its CEO's judgement of candidates."""

from __future__ import annotations

from matsim.state.directions import Direction
from matsim.strategies.base import Brief, Candidate, Orders, Room, Strategy


def directed_orders(direction: Direction, brief: Brief, strategy: Strategy) -> Orders:
    """Orders of a trust from what it is told; what is not told is as its CEO's strategy has it."""
    if direction.ask:
        return _ask(direction, brief)
    if direction.growth == "hold":
        return Orders([], Room(0, "told to take on no schools", float(brief.schools), float(brief.schools)))
    if direction.growth == "" and direction.near is None:
        return strategy.decide(brief)
    room = strategy.room(brief) if direction.growth == "" else _up_to(direction, brief)
    bids = [c for c in brief.candidates if direction.near is None or c.school in direction.near]
    return Orders(bids[: int(strategy.asks * max(room.schools, 0))], room)


def _up_to(direction: Direction, brief: Brief) -> Room:
    """Room up to the size told, in one year if so many will come."""
    target = brief.target if direction.target is None else direction.target
    most = max(int(target) - brief.schools, 0)
    return Room(most, "told to grow" if most else "at the size it was told", float(brief.schools), target)


def _ask(direction: Direction, brief: Brief) -> Orders:
    """Approach the schools told, in order, as many as the size told has room for."""
    named = {c.school: c for c in brief.candidates}
    bids: list[Candidate] = [named[row] for row in direction.ask if row in named]
    most = len(direction.ask)
    room = Room(most, "told whom to approach", float(most), float(most))
    if direction.growth == "grow" and (limit := _up_to(direction, brief)).schools < most:
        room = limit
    return Orders(bids[: room.schools], room)
