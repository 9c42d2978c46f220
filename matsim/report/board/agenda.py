"""The first page of a board pack, for the agenda: the options side by side, the main risk of each, what to believe."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from matsim.measures.listed import RESERVE_LINE
from matsim.report.board.options import NOTICED, Option, Tables, in_ten, often, size_words, spread
from matsim.report.board.risks import main_risk
from matsim.report.page import Section, Table
from matsim.words.amounts import NONE, academic, decimals, in_words, many, percent
from matsim.words.phrases import capital, listed

LINE = percent(RESERVE_LINE)

RESULTS = "Results better, worse, alike"
"""The column of results of the present schools; left out where none of them has any."""

_MERGERS = {
    "ours": "we take the other trust in",
    "theirs": "it takes us in",
    "other": "another trust takes us in",
    "none": "nobody merges",
}
"""Which way a proposed merger goes, from the table `fates`."""


def lead(tables: Tables) -> list[str]:
    """What was done, then one sentence for each option."""
    years = tables.last_year - tables.first_year + 1
    intro = f"Each option had the same {tables.futures} futures of {years} years, with the same luck."
    if tables.tested:
        intro += f" Results within {NOTICED:g} sd: no real difference."
    else:
        intro += " No results are published of schools such as ours: nothing here is about them."
    return [intro] + [f"{option.name}: {'; '.join(_parts(option, tables.each[0]))}." for option in tables.each]


def _parts(option: Option, base: Option) -> Iterator[str]:
    if option.proposes:
        yield mergers(option)
    if ending := apart(option):
        yield ending
    if option.grows:
        yield _growth(option)
    stands = " while we stand" if option.ended.any() else ""
    if not pd.isna(option.safe):
        yield f"reserves stay above {LINE} {often(option.safe)}{stands}"
    if option.place == base.place and not pd.isna(option.short):
        yield f"the central team is short for two years or more {often(option.short)}"
    if option.place == base.place or not base.tables.tested:
        return
    where = "where the merger comes about, " if option.proposes else ""
    if option.merged.any() or not option.proposes:
        yield f"{where}our present schools {option.effect(base).words()}"


def mergers(option: Option) -> str:
    """Which way the merger goes that an option proposes: `in 12 of 40 futures we take the other trust in, in 28 …`."""
    counts = option.fates["merger"].value_counts()
    ways = [(int(counts[key]), words) for key, words in _MERGERS.items() if counts.get(key)]
    (most, first), *rest = ways
    return listed([f"in {most} of {many(option.futures, 'future')} {first}", *(f"in {n} {words}" for n, words in rest)])


def apart(option: Option) -> str:
    """That the trust ends, but for what a proposed merger says of it already; empty where it never does."""
    covered = option.fates["merger"].isin(("theirs", "other")) & (option.fates["fate"] == "taken in")
    ending = option.ending(covered)
    words = "we end in another way" if option.proposes else "we cease to be a trust of our own"
    return f"{words} in {ending}" if ending else ""


def _growth(option: Option) -> str:
    """Whether the schools wanted come, and in how many futures by their own choice."""
    if option.named:
        return f"{_some(option)} {'joins' if len(option.named) == 1 else 'join'} us in {option.of(option.enough_came)}"
    who = f"{in_words(option.wanted)} {'school' if option.wanted == 1 else 'schools'} or more"
    joins = "joins" if option.wanted == 1 else "join"
    by_choice = (
        "" if (option.chosen == option.enough_came).all() else f", by their own choice {often(option.chosen.mean())}"
    )
    return f"{who} {joins} us {often(option.share(option.enough_came))}{by_choice}"


def _some(option: Option) -> str:
    """The schools of those named that are wanted: `both of the schools you named`."""
    named, enough = len(option.named), option.enough
    if named == 1:
        return "the school you named"
    if enough < named:
        return f"{in_words(enough)} or more of the {in_words(named)} schools you named"
    return "both of the schools you named" if named == 2 else f"all {in_words(named)} of the schools you named"


def side_by_side(tables: Tables) -> Section:
    """The single table of options, then risks and beliefs."""
    base = tables.each[0]
    rows = []
    for option in tables.each:
        effect = option.effect(base)
        gains = f"{effect.better}, {effect.worse}, {effect.same}" if effect.compared else NONE
        last = option.last
        rows.append(
            {
                "Option": option.name,
                "We stand": f"{int((~option.ended).sum())} of {option.futures}",
                "Schools": size_words(option),
                RESULTS: NONE if option.place == base.place else gains,
                "Reserves": spread(last["reserves_share"], percent),
                f"Above {LINE}": in_ten(option.safe),
                "Team short": in_ten(option.short),
                "Break points": spread(option.reached, decimals),
                "Approved": NONE if pd.isna(option.approval) else percent(option.approval),
            }
        )
    frame = pd.DataFrame(rows)
    ended = any(option.ended.any() for option in tables.each)
    if not ended:
        frame = frame.drop(columns="We stand")
    if not tables.tested:
        frame = frame.drop(columns=RESULTS)
    of_mergers = ", of a merger where it comes about" if any(option.proposes for option in tables.each) else ""
    condition = ""
    if ended:
        condition = " All but results: while we stand." if tables.tested else " All: while we stand."
    against = f" Results of present schools{tables.whose_results} against “{base.name}” on the same luck{of_mergers}"
    results = f"{against}; alike: no real difference."
    note = (
        f"Middle future (nine in ten); “8 of 10” of {tables.futures} futures; nearly all: over 19 of 20."
        f"{results if tables.tested else ''} "
        f"Above {LINE}: every year. Team short: under 90% of the posts needed, two years or more. Approved: share of "
        f"applications{tables.said(', by the {commissioner}')}.{condition}"
    )
    risks = pd.DataFrame(
        {
            "Option": [o.name for o in tables.each],
            "Main risk": [capital(main_risk(o, base)) for o in tables.each],
            "What we would need to believe": [belief(o, base) for o in tables.each],
        }
    )
    ends = academic(tables.last_year)
    return Section(
        "The options side by side",
        tables=(
            Table(f"At the end of {ends}", frame, note),
            Table("The main risk, and what we would need to believe", risks),
        ),
    )


def meant(tables: Tables) -> Section:
    """What each option is, and what comes of the schools that it approaches."""
    frame = pd.DataFrame({"Option": tables.names, "What we would do": [option.plan for option in tables.each]})
    shown = [Table("The decisions", frame)]
    approaching = [option for option in tables.each if option.approached]
    if approaching:
        note = tables.said(
            "Futures in which it joined us in any year; by choice: not by an order, and not moved by the "
            "{commissioner}."
        )
        shown.append(Table("The schools approached, each by itself", _approached(approaching), note, rows=60))
    return Section("What each option is", tables=tuple(shown))


def _approached(options: list[Option]) -> pd.DataFrame:
    """Every school approached, those named together, and any other, by option."""
    names = {urn: name for option in options for urn, name in option.approached.items()}
    rows = [
        {"School": f"{name} ({urn})"}
        | {
            o.name: _of_choice(o, o.joins([urn]) > 0, o.joins([urn], chose=True) > 0)
            for o in options
            if urn in o.approached
        }
        for urn, name in names.items()
    ]
    if any(len(o.named) > 1 for o in options):
        several = {o.name: f"{capital(_some(o))}: {o.of(o.enough_came)}" for o in options if len(o.named) > 1}
        rows.append({"School": "Together"} | several)
    others = {o.name: o.of(o.joins() > o.joins(list(o.approached))) for o in options}
    rows.append({"School": "Any other school"} | others)
    return pd.DataFrame(rows, columns=["School", *(o.name for o in options)]).fillna("not approached")


def _of_choice(option: Option, joined: pd.Series, chose: pd.Series) -> str:
    by_choice = "" if (joined == chose).all() else f", by choice in {int(chose.sum())}"
    return option.of(joined) + by_choice


def belief(option: Option, base: Option) -> str:
    """What has to come true for the option to work, each with how often it does."""
    beliefs = []
    if option.proposes:
        beliefs.append(f"the other trust agrees and we may merge ({option.of(option.merged)})")
        theirs = option.fates["merger"] == "theirs"
        beliefs += [f"it is right for us if it takes us in ({int(theirs.sum())} of these)"] if theirs.any() else []
    elif option.grows:
        who = _some(option) if option.named else many(option.wanted, "school")
        want = "chooses" if (option.named and len(option.named) == 1) or option.wanted == 1 else "choose"
        beliefs.append(f"{who} {want} to join us ({in_ten(float(option.chosen.mean()))})")
    if not pd.isna(option.approval):
        who = option.tables.said("the {commissioner}")
        beliefs.append(f"{who} approves ({percent(option.approval)} of applications)")
    if option.place != base.place:
        effect = option.effect(base)
        if effect.compared:
            harmless = effect.better + effect.same
            where = " where we merge" if option.proposes else ""
            beliefs.append(f"our present schools are not noticeably worse ({harmless} of {effect.compared}{where})")
    if option.key == "pause":
        fewer = option.share(option.reached < base.reached)
        beliefs.append(f"the pause is used to build (fewer break points: {in_ten(fewer)})")
    if not option.grows and not option.proposes:
        size = many(option.tables.start, "school")
        pays = f"reserves above {LINE}: {in_ten(option.safe)}"
        beliefs.append(f"{size} can pay for the centre we need ({pays}), while schools near by join others")
    return capital("; ".join(beliefs)) + "."
