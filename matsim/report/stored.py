"""A stored result as a report reads it: what it lacks is said in the report, not by a failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from matsim.core.errors import InputError
from matsim.figures.base import Figure
from matsim.report.page import Section
from matsim.results.store import DamagedError, Result

type Draw = Callable[..., Figure | None]
"""A function of tables that gives a figure, or None when there is nothing to draw."""


YEARLY = ("system_year", "run_year", "option_year", "differences")
"""Tables that say which years a result is about."""
EVER = (2010, 2100)
"""Years that stand for any."""


class Reader:
    """The tables of one result, each read once."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self._read: dict[str, pd.DataFrame | None] = {}

    @property
    def manifest(self) -> dict[str, Any]:
        """What made the result."""
        return self.result.manifest

    def table(self, name: str) -> pd.DataFrame | None:
        """One table; None where it is missing. Raises InputError where it is damaged."""
        if name not in self._read:
            try:
                self._read[name] = self.result.table(name)
            except DamagedError:
                raise
            except InputError:
                self._read[name] = None
        return self._read[name]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last school year that it is about; all that scenarios may have where no table says."""
        for name in YEARLY:
            table = self.table(name) if name in self.manifest.get("tables", {}) else None
            if table is not None and "year" in table and len(table):
                return int(table["year"].min()), int(table["year"].max())
        return EVER

    def has(self, *names: str) -> bool:
        """Whether all these tables can be read."""
        return all(self.table(name) is not None for name in names)

    def lists(self, name: str) -> pd.DataFrame:
        """`parameters` or `mechanisms`; empty where the result does not say. Raises InputError for a damaged list."""
        return self.result.parameters() if name == "parameters" else self.result.mechanisms()

    def lacking(self, *names: str) -> tuple[str, ...]:
        """A sentence for the tables that cannot be read, empty when all are there."""
        missing = [name for name in names if self.table(name) is None]
        if not missing:
            return ()
        what = f"the table {missing[0]}" if len(missing) == 1 else f"the tables {' and '.join(missing)}"
        return (f"Missing: {what} cannot be read from this result's folder. To have this part, {again(self.result)}.",)

    def part(self, title: str, needs: Sequence[str], build: Callable[..., Section | None]) -> Section | None:
        """A section made from the tables it needs, or one that names what is missing."""
        if missing := self.lacking(*needs):
            return Section(title, missing=missing)
        try:
            return build(*(self.table(name) for name in needs))
        # a column that an older matsim did not write: pandas names it
        except KeyError as error:
            text = f"Missing: this result comes from a matsim that did not yet record {error}. To have this part, "
            return Section(title, missing=(text + again(self.result) + ".",))


def again(result: Result) -> str:
    """What to do to have the whole result."""
    if result.manifest.get("kind") == "board":
        return "make the pack again with matsim board"
    if Path(result.folder / "scenario.toml").is_file():
        return "run scenario.toml, which lies in the folder, again with matsim run"
    return "run it again"


def drawn(*figures: Figure | None) -> tuple[Figure, ...]:
    """The figures that have something to show."""
    return tuple(figure for figure in figures if figure is not None)
