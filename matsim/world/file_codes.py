"""The words of the published files (types, statuses, phases, faiths, grades) and what they mean here."""

from __future__ import annotations

import math
from dataclasses import dataclass

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

PHASE_NAMES = {
    "primary": Phase.PRIMARY,
    "middle deemed primary": Phase.PRIMARY,
    "secondary": Phase.SECONDARY,
    "middle deemed secondary": Phase.SECONDARY,
    "all through": Phase.ALL_THROUGH,
    "16 plus": Phase.SIXTEEN_PLUS,
}
OTHER_PHASES = {"nursery": "nursery school"}

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

_KIND_OF_TYPE = {
    "community special school": (Phase.SPECIAL, "maintained"),
    "foundation special school": (Phase.SPECIAL, "maintained"),
    "academy special converter": (Phase.SPECIAL, "converter"),
    "academy special sponsor led": (Phase.SPECIAL, "sponsored"),
    "free schools special": (Phase.SPECIAL, "free school"),
    "pupil referral unit": (Phase.ALTERNATIVE, "maintained"),
    "academy alternative provision converter": (Phase.ALTERNATIVE, "converter"),
    "academy alternative provision sponsor led": (Phase.ALTERNATIVE, "sponsored"),
    "free schools alternative provision": (Phase.ALTERNATIVE, "free school"),
    "academy 16 to 19 converter": (Phase.SIXTEEN_PLUS, "converter"),
    "academy 16 to 19 sponsor led": (Phase.SIXTEEN_PLUS, "sponsored"),
    "free schools 16 to 19": (Phase.SIXTEEN_PLUS, "free school"),
}
"""Types of state schools that are not mainstream: the type says what they are, and their published phase does not.
Schools of hospitals are among them under the type that they have."""

# Non-maintained special schools are charities that live by fees, and colleges are under other law: neither can be in a
# trust unless it becomes a school of a type above. Secure academies hold children under sentence or on welfare orders.
# The first entry of which a word occurs in the type says why a school of that type is set aside.
_ASIDE = (
    (("welsh", "offshore", "overseas", "service children"), "outside England"),
    (("independent", "city technology college", "online provider"), "independent school"),
    (("secure",), "secure unit or academy"),
    (("sixth form", "further education", "special college", "post 16"), "college of further education"),
    (("non maintained special",), "non-maintained special school"),
    (("nursery",), "nursery school"),
    (("children's centre",), "children's centre"),
)

_MAINLY_YOUNG, _MAINLY_OLD = 7, 16


@dataclass(frozen=True)
class Kind:
    """What a type of establishment says of a school: why it is set aside ('' for a state school that is used), its
    route (index into ROUTES, −1 when set aside), and its phase where the type gives it (index into PHASES; −1 for
    mainstream types, whose schools are of the phase that the file gives)."""

    aside: str = ""
    route: int = -1
    phase: int = -1

    @property
    def mainstream(self) -> bool:
        """Whether it is a type of mainstream school."""
        return not self.aside and self.phase < 0


def type_kind(name: str) -> Kind:
    """What a type of establishment is."""
    plain = " ".join(name.lower().replace("’", "'").split())
    if plain in _ROUTE_OF_TYPE:
        return Kind(route=ROUTES.index(_ROUTE_OF_TYPE[plain]))
    if not plain:
        return Kind("no type of establishment given")
    plain = " ".join(plain.replace("16-19", "16 to 19").replace("-", " ").split())
    if plain in _KIND_OF_TYPE:
        phase, route = _KIND_OF_TYPE[plain]
        return Kind(route=ROUTES.index(route), phase=phase)
    for words, reason in _ASIDE:
        if any(word in plain for word in words):
            return Kind(reason)
    return Kind(f"not a type of state school: {name}")


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
        return Phase.SIXTEEN_PLUS, ""
    if high <= 5:
        return -1, "nursery school"
    if low <= _MAINLY_YOUNG and high >= _MAINLY_OLD:
        return Phase.ALL_THROUGH, ""
    return (Phase.SECONDARY if high - 11 > 11 - low else Phase.PRIMARY), ""


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
