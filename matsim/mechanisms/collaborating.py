"""Forms of collaboration outside multi-academy trusts: stepping stones to joining, or alternatives to it (F3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matsim.agents.school import FORMS
from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Params, param, switch
from matsim.state.membership import in_multi
from matsim.state.state import Rows, State
from matsim.words import reasons
from matsim.world.codes import Grade, SchoolState, Sector
from matsim.world.copies import URN_STEP

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """One form of working together: who may take part, what is shared, whether a body is founded, where it leads.

    As the cluster governance paper tells them apart; how much each does is one number for all, in `collaborating`.
    """

    name: str
    shares: str
    maintained: bool = True
    """Whether maintained schools may take part."""
    academies: bool = True
    """Whether academies outside multi-academy trusts may take part."""
    joint: bool = False
    """Whether there is one governing body."""
    founded: bool = False
    """Whether a body has to be founded for it, which takes time."""
    saves: bool = False
    """Whether services are bought together."""
    helps: bool = True
    """Whether practice is shared."""
    steps: int = 0
    """1 for a step on the way to a trust, −1 for what takes the place of one."""


ALONE = Form("alone", "nothing", helps=False)
"""No form: a school by itself."""

KINDS = (
    ALONE,
    Form("collaboration", "a joint committee; a head may lead more than one school"),
    Form("federation", "one governing body, posts and purchasing", academies=False, joint=True, founded=True,
         saves=True, steps=1),
    Form("trust school", "a charitable trust with partners; land and staff", academies=False, founded=True, steps=1),
    Form("school company", "services bought and staff employed together", founded=True, saves=True, helps=False,
         steps=-1),
    Form("umbrella trust", "members and governors appointed above each trust", maintained=False, joint=True,
         founded=True, saves=True, steps=1),
    Form("collaborative partnership", "particular matters by agreement", steps=-1),
)  # fmt: skip
"""Every form, in the order of `FORMS`."""


class StrainParams(Params):
    """When money is tight in a school: deficits, and rolls that are small for its phase."""

    small_primary: float = param(
        150.0, "pupils", "assumed: too small for a head of its own", plausible=(60, 250), ge=1.0
    )
    """Pupils of a primary below which its roll is small: it strains its budget, and a maintained one federates."""
    small_secondary: float = param(600.0, "pupils", "assumed: too small for a full offer", plausible=(300, 900), ge=1.0)
    """The same of a secondary."""
    deficit: float = param(
        0.05, "share", "assumed: authorities act on deficits as large", plausible=(0.02, 0.15), gt=0.0
    )
    """Deficit, as a share of a year's income, that strains a school as much as having no pupils would."""


class CollaboratingParams(StrainParams):
    """What brings schools outside trusts together."""

    on: bool = switch()
    """Whether schools outside multi-academy trusts collaborate."""
    threshold: float = param(5.2, "log odds", "assumed: no rates of entry published", plausible=(3.5, 7.0))
    """Score, with logistic luck, from which a school looks for partners."""
    need: float = param(1.5, "log odds", "cluster-governance", plausible=(0.0, 3.0))
    """Weight of financial strain, and of having no head: a handy emergency measure."""
    retrenchment: float = param(
        1.0, "log odds", "assumed: the authority brokers less and leaves more to do", plausible=(0.0, 2.0)
    )
    """Weight of what the local authority can no longer do."""
    nearness: float = param(1.0, "log odds", "cluster-governance", plausible=(0.0, 2.0))
    """Weight of a partner close by (shared identity through proximity)."""
    reach: float = param(20.0, "minutes", "hill-clusters", plausible=(10, 30))
    """Farthest partner."""
    nearest: int = param(8, "schools", "assumed: those that heads meet", plausible=(3, 16), ge=1, le=24)
    """Nearest schools of its phase among which a school looks for a partner."""
    strong_identity: float = param(0.65, "share", "assumed: the more attached fifth or so", plausible=(0.5, 0.9))
    """Attachment to its own identity above which a maintained school becomes a trust school."""
    ends: float = param(0.06, "share per year", "assumed: some partnerships lapse", plausible=(0.0, 0.15))
    """Chance in a year that a form without joint governance lapses."""
    years: float = param(1.5, "years", "assumed: bodies are founded after consultation", plausible=(0.0, 3.0))
    """Years to set up a form for which a body has to be founded; what is agreed on stands at once."""
    saves: float = param(0.02, "share", "assumed: less than a trust's economies of scale", plausible=(0.0, 0.05))
    """Share of back-office cost that schools save which buy services together."""
    helps: float = param(0.01, "sd per year", "assumed: less than a led cluster gives", plausible=(0.0, 0.05))
    """Gain in quality of schools that share practice."""


if tuple(f.name for f in KINDS) != FORMS:
    raise ValueError("the table of forms and the names of forms differ")

OPEN_TO = np.array([[f.maintained, f.academies] for f in KINDS])
"""Whether a maintained school (0) or an academy outside MATs (1) may take part in each form: (forms, 2)."""

JOINT = np.array([f.joint for f in KINDS])
"""Whether each form has joint governance: (forms,)."""

