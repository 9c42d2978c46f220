"""Invented names for a synthetic England. None is meant to be found on a map.

Place names are built from syllables that English place names do not start with, so that no reader takes a
synthetic school for a real one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.world.luck import WorldLuck

type Codes = NDArray[np.int8]
type Ints = NDArray[np.int64]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Zel Vex Quim Jos Xan Yev Zor Voss Jel Quen Ux Ziv Vol Yal Jarn Xel Ozz Vyr Zan Quor Jub Yux Vax Zub "
    "Jex Quav Vorn Zed Yorv Xor Juv Izz Vim Zant Quell Jask Vok Zim Xav"
)
_MIDDLE = _words("a en ing el er o is am ov il un ad ev or ax im ez ul")
_LAST = _words(
    "ford ham ton by wick combe dale mere stead worth ley thorpe bury bridge field hurst marsh gate haven "
    "cote pool mouth minster beck holme well brook"
)
_SAINTS = _words("Aldwen Orvic Tamsel Ysolt Brevan Caddoc Elwin Godrun Hesper Ivane Meriol Osgar Petroval Wendrith")
_SPOTS = _words(
    "Mill Oak Bridge Hill Orchard Meadow Church Park Station Spring Elm Canal Market Abbey Castle Willow Heath "
    "Quarry Forge Brook Chapel Copse Garden Harbour Lark Maple North Priory River Sand South Tower Valley Warren "
    "West Ash Beacon Cross East Farm"
)
_WAYS = _words("Lane Road Street Green Park Avenue Rise Fields Close Way")
_TRUST = ("Learning Trust", "Academies Trust", "Education Trust", "Schools Partnership", "Academy Trust", "Academies")


def place_names(count: int, luck: WorldLuck) -> list[str]:
    """`count` distinct place names, in an order drawn from the world's luck."""
    stems = [first + middle for first in _FIRST for middle in _MIDDLE]
    base = len(stems) * len(_LAST)
    start = int(luck.uniform("world/names", 0, np.arange(1))[0] * base)
    step = 7_919  # a prime that divides no count of syllables: every name comes once before any repeats
    names = []
    for i in range(count):
        stem, last = divmod((start + i * step) % base, len(_LAST))
        name = stems[stem] + _LAST[last]
        names.append(name if i < base else f"{name} {_roman(i // base + 1)}")
    return names


def authority_names(places: list[str], urban: NDArray[np.bool_]) -> list[str]:
    """Authorities named after a place of theirs: a shire, or the town itself where schools lie densely."""
    return [f"{place} Borough" if town else f"{place}shire" for place, town in zip(places, urban, strict=True)]


def school_names(places: list[str], phase: Codes, denomination: Codes, route: Codes) -> list[str]:
    """One distinct name for each school from its place, phase, denomination and route."""
    kinds = (
        ("Primary School", "Primary Academy"),
        ("School", "Academy"),
        ("All-through School", "All-through Academy"),
        ("Special School", "Special Academy"),
        ("Pupil Referral Unit", "Alternative Provision Academy"),
        ("Sixth Form College", "16 to 19 Academy"),
    )
    faiths = ("", "Church of England ", "Catholic ", "Faith ")
    seen: dict[str, int] = {}
    names = []
    for place, ph, faith, academy in zip(places, phase.tolist(), denomination.tolist(), route.tolist(), strict=True):
        nth = seen.get(place, 0)
        seen[place] = nth + 1
        saint = f" Saint {_SAINTS[nth % len(_SAINTS)]}" if faith in (1, 2) else ""
        names.append(f"{place}{_spot(nth)}{saint} {faiths[faith]}{kinds[ph][min(academy, 1)]}")
    return names


def _spot(nth: int) -> str:
    """Where in its town the nth school lies: nothing for the first, then a street, in the end with a number."""
    if nth == 0:
        return ""
    lap, spot = divmod(nth - 1, len(_SPOTS) * len(_WAYS))
    street = f" {_SPOTS[spot % len(_SPOTS)]} {_WAYS[spot // len(_SPOTS)]}"
    return f"{street} {lap + 1}" if lap else street


def trust_names(places: list[str], faith: Ints, first_school: list[str], single: NDArray[np.bool_]) -> list[str]:
    """One distinct name for each trust: a single academy's after its school, others after a place.

    `faith` is the denomination that all the trust's schools share, as an index into DENOMINATIONS; else 0.
    """
    seen: dict[str, int] = {}
    names = []
    for i, (place, church, school, alone) in enumerate(zip(places, faith.tolist(), first_school, single, strict=True)):
        kind = {1: "Diocesan Schools Trust", 2: "Catholic Schools Trust"}.get(church, _TRUST[i % len(_TRUST)])
        name = f"{school} Trust" if alone else f"{place} {kind}"
        seen[name] = nth = seen.get(name, 0) + 1
        names.append(name if nth == 1 else f"{name} {nth}")
    return names


def _roman(n: int) -> str:
    text = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while n >= value:
            text, n = text + sign, n - value
    return text
