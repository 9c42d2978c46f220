"""How what a published file leaves out is filled, and the parameters of a world made from files.

Every filled value is counted under a plain phrase, for the account that goes with a world.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.core.columns import Array
from matsim.evidence.parameters import Params, param
from matsim.world.codes import Grade, mainstream

type Floats = NDArray[np.float64]


class FileWorldParams(Params):
    """What a world made from published files needs beyond the files."""

    primary_fill: float = param(0.93, "ratio", "gias-2022", plausible=(0.88, 0.97), ge=0.1)
    """Pupils per place in a primary school whose roll or capacity is not given."""
    secondary_fill: float = param(0.91, "ratio", "gias-2022", plausible=(0.85, 0.97), ge=0.1)
    """Pupils per place in a secondary or all-through school whose roll or capacity is not given."""
    primary_places: float = param(243.0, "pupils", "gias-2022", plausible=(200, 420))
    """Places of a primary school of which nothing is known, and of a planned one. The median of 2022."""
    secondary_places: float = param(
        1130.0, "pupils", "assumed: mean roll of 1,028 in 2022 over a fill of 0.91", plausible=(750, 1300)
    )
    """Places of a secondary or all-through school of which nothing is known, and of a planned one."""
    primary_fsm: float = param(0.212, "share", "gias-2022", plausible=(0.15, 0.25))
    """Free school meals in a primary school where the file has no figure to take a median of."""
    secondary_fsm: float = param(0.207, "share", "gias-2022", plausible=(0.15, 0.25))
    """Free school meals in a secondary or all-through school where the file has no figure."""
    special_fill: float = param(1.03, "ratio", "dfe-scap-special", plausible=(0.95, 1.1), ge=0.1)
    """Pupils per place in a special school whose roll or capacity is not given: 152,000 on 148,000 in May 2023."""
    alternative_fill: float = param(
        0.8, "ratio", "assumed: rolls grow by half from autumn to summer", plausible=(0.6, 1.0), ge=0.1
    )
    """Pupils per place in alternative provision whose roll or capacity is not given."""
    sixteen_fill: float = param(0.85, "ratio", "assumed: many are young schools", plausible=(0.6, 1.0), ge=0.1)
    """Students per place in an academy for 16 to 19 whose roll or capacity is not given."""
    special_places: float = param(140.0, "pupils", "dfe-scap-special", plausible=(100, 160))
    """Places of a special school of which nothing is known: 153,000 in 1,089 schools in May 2024."""
    alternative_places: float = param(
        60.0, "pupils", "assumed: some 15,900 pupils in some 335 schools over a fill of 0.8", plausible=(40, 80)
    )
    """Places of a school of alternative provision of which nothing is known."""
    sixteen_places: float = param(
        650.0, "pupils", "assumed: between a school's sixth form and a college", plausible=(300, 1000)
    )
    """Places of an academy for 16 to 19 of which nothing is known."""
    special_fsm: float = param(0.432, "share", "dfe-meals-by-type", plausible=(0.36, 0.5))
    """Free school meals in a special school where the file has no figure to take a median of (January 2021)."""
    alternative_fsm: float = param(0.531, "share", "dfe-meals-by-type", plausible=(0.4, 0.62))
    """Free school meals in alternative provision where the file has no figure (January 2021)."""
    sixteen_fsm: float = param(0.12, "share", "assumed: lower than at school, for fewer apply", plausible=(0.05, 0.25))
    """Free meals in an academy for 16 to 19 where the file has no figure."""
    planned_share: float = param(
        0.05,
        "ratio",
        "assumed: some 1,000 sites for 20,000 schools, plenty for a run",
        plausible=(0, 0.1),
    )
    """Planned free school sites per school in the file."""
    planned_secondary: float = param(0.574, "share", "gias-2022", plausible=(0.4, 0.7))
    """Share of planned sites that are secondary: 228 of 397 mainstream free schools opened 2011 to 2018."""
    planned_special: float = param(0.26, "ratio", "gias-links-2018-2024", plausible=(0, 0.5))
    """Planned special free schools per planned mainstream one, where a file has special schools: 79 opened from May
    2018 to March 2024, some 13 a year."""
    planned_alternative: float = param(0.05, "ratio", "gias-links-2018-2024", plausible=(0, 0.2))
    """The same of alternative provision: ten opened."""
    planned_sixteen: float = param(0.04, "ratio", "gias-links-2018-2024", plausible=(0, 0.2))
    """The same of free schools for 16 to 19: thirteen opened."""
    planned_within: float = param(
        1.5, "km", "assumed: a new school serves the same places as its full neighbour", plausible=(0.5, 3)
    )
    """How far from its full neighbour a planned site lies at most."""


def fill(columns: dict[str, Array], p: FileWorldParams) -> Counter[str]:
    """Fill missing values in place; returns what was filled, and how, with counts."""
    counts: Counter[str] = Counter()
    phase = columns["phase"]
    _fill_la(columns, counts)
    _fill_sizes(columns, usual_fill(p)[phase], usual_places(p)[phase], counts)
    _fill_fsm(columns, 100.0 * _usual_meals(p)[phase], counts)
    # grades of mainstream schools are dated by mainstream schools alone
    for here in (mainstream(phase), ~mainstream(phase)):
        _fill_inspections(columns, here, counts)
    counts["inspection: none recorded"] = int((columns["grade"] == Grade.NOT_INSPECTED).sum())
    counts["opening date: taken as long ago"] = int(np.isnan(columns["opened"]).sum())
    return +counts


def usual_fill(p: FileWorldParams) -> Floats:
    """Usual pupils per place of each of PHASES."""
    return _by_phase(p.primary_fill, p.secondary_fill, p.special_fill, p.alternative_fill, p.sixteen_fill)


def usual_places(p: FileWorldParams) -> Floats:
    """Usual places of each of PHASES."""
    return _by_phase(p.primary_places, p.secondary_places, p.special_places, p.alternative_places, p.sixteen_places)


def _usual_meals(p: FileWorldParams) -> Floats:
    return _by_phase(p.primary_fsm, p.secondary_fsm, p.special_fsm, p.alternative_fsm, p.sixteen_fsm)


def _by_phase(primary: float, secondary: float, special: float, alternative: float, sixteen: float) -> Floats:
    """All-through schools are taken as secondary ones."""
    return np.array([primary, secondary, secondary, special, alternative, sixteen])


def _fill_la(columns: dict[str, Array], counts: Counter[str]) -> None:
    """Give a school without a local authority that of the nearest school with one, or 0 where none has."""
    la = columns["la"]
    unknown = la < 0
    if not unknown.any():
        return
    if unknown.all():
        la[:] = 0
        counts["local authority: none given in the file"] = len(la)
        return
    xy = np.column_stack([columns["easting"], columns["northing"]])
    _, near = cKDTree(xy[~unknown]).query(xy[unknown], k=[1])
    la[unknown] = la[~unknown][near[:, 0]]
    counts["local authority: that of the nearest school"] = int(unknown.sum())


def _fill_sizes(
    columns: dict[str, Array],
    usual: Floats,
    places: Floats,
    counts: Counter[str],
) -> None:
    pupils, capacity = columns["pupils"], columns["capacity"]
    no_roll, no_places = np.isnan(pupils), np.isnan(capacity)
    # first those of which nothing is known: their rolls then follow from their places, as others' do
    both = no_roll & no_places
    capacity[both] = places[both]
    capacity[no_places & ~both] = np.round(pupils / usual)[no_places & ~both]
    pupils[no_roll] = np.round(capacity * usual)[no_roll]
    counts["roll and capacity: a typical school of the phase"] = int(both.sum())
    counts["roll: capacity at the usual fill"] = int((no_roll & ~both).sum())
    counts["capacity: roll at the usual fill"] = int((no_places & ~both).sum())


def _fill_fsm(columns: dict[str, Array], last_resort: Floats, counts: Counter[str]) -> None:
    """The median of the same phase in the same local authority, else in the file, else the national mean."""
    fsm, phase, la = columns["fsm"], columns["phase"], columns["la"]
    known = ~np.isnan(fsm)
    medians: dict[tuple[int, int], float] = {}
    for row in np.flatnonzero(~known).tolist():
        group = (int(phase[row]), int(la[row]))
        if group not in medians:
            alike = known & (phase == group[0])
            local = alike & (la == group[1])
            chosen = local if local.any() else alike
            medians[group] = float(np.median(fsm[chosen])) if chosen.any() else float(last_resort[row])
        fsm[row] = medians[group]
    counts["free school meals: the median of the phase in the local authority"] = int((~known).sum())


def _fill_inspections(columns: dict[str, Array], here: NDArray[np.bool_], counts: Counter[str]) -> None:
    """A grade without a date gets the median date of that grade; a date without a grade is dropped."""
    grade, when = columns["grade"], columns["inspected"]
    dropped = here & (grade == Grade.NOT_INSPECTED) & ~np.isnan(when)
    when[dropped] = np.nan
    for code in range(1, int(grade.max(initial=0)) + 1):
        lacking = here & (grade == code) & np.isnan(when)
        dated = when[here & (grade == code) & ~np.isnan(when)]
        if not lacking.any():
            continue
        if len(dated):
            when[lacking] = np.median(dated)
            counts["inspection date: the median date of the same grade"] += int(lacking.sum())
        else:
            grade[lacking] = 0
            counts["inspection grade without any date: taken as not inspected"] += int(lacking.sum())
    counts["inspection date without a grade: taken as not inspected"] += int(dropped.sum())
