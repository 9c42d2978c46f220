"""How fast a classroom answers: a year of ten teams, and a push to sixty pages.

    python experiments/benchmarks/classroom.py > experiments/benchmarks/classroom_output.txt

Ten bots play a decade in each mode, with two workers; a year's time is from the facilitator's button to the moment
when every team's numbers are there. Then sixty pages listen while one thing after another changes; a push's time is
from the change to the arrival of its message. Both go through the real server, on the real network stack.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx
import uvicorn

from matsim.scenario.load import load_scenario
from matsim.web.classroom.app import classroom
from matsim.web.classroom.room import Room, create, open_room
from matsim.web.classroom.rounds import play
from matsim.web.classroom.session import MODES
from matsim.web.jobs import JobPool
from matsim.web.security import site_for
from matsim.web.server import _Server, bind

PAGES, CHANGES = 60, 40
YEAR, PUSH = 3.0, 200.0
"""Targets: seconds of a year, milliseconds of a push (median)."""


async def decade(mode: str, pool: JobPool, folder: Path) -> tuple[int, list[float]]:
    """Teams, and seconds of each year, of a session that bots play alone."""
    create(folder, load_scenario("area-300"), mode=mode)
    room = open_room(folder, pool)
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
    return len(room.state.teams), taken


@contextmanager
def serving(folder: Path, pool: JobPool) -> Iterator[tuple[Room, str]]:
    """A classroom on a free port."""
    create(folder, load_scenario("area-300"))
    room = open_room(folder, pool)
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


def met(taken: float, target: float) -> str:
    """Whether a target was met, in a word or two."""
    return "met" if taken <= target else "NOT met"


def rounds(say: Callable[[str], object], pool: JobPool, place: Path) -> None:
    """The table of years."""
    say("1. A year of a room full of bots: from the facilitator's button to every team's numbers\n\n")
    say("  mode       teams   years   median   longest   seconds of each year\n")
    longest = 0.0
    for mode in MODES:
        teams, taken = asyncio.run(decade(mode, pool, place / mode))
        each = " ".join(f"{s:.2f}" for s in taken)
        longest = max(longest, *taken)
        say(f"  {mode:<9}{teams:>7}{len(taken):>8}{statistics.median(taken):>7.2f} s{max(taken):>8.2f} s   {each}\n")
    say(f"  every year within {YEAR:g} s: {met(longest, YEAR)}\n\n")


def main() -> None:
    """Print what was measured."""
    say = sys.stdout.write
    load = os.getloadavg()[0]
    say(f"Python {platform.python_version()}; {platform.system()}, {os.cpu_count()} cores, two workers; ")
    say(f"load at the start {load:.1f}\n\n")
    pool = JobPool(2)
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            rounds(say, pool, place)
            with serving(place / "served", pool) as (room, origin):
                found = sorted(1000 * s for s in asyncio.run(pushes(room, origin)))
    finally:
        pool.close()
    middle = statistics.median(found)
    say(f"2. A push: from a change to its arrival, {PAGES} pages that listen, {CHANGES} changes\n\n")
    say("  messages   median   95% within\n")
    say(f"  {len(found):>8}{middle:>6.1f} ms{found[int(0.95 * len(found))]:>10.1f} ms\n")
    say(f"  all arrived: {'yes' if len(found) == PAGES * CHANGES else 'NO'}\n")
    say(f"  median within {PUSH:g} ms: {met(middle, PUSH)}\n")


if __name__ == "__main__":
    main()
