"""The projector's view: for everybody to see, opened by a link of its own, with nothing to press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from matsim.web.classroom.debrief import MEASURED
from matsim.web.classroom.figures import luck_over_teams, over_teams, teams_map
from matsim.web.classroom.join import room_of, token_fits
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Outcome, Played
from matsim.web.classroom.views import (
    coloured,
    league,
    left,
    lucks_of,
    news,
    projector_stamp,
    school_year,
    seats,
    spoken,
    stamp,
)
from matsim.web.jobs import value_of
from matsim.web.pages import Chart, Templates, chart
from matsim.web.sse import stream

templates = Templates("matsim.web.classroom")


def _room(request: Request) -> Room:
    room = room_of(request)
    if not token_fits(request.path_params["token"], room.keys["projector"]):
        raise HTTPException(404)
    return room


def draw(teams: Any, played: Played, shown: bool, lucks: Any, tell: Any = None) -> tuple[Chart, ...]:
    """The map, and what is shown of the teams: in the debrief their luck first."""
    rows = [("schools", "Schools", "", 1.0, 0), ("mean_outcome", "Pupil outcomes", "sd", 1.0, 2)]
    lines = [over_teams(teams, *row) for row in (rows if shown else rows[:1])]
    first = [luck_over_teams(lucks)] if lucks and shown else []
    return tuple(chart(f) for f in (*first, *lines, teams_map(teams, played)) if f is not None)


async def page(request: Request) -> Response:
    """Code and teams before the session; year, timer, map and sizes during it; the league when it is shown."""
    room = _room(request)
    # taken with the state: what changes while charts are drawn is news to this page
    state, version, replayed = room.state, room.version, bool(room.replays.lucks)
    charts: tuple[Chart, ...] = ()
    outcomes: dict[int, Outcome] = {}
    if state.phase != "lobby" and state.teams and "results" in state.shown:
        outcomes = await room.outcomes()
        charts = await _charts(room, outcomes)
    addresses = request.app.state.addresses
    return templates.render(
        request,
        "projector.html",
        state=state,
        code=room.keys["code"],
        addresses=addresses,
        qr=qr(f"{addresses[0]}/?code={room.keys['code']}") if addresses else "",
        seats=seats(state),
        charts=charts,
        league=league(state, outcomes) if "league" in state.shown else [],
        measured=MEASURED,
        news=spoken(state),
        stamp=projector_stamp(state, replayed),
        phase=stamp(state),
        version=version,
        left=left(state),
        school_year=school_year,
        place=f"/projector/{request.path_params['token']}",
    )


async def _charts(room: Room, outcomes: Mapping[int, Outcome]) -> tuple[Chart, ...]:
    """The charts, drawn once for each thing that they show: several projectors may be open."""
    state, shown = room.state, "league" in room.state.shown
    teams = coloured(state, outcomes)
    lucks = lucks_of(state, room.replays.lucks) if state.phase == "over" else []
    key = f"projector:{shown}:{len(lucks)}:{[(name, colour, id(outcome)) for name, colour, outcome in teams]}"
    if key not in room.drawn:
        played = await room.played(min(state.teams))
        room.drawn.clear()
        room.drawn[key] = room.pool.submit(draw, teams, played, shown, lucks)
    charts: tuple[Chart, ...] = await value_of(room.drawn[key])
    return charts


async def events(request: Request) -> Response:
    """The projector's stream."""
    _room(request)
    return stream(request, request.app.state.hub, "projector")


async def now(request: Request) -> Response:
    """What the stream would have news last, for a page that has none."""
    return JSONResponse(news(_room(request), "projector"))


def qr(address: str) -> Markup:
    """A QR code as an image inside the page."""
    made = segno.make(address, error="m")
    return Markup(made.svg_inline(scale=6, border=2, dark="#000", light="#fff", omitsize=True, svgclass="qr"))
