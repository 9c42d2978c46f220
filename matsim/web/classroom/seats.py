"""Who a request comes from: the facilitator, a team, or nobody yet. There are no accounts; a cookie is remembered."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque

from starlette.exceptions import HTTPException
from starlette.requests import Request

from matsim.web.classroom.room import Room
from matsim.web.classroom.session import Team

MOST_WRONG, SPAN = 30, 60.0
"""Wrong codes that the whole room may send in so many seconds: guessing four letters would take days."""


class Door:
    """Counts wrong codes, of everybody together: they are short."""

    def __init__(self) -> None:
        self._wrong: deque[float] = deque(maxlen=MOST_WRONG)

    def opens(self, given: str, right: str) -> bool:
        """Whether a code is right, compared in constant time. HTTPException 429 after too many wrong ones."""
        now = time.monotonic()
        if len(self._wrong) == MOST_WRONG and now - self._wrong[0] < SPAN:
            raise HTTPException(429, "Too many wrong codes. Wait a minute, then try again.")
        if right and hmac.compare_digest(given.encode(), right.encode()):
            return True
        self._wrong.append(now)
        return False


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
