"""Clusters: two to about six schools of one phase within about twenty minutes, under an executive head (C1, C3).

Formed and reformed by one rule. Members stay together while the cluster stands; a school without one joins the
nearest cluster of its trust and phase that it is close enough to all of, if there is room; otherwise the
closest two or more schools without one make a new cluster, if the trust has a leader ready to head it.
Sharing a trust and a region does not make a cluster.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.pairs import trust_pairs
from matsim.state.directions import directed_rows
from matsim.state.state import Rows, State
from matsim.world.codes import Phase
from matsim.world.geography import TravelParams


class ClusterParams(Params):
    """What a cluster is, and where its leaders come from."""

    on: bool = switch()
    """Whether trusts form clusters."""
    minutes: float = param(20.0, "minutes", "hill-clusters", plausible=(15, 30))
    """Longest travel time between any two schools of a cluster."""
    largest: int = param(6, "schools", "hill-clusters", plausible=(5, 8))
    """Most schools in a cluster."""
    from_schools: int = param(3, "schools", "hill-clusters", plausible=(2, 6))
    """Trusts smaller than this work as one group and form no clusters."""
    bench_per_school: float = param(0.08, "posts", "assumed: leaders ready to step up", plausible=(0.02, 0.2))
    """Leaders that become ready to head a cluster each year, for each Good or better school of the trust."""
    bench_in_cluster: float = param(
        0.05, "posts", "assumed: heads of school grow in clusters (Hill)", plausible=(0.0, 0.15)
    )
    """Further leaders a year for each school in a cluster: clusters widen the pipeline (B9)."""
    bench_limit: float = param(3.0, "posts", "assumed: ready leaders do not wait for ever", plausible=(1, 6))
    """Most leaders kept waiting."""


def reform(state: State, p: ClusterParams, travel: TravelParams) -> None:
    """Refill the bench of leaders, then form clusters wherever loose schools lie close and a leader is ready."""
    if not p.on:
        return
    _bench(state, p)
    without = directed_rows(state.directed, lambda d: d.clusters == -1)
    _dissolve(state, without)
    work = _Work(state, p)
    work.tidy(sorted(state.touched))
    a, b, time = trust_pairs(state, travel, np.setdiff1d(_open_to_change(state, p), without), p.minutes)
    close = np.flatnonzero(
        (time <= p.minutes) & ((state.schools.phase[a] != Phase.PRIMARY) == (state.schools.phase[b] != Phase.PRIMARY))
    )
    school, other = np.r_[a[close], b[close]], np.r_[b[close], a[close]]
    loose = np.flatnonzero(state.schools.cluster[school] < 0)  # only they look around for others
    school, other, time = school[loose], other[loose], np.tile(time[close], 2)[loose]
    # the rest is plain Python, trust by trust: most trusts have nothing to change, and are left out first
    busy = _busy(state, p, school, other)
    keep = np.isin(state.schools.trust[school], busy)
    for i, j, t in zip(school[keep].tolist(), other[keep].tolist(), time[keep].tolist(), strict=True):
        work.near[i][j] = t
    for trust in busy.tolist():
        work.form(trust)
    work.write()
    state.touched.clear()
    _count(state)
    _unled(state, p)


def _dissolve(state: State, trusts: Rows) -> None:
    """Dissolve the clusters of trusts that are told to have none."""
    schools = state.schools
    rows = np.flatnonzero(np.isin(schools.trust, trusts) & (schools.cluster >= 0))
    first = rows[schools.cluster[rows] == rows]
    schools.cluster[rows] = -1
    state.log.add("cluster", rule="directed", trust=schools.trust[first], school=first, reason="dissolved")


def _unled(state: State, p: ClusterParams) -> None:
    """Log the trusts that are told to have clusters and have none, and why."""
    trusts = state.trusts
    for row in directed_rows(state.directed, lambda d: d.clusters is not None and d.clusters >= 0).tolist():
        if trusts.clusters[row]:
            continue
        if trusts.schools[row] < p.from_schools:
            why = f"a trust of fewer than {p.from_schools} schools forms no clusters"
        elif trusts.bench[row] < 1.0:
            why = "nobody is ready to lead a cluster"
        else:
            why = f"no two of its schools of a phase lie within {p.minutes:g} minutes"
        thwart(state, row, why)


def _bench(state: State, p: ClusterParams) -> None:
    """Leaders grow in good schools, and faster in clusters (B9)."""
    trusts = state.trusts
    rows = state.multi()
    good = np.maximum(trusts.schools[rows] - trusts.weak[rows], 0)
    more = p.bench_per_school * good + p.bench_in_cluster * trusts.clustered[rows] * trusts.schools[rows]
    trusts.bench[rows] = np.minimum(trusts.bench[rows] + more, p.bench_limit)


def _open_to_change(state: State, p: ClusterParams) -> Rows:
    """Trusts that may form clusters and have a loose school, and a leader or a cluster for it."""
    schools, trusts = state.schools, state.trusts
    rows, multi = state.in_trusts(), state.multi()
    loose = np.bincount(schools.trust[rows[schools.cluster[rows] < 0]], minlength=len(trusts))[multi]
    size = trusts.schools[multi]
    return multi[(size >= p.from_schools) & (loose > 0) & ((loose < size) | (trusts.bench[multi] >= 1.0))]


def _busy(state: State, p: ClusterParams, school: Rows, other: Rows) -> Rows:
    """Trusts where something will change, given every loose school with every other that is close to it: it fits a
    cluster, or the two can begin one."""
    schools, trusts, cluster = state.schools, state.trusts, state.schools.cluster
    adjacent = cluster[other] >= 0
    pair, close = np.unique(school[adjacent] * len(schools) + cluster[other[adjacent]], return_counts=True)
    loose, into = np.divmod(pair, len(schools))
    size = np.bincount(cluster[cluster >= 0], minlength=len(schools))[into]
    fits = schools.trust[loose[(close == size) & (size < p.largest)]]
    both = schools.trust[school[~adjacent]]
    return np.union1d(fits, both[trusts.bench[both] >= 1.0])


class _Work:
    """Clusters while they are worked out: plain lists, written back to the columns and the log at the end."""

    def __init__(self, state: State, p: ClusterParams) -> None:
        self.state, self.p = state, p
        self.cluster: list[int] = state.schools.cluster.tolist()
        self.secondary: list[bool] = (state.schools.phase != Phase.PRIMARY).tolist()
        self.near: dict[int, dict[int, float]] = defaultdict(dict)
        self.order, self.starts = state.grouped()
        self.events: list[tuple[str, int, int, float]] = []

    def members(self, trust: int) -> list[int]:
        """A trust's open schools."""
        return list(self.order[self.starts[trust] : self.starts[trust + 1]].tolist())

    def tidy(self, trusts: list[int]) -> None:
        """Where schools have left: dissolve clusters of one, and name each after its first member again."""
        for trust in trusts:
            clusters: dict[int, list[int]] = defaultdict(list)
            for school in self.members(trust):
                if self.cluster[school] >= 0:
                    clusters[self.cluster[school]].append(school)
            for members in clusters.values():
                name = members[0] if len(members) > 1 else -1
                for school in members:
                    self.cluster[school] = name
                if name < 0:
                    self.events.append(("dissolved", trust, members[0], np.nan))
        self.state.schools.cluster = self.cluster

    def form(self, trust: int) -> None:
        """Place the loose schools of one trust: into its clusters where they fit, else into new ones, closest first."""
        trusts, near = self.state.trusts, self.near
        clusters: dict[int, list[int]] = defaultdict(list)
        loose = []
        for s in self.members(trust):
            if self.cluster[s] >= 0:
                clusters[self.cluster[s]].append(s)
            elif s in near:
                loose.append(s)
        for s in loose:
            mine = near[s]
            fits = [(sum(mine[m] for m in c), k) for k, c in clusters.items() if self._fits(s, c)]
            if fits:
                self._add(trust, s, clusters[min(fits)[1]])
        bench = float(trusts.bench[trust])
        unplaced = {s for s in loose if self.cluster[s] < 0}
        for time, i, j in sorted((t, a, b) for a in unplaced for b, t in near[a].items() if b > a and b in unplaced):
            if bench < 1.0:
                break
            if self.cluster[i] >= 0 or self.cluster[j] >= 0:
                continue
            bench -= 1.0  # the leader who steps up to be executive head
            self.cluster[i] = self.cluster[j] = i
            self.events.append(("formed", trust, i, time))
            members = [i, j]
            others = [s for s in unplaced if self.cluster[s] < 0 and self._fits(s, members)]
            for s in sorted(others, key=lambda s: (max(near[s][m] for m in members), s)):
                if self._fits(s, members):
                    self._add(trust, s, members)
        trusts.bench[trust] = bench

    def _fits(self, school: int, members: list[int]) -> bool:
        """Whether there is room and every member is near enough. Members are always named by their first."""
        near = self.near[school]
        return len(members) < self.p.largest and near.keys() >= set(members)

    def _add(self, trust: int, school: int, members: list[int]) -> None:
        members.append(school)
        first = min(members)
        for s in members:
            self.cluster[s] = first
        self.events.append(("joined", trust, school, max(self.near[school][m] for m in members if m != school)))

    def write(self) -> None:
        """Put the clusters into the columns and what happened into the log."""
        state = self.state
        state.schools.cluster = self.cluster
        if self.events:
            reason, trust, school, time = zip(*self.events, strict=True)
            value = np.array(time)
            state.log.add(
                "cluster",
                rule="clusters",
                trust=np.array(trust),
                school=np.array(school),
                reason=np.array(reason, dtype=object),
                value=value,
                threshold=self.p.minutes,
                margin=self.p.minutes - value,
            )


def _count(state: State) -> None:
    """Bring each trust's number of clusters and share of clustered schools up to date."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    inside = schools.cluster[rows] >= 0
    n = len(trusts)
    trusts.clustered = np.bincount(schools.trust[rows], weights=inside, minlength=n) / np.maximum(trusts.schools, 1)
    first = rows[schools.cluster[rows] == rows]
    trusts.clusters = np.bincount(schools.trust[first], minlength=n)
