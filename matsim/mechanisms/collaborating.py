"""Forms of collaboration outside multi-academy trusts: stepping stones to joining, or alternatives to it (F3)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from matsim.agents.school import FORMS
from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Params, declare, param, switch
from matsim.state.membership import in_multi
from matsim.state.state import Rows, State
from matsim.words import reasons
from matsim.world.codes import Grade, SchoolState, Sector
from matsim.world.copies import URN_STEP

type Floats = NDArray[np.float64]


class Form(Params):
    """One form of working together: who may take part, what is shared, how long it takes, what governance.

    Each is a class of its own, made from what its first line says. Who may join, what is shared and governance are
    those of the cluster governance paper; sizes are assumed.
    """

    name: ClassVar[str] = ""
    shares: ClassVar[str] = ""
    maintained: ClassVar[bool] = True
    """Whether maintained schools may take part."""
    academies: ClassVar[bool] = True
    """Whether academies outside multi-academy trusts may take part."""
    joint: ClassVar[bool] = False
    """Whether there is one governing body."""
    if TYPE_CHECKING:
        years: float = 0.0
        saves: float = 0.0
        helps: float = 0.0
        steps: float = 0.0

    def __init_subclass__(
        cls,
        *,
        name: str,
        shares: str,
        years: float = 0.0,
        saves: float = 0.0,
        helps: float = 0.0,
        steps: float = 0.0,
        maintained: bool = True,
        academies: bool = True,
        joint: bool = False,
    ) -> None:
        super().__init_subclass__()
        cls.name, cls.shares = name, shares
        cls.maintained, cls.academies, cls.joint = maintained, academies, joint
        means = {
            "years": "Years to set up",
            "saves": "Share of back-office cost saved, once it stands, by",
            "helps": "Gain in quality from shared practice in",
            "steps": "Pull towards joining a trust later, over seeking's weight for partners (below 0, away), of",
        }
        settings: dict[str, tuple[float, str, str, tuple[float, float]]] = {
            "years": (years, "years", "assumed: the more is shared, the longer it takes", (0.0, 3.0)),
            "saves": (saves, "share", "assumed: less than a trust's economies of scale", (0.0, 0.05)),
            "helps": (helps, "sd per year", "assumed: less than a led cluster gives", (0.0, 0.05)),
            "steps": (steps, "weight", "assumed: what is joined is a step, what is bought is not", (-1.0, 1.0)),
        }
        declare(
            cls,
            {
                key: param(value, unit, source, plausible=plausible, description=f"{means[key]} a {name}.")
                for key, (value, unit, source, plausible) in settings.items()
            },
        )


class Alone(Form, name="alone", shares="nothing"):
    """No form: a school by itself, which nothing can be set of."""


class Collaboration(
    Form,
    name="collaboration",
    shares="a joint committee; a head may lead more than one school",
    years=0.25,
    helps=0.01,
    steps=0.2,
):
    """The loosest form with a committee."""


class Federation(
    Form,
    name="federation",
    shares="one governing body, posts and purchasing",
    years=1.0,
    saves=0.02,
    helps=0.02,
    steps=1.0,
    academies=False,
    joint=True,
):
    """Maintained schools under one governing body."""


class TrustSchool(
    Form,
    name="trust school",
    shares="a charitable trust with partners; land and staff",
    years=1.5,
    helps=0.015,
    steps=0.6,
    academies=False,
):
    """Maintained schools with a charitable foundation."""


class SchoolCompany(
    Form,
    name="school company",
    shares="services bought and staff employed together",
    years=0.5,
    saves=0.025,
    steps=-0.6,
):
    """A company that schools own."""


class UmbrellaTrust(
    Form,
    name="umbrella trust",
    shares="members and governors appointed above each trust",
    years=1.0,
    saves=0.01,
    helps=0.015,
    steps=1.0,
    maintained=False,
    joint=True,
):
    """Academies under an umbrella."""


class CollaborativePartnership(
    Form,
    name="collaborative partnership",
    shares="particular matters by agreement",
    years=0.25,
    saves=0.005,
    helps=0.01,
    steps=-0.4,
):
    """What schools agree on, and no more."""


class StrainParams(Params):
    """When money is tight in a school: deficits, and rolls that are small for its phase."""

    small_primary: float = param(120.0, "pupils", "assumed: about half a form a year", plausible=(60, 200), ge=1.0)
    """Pupils of a primary below which a small roll strains its budget."""
    small_secondary: float = param(500.0, "pupils", "assumed: three forms a year", plausible=(300, 800), ge=1.0)
    """Pupils of a secondary below which a small roll strains its budget."""
    deficit: float = param(
        10.0, "ratio", "assumed: a deficit of 5% of income is all the strain it can be", plausible=(4, 20)
    )
    """Strain for a deficit of a whole year's income."""
    deficit_most: float = param(0.5, "share", "assumed: deficits and small rolls count alike", plausible=(0.2, 0.8))
    """Most strain that a deficit is."""
    small_most: float = param(0.5, "share", "assumed: deficits and small rolls count alike", plausible=(0.2, 0.8))
    """Strain of a small school without a pupil."""


