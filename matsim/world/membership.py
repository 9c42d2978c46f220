"""Who belongs to whom in a world made from files: by the links, by the establishment file, and across URNs.

The links of trusts prevail where they name a school; the trust that the establishment file names serves for all others,
and for every school where no links are given. Where the two files know one school by different URNs, the file of
predecessors and successors leads from one to the other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.words.amounts import many
from matsim.world.codes import ROUTES, TRUST_KINDS, Phase, Route
from matsim.world.establishments import Schools
from matsim.world.file_codes import type_kind
from matsim.world.grouplinks import Links, Trust, rename
from matsim.world.successors import Successors

SINGLE = TRUST_KINDS.index("single-academy trust")
CONVERTER = ROUTES.index("converter")
ALONE = "academy in no trust: given a single-academy trust"
BEGUN = "maintained by its predecessor's row but in a trust: begun again as a sponsored academy, with no grade"
CARRIED = "maintained by its predecessor's row but in a trust: place, roll, faith and grade carried over"


@dataclass
class Belonging:
    """Every used school's trust identifier in `uids` (−1 if maintained), in order of row, and those `trusts`.

    `by_links`, `by_file`: schools whose trust the links, or only the establishment file, say; `disagree`: schools that
    the two put into different trusts.
    """

    uids: list[int] = field(default_factory=list)
    trusts: dict[int, Trust] = field(default_factory=dict)
    by_links: int = 0
    by_file: int = 0
    disagree: int = 0


def meet(schools: Schools, links: Links, successors: Successors, filled: Counter[str]) -> dict[int, int]:
    """Let the links know the used schools by the URNs that the establishment file has: URN in the links -> that URN.

    A maintained school whose successor is in a trust becomes an academy of the successor's type on the day of the link:
    a converter with the place, roll, faith and grade that it had, a sponsored academy without the grade. Must come
    before gaps are filled.
    """
    columns = schools.columns
    row_of = {urn: row for row, urn in enumerate(columns["urn"].tolist())}
    met: dict[int, int] = {}
    for group in np.unique(_groups(columns["phase"])).tolist():
        here = {urn: row for urn, row in row_of.items() if _groups(columns["phase"][row]) == group}
        # a sixth form that a school took in is not that school: only schools of one kind are met
        wanted = [urn for urn in links.member if urn in here or (urn not in row_of and _of_type(links, urn) == group)]
        met |= {urn: known for urn, known in successors.follow(wanted, here).items() if urn != known}
    for urn, known in met.items():
        row = row_of[known]
        if columns["route"][row] != Route.MAINTAINED:
            continue
        route = type_kind(links.types[urn]).route
        columns["route"][row] = route if route > 0 else CONVERTER
        columns["opened"][row] = np.fmax(successors.since(known, urn), links.joined[urn])
        if route == Route.SPONSORED:
            columns["grade"][row], columns["inspected"][row] = 0, np.nan
        filled[BEGUN if route == Route.SPONSORED else CARRIED] += 1
    rename(links, met)
    return met


def _groups(phase: Any) -> Any:
    """Phases by what links may lead between: mainstream schools of any, and each other phase for itself."""
    return np.where(phase <= Phase.ALL_THROUGH, Phase.PRIMARY, phase)


def _of_type(links: Links, urn: int) -> int:
    """The same of a school of the links, by its type; mainstream where none is given, −1 for what no world has."""
    kind = type_kind(links.types[urn])
    if not links.types[urn] or kind.mainstream:
        return Phase.PRIMARY
    return kind.phase


def belonging(schools: Schools, links: Links, filled: Counter[str]) -> Belonging:
    """Every used school's trust; routes are put right."""
    made, groups = Belonging(), schools.groups
    routes, opened = schools.columns["route"], schools.columns["opened"]
    next_uid = max([*links.trusts, *groups.trusts], default=0) + 1
    for row, urn in enumerate(schools.columns["urn"].tolist()):
        uid, named = links.member.get(urn, -1), groups.member.get(urn, -1)
        if uid >= 0:
            made.by_links += 1
            made.disagree += named not in (-1, uid)
            made.trusts[uid] = links.trusts[uid]
        elif named >= 0:
            uid = named
            made.by_file += 1
            made.trusts.setdefault(uid, links.trusts.get(uid) or Trust(groups.trusts[uid], groups.kinds[uid]))
        if uid >= 0 and routes[row] == Route.MAINTAINED:
            route = type_kind(links.types.get(urn, "")).route
            routes[row] = route if route > 0 else CONVERTER
            filled["maintained by type but in a trust: taken as an academy"] += 1
        elif uid < 0 and routes[row] != Route.MAINTAINED:
            uid, next_uid = next_uid, next_uid + 1
            made.trusts[uid] = Trust(schools.names[row], SINGLE, float(opened[row]))
            filled[ALONE] += 1
        made.uids.append(uid)
    used = set(schools.columns["urn"].tolist())
    filled["in two open trusts: taken to be in the one joined last"] += len(links.in_two & used)
    filled["trust of two kinds: taken as a multi-academy trust"] += len(links.of_two_kinds & made.trusts.keys())
    return made


def federations(schools: Schools, links: Links, uids: list[int]) -> NDArray[np.int64]:
    """Every used school's federation, −1 for none: of maintained schools, by the links, else by the establishment
    file. A federation of which a single school is used is none."""
    said = {**schools.groups.federation, **links.federation}
    codes = np.array(
        [said.get(urn, -1) if uid < 0 else -1 for urn, uid in zip(schools.columns["urn"].tolist(), uids, strict=True)],
        np.int64,
    )
    known, which, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    return np.where(sizes[which] > 1, known[which], -1).astype(np.int64)


def membership_notes(
    schools: Schools, links: Links, made: Belonging, met: dict[int, int], federation: NDArray[np.int64]
) -> list[str]:
    """What was done about who belongs to whom, in sentences."""
    notes = []
    groups = schools.groups
    if made.by_file and links.table is None:
        notes.append(
            f"No group links were given: the trusts are those that the establishment file names, for "
            f"{many(made.by_file, 'school')}; when schools joined them is not in it."
        )
    elif made.by_file:
        notes.append(
            f"{many(made.by_file, 'school')} that the group links do not have "
            f"{'is' if made.by_file == 1 else 'are'} in the trust that the establishment file names."
        )
    if made.disagree:
        notes.append(
            f"The group links and the establishment file name different trusts for "
            f"{many(made.disagree, 'school')}: the links prevail."
        )
    if groups.foundations:
        notes.append(
            f"{many(groups.foundations, 'school')} of the establishment file "
            f"{'has' if groups.foundations == 1 else 'have'} the trust of a foundation, which is no academy trust."
        )
    if met:
        notes.append(
            f"{many(len(met), 'school')} that the links know by another URN "
            f"{'was' if len(met) == 1 else 'were'} found by predecessors and successors."
        )
    if groups.says_federations or links.federation:
        codes = federation[federation >= 0]
        notes.append(
            f"{many(len(codes), 'maintained school')} in {many(len(np.unique(codes)), 'federation')} of two or more "
            "begin federated, as the files say."
        )
    else:
        notes.append("The files have no federations: every school begins in none, and they form in a run.")
    return notes
