"""`matsim export`: a result in the form that data repositories take."""

from __future__ import annotations

from typing import Annotated

import typer

from matsim.cli.options import JsonOption, ResultFolder
from matsim.cli.output import show, show_json
from matsim.errors import InputError


def export(
    result: ResultFolder,
    ro_crate: Annotated[
        bool, typer.Option("--ro-crate", help="Write RO-Crate 1.1 metadata into the result's folder.")
    ] = False,
    zipped: Annotated[bool, typer.Option("--zip", help="Also pack the folder into one ZIP file beside it.")] = False,
    licence: Annotated[
        str, typer.Option("--licence", metavar="URL", help="Address of the licence you publish it under.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Describe a result as a research object.

    The metadata names every file with its size, type and digest, and what made the result: software, version,
    command, inputs.
    """
    from matsim.experiment.crate import write_crate, write_zip

    if not ro_crate:
        raise InputError("export", "says no form; the one there is is --ro-crate")
    written = write_crate(result, licence)
    folder = result.resolve()
    packed = write_zip(folder, folder.with_name(f"{folder.name}.crate.zip")) if zipped else None
    if json:
        show_json("export", {"metadata": str(written), "zip": str(packed) if packed else None})
        return
    show(f"{written}: RO-Crate metadata of {result}.")
    if packed:
        show(f"{packed}: the whole of it, to hand in.")
