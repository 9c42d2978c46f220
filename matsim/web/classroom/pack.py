"""A pack for each team to take away: one self-contained page with what it decided, foresaw and went through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from starlette.responses import Response

from matsim.mechanisms.coherence import LINKS
from matsim.report.page import Fact, Page, Section, Table, html
from matsim.simulation.simulate import world_of
from matsim.web.classroom import predictions
from matsim.web.classroom.cards import QUOTES, SOURCE, passages
from matsim.web.classroom.choices import sentences
from matsim.web.classroom.debrief import MEASURED, Luck
from matsim.web.classroom.figures import luck_figure, of_trust
from matsim.web.classroom.predictions import Scored, calibration
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Outcome, Played
from matsim.web.classroom.session import MODES, State
from matsim.web.forms import names_in
from matsim.web.jobs import value_of
from matsim.web.pages import attachment
from matsim.words.amounts import academic, decimals, percent
from matsim.words.phrases import capital


@dataclass(frozen=True)
class About:
    """What a pack is about: the team, its decisions and predictions, and what the session found of its luck."""

    team: str
    mode: str
    seed: int
    uid: int
    decisions: tuple[dict[str, Any], ...]
    answers: tuple[Scored, ...]
    lucks: tuple[Luck, ...]
    contests: tuple[tuple[str, float], ...]
    """Other teams, and the share of lucks in which this team's decisions were worth more for pupil outcomes."""
    school_names: dict[int, str]
    """Names of schools by URN."""


def pack(about: About, played: Played, tell: Callable[[Any], None] | None = None) -> str:
    """The pack of one team as an HTML page."""
    outcome = played.outcomes[about.uid]
    now, span = outcome.now, "one year" if len(outcome.rows) == 1 else f"{len(outcome.rows)} years"
    facts = [Fact(m.title, f"{m.text(m.value(now))}{m.suffix}") for m in MEASURED]
    sections = [
        _decided(about),
        Section("How it went", figures=of_trust(played, about.uid), tables=[_years(outcome)]),
        _luck(about),
        _coherence(outcome),
        _points(outcome),
        _foreseen(about),
    ]
    return html(
        Page(
            title=f"{about.team}: your trust over {span}",
            kind="Classroom pack",
            question="What did you decide, what came of it, and how much of that was luck?",
            lead=[f"You steered {outcome.name}. {MODES[about.mode].split(':')[0]}; luck number {about.seed}."],
            facts=facts,
            sections=sections,
            caveats=("A session is an exercise: it is played to talk about decisions, not to grade people.",),
        )
    )


def _decided(about: About) -> Section:
    rows = [(academic(d["year"]), text) for d in about.decisions for text in sentences(d, about.school_names)]
    if not rows:
        return Section("What you decided", ["You decided nothing; your CEO did as they would have."])
    return Section("What you decided", tables=[Table("Decisions", pd.DataFrame(rows, columns=["From", "Decision"]))])


def _years(outcome: Outcome) -> Table:
    rows = [(academic(r["year"]), *(m.text(m.value(r)) for m in MEASURED)) for r in outcome.rows]
    return Table("Year by year", pd.DataFrame(rows, columns=["Year", *(m.heading for m in MEASURED)]))


def _luck(about: About) -> Section:
    if not about.lucks:
        return Section("Luck and skill", missing=["Your decisions were not replayed before this pack was made."])
    words = [f"Your decisions were replayed over {len(about.lucks[0].values) + about.lucks[0].closed} other lucks."]
    words += [
        f"For pupil outcomes they were worth more than those of {name} in {percent(share)} of lucks."
        for name, share in about.contests
    ]
    return Section("Luck and skill", words, figures=luck_figure(about.lucks))


def _coherence(outcome: Outcome) -> Section:
    table = pd.DataFrame(
        {"Fit between": [capital(link) for link in LINKS], "0 to 1": [decimals(x, 2) for x in outcome.links]}
    )
    weakest = LINKS[min(range(len(LINKS)), key=lambda i: outcome.links[i])]
    words = f"Coherence stood at {decimals(float(outcome.now['coherence']), 2)} of 1. The weakest link was {weakest}."
    return Section("Did it fit together?", [words], tables=[Table("The five fits", table)])


def _points(outcome: Outcome) -> Section:
    passed = passages(outcome)
    if not passed:
        return Section("Break points", ["No break point came near."])
    rows = [
        (p.title, *(academic(y) if y else "" for y in (p.warned, p.reached, p.answered)), p.verdict) for p in passed
    ]
    table = pd.DataFrame(rows, columns=["Break point", "Seen coming", "Reached", "Answered", "In short"])
    words = [
        f"“{QUOTES[p.key].words}” – {QUOTES[p.key].who}, {QUOTES[p.key].section}. {QUOTES[p.key].ask}" for p in passed
    ]
    return Section(
        "Break points", tables=[Table("Six ways of working", table)], points=words, notes=[f"Words: {SOURCE}."]
    )


def _foreseen(about: About) -> Section:
    rows = [
        (
            academic(a.year),
            a.title,
            percent(a.low) if a.key == "approved" else f"{a.low:g} to {a.high:g}",
            ("yes" if a.actual else "no") if a.key == "approved" else f"{a.actual:g}",
            decimals(a.score, 2),
        )
        for a in about.answers
    ]
    names = ["Year", "Question", "You said", "It was", "Score (less is better)"]
    tables: Sequence[Table] = [Table("Predictions", pd.DataFrame(rows, columns=names), rows=60)] if rows else []
    return Section("What you foresaw", [calibration(about.answers).sentence], tables=tables)


def answers(state: State, team: int, outcome: Outcome) -> list[predictions.Scored]:
    """All predictions of a team for the years played, scored."""
    years = range(state.setup.first, state.setup.first + state.played)
    return [a for y in years for a in predictions.scored(y, state.turn(team, y).predictions, outcome)]


def contests(room: Room, team: int) -> list[tuple[str, float]]:
    """Other teams, and the share of lucks in which this team's decisions were worth more for pupil outcomes."""
    shares = room.replays.contests.get("outcome", {})
    return [(room.state.teams[b].name, share) for (a, b), share in shares.items() if a == team]


def names(room: Room, outcome: Outcome) -> dict[int, str]:
    """Schools that a team may have named, by URN: those of the first year, and what has come near since."""
    known = dict(names_in(world_of(room.base)).schools)
    return known | {c.urn: c.name for c in outcome.candidates} | {m.urn: m.name for m in outcome.members}


async def download(room: Room, team: int) -> Response:
    """The pack as a file to keep."""
    state = room.state
    played = await room.played(team)
    outcome = played.outcomes[state.trust_of(team)]
    about = About(
        team=state.teams[team].name,
        mode=state.setup.mode,
        seed=state.setup.seed,
        uid=outcome.uid,
        decisions=state.decisions(team),
        answers=tuple(answers(state, team, outcome)),
        lucks=tuple(room.replays.lucks.get(team, ())),
        contests=tuple(contests(room, team)),
        school_names=names(room, outcome),
    )
    text = await value_of(room.pool.submit(pack, about, played, urgent=True))
    return Response(text, media_type="text/html; charset=utf-8", headers=attachment(f"team-{team}.html"))
