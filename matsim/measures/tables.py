"""The tables of a sweep: every column's name, type, unit and meaning."""

from __future__ import annotations

from matsim.results.tables import TABLES, OutColumn, TableSpec

C = OutColumn

SIZED = 2
"""Schools that a multi-academy trust must have to count here: one of a single school has nothing to hold together."""
LARGE = 10
"""Schools from which a multi-academy trust counts as large, as in the Department's size bands."""
RESERVE_LINE = 0.05
"""Reserves over income below which the Department asks about a trust's finances."""

GROUPINGS = {"strategy group": "strategy_group", "growth strategy": "growth_strategy"}
"""How multi-academy trusts are grouped in run_group_year, and the column of trust_year that says so."""

KEPT = ("trust_year", "school_year", "region_year", "events")
"""Tables of a single run that an experiment may keep in full."""

_MATS = "MATs of two or more schools"
_RUN = C("run", "int64", "run", "Place of the run in the plan, from 0")
_YEAR = C("year", "int64", "year", "Academic year, by the September in which it starts")

EXTRAS: tuple[OutColumn, ...] = (
    C("share_academies", "float64", "share", "Schools that are academies, in a trust of their own or a MAT"),
    C("share_in_mats", "float64", "share", "Schools that are academies in multi-academy trusts"),
    C("mean_mat_size", "float64", "schools", f"Mean number of schools in {_MATS}"),
    C("median_mat_size", "float64", "schools", f"Median number of schools in {_MATS}"),
    C("largest_mat", "float64", "schools", "Number of schools in the largest MAT"),
    C("share_mats_10_or_more", "float64", "share", f"Of {_MATS}, those with {LARGE} schools or more"),
    C("outcome_in_mats", "float64", "sd", f"Mean pupil outcome in {_MATS}, weighted by pupils"),
    C("disadvantaged_in_mats", "float64", "sd", f"Mean outcome of disadvantaged pupils in {_MATS}, weighted by pupils"),
    C("outcome_spread", "float64", "sd", f"Standard deviation of mean pupil outcome between {_MATS}"),
    C("backoffice_per_pupil_mats", "float64", "£ per pupil", f"Back-office cost in {_MATS}, weighted by pupils"),
    C("central_charge", "float64", "share", f"Central charge of {_MATS} over their schools' income"),
    C("share_low_reserves", "float64", "share", f"Of {_MATS}, those with reserves under 5% of income"),
    C("mean_capacity", "float64", "ratio", f"Mean over {_MATS} of the central team's supply over need"),
    C("share_short_of_capacity", "float64", "share", f"Of {_MATS}, those whose capacity is under 1"),
    C("share_past_break_point", "float64", "share", f"Of {_MATS}, those with any of the six pressures over 1"),
    C("mean_coherence", "float64", "share", f"Mean coherence of {_MATS}"),
    C("mean_buyin", "float64", "share", f"Mean buy-in of schools in {_MATS}, weighted by schools"),
    C("share_clustered", "float64", "share", f"Academies of {_MATS} that are in a led cluster"),
    C("share_isolated", "float64", "share", f"Academies of {_MATS} more than an hour from any other of their trust"),
)
"""What run_year adds to system_year; a number over no trusts is nan."""

_GROUP: tuple[OutColumn, ...] = (
    C("trusts", "int64", "trusts", "Multi-academy trusts of two or more schools in the group"),
    C("schools", "int64", "schools", "Their academies"),
    C("pupils", "float64", "pupils", "Pupils on their rolls"),
    C("mean_outcome", "float64", "sd", "Mean pupil outcome, weighted by pupils"),
    C("disadvantaged", "float64", "sd", "Mean outcome of disadvantaged pupils, weighted by pupils"),
    C("gain", "float64", "sd per year", "Change of mean outcome in a year in trusts that nobody joined or left"),
    C("backoffice_per_pupil", "float64", "£ per pupil", "Back-office cost, weighted by pupils"),
    C("central_charge", "float64", "share", "Central charge over schools' income"),
    C("reserves_share", "float64", "share", "All reserves over yearly income, weighted by income"),
    C("capacity", "float64", "ratio", "Mean over trusts of the central team's supply over need"),
    C("past_break_point", "float64", "share", "Trusts with any of the six pressures over 1"),
    C("coherence", "float64", "share", "Mean coherence of trusts"),
    C("buyin", "float64", "share", "Mean buy-in of their schools"),
    C("clustered", "float64", "share", "Academies in a led cluster"),
    C("weak", "float64", "share", "Academies judged below Good"),
)

RUNS = TableSpec(
    "runs",
    ("run",),
    "One row per run of the plan: its arm, point and luck, and whether it finished",
    (
        _RUN,
        C("key", "string", "hash", "Digest of all that the run's numbers depend on: equal keys, equal numbers"),
        C("arm", "string", "name", "Arm of the experiment"),
        C("point", "int64", "point", "Place in the design, from 0; see the table points"),
        C("replicate", "int64", "replicate", "Which luck, from 1; the same for every arm and point"),
        C("seed", "int64", "seed", "Seed that names the luck"),
        C("status", "string", "choice", "done or failed"),
        C("error", "string", "text", "Why it failed; empty when it did not"),
    ),
)
POINTS = TableSpec(
    "points",
    ("point", "parameter"),
    "The design: the value of every uncertainty and lever at every point",
    (
        C("point", "int64", "point", "Place in the design, from 0"),
        C("parameter", "string", "name", "Dotted name of the scenario's parameter"),
        C("role", "string", "choice", "uncertainty (nobody controls it) or lever (somebody chooses it)"),
        C("value", "string", "text", "Its value, as written in a scenario"),
        C("number", "float64", "as the parameter's", "Its value as a number; nan when it is none"),
    ),
)
RUN_YEAR = TableSpec(
    "run_year",
    ("run", "year"),
    "The whole system, one row per run and year",
    (
        _RUN,
        *TABLES["system_year"].columns,
        *EXTRAS,
        C("fingerprint", "int64", "hash", "Digest of every event so far; −1 when not known"),
    ),
)
RUN_GROUP_YEAR = TableSpec(
    "run_group_year",
    ("run", "year", "grouping", "group"),
    "Groups of multi-academy trusts side by side, one row per run, year and group",
    (
        _RUN,
        _YEAR,
        C("grouping", "string", "choice", "What trusts are grouped by: strategy group or growth strategy"),
        C("group", "string", "choice", "The group"),
        *_GROUP,
    ),
)


def _kept(spec: TableSpec) -> TableSpec:
    """A single run's table as a sweep keeps it: with the run in front."""
    key = ("run", *spec.key) if spec.key else ()
    return TableSpec(f"run_{spec.name}", key, f"{spec.meaning}; of every run", (_RUN, *spec.columns))


SWEEP_TABLES: dict[str, TableSpec] = {
    spec.name: spec for spec in (RUNS, POINTS, RUN_YEAR, RUN_GROUP_YEAR, *(_kept(TABLES[name]) for name in KEPT))
}
"""Every table of a sweep, by name."""
