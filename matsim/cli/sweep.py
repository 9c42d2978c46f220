"""`matsim sweep`: every run of an experiment, on this machine or on a cluster, from where it stopped last time."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import AGAIN, FAILED, INTERRUPTED, NOT_REACHED, complain, typed, warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    MixedOption,
    OutOption,
    QuietOption,
    takes_files,
)
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress, span
from matsim.core.errors import InputError
from matsim.words.amounts import count, decimals, many

if TYPE_CHECKING:
    from matsim.analysis.precision import Reached
    from matsim.experiment.ensemble import Ensemble, Shard
    from matsim.experiment.time_estimate import Forecast
    from matsim.results.store import Result
    from matsim.simulation.simulate import Files

SHOWN = 5
"""Failed runs that are told one by one."""


@takes_files
def sweep(
    experiment: Annotated[str, typer.Argument(help="An experiment file, or a name from the folder experiments.")],
    out: OutOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=0, help="Processes; default one a processor. 0: in this one, without protection."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", min=1, help="In place of the experiment's own number.")
    ] = None,
    files: FilesGiven = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only every N-th run, from the I-th; see 'matsim merge'."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Run on the workers of a Dask scheduler.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it will take; a few runs are tried.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Do runs that failed again.")] = False,
    mixed: MixedOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do every run of an experiment and keep what it shows.

    What the folder already has is not done again: the same command goes on after an interruption, and adds what is
    new after the experiment grew (more replicates, arms or points). Ends with 4 when runs failed, 5 when a wanted
    precision was not reached.
    """
    from matsim.experiment.ensemble import make_ensemble, parse_shard
    from matsim.experiment.load import load_experiment

    if out is None and not dry_run:
        raise InputError("--out", "is missing: name a folder for the sweep, or say --dry-run")
    # an empty text, as an unset variable of a batch queue leaves it, is not the whole sweep: it is refused
    part = None if shard is None else parse_shard(shard)
    if scheduler is not None and not scheduler.strip():
        raise InputError("--scheduler", "is empty; should be an address with a port, such as tcp://127.0.0.1:8786")
    ensemble = make_ensemble(load_experiment(experiment), files, replicates)
    if part and ensemble.experiment.precision:
        problem = "a shard cannot tell when the precision is reached; leave one of the two out"
        raise InputError(f"--shard {shard}", problem)
    if dry_run:
        _forecast(ensemble, out, files, workers, part, json, quiet)
        return
    assert out is not None
    how = {"files": files, "workers": workers, "scheduler": scheduler, "shard": part}
    result, precision, new = _run(ensemble, out, quiet, **how, retry=retry, mixed=mixed, command=typed())
    _end(ensemble, result, precision, new, json)


def _run(ensemble: Ensemble, out: Path, quiet: bool, **how: Any) -> tuple[Result, Reached | None, bool]:
    """The sweep with progress, and whether any run was new; an interruption is a sentence that says how to go on."""
    from matsim.experiment.runner import unfinished, until_precise
    from matsim.experiment.worker import first_year

    with Progress(quiet) as progress:
        progress.stage(f"Running {ensemble.experiment.title or ensemble.experiment.path.name}", "runs")
        new: list[int] = []

        def tell(done: int, total: int) -> None:
            new.append(done)
            progress.tell(done, total)

        if how["files"] is not None:
            warn(first_year(ensemble, how["files"]))
        try:
            result, reached = until_precise(
                ensemble, out, say=lambda text: progress.stage(text, "runs"), tell=tell, **how
            )
            return result, reached, bool(new)
        except KeyboardInterrupt:
            kept = unfinished(out)
    state = f"Interrupted: {many(kept, 'finished run')} kept in {out}. To go on" if kept else AGAIN
    complain(f"{state}, type: {shlex.join(typed())}")
    raise typer.Exit(INTERRUPTED)


