"""A sweep's answer as one page of Markdown with its small tables. Every sentence is worked out from the numbers."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import PurePath
from typing import Any

import pandas as pd

from matsim.analysis import sentences as say
from matsim.analysis.bands import outer
from matsim.analysis.comparison import Comparison
from matsim.analysis.frame import read_sweep, rows_of, stored_experiment, values
from matsim.analysis.where import parts, since
from matsim.report import question, verdict
from matsim.report.page import CAVEATS
from matsim.report.provenance import caveats
from matsim.results.store import Result
from matsim.words.amounts import NONE, academic, bare, change, count, ends, exact_percent, many
from matsim.words.phrases import capital, listed

DIGITS = "%.8g"
"""How numbers stand in the CSV files: the last digits of a float differ between processors and say nothing."""

FILES = (
    "README.md",
    *(f"{field.name}.csv" for field in fields(Comparison) if field.type == "pd.DataFrame"),
    *(f"{name}.csv" for name in ("parts", "since", "assumptions", "groups_bands", "groups_paired")),
)
"""Every file that a page may come with."""

SHOWN_ONLY = ("--quiet", "-q", "--json")
"""Options of a sweep that change nothing in its result."""
WHOLE_COUNTRY = 20_000


def pages(result: Result, comparison: Comparison, inside: Comparison | None = None) -> dict[str, str]:
    """The content of each file by name: README.md, and every frame that has rows as CSV.

    `comparison` is of the sweep's arms; `inside`, where given, groups of trusts inside its runs. The same result
    gives the same text. Raises ValueError when `comparison` is of groups.
    """
    if comparison.by:
        raise ValueError("comparison is of groups; give that of arms, and that of groups as inside")
    sweep = read_sweep(result)
    halves, first = [], []
    for name in comparison.measures:
        frame, better = values(sweep, name, comparison.when), comparison.measure(name).better
        halves.append(parts(frame, comparison.against, better, comparison.confidence).assign(measure=name))
        first.append(since(sweep, name, comparison.against, comparison.confidence).assign(measure=name))
    frames = comparison.frames | {"parts": _first("measure", halves), "since": _first("measure", first)}
    if inside:
        frames |= {f"groups_{name}": frame for name, frame in inside.frames.items() if name in ("bands", "paired")}
    experiment = stored_experiment(result)
    assumed = question.assumptions(result.parameters(), experiment)
    frames |= {"assumptions": assumed}
    texts = {"README.md": _page(result, experiment, comparison, inside, frames)}
    return texts | {f"{name}.csv": _csv(frame) for name, frame in frames.items() if len(frame)}


def _first(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    return joined[[name, *(column for column in joined if column != name)]]


def _csv(frame: pd.DataFrame) -> str:
    text: str = frame.to_csv(index=False, lineterminator="\r\n", float_format=DIGITS)
    return text


def _page(
    result: Result,
    experiment: Mapping[str, Any],
    comparison: Comparison,
    inside: Comparison | None,
    frames: Mapping[str, pd.DataFrame],
) -> str:
    parameters = result.parameters()
    label = question.namer(parameters)
    futures = int(comparison.bands["n"].max()) if len(comparison.bands) else 0
    safe = _robust(comparison)
    sections: list[tuple[str, list[str]]] = [
        ("", [f"*{comparison.question}*"] if comparison.question else []),
        ("In short", _points(verdict.verdicts(comparison)) or ["There is one arm, so nothing is compared."]),
        ("What was asked", question.setup(result, experiment, comparison)),
        (
            "By how much, and in how many futures",
            [*_points(_differences(comparison)), "", *_table(comparison, frames["since"])],
        ),
        ("Where it holds, and where it does not", _points(verdict.exceptions(comparison, frames["parts"], label))),
        ("How safe each choice is", _points(safe)),
        (
            "When the worlds part",
            _points([say.parting_sentence(row, comparison.confidence) for row in rows_of(comparison.parting)]),
        ),
        ("Groups of trusts inside the runs", _points(_inside(inside, safe)) if inside else []),
        ("What it rests on", question.rests_on(parameters, experiment, frames["assumptions"])),
        (
            "To bear in mind",
            _points(
                [
                    *comparison.notes,
                    *_whose(comparison),
                    *_size(parameters),
                    *caveats(result, parameters[:0], runs=futures),
                ]
            ),
        ),
        ("What it cannot tell you", _points([*CAVEATS])),
        ("To run it again", _again(result)),
    ]
    if len(comparison.arms) < 2:
        sections = [part for part in sections if not part[0].startswith(("Where it holds", "When the worlds part"))]
    lines = [f"# {comparison.title or 'An experiment without a title'}", ""]
    for title, text in sections:
        if text:
            lines += [*([f"## {title}", ""] if title else []), *text, ""]
    return "\n".join(lines).rstrip() + "\n"


def _points(texts: list[str]) -> list[str]:
    return [f"- {text}" for text in texts if text]


def _differences(comparison: Comparison) -> list[str]:
    """The sentences of the paired differences, arm by arm."""
    sentences = []
    for arm in verdict.others(comparison):
        pairs = [(row, comparison.measure(row["measure"])) for row in verdict.claimed(comparison, arm)]
        sentences += say.paired_sentences(pairs, comparison.when, comparison.confidence)
    return sentences


def _table(comparison: Comparison, first: pd.DataFrame) -> list[str]:
    """Every arm on every measure: the middle future, nine in ten, the difference, since when."""
    from_when = {(row["measure"], row["arm"]): row["since"] for row in rows_of(first)}
    body, wide, ranges = [], "", {}
    for name in comparison.measures:
        wide, ranges[name] = outer(comparison.bands[comparison.bands["measure"] == name])
    for name in comparison.measures:
        measure, pairs = comparison.measure(name), {row["arm"]: row for row in rows_of(comparison.paired, measure=name)}
        title = f"{capital(measure.title)}{'' if measure.unit == 'share' else f' ({measure.unit})'}"
        for row, far in zip(rows_of(comparison.bands, measure=name), ranges[name], strict=True):
            near = float(row["q75"] - row["q25"])
            near = near if near > 0 else 0.0
            middle, low, high = (bare(value, measure.unit, near) for value in (row["median"], *far))
            pair = pairs.get(row["arm"])
            cells = _cells(pair, measure.unit, from_when.get((name, row["arm"]), math.nan))
            body.append((title, row["arm"], middle, f"{low} to {high}", *cells))
            title = ""
    percent = exact_percent(comparison.confidence)
    header = ["", "arm", "middle future", wide, f"from {comparison.against} ({percent} interval)"]
    return verdict.table([*header, "better or higher in", "every year since"], body)


def _cells(pair: Mapping[str, Any] | None, unit: str, year: float) -> tuple[str, str, str]:
    if pair is None or not pair["pairs"]:
        return "", "", ""
    mean, low, high = (float(pair[name]) for name in ("mean", "low", "high"))
    known = math.isfinite(low)
    around = f" ({ends(low, high, unit)})" if known else ""
    return change(mean, unit) + around, say.counted(pair), academic(year) if math.isfinite(year) else NONE


def _robust(comparison: Comparison) -> list[str]:
    """Regret, thresholds, luck's share, and whether the precision asked for was reached."""
    known = [comparison.measure(name) for name in comparison.measures if name not in comparison.no_claim]
    sentences = [
        say.regret_sentence(rows_of(comparison.robust, measure=m.name), m) for m in known if len(comparison.robust)
    ]
    sentences += [say.satisficing_sentence(row, comparison.confidence) for row in rows_of(comparison.satisficing)]
    sentences.append(verdict.luck(comparison))
    if comparison.wanted and comparison.precision:
        sentences.append(
            say.precision_sentence(
                comparison.wanted, comparison.precision, comparison.measure(comparison.wanted.measure)
            )
        )
    return sentences


