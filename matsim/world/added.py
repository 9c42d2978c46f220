"""A trust put into a world school by school: the world's own, by URN, and ones that it does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matsim.core.columns import Array
from matsim.world.base import SCHOOL_INPUTS, World, complete
from matsim.world.codes import ROUTES, TRUST_KINDS, Route
from matsim.world.geography import TravelParams, neighbours
from matsim.world.imputation import FileWorldParams, fill

CONVERTER = ROUTES.index("converter")
SINGLE, MULTI = range(len(TRUST_KINDS))


@dataclass(frozen=True)
class Added:
    """A school of the trust. With a `urn` it is the world's own; else a new one, described by the rest.

    Codes are indexes into PHASES, DENOMINATIONS and GRADES; nan and −1 stand for what was not said. A new school
    needs a name, a phase and a place.
    """

    urn: int = -1
    name: str = ""
    phase: int = -1
    pupils: float = float("nan")
    places: float = float("nan")
    easting: float = float("nan")
    northing: float = float("nan")
    grade: int = -1
    denomination: int = -1
    fsm: float = float("nan")


def put_trust(world: World, schools: Sequence[Added], name: str, uid: int | None, travel: TravelParams) -> World:
    """The world with a multi-academy trust of these schools: trust `uid` made anew, or a new trust called `name`.

    Schools that were in `uid` and are not listed stand alone as single-academy trusts; other trusts lose the
    schools listed, and those left with none are gone. New schools get URNs after the world's last, in order.
    A new trust's UID is the last of the result's. Raises KeyError for a URN or UID that is not in the world.
    """
    table = {key: values.copy() for key, values in world.schools.items()}
    urns = table["urn"].tolist()
    rows = [urns.index(s.urn) if s.urn in urns else _missing(s.urn) for s in schools if s.urn > 0]
    fresh = [s for s in schools if s.urn <= 0]
    uids, names = world.trusts["uid"].tolist(), list(world.trust_names)
    kinds, founded = world.trusts["kind"].tolist(), world.trusts["founded"].tolist()
    if uid is None:
        trust = len(uids)
        uids, names = [*uids, max(uids, default=0) + 1], [*names, name]
        kinds, founded = [*kinds, MULTI], [*founded, float("nan")]
    else:
        trust = uids.index(uid) if uid in uids else _missing(uid)
        kinds[trust] = MULTI
    left_alone = [row for row in np.flatnonzero(table["trust"] == trust).tolist() if row not in set(rows)]
    for row in left_alone:
        table["trust"][row] = len(uids)
        uids, names = [*uids, max(uids) + 1], [*names, world.school_names[row]]
        kinds, founded = [*kinds, SINGLE], [*founded, float("nan")]
    table["trust"][rows] = trust
    alone = np.array(rows, np.intp)[table["route"][rows] == Route.MAINTAINED]
    table["route"][alone], table["opened"][alone] = CONVERTER, world.year
    for s in (s for s in schools if s.urn > 0):
        _tell(table, urns.index(s.urn), s)
    table = _with(table, world, fresh, trust)
    in_use = np.unique(table["trust"][table["trust"] >= 0])
    # one element more, so that trust −1 (none) reads −1
    place = np.full(len(uids) + 1, -1, np.int32)
    place[in_use] = np.arange(len(in_use), dtype=np.int32)
    table["trust"] = place[table["trust"]]
    trusts: tuple[Array, ...] = (np.array(uids, np.int64), np.array(kinds, np.int8), np.array(founded, np.float64))
    keep = in_use.tolist()
    note = f"{names[trust]} was put together from {len(schools)} schools given, {len(fresh)} of them new to the world."
    account = world.account
    return replace(
        world,
        schools=table,
        trusts=dict(zip(world.trusts, (values[in_use] for values in trusts), strict=True)),
        school_names=(*world.school_names, *(s.name for s in fresh)),
        trust_names=tuple(names[row] for row in keep),
        neighbours=neighbours(table["easting"], table["northing"], table["phase"], travel),
        account=replace(
            account,
            read=account.read + len(fresh),
            used=account.used + len(fresh),
            notes=(*account.notes, note),
        ),
    )


def _missing(number: int) -> int:
    raise KeyError(number)


def _tell(table: dict[str, Array], row: int, school: Added) -> None:
    """Put what was said of a school in place of what the world has."""
    for name, value in (("pupils", school.pupils), ("capacity", school.places), ("fsm", school.fsm)):
        if not np.isnan(value):
            table[name][row] = value
    if school.grade >= 0:
        table["grade"][row] = school.grade
    table["planned"][row] = False


def _with(table: dict[str, Array], world: World, fresh: Sequence[Added], trust: int) -> dict[str, Array]:
    """The schools with the new ones after them; region and authority are the nearest school's, gaps filled as usual."""
    if not fresh:
        return table
    east, north = world.schools["easting"], world.schools["northing"]
    last = int(world.schools["urn"].max(initial=100_000))
    more: dict[str, list[float]] = {}
    for i, s in enumerate(fresh, 1):
        near = int(np.argmin(np.hypot(east - s.easting, north - s.northing)))
        columns = {
            "urn": last + i,
            "la": world.schools["la"][near],
            "region": world.schools["region"][near],
            "dfe_region": world.schools["dfe_region"][near],
            "easting": s.easting,
            "northing": s.northing,
            "phase": s.phase,
            "denomination": max(s.denomination, 0),
            "pupils": s.pupils,
            "capacity": s.places,
            "fsm": s.fsm,
            "grade": max(s.grade, 0),
            "inspected": float("nan"),
            "opened": float("nan"),
            "route": CONVERTER,
            "trust": trust,
            "planned": False,
        }
        for name, value in columns.items():
            more.setdefault(name, []).append(value)
    new = complete({name: np.array(values) for name, values in more.items()}, SCHOOL_INPUTS)
    whole = {name: np.concatenate([table[name], new[name]]) for name in new}
    fill(whole, FileWorldParams())
    return whole
