"""matsim against another commit of it, and against a bare kernel in C++: ratios of processor time, in one run.

    git worktree add ../before 2f92de9
    python experiments/benchmarks/against.py --before ../before --kernels ../shared/bench --data ../shared/data [PART]

Both commits use the interpreter and the libraries that run this, in turn, each in processes of its own; every figure is
the least of REPEATS. Parts: help, england, sizes, sweep, real, middling, board, replays, validate; all unless named.
It prints tables and judges nothing but the stated targets. See README.md for what is measured and how.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

REPO = Path(__file__).resolve().parents[2]
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "ARROW", "NUMEXPR")}
REPEATS = 3
RUNS, POINTS, YEARS, WORKERS = 1000, 50, 20, 2
ESTABLISHMENTS, LINKS = "gias_england_2018-05.csv", "grouplinks_edubaseallacademiesandfree20180501.csv"
MIDDLE, AREA = "Calderdale", 315
"""Of the published file, the district around which an area is cut, and how many schools that are near it."""
BOARD_TRUST, FUTURES, REPLAYS, REPLAY_YEARS = "16340", 200, 200, 6


@dataclass(frozen=True)
class Took:
    """What a command took: processor and wall seconds, peak memory of its largest process (MB), and what it said."""

    cpu: float
    wall: float
    megabytes: float
    said: str


@dataclass(frozen=True)
class Sides:
    """Where the two commits are, and what else is measured against."""

    before: Path
    kernels: Path | None
    data: Path | None
    folder: Path
    runs: int
    repeats: int

    def run(self, checkout: Path, *command: str) -> Took:
        """Run Python with a commit's matsim."""
        env = {**os.environ, **ONE_CORE, "PYTHONPATH": str(checkout)}
        # compiled modules of both lie in the folder of this run, whatever either checkout has
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(self.folder / "compiled")
        # a process of its own in between, so that the peak is of this command's processes alone
        runner = [sys.executable, __file__, "--measured", *command]
        done = subprocess.run(runner, cwd=checkout, env=env, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} in {checkout} failed:\n{done.stderr[-3000:]}")
        return Took(**json.loads(done.stdout.splitlines()[-1]))

    def both(self, make: Callable[[Path], Sequence[str]], repeats: int | None = None) -> tuple[list[Took], list[Took]]:
        """A command of both commits in turn; `make` is given a folder that is not there yet, for what it writes."""
        pairs = []
        for _ in range(repeats or self.repeats):
            pair = []
            for checkout in (self.before, REPO):
                out = Path(tempfile.mkdtemp(dir=self.folder)) / "out"
                pair.append(self.run(checkout, *make(out)))
                shutil.rmtree(out.parent)
            pairs.append(pair)
        return [a for a, _ in pairs], [b for _, b in pairs]

    def published(self, name: str) -> Path:
        """A published file."""
        if self.data is None:
            sys.exit("this part needs --data")
        return self.data / name


def least(took: Sequence[Took], what: str = "cpu") -> float:
    """The least of several."""
    return min(float(getattr(t, what)) for t in took)


def told(took: Sequence[Took], key: str) -> float:
    """The least of a number that the commands printed as JSON in their last line."""
    return min(float(json.loads(t.said.splitlines()[-1])[key]) for t in took)


def line(what: str, before: float, after: float, target: float, aim: float | None = None, unit: str = "s") -> None:
    """One row of the table of ratios."""
    ratio = before / after
    digits = 1 if before >= 10 else 3
    numbers = f"{before:>9.{digits}f}{after:>9.{digits}f} {unit:<3}{ratio:>6.2f} ×"
    print(f"  {what:<58}{numbers}   {_judged('target at least', ratio >= target, target)}", end="")
    print("" if aim is None else f"; {_judged('aim', ratio >= aim, aim)}", flush=True)


def against(what: str, ratio: float, most: float, aim: float | None = None) -> None:
    """A ratio that should be small."""
    print(f"  {what:<58}{ratio:>28.2f} ×   {_judged('target at most', ratio <= most, most)}", end="")
    print("" if aim is None else f"; {_judged('aim', ratio <= aim, aim)}", flush=True)


