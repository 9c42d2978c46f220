"""The report of a sweep: arms beside each other over many futures, and what the answer hangs on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from matsim.analysis.comparison import Comparison, compare
from matsim.analysis.frame import stored_experiment
from matsim.core.errors import InputError
from matsim.figures.groups import by_group_over_runs
from matsim.report import question, settings
from matsim.report.comparison import answer, robustness, unfolding
from matsim.report.influence import influence
from matsim.report.page import Fact, Page, Section, Table
from matsim.report.provenance import caveats, digests, provenance, words
from matsim.report.run import world
from matsim.report.stored import Reader, drawn
from matsim.words.amounts import academic, count, many

NEEDS = ("runs", "points", "run_year", "run_group_year")
LISTS = {
    "ceos": "How CEOs decide about growth",
    "commissioners": "How applications to join a trust are decided",
    "trusts": "What named trusts are told to do",
    "shocks": "What happens on given dates",
}
"""Parts of a scenario that are lists, and so have no meaning in the list of parameters."""

FIRST = 6
"""Sentences of the comparison that stand at the top; the rest follow in its section."""


def page(reader: Reader) -> Page:
    """What a stored sweep has to say."""
    about, parameters, content = reader.manifest, reader.lists("parameters"), experiment(reader)
    comparison, wrong = _compared(reader)
    weights = influence(reader.result, comparison) if comparison else None
    parts: list[Section | None] = [_asked(reader, content, parameters)]
    if comparison is None:
        parts.append(Section("The answer", missing=wrong))
    else:
        parts += [answer(comparison, FIRST), unfolding(comparison), robustness(comparison)]
        parts.append(reader.part("Strategy groups side by side", NEEDS, lambda *tables: _groups(tables, comparison)))
        parts.append(_failed(comparison))
    parts += [settings.assumptions(parameters, weights), settings.mechanisms(reader.lists("mechanisms"))]
    parts.append(words(reader.years))
    runs = reader.table("runs")
    return Page(
        title=str(content.get("title") or about.get("title") or "An experiment without a title"),
        kind="Report of an experiment",
        question=str(content.get("question") or about.get("question") or ""),
        lead=(*comparison.built_in, *comparison.sentences[:FIRST]) if comparison else (),
        facts=_tiles(comparison, runs) if comparison and runs is not None else (),
        sections=[part for part in parts if part is not None],
        caveats=caveats(reader.result, parameters, runs=0 if runs is None else len(_futures(runs))),
        provenance=provenance(reader.result),
        digests=digests(reader.result),
    )


def experiment(reader: Reader) -> dict[str, Any]:
    """The experiment's file as the result keeps it; empty when it is gone."""
    if not (reader.result.folder / "experiment.toml").is_file():
        return {}
    return stored_experiment(reader.result)


def _compared(reader: Reader) -> tuple[Comparison | None, tuple[str, ...]]:
    """The comparison of the arms, or sentences that say why there is none."""
    if missing := reader.lacking(*NEEDS):
        return None, missing
    try:
        return compare(reader.result), ()
    except InputError as error:
        return None, tuple(f"Missing: the arms could not be compared: {problem}." for problem in error.problems)


def _futures(runs: pd.DataFrame) -> pd.DataFrame:
    return runs[["point", "replicate"]].drop_duplicates()


def _tiles(comparison: Comparison, runs: pd.DataFrame) -> tuple[Fact, ...]:
    points, replicates = runs["point"].nunique(), runs["replicate"].nunique()
    return (
        Fact("Ways compared", str(len(comparison.arms))),
        Fact(
            "Futures of each",
            count(len(_futures(runs))),
            f"{many(replicates, 'seed')}" + (f", {count(points)} settings" if points > 1 else ""),
        ),
        Fact("Runs", count(comparison.runs), f"{count(len(comparison.failed))} failed"),
    )


def _asked(reader: Reader, experiment: dict[str, Any], parameters: pd.DataFrame) -> Section:
    """The arms, what was varied, and over how many futures."""
    if not experiment:
        missing = (
            "Missing: experiment.toml cannot be read from this result's folder. Run the experiment again to have it."
        )
        return Section("What was asked", missing=(missing,))
    facts = [Fact("Question", experiment["question"])] if experiment.get("question") else []
    runs, years = reader.table("runs"), reader.table("run_year")
    if runs is not None and len(runs):
        seeds = f"seeds {runs['seed'].min()} to {runs['seed'].max()}, the same for every arm"
        facts.append(Fact("Futures", f"{count(len(_futures(runs)))} of each arm; {seeds}"))
    if years is not None and len(years):
        first, last = academic(years["year"].min()), academic(years["year"].max())
        facts.append(Fact("Years", f"{first} to {last}"))
    facts += world(reader.manifest.get("world") or {})
    meanings = dict(zip(parameters["name"], parameters["meaning"], strict=True)) if len(parameters) else {}
    units = dict(zip(parameters["name"], parameters["unit"], strict=True)) if len(parameters) else {}
    tables = [
        _arms(experiment, meanings, units),
        _varied(experiment, meanings, units),
        settings.changed_table(parameters),
    ]
    return Section("What was asked", facts=facts, tables=[table for table in tables if table is not None])


def _arms(experiment: dict[str, Any], meanings: dict[str, str], units: dict[str, str]) -> Table | None:
    """What each arm sets otherwise than the scenario."""
    rows, base = [], experiment.get("scenario", {})
    for arm in experiment.get("arms", []):
        changes = arm.get("set") or {}
        for name, value in changes.items():
            what = question.arm_setting(name, value, base, units.get(name, ""))
            rows.append((arm["name"], meanings.get(name, LISTS.get(name, name)), what, name))
        if not changes:
            rows.append((arm["name"], "Nothing: the scenario as it is", "", ""))
    columns = ["Arm", "What is set otherwise", "To", "Name in the scenario file"]
    return Table("The arms: what is compared", pd.DataFrame(rows, columns=columns)) if rows else None


def _varied(experiment: dict[str, Any], meanings: dict[str, str], units: dict[str, str]) -> Table | None:
    """What was varied between futures, and over which range."""
    rows = []
    for role, label in (("uncertainties", "nobody controls it"), ("levers", "somebody chooses it")):
        for factor in experiment.get(role, []):
            name, unit = factor["name"], units.get(factor["name"], "")
            rows.append((meanings.get(name, name), label, question.across(factor, unit), name))
    columns = ["What was varied", "Who decides it", "Over", "Name in the scenario file"]
    return Table("What was varied between futures", pd.DataFrame(rows, columns=columns)) if rows else None


def _groups(tables: tuple[pd.DataFrame, ...], comparison: Comparison) -> Section | None:
    runs, _, _, groups = tables
    rows = groups.merge(runs.loc[runs["arm"] == comparison.against, ["run", "replicate"]], on="run")
    figures = drawn(by_group_over_runs(rows, "mean_outcome"), by_group_over_runs(rows, "backoffice_per_pupil"))
    words = (
        "Multi-academy trusts by how they pursue school improvement, in the futures of the arm "
        f"“{comparison.against}”. Groups differ in which schools they have as well as in what they do.",
    )
    return Section("Strategy groups side by side", words, figures=figures) if figures else None


def _failed(comparison: Comparison) -> Section | None:
    """The runs that did not finish."""
    if comparison.failed.empty:
        return None
    frame = comparison.failed.rename(columns=str.capitalize)
    number = f"{count(len(comparison.failed))} of {count(comparison.runs)}"
    text = f"{number} runs failed and are left out of every number above."
    return Section("Runs that failed", (text,), tables=(Table("Failed runs", frame, rows=20),))
