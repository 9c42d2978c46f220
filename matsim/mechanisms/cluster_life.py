"""How a cluster is governed and how far it has come: governance forms, seven dimensions, four stages (C5, F4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.clusters import ClusterParams
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.ladders import DELEGATED, IMPROVEMENT, LADDERS, TOPS
from matsim.mechanisms.ladders import GOVERNANCE as GOVERNANCE_LADDER
from matsim.selfcheck.cluster import DIMENSIONS, StageParams, stages
from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]

GOVERNANCE = ("none beyond local bodies", "informal meetings", "advisory", "delegated")
"""Emerging forms of cluster governance (Hill)."""


HIGHEST, LOWEST = 1.0, 4.0
"""The published scale of each dimension, from strong to non-existent."""


class ClusterLifeParams(Params):
    """How clusters are governed and grow up."""

    governance_on: bool = switch()
    """Whether trusts give clusters governance of their own (C5); off, none has any."""
    evaluation_on: bool = switch()
    """Whether clusters evaluate themselves, and how far they have come scales what they add (F4)."""
    advisory_from: int = param(2, "count", "assumed: some have formalised a role", plausible=(2, 5))
    """Clusters from which there are advisory bodies; chairs of local bodies meet from the first."""
    delegated_rung: int = param(2, "count", "building-trusts", plausible=(1, 3))
    """Rung of the governance ladder from which cluster bodies hold delegated powers (four tiers)."""
    growing: float = param(0.3, "ratio", "assumed: a stage takes three years or so", plausible=(0.1, 0.6))
    """Pace of growing up: each dimension improves by half as many points in a year while nothing stands against it."""
    harsh: float = param(0.5, "points", "assumed: leaders know what is missing", plausible=(0.0, 1.0))
    """Points by which leaders score a new cluster worse than it is (1 strong to 4 non-existent)."""
    outside: float = param(0.9, "points", "assumed: governors see what they have a part in", plausible=(0.0, 2.0))
    """Points by which governors score it worse still where clusters have no governance of their own."""
    check: StageParams = StageParams()


def evaluate_clusters(state: State, p: ClusterLifeParams, what: ClusterParams) -> None:
    """Set each trust's cluster governance and the stage of every led cluster."""
    schools = state.schools
    _govern(state, p)
    schools.stage[:] = 1  # "developing", where nothing is known
    if not p.evaluation_on:
        return
    inside = schools.cluster >= 0
    schools.cluster_years = np.where(inside, schools.cluster_years + 1.0, 0.0)
    rows = np.flatnonzero(inside)
    if not len(rows):
        return
    name = schools.cluster[rows]
    size = np.bincount(name)
    clusters = np.flatnonzero(size)
    place = np.empty(len(size), np.intp)
    place[clusters] = np.arange(len(clusters))
    group = place[name]
    by_group, _, reached = stages(_scores(state, p, what.minutes, rows, group, size[clusters]), p.check)
    before, stage = schools.stage_before[rows], reached[group]
    schools.stage[rows] = schools.stage_before[rows] = stage
    moved = np.flatnonzero((stage != before) & (rows == name))
    if len(moved):
        pick, now, then = rows[moved], stage[moved].astype(float), before[moved].astype(float)
        leaders, governors = (by_group[group[moved]] * len(DIMENSIONS)).T
        state.log.add(
            "evaluate",
            rule="cluster check",
            school=pick,
            trust=schools.trust[pick],
            value=now,
            threshold=then,
            margin=now - then,
            inputs={"leaders": leaders, "governors": governors},
        )


def _govern(state: State, p: ClusterLifeParams) -> None:
    """Governance of clusters: more of it with more clusters, delegated where the trust has tiers for it."""
    trusts = state.trusts
    rows = state.multi()
    count, rung = trusts.clusters[rows], trusts.rung[rows, GOVERNANCE_LADDER]
    form = np.where(rung >= p.delegated_rung, DELEGATED, np.where(count >= p.advisory_from, 2, 1))
    for row, direction in state.directed.items():
        wish = direction.clusters
        if wish is None:
            continue
        if wish == DELEGATED and trusts.rung[row, GOVERNANCE_LADDER] < p.delegated_rung and trusts.clusters[row]:
            tiers = LADDERS[GOVERNANCE_LADDER].rungs[p.delegated_rung].name
            thwart(state, row, f"cluster bodies cannot hold delegated powers without {tiers}")
            wish = DELEGATED - 1
        form[rows == row] = max(wish, 0)
    form[(count == 0) | (not p.governance_on)] = 0
    before = trusts.cluster_governance[rows]
    trusts.cluster_governance[rows] = form
    changed = np.flatnonzero(form != before)
    if len(changed):
        now, then = form[changed], before[changed].astype(float)
        state.log.add(
            "govern",
            rule="cluster life",
            trust=rows[changed],
            reason=np.array(GOVERNANCE, dtype=object)[now],
            value=now.astype(float),
            threshold=then,
            margin=now - then,
            inputs={"clusters": count[changed], "rung": rung[changed]},
        )


def _scores(state: State, p: ClusterLifeParams, reach: float, rows: Rows, group: Rows, size: Rows) -> Floats:
    """The seven dimensions as leaders and governors would score them, 1 strong to 4 non-existent: (n, 2, 7).

    `reach` is the minutes over which nearness falls to about a third; `group` is the cluster of each of the schools in
    `rows`; `size` (n,) counts the schools of each cluster.
    """
    schools, trusts = state.schools, state.trusts

    def mean(values: Floats | NDArray[np.bool_]) -> Floats:
        return np.bincount(group, weights=values) / size

    of = schools.trust[rows]
    trust = np.empty(len(size), np.intp)
    trust[group] = of
    grown = p.growing * mean(schools.cluster_years[rows])
    governed = trusts.cluster_governance[trust].astype(float) / DELEGATED
    scores = np.empty((2, len(DIMENSIONS), len(size)))
    strength = scores[0]
    strength[0] = mean(np.exp(-schools.mate_minutes[rows] / reach))
    strength[1] = mean(trusts.coherence[of])
    strength[2] = mean(~schools.vacancy[rows])
    strength[3] = governed
    strength[4] = mean(schools.buyin[rows])
    strength[5] = trusts.rung[trust, IMPROVEMENT] / float(TOPS[IMPROVEMENT])
    strength[6] = 1.0 - mean(schools.identity[rows])
    leaders = LOWEST - (LOWEST - HIGHEST) * strength - grown * 0.5 + p.harsh
    scores[0], scores[1] = leaders, leaders + p.outside * (1.0 - governed)
    return np.clip(np.rint(scores), HIGHEST, LOWEST).transpose(2, 0, 1)