def _judged(word: str, met: bool, value: float) -> str:
    return f"{word} {value:g} {'met' if met else 'NOT met'}"


MODEL = """
import json, sys, time
schools, years, repeats = map(int, sys.argv[1:4])
changes = [f"world.synthetic.schools={schools}"]
try:
    from matsim.scenario.load import load_scenario
    from matsim.simulation.simulate import build_world
    from matsim.simulation.model import TrustSystem
    scenario = load_scenario("england-2018", changes)
except ImportError:
    from matsim.model import TrustSystem
    from matsim.run import build_world
    from matsim.scenario.find import load_scenario
    from matsim.scenario.load import override
    scenario = override(load_scenario("england-2018"), changes, "benchmark")
world = build_world(scenario)
took = []
for seed in range(1, repeats + 1):
    model = TrustSystem(world, scenario, seed)
    begun = time.process_time()
    model.run_years(years)
    took.append(time.process_time() - begun)
    model.__dict__.clear()
print(json.dumps({"years": min(took)}))
"""
"""Model time, without tables, by the interfaces that both commits have."""

REPLAY = """
import json, sys, time
try:
    from matsim.scenario.load import load_scenario
except ImportError:
    from matsim.scenario.find import load_scenario
from matsim.web.classroom.debrief import replay
from matsim.web.classroom.rounds import world_of
scenario, years, replays = load_scenario("area-300"), int(sys.argv[1]), int(sys.argv[2])
world = world_of(scenario)
uid = int(world.trusts["uid"][0])
seeds = list(range(1, replays + 1))
begun = time.process_time()
for first in range(0, replays, 50):
    replay(scenario, years, [uid], seeds[first : first + 50])
print(json.dumps({"cpu": time.process_time() - begun}))
"""

