"""Inspection of multi-academy trusts: when it comes, whom it finds wanting, and what follows."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.dated import parted
from support.parting import counted, lived
from support.stepping import do, system, until
from support.views import events

from matsim.mechanisms.trust_inspection import ACCEPTABLE, BELOW, FAILING, TrustInspectionParams, rule
from matsim.simulation.explain import Names, one
from matsim.world.base import World

CASE = {"record": 0.6, "failing": 0.0, "capacity": 0.9, "governance": 0.0, "deficit": 0.0, "luck": 0.0}
"""A usual trust, as inspectors see it."""


@pytest.mark.parametrize(
    ("name", "value"),
    [("record", 0.0), ("failing", 1.0), ("capacity", -0.5), ("governance", 1.0), ("deficit", 1.0)],
)
def test_what_counts_against_a_trust(name: str, value: float) -> None:
    p = TrustInspectionParams()
    usual = rule(p).judge({k: np.array([v]) for k, v in CASE.items()})
    worse = rule(p).judge({k: np.array([v]) for k, v in (CASE | {name: value}).items()})
    assert usual.yes.all()
    assert usual.score[0] - worse.score[0] >= 0.45


@pytest.mark.direction("G13", "step:trust_inspection")
def test_it_comes_to_each_trust_once_in_a_cycle(county: World) -> None:
    """A quarter or so in each year; none of one school; those found well again after the cycle, others sooner."""
    run = lived(county, 4, trust_inspection__on=True, trust_inspection__since=2018, merging__on=False)
    judged = run["events"][run["events"]["event"] == "judge"]
    size = run["trust_year"].set_index(["year", "trust"])
    several = size[(size["schools"] > 1) & (size["kind"] == "multi-academy trust")]
    share = judged.groupby("year").size() / several.groupby("year").size()
    assert ((share > 0.15) & (share < 0.4)).all(), share
    well = judged[judged["reason"] == "acceptable"]
    assert not well.groupby("trust").size().gt(1).any()
    long_there = set(several.loc[2018].index) & set(several.loc[2021].index)
    assert len(long_there - set(judged["trust"])) / len(long_there) < 0.1


def test_one_found_below_takes_on_nobody_and_one_that_fails_loses_all(county: World) -> None:
    model = system(county, trust_inspection__on=True, trust_inspection__since=2018, trust_inspection__threshold=-9.0)
    trusts = until(model, "trust_inspection").trusts
    several = model.state.multi()[trusts.schools[model.state.multi()] > 2]
    below, failing = several[:2], several[2:4]
    trusts.standard[below], trusts.standard[failing] = BELOW, FAILING
    trusts.visit[several[:4]] = 2030.0
    members = [model.state.members(int(trust)) for trust in failing]
    do(model, "trust_inspection")
    assert set(several[:4].tolist()) <= model.state.struck.paused_trusts
    assert not set(np.flatnonzero(trusts.standard == ACCEPTABLE).tolist()) & model.state.struck.paused_trusts
    do(model, "intervention")
    put_up = events(model, "intervene")
    found = put_up[put_up["reason"] == "inspectors found its trust failing"]
    assert set(found["school"]) == set(model.state.schools.urn[np.concatenate(members)])


def test_below_it_twice_is_failing(county: World) -> None:
    changes = {"trust_inspection__on": True, "trust_inspection__since": 2018, "trust_inspection__threshold": 99.0}
    model = system(county, **changes, trust_inspection__able=0.0)
    trusts = until(model, "trust_inspection").trusts
    do(model, "trust_inspection")
    first = np.flatnonzero(trusts.standard)
    assert len(first) > 10
    assert (trusts.standard[first] == BELOW).all()
    model.state.year += 2
    do(model, "trust_inspection")
    assert (trusts.standard[first[trusts.active[first]]] == FAILING).all()


def test_it_is_off_by_default_and_begins_in_2027(county: World) -> None:
    usual = lived(county, 11)
    on = lived(county, 11, trust_inspection__on=True)
    assert parted(usual, on) == 2027
    assert counted(usual, "judge") == 0
    assert counted(on, "judge", until=2026) == 0
    assert counted(on, "judge", since=2027) > 20


def test_a_judgement_can_say_why(county: World) -> None:
    settings = scenario(trust_inspection__on=True, trust_inspection__since=2018)
    run = lived(county, 3, trust_inspection__on=True, trust_inspection__since=2018)
    judged = run["events"][run["events"]["event"] == "judge"]
    assert len(judged) > 20
    for _, event in judged.iterrows():
        assert "the case for it came to" in one(event, settings, Names()).sentence
