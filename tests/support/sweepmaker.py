"""Small sweeps made by hand, for tests of what is said about sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matsim.analysis.frame import Sweep
from matsim.measures import SWEEP_TABLES
from matsim.results.provenance import manifest
from matsim.results.store import Result, write
from matsim.results.tables import OutColumn

YEARS = (2018, 2019, 2020)


def _column(column: OutColumn, values: Any, size: int) -> Any:
    blank = {"int64": 0, "float64": 0.0, "bool": False, "string": ""}[column.dtype]
    return np.full(size, blank) if values is None else values


def declared(name: str, columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A table of a sweep: what is not said is 0 or empty."""
    spec = SWEEP_TABLES[name]
    assert set(columns) <= set(spec.names)
    size = max((len(v) for v in columns.values()), default=0)
    made = {c.name: pd.Series(_column(c, columns.get(c.name), size)) for c in spec.columns}
    types = {c.name: object if c.dtype == "string" else c.dtype for c in spec.columns}
    return pd.DataFrame(made).astype(types)


def sweep(
    arms: Mapping[str, Any],
    measure: str = "mean_outcome",
    failed: Sequence[int] = (),
    marks: Mapping[str, Sequence[int]] | None = None,
    factors: Mapping[str, Sequence[float]] | None = None,
    groups: Sequence[Mapping[str, Any]] = (),
) -> Sweep:
    """A sweep of three years from each arm's grid (replicates, points) of last-year values.

    A measure grows evenly to its last value. `failed` are places in the plan, `marks` an arm's fingerprints by
    year, `groups` rows of run_group_year.
    """
    grids = {arm: np.asarray(grid, dtype=float).reshape(len(grid), -1) for arm, grid in arms.items()}
    replicates, points = next(iter(grids.values())).shape
    plan = [(arm, p, r) for r in range(replicates) for arm in grids for p in range(points)]
    done = [i for i in range(len(plan)) if i not in failed]
    runs: dict[str, list[Any]] = {
        "run": list(range(len(plan))),
        "key": [f"k{i}" for i in range(len(plan))],
        "arm": [arm for arm, _, _ in plan],
        "point": [p for _, p, _ in plan],
        "replicate": [r + 1 for _, _, r in plan],
        "seed": [r + 7 for _, _, r in plan],
        "status": ["failed" if i in failed else "done" for i in range(len(plan))],
        "error": ["ValueError: made to fail" if i in failed else "" for i in range(len(plan))],
    }
    yearly: dict[str, list[Any]] = {"run": [], "year": [], measure: [], "fingerprint": []}
    for i in done:
        arm, p, r = plan[i]
        for k, year in enumerate(YEARS):
            yearly["run"].append(i)
            yearly["year"].append(year)
            yearly[measure].append(grids[arm][r, p] * (k + 1) / len(YEARS))
            yearly["fingerprint"].append((marks or {}).get(arm, (1, 2, 3))[k])
    design: dict[str, list[Any]] = {
        "point": [p for p in range(points) for _ in factors or {}],
        "parameter": [name for _ in range(points) for name in factors or {}],
        "role": ["uncertainty" for _ in range(points) for _ in factors or {}],
        "number": [values[p] for p in range(points) for values in (factors or {}).values()],
        "value": [str(values[p]) for p in range(points) for values in (factors or {}).values()],
    }
    kept = {name: [row.get(name, 0) for row in groups] for name in {n for row in groups for n in row}}
    return Sweep(
        declared("runs", runs),
        declared("points", design),
        declared("run_year", yearly),
        declared("run_group_year", kept),
    )


def stored(made: Sweep, folder: Path, experiment: str, kind: str = "sweep") -> Result:
    """The sweep as a result folder."""
    tables = {
        "runs": made.runs,
        "points": made.points,
        "run_year": made.run_year,
        "run_group_year": made.run_group_year,
    }
    result = write(folder, tables, manifest((), 1, {}, 0.0, {"kind": kind}), "", specs=SWEEP_TABLES)
    (folder / "experiment.toml").write_text(experiment, encoding="utf-8")
    return result
