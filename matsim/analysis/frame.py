"""A sweep's tables as frames of one measure: one row per run, or one per run and year."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matsim.core.errors import InputError, nearest
from matsim.measures import GROUP_MEASURES, GROUPINGS, MEASURES, SWEEP_TABLES, Measure
from matsim.results.store import Result
from matsim.words.phrases import quoted

type When = int | str
"""Which year a run's value is from: "last", "mean" (over the years in which there is one), or a year."""

ABOUT = ["run", "arm", "point", "replicate", "seed"]
"""Columns that say which run a row is of."""


@dataclass(frozen=True)
class Sweep:
    """The tables of a sweep that analyses read, each as declared in matsim.measures.SWEEP_TABLES.

    Held together so that several measures cost one reading. `where` is what errors call it.
    """

    runs: pd.DataFrame
    points: pd.DataFrame
    run_year: pd.DataFrame
    run_group_year: pd.DataFrame
    where: str = "the sweep"

    @property
    def failed(self) -> pd.DataFrame:
        """The runs that did not finish."""
        return self.runs[self.runs["status"] != "done"]


def read_sweep(result: Result) -> Sweep:
    """The tables of a stored sweep. Raises InputError for a result of another kind, or a damaged one."""
    kind = result.manifest.get("kind")
    if kind != "sweep":
        problem = f"holds a result of the kind '{kind}'; this needs a sweep, which 'matsim sweep' writes"
        raise InputError(str(result.folder), problem)
    runs, points, years, groups = (
        result.table(name, SWEEP_TABLES[name]) for name in ("runs", "points", "run_year", "run_group_year")
    )
    return Sweep(runs, points, years, groups, str(result.folder))


def stored_experiment(result: Result) -> dict[str, Any]:
    """The experiment's file as the result of a sweep keeps it. Raises InputError when it is gone or damaged."""
    path = result.folder / "experiment.toml"
    if not path.is_file():
        raise InputError(str(result.folder), "is no whole sweep: there is no experiment.toml in it")
    try:
        return tomllib.loads(result.text(path.name))
    except tomllib.TOMLDecodeError as error:
        raise result.damaged(path) from error


def rows_of(frame: pd.DataFrame, **where: str) -> list[dict[str, Any]]:
    """The rows of a frame, or those whose columns have the values asked for, each by the names of its columns."""
    for name, value in where.items():
        frame = frame[frame[name] == value] if len(frame) else frame
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict(orient="records")]


def values(source: Result | Sweep, measure: str, when: When = "last") -> pd.DataFrame:
    """One row per run in the ensemble's order: run, arm, point, replicate, seed, a column per factor, value.

    A factor's column holds numbers where all its values are numbers, else text. The value is nan for a run that
    failed, and where the measure has none (a mean over no trusts). Raises InputError for an unknown measure or
    a year that was not simulated.
    """
    sweep = source if isinstance(source, Sweep) else read_sweep(source)
    known_measure(measure, MEASURES)
    about = sweep.runs[ABOUT].astype({"arm": object}).merge(factors(sweep.points), on="point", how="left")
    rows = _at(sweep.run_year, ["run"], measure, when, sweep.where)
    return about.merge(rows, on="run", how="left").sort_values("run", ignore_index=True)


def by_year(source: Result | Sweep, measure: str) -> pd.DataFrame:
    """One row per finished run and year: run, arm, point, replicate, seed, year, value."""
    sweep = source if isinstance(source, Sweep) else read_sweep(source)
    known_measure(measure, MEASURES)
    rows = sweep.run_year[["run", "year", measure]].rename(columns={measure: "value"})
    joined = sweep.runs[ABOUT].astype({"arm": object}).merge(rows, on="run")
    return joined.astype({"value": "float64"})


def group_values(source: Result | Sweep, grouping: str, measure: str, when: When = "last") -> pd.DataFrame:
    """One row per run and group: run, arm, group, point, replicate, seed, value.

    `grouping` is one of matsim.measures.GROUPINGS, `measure` one of GROUP_MEASURES. The value is nan for a run
    that failed, and for a group without a trust in the year. Raises InputError for unknown names and years.
    """
    sweep = source if isinstance(source, Sweep) else read_sweep(source)
    if grouping not in GROUPINGS:
        hint = nearest(grouping, GROUPINGS) or f"; there is {quoted(GROUPINGS)}"
        raise InputError("by", f"there is no grouping '{grouping}'{hint}")
    known_measure(measure, GROUP_MEASURES)
    rows = sweep.run_group_year[sweep.run_group_year["grouping"].astype(str) == grouping]
    rows = rows.astype({"group": object})
    picked = _at(rows, ["run", "group"], measure, when, sweep.where)
    groups = pd.DataFrame({"group": sorted(set(picked["group"]))}, dtype=object)
    # every run with every group, so that a group without a trust in a run is a nan to be counted, not a missing row
    every = sweep.runs[ABOUT].astype({"arm": object}).merge(groups, how="cross")
    joined = every.merge(picked, on=["run", "group"], how="left")
    return joined[["run", "arm", "group", "point", "replicate", "seed", "value"]]


def known_measure(name: str, known: Mapping[str, Measure], where: str = "measure") -> Measure:
    """The measure of that name. Raises InputError with the nearest right name; `where` is where the name stands."""
    if name not in known:
        hint = nearest(name, known) or f"; known are {', '.join(known)}"
        raise InputError(where, f"there is no measure '{name}'{hint}")
    return known[name]


def _at(rows: pd.DataFrame, key: list[str], measure: str, when: When, where: str) -> pd.DataFrame:
    """`key` and value, from the year or years asked for."""
    years = rows["year"]
    if when == "mean":
        means = rows.groupby(key, sort=True, observed=True)[measure].mean()
        return means.astype("float64").rename("value").reset_index()
    if when != "last" and not isinstance(when, int):
        raise InputError("when", f"'{when}' should be 'last', 'mean' or a year")
    year = years.max() if when == "last" else when
    if len(rows) and not (years == year).any():
        problem = f"the year {year} was not simulated; the years are {years.min()} to {years.max()}"
        raise InputError(where, problem)
    chosen = rows.loc[years == year, [*key, measure]].rename(columns={measure: "value"})
    return chosen.astype({"value": "float64"})


def factors(points: pd.DataFrame) -> pd.DataFrame:
    """One row per point: point, then a column per uncertainty and lever in the order of the design."""
    columns: dict[str, Any] = {}
    for name, rows in points.groupby("parameter", sort=False, observed=True):
        by_point = rows.set_index("point")
        numbers = by_point["number"]
        columns[str(name)] = numbers if numbers.notna().all() else by_point["value"].astype(object)
    index = pd.Index(sorted(points["point"].unique()) if len(points) else [0], name="point", dtype="int64")
    return pd.DataFrame(columns, index=index).reset_index()
