"""`matsim verify`: make a result again, or a sample of a sweep, and compare every table, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.options import FilesGiven, JsonOption, QuietOption, ResultFolder, takes_files
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress
from matsim.core.errors import InputError
from matsim.words.amounts import count, many


@takes_files
def verify(
    result: ResultFolder,
    sample: Annotated[int, typer.Option("--sample", min=1, help="Of a sweep: how many runs are made again.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of a sweep: which runs are drawn.")] = 1,
    files: FilesGiven = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a result again and compare every number.

    Of a sweep, a sample of its runs is made again.

    Ends with 6 when anything differs. A result made from published files needs the same files again.
    """
    from matsim.results.manifests import manifest_of
    from matsim.results.provenance import made_otherwise
    from matsim.results.reader import open_result, proving

    with proving():
        about = manifest_of(result) or open_result(result).manifest
    kind = about.get("kind", "run")
    if kind == "sweep":
        _sweep(result, sample, seed, files, json, quiet)
        return
    if kind != "run":
        raise InputError(str(result), _instead(kind, result, about.get("command") or ""))
    from matsim.simulation.simulate import verify as verify_result

    with Progress(quiet) as progress:
        progress.stage("Making the result again")
        names = verify_result(result, files=files, tell=progress.tell)
    if json:
        content = {"result": str(result), "same": True, "tables": names}
        show_json("verify", content | {"made_otherwise": made_otherwise(about)})
    else:
        show(f"{result}: made again, all {many(len(names), 'table')} the same to the last byte ({', '.join(names)}).")
        _show_otherwise(made_otherwise(about))


def _instead(kind: str, folder: Path, command: str) -> str:
    """How to check a result that is not one run or a sweep of them."""
    problem = f"is a result of the kind '{kind}', which is not made again whole"
    if kind == "twin":
        return f"{problem}; verify its two runs: {folder / 'first'} and {folder / 'second'}"
    again = f" with: {command}" if command else ""
    return f"{problem}; make it anew in another folder{again}, and compare the digests in the two manifests"


def _sweep(folder: Path, sample: int, seed: int, files: FilesGiven, json: bool, quiet: bool) -> None:
    from matsim.experiment.stored import verify_sample
    from matsim.results.provenance import made_otherwise
    from matsim.results.store import open_result

    with Progress(quiet) as progress:
        progress.stage("Making runs again", "runs")
        runs = verify_sample(folder, sample, seed=seed, files=files, tell=progress.tell)
    about = open_result(folder).manifest
    if json:
        content = {"result": str(folder), "same": True, "runs": runs}
        show_json("verify", content | {"made_otherwise": made_otherwise(about)})
    else:
        numbers = ", ".join(map(str, runs))
        show(f"{folder}: every file as it was written; {many(len(runs), 'run')} made again ({numbers}), all the same.")
        if failed := about["failed"]:
            show(f"Failed runs, of which it holds {count(failed)}, are not made again here; 'matsim replay' does one.")
        _show_otherwise(made_otherwise(about))


def _show_otherwise(sentence: str) -> None:
    if sentence:
        show(f"{sentence}; it gives the same all the same.")
