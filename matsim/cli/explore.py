"""`matsim explore`: a page on this machine to change a scenario, run it and watch."""

from __future__ import annotations

from typing import Annotated

import typer

from matsim.cli.options import (
    FilesGiven,
    HostOption,
    JsonOption,
    PortOption,
    ensure_installed,
    takes_files,
)
from matsim.cli.output import show, show_json
from matsim.core.errors import InputError


@takes_files
def explore(
    scenario: Annotated[
        str, typer.Argument(help="A scenario to begin with: a file, or a name from 'matsim scenario list'.")
    ] = "area-300",
    files: FilesGiven = None,
    port: PortOption = 8600,
    host: HostOption = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Change, run and compare scenarios in a browser.

    Nothing leaves this machine. The page reads and writes scenarios of the folder it is started in. End it with Ctrl-C.
    """
    ensure_installed("explore", "starlette", "uvicorn")
    import webbrowser

    from matsim.scenario.first_year import settled
    from matsim.scenario.load import load_scenario
    from matsim.web.explorer.app import explorer
    from matsim.web.security import site_for
    from matsim.web.server import bind, serve

    for file in files.inputs.values() if files else ():
        if not file.is_file():
            raise InputError(str(file), "there is no such file")
    settled(load_scenario(scenario), files)  # said now rather than in a page
    opened = bind(host, port)
    port = opened.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    address = f"http://{name}:{port}/"

    def ready() -> None:
        if json:
            show_json("explore", {"address": address})
        else:
            show(f"matsim explore is at {address} (Ctrl-C ends it).")
        if not json and host in ("0.0.0.0", "::"):
            show("Other machines on the network can open it too, under this machine's address.")
        if not no_browser:
            webbrowser.open(address)

    serve(explorer(site_for("explore", host, port), scenario, files), opened, ready)
