"""A classroom in this process, or as a program of its own that tests may kill and start again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser
from support.serving import serving

from browser.watch import Tab, axe, tab
from matsim.scenario.load import load_scenario
from matsim.web.classroom.app import classroom
from matsim.web.classroom.room import create, open_room
from matsim.web.jobs import JobPool
from matsim.web.security import site_for
from matsim.web.server import bind

WAIT = 90_000
"""Milliseconds that a page may take where the machine is busy."""


@dataclass(frozen=True)
class Room:
    """A room's addresses with their secrets, and its code."""

    origin: str
    code: str
    facilitator: str
    projector: str


@contextmanager
def hosted(folder: Path, pool: JobPool, years: int = 10, bots: int = 0) -> Iterator[Room]:
    """A classroom as `matsim classroom` makes one, in this process and with workers that other tests have used too."""
    create(folder, load_scenario("area-300"), years=years, teams=8)
    room = open_room(folder, pool)
    for _ in range(bots):
        room.add_bot()
    opened = bind("127.0.0.1", 0)
    port = opened.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    site = site_for("classroom", "127.0.0.1", port, secret=bytes.fromhex(room.keys["secret"]))
    links = (f"{origin}/{name}/{room.keys[name]}" for name in ("facilitator", "projector"))
    with serving(classroom(site, room, pool, (origin,)), opened):
        yield Room(origin, room.keys["code"], *links)


class Served:
    """The server and what it printed: addresses with their secrets, and the room's code."""

    def __init__(self, session: Path, *more: str, port: int = 0) -> None:
        self.words = [sys.executable, "-m", "matsim", "classroom", "--session", str(session), *more]
        self.port = port
        self.start()

    def start(self) -> None:
        """Start, on the same port as before."""
        words = [*self.words, "--port", str(self.port)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"(http://\S+:(\d+))/facilitator/\S+", said)
        assert found, said
        self.facilitator, self.origin, self.port = found[0], found[1], int(found[2])
        self.projector = re.search(r"http://\S+/projector/\S+", said)[0]  # type: ignore[index]
        self.code = re.search(r"code (\w{4})", said)[1]  # type: ignore[index]

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        """Wait until it is gone."""
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def served(session: Path, *more: str) -> Iterator[Served]:
    """A classroom that is ended afterwards."""
    made = Served(session, *more)
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGINT)
        made.end()


@contextmanager
def opened(browser: Browser, sizes: list[tuple[int, int]]) -> Iterator[list[Tab]]:
    """Several watched tabs, each a browser of its own with its own cookies."""
    made = []
    for width, height in sizes:
        one = tab(browser, width, height)
        made.append((one, one.__enter__()))
        made[-1][1].page.set_default_timeout(WAIT)
    try:
        yield [watched for _, watched in made]
    finally:
        for one, _ in reversed(made):
            one.__exit__(None, None, None)


def join(watched: Tab, room: Room | Served, name: str) -> None:
    """Join as a team, as a person does: the address of the QR code, a name, a button."""
    page = watched.page
    page.goto(f"{room.origin}/?code={room.code}")
    page.get_by_label("Your team’s name").fill(name)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name=f"You are in, {name}").wait_for()


def press(watched: Tab, name: str) -> None:
    """A button by its name."""
    watched.page.get_by_role("button", name=name, exact=True).click()


def well(watched: Tab, width: int) -> None:
    """Assert that axe finds nothing, that nothing complained, that nothing was asked of the outside, that it fits."""
    assert axe(watched.page) == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    watched.clean()


AWAY = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET")


def away(watched: Tab) -> None:
    """Wait until a page listens again after its server was away, and forget that it said so; nothing else."""
    watched.page.wait_for_timeout(3000)
    watched.errors[:] = [text for text in watched.errors if not any(word in text for word in AWAY)]
