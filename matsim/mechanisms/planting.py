"""Planting a cluster in a new area: tested against the ten-point checklist (B7), the one real trusts can use too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.agents.trust import ESTATES, FINANCE
from matsim.core.runs import starts
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.ladders import GOVERNANCE
from matsim.mechanisms.reach import Pairs
from matsim.selfcheck.checklist import POINTS, ChecklistParams, failed_points
from matsim.state.state import Rows, State
from matsim.world.codes import SchoolState

type Floats = NDArray[np.float64]

_BITS = 1 << np.arange(len(POINTS))
_NAMED = np.array(
    [" ".join(str(i + 1) for i in range(len(POINTS)) if code >> i & 1) for code in range(1 << len(POINTS))],
    dtype=object,
)
"""The numbers of the points that failed, for each set of them: thousands of tests a year share a few texts."""


LEAST_NEED = 0.1
"""Posts needed of an area of the team that its supply is held against, at least: no division by next to nothing."""


class PlantingParams(Params):
    """When a school would plant a new cluster, and how strictly the checklist is taken."""

    on: bool = switch()
    """Whether trusts test a new area at all."""
    minutes: float = param(45.0, "minutes", "assumed: well beyond a cluster's reach", plausible=(30, 60))
    """A school farther than this from the trust would plant a new cluster."""
    around: float = param(20.0, "minutes", "hill-clusters", plausible=(15, 30))
    """Travel time from that school within which the others of its new cluster would lie."""
    failures: float = param(2.0, "points", "assumed: trusts forgive themselves two points of the ten", plausible=(0, 5))
    """Most points of the checklist that may fail before the trust declines."""
    cost: float = param(
        150_000.0, "£", "assumed: an executive head and the first year's travel", plausible=(80_000, 300_000)
    )
    """What a new cluster costs before it pays for itself, set aside by the seventh point."""
    checklist: ChecklistParams = ChecklistParams()


def passes(state: State, p: PlantingParams, pairs: Pairs, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs pass; those near by, or not wanted anyway, pass without the test. Every test is an event."""
    result = np.ones(len(pairs.school), bool)
    far = np.flatnonzero((pairs.minutes > p.minutes) & wanted & p.on)
    if not len(far):
        return result
    s, t = pairs.school[far], pairs.trust[far]
    facts = checklist_facts(state, p, s, t, pairs.minutes[far])
    failed = failed_points(facts, p.checklist)
    count = failed.sum(axis=1).astype(float)
    result[far] = count <= p.failures
    state.log.add(
        "plant",
        rule="checklist",
        school=s,
        trust=t,
        value=count,
        threshold=p.failures,
        margin=p.failures - count,
        reason=_NAMED[failed @ _BITS],
        inputs=facts,
    )
    return result


def checklist_facts(state: State, p: PlantingParams, s: Rows, t: Rows, time_to_trust: Floats) -> dict[str, Floats]:
    """What a model can say to the ten points, for trusts `t` planting two schools around schools `s`."""
    schools, trusts = state.schools, state.trusts
    # what is of the school or of the trust alone is worked out once for each, not for each pair; pairs of one school
    # mostly stand together
    first = starts(s)
    company = np.repeat(_company(state, p, s[first]), np.diff(first, append=len(s)))
    size = np.maximum(trusts.schools, 1)
    areas = slice(FINANCE, ESTATES + 1)
    supply = trusts.posts[:, areas] + trusts.bought[:, areas] + trusts.helped[:, areas]
    need = np.maximum(trusts.need[:, areas] * (size + 2)[:, None] / size[:, None], LEAST_NEED)
    planting = p.cost / np.maximum(trusts.income, 1.0)
    return {
        "record": trusts.record[t],
        "failing_share": (trusts.failing / size)[t],
        "bench": trusts.bench[t],
        "candidates": 1.0 + company,
        "local_support": state.places.help[schools.place[s], 4],
        "journey_minutes": time_to_trust,
        "reserves_after": (trusts.reserves_share - planting)[t],
        "back_office_ratio": (supply / need).min(axis=1)[t],
        "governance_load": (trusts.pressure[:, GOVERNANCE] * (size + 2) / size)[t],
        "buyin": trusts.buyin[t],
    }


def _company(state: State, p: PlantingParams, rows: Rows) -> NDArray[np.intp]:
    """How many schools of its sector that are in no trust each of these schools has around it."""
    schools, near = state.schools, state.world.neighbours
    # which sector a school of each row could add; one place more for neighbours that there are not, whose row is −1
    sector = np.full(len(schools) + 1, -1, np.int8)
    free = np.flatnonzero((schools.state == SchoolState.OPEN) & (schools.trust < 0))
    sector[free] = state.world.sector[free]
    alike = sector[near.index[rows]] == state.world.sector[rows][:, None]
    return np.asarray(np.count_nonzero(alike & (near.minutes[rows] <= p.around), axis=1))
