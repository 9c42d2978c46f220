"""The second door to the first year: published files of schools and of the trusts they are in.

`read_world` puts an establishment file and a group-links file together. Membership comes from the links, or from the
establishment file where it names trusts (`matsim.world.membership`); a school that is an academy by its type and in no
trust there gets a single-academy trust of its own, and one that is still given as maintained but is in a trust becomes
an academy of the type that the links say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matsim.core.columns import Array
from matsim.core.published_files import Files
from matsim.core.safe_text import clean
from matsim.words.amounts import count
from matsim.world.base import SCHOOL_INPUTS, TRUST_INPUTS, Account, LeftOut, World, complete
from matsim.world.codes import PHASES, TRUST_KINDS, mainstream
from matsim.world.establishments import Schools, read_establishments
from matsim.world.file_codes import type_kind
from matsim.world.file_dates import FileDate, file_date
from matsim.world.geography import TravelParams, neighbours
from matsim.world.grouplinks import Links, Trust, quiet_trusts, read_group_links
from matsim.world.imputation import FileWorldParams, fill
from matsim.world.inspections import draw_grades
from matsim.world.linked import Linked, add_linked
from matsim.world.management_information import read_inspections, take
from matsim.world.membership import ALONE, belonging, federations, meet, membership_notes
from matsim.world.regions import la_name
from matsim.world.school_results import ResultsParams, read_results
from matsim.world.sites import planned_sites
from matsim.world.specialist import draw_specialist_grades
from matsim.world.successors import Successors, read_successors
from matsim.world.warnings import FIGURES, Contents, LinksOnly, cells_without_numbers, warnings

__all__ = ["FileWorldParams", "read_world"]

DEFAULTS = FileWorldParams()
SINGLE, MULTI = range(len(TRUST_KINDS))
DRAWN = "inspection grade and date: drawn by published shares"
ABSENT = "not in the establishment file"


def read_world(files: Files, year: int, travel: TravelParams, params: FileWorldParams = DEFAULTS) -> World:
    """The world of academic year `year` (by the September in which it starts) from published files.

    Without group links the trusts are those that the establishment file names; where it names none, every academy is a
    single-academy trust. Raises InputError, naming line and column, for a file that is missing, not of a published
    form, of a later year, or contradicts itself.
    """
    links = read_group_links(files.group_links, year) if files.group_links else Links()
    schools = read_establishments(files.establishments, year, links.la_code, links.member)
    filled = +schools.missing
    after = read_successors(files.successors) if files.successors else Successors()
    met = meet(schools, links, after, filled)
    linked = add_linked(schools, links)
    schools, columns, names = linked.schools, linked.schools.columns, list(linked.schools.names)
    filled += linked.how
    lacking = {name: int(np.isnan(columns[column]).sum()) for name, column in FIGURES.items()}
    judged = read_inspections(files.inspections, year, columns["urn"].tolist(), after) if files.inspections else None
    said = take(columns, judged, filled) if judged else []
    dated = file_date(files.establishments, schools.dates, np.unique(columns["la"]).tolist())
    graded = _fill(columns, year, dated, params, filled)
    about_results = _results(files.results, year, columns, after, filled) if files.results else []
    belongs = belonging(schools, links, filled)
    uids, trusts = belongs.uids, belongs.trusts
    trust_table, trust_names, columns["trust"] = _trust_table(uids, trusts, filled)
    columns["federation"] = federations(schools, links, uids)
    sites, site_names = planned_sites(columns, names, max(schools.last_urn, int(columns["urn"][-1])) + 1, params)
    table = _join(columns, sites)
    codes = np.unique(table["la"]).tolist()
    known = links.la_names | schools.la_names
    left_out = _left_out(schools, links)
    lost = Counter(reason for trust in left_out.values() for _, _, reason in trust.schools)
    loud, more = warnings(
        Contents(
            year=year,
            used=len(names),
            establishments=dated,
            links=file_date(files.group_links, links.dates, links.la_names) if files.group_links else None,
            inspections=judged.date if judged else None,
            successors=after.date,
            linked=len(links.member) - len(linked.phases) - lost.total() + lost[ABSENT],
            lost=lost[ABSENT],
            unlisted=len(names) - len(judged.last) if judged else 0,
            academies=sum(uid >= 0 for uid in uids) - len(linked.phases),
            alone=filled[ALONE],
            graded=graded,
            drawn=filled[DRAWN],
            lacking=lacking,
            by_file=belongs.by_file,
            links_only=_links_only(linked, links, uids),
        )
    )
    notes = [*_notes(schools, len(site_names)), *about_results, *more, *said, *_cell_notes(schools, links, after)]
    notes += membership_notes(schools, links, belongs, met, columns["federation"])
    notes += _link_notes(links, lost, len(linked.phases), trusts) if files.group_links else []
    return World(
        year=year,
        origin=f"files: {', '.join(clean(path.name) for path in files.inputs.values())}",
        schools=table,
        trusts=trust_table,
        school_names=tuple(names + site_names),
        trust_names=tuple(trust_names),
        la_names={code: known.get(code, la_name(code)) for code in codes},
        neighbours=neighbours(table["easting"], table["northing"], table["phase"], travel),
        account=_account(linked, filled, notes, loud, left_out),
        quiet=quiet_trusts(links.trusts),
    )


def _account(
    linked: Linked, filled: Counter[str], notes: list[str], loud: list[str], left_out: dict[int, LeftOut]
) -> Account:
    """What became of the records, as worlds carry it."""
    schools = linked.schools
    return Account(
        read=schools.read + len(linked.phases),
        used=len(schools),
        set_aside=dict(Counter(schools.reasons.values()).most_common()),
        filled=dict(+filled),
        notes=tuple(notes),
        warnings=tuple(loud),
        left_out=left_out,
        links_only=frozenset(linked.phases),
    )


def _fill(columns: dict[str, Array], year: int, dated: FileDate, params: FileWorldParams, filled: Counter[str]) -> int:
    """Fill what the files leave out, grades where they have none at all; returns how many have one of their own."""
    graded = int(np.count_nonzero(columns["grade"]))
    filled += fill(columns, params)
    if not graded:
        start = year + 2.0 / 3.0
        day = min(dated.when, start) if dated.known else start
        # of mainstream schools alone, so that their grades are the same with others in the file and without
        rows = np.flatnonzero(mainstream(columns["phase"]))
        usual = {name: values[rows] for name, values in columns.items()}
        filled[DRAWN] = draw_grades(usual, year, day) + draw_specialist_grades(columns, year, day)
        columns["grade"][rows], columns["inspected"][rows] = usual["grade"], usual["inspected"]
        # `fill` counted them before they were drawn
        filled["inspection: none recorded"] -= filled[DRAWN]
    return graded


def _results(
    paths: Sequence[Path], year: int, columns: dict[str, Array], after: Successors, filled: Counter[str]
) -> list[str]:
    """Put what published results say into the columns of the used schools; sentences on what was read."""
    urns = columns["urn"].tolist()
    known = read_results(paths, year, urns, columns["phase"], columns["pupils"], ResultsParams(), after)
    filled += known.filled
    columns |= {
        "published": known.value_added,
        "known_quality": known.known_quality,
        "quality_error": known.quality_error,
    }
    filled["value added: drawn, where no published result was read"] = int(
        (~known.known & mainstream(columns["phase"])).sum()
    )
    return known.notes()


def _trust_table(
    uids: list[int], trusts: dict[int, Trust], filled: Counter[str]
) -> tuple[dict[str, Array], list[str], Array]:
    """Columns of TRUST_INPUTS in order of identifier, the trusts' names, and each school's row among them."""
    order = sorted(trusts)
    row_of = {uid: row for row, uid in enumerate(order)} | {-1: -1}
    rows = np.array([row_of[uid] for uid in uids], np.int32)
    kinds = np.array([trusts[uid].kind for uid in order], np.int8)
    several = (np.bincount(rows[rows >= 0], minlength=len(order)) > 1) & (kinds == SINGLE)
    kinds[several] = MULTI
    filled["single-academy trust with several schools: taken as a multi-academy trust"] += int(several.sum())
    founded = np.array([trusts[uid].founded for uid in order], np.float64)
    filled["trust's founding date: unknown"] += int(np.isnan(founded).sum())
    values: tuple[Array, ...] = (np.array(order, np.int64), kinds, founded)
    table: dict[str, Array] = {column.name: value for column, value in zip(TRUST_INPUTS, values, strict=True)}
    return table, [trusts[uid].name for uid in order], rows


def _join(columns: dict[str, Array], sites: dict[str, Array]) -> dict[str, Array]:
    """Schools, then planned sites, as the declared columns in the declared order."""
    parts = [complete(part, SCHOOL_INPUTS) for part in (columns, sites)]
    return {column.name: np.concatenate([part[column.name] for part in parts]) for column in SCHOOL_INPUTS}


def _notes(schools: Schools, sites: int) -> list[str]:
    notes = [
        f"{count(sites)} planned free school sites were placed beside the fullest schools; the files have none.",
    ]
    if schools.absent:
        notes.append(f"Columns that the establishment file does not have: {', '.join(schools.absent)}.")
    return notes


def _links_only(linked: Linked, links: Links, uids: list[int]) -> LinksOnly:
    """What is told of the schools that only the links know."""
    phase = linked.schools.columns["phase"]
    in_file = {uid for uid, urn in zip(uids, linked.schools.columns["urn"].tolist(), strict=True)
               if urn not in linked.phases}  # fmt: skip
    return LinksOnly(
        schools=dict(Counter(PHASES[code] for code in sorted(linked.phases.values()))),
        alone=len({links.member[urn] for urn in linked.phases} - in_file),
        others=int((~mainstream(phase)).sum()) - len(linked.phases),
    )


def _link_notes(links: Links, lost: Counter[str], linked: int, trusts: dict[int, Trust]) -> list[str]:
    """What became of the links: schools found and not found, trusts left out, rows passed over."""
    total = len(links.member)
    matched = f"{count(total - lost.total() - linked)} of the {count(total)} schools in open trusts were found"
    also = f"; {count(linked)} are known by the links alone" if linked else ""
    notes = [f"{matched}{also}{_counts('; not', lost)}."]
    left_out = Counter(TRUST_KINDS[trust.kind] + "s" for uid, trust in links.trusts.items() if uid not in trusts)
    if left_out:
        notes.append(f"Trusts left out because none of their schools is used{_counts('', left_out)}.")
    if links.passed_over:
        notes.append(f"Rows of the group links passed over{_counts('', links.passed_over)}.")
    return notes


def _cell_notes(schools: Schools, links: Links, after: Successors) -> list[str]:
    """What was odd in the cells of these files; in that of inspections NULL is what a blank is in others."""
    tables = [table for table in (schools.table, links.table, after.table) if table is not None]
    notes = [cells_without_numbers(sum((table.marks for table in tables), Counter()))]
    if cleaned := sum(table.cleaned for table in tables):
        notes.append(f"Line breaks and hidden characters were taken out of cells: {count(cleaned)}.")
    return [note for note in notes if note]


def _left_out(schools: Schools, links: Links) -> dict[int, LeftOut]:
    """The linked schools that are not used, by identifier of their trust, in order of URN; ABSENT for schools unheard
    of."""
    used = set(schools.columns["urn"].tolist())
    member = links.member if links.table is not None else schools.groups.member
    schools_of: dict[int, list[tuple[int, str, str]]] = {}
    for urn in sorted(set(member) - used):
        kind = links.types.get(urn, "")
        reason = schools.reasons.get(urn) or (type_kind(kind).aside if kind else "") or ABSENT
        name = links.names.get(urn) or schools.all_names.get(urn) or f"School {urn}"
        schools_of.setdefault(member[urn], []).append((urn, name, reason))
    known = {uid: trust.name for uid, trust in links.trusts.items()}
    return {uid: LeftOut(known.get(uid) or schools.groups.trusts[uid], tuple(some)) for uid, some in schools_of.items()}


def _counts(before: str, counts: Counter[str]) -> str:
    """': special school 3, closed 2', largest first; empty for no counts."""
    text = ", ".join(f"{reason} {count(number)}" for reason, number in counts.most_common())
    return f"{before}: {text}" if text else ""
