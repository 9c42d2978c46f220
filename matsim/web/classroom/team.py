"""A team's pages: what happened, what to decide and predict, figures, and the debrief."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.mechanisms.coherence import LINKS
from matsim.mechanisms.directed.decisions import PERSISTENT
from matsim.web.classroom import cards, choices, predictions
from matsim.web.classroom import debrief as debriefs
from matsim.web.classroom import pack as packs
from matsim.web.classroom.choices import differing, fields_of, filled_with, merged
from matsim.web.classroom.debrief import Change, changes
from matsim.web.classroom.figures import luck_figure, of_trust
from matsim.web.classroom.join import team_only
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Played
from matsim.web.classroom.session import Team
from matsim.web.classroom.views import frame, team_stamp, tiles
from matsim.web.forms import Form, FormError, field_of, form
from matsim.web.jobs import value_of
from matsim.web.pages import Chart, Templates, charts_of
from matsim.words.amounts import academic

templates = Templates("matsim.web.classroom")


def common(room: Room, team: Team) -> dict[str, Any]:
    """What every page of a team has."""
    return {"team": team, **frame(room.state, room.version, team_stamp(room.state, team.id))}


async def page(request: Request) -> Response:
    """Where the team stands, and the year's decisions."""
    room, team = team_only(request)
    return await _show(request, room, team)


