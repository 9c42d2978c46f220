"""The command line. One file per command; heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from matsim.cli import (
    analyse,
    board,
    calibrate,
    checklist,
    classroom,
    compare,
    demo,
    evidence,
    explain,
    explore,
    export,
    forecast,
    merge,
    radar,
    replay,
    report,
    run,
    scenario,
    schedule,
    selfchecks,
    sweep,
    twin,
    validate,
    verify,
    world,
)
from matsim.cli.errors import Guard, complain
from matsim.cli.output import show
from matsim.cli.streams import CLOSED, heed, in_utf8, settle, undecodable
from matsim.core.errors import InputError
from matsim.core.find import ALLOWED

COMMANDS = (
    ("demo", demo.demo),
    ("run", run.run),
    ("twin", twin.twin),
    ("explain", explain.explain),
    ("explore", explore.explore),
    ("classroom", classroom.classroom),
    ("radar", radar.radar),
    ("sweep", sweep.sweep),
    ("merge", merge.merge),
    ("replay", replay.replay),
    ("verify", verify.verify),
    ("export", export.export),
    ("validate", validate.validate),
    ("calibrate", calibrate.calibrate),
    ("forecast", forecast.forecast),
    ("evidence", evidence.evidence),
    ("report", report.report),
    ("board", board.board),
    ("compare", compare.compare),
    ("analyse", analyse.analyse),
    ("schedule", schedule.schedule),
    ("survey", selfchecks.survey),
    ("cluster-check", selfchecks.cluster_check),
    ("checklist", checklist.checklist),
    ("review", selfchecks.review),
)
GROUPS = (("scenario", scenario.app), ("world", world.app))

app = typer.Typer(
    name="matsim",
    cls=Guard,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        show(f"matsim {version('matsim-trusts')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where a bug happened (a traceback).")] = False,
    scenarios: Annotated[
        list[Path] | None,
        typer.Option(
            "--scenarios", metavar="DIR", help="A folder whose scenarios may be named and extended; may be repeated."
        ),
    ] = None,
) -> None:
    """How English school trusts grow: an agent-based simulation. Begin with 'matsim demo'.

    Results go to standard output, progress to standard error. Exit codes: 0 done, 1 a bug, 2 wrong usage,
    3 invalid input, 4 some runs failed, 5 precision not reached, 6 verification differs, 130 interrupted.
    """
    ALLOWED[:] = scenarios or ()
    if wrong := [folder for folder in ALLOWED if not folder.is_dir()]:
        raise InputError(f"--scenarios {wrong[0]}", "there is no such folder")
    if ctx.invoked_subcommand is None:
        show(ctx.get_help())


for _name, _command in COMMANDS:
    app.command(_name)(_command)
for _name, _group in GROUPS:
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run the command line of this process."""
    # tables pass from numpy to Arrow and back: out of one heap, what the one frees the other takes up
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    in_utf8()
    heed()
    if not settle():
        complain(CLOSED)
        sys.exit(InputError.exit_code)
    if word := undecodable(sys.argv[1:]):
        complain(f"{word!r}: is not UTF-8, which names in results have to be; give the file or folder another name")
        sys.exit(InputError.exit_code)
    app()
