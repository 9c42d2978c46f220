"""Forms of collaboration outside multi-academy trusts: stepping stones to joining, or alternatives to it (F3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from matsim.agents.school import FORMS
from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Params, declare, param, switch
from matsim.state.state import Rows, State
from matsim.words import reasons
from matsim.world.codes import Grade, Phase, SchoolState, TrustKind

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


def join_up(state: State, p: CollaboratingParams) -> None:
    """Schools outside MATs look for partners; lapsed and broken forms end."""
    if not p.on:
        return
    _end(state, p)
    schools = state.schools
    free = _outside(state) & (schools.form == 0)
    rows = np.flatnonzero(free)
    partner, minutes = _partners(state, p, rows, free)
    inputs = {
        "strain": strain(state, rows, p),
        "vacancy": schools.vacancy[rows].astype(float),
        "retrenchment": 1.0 - state.places.capacity[schools.place[rows]],
        "nearness": np.where(partner >= 0, np.exp(-minutes / p.reach), 0.0),
        "luck": state.streams.logistic("collaborating", state.year, schools.luck[rows]),
    }
    verdict = rule(p).judge(inputs)
    go = np.flatnonzero(verdict.yes & (partner >= 0))
    turn = state.streams.order("collaborating/order", state.year, schools.luck[rows[go]])
    for i in go[turn].tolist():
        school, other = int(rows[i]), int(partner[i])
        if schools.form[school] or (schools.form[other] and schools.partner[other] != other):
            continue
        form = _form(state, p, school, other)
        lead = other if schools.quality[other] >= schools.quality[school] else school
        if schools.form[other]:
            form, lead = int(schools.form[other]), int(schools.partner[other])
            if not OPEN_TO[form, int(schools.trust[school] >= 0)]:
                continue  # it entered this year a form that the school may not take part in
        # a partner that leads a form already keeps its own date
        for member in [m for m in (school, other) if not schools.form[m]]:
            schools.form[member], schools.partner[member] = form, lead
            schools.formed[member] = state.year + p.forms[form].years
        state.log.add(
            "collaborate",
            rule="collaborating",
            school=school,
            reason=f"entered a {FORMS[form]}",
            **verdict.grounds(i, {**inputs, "minutes": minutes}),
        )
    _cover(state, p)


def strain(state: State, rows: Rows, p: StrainParams) -> Floats:
    """Financial strain of schools, 0 to 1: deficits, and small rolls."""
    schools = state.schools
    debt = -schools.reserves[rows] / np.maximum(schools.income[rows], 1.0)
    small = np.where(schools.phase[rows] == Phase.PRIMARY, p.small_primary, p.small_secondary)
    tiny = np.clip(1.0 - schools.pupils[rows] / small, 0.0, 1.0)
    return np.asarray(np.clip(debt * p.deficit, 0.0, p.deficit_most) + p.small_most * tiny)


def _outside(state: State) -> NDArray[np.bool_]:
    """Open schools that are maintained or in a single-academy trust."""
    schools, trusts = state.schools, state.trusts
    in_mat = (
        (schools.trust >= 0) & (trusts.kind[np.maximum(schools.trust, 0)] == TrustKind.MULTI)
        if len(trusts)
        else schools.trust >= 0
    )
    return np.asarray((schools.state == SchoolState.OPEN) & ~in_mat)


def _partners(state: State, p: CollaboratingParams, rows: Rows, free: NDArray[np.bool_]) -> tuple[Rows, Floats]:
    """The nearest school outside MATs of the same phase within reach that may take part; −1 and inf where none."""
    schools, near = state.schools, state.world.neighbours
    partner, minutes = np.full(len(rows), -1), np.full(len(rows), np.inf)
    # free schools, and those that lead a form (partner is their own row); the last element answers for index −1
    open_to = np.append(free | (_outside(state) & (schools.partner == np.arange(len(schools)))), False)
    for secondary in (False, True):
        pick = np.flatnonzero((schools.phase[rows] != Phase.PRIMARY) == secondary)
        part = near.of_phase(secondary)
        index = near.index[rows[pick], part][:, : p.nearest]
        academy = (schools.trust[rows[pick]] >= 0).astype(np.intp)
        allowed = open_to[index] & OPEN_TO[schools.form[index], academy[:, None]]
        time = np.where(allowed, near.minutes[rows[pick], part][:, : p.nearest], np.inf)
        best = time.argmin(axis=1)
        shortest = time[np.arange(len(pick)), best]
        partner[pick] = np.where(shortest <= p.reach, index[np.arange(len(pick)), best], -1)
        minutes[pick] = shortest
    return partner, minutes


def _form(state: State, p: CollaboratingParams, school: int, other: int) -> int:
    """The form that fits both schools' status and what the first needs."""
    schools = state.schools
    academies = [bool(schools.trust[s] >= 0) for s in (school, other)]
    if all(academies):
        return FORMS.index(
            "umbrella trust" if schools.grade[school] >= Grade.REQUIRES_IMPROVEMENT else "collaborative partnership"
        )
    if any(academies):
        return FORMS.index("collaborative partnership")
    if schools.vacancy[school]:
        return FORMS.index("collaboration")
    if schools.pupils[school] < (
        p.federate_primary if schools.phase[school] == Phase.PRIMARY else p.federate_secondary
    ):
        return FORMS.index("federation")
    if schools.identity[school] > p.strong_identity:
        return FORMS.index("trust school")
    return FORMS.index("school company" if schools.reserves[school] < 0 else "collaborative partnership")


def _end(state: State, p: CollaboratingParams) -> None:
    """End forms whose lead or partner has gone into a MAT or closed, and some loose ones that lapse."""
    schools = state.schools
    rows = np.flatnonzero(schools.form > 0)
    if not len(rows):
        return
    outside = _outside(state)
    lead = schools.partner[rows]
    joint = np.array([f.joint for f in KINDS])[schools.form[rows]]
    lapse = (
        (state.streams.uniform("collaborating/end", state.year, schools.luck[rows]) < p.ends) & ~joint & (lead != rows)
    )
    gone = ~outside[rows] | ~outside[np.maximum(lead, 0)] | (schools.form[np.maximum(lead, 0)] == 0)
    members = np.bincount(lead[~gone & ~lapse], minlength=len(schools))
    # a lead counts as its own partner: two are the fewest that a form can have
    alone = members[lead] < 2
    over = rows[gone | lapse | alone]
    state.log.add("collaborate", rule="collaborating", school=over, reason="left its collaboration")
    schools.form[over], schools.partner[over] = 0, -1


def _cover(state: State, p: CollaboratingParams) -> None:
    """In a collaboration or federation the lead school's head covers a partner's vacancy."""
    schools = state.schools
    rows = np.flatnonzero(schools.vacancy & np.isin(schools.form, (1, 2)) & (schools.formed <= state.year + 1))
    lead = schools.partner[rows]
    able = (lead != rows) & ~schools.vacancy[np.maximum(lead, 0)]
    covered = rows[able]
    schools.vacancy[covered] = False
    schools.head[covered] = schools.head[lead[able]] - p.shared_head
    state.log.add("head", rule="collaborating", school=covered, reason="appointed")


def form_in_place(state: State, rows: Rows) -> NDArray[np.int8]:
    """The form of each school that is set up by now; 0 otherwise."""
    schools = state.schools
    return np.where(schools.formed[rows] <= state.year + 1, schools.form[rows], 0).astype(np.int8)
