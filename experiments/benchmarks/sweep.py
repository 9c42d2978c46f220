"""What the runner costs: 1,000 runs of a 300-school area over 20 years, one and two workers, and Mesa's batch_run.

    python experiments/benchmarks/sweep.py        all of it, about a quarter of an hour
    python experiments/benchmarks/sweep.py 60     with fewer runs

It prints tables and judges nothing but the stated targets. See README.md for what is measured and how.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from mesa import DataCollector
from mesa.batchrunner import batch_run

from matsim.experiment.load import read_experiment
from matsim.experiment.plan import Plan, make_plan
from matsim.experiment.runner import sweep
from matsim.experiment.work import NEEDED
from matsim.model import TrustSystem
from matsim.run import build_world
from matsim.scenario.find import load_scenario
from matsim.world.base import World

RUNS, YEARS, WORKERS = 1000, 20, (1, 2)
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "ARROW", "NUMEXPR")}
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
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    os.environ.update(ONE_THREAD)  # for every process that is started from here
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "pandas", "pyarrow"))
    print(f"Python {platform.python_version()}, {packages}; {platform.system()}, {os.cpu_count()} cores")
    print(f"{runs:,} runs of the scenario area-300, {YEARS} years each\n")
    asked = {"title": "benchmark", "scenario": "area-300", "years": YEARS, "replicates": runs}
    plan = make_plan(read_experiment(asked), None)
    folder = Path(tempfile.mkdtemp())
    try:
        measured = {workers: measure(plan, folder / str(workers), workers) for workers in WORKERS}
    finally:
        shutil.rmtree(folder)
    tell(measured)
    mesa(runs, measured)


def measure(plan: Plan, out: Path, workers: int) -> dict[str, Any]:
    """One sweep: seconds in all, until the first run was back and of the model alone; memory as it goes on."""
    begun = perf_counter()
    marks: list[tuple[int, float, float, float]] = []

    def look(done: int, total: int) -> None:
        if not marks or done == total or done - marks[-1][0] >= total // 20:
            own, below = resident(os.getpid()), [resident(pid) for pid in children()]
            marks.append((done, perf_counter() - begun, own, max(below, default=0.0)))

    result = sweep(plan, out, workers=workers, tell=look)
    wall = perf_counter() - begun
    files = sorted(path for path in out.rglob("*.parquet"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    first = next(second for done, second, _, _ in marks if done)
    return {
        "wall": wall,
        "first": first,
        "seal": wall - marks[-1][1],
        "digest": digest,
        "marks": marks,
        "disk": sum(path.stat().st_size for path in files) / 1e6,
        "failed": result.manifest["failed"],
        **result.manifest["seconds"],
    }


def tell(measured: dict[int, dict[str, Any]]) -> None:
    """The tables, and whether the targets are met."""
    print("1. The runner\n")
    heads = ("wall", "model", "runs", "first", "seal")
    print(f"  workers{''.join(f'{head} s'.rjust(9) for head in heads)}  overhead  failed")
    for workers, m in measured.items():
        over = m["wall"] * workers / m["model"] - 1
        print(f"  {workers:>7}{''.join(f'{m[head]:9.1f}' for head in heads)}{over:10.1%}{m['failed']:8}")
    one, two = (measured[n] for n in WORKERS)
    over, up = one["wall"] / one["model"] - 1, one["wall"] / two["wall"]
    print("\n  wall: everything, worker start, summaries, journal and sealing included; model: set up and years of the")
    print("  runs alone; runs: with tables, summaries and Arrow; first: until the first run was back")
    print(f"  overhead with one worker {over:.1%}: target under {TARGET_OVERHEAD:.0%} {_met(over < TARGET_OVERHEAD)}")
    print(f"  speed-up from one to two workers {up:.2f}: target at least {TARGET_SPEEDUP} {_met(up >= TARGET_SPEEDUP)}")
    same = "yes" if one["digest"] == two["digest"] else "NO"
    print(f"  the same bytes with one and two workers: {same}; {one['disk']:.1f} MB\n")
    print("2. Resident memory in MB as the sweep goes on (two workers)\n")
    print(f"  {'runs':>7}{'sweep':>9}{'worker':>9}")
    marks = [mark for mark in two["marks"] if mark[0]]
    for done, _, own, below in marks[:: max(1, len(marks) // 10)]:
        print(f"  {done:>7,}{own:9.0f}{below:9.0f}")
    early, late = marks[len(marks) // 4], marks[-1]
    growth = (late[2] + late[3]) / (early[2] + early[3])
    print(f"\n  last over first quarter {growth:.2f}: target at most {TARGET_GROWTH} {_met(growth <= TARGET_GROWTH)}\n")


def mesa(runs: int, measured: dict[int, dict[str, Any]]) -> None:
    """The same runs through Mesa's batch_run, with a handful of numbers collected at the end of each."""
    print("3. The same runs through Mesa's batch_run: five numbers of each run's last year, nothing on disk\n")
    print(f"  {'workers':>7}{'wall s':>9}{'against the runner':>20}")
    for workers in WORKERS:
        begun = perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it announces what goes in Mesa 4
            seeds = list(range(1, runs + 1))
            how = {"number_processes": workers, "max_steps": YEARS, "display_progress": False}
            found = batch_run(Collected, {}, rng=seeds, **how)
        wall = perf_counter() - begun
        print(f"  {workers:>7}{wall:9.1f}{wall / measured[workers]['wall']:20.2f}")
        if len(found) != runs:
            print(f"  {len(found):,} of {runs:,} runs came back")
    print()


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