def _inside(groups: Comparison, arms: list[str]) -> list[str]:
    """What is said of groups, and that they are no effect; without what the page says of the arms already."""
    return [text for text in (*groups.sentences, *groups.notes[:1]) if text not in arms]


def _whose(comparison: Comparison) -> list[str]:
    """That outcomes and costs of trusts are of other schools in each arm."""
    known = [comparison.measure(name) for name in comparison.measures if "mats" in name.split("_")]
    titles = [measure.title for measure in known if measure.unit in ("sd", "£ per pupil")]
    if not titles:
        return []
    return [
        "What is said of MATs is said of whichever schools are in MATs, and arms differ in which these are: of "
        f"{listed(titles)} a part of a difference can come from that. Measures of all schools are free of it."
    ]


def _size(parameters: pd.DataFrame) -> list[str]:
    """What the size of a made-up country means for shares of futures."""
    size = question.schools(parameters)
    if not 0 < size < WHOLE_COUNTRY:
        return []
    return [
        f"Shares of futures are those of a country of {count(size)} schools: in the whole of England luck averages out "
        "more, and they would lie nearer to none or all."
    ]


def _again(result: Result) -> list[str]:
    """The commands. Folders of whoever made it are left out, and options that only change what is shown."""
    typed = shlex.split(str(result.manifest.get("command", "")))
    # the page is published: paths of whoever ran it are nobody's business, and of no use elsewhere
    words = [PurePath(word).name if PurePath(word).is_absolute() else word for word in typed if word not in SHOWN_ONLY]
    if words[:2] != ["matsim", "sweep"]:
        words = ["matsim", "sweep", "experiment.toml", "--out", "DIR"]
    folder = words[words.index("--out") + 1] if "--out" in words[:-1] else "DIR"
    inputs = listed(f"{name.replace('_', ' ')} ({typed['name']})" for name, typed in _files(result).items())
    lines = ["```", shlex.join(words), f"matsim compare {shlex.quote(folder)} --out DIR", "```"]
    version = f"Made with matsim {result.manifest.get('matsim')}, {many(_runs(result), 'run')}."
    return [*lines, "", version + (f" Read from {inputs}." if inputs else "")]


def _files(result: Result) -> dict[str, dict[str, str]]:
    inputs = result.manifest.get("inputs", {})
    return {name: entry for name, entry in inputs.items() if name != "world" and "name" in entry}


def _runs(result: Result) -> int:
    return int(result.manifest.get("runs", 0)) or int(result.manifest["tables"]["runs"]["rows"])
