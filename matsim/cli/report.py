"""`matsim report`: a stored result as one page to read, print and pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.options import JsonOption, QuietOption, ResultFolder
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress
from matsim.core.disk import write_whole
from matsim.core.errors import InputError

NAME = "report.html"


def report(
    result: ResultFolder,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.html", help=f"Where to write it; RESULT/{NAME} without this.")
    ] = None,
    show_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there and is no report.")
    ] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make one page of a result, to read and to print.

    Question, answer in sentences, figures with their data, assumptions, and how the numbers were made. One HTML file
    that asks nothing of any network, and prints on A4. An older report in its place is replaced; any other file
    only with --overwrite.
    """
    from matsim.results.store import open_result

    kind = str(open_result(result).manifest.get("kind", "run"))
    place = out or result / NAME
    _ensure_free(place, overwrite)
    with Progress(quiet) as progress:
        progress.stage(f"Reading {result} and drawing its figures")
        from matsim.report import render

        text = render(result)
    write_whole(place, text)
    if show_it:
        import webbrowser

        webbrowser.open(place.resolve().as_uri())
    if json:
        show_json("report", {"result": str(result), "kind": kind, "report": str(place), "bytes": len(text.encode())})
    else:
        show(f"The report is in {place}. Open it in a browser; print it from there.")


def _ensure_free(place: Path, overwrite: bool) -> None:
    """Raise InputError where the page may not be written."""
    from matsim.report.page import MARK

    if place.is_dir():
        raise InputError(str(place), f"is a folder; name a file in it, such as {place / NAME}")
    if not place.parent.is_dir():
        raise InputError(str(place), f"there is no folder {place.parent}")
    if place.exists() and not overwrite:
        with place.open(encoding="utf-8", errors="replace") as stream:
            # the mark stands at the top of every page: no need to read megabytes of Plotly
            ours = MARK in stream.read(200)
        if not ours:
            raise InputError(str(place), "is there already and is no matsim report; name another, or say --overwrite")
