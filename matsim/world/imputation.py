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
from matsim.world.codes import Grade, Phase

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
    planned_share: float = param(
        0.05,
        "ratio",
        "assumed: some 1,000 sites for 20,000 schools, plenty for a run",
        plausible=(0, 0.1),
    )
    """Planned free school sites per school in the file."""
    planned_secondary: float = param(0.574, "share", "gias-2022", plausible=(0.4, 0.7))
    """Share of planned sites that are secondary: 228 of 397 mainstream free schools opened 2011 to 2018."""
    planned_within: float = param(
        1.5, "km", "assumed: a new school serves the same places as its full neighbour", plausible=(0.5, 3)
    )
    """How far from its full neighbour a planned site lies at most."""


def fill(columns: dict[str, Array], p: FileWorldParams) -> Counter[str]:
    """Fill missing values in place; returns what was filled, and how, with counts."""
    counts: Counter[str] = Counter()
    young = columns["phase"] == Phase.PRIMARY
    _fill_la(columns, counts)
    _fill_sizes(columns, np.where(young, p.primary_fill, p.secondary_fill), young, p, counts)
    _fill_fsm(columns, 100.0 * np.where(young, p.primary_fsm, p.secondary_fsm), counts)
    _fill_inspections(columns, counts)
    counts["opening date: taken as long ago"] = int(np.isnan(columns["opened"]).sum())
    return +counts


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
    young: NDArray[np.bool_],
    p: FileWorldParams,
    counts: Counter[str],
) -> None:
    pupils, capacity = columns["pupils"], columns["capacity"]
    no_roll, no_places = np.isnan(pupils), np.isnan(capacity)
    # first those of which nothing is known: their rolls then follow from their places, as others' do
    both = no_roll & no_places
    capacity[both] = np.where(young, p.primary_places, p.secondary_places)[both]
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


def _fill_inspections(columns: dict[str, Array], counts: Counter[str]) -> None:
    """A grade without a date gets the median date of that grade; a date without a grade is dropped."""
    grade, when = columns["grade"], columns["inspected"]
    dropped = (grade == Grade.NOT_INSPECTED) & ~np.isnan(when)
    when[dropped] = np.nan
    for code in range(1, int(grade.max(initial=0)) + 1):
        lacking = (grade == code) & np.isnan(when)
        dated = when[(grade == code) & ~np.isnan(when)]
        if not lacking.any():
            continue
        if len(dated):
            when[lacking] = np.median(dated)
            counts["inspection date: the median date of the same grade"] += int(lacking.sum())
        else:
            grade[lacking] = 0
            counts["inspection grade without any date: taken as not inspected"] += int(lacking.sum())
    counts["inspection date without a grade: taken as not inspected"] = int(dropped.sum())
    counts["inspection: none recorded"] = int((grade == Grade.NOT_INSPECTED).sum())