def _forecast(
    ensemble: Ensemble,
    out: Path | None,
    files: Files | None,
    workers: int | None,
    shard: Shard | None,
    json: bool,
    quiet: bool,
) -> None:
    from matsim.experiment.time_estimate import forecast

    with Progress(quiet) as progress:
        progress.stage("Trying a few runs")
        try:
            estimate = forecast(ensemble, out, files=files, workers=workers, shard=shard)
        except KeyboardInterrupt:  # nothing was going to be kept, so nothing is said about what has been
            complain(f"Interrupted. To start again, type: {shlex.join(typed())}")
            raise typer.Exit(INTERRUPTED) from None
    if json:
        show_json("sweep", {"dry_run": True, "plan": ensemble.describe(), "forecast": vars(estimate)})
        return
    about = ensemble.describe()
    counts = [many(len(about["arms"]), "arm"), many(about["points"], "point"), many(about["replicates"], "replicate")]
    kinds = f"{counts[0]} at {counts[1]}, {counts[2]}"
    show(f"{about['title'] or ensemble.experiment.path.name}: {kinds}, {many(about['years'], 'year')} each.")
    if ensemble.experiment.precision:
        show(f"Replicates are added up to {ensemble.experiment.precision.at_most} until the precision is reached.")
    show(f"{many(estimate.runs, 'run')}, {_new(estimate)}.")
    if estimate.new:
        memory = f"about {decimals(estimate.megabytes_worker)} MB of memory each"
        each = f"{decimals(estimate.seconds_per_run, 2)} s a run"
        show(f"About {span(estimate.seconds)} with {many(estimate.workers, 'worker')} ({each}), {memory}.")
        show(f"About {decimals(estimate.megabytes_disk, 1)} MB of disk, twice that while it is sealed.")
    if estimate.failed_before:
        show(f"{many(estimate.failed_before, 'run')} failed before; --retry does them again.")
    if estimate.errors:
        complain(_failing(estimate))
    if estimate.unfit:
        complain("\n".join(["No run could begin of:", *(f"  {problem}" for problem in estimate.unfit)]))


def _failing(estimate: Forecast) -> str:
    """Which of the runs tried failed, and what that says about the forecast."""
    failed = len(estimate.errors)
    who = f"{failed} of the {estimate.tried} runs tried failed"
    if failed == estimate.tried:
        who = "Every run tried failed, so the time and the disk above say little"
    shown = list(estimate.errors[:SHOWN])
    if more := failed - len(shown):
        shown.append(f"and {many(more, 'other')}")
    return "\n".join([f"{who}:", *(f"  {error}" for error in shown)])


def _new(estimate: Forecast) -> str:
    if not estimate.runs:
        return "since there are more shards than runs: this shard has nothing to do"
    if estimate.new in (0, estimate.runs):
        return "all new" if estimate.new else "all finished already: nothing is left to do"
    return f"of which {count(estimate.new)} new"


def _end(ensemble: Ensemble, result: Result, precision: Reached | None, new: bool, json: bool) -> None:
    """What came of it, and the exit code."""
    from matsim.analysis.sentences import precision_sentence
    from matsim.measures import MEASURES

    about, wanted = result.manifest, ensemble.experiment.precision
    if json:
        keys = ("title", "arms", "points", "replicates", "runs", "failed", "shard")
        content = {"result": str(result.folder), **{key: about[key] for key in keys}}
        show_json("sweep", content | ({"precision": vars(precision)} if precision else {}))
    else:
        show(_done(result, new))
    if precision and wanted and not (json and precision.reached):
        say = show if precision.reached else complain
        say(precision_sentence(wanted, precision, MEASURES[wanted.measure]))
    if about["failed"]:
        _tell_failed(result)
        raise typer.Exit(FAILED)
    if precision and not precision.reached:
        raise typer.Exit(NOT_REACHED)
    if not json and about["runs"]:
        show(_next(result))


def _done(result: Result, new: bool) -> str:
    about = result.manifest
    if not about["runs"]:
        return f"Shard {about['shard']} has no runs: the sweep has {count(about['planned'])}, fewer than shards."
    there = "" if new else ", all there already: nothing had to be run"
    text = f"{many(about['runs'], 'run')} of {many(len(about['arms']), 'arm')} in {result.folder}{there}."
    if spare := about["spare"]:
        text += f" {many(spare, 'finished run')} not asked for now: kept in spare, for when asked for again."
    return text


def _next(result: Result) -> str:
    """The command that comes next: shards are put together before anything is compared."""
    folder, shard = shlex.quote(str(result.folder)), result.manifest["shard"]
    if not shard:
        return f"To compare the arms, type: matsim compare {folder}"
    others = " OTHERS" if shard != "1/1" else ""
    return f"This is shard {shard}. When all are finished, type: matsim merge {folder}{others} --out DIR"


def _tell_failed(result: Result) -> None:
    from matsim.words.phrases import named

    runs = result.table("runs")
    failed = runs[runs["status"] == "failed"]
    complain(f"{many(len(failed), 'run')} failed:")
    for row in failed.head(SHOWN).itertuples():
        complain(f"  run {row.run} (arm {named(str(row.arm))}, point {row.point}, seed {row.seed}): {row.error}")
    if len(failed) > SHOWN:
        complain(f"  and {count(len(failed) - SHOWN)} more, in the table runs and in failures.json")
    folder = shlex.quote(str(result.folder))
    complain(f"To see one fail again, type: matsim replay {folder} {failed['run'].iloc[0]} --out DIR")
