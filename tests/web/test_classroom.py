"""The classroom's engine: the fold over the log, years run again, bots, predictions, luck and the log on disk."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import scenario

from matsim.core.errors import InputError, MatsimError
from matsim.mechanisms.directed.decisions import Decision
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.web.classroom import bots, cards, choices, debrief, names, predictions
from matsim.web.classroom.debrief import Replayed, Replays
from matsim.web.classroom.figures import luck_over_teams, over_teams
from matsim.web.classroom.room import Room, create, open_room
from matsim.web.classroom.rounds import Outcome, Played, alike, directory, play, scenario_of
from matsim.web.classroom.session import State, apply, fold
from matsim.web.classroom.storage import LOG, Log, read
from matsim.web.classroom.views import lucks_of
from matsim.web.forms import FormError
from matsim.web.jobs import JobPool

BASE = scenario()
KNOWN = choices.known(BASE)
SETUP = {"kind": "setup", "mode": "parallel", "seed": 1, "first": 2018, "years": 10, "trusts": [800036], "seats": 8}


def team(number: int, **more: Any) -> dict[str, Any]:
    return {"kind": "team", "team": number, "name": f"T{number}", "colour": number, "code": "ABCDEF", **more}


def told(number: int, year: int, done: bool = True, **decisions: Any) -> dict[str, Any]:
    return {"kind": "decide", "team": number, "year": year, "choices": decisions, "predictions": {}, "done": done}


def folded(*entries: dict[str, Any]) -> State:
    state = fold([SETUP, *entries])
    assert state is not None
    return state


@pytest.fixture(scope="module")
def pool() -> Iterator[JobPool]:
    made = JobPool(2)
    yield made
    made.close()


def begun(folder: Path, pool: JobPool, bots_in: int = 0, **how: Any) -> Room:
    create(folder, BASE, **how)
    room = open_room(folder, pool)
    for _ in range(bots_in):
        room.add_bot()
    return room


# the fold


def test_a_year_undone_keeps_what_was_decided_and_a_year_repeated_does_not() -> None:
    entries = [team(1), {"kind": "start"}, told(1, 2018, growth="hold"), {"kind": "advance", "year": 2018}]
    entries += [told(1, 2019, growth="grow", target=5.0), {"kind": "advance", "year": 2019}]
    state = folded(*entries)
    assert (state.played, state.year) == (2, 2020)
    assert [d["year"] for d in state.decisions(1)] == [2018, 2019]
    undone = apply(state, {"kind": "undo"})
    assert undone.played == 1
    assert undone.turn(1, 2019).choices == {"growth": "grow", "target": 5.0}
    assert not undone.turn(1, 2019).done
    assert apply(undone, {"kind": "advance", "year": 2019}).decisions(1) == state.decisions(1)
    again = apply(state, {"kind": "repeat", "year": 2018})
    assert again.played == 0
    assert not again.turns


def test_nothing_is_folded_that_makes_no_sense() -> None:
    state = folded(team(1), {"kind": "start"})
    for entry in (
        {"kind": "advance", "year": 2019},
        {"kind": "undo"},
        {"kind": "repeat", "year": 2018},
        {"kind": "device", "team": 9, "browser": "b"},
        {"kind": "setup", **SETUP},
        {"kind": "remove", "team": 1},
        {"kind": "show", "what": "secrets", "shown": True},
        {"kind": "unshock", "place": 0},
        {"kind": "no such thing"},
    ):
        with pytest.raises((KeyError, ValueError)):
            apply(state, entry)
    with pytest.raises(InputError, match="line 1: makes no sense here"):
        fold([team(1)])


def test_a_team_steers_the_trust_of_its_mode() -> None:
    one = folded(team(1), team(2))
    assert one.trust_of(1) == one.trust_of(2) == 800036
    own = fold([{**SETUP, "mode": "shared", "trusts": [800036, 800037]}, team(1), team(2)])
    assert own is not None
    assert (own.trust_of(1), own.trust_of(2)) == (800036, 800037)


def test_a_shock_that_has_struck_cannot_be_taken_back() -> None:
    state = folded(team(1), {"kind": "start"}, {"kind": "shock", "shock": {"year": 2018, "kind": "growth pause"}})
    assert not apply(state, {"kind": "unshock", "place": 0}).shocks
    after = apply(state, {"kind": "advance", "year": 2018})
    with pytest.raises(ValueError, match="lies ahead"):
        apply(after, {"kind": "unshock", "place": 0})


# the log on disk


def test_a_torn_last_line_is_dropped_and_writing_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path / LOG)
    log.append(SETUP)
    log.append(team(1))
    whole = (tmp_path / LOG).read_bytes()
    for cut in range(1, 40):
        (tmp_path / LOG).write_bytes(whole[:-cut])
        again = Log(tmp_path / LOG)
        assert again.entries == [SETUP]
        again.append(team(2))
        assert [e["kind"] for e in read(tmp_path / LOG)[0]] == ["setup", "team"]
        assert read(tmp_path / LOG)[0][1]["team"] == 2


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / LOG).write_text(json.dumps(SETUP) + "\nnot json\n" + json.dumps(team(1)) + "\n")
    with pytest.raises(InputError, match="line 2"):
        Log(tmp_path / LOG)


_WRITER = """
import sys
from pathlib import Path
from matsim.web.classroom.storage import Log
log = Log(Path(sys.argv[1]))
for number in range(100_000):
    log.append({"kind": "host", "browser": str(number)})
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX systems do")
def test_what_was_told_is_there_after_a_kill(tmp_path: Path) -> None:
    for wait in (0.05, 0.1, 0.2):
        path = tmp_path / f"{wait}.jsonl"
        words = [sys.executable, "-c", _WRITER, str(path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            said = [0, *(int(line) for line in process.stdout.read().split("\n")[:-1])]
        entries, _ = read(path)
        assert [e["browser"] for e in entries[: len(said)]] == [str(n) for n in said]
        assert len(entries) - len(said) in (0, 1)


# years


def test_years_played_do_not_hang_on_decisions_to_come() -> None:
    hold = folded(team(1), {"kind": "start"}, told(1, 2018, growth="hold"), {"kind": "advance", "year": 2018})
    more = apply(hold, told(1, 2019, growth="grow", target=8.0))
    more = apply(more, {"kind": "advance", "year": 2019})
    first = play(scenario_of(BASE, hold, [1]), 1, [800036]).outcomes[800036]
    second = play(scenario_of(BASE, more, [1]), 2, [800036]).outcomes[800036]
    assert len(second.rows) == 2
    assert repr(first.rows[0]) == repr(second.rows[0])  # as text, where nan is nan
    assert [h for h in second.happened if h.year == 2018] == list(first.happened)


def same(first: Played, second: Played) -> None:
    """The same years, however they were come by."""
    assert {uid: repr(o) for uid, o in first.outcomes.items()} == {u: repr(o) for u, o in second.outcomes.items()}
    assert first.frames.keys() == second.frames.keys()
    for name, frame in first.frames.items():
        pd.testing.assert_frame_equal(frame, second.frames[name], check_exact=True, check_categorical=False, obj=name)


def test_years_gone_on_with_are_years_run_from_the_first() -> None:
    """In a shared market, with growth, a merger asked for, other ways of working and shocks; and played anew."""
    shared: dict[str, Any] = {**SETUP, "mode": "shared", "trusts": list(alike(BASE, 2))}
    entries = [shared, team(1), team(2), {"kind": "start"}]
    choices: list[dict[str, Any]] = [
        {"growth": "grow", "target": 9.0, "standardisation": 8.0},
        {"improvement": "consultants", "central_charge": 0.07},
        {"growth": "hold"},
        {"growth": "grow", "target": 12.0, "clusters": "led"},
        {"merge_with": shared["trusts"][1]},
    ]
    shocks: dict[int, dict[str, Any]] = {
        2019: {"kind": "funding cut", "size": 0.05, "years": 2},
        2021: {"kind": "growth pause"},
    }
    end = None
    for played, decisions in enumerate(choices):
        year = 2018 + played
        if year in shocks:
            entries.append({"kind": "shock", "shock": {"year": year, **shocks[year]}})
        entries += [told(1, year, **decisions), told(2, year, growth="grow", target=20.0)]
        entries.append({"kind": "advance", "year": year})
        state = fold(entries)
        assert state is not None
        made, uids = scenario_of(BASE, state, [1, 2]), list(state.setup.trusts)
        before, end = end, play(made, played + 1, uids, end).end
        same(play(made, played + 1, uids, before), play(made, played + 1, uids))
        if played == 3:
            first = play(made, 1, uids).end
            same(play(made, 4, uids, first), play(made, 4, uids, before))
    # what was gone on from is as it was: the last year played otherwise
    entries[-3] = told(1, 2022, growth="hold")
    state = fold(entries)
    assert state is not None
    other = scenario_of(BASE, state, [1, 2])
    same(play(other, 5, uids, before), play(other, 5, uids))


def test_a_round_goes_on_from_the_round_before_it(tmp_path: Path, pool: JobPool) -> None:
    def gone_on_from(room: Room, years: int) -> int | None:
        before = room.run_of(1, years).arguments[3]
        return None if before is None else before.years

    async def session() -> None:
        room = begun(tmp_path / "s", pool, bots_in=1, years=4)
        await room.start()
        for _ in range(3):
            await room.advance()
        assert [gone_on_from(room, years) for years in range(4)] == [None, 0, 1, 2]
        room.do("undo")
        room.do("reopen", team=1)
        room.decide(1, 2020, {"growth": "grow", "target": 12.0}, {}, True)
        await room.advance()
        assert gone_on_from(room, 3) == 2
        last = await room.played(1)
        later = open_room(tmp_path / "s", pool)  # as after a restart of the server: nothing is kept
        again = await later.played(1)
        assert gone_on_from(later, 3) is None
        same(last, again)
        await later.advance()
        assert gone_on_from(later, 4) == 3

    asyncio.run(session())


def test_before_the_first_year_a_trust_stands_where_it_begins() -> None:
    state = folded(team(1))
    outcome = play(scenario_of(BASE, state, [1], 0), 0, [800036]).outcomes[800036]
    assert not outcome.rows
    assert outcome.now["schools"] == 3 == len(outcome.members)
    near = [c.minutes for c in outcome.candidates]
    assert near == sorted(near)
    assert not {c.urn for c in outcome.candidates} & {m.urn for m in outcome.members}


def test_trusts_for_teams_are_alike_in_size() -> None:
    sizes = directory(BASE)
    for count in (1, 4, 10):
        uids = alike(BASE, count)
        assert len(set(uids)) == count
        assert all(3 <= sizes[uid][1] <= 12 for uid in uids)
    four = [sizes[uid][1] for uid in alike(BASE, 4)]
    assert max(four) <= 2 * min(four)


def test_parallel_worlds_share_luck_and_only_decisions_part_them() -> None:
    state = folded(team(1), team(2), {"kind": "start"}, told(1, 2018, growth="hold"), told(2, 2018, growth="hold"))
    state = apply(state, {"kind": "advance", "year": 2018})
    one, two = (play(scenario_of(BASE, state, [t]), 1, [800036]).outcomes[800036] for t in (1, 2))
    assert repr(one) == repr(two)


def test_in_a_shared_market_one_team_sees_what_another_does() -> None:
    shared = {**SETUP, "mode": "shared", "trusts": list(alike(BASE, 2))}
    entries = [shared, team(1), team(2), {"kind": "start"}]
    state = fold(entries)
    assert state is not None
    first, second = state.setup.trusts
    wanted = play(scenario_of(BASE, state, [1, 2], 0), 0, [first]).outcomes[first].candidates
    names = [c.urn for c in wanted[:4]]
    state = fold([*entries, told(1, 2018, growth="grow", target=9.0, ask=names), {"kind": "advance", "year": 2018}])
    assert state is not None
    made = scenario_of(BASE, state, [1, 2])
    assert [t.uid for t in made.trusts] == [first]
    both = play(made, 1, [first, second]).outcomes
    assert set(both) == {first, second}
    assert any(h.event == "direct" for h in both[first].happened)
    assert not any(h.event == "direct" for h in both[second].happened)


# a whole session


def test_bots_play_a_session_alone_and_it_is_the_same_again(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> tuple[Room, dict[int, Any]]:
        room = begun(tmp_path / "s", pool, bots_in=4, mode="shared", years=4)
        await room.start()
        while not room.state.finished:
            assert all(room.state.turn(t, room.state.year).done for t in room.state.teams)
            await room.advance()
        return room, await room.outcomes()

    room, outcomes = asyncio.run(session())
    assert all(len(o.rows) == 4 for o in outcomes.values() if o.open)
    assert {t.bot for t in room.state.teams.values()} == set(bots.PLAYED_BY)
    again = open_room(tmp_path / "s", pool)
    assert again.state == room.state
    assert repr(asyncio.run(again.outcomes())) == repr(outcomes)
    with pytest.raises(InputError, match="no year left"):
        asyncio.run(again.advance())
    again.delete()
    assert not (tmp_path / "s").exists()


def test_undo_and_play_again_gives_the_same_year(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> None:
        room = begun(tmp_path / "s", pool, bots_in=2, years=3)
        await room.start()
        await room.advance()
        before = await room.outcomes()
        room.do("undo")
        room._runs.clear()
        await room.advance()
        assert repr(await room.outcomes()) == repr(before)

    asyncio.run(session())


def test_a_seat_may_change_hands_and_years_lived_stay(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> None:
        room = begun(tmp_path / "s", pool, years=3)
        one = room.join("Oak", 0, "b1")
        await room.start()
        room.decide(one, 2018, {"growth": "hold"}, {}, True)
        await room.advance()
        lived = (await room.outcome(one)).rows[0]
        room.do("seat", team=one, bot="growth_first")
        await room.seat_bots()
        assert room.state.turn(one, 2019).done
        await room.advance()
        assert repr((await room.outcome(one)).rows[0]) == repr(lived)

    asyncio.run(session())


def test_what_does_not_fit_is_said_and_not_written(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> None:
        room = begun(tmp_path / "s", pool, years=3)
        one = room.join("Oak", 0, "b1")
        with pytest.raises(InputError, match="Another team"):
            room.join("OAK", 1, "b2")
        with pytest.raises(InputError, match="is over"):
            room.decide(one, 2018, {}, {}, True)
        await room.start()
        lines = len(room.log.entries)
        with pytest.raises(InputError, match="how many schools"):
            room.decide(one, 2018, {"growth": "grow"}, {}, True)
        with pytest.raises(InputError, match=r"Schools nearby.*no school of this world"):
            room.decide(one, 2018, {"ask": [1]}, {}, True)
        with pytest.raises(InputError, match=r"income for the centre .* may charge"):
            room.decide(one, 2018, {"central_charge": 0.5}, {}, True)
        with pytest.raises(InputError, match="is over"):
            room.decide(one, 2019, {}, {}, True)
        assert len(room.log.entries) == lines

    asyncio.run(session())


def test_replays_that_cannot_begin_give_the_button_back(pool: JobPool) -> None:
    async def lost() -> dict[int, Outcome]:
        raise MatsimError("a worker died")

    async def session() -> None:
        replays = Replays(pool, lambda: None)
        replays.begin([Replayed(Scenario(), {1: 1}, False)], 1, lost(), 12)
        assert replays.progress == (0, 12)
        await asyncio.sleep(0.05)
        assert replays.progress == (0, 0)

    asyncio.run(session())


def test_replays_measure_luck_against_leaving_it_to_the_ceo(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> None:
        room = begun(tmp_path / "s", pool, years=2)
        idle, busy = room.join("Idle", 0), room.join("Busy", 1)
        await room.start()
        room.decide(busy, 2018, {"growth": "hold"}, {}, True)
        await room.advance()
        await room.advance()
        room.begin_replays(12)
        while not room.replays.lucks:
            await asyncio.sleep(0.1)
        assert room.replays.progress == (36, 36)
        for luck in room.replays.lucks[idle]:
            assert (luck.worth, luck.better) == (0.0, 0.5)  # nothing decided: worth nothing, on any luck
            assert len(luck.values) == 12
        share = room.replays.contests["schools"]
        assert share[idle, busy] + share[busy, idle] == pytest.approx(1.0)
        assert share[idle, busy] >= 0.5  # a trust that holds cannot have more schools
        room.do("undo")
        assert not room.replays.lucks

    asyncio.run(session())


# forms, predictions, scores


def test_a_form_and_its_decisions_are_two_ways_of_saying_the_same() -> None:
    form = {
        "growth": ["grow"],
        "target": ["9"],
        "where": ["ask"],
        "ask": ["100001", "100002"],
        "improvement": ["consultants"],
        "standardisation": ["6.5"],
        "resp_curriculum": ["3"],
        "charge": ["5.5"],
        "post_finance": ["1.5"],
        "governance": ["own"],
        "clusters": ["led"],
    }
    told = choices.read(form, 2018, KNOWN)
    assert told == {
        "growth": "grow",
        "target": 9.0,
        "ask": [100001, 100002],
        "improvement": "consultants",
        "clusters": "led",
        "standardisation": 6.5,
        "central_charge": 0.055,
        "responsibilities": {"curriculum": 3.0},
        "posts": {"finance": 1.5},
        "handed_back": ["governance"],
    }
    assert choices.fields(told) == form
    assert len(choices.CARDS) == 7
    assert len(choices.sentences(told, {100001: "A School"})) == len(told)
    assert choices.read({}, 2018, KNOWN) == {}


@pytest.mark.parametrize(
    "form",
    [
        {"growth": ["shrink"]},
        {"growth": ["grow"], "target": ["many"]},
        {"growth": ["grow"], "target": ["nan"]},
        {"where": ["ask"], "ask": ["1", "2", "3", "4", "5"]},
        {"where": ["ask"], "ask": ["../etc"]},
        {"post_magic": ["1"]},
        {"post_finance": ["1.3"]},
        {"charge": ["5000"]},
        {"resp_curriculum": ["11"]},
        {"improvement": ["x" * 300]},
    ],
)
def test_a_wrong_form_is_refused_in_words(form: dict[str, list[str]]) -> None:
    with pytest.raises(InputError):
        choices.read(form, 2018, KNOWN)


def test_what_stands_is_what_was_last_said_and_not_handed_back() -> None:
    held = choices.in_force(
        [
            {"year": 2018, "growth": "hold", "posts": {"finance": 1.0}, "ask": [1]},
            {"year": 2019, "handed_back": ["growth"], "posts": {"hr": 2.0}},
        ]
    )
    assert held == {"posts": ({"finance": 1.0, "hr": 2.0}, 2019)}


def test_interval_scores_are_those_of_the_formula() -> None:
    assert predictions.interval_score(4.0, 6.0, 5.0) == 2.0
    assert predictions.interval_score(4.0, 6.0, 7.0) == pytest.approx(2.0 + 10.0 * 1.0)
    assert predictions.interval_score(4.0, 6.0, 3.5) == pytest.approx(2.0 + 10.0 * 0.5)


def test_predictions_are_scored_against_what_happened() -> None:
    state = folded(team(1), {"kind": "start"}, told(1, 2018, growth="hold"), {"kind": "advance", "year": 2018})
    outcome = play(scenario_of(BASE, state, [1]), 1, [800036]).outcomes[800036]
    said = {"schools": [3.0, 3.0], "reserves": [90.0, 95.0], "approved": 0.9}
    found = {a.key: a for a in predictions.scored(2018, said, outcome)}
    assert (found["schools"].inside, found["schools"].score) == (True, 0.0)
    assert not found["reserves"].inside
    assert found["approved"].actual == 0.0
    assert found["approved"].score == pytest.approx(0.81)
    total = predictions.calibration(list(found.values()))
    assert (total.ranges, total.coverage) == (2, 0.5)
    assert total.brier == pytest.approx(0.81)
    assert "too few to judge" in total.sentence
    assert predictions.calibration([]).sentence == "Nothing was predicted."


@pytest.mark.parametrize(
    "form",
    [
        {"predict_schools_low": ["3"]},
        {"predict_schools_low": ["5"], "predict_schools_high": ["3"]},
        {"predict_reserves_low": ["inf"], "predict_reserves_high": ["inf"]},
        {"predict_reserves_low": ["nan"], "predict_reserves_high": ["nan"]},
        {"predict_approved": ["120"]},
        {"predict_approved": ["maybe"]},
    ],
)
def test_a_wrong_prediction_is_refused_in_words(form: dict[str, list[str]]) -> None:
    with pytest.raises(InputError):
        predictions.read(form)


def test_predictions_come_back_into_their_form() -> None:
    form = {"predict_schools_low": ["3"], "predict_schools_high": ["5"], "predict_approved": ["70"]}
    assert predictions.fields(predictions.read(form)) == form


def test_luck_has_known_answers() -> None:
    actual = {"schools": 5, "mean_outcome": 0.0, "reserves_share": 0.1, "buyin": 0.6}
    played = [[float(n), 0.0, 10.0, 60.0] for n in range(1, 11)]
    alone = [[5.0, 0.0, 10.0, 60.0]] * 10
    found = {luck.measure.key: luck for luck in debrief.luck(actual, played, alone)}
    assert found["schools"].worse == pytest.approx(0.45)  # four below, one tie
    assert found["schools"].better == pytest.approx(0.55)  # five above, one tie
    assert found["schools"].worth == pytest.approx(0.5)
    assert (found["outcome"].worse, found["outcome"].better) == (0.5, 0.5)
    assert "ordinary luck" in found["schools"].sentence
    lost = debrief.luck(actual, [*played, [float("nan")] * 4], [*alone, alone[0]])[0]
    assert (lost.closed, len(lost.values)) == (1, 10)
    share = debrief.versus({1: played, 2: alone}, {1: alone, 2: alone}, 0)
    assert share[1, 2] == pytest.approx(0.55)
    assert share[2, 1] == pytest.approx(0.45)


def test_teams_are_set_beside_each_other_by_what_their_decisions_were_worth() -> None:
    actual = {"schools": 5, "mean_outcome": -0.25, "reserves_share": 0.1, "buyin": 0.6}
    good = [[5.0, 0.1 * n, 10.0, 60.0] for n in range(10)]
    poor = [[5.0, 0.1 * n - 1.0, 10.0, 60.0] for n in range(10)]
    alone = [[5.0, 0.0, 10.0, 60.0]] * 10
    lucks = {1: debrief.luck(actual, poor, alone), 2: debrief.luck(actual, good, alone)}
    state = folded(team(1, name="Oak"), team(2, name="<i>Elm"))
    rows = lucks_of(state, lucks)
    assert [(name, luck.measure.key) for name, _, luck in rows] == [("<i>Elm", "outcome"), ("Oak", "outcome")]
    figure = luck_over_teams(rows)
    assert "decisions of <i>Elm were worth most, +0.45 sd against its CEO alone" in figure.title
    assert "kindest to Oak, with more than in 80% of lucks" in figure.title
    assert figure.table.iloc[1].tolist() == ["Oak", "−0.25 sd", "80% of lucks", "−0.55 sd", "0% of lucks"]
    assert "<i>" not in figure.plot.to_json()
    none = debrief.summary(debrief.luck(actual, alone, alone)[1])
    assert none[2] == "0 sd"  # no sign before what rounds to nothing


def test_lines_of_teams_begin_where_they_all_began() -> None:
    state = folded(team(1), {"kind": "start"}, {"kind": "advance", "year": 2018})
    outcome = play(scenario_of(BASE, state, [1]), 1, [800036]).outcomes[800036]
    figure = over_teams([("Oak", 0, outcome)], debrief.MEASURED[0])
    assert figure is not None
    assert figure.table["Year"].tolist() == ["2017/18", "2018/19"]
    assert figure.table["Oak"].iloc[0] == f"{outcome.opening['schools']:.0f}"


def test_what_was_said_is_told_without_names_of_the_code() -> None:
    told = {
        "responsibilities": {"back_office": 9.0},
        "posts": {"hr": 1.5},
        "handed_back": ["central_charge"],
        "ask": [7],
    }
    words = " ".join(choices.sentences(told, {}))
    assert "HR 1.5" in words
    assert "top-slice" in words
    assert "_" not in words
    foreseen = predictions.sentences({"schools": [4.0, 6.0], "reserves": [-2.0, 3.5], "approved": 0.3})
    assert foreseen[0] == "Schools in your trust in August: 4 to 6"
    assert foreseen[1].endswith("-2 to 3.5%")
    assert foreseen[2].endswith("this year? 30%")
    assert predictions.sentences({}) == []


def test_one_decision_changed_is_one_decision_changed() -> None:
    decisions = [
        {"year": 2018, "growth": "grow", "target": 8.0, "ask": [1, 2], "central_charge": 0.05},
        {"year": 2019, "improvement": "consultants"},
    ]
    found = debrief.changes(decisions, choices.known(BASE))
    titles = [(c.year, c.title) for c in found]
    assert (2018, "had held: taken on no schools") in titles
    assert (2019, "had left “How schools are improved” as it was") in titles
    held = next(c for c in found if c.title.startswith("had held"))
    assert held.decisions[0] == {"year": 2018, "growth": "hold", "central_charge": 0.05}
    assert held.decisions[1] == decisions[1]
    gone = next(c for c in found if c.year == 2019 and c.title.startswith("had left"))
    assert gone.decisions == (decisions[0],)
    for change in found:
        if change.decisions:
            for decision in change.decisions:
                from_tables(decision, Decision, "test")


def test_otherwise_names_a_consequence_and_not_what_was_told() -> None:
    entries = [team(1), {"kind": "start"}, told(1, 2018, growth="grow", target=8.0), {"kind": "advance", "year": 2018}]
    state = folded(*entries, {"kind": "advance", "year": 2019})
    first = scenario_of(BASE, state, [1])
    second = scenario_of(BASE, state, [1], turns={1: ({"year": 2018, "growth": "hold"},)})
    found = debrief.run_alternative(first, second, 2, 800036)
    assert found.years == (2018, 2019)
    assert "As you decided: " in found.consequence
    assert "was told" not in found.consequence
    same = debrief.run_alternative(first, first, 2, 800036)
    assert same.consequence == ""
    assert same.first == same.second


def test_every_break_point_has_a_card_in_a_ceos_words() -> None:
    state = folded(team(1), {"kind": "start"}, *({"kind": "advance", "year": 2018 + n} for n in range(8)))
    outcome = play(scenario_of(BASE, state, [1]), 8, [800036]).outcomes[800036]
    passed = {h.point for h in outcome.happened if h.point}
    assert passed
    drawn = [card for year in range(2018, 2026) for card in cards.drawn(outcome, year)]
    assert {c.key for c in drawn} <= passed
    assert all(c.quote.words and c.quote.who.startswith("CEO of MAT ") for c in drawn)
    for passage in cards.passages(outcome):
        assert passage.verdict
        late = replace(passage, reached=2020, begun=None, answered=None, missed=2)
        assert late.verdict == "missed: not answered by the end"
        early = replace(passage, warned=2019, reached=2020, begun=2019, answered=2020, missed=0)
        assert early.verdict.startswith("seen in time")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, pool: JobPool) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        create(tmp_path, BASE)
    with pytest.raises(InputError, match="holds no session"):
        open_room(tmp_path, pool)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "name",
    [
        *("\u3164", "\u2800\u2800", "\uffa0", "\u200b", "\u200d", "\ufe0f", "", "-" * 31),
        *("\u202eOak", "Oak\u2066", "O\u200bak", "O\x00ak", "Oak\u3164", "z\u0301\u0301\u0301\u0301\u0301"),
        *("Facilitator", "the facilitator 2", "\uff26acilitator", "F\u0430cilit\u0430tor", "Faci1itator", "PROJECTOR"),
        *("Bot: hubs", "bot:  Hubs", "B\u043et: steady", "Bot hubs", "BOT", "Bot - we"),
    ],
)
def test_names_that_cannot_be_seen_or_are_taken_for_another_are_refused(name: str) -> None:
    assert names.misfit(name).endswith(".")


@pytest.mark.parametrize(
    "name", ["Oak", "Ωμέγα 🦉", "👨\u200d👩\u200d👧 team", "Botany", "Robots", "Đặng", "O’Neill & Co.", "❤️"]
)
def test_names_that_people_have_are_taken(name: str) -> None:
    assert names.misfit(name) == ""


def test_a_name_that_looks_like_another_teams_is_taken(tmp_path: Path, pool: JobPool) -> None:
    room = begun(tmp_path / "s", pool)
    room.join("Oak", 0)
    for name in ("OAK", "\u041eak", "Ｏａｋ", "0ak", "O a k"):
        with pytest.raises(InputError, match="Another team has that name"):
            room.join(name, 1)


def test_deleting_a_session_leaves_what_is_not_its_own(tmp_path: Path, pool: JobPool) -> None:
    room = begun(tmp_path / "s", pool)
    (tmp_path / "s" / "thesis.txt").write_text("mine")
    assert not room.delete()
    assert [f.name for f in (tmp_path / "s").iterdir()] == ["thesis.txt"]
    other = begun(tmp_path / "t", pool)
    assert other.delete()
    assert not (tmp_path / "t").exists()


def test_schools_cannot_be_looked_for_while_a_trust_holds_from_an_earlier_year(tmp_path: Path, pool: JobPool) -> None:
    async def session() -> None:
        room = begun(tmp_path / "s", pool, years=3)
        one = room.join("Oak", 0, "b1")
        await room.start()
        room.decide(one, 2018, {"growth": "hold"}, {}, True)
        await room.advance()
        asked = {"ask": [room.run_of(one).future.result().outcomes[room.state.trust_of(one)].candidates[0].urn]}
        with pytest.raises(FormError, match="you hold since an earlier year"):
            room.decide(one, 2019, asked, {}, False)
        room.decide(one, 2019, {"growth": "grow", "target": 9.0, **asked}, {}, False)

    asyncio.run(session())
