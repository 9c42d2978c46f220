"""Kinds of event: every one that is logged is declared, and a declaration alone brings it to its readers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.house import FILES, PACKAGE

from matsim.board.futures import TrustLog
from matsim.board.outcomes import stories
from matsim.cli.summary import show_summary, summarise
from matsim.events.kinds import EVENTS, Audience, Event
from matsim.events.log import Log
from matsim.report import render
from matsim.simulation.explain import Names, explain
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import save, simulate
from matsim.web.classroom.rounds import play
from matsim.web.explorer.story import story
from matsim.web.explorer.watch import Watch
from matsim.world.base import World

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def strings(tree: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_kind_is_logged_somewhere() -> None:
    """That all that is logged is declared, and in the catalogue: tests/project/test_guards.py."""
    model = [strings(tree) for path, tree in TREES.items() if {"mechanisms", "state"} & set(path.parts)]
    assert set(EVENTS) <= set[str]().union(*model)


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.kind)
def test_every_kind_has_words_and_a_reader(event: Event) -> None:
    about = any(f"{{{who}}}" in event.sentence for who in ("school", "trust"))
    assert about or event.audience, "neither a story of a school or a trust nor anybody else would tell it"
    counted = bool(event.audience & (Audience.TALLY | Audience.REPORT))
    assert counted == all(event.count)
    assert event.meaning.strip()
    assert event.sentence.strip()
    assert (event.rank < 99) >= bool(event.audience & (Audience.BOARD | Audience.FEED))


BUSINESS = {
    "board/outcomes.py: approve join refuse transfer": "what a school's own choice shows in",
    "board/outcomes.py: decline refuse stay": "decisions by a rule that can be turned",
    "board/outcomes.py: decline miss refuse thwart": "what comes again each year, and is told once",
    "board/futures.py: approve bid direct found hold order respond stay": "what approaches are counted from",
    "cli/summary.py: bid decline join refuse stay": "an example for the command to type next",
    "figures/flows.py: close convert found join merge open transfer": "what changes the trust of a school",
    "mechanisms/directed/outcomes.py: bid decline refuse": "what came of an approach",
    "simulation/biography.py: depart executive head": "what changes who leads a school",
    "simulation/trust_life.py: close join merge open transfer": "what changes the schools of a trust",
    "simulation/trust_life.py: approve cluster hire inspect shed": "what the life of a trust leaves to others, or out",
    "web/classroom/cards.py: miss reach resolve warn": "the worst that came of a break point",
    "web/classroom/cards.py: miss reach resolve respond warn": "how a card says how far a break point has come",
    "web/classroom/cards.py: reach resolve respond warn": "stages of a passage",
}
"""Lists of kinds that are no audience, with what they are. Who hears of an event is declared with the event."""


def lists(path: Path, tree: ast.AST) -> Iterator[str]:
    """Literal collections of three kinds of event or more."""
    for node in ast.walk(tree):
        values = getattr(node, "elts", None) or (node.keys if isinstance(node, ast.Dict) else [])
        kinds = {v.value for v in values if isinstance(v, ast.Constant) and v.value in EVENTS}
        if len(kinds) >= 3 and len(kinds) == len(values):
            yield f"{path.relative_to(PACKAGE).as_posix()}: {' '.join(sorted(kinds))}"


def test_no_list_of_readers_is_written_by_hand() -> None:
    """The catalogue is left out: which events show a mechanism at work is what it is for."""
    found = {each for path, tree in TREES.items() if path.name != "catalogue.py" for each in lists(path, tree)}
    assert found == set(BUSINESS)


def test_a_list_by_hand_is_found() -> None:
    for text in ('TOLD = ("join", "merge", "close")', 'if x in {"join", "merge", "close"}: pass',
                 'WORDS = {"join": "a", "merge": "b", "close": "c"}'):  # fmt: skip
        assert list(lists(PACKAGE / "a.py", ast.parse(text))) == ["a.py: close join merge"]


INVENTED = [audience for audience in Audience if audience]


def name(audience: Audience) -> str:
    return f"invented-{audience.name}"


@pytest.fixture
def invented(area: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """A kind of event for each audience, of which a trust has one each in every year; the trust's UID."""
    for audience in INVENTED:
        kind = name(audience)
        words = f"{{trust}} was {kind} by {{hand:one}} hands"
        counts = (f"was {kind} once", f"were {kind}")
        monkeypatch.setitem(EVENTS, kind, Event(kind, f"a trust was {kind}", words, audience, count=counts))
    begin = Log.at

    def at(self: Log, year: int, step: str, month: str) -> None:
        begin(self, year, step, month)
        if step == "closing":
            for audience in INVENTED:
                self.add(name(audience), trust=row, school=0, inputs={"hand": 2.0})

    monkeypatch.setattr(Log, "at", at)
    row = int(np.bincount(area.schools["trust"][area.schools["trust"] >= 0]).argmax())
    return int(area.trusts["uid"][row])