async def _show(
    request: Request, room: Room, team: Team, wrong: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    state = room.state
    values = common(room, team)
    if state.phase == "lobby":
        return templates.render(request, "lobby.html", status, **values)
    outcome = await room.outcome(team.id)
    last = state.year - 1
    turn = state.turn(team.id, state.year)
    known = choices.known(room.base)
    filled = fields_of(turn)
    again = bool(wrong) and "" not in (wrong or {})  # what was typed is shown again where it can still be mended
    typed = filled_with(form(request)) if again else None
    before = filled if typed is None else typed
    return templates.render(
        request,
        "team.html",
        status,
        **values,
        outcome=outcome,
        tiles=tiles(outcome),
        last=last,
        happened=[h for h in outcome.happened if h.year == last],
        drawn=cards.drawn(outcome, last, room.base.break_points.ladders) if state.played else [],
        source=cards.SOURCE,
        answers=predictions.scored(last, state.turn(team.id, last).predictions, outcome) if state.played else [],
        turn=turn,
        fields=form(request) if again else filled,
        seen=json.dumps(before, sort_keys=True),
        in_force=dict.fromkeys(PERSISTENT) | choices.in_force(state.decisions(team.id)),
        known=known,
        numbers=choices.numbers(known) | predictions.numbers(),
        cards=choices.CARDS,
        questions=predictions.QUESTIONS,
        chance=predictions.CHANCE,
        pairs=lambda option: [(c.value, c.title) for c in option.choices],
        most=choices.MOST_APPROACHED,
        wrong=wrong or {},
        places=[(name, name) for name in outcome.authorities],
        said=choices.sentences(turn.choices, packs.names(room, outcome)),
        expected=predictions.sentences(turn.predictions),
    )


async def decide(request: Request) -> Response:
    """Save what the team says for the year; with `done`, say that it is its last word.

    Of a form that says what it was filled with (`seen`) only what differs from that is taken: another device of the
    team may have changed the rest meanwhile.
    """
    room, team = team_only(request)
    quiet = "application/json" in request.headers.get("accept", "")
    year = whole(field_of(request, "year", 4))
    wrong: dict[str, str] = {}
    before = fields_of(room.state.turn(team.id, room.state.year))
    try:
        if year is None or year != room.state.year:
            raise InputError("year", "The year has moved on; here is the page as it is now.")
        decisions, foreseen = _read(merged(before, filled_with(form(request)), form(request)), year, room)
        done = field_of(request, "done", 1) == "1"
        done = done or (quiet and room.state.turn(team.id, room.state.year).done)  # to save takes nothing back
        room.decide(team.id, year, decisions, foreseen, done)
    except FormError as error:
        wrong = error.fields
    except InputError as error:
        wrong = {"": " ".join(error.problems)}
    if quiet:
        before_page = filled_with(form(request))
        now = {
            "stamp": team_stamp(room.state, team.id),
            "version": room.version,
            "fields": fields_of(room.state.turn(team.id, room.state.year)),
            "others": [] if before_page is None else differing(before, before_page),
            "wrong": wrong,
        }
        return JSONResponse(now, 422 if wrong else 200)
    if wrong:
        return await _show(request, room, team, wrong, 422)
    return RedirectResponse("/team", 303)


def _read(filled: Form, year: int, room: Room) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decisions and predictions of the form; FormError with the problems of both."""
    parts: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for reader in (lambda f: choices.read(f, year, choices.known(room.base)), predictions.read):
        try:
            parts.append(reader(filled))
        except FormError as error:
            wrong |= error.fields
    if wrong:
        raise FormError(wrong)
    return parts[0], parts[1]


async def reopen(request: Request) -> Response:
    """Take back that the team is done."""
    room, team = team_only(request)
    if room.state.deciding:
        room.do("reopen", team=team.id)
    return RedirectResponse("/team", 303)


def draw(played: Played, uid: int, tell: Any = None) -> tuple[Chart, ...]:
    """A trust's charts; in a worker, since drawing takes longer than running."""
    return charts_of(of_trust(played, uid))


def draw_lucks(lucks: tuple[debriefs.Luck, ...], tell: Any = None) -> tuple[Chart, ...]:
    """Charts of a team's luck."""
    return charts_of(luck_figure(lucks))


async def figures(request: Request) -> Response:
    """The trust in figures."""
    room, team = team_only(request)
    state = room.state
    if state.phase == "lobby" or "results" not in state.shown:
        return RedirectResponse("/team", 303)
    values = common(room, team)
    played = await room.played(team.id)
    drawn = room.drawing.get(team.id)
    failed = drawn is not None and drawn[1].future.done() and drawn[1].future.exception() is not None
    # by identity: a run still in memory is the same object, another year or another luck is not
    if drawn is None or drawn[0] is not played or failed:  # once, however often it is looked at
        drawn = room.drawing[team.id] = (played, room.pool.submit(draw, played, state.trust_of(team.id)))
    charts = await value_of(drawn[1])
    return templates.render(request, "figures.html", **values, charts=charts)


async def debrief(request: Request) -> Response:
    """Luck and skill, coherence, break points, predictions; back to the round when the end has been undone."""
    room, team = team_only(request)
    if room.state.phase != "over":
        return RedirectResponse("/team", 303)
    values = common(room, team)
    outcome = await room.outcome(team.id)
    state = room.state
    lucks = tuple(room.replays.lucks.get(team.id, ()))
    charts: tuple[Chart, ...] = ()
    if lucks:
        # urgent: somebody waits for this page, while replays go on in the queue
        charts = await value_of(room.pool.submit(draw_lucks, lucks, urgent=True))
    answers = packs.answers(state, team.id, outcome)
    return templates.render(
        request,
        "debrief.html",
        **values,
        outcome=outcome,
        charts=charts,
        progress=room.replays.progress,
        contests=packs.contests(room, team.id),
        links=list(zip(LINKS, outcome.links, strict=True)),
        passages=cards.passages(outcome),
        calibration=predictions.calibration(answers),
        changes=list(enumerate(_changes(room, team))),
        answer=room.answers.get(team.id),
        measured=debriefs.MEASURED,
        decided=[
            (academic(d["year"]), choices.sentences(d, packs.names(room, outcome))) for d in state.decisions(team.id)
        ],
    )


async def what_if(request: Request) -> Response:
    """One decision changed, on the same luck; the answer stays on the debrief's page until another is asked for."""
    room, team = team_only(request)
    place = whole(field_of(request, "change", 6))
    if room.state.phase != "over":
        return RedirectResponse("/team", 303)
    possible = _changes(room, team)
    if place is None or place >= len(possible):
        raise HTTPException(422, "Choose one of the decisions that are listed.")
    change = possible[place]
    await room.ask_what_if(team.id, place, f"{academic(change.year)}: what if you {change.title}?", change)
    return RedirectResponse("/team/debrief#otherwise", 303)


def _changes(room: Room, team: Team) -> list[Change]:
    return changes(room.state.decisions(team.id), choices.known(room.base))


async def pack(request: Request) -> Response:
    """The team's pack, as a file to keep."""
    room, team = team_only(request)
    if room.state.phase != "over":
        raise HTTPException(403, "The pack is made when the facilitator ends the session.")
    return await packs.download(room, team.id)
