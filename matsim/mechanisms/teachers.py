"""Teachers leave: more where schools are weak or without a head, and trusts strained or deciding for them (E6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.state.membership import of_trust
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, TrustKind

type Floats = NDArray[np.float64]

LOGGED_SHARE = 0.25
"""Share of a school's teachers leaving in a year from which it is logged."""


class TeacherParams(Params):
    """Which share of its teachers leaves a school in a year."""

    on: bool = switch()
    """Whether teachers leave more in some schools than in others."""
    usual: float = param(0.144, "share per year", "teacher-turnover", plausible=(0.12, 0.16))
    """Share of teachers who leave a school outside MATs in a year: 14.4% in the median authority."""
    unsettled: float = param(
        0.025, "share per year", "assumed: weak schools lose more, and some follow their head", plausible=(0.0, 0.05)
    )
    """Further share at a school judged below Good, and again where there is no head."""
    standardising: float = param(
        0.08, "share per year", "assumed: autonomy goes with the wish to stay (NFER 2020)", plausible=(0.0, 0.2)
    )
    """Further share in a MAT's school for a whole point of autonomy below what teachers are content with."""
    autonomy: float = param(0.5, "share", "assumed: that of a school in a small MAT", plausible=(0.4, 0.6))
    """Autonomy of a school that teachers are content with."""
    strained: float = param(
        0.005, "share per year", "assumed: break points passed are workload", plausible=(0.0, 0.015)
    )
    """Further share for each break point that the MAT has left unanswered for a year."""
    size: float = param(0.015, "share per year", "assumed: what else rises with size (EPI 2024)", plausible=(0.0, 0.03))
    """Further share for each log unit by which a MAT is larger than a small one: nothing else of it does so enough."""
    small: float = param(
        5.0, "schools", "assumed: four or five secondaries and their primaries", plausible=(3, 8), gt=0.0
    )
    """Schools of a small MAT."""
    luck: float = param(0.04, "share per year", "assumed: a school has forty teachers or fewer", plausible=(0.02, 0.06))
    """Spread of the share between schools and years by luck."""


def leave(state: State, p: TeacherParams) -> None:
    """Reckon the share of teachers who left each open school in the year."""
    schools, rows = state.schools, state.open_rows()
    before = schools.turnover[rows]
    why = _why(state, p, rows) if p.on else 0.0
    luck = p.luck * state.streams.normal("teachers/leave", state.year, schools.luck[rows])
    schools.turnover[rows] = np.clip(p.usual + why + luck, 0.0, 1.0)
    _log(state, rows[(before < LOGGED_SHARE) & (schools.turnover[rows] >= LOGGED_SHARE)])


def _why(state: State, p: TeacherParams, rows: Rows) -> Floats:
    """What the share that leaves is above the usual: by the school itself and by its MAT."""
    schools, trusts = state.schools, state.trusts
    weak = schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT
    itself = p.unsettled * (weak + schools.vacancy[rows].astype(np.float64))
    load = p.strained * (trusts.strained > 0).sum(axis=1)
    load += p.size * np.log(np.maximum(trusts.schools / p.small, 1.0))
    several = (trusts.kind == TrustKind.MULTI) & (trusts.schools > 1)
    of = schools.trust[rows].astype(np.intp)
    decided = p.standardising * np.maximum(p.autonomy - schools.autonomy[rows], 0.0)
    return np.asarray(itself + of_trust(several, False, of) * (of_trust(load, 0.0, of) + decided))


def _log(state: State, rows: Rows) -> None:
    """Tell of schools that so many teachers leave, when they come to."""
    schools = state.schools
    value = schools.turnover[rows]
    state.log.add(
        "teachers",
        rule="teachers",
        school=rows,
        trust=schools.trust[rows],
        value=value,
        threshold=LOGGED_SHARE,
        margin=value - LOGGED_SHARE,
        inputs={"autonomy": schools.autonomy[rows], "vacancy": schools.vacancy[rows].astype(float)},
    )
