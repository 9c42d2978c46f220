"""Planned free school sites: neither published file has them, so they are put beside the fullest schools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.core.streams import Streams
from matsim.world.codes import ROUTES
from matsim.world.imputation import FileWorldParams
from matsim.world.regions import in_england

SITE_SEED = 2011
"""A fixed seed, so that the same files always give the same world. The year the first free schools opened."""


def planned_sites(
    columns: dict[str, Array], names: list[str], first_urn: int, p: FileWorldParams
) -> tuple[dict[str, Array], list[str]]:
    """Columns of SCHOOL_INPUTS and names of the planned sites, by URN from `first_urn` on.

    The number and the share of secondaries follow `p`; anchors are the schools of the phase with the most
    pupils per place, fullest first, and again from the start should there be too few.
    """
    count = round(p.planned_share * len(names))
    secondary = np.arange(count) < round(p.planned_secondary * count)
    phase = columns["phase"]
    fullness = columns["pupils"] / columns["capacity"]
    anchors = np.zeros(count, np.intp)
    for wanted, members in ((secondary, phase != 0), (~secondary, phase == 0)):
        rows = np.flatnonzero(members if members.any() else np.ones_like(members))
        fullest = rows[np.argsort(-fullness[rows], kind="stable")]
        anchors[wanted] = np.resize(fullest, np.count_nonzero(wanted))
    easting, northing = _beside(columns["easting"][anchors], columns["northing"][anchors], p.planned_within)
    unknown = np.full(count, np.nan)
    sites: dict[str, Array] = {
        "urn": np.arange(first_urn, first_urn + count, dtype=np.int64),
        "la": columns["la"][anchors],
        "region": columns["region"][anchors],
        "easting": easting,
        "northing": northing,
        "phase": secondary.astype(np.int8),
        "denomination": np.zeros(count, np.int8),
        "pupils": np.zeros(count),
        "capacity": np.where(secondary, p.secondary_places, p.primary_places),
        "fsm": columns["fsm"][anchors],
        "grade": np.zeros(count, np.int8),
        "inspected": unknown,
        "opened": unknown.copy(),
        "route": np.full(count, ROUTES.index("free school"), np.int8),
        "trust": np.full(count, -1, np.int32),
        "planned": np.ones(count, np.bool_),
    }
    return sites, [f"Planned free school near {names[anchor]}" for anchor in anchors.tolist()]


def _beside(
    easting: NDArray[np.float64], northing: NDArray[np.float64], within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points spread evenly over discs of `within` km around the given ones, kept inside England. Metres."""
    luck = Streams(SITE_SEED, len(easting))
    angle = 2.0 * np.pi * luck.uniform("site angle", 0)
    radius = 1000.0 * within * np.sqrt(luck.uniform("site distance", 0))
    x, y = np.round(easting + radius * np.cos(angle)), np.round(northing + radius * np.sin(angle))
    inside = in_england(x, y)
    return np.where(inside, x, easting), np.where(inside, y, northing)
