"""Who a request comes from, and the first page: join with the room's code, or come back with a team's code.

There are no accounts: a request comes from the facilitator, a team, or nobody yet, and a cookie is remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections import deque
from typing import Any

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.web.classroom.names import misfit
from matsim.web.classroom.room import Room
from matsim.web.classroom.session import COLOURS, Team
from matsim.web.forms import field_of, form
from matsim.web.pages import Templates

SPAN = 60.0
"""Seconds over which wrong codes are counted."""
MOST_WRONG = 10
"""Wrong codes of one device in that time; after them it has to wait."""
MOST_OF_ADDRESS = 300
"""Wrong codes of one address in that time. After them its devices have to queue, and none is shut out: a whole room
may be behind one address, and a guesser may change its cookie with every guess."""
PAUSE = 0.2
"""Seconds that each code of such a queue takes: guessing four letters would take nine hours."""
MOST_QUEUING = 50


class Door:
    """Counts wrong codes, which are short, by device and by address."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}
        self._queues: dict[str, asyncio.Semaphore] = {}
        self._queuing: set[str] = set()

    async def opens(self, request: Request, code: str, right: str) -> bool:
        """Whether a code is right, compared in constant time. HTTPException 429 for a device with too many wrong ones.

        Where the address has too many, the answer takes its turn.
        """
        device, address = request.state.browser, request.client.host if request.client else ""
        # before the code is looked at: of so many guesses a right one must not get through
        if self._count(device) >= MOST_WRONG:
            raise HTTPException(429, "Too many wrong codes from this device. Wait a minute, then try again.")
        if self._count(address) >= MOST_OF_ADDRESS:
            await self._turn(device, address)
        if right and hmac.compare_digest(code.encode(), right.encode()):
            return True
        # an address keeps no more than it takes to know that there are too many
        for who in (device, address):
            self._wrong.setdefault(who, deque(maxlen=MOST_OF_ADDRESS)).append(time.monotonic())
        return False

    def _count(self, who: str) -> int:
        """Wrong codes of late; those of long ago are forgotten, and with them whoever sent them."""
        since = time.monotonic() - SPAN
        for name in [n for n, times in self._wrong.items() if times[-1] < since]:
            del self._wrong[name]
        return sum(t >= since for t in self._wrong.get(who, ()))

    async def _turn(self, device: str, address: str) -> None:
        if device in self._queuing or len(self._queuing) >= MOST_QUEUING:
            raise HTTPException(429, "Many codes are being tried at once. Try again in a moment.")
        self._queuing.add(device)
        try:
            async with self._queues.setdefault(address, asyncio.Semaphore(1)):
                await asyncio.sleep(PAUSE)
        finally:
            self._queuing.discard(device)


def token_fits(token: str, secret: str) -> bool:
    """Whether a link's token is right. It is too long to guess, so wrong ones shut out nobody."""
    return hmac.compare_digest(token.encode(), secret.encode())


def room_of(request: Request) -> Room:
    """The session. HTTPException 404 when it has been deleted."""
    room: Room | None = request.app.state.room
    if room is None:
        raise HTTPException(404, "The session has been deleted. Nothing of it is left.")
    return room


def browser_of(request: Request) -> str:
    """A browser as the log knows it: the digest of its cookie, so that the log opens no door."""
    return hashlib.sha256(request.state.browser.encode()).hexdigest()


def is_host(request: Request) -> bool:
    """Whether the request comes from the facilitator."""
    return browser_of(request) in room_of(request).state.hosts


def host_only(request: Request) -> Room:
    """The session, for its facilitator. HTTPException 403 for anybody else."""
    if not is_host(request):
        raise HTTPException(403, "That is for the facilitator. Their link was printed when the classroom began.")
    return room_of(request)


def team_of(request: Request) -> Team | None:
    """The team of the browser; None where it is in none."""
    state = room_of(request).state
    return state.teams.get(state.devices.get(browser_of(request), 0))


def team_only(request: Request) -> tuple[Room, Team]:
    """The session and the browser's team. HTTPException 403 for a browser that is in none."""
    team = team_of(request)
    if team is None:
        raise HTTPException(403, "Join a team first.")
    return room_of(request), team


templates = Templates("matsim.web.classroom")


async def home(request: Request) -> Response:
    """The way in; who is in already is shown to their place."""
    if request.app.state.room is None:
        return templates.render(request, "deleted.html", others=request.app.state.others)
    room = room_of(request)
    if team_of(request) is not None:
        return RedirectResponse("/team", 303)
    if is_host(request):
        return RedirectResponse("/console", 303)
    return _page(request, request.query_params.get("code", "")[:4], room.state.phase)


def _page(request: Request, code: str, phase: str, problems: list[str] | None = None, status: int = 200) -> Response:
    room = room_of(request)
    taken = {t.colour for t in room.state.teams.values()}
    return templates.render(
        request,
        "join.html",
        status,
        code=code,
        wrong=problems or [],
        colours=list(enumerate(COLOURS)),
        free=next((i for i in range(len(COLOURS)) if i not in taken), 0),
        **dict.fromkeys(("version", "stamp", "phase", "news"), ""),
    )


async def join(request: Request) -> Response:
    """A new team, on this browser."""
    room = room_of(request)
    if team_of(request) is not None:
        return RedirectResponse("/team", 303)
    code = field_of(request, "code", 20).upper()
    problems = []
    if not await request.app.state.door.opens(request, code, room.keys["code"]):
        problems.append("That is not the room’s code: look at the projector.")
    name = " ".join(next(iter(form(request).get("name", ())), "").split())
    if wrong := misfit(name):
        problems.append(wrong)
    colour = whole(field_of(request, "colour", 4))
    if colour is None or colour >= len(COLOURS):
        problems.append("Choose a colour of the list.")
    elif not problems:
        try:
            room.join(name, colour, browser_of(request))
        except InputError as error:
            problems = error.problems
    if problems:
        return _page(request, code[:4], room.state.phase, problems, 422)
    return RedirectResponse("/team", 303)


async def rejoin(request: Request) -> Response:
    """Come back to a team, on whatever device, with the team's own code."""
    room = room_of(request)
    code = field_of(request, "team_code", 20).upper()
    people = [t for t in room.state.teams.values() if not t.bot]
    team = next((t for t in people if hmac.compare_digest(code.encode(), t.code.encode())), None)
    if not await request.app.state.door.opens(request, code, team.code if team else ""):
        return _page(request, "", room.state.phase, ["No team has that code. Ask your facilitator for it."], 422)
    assert team is not None
    room.do("device", team=team.id, browser=browser_of(request))
    return RedirectResponse("/team", 303)


async def leave(request: Request) -> Response:
    """Forget which team this browser is in."""
    room, _ = team_only(request)
    room.do("leave", browser=browser_of(request))
    return RedirectResponse("/", 303)


def joining(request: Request, room: Room) -> dict[str, Any]:
    """What pages say of how to join: the room's code, addresses, and the first of them as a QR code."""
    addresses, code = request.app.state.addresses, room.keys["code"]
    return {"code": code, "addresses": addresses, "qr": _qr(f"{addresses[0]}/?code={code}") if addresses else ""}


def _qr(address: str) -> Markup:
    """A QR code as an image inside the page."""
    code = segno.make(address, error="m")
    return Markup(code.svg_inline(scale=6, border=2, dark="#000", light="#fff", omitsize=True, svgclass="qr"))
