"""Which schools of a watched run a quantity is of, and which functions of a module are quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.observed_run import Watched, once

type Quantity = Callable[..., float | NDArray[np.float64]]

PHASES = {"primary": (0,), "secondary": (1,), "all": (0, 1)}
KINDS = {"maintained": (-1,), "single": (0,), "multi": (1,), "academy": (0, 1), "all": (-1, 0, 1)}


def among(column: pd.Series, values: Sequence[int]) -> NDArray[np.bool_]:
    """Whether each code is one of a few: quicker than `isin`, which sorts."""
    codes = column.to_numpy()
    return np.any([codes == value for value in values], axis=0)


def share(flags: NDArray[np.bool_]) -> float:
    """The share that is true; nan of none."""
    return float(flags.mean()) if len(flags) else float("nan")


@once
def schools_of(w: Watched, year: int, phase: str, kind: str) -> pd.DataFrame:
    """Open schools of a phase and of trusts of a kind at the end of a year."""
    schools = w.at(year)
    return schools.loc[among(schools.phase, PHASES[phase]) & among(schools.kind, KINDS[kind])]


def quantities_in(module: Mapping[str, object]) -> dict[str, Quantity]:
    """The public functions that a module defines, by name, from its `globals()`."""
    return {
        name: thing
        for name, thing in module.items()
        if isinstance(thing, FunctionType) and thing.__module__ == module["__name__"] and not name.startswith("_")
    }
