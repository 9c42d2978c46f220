"""The application that explorer and classroom are both made with, and the server that runs it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from matsim.core.errors import InputError
from matsim.web.connections import ACCEPTED, hush, limited, room_for_connections
from matsim.web.pages import handlers, static
from matsim.web.security import Guard, Site
from matsim.web.sse import Hub

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
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"--host {host} --port {port}", f"cannot be used: {told.lower()}; end what uses it, or give another --port"
        ) from error
    return opened


def serve(app: Any, opened: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serve on a bound socket until interrupted; `ready` is called once pages can be asked for."""
    most = room_for_connections()
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
