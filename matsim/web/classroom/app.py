"""The classroom's application: its routes, what it tells pages, and what it is started with."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from matsim.web.classroom import console, join, projector, team
from matsim.web.classroom.join import Door, is_host, room_of, team_only
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import play
from matsim.web.classroom.views import news, teller
from matsim.web.jobs import JobPool
from matsim.web.security import Site
from matsim.web.server import make_app
from matsim.web.sse import Hub, stream

PACKAGE = "matsim.web.classroom"


def _topic(request: Request) -> str:
    """What a page of this browser is told of: the facilitator's, or its team's."""
    room_of(request)
    return "console" if is_host(request) else f"team-{team_only(request)[1].id}"


async def events(request: Request) -> Response:
    """The stream of a page: the facilitator's, or that of the browser's team."""
    return stream(request, request.app.state.hub, _topic(request))


async def now(request: Request) -> Response:
    """What the stream would have told last, for a page that has none."""
    return JSONResponse(news(room_of(request), _topic(request)))


ROUTES = (
    Route("/", join.home),
    Route("/join", join.join, methods=["POST"]),
    Route("/rejoin", join.rejoin, methods=["POST"]),
    Route("/leave", join.leave, methods=["POST"]),
    Route("/events", events),
    Route("/now", now),
    Route("/team", team.page),
    Route("/team/decide", team.decide, methods=["POST"]),
    Route("/team/reopen", team.reopen, methods=["POST"]),
    Route("/team/figures", team.figures),
    Route("/team/debrief", team.debrief),
    Route("/team/otherwise", team.what_if, methods=["POST"]),
    Route("/team/pack", team.pack),
    Route("/facilitator/{token}", console.enter),
    Route("/console", console.page),
    Route("/console/act", console.act, methods=["POST"]),
    Route("/console/pack/{team:int}", console.pack),
    Route("/projector/{token}", projector.page),
    Route("/projector/{token}/events", projector.events),
    Route("/projector/{token}/now", projector.now),
)


def classroom(site: Site, room: Room, pool: JobPool, addresses: tuple[str, ...] = ()) -> Starlette:
    """The application for one session. `addresses` are what teams may type, the best first."""
    # pages come back for the whole state, so only the last word about it is worth keeping
    hub = Hub(keep=1)
    app = make_app(site, ROUTES, PACKAGE, hub)
    app.state.room, app.state.door, app.state.addresses, app.state.others = room, Door(), addresses, False

    room.changed = teller(room, hub)
    for _ in range(2):  # both workers import the model and build the world before anybody waits for them
        uids = sorted(set(room.state.setup.trusts))
        pool.submit(play, room.base, 0, uids)
    return app
