"""Experiments from TOML files and from tables in memory: read, checked, and resolved to need no other file.

What a file says wrongly in itself comes first, all at once; then all that is wrong given the scenarios it names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from matsim.core.errors import InputError, nearest
from matsim.core.find import find_file, folders
from matsim.core.reading import outside
from matsim.core.toml import dotted, plain, quote, toml_value
from matsim.experiment.designs import read_design
from matsim.experiment.factors import check_factors, filled
from matsim.experiment.schema import Arm, Design, Experiment
from matsim.measures import MEASURES
from matsim.measures.tables import KEPT
from matsim.scenario.load import from_tables, load, override, stated
from matsim.scenario.schema import Scenario
from matsim.scenario.show import Difference, difference

WORDS = ("title", "question")
"""What a scenario says to people, without effect on a run."""
LUCK = ("run.seed", *WORDS)


def load_experiment(path: str | Path) -> Experiment:
    """An experiment by the path of its file, or by bare name. Raises InputError with every mistake found."""
    file = find_file(path, "experiment")
    raw = load(file, Experiment, folders("experiment")).scenario
    if wrong := list(_elsewhere_named(raw, file.parent)):
        raise InputError(str(file), wrong)
    return _resolve(raw, file, file.parent)


def _elsewhere_named(raw: Experiment, folder: Path) -> Iterator[str]:
    """Files that an experiment's file names and that lie neither in its own folder nor among the scenarios."""
    named = {"scenario": raw.scenario, "design.file": raw.design.file}
    named |= {f"arms[{i}].scenario": arm.scenario for i, arm in enumerate(raw.arms)}
    around = (folder, *folders("experiment"), *folders("scenario"))
    for key, said in named.items():
        if isinstance(said, str) and said and (problem := outside(folder / said, around)):
            yield f"{key} = {quote(said)}: {problem}"


def read_experiment(tables: Mapping[str, Any], where: str = "experiment", folder: Path = Path()) -> Experiment:
    """An experiment from tables in memory, as strict as from a file; file names are relative to `folder`."""
    return _resolve(from_tables(tables, Experiment, where), Path(where), folder)


def arms_of(experiment: Experiment) -> dict[str, Scenario]:
    """The scenario of each arm of a loaded experiment, with its years and first seed."""
    base = from_tables(_values(experiment.scenario), Scenario, "scenario")
    scenarios = {}
    for arm in experiment.arms:
        start = from_tables(_values(arm.scenario), Scenario, arm.name) if arm.scenario else base
        scenarios[arm.name] = _timed(experiment, override(start, arm.set, arm.name) if arm.set else start)
    return scenarios


def differences(base: Scenario, arm: Scenario) -> list[Difference]:
    """What an arm has otherwise than the baseline, but for luck and words."""
    return [d for d in difference(base, arm) if d.name not in LUCK]


def _values(scenario: str | dict[str, Any]) -> dict[str, Any]:
    """The values of a scenario in a loaded experiment, which names none."""
    if isinstance(scenario, str):
        raise TypeError(f"scenario {scenario!r} has not been read: use load_experiment or read_experiment")
    return scenario


def _timed(experiment: Experiment, scenario: Scenario) -> Scenario:
    run = scenario.run
    kept = run.school_year or "school_year" in experiment.keep
    changed = {"seed": experiment.seed, "years": experiment.years or run.years, "school_year": kept}
    return scenario.model_copy(update={"run": run.model_copy(update=changed)})


def _resolve(raw: Experiment, path: Path, folder: Path) -> Experiment:
    """The experiment with every scenario and table written into it and every default filled in."""
    wrong: list[str] = []
    given = raw.model_copy(update={"arms": raw.arms or (Arm(name="base"),)})
    given = given.model_copy(update={"baseline": given.baseline or given.arms[0].name})
    base = _start(given.scenario, given.set, folder, ("scenario",), wrong)
    if base is None:
        raise InputError(str(path), wrong)
    # from here on what is wrong is gathered: every part is looked at as far as the parts before it allow
    wrong += _named(given)
    built: dict[str, Scenario] = {}
    arms = []
    for i, arm in enumerate(given.arms):
        resolved = _arm(arm, given, base, folder, ("arms", i), wrong)
        if resolved:
            arms.append(resolved[0])
            built.setdefault(arm.name, resolved[1])
    wrong += check_words(given)
    if len(built) == len(given.arms) and given.baseline in built:
        wrong += _compared(given, built)
    factors, problems = filled(given, base)
    design, more = filled_design(given.design), check_design(given)
    wrong += [*problems, *more, *check_factors(given, factors, built)]
    if not wrong and design.kind == "csv":
        design, problems = read_design(design, factors, base, folder)
        wrong += problems
    if wrong:
        raise InputError(str(path), list(dict.fromkeys(wrong)))
    count = len(given.uncertainties)
    changed = {"scenario": stated(base), "set": {}, "arms": tuple(arms), "design": design}
    changed |= {"uncertainties": factors[:count], "levers": factors[count:]}
    experiment = given.model_copy(update=changed)
    experiment._path = path
    return experiment


