"""What runs, break points and areas of the central team are called."""

from __future__ import annotations

from matsim.words.amounts import academic

POINTS = {
    "compliance": "Compliance",
    "governance": "Governance",
    "back_office": "Back office",
    "chief": "The CEO's role",
    "improvement": "School improvement",
    "local": "Local decisions",
}
"""The six break points in short, by their keys in the tables (results.tables.BREAK_POINTS)."""

AREAS = {
    "leadership": "Leadership",
    "improvement": "School improvement",
    "finance": "Finance",
    "hr": "HR",
    "estates": "Estates",
    "governance": "Governance",
}
"""Areas of the central team, by their keys in the tables (results.tables.AREA_NAMES)."""

UNTITLED = "A scenario without a title"


def heading(title: str, year: int) -> str:
    """What a run is called: its scenario's title with the first school year, `England, from 2018/19`.

    Titles of the project's scenarios name no year, since the start year and the files decide it; a title that names
    the year stays as it is.
    """
    title = title or UNTITLED
    return title if str(year) in title else f"{title}, from {academic(year)}"
