"""Who decides for a region, and what its board and its regions are called, by year.

Regional schools commissioners, advised by headteacher boards, decided for eight regions until August 2022; regional
directors of the Department for Education, advised by advisory boards, decide for nine since (source dfe-regions).
Nothing else spells these words: sentences have them in braces, and `dated` puts in those of the years they are about.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

SINCE = 2022
"""The school year in whose September the words changed."""


@dataclass(frozen=True)
class Office:
    """What is called what: each field is a name that a sentence may have in braces."""

    commissioner: str
    """Who decides, as in "the commissioner refused": one of them."""
    commissioners: str
    """Several of them."""
    title: str
    """Who decides, by the full title: one of them."""
    titles: str
    """Several of them."""
    board: str
    """Who advises."""
    region: str
    """One of the regions."""
    regions: str
    """What they are called where it has to be said which."""


BEFORE = Office(
    "commissioner",
    "commissioners",
    "regional schools commissioner",
    "regional schools commissioners",
    "headteacher board",
    "RSC region",
    "RSC regions",
)
AFTER = Office(
    "regional director",
    "regional directors",
    "regional director",
    "regional directors",
    "advisory board",
    "DfE region",
    "DfE regions",
)
BOTH = Office(
    "commissioner or regional director",
    "commissioners and regional directors",
    "regional schools commissioner (since September 2022 the regional director)",
    "regional schools commissioners (since September 2022 regional directors)",
    "headteacher board or advisory board",
    "region (RSC until August 2022, DfE since)",
    "regions (RSC until August 2022, DfE since)",
)


def of(year: int) -> Office:
    """The words of a school year."""
    return AFTER if year >= SINCE else BEFORE


def over(first: int, last: int) -> Office:
    """The words of the school years from `first` to `last`: both where they changed in between."""
    return of(first) if of(first) == of(last) else BOTH


def dated(text: str, first: int, last: int | None = None) -> str:
    """A sentence with the words of its year, or of its years, in place of their names in braces; others are left.

    >>> dated("the {commissioner} refused", 2021), dated("the {commissioner} refused", 2022)
    ('the commissioner refused', 'the regional director refused')
    """
    for name, words in asdict(over(first, first if last is None else last)).items():
        text = text.replace(f"{{{name}}}", words)
    return text
