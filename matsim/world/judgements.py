"""What the result of an inspection is called in a school year.

The model keeps one grade of four for every school, whatever was published: commissioners, governors and families go by
something like it. Headline grades ended in September 2024; until report cards came in November 2025 schools were told
of their key judgements alone. From then on a grade stands for a report card: Outstanding for one at the strong standard
or above, Good for one at the expected standard, Requires improvement for one with areas that need attention, and
Inadequate for a category of concern (special measures, or significant improvement required).
"""

from __future__ import annotations

from math import floor, isnan

from matsim.world.codes import GRADES

HEADLINE_ENDED = 2024
"""First school year in which inspectors gave no overall grade."""
REPORT_CARDS = 2025
"""First school year of report cards."""

KEY_JUDGEMENTS = (
    "not inspected",
    "Outstanding in its key judgements",
    "Good in its key judgements",
    "requiring improvement in its key judgements",
    "in a category of concern",
)
ON_REPORT_CARDS = (
    "not inspected",
    "at the strong standard or above",
    "at the expected standard",
    "in need of attention",
    "in a category of concern",
)


def result(grade: int, year: int) -> str:
    """What a grade (index into GRADES) that was given in a school year is called."""
    if year < HEADLINE_ENDED:
        return GRADES[grade]
    return (KEY_JUDGEMENTS if year < REPORT_CARDS else ON_REPORT_CARDS)[grade]


def last_result(grade: int, when: float) -> str:
    """The same of an inspection on a date, in decimal years counted from September; nan where no date is known."""
    return GRADES[grade] if isnan(when) else result(grade, floor(when))
