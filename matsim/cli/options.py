"""Options that several commands share, and what they amount to: a scenario, and files to read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.core.errors import InputError
from matsim.core.published_files import KINDS, Files
from matsim.core.reading import shortened, whole

if TYPE_CHECKING:
    from matsim.results.store import Result
    from matsim.scenario.schema import Scenario
    from matsim.simulation.explain import Names

ScenarioName = Annotated[str, typer.Argument(help="A scenario file, or a name from 'matsim scenario list'.")]
ResultFolder = Annotated[Path, typer.Argument(help="Folder of a stored result.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change one value of the scenario; may be repeated."),
]
YearsOption = Annotated[int | None, typer.Option("--years", help="School years to run, 1 to 60.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Names the luck of the run: 0 or more.")]
type FilesGiven = Files | None
"""What a command that `takes_files` is given: the published files to read a world from, None where none were named."""
OutFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the result.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the result.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace a result that is there already.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON with a schema_version.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing about progress.")]
WorkersOption = Annotated[int | None, typer.Option("--workers", help="Processes; as many as there are cores.")]
MixedOption = Annotated[bool, typer.Option("--mixed", help="Allow runs of several versions of matsim side by side.")]
MeasuresOption = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="Measure to look at; repeatable. Default: the experiment's."),
]
WhenOption = Annotated[
    str, typer.Option("--when", metavar="last|mean|YEAR", help="The last year, the mean over years, or a year.")
]
HostOption = Annotated[
    str, typer.Option("--host", help="Address to listen at; 0.0.0.0 lets every device on your network in.")
]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
TemplateOption = Annotated[bool, typer.Option("--template", help="Print the blank form (CSV).")]


def moment_of(when: str) -> int | str:
    """What `--when` says: "last", "mean" or a year. Raises InputError for anything else."""
    if when in ("last", "mean"):
        return when
    if (year := whole(when)) is not None:
        return year
    raise InputError("--when", f"'{shortened(when)}' should be last, mean or a year such as 2025")


def ensure_least(**options: tuple[int | None, int]) -> None:
    """Raise InputError for every option that is less than its least: `ensure_least(waves=(waves, 1))`."""
    if wrong := [
        f"--{name} {value}: should be {least} or more"
        for name, (value, least) in options.items()
        if value is not None and value < least
    ]:
        raise InputError("command line", wrong)


def ensure_installed(command: str, *modules: str) -> None:
    """Raise InputError unless what the pages of a command need is installed."""
    from importlib.util import find_spec

    if missing := [name for name in modules if find_spec(name) is None]:
        raise InputError(command, f"needs {missing[0]}: install matsim-trusts[web]")


def run_and_names(folder: Path) -> tuple[Result, Names]:
    """A stored run, and what its schools and trusts are called. InputError when the folder holds none."""
    from matsim.results.store import open_result
    from matsim.simulation.explain import Names

    result = open_result(folder)
    return result, Names.of(result.table("schools"), result.table("trusts"))


def takes_files(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for every kind of published file, in place of its parameter that is `FilesGiven`.

    Options follow from `matsim.core.published_files.KINDS`, so that a kind of file is declared once for all commands.
    """
    signature = inspect.signature(command, eval_str=True)
    (taking,) = (name for name, one in signature.parameters.items() if one.annotation is FilesGiven)
    options = [
        inspect.Parameter(
            kind.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                list[Path] | None if kind.several else Path | None,
                typer.Option(kind.option, metavar="FILE", help=kind.holds),
            ],
        )
        for kind in KINDS
    ]

    @wraps(command)
    def with_files(**values: Any) -> None:
        paths = {kind.name: values.pop(kind.name) for kind in KINDS}
        command(**values, **{taking: files_given(paths)})

    parameters: list[inspect.Parameter] = []
    for name, one in signature.parameters.items():
        parameters += options if name == taking else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    with_files.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_files.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_files


def files_given(values: Mapping[str, Path | Sequence[Path] | None]) -> Files | None:
    """The published files to read a world from, of the options' values by kind; None when none were given."""
    given = {name: [path] if isinstance(path, Path) else list(path) for name, path in values.items() if path}
    first, *others = KINDS
    if first.name not in given:
        problem = f"was given without {first.option}; a world needs the file of schools, to which others are added"
        if wrong := [kind for kind in others if kind.name in given]:
            raise InputError(f"{wrong[0].option} {given[wrong[0].name][0]}", problem)
        return None
    return Files.made(given)


def scenario_given(
    name: str,
    sets: Sequence[str] | None = None,
    *,
    years: int | None = None,
    seed: int | None = None,
    school_year: bool = False,
    files: FilesGiven = None,
) -> Scenario:
    """The scenario with everything that the command line changes in it, and the first year of the files where it says
    none. InputError lists all that is wrong."""
    from matsim.scenario.first_year import settled
    from matsim.scenario.load import load_scenario

    values = {"run.years": years, "run.seed": seed, "run.school_year": "true" if school_year else None}
    changes = [f"{key}={value}" for key, value in values.items() if value is not None] + list(sets or ())
    scenario = load_scenario(name, changes)
    idle = [text for text in changes if text.strip().startswith("world.synthetic")]
    if files is not None and idle:
        what = "has no effect on a world read from files; leave it out, or leave out --establishments"
        raise InputError("command line", [f"{text}: {what}" for text in idle])
    return settled(scenario, files)
