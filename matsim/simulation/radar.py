"""The break-point radar of one trust: which are near, in how many years, and why. From stored tables only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.core.errors import InputError
from matsim.mechanisms.ladders import LADDERS, Ladder
from matsim.words.amounts import decimals, percent

DRIVERS = {
    "compliance": ("schools", "pupils", "primary_schools"),
    "governance": ("schools", "spread_km"),
    "back_office": ("schools", "standardisation"),
    "chief": ("schools", "weak_schools"),
    "improvement": ("schools", "weak_schools", "spread_km"),
    "local": ("spread_km", "schools"),
}
"""What loads each ladder, among the columns of `trust_year`."""

_WORDS = {
    "schools": "the number of schools",
    "pupils": "the number of pupils",
    "primary_schools": "the mix of phases",
    "spread_km": "the distance between its schools",
    "standardisation": "what it does centrally",
    "weak_schools": "schools judged below Good",
}


@dataclass(frozen=True)
class Blip:
    """One break point of one trust in one year.

    `pressure` is load over what the present way of working carries; `years` until it reaches 1 at the growth of
    the last two years (0 when passed, inf when not growing); `drivers` are what grew.
    """

    key: str
    name: str
    rung: str
    next_rung: str
    pressure: float
    years: float
    drivers: tuple[str, ...]
    signs: str

    def sentence(self) -> str:
        """In words."""
        if self.pressure >= 1.0:
            when = f"passed: the load is {decimals(self.pressure, 2)} times what “{self.rung}” carries"
        elif np.isfinite(self.years):
            off = max(1, round(self.years))
            pace = (
                f"about {off} year{'s' * (off > 1)} off at the present pace" if off <= 10 else "more than ten years off"
            )
            when = f"{pace} ({percent(self.pressure)} of what “{self.rung}” carries)"
        else:
            when = f"not coming nearer ({percent(self.pressure)} of what “{self.rung}” carries)"
        why = f"; what grew: {', '.join(self.drivers)}" if self.drivers else ""
        answer = f". Next: {self.next_rung}" if self.next_rung else ""
        return f"{self.name}: {when}{why}. Signs: {self.signs}{answer}."

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; years are null when it is not coming nearer."""
        return {**vars(self), "years": self.years if np.isfinite(self.years) else None, "sentence": self.sentence()}


def radar(trusts: pd.DataFrame, uid: int, year: int | None = None, ladders: tuple[Ladder, ...] = LADDERS) -> list[Blip]:
    """The six break points of a trust in a year (the last by default), nearest first.

    `trusts` is the table `trust_year`, `ladders` those of its scenario. InputError when the trust is not there then.
    """
    years = trusts[trusts["trust"] == uid].sort_values("year")
    if year is not None:
        years = years[years["year"] <= year]
    if years.empty or (year is not None and years["year"].iloc[-1] != year):
        raise InputError("trust_year", f"trust {uid} is not in the table{'' if year is None else f' in {year}'}")
    now, then = years.iloc[-1], years.iloc[max(len(years) - 3, 0)]
    passed = max(int(now["year"]) - int(then["year"]), 1)
    blips = [_blip(ladder, now, then, passed) for ladder in ladders]
    return sorted(blips, key=lambda b: (b.years, -b.pressure))


def _blip(ladder: Ladder, now: pd.Series, then: pd.Series, passed: int) -> Blip:
    rung = int(now[f"rung_{ladder.key}"])
    pressure = float(now[f"pressure_{ladder.key}"])
    # the pace is that of the load: a change to another way of working in between is not a fall in load
    carried = ladder.rungs[rung].carries / ladder.rungs[int(then[f"rung_{ladder.key}"])].carries
    growth = (pressure - float(then[f"pressure_{ladder.key}"]) / carried) / passed
    years = 0.0 if pressure >= 1.0 else (1.0 - pressure) / growth if growth > 1e-6 else float("inf")
    grew = tuple(_WORDS[d] for d in DRIVERS[ladder.key] if float(now[d]) > float(then[d]) * 1.02 + 1e-9)
    more = ladder.rungs[rung + 1].name if rung + 1 < len(ladder.rungs) else ""
    return Blip(ladder.key, ladder.name, ladder.rungs[rung].name, more, pressure, years, grew, ladder.signs)
