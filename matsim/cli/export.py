"""`matsim export`: a result as CSV, or in the form that data repositories take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.errors import complain
from matsim.cli.options import JsonOption, QuietOption, ResultFolder
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress
from matsim.core.errors import InputError
from matsim.words.amounts import count, many

EXCEL_LINES = 1_048_576
"""Lines that a sheet of Excel has, header and all."""


def export(
    result: ResultFolder,
    csv: Annotated[
        bool, typer.Option("--csv", help="Write every table as one CSV file, into --out: exact values, for programs.")
    ] = False,
    excel: Annotated[
        bool, typer.Option("--excel", help="The same for Excel: no text in it can be taken for a formula.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="New folder for the CSV files.")] = None,
    ro_crate: Annotated[
        bool, typer.Option("--ro-crate", help="Write RO-Crate 1.1 metadata into the result's folder.")
    ] = False,
    zipped: Annotated[
        bool, typer.Option("--zip", help="With --ro-crate: also pack the folder into one ZIP file beside it.")
    ] = False,
    licence: Annotated[
        str | None,
        typer.Option("--licence", metavar="URL", help="With --ro-crate: address of the licence you publish it under."),
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(
            "--author", metavar="NAME", help="With --ro-crate: an author, as 'NAME' or 'NAME <ORCID>'; may be repeated."
        ),
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a result as CSV, or describe it as a research object.

    CSV is for R and pandas; for Excel and other spreadsheets use --excel, which puts an apostrophe before text that
    begins as a formula does. The metadata of a research object name every file with its size, type and digest,
    and what made the result: software, version, command, inputs.
    """
    from matsim.experiment.export import about_people, export_csv, write_crate, write_zip

    _check(csv, excel, out, ro_crate, {"--zip": zipped, "--licence": licence is not None, "--author": bool(author)})
    people = about_people(licence, author or ())
    rows: dict[str, int] = {}
    if out is not None:
        with Progress(quiet) as progress:
            progress.stage("Writing the tables as CSV")
            rows = export_csv(result, out, excel)
        _too_long(rows)
    metadata = write_crate(result, people) if ro_crate else None
    if ro_crate and licence is None:
        complain("No licence is named, and RO-Crate 1.1 wants one: give the command again with --licence URL.")
    folder = result.resolve()
    packed = write_zip(folder, folder.with_name(f"{folder.name}.crate.zip")) if zipped else None
    if json:
        places = {"metadata": metadata, "zip": packed, "csv": out}
        show_json("export", {name: str(place) if place else None for name, place in places.items()} | {"rows": rows})
        return
    if out is not None:
        form = "CSV for Excel" if excel else "CSV"
        show(f"{out}: {many(len(rows), 'table')} of {result} as {form}, {many(sum(rows.values()), 'row')} in all.")
    if metadata:
        show(f"{metadata}: RO-Crate metadata of {result}.")
    if packed:
        show(f"{packed}: the whole of it, to hand in.")


def _check(csv: bool, excel: bool, out: Path | None, ro_crate: bool, of_crate: dict[str, bool]) -> None:
    """Raise InputError for options that say no form, or that belong to a form that is not asked for."""
    idle = [f"{name} needs --ro-crate" for name, given in of_crate.items() if given and not ro_crate]
    if csv and excel:
        idle.append("--csv writes exact values and --excel a form for spreadsheets; say one of them")
    if (csv or excel) and out is None:
        idle.append(f"{'--csv' if csv else '--excel'} needs --out DIR, a new folder for the files")
    if out is not None and not (csv or excel):
        idle.append("--out needs --csv or --excel; --ro-crate writes into the result's own folder")
    if not (csv or excel or ro_crate or idle):
        idle.append("say which form: --csv --out DIR, --excel --out DIR, or --ro-crate")
    if idle:
        raise InputError("export", idle)


def _too_long(rows: dict[str, int]) -> None:
    """Say which tables a sheet of Excel cannot hold."""
    for name, lines in rows.items():
        if lines >= EXCEL_LINES:
            text = (
                f"{name}.csv has {count(lines)} rows; Excel reads the first {count(EXCEL_LINES)} lines of a file only"
            )
            complain(f"{text}. R, pandas and DuckDB read all of it.")
