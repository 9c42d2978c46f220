"""What worker processes do for the explorer: run a world, and read its stored result for a page.

Every function takes `tell` last and returns plain values; worlds and the tables of the last result are cached.
"""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np

from matsim.core.errors import InputError
from matsim.report.build import page_of, render
from matsim.report.stored import Reader
from matsim.report.table_cells import Grid
from matsim.results.store import open_result
from matsim.results.table_files import for_excel, write_csv
from matsim.results.tables import TABLES
from matsim.scenario.fitting import misfits
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Files, Finished, save, world_of
from matsim.state.state import SEPTEMBER
from matsim.web.explorer.watch import Watch
from matsim.web.jobs import Tell
from matsim.web.pages import Chart, chart
from matsim.words.amounts import many
from matsim.world.base import World
from matsim.world.codes import PHASES, TrustKind
from matsim.world.judgements import last_result

LEFT_OUT = ("What it assumes", "What the words mean", "Which mechanisms were at work")
"""Sections of a report that the explorer's page leaves to the report."""


@dataclass(frozen=True)
class Part:
    """A section of a result's page."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    tables: tuple[tuple[str, Grid, str], ...]


@dataclass(frozen=True)
class TrustRow:
    """A trust at the end of a run (or when it was last open)."""

    uid: int
    name: str
    region: str
    schools: int
    first: int
    """Schools at the end of its first year."""
    until: int
    """Last year in which it was open."""
    outcome: float
    reserves: float


@dataclass(frozen=True)
class Outcome:
    """What a page shows of a finished run."""

    seconds: float
    tiles: tuple[tuple[str, str], ...]
    lead: tuple[str, ...]
    parts: tuple[Part, ...]
    trusts: tuple[TrustRow, ...]
    last: int
    """Last year of the run."""
    warnings: tuple[str, ...] = ()
    """What to know before believing its world."""


def ready(tell: Tell) -> None:
    """Nothing at all: a worker that does it has imported the model before anybody waits for that."""


def run_variant(scenario: Scenario, files: Files | None, folder: Path, tell: Tell) -> Outcome:
    """Run a scenario into a result folder, telling of every year."""
    begun = perf_counter()
    tell(("stage", "Building the first year"))
    world = world_of(scenario, files)
    if problems := misfits(scenario, world, scenario.run.years):
        raise InputError("settings", problems)
    tell(("stage", "Setting up schools and trusts"))
    model = TrustSystem(world, scenario, scenario.run.seed)
    watch = Watch(model, scenario.shocks)
    tell(("places", watch.places()))
    model.run_years(scenario.run.years, lambda done, years: tell(("year", watch.year(done, years))))
    tell(("stage", "Writing tables and drawing figures"))
    finished = Finished(scenario, world, scenario.run.seed, model.recorder.tables(), dict(model.seconds), model)
    save(finished, folder, files=files, command=("matsim", "explore"), wall=perf_counter() - begun)
    tell(("stage", "Drawing figures"))
    return outcome(folder, perf_counter() - begun)


def outcome(folder: Path, seconds: float) -> Outcome:
    """A stored run as its page shows it."""
    page = page_of(folder)
    trusts, last = _trusts(folder)
    parts = tuple(
        Part(
            section.id,
            section.title,
            (*section.missing, *section.paragraphs, *section.points),
            tuple((fact.label, fact.value) for fact in section.facts),
            tuple(chart(figure) for figure in section.figures),
            tuple((table.caption, table.grid, table.note) for table in section.tables),
        )
        for section in page.sections
        if section.title not in LEFT_OUT and (section.figures or section.tables or section.facts)
    )
    tiles = tuple((fact.label, fact.value) for fact in page.facts)
    return Outcome(seconds, tiles, tuple(page.lead), parts, trusts, last, tuple(page.warnings))


def _trusts(folder: Path) -> tuple[tuple[TrustRow, ...], int]:
    """Multi-academy trusts that were ever open, the largest first."""
    table = reader(str(folder)).table("trust_year")
    if table is None or table.empty:
        return (), 0
    last = int(table["year"].max())
    table = table.sort_values("year", kind="stable")
    multi = table[table["kind"].astype(str) == "multi-academy trust"].groupby("trust", sort=False)
    # rows are in order of years, so these are a trust's first and last year as a MAT
    begin, end = multi.first(), multi.last()
    end = end.assign(first=begin["schools"]).reset_index()
    end = end.sort_values(["schools", "trust"], ascending=[False, True], kind="stable")
    columns = ("trust", "name", "region", "schools", "first", "year", "mean_outcome", "reserves_share")
    rows = zip(*(end[c].tolist() for c in columns), strict=True)
    return tuple(
        TrustRow(int(u), str(n), str(r), int(s), int(f), int(y), o, v) for u, n, r, s, f, y, o, v in rows
    ), last


@lru_cache(maxsize=2)
def reader(folder: str) -> Reader:
    """The tables of a stored result, kept for the next question."""
    return Reader(open_result(Path(folder)))


def report(folder: Path, tell: Tell) -> str:
    """The result's report as one HTML page."""
    tell(("stage", "Writing the report"))
    return render(folder)


