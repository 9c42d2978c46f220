"""What the runner costs: 1,000 runs of a 300-school area over 20 years, one and two workers, and Mesa's batch_run.

    python experiments/benchmarks/sweep.py              all of it, about ten minutes
    python experiments/benchmarks/sweep.py --runs 60    with fewer runs

All runs are done with two workers: overhead, memory and disk are of these. One worker does a quarter of them before and
the same quarter after, so that a machine that becomes slower or faster on the way counts for both; for the speed-up its
start counts once and the rest in proportion to the runs. Mesa's batch_run does a twentieth. It prints tables and judges
nothing but the stated targets. See README.md for what is measured and how.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from mesa import DataCollector
from mesa.batchrunner import batch_run

from matsim.core.processes import ONE_THREAD
from matsim.experiment.ensemble import make_ensemble
from matsim.experiment.load import read_experiment
from matsim.experiment.runner import sweep
from matsim.experiment.worker import NEEDED
from matsim.scenario.load import load_scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import build_world
from matsim.world.base import World

RUNS, YEARS, WORKERS = 1000, 20, 2
PART, FEW = 4, 20
"""One worker does one run in PART, twice; batch_run does one in FEW."""
TARGET_OVERHEAD, TARGET_SPEEDUP, TARGET_GROWTH = 0.10, 1.8, 1.1
COLLECTED = ("schools", "academies_in_mats", "mats_with_2_or_more", "share_good_or_better", "mean_outcome")

_worlds: dict[str, World] = {}


class Collected(TrustSystem):
    """The same model as Mesa's batch_run wants it: it makes its own world, and has a data collector."""

    def __init__(self, rng: int = 1) -> None:
        scenario = load_scenario("area-300")
        if "area" not in _worlds:
            _worlds["area"] = build_world(scenario)
        super().__init__(_worlds["area"], scenario, int(rng))
        self.recorder.only(NEEDED)
        self.datacollector = DataCollector(model_reporters={name: _reporter(name) for name in COLLECTED})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def _reporter(name: str) -> Any:
    return lambda model: float(model.recorder._blocks["system_year"][-1][name][0])