def _start(
    said: str | dict[str, Any], common: dict[str, Any], folder: Path, at: tuple[str | int, ...], wrong: list[str]
) -> Scenario | None:
    """The scenario meant by a name, a file or values, with what every arm has; None after noting what is wrong."""
    place = dotted(at)
    try:
        if isinstance(said, dict):
            scenario = from_tables(said, Scenario, place)
        else:
            file = folder / said
            a_path = os.path.isfile(file) or Path(said).name != said or said.endswith(".toml")
            scenario = load(file if a_path else find_file(said), Scenario).scenario
    except InputError as error:
        prefix = f"{place}: " if isinstance(said, dict) else f"{place} = {quote(said)}: "
        inside = "" if isinstance(said, dict) or error.where == said else f"{error.where}: "
        wrong += [prefix + inside + problem for problem in error.problems]
        return None
    return _with(scenario, common, "set", wrong)


def _with(scenario: Scenario, values: dict[str, Any], place: str, wrong: list[str]) -> Scenario | None:
    """The scenario with values of a table `set`; None after noting what is wrong with them."""
    if not values:
        return scenario
    try:
        changed = override(scenario, values, place)
    except InputError as error:
        wrong += [f"{place}: {problem}" for problem in error.problems]
        return None
    for name, instead in (("seed", "seed and replicates"), ("years", "years")):
        if getattr(changed.run, name) != getattr(scenario.run, name):
            wrong.append(f"{place}: run.{name} is the same for every arm; say it at the top with {instead}")
    return changed


def _arm(
    arm: Arm, given: Experiment, base: Scenario, folder: Path, at: tuple[str | int, ...], wrong: list[str]
) -> tuple[Arm, Scenario] | None:
    """An arm that names no other scenario, and its scenario."""
    start = _start(arm.scenario, given.set, folder, (*at, "scenario"), wrong) if arm.scenario else base
    if start is None:
        return None
    changed = _with(start, arm.set, dotted((*at, "set")), wrong)
    if changed is None:
        return None
    wrong += _elsewhere(base, start, changed, at)
    if not arm.scenario:
        return arm, changed
    values = _assignments(base, changed)
    update = {"scenario": "", "set": values} if values is not None else {"scenario": stated(changed), "set": {}}
    return arm.model_copy(update=update), changed


def _elsewhere(base: Scenario, start: Scenario, changed: Scenario, at: tuple[str | int, ...]) -> Iterator[str]:
    """What an arm has in its world otherwise than the experiment's scenario: by its own scenario, or its `set`.

    Travel may differ when an arm's `set` says so: then it is what is asked about, with the schools where they are.
    """
    brought = {d.name for d in differences(base, start)}
    in_set = {d.name for d in differences(start, changed)}
    for d in differences(base, changed):
        room = d.name.partition(".")[0]
        by_set = d.name not in brought or d.name in in_set
        if room != "world" and (room != "travel" or by_set):
            continue
        place, value = ("set", d.right) if by_set else ("scenario", d.left)
        difference = (
            f"{d.name} is {quote(plain(d.right))} there and {quote(plain(d.left))} in the experiment's scenario"
        )
        common = f'say for all of them [set] "{d.name}" = {toml_value(plain(value))}'
        leave = "leave it out, or " if by_set else ""
        hint = f"arms share their luck only in the same world: {leave}{common}"
        yield f"{dotted((*at, place))}: {difference}; {hint}"


def _assignments(base: Scenario, other: Scenario) -> dict[str, Any] | None:
    """The values that make one scenario of another; None when assignments cannot, as when a date is to go."""
    meant = other.model_copy(update={word: getattr(base, word) for word in WORDS})
    values = dict(_unlike(plain(base), plain(meant), ()))
    if any(value is None for value in values.values()):  # TOML has no word for it
        return None
    # tried rather than reasoned: a merge cannot take anything away, and a kind that changes drops what went with it
    return values if override(base, values, "arm") == meant else None


