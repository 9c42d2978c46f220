"""Which schools of a synthetic England are academies at the start, by which route, and since when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Streams
from matsim.world.codes import ROUTES
from matsim.world.land import Floats, Ints, apportion

type Codes = NDArray[np.int8]

CONVERTER, SPONSORED, FREE = (ROUTES.index(name) for name in ("converter", "sponsored", "free school"))

ROUTE_SHARES: dict[int, tuple[tuple[float, float, float], ...]] = {
    2018: ((0.1995, 0.0775, 0.0110), (0.458, 0.187, 0.075), (0.21, 0.38, 0.21)),
    2010: ((0.0, 0.0, 0.0), (0.0, 0.0524, 0.0), (0.0, 0.22, 0.0)),
}
"""Converter, sponsored and free school shares of primary, secondary and all-through schools. 2018: types in
gias-2018 and academies in its group links (28.8%, 72%, 80% of the phases; free schools 2.2% of all). 2010:
203 academies, all sponsored (evidence §2a), by phase as those in the 2018 group links that joined before
August 2010."""

REGION_ODDS = np.array([-0.25, -0.12, 0.39, 0.36, -0.73, -0.43, 0.60, 0.03])
"""Log odds that a primary is an academy, against the whole country, by RSC region (gias-2018; which
region an authority is in is assumed, as in matsim.world.regions)."""
AUTHORITY_SPREAD = 1.3
"""Sd of an authority's own log odds: fitted to academy shares of primaries, 5% to 72%, p5 to p95
(gias-2018)."""
SPONSORED_POVERTY = 0.8
"""Log odds of being sponsored for one sd of free school meals: fitted, sponsored academies have 0.8 sd more than
other schools in gias-2018."""

_SECONDARY_EARLY = {2002: 2, 2003: 8, 2004: 4, 2005: 8, 2006: 18, 2007: 33, 2008: 43, 2009: 57}
OPENINGS: dict[tuple[bool, int], dict[int, int]] = {
    (False, CONVERTER): {
        2010: 191,
        2011: 341,
        2012: 413,
        2013: 419,
        2014: 357,
        2015: 391,
        2016: 735,
        2017: 609,
    },
    (False, SPONSORED): {2011: 27, 2012: 258, 2013: 286, 2014: 202, 2015: 153, 2016: 202, 2017: 184},
    (False, FREE): {2011: 17, 2012: 15, 2013: 33, 2014: 22, 2015: 23, 2016: 20, 2017: 17},
    (True, CONVERTER): {2010: 592, 2011: 389, 2012: 181, 2013: 71, 2014: 46, 2015: 49, 2016: 91, 2017: 71},
    (True, SPONSORED): _SECONDARY_EARLY
    | {2010: 60, 2011: 58, 2012: 67, 2013: 59, 2014: 61, 2015: 39, 2016: 63, 2017: 76},
    (True, FREE): {2011: 15, 2012: 19, 2013: 37, 2014: 43, 2015: 26, 2016: 25, 2017: 27},
}
"""Openings by academic year, (secondary or all-through?, route): gias-2022 (evidence §2b). Sponsored
secondaries before 2010 are spread over the years as in gias-2018."""
ON_FIRST_DAY = 0.6
"""Share of academies that open on the first day of an academic year (assumed)."""


def assign(year: int, phase: Codes, region: Codes, la: Ints, fsm: Floats, luck: Streams) -> tuple[Codes, Floats]:
    """Route (index into ROUTES) and opening date (decimal year; nan for maintained schools)."""
    rows = np.arange(len(phase))
    poor = (fsm - fsm.mean()) / max(float(fsm.std()), 1.0)
    codes, place = np.unique(la, return_inverse=True)
    local = AUTHORITY_SPREAD * luck.normal("world/authority-odds", 0, np.arange(len(codes)))[place]
    local = local + REGION_ODDS[region]
    route = np.zeros(len(phase), np.int8)
    scores = {
        SPONSORED: 0.5 * local + SPONSORED_POVERTY * poor + luck.logistic("world/sponsored", year, rows),
        FREE: luck.logistic("world/free", year, rows),
        CONVERTER: local - 0.3 * poor + luck.logistic("world/converter", year, rows),
    }
    for code, shares in enumerate(ROUTE_SHARES[year]):
        here = np.flatnonzero(phase == code)
        counts = apportion(np.array([*shares, 1.0 - sum(shares)]), len(here))
        for which, score in scores.items():
            left = here[route[here] == 0]
            chosen = left[np.argsort(-score[left], kind="stable")]
            route[chosen[: counts[which - 1]]] = which
    return route, _opened(year, phase, route, luck)


def _opened(year: int, phase: Codes, route: Codes, luck: Streams) -> Floats:
    rows = np.arange(len(phase))
    drawn = luck.uniform("world/opened", year, rows)
    later = luck.uniform("world/opened/within", year, rows)
    opened = np.full(len(phase), np.nan)
    for (upper, which), table in OPENINGS.items():
        here = (route == which) & ((phase > 0) == upper)
        years = np.array([y for y in table if y < year])
        if len(years) == 0:
            continue
        steps = np.cumsum([table[y] for y in years.tolist()])
        at = np.searchsorted(steps / steps[-1], drawn[here], side="right").clip(max=len(years) - 1)
        opened[here] = years[at] + 2.0 / 3.0
    spare = np.maximum(later - ON_FIRST_DAY, 0.0) / (1.0 - ON_FIRST_DAY)
    return opened + 0.99 * spare