def main() -> None:
    """Run everything; the number of runs may be given."""
    parser = argparse.ArgumentParser(description="What the runner of experiments costs")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs in all, default {RUNS}, at least {2 * FEW}")
    runs = max(parser.parse_args().runs, 2 * FEW)
    os.environ.update(ONE_THREAD)  # for every process that is started from here
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "pandas", "pyarrow"))
    print(f"Python {platform.python_version()}, {packages}; {platform.system()}, {os.cpu_count()} cores")
    print(f"{runs:,} runs of the scenario area-300, {YEARS} years each\n")
    folder = Path(tempfile.mkdtemp())
    try:
        before = measure(runs // PART, folder / "before", 1)
        whole = measure(runs, folder / "whole", WORKERS)
        after = measure(runs // PART, folder / "after", 1)
        same = measure(runs // PART, folder / "same", WORKERS)["digest"] == before["digest"] == after["digest"]
        tell((before, after), whole, same)
        memory(whole)
        mesa(max(runs // FEW, 2), folder)
    finally:
        shutil.rmtree(folder)


def measure(runs: int, out: Path, workers: int) -> dict[str, Any]:
    """One sweep: seconds in all, until the first run was back and of the model alone; memory as it goes on."""
    plan = make_ensemble(
        read_experiment({"title": "benchmark", "scenario": "area-300", "years": YEARS, "replicates": runs}), None
    )
    begun = perf_counter()
    marks: list[tuple[int, float, float, float]] = []

    def look(done: int, total: int) -> None:
        if not marks or not marks[-1][0] or done == total or done - marks[-1][0] >= total // 20:
            own, below = resident(os.getpid()), [resident(pid) for pid in children()]
            marks.append((done, perf_counter() - begun, own, max(below, default=0.0)))

    result = sweep(plan, out, workers=workers, tell=look)
    wall = perf_counter() - begun
    files = sorted(path for path in out.rglob("*.parquet"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    first = next(second for done, second, _, _ in marks if done)
    return {
        "count": runs,
        "workers": workers,
        "over": wall * workers / result.manifest["seconds"]["model"] - 1,
        "wall": wall,
        "first": first,
        "seal": wall - marks[-1][1],
        "digest": digest,
        "marks": marks,
        "disk": sum(path.stat().st_size for path in files) / 1e3 / runs,
        "failed": result.manifest["failed"],
        **result.manifest["seconds"],
    }


def tell(alone: Sequence[dict[str, Any]], whole: dict[str, Any], same: bool) -> None:
    """The sweeps, and whether the targets are met."""
    print("1. The runner\n")
    heads = ("wall", "model", "runs", "first", "seal")
    print(f"  {'runs':>6}  workers{''.join(f'{head} s'.rjust(9) for head in heads)}  overhead  failed  kB a run")
    for m in (alone[0], whole, *alone[1:]):
        seconds = "".join(f"{m[head]:9.1f}" for head in heads)
        print(f"  {m['count']:>6,}{m['workers']:9}{seconds}{m['over']:10.1%}{m['failed']:8}{m['disk']:10.1f}")
    share = whole["count"] / sum(m["count"] for m in alone)
    model, walls = share * sum(m["model"] for m in alone), sum(m["wall"] for m in alone)
    once = sum(m["first"] + m["seal"] for m in alone)  # what does not grow with the runs counts once
    wall = once / len(alone) + share * (walls - once)
    over, up, slower = whole["over"], wall / whole["wall"], whole["model"] / model
    print("\n  wall: everything, worker start, summaries, journal and sealing included; model: set up and years of the")
    print(
        "  runs alone, over all workers; runs: with tables, summaries and Arrow; first: until the first run was back;"
    )
    print("  seal: from the last run to the sealed result; overhead: (wall x workers - model) / model")
    print(f"  overhead of {whole['count']:,} runs: {over:.1%}; target under {TARGET_OVERHEAD:.0%} "
          f"{_met(over < TARGET_OVERHEAD)}")  # fmt: skip
    print(f"  speed-up from one to two workers {up:.2f}; target at least {TARGET_SPEEDUP} {_met(up >= TARGET_SPEEDUP)}")
    print(f"  (a model took {slower:.2f} times as long with two at once as alone: no runner could do better than "
          f"{min(2.0, 2 / slower):.2f} here)")  # fmt: skip
    print(f"  the same bytes with one and two workers: {'yes' if same else 'NO'}\n")


def memory(whole: dict[str, Any]) -> None:
    """Memory of the sweep's own process and of its largest worker, at the beginning, on the way and at the end."""
    print("2. Resident memory in MB as the sweep goes on\n")
    print(f"  {'runs':>7}{'sweep':>9}{'worker':>9}")
    marks = [mark for mark in whole["marks"] if mark[0]]
    for done, _, own, below in marks[:: max(1, len(marks) // 10)]:
        print(f"  {done:>7,}{own:9.0f}{below:9.0f}")
    early, late = marks[len(marks) // 4], marks[-1]
    growth = (late[2] + late[3]) / (early[2] + early[3])
    print(f"\n  last over first quarter {growth:.2f}; target at most {TARGET_GROWTH} {_met(growth <= TARGET_GROWTH)}\n")


def mesa(runs: int, folder: Path) -> None:
    """Some of the same runs through Mesa's batch_run, with a handful of numbers collected at the end of each."""
    print(f"3. {runs:,} of the runs through Mesa's batch_run: five numbers of each run's last year, nothing on disk\n")
    print(f"  {'workers':>7}{'wall s':>9}{'ms a run':>10}{'the runner':>12}{'ratio':>8}")
    for workers in (1, WORKERS):
        # each twice, in the order ours, theirs, theirs, ours
        ours = measure(runs, folder / f"first-{workers}", workers)["wall"]
        theirs = sum(batched_by_mesa(runs, workers) for _ in range(2))
        ours += measure(runs, folder / f"last-{workers}", workers)["wall"]
        each, own = (1e3 * wall / 2 / runs for wall in (theirs, ours))
        print(f"  {workers:>7}{theirs / 2:9.1f}{each:10.0f}{own:12.0f}{each / own:8.2f}")
    print("\n  ms a run: wall time over runs, starting processes included; with few runs that weighs on both\n")


def batched_by_mesa(runs: int, workers: int) -> float:
    """Seconds that batch_run takes."""
    begun = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces what goes in Mesa 4
        how = {"number_processes": workers, "max_steps": YEARS, "display_progress": False}
        found = batch_run(Collected, {}, rng=list(range(1, runs + 1)), **how)
    if len(found) != runs:
        print(f"  {len(found):,} of {runs:,} runs came back")
    return perf_counter() - begun


def resident(pid: int) -> float:
    """Resident memory of a process in MB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children() -> list[int]:
    """Worker processes of this one."""
    import multiprocessing

    return [process.pid for process in multiprocessing.active_children() if process.pid]


def _met(yes: bool) -> str:
    return "(met)" if yes else "(MISSED)"


if __name__ == "__main__":
    main()
