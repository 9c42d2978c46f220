"""What a cell of a published file says: a number, a date, or in one of many words that there is none."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

MISSING = frozenset(
    {"", "null", "nan", "na", "n/a", "#n/a", "-", ".", "..", ":", "not available", "unknown"}
    | {"supp", "ne", "np", "lowcov", "low", "x", "z", "c", "u"}
)
"""What stands for a value that is missing, in lower case: blanks, and the symbols of published statistics (suppressed,
no entries, not published, low coverage, not available, not applicable)."""

LONG_AGO = 1901.0
"""Dates before this year count as missing: 1 January 1900 stands for 'not known' in the files."""

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?$")
WHOLE = re.compile(r"[0-9]+(\.0*)?$")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_DATES = (
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _TIME),
    re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})" + _TIME),
    re.compile(r"(?P<d>\d{1,2})[- ](?P<m>[A-Za-z]{3,9})[- ](?P<y>\d{4})" + _TIME),
)


def quoted(text: str, most: int = 60) -> str:
    """A cell in quotation marks, for a message: of a long one its beginning."""
    return f"'{text}'" if len(text) <= most else f"'{text[:most]}…'"


def plain_number(raw: str, percent: bool) -> str:
    """A number without the commas or blanks between its thousands, and its per cent sign where it may have one."""
    plain = raw.replace("\u2212", "-")
    if percent:
        plain = plain.removesuffix("%").rstrip()
    if _GROUPED.match(grouped := re.sub(r"(?<=\d)[ \xa0\u2009\u202f](?=\d{3})", ",", plain)):
        plain = grouped.replace(",", "")
    return plain


def start_year(when: float) -> int:
    """The start year for a file of this date (decimal year): its calendar year, so that the first school year begins
    in the September of the year that the file is of. Files of May 2018 start in 2018, of March 2024 in 2024."""
    return int(when)


@lru_cache(maxsize=50_000)
def decimal_year(text: str) -> float | None:
    """A date, with or without a time of day, as a decimal year: '02-07-2018' is 2018.4986. None for no date."""
    for form in _DATES:
        if match := form.match(text):
            month = match["m"].lower()
            try:
                number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
                return decimal(date(int(match["y"]), number, int(match["d"])))
            except ValueError:
                return None
    return None


def decimal(day: date) -> float:
    """A day as a decimal year."""
    start = date(day.year, 1, 1).toordinal()
    return day.year + (day.toordinal() - start) / (date(day.year + 1, 1, 1).toordinal() - start)
