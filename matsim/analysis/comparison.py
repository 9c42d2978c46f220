"""The comparison of a sweep's arms, or of the groups of trusts inside each: frames, and sentences they support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from matsim.analysis import sentences as say
from matsim.analysis.bands import bands, luck_and_points
from matsim.analysis.frame import (
    Sweep,
    When,
    by_year,
    group_values,
    known_measure,
    read_sweep,
    rows_of,
    stored_experiment,
    values,
)
from matsim.analysis.intervals import NINE_IN_TEN
from matsim.analysis.paired import paired, parting
from matsim.analysis.precision import Precision, Reached, precision_wanted, reached
from matsim.analysis.robust import Threshold, robust, satisficing
from matsim.analysis.sentences import built_in
from matsim.core.errors import InputError, nearest
from matsim.measures import GROUP_MEASURES, GROUPINGS, MEASURES, Measure
from matsim.results.provenance import mixture
from matsim.results.store import Result
from matsim.words.amounts import count, many
from matsim.words.phrases import named, quoted

ABOUT = (
    "mean_outcome",
    "share_good_or_better",
    "backoffice_per_pupil_primary",
    "backoffice_per_pupil_secondary",
    "reserves_share",
)
"""What an experiment that names no measures is about; the experiment file's own default."""

ABOUT_GROUPS = ("mean_outcome", "gain", "backoffice_per_pupil", "capacity", "past_break_point")
"""What groups of trusts are compared on unless measures are named: outcomes and cost, then capacity."""


