"""`matsim replay`: one run of a sweep as a result of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from matsim.cli.errors import typed
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    OutFolder,
    OverwriteOption,
    QuietOption,
    ResultFolder,
    takes_files,
)
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress


@takes_files
def replay(
    sweep: ResultFolder,
    run: Annotated[int, typer.Argument(min=0, help="Number of the run in the sweep, from 0.")],
    out: OutFolder,
    files: FilesGiven = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make one run of a sweep again, as a result.

    The result is as 'matsim run' writes it, with every table.

    What it shows has to equal the sweep's rows, else it ends with 6. A run that failed in the sweep ends with 4 when
    it fails again in the same way, and with 6 when it does not.
    """
    from matsim.experiment.stored import replay as replay_run
    from matsim.results.provenance import made_otherwise
    from matsim.results.store import open_result

    with Progress(quiet) as progress:
        progress.stage(f"Making run {run} again")
        result = replay_run(
            sweep,
            run,
            out,
            files=files,
            overwrite=overwrite,
            command=typed(),
            tell=progress.tell,
        )
    seed, otherwise = result.manifest["seed"], made_otherwise(open_result(sweep).manifest)
    if json:
        content = {"sweep": str(sweep), "run": run, "seed": seed, "result": str(result.folder)}
        show_json("replay", content | {"made_otherwise": otherwise})
    else:
        show(f"Run {run} of {sweep} (seed {seed}) is in {out}, the same as in the sweep.")
        if otherwise:
            show(f"{otherwise.replace('It', 'The sweep', 1)}; it gives the same all the same.")
