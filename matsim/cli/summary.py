"""A stored result in one page: what ran, the first and last year side by side, what happened, what was found."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsim.cli.output import indented, show, table
from matsim.events.kinds import STAGES, Audience, heard_by
from matsim.words.amounts import academic, amount, change, count, many
from matsim.words.titles import heading

if TYPE_CHECKING:
    import pandas as pd

    from matsim.results.store import Result

COUNTED = (
    ("schools", "Open schools"),
    ("maintained", "  maintained by a local authority"),
    ("single_academies", "  in single-academy trusts"),
    ("academies_in_mats", "  in multi-academy trusts (MATs)"),
    ("trusts_single", "Single-academy trusts"),
    ("mats_with_2_or_more", "MATs of two or more schools"),
)
JUDGED = (
    ("share_good_or_better", "Schools judged Good or better"),
    ("backoffice_per_pupil_primary", "Back-office cost per pupil, primary"),
    ("backoffice_per_pupil_secondary", "Back-office cost per pupil, secondary"),
    ("reserves_share", "Trusts' reserves over yearly income"),
)
TO_EXPLAIN = ("refuse", "stay", "decline", "join", "bid")
"""Kinds of event worth explaining, the most telling first."""


@dataclass(frozen=True)
class Line:
    """One number in the first and the last year."""

    key: str
    label: str
    unit: str
    first: float
    last: float


@dataclass(frozen=True)
class Summary:
    """What there is to say about a result. `happened`: counts over the whole run by kind of event."""

    result: Result
    first: int
    last: int
    lines: list[Line]
    happened: dict[str, int]
    break_points: dict[str, dict[str, int]]
    findings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        about = self.result.manifest
        return {
            "result": str(self.result.folder),
            "title": about["title"],
            "question": about["question"],
            "seed": about["seed"],
            "years": [self.first, self.last],
            "wall_seconds": about["wall_seconds"],
            "world": about["world"],
            "lines": [vars(line) for line in self.lines],
            "events": self.happened,
            "break_points": self.break_points,
            "findings": self.findings,
            "tables": {name: facts["rows"] for name, facts in about["tables"].items()},
        }


def summarise(result: Result) -> Summary:
    """Read a result's tables and say what is in them."""
    system, trusts, events = (result.table(name) for name in ("system_year", "trust_year", "events"))
    first, last = int(system["year"].iloc[0]), int(system["year"].iloc[-1])
    kinds = events["event"].value_counts()
    stages = events[events["event"].isin(list(STAGES))]
    pairs = stages.groupby(["reason", "event"], observed=True).size()
    return Summary(
        result,
        first,
        last,
        [*_lines(system, COUNTED), *_bands(trusts, first, last), *_lines(system, JUDGED)],
        {str(kind): int(kinds[kind]) for kind in sorted(kinds.index)},
        {key: {stage: int(pairs.get((key, stage), 0)) for stage in STAGES} for key in break_point_names()},
        findings(system, events),
    )


def _lines(system: pd.DataFrame, which: tuple[tuple[str, str], ...]) -> Iterator[Line]:
    from matsim.results.tables import TABLES

    units = {c.name: c.unit for c in TABLES["system_year"].columns}
    for key, label in which:
        yield Line(key, label, units[key], float(system[key].iloc[0]), float(system[key].iloc[-1]))


def _bands(trusts: pd.DataFrame, first: int, last: int) -> Iterator[Line]:
    """MATs by size, in the bands that world descriptions use."""
    from matsim.world.describe import BANDS

    mats = trusts[trusts["kind"].astype(str) == "multi-academy trust"]
    for low, high in BANDS:
        if low == 1:
            continue
        inside = (mats["schools"] >= low) & (mats["schools"] <= (high or float("inf")))
        numbers = [float((inside & (mats["year"] == year)).sum()) for year in (first, last)]
        name = f"{low} schools" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
        yield Line(f"mats_{low}", f"  of {name}", "trusts", *numbers)


