"""The report of one run."""

from __future__ import annotations

from typing import Any

import pandas as pd

from matsim.analysis.run import break_point_stages, gates, growth, money, pressure
from matsim.events.kinds import STAGES, Audience, heard_by
from matsim.figures.break_points import break_points_reached
from matsim.figures.costs import cost_by_size
from matsim.figures.flows import flows
from matsim.figures.groups import by_group
from matsim.figures.maps import growth_map, school_map
from matsim.figures.reserves import reserves
from matsim.figures.routes import openings, size_distribution, who_runs_schools
from matsim.figures.text import plain
from matsim.measures import share_in_mats
from matsim.report import settings
from matsim.report.page import Fact, Page, Section, Table
from matsim.report.provenance import caveats, digests, provenance, words
from matsim.report.stored import Reader, drawn
from matsim.words.amounts import academic, amount, count, decimals, many
from matsim.words.phrases import capital
from matsim.words.titles import POINTS, UNTITLED, heading

COMPARED = (
    "schools",
    "maintained",
    "single_academies",
    "academies_in_mats",
    "mats_with_2_or_more",
    "share_good_or_better",
    "backoffice_per_pupil_primary",
    "backoffice_per_pupil_secondary",
    "reserves_share",
    "clusters",
)
"""Measures of which the first and the last year stand beside each other."""


def page(reader: Reader) -> Page:
    """What one run of one scenario has to say."""
    about, parameters = reader.manifest, reader.lists("parameters")
    parts = (
        asked(reader, parameters),
        reader.part("Schools and trusts", ("system_year", "trust_year"), _schools),
        reader.part("Where schools went", ("schools", "events", "trust_year"), _moves),
        reader.part("Money", ("system_year", "trust_year"), _money),
        reader.part("Break points", ("events", "system_year"), _break_points),
        reader.part("Outcomes and cost by strategy", ("trust_year",), _groups),
        reader.part("What happened", ("events",), _events),
        settings.assumptions(parameters),
        settings.mechanisms(reader.lists("mechanisms")),
        words(reader.years),
    )
    return Page(
        title=title(about),
        kind="Report of one run",
        question=about.get("question", ""),
        lead=_lead(reader),
        facts=_tiles(reader),
        sections=[part for part in parts if part is not None],
        caveats=caveats(reader.result, parameters, runs=1),
        provenance=provenance(reader.result),
        digests=digests(reader.result),
    )


def title(about: dict[str, Any]) -> str:
    """The scenario's title with the year it starts in, where the manifest has that."""
    words, year = str(about.get("title") or ""), (about.get("world") or {}).get("year")
    return heading(words, int(year)) if year else words or UNTITLED


def asked(reader: Reader, parameters: pd.DataFrame) -> Section:
    """The question, the world it was asked of, and what was set otherwise than by default."""
    about, system = reader.manifest, reader.table("system_year")
    facts = [Fact("Question", about["question"])] if about.get("question") else []
    if system is not None and len(system):
        first, last = academic(system["year"].iloc[0]), academic(system["year"].iloc[-1])
        facts.append(Fact("Years", f"{many(len(system), 'school year')}, {first} to {last}"))
    facts += [Fact("Luck", f"seed {about.get('seed', 'not recorded')}")]
    facts += world(about.get("world") or {})
    table = settings.changed_table(parameters)
    words = () if table or parameters.empty else ("Every value is at its default.",)
    return Section("What was asked", words, facts=facts, tables=(table,) if table else ())


def world(about: dict[str, Any]) -> list[Fact]:
    """Where the first year came from, and what became of the records it was made from."""
    if not about:
        return []
    made_up = about.get("origin") == "synthetic"
    where = "made up, drawn from published figures" if made_up else "real ones, from published files"
    facts = [Fact("First year", f"{many(about['schools'], 'school')} in {about['year']}: {where}")]
    aside, filled = about.get("set_aside") or {}, about.get("filled") or {}
    for label, counted in (("Records set aside", aside), ("Gaps filled", filled)):
        if isinstance(counted, dict) and counted:
            facts.append(Fact(label, "; ".join(f"{what}: {count(number)}" for what, number in counted.items())))
    if not made_up and (notes := about.get("notes")):
        facts.append(Fact("What was made of the files", " ".join(map(str, notes))))
    return facts


