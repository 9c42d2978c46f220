"""`matsim analyse`: what a sweep's measures depend on, how much is luck, and where an arm fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.options import JsonOption, MeasuresOption, ResultFolder, WhenOption, moment_of
from matsim.cli.output import ensure_apart, indented, options_named, show, show_json, table, write_texts
from matsim.core.errors import InputError
from matsim.words.amounts import many
from matsim.words.phrases import capital

if TYPE_CHECKING:
    import pandas as pd

    from matsim.analysis.findings import Finding
    from matsim.analysis.problem import Crossed, Problem
    from matsim.measures import Measure
    from matsim.results.store import Result


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    sensitivity: bool = False
    scores: bool = False
    discover: str = ""
    worse_than: str = ""
    by: float = 0.0
    each: str = "point"
    seed: int = 1

    @property
    def boxes(self) -> bool:
        """Whether a box was asked for."""
        return bool(self.discover or self.worse_than)

    @property
    def all(self) -> bool:
        """Whether nothing was named, so that what the design allows is meant."""
        return not (self.sensitivity or self.scores or self.boxes)


@dataclass(frozen=True)
class Analysed:
    """One measure of one arm: its findings, and what to know about the runs behind them."""

    arm: str
    measure: Measure
    points: int
    replicates: int
    who: str
    """The arm, or the two of a difference, as sentences carry them."""
    findings: list[Finding]
    notes: list[str] = field(default_factory=list)


def analyse(
    result: ResultFolder,
    measures: MeasuresOption = None,
    when: WhenOption = "last",
    arm: Annotated[str | None, typer.Option("--arm", metavar="ARM", help="This arm only; default all.")] = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="ARM", help="Analyse the difference from this arm, same luck.")
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="What the measure depends on, by the design's own method.")
    ] = False,
    scores: Annotated[
        bool, typer.Option("--scores", help="Feature scores and rank correlations, from any design.")
    ] = False,
    discover: Annotated[
        str | None,
        typer.Option("--discover", metavar="FAILURE", help='Where this happens, as "mean_outcome<0" (PRIM).'),
    ] = None,
    worse_than: Annotated[
        str | None, typer.Option("--discover-worse-than", metavar="ARM", help="Where the arm does worse than ARM.")
    ] = None,
    by: Annotated[
        float | None, typer.Option("--by", min=0, help="How much worse it has to be, in the measure's unit.")
    ] = None,
    each: Annotated[
        str, typer.Option("--each", metavar="point|run", help="A future is a point (mean over luck), or every run.")
    ] = "point",
    seed: Annotated[int, typer.Option("--seed", min=1, help="Luck of the resampling.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Also write the tables there (CSV).")] = None,
    json: JsonOption = False,
) -> None:
    """Say what a sweep's measures depend on, and how far on luck.

    Without options it does what the design allows: effects (Morris), indices (Sobol), one at a time, else feature
    scores and rank correlations.
    """
    from matsim.analysis.problem import problem_of
    from matsim.results.store import open_result

    if worse_than and (against or discover):
        raise InputError("--discover-worse-than", "is a question of its own; leave out --against and --discover")
    if each not in ("point", "run"):
        raise InputError("--each", f"'{each}' should be point or run")
    if by is not None and not worse_than:
        raise InputError("--by", "says how much worse than an arm; name the arm with --discover-worse-than")
    if each == "run" and not (discover or worse_than):
        raise InputError("--each run", "is for a discovery; say --discover or --discover-worse-than too")
    wanted = Wanted(sensitivity, scores, discover or "", worse_than or "", by or 0.0, each, seed)
    ensure_apart(out)
    stored = open_result(result)
    problem = problem_of(stored)
    if not problem.inputs:
        reason = "varies no parameters (its design is arms only); 'matsim compare' is for that"
        raise InputError(str(result), reason)
    with options_named(measure="--measure", arm="--arm", against="--against", scores="--scores"):
        about = _measures(stored, measures, wanted)
        analyses, problem = _analysed(stored, problem, wanted, about, moment_of(when), arm, against)
    if out is not None:
        _write(analyses, out)
    if json:
        show_json("analyse", {"design": problem.kind, "analyses": [_plain(each) for each in analyses]})
        return
    _show(analyses, problem, _built_in(stored))
    if out is not None:
        show(f"\nThe tables are in {out}.")


def _measures(stored: Result, names: list[str] | None, wanted: Wanted) -> list[str]:
    """The measures asked for, else the failure's, else the experiment's first."""
    import tomllib

    from matsim.analysis.robust import Threshold

    if wanted.discover:
        measure = Threshold.parse(wanted.discover, "--discover").measure
        if names and names != [measure]:
            raise InputError("--discover", f"is about {measure}, and --measure names another; say one of them")
        return [measure]
    experiment = tomllib.loads(stored.text("experiment.toml"))
    return names or [experiment.get("measures", ["mean_outcome"])[0]]


def _analysed(
    stored: Result,
    problem: Problem,
    wanted: Wanted,
    measures: list[str],
    when: int | str,
    arm: str | None,
    against: str | None,
) -> tuple[list[Analysed], Problem]:
    from matsim.analysis.frame import read_sweep, values
    from matsim.analysis.problem import arm_of, crossed, minus, observed
    from matsim.measures import MEASURES
    from matsim.results.provenance import mixture
    from matsim.words.phrases import named

    sweep, analyses = read_sweep(stored), []
    mixed = [f"{text}."] if (text := mixture(stored.manifest.get("made_by") or [])) else []
    for name in measures:
        frame = values(sweep, name, when)
        problem = observed(problem, frame)
        other = wanted.worse_than or against
        option = "--discover-worse-than" if wanted.worse_than else "--against"
        arms = list(dict.fromkeys(frame["arm"])) if arm is None else [arm]
        arms = [each for each in arms if each != other]
        if not arms:
            raise InputError(option, f"'{other}' cannot be compared with itself")
        for each in arms:
            rows = minus(frame, each, other, option) if other else arm_of(frame, each)
            runs = crossed(rows, problem)
            arm_text = f"{each} against {other}" if other else each
            who = f"{named(each)} against {named(other)}" if other else named(each)
            findings, notes = _findings(runs, problem, MEASURES[name], wanted, (each, other))
            notes = [*mixed, *(f"Left out: {text}." for text in runs.dropped), *notes]
            analyses.append(Analysed(arm_text, MEASURES[name], len(runs.y), runs.replicates, who, findings, notes))
    return analyses, problem


def _findings(
    runs: Crossed, problem: Problem, measure: Measure, wanted: Wanted, who: tuple[str, str | None]
) -> tuple[list[Finding], list[str]]:
    """What is asked for of one measure, and notes on what the design does not allow.

    `who` is the arm, and the arm it is set against.
    """
    from matsim.analysis import findings as find
    from matsim.analysis.scores import lacking

    findings: list[Finding] = []
    notes: list[str] = []
    if wanted.sensitivity or wanted.all:
        effects = find.sensitivity(runs, problem, measure.unit, seed=wanted.seed)
        if wanted.sensitivity and not effects:
            reason = f"a design of the kind '{problem.kind}' has none of its own (morris, sobol and one at a time have)"
            raise InputError("--sensitivity", f"{reason}; --scores works on any design")
        findings += effects
    if wanted.all and not findings and (reason := lacking(runs)):
        notes.append(f"Left out: feature scores and rank correlations, which {reason}.")
    elif wanted.scores or (wanted.all and not findings):
        findings += find.scores(runs, problem, seed=wanted.seed)
    if wanted.boxes:
        findings.append(_box(runs, problem, measure, wanted, who))
    return [find.luck(runs, measure.unit, seed=wanted.seed), *findings], notes


def _box(runs: Crossed, problem: Problem, measure: Measure, wanted: Wanted, who: tuple[str, str | None]) -> Finding:
    import pandas as pd

    from matsim.analysis.discovery import discover
    from matsim.analysis.findings import box_finding
    from matsim.analysis.robust import Threshold
    from matsim.words.amounts import amount
    from matsim.words.phrases import named

    y = runs.mean if wanted.each == "point" else runs.y
    futures = "points" if wanted.each == "point" else "runs"
    if problem.kind == "one at a time":
        raise InputError("--discover", "needs points spread over the ranges; one at a time leaves all corners empty")
    if wanted.discover:
        limit = Threshold.parse(wanted.discover, "--discover")
        failed = limit.met(pd.Series(y.ravel())).to_numpy().reshape(y.shape) == 1
        against = f" against {named(who[1])}" if who[1] else ""
        claim, words = f"{named(who[0])}{against} fails", limit.text
    else:
        if not measure.better:
            reason = f"more of {measure.name} is neither better nor worse; say what a failure is with --discover"
            raise InputError("--discover-worse-than", reason)
        failed = y < -wanted.by if measure.better == "higher" else y > wanted.by
        claim = f"{named(who[0])} does worse than {named(str(who[1]))}"
        words = measure.title + (f", by more than {wanted.by:g} {measure.unit}" if wanted.by else "")
    finding = box_finding(discover(runs, failed, problem, seed=wanted.seed), problem, claim, words, futures)
    spread = (y.max() - y.min()) / 10
    ends = f"from {amount(y.min(), measure.unit, spread)} to {amount(y.max(), measure.unit, spread)}"
    what = f"{'differences in' if who[1] else 'values of'} {measure.title}"
    lines = [*finding.sentences, f"Over the {futures}, {what} run {ends}."]
    if runs.replicates == 1:
        lines.append("All of it is on one draw of luck: on another the failures, and the box, may lie elsewhere.")
    return replace(finding, sentences=lines)


def _write(analyses: list[Analysed], out: Path) -> None:
    """A CSV for each kind of finding, arms and measures below each other, and the sentences as text."""
    import pandas as pd

    from matsim.analysis.findings import KEYS

    tables: dict[str, list[pd.DataFrame]] = {}
    for one in analyses:
        for finding in one.findings:
            if len(finding.frame):
                about = pd.DataFrame({"measure": one.measure.name, "arm": one.arm}, index=finding.frame.index)
                tables.setdefault(finding.key, []).append(pd.concat([about, finding.frame], axis=1))
    lines = [
        f"{one.who}, {one.measure.title}: {line}" for one in analyses for f in one.findings for line in f.sentences
    ]
    texts = {"sentences.txt": "\n".join(lines) + "\n"}
    for key, frames in tables.items():
        whole = pd.concat(frames, ignore_index=True)
        texts[f"{key}.csv"] = whole.to_csv(index=False, float_format="%.6g", lineterminator="\r\n")
    write_texts(out, texts, ["sentences.txt", *(f"{key}.csv" for key in KEYS)])


def _plain(one: Analysed) -> dict[str, Any]:
    findings = [
        {"key": f.key, "title": f.title, "rows": f.frame.to_dict("records"), "sentences": list(f.sentences)}
        for f in one.findings
    ]
    about = {"arm": one.arm, "measure": one.measure.name, "unit": one.measure.unit}
    return about | {"points": one.points, "replicates": one.replicates, "notes": one.notes, "findings": findings}


def _built_in(stored: Result) -> tuple[str, ...]:
    """What the sweep has built in by assumption."""
    import tomllib

    from matsim.analysis.sentences import built_in

    experiment = tomllib.loads((stored.folder / "experiment.toml").read_text(encoding="utf-8"))
    arms = [str(arm["name"]) for arm in experiment.get("arms", [])]
    return built_in(experiment, stored.parameters(), arms, str(experiment.get("baseline") or (arms or [""])[0]))


def _show(analyses: list[Analysed], problem: Problem, assumed: tuple[str, ...]) -> None:
    show(f"A design of the kind '{problem.kind}' over {many(len(problem.inputs), 'parameter')}:")
    for factor in problem.inputs:
        show(f"  {factor.legend()}")
    for sentence in assumed:
        show(sentence)
    for one in analyses:
        what = f"{capital(one.measure.title)} ({one.measure.unit}), {one.who}"
        show(f"\n{what}: {many(one.points, 'point')}, each on the luck of the same {many(one.replicates, 'replicate')}")
        for note in one.notes:
            show(note)
        for finding in one.findings:
            show(f"\n{finding.title}")
            if finding.rows:
                show(indented(table(finding.header, finding.rows, range(1, len(finding.header)))))
            for sentence in finding.sentences:
                show(f"  {sentence}")