def reached(text: str) -> Audience:
    """The audiences whose invented events a text speaks of."""
    result = Audience.NOBODY
    for audience in INVENTED:
        if name(audience) in text:
            result |= audience
    return result


def test_an_invented_kind_reaches_every_reader(
    area: World, invented: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everyone = Audience(sum(audience.value for audience in INVENTED))
    done = simulate(scenario(), area, seed=1, years=2)
    result = save(done, tmp_path / "result")
    show_summary(summarise(result), [])
    assert reached(capsys.readouterr().out) == Audience.REPORT
    page = render(tmp_path / "result")
    assert f"Were {name(Audience.REPORT)}" in page
    assert reached(page) == Audience.REPORT

    names = Names.of(done.tables["schools"], done.tables["trusts"])
    events = done.tables["events"]
    abouts: list[dict[str, Any]] = [{"trust": invented}, {"school": int(area.schools["urn"][0])}]
    for about in abouts:
        assert reached(" ".join(e.sentence for e in explain(events, done.scenario, names, **about))) == everyone
    told = [said for year in story(tmp_path / "result", invented, print).years for said in year.events]
    assert reached(" ".join(said.sentence for said in told)) == everyone
    assert reached(" ".join(said.sentence for said in told if said.main)) == Audience.STORY

    happened = play(scenario(), 2, [invented]).outcomes[invented].happened
    assert reached(" ".join(one.sentence for one in happened)) == Audience.ROUND
    assert any(f"your trust was {name(Audience.ROUND)} by 2 hands" in one.sentence for one in happened)

    model = TrustSystem(area, scenario(), 1)
    model.run_for(1)
    feed = "\n".join(Watch(model).year(1, 1)["feed"])
    assert reached(feed) == Audience.FEED | Audience.TALLY
    assert f"was {name(Audience.FEED)} by 2 hands.\n" in f"{feed}\n"
    assert f"1 was {name(Audience.TALLY)} once" in feed


def test_an_invented_kind_reaches_a_board(area: World, invented: int) -> None:
    model = TrustSystem(area, scenario(), 1)
    state = model.state
    row = int(np.flatnonzero(state.trusts.uid == invented)[0])
    state.log = TrustLog([row], [], len(state.schools))
    model.run_for(1)
    events = state.log.frame(state.schools.urn, state.trusts.uid).assign(option=0, future=1)
    assert reached(" ".join(events["event"].astype(str))) == Audience.BOARD
    bad = stories(events, 1, [scenario()], Names(), invented)
    assert reached(" ".join(bad["sentence"])) == Audience.BOARD


def test_a_log_tells_events_one_by_one() -> None:
    log = Log()
    log.at(2018, "closing", "Aug")
    log.add("join", school=np.array([3, 4]), trust=1, reason="chosen", inputs={"a": np.array([0.5, 1.5])})
    log.add("join", school=5, trust=1)
    log.at(2019, "closing", "Aug")
    log.add("join", school=6, trust=1)
    rows: list[dict[str, Any]] = list(log.events("join", 2018))
    assert [(r["school"], r["trust"], r["reason"], r["inputs"]) for r in rows] == [
        (3, 1, "chosen", {"a": 0.5}), (4, 1, "chosen", {"a": 1.5}), (5, 1, "", {})
    ]  # fmt: skip
    assert rows[0]["other"] == -1
    assert pd.isna(rows[0]["value"])
    assert not list(log.events("merge", 2018))