def _lead(reader: Reader) -> list[str]:
    system, events = reader.table("system_year"), reader.table("events")
    sentences = [growth(system), money(system)] if system is not None and len(system) else []
    if events is not None:
        sentences += [pressure(events), gates(events, *reader.years)]
    return [text for text in sentences if text]


def _tiles(reader: Reader) -> tuple[Fact, ...]:
    system = reader.table("system_year")
    if system is None or system.empty:
        return ()
    last = system.iloc[-1]
    return (
        Fact("Schools in multi-academy trusts", amount(float(share_in_mats(system)[-1]), "share")),
        Fact("Trusts of two or more schools", decimals(last["mats_with_2_or_more"])),
        Fact("Schools Good or better", amount(float(last["share_good_or_better"]), "share")),
        Fact("Reserves over income", amount(float(last["reserves_share"]), "share")),
    )


def _schools(system: pd.DataFrame, trusts: pd.DataFrame) -> Section:
    table = Table("The first and the last year", _side_by_side(system))
    figures = drawn(who_runs_schools(system), size_distribution(trusts), openings(system))
    return Section("Schools and trusts", figures=figures, tables=(table,))


def _moves(schools: pd.DataFrame, events: pd.DataFrame, trusts: pd.DataFrame) -> Section:
    figures = drawn(
        flows(schools, events, trusts),
        school_map(schools, events, trusts),
        growth_map(schools, events, trusts, _grown(trusts)),
    )
    return Section("Where schools went", figures=figures)


def _grown(trusts: pd.DataFrame) -> list[int]:
    """The four trusts that grew by most schools; the lower number first where two are alike."""
    sizes = trusts.sort_values("year", kind="stable").groupby("trust")["schools"].agg(["first", "last"])
    grown = (sizes["last"] - sizes["first"]).sort_values(ascending=False, kind="stable")
    return [int(uid) for uid in grown[grown > 0].head(4).index]


def _money(system: pd.DataFrame, trusts: pd.DataFrame) -> Section:
    return Section("Money", (money(system),), figures=drawn(cost_by_size(trusts), reserves(trusts)))


def _break_points(events: pd.DataFrame, system: pd.DataFrame) -> Section:
    words = (
        "A way of working carries a trust up to some size, spread and mix of schools. Beyond that lies a break "
        "point: the trust has to work in another way, or it pays for going on as before.",
    )
    table = Table(
        "How often trusts came to each break point",
        _stages(events),
        "A break point that stands unanswered counts as missed once for every year.",
    )
    figures = drawn(break_points_reached(events, system["year"].astype(int).tolist()))
    return Section("Break points", words if figures else (*words, pressure(events)), figures=figures, tables=(table,))


def _groups(trusts: pd.DataFrame) -> Section:
    words = (
        "Trusts pursue school improvement in one of three ways. Here they are side by side; differences between "
        "the groups in one run are mostly luck and history.",
    )
    figures = drawn(by_group(trusts, "mean_outcome"), by_group(trusts, "backoffice_per_pupil"))
    return Section("Outcomes and cost by strategy", words, figures=figures)


def _events(events: pd.DataFrame) -> Section:
    return Section(
        "What happened",
        tables=(Table("Moves and decisions", _counts(events)),),
        notes=("Why each went as it did, and what would have changed it: matsim explain, on the same folder.",),
    )


def _stages(events: pd.DataFrame) -> pd.DataFrame:
    """How often each break point came to each stage."""
    rows = [(POINTS[key], *stages.values()) for key, stages in break_point_stages(events).items()]
    return pd.DataFrame(rows, columns=["Break point", *map(capital, STAGES.values())])


def _counts(events: pd.DataFrame) -> pd.DataFrame:
    """How often each kind of event happened."""
    kinds = events["event"].astype(str).value_counts()
    rows = [(capital(kind.count[1]), int(kinds.get(kind.kind, 0))) for kind in heard_by(Audience.REPORT)]
    return pd.DataFrame(rows, columns=["What happened", "How often"])


def _side_by_side(system: pd.DataFrame) -> pd.DataFrame:
    """The first and the last year beside each other; the one year where there is only one."""
    ends = [system.iloc[0], system.iloc[-1]][-min(len(system), 2) :]
    titles, units = zip(*map(plain, COMPARED), strict=True)
    columns = {
        academic(row["year"]): [amount(float(row[name]), unit) for name, unit in zip(COMPARED, units, strict=True)]
        for row in ends
    }
    return pd.DataFrame({"What is counted": titles, **columns})
