"""`matsim scenario`: the scenario files there are, what they say, whether they are right, how two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    ScenarioName,
    scenario_given,
    takes_files,
)
from matsim.cli.output import settings_table, show, show_json, table
from matsim.core.errors import InputError
from matsim.words.amounts import many

if TYPE_CHECKING:
    from matsim.simulation.simulate import Files

app = typer.Typer(no_args_is_help=True, help="Scenario files: list, show, check, compare.")


def list_scenarios(json: JsonOption = False) -> None:
    """List the scenarios that can be run by name."""
    from matsim.core.find import folders, named_files
    from matsim.core.toml import read_toml

    scenarios: list[dict[str, str]] = []
    for name, file in named_files().items():
        try:
            tables = read_toml(file)
        except InputError:
            tables = {"title": "cannot be read; 'matsim scenario check' says why"}
        about = {key: str(tables.get(key, "")) for key in ("title", "question", "extends")}
        scenarios.append({"name": name, "file": str(file), **about})
    if json:
        show_json("scenario list", {"scenarios": scenarios})
    elif scenarios:
        show(table(("name", "title", "question"), [(f["name"], f["title"], f["question"]) for f in scenarios]))
    else:
        show(f"There are no scenarios in {' or '.join(map(str, folders())) or 'a folder called scenarios'}.")


def show_scenario(
    name: ScenarioName,
    full: Annotated[bool, typer.Option("--full", help="Every value as TOML, with unit, source and meaning.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what a scenario says otherwise than the defaults.

    With --full every value: that text is itself a scenario file.
    """
    from matsim.core.find import find_file
    from matsim.core.toml import plain
    from matsim.scenario.load import load
    from matsim.scenario.schema import Scenario
    from matsim.scenario.show import difference, resolved
    from matsim.words.titles import heading

    loaded = load(find_file(name), Scenario)
    settings = [d for d in difference(Scenario(), loaded.scenario) if d.name not in ("title", "question")]
    if json:
        content: dict[str, Any] = {"file": loaded.path, "sources": list(loaded.sources), "digest": loaded.digest}
        content["settings"] = [{"name": d.name, "value": d.right, "default": d.left, "unit": d.unit} for d in settings]
        show_json("scenario show", content | ({"values": plain(loaded.scenario)} if full else {}))
        return
    if full:
        show(resolved(loaded.scenario).rstrip())
        return
    show(heading(loaded.scenario.title, loaded.scenario.world.start))
    if loaded.scenario.question:
        show(loaded.scenario.question)
    show(f"File: {' extends '.join(map(str, loaded.sources))}")
    if settings:
        show(f"{many(len(settings), 'value')} set otherwise than the default; --full shows every value")
        show(settings_table(settings, ("default", "here")))
    else:
        show("Every value is the default; --full shows them.")


@takes_files
def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files or names.")],
    published: FilesGiven = None,
    json: JsonOption = False,
) -> None:
    """Check scenario files as a run would, and list every mistake.

    Ends with 3 when there is one. The first year is made, and what a scenario names is looked for in it. One for
    published files needs the files.
    """
    checks = [{"file": name, "problems": _problems(name, published)} for name in files]
    if json:
        show_json("scenario check", {"files": checks})
    else:
        for one in checks:
            wrong = one["problems"]
            lines = "".join(f"\n  {problem}" for problem in wrong)
            show(f"{one['file']}: {many(len(wrong), 'problem')}{lines}" if wrong else f"{one['file']}: right")
    if any(one["problems"] for one in checks):
        raise typer.Exit(InputError.exit_code)


def _problems(name: str, files: Files | None) -> list[str]:
    """Every mistake in one scenario file; none when a run would begin."""
    from matsim.simulation.simulate import ready

    try:
        ready(scenario_given(name), files)
    except InputError as error:
        elsewhere = "" if error.where in (name, "scenario") else f"{error.where}: "
        return [elsewhere + problem for problem in error.problems]
    return []


def diff(
    a: Annotated[str, typer.Argument(help="A scenario.")],
    b: Annotated[str, typer.Argument(help="Another.")],
    json: JsonOption = False,
) -> None:
    """List every value that two scenarios do not share."""
    from matsim.scenario.show import difference

    settings = difference(scenario_given(a), scenario_given(b))
    if json:
        differences = [{"name": d.name, "first": d.left, "second": d.right, "unit": d.unit} for d in settings]
        show_json("scenario diff", {"first": a, "second": b, "differences": differences})
    elif settings:
        show(settings_table(settings, (a, b)))
    else:
        show(f"{a} and {b} say the same.")


for _name, _command in (("list", list_scenarios), ("show", show_scenario), ("check", check), ("diff", diff)):
    app.command(_name)(_command)
