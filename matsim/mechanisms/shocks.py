"""Shocks that a scenario dates: money, judgements, people, local services, recruitment, commissioners.

Each strikes in October of its year and is over after its years; a judgement, a departure and what an authority gave
up stay until the model's own rules change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from matsim.core.errors import nearest
from matsim.evidence.parameters import Params, param
from matsim.mechanisms.environment import EnvironmentParams
from matsim.mechanisms.inspection import InspectionParams, interval
from matsim.state import regions
from matsim.state.directions import Rows, Struck
from matsim.state.state import State
from matsim.words.amounts import percent
from matsim.world.codes import Grade, SchoolState

PLACES = ("region", "authority", "trust", "school")
WHERE: dict[str, tuple[str, ...]] = {
    "funding cut": ("", *PLACES),
    "cost rise": ("", *PLACES),
    "judged Inadequate": ("school",),
    "head leaves": ("school",),
    "CEO leaves": ("trust",),
    "authority retrenches": ("", "region", "authority"),
    "recruitment squeeze": ("", *PLACES),
    "growth pause": ("", "region", "authority", "trust"),
}
"""Every kind of shock, and what may say where it strikes; nothing at all for everywhere."""

LASTING = ("funding cut", "cost rise", "recruitment squeeze", "growth pause")
"""Shocks that are in force for a number of years."""

SIZED = ("funding cut", "cost rise", "authority retrenches", "recruitment squeeze")
"""Shocks that have a size."""

OCTOBER = 0.1
"""When shocks strike: in decimal years from September."""


class Shock(Params):
    """One shock: what, when, how large, where. Nothing said of where means everywhere."""

    year: int = param(..., "year", "assumed: a school year of the run", ge=1990, le=2100)
    """School year in whose October it strikes."""
    kind: str = param(..., "choice", "assumed: as the scenario says")
    """What happens."""
    size: float = param(0.0, "share", "assumed: as the scenario says", plausible=(0.01, 0.5), le=0.9)
    """Share of income lost, rise of costs, share of the authority's capacity lost, or how much harder posts are to
    fill."""
    years: int = param(1, "years", "assumed: a shock passes", plausible=(1, 5), ge=1, le=60)
    """School years that it is in force."""
    region: str = param("", "choice", "assumed: a region of the world")
    """A region of the year: of the eight to August 2022, of the nine since."""
    authority: str = param("", "choice", "assumed: a local authority of the world")
    """Name of a local authority."""
    trust: int = param(0, "choice", "assumed: a trust of the world", plausible=(1, 999_999_999), ge=0)
    """Group identifier of a trust."""
    school: int = param(0, "choice", "assumed: a school of the world", plausible=(1, 999_999), ge=0)
    """URN of a school."""

    @model_validator(mode="after")
    def _whole(self) -> Shock:
        if self.kind not in WHERE:
            hint = nearest(self.kind, WHERE) or f"; one of {', '.join(repr(k) for k in WHERE)}"
            raise ValueError(f"{self.kind!r} is not a kind of shock{hint}")
        named = [name for name in PLACES if getattr(self, name)]
        if len(named) > 1:
            raise ValueError(f"strikes in one place: name {' or '.join(named)}, not both")
        if (named[0] if named else "") not in WHERE[self.kind]:
            able = [name for name in WHERE[self.kind] if name]
            raise ValueError(f"a shock of the kind '{self.kind}' names {' or '.join(able)}")
        if (self.size > 0) != (self.kind in SIZED):
            raise ValueError(f"a shock of the kind '{self.kind}' {'needs a' if self.kind in SIZED else 'has no'} size")
        if self.years > 1 and self.kind not in LASTING:
            raise ValueError(f"a shock of the kind '{self.kind}' strikes once: leave out years")
        return self


def strike(
    state: State,
    shocks: Sequence[Shock],
    inspection: InspectionParams,
    environment: EnvironmentParams,
) -> None:
    """Set what is in force this year, and do what strikes this year.

    A shock strikes the region of the year in which it began.
    """
    if not shocks:
        return
    state.struck = Struck.none(len(state.schools))
    for shock in shocks:
        age = state.year - shock.year
        if not 0 <= age < shock.years:
            continue
        rows = _where(state, shock, environment)
        if age == 0:
            _log(state, shock, rows)
            _at_once(state, shock, rows, inspection)
        if shock.kind in LASTING:
            _in_force(state, shock, rows, age)


def _where(state: State, shock: Shock, environment: EnvironmentParams) -> Rows:
    """Rows of the open schools that a shock strikes."""
    schools = state.schools
    inside: NDArray[np.bool_] = schools.state == SchoolState.OPEN
    if shock.region:
        inside &= regions.of_name(state, shock.region, shock.year >= environment.nine_from)
    elif shock.authority:
        inside &= schools.la == next(c for c, name in state.world.la_names.items() if name == shock.authority)
    elif shock.trust:
        inside &= schools.trust == _trust(state, shock)
    elif shock.school:
        inside &= schools.urn == shock.school
    return np.flatnonzero(inside)


def _trust(state: State, shock: Shock) -> int:
    return int(np.flatnonzero(state.trusts.uid == shock.trust)[0])


def _in_force(state: State, shock: Shock, rows: Rows, age: int) -> None:
    """Add a shock that lasts to what is in force. No budget of its first year was made for it."""
    struck, size = state.struck, shock.size
    sudden = size if age == 0 else 0.0
    if shock.kind == "funding cut":
        struck.funding[rows] = 1.0 - (1.0 - struck.funding[rows]) * (1.0 - size)
        struck.lost[rows] = 1.0 - (1.0 - struck.lost[rows]) * (1.0 - sudden)
    elif shock.kind == "cost rise":
        struck.prices[rows] += size
        struck.sudden[rows] += sudden
    elif shock.kind == "recruitment squeeze":
        struck.recruiting[rows] = 1.0 - (1.0 - struck.recruiting[rows]) * (1.0 - size)
    elif shock.trust:
        state.struck = replace(struck, paused_trusts=struck.paused_trusts | {_trust(state, shock)})
    else:
        struck.paused[rows] = True


def _at_once(state: State, shock: Shock, rows: Rows, inspection: InspectionParams) -> None:
    """Do what a shock changes on its day."""
    schools, trusts, places = state.schools, state.trusts, state.places
    if shock.kind == "authority retrenches":
        places.capacity[np.unique(schools.place[rows])] *= 1.0 - shock.size
    elif shock.kind == "CEO leaves":
        trusts.chief_vacant[_trust(state, shock)] = True
    elif shock.kind == "head leaves":
        schools.vacancy[rows] = True
    elif shock.kind == "judged Inadequate":
        before = schools.grade[rows].copy()
        schools.grade[rows], schools.grade_before[rows] = Grade.INADEQUATE, before
        schools.inspected[rows] = state.year + OCTOBER
        schools.due[rows] = schools.inspected[rows] + interval(state, inspection, rows, schools.grade[rows])
        inputs = {"before": before, "after": schools.grade[rows]}
        state.log.add("inspect", rule="shocks", school=rows, trust=schools.trust[rows], inputs=inputs)


def _log(state: State, shock: Shock, rows: Rows) -> None:
    """One event for the shock, with the school or trust that it names; else one in each copy of the world."""
    copy = np.arange(state.world.copies)
    schools = np.bincount(state.schools.copy[rows], minlength=len(copy))
    place: dict[str, Any] = {"copy": copy}
    if shock.school:
        place = {"school": int(np.searchsorted(state.schools.urn, shock.school))}
    elif shock.trust:
        place = {"trust": _trust(state, shock)}
    if "copy" not in place:
        schools = schools.sum(keepdims=True)
    named = shock.region or shock.authority
    size = f" by {percent(shock.size)}" if shock.size else ""
    years = f" for {shock.years} years" if shock.years > 1 else ""
    where = [f" in {named}" if named else "" if n else ", where no school is open any more" for n in schools.tolist()]
    reason = np.array([f"{shock.kind}{size}{years}{at}" for at in where], dtype=object)
    state.log.add("shock", rule="shocks", reason=reason, value=shock.size, inputs={"schools": schools}, **place)
