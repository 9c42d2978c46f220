"""The facilitator's console: its page, and what each of its buttons does and asks before it deletes anything."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.mechanisms.shocks import LASTING, SIZED, Shock
from matsim.scenario.decision_forms import SHOCKS
from matsim.scenario.fitting import misfits
from matsim.scenario.load import override
from matsim.simulation.simulate import world_of
from matsim.web.classroom import bots
from matsim.web.classroom.debrief import MEASURED, SUMMARY, summary
from matsim.web.classroom.join import browser_of, host_only, joining, room_of, token_fits
from matsim.web.classroom.pack import download
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import directory, trusts_for
from matsim.web.classroom.session import MODES, MOST_TEAMS, SHOWN, State
from matsim.web.classroom.views import frame, league, lucks_of, seats, stamp
from matsim.web.forms import field_of, in_words, names_in
from matsim.web.pages import Templates
from matsim.words.amounts import academic

LONGEST = 20
"""Years that a session may have."""


@dataclass(frozen=True)
class Sure:
    """What a button asks before it deletes: its action with the action's fields, and what would be lost."""

    title: str
    act: str
    fields: Mapping[str, str]
    lost: tuple[str, ...]

    @property
    def mark(self) -> str:
        """A digest of what was asked: saying yes counts only for that."""
        return hashlib.sha256(json.dumps([self.act, dict(self.fields), self.lost]).encode()).hexdigest()[:16]


def _unsure(request: Request, title: str, act: str, fields: Mapping[str, str], lost: Iterable[str]) -> Sure | None:
    """What to ask before something is deleted; None where nothing is, or where yes has been said to just this."""
    question = Sure(title, act, fields, tuple(lost))
    return question if question.lost and field_of(request, "sure", 16) != question.mark else None


def _whole(request: Request, name: str, title: str, low: int, high: int) -> int:
    number = whole(field_of(request, name, 12))
    if number is None or not low <= number <= high:
        raise InputError(name, f"{title}: should be a whole number from {low} to {high}.")
    return number


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


async def _seat(request: Request, room: Room) -> Sure | None:
    team = _team(request, room)
    kind = field_of(request, "bot", 20)
    if kind and kind not in bots.NAMES:
        raise InputError("bot", "Choose a bot of the list.")
    state = room.state
    turn, name = state.turn(team, state.year), state.teams[team].name
    if kind and not turn.done and (turn.choices or turn.predictions):
        lost = [f"what {name} has saved for {academic(state.year)} and not yet decided"]
        if sure := _unsure(request, f"Let a bot play for {name}", "seat", {"team": str(team), "bot": kind}, lost):
            return sure
    room.do("seat", team=team, bot=kind)
    await room.seat_bots()
    return None


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
    _this_year(request, room)
    await room.advance()


async def _undo(request: Request, room: Room) -> None:
    _not_now(room)
    _this_year(request, room)
    room.do("undo")
    await room.seat_bots()


async def _repeat(request: Request, room: Room) -> Sure | None:
    _not_now(room)
    year = _whole(request, "year", "Year", 1990, 2100)
    title = f"Repeat {academic(year)}"
    if sure := _unsure(request, title, "repeat", {"year": str(year)}, _lost(room.state, year)):
        return sure
    room.do("repeat", year=year)
    await room.seat_bots()
    return None


def _lost(state: State, year: int) -> Iterator[str]:
    """What repeating a year deletes: decisions and predictions of that year and later, and later shocks."""
    for number, team in state.teams.items():
        years = [
            y
            for (t, y), turn in sorted(state.turns.items())
            if t == number and y >= year and (turn.choices or turn.predictions or turn.done)
        ]
        if years:
            yield f"what {team.name} decided and predicted for {', '.join(map(academic, years))}"
    for shock in state.shocks:
        if shock["year"] > year:
            yield f"the shock of {academic(shock['year'])}: {shock['kind']}"


def _this_year(request: Request, room: Room) -> None:
    """InputError when the button was pressed on a page of another year: a second press plays no second year."""
    shown = field_of(request, "year", 4)
    if shown and shown != str(room.state.year):
        raise InputError("year", "The year has moved on already; here is the page as it is now.")


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
        shock[what] = whole(number)
    shape = next((s for s in SHOCKS if s.key == kind), None)
    if shape is None:
        raise InputError("shock", "What happens: choose a shock of the list.")
    if what not in shape.where:
        able = " or ".join(f"a {name}" for name in ("trust", "school") if name in shape.where) or "everywhere"
        raise InputError("shock", f"Where: the shock “{kind}” strikes {able}: choose that.")
    scenario = override(room.base, {"shocks": [shock]}, "shock")
    if misfits(scenario, world_of(room.base)):
        raise InputError("shock", "Where: that is no place of this world; choose one of the list.")
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
    request.app.state.others = not room.delete()
    request.app.state.room = None
    hub = request.app.state.hub
    for topic in ("console", "projector", *(f"team-{t}" for t in room.state.teams)):
        hub.publish(topic, "gone", {})  # pages that still show the session leave it
        hub.forget(topic)


ACTIONS: dict[str, Callable[[Request, Room], Awaitable[Sure | None]]] = {
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


templates = Templates("matsim.web.classroom")


async def enter(request: Request) -> Response:
    """The facilitator's link: this browser is theirs from now on."""
    room = room_of(request)
    if not token_fits(request.path_params["token"], room.keys["facilitator"]):
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
    state = room.state
    values = frame(state, room.version, stamp(state))
    outcomes = await room.outcomes() if state.phase != "lobby" and state.teams else {}
    places = [(f"trust:{o.uid}", o.name) for o in {o.uid: o for o in outcomes.values()}.values()]
    places += [(f"school:{m.urn}", f"{m.name} ({m.grade})") for o in outcomes.values() for m in o.members]
    return templates.render(
        request,
        "console.html",
        status,
        **values,
        **joining(request, room),
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
        struck=[in_words(Shock(**shock), names_in(world_of(room.base))) for shock in state.shocks],
        wrong=wrong,
        sure=sure,
        longest=LONGEST,
    )


async def act(request: Request) -> Response:
    """One of the console's buttons."""
    room = host_only(request)
    action = ACTIONS.get(field_of(request, "act", 20))
    if action is None:
        raise HTTPException(422, "There is no such button.")
    try:
        question = await action(request, room)
    except InputError as error:
        return await _show(request, room, tuple(error.problems), 422)
    if question is not None:
        return await _show(request, room, sure=question)
    if request.app.state.room is None:
        return templates.render(request, "deleted.html", others=request.app.state.others)
    return RedirectResponse("/console", 303)


async def pack(request: Request) -> Response:
    """A team's pack."""
    room = host_only(request)
    team = request.path_params["team"]
    if team not in room.state.teams or not room.state.played:
        raise HTTPException(404)
    return await download(room, team)