@dataclass(frozen=True)
class Comparison:
    """What a sweep's arms say beside each other. Frames have a column `measure` first, then those of their makers.

    `bands` bands.bands by arm; `years` the same by arm and year; `paired` paired.paired; `parting` when worlds
    part; `robust` robust.robust, for measures with a better direction; `satisficing` for the thresholds given;
    `spread` bands.luck_and_points. `built_in` says what the arms differ in by assumption, and `no_claim` names measures
    of which no sentence claims anything. When groups of trusts are compared (`by`), `within` says in which arm, `arm`
    is the group, and only bands and paired have rows. `sentences` say what was found, `notes` what to bear in
    mind. `precision` is None when the experiment asked for none.
    """

    title: str
    question: str
    against: str
    arms: tuple[str, ...]
    measures: tuple[str, ...]
    when: When
    by: str
    confidence: float
    built_in: tuple[str, ...]
    no_claim: tuple[str, ...]
    runs: int
    failed: pd.DataFrame
    bands: pd.DataFrame
    years: pd.DataFrame
    paired: pd.DataFrame
    parting: pd.DataFrame
    robust: pd.DataFrame
    satisficing: pd.DataFrame
    spread: pd.DataFrame
    wanted: Precision | None
    precision: Reached | None
    sentences: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """Every frame that has rows, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: frame for name, frame in values.items() if isinstance(frame, pd.DataFrame) and len(frame)}

    def measure(self, name: str) -> Measure:
        """A measure by name: of groups of trusts when those are compared, else of the whole system."""
        return (GROUP_MEASURES if self.by else MEASURES)[name]

    def to_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON has but for nan."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        frames = {k: v.to_dict(orient="records") for k, v in values.items() if isinstance(v, pd.DataFrame)}
        both = {k: vars(values[k]) if values[k] else None for k in ("wanted", "precision")}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in (values | frames | both).items()}


def compare(
    result: Result,
    measures: Sequence[str] | None = None,
    when: When = "last",
    against: str | None = None,
    thresholds: Iterable[Threshold | str] | None = None,
    by: str = "",
    confidence: float = 0.95,
) -> Comparison:
    """Compare a sweep's arms with `against` (its baseline unless given), on the experiment's measures unless given.

    With `by` a grouping of trusts ("strategy group" or "growth strategy"), the groups inside each run are
    compared instead, each with the group `against` (unless given, the one with the most schools). Intervals of
    one measure hold for all arms together; those of several measures do not. Raises InputError for unknown
    names, years and results of another kind.
    """
    sweep = read_sweep(result)
    experiment = stored_experiment(result)
    limits = [Threshold.parse(th, "thresholds") if isinstance(th, str) else th for th in thresholds or ()]
    arms = tuple(dict.fromkeys(str(arm) for arm in sweep.runs["arm"]))
    baseline = _known(str(experiment.get("baseline") or arms[0]), arms, "arm", "baseline")
    wanted = precision_wanted(experiment)
    common: dict[str, Any] = {
        "title": str(experiment.get("title", "")),
        "question": str(experiment.get("question", "")),
        "when": when,
        "by": by,
        "confidence": confidence,
        "no_claim": tuple(experiment.get("no_claim", ())),
        "runs": len(sweep.runs),
        "failed": sweep.failed[["run", "arm", "point", "replicate", "seed", "error"]].reset_index(drop=True),
        "wanted": wanted,
        "precision": reached(sweep, wanted, baseline) if wanted else None,
        "notes": _of_manifest(result.manifest),
    }
    if by:
        if limits:
            raise InputError("thresholds", "is for arms; leave it out when groups of trusts are compared")
        common["built_in"] = built_in(experiment, result.parameters(), arms, baseline)
        return _of_groups(sweep, tuple(measures or ABOUT_GROUPS), against, arms, common)
    chosen = tuple(measures or experiment.get("measures") or ABOUT)
    other = _known(against, arms, "arm", "against") if against else baseline
    common["built_in"] = built_in(experiment, result.parameters(), arms, other)
    return _of_arms(sweep, chosen, other, arms, limits, common)


def _known(name: str, known: Sequence[str], what: str, where: str) -> str:
    """The name, if it is known. InputError from `where`, an option or a file, with what there is."""
    if name not in known:
        hint = nearest(name, known) or f"; there is {quoted(known)}"
        raise InputError(where, f"there is no {what} '{name}'{hint}")
    return name


def _of_arms(
    sweep: Sweep,
    measures: tuple[str, ...],
    against: str,
    arms: tuple[str, ...],
    limits: list[Threshold],
    common: dict[str, Any],
) -> Comparison:
    when, confidence = common["when"], common["confidence"]
    known = [known_measure(name, MEASURES) for name in measures]
    frames = {m.name: values(sweep, m.name, when) for m in known}
    pairs = {m.name: paired(frames[m.name], against, m.better, confidence) for m in known}
    regrets = {m.name: robust(frames[m.name], m.better) for m in known if m.better and len(arms) > 1}
    part = parting(sweep.runs, sweep.run_year, against)
    enough = satisficing(sweep, limits, when, confidence)
    claimed = [m for m in known if m.name not in common["no_claim"]]
    lines = [
        *say.differences(pairs, claimed, when, confidence),
        *say.unclaimed_sentence([m for m in known if m not in claimed]),
    ]
    lines += [say.parting_sentence(row, confidence) for row in rows_of(part)]
    lines += [s for m in claimed if m.name in regrets and (s := say.regret_sentence(rows_of(regrets[m.name]), m))]
    lines += [say.satisficing_sentence(row, confidence) for row in rows_of(enough.drop_duplicates("arm", keep="last"))]
    tables: dict[str, Any] = {
        "bands": _stack({n: bands(f) for n, f in frames.items()}),
        "years": _stack({n: bands(by_year(sweep, n), ("arm", "year")) for n in frames}),
        "paired": _stack(pairs),
        "parting": part,
        "robust": _stack(regrets),
        "satisficing": enough,
        "spread": _stack({n: luck_and_points(f) for n, f in frames.items()}),
    }
    return _finished(measures, against, arms, tables, lines, common)


def _of_groups(
    sweep: Sweep, measures: tuple[str, ...], against: str | None, arms: tuple[str, ...], common: dict[str, Any]
) -> Comparison:
    when, confidence = common["when"], common["confidence"]
    by = _known(common["by"], list(GROUPINGS), "grouping", "by")
    known = [known_measure(name, GROUP_MEASURES) for name in measures]
    schools = group_values(sweep, by, "schools", when)
    size = schools.groupby("group")["value"].sum()
    if size.empty:
        raise InputError(sweep.where, f"has no multi-academy trusts to compare by {by}")
    other = _known(against, list(size.index), "group", "against") if against else str(size.idxmax())
    tables: dict[str, list[pd.DataFrame]] = {"bands": [], "paired": []}
    lines: list[str] = []
    for arm in arms:
        of_arm = {}
        # a group that no trust of this arm is in has nothing to be compared
        there = schools.loc[(schools["arm"] == arm) & schools["value"].notna(), "group"].unique()
        for m in known:
            frame = group_values(sweep, by, m.name, when)
            frame = frame[(frame["arm"] == arm) & frame["group"].isin(there)].assign(arm=lambda f: f["group"])
            of_arm[m.name] = paired(frame, other, m.better, confidence)
            for name, table in (("bands", bands(frame)), ("paired", of_arm[m.name])):
                columns = ["measure", "within", *table.columns]
                tables[name].append(table.assign(measure=m.name, within=arm)[columns])
        lines += say.differences(of_arm, known, when, confidence, "run", arm)
    frames: dict[str, Any] = {name: _joined(parts) for name, parts in tables.items()}
    frames |= {name: pd.DataFrame() for name in ("years", "parting", "robust", "satisficing", "spread")}
    return _finished(measures, other, arms, frames, lines, common)


def _finished(
    measures: tuple[str, ...],
    against: str,
    arms: tuple[str, ...],
    frames: dict[str, Any],
    lines: list[str],
    common: dict[str, Any],
) -> Comparison:
    if wanted := common["wanted"]:
        measure = known_measure(wanted.measure, MEASURES)
        lines = [*lines, say.precision_sentence(wanted, common["precision"], measure)]
    notes = (*common["notes"], *_notes(frames["paired"], arms, common))
    texts = {"sentences": tuple(lines), "notes": notes}
    return Comparison(against=against, arms=arms, measures=measures, **frames, **(common | texts))


def _of_manifest(manifest: Mapping[str, Any]) -> list[str]:
    """That a result is a part only, and that its runs were not all made by the same code, where that is so."""
    notes = []
    if shard := manifest.get("shard"):
        part = f"holds {count(manifest['runs'])} of the {count(manifest['planned'])} runs of its sweep only"
        notes.append(f"This is shard {shard} and {part}; 'matsim merge' puts the shards together.")
    if mixed := mixture(manifest.get("made_by") or []):
        notes.append(f"{mixed}.")
    return notes


def _notes(pairs: pd.DataFrame, arms: tuple[str, ...], common: dict[str, Any]) -> list[str]:
    """What a reader has to bear in mind about these numbers."""
    notes = []
    failed = common["failed"]
    if len(failed):
        numbers = {arm: int((failed["arm"] == arm).sum()) for arm in arms}
        of = ", ".join(f"{named(arm)} {number}" for arm, number in numbers.items() if number)
        notes.append(f"{count(len(failed))} of {count(common['runs'])} runs failed ({of}); they are left out.")
    if common["by"]:
        notes.append(
            "Groups are compared inside the same run: they differ in which schools they have as well as in what "
            "they do, so a difference is not the effect of belonging to a group."
        )
    return notes if pairs.empty else notes + _about_intervals(pairs)


def _about_intervals(pairs: pd.DataFrame) -> list[str]:
    notes = []
    if left := int(pairs["left_out"].max()):
        pairs_left = many(left, "pair")
        notes.append(f"Left out of a measure, since one side failed or has no value: up to {pairs_left} of an arm.")
    lucks = int(pairs["replicates"].max())
    if int(pairs["points"].max()) > 1:
        notes.append(
            f"A future is a point of the design and one of {say.draws(lucks)}. Intervals of differences take both as "
            "samples; over points that were not drawn at random (a grid, one at a time) they say only what the design "
            "covers. Intervals of shares of futures are of luck, at the points that were run."
        )
    if lucks == 1:
        notes.append("There is one draw of luck: nothing can be told from luck, so no interval is given.")
    elif lucks < NINE_IN_TEN:
        notes.append(
            f"Nine in ten futures cannot be told from {say.draws(lucks)} (it takes {NINE_IN_TEN}); the least and the "
            "greatest of those run stand in their place."
        )
    key = [name for name in ("measure", "within") if name in pairs]
    if int(pairs.groupby(key)["arm"].nunique().max()) > 1:
        notes.append("Intervals of one measure are widened so that they hold for all arms together (Bonferroni).")
    if pairs["measure"].nunique() > 1:
        notes.append("Intervals hold for one measure at a time: the more measures one reads, the more chance finds.")
    return notes


def _stack(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Frames of several measures under each other, the measure first."""
    return _joined([frame.assign(measure=name)[["measure", *frame.columns]] for name, frame in frames.items()])


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()
