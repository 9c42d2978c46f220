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

INFRASTRUCTURE, RESOURCES, LEARNING = 1, 2, 3
"""Codes of the column `focus`: places in FOCUS."""

STRONG, WEAK = 1.0, 4.0
"""The published scale of an area."""

SEEN = "assumed: what a reviewer sees of it, on a scale of 1 to 4"


class ReviewingParams(Params):
    """When schools are reviewed, and what a review is worth."""

    on: bool = switch()
    """Whether trusts review their new and weak schools."""
    lasts: float = param(2.0, "years", "assumed: a plan runs for two years", plausible=(1, 4))
    """Years that the attention lasts."""
    noise: float = param(0.4, "points", "assumed: a review is a judgement", plausible=(0.1, 0.8))
    """Error of the score of one area."""
    usual: float = param(
        2.3, "score 1-4", "assumed: a little better than the middle of the scale", plausible=(1.5, 3.0)
    )
    """Score (1 strong to 4 weak) of whatever a school is average in."""
    seen: float = param(0.5, "points", SEEN, plausible=(0.2, 1.0))
    """Fall of a score for each standard deviation of its head, quality or value added above average."""
    vacancy: float = param(0.75, "points", SEEN, plausible=(0.0, 2.0))
    """Rise of the scores of people and of leadership without a head."""
    swing: float = param(1.2, "points", SEEN, plausible=(0.5, 1.5))
    """Rise of a score from usual to the worst of what is reckoned in shares: no buy-in, much debt, an empty school."""
    much: float = param(
        0.1, "share", "assumed: a tenth of income is much to have or to owe", plausible=(0.05, 0.2), gt=0.0
    )
    """Reserves or debt, as a share of income, beyond which more makes no difference."""
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
    several = (trusts.kind == TrustKind.MULTI) & (trusts.schools > 1)
    rows = rows[several[schools.trust[rows]] & (schools.focus[rows] == 0)]
    rows = rows[(schools.joined[rows] > state.year) | (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT)]
    if not len(rows):
        return
    scores = areas(state, p, rows)
    # column by column: numpy adds up many in another order when there is one school only
    means = np.empty((len(rows), len(AREAS)))
    ends = np.cumsum([len(names) for names in AREAS.values()])[:-1]
    for group, part in enumerate(np.split(scores, ends, axis=1)):
        means[:, group] = sum(part.T) / part.shape[1]
    focus = 1 + means.argmax(axis=1)
    schools.focus[rows], schools.focus_until[rows] = focus, state.year + p.lasts
    worst, usual = means.max(axis=1), means.mean(axis=1)
    state.log.add(
        "review",
        rule="reviewing",
        school=rows,
        trust=schools.trust[rows],
        value=worst,
        threshold=usual,
        margin=worst - usual,
        reason=np.array(FOCUS, dtype=object)[focus],
        inputs={"infrastructure": means[:, 0], "resources": means[:, 1], "learning": means[:, 2]},
    )


def areas(state: State, p: ReviewingParams, rows: Rows) -> Floats:
    """Scores of the fourteen areas, 1 strong to 4 weak, from what the model knows of each: (n, 14)."""
    schools = state.schools
    reserves = schools.reserves[rows] / np.maximum(schools.income[rows], 1.0)
    empty = np.clip(1.0 - schools.pupils[rows] / np.maximum(schools.capacity[rows], 1.0), 0.0, 1.0)
    money = p.usual - p.swing * np.clip(reserves / p.much, -1.0, 1.0)
    places = p.usual + p.swing * empty
    led = p.usual - p.seen * schools.head[rows] + p.vacancy * schools.vacancy[rows]
    learning = p.usual - p.seen * schools.quality[rows]
    culture = p.usual + p.swing * (1.0 - 2.0 * schools.buyin[rows])
    taught = p.usual - p.seen * schools.outcome[rows]
    calm = np.clip(money * 0.5 + places * 0.5, STRONG, WEAK)
    by_group = {
        "Infrastructure": (places, money, money, calm),
        "Educational resources": (led, 0.5 * (led + learning)),
        "Organisation of learning": (culture, culture, led, learning, learning, calm, taught, taught),
    }
    columns = [column for group in AREAS for column in by_group[group]]
    luck = state.streams.normals("reviewing", len(columns), state.year, schools.luck[rows])
    return np.clip(np.column_stack(columns) + p.noise * luck, STRONG, WEAK)
