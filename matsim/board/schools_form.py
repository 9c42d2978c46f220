"""A trust as a CSV of its schools: reading the form, and putting the trust into a world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matsim.core.errors import InputError, nearest
from matsim.core.reading import shortened, whole
from matsim.selfcheck.csvinput import Field, Sheet, read_form
from matsim.world.added import Added, put_trust
from matsim.world.base import World
from matsim.world.codes import DENOMINATIONS, GRADES, PHASES
from matsim.world.geography import TravelParams

FORM: tuple[Field, ...] = (
    Field("urn", low=1, high=9_999_999, needed=False),
    Field("name", needed=False),
    Field("phase", choices=PHASES, needed=False),
    Field("pupils", low=1, high=6_000, needed=False),
    Field("places", low=1, high=8_000, needed=False),
    Field("grade", choices=GRADES, needed=False),
    Field("free_meals", low=0, high=100, needed=False),
    Field("denomination", choices=DENOMINATIONS, needed=False),
    Field("easting", low=0, high=700_000, needed=False),
    Field("northing", low=0, high=1_300_000, needed=False),
    Field("near", needed=False),
)
"""Columns of the form. A school of the world needs its URN alone; a new one a name, a phase and a place."""

TEMPLATE = """urn,name,phase,pupils,places,grade,free_meals,denomination,easting,northing,near
100001,,,,,,,,,,
,A school that the files do not have,primary,210,240,Good,12,none,432100,512300,
,Another one beside a school that they have,secondary,900,1050,Requires improvement,18,none,,,100001
"""
"""The blank form, with a row of each kind."""


@dataclass(frozen=True)
class FormTrust:
    """A trust made from a form: the world with it, its UID, and notes about the form."""

    world: World
    uid: int
    notes: tuple[str, ...]


def trust_from(path: Path, world: World, name: str, uid: int | None, travel: TravelParams) -> FormTrust:
    """Put the trust that a form describes into a world: in place of trust `uid`, or as a new one called `name`.

    Raises InputError naming the file and every line and column that is wrong.
    """
    sheet = read_form(path, FORM, lambda sheet: _wrong(sheet, world))
    schools = [_added(sheet, i, world) for i in range(len(sheet.lines))]
    changed = put_trust(world, schools, name, uid, travel)
    return FormTrust(changed, int(changed.trusts["uid"][-1]) if uid is None else uid, sheet.notes)


def _wrong(sheet: Sheet, world: World) -> list[str]:
    """Everything that keeps rows from being schools of a trust."""
    known = set(world.schools["urn"].tolist())
    problems: list[str] = []
    lines: dict[str, int] = {}
    for i, line in enumerate(sheet.lines):
        urn, name = sheet.numbers["urn"][i], sheet.text["name"][i]
        same = f"URN {int(urn)}" if urn > 0 else f"name '{name}'"
        if same in lines and same != "name ''":
            problems.append(f"line {line}: {same} is on line {lines[same]} already; keep one")
        lines.setdefault(same, line)
        if urn > 0:
            if int(urn) not in known:
                hint = nearest(str(int(urn)), map(str, known))
                problem = f"line {line}, column 'urn': no school of the world has URN {int(urn)}{hint}"
                problems.append(
                    f"{problem}; for a school that is new to it, leave the URN blank and give name and place"
                )
            continue
        problems += _new(sheet, i, line, world)
    if len(sheet.lines) < 2:
        problems.append("gives one school; a trust needs two or more")
    return problems


def _new(sheet: Sheet, i: int, line: int, world: World) -> list[str]:
    """What a school that is new to the world lacks."""
    problems = [
        f"line {line}, column '{column}': is blank; a school without a URN needs it"
        for column in ("name", "phase")
        if not sheet.text[column][i]
    ]
    east, north, near = sheet.numbers["easting"][i], sheet.numbers["northing"][i], sheet.text["near"][i]
    if np.isnan(east) != np.isnan(north):
        lacks = "easting" if np.isnan(east) else "northing"
        problems.append(f"line {line}, column '{lacks}': is blank; a place needs both easting and northing")
    elif np.isnan(east) and not near:
        need = "a school without a URN needs a place: easting and northing (m), or in 'near' a school or an authority"
        problems.append(f"line {line}: {need}")
    elif near and np.isnan(east):
        try:
            place(near, world)
        except InputError as error:
            problems += [f"line {line}, column 'near': {problem}" for problem in error.problems]
    return problems


def _added(sheet: Sheet, i: int, world: World) -> Added:
    numbers, text = sheet.numbers, sheet.text
    urn = numbers["urn"][i]
    east, north = float(numbers["easting"][i]), float(numbers["northing"][i])
    if not urn > 0 and np.isnan(east):
        east, north = place(text["near"][i], world)
    return Added(
        urn=int(urn) if urn > 0 else -1,
        name=text["name"][i],
        phase=_code(text["phase"][i], PHASES),
        pupils=float(numbers["pupils"][i]),
        places=float(numbers["places"][i]),
        easting=east,
        northing=north,
        grade=_code(text["grade"][i], GRADES),
        denomination=_code(text["denomination"][i], DENOMINATIONS),
        fsm=float(numbers["free_meals"][i]),
    )


def _code(word: str, words: tuple[str, ...]) -> int:
    return words.index(word) if word else -1


def place(text: str, world: World) -> tuple[float, float]:
    """Easting and northing (m) of a school by URN or name, or of the middle of a local authority's schools.

    Raises InputError, offering the nearest name, when there is none, or several schools of the name.
    """
    east, north = world.schools["easting"], world.schools["northing"]
    rows = find_place(text, world)
    return float(np.median(east[rows])), float(np.median(north[rows]))


def find_place(text: str, world: World) -> list[int]:
    """Rows of the one school, or of all schools of the local authority, that a text names."""
    wanted = " ".join(text.casefold().split())
    if wanted.isdecimal():
        rows = np.flatnonzero(world.schools["urn"] == (whole(wanted) or -1)).tolist()
        if rows:
            return rows
        raise InputError("place", f"no school of the world has URN {shortened(wanted)}")
    codes = [code for code, name in world.la_names.items() if name.casefold() == wanted]
    if codes:
        return np.flatnonzero(np.isin(world.schools["la"], codes)).tolist()
    rows = [row for row, name in enumerate(world.school_names) if name.casefold() == wanted]
    rows = rows or [row for row, name in enumerate(world.school_names) if wanted and wanted in name.casefold()]
    if len(rows) == 1:
        return rows
    if rows:
        urns = world.schools["urn"]
        listed = ", ".join(f"{world.school_names[row]} ({urns[row]})" for row in rows[:6])
        raise InputError("place", f"{len(rows)} schools have '{text}' in their names: {listed}; give a URN")
    names = [*world.la_names.values(), *world.school_names]
    raise InputError("place", f"no local authority and no school is called '{text}'{nearest(text, names)}")
