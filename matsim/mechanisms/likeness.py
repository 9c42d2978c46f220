"""Lasting likeness: what near schools share of quality whoever runs them, and what the schools of a trust share.

Both are smooth fields: sums of waves over the map whose lengths, directions and beginnings are luck. A school's height
in a field depends on where it lies, whose field it is and when, and on no other school.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Identities, Streams
from matsim.evidence.parameters import Params, param
from matsim.state.state import Rows, State
from matsim.world.codes import Sector

type Floats = NDArray[np.float64]

PLACE_WAVES = 64
TRUST_WAVES = 4
"""Waves of a field. Two schools are as alike as they should be, on average over luck, with any number; the one map of a
world has more, so that its own waves do not show."""

SETTLED = 10
"""Years that schools have been in their trusts when a run begins, or as good as: after so many all is taken on."""

_DRAWS = 7
"""Normal draws that make a wave: two over a third for its length and direction, one over another for its pace, and two
for where it begins."""


class LikenessParams(Params):
    """How much of quality is shared, and how far in km and years likeness reaches.

    Likeness falls to about a third over the km and years given (exponential, as of Matérn 1960 at a half).
    """

    place: float = param(
        0.23,
        "share",
        "assumed: half of what near primaries of a trust have in common (ks2-2019)",
        plausible=(0.1, 0.35),
    )
    """Part of the variance of quality that lies in where a primary school is."""
    place_secondary: float = param(
        0.08, "share", "assumed: fitted by hand to what near secondaries have in common (p8-2019)", plausible=(0.0, 0.2)
    )
    """Part of the variance of quality that lies in where a secondary school is."""
    place_km: float = param(
        10.0, "km", "assumed: fitted by hand to near and far primaries (ks2-2019)", plausible=(4, 15)
    )
    """Distance over which likeness of places falls to about a third."""
    trust: float = param(
        0.29, "share", "assumed: fitted by hand to the trust ICC of primaries in 2019 (ks2-2019)", plausible=(0.0, 0.5)
    )
    """What the primary schools of a trust share, as variance on top of their own: one leadership, one culture, one set
    of choices, for better or worse."""
    trust_secondary: float = param(
        0.43, "share", "assumed: fitted by hand to the trust ICC of secondaries in 2019 (p8-2019)", plausible=(0.0, 0.6)
    )
    """The same for secondary schools."""
    trust_km: float = param(
        12.0, "km", "assumed: fitted by hand to near and far primaries of a trust (ks2-2019)", plausible=(5, 25), gt=0.0
    )
    """Distance over which likeness of a trust's primary schools falls to about a third."""
    trust_km_secondary: float = param(
        200.0,
        "km",
        "assumed: fitted by hand to near and far secondaries of a trust (p8-2019)",
        plausible=(50, 400),
        gt=0.0,
    )
    """The same for its secondary schools, whose likeness hardly hangs on distance."""
    trust_years: float = param(5.0, "years", "assumed: about as long as a CEO stays", plausible=(4, 20), gt=0.0)
    """Years over which what the schools of a trust share falls to about a third of what it was."""
    settle: float = param(
        0.4, "share per year", "assumed: newcomers have taken on a trust's ways after three years", plausible=(0.1, 0.8)
    )
    """Part of the way that a school comes each year to its trust's ways, or away from those of one that it left."""


def waves(streams: Streams, name: str, count: int, who: Identities) -> Floats:
    """Waves of the field of each identity: (4, count, n), turns per length east and north and per year, and a start."""
    draws = streams.normals(name, _DRAWS * count, 0, who).T.reshape(_DRAWS, count, len(who))
    # pairs over a third are spread as the waves of an exponential likeness are; so is one draw over another in time
    over = draws[:2] / np.abs(draws[2])
    return np.stack([*over, draws[3] / np.abs(draws[4]), np.arctan2(draws[5], draws[6])])


def height(wave: Floats, east: Floats, north: Floats, when: float) -> Floats:
    """Height (n,) of fields, each of `waves` (4, count, n), at points in lengths east and north and a time; sd 1."""
    total: Floats = np.zeros(np.broadcast_shapes(np.shape(east), wave.shape[2:]))
    # a wave at a time, in place: all at once would not fit where processors work fastest
    for by_east, by_north, by_time, begins in wave.transpose(1, 0, 2):
        turn = by_east * east
        turn += by_north * north
        turn += by_time * when + begins
        total += np.cos(turn, out=turn)
    total *= np.sqrt(2.0 / wave.shape[1])
    return total


def begin(state: State, p: LikenessParams) -> None:
    """Reckon what each school's place adds to its quality, once; and what the ways of its trust, if any, do."""
    schools = state.schools
    copies = np.arange(int(schools.copy.max()) + 1)
    wave = waves(
        state.streams, "likeness/place", PLACE_WAVES, state.streams.identities("map", np.zeros_like(copies), copies)
    )
    share = by_sector(state, np.arange(len(schools)), p.place, p.place_secondary)
    for copy in copies:
        rows = np.flatnonzero(schools.copy == copy)
        east, north = _lengths(state, rows, p.place_km)
        schools.area[rows] = np.sqrt(share[rows]) * height(wave[:, :, [copy]], east, north, 0.0)
    inside = np.flatnonzero(schools.trust >= 0)
    for year in range(state.year - SETTLED, state.year):
        settle(state, p, inside, year)


def settle(state: State, p: LikenessParams, rows: Rows, year: int) -> Floats:
    """Bring schools a year nearer to their trusts' ways; by how much that moves their quality (sd)."""
    schools = state.schools
    aim = np.zeros(len(rows))
    inside = np.flatnonzero(schools.trust[rows] >= 0)
    aim[inside] = of_trusts(state, p, rows[inside], year)
    moved = p.settle * (aim - schools.ways[rows])
    schools.ways[rows] += moved
    return moved


def of_trusts(state: State, p: LikenessParams, rows: Rows, year: int) -> Floats:
    """What the ways of their trusts in a year would add to schools that had wholly taken them on (sd)."""
    streams, luck, known = state.streams, state.trusts.luck, state.waves
    have = known.shape[2]
    if have < len(luck):
        known = np.concatenate([known, waves(streams, "likeness/trust", TRUST_WAVES, luck[have:])], axis=2)
        state.waves = known
    share = by_sector(state, rows, p.trust, p.trust_secondary)
    east, north = _lengths(state, rows, by_sector(state, rows, p.trust_km, p.trust_km_secondary))
    return np.sqrt(share) * height(known.take(state.schools.trust[rows], axis=2), east, north, year / p.trust_years)


def by_sector(state: State, rows: Rows, others: float, secondary: float) -> Floats:
    """The number for secondary schools, or for all others, by school."""
    return np.where(state.world.sector[rows] == Sector.SECONDARY, secondary, others)


def _lengths(state: State, rows: Rows, km: float | Floats) -> tuple[Floats, Floats]:
    """Where schools lie, in lengths of so many km east and north."""
    schools = state.schools
    return schools.easting[rows] / (1000.0 * km), schools.northing[rows] / (1000.0 * km)