def show_summary(summary: Summary, files: list[str]) -> None:
    """Print it. `files` are the options that name the published files, for the commands to type next."""
    about = summary.result.manifest
    years = summary.last - summary.first + 1
    show(heading(about["title"], summary.first))
    if about["question"]:
        show(about["question"])
    show(
        f"{many(about['world']['schools'], 'school')}, {many(years, 'school year')} from "
        f"{academic(summary.first)}, seed {about['seed']}, in {about['wall_seconds']:.1f} seconds."
    )
    show("\nThe world")
    show(indented("\n".join(account_lines(about["world"]))))
    show()
    show(_side_by_side(summary))
    show("\nWhat happened over the whole run")
    show(indented(_events(summary)))
    show()
    show(_break_points(summary))
    show("\nFindings")
    show(indented("\n".join(f"{i}. {text}" for i, text in enumerate(summary.findings, 1))))
    show("This is one run with one seed, of a model: another seed gives other numbers, and none is a forecast.")
    show(f"\nThe results are in {summary.result.folder} ({', '.join(summary.result.tables)}).")
    show("Type next")
    show(table_of_commands(summary, files))


def account_lines(world: dict[str, Any]) -> list[str]:
    """What to know before believing a world, then what became of the records that it was made from."""
    aside = sum(world["set_aside"].values())
    lines = [f"WARNING: {text}" for text in world.get("warnings", ())]
    lines += [
        f"Origin: {world['origin']}.",
        f"Schools read {world['read']:,}, used {world['used']:,}, set aside {aside:,}.",
    ]
    lines += [f"  set aside, {reason}: {number:,}" for reason, number in world["set_aside"].items()]
    lines += [f"  filled, {what}: {number:,}" for what, number in world["filled"].items()]
    return lines + list(world["notes"])


def _side_by_side(summary: Summary) -> str:
    one = summary.first == summary.last
    header = ["", academic(summary.first), *([] if one else [academic(summary.last), "change"])]
    schools = {"first": summary.lines[0].first, "last": summary.lines[0].last}
    rows = []
    for line in summary.lines:
        pair = [amount(line.first, line.unit), amount(line.last, line.unit)]
        if line.unit == "schools" and line.key != "schools":
            pair = [
                f"{text} ({amount(value / schools[when], 'share')})"
                for text, value, when in zip(pair, (line.first, line.last), schools, strict=True)
            ]
        more = [] if one else [pair[1], change(line.last - line.first, line.unit)]
        rows.append([line.label, pair[0], *more])
    return table(header, rows, right=range(1, len(header)))


def _events(summary: Summary) -> str:
    numbers = [(f"{summary.happened.get(kind.kind, 0):,}", kind.count[1]) for kind in heard_by(Audience.REPORT)]
    width = max(len(number) for number, _ in numbers)
    return "\n".join(f"{number.rjust(width)}  {words}" for number, words in numbers)


def _break_points(summary: Summary) -> str:
    names = break_point_names()
    rows = [
        [names[key], *(f"{by_stage[stage]:,}" for stage in STAGES)] for key, by_stage in summary.break_points.items()
    ]
    return table(["break point", *STAGES.values()], rows, right=range(1, len(STAGES) + 1))


def program() -> str:
    """How the command was called, as it can be typed again: `.venv/bin/matsim` where it lies below this folder."""
    called = Path(sys.argv[0])
    if called.stem != "matsim":
        return "matsim"
    below = called.absolute().is_relative_to(Path.cwd())
    return str(called.absolute().relative_to(Path.cwd())) if below else "matsim"


