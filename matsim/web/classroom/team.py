"""A team's pages: what happened, what to decide and predict, figures, and the debrief."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from matsim.errors import InputError
from matsim.mechanisms.coherence import LINKS
from matsim.mechanisms.decisions import STANDING
from matsim.web.charts import Chart, chart
from matsim.web.classroom import cards, choices, packing, predictions
from matsim.web.classroom import debrief as debriefs
from matsim.web.classroom.figures import luck_figure, of_trust
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Played, scenario_of
from matsim.web.classroom.seats import team_only
from matsim.web.classroom.session import Team
from matsim.web.classroom.showing import left, school_year, stamp, team_stamp, tiles
from matsim.web.classroom.waiting import value_of
from matsim.web.classroom.whatif import Change, changes
from matsim.web.pages import Templates
from matsim.web.security import field_of, form

templates = Templates("matsim.web.classroom")


def common(room: Room, team: Team) -> dict[str, Any]:
    """What every page of a team shows; before anything is waited for, so that what changes meanwhile is news to it."""
    return {
        "team": team,
        "state": room.state,
        "stamp": team_stamp(room.state, team.id),
        "phase": stamp(room.state),
        "version": room.version,
        "left": left(room.state),
        "school_year": school_year,
    }


async def page(request: Request) -> Response:
    """Where the team stands, and the year's decisions."""
    room, team = team_only(request)
    return await _show(request, room, team)


async def _show(request: Request, room: Room, team: Team, wrong: tuple[str, ...] = (), status: int = 200) -> Response:
    state = room.state
    values = common(room, team)
    if state.phase == "lobby":
        return templates.render(request, "lobby.html", status, **values)
    outcome = await room.outcome(team.id)
    last = state.year - 1
    turn = state.turn(team.id, state.year)
    fields = choices.fields(turn.choices) | predictions.fields(turn.predictions)
    return templates.render(
        request,
        "team.html",
        status,
        **values,
        outcome=outcome,
        tiles=tiles(outcome),
        last=last,
        happened=[h for h in outcome.happened if h.year == last],
        drawn=cards.drawn(outcome, last) if state.played else [],
        source=cards.SOURCE,
        answers=predictions.scored(last, state.turn(team.id, last).predictions, outcome) if state.played else [],
        turn=turn,
        fields=form(request) if wrong else fields,
        held=dict.fromkeys(STANDING) | choices.standing(state.decisions(team.id)),
        known=choices.known(room.base),
        cards=choices.CARDS,
        questions=predictions.QUESTIONS,
        chance=predictions.CHANCE,
        pairs=lambda option: [(c.value, c.title) for c in option.choices],
        most=choices.MOST_ASKED,
        wrong=wrong,
        said=choices.sentences(turn.choices, packing.names(room, outcome)),
        expected=predictions.sentences(turn.predictions),
    )


async def decide(request: Request) -> Response:
    """Save what the team says for the year; with `done`, say that it is its last word."""
    room, team = team_only(request)
    quiet = "application/json" in request.headers.get("accept", "")
    year = field_of(request, "year", 4)
    wrong: list[str] = []
    try:
        if not (year.isascii() and year.isdigit()) or int(year) != room.state.year:
            raise InputError("year", "The year has moved on; here is the page as it is now.")
        told, foreseen = _read(request, int(year))
        room.decide(team.id, int(year), told, foreseen, field_of(request, "done", 1) == "1")
    except InputError as error:
        wrong = error.problems
    if quiet:
        now = {"stamp": team_stamp(room.state, team.id), "version": room.version, "problems": wrong}
        return JSONResponse(now, 422 if wrong else 200)
    if wrong:
        return await _show(request, room, team, tuple(wrong), 422)
    return RedirectResponse("/team", 303)


