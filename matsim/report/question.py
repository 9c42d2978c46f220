"""What a sweep was asked: its arms, what was varied, and the assumptions that these touch, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from matsim.analysis.comparison import Comparison
from matsim.analysis.problem import as_typed
from matsim.report.settings import OURS
from matsim.results.store import Result
from matsim.words.amounts import academic, count, exact_percent, many, setting
from matsim.words.phrases import inner, listed

ASSUMED = ["name", "value", "unit", "plausible_low", "plausible_high", "source_text", "meaning"]


def schools(parameters: pd.DataFrame) -> int:
    """How many schools the made-up country has; 0 when the result does not say."""
    row = parameters.loc[parameters["name"] == "world.synthetic.schools", "value"]
    return int(row.iloc[0]) if len(row) else 0


def namer(parameters: pd.DataFrame) -> Callable[[str, str, str], str]:
    """What names half the range of a parameter for readers: `` `break_points.harm` is 0 to 0.9 (lower half) ``."""
    units = dict(zip(parameters["name"], parameters["unit"], strict=True))

    def label(parameter: str, part: str, covers: str) -> str:
        ends = [as_read(end, units.get(parameter, "")) for end in covers.split(" to ")]
        return f"`{parameter}` is {' to '.join(ends)}{'' if part == covers else f' (the {part} of what was run)'}"

    return label


def setup(result: Result, experiment: Mapping[str, Any], comparison: Comparison) -> list[str]:
    """The futures, the arms and what was varied."""
    runs, years = result.table("runs"), result.table("run_year")["year"]
    points, replicates = runs["point"].nunique(), runs["replicate"].nunique()
    parameters = result.parameters()
    units = dict(zip(parameters["name"], parameters["unit"], strict=True))
    settings = f" ({many(points, 'setting')} of what is uncertain, each with {many(replicates, 'draw')} of luck)"
    made_up = "establishments" not in result.manifest.get("inputs", {})
    size = schools(parameters)
    world = f"a made-up country of {count(size)} schools" if made_up and size else "the England of the published files"
    lines = [
        f"{many(len(comparison.arms), 'way')} of doing things met the same {many(points * replicates, 'future')}"
        f"{settings if points > 1 else ''}, in {world}, over the school years {academic(years.min())} to "
        f"{academic(years.max())}. Differences are from **{comparison.against}**, future by future.",
        "",
    ]
    base = experiment.get("scenario", {})
    for arm in experiment.get("arms", []):
        changes = arm.get("set") or {}
        what = "; ".join(f"`{name}` {arm_setting(name, v, base, units.get(name, ''))}" for name, v in changes.items())
        lines.append(f"- **{arm['name']}**: {what or 'the scenario as it is'}")
    return lines


def arm_setting(name: str, value: Any, base: Mapping[str, Any], unit: str) -> str:
    """A value that an arm sets, as a reader writes it; an entry of a list by what it has otherwise than usual.

    `base` is the scenario that the arms change, `unit` that of the parameter, empty where the result lists none.
    """
    if isinstance(value, list):
        usual = {entry.get("kind"): entry for entry in base.get(name, []) if isinstance(entry, dict)}
        return listed(_entry(e, usual) if isinstance(e, dict) else str(e) for e in value) or "none"
    if isinstance(value, dict):
        return ", ".join(
            f"{as_read(v, unit)} from {k}" if isinstance(v, (int, float)) else f"{k} {v}" for k, v in value.items()
        )
    return as_read(value, unit)


def as_read(value: object, unit: str) -> str:
    """One value of an experiment's file as a reader writes it."""
    return setting(as_typed(value), unit).strip()


def across(factor: Mapping[str, Any], unit: str) -> str:
    """What an uncertainty or lever ranges over: `0 to 0.9`, the values listed, and what they are added to."""
    if factor.get("values"):
        text = listed(as_read(v, unit) for v in factor["values"])
    else:
        text = " to ".join(as_read(factor[end], unit) for end in ("low", "high") if end in factor) or "a table"
    return f"{text}, added to its values of {listed(map(str, factor['added_to']))}" if factor.get("added_to") else text


def _entry(entry: Mapping[str, Any], usual: Mapping[Any, Mapping[str, Any]]) -> str:
    same = usual.get(entry.get("kind"), {})
    unlike = [
        f"{name} {as_read(v, '')}"
        for name, v in entry.items()
        if name not in ("kind", "share") and name in same and same[name] != v
    ]
    kind = str(entry.get("kind", "entry")).replace("_", " ")
    share = f"{exact_percent(entry['share'])} " if "share" in entry else ""
    return f"{share}{kind}{f' ({listed(unlike)})' if unlike else ''}"


def factors(experiment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Uncertainties and levers, as the experiment's file gives them."""
    return [*experiment.get("uncertainties", []), *experiment.get("levers", [])]


def _touched(experiment: Mapping[str, Any]) -> list[str]:
    """The parts of a scenario that arms set or that are varied, in order: `break_points`, `ceos`."""
    names = [name for arm in experiment.get("arms", []) for name in arm.get("set") or {}]
    names += [factor["name"] for factor in factors(experiment)]
    return list(dict.fromkeys(name.partition(".")[0].partition("[")[0] for name in names))


def _part(names: pd.Series) -> pd.Series:
    return names.str.replace(r"[.\[].*", "", regex=True)


def _numbers(parameters: pd.DataFrame) -> pd.DataFrame:
    """The parameters that say something about the world: switches and settings of the run itself left out."""
    return parameters[~parameters["name"].str.startswith(OURS) & (parameters["unit"] != "switch")]


def assumptions(parameters: pd.DataFrame, experiment: Mapping[str, Any]) -> pd.DataFrame:
    """The assumed parameters of every part of the scenario that the experiment touches."""
    numbers = _numbers(parameters)
    chosen = numbers[numbers["assumed"].astype(bool) & _part(numbers["name"]).isin(_touched(experiment))]
    return chosen[ASSUMED].reset_index(drop=True)


def rests_on(parameters: pd.DataFrame, experiment: Mapping[str, Any], assumed: pd.DataFrame) -> list[str]:
    """How much of the model is assumed, and above all of what this experiment turns on; what was varied."""
    if parameters.empty:
        return ["The result does not list its parameters: it was stored by an earlier matsim."]
    every = _numbers(parameters)
    lines = [
        f"The model has {many(len(every), 'number')} and choices, of which {int(every['assumed'].sum())} are assumed "
        "because nothing was published that would settle them."
    ]
    counted = []
    for part in _touched(experiment):
        here = every[_part(every["name"]) == part]
        if len(here):
            counted.append(f"{int(here['assumed'].sum())} of {len(here)} in `{part}`")
    if counted:
        listing = ", listed with their reasons in assumptions.csv" if len(assumed) else ""
        lines[0] += f" Assumed in what this experiment turns on are {listed(counted)}{listing}."
    known = parameters.set_index("name")
    varied = [_varied(factor, known) for factor in factors(experiment)]
    if varied:
        lines += ["", "Varied between futures, since nobody knows them or somebody chooses them:", "", *varied]
    return lines


def _varied(factor: Mapping[str, Any], known: pd.DataFrame) -> str:
    name = factor["name"]
    row = known.loc[name] if name in known.index else pd.Series({"unit": "", "meaning": "", "source_text": ""})
    why = f" ({'assumed: ' if row.get('assumed') else ''}{row['source_text']})" if row["source_text"] else ""
    meaning = str(row["meaning"]).rstrip(".")
    return f"- `{name}` from {across(factor, row['unit'])}: {inner(meaning)}{why}"
