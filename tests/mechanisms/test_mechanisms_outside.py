"""Forms of collaboration outside multi-academy trusts (F3): who may take part, what they are worth, where they lead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import scenario
from support.stepping import do, outside, system, until

from matsim.agents.school import FORMS
from matsim.mechanisms import backoffice, collaborating
from matsim.mechanisms.collaborating import KINDS, form_in_place, years
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import TrustKind
from matsim.world.copies import copied

WHO = {
    "collaboration": (True, True),
    "federation": (True, False),
    "trust school": (True, False),
    "school company": (True, True),
    "umbrella trust": (False, True),
    "collaborative partnership": (True, True),
}
"""Who may take part, by the source: maintained schools, academies."""


@pytest.mark.direction("F3", "step:collaborating")
def test_forms_differ_in_who_may_join_and_where_they_lead(county: World) -> None:
    """A federation is a stepping stone to a trust and a school company an alternative to one."""
    looking = {}
    for form in ("alone", "federation", "school company"):
        model = system(county)
        state = until(model, "seeking")
        state.schools.form[outside(state)], state.schools.formed[:] = FORMS.index(form), 0.0
        do(model, "seeking")
        looking[form] = set(np.intersect1d(np.flatnonzero(state.schools.seeking), outside(state)).tolist())
    assert looking["school company"] < looking["alone"] < looking["federation"]
    check_members(county)
    check_setting_up(county)


def check_members(county: World) -> None:
    """No academy in a federation or trust school, no maintained school under an umbrella, nobody from a MAT in any."""
    model = system(county, collaborating__threshold=2.0, collaborating__ends=0.0, founding__threshold=-3.0)
    seen, joined = set(), 0
    for _ in range(6):
        for step in SCHOOL_YEAR:
            before = {name: getattr(model.state.schools, name).copy() for name in ("form", "partner", "formed")}
            do(model, step.name)
            if step.name != "collaborating":
                continue
            schools, trusts = model.state.schools, model.state.trusts
            joined += check_dates(model.state, before)
            for form in range(1, len(FORMS)):
                rows = np.flatnonzero(schools.form == form)
                academy = schools.trust[rows] >= 0
                maintained_may, academies_may = WHO[FORMS[form]]
                assert maintained_may or academy.all(), FORMS[form]
                assert academies_may or not academy.any(), FORMS[form]
                assert (trusts.kind[schools.trust[rows][academy]] == TrustKind.SINGLE).all()
                seen |= {FORMS[form]} if len(rows) else set()
        model.state.year += 1
    assert seen == set(WHO)
    assert joined > 0


def check_dates(state: State, before: dict[str, np.ndarray]) -> int:
    """New members wait as long as their form takes; a lead that others join keeps its date. Counts such leads."""
    now = {name: getattr(state.schools, name) for name in before}
    new = np.flatnonzero((now["form"] > 0) & (before["form"] == 0))
    took = years(state.model.settings.collaborating)[now["form"][new]]
    assert np.array_equal(now["formed"][new], state.year + took)
    stayed = (before["form"] > 0) & all_equal(now, before) & (now["partner"] != np.arange(len(now["form"])))
    leads = np.intersect1d(now["partner"][stayed], now["partner"][new])
    assert np.array_equal(now["formed"][leads], before["formed"][leads])
    return len(leads)


def all_equal(now: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> np.ndarray:
    """Which schools have the same form, partner and date as before."""
    return np.asarray(np.logical_and.reduce([now[name] == before[name] for name in before]))


def check_setting_up(county: World) -> None:
    """A form is worth nothing until it stands, which takes time where a body is founded; then it saves and helps."""
    assert {f.name for f in KINDS if not f.founded} == {"alone", "collaboration", "collaborative partnership"}
    assert {f.name for f in KINDS if f.joint} == {"federation", "umbrella trust"}
    state = system(county).state
    rows, s = outside(state), state.model.settings
    alone = backoffice.cost(state, s.backoffice, s.break_points, rows)
    state.schools.form[rows], state.schools.formed[rows] = FORMS.index("school company"), state.year + 2.0
    assert not form_in_place(state, rows).any()
    state.schools.formed[rows] = state.year + 0.5
    assert (form_in_place(state, rows) == FORMS.index("school company")).all()
    backoffice.work_out(state, s.backoffice, s.break_points, s.collaborating, s.reviewing)
    assert (state.schools.backoffice[rows] < alone).all()


def test_a_partner_covers_for_a_missing_head(county: World) -> None:
    """A collaboration is a handy emergency measure: one head leads more than one school."""
    together, apart = (system(county, collaborating__on=on, collaborating__threshold=2.0) for on in (True, False))
    for model in (together, apart):
        until(model, "collaborating")
        model.state.schools.vacancy[outside(model.state)[::3]] = True
        do(model, "collaborating")
    a, b = (m.state.schools for m in (together, apart))
    assert a.vacancy.sum() < b.vacancy.sum()
    covered = np.flatnonzero(b.vacancy & ~a.vacancy)
    assert np.isin(a.form[covered], [FORMS.index("collaboration"), FORMS.index("federation")]).all()
    assert not b.form.any()


def test_strain_retrenchment_and_vacancies_bring_schools_together() -> None:
    rule = collaborating.rule(collaborating.CollaboratingParams())
    quiet = {"strain": 0.0, "vacancy": 0.0, "retrenchment": 0.0, "nearness": 0.0, "luck": 4.9}
    assert not rule.yes(quiet)
    for cause in ("strain", "vacancy", "retrenchment", "nearness"):
        assert rule.yes({**quiet, cause: 1.0})


def test_schools_that_the_files_know_to_be_federated_begin_so(county: World) -> None:
    """Two or more maintained schools of one federation, led by the best of them; others begin in no form."""
    federation = np.full(len(county.schools["urn"]), -1, np.int64)
    maintained = np.flatnonzero((county.schools["trust"] < 0) & ~county.schools["planned"])
    academy = np.flatnonzero(county.schools["trust"] >= 0)
    federation[maintained[:3]], federation[maintained[5:7]], federation[maintained[9]] = 4129, 4130, 4131
    federation[academy[0]] = 4131
    world = replace(county, schools={**county.schools, "federation": federation})
    federated = np.concatenate([maintained[:3], maintained[5:7]])
    for copies in (1, 2):
        schools = TrustSystem(copied(world, copies), scenario(), 1).state.schools
        rows = np.concatenate([federated + k * len(federation) for k in range(copies)])
        assert np.flatnonzero(schools.form).tolist() == rows.tolist()
        assert (schools.form[rows] == FORMS.index("federation")).all()
        for k in range(copies):
            for members in (maintained[:3] + k * len(federation), maintained[5:7] + k * len(federation)):
                best = members[np.argmax(schools.quality[members])]
                assert schools.partner[members].tolist() == [best] * len(members)
        assert (form_in_place(TrustSystem(world, scenario(), 1).state, federated) > 0).all()
    off = TrustSystem(world, scenario(collaborating__on=False), 1).state
    assert not off.schools.form.any()
    assert not TrustSystem(county, scenario(), 1).state.schools.form.any()


def test_a_federation_lasts_into_the_run(county: World) -> None:
    maintained = np.flatnonzero((county.schools["trust"] < 0) & ~county.schools["planned"])
    federation = np.full(len(county.schools["urn"]), -1, np.int64)
    federation[maintained[:40]] = 4000 + np.arange(40) // 2
    world = replace(county, schools={**county.schools, "federation": federation})
    model = system(world)
    state = until(model, "collaborating")
    do(model, "collaborating")
    stays = np.intersect1d(maintained[:40], outside(state))
    assert len(stays) > 30
    assert (state.schools.form[stays] == FORMS.index("federation")).mean() > 0.9