def table_of_commands(summary: Summary, files: list[str]) -> str:
    """Commands that work as they stand, each with what it does."""
    folder = str(summary.result.folder)
    kind = next((k for k in TO_EXPLAIN if summary.happened.get(k)), "hold")
    scenario = str(summary.result.folder / "scenario.toml")
    me = program()
    commands = (
        ([me, "explain", folder, "--event", kind, "--limit", "5"], "why it went so"),
        ([me, "twin", scenario, "--set", "break_points.answers=never", *files], "one change, the same luck"),
        ([me, "verify", folder, *files], "make it again and compare every number"),
    )
    return indented("\n".join(f"{shlex.join(words)}\n    {why}" for words, why in commands))


def break_point_names() -> dict[str, str]:
    """What each break point is called in a sentence, by its key."""
    from matsim.mechanisms.ladders import LADDERS

    return {ladder.key: ladder.name[0].lower() + ladder.name[1:] for ladder in LADDERS}


def findings(system: pd.DataFrame, events: pd.DataFrame) -> list[str]:
    """What became of trusts' number and size, of break points, and what held growth back."""
    return [_growth(system), _pressure(events), _brakes(events)]


def _growth(system: pd.DataFrame) -> str:
    """The share of schools in MATs and the number of MATs, and which of the two grew more."""
    from matsim.measures import share_in_mats

    first, last, in_mats = system.iloc[0], system.iloc[-1], share_in_mats(system)
    shares = [float(in_mats[0]), float(in_mats[-1])]
    mats = [int(row["mats_with_2_or_more"]) for row in (first, last)]
    if len(system) == 1:
        return f"At the end of {academic(int(first['year']))}, {amount(shares[0], 'share')} of schools were in MATs."
    text = (
        f"From {academic(int(first['year']))} to {academic(int(last['year']))} schools in MATs went from "
        f"{amount(shares[0], 'share')} to {amount(shares[1], 'share')} of all, and MATs of two or more from "
        f"{mats[0]:,} to {mats[1]:,}: "
    )
    more_inside, more_trusts = shares[1] > shares[0], mats[1] > mats[0]
    meaning = {
        (True, True): "both more trusts and more schools in them",
        (True, False): "trusts became larger, not more numerous",
        (False, True): "more trusts shared a sector that did not grow",
        (False, False): "the sector did not grow",
    }
    return text + meaning[more_inside, more_trusts] + "."


def _pressure(events: pd.DataFrame) -> str:
    """Which break point was reached most and least, and how often one stood unanswered."""
    reached = events.loc[events["event"] == "reach", "reason"].astype(str).value_counts()
    missed = int((events["event"] == "miss").sum())
    if not len(reached):
        return "No trust reached a break point."
    names = break_point_names()
    often, seldom = str(reached.index[0]), str(reached.index[-1])
    text = (
        f"Trusts reached a break point {many(int(reached.sum()), 'time')}, most often over "
        f"{names[often]} ({count(reached.iloc[0])})"
    )
    if often != seldom:
        text += f" and least often over {names[seldom]} ({count(reached.iloc[-1])})"
    unanswered = f"{many(missed, 'time')} one stood another year unanswered" if missed else "none stood unanswered"
    return f"{text}; {unanswered}."


def _brakes(events: pd.DataFrame) -> str:
    """Why trusts held back, set against how seldom or often commissioners refused."""
    reasons = events.loc[events["event"] == "hold", "reason"].astype(str).value_counts()
    settled = events["event"].value_counts()
    refused, approved = int(settled.get("refuse", 0)), int(settled.get("approve", 0))
    texts = []
    if len(reasons):
        texts.append(
            f"Trusts decided {many(int(reasons.sum()), 'time')} to take on nobody for a year, most often for this "
            f"reason: {reasons.index[0]} ({count(reasons.iloc[0])})"
        )
    if refused + approved:
        share = amount(refused / (refused + approved), "share")
        texts.append(f"commissioners refused {refused:,} of {many(refused + approved, 'application')} ({share})")
    joined = "; ".join(texts)
    return f"{joined[:1].upper()}{joined[1:]}." if texts else "No trust held back and no commissioner had to decide."