def _read(request: Request, year: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decisions and predictions of the form; InputError with the problems of both."""
    found: list[dict[str, Any]] = []
    wrong: list[str] = []
    for reader in (lambda f: choices.read(f, year), predictions.read):
        try:
            found.append(reader(form(request)))
        except InputError as error:
            wrong += error.problems
    if wrong:
        raise InputError("form", wrong)
    return found[0], found[1]


async def reopen(request: Request) -> Response:
    """Take back that the team is done."""
    room, team = team_only(request)
    if room.state.deciding:
        room.do("reopen", team=team.id)
    return RedirectResponse("/team", 303)


def draw(played: Played, uid: int, tell: Any = None) -> tuple[Chart, ...]:
    """A trust's charts; in a worker, since drawing takes longer than running."""
    return tuple(chart(figure) for figure in of_trust(played, uid))


def draw_lucks(lucks: tuple[debriefs.Luck, ...], tell: Any = None) -> tuple[Chart, ...]:
    """Charts of a team's luck."""
    return tuple(chart(figure) for figure in luck_figure(lucks))


async def figures(request: Request) -> Response:
    """The trust in figures."""
    room, team = team_only(request)
    state = room.state
    if state.phase == "lobby" or "results" not in state.shown:
        return RedirectResponse("/team", 303)
    values = common(room, team)
    played = await room.played(team.id)
    job = room.pool.submit(draw, played, state.trust_of(team.id))
    charts = await value_of(job)
    return templates.render(request, "figures.html", **values, charts=charts)


async def debrief(request: Request) -> Response:
    """Luck and skill, coherence, break points, predictions."""
    room, team = team_only(request)
    return await _debrief(request, room, team, None, "")


async def otherwise(request: Request) -> Response:
    """One decision changed, on the same luck."""
    room, team = team_only(request)
    place = field_of(request, "change", 6)
    found = await _changes(room, team)
    if not (place.isascii() and place.isdigit() and int(place) < len(found)):
        raise HTTPException(422, "Choose one of the decisions that are listed.")
    change, state = found[int(place)], room.state
    teams = sorted(state.teams) if state.setup.mode == "shared" else [team.id]
    if team.id in room.asking:
        raise HTTPException(429, "Your team’s last question is still being worked out.")
    first = scenario_of(room.base, state, teams)
    second = scenario_of(room.base, state, teams, turns={team.id: change.decisions})
    room.asking.add(team.id)
    try:
        job = room.pool.submit(debriefs.otherwise, first, second, state.played, state.trust_of(team.id), urgent=True)
        result: debriefs.Otherwise = await value_of(job)
    finally:
        room.asking.discard(team.id)
    return await _debrief(request, room, team, result, f"{school_year(change.year)}: what if you {change.title}?")


async def _changes(room: Room, team: Team) -> list[Change]:
    if room.state.phase != "over":
        raise HTTPException(403, "The debrief opens when the facilitator ends the session.")
    return changes(room.state.decisions(team.id), choices.known(room.base))


async def _debrief(request: Request, room: Room, team: Team, result: debriefs.Otherwise | None, asked: str) -> Response:
    values = common(room, team)
    possible = await _changes(room, team)
    outcome = await room.outcome(team.id)
    state = room.state
    lucks = tuple(room.replays.lucks.get(team.id, ()))
    charts: tuple[Chart, ...] = ()
    if lucks:
        charts = await value_of(room.pool.submit(draw_lucks, lucks, urgent=True))
    answers = packing.answers(state, team.id, outcome)
    return templates.render(
        request,
        "debrief.html",
        **values,
        outcome=outcome,
        charts=charts,
        progress=room.replays.progress,
        contests=packing.contests(room, team.id),
        links=list(zip(LINKS, outcome.links, strict=True)),
        passages=cards.passages(outcome),
        calibration=predictions.calibration(answers),
        changes=list(enumerate(possible)),
        result=result,
        asked=asked,
        measured=debriefs.MEASURED,
        decided=[
            (
                school_year(d["year"]),
                choices.sentences({k: v for k, v in d.items() if k != "year"}, packing.names(room, outcome)),
            )
            for d in state.decisions(team.id)
        ],
    )


async def pack(request: Request) -> Response:
    """The team's pack, as a file to keep."""
    room, team = team_only(request)
    if room.state.phase != "over":
        raise HTTPException(403, "The pack is made when the facilitator ends the session.")
    return await packing.download(room, team.id)
