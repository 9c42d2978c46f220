"""The quantities that a target may name, each computed from one watched run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.validation import growth, history, inspected, money
from matsim.validation.observed_run import Watched

type Quantity = Callable[..., float | NDArray[np.float64]]


def _public(*modules: ModuleType) -> dict[str, Quantity]:
    """The public functions that the modules define, by name."""
    members = ((n, f, m) for m in modules for n, f in vars(m).items())
    return {n: f for n, f, m in members if callable(f) and not n.startswith("_") and f.__module__ == m.__name__}


QUANTITIES: Mapping[str, Quantity] = _public(history, growth, inspected, money)
"""Every quantity by name: `quantity(watched, **of)` gives a number, or one for each part of a shape."""


def observe(watched: Watched, quantity: str, of: Mapping[str, Any]) -> NDArray[np.float64]:
    """One quantity of one run: an array of one number, or of one for each part."""
    return np.atleast_1d(np.asarray(QUANTITIES[quantity](watched, **of), dtype=np.float64))
