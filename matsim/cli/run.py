"""`matsim run`: one scenario, one seed, to a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matsim.cli.errors import typed, warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    OutFolder,
    OverwriteOption,
    QuietOption,
    ScenarioName,
    SeedOption,
    SetOption,
    YearsOption,
    scenario_given,
    takes_files,
)
from matsim.cli.output import show_json
from matsim.cli.progress import Progress
from matsim.words.amounts import many

if TYPE_CHECKING:
    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import Files


@takes_files
def run(
    scenario: ScenarioName,
    out: OutFolder,
    files: FilesGiven = None,
    years: YearsOption = None,
    seed: SeedOption = None,
    sets: SetOption = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV beside Parquet.")] = False,
    school_year: Annotated[
        bool, typer.Option("--school-year", help="Also write a row for every school in every year.")
    ] = False,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a scenario and write its result.

    The first year is the scenario's synthetic world, or real schools with --establishments.
    """
    settings = scenario_given(scenario, sets, years=years, seed=seed, school_year=school_year, files=files)
    carry_out("run", settings, out, files=files, csv=csv, overwrite=overwrite, json=json, quiet=quiet)


def carry_out(
    command: str,
    scenario: Scenario,
    out: Path,
    *,
    files: Files | None = None,
    csv: bool = False,
    overwrite: bool = False,
    json: bool = False,
    quiet: bool = False,
) -> None:
    """Run, write and print the summary: the common part of `demo` and `run`."""
    from matsim.results.store import ensure_free
    from matsim.simulation.simulate import called
    from matsim.simulation.simulate import run as run_scenario
    from matsim.words.titles import heading

    ensure_free(out, overwrite)  # said before anything is said to be running
    with Progress(quiet) as progress:
        progress.stage(
            f"Running {many(scenario.run.years, 'year')} of {heading(called(scenario, files)[0], scenario.world.start)}"
        )
        formats = ("parquet", "csv") if csv else ("parquet",)
        result = run_scenario(
            scenario, out, files=files, formats=formats, overwrite=overwrite, command=typed(), tell=progress.tell
        )
    # after the bar is cleared, so that it does not stand in the middle of it
    warn(result.manifest["world"])
    from matsim.cli.summary import show_summary, summarise

    summary = summarise(result)
    if json:
        show_json(command, summary.to_dict())
    else:
        show_summary(summary, files.options if files else [])
