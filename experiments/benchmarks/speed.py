"""How fast matsim is: full England on one core, cost against size, and one kernel in plain Mesa and over columns.

    make benchmark                                   all of it, a few minutes
    python experiments/benchmarks/speed.py sizes     one part: england, sizes or kernel

It prints tables and judges nothing but the stated targets. See README.md for what is measured and how.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from time import perf_counter, process_time
from typing import Any

ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "ARROW", "NUMEXPR")}
REPEATS = 3
YEARS = 20
SIZES = (2_000, 5_000, 20_000, 50_000, 100_000)
SIZE_YEARS = 5
KERNEL_YEARS = 25
COLLECT_YEARS = 3

TARGET_SECONDS, AIM_SECONDS, TARGET_MB, TARGET_RATIO = 4.0, 1.5, 500.0, 1.1
TOLERANCE = 0.015
"""Largest difference between the two kernels in any of the compared numbers (shares, sd, thousands, hundreds)."""


def main() -> None:
    """Run the parts named on the command line, or all."""
    parts: dict[str, Callable[[], None]] = {"england": england, "sizes": sizes, "kernel": kernel}
    asked = sys.argv[1:]
    if asked == ["one"]:
        print(json.dumps(one_run()))
        return
    unknown = [name for name in asked if name not in parts]
    if unknown:
        sys.exit(f"unknown part {unknown[0]!r}: should be one of {', '.join(parts)}")
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "pandas"))
    print(f"Python {platform.python_version()}, {packages}; {platform.system()}, {os.cpu_count()} cores, one used\n")
    begun = perf_counter()
    for name in asked or parts:
        parts[name]()
    print(f"All of this took {perf_counter() - begun:.0f} s.")


def england() -> None:
    """Full England for 20 years, each repeat in a process of its own, so that its peak memory is its own."""
    print(f"1. Full England: 20,000 schools, synthetic 2018, default scenario, {YEARS} years, median of {REPEATS}\n")
    command = [sys.executable, __file__, "one"]
    env = {**os.environ, **ONE_CORE}
    runs = [
        json.loads(subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout)
        for _ in range(REPEATS)
    ]
    middle = {key: statistics.median(r[key] for r in runs) for key in runs[0] if key != "steps"}
    for key in ("import", "world", "set up", "years", "tables"):
        each = ", ".join(f"{r[key]:.2f}" for r in runs)
        print(f"  {key:<8} {middle[key]:7.2f} s   ({each})")
    print(f"  processor time of the years {middle['processor']:.2f} s; {middle['events']:,.0f} events logged")
    years, memory = middle["years"], middle["memory"]
    print(f"  model time {years:.2f} s: target at most {TARGET_SECONDS:.0f} s {_met(years <= TARGET_SECONDS)}")
    print(f"                      aim at most {AIM_SECONDS:.1f} s {_met(years <= AIM_SECONDS)}")
    print(f"  peak memory {memory:.0f} MB, imports and tables included:", end=" ")
    print(f"target under {TARGET_MB:.0f} MB {_met(memory < TARGET_MB)}\n")
    steps = {name: statistics.median(r["steps"][name] for r in runs) for name in runs[0]["steps"]}
    steps["(recording)"] = max(years - sum(steps.values()), 0.0)
    print(f"  {'step':<18}{'ms a year':>10}{'share':>8}")
    for name, seconds in sorted(steps.items(), key=lambda item: -item[1]):
        print(f"  {name:<18}{1000 * seconds / YEARS:10.1f}{seconds / years:8.1%}")
    print()


def one_run() -> dict[str, Any]:
    """One full run in this process: seconds by part, seconds by step, peak memory in MB."""
    begun = perf_counter()
    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import build_world, simulate

    imported = perf_counter()
    scenario = Scenario()
    world = build_world(scenario)
    built, busy = perf_counter(), process_time()
    finished = simulate(scenario, world, years=YEARS)
    busy = process_time() - busy - finished.seconds["tables"] - finished.seconds["set up"]
    parts = {name: finished.seconds[name] for name in ("set up", "years", "tables")}
    return {
        "import": imported - begun,
        "world": built - imported,
        **parts,
        "processor": busy,
        "memory": peak_memory(),
        "events": len(finished.tables["events"]),
        "steps": finished.model.seconds,
    }


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MB; nan where the system does not say."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def sizes() -> None:
    """Model time per school and year against the number of schools."""
    import numpy as np

    from matsim.scenario.load import override
    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import build_world, simulate

    print(f"2. Cost against size: synthetic 2018, default scenario, {SIZE_YEARS} years, median of {REPEATS}\n")
    print(f"  {'schools':>8}{'world s':>9}{'model s':>9}{'µs a school-year':>18}{'against 2,000':>15}{'limit 1.1':>11}")
    simulate(Scenario(), build_world(override(Scenario(), {"world.synthetic.schools": 300}, "warming up")), years=1)
    scenarios = {size: override(Scenario(), {"world.synthetic.schools": size}, "benchmark") for size in SIZES}
    worlds, build = {}, {}
    for size, scenario in scenarios.items():
        begun = perf_counter()
        worlds[size] = build_world(scenario)
        build[size] = perf_counter() - begun
    # all sizes in turn, so that a busy spell of the machine falls on all of them
    rounds = [
        {size: simulate(scenarios[size], worlds[size], years=SIZE_YEARS).seconds["years"] for size in SIZES}
        for _ in range(REPEATS)
    ]
    times = [statistics.median(r[size] for r in rounds) for size in SIZES]
    for size, model in zip(SIZES, times, strict=True):
        each = model / size / SIZE_YEARS
        ratio = each / (times[0] / SIZES[0] / SIZE_YEARS)
        print(
            f"  {size:8,}{build[size]:9.2f}{model:9.2f}{each * 1e6:18.2f}{ratio:15.2f}{_met(ratio <= TARGET_RATIO):>11}"
        )
    exponent = float(np.polyfit(np.log(SIZES), np.log(times), 1)[0])
    largest = float(np.diff(np.log(times))[-1] / np.diff(np.log(SIZES))[-1])
    print(f"\n  time grows as size to the power {exponent:.2f} over all sizes, {largest:.2f} between the largest two\n")


def kernel() -> None:
    """The common kernel, twice."""
    from columns import ColumnModel
    from kernel import inputs
    from plain_mesa import PlainModel

    given = inputs()
    print(f"3. The same kernel twice: {len(given.trust):,} schools, {given.trusts:,} trusts, {KERNEL_YEARS} years")
    print("   (five processes: rolls, quality, inspection, seeking, joining; same first year, same neighbour lists)\n")
    # in turn, so that a busy spell of the machine falls on both
    columns, plain = zip(
        *(
            (_timed(ColumnModel(given, seed=1), KERNEL_YEARS), _timed(PlainModel(given, seed=1), KERNEL_YEARS))
            for _ in range(REPEATS)
        ),
        strict=True,
    )
    fast, slow = (statistics.median(seconds for seconds, _ in runs) for runs in (columns, plain))
    print(f"  median of {REPEATS}: columns {fast:.2f} s, plain Mesa {slow:.2f} s, ratio {slow / fast:.1f}")
    model = PlainModel(given, seed=1)
    collecting = 0.0
    for _ in range(COLLECT_YEARS):
        model.step()
        begun = perf_counter()
        model.collect()
        collecting += (perf_counter() - begun) / COLLECT_YEARS
    print(f"  agent reporters of Mesa's DataCollector: {collecting:.3f} s a year more (mean of {COLLECT_YEARS} years),")
    whole = slow + collecting * KERNEL_YEARS
    print(f"  which would make {whole:.2f} s of the {KERNEL_YEARS} years, ratio {whole / fast:.1f}\n")
    print(f"  {'after the last year':<26}{'columns':>9}{'plain':>9}{'apart':>9}   at most {TOLERANCE}")
    (_, left), (_, right) = columns[0], plain[0]
    for name, value in left.items():
        apart = abs(value - right[name])
        print(f"  {name:<26}{value:9.4f}{right[name]:9.4f}{apart:9.4f}   {_met(apart <= TOLERANCE)}")
    print()


def _timed(model: Any, years: int) -> tuple[float, dict[str, float]]:
    """Seconds of the years, and the outcome."""
    gc.collect()
    begun = perf_counter()
    for _ in range(years):
        model.step()
    return perf_counter() - begun, model.outcome()


def _met(yes: bool) -> str:
    return "met" if yes else "not met"


if __name__ == "__main__":
    main()
