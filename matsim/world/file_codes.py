"""The words of the published files (types, statuses, phases, faiths, grades) and what they mean here."""

from __future__ import annotations

import math

from matsim.world.codes import DENOMINATIONS, GRADES, ROUTES, Phase

OTHER_FILES = {
    "Linked UID": "a group links file (which academy is in which trust)",
    "Group UID": "a group links file (which academy is in which trust)",
    "LinkURN": "the file of predecessors and successors (links_edubasealldata)",
    "Easting": "an establishment file (one row for each school)",
    "Overall effectiveness": "Ofsted's management information",
    "Latest OEIF overall effectiveness": "Ofsted's management information",
    "P8MEA": "a file of school results",
    "READPROG": "a file of school results",
}
"""Columns that give away what a file is that was given in place of another."""

STATUSES = ("Open", "Open, but proposed to close", "Closed", "Proposed to open", "Pending approval")

PRIMARY, SECONDARY, ALL_THROUGH = Phase.PRIMARY, Phase.SECONDARY, Phase.ALL_THROUGH

PHASE_NAMES = {
    "primary": PRIMARY,
    "middle deemed primary": PRIMARY,
    "secondary": SECONDARY,
    "middle deemed secondary": SECONDARY,
    "all through": ALL_THROUGH,
}
OTHER_PHASES = {"nursery": "nursery school", "16 plus": "16 to 19"}

GRADE_NAMES = {name.lower(): code for code, name in enumerate(GRADES)} | {
    "not applicable": 0,
    "not judged": 0,
    "satisfactory": GRADES.index("Requires improvement"),
    "serious weaknesses": GRADES.index("Inadequate"),
    "special measures": GRADES.index("Inadequate"),
}
"""Grades in lower case; 'satisfactory' is what 'requires improvement' was called until 2012."""

_ROUTE_OF_TYPE = {
    "academy converter": "converter",
    "academy sponsor led": "sponsored",
    "free schools": "free school",
    "university technical college": "free school",
    "studio schools": "free school",
    "community school": "maintained",
    "foundation school": "maintained",
    "voluntary aided school": "maintained",
    "voluntary controlled school": "maintained",
}

# The first entry of which a word occurs in the type says why a school of that type is set aside.
_ASIDE = (
    (("welsh", "offshore", "overseas", "service children"), "outside England"),
    (("independent", "city technology college", "online provider"), "independent school"),
    (("16", "sixth form", "further education"), "16 to 19"),
    (("alternative provision", "pupil referral", "secure unit"), "alternative provision"),
    (("special",), "special school"),
    (("nursery",), "nursery school"),
    (("children's centre",), "children's centre"),
)

_MAINLY_YOUNG, _MAINLY_OLD = 7, 16


def type_kind(name: str) -> tuple[str, int]:
    """Of a type of establishment: why it is set aside ('' for a mainstream state school) and its route, an
    index into ROUTES (−1 when set aside)."""
    plain = " ".join(name.lower().replace("’", "'").split())
    if plain in _ROUTE_OF_TYPE:
        return "", ROUTES.index(_ROUTE_OF_TYPE[plain])
    if not plain:
        return "no type of establishment given", -1
    for words, reason in _ASIDE:
        if any(word in plain for word in words):
            return reason, -1
    return f"not a mainstream school type: {name}", -1


def open_status(name: str) -> str | None:
    """'' for a school that is open (or whose status is not given), the reason to set it aside for one that is
    not, None for a status that is not known."""
    plain = name.lower()
    if not plain or plain.startswith("open"):
        return "" if plain in ("", "open", "open, but proposed to close") else None
    return {"closed": "closed", "proposed to open": "proposed", "pending approval": "proposed"}.get(plain)


def age_phase(low: float, high: float) -> tuple[int, str]:
    """Phase from statutory ages: index into PHASES, or −1 and the reason for setting the school aside.

    A school for ages on both sides of eleven counts with the side on which it has more year groups.
    """
    if math.isnan(low) or math.isnan(high):
        return -1, "neither a phase nor ages given"
    if low >= _MAINLY_OLD:
        return -1, "16 to 19"
    if high <= 5:
        return -1, "nursery school"
    if low <= _MAINLY_YOUNG and high >= _MAINLY_OLD:
        return ALL_THROUGH, ""
    return (SECONDARY if high - 11 > 11 - low else PRIMARY), ""


def denomination(character: str) -> int:
    """Index into DENOMINATIONS of a religious character; joint schools count with the church named first."""
    plain = character.lower()
    if plain in ("", "none", "does not apply", "not applicable", "null"):
        return 0
    english = [plain.find(word) for word in ("church of england", "anglican") if word in plain]
    roman = plain.find("catholic")
    if english and (roman < 0 or min(english) < roman):
        return DENOMINATIONS.index("Church of England")
    if roman >= 0:
        return DENOMINATIONS.index("Roman Catholic")
    return DENOMINATIONS.index("other faith")
