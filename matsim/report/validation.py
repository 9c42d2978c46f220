"""The report of a validation: which published patterns the model meets, which it misses, and by how much."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from matsim.evidence import SOURCES
from matsim.figures.scores import scorecard
from matsim.report import settings
from matsim.report.page import Fact, Page, Section, Table
from matsim.report.provenance import caveats, digests, provenance, words
from matsim.report.stored import Reader, drawn
from matsim.words.amounts import amount, decimals, many
from matsim.words.phrases import listed
from matsim.words.population import SENTENCE

SHEET = 14
"""Patterns in one chart: more do not fit a sheet of paper."""


def page(reader: Reader) -> Page:
    """What a stored validation has to say."""
    about, parameters = reader.manifest, reader.lists("parameters")
    card = reader.table("scorecard")
    parts = (
        _asked(reader, parameters),
        reader.part("What it meets and what it misses", ("scorecard",), _patterns),
        reader.part("Judged on the mean of the runs", ("scorecard",), _means),
        reader.part("What it misses, and why", ("scorecard",), _missed),
        reader.part("Where the targets come from", ("scorecard",), _sources),
        settings.assumptions(parameters),
        settings.mechanisms(reader.lists("mechanisms")),
        words(reader.years),
    )
    return Page(
        title=about.get("title") or "Does it behave like England?",
        kind="Report of a validation",
        question=about.get("question", ""),
        lead=_lead(card) if card is not None and len(card) else (),
        facts=_tiles(reader),
        sections=[part for part in parts if part is not None],
        caveats=(
            "Patterns that come out right do not make the model right: other models could meet the same ones.",
            SENTENCE,
            *caveats(reader.result, parameters, runs=0),
        ),
        provenance=provenance(reader.result),
        digests=digests(reader.result),
    )


def _counted(card: pd.DataFrame) -> pd.DataFrame:
    return card[card["counted"]]


def _lead(card: pd.DataFrame) -> list[str]:
    card_rows = _counted(card)
    passed = int(card_rows["passed"].sum())
    sentences = [f"{passed} of {many(len(card_rows), 'published pattern')} came out within tolerance."]
    failed = (
        card_rows[~card_rows["passed"]]
        .assign(off=lambda f: f["gap"] / f["tolerance"])
        .sort_values("off", ascending=False)
    )
    if len(failed):
        worst = [f"“{row['title']}” ({_gap(row)})" for row in failed.head(3).to_dict(orient="records")]
        sentences.append(f"It misses {many(len(failed), 'pattern')}, furthest off {listed(worst)}.")
    groups = card_rows.groupby("group", sort=False)["passed"].agg(["sum", "size"])
    parts = [f"{name} {row['sum']} of {row['size']}" for name, row in groups.iterrows()]
    sentences.append(f"By kind of pattern: {listed(parts)}.")
    return sentences


def _gap(row: Mapping[Hashable, Any]) -> str:
    simulated, target = (amount(row[name], row["unit"]) for name in ("simulated", "target"))
    return f"{simulated} where it should be {target}"


def _tiles(reader: Reader) -> tuple[Fact, ...]:
    about = reader.manifest
    if "score" not in about:
        return ()
    return (
        Fact("Patterns within tolerance", f"{about['passed']} of {about['counted']}"),
        Fact("Score", decimals(about["score"], 2), "1 is no gap anywhere; a gap of one tolerance counts a half"),
        Fact("Runs of each start", str(about.get("replicates", "not recorded"))),
    )


def _asked(reader: Reader, parameters: pd.DataFrame) -> Section:
    about = reader.manifest
    facts = [Fact("Question", about["question"])] if about.get("question") else []
    if about.get("seeds"):
        facts.append(Fact("Luck", _seeds(about["seeds"])))
    table = settings.changed_table(parameters)
    text = "Each published figure is a pattern with a tolerance; the model is run with several seeds and compared."
    return Section("What was asked", (text,), facts=facts, tables=(table,) if table else ())


def _seeds(seeds: list[int]) -> str:
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {min(seeds)} to {max(seeds)}, the same from each start"


def _patterns(card: pd.DataFrame) -> Section:
    groups = card["group"].astype(str)
    figures = []
    for group in dict.fromkeys(groups):
        rows = card[groups == group]
        sheets = math.ceil(len(rows) / SHEET)
        size = math.ceil(len(rows) / sheets)
        for k in range(sheets):
            name = group if sheets == 1 else f"{group}, part {k + 1} of {sheets}"
            figures.append(scorecard(rows.iloc[k * size : (k + 1) * size].assign(group=name), name))
    return Section("What it meets and what it misses", figures=drawn(*figures))


def _means(card: pd.DataFrame) -> Section | None:
    """Patterns of which luck decides much: how far off their means are, how sure, and what breaks them."""
    rows = card[card["judged"] == "mean"]
    if rows.empty:
        return None
    frame = pd.DataFrame(
        {
            "Pattern": rows["title"],
            "England": [amount(v, u) for v, u in zip(rows["target"], rows["unit"], strict=True)],
            "Tolerance": [amount(v, u) for v, u in zip(rows["tolerance"], rows["unit"], strict=True)],
            "Mean of the runs": [amount(v, u) for v, u in zip(rows["simulated"], rows["unit"], strict=True)],
            "Standard error": [amount(v, u) for v, u in zip(rows["error"], rows["unit"], strict=True)],
            "Gap over tolerance": [decimals(v, 2) for v in rows["off"]],
            "Error below a third": ["yes" if sure else "no" for sure in rows["sure"]],
            "Within tolerance": ["yes" if passed else "no" for passed in rows["passed"]],
            "Breaks without": rows["breaks"],
            "Certainty": rows["certainty"],
        }
    )
    unsure = int((~rows["sure"]).sum())
    text = (
        "Luck decides much of these, so that the mean of the runs is compared. A verdict is no luck where its "
        f"standard error is at most a third of the tolerance: so it is in {len(rows) - unsure} of {len(rows)}."
    )
    title = "Judged on the mean of the runs"
    return Section(title, (text,), tables=(Table("Patterns of results and heads", frame, rows=len(frame)),))


def _missed(card: pd.DataFrame) -> Section:
    failed = card[~card["passed"] | ~card["counted"]]
    title = "What it misses, and why"
    if failed.empty:
        return Section(title, ("It misses none of the patterns.",))
    frame = pd.DataFrame(
        {
            "Pattern": failed["title"],
            "When": failed["date"],
            "Should be": [amount(v, u) for v, u in zip(failed["target"], failed["unit"], strict=True)],
            "Is": [amount(v, u) for v, u in zip(failed["simulated"], failed["unit"], strict=True)],
            "Why": failed["explanation"],
        }
    )
    return Section(title, tables=(Table("Patterns missed or not counted", frame, rows=len(frame)),))


def _sources(card: pd.DataFrame) -> Section:
    known = [SOURCES.get(key) for key in card["source"]]
    frame = pd.DataFrame(
        {
            "Pattern": card["title"],
            "When": card["date"],
            "Target": [amount(v, u) for v, u in zip(card["target"], card["unit"], strict=True)],
            "Tolerance": [amount(v, u) for v, u in zip(card["tolerance"], card["unit"], strict=True)],
            "Source": [s.title if s else key for s, key in zip(known, card["source"], strict=True)],
        }
    )
    return Section("Where the targets come from", tables=(Table("Targets", frame, rows=len(frame), folded=True),))
