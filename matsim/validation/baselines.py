"""Three simple forecasts to beat: nothing changes; growth in proportion; preferential attachment by size and distance.

All are drawn as samples of outcomes from what the first file tells of the year before it (who joined when), so that
they know no more than the model does. They are the naive alternatives, not models of anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.outcome import MAINTAINED, Outcome, begin
from matsim.validation.population import first_year
from matsim.world.base import World
from matsim.world.codes import Phase, TrustKind

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

CLOSING = 0.027
"""Share of multi-academy trusts that end in a year: 35 groups closed in 2018 of 1,284 (gias-groups, evidence §2e)."""
SCALES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 20.0)
"""Distances (km) over which attraction falls to about a third, of which the best for the past year is taken."""
POWERS = (0.0, 0.5, 1.0, 1.5)
"""Powers of size, of which the best for the past year is taken."""
ANYWHERE = 0.05
"""Share of joiners that go to any trust in proportion to size, as no trust near by explains every joining."""


@dataclass(frozen=True)
class Past:
    """What happened in the year before the first file.

    `rate` (2,): share of maintained schools, primary and other, that became academies in the year. `new`: share of
    them in trusts that had no school before; `alone`: of those, the share in single-academy trusts. `joined`: rows of
    schools that joined trusts which were there, and the trusts' rows.
    """

    rate: Floats
    new: float
    alone: float
    joined: Ints
    into: Ints


def past_year(world: World, members: pd.DataFrame) -> Past:
    """The year before the last joining date of the first group-links file."""
    start, counted = begin(world), first_year(world)
    urn = world.schools["urn"][counted]
    joined = pd.Series(members.joined.to_numpy(), members.school).reindex(urn).to_numpy()
    end = np.nanmax(members.joined)
    # an academy that opened earlier and joined its trust within the year had moved: it is no new academy
    older = world.schools["opened"][counted] <= end - 1.0
    fresh = (start.of >= 0) & (joined > end - 1.0) & ~older
    settled = np.unique(start.of[(start.of >= 0) & ~fresh])
    there = np.isin(start.of, settled)
    other = world.schools["phase"][counted] != Phase.PRIMARY
    rate = [float((fresh & pick).sum() / max(((fresh | (start.of < 0)) & pick).sum(), 1)) for pick in (~other, other)]
    multi = start.kind[np.maximum(start.of, 0)] == TrustKind.MULTI
    newly = fresh & ~there
    into = np.flatnonzero(fresh & there & multi)
    return Past(
        rate=np.array(rate),
        new=float(newly.sum() / max(fresh.sum(), 1)),
        alone=float((newly & ~multi).sum() / max(newly.sum(), 1)),
        joined=into,
        into=start.of[into],
    )


@dataclass(frozen=True)
class Attraction:
    """Which trusts draw a school: those of its neighbours, by size and distance, and a few anywhere."""

    world: World
    sizes: Floats
    scale: float = 0.0
    power: float = 1.0

    @cached_property
    def _rows(self) -> Ints:
        return first_year(self.world)

    def choices(self, school: int, left_out: int = -1) -> tuple[Ints, Floats]:
        """Trust rows and probabilities for one school. A `scale` of 0 is proportional to size, wherever it is."""
        all_ = self.sizes**self.power * (self.sizes > 0)  # 0 to the power 0 is 1, and nobody joins an empty trust
        rows = np.flatnonzero(all_ > 0)
        anywhere = all_[rows] / all_[rows].sum()
        if self.scale == 0.0:
            return rows, anywhere
        near = self.world.neighbours
        row = self._rows[school]
        index, km = near.index[row], near.km[row].astype(float)
        of = np.where(index >= 0, self.world.schools["trust"][index], -1)
        good = (of >= 0) & (index != left_out)
        good[good] = self.sizes[of[good]] > 0
        if not good.any():
            return rows, anywhere
        trusts, which = np.unique(of[good], return_inverse=True)
        nearest = np.full(len(trusts), np.inf)
        np.minimum.at(nearest, which, km[good])
        # far neighbours leave no probability at all in floating point; a floor keeps the sum above 0
        pull = self.sizes[trusts] ** self.power * np.maximum(np.exp(-nearest / self.scale), 1e-12)
        chance = ANYWHERE * anywhere
        chance[np.searchsorted(rows, trusts)] += (1.0 - ANYWHERE) * pull / pull.sum()
        return rows, chance


def attraction(world: World, past: Past) -> Attraction:
    """Size and distance as they best explain who joined whom in the past year (by likelihood, over a small grid)."""
    start = begin(world)
    multi = start.kind == TrustKind.MULTI
    sizes = np.bincount(start.of[start.of >= 0], minlength=len(start.kind)) * multi
    before = (sizes - np.bincount(past.into, minlength=len(sizes))).astype(float)
    # fitted on sizes before the past year, when the joiners chose; what is forecast draws on sizes as they are now
    best, likeliest = -np.inf, Attraction(world, sizes.astype(float), SCALES[3])
    for scale in SCALES:
        for power in POWERS:
            tried = Attraction(world, before, scale, power)
            total = 0.0
            for school, trust in zip(past.joined.tolist(), past.into.tolist(), strict=True):
                rows, chance = tried.choices(school)
                here = np.flatnonzero(rows == trust)
                total += float(np.log(chance[here[0]])) if len(here) else 0.0
            if total > best:
                best, likeliest = total, Attraction(world, sizes.astype(float), scale, power)
    return likeliest


def unchanged(world: World, samples: int) -> list[Outcome]:
    """Nothing changes."""
    return [begin(world)] * samples


def growing(world: World, past: Past, draw: Attraction, years: float, samples: int, seed: int) -> list[Outcome]:
    """Schools become academies at the past year's rates, go where `draw` says, and trusts end at past rates."""
    start = begin(world)
    luck = np.random.default_rng(seed)
    other = (world.schools["phase"][first_year(world)] != Phase.PRIMARY).astype(np.intp)
    rate = 1.0 - (1.0 - past.rate[other]) ** years
    cache: dict[int, tuple[Ints, Floats]] = {}

    def go(school: int) -> int:
        if school not in cache:
            cache[school] = draw.choices(school)
        rows, chance = cache[school]
        at = np.searchsorted(np.cumsum(chance), luck.random() * chance.sum())
        return int(rows[min(int(at), len(rows) - 1)])

    made = []
    for _ in range(samples):
        of, kind = start.of.copy(), start.kind.tolist()
        for school in np.flatnonzero((start.of == MAINTAINED) & (luck.random(len(of)) < rate)).tolist():
            if luck.random() < past.new:
                of[school] = len(kind)
                kind.append(int(luck.random() >= past.alone))
            else:
                of[school] = go(school)
        ending = np.flatnonzero((start.kind == TrustKind.MULTI) & (luck.random(len(start.kind)) < CLOSING * years))
        for school in np.flatnonzero(np.isin(of, ending)).tolist():
            home = go(school)
            of[school] = home if home not in ending else of[school]
        made.append(Outcome(of, np.array(kind, np.int64)))
    return made
