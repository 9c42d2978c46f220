"""The year in which a world from files starts, where nobody says it: that of the latest of the files.

No file may be later than the first year, and files of different dates are told of (`matsim.world.warnings`): so the
latest of those that say who is there and who belongs to whom decides. Only the columns that tell when a file was made
are read here.
"""

from __future__ import annotations

from pathlib import Path

from matsim.core.csv_reader import decimal_year, read_csv
from matsim.core.errors import InputError
from matsim.world.establishments import DATED as SCHOOL_DATES
from matsim.world.file_dates import FileDate, file_date, start_year
from matsim.world.grouplinks import DATED as LINK_DATES

AUTHORITY = "LA (code)"


def start_of(establishments: Path, group_links: Path | None = None) -> int | None:
    """The start year of a world from these files; None where nothing in them tells when they were made.

    A file that cannot be read tells nothing: what is wrong with it is said by whoever reads it for a world.
    """
    dates = [_dated(establishments, SCHOOL_DATES)] + ([_dated(group_links, LINK_DATES)] if group_links else [])
    return max((start_year(date.when) for date in dates if date.known), default=None)


def _dated(path: Path, columns: tuple[str, ...]) -> FileDate:
    try:
        table = read_csv(path, (("URN",),), (), (*columns, AUTHORITY))
    except InputError:
        return FileDate()
    dates = [when for name in columns for text in table.text(name) if (when := decimal_year(text)) is not None]
    codes = {int(code) for code in table.text(AUTHORITY) if code.isascii() and code.isdigit() and len(code) == 3}
    return file_date(path, dates, codes)
