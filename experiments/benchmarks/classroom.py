"""How fast a classroom answers: a year of ten teams, and a push to sixty pages.

    python experiments/benchmarks/classroom.py

Ten bots play a decade in each mode, with two workers; a year's time is from the facilitator's button to the moment
when every team's numbers are there. Then sixty pages listen while one thing after another changes; a push's time is
from the change to the arrival of its message. Both go through the real server, on the real network stack.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx
import uvicorn

from matsim.scenario.find import load_scenario
from matsim.web.app import _Server, bind
from matsim.web.classroom import folders
from matsim.web.classroom.app import classroom
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import play
from matsim.web.jobs import JobPool
from matsim.web.security import site_for

PAGES, CHANGES = 60, 40


async def decade(mode: str, pool: JobPool, folder: Path) -> list[float]:
    """Seconds of each year of a session that ten bots play alone."""
    folders.create(folder, load_scenario("area-300"), mode=mode)
    room = folders.open_room(folder, pool)
    for _ in range(room.state.setup.seats):
        room.add_bot()
    uids = sorted(set(room.state.setup.trusts))
    warm = [pool.submit(play, room.base, 0, uids) for _ in range(2)]  # as the server does when it starts
    await asyncio.gather(*(asyncio.wrap_future(job.future) for job in warm))
    await room.start()
    taken = []
    while not room.state.finished:
        begun = perf_counter()
        await room.advance()
        taken.append(perf_counter() - begun)
    return taken


@contextmanager
def serving(folder: Path, pool: JobPool) -> Iterator[tuple[Room, str]]:
    """A classroom on a free port."""
    folders.create(folder, load_scenario("area-300"))
    room = folders.open_room(folder, pool)
    opened = bind("127.0.0.1", 0)
    port = opened.getsockname()[1]
    site = site_for("classroom", "127.0.0.1", port, secret=bytes.fromhex(room.keys["secret"]))
    app = classroom(site, room, pool)
    started = threading.Event()
    config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    server = _Server(config, app.state.hub, started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    started.wait()
    try:
        yield room, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def pushes(room: Room, origin: str) -> list[float]:
    """Seconds from a change to its message, for every page and change."""
    changed: dict[int, float] = {}
    taken: list[float] = []
    ready = asyncio.Semaphore(0)
    address = f"{origin}/projector/{room.keys['projector']}/events"
    limits = httpx.Limits(max_connections=PAGES + 5)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:

        async def listen() -> None:
            async with client.stream("GET", address) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("retry"):
                        ready.release()
                    elif line.startswith("data: "):
                        now, version = perf_counter(), json.loads(line[6:])["version"]
                        if version in changed:
                            taken.append(now - changed[version])

        pages = [asyncio.create_task(listen()) for _ in range(PAGES)]
        for _ in range(PAGES):
            await ready.acquire()
        for number in range(CHANGES):
            begun = perf_counter()
            # the version is the room's next: known once the change is written down, before any page can hear of it
            room.do("show", what="league", shown=number % 2 == 0)
            changed[room.version] = begun
            await asyncio.sleep(0.1)
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    return taken


def main() -> None:
    """Print what was measured."""
    load = os.getloadavg()[0]
    say = sys.stdout.write
    say(f"load of the machine at the start: {load:.1f} on {os.cpu_count()} cores\n")
    pool = JobPool(2)
    try:
        with tempfile.TemporaryDirectory() as place:
            for mode in ("parallel", "shared"):
                taken = asyncio.run(decade(mode, pool, Path(place) / mode))
                each = " ".join(f"{s:.2f}" for s in taken)
                middle, longest = statistics.median(taken), max(taken)
                say(f"{mode}: a year of ten teams, seconds: {each} (median {middle:.2f}, longest {longest:.2f})\n")
            with serving(Path(place) / "served", pool) as (room, origin):
                found = sorted(1000 * s for s in asyncio.run(pushes(room, origin)))
            say(
                f"push to {PAGES} pages, {len(found)} messages: median {statistics.median(found):.1f} ms, "
                f"95% within {found[int(0.95 * len(found))]:.1f} ms\n"
            )
    finally:
        pool.close()


if __name__ == "__main__":
    main()
