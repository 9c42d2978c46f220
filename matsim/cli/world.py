"""`matsim world`: make a first year and write it as tables, or describe it in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matsim.cli.errors import warn
from matsim.cli.options import (
    EstablishmentsOption,
    GroupLinksOption,
    JsonOption,
    QuietOption,
    ScenarioName,
    SetOption,
    files_given,
    scenario_given,
)
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress
from matsim.words.amounts import many

if TYPE_CHECKING:
    from matsim.world.base import World

app = typer.Typer(no_args_is_help=True, help="The first year: build it, describe it.")


def build(
    scenario: ScenarioName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the tables.")],
    sets: SetOption = None,
    establishments: EstablishmentsOption = None,
    group_links: GroupLinksOption = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="For Excel: no text in the tables can be taken for a formula.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace tables that are there already.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a scenario's first year as CSV.

    The files are schools.csv, trusts.csv, and dictionary.csv, which says what each column is. Codes are written as
    words, and a school's trust by its UID.
    """
    from matsim.cli.worldfiles import ensure_writable, write_world

    ensure_writable(out, overwrite)
    world = _world(scenario, sets, establishments, group_links, quiet)
    files = write_world(world, out, excel)
    if json:
        show_json("world build", {"folder": out, "files": files, "account": vars(world.account)})
    else:
        show("\n".join(_account(world)))
        show(f"Written to {out}: {', '.join(files)}.")


def describe(
    scenario: ScenarioName,
    sets: SetOption = None,
    establishments: EstablishmentsOption = None,
    group_links: GroupLinksOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Describe a scenario's first year.

    Schools by phase, route, region and grade; sizes, distances, trusts.
    """
    from matsim.cli.worldtext import description
    from matsim.world.describe import describe as describe_world

    world = _world(scenario, sets, establishments, group_links, quiet)
    facts = describe_world(world)
    if json:
        show_json("world describe", facts | {"account": vars(world.account)})
    else:
        show("\n".join(_account(world)))
        show()
        show(description(facts))


def _world(
    scenario: str, sets: list[str] | None, establishments: Path | None, group_links: Path | None, quiet: bool
) -> World:
    files = files_given(establishments, group_links)
    settings = scenario_given(scenario, sets, from_files=files is not None)
    from matsim.simulation.simulate import build_world

    with Progress(quiet) as progress:
        progress.stage("Building the first year")
        world = build_world(settings, files)
    warn(world.about())
    return world


def _account(world: World) -> list[str]:
    from matsim.cli.summary import account_lines

    trusts = many(len(world.trust_names), "trust")
    head = f"The academic year {world.year}: {many(world.size, 'open school')} and {trusts}."
    return [head, *account_lines(world.about())]


for _name, _command in (("build", build), ("describe", describe)):
    app.command(_name)(_command)
