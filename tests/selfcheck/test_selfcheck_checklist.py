"""The ten-point checklist: one rule through both doors, open where only people can say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from matsim.board.options import Wishes, defaults
from matsim.board.surroundings import centre as middle
from matsim.board.surroundings import look_around
from matsim.core.errors import InputError
from matsim.selfcheck import TEMPLATES
from matsim.selfcheck.checklist import (
    FACTS,
    POINTS,
    ChecklistParams,
    answers,
    checklist,
    checklist_check,
    failed_points,
)
from matsim.simulation.checklist_facts import centre, plan_facts, sparsities
from matsim.simulation.simulate import Finished
from matsim.world.base import World

GOOD = {
    "record": 0.8, "failing_share": 0.0, "bench": 2.0, "candidates": 3.0, "local_support": 0.7,
    "journey_minutes": 40.0, "reserves_after": 0.08, "back_office_ratio": 1.2, "governance_load": 0.7,
    "buyin": 0.6, "improvement_adapted": 1.0, "relation_settled": 1.0,
}  # fmt: skip
WORSE = {
    "record": 0.3, "failing_share": 0.2, "bench": 0.5, "candidates": 1.0, "local_support": 0.2,
    "journey_minutes": 90.0, "reserves_after": 0.01, "back_office_ratio": 0.8, "governance_load": 1.3,
    "buyin": 0.2, "improvement_adapted": 0.0, "relation_settled": 0.0,
}  # fmt: skip
POINT_OF = {f.key: f.point for f in FACTS}


def test_a_good_plan_passes_every_point() -> None:
    assert [item.answer for item in checklist(GOOD)] == [True] * 10
    assert [item.number for item in checklist(GOOD)] == list(range(1, 11))


@pytest.mark.parametrize("fact", [f.key for f in FACTS])
def test_each_fact_fails_its_own_point_and_no_other(fact: str) -> None:
    items = checklist(GOOD | {fact: WORSE[fact]})
    assert [i.number for i in items if i.answer is False] == [POINT_OF[fact]]


@pytest.mark.parametrize("fact", [f.key for f in FACTS])
def test_a_missing_fact_leaves_its_point_open(fact: str) -> None:
    items = checklist(GOOD | {fact: None})
    assert [i.number for i in items if i.answer is None] == [POINT_OF[fact]]
    assert "Not known" in items[POINT_OF[fact] - 1].why or "not known" in items[POINT_OF[fact] - 1].why


def test_without_people_only_their_points_are_open() -> None:
    """What agents know: points 4 and 6 stay open, and 6 can still fail on distance."""
    model = {k: v for k, v in GOOD.items() if k not in ("improvement_adapted", "relation_settled")}
    assert [i.number for i in checklist(model) if i.answer is None] == [4, 6]
    assert checklist(model | {"journey_minutes": 61.0})[5].answer is False
    assert [p.number for p in POINTS if "people" in p.evidence] == [4, 6]


def test_a_known_failure_decides_even_when_another_fact_is_missing() -> None:
    assert checklist({"failing_share": 0.5})[0].answer is False
    assert checklist({"failing_share": 0.0})[0].answer is None


def test_reasons_give_the_value_and_what_is_asked() -> None:
    why = checklist(GOOD | {"candidates": 1.0})[2].why
    assert why == "Same-phase schools in the place within reach of each other: 1, where at least 2 is asked."
    assert checklist(GOOD | {"improvement_adapted": 0.0})[3].why.startswith("Not yet: ")


def test_both_doors_give_the_same_answers() -> None:
    rng = np.random.default_rng(8)
    plans = {k: np.where(rng.random(200) < 0.5, GOOD[k], WORSE[k]) for k in GOOD}
    plans = {k: np.where(rng.random(200) < 0.2, np.nan, v) for k, v in plans.items()}
    failed = failed_points(plans)
    assert failed.shape == (200, 10)
    assert 0 < failed.mean() < 1
    for i in range(200):
        one = [item.answer is False for item in checklist({k: float(v[i]) for k, v in plans.items()})]
        assert failed[i].tolist() == one


def test_bulk_takes_single_numbers_and_refuses_unknown_names() -> None:
    failed = failed_points({"record": np.array([0.9, 0.1]), "failing_share": 0.0})
    assert failed[:, 0].tolist() == [False, True]
    assert not failed[:, 1:].any()
    assert (answers({}) == -1).all()
    with pytest.raises(KeyError, match="recrod"):
        failed_points({"recrod": 1.0})


@pytest.mark.parametrize("fact", [f for f in FACTS if f.limit])
def test_every_limit_is_read(fact: object) -> None:
    assert isinstance(fact, type(FACTS[0]))
    assert fact.limit is not None
    limit = float(getattr(ChecklistParams(), fact.limit))
    at, beyond = limit, limit + (-0.01 if fact.at_least else 0.01)
    assert checklist(GOOD | {fact.key: at})[fact.point - 1].answer is True
    assert checklist(GOOD | {fact.key: beyond})[fact.point - 1].answer is False
    eased = ChecklistParams(**{fact.limit: beyond})
    assert checklist(GOOD | {fact.key: beyond}, eased)[fact.point - 1].answer is True


def test_wrong_facts_are_all_named() -> None:
    with pytest.raises(InputError) as raised:
        checklist({"recrod": 0.5, "record": 5.0, "candidates": -1.0, "relation_settled": 0.4})
    assert raised.value.problems == [
        "unknown fact 'recrod'; did you mean 'record'?",
        "record = 5: should be from 0 to 1 (track record, 0 to 1)",
        "candidates = -1: should be 0 or more (same-phase schools in the place within reach of each other)",
        "relation_settled = 0.4: should be yes (1) or no (0)",
    ]


def test_a_plan_from_a_file(tmp_path: Path) -> None:
    form = tmp_path / "plan.csv"
    form.write_text("fact,value\nrecord,0.7\nfailing_share,0\ncandidates,1\nrelation_settled,Yes\n", encoding="utf-8")
    result = checklist_check(form)
    assert [i.answer for i in result.items[:3]] == [True, None, False]
    text = "\n".join(result.sentences())
    assert text.startswith("Of 10 points: 1 yes, 1 no, 8 open.")
    assert "3. Will it be a cluster, not one school on its own? No." in text
    assert json.loads(json.dumps(result.to_dict()))["items"][2]["answer"] is False


def test_bad_files_are_refused_in_words(tmp_path: Path) -> None:
    form = tmp_path / "plan.csv"
    form.write_text("fact,value\nbenh,1\nrecord,good\nbuyin,0.5\nbuyin,7\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        checklist_check(form)
    first, second, third, fourth = raised.value.problems
    assert first.startswith("line 2, column 'fact': 'benh' is unknown; did you mean 'bench'?")
    assert second == ("line 3, column 'value': 'good' is not a number; write a number, yes, no, or leave it blank")
    assert third == "line 5: 'buyin' is given already on line 4; keep one"
    assert fourth.startswith("line 5: buyin = 7: should be from 0 to 1")


def test_the_blank_form_names_every_fact_and_asks_to_be_filled(tmp_path: Path) -> None:
    text = (TEMPLATES / "checklist.csv").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [f.key for f in FACTS]
    with pytest.raises(InputError, match="no question is answered"):
        checklist_check(TEMPLATES / "checklist.csv")
    form = tmp_path / "plan.csv"
    form.write_text(text.replace("relation_settled,,", "relation_settled,no,"), encoding="utf-8")
    result = checklist_check(form)
    assert [i.answer for i in result.items] == [None] * 5 + [False] + [None] * 4


def form(tmp_path: Path, *rows: str) -> Path:
    file = tmp_path / "plan.csv"
    file.write_text("\n".join(["fact,value", *rows]), encoding="utf-8")
    return file


@pytest.mark.parametrize("typed", ["0.08", "8%", "8 %", ".08"])
def test_a_share_may_be_written_in_percent(tmp_path: Path, typed: str) -> None:
    item = checklist_check(form(tmp_path, f"reserves_after,{typed}")).items[6]
    assert item.answer is True
    assert "8.0%, where at least 5.0% is asked" in item.why


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("reserves_after,8", "should be from -1 to 1 .*; for 8 percent write 8% or 0.08"),
        ("record,55", "should be from 0 to 1 .*; for 55 percent write 55% or 0.55"),
        ("buyin,60", "for 60 percent write 60% or 0.6"),
        ("failing_share,20", "for 20 percent write 20% or 0.2"),
        ("local_support,-1", "should be from 0 to 1"),
        ("back_office_ratio,110", "should be from 0 to 5 .*; for 110 percent write 110% or 1.1"),
        ("governance_load,90", "for 90 percent write 90% or 0.9"),
        ("journey_minutes,50%", "should be a number, not a percentage"),
        ("journey_minutes,4500", "should be from 0 to 600"),
        ("bench,-1", "should be from 0 to 100"),
        ("candidates,200%", "should be a number, not a percentage"),
        ("relation_settled,50%", "should be a number, not a percentage"),
    ],
)
def test_a_number_of_another_kind_is_asked_about(tmp_path: Path, row: str, told: str) -> None:
    """An 8 that stands for 8% must not be read as 800% and answered with yes."""
    with pytest.raises(InputError, match=f"line 2: {row.partition(',')[0]} = .*{told}"):
        checklist_check(form(tmp_path, row))


@pytest.mark.slow
def test_of_an_authority_the_place_judged_is_the_one_with_most_schools_to_join(decade: Finished) -> None:
    trusts, schools = decade.tables["trust_year"], decade.tables["schools"]
    last = trusts[trusts["year"] == trusts["year"].max()]
    uid = int(last.sort_values("schools")["trust"].iloc[-1])
    mine = (schools.loc[schools["last_trust"] == uid, "phase"] != "primary").mean() > 0.5
    thin = sparsities(schools, decade.scenario)
    for authority, own in schools.groupby("authority", observed=True):
        urn = centre(trusts, schools, decade.scenario, uid, str(authority))
        fits = own[((own["phase"] != "primary") == mine) & (own["last_trust"] < 0)]
        assert urn in set((fits if len(fits) else own)["school"])
        most = plan_facts(trusts, schools, decade.scenario, uid, urn)["candidates"]
        each = [plan_facts(trusts, schools, decade.scenario, uid, int(u), thin)["candidates"] for u in fits["school"]]
        assert most == max(each, default=most)
        assert centre(trusts, schools[::-1], decade.scenario, uid, str(authority)) == urn  # whatever their order


def test_a_board_judges_an_authority_round_the_same_kind_of_place(county: World, decade: Finished) -> None:
    """In the order of a file the first school of an authority is anyone's."""
    uid = int(county.trusts["uid"][np.bincount(county.schools["trust"][county.schools["trust"] >= 0]).argmax()])
    at = look_around(county, uid, decade.scenario)
    for code in np.unique(county.schools["la"]).tolist():
        rows = np.flatnonzero(county.schools["la"] == code).tolist()
        found = middle(at, rows)
        assert found == middle(at, rows[::-1])
        assert at.free[found] or not at.free[rows].any()
    plan = defaults(at, decade.scenario, Wishes(near=county.la_names[code]), ("stay", "cluster"))[-1]
    assert plan.focus[0] == county.schools["urn"][found]
    assert f"The ten points are judged round {county.school_names[found]}" in plan.description
