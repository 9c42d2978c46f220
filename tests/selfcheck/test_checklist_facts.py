"""The checklist filled from a world: what a model can say is said, what only people can say stays open."""

from __future__ import annotations

import pytest

from matsim.core.errors import InputError
from matsim.selfcheck.checklist import checklist
from matsim.simulation.checklist_facts import plan_facts
from matsim.simulation.simulate import Finished


def test_points_are_filled_where_a_model_can_and_open_where_only_people_can(decade: Finished) -> None:
    trusts, schools = decade.tables["trust_year"], decade.tables["schools"]
    last = trusts[(trusts["year"] == trusts["year"].max()) & (trusts["kind"] == "multi-academy trust")]
    uid = int(last.nlargest(1, "schools")["trust"].iloc[0])
    outside = schools[(schools["last_trust"] < 0) & (schools["phase"] == "primary")]
    facts = plan_facts(trusts, schools, decade.scenario, uid, int(outside["school"].iloc[0]))
    items = checklist(facts, decade.scenario.planting.checklist)
    answered = {i.number for i in items if i.answer is not None}
    assert {1, 2, 3, 5, 7, 8, 9, 10} <= answered
    assert 4 not in answered
    assert facts["candidates"] >= 1.0
    own = last[last["trust"] == uid].iloc[0]
    assert facts["governance_load"] > own["pressure_governance"], "two more schools weigh more"
    assert facts["reserves_after"] < own["reserves_share"]


def test_nearer_places_are_nearer(decade: Finished) -> None:
    trusts, schools = decade.tables["trust_year"], decade.tables["schools"]
    uid = int(trusts[(trusts["year"] == trusts["year"].max())].nlargest(1, "schools")["trust"].iloc[0])
    mine = schools[schools["last_trust"] == uid].iloc[0]
    away = (schools["easting"] - mine["easting"]) ** 2 + (schools["northing"] - mine["northing"]) ** 2
    near, far = (int(schools["school"].iloc[i]) for i in (away.to_numpy().argsort()[1], away.to_numpy().argmax()))
    times = [plan_facts(trusts, schools, decade.scenario, uid, urn)["journey_minutes"] for urn in (near, far)]
    assert times[0] < times[1]


def test_what_is_not_there_is_named(decade: Finished) -> None:
    with pytest.raises(InputError, match=r"(?s)trust 5 is not open.*no school with URN 7"):
        plan_facts(decade.tables["trust_year"], decade.tables["schools"], decade.scenario, 5, 7)
