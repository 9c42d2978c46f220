"""The event of a direction that could not be carried out: a direction is an intention, not a miracle."""

from __future__ import annotations

from typing import Any

from matsim.state.state import State


def thwart(state: State, trust: int, reason: str, *, rule: str = "directed", **columns: Any) -> None:
    """Log that what a trust was told could not be done, and why; `rule` and `columns` as for any event."""
    state.log.add("thwart", rule=rule, trust=trust, reason=reason, **columns)
