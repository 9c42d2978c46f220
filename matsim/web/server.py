"""The application that explorer and classroom are both made with, the server that runs it, and its connections.

How many connections there are, and how long each is waited for: nobody's idle ones shut out the others. Telephones
and some laptops give a program 256 files, and a connection is one of them. So connections that ask nothing are closed
after a while, at once where others need the room; and half a request, or an answer that nobody takes, has its time too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from matsim.core.errors import InputError
from matsim.web.pages import handlers, static
from matsim.web.security import Guard, Site
from matsim.web.sse import Hub

ACCEPTED = 16
"""Connections that the loop takes on at a time: some batches may be on their way before the first is counted."""
RESERVED = 96
"""Files kept for everything else: batches on their way, the session's files, pipes to workers."""
MOST, LEAST = 600, 16
WANTED = 4096
"""Files to ask the system for, where it lets us."""
PATIENCE = 20.0
"""Seconds for a whole request to come, from the connection's opening or the answer before."""
STUCK = 30.0
"""Seconds for a reader to take what waits for it."""
QUIET = 60.0
"""Seconds between two words to the terminal of the same kind of trouble."""

_log = logging.getLogger("matsim.web")


def room_for_connections() -> int:
    """How many connections there is room for, after asking the system for more files than it gives at first."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(min(soft - _open_files() - RESERVED, MOST), LEAST)


def _open_files() -> int:
    try:
        return len(os.listdir("/dev/fd"))
    except OSError:
        return 64


class Connection(H11Protocol):
    """One connection, which waits for nobody for ever. Make a class of it with `limited`."""

    most = MOST
    _wait: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it on; where there are too many, an idle one goes, or this one."""
        super().connection_made(transport)
        self.since = self.loop.time()
        self._await_request()
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget its times."""
        self._wait = _end(self._wait)
        self._stuck = _end(self._stuck)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Its time is over when the request is whole, and not when a part of it comes."""
        super().data_received(data)
        self._await_request()

    def on_response_complete(self) -> None:
        """From now on it is idle."""
        self.since = self.loop.time()
        super().on_response_complete()
        self._wait = _end(self._wait)
        self._await_request()

    def pause_writing(self) -> None:
        """The reader is slow."""
        super().pause_writing()
        self._stuck = self._stuck or self.loop.call_later(STUCK, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has taken what there was."""
        super().resume_writing()
        self._stuck = _end(self._stuck)

    @property
    def idle(self) -> bool:
        """Whether no answer is being made for it."""
        return self.cycle is None or self.cycle.response_complete

    def _await_request(self) -> None:
        if str(self.conn.their_state) in ("IDLE", "SEND_BODY") and not self.transport.is_closing():
            # a running timer is kept: bytes that trickle in one by one do not win a connection more time
            self._wait = self._wait or self.loop.call_later(PATIENCE, self.transport.abort)
        else:
            self._wait = _end(self._wait)

    def _make_room(self) -> None:
        """Close an idle connection: of the address with the most, the one that has been idle longest."""
        others: list[Any] = [c for c in self.connections if isinstance(c, Connection) and c is not self]
        # by address first, so that one device with many connections pays for them, and not the quiet ones
        crowd = Counter(_address(c) for c in others)
        idle = [c for c in others if c.idle and not c.transport.is_closing()]
        closing = min(idle, key=lambda c: (-crowd[_address(c)], c.since), default=self)
        closing.transport.abort()


def limited(most: int) -> type[Connection]:
    """A class of connections of which there are at most so many."""
    return type("LimitedConnection", (Connection,), {"most": most})


def _address(connection: H11Protocol) -> str:
    return connection.client[0] if connection.client else ""


def _end(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stop a timer; gives the none that stands in its place."""
    if timer is not None:
        timer.cancel()
    return None


def hush() -> None:
    """Have the running loop tell the terminal of the network's troubles in one line a minute and no traceback."""
    last_logged: dict[str, float] = {}

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError):
            loop.default_exception_handler(context)
            return
        words = os.strerror(error.errno).lower() if error.errno else str(error)
        if monotonic() - last_logged.get(words, -QUIET) >= QUIET:
            last_logged[words] = monotonic()
            _log.warning("a connection failed: %s", words)

    asyncio.get_running_loop().set_exception_handler(handler)


QUEUE = 256
"""Connections that may wait for the loop to take them on."""


def make_app(
    site: Site, routes: Sequence[BaseRoute], package: str, hub: Hub, closing: Callable[[], None] | None = None
) -> Starlette:
    """An application behind the guard, with the shared pages. `package` holds its templates, over the shared ones.

    `hub` is at `app.state.hub`; `closing` is called when the server ends.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hub.start()
        hush()
        yield
        hub.close()
        if closing is not None:
            closing()

    shared = [Route("/static/{version}/{name}", static), Route("/refused", refused)]
    app = Starlette(
        routes=[*shared, *routes],
        middleware=[Middleware(Guard, site=site)],
        exception_handlers=handlers(package),
        lifespan=lifespan,
    )
    app.state.hub, app.state.site = hub, site
    return app


async def refused(request: Request) -> Response:
    """Where the guard sends what it refuses."""
    raise request.state.refused or HTTPException(404)


class _Server(uvicorn.Server):
    """Ends its streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, hub: Hub, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._hub, self._ready = hub, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        for opened in sockets or ():
            opened.listen(QUEUE)  # more may wait than are taken on at a time
        if self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first."""
        self._hub.close()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """A socket for the server; port 0 picks a free one. InputError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        opened.close()
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"--host {host} --port {port}", f"cannot be used: {why.lower()}; end what uses it, or give another --port"
        ) from error
    return opened


def serve(app: Any, opened: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serve on a bound socket until interrupted; `ready` is called once pages can be asked for."""
    most = room_for_connections()
    # a stream holds its connection for good: streams alone must not use up all there are
    app.state.hub.most = min(app.state.hub.most, most // 2)  # the others are for pages, and for asking
    config = uvicorn.Config(
        app,
        http=limited(most),
        ws="none",
        backlog=ACCEPTED,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    with suppress(KeyboardInterrupt):  # raised once more after everything is closed: it is how a server is ended
        _Server(config, app.state.hub, ready).run(sockets=[opened])
