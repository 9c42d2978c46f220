"""What a world looks like in numbers: for `matsim world describe`, and for comparing a world with evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS, World
from matsim.world.codes import DENOMINATIONS, GRADES, PHASES, ROUTES, SECTOR, Phase, Sector, TrustKind, mainstream

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

BANDS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, None))
"""Trust size bands, first and last number of academies (evidence §2d)."""
MAINSTREAM = PHASES[: Phase.ALL_THROUGH + 1]
_SIZE_POINTS = (5, 10, 25, 50, 75, 90, 95)
_NEAR_POINTS = (10, 25, 50, 75, 90)
_RADII_KM = (5, 10, 20)


def describe(world: World) -> dict[str, Any]:
    """Counts, sizes, distances and trusts of a world's open schools; planned sites are only counted.

    Plain numbers, text, lists and None (where there is nothing to count), ready for JSON. All but `schools`, `phase`,
    `specialist` and `planned_sites` is of mainstream schools, and of trusts by how many of these they have. Distances
    in km and counts within them are between schools of the same phase, all-through counted with secondary.
    """
    is_open = ~world.schools["planned"]
    everyone = {name: column[is_open] for name, column in world.schools.items()}
    s = {name: column[mainstream(everyone["phase"])] for name, column in everyone.items()}
    xy = np.column_stack([s["easting"], s["northing"]]) / 1000.0
    sector = SECTOR[s["phase"]]
    groups = {"primary": sector == Sector.PRIMARY, "secondary": sector == Sector.SECONDARY}
    return {
        "year": world.year,
        "origin": world.origin,
        "schools": int(is_open.sum()),
        "planned_sites": int((~is_open).sum()),
        "authorities": len(np.unique(everyone["la"])),
        "mainstream": len(s["phase"]),
        "phase": _tally(everyone["phase"], PHASES),
        "route": _tally(s["route"], ROUTES),
        "region": _tally(s["region"], RSC_REGIONS),
        "dfe_region": {name: _tally(s["dfe_region"], REGIONS)[name] for name in DFE_REGIONS},
        "denomination": _tally(s["denomination"], DENOMINATIONS),
        "route_by_phase": {p: _tally(s["route"][s["phase"] == i], ROUTES) for i, p in enumerate(MAINSTREAM)},
        "grade_by_phase": {name: _tally(s["grade"][here], GRADES) for name, here in groups.items()},
        "grade": _tally(s["grade"], GRADES),
        "pupils": {name: _points(s["pupils"][here], _SIZE_POINTS) for name, here in groups.items()},
        "fill": {name: _fill(s["pupils"][here], s["capacity"][here]) for name, here in groups.items()},
        "fsm": {name: _mean_sd(s["fsm"][here]) for name, here in groups.items()},
        "years_since_inspection": _points(world.year + 2.0 / 3.0 - s["inspected"], _SIZE_POINTS),
        "near": {name: _near(xy[here]) for name, here in groups.items()},
        "trusts": _trusts(world, s["trust"]),
        "specialist": _specialist(world, everyone),
    }


def _specialist(world: World, s: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Special schools, alternative provision and academies for 16 to 19, and the trusts that have some."""
    here = ~mainstream(s["phase"])
    count = len(world.trusts["kind"])
    some, usual = (np.bincount(s["trust"][rows & (s["trust"] >= 0)], minlength=count) for rows in (here, ~here))
    multi = world.trusts["kind"] == TrustKind.MULTI
    kinds = {p: s["phase"] == i for i, p in enumerate(PHASES) if p not in MAINSTREAM}
    return {
        "schools": int(here.sum()),
        "links_only": len(world.account.links_only),
        "route": {name: _tally(s["route"][rows], ROUTES) for name, rows in kinds.items()},
        "grade": {name: _tally(s["grade"][rows], GRADES) for name, rows in kinds.items()},
        "pupils": {name: _mean_sd(s["pupils"][rows]) for name, rows in kinds.items()},
        "fill": {name: _fill(s["pupils"][rows], s["capacity"][rows]) for name, rows in kinds.items()},
        "fsm": {name: _mean_sd(s["fsm"][rows]) for name, rows in kinds.items()},
        "trusts": {
            "multi-academy trusts with some": int(((some > 0) & multi).sum()),
            "multi-academy trusts with nothing else": int(((some > 0) & (usual == 0) & multi).sum()),
            "single-academy trusts": int(((some > 0) & ~multi).sum()),
            "academies in trusts with mainstream schools": int(some[usual > 0].sum()),
            "academies in trusts without": int(some[usual == 0].sum()),
        },
    }


