"""`matsim world`: make a first year and write it as tables, or describe it in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    QuietOption,
    ScenarioName,
    SetOption,
    scenario_given,
    takes_files,
)
from matsim.cli.output import indented, show, show_json, table
from matsim.cli.progress import Progress
from matsim.words.amounts import NONE, count, many, number

if TYPE_CHECKING:
    from matsim.world.base import World

app = typer.Typer(no_args_is_help=True, help="The first year: build it, describe it.")


GROUPS = ("primary", "secondary")


@takes_files
def build(
    scenario: ScenarioName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the tables.")],
    sets: SetOption = None,
    files: FilesGiven = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="For Excel: no text in the tables can be taken for a formula.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace tables that are there already.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a scenario's first year as CSV.

    The files are schools.csv, trusts.csv, left_out.csv (schools that published files link to a trust and the world does
    not have, with the reason), and dictionary.csv, which says what each column is. Codes are written as words, and a
    school's trust by its UID.
    """
    from matsim.cli.worldfiles import ensure_writable, write_world

    ensure_writable(out, overwrite)
    world = _world(scenario, sets, files, quiet)
    names = write_world(world, out, excel)
    if json:
        show_json("world build", {"folder": out, "files": names, "account": vars(world.account)})
    else:
        show("\n".join(_account(world)))
        show(f"Written to {out}: {', '.join(names)}.")


@takes_files
def describe(
    scenario: ScenarioName,
    sets: SetOption = None,
    files: FilesGiven = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Describe a scenario's first year.

    Schools by phase, route, region and grade; sizes, distances, trusts.
    """
    from matsim.world.describe import describe as describe_world

    world = _world(scenario, sets, files, quiet)
    facts = describe_world(world)
    if json:
        show_json("world describe", facts | {"account": vars(world.account)})
    else:
        show("\n".join(_account(world)))
        show()
        show(_description(facts))


def _world(scenario: str, sets: list[str] | None, files: FilesGiven, quiet: bool) -> World:
    settings = scenario_given(scenario, sets, files=files)
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


def _description(facts: Mapping[str, Any]) -> str:
    """What `matsim.world.describe.describe` found, section by section."""
    trusts = facts["trusts"]
    single = {"single-academy trusts": trusts["single"], "multi-academy trusts": trusts["multi"]}
    sections = [
        ("Schools by phase and route", _crossed(facts["route_by_phase"])),
        ("Schools by region, to August 2022", _listed(facts["region"])),
        ("Schools by region, since September 2022", _listed(facts["dfe_region"])),
        ("Schools by religious character", _listed(facts["denomination"])),
        ("Last inspection grade (secondary with all-through)", _crossed(facts["grade_by_phase"])),
        ("Pupils on roll, percentiles", _crossed(facts["pupils"])),
        ("Pupils over places; pupils eligible for free school meals (%)", _means(facts)),
        ("Kilometres to the nearest school of the same phase, percentiles", _near(facts["near"])),
        ("Years since the last inspection, percentiles", _listed(facts["years_since_inspection"])),
        ("Trusts", _listed(single | {k: trusts[k] for k in ("mean_size", "largest", "gini", "share_in_multi")})),
        ("MATs and their academies by size", _sizes(trusts)),
    ]
    special = facts["specialist"]
    if special["schools"]:
        sections += [
            ("Specialist schools by kind and route", _crossed(special["route"])),
            ("Their last inspection grade", _crossed(special["grade"])),
            ("Their pupils, pupils over places, and free school meals (%)", _specialist(special)),
            ("Their trusts", _listed(special["trusts"])),
        ]
    head = (
        f"{count(facts['schools'])} schools in {count(facts['authorities'])} local authorities, and "
        f"{count(facts['planned_sites'])} planned sites."
    )
    if special["schools"]:
        head += (
            f" {count(special['schools'])} of the schools are specialist: special schools, alternative provision, "
            f"16 to 19 schools. What follows is of the {count(facts['mainstream'])} mainstream schools and their "
            "trusts, unless it says otherwise."
        )
    return head + "\n" + "\n".join(f"\n{title}\n{indented(body)}" for title, body in sections)


def _text(value: Any) -> str:
    if value is None:
        return NONE
    return number(value, 4) if isinstance(value, (int, float)) else str(value)


def _listed(values: Mapping[str, Any]) -> str:
    names = [str(k).replace("_", " ") for k in values]
    width = max(len(name) for name in names)
    numbers = [_text(v) for v in values.values()]
    wide = max(len(number) for number in numbers)
    return "\n".join(f"{n.ljust(width)}  {v.rjust(wide)}" for n, v in zip(names, numbers, strict=True))


def _crossed(values: Mapping[str, Mapping[str, Any]]) -> str:
    header = ["", *next(iter(values.values()))]
    rows = [[name, *map(_text, row.values())] for name, row in values.items()]
    return table(header, rows, right=range(1, len(header)))


def _means(facts: Mapping[str, Any]) -> str:
    rows = [
        [group, *(_text(facts[what][group][part]) for what in ("fill", "fsm") for part in ("mean", "sd"))]
        for group in GROUPS
    ]
    return table(("", "fill mean", "fill sd", "meals mean", "meals sd"), rows, right=range(1, 5))


def _specialist(facts: Mapping[str, Any]) -> str:
    parts = [(what, part) for what in ("pupils", "fill", "fsm") for part in ("mean", "sd")]
    rows = [[kind, *(_text(facts[what][kind][part]) for what, part in parts)] for kind in facts["pupils"]]
    names = ("", "pupils mean", "pupils sd", "fill mean", "fill sd", "meals mean", "meals sd")
    return table(names, rows, right=range(1, len(names)))


def _near(near: Mapping[str, Any]) -> str:
    """One row per group; a group with too few schools to have a distance between them has none."""
    radii = {radius: None for group in GROUPS for radius in near[group]["median_within_km"] or {}}
    return _crossed(
        {
            group: {
                **near[group]["km"],
                "none within 5 km": near[group]["none_within_5_km"],
                **{f"median within {r} km": (near[group]["median_within_km"] or radii)[r] for r in radii},
            }
            for group in GROUPS
        }
    )


def _sizes(trusts: Mapping[str, Any]) -> str:
    rows = [
        [size, _text(number), _text(trusts["academies_by_size"][size])]
        for size, number in trusts["multi_by_size"].items()
    ]
    return table(("academies", "MATs", "in them"), rows, right=(1, 2))


for _name, _command in (("build", build), ("describe", describe)):
    app.command(_name)(_command)
