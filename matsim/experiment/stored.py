"""A stored sweep as an ensemble again: its experiment, its runs, and the rows of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matsim.core.errors import InputError
from matsim.experiment.ensemble import Ensemble, Task, make_ensemble
from matsim.experiment.load import load_experiment
from matsim.measures import SWEEP_TABLES
from matsim.results.store import Result, manifest_of, open_result
from matsim.results.table_files import read_arrow
from matsim.simulation.simulate import Files


def open_sweep(folder: Path) -> Result:
    """A finished sweep. Raises InputError for an unfinished one, and for anything else."""
    folder = Path(folder)
    if manifest_of(folder) is None and (folder / "journal").is_dir():
        problem = "is an unfinished sweep; finish it with the command that began it"
        raise InputError(str(folder), problem)
    result = open_result(folder)
    if (kind := result.manifest.get("kind")) != "sweep":
        raise InputError(str(folder), f"holds a result of the kind '{kind}'; this needs a sweep")
    return result


def tasks_of(result: Result) -> tuple[Task, ...]:
    """The runs of a stored sweep, in the order of the ensemble."""
    frame = result.table("runs", SWEEP_TABLES["runs"])[list(Task._fields)]
    return tuple(Task(*row) for row in frame.astype(object).itertuples(index=False, name=None))


def ensemble_of(result: Result, files: Files | None = None) -> Ensemble:
    """The ensemble that a stored sweep was made from, with the runs that it holds."""
    experiment = load_experiment(result.file("experiment.toml"))
    ensemble = make_ensemble(experiment, files, result.manifest["replicates"])
    return replace(ensemble, tasks=tasks_of(result))


def rows_of(result: Result, table: str, runs: Sequence[int]) -> pd.DataFrame:
    """The rows of some runs, without reading more of the table than one part at a time.

    Raises InputError for a part that cannot be read.
    """
    parts = []
    for file in result.files(table):
        try:
            part = read_arrow(file, result.manifest["tables"][table]["columns"])
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise result.damaged(file) from error
        parts.append(part.filter(pc.is_in(part.column("run"), value_set=pa.array(runs, pa.int64()))))
    frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return frame