def _tally(codes: NDArray[Any], names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))


def _points(values: Floats, points: tuple[int, ...]) -> dict[str, float | None]:
    """Percentiles of the values that are known."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {f"p{p}": None for p in points}
    return {f"p{p}": round(float(v), 3) for p, v in zip(points, np.percentile(known, points), strict=True)}


def _mean_sd(values: Floats) -> dict[str, float | None]:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {"mean": None, "sd": None}
    return {"mean": round(float(known.mean()), 3), "sd": round(float(known.std()), 3)}


def _fill(pupils: Floats, capacity: Floats) -> dict[str, float | None]:
    has = capacity > 0
    return _mean_sd(pupils[has] / capacity[has])


def _near(xy: Floats) -> dict[str, Any]:
    """Distance to the nearest of these points, share with none within 5 km, and median counts by radius."""
    if len(xy) < 2:
        return {"km": _points(np.zeros(0), _NEAR_POINTS), "none_within_5_km": None, "median_within_km": None}
    tree = cKDTree(xy)
    nearest = tree.query(xy, k=[2])[0][:, 0]
    within = {
        str(r): round(float(np.median(tree.query_ball_point(xy, r, return_length=True))) - 1.0, 1) for r in _RADII_KM
    }
    return {
        "km": _points(nearest, _NEAR_POINTS),
        "none_within_5_km": round(float((nearest > 5.0).mean()), 4),
        "median_within_km": within,
    }


def _trusts(world: World, trust: NDArray[np.int32]) -> dict[str, Any]:
    """Single- and multi-academy trusts, and how the academies are shared among the multi-academy ones."""
    total = len(world.trusts["kind"])
    schools_of = np.bincount(trust[trust >= 0], minlength=total)
    has = schools_of > 0
    multi = schools_of[has & (world.trusts["kind"] == TrustKind.MULTI)]
    sizes = multi
    bands = {
        _label(low, high): (sizes >= low) & (sizes <= (high if high is not None else sizes.max(initial=low)))
        for low, high in BANDS
    }
    academies = int(schools_of.sum())
    return {
        "single": int(np.count_nonzero(has & (world.trusts["kind"] == TrustKind.SINGLE))),
        "multi": len(multi),
        "academies": academies,
        "academies_in_multi": int(sizes.sum()),
        "share_in_multi": round(int(sizes.sum()) / academies, 4) if academies else None,
        "multi_by_size": {label: int(here.sum()) for label, here in bands.items()},
        "academies_by_size": {label: int(sizes[here].sum()) for label, here in bands.items()},
        "mean_size": round(float(sizes.mean()), 3) if len(sizes) else None,
        "largest": int(sizes.max(initial=0)),
        "gini": gini(sizes),
    }


def _label(low: int, high: int | None) -> str:
    return f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"


def gini(sizes: Ints) -> float | None:
    """Gini coefficient of trust sizes: 0 when all are equal; None when there are none."""
    n, total = len(sizes), int(sizes.sum())
    if total == 0:
        return None
    ranked = np.sort(sizes)
    return round(float(2.0 * np.dot(np.arange(1, n + 1), ranked) / (n * total) - (n + 1) / n), 4)