IMPORTS = """
import json, resource
try:
    import matsim.simulation.simulate
except ImportError:
    import matsim.run
print(json.dumps({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def helps(sides: Sides) -> None:
    """`matsim --help`."""
    before, after = sides.both(lambda _: ("-m", "matsim", "--help"), 10)
    line("matsim --help", least(before), least(after), 0.9)


def england(sides: Sides) -> None:
    """Full England: the model alone, the whole command, and its memory."""
    before, after = sides.both(lambda _: ("-c", MODEL, "20000", str(YEARS), "3"))
    line(f"England, {YEARS} years, model time", told(before, "years"), told(after, "years"), 2, 4)
    if sides.kernels:
        bare = kernel(sides, 22_000) * 20_000 / 22_000
        against(f"England against the bare kernel ({1e3 * bare:.0f} ms)", told(after, "years") / bare, 14, 7)
    command = ("-m", "matsim", "run", "england-2018", "--quiet", "--set", f"run.years={YEARS}", "--out")
    before, after = sides.both(lambda out: (*command, str(out)))
    line("England, whole command with all tables", least(before), least(after), 2)
    bare_before, bare_after = sides.both(lambda _: ("-c", IMPORTS), 1)
    peaks = [least(t, "megabytes") - told(b, "megabytes") for t, b in ((before, bare_before), (after, bare_after))]
    print(f"  England, peak memory above the bare import: {peaks[0]:.0f} MB, {peaks[1]:.0f} MB; "
          f"target at most 200 MB: {'met' if peaks[1] <= 200 else 'NOT met'}", flush=True)  # fmt: skip


def sizes(sides: Sides) -> None:
    """Cost of a school-year against size."""
    cost = {}
    for schools, repeats in ((20_000, 3), (200_000, 1)):
        took = [sides.run(REPO, "-c", MODEL, str(schools), "5", str(repeats)) for _ in range(2)]
        cost[schools] = told(took, "years") / schools / 5
        print(f"  {schools:,} schools × 5 years: {1e6 * cost[schools]:.2f} µs a school-year", flush=True)
    against("200,000 schools against 20,000", cost[200_000] / cost[20_000], 1.15)


def experiment(sides: Sides, title: str, world: str, points: int, replicates: int) -> Path:
    """An experiment of so many points and replicates: a coefficient of bidding takes another value at each point."""
    path = sides.folder / f"{title}.toml"
    path.write_text(
        f'title = "{title}"\nscenario = "area-300"\nyears = {YEARS}\nreplicates = {replicates}\n\n'
        f'[set]\n{world}\n\n[design]\nkind = "latin hypercube"\npoints = {points}\n\n'
        '[[uncertainties]]\nname = "joining.reservation"\n',
        encoding="utf-8",
    )
    return path


def swept(sides: Sides, what: str, path: Path, runs: int, ratio: float, aim: float, *files: str) -> tuple[float, float]:
    """A sweep of both commits; returns the processor seconds of a run."""
    command = ("-m", "matsim", "sweep", str(path), "--workers", str(WORKERS), "--quiet", *files, "--out")
    before, after = sides.both(lambda out: (*command, str(out)), 1)
    each = least(before) / runs, least(after) / runs
    line(f"{what}, processor ms a run", 1e3 * each[0], 1e3 * each[1], ratio, aim, "ms")
    wall = least(before, "wall"), least(after, "wall")
    print(f"    wall {wall[0]:.0f} s and {wall[1]:.0f} s; peak of the largest process "
          f"{least(before, 'megabytes'):.0f} and {least(after, 'megabytes'):.0f} MB", flush=True)  # fmt: skip
    return each


def small(sides: Sides) -> None:
    """Runs of 300 schools over 20 years: 50 points of 20 replicates."""
    points = max(sides.runs * POINTS // RUNS, 2)
    runs = points * (RUNS // POINTS)
    path = experiment(sides, "small", "", points, RUNS // POINTS)
    _, each = swept(sides, f"{runs:,} runs of 300 schools × {YEARS} years", path, runs, 8, 14)
    if sides.kernels:
        bare = kernel(sides, 300)
        against(f"  a run against the bare kernel ({1e3 * bare:.2f} ms)", each / bare, 52, 30)


def real(sides: Sides) -> None:
    """The same on schools of the published file."""
    files = cut(sides)
    points = max(sides.runs * POINTS // RUNS, 2)
    runs = points * (RUNS // POINTS)
    path = experiment(sides, "real", "", points, RUNS // POINTS)
    given = ("--establishments", str(files[0]), "--group-links", str(files[1]))
    swept(sides, f"{runs:,} runs of {files[2]} real schools × {YEARS} years", path, runs, 8, 14, *given)


def cut(sides: Sides) -> tuple[Path, Path, int]:
    """An area of the published file: a district and its surroundings, under their own URNs."""
    text = sides.published(ESTABLISHMENTS).read_text(encoding="cp1252")
    rows = list(csv.reader(text.splitlines()))
    head = rows[0]
    district = head.index("DistrictAdministrative (name)")
    east, north = head.index("Easting"), head.index("Northing")
    place = [(float(r[east] or 0), float(r[north] or 0)) for r in rows[1:]]
    inside = [i for i, r in enumerate(rows[1:]) if r[district] == MIDDLE]
    middle = [sum(place[i][k] for i in inside) / len(inside) for k in (0, 1)]
    near = sorted(range(len(place)), key=lambda i: (place[i][0] - middle[0]) ** 2 + (place[i][1] - middle[1]) ** 2)
    kept = [rows[1 + i] for i in sorted(near[:AREA])]
    path = sides.folder / "area.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file).writerows([head, *kept])
    return path, sides.published(LINKS), len(kept)


def middling(sides: Sides) -> None:
    """200 runs of 4,000 schools: 10 points of 20 replicates."""
    points = max(10 * sides.runs // RUNS, 2)
    path = experiment(sides, "middling", '"world.synthetic.schools" = 4000', points, 20)
    swept(sides, f"{20 * points} runs of 4,000 schools × {YEARS} years", path, 20 * points, 2, 4)


def board(sides: Sides) -> None:
    """A board pack."""
    files = ("--establishments", str(sides.published(ESTABLISHMENTS)), "--group-links", str(sides.published(LINKS)))
    command = ("-m", "matsim", "board", *files, "--trust", BOARD_TRUST, "--futures", str(FUTURES), "--quiet", "--out")
    before, after = sides.both(lambda out: (*command, str(out)), 1)
    line(f"board pack, {FUTURES} futures of four options", least(before), least(after), 4)


def replays(sides: Sides) -> None:
    """Replays of a team's years."""
    before, after = sides.both(lambda _: ("-c", REPLAY, str(REPLAY_YEARS), str(REPLAYS)))
    line(f"{REPLAYS} replays of a team's {REPLAY_YEARS} years", told(before, "cpu"), told(after, "cpu"), 8)


