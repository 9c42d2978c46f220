"""The tables of a sweep: every column's name, type, unit and meaning."""

from __future__ import annotations

from matsim.measures.listed import EXTRAS, GROUP
from matsim.results.tables import TABLES, OutColumn, TableSpec

C = OutColumn

GROUPINGS = {"strategy group": "strategy_group", "growth strategy": "growth_strategy"}
"""How multi-academy trusts are grouped in run_group_year, and the column of trust_year that says so."""

KEPT = ("trust_year", "school_year", "region_year", "events")
"""Tables of a single run that an experiment may keep in full."""

_RUN = C("run", "int64", "run", "Place of the run in the ensemble, from 0")
_YEAR = C("year", "int64", "year", "Academic year, by the September in which it starts")

RUNS = TableSpec(
    "runs",
    ("run",),
    "One row per run of the ensemble: its arm, point and luck, and whether it finished",
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
        *GROUP,
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
