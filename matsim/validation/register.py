"""The assumption register: every parameter with its source, and how much it moves results where that is known.

`matsim/evidence/influence.csv` holds, for parameters that were varied one at a time, what a measure becomes at the low
and at the high end of the plausible range less what it is at the default: columns parameter, measure, low_effect,
high_effect, unit, replicates (the number of runs behind each). It is made by an experiment and may be empty.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from matsim.errors import InputError, nearest
from matsim.inventory import parameters
from matsim.scenario.schema import Scenario

INFLUENCE = Path(__file__).resolve().parents[1] / "evidence" / "influence.csv"
COLUMNS = ("parameter", "measure", "low_effect", "high_effect", "unit", "replicates")


def register(scenario: Scenario) -> pd.DataFrame:
    """Every parameter of a scenario that is a number or a choice of the modeller, as `inventory.parameters`.

    Switches are left out: they turn mechanisms off and say nothing of England.
    """
    found = parameters(scenario)
    return found.loc[found.unit != "switch"].reset_index(drop=True)


def read_influence(path: Path = INFLUENCE) -> pd.DataFrame:
    """What moves what, with columns COLUMNS. Raises InputError for a file that is not of that form."""
    try:
        found = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from error
    missing = [name for name in COLUMNS if name not in found.columns]
    if missing:
        hints = [f"column '{name}' is missing{nearest(name, found.columns)}" for name in missing]
        raise InputError(str(path), hints)
    numbers = found[["low_effect", "high_effect"]].apply(pd.to_numeric, errors="coerce")
    if bad := [str(i + 2) for i in numbers.index[numbers.isna().any(axis=1)]]:
        raise InputError(str(path), f"line {', '.join(bad)}: low_effect and high_effect should be numbers")
    return found.assign(**numbers)[[*COLUMNS]]


def largest(influence: pd.DataFrame) -> pd.DataFrame:
    """For each parameter the measure that it moves most, against the most that any parameter moves that measure.

    Columns parameter, measure, reach (the larger of the two effects, absolute), share (of the largest reach of any
    parameter on the measure) and unit.
    """
    reach = influence[["low_effect", "high_effect"]].abs().max(axis=1)
    top = reach.groupby(influence.measure).transform("max")
    found = influence.assign(reach=reach, share=(reach / top).where(top > 0, 0.0))
    found = found.sort_values(["share", "measure"], ascending=[False, True], kind="stable")
    return found.drop_duplicates("parameter")[["parameter", "measure", "reach", "share", "unit"]]
