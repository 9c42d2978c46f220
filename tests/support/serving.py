"""An application served from a thread of this process: no new interpreter has to import the model for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from matsim.web.server import _Server, limited, room_for_connections
from support.waiting import PATIENCE


@contextmanager
def serving(app: Starlette, opened: socket.socket) -> Iterator[None]:
    """Serve on a bound socket, with the connections that `matsim.web.server.serve` makes, until the block ends."""
    config = uvicorn.Config(
        app,
        http=limited(room_for_connections()),
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    started = threading.Event()
    server = _Server(config, app.state.hub, started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    try:
        assert started.wait(PATIENCE)
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        opened.close()
