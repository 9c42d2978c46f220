"""The facilitator's console: everything that runs a session, behind a link with a secret in it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from matsim.directed import SHOCKS
from matsim.errors import InputError
from matsim.mechanisms.shocks import LASTING, SIZED, Shock
from matsim.reading import whole
from matsim.scenario.fitting import misfits
from matsim.scenario.load import from_tables, override
from matsim.web.classroom import bots, packing
from matsim.web.classroom.debrief import MEASURED, SUMMARY, summary
from matsim.web.classroom.folders import trusts_for
from matsim.web.classroom.projector import qr
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import directory, world_of
from matsim.web.classroom.seats import browser_of, fits, host_only, room_of
from matsim.web.classroom.session import MODES, MOST_TEAMS, SHOWN
from matsim.web.classroom.showing import league, left, lucks_of, school_year, seats, stamp
from matsim.web.pages import Templates
from matsim.web.security import field_of
from matsim.web.shocks import in_words

templates = Templates("matsim.web.classroom")

LONGEST = 20
"""Years that a session may have."""


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


async def _show(request: Request, room: Room, wrong: tuple[str, ...] = (), status: int = 200) -> Response:
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
    action = _ACTIONS.get(field_of(request, "act", 20))
    if action is None:
        raise HTTPException(422, "There is no such button.")
    try:
        await action(request, room)
    except InputError as error:
        return await _show(request, room, tuple(error.problems), 422)
    if request.app.state.room is None:
        return templates.render(request, "deleted.html")
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


def _whole(request: Request, name: str, title: str, low: int, high: int) -> int:
    text = field_of(request, name, 12)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise InputError(name, f"{title}: should be a whole number from {low} to {high}.")
    return int(text)


async def _setup(request: Request, room: Room) -> None:
    mode = field_of(request, "mode", 10)
    if mode not in MODES:
        raise InputError("mode", "Choose parallel worlds or a shared market.")
    years = _whole(request, "years", "Years", 1, LONGEST)
    seed = _whole(request, "seed", "Luck", 0, 1_000_000)
    seats = _whole(request, "seats", "Seats", 1, MOST_TEAMS)
    uids = trusts_for(room.base, mode, seats)
    if mode == "parallel" and field_of(request, "trust", 12):
        uids = (_whole(request, "trust", "Trust", 1, 999_999_999),)
        if uids[0] not in directory(room.base):
            raise InputError("trust", "Choose a trust of the list.")
    seats = seats if mode == "parallel" else min(seats, len(uids))
    if max(room.state.teams, default=0) > seats:
        raise InputError("seats", f"That gives {seats} seats, too few for the teams that are in.")
    first = room.state.setup.first
    room.do("setup", mode=mode, seed=seed, first=first, years=years, trusts=list(uids), seats=seats)


async def _bot(request: Request, room: Room) -> None:
    room.add_bot()
    await room.seat_bots()


async def _seat(request: Request, room: Room) -> None:
    team = _team(request, room)
    kind = field_of(request, "bot", 20)
    if kind and kind not in bots.NAMES:
        raise InputError("bot", "Choose a bot of the list.")
    room.do("seat", team=team, bot=kind)
    await room.seat_bots()


async def _remove(request: Request, room: Room) -> None:
    room.do("remove", team=_team(request, room))


def _team(request: Request, room: Room) -> int:
    team = _whole(request, "team", "Team", 1, 1000)
    if team not in room.state.teams:
        raise InputError("team", "There is no such team.")
    return team


async def _start(request: Request, room: Room) -> None:
    await room.start()


async def _lock(request: Request, room: Room) -> None:
    room.do("lock", locked=field_of(request, "locked", 1) == "1")


async def _advance(request: Request, room: Room) -> None:
    await room.advance()


async def _undo(request: Request, room: Room) -> None:
    _not_now(room)
    room.do("undo")
    await room.seat_bots()


async def _repeat(request: Request, room: Room) -> None:
    _not_now(room)
    room.do("repeat", year=_whole(request, "year", "Year", 1990, 2100))
    await room.seat_bots()


def _not_now(room: Room) -> None:
    if room.busy:
        raise InputError("busy", "A year is being worked out; wait a moment.")


async def _timer(request: Request, room: Room) -> None:
    minutes = _whole(request, "minutes", "Minutes", 0, 120)
    room.do("timer", until=round(time.time() + 60 * minutes, 3) if minutes else 0.0)


async def _show_hide(request: Request, room: Room) -> None:
    what = field_of(request, "what", 10)
    if what not in SHOWN:
        raise InputError("what", "There is nothing of that name to show.")
    room.do("show", what=what, shown=field_of(request, "shown", 1) == "1")


async def _shock(request: Request, room: Room) -> None:
    state = room.state
    if state.finished:
        raise InputError("shock", "There is no year left for a shock.")
    kind, place = field_of(request, "kind", 40), field_of(request, "place", 30)
    shock: dict[str, Any] = {"year": state.year, "kind": kind}
    if kind in SIZED:
        shock["size"] = _whole(request, "size", "Size in percent", 1, 50) / 100
    if kind in LASTING:
        shock["years"] = _whole(request, "years", "Years", 1, 10)
    what, _, number = place.partition(":")
    if place:
        if what not in ("trust", "school") or whole(number) is None:
            raise InputError("place", "Where: choose a place of the list.")
        shock[what] = int(number)
    from_tables(shock, Shock, "shock")
    scenario = override(room.base, {"shocks": [shock]}, "shock")
    if found := misfits(scenario, world_of(room.base)):
        raise InputError("shock", found)
    room.do("shock", shock=shock)


async def _unshock(request: Request, room: Room) -> None:
    room.do("unshock", place=_whole(request, "place", "Shock", 0, 1000))


async def _replay(request: Request, room: Room) -> None:
    room.begin_replays()


async def _over(request: Request, room: Room) -> None:
    if not room.state.played:
        raise InputError("over", "Play at least one year first.")
    room.do("over")
    room.begin_replays()


async def _delete(request: Request, room: Room) -> None:
    if field_of(request, "sure", 3) != "yes":
        raise InputError("delete", "Tick the box to say that you are sure: a deleted session cannot be had again.")
    room.delete()
    request.app.state.room = None
    hub = request.app.state.hub
    for topic in ("console", "projector", *(f"team-{t}" for t in room.state.teams)):
        hub.publish(topic, "gone", {})  # pages that still show the session leave it
        hub.forget(topic)


_ACTIONS: dict[str, Callable[[Request, Room], Awaitable[None]]] = {
    "setup": _setup,
    "bot": _bot,
    "seat": _seat,
    "remove": _remove,
    "start": _start,
    "lock": _lock,
    "advance": _advance,
    "undo": _undo,
    "repeat": _repeat,
    "timer": _timer,
    "show": _show_hide,
    "shock": _shock,
    "unshock": _unshock,
    "replay": _replay,
    "over": _over,
    "delete": _delete,
}
