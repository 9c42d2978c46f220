"""`matsim twin`: two worlds that differ in one thing and share all luck."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import typed, warn
from matsim.cli.options import (
    EstablishmentsOption,
    GroupLinksOption,
    JsonOption,
    OverwriteOption,
    QuietOption,
    ScenarioName,
    SeedOption,
    SetOption,
    YearsOption,
    files_given,
    scenario_given,
)
from matsim.cli.output import show, show_json
from matsim.cli.parting import differences, events_table, parting, settings_table
from matsim.cli.progress import Progress
from matsim.core.errors import InputError
from matsim.words.amounts import academic, many

if TYPE_CHECKING:
    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import Files
    from matsim.simulation.twin import Twin


def twin(
    scenario: ScenarioName,
    other: Annotated[str | None, typer.Argument(help="The second scenario; without it, the first again.")] = None,
    sets: SetOption = None,
    establishments: EstablishmentsOption = None,
    group_links: GroupLinksOption = None,
    years: YearsOption = None,
    seed: SeedOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Keep the twin, with both results in DIR/first and DIR/second."),
    ] = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run two worlds that differ in one thing, on the same luck.

    The first is the scenario as it is; the second is OTHER, or the scenario changed by --set. Says what is set
    differently, where the two worlds part, and what the difference becomes. --set changes the second world
    only, but for world.start; the first scenario's years and seed, or --years and --seed, hold for both.
    """
    from matsim.results.store import ensure_free
    from matsim.simulation.simulate import build_world
    from matsim.simulation.twin import WORLDS, save_twin
    from matsim.simulation.twin import twin as run_twin

    files = files_given(establishments, group_links)
    first, second = _pair(scenario, other, sets or [], years, seed, files)
    if out:
        ensure_free(out, overwrite)
    with Progress(quiet) as progress:
        progress.stage("Building the first year")
        world = build_world(first, files)
        other_world = None if _same_start(first, second) else build_world(second, files)
        progress.stage(f"Running two worlds, one after the other, for {many(first.run.years, 'year')} each")
        pair = run_twin(first, second, world, other_world, tell=progress.tell)
    warn(world.about())
    if out:
        save_twin(pair, out, files=files, overwrite=overwrite, command=typed())
    results = {name: str(out / name) for name in WORLDS} if out else {}
    if json:
        show_json("twin", pair.to_dict() | {"seed": pair.first.seed, "years": first.run.years, "results": results})
    else:
        _show(pair, out)


def _pair(
    name: str, other: str | None, sets: list[str], years: int | None, seed: int | None, files: Files | None
) -> tuple[Scenario, Scenario]:
    """The two scenarios. They share their run settings: other luck or other years would be another question."""
    if shared := [text for text in sets if text.strip().startswith("run.")]:
        what = "two worlds of a twin share their years and their luck; use --years and --seed, which hold for both"
        raise InputError("command line", [f"{text}: the {what}" for text in shared])
    start = [text for text in sets if text.partition("=")[0].strip() == "world.start"]
    first = scenario_given(name, start, years=years, seed=seed)
    second = scenario_given(other or name, sets, from_files=files is not None)
    if first.world.start != second.world.start:
        what = f"begins in {second.world.start} and {name} in {first.world.start}"
        raise InputError(other or "command line", f"{what}; the two worlds of a twin should begin in the same year")
    return first, second.model_copy(update={"run": first.run})


def _same_start(first: Scenario, second: Scenario) -> bool:
    return first.world == second.world and first.travel == second.travel


def _show(pair: Twin, out: Path | None) -> None:
    years: list[Any] = pair.differences["year"].unique().tolist()
    show(f"Two worlds with the same luck (seed {pair.first.seed}), {academic(years[0])} to {academic(years[-1])}.")
    show()
    if pair.settings:
        show("Set differently")
        show(settings_table(pair.settings))
    else:
        show("Nothing is set differently.")
    show()
    if pair.alike:
        show("Nothing differs: every number of every table is the same in both worlds, to the last digit.")
    else:
        show(parting(pair))
        show("\nWhat became of it (second world less the first)")
        show(differences(pair.differences, years))
        show("\nEvents that differ most over the whole run")
        show(events_table(pair.counts))
        show("One seed shows one way in which the two can part; another seed may show another.")
    if out:
        show(f"\nThe twin is in {out}, and the two results in {out / 'first'} and {out / 'second'}.")
        show(f"As a page to read and print: matsim report {out}")
