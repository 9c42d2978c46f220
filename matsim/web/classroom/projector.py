"""The projector's view: for everybody to see, opened by a link of its own, with nothing to press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from matsim.web.classroom.debrief import MEASURED
from matsim.web.classroom.figures import luck_over_teams, over_teams, teams_map
from matsim.web.classroom.join import joining, room_of, token_fits
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Outcome, Played
from matsim.web.classroom.views import coloured, frame, league, lucks_of, news, projector_stamp, seats
from matsim.web.jobs import value_of
from matsim.web.pages import Chart, Templates, charts_of
from matsim.web.sse import stream

templates = Templates("matsim.web.classroom")


def _room(request: Request) -> Room:
    room = room_of(request)
    if not token_fits(request.path_params["token"], room.keys["projector"]):
        raise HTTPException(404)
    return room


def draw(teams: Any, played: Played, shown: bool, lucks: Any, tell: Any = None) -> tuple[Chart, ...]:
    """The map, and what is shown of the teams: in the debrief their luck first."""
    lines = [over_teams(teams, measure) for measure in MEASURED[: 2 if shown else 1]]
    first = [luck_over_teams(lucks)] if lucks and shown else []
    return charts_of((*first, *lines, teams_map(teams, played)))


async def page(request: Request) -> Response:
    """Code and teams before the session; year, timer, map and sizes during it; the league when it is shown."""
    room = _room(request)
    state, place = room.state, f"/projector/{request.path_params['token']}"
    values = frame(state, room.version, projector_stamp(state, bool(room.replays.lucks)), place)
    charts: tuple[Chart, ...] = ()
    outcomes: dict[int, Outcome] = {}
    if state.phase != "lobby" and state.teams and "results" in state.shown:
        outcomes = await room.outcomes()
        charts = await _charts(room, outcomes)
    return templates.render(
        request,
        "projector.html",
        **values,
        **joining(request, room),
        seats=seats(state),
        charts=charts,
        league=league(state, outcomes) if "league" in state.shown else [],
        measured=MEASURED,
    )


async def _charts(room: Room, outcomes: Mapping[int, Outcome]) -> tuple[Chart, ...]:
    """The charts, drawn once for each thing that they show: several projectors may be open."""
    state, shown = room.state, "league" in room.state.shown
    teams = coloured(state, outcomes)
    lucks = lucks_of(state, room.replays.lucks) if state.phase == "over" else []
    # by identity: outcomes of a run that is still in memory are the same objects, and need not be compared
    key = f"projector:{shown}:{len(lucks)}:{[(name, colour, id(outcome)) for name, colour, outcome in teams]}"
    if key not in room.drawn:
        played = await room.played(min(state.teams))
        # one is enough: every projector shows the same, and older charts are never asked for again
        room.drawn.clear()
        room.drawn[key] = room.pool.submit(draw, teams, played, shown, lucks)
    charts: tuple[Chart, ...] = await value_of(room.drawn[key])
    return charts


async def events(request: Request) -> Response:
    """The projector's stream."""
    _room(request)
    return stream(request, request.app.state.hub, "projector")


async def now(request: Request) -> Response:
    """What the stream would have told last, for a page that has none."""
    return JSONResponse(news(_room(request), "projector"))
