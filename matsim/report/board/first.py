"""The first page of a board pack, for the agenda: the options side by side, the main risk of each, what to believe."""

from __future__ import annotations

import pandas as pd

from matsim.figures.text import amount
from matsim.measures.tables import RESERVE_LINE
from matsim.report.board.reckon import Option, Tables, in_ten, often, plural, size_words, upper
from matsim.report.board.risks import RARE, main_risk
from matsim.report.page import Section, Table

LINE = f"{RESERVE_LINE:.0%}"


def lead(tables: Tables) -> list[str]:
    """What was done, then one sentence for each option."""
    years = tables.last_year - tables.first_year + 1
    said = [f"Each option was lived through the same {tables.futures} futures of {years} years, with the same luck."]
    return said + [_option(option, tables.each[0]) for option in tables.each]


def _option(option: Option, base: Option) -> str:
    """One option in a sentence, the numbers in words."""
    said = [f"reserves stay above {LINE} {often(option.safe)}"]
    if option.key == "merge":
        said.insert(0, f"the merger comes about {often(_merged(option))}")
    elif option.grows:
        said.insert(0, f"the schools wanted come {often(option.reached_size)}")
    if option.place == base.place:
        said.append(f"the central team is short for two years or more {often(option.short)}")
    else:
        gap = option.against(base)
        said.append(f"our present schools do better for it {often(float((gap > 0).mean()))}")
    return f"{option.name}: {'; '.join(said)}."


def _merged(option: Option) -> float:
    """Share of futures in which the trust merges with another."""
    merges = option.events[option.events["event"] == "merge"]
    return merges["future"].nunique() / max(option.futures, 1)


def side_by_side(tables: Tables) -> Section:
    """The single table of options, then risks and beliefs."""
    base = tables.each[0]
    rows = []
    for option in tables.each:
        gap = option.against(base)
        ahead = "–" if option.place == base.place else in_ten(float((gap > 0).mean()))
        same = float((gap == 0).mean())
        if option.place != base.place and same >= RARE:
            ahead += f", {in_ten(same)} the same"
        rows.append(
            {
                "Option": option.name,
                "Schools at the end": size_words(option),
                "Present schools do better": ahead,
                f"Reserves above {LINE}": in_ten(option.safe),
                "Reserves at the end": amount(float(option.last["reserves_share"].median()), "share"),
                "Team short": in_ten(option.short),
                "Break points": f"{option.reached.median():.0f}",
                "Approved": _approval(option),
            }
        )
    note = (
        f"Middle future (nine in ten); “8 of 10” of {tables.futures} futures; nearly all: over 19 of 20. Do better: "
        f"results, against “{base.name}” on the same luck. Above {LINE}: every year. Team short: under 90% of the "
        "posts needed, two years or more. Approved: share of applications, by the commissioner."
    )
    risks = pd.DataFrame(
        {
            "Option": [o.name for o in tables.each],
            "Main risk": [upper(main_risk(o, base)) for o in tables.each],
            "What we would need to believe": [belief(o, base) for o in tables.each],
        }
    )
    ends = f"{tables.last_year}/{(tables.last_year + 1) % 100:02d}"
    return Section(
        "The options side by side",
        tables=(
            Table(f"At the end of {ends}", pd.DataFrame(rows), note),
            Table("The main risk, and what we would need to believe", risks),
        ),
    )


def meant(tables: Tables) -> Section:
    """What each option is."""
    frame = pd.DataFrame({"Option": tables.names, "What we would do": [option.plan for option in tables.each]})
    return Section("What each option is", tables=(Table("The decisions", frame),))


def _approval(option: Option) -> str:
    return "not asked" if pd.isna(option.approval) else f"{option.approval:.0%}"


def belief(option: Option, base: Option) -> str:
    """What has to come true for the option to work, each with how often it does."""
    said = []
    if option.key == "merge":
        said.append(f"the other trust agrees ({in_ten(_merged(option))})")
    elif option.grows:
        said.append(f"{plural(option.wanted, 'school')} want to join us ({in_ten(option.reached_size)})")
    if not pd.isna(option.approval):
        said.append(f"the commissioner approves ({option.approval:.0%} of applications)")
    if option.place != base.place:
        kept = float((option.against(base) >= 0).mean())
        said.append(f"our present schools lose nothing by it ({in_ten(kept)})")
    if option.key == "pause":
        fewer = option.share(option.reached < base.reached)
        said.append(f"the pause is used to build (fewer break points: {in_ten(fewer)})")
    if not option.grows:
        size = plural(option.tables.start, "school")
        said.append(f"{size} can pay for the centre we need, while schools near by join others")
    return upper("; ".join(said)) + "."