def _unlike(old: Any, new: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in old:
            yield from _unlike(old[key], new[key], (*at, key))
    elif old != new:
        yield dotted(at), new


def _named(given: Experiment) -> Iterator[str]:
    """Arms with the same name but for capitals, and a baseline that is none of them."""
    names = [arm.name for arm in given.arms]
    folded = [name.casefold() for name in names]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield f"arms[{i}].name = {quote(name)}: arms[{names.index(name)}] has this name already"
        elif folded[i] in folded[:i]:
            other = folded.index(folded[i])
            problem = (
                f"arms[{other}] is called {quote(names[other])}, which differs only in capitals; name one otherwise"
            )
            yield f"arms[{i}].name = {quote(name)}: {problem}"
    if given.baseline not in names:
        near = nearest(given.baseline, names) or f"; the arms are {', '.join(names)}"
        yield f"baseline = {quote(given.baseline)}: no arm has that name{near}"


def _compared(given: Experiment, built: Mapping[str, Scenario]) -> Iterator[str]:
    """Arms that do not differ from the baseline, or null arms that do; arms that run for other times."""
    base = built[given.baseline]
    for i, arm in enumerate(given.arms):
        place, changed = f"arms[{i}] {quote(arm.name)}", differences(base, built[arm.name])
        years = [d for d in changed if d.name == "run.years"]
        if years and given.years is None:
            lengths = f"runs for {years[0].right} years and the baseline for {years[0].left}"
            yield f"{place}: {lengths}; say years = {years[0].left} at the top, for all"
        changed = [d for d in changed if d.name != "run.years"]
        if arm.name != given.baseline and not changed and not arm.null:
            yield f"{place}: has no difference from the baseline {quote(given.baseline)}; if meant, say null = true"
        if arm.null and changed:
            yield f"{place}: null = true says it has no difference from the baseline, but it has in {changed[0].name}"


TAKES: dict[str, dict[str, int]] = {
    "arms": {},
    "grid": {"levels": 5},
    "one at a time": {"levels": 5},
    "latin hypercube": {"points": 64},
    "sobol sequence": {"points": 64},
    "halton": {"points": 64},
    "sobol": {"points": 64},
    "morris": {"levels": 4, "trajectories": 20},
    "csv": {},
}
"""The sizes that each design takes, and what they are unless said."""
SIZES = ("points", "levels", "trajectories")
POWERS = ("sobol", "sobol sequence")
"""Designs that are balanced only when their size is a power of two."""


def filled_design(design: Design) -> Design:
    """The design with its sizes filled in."""
    taken = TAKES[design.kind]
    return design.model_copy(update={name: getattr(design, name) or size for name, size in taken.items()})


def check_words(given: Experiment) -> Iterator[str]:
    """Measures and tables that there are not, and a wish for precision that makes no sense."""
    if not given.measures:
        yield "measures: should name at least one"
    for i, name in enumerate(given.measures):
        if name not in MEASURES:
            yield f"measures[{i}] = {quote(name)}: unknown measure{nearest(name, MEASURES) or _listed(MEASURES)}"
        elif name in given.measures[:i]:
            yield f"measures[{i}] = {quote(name)}: is named twice"
    for i, name in enumerate(given.no_claim):
        if name not in given.measures:
            hint = nearest(name, given.measures) or "; it is none of the experiment's measures"
            yield f"no_claim[{i}] = {quote(name)}: nothing is said of it{hint}"
    for i, name in enumerate(given.keep):
        if name not in KEPT:
            yield f"keep[{i}] = {quote(name)}: unknown table{nearest(name, KEPT) or _listed(KEPT)}"
        elif name in given.keep[:i]:
            yield f"keep[{i}] = {quote(name)}: is named twice"
    wanted = given.precision
    if wanted and wanted.measure not in MEASURES:
        near = nearest(wanted.measure, MEASURES) or _listed(MEASURES)
        yield f"precision.measure = {quote(wanted.measure)}: unknown measure{near}"
    if wanted and wanted.at_least > wanted.at_most:
        yield f"precision.at_least = {wanted.at_least}: should be at most at_most, which is {wanted.at_most}"
    if wanted and "replicates" in given.model_fields_set:
        yield "replicates: a precision is asked for, which decides their number; leave out one of the two"


def check_design(given: Experiment) -> Iterator[str]:
    """A design without factors, factors without a design, and sizes that the design cannot have."""
    design, kind = given.design, given.design.kind
    if kind == "arms" and given.factors:
        yield f"design.kind: uncertainties and levers need a design, such as {quote('latin hypercube')}"
    if kind != "arms" and not given.factors:
        yield f"design.kind = {quote(kind)}: needs uncertainties or levers; there are none"
    for name in [size for size in SIZES if size not in TAKES[kind] and getattr(design, size) is not None]:
        takers = ", ".join(quote(k) for k, sizes in TAKES.items() if name in sizes)
        yield f"design.{name}: means nothing to {quote(kind)}; it belongs to {takers}"
    if design.second_order and kind != "sobol":
        yield f"design.second_order: means nothing to {quote(kind)}; it belongs to 'sobol'"
    if kind in POWERS and design.points is not None and design.points & (design.points - 1):
        below = 1 << (design.points.bit_length() - 1)
        yield f"design.points = {design.points}: should be a power of two, such as {below} or {2 * below}"
    if kind == "morris" and design.levels is not None and design.levels % 2:
        yield f"design.levels = {design.levels}: should be even for 'morris', such as {design.levels + 1}"
    if kind != "csv" and (design.file or design.columns):
        yield f"design.file and design.columns: mean nothing to {quote(kind)}; they belong to 'csv'"
    if kind == "csv" and bool(design.file) == bool(design.columns):
        yield "design: 'csv' needs one of the two: file = \"points.csv\", or a table of columns"


def _listed(names: Iterable[str]) -> str:
    return f"; there are {', '.join(names)}"
