"""The classroom's application: its routes, what it tells pages, and what it is started with."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from matsim.web.app import make_app
from matsim.web.classroom import console, joining, projector, team
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import play
from matsim.web.classroom.seats import Door, is_host, room_of, team_only
from matsim.web.classroom.session import State
from matsim.web.classroom.showing import projector_stamp, stamp, team_stamp
from matsim.web.jobs import JobPool
from matsim.web.security import Site
from matsim.web.sse import Hub, stream

PACKAGE = "matsim.web.classroom"


async def events(request: Request) -> Response:
    """The stream of a page: the facilitator's, or that of the browser's team."""
    room_of(request)
    topic = "console" if is_host(request) else f"team-{team_only(request)[1].id}"
    return stream(request, request.app.state.hub, topic)


ROUTES = (
    Route("/", joining.home),
    Route("/join", joining.join, methods=["POST"]),
    Route("/rejoin", joining.rejoin, methods=["POST"]),
    Route("/leave", joining.leave, methods=["POST"]),
    Route("/events", events),
    Route("/team", team.page),
    Route("/team/decide", team.decide, methods=["POST"]),
    Route("/team/reopen", team.reopen, methods=["POST"]),
    Route("/team/figures", team.figures),
    Route("/team/debrief", team.debrief),
    Route("/team/otherwise", team.otherwise, methods=["POST"]),
    Route("/team/pack", team.pack),
    Route("/facilitator/{token}", console.enter),
    Route("/console", console.page),
    Route("/console/act", console.act, methods=["POST"]),
    Route("/console/pack/{team:int}", console.pack),
    Route("/projector/{token}", projector.page),
    Route("/projector/{token}/events", projector.events),
)


def classroom(site: Site, room: Room, pool: JobPool, addresses: tuple[str, ...] = ()) -> Starlette:
    """The application for one session. `addresses` are what teams may type, the best first."""
    hub = Hub(keep=1)
    app = make_app(site, ROUTES, PACKAGE, hub)
    app.state.room, app.state.door, app.state.addresses = room, Door(), addresses

    told: dict[int, object] = {}

    def tell(state: State) -> None:
        """Pages hear that something changed; a team's only where it concerns the team."""
        phase = stamp(state)
        hub.publish("console", "changed", {"version": room.version, "stamp": phase, "phase": phase})
        hub.publish(
            "projector",
            "changed",
            {"version": room.version, "stamp": projector_stamp(state, bool(room.replays.lucks)), "phase": phase},
        )
        for number in state.teams:
            own = team_stamp(state, number)
            if told.get(number) != (concern := (own, state.timer, room.replays.progress, bool(room.replays.lucks))):
                told[number] = concern
                hub.publish(f"team-{number}", "changed", {"version": room.version, "stamp": own, "phase": phase})

    room.changed = tell
    for _ in range(2):  # both workers import the model and build the world before anybody waits for them
        uids = sorted(set(room.state.setup.trusts))
        pool.submit(play, room.base, 0, uids)
    return app
