"""`matsim classroom`: a session for a room, on the facilitator's laptop and the teams' own devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.options import HostOption, JsonOption, PortOption, ensure_installed
from matsim.cli.output import show, show_json
from matsim.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matsim.scenario.schema import Scenario


EVERYWHERE = ("0.0.0.0", "::")

IN_USE = "its session is already being played by {who}; use the addresses that it printed, or name another --session"


def classroom(
    world: Annotated[
        str, typer.Option("--world", metavar="SCENARIO", help="World to play in: a scenario file, or a name.")
    ] = "area-300",
    teams: Annotated[
        int, typer.Option("--teams", min=1, max=10, help="Seats for teams; bots may take empty ones.")
    ] = 8,
    bots: Annotated[int, typer.Option("--bots", min=0, max=10, help="Bots that join at once.")] = 0,
    mode: Annotated[
        str, typer.Option("--mode", help="parallel: a world for each team; shared: one market.")
    ] = "parallel",
    years: Annotated[int, typer.Option("--years", min=1, max=20, help="Years to play.")] = 10,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Names the luck of the session.")] = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8700,
    session: Annotated[
        Path, typer.Option("--session", metavar="DIR", help="Folder of the session: made, or taken up where it was.")
    ] = Path("classroom-session"),
    json: JsonOption = False,
) -> None:
    """Play a simulated decade in a room: teams, rounds, debrief.

    Teams steer trusts; you lead from a console, they join with a code.

    End it with Ctrl-C. The same command takes the session up again, and everybody is where they were.
    """
    ensure_installed("classroom", "segno", "starlette", "uvicorn")
    from matsim.core.lock import locked
    from matsim.web.classroom import storage
    from matsim.web.classroom.app import classroom as application
    from matsim.web.classroom.room import create, open_room
    from matsim.web.classroom.session import MODES
    from matsim.web.jobs import JobPool
    from matsim.web.security import site_for
    from matsim.web.server import bind, serve

    if mode not in MODES:
        raise InputError(f"--mode {mode}", f"should be {' or '.join(MODES)}")
    if bots > teams:
        raise InputError(f"--bots {bots}", f"there are only {teams} seats; give more --teams")
    # before the port: a second server is told of the first, and not to take another port for the same folder
    with locked(session, IN_USE):
        # asked before the session is made, since bots join a new one only
        fresh = not storage.exists(session)
        opened = bind(host, port)
        if fresh:
            create(session, _scenario(world, seed), mode=mode, years=years, teams=teams)
        pool = JobPool(2)
        try:
            room = open_room(session, pool)
            for _ in range(bots if fresh else 0):
                room.add_bot()
            at = opened.getsockname()[1]
            site = site_for("classroom", host, at, secret=bytes.fromhex(room.keys["secret"]))
            addresses = tuple(f"http://{name}:{at}" for name in _names(host))
            app = application(site, room, pool, addresses)
            here = f"http://127.0.0.1:{at}" if host in EVERYWHERE else addresses[0]
            links = {name: f"{here}/{name}/{room.keys[name]}" for name in ("facilitator", "projector")}
            about = {
                "teams": list(addresses),
                "code": room.keys["code"],
                **links,
                "session": str(session),
                "new": fresh,
            }
            serve(app, opened, lambda: show_json("classroom", about) if json else _ready(about))
        finally:
            pool.close()
            opened.close()


def _scenario(world: str, seed: int | None) -> Scenario:
    """The world to play in, with the luck to play with."""
    from matsim.scenario.load import load_scenario

    return load_scenario(world, {} if seed is None else {"run.seed": seed}, "--seed")


def _names(host: str) -> list[str]:
    """What other devices may call this machine, the likeliest first."""
    import socket
    from contextlib import suppress

    if host not in EVERYWHERE:
        return [f"[{host}]" if ":" in host else host]
    names = []
    # a hotspot may have no way out at all, and a machine no name: then what is left must do
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a datagram socket sends nothing by connecting: it only picks a way out
        names.append(probe.getsockname()[0])
    with suppress(OSError):
        names += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    outside = [name for name in dict.fromkeys(names) if not name.startswith("127.")]
    return outside or ["127.0.0.1"]


def _ready(about: Mapping[str, Any]) -> None:
    """What to do now, in the terminal."""
    from io import StringIO

    import segno

    drawn = StringIO()
    segno.make(f"{about['teams'][0]}/?code={about['code']}", error="m").terminal(drawn, compact=True)
    show(f"{'A session begins' if about['new'] else 'The session goes on'} in {about['session']}.\n")
    show(drawn.getvalue())
    show(f"Teams:        {' or '.join(about['teams'])}   code {about['code']}")
    show(f"Facilitator:  {about['facilitator']}   (keep this to yourself)")
    show(f"Projector:    {about['projector']}")
    show("\nCtrl-C ends it; the same command takes it up again.")
