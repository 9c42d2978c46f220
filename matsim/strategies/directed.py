"""How a trust that is told what to do grows: its direction stands in place of its CEO's judgement of candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.state.directions import Direction


def directed_room(direction: Direction, schools: int, target: float) -> tuple[int, str, float, float] | None:
    """Room of a trust of so many schools that aims for `target`, as it is told; None where its CEO has the say."""
    aim = target if direction.target is None else direction.target
    left = max(int(aim) - schools, 0)  # in one year, if so many will come
    most = len(direction.ask)
    if direction.ask and not (direction.growth == "grow" and left < most):
        return most, "told whom to approach", most, most
    if direction.growth == "hold":
        return 0, "told to take on no schools", schools, schools
    if direction.growth:
        return left, "told to grow" if left else "at the size it was told", schools, aim
    return None


def directed_choice(
    direction: Direction, school: NDArray[np.intp], score: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which of its candidates (rows of schools) a trust turns to, and how high each is on its list, as it is told."""
    if direction.ask:
        order = {row: place for place, row in enumerate(direction.ask)}
        asked = np.array([order.get(row, -1) for row in school.tolist()], dtype=np.intp)
        return asked >= 0, -asked.astype(np.float64)
    return np.array([direction.near is None or row in direction.near for row in school.tolist()], dtype=bool), score
