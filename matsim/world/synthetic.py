"""The synthetic first year: an England of any size whose schools, towns and trusts are like the real ones.

Nothing in it is a real school. Towns and villages come first (`places`), then who goes to the schools
(`intake`), which are academies and in which trusts (`academies`), what inspectors said (`inspections`), and last the
sites of free schools to come (`sites`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.core.errors import InputError, nearest
from matsim.evidence.parameters import Params, param
from matsim.words.amounts import count
from matsim.words.offices import SINCE
from matsim.words.phrases import listed
from matsim.world.academies import Trusts, assign, group_academies
from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS, SCHOOL_INPUTS, Account, World, complete
from matsim.world.codes import ROUTES, TrustKind, mainstream
from matsim.world.geography import TravelParams, neighbours
from matsim.world.inspections import inspect
from matsim.world.intake import Intake, enrol
from matsim.world.land import Ints, authorities, survey
from matsim.world.luck import WorldLuck
from matsim.world.names import authority_names, place_names, school_names, trust_names
from matsim.world.nine import divide
from matsim.world.places import Places, lay_out
from matsim.world.regions import gor_region
from matsim.world.sites import choose_sites
from matsim.world.specialist import KINDS, settle

YEARS = (2010, 2018, 2024)
"""The academic years for which the start of the system is known well enough to make one up."""
MAX_SCHOOLS, MIN_SCHOOLS = 200_000, 20
FIRST_URN = 800_001
FIRST_UID = 800_001
"""Above every number in use, so that no synthetic school or trust is taken for a real one."""
URBAN = 0.4
"""An authority whose schools' mean place among the real country's sparsities is below this is a borough."""


class SyntheticParams(Params):
    """What synthetic England to make."""

    schools: int = param(
        20_000,
        "schools",
        "gias-2018",
        plausible=(300, 100_000),
        ge=MIN_SCHOOLS,
        le=MAX_SCHOOLS,
    )
    """How many mainstream schools are open. 20,000 is the whole country; under 1,000 one area, a town and its
    countryside; more than 20,000 a larger country that is just as dense."""
    region: str = param("", "choice", "assumed: the whole country unless a region is named")
    """Empty for all of England's regions, in their real proportions; or the name of the one region that all the schools
    are to be in, of the eight to August 2022 or of the nine since ("West Midlands" is that of the world's year)."""
    seed: int = param(1, "choice", "assumed: any whole number will do", plausible=(0, 1_000_000), ge=0)
    """Seed of the world itself. All replicates of an experiment share one world."""
    planned_sites: float = param(
        0.05,
        "share",
        "assumed: some 50 free schools a year for 20 years per 20,000 schools",
        plausible=(0.0, 0.1),
    )
    """Free school sites that have not opened and may open during a run, over the number of open schools."""
    specialist: float = param(1.0, "ratio", "assumed: as many as are published", plausible=(0.0, 1.0), ge=0.0, le=3.0)
    """Special schools, alternative provision and academies for 16 to 19 that the country has over the number that is
    published for one of its size, with their planned sites: 0 for a country of mainstream schools alone."""


def synthetic(p: SyntheticParams, year: int, travel: TravelParams) -> World:
    """Make the world at the start of the academic year `year`, one of YEARS.

    The same parameters and year give the same world, byte for byte. Places and intakes depend on the seed only, so the
    worlds of the years are the same mainstream schools some years apart; by 2024 primaries have somewhat fewer pupils,
    secondaries more, and both more with free meals. Specialist schools are made for each year anew, and change nothing
    of the others. Raises InputError for another year or an unknown region.
    """
    region = _check(p, year)
    sites = round(p.planned_sites * p.schools)
    luck = WorldLuck(p.seed, max(p.schools + sites, 256))
    places = lay_out(p.schools, region, luck)
    la = authorities(places.xy, places.region, luck)
    intake = enrol(year, places.xy, places.phase, luck)
    route, opened = assign(year, places.phase, places.region, la, intake.fsm, luck)
    trusts = group_academies(year, places.xy, places.phase, intake.denomination, route, opened, luck)
    grade, inspected = inspect(year, places.phase, route, opened, intake.fsm, luck)
    columns: dict[str, Array] = {
        "la": la,
        "region": places.region,
        "dfe_region": _nine(p, year, places, la),
        "easting": places.xy[:, 0] * 1000.0,
        "northing": places.xy[:, 1] * 1000.0,
        "phase": places.phase,
        "denomination": intake.denomination,
        "pupils": intake.pupils,
        "capacity": intake.capacity,
        "fsm": intake.fsm,
        "grade": grade,
        "inspected": inspected,
        "opened": opened,
        "route": route,
        "trust": trusts.of,
    }
    return _assemble(p, year, travel, luck, columns, places, intake, trusts, sites)


def _nine(p: SyntheticParams, year: int, places: Places, la: Ints) -> NDArray[np.int8]:
    """The one of the nine that each school is in: the one asked for, else by authority."""
    known = DFE_REGIONS if year >= SINCE else tuple(name for name in DFE_REGIONS if name not in RSC_REGIONS)
    if p.region not in known:
        return divide(la, places.region, places.xy, survey(np.bincount(places.region, minlength=len(RSC_REGIONS))))
    return np.full(len(la), REGIONS.index(p.region), np.int8)


def _check(p: SyntheticParams, year: int) -> int | None:
    """Which of the eight regions the schools lie in: the one asked for, or the one with most of it; None for all."""
    problems = []
    if year not in YEARS:
        known = listed([str(y) for y in YEARS], "or")
        problems.append(f"year = {year}: a synthetic world starts in {known}; for another year, give published files")
    if p.region and p.region not in REGIONS:
        known = "; ".join(REGIONS)
        hint = nearest(p.region, REGIONS)
        problems.append(f"region = {p.region!r}: unknown region{hint}. Leave it empty, or name one of: {known}")
    if problems:
        raise InputError("synthetic world", problems)
    if not p.region or p.region in RSC_REGIONS:
        return RSC_REGIONS.index(p.region) if p.region else None
    return gor_region(p.region)


def _assemble(
    p: SyntheticParams,
    year: int,
    travel: TravelParams,
    luck: WorldLuck,
    columns: dict[str, Array],
    places: Places,
    intake: Intake,
    trusts: Trusts,
    sites: int,
) -> World:
    """Put schools in order of authority, planned sites after them; number and name everything."""
    order = np.lexsort((places.phase, places.place, columns["la"]))
    town_names = place_names(int(places.place.max()) + 1, luck)
    where = places.place[order]
    open_columns = {name: values[order] for name, values in columns.items()}
    anchors, planned = choose_sites(open_columns, sites, luck)
    every = {name: np.concatenate([open_columns[name], planned[name]]) for name in open_columns}
    every["easting"], every["northing"] = _grid(every["easting"], every["northing"])
    total = p.schools + sites
    every["urn"] = np.arange(FIRST_URN, FIRST_URN + total)
    every["planned"] = np.arange(total) >= p.schools
    if p.specialist:
        every, trusts, anchors = _specialists(p, year, open_columns, every, trusts, anchors)
    schools = complete(every, SCHOOL_INPUTS)
    place_of = [town_names[i] for i in where.tolist()] + [town_names[i] for i in where[anchors].tolist()]
    names = school_names(place_of, schools["phase"], schools["denomination"], schools["route"])
    nets = neighbours(schools["easting"], schools["northing"], schools["phase"], travel)
    return World(
        year=year,
        origin="synthetic",
        schools=schools,
        trusts={
            "uid": np.arange(FIRST_UID, FIRST_UID + len(trusts.kind), dtype=np.int64),
            "kind": trusts.kind.astype(np.int8),
            "founded": trusts.founded.astype(np.float64),
        },
        school_names=tuple(names),
        trust_names=tuple(_name_trusts(schools, place_of, names, trusts)),
        la_names=_name_authorities(open_columns["la"], intake.sparse[order], place_of),
        neighbours=nets,
        account=_account(p, year, schools),
    )


def _specialists(
    p: SyntheticParams, year: int, schools: dict[str, Array], every: dict[str, Array], trusts: Trusts, anchors: Ints
) -> tuple[dict[str, Array], Trusts, Ints]:
    """The columns with specialist schools and their sites after all others, the trusts with theirs after them, and the
    rows of `schools` beside which all that follow these lie."""
    total = len(every["urn"])
    luck = WorldLuck(p.seed, max(total, 256))
    more = settle(year, schools, trusts.kind, p.specialist, len(anchors), luck)
    columns = more.columns | {"urn": FIRST_URN + total + np.arange(len(more.anchors))}
    joined = {name: np.concatenate([values, columns[name]]) for name, values in every.items()}
    joined["easting"], joined["northing"] = _grid(joined["easting"], joined["northing"])
    whole = Trusts(
        joined["trust"], np.concatenate([trusts.kind, more.kind]), np.concatenate([trusts.founded, more.founded])
    )
    return joined, whole, np.concatenate([anchors, more.anchors])


def _grid(easting: Array, northing: Array) -> tuple[Array, Array]:
    """Whole metres, no two schools on the same spot: a later one that would be is moved east."""
    x, y = np.round(easting), np.round(northing)
    while True:
        order = np.lexsort((x, y))
        same = (np.diff(x[order]) == 0) & (np.diff(y[order]) == 0)
        if not same.any():
            return x, y
        x[order[1:][same]] += 1.0


def _name_trusts(schools: dict[str, Array], place_of: list[str], names: list[str], trusts: Trusts) -> list[str]:
    """Trusts are named after where their first school lies, and the faith that all of their schools share."""
    trust, usual = schools["trust"], mainstream(schools["phase"])
    # a trust with mainstream schools is named after these
    has = np.zeros(len(trusts.kind) + 1, bool)
    has[trust[usual]] = True
    members = np.flatnonzero((trust >= 0) & (usual | ~has[trust]))
    _, first = np.unique(schools["trust"][members], return_index=True)
    lead = members[first]
    faith = schools["denomination"][lead].astype(np.int64)
    mixed = schools["denomination"][members] != faith[schools["trust"][members]]
    faith[schools["trust"][members[mixed]]] = 0
    leads = lead.tolist()
    return trust_names([place_of[i] for i in leads], faith, [names[i] for i in leads], trusts.kind == TrustKind.SINGLE)


def _name_authorities(la: Ints, sparse: Array, place_of: list[str]) -> dict[int, str]:
    """Authority code to a name, after the place of its first school that no other is named after."""
    codes, first, authority = np.unique(la, return_index=True, return_inverse=True)
    urban = np.bincount(authority, weights=sparse) / np.bincount(authority) < URBAN
    used: set[str] = set()
    chosen = []
    bounds = [*first.tolist(), len(la)]
    for i in range(len(codes)):
        free = (place_of[row] for row in range(bounds[i], bounds[i + 1]) if place_of[row] not in used)
        name = next(free, f"{place_of[bounds[i]]} {i + 1}")
        used.add(name)
        chosen.append(name)
    return dict(zip(codes.tolist(), authority_names(chosen, urban), strict=True))


def _account(p: SyntheticParams, year: int, schools: dict[str, Array]) -> Account:
    extent = f"in {p.region}" if p.region else "in all of England's regions"
    planned = int(np.count_nonzero(schools["planned"]))
    used = len(schools["planned"]) - planned
    kinds = f"{count(used)} open schools and {count(planned)} planned {ROUTES[-1]} sites"
    if p.specialist:
        also = [f"{count(n)} {words}" for words, n in _kinds(schools).items() if n]
        kinds += f" (of the schools {listed([f'{count(p.schools)} mainstream', *also])})" if also else ""
    return Account(
        read=used,
        used=used,
        notes=(
            f"A synthetic world of {year}, seed {p.seed}: {kinds} {extent}. No school, trust, place or "
            "authority in it is real.",
        ),
    )


def _kinds(schools: dict[str, Array]) -> dict[str, int]:
    """Open specialist schools by kind in words."""
    here = schools["phase"][~schools["planned"]]
    words = dict(zip(KINDS, ("special", "of alternative provision", "for 16 to 19"), strict=True))
    return {words[kind]: int(np.count_nonzero(here == kind)) for kind in KINDS}
