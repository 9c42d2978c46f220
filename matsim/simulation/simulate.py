"""One scenario, one seed: to tables, and to a result folder. Also the same world twice, and the same result again."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

import pandas as pd

from matsim.core.errors import InputError, VerificationError
from matsim.core.published_files import KINDS, Files
from matsim.core.toml import plain
from matsim.results.provenance import made_otherwise
from matsim.results.reader import prove, proving
from matsim.results.store import Result, ensure_free, manifest, open_result, write
from matsim.results.table_files import table_digest
from matsim.scenario.combined import combined
from matsim.scenario.first_year import settled
from matsim.scenario.fitting import check
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.inventory import lists
from matsim.simulation.model import TrustSystem
from matsim.simulation.recorder import Recorder
from matsim.words.amounts import count
from matsim.words.phrases import listed
from matsim.world.base import World
from matsim.world.copies import copied
from matsim.world.gias import read_world
from matsim.world.synthetic import SyntheticParams, synthetic

__all__ = ["Files", "Finished", "build_world", "run", "save", "simulate", "verify"]

type Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Finished:
    """A finished run in memory: its tables, the world and scenario it came from, and how long each part took."""

    scenario: Scenario
    world: World
    seed: int
    tables: dict[str, pd.DataFrame]
    seconds: dict[str, float]
    model: TrustSystem


def build_world(scenario: Scenario, files: Files | None = None) -> World:
    """The first year: from published files where given, else synthetic. InputError when files are wrong."""
    if files is None:
        return synthetic(scenario.world.synthetic, scenario.world.start, scenario.travel)
    world = read_world(files, settled(scenario, files).world.start, scenario.travel)
    idle = scenario.world.synthetic.model_dump(exclude_defaults=True)
    if not idle:
        return world
    settings = ", ".join(f"{name} = {value}" for name, value in idle.items())
    warning = (
        f"The scenario '{scenario.title}' is of a made-up part of the country (world.synthetic: {settings}), which has "
        "no effect here: every school of the files is in this world."
    )
    return replace(world, account=replace(world.account, warnings=(warning, *world.account.warnings)))


_WORLDS: OrderedDict[str, World] = OrderedDict()
_BUILDING = Lock()
MOST_WORLDS = 3
"""First years that a process keeps; a world of England takes some 40 MB."""


def world_of(scenario: Scenario, files: Files | None = None) -> World:
    """The first year of a scenario, as `build_world` makes it, kept for whoever asks next: the last few of a process.

    Files that were written again since are read again. Safe to share between threads. InputError when files are wrong.
    """
    scenario = settled(scenario, files)
    settings: list[Any] = [scenario.world.start, plain(scenario.travel), plain(scenario.world.synthetic)]
    if files is not None:
        # of a made-up part of the country files take no notice, but for a warning that names the scenario
        settings += [scenario.title if scenario.world.synthetic != SyntheticParams() else "", _stamps(files)]
    key = json.dumps(settings)
    with _BUILDING:
        if key not in _WORLDS:
            while len(_WORLDS) >= MOST_WORLDS:
                _WORLDS.popitem(last=False)
            _WORLDS[key] = build_world(scenario, files)
        _WORLDS.move_to_end(key)
        return _WORLDS[key]


def _stamps(files: Files) -> list[tuple[str, int, int]]:
    """What tells a file from what it was: its place, when it was written, and its size; zero where there is none."""
    stamps = []
    for name, path in files.inputs.items():
        try:
            known = path.stat()
        except (OSError, ValueError):  # whoever reads it says what is wrong
            known = None
        stamps.append((f"{name}: {path}", known.st_mtime_ns if known else 0, known.st_size if known else 0))
    return stamps


def called(scenario: Scenario, files: Files | None) -> tuple[str, str]:
    """Title and question of a run of the scenario. Those of a made-up part of the country are not those of files."""
    if files is not None and scenario.world.synthetic != SyntheticParams():
        return "The schools of the files", ""
    return scenario.title, scenario.question


def ready(scenario: Scenario, files: Files | None = None) -> World:
    """The first year, once everything is checked that a run refuses. InputError for a scenario that cannot be run."""
    scenario = settled(scenario, files)
    world = build_world(scenario, files)
    check(scenario, world)
    return world


def simulate(
    scenario: Scenario,
    world: World,
    *,
    seed: int | None = None,
    years: int | None = None,
    tell: Tell | None = None,
    tables: Collection[str] | None = None,
) -> Finished:
    """Run a scenario on a world; `seed` and `years` stand in for the scenario's own where given.

    `tables` names the only tables to make: with many runs, those that nobody reads are most of the work after
    the model's own.
    """
    luck = scenario.run.seed if seed is None else seed
    begun = perf_counter()
    model = TrustSystem(world, scenario, luck)
    model.recorder.only(tables)
    built = perf_counter()
    model.run_years(scenario.run.years if years is None else years, tell)
    ran = perf_counter()
    made = model.recorder.tables()
    seconds = {"set up": built - begun, "years": ran - built, "tables": perf_counter() - ran, **model.seconds}
    return Finished(scenario, world, luck, made, seconds, model)


def replicates(
    scenario: Scenario,
    world: World,
    seeds: Sequence[int],
    *,
    years: int | None = None,
    tables: Collection[str] | None = None,
    columns: Mapping[str, Collection[str]] | None = None,
) -> list[dict[str, Mapping[str, Any]]]:
    """A scenario on one world with several seeds, side by side: for each seed its tables as arrays by column.

    Each gives what it would give alone. `tables` and `columns` as in `Recorder.only`.
    """
    model = side_by_side(scenario, world, seeds)
    model.recorder.only(tables, columns)
    model.run_years(scenario.run.years if years is None else years)
    made = model.recorder.by_copy()
    model.let_go()
    return made


def side_by_side(scenario: Scenario | Sequence[Scenario], world: World, seeds: Sequence[int]) -> TrustSystem:
    """A model of a copy of the world for each seed, under one scenario or each under its own.

    Each copy lives through what it would alone. Scenarios may differ in what trusts decide, and in nothing else.
    """
    each = [scenario] * len(seeds) if isinstance(scenario, Scenario) else scenario
    return TrustSystem(copied(world, len(seeds)), combined(each), seeds)


def run(
    scenario: Scenario,
    out: Path,
    *,
    files: Files | None = None,
    seed: int | None = None,
    years: int | None = None,
    formats: Sequence[str] = ("parquet",),
    overwrite: bool = False,
    command: Sequence[str] = (),
    tell: Tell | None = None,
) -> Result:
    """Run a scenario and write its result folder. Nothing that looks finished is left when it fails."""
    ensure_free(out, overwrite)
    begun = perf_counter()
    asked = {name: value for name, value in (("seed", seed), ("years", years)) if value is not None}
    scenario = settled(scenario.model_copy(update={"run": scenario.run.model_copy(update=asked)}), files)
    world = build_world(scenario, files)
    inputs, origin = _origin(scenario, world, files)
    started = perf_counter()
    model = TrustSystem(world, scenario, scenario.run.seed)
    del world
    built = perf_counter()
    model.run_years(scenario.run.years, tell)
    ran = perf_counter()
    seconds = {"set up": built - started, "years": ran - built, "tables": 0.0, **model.seconds}
    about = manifest(command, scenario.run.seed, inputs, ran - begun, origin | {"seconds": _rounded(seconds)})
    tables = _Coming(model.recorder, about)
    model.let_go()  # the record has all that tables are made from
    return write(out, tables, about, resolved(scenario), formats=formats, overwrite=overwrite, lists=lists(scenario))


class _Coming(Mapping[str, pd.DataFrame]):
    """The tables of a record, each made when it is asked for, once; what the manifest says of time is kept up."""

    def __init__(self, recorder: Recorder, about: dict[str, Any]) -> None:
        self._recorder, self._about, self._names = recorder, about, recorder.names

    def __getitem__(self, name: str) -> pd.DataFrame:
        begun = perf_counter()
        frame = self._recorder.take(name)
        spent = perf_counter() - begun
        for seconds, part in ((self._about, "wall_seconds"), (self._about["seconds"], "tables")):
            seconds.update(_rounded({part: seconds[part] + spent}))
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def save(
    finished: Finished,
    out: Path,
    *,
    files: Files | None = None,
    formats: Sequence[str] = ("parquet",),
    overwrite: bool = False,
    command: Sequence[str] = (),
    wall: float = 0.0,
) -> Result:
    """Write a finished run with everything that is needed to make it again."""
    changed = finished.scenario.run.model_copy(
        update={"seed": finished.seed, "years": len(finished.tables["system_year"])}
    )
    scenario = settled(finished.scenario.model_copy(update={"run": changed}), files)
    inputs, origin = _origin(scenario, finished.world, files)
    about = manifest(command, finished.seed, inputs, wall, origin | {"seconds": _rounded(finished.seconds)})
    return write(
        out, finished.tables, about, resolved(scenario), formats=formats, overwrite=overwrite, lists=lists(scenario)
    )


def _origin(scenario: Scenario, world: World, files: Files | None) -> tuple[dict[str, Path | str], dict[str, Any]]:
    """What a manifest says of what a run was made from: its inputs, and what it is called and of which world."""
    title, question = called(scenario, files)
    origin = {"kind": "run", "title": title, "question": question, "world": world.about()}
    return {"world": world.digest(), **(files.inputs if files else {})}, origin


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    """Times as a manifest gives them."""
    return {part: round(time, 3) for part, time in seconds.items()}


def scenario_of(result: Result) -> Scenario:
    """The scenario that a result was made from, as stored with it."""
    return load(result.file("scenario.toml"), Scenario).scenario


def files_of(result: Result, given: Files | None) -> Files | None:
    """The files to make a result from again, of those given; None for a result that was made from none.

    A manifest keeps their names and digests, not where they lie. InputError names the files that are missing.
    """
    inputs = result.manifest["inputs"]
    wanted = {kind: [name for name in kind.names(len(inputs)) if name in inputs] for kind in KINDS}
    have = {kind: given.of(kind) if given else () for kind in KINDS}
    missing = [(kind, name) for kind, names in wanted.items() for name in names[len(have[kind]) :]]
    if missing:
        say = listed(f"{kind.option} ({inputs[name]['name']})" for kind, name in missing)
        raise InputError(str(result.folder), f"was made from published files: say where they are with {say}")
    paths = {kind.name: have[kind][: len(names)] for kind, names in wanted.items()}
    return Files.made(paths) if any(paths.values()) else None


def verify(
    folder: Path,
    *,
    files: Files | None = None,
    tell: Tell | None = None,
) -> list[str]:
    """Make a result again from its manifest and compare every table, byte for byte.

    `files`: those that it was made from. Returns the names of the tables that were compared; VerificationError names
    what differs.
    """
    prove(folder, "result")
    with proving():
        result = open_result(folder)
        stored = {name: result.manifest["tables"][name]["digest"] for name in result.tables}
        changed = [name for name in result.tables if table_digest(result.table(name)) != stored[name]]
    if changed:
        raise VerificationError(f"{folder}: {', '.join(changed)} changed since the result was written")
    files = files_of(result, files)
    scenario = scenario_of(result)
    world = build_world(scenario, files)
    if world.digest() != result.manifest["inputs"]["world"]["sha256"]:
        raise VerificationError(
            f"{folder}: the first year differs from the one the result began with; were the input files changed?"
        )
    again = simulate(scenario, world, tell=tell).tables
    differ = [name for name in result.tables if table_digest(again[name]) != stored[name]]
    if differ:
        problem = f"{folder}: made again, {', '.join(differ)} came out differently"
        problem += f"{_first_difference(result, again, differ[0])}."
        raise VerificationError(f"{problem} {made_otherwise(result.manifest)}".strip())
    return result.tables


def _first_difference(result: Result, again: dict[str, pd.DataFrame], name: str) -> str:
    """Where a table first differs, in words."""
    old, new = result.table(name), again[name]
    if len(old) != len(new):
        return f" ({name}: {count(len(old))} rows stored, {count(len(new))} made)"
    for column in old.columns:
        a, b = old[column].astype(object).to_numpy(), new[column].astype(object).to_numpy()
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            if x != y and not (pd.isna(x) and pd.isna(y)):
                return f" ({name}, row {i + 1}, {column}: stored {x}, made {y})"
    return ""
