"""Schools reviewed over fourteen areas in three groups; the weakest group gets the attention (F5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.selfcheck.review import AREAS
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, TrustKind

type Floats = NDArray[np.float64]

FOCUS = ("none", "infrastructure", "resources", "learning")
"""What a review decided to work on."""


class ReviewingParams(Params):
    """When schools are reviewed, and what a review is worth."""

    on: bool = switch()
    """Whether trusts review their new and weak schools."""
    lasts: float = param(2.0, "years", "assumed: a plan runs for two years", plausible=(1, 4))
    """Years that the attention lasts."""
    noise: float = param(0.4, "points", "assumed: a review is a judgement", plausible=(0.1, 0.8))
    """Error of the score of one area."""
    learning: float = param(0.04, "sd per year", "assumed: attention where it is due", plausible=(0.0, 0.1))
    """Gain of a school whose teaching, curriculum and leadership are worked on."""
    infrastructure: float = param(
        0.006, "share", "assumed: buildings, contracts and risks put in order", plausible=(0.0, 0.02)
    )
    """Gain in balance of a school whose finance and premises are worked on."""
    resources: float = param(0.15, "share", "assumed: people found and developed", plausible=(0.0, 0.4))
    """Rise in the chance of filling a vacancy where people and development are worked on."""


def review(state: State, p: ReviewingParams) -> None:
    """Review schools that have just joined or are weak, and set what is worked on."""
    schools, trusts = state.schools, state.trusts
    schools.focus = np.where(schools.focus_until > state.year, schools.focus, 0)
    if not p.on or not len(trusts):
        return
    rows = state.in_trusts()
    of = schools.trust[rows]
    due = ((schools.joined[rows] > state.year) | (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT)) & (
        schools.focus[rows] == 0
    )
    rows = rows[due & (trusts.kind[of] == TrustKind.MULTI) & (trusts.schools[of] > 1)]
    if not len(rows):
        return
    scores = areas(state, p, rows)
    group = np.repeat(np.arange(3), [len(names) for names in AREAS.values()])
    means = np.column_stack([scores[:, group == g].mean(axis=1) for g in range(3)])
    schools.focus[rows] = 1 + means.argmax(axis=1)
    schools.focus_until[rows] = state.year + p.lasts
    state.log.add(
        "review",
        rule="reviewing",
        school=rows,
        trust=schools.trust[rows],
        value=means.max(axis=1),
        threshold=means.mean(axis=1),
        margin=means.max(axis=1) - means.mean(axis=1),
        reason=np.array(FOCUS, dtype=object)[schools.focus[rows]],
        inputs={"infrastructure": means[:, 0], "resources": means[:, 1], "learning": means[:, 2]},
    )


def areas(state: State, p: ReviewingParams, rows: Rows) -> Floats:
    """Scores of the fourteen areas, 1 strong to 4 weak, from what the model knows of each: (n, 14)."""
    schools = state.schools
    money = 2.2 - 12.0 * np.clip(schools.reserves[rows] / np.maximum(schools.income[rows], 1.0), -0.1, 0.1)
    places = 1.8 + 1.5 * np.clip(1.0 - schools.pupils[rows] / np.maximum(schools.capacity[rows], 1.0), 0.0, 1.0)
    people = 2.3 - 0.4 * schools.head[rows] + 0.9 * schools.vacancy[rows]
    learning = 2.2 - 0.6 * schools.quality[rows]
    culture = 3.4 - 2.2 * schools.buyin[rows]
    taught = 2.3 - 0.5 * schools.outcome[rows]
    led = 2.3 - 0.4 * schools.head[rows] + 0.6 * schools.vacancy[rows]
    calm = np.clip(money * 0.5 + places * 0.5, 1.0, 4.0)
    by_group = {
        "Infrastructure": (places, money, money, calm),
        "Educational resources": (people, 0.5 * (people + learning)),
        "Organisation of learning": (culture, culture, led, learning, learning, calm, taught, taught),
    }
    columns = [column for group in AREAS for column in by_group[group]]
    luck = state.streams.hashed_normals("reviewing", len(columns), state.year, schools.slot[rows])
    return np.clip(np.column_stack(columns) + p.noise * luck, 1.0, 4.0)
