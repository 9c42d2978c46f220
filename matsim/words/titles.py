"""What a run is called."""

from __future__ import annotations

from matsim.words.amounts import academic

UNTITLED = "A scenario without a title"


def heading(title: str, year: int) -> str:
    """What a run is called: its scenario's title with the first school year, `England, from 2018/19`.

    Titles of the project's scenarios name no year, since the start year and the files decide it; a title that names
    the year stays as it is.
    """
    title = title or UNTITLED
    return title if str(year) in title else f"{title}, from {academic(year)}"
