"""Planned free school sites, beside schools that are full: of a file, which has none, and of a synthetic England."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.world.codes import ROUTES, SECTOR, SECTORS, Phase, Sector
from matsim.world.imputation import FileWorldParams, usual_places
from matsim.world.land import Ints
from matsim.world.luck import WorldLuck
from matsim.world.regions import in_england

SITE_SEED = 2011
"""A fixed seed, so that the same files always give the same world. The year the first free schools opened."""


def planned_sites(
    columns: dict[str, Array], names: list[str], first_urn: int, p: FileWorldParams
) -> tuple[dict[str, Array], list[str]]:
    """Columns of SCHOOL_INPUTS and names of the planned sites, by URN from `first_urn` on.

    The number and the kinds follow `p`, specialist ones after all others and only where a file has such schools;
    anchors are the schools of the sector with the most pupils per place, fullest first, and again from the start should
    there be too few.
    """
    sector = SECTOR[columns["phase"]]
    phase = _planned_phases(
        int(np.count_nonzero(sector != Sector.SPECIALIST)), bool((sector == Sector.SPECIALIST).any()), p
    )
    count = len(phase)
    fullness = columns["pupils"] / columns["capacity"]
    anchors = np.zeros(count, np.intp)
    for one in range(len(SECTORS)):
        wanted, members = SECTOR[phase] == one, sector == one
        rows = np.flatnonzero(members if members.any() else np.ones_like(members))
        fullest = rows[np.argsort(-fullness[rows], kind="stable")]
        anchors[wanted] = np.resize(fullest, np.count_nonzero(wanted))
    easting, northing = _shifted(columns["easting"][anchors], columns["northing"][anchors], p.planned_within)
    unknown = np.full(count, np.nan)
    sites: dict[str, Array] = {
        "urn": np.arange(first_urn, first_urn + count, dtype=np.int64),
        "la": columns["la"][anchors],
        "region": columns["region"][anchors],
        "dfe_region": columns["dfe_region"][anchors],
        "easting": easting,
        "northing": northing,
        "phase": phase,
        "denomination": np.zeros(count, np.int8),
        "pupils": np.zeros(count),
        "capacity": usual_places(p)[phase],
        "fsm": columns["fsm"][anchors],
        "grade": np.zeros(count, np.int8),
        "inspected": unknown,
        "opened": unknown.copy(),
        "route": np.full(count, ROUTES.index("free school"), np.int8),
        "trust": np.full(count, -1, np.int32),
        "planned": np.ones(count, np.bool_),
    }
    return sites, [f"Planned free school near {names[anchor]}" for anchor in anchors.tolist()]


def _planned_phases(schools: int, specialist: bool, p: FileWorldParams) -> NDArray[np.int8]:
    """The phase of each site of a file with so many mainstream schools: secondaries first, specialist ones last."""
    usual = round(p.planned_share * schools)
    secondary = min(round(p.planned_secondary * usual), usual)
    counts = [secondary, usual - secondary, 0, 0, 0]
    if specialist:
        counts[2:] = [round(part * usual) for part in (p.planned_special, p.planned_alternative, p.planned_sixteen)]
    codes = (Phase.SECONDARY, Phase.PRIMARY, Phase.SPECIAL, Phase.ALTERNATIVE, Phase.SIXTEEN_PLUS)
    return np.repeat(np.array(codes, np.int8), counts)


def _shifted(
    easting: NDArray[np.float64], northing: NDArray[np.float64], within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points spread evenly over discs of `within` km around the given ones, kept inside England. Metres."""
    luck = WorldLuck(SITE_SEED, len(easting))
    angle = 2.0 * np.pi * luck.uniform("site angle", 0)
    radius = 1000.0 * within * np.sqrt(luck.uniform("site distance", 0))
    x, y = np.round(easting + radius * np.cos(angle)), np.round(northing + radius * np.sin(angle))
    inside = in_england(x, y)
    return np.where(inside, x, easting), np.where(inside, y, northing)


SECONDARY_SITES = 0.574
"""Share of sites that are for secondary schools (gias-2022, evidence §2b: 228 of 397 openings, 2011 to 2018)."""
FULL_FROM, FULL_POWER = 0.8, 2.0
"""A site is drawn to a school as the power of its pupils over places above this (assumed)."""
SITE_KM = (0.3, 2.0)
"""How far from that school a site lies (assumed: the same neighbourhood)."""
SITE_PLACES = (420.0, 660.0)
"""Places of a free school, primary and secondary: medians of those in gias-2018."""
SITE_PLACES_SPREAD = 0.4
"""Standard deviation of the logarithm of a secondary site's places (gias-2018: p10 347, p90 1,163)."""
CLASS_OF = 210.0
"""Primary sites have one, two or three classes of thirty a year: 210, 420 or 630 places."""
CLASSES = (0.25, 0.85)
"""Share of primary sites with one class, and with one or two (assumed, so that p25, median and p90
are 210, 420 and 630 as in gias-2018)."""


def choose_sites(columns: dict[str, Array], count: int, luck: WorldLuck) -> tuple[Ints, dict[str, Array]]:
    """The anchor school of each of `count` sites, and the sites' columns for every name in `columns`."""
    rows = np.arange(count)
    upper = rows < round(SECONDARY_SITES * count)
    draw = luck.uniform("world/sites", 0, rows)
    pull = np.maximum(columns["pupils"] / columns["capacity"] - FULL_FROM, 0.01) ** FULL_POWER
    anchors = np.zeros(count, np.int64)
    sector = SECTOR[columns["phase"]]
    for wanted, phase in ((upper, sector == Sector.SECONDARY), (~upper, sector == Sector.PRIMARY)):
        weights = np.where(phase, pull, 0.0) if phase.any() else pull
        steps = np.cumsum(weights) / weights.sum()
        anchors[wanted] = np.searchsorted(steps, draw[wanted], side="right").clip(max=len(steps) - 1)
    near, far = SITE_KM
    metres = 1000.0 * (near + (far - near) * luck.uniform("world/sites/distance", 0, rows))
    angle = 2 * np.pi * luck.uniform("world/sites/angle", 0, rows)
    size = luck.normal("world/sites/places", 0, rows)
    classes = 1.0 + (luck.uniform("world/sites/classes", 0, rows)[:, None] >= CLASSES).sum(axis=1)
    secondary = np.round(SITE_PLACES[1] * np.exp(SITE_PLACES_SPREAD * size) / 30.0) * 30.0
    planned = {name: values[anchors] for name, values in columns.items()}
    planned |= {
        "easting": planned["easting"] + metres * np.cos(angle),
        "northing": planned["northing"] + metres * np.sin(angle),
        "phase": upper.astype(np.int8),
        "denomination": np.zeros(count, np.int8),
        "pupils": np.zeros(count),
        "capacity": np.where(upper, np.maximum(secondary, 120.0), CLASS_OF * classes),
        "grade": np.zeros(count, np.int8),
        "inspected": np.full(count, np.nan),
        "opened": np.full(count, np.nan),
        "route": np.full(count, ROUTES.index("free school"), np.int8),
        "trust": np.full(count, -1, np.int32),
    }
    return anchors, planned
