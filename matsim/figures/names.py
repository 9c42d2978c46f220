"""Plain names of what the tables hold, for axes and legends: no code name reaches a reader."""

from __future__ import annotations

from matsim.measures.listed import GROUP_MEASURES, MEASURES
from matsim.words.phrases import capital

SIZE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("1", 1, 1),
    ("2", 2, 2),
    ("3 to 5", 3, 5),
    ("6 to 10", 6, 10),
    ("11 to 15", 11, 15),
    ("16 to 20", 16, 20),
    ("21 to 30", 21, 30),
    ("31 or more", 31, 10**6),
)
"""Bands of trust size: name, smallest and largest number of schools."""


def plain(measure: str) -> tuple[str, str]:
    """Title and unit of a measure of run_year or run_group_year: `("Pupil outcomes", "sd")`.

    Raises KeyError for a name that is none.
    """
    known = MEASURES.get(measure) or GROUP_MEASURES[measure]
    return capital(known.title), known.unit