def validate(sides: Sides) -> None:
    """The scorecard."""
    before, after = sides.both(lambda out: ("-m", "matsim", "validate", "--quiet", "--out", str(out)), 1)
    line("matsim validate", least(before), least(after), 3)


def kernel(sides: Sides, schools: int) -> float:
    """Seconds that the bare kernel in C++ takes for 20 years: the least of many."""
    assert sides.kernels is not None
    program, worlds = sides.folder / "kernel", sides.folder / "worlds"
    if not program.exists():
        worlds.mkdir()
        source = str(sides.kernels / "mat.cpp")
        subprocess.run(["g++", "-O3", "-march=native", "-o", str(program), source], check=True)
        env = {**os.environ, "KERNEL_WORLDS": str(worlds)}
        subprocess.run([sys.executable, str(sides.kernels / "world.py")], env=env, check=True, capture_output=True)
    times = "200" if schools < 1000 else "9"
    command = [str(program), str(worlds / f"w{schools}.txt"), times]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return min(float(json.loads(text)["total"]) for text in done.stdout.splitlines())


PARTS: dict[str, Callable[[Sides], None]] = {
    "help": helps,
    "england": england,
    "sizes": sizes,
    "sweep": small,
    "real": real,
    "middling": middling,
    "board": board,
    "replays": replays,
    "validate": validate,
}


def measured(command: list[str]) -> None:
    """Run Python with these arguments and print what it took, its own children included, as JSON."""
    begun = perf_counter()
    done = subprocess.run([sys.executable, *command], check=False, capture_output=True, text=True)
    wall, used = perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stderr.write(done.stderr)
    if done.returncode:
        sys.exit(done.returncode)
    took: dict[str, Any] = {"cpu": used.ru_utime + used.ru_stime, "wall": wall}
    print(json.dumps(took | {"megabytes": used.ru_maxrss / 1024, "said": done.stdout}))


def main() -> None:
    """Measure the parts that are named, or all."""
    if sys.argv[1:2] == ["--measured"]:
        measured(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description="matsim against another commit, and against a bare kernel")
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the other commit")
    parser.add_argument("--kernels", type=Path, help="folder of mat.cpp and world.py (needs g++)")
    parser.add_argument("--data", type=Path, help="folder of the published files")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of the largest sweep, default {RUNS}")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"default {REPEATS}")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all unless named")
    given = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "pandas"))
    print(f"Python {platform.python_version()}, {packages}; {platform.system()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f} at the start")  # fmt: skip
    print(f"  {'':<58}{'before':>9}{'after':>9}{'ratio':>10}")
    with tempfile.TemporaryDirectory() as folder:
        kernels, data = (None if path is None else path.resolve() for path in (given.kernels, given.data))
        sides = Sides(given.before.resolve(), kernels, data, Path(folder), given.runs, given.repeats)
        for checkout in (sides.before, REPO):
            sides.run(checkout, "-m", "compileall", "-q", str(checkout / "matsim"))
        for name in given.parts or PARTS:
            PARTS[name](sides)


if __name__ == "__main__":
    main()
