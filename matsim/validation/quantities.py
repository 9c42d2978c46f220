"""What a target may name: quantities of one watched run, of the system, of trusts, of grades and of money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation import endings, money, people, value_added
from matsim.validation.movement import band_shares, neighbour_km, sizes
from matsim.validation.observed_run import Watched, once
from matsim.validation.selections import KINDS, PHASES, among, quantities_in, schools_of, share
from matsim.world.codes import ROUTES, Grade, Phase, Route, TrustKind

type Floats = NDArray[np.float64]
ACADEMIES = (Route.CONVERTER, Route.SPONSORED, Route.FREE)


AUGUST = 8.0 / 12.0
"""Where in a calendar year an academic year ends."""


def _years(date: float) -> tuple[int, int]:
    """The academic years that end in the Augusts around a decimal date."""
    first = int(np.floor(date - AUGUST)) - 1
    return first, first + 1


def _between(date: float, count: dict[int, float]) -> float:
    """A year-end quantity at a decimal date, between the Augusts around it in a straight line."""
    before, after = _years(date)
    return count[before] + (date - AUGUST - after) * (count[after] - count[before])


def academy_share(w: Watched, date: float, phase: str, free_schools: bool = True, of: str = "schools") -> float:
    """Share of schools (or of pupils) in academies at a decimal date; without free schools where asked."""
    count = {}
    for year in _years(date):
        schools = w.at(year)
        here = among(schools.phase, PHASES[phase])
        academy = among(schools.route, ACADEMIES if free_schools else ACADEMIES[:2])[here]
        pupils = schools.pupils.to_numpy()[here]
        count[year] = float(academy.mean() if of == "schools" else (pupils * academy).sum() / pupils.sum())
    return _between(date, count)


def trusts(w: Watched, date: float, kind: str, least: int = 1) -> float:
    """Trusts open at a decimal date: "single", or "multi" with at least so many schools."""
    count = {}
    for year in _years(date):
        schools = w.at(year)
        of_kind = schools.kind.to_numpy() == ("single", "multi").index(kind)
        size = np.unique(schools.trust.to_numpy()[of_kind], return_counts=True)[1]
        count[year] = float((size >= least).sum())
    return _between(date, count)


def openings(w: Watched, first: int, last: int, phase: str, route: Sequence[str]) -> float:
    """Schools that became academies by these routes in the academic years from `first` to `last`."""
    return float(_opened(w, phase, route).year.between(first, last).sum())


def openings_shape(w: Watched, first: int, last: int, phase: str, route: Sequence[str]) -> Floats:
    """Share of those openings in each academic year."""
    year = _opened(w, phase, route).year
    counts = np.array([float((year == y).sum()) for y in range(first, last + 1)])
    return np.asarray(counts / max(float(counts.sum()), 1.0), np.float64)


def _opened(w: Watched, phase: str, route: Sequence[str]):  # type: ignore[no-untyped-def]
    opened = w.openings
    return opened.loc[among(opened.phase, PHASES[phase]) & among(opened.route, [ROUTES.index(r) for r in route])]


@once
def _sizes(w: Watched, year: int) -> pd.Series:
    """Schools of each multi-academy trust at the end of a year."""
    return sizes(w.members(year))


def size_bands(w: Watched, year: int, bands: Sequence[str]) -> Floats:
    """Share of multi-academy trusts in size bands at the end of an academic year."""
    return band_shares(_sizes(w, year), tuple(bands))


def mean_size(w: Watched, year: int) -> float:
    """Mean schools of a multi-academy trust."""
    return float(_sizes(w, year).mean())


def largest(w: Watched, year: int) -> float:
    """Schools of the largest trust."""
    return float(_sizes(w, year).max())


def in_large(w: Watched, year: int, least: int) -> float:
    """Share of academies in multi-academy trusts that are in trusts of at least so many schools."""
    size = _sizes(w, year)
    return float(size[size >= least].sum() / size.sum())


def alone(w: Watched, year: int, phase: str) -> float:
    """Share of academies of a phase that are single-academy trusts."""
    schools = w.at(year)
    kind = schools.kind.to_numpy()[among(schools.phase, PHASES[phase])]
    return share(kind[kind >= 0] == TrustKind.SINGLE)


def within_km(w: Watched, year: int, share: float) -> float:
    """Quantile of the km from academies to the nearest other one of their trust."""
    return float(np.quantile(_neighbour_km(w, year), share))


@once
def _neighbour_km(w: Watched, year: int) -> Floats:
    return neighbour_km(w.members(year))


def authorities(w: Watched, year: int, share: float, least: int = 20) -> float:
    """Quantile, over local authorities with so many primaries, of the share of primaries that are academies."""
    primaries = w.members(year)
    primaries = primaries.loc[primaries.phase == Phase.PRIMARY]
    share_by_authority = (primaries.kind >= 0).groupby(primaries.la).agg(["mean", "size"])
    return float(share_by_authority.loc[share_by_authority["size"] >= least, "mean"].quantile(share))


def growth_rate(w: Watched, year: int, low: int, high: int) -> float:
    """Mean net growth, schools a year, of multi-academy trusts that began the year with `low` to `high` schools."""
    return w.change(year).growth_rate(low, high)


def net_growth(w: Watched, year: int) -> Floats:
    """Share of multi-academy trusts by net growth in the year (see `movement.NETS`)."""
    return w.change(year).net_shares()


def gained(w: Watched, year: int, least: int) -> float:
    """Trusts that gained at least so many schools net."""
    return w.change(year).gained(least)


def gone(w: Watched, first: int, last: int, kind: str) -> float:
    """Trusts of a kind that had schools and then had none, a year, over academic years."""
    return float(np.mean([w.change(y).gone(("single", "multi").index(kind)) for y in range(first, last + 1)]))


def born(w: Watched, year: int) -> float:
    """New multi-academy trusts, single-academy trusts that took on a second school among them."""
    return w.change(year).born()


def destinations(w: Watched, year: int) -> Floats:
    """New academies by where they are: in a trust that was there before, in a new one, alone."""
    return w.change(year).destinations()


def new_academies(w: Watched, year: int) -> float:
    """Schools that became academies or opened as free schools."""
    return float(len(w.change(year).newcomers))


def sponsored_share(w: Watched, year: int) -> float:
    """Share of new academies that are sponsored."""
    opened = w.openings.loc[w.openings.year == year]
    return float((opened.route == Route.SPONSORED).mean())


def joined_km(w: Watched, year: int, share: float, phase: str = "all") -> float:
    """Quantile of the km from new academies to the nearest school of the trust they joined."""
    return w.change(year).joined_km(share, {"primary": 0, "secondary": 1}.get(phase))


def joined_home(w: Watched, year: int) -> float:
    """Share of joiners to whose local authority the trust was no stranger."""
    return float(w.change(year).joiners.home.mean())


def joined_nearest(w: Watched, year: int) -> float:
    """Share of joiners that joined the trust of the nearest academy in a multi-academy trust."""
    return w.change(year).joined_nearest()


def joined_large(w: Watched, year: int, least: int) -> float:
    """Share of joiners whose trust had at least so many schools."""
    return float((w.change(year).joiners["size"] >= least).mean())


def joined_like(w: Watched, year: int) -> float:
    """Mean share of schools of the joiner's phase in the trust it joined."""
    return float(w.change(year).joiners.like.mean())


