"""Who a request comes from: the facilitator, a team, or nobody yet. There are no accounts; a cookie is remembered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections import deque

from starlette.exceptions import HTTPException
from starlette.requests import Request

from matsim.web.classroom.room import Room
from matsim.web.classroom.session import Team

SPAN = 60.0
"""Seconds over which wrong codes are counted."""
MOST_WRONG = 10
"""Wrong codes of one device in that time; after them it has to wait."""
MOST_TOGETHER = 300
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

    async def opens(self, request: Request, given: str, right: str) -> bool:
        """Whether a code is right, compared in constant time. HTTPException 429 for a device with too many wrong ones.

        Where the address has too many, the answer takes its turn.
        """
        device, address = request.state.browser, request.client.host if request.client else ""
        if self._count(device) >= MOST_WRONG:
            raise HTTPException(429, "Too many wrong codes from this device. Wait a minute, then try again.")
        if self._count(address) >= MOST_TOGETHER:
            await self._turn(device, address)
        if right and hmac.compare_digest(given.encode(), right.encode()):
            return True
        for who in (device, address):
            self._wrong.setdefault(who, deque(maxlen=MOST_TOGETHER)).append(time.monotonic())
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


def fits(token: str, secret: str) -> bool:
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
