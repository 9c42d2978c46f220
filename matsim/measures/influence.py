"""How far each number moves the headline results, as measured: `matsim/evidence/influence.csv`.

The file holds, for parameters that were varied one at a time, what a measure becomes at the low and at the high end of
the plausible range less what it is at the default, each with its standard error: columns parameter, measure,
low_effect, low_se, high_effect, high_se, unit, replicates (runs behind each). `make influence` makes it
(`matsim.validation.influence`); it may be empty.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from matsim.core.csv_reader import read_csv
from matsim.measures.listed import MEASURES
from matsim.words.amounts import change

INFLUENCE = Path(__file__).resolve().parents[1] / "evidence" / "influence.csv"
COLUMNS = ("parameter", "measure", "low_effect", "low_se", "high_effect", "high_se", "unit", "replicates")
NUMBERS = COLUMNS[2:6]
CLEAR = 3.0
"""Standard errors from which an effect is told from luck: hundreds are looked at, so two would mislead."""


def read_influence(path: Path = INFLUENCE) -> pd.DataFrame:
    """What moves what, with columns COLUMNS. Raises InputError for a file that is not of that form."""
    table = read_csv(path, [(name,) for name in COLUMNS], (), rows_needed=False)
    frame = pd.DataFrame({name: table.text(name) for name in COLUMNS})
    numbers = frame[[*NUMBERS, "replicates"]].apply(pd.to_numeric, errors="coerce")
    for i in numbers.index[numbers.isna().any(axis=1)]:
        table.problems.add(table.lines[i], "", "effects, standard errors and replicates should be numbers")
    table.problems.stop()
    return frame.assign(**numbers)


def largest(influence: pd.DataFrame) -> pd.DataFrame:
    """For each parameter the measure that it moves most, against the most that any parameter moves that measure.

    Columns parameter, measure, low_effect, high_effect, reach (the larger of the two effects, absolute), share (of the
    largest clear reach of any parameter on the measure), clear (whether either effect is told from luck: CLEAR
    standard errors or more) and unit. Clear effects come before others, then the larger share.
    """
    effects = influence[["low_effect", "high_effect"]].abs()
    errors = influence[["low_se", "high_se"]].to_numpy()
    clear = ((effects.to_numpy() >= CLEAR * errors) & (effects.to_numpy() > 0.0)).any(axis=1)
    ranked = influence.assign(reach=effects.max(axis=1), clear=clear)
    top = ranked.reach.where(ranked.clear, 0.0).groupby(ranked.measure).transform("max")
    ranked["share"] = (ranked.reach / top).where(top > 0, 0.0)
    ranked = ranked.sort_values(["clear", "share", "measure"], ascending=[False, False, True], kind="stable")
    columns = ["parameter", "measure", "low_effect", "high_effect", "reach", "share", "clear", "unit"]
    return ranked.drop_duplicates("parameter")[columns]


def moves(row: Any) -> str:
    """A row of `largest` in words: what the parameter moves most, from the low to the high end of its range."""
    if not row.reach:
        return "moves nothing here"
    if not row.clear:
        return "not told from luck"
    title = MEASURES[row.measure].title if row.measure in MEASURES else row.measure
    return f"{title} {change(row.low_effect, row.unit)} to {change(row.high_effect, row.unit)}"