def moved(w: Watched, first: int, last: int) -> float:
    """Academies that changed trusts, a year; a merger moves all of a trust's schools."""
    return float(np.mean([w.change(y).moved() for y in range(first, last + 1)]))


def moved_alone(w: Watched, year: int) -> float:
    """Of academies that changed trusts, the share that were single-academy trusts."""
    return w.change(year).moved_alone()


def moved_km(w: Watched, year: int) -> float:
    """Median km from academies that changed trusts to the nearest school of the new one."""
    return w.change(year).moved_km()


def moved_by_intervention(w: Watched, year: int) -> float:
    """Of academies that changed trusts, the share that a commissioner moved. Mergers count as the trust's wish."""
    events = w.tables["events"]
    interventions = events.loc[(events.year == year) & (events.event == "transfer") & (events.reason == "intervention")]
    interventions = interventions.loc[interventions.school.isin(w.at(year).school)]
    return len(interventions) / max(len(w.change(year).movers), 1)


def grade_share(w: Watched, year: int, grades: Sequence[int], phase: str = "all", kind: str = "all") -> float:
    """Share of graded schools whose last grade is one of these at the end of an academic year."""
    schools = w.at(year)
    here = among(schools.phase, PHASES[phase]) & among(schools.kind, KINDS[kind])
    return share(among(schools.grade, grades)[here & (schools.grade.to_numpy() > Grade.NOT_INSPECTED)])


def transition(
    w: Watched,
    first: int,
    last: int,
    phase: str,
    before: Sequence[int],
    after: Sequence[int],
    kind: str = "all",
    least: int = 0,
) -> float:
    """Share of graded inspections of schools last judged `before` that judged them `after`.

    `least`: only of schools in trusts of so many schools, specialist ones too.
    """
    visits, of = w.visits, _visited(w, first, last, phase) & (w.visits["size"].to_numpy() >= least)
    return share(among(visits.after, after)[of & among(visits.kind, KINDS[kind]) & among(visits.before, before)])


@once
def _visited(w: Watched, first: int, last: int, phase: str) -> NDArray[np.bool_]:
    """Which graded inspections were of schools of a phase in the academic years from `first` to `last`."""
    year = w.visits.year.to_numpy()
    return (year >= first) & (year <= last) & among(w.visits.phase, PHASES[phase])


def transition_gap(w: Watched, first: int, last: int, phase: str, before: Sequence[int], after: Sequence[int]) -> float:
    """That share among maintained schools less the same among schools in multi-academy trusts."""
    one, two = (transition(w, first, last, phase, before, after, kind) for kind in ("maintained", "multi"))
    return one - two


