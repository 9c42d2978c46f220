"""Up to four variants side by side, from their stored results: settings, key measures, and where the worlds part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matsim.core.toml import plain as plainly
from matsim.core.toml import toml_value
from matsim.figures.lines import over_years
from matsim.figures.text import plain as measure_name
from matsim.measures import summarise
from matsim.report.stored import Reader
from matsim.report.table_cells import Grid, grid
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import difference
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.explain import Names, one
from matsim.simulation.inventory import parameters
from matsim.simulation.twin import first_missing
from matsim.web.explorer.worker import reader
from matsim.web.forms import in_words
from matsim.web.jobs import Tell
from matsim.web.pages import Chart, charts_of
from matsim.words.amounts import academic, amount, change, setting

DRAWN = (
    "academies_in_mats",
    "mats_with_2_or_more",
    "median_mat_size",
    "mean_outcome",
    "backoffice_per_pupil_mats",
    "reserves_share",
    "share_past_break_point",
)
"""Measures with a figure."""
MEASURED = (*DRAWN[:4], "share_good_or_better", *DRAWN[4:], "share_short_of_capacity", "mean_coherence", "transfers")
"""Measures in the table."""


@dataclass(frozen=True)
class Comparison:
    """What a page shows of several variants; the first is what the others are compared with."""

    settings: Grid
    measures: Grid
    parting: tuple[str, ...]
    charts: tuple[Chart, ...]
    cautions: tuple[str, ...]


def compare(folders: Sequence[Path], titles: Sequence[str], tell: Tell) -> Comparison:
    """Compare stored results, the others with the first."""
    tell(("stage", "Comparing"))
    readers = [reader(str(folder)) for folder in folders]
    scenarios = [load(folder / "scenario.toml", Scenario).scenario for folder in folders]
    years = [_measured(read) for read in readers]
    figures = [_figure(name, titles, years) for name in DRAWN]
    return Comparison(
        _settings(scenarios, titles),
        _measures(years, titles),
        tuple(
            _parting((readers[0], other), (scenarios[0], scenario), (titles[0], title))
            for other, scenario, title in zip(readers[1:], scenarios[1:], titles[1:], strict=True)
        ),
        charts_of(figures),
        _cautions(readers, scenarios),
    )


def _measured(read: Reader) -> pd.DataFrame:
    wanted = {
        name: table for name in ("system_year", "trust_year", "events") if (table := read.table(name)) is not None
    }
    return summarise(wanted)["run_year"]


def _settings(scenarios: Sequence[Scenario], titles: Sequence[str]) -> Grid:
    """What is set differently anywhere: one row per value, none where it is set nowhere."""
    first: dict[str, str] = {}
    units: dict[str, str] = {}
    others: list[dict[str, str]] = []
    for other in scenarios[1:]:
        differ = [d for d in difference(scenarios[0], other) if not d.name.startswith(("title", "question", "shocks"))]
        first |= {d.name: _text(d.left) for d in differ}
        units |= {d.name: d.unit for d in differ}
        others.append({d.name: _text(d.right) for d in differ})
    meanings = {str(n): str(m) for s in scenarios for n, m in parameters(s)[["name", "meaning"]].to_numpy().tolist()}
    rows: list[tuple[str, ...]] = []
    for name, text in first.items():
        texts = [text, *(values.get(name, text) for values in others)]
        # a variant that says nothing of a value has that of the first
        read = [setting(t, units[name]) for t in texts]
        if any(read):
            shown = read if len(set(read)) > 1 else texts  # a difference in the digits that a reader is spared
            rows.append((_meaning(name, meanings), *(t or "not set" for t in shown), name))
    rows += _shocks(scenarios)
    return grid(pd.DataFrame(rows, columns=["What", *_unique(titles), "Name in the scenario file"]), 60)


def _meaning(name: str, meanings: Mapping[str, str]) -> str:
    """What a value is; of one of several years, with the year."""
    if name in meanings:
        return meanings[name] or name
    above, _, part = name.rpartition(".")
    meaning = meanings.get(above, "")
    return f"{meaning.rstrip('.')}: from {part}" if meaning and part.isdigit() else meaning or name


def _text(value: Any) -> str:
    """A value as a file writes it; empty for none, and for one that says nothing."""
    if value in (None, "", (), [], {}):
        return ""
    return value if isinstance(value, str) else toml_value(plainly(value))


def _shocks(scenarios: Sequence[Scenario]) -> list[tuple[str, ...]]:
    """A row for every shock that not all have: what it is in those that do."""
    every = list(dict.fromkeys(shock for s in scenarios for shock in s.shocks))
    return [
        (f"A shock in {shock.year}", *(in_words(shock) if shock in s.shocks else "none" for s in scenarios), "shocks")
        for shock in every
        if not all(shock in s.shocks for s in scenarios)
    ]


def _measures(years: Sequence[pd.DataFrame], titles: Sequence[str]) -> Grid:
    last = min(int(y["year"].max()) for y in years)
    ends = [y[y["year"] == last].iloc[0] for y in years]
    rows = []
    for name in (n for n in MEASURED if all(n in y for y in years)):
        title, unit = measure_name(name)
        values = [float(end[name]) for end in ends]
        others = [f"{amount(v, unit)} ({change(v - values[0], unit)})" for v in values[1:]]
        rows.append((title, amount(values[0], unit), *others))
    return grid(pd.DataFrame(rows, columns=[f"At the end of {academic(last)}", *_unique(titles)]), len(rows))


def _figure(name: str, titles: Sequence[str], years: Sequence[pd.DataFrame]) -> Any:
    if any(name not in y for y in years):
        return None
    title, unit = measure_name(name)
    options = _unique(titles)
    frames = [
        pd.DataFrame({"year": y["year"], "option": o, "median": y[name]}) for y, o in zip(years, options, strict=True)
    ]
    last = min(int(y["year"].max()) for y in years)
    ends = [amount(float(y.loc[y["year"] == last, name].iloc[0]), unit) for y in years]
    ends_text = ", ".join(f"{end} in “{option}”" for end, option in zip(ends, options, strict=True))
    alt = f"{title} by year, a line for each variant."
    key = f"compare-{name.replace('_', '-')}"
    sentence = f"{title} at the end of {academic(last)}: {ends_text}"
    return over_years(key, sentence, alt, pd.concat(frames), label=title, unit=unit, of="runs")


def parting(first: pd.DataFrame, second: pd.DataFrame) -> tuple[int, int] | None:
    """The first event that only one of two logs has: which log (0 or 1), and its place there. None when alike."""
    # events of two logs are in the same year often: then the step that comes first in it decides
    order = {step.name: i for i, step in enumerate(SCHOOL_YEAR)}
    firsts = []
    for which, (events, others) in enumerate(((first, second), (second, first))):
        place = first_missing(events, others)
        if place is not None:
            row = events.iloc[place]
            firsts.append((int(row["year"]), order.get(str(row["step"]), -1), which, place))
    return min(firsts)[2:] if firsts else None


def _parting(readers: tuple[Reader, Reader], scenarios: tuple[Scenario, Scenario], titles: tuple[str, str]) -> str:
    logs = [read.table("events") for read in readers]
    if logs[0] is None or logs[1] is None:
        return f"“{titles[1]}”: its events cannot be read."
    first_apart = parting(logs[0], logs[1])
    if first_apart is None:
        return f"“{titles[1]}” never parts from “{titles[0]}”: the same events happen in both."
    which, place = first_apart
    event = (logs[0], logs[1])[which].iloc[place]
    schools, trusts = readers[which].table("schools"), readers[which].table("trusts")
    names = Names.of(schools, trusts) if schools is not None and trusts is not None else Names()
    sentence = one(event, scenarios[which], names).sentence
    when = academic(int(event["year"]))
    return f"“{titles[1]}” parts from “{titles[0]}” in {when}. Only in “{titles[which]}”: {sentence}"


def _cautions(readers: Sequence[Reader], scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    cautions = []
    if len({s.run.seed for s in scenarios}) > 1:
        cautions.append("Their seeds differ, so luck differs too: give them the same run.seed to see what settings do.")
    worlds = {read.manifest["inputs"]["world"]["sha256"] for read in readers}
    if len(worlds) > 1:
        cautions.append("They begin with different first years, so differences are not those of settings alone.")
    if len({s.run.years for s in scenarios}) > 1:
        cautions.append("They run for different numbers of years; the table stops where the shortest ends.")
    cautions.append(
        "One seed shows one way in which worlds can part. How often it goes so: an experiment (matsim sweep)."
    )
    return tuple(cautions)


def _unique(titles: Sequence[str]) -> list[str]:
    """Titles as headers: a second of the same gets its number."""
    return [t if titles.index(t) == i else f"{t} ({i + 1})" for i, t in enumerate(titles)]