COLLABORATION, FEDERATION = FORMS.index("collaboration"), FORMS.index("federation")
"""The forms in which the lead school's head covers a partner's vacancy."""

_ENTERED = np.array([f"entered a {form}" for form in FORMS], dtype=object)
"""What the event of a school that enters a form says."""


def years(p: CollaboratingParams) -> Floats:
    """Years that it takes to set up each form, in the order of `FORMS`."""
    return p.years * np.array([form.founded for form in KINDS])


def rule(p: CollaboratingParams) -> Rule:
    """The decision to look for partners."""
    return Rule(
        "collaborating",
        (
            Term("strain", p.need, "strain on its budget", says=reasons.STRAIN),
            Term("vacancy", p.need, "the vacancy for a head", changeable=False, says=reasons.VACANCY),
            Term(
                "retrenchment", p.retrenchment, "what the local authority can no longer do", says=reasons.RETRENCHMENT
            ),
            Term("nearness", p.nearness, "a partner close by", says=reasons.PARTNER_NEAR),
            Term("luck", 1.0, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.threshold,
    )


_rule = lru_cache(rule)
"""The same, made once for its parameters."""


def join_up(state: State, p: CollaboratingParams) -> None:
    """Schools outside MATs look for partners; lapsed and broken forms end."""
    if not p.on:
        return
    schools, outside = state.schools, outside_mats(state)
    _end(state, p, outside)
    rows = np.flatnonzero(outside & (schools.form == 0))
    partner, minutes = _partners(state, p, rows, outside)
    inputs = {
        "strain": strain(state, rows, p),
        "vacancy": schools.vacancy[rows].astype(float),
        "retrenchment": 1.0 - state.places.capacity[schools.place[rows]],
        "nearness": np.where(partner >= 0, np.exp(-minutes / p.reach), 0.0),
        "luck": state.streams.logistic("collaborating", state.year, schools.luck[rows]),
    }
    verdict = _rule(p).judge(inputs)
    go = np.flatnonzero(verdict.yes & (partner >= 0))
    if len(go):
        go = go[state.streams.order("collaborating/order", state.year, schools.luck[rows[go]])]
        paired, form = _pair(state, p, rows[go], partner[go])
        go = go[paired]
        state.log.add(
            "collaborate",
            rule="collaborating",
            school=rows[go],
            reason=_ENTERED[form],
            **verdict.grounds(go, {**inputs, "minutes": minutes}),
        )
    _cover(state)


def begin(state: State, p: CollaboratingParams) -> None:
    """Schools that the files know to be federated begin so, led by the best of them."""
    if not p.on:
        return
    schools, said = state.schools, state.world.schools["federation"]
    rows = np.flatnonzero((said >= 0) & (schools.trust < 0) & (schools.state == SchoolState.OPEN))
    if not len(rows):
        return
    rows = rows[np.lexsort((rows, -schools.quality[rows], said[rows]))]
    _, first, which, sizes = np.unique(said[rows], return_index=True, return_inverse=True, return_counts=True)
    some = sizes[which] > 1
    rows, lead = rows[some], rows[first][which][some]
    schools.form[rows], schools.partner[rows] = FEDERATION, lead
    schools.formed[rows] = state.year


def _pair(state: State, p: CollaboratingParams, school: Rows, other: Rows) -> tuple[list[int], list[int]]:
    """In turn, schools enter a form with the other school: the places of those that do, and the form of each."""
    schools, both = state.schools, np.concatenate((school, other))
    form, lead = (dict(zip(both.tolist(), of[both].tolist(), strict=True)) for of in (schools.form, schools.partner))
    better = np.where(schools.quality[other] >= schools.quality[school], other, school)
    may_enter = OPEN_TO[:, (schools.trust[school] >= 0).astype(np.intp)].T
    cases = zip(*(v.tolist() for v in (school, other, _forms(state, p, school, other), better, may_enter)), strict=True)
    paired, entered, members = [], [], []
    for place, (one, two, fit, leader, may) in enumerate(cases):
        if form[one] or (form[two] and lead[two] != two):
            continue
        # a partner that leads a form already keeps its own date
        new = [one] if form[two] else [one, two]
        enters, leads = (form[two], lead[two]) if form[two] else (fit, leader)
        if not may[enters]:
            continue  # the partner entered this year a form that the school may not take part in
        for member in new:
            form[member], lead[member] = enters, leads
        members += new
        paired.append(place)
        entered.append(enters)
    schools.form[members] = [form[m] for m in members]
    schools.partner[members] = [lead[m] for m in members]
    schools.formed[members] = state.year + years(p)[schools.form[members]]
    return paired, entered


def strain(state: State, rows: Rows, p: StrainParams) -> Floats:
    """Financial strain of schools, 0 to 1: deficits, and small rolls."""
    schools = state.schools
    debt = -schools.reserves[rows] / np.maximum(schools.income[rows], 1.0)
    small = np.where(state.world.sector[rows] == Sector.PRIMARY, p.small_primary, p.small_secondary)
    # places in specialist schools are paid for: their rolls are small, and no strain
    tiny = (1.0 - schools.pupils[rows] / small).clip(0.0, 1.0) * state.world.mainstream[rows]
    return np.asarray(((debt / p.deficit).clip(0.0, 1.0) + tiny) / 2.0)


def outside_mats(state: State) -> NDArray[np.bool_]:
    """Which schools are open and maintained or in a single-academy trust: (schools,)."""
    schools = state.schools
    return np.asarray((schools.state == SchoolState.OPEN) & ~in_multi(state.trusts, schools.trust))


def _partners(state: State, p: CollaboratingParams, rows: Rows, outside: NDArray[np.bool_]) -> tuple[Rows, Floats]:
    """The nearest school outside MATs of the same phase within reach that may take part; −1 and inf where none."""
    schools, peers = state.schools, state.world.peers
    every = np.arange(len(schools))
    # whether each is open to a maintained school, and to an academy; the last of either answers where there is nobody
    open_to = np.zeros((2, len(schools) + 1), bool)
    # those in no form are, and those that lead one that is: partner is their own row
    open_to[:, :-1] = outside & (schools.form == 0)
    leads = np.flatnonzero(outside & (schools.partner == every))
    open_to[:, leads] = OPEN_TO.T[:, schools.form[leads]]
    index, time = (of[: p.nearest].take(rows, axis=1) for of in (peers.index, peers.minutes))
    asked = index + open_to.shape[1] * (schools.trust[rows] >= 0)
    time = np.where(open_to.take(asked, mode="clip"), time, np.inf)
    best = time.argmin(axis=0), every[: len(rows)]
    minutes = time[best].astype(np.float64)
    return np.where(minutes <= p.reach, index[best], -1), minutes


def _forms(state: State, p: CollaboratingParams, school: Rows, other: Rows) -> NDArray[np.intp]:
    """The form that fits both schools' status and what the first needs."""
    schools = state.schools
    academy, partner_academy = schools.trust[school] >= 0, schools.trust[other] >= 0
    # specialist schools, small as they are, do not federate for their size
    small = np.array([p.small_primary, p.small_secondary, 0.0])[state.world.sector[school]]
    fits = np.full(len(school), FORMS.index("collaborative partnership"))
    # the last that holds
    for form, holds in (
        ("school company", schools.reserves[school] < 0),
        ("trust school", schools.identity[school] > p.strong_identity),
        ("federation", schools.pupils[school] < small),
        ("collaboration", schools.vacancy[school]),
        ("collaborative partnership", academy | partner_academy),
        ("umbrella trust", academy & partner_academy & (schools.grade[school] >= Grade.REQUIRES_IMPROVEMENT)),
    ):
        fits[holds] = FORMS.index(form)
    return fits


def _end(state: State, p: CollaboratingParams, outside: NDArray[np.bool_]) -> None:
    """End forms whose lead or partner has gone into a MAT or closed, and some loose ones that lapse."""
    schools = state.schools
    rows = np.flatnonzero(schools.form)
    if not len(rows):
        return
    lead = schools.partner[rows]
    luck = state.streams.uniform("collaborating/end", state.year, schools.luck[rows])
    lapse = (luck < p.ends) & ~JOINT[schools.form[rows]] & (lead != rows)
    gone = ~outside[rows] | ~outside[lead] | (schools.form[lead] == 0)
    members = np.bincount(lead[~(gone | lapse)], minlength=len(schools))
    # a lead counts as its own partner: two are the fewest that a form can have
    alone = members[lead] < 2
    over = rows[gone | lapse | alone]
    state.log.add("collaborate", rule="collaborating", school=over, reason="left its collaboration")
    schools.form[over], schools.partner[over] = 0, -1


def _cover(state: State) -> None:
    """In a collaboration or federation the lead school's head covers a partner's vacancy."""
    schools = state.schools
    rows = np.flatnonzero(schools.vacancy & (schools.form > 0))
    form, lead = schools.form[rows], schools.partner[rows]
    shared = (form == COLLABORATION) | (form == FEDERATION)
    able = shared & (schools.formed[rows] <= state.year + 1) & (lead != rows) & ~schools.vacancy[lead]
    covered = rows[able]
    schools.vacancy[covered] = False
    schools.head[covered] = schools.head[lead[able]]
    schools.head_id[covered] = schools.head_id[lead[able]]
    about = {"person": schools.head_id[covered].astype(float), "skill": schools.head[covered]}
    about["origin"] = (schools.urn[lead[able]] % URN_STEP).astype(float)
    state.log.add("head", rule="collaborating", school=covered, reason="cover", inputs=about)


def form_in_place(state: State, rows: Rows) -> NDArray[np.int8]:
    """The form of each school that is set up by now; 0 otherwise."""
    schools = state.schools
    form = schools.form[rows]
    some = np.flatnonzero(form != 0)
    form[some[schools.formed[rows[some]] > state.year + 1]] = 0
    return np.asarray(form)


def by_form(state: State, rows: Rows, field: str) -> Floats:
    """What is said of each school's form (0 or 1, or −1), where that is set up by now; 0 for a school alone."""
    said = np.array([getattr(form, field) for form in KINDS], dtype=np.float64)
    return np.asarray(said[form_in_place(state, rows)])