def interval(w: Watched, first: int, last: int, phase: str, before: Sequence[int]) -> float:
    """Median years between graded inspections of schools last judged `before`."""
    return float(w.visits.wait[_visited(w, first, last, phase) & among(w.visits.before, before)].median())


def lag(w: Watched, first: int, last: int, share: float = 0.5) -> float:
    """Quantile of the years from being judged Inadequate to opening as a sponsored academy."""
    openings = w.openings
    openings = openings.loc[
        (openings.route == Route.SPONSORED) & (openings.grade == Grade.INADEQUATE) & openings.year.between(first, last)
    ]
    return float((openings.joined - _judged(w, openings)).quantile(share))


def _judged(w: Watched, openings: pd.DataFrame) -> pd.Series:
    """When schools that opened were last inspected: before the year, or in the year before they opened."""
    same = w.visits.loc[w.visits.school.isin(openings.school), ["school", "year", "date", "after"]]
    now = openings[["school", "year"]].merge(same, on=["school", "year"], how="left")
    return pd.Series(
        np.where(now.date.notna().to_numpy(), now.date.to_numpy(), openings.inspected.to_numpy()), openings.index
    )


def still_waiting(w: Watched, year: int, months: float) -> float:
    """Share of maintained schools judged Inadequate in an academic year that were no academies so long after."""
    seen = w.visits
    failed = seen.loc[(seen.year == year) & (seen.after == Grade.INADEQUATE)]
    panel = w.at(year - 1)
    outside = panel.loc[panel.route == Route.MAINTAINED, "school"]
    failed = failed.loc[failed.school.isin(outside)]
    opened = w.openings.set_index("school").joined
    done = failed.school.map(opened[~opened.index.duplicated()]) - failed.date
    return float((~(done <= months / 12.0)).mean())


def came_with(w: Watched, first: int, last: int, phase: str, route: str) -> Floats:
    """Share of new academies of a route by the grade they came with: Outstanding, Good, RI, Inadequate."""
    openings = w.openings
    openings = openings.loc[
        openings.year.between(first, last)
        & openings.phase.isin(PHASES[phase])
        & (openings.route == ROUTES.index(route))
    ]
    seen = w.visits.loc[w.visits.year.between(first, last), ["school", "year", "after"]]
    now = openings.merge(seen, on=["school", "year"], how="left").after
    grade = now.fillna(pd.Series(openings.grade.to_numpy())).astype(int)
    counts = np.bincount(grade[grade > Grade.NOT_INSPECTED], minlength=5)[1:]
    return np.asarray(counts / max(int(counts.sum()), 1), np.float64)


def sponsored_good(w: Watched, year: int) -> float:
    """Share of sponsored academies opened in the run, and inspected since, that are Good or better."""
    opened = w.openings.loc[(w.openings.route == Route.SPONSORED) & (w.openings.year <= year), ["school", "joined"]]
    schools = w.at(year).merge(opened, on="school", suffixes=("_now", ""))
    schools = schools.loc[schools.inspected > schools.joined]
    return float((schools.grade <= Grade.GOOD).mean())


PERCENTILES = (0.1, 0.9)


def _spread(values: pd.Series) -> float:
    low, high = values.quantile(list(PERCENTILES))
    return float(high - low)


def trust_spread_ratio(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Range from the tenth to the ninetieth percentile of mean outcomes of groups, over that of other groups.

    A group is a trust; of maintained schools, a local authority.
    """
    one, two = (_spread(_means(w, year, phase, k)) for k in (kind, against))
    return one / two


@once
def _means(w: Watched, year: int, phase: str, kind: str) -> pd.Series:
    schools = schools_of(w, year, phase, kind)
    by = schools.la.map(w.authorities) if kind == "maintained" else schools.trust
    return schools.groupby(by).outcome.mean()


def outcome_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Median of group means of one kind less that of another, in standard deviations of schools."""
    one, two = (float(_means(w, year, phase, k).median()) for k in (kind, against))
    return (one - two) / float(schools_of(w, year, phase, "all").outcome.std())


def school_sd_ratio(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Standard deviation of schools' outcomes in one kind over that in another."""
    one, two = (float(schools_of(w, year, phase, k).outcome.std()) for k in (kind, against))
    return one / two


QUANTITIES = (
    quantities_in(globals())
    | quantities_in(vars(value_added))
    | quantities_in(vars(people))
    | quantities_in(vars(money))
    | quantities_in(vars(endings))
)
"""Every quantity by name: `quantity(watched, **of)` gives a number, or one for each part of a shape."""


def observe(watched: Watched, quantity: str, of: Mapping[str, Any]) -> NDArray[np.float64]:
    """One quantity of one run: an array of one number, or of one for each part."""
    return np.atleast_1d(np.asarray(QUANTITIES[quantity](watched, **of), dtype=np.float64))
