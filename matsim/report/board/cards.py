"""A due-diligence card for each candidate: what is known, what it would cost, who says yes, what would turn a no."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from matsim.report.board.options import Tables, often, pounds
from matsim.report.page import Fact, Section
from matsim.words.amounts import amount, decimals
from matsim.words.phrases import capital, listed

PEOPLE = (
    "its governors' wishes, its staff's, and its parents'; the state of its buildings and their leases; its contracts; "
    "its pension deficit; who leads it, and how long they mean to stay; the last three years' accounts"
)
"""What no model knows of a school, from the usual checklists of due diligence."""


def sections(tables: Tables, candidates: pd.DataFrame, answers: pd.DataFrame) -> Iterator[Section]:
    """One card for each candidate, or a word that there is none."""
    if candidates.empty:
        none = "No school that could join lies near enough for this pack to pick; a board can name some."
        yield Section("Candidates", (none,))
    for _, school in candidates.iterrows():
        replies = answers[answers["school"] == school["school"]]
        yield Section(
            f"Candidate: {school['name']} ({school['school']})",
            (_verdict(tables, school, replies),),
            facts=[
                *_known(school),
                *_cost(tables, school),
                *_answers(tables, replies),
                Fact("Only people can say", PEOPLE),
            ],
        )


def _known(school: pd.Series) -> Iterator[Fact]:
    faith = "" if school["denomination"] == "none" else f", {school['denomination']}"
    full = school["pupils"] / school["places"] if school["places"] > 0 else float("nan")
    grade = str(school["grade"])
    yield Fact("School", f"{capital(str(school['phase']))}{faith}, {school['authority']}; run by {school['run_by']}")
    yield Fact("Last inspection", grade)
    # packs made before this was told have no such column
    usual = " (filled in: the usual of its kind)" if school.get("filled_in") else ""
    yield Fact(
        "Size",
        f"{decimals(school['pupils'])} pupils in {decimals(school['places'])} places ({amount(full, 'share')} full); "
        f"{decimals(school['fsm'])}% eligible for free school meals{usual}",
    )
    far = f"{decimals(school['minutes'])} minutes from {school['near']}, our nearest school"
    yield Fact("Distance", "not known: no file given says where it lies" if usual else far)


def _cost(tables: Tables, school: pd.Series) -> Iterator[Fact]:
    share = school["reserves"] / school["income"] if school["income"] > 0 else float("nan")
    yield Fact(
        "Books (drawn by luck, not its own)",
        f"Middle future: reserves of {pounds(school['reserves'])}, {amount(share, 'share')} of an income of "
        f"{pounds(school['income'])}; the poorest tenth begin at {pounds(school['reserves_low'])}; a deficit "
        f"{often(school['deficit'])}",
        note="No published file shows the books of a single school: ask for its accounts.",
    )
    yield Fact("Cost of joining", f"{pounds(tables.integration)} once, beyond the grant that it brings")


def _verdict(tables: Tables, school: pd.Series, replies: pd.DataFrame) -> str:
    """Whether it joined, under each option that turned to it."""
    joined = replies[replies["who"] == "all"]
    if joined.empty:
        return "None of the options turned to this school, so the model has not heard its answer."
    clauses = []
    for _, row in joined.iterrows():
        total = row["yes"] + row["no"]
        clauses.append(f"under “{tables.names[int(row['option'])]}” it joined {often(row['yes'] / total)}")
    why = listed(dict.fromkeys(str(w) for w in joined["why"] if w))
    return capital("; ".join(clauses)) + (f". Where it did not, most often: {why}." if why else ".")


_SAYS = {
    "school": ("Would it say yes?", "it chose to apply to us, with no order to"),
    "trust": ("Would we say yes?", "its books passed our own due diligence"),
    "commissioner": ("Would the {commissioner}?", "an application was approved"),
}


def _answers(tables: Tables, replies: pd.DataFrame) -> Iterator[Fact]:
    """What each of the three said under the first option that turned to it, and what would have turned a no."""
    if replies.empty:
        return
    first = replies[replies["option"] == replies["option"].min()]
    for who, (title, words) in _SAYS.items():
        label = tables.said(title)
        rows = first[first["who"] == who]
        if rows.empty:
            continue
        row = rows.iloc[0]
        total = int(row["yes"] + row["no"])
        if not total:
            yield Fact(label, "It was never asked.")
            continue
        sentence = f"Yes in {row['yes']} of the {total} futures in which it came to that: {words}"
        why = f". Most often in the way: {row['why']}" if row["why"] and row["no"] else ""
        change = f"Smallest change that would have turned the middle refusal: {row['change']}." if row["change"] else ""
        yield Fact(label, f"{sentence}{why}.", note=change)
