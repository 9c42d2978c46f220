"""What the numbers in columns of codes stand for, and the words that tables and pages use for them.

The codes are plain whole numbers, and no enumerations: whole columns are compared with them many times a year, and
with a member of an enumeration numpy takes several times as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Phase:
    """Phase of education. Middle schools count with the phase they are deemed.

    The first three are mainstream. The others are specialist: special schools, alternative provision (pupil referral
    units among them), and academies for those of 16 to 19. No value added is published for these.
    """

    PRIMARY = 0
    SECONDARY = 1
    ALL_THROUGH = 2
    SPECIAL = 3
    ALTERNATIVE = 4
    SIXTEEN_PLUS = 5


class Sector:
    """Phases that compete with each other, join each other's trusts and are counted together."""

    PRIMARY = 0
    SECONDARY = 1
    SPECIALIST = 2


class Route:
    """How a school came to be what it is."""

    MAINTAINED = 0
    CONVERTER = 1
    SPONSORED = 2
    FREE = 3


class Denomination:
    """Religious character."""

    NONE = 0
    CHURCH_OF_ENGLAND = 1
    ROMAN_CATHOLIC = 2
    OTHER = 3


class Grade:
    """Overall grade of the last inspection; the higher the worse."""

    NOT_INSPECTED = 0
    OUTSTANDING = 1
    GOOD = 2
    REQUIRES_IMPROVEMENT = 3
    INADEQUATE = 4


class TrustKind:
    """Kind of trust."""

    SINGLE = 0
    MULTI = 1


class SchoolState:
    """Whether a school is open."""

    PLANNED = 0
    OPEN = 1
    CLOSED = 2


PHASES = ("primary", "secondary", "all-through", "special", "alternative provision", "16 to 19")
SECTORS = ("primary", "secondary", "specialist")
SECTOR = np.array(
    [Sector.PRIMARY, Sector.SECONDARY, Sector.SECONDARY, Sector.SPECIALIST, Sector.SPECIALIST, Sector.SPECIALIST],
    np.int8,
)
"""The sector of each phase: secondary and all-through schools are one."""
ROUTES = ("maintained", "converter", "sponsored", "free school")
DENOMINATIONS = ("none", "Church of England", "Roman Catholic", "other faith")
GRADES = ("not inspected", "Outstanding", "Good", "Requires improvement", "Inadequate")
TRUST_KINDS = ("single-academy trust", "multi-academy trust")


def mainstream(phase: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which schools of these phases are mainstream: primary, secondary or all-through."""
    return phase <= Phase.ALL_THROUGH