class CollaboratingParams(StrainParams):
    """What brings schools outside trusts together."""

    on: bool = switch()
    """Whether schools outside multi-academy trusts collaborate."""
    threshold: float = param(5.2, "log odds", "assumed: no rates of entry published", plausible=(3.5, 7.0))
    """Score, with logistic luck, from which a school looks for partners."""
    strain: float = param(1.5, "log odds", "assumed: small rolls and deficits", plausible=(0.0, 3.0))
    """Weight of financial strain."""
    vacancy: float = param(1.5, "log odds", "cluster-governance", plausible=(0.0, 3.0))
    """Weight of having no head: a handy emergency measure."""
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
    federate_primary: float = param(150.0, "pupils", "assumed: too small for a head of its own", plausible=(60, 250))
    """Pupils of a maintained primary below which it enters a federation."""
    federate_secondary: float = param(600.0, "pupils", "assumed: too small for a full offer", plausible=(300, 900))
    """Pupils of a maintained secondary below which it enters a federation."""
    strong_identity: float = param(0.65, "share", "assumed: the more attached fifth or so", plausible=(0.5, 0.9))
    """Attachment to its own identity above which a maintained school becomes a trust school."""
    shared_head: float = param(0.3, "sd", "assumed: a head in two places does less in each", plausible=(0.0, 0.8))
    """How much worse a head leads a partner whose vacancy is covered."""
    ends: float = param(0.06, "share per year", "assumed: some partnerships lapse", plausible=(0.0, 0.15))
    """Chance in a year that a form without joint governance lapses."""
    strength: float = param(1.0, "ratio", "assumed: scales what the forms save and help", plausible=(0.0, 2.0))
    """Strength of what the forms do."""
    collaboration: Collaboration = Collaboration()
    federation: Federation = Federation()
    trust_school: TrustSchool = TrustSchool()
    school_company: SchoolCompany = SchoolCompany()
    umbrella_trust: UmbrellaTrust = UmbrellaTrust()
    collaborative_partnership: CollaborativePartnership = CollaborativePartnership()

    @property
    def forms(self) -> tuple[Form, ...]:
        """Every form, in the order of `FORMS`."""
        joined = (self.collaboration, self.federation, self.trust_school, self.school_company)
        return (ALONE, *joined, self.umbrella_trust, self.collaborative_partnership)


ALONE = Alone()
KINDS: tuple[Form, ...] = CollaboratingParams().forms
"""Every form with its default values, in the order of `FORMS`; a scenario's are in `collaborating`."""

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


def per_form(p: CollaboratingParams, field: str) -> Floats:
    """A number of every form, in the order of `FORMS`."""
    return np.array([getattr(form, field) for form in p.forms], dtype=np.float64)


def rule(p: CollaboratingParams) -> Rule:
    """The decision to look for partners."""
    return Rule(
        "collaborating",
        (
            Term("strain", p.strain, "strain on its budget", says=reasons.STRAIN),
            Term("vacancy", p.vacancy, "the vacancy for a head", changeable=False, says=reasons.VACANCY),
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
    _cover(state, p)


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
    schools.formed[members] = state.year + per_form(p, "years")[schools.form[members]]
    return paired, entered


def strain(state: State, rows: Rows, p: StrainParams) -> Floats:
    """Financial strain of schools, 0 to 1: deficits, and small rolls."""
    schools = state.schools
    debt = -schools.reserves[rows] / np.maximum(schools.income[rows], 1.0)
    small = np.where(state.world.sector[rows] == Sector.PRIMARY, p.small_primary, p.small_secondary)
    # places in specialist schools are paid for: their rolls are small, and no strain
    tiny = (1.0 - schools.pupils[rows] / small).clip(0.0, 1.0) * state.world.mainstream[rows]
    return np.asarray((debt * p.deficit).clip(0.0, p.deficit_most) + p.small_most * tiny)


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
    small = np.array([p.federate_primary, p.federate_secondary, 0.0])[state.world.sector[school]]
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


def _cover(state: State, p: CollaboratingParams) -> None:
    """In a collaboration or federation the lead school's head covers a partner's vacancy."""
    schools = state.schools
    rows = np.flatnonzero(schools.vacancy & (schools.form > 0))
    form, lead = schools.form[rows], schools.partner[rows]
    shared = (form == COLLABORATION) | (form == FEDERATION)
    able = shared & (schools.formed[rows] <= state.year + 1) & (lead != rows) & ~schools.vacancy[lead]
    covered = rows[able]
    schools.vacancy[covered] = False
    schools.head[covered] = schools.head[lead[able]] - p.shared_head
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


def by_form(state: State, p: CollaboratingParams, rows: Rows, field: str) -> Floats:
    """A number of each school's form, where that is set up by now; 0 for a school alone."""
    form = form_in_place(state, rows)
    some = np.flatnonzero(form != 0)
    values = np.zeros(len(rows))
    values[some] = per_form(p, field)[form[some]]
    return values