def tables(folder: Path, form: str, target: Path, tell: Tell) -> Path:
    """The result packed as one ZIP file: the folder as it is, or with its tables as CSV, exact or for Excel."""
    result = open_result(folder)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as pack:
        for file in sorted(folder.iterdir()):
            if file.suffix != ".parquet" or form == "parquet":
                pack.write(file, file.name)
        for name in result.tables if form != "parquet" else ():
            tell(("stage", name))
            content, frame = BytesIO(), result.table(name)
            if form == "excel":
                content.write(codecs.BOM_UTF8)
                frame = for_excel(frame)
            write_csv(frame, TABLES[name], content)
            pack.writestr(f"{name}.csv", content.getvalue())
    return target


@dataclass(frozen=True)
class Near:
    """A school near a trust, or a trust near it."""

    id: int
    name: str
    about: str
    km: float


@dataclass(frozen=True)
class Start:
    """A trust in the first year: what a form for its decisions needs."""

    uid: int
    name: str
    schools: tuple[str, ...]
    near_schools: tuple[Near, ...]
    near_trusts: tuple[Near, ...]
    authorities: tuple[str, ...]


def first_trusts(scenario: Scenario, files: Files | None, tell: Tell) -> list[tuple[int, str, int]]:
    """Multi-academy trusts of the first year: UID, name and schools, the largest first."""
    tell(("stage", "Building the first year"))
    world = world_of(scenario, files)
    of = world.schools["trust"]
    sizes, multi = np.bincount(of[of >= 0], minlength=len(world.trusts["uid"])), world.trusts["kind"] == TrustKind.MULTI
    rows = [(int(world.trusts["uid"][i]), world.trust_names[i], int(sizes[i])) for i in np.flatnonzero(multi)]
    return sorted(rows, key=lambda r: (-r[2], r[1]))


def first_trust(scenario: Scenario, files: Files | None, uid: int, tell: Tell) -> Start:
    """One trust of the first year and what lies near it. InputError when there is none."""
    tell(("stage", "Building the first year"))
    world = world_of(scenario, files)
    matches = np.flatnonzero(world.trusts["uid"] == uid)
    if not len(matches):
        raise InputError("trust", f"no trust of the first year has the number {uid}")
    row, s = int(matches[0]), world.schools
    its_schools = np.flatnonzero((s["trust"] == row) & ~s["planned"])
    middle = (
        [float(np.nanmean(s[axis][its_schools])) for axis in ("easting", "northing")]
        if len(its_schools)
        else [np.nan, np.nan]
    )
    km = np.hypot(s["easting"] - middle[0], s["northing"] - middle[1]) / 1000.0
    order = np.argsort(km, kind="stable")
    others = [int(i) for i in order if np.isfinite(km[i]) and s["trust"][i] != row and not s["planned"][i]]
    trusts: dict[int, float] = {}
    for i in others:
        if (t := int(s["trust"][i])) >= 0 and world.trusts["kind"][t] == TrustKind.MULTI:
            trusts.setdefault(t, float(km[i]))
    return Start(
        uid,
        world.trust_names[row],
        tuple(world.school_names[i] for i in its_schools),
        tuple(Near(int(s["urn"][i]), world.school_names[i], _about(world, i), float(km[i])) for i in others[:20]),
        tuple(
            Near(int(world.trusts["uid"][t]), world.trust_names[t], many(int((s["trust"] == t).sum()), "school"), d)
            for t, d in list(trusts.items())[:12]
        ),
        tuple(sorted(set(world.la_names.values()))),
    )


def _about(world: World, i: int) -> str:
    t = int(world.schools["trust"][i])
    judged = last_result(int(world.schools["grade"][i]), float(world.schools["inspected"][i]) - SEPTEMBER)
    who = "maintained" if t < 0 else world.trust_names[t]
    return f"{PHASES[int(world.schools['phase'][i])]}, {judged}, {who}"


def fits(scenario: Scenario, files: Files | None, tell: Tell) -> list[str]:
    """What of the decisions of a scenario does not fit its world, in sentences."""
    tell(("stage", "Checking"))
    return misfits(scenario, world_of(scenario, files), scenario.run.years)
