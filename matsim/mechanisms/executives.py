"""Executive heads of clusters: who they are, what they add, and who comes after them (E6, C1, B9)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.heads import NOBODY, HeadParams, appoint, places
from matsim.state.state import Rows, State
from matsim.world.codes import Grade


class ExecutiveParams(Params):
    """How long executive heads stay, and how much they lead."""

    on: bool = switch()
    """Whether clusters have executive heads."""
    leaves: float = param(0.2, "share per year", "head-register", plausible=(0.1, 0.25))
    """Chance that the executive head of a cluster leaves in a year."""
    weight: float = param(0.3, "share", "assumed: most is still led by the head of school", plausible=(0.0, 0.6))
    """Part of a school's leadership that is its executive head's."""


def lead(state: State, heads: HeadParams, p: ExecutiveParams) -> None:
    """The leadership that each school had in the year (sd).

    It is its head's; in a cluster, executive head's and head of school's together. Without a head a deputy stands in,
    of average skill; in a cluster the executive head does.
    """
    schools, rows = state.schools, state.open_rows()
    vacant = schools.vacancy[rows]
    led = np.where(vacant, heads.deputy, schools.head[rows])
    clustered = np.flatnonzero((schools.cluster[rows] >= 0) & (schools.executive[rows] != NOBODY) & p.on)
    skill = schools.executive_skill[rows[clustered]]
    shared = led[clustered] + p.weight * (skill - led[clustered])
    led[clustered] = np.where(vacant[clustered], heads.deputy + skill, shared)
    schools.led[rows] = led


def follow(state: State) -> None:
    """Schools in a cluster have its executive head, whoever of them joined last; schools in none have none."""
    schools = state.schools
    rows = np.flatnonzero(schools.cluster >= 0)
    source = np.full(len(schools), NOBODY)
    headed = rows[schools.executive[rows] != NOBODY]
    source[schools.cluster[headed]] = headed
    source = source[schools.cluster[rows]]
    rows, source = rows[source != NOBODY], source[source != NOBODY]
    for name in ("executive", "executive_skill", "executive_years"):
        schools[name][rows] = schools[name][source]


def turn_over(state: State, p: ExecutiveParams, heads: HeadParams) -> None:
    """Executive heads leave and come: heads of strong schools, who leave a head of school behind.

    Who is to follow one that left needs a leader in waiting to follow as head; the cluster of one whom nobody can
    follow is dissolved. The trust had one ready for each cluster that it has formed.
    """
    schools, trusts = state.schools, state.trusts
    inside = np.flatnonzero(schools.cluster >= 0)
    if not p.on or not len(inside):
        return
    schools.executive_years[inside] += 1.0
    name, first = np.unique(schools.cluster[inside], return_index=True)
    first = inside[first]
    trust, new = schools.trust[first], schools.executive[first] == NOBODY
    draw = state.streams.uniform("executives/leave", state.year, schools.luck[first])
    left = ~new & (draw < p.leaves)
    chosen = _strongest(state, heads, inside, name[left | new])[name]
    after = np.zeros(len(name), bool)
    after[left] = np.floor(trusts.bench[trust[left]]) > places(trust[left], draw[left])
    after &= chosen >= 0
    np.subtract.at(trusts.bench, trust[after], 1.0)
    _log(state, first[left], draw[left], p)
    starts = after | (new & (chosen >= 0))
    _promote(state, heads, name[starts], chosen[starts])
    _dissolve(state, name[(left | new) & ~starts], first[(left | new) & ~starts])


def _strongest(state: State, heads: HeadParams, inside: Rows, names: Rows) -> Rows:
    """The school of each cluster, by its name, whose head would become executive head; −1 where there is none.

    The strongest of those judged Good with a settled head; failing these, of others with a head. Looked for in
    clusters of these `names` only.
    """
    schools = state.schools
    sought = np.zeros(len(schools), bool)
    sought[names] = True
    inside = inside[sought[schools.cluster[inside]]]
    able = inside[~schools.vacancy[inside] & (schools.head_years[inside] >= 1.0)]
    strong = (schools.grade[able] <= Grade.GOOD) & (schools.head_years[able] > heads.settled)
    by = able[np.lexsort((schools.outcome[able], strong))]
    chosen = np.full(len(schools), -1)
    chosen[schools.cluster[by]] = by  # of all able ones of a cluster the strongest is written last
    return chosen


def _promote(state: State, heads: HeadParams, name: Rows, school: Rows) -> None:
    """The heads of these schools become executive heads of their clusters."""
    schools = state.schools
    by_name = np.full(len(schools), -1)
    by_name[name] = school
    inside = np.flatnonzero(schools.cluster >= 0)
    source = by_name[schools.cluster[inside]]
    inside, source = inside[source >= 0], source[source >= 0]
    schools.executive[inside], schools.executive_skill[inside] = schools.head_id[source], schools.head[source]
    schools.executive_years[inside] = 0.0
    about = {"person": schools.head_id[school].astype(float), "skill": schools.head[school]}
    appoint(state, heads, school, np.ones(len(school), bool))
    after = {"after": schools.head_id[school].astype(float), "after_skill": schools.head[school]}
    state.log.add(
        "executive",
        rule="executives",
        school=school,
        trust=schools.trust[school],
        reason="promoted",
        value=schools.outcome[school],
        inputs=about | after,
    )


def _log(state: State, school: Rows, draw: np.ndarray, p: ExecutiveParams) -> None:
    """Tell of the executive heads who left the clusters of these schools."""
    schools = state.schools
    state.log.add(
        "executive",
        rule="executives",
        school=school,
        trust=schools.trust[school],
        reason="left",
        value=draw,
        threshold=p.leaves,
        margin=p.leaves - draw,
        inputs={
            "person": schools.executive[school].astype(float),
            "skill": schools.executive_skill[school],
            "years": schools.executive_years[school],
        },
    )


def _dissolve(state: State, name: Rows, school: Rows) -> None:
    """Dissolve clusters that nobody can lead."""
    schools = state.schools
    gone = np.zeros(len(schools) + 1, bool)
    gone[name] = True
    rows = np.flatnonzero(gone[schools.cluster])
    schools.cluster[rows], schools.executive[rows] = -1, NOBODY
    state.log.add(
        "cluster",
        rule="executives",
        trust=schools.trust[school],
        school=school,
        reason="dissolved: nobody to lead it",
    )
