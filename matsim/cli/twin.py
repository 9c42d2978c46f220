"""`matsim twin`: two worlds that differ in one thing and share all luck."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import typed, warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    OverwriteOption,
    QuietOption,
    ScenarioName,
    SeedOption,
    SetOption,
    YearsOption,
    scenario_given,
    takes_files,
)
from matsim.cli.output import indented, settings_table, show, show_json, table
from matsim.cli.progress import Progress
from matsim.core.errors import InputError
from matsim.words import offices
from matsim.words.amounts import academic, amount, change, count, many

if TYPE_CHECKING:
    import pandas as pd

    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import Files, Finished
    from matsim.simulation.twin import Twin


KINDS_SHOWN = 10


@takes_files
def twin(
    scenario: ScenarioName,
    other: Annotated[str | None, typer.Argument(help="The second scenario; without it, the first again.")] = None,
    sets: SetOption = None,
    files: FilesGiven = None,
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

    first, second = _pair(scenario, other, sets or [], years, seed, files)
    if out:
        ensure_free(out, overwrite)
    with Progress(quiet) as progress:
        progress.stage("Building the first year")
        world = build_world(first, files)
        same_start = first.world == second.world and first.travel == second.travel
        other_world = None if same_start else build_world(second, files)
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
    # world.start is the one setting for both: two worlds that begin in different years cannot be compared
    start = [text for text in sets if text.partition("=")[0].strip() == "world.start"]
    first = scenario_given(name, start, years=years, seed=seed, files=files)
    second = scenario_given(other or name, sets, files=files)
    if first.world.start != second.world.start:
        what = f"begins in {second.world.start} and {name} in {first.world.start}"
        raise InputError(other or "command line", f"{what}; the two worlds of a twin should begin in the same year")
    return first, second.model_copy(update={"run": first.run})


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


def parting(twin: Twin) -> str:
    """The first event that only one of the worlds has: when, in which step, who and where."""
    from matsim.events.kinds import EVENTS

    part = twin.parting
    if part is None:
        return "The same events happen in both worlds; only numbers in the tables differ."
    step = next((s for s in twin.first.model.schedule if s.name == part.step), None)
    when = f"in {academic(part.year)}, in the step '{part.step}'" + (f" ({step.month}: {step.what})" if step else "")
    happened_in = twin.first if part.world == "first" else twin.second
    who = [_school(part.school, happened_in, part.year), _trust(part.trust, happened_in)]
    names = "; ".join(text for text in who if text)
    return (
        f"The worlds part {when}. Only in the {part.world} world, {EVENTS[part.event].meaning}"
        f" ('{part.event}'){': ' + names if names else ''}."
    )


def _school(urn: int, finished: Finished, year: int) -> str:
    """`Name (URN 123456), Authority, Region of the year`; empty for none."""
    if urn < 0:
        return ""
    schools = finished.tables["schools"]
    row = schools.loc[schools["school"] == urn].iloc[0]
    return f"{row['name']} (URN {urn}), {row['authority']}, {row['dfe_region' if year >= offices.SINCE else 'region']}"


def _trust(uid: int, finished: Finished) -> str:
    """`Name (UID 1234)`; empty for none."""
    if uid < 0:
        return ""
    trusts = finished.tables["trusts"]
    name = trusts.loc[trusts["trust"] == uid, "name"].astype(str).iloc[0]
    return f"{name} (UID {uid})"


def differences(frame: pd.DataFrame, years: Sequence[int]) -> str:
    """Each measure in both worlds at the end, and the difference at a few years on the way there."""
    some = sorted({years[round(i * (len(years) - 1) / 4)] for i in range(5)})
    header = ["measure", "unit", "first, at the end", "second, at the end", *(academic(y) for y in some)]
    rows = []
    for name, of in frame.groupby("measure", sort=False):
        unit = str(of["unit"].iloc[0])
        end = [amount(float(of[column].iloc[-1]), unit) for column in ("first", "second")]
        by_year = dict(zip(of["year"].tolist(), of["difference"].tolist(), strict=True))
        rows.append([str(name), unit, *end, *(change(by_year[year], unit) for year in some)])
    return indented(table(header, rows, right=range(2, len(header))))


def events_table(counts: pd.DataFrame) -> str:
    """The kinds of event whose numbers differ, the widest first."""
    widest = counts[counts["difference"] != 0].sort_values("difference", key=abs, ascending=False, kind="stable")
    if not len(widest):
        return "  none: as many of each kind in both, though not all the same"
    rows = [
        (str(row["event"]), count(row["first"]), count(row["second"]), change(row["difference"], "count"))
        for row in widest.head(KINDS_SHOWN).to_dict(orient="records")
    ]
    return indented(table(("event", "first", "second", "difference"), rows, right=(1, 2, 3)))
