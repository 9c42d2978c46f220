"""The facilitator's console: everything that runs a session, behind a link with a secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from matsim.core.errors import InputError
from matsim.mechanisms.shocks import Shock
from matsim.scenario.decision_forms import SHOCKS
from matsim.web.classroom import bots, packing
from matsim.web.classroom.buttons import ACTIONS, LONGEST, Sure
from matsim.web.classroom.debrief import MEASURED, SUMMARY, summary
from matsim.web.classroom.identity import browser_of, fits, host_only, room_of
from matsim.web.classroom.projector import qr
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import directory
from matsim.web.classroom.session import MODES
from matsim.web.classroom.views import league, left, lucks_of, school_year, seats, spoken, stamp
from matsim.web.pages import Templates
from matsim.web.security import field_of
from matsim.web.shocks import in_words

templates = Templates("matsim.web.classroom")


async def enter(request: Request) -> Response:
    """The facilitator's link: this browser is theirs from now on."""
    room = room_of(request)
    if not fits(request.path_params["token"], room.keys["facilitator"]):
        raise HTTPException(403, "That link is not this session’s.")
    if browser_of(request) not in room.state.hosts:
        room.do("host", browser=browser_of(request))
    return RedirectResponse("/console", 303)


async def page(request: Request) -> Response:
    """The console."""
    return await _show(request, host_only(request))


async def _show(
    request: Request, room: Room, wrong: tuple[str, ...] = (), status: int = 200, sure: Sure | None = None
) -> Response:
    state, version = room.state, room.version  # together: what changes meanwhile is news to this page
    outcomes = await room.outcomes() if state.phase != "lobby" and state.teams else {}
    addresses = request.app.state.addresses
    places = [(f"trust:{o.uid}", o.name) for o in {o.uid: o for o in outcomes.values()}.values()]
    places += [(f"school:{m.urn}", f"{m.name} ({m.grade})") for o in outcomes.values() for m in o.members]
    return templates.render(
        request,
        "console.html",
        status,
        state=state,
        code=room.keys["code"],
        addresses=addresses,
        qr=qr(f"{addresses[0]}/?code={room.keys['code']}") if addresses else "",
        projector=f"/projector/{room.keys['projector']}",
        seats=seats(state),
        modes=MODES,
        kinds=bots.NAMES,
        trusts=directory(room.base),
        shocks=SHOCKS,
        places=list(dict(places).items()),
        league=league(state, outcomes),
        measured=MEASURED,
        progress=room.replays.progress,
        replayed=bool(room.replays.lucks),
        contests=room.replays.contests.get("outcome", {}),
        lucks=[(name, summary(luck)) for name, _, luck in lucks_of(state, room.replays.lucks)],
        luck_heads=SUMMARY,
        struck=[
            in_words(Shock(**shock), dict(_named(places, "trust")), dict(_named(places, "school")))
            for shock in state.shocks
        ],
        wrong=wrong,
        sure=sure,
        news=spoken(state),
        place="",
        stamp=stamp(state),
        phase=stamp(state),
        version=version,
        left=left(state),
        school_year=school_year,
        longest=LONGEST,
    )


async def act(request: Request) -> Response:
    """One of the console's buttons."""
    room = host_only(request)
    action = ACTIONS.get(field_of(request, "act", 20))
    if action is None:
        raise HTTPException(422, "There is no such button.")
    try:
        asked = await action(request, room)
    except InputError as error:
        return await _show(request, room, tuple(error.problems), 422)
    if asked is not None:
        return await _show(request, room, sure=asked)
    if request.app.state.room is None:
        return templates.render(request, "deleted.html", others=request.app.state.others)
    return RedirectResponse("/console", 303)


async def pack(request: Request) -> Response:
    """A team's pack."""
    room = host_only(request)
    team = request.path_params["team"]
    if team not in room.state.teams or not room.state.played:
        raise HTTPException(404)
    return await packing.download(room, team)


def _named(places: Sequence[tuple[str, str]], what: str) -> Iterator[tuple[int, str]]:
    """Numbers and names of the trusts or schools in a list of places."""
    return ((int(value.partition(":")[2]), title) for value, title in places if value.startswith(what))
