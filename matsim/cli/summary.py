"""A stored result in one page: what ran, the first and last year side by side, what happened, what was found."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsim.cli.output import indented, show, table
from matsim.events.kinds import STAGES, Audience, heard_by
from matsim.words.amounts import academic, amount, change, count, decimals, many
from matsim.words.phrases import capital
from matsim.words.titles import POINTS, heading

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
JUDGED = ("share_good_or_better", "backoffice_per_pupil_primary", "backoffice_per_pupil_secondary", "reserves_share")
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
    from matsim.analysis import run
    from matsim.measures import MEASURES

    system = result.table("system_year")
    trusts = result.table("trust_year", columns=("year", "kind", "schools"))
    events = result.table("events", columns=("event", "reason"))
    first, last = int(system["year"].iloc[0]), int(system["year"].iloc[-1])
    kinds = events["event"].value_counts()
    judged = [(name, capital(MEASURES[name].title)) for name in JUDGED]
    return Summary(
        result,
        first,
        last,
        [*_lines(system, COUNTED), *_bands(trusts, first, last), *_lines(system, judged)],
        {str(kind): int(kinds[kind]) for kind in sorted(kinds.index)},
        run.break_point_stages(events),
        [run.growth(system), run.pressure(events), run.gates(events, first, last)],
    )


def _lines(system: pd.DataFrame, which: Iterable[tuple[str, str]]) -> Iterator[Line]:
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
        f"{academic(summary.first)}, seed {about['seed']}, in {decimals(about['wall_seconds'], 1)} seconds."
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
    linked = world.get("links_only", 0)
    also = f" ({count(linked)} of them in the group links alone)" if linked else ""
    lines = [f"WARNING: {text}" for text in world.get("warnings", ())]
    lines += [
        f"Origin: {world['origin']}.",
        f"Schools read {count(world['read'])}{also}, used {count(world['used'])}, set aside {count(aside)}.",
    ]
    lines += [f"  set aside, {reason}: {count(number)}" for reason, number in world["set_aside"].items()]
    lines += [f"  filled, {what}: {count(number)}" for what, number in world["filled"].items()]
    return lines + list(world["notes"])


def _side_by_side(summary: Summary) -> str:
    one = summary.first == summary.last
    header = ["", academic(summary.first), *([] if one else [academic(summary.last), "change"])]
    schools = {"first": summary.lines[0].first, "last": summary.lines[0].last}
    rows = []
    for line in summary.lines:
        pair = [amount(line.first, line.unit), amount(line.last, line.unit)]
        # as a share of all schools, the first line
        if line.unit == "schools" and line.key != "schools":
            pair = [
                f"{text} ({amount(value / schools[when], 'share')})"
                for text, value, when in zip(pair, (line.first, line.last), schools, strict=True)
            ]
        more = [] if one else [pair[1], change(line.last - line.first, line.unit)]
        rows.append([line.label, pair[0], *more])
    return table(header, rows, right=range(1, len(header)))


def _events(summary: Summary) -> str:
    numbers = [(count(summary.happened.get(kind.kind, 0)), kind.count[1]) for kind in heard_by(Audience.REPORT)]
    width = max(len(number) for number, _ in numbers)
    return "\n".join(f"{number.rjust(width)}  {words}" for number, words in numbers)


def _break_points(summary: Summary) -> str:
    rows = [
        [POINTS[key], *(count(by_stage[stage]) for stage in STAGES)] for key, by_stage in summary.break_points.items()
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
