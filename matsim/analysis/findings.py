"""What the analyses of a design find, each as a frame, a small table of text, and sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from matsim.analysis.discovery import Discovery, Restriction
from matsim.analysis.problem import Crossed, Input, Problem, as_typed
from matsim.analysis.scores import correlations, feature_scores
from matsim.analysis.sensitivity import (
    clear_changes,
    clear_effects,
    clear_shares,
    morris,
    one_at_a_time,
    pairs,
    sobol,
)
from matsim.analysis.variance import Variance, variance
from matsim.words.amounts import (
    NONE,
    bare,
    change,
    correlation,
    count,
    decimals,
    ends,
    exact_percent,
    percent,
    significant,
    size,
)
from matsim.words.phrases import capital, inner, listed

DROWNED = 0.5
"""Share of the variance between points that is luck from which nothing is said of where the rest comes from."""
UNKNOWN = "One replicate: how much of this is luck is not known, so no parameter is named."
SHOWN = 3
"""Parameters that a sentence names."""
LITTLE = 0.1
"""Share of the variance explained below which feature scores say little."""

KEYS = ("luck", "morris", "sobol", "pairs", "one-at-a-time", "scores", "correlations", "box")
"""Keys that a finding may have."""


@dataclass(frozen=True)
class Finding:
    """One analysis: `key` names its file, `header` and `rows` are its table as text, `frame` the numbers."""

    key: str
    title: str
    frame: pd.DataFrame
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    sentences: Sequence[str]


def luck(runs: Crossed, unit: str, *, confidence: float = 0.9, seed: int = 1) -> Finding:
    """How much of the variance of one run is luck; says so when that cannot be told."""
    title = "What the variance of a single run is due to"
    if len(set(runs.blocks)) < 2:
        return _untold("luck", title, "Nothing varies between points, so there is no variance to share out.")
    shares = variance(runs, confidence=confidence, seed=seed)
    if shares is None:
        sentence = "There is one replicate: luck cannot be told apart from the parameters. Two or more would show it."
        return _untold("luck", title, sentence)
    if shares.total == 0:
        return _untold("luck", title, "The measure is the same in every run.")
    rows = [
        (
            str(r["source"]),
            percent(r["share"]),
            f"{percent(r['low'])} to {percent(r['high'])}",
            "yes" if r["clipped"] else "",
        )
        for _, r in shares.frame.iterrows()
    ]
    header = ("due to", "share", f"{exact_percent(confidence)} interval", "set to 0")
    return Finding("luck", title, shares.frame, header, rows, _luck_sentences(shares, unit))


def _untold(key: str, title: str, sentence: str) -> Finding:
    return Finding(key, title, pd.DataFrame(), (), (), [sentence])


def _luck_sentences(shares: Variance, unit: str) -> list[str]:
    lines = [
        f"A single run has a standard deviation of {size(math.sqrt(shares.total), unit)}. Of its variance the "
        f"parameters make {percent(shares.share('parameters'))}, luck by itself {percent(shares.share('luck'))}, and "
        f"luck that acts differently from point to point {percent(shares.share('parameters and luck together'))}."
    ]
    if shares.replicates < 10:
        lines.append(f"Luck's own share rests on {shares.replicates} replicates only, hence its wide interval.")
    if clipped := list(shares.frame.loc[shares.frame["clipped"], "source"]):
        lines.append(f"The estimate was below zero and is shown as 0 for: {', '.join(clipped)}.")
    lines.append(
        f"Between points, means of {shares.replicates} replicates, {percent(shares.error)} of the variance is still "
        "luck."
    )
    return lines


def drowned(runs: Crossed) -> str:
    """Why it cannot be told what the variance between points comes from, as a sentence; empty where it can.

    With one replicate luck is unknown; with more it may be most of what is left between points.
    """
    if runs.replicates == 1:
        return UNKNOWN
    if len(set(runs.blocks)) < 2 or (shares := variance(runs)) is None or shares.total == 0:
        return ""
    if shares.error >= DROWNED:
        return (
            f"{percent(shares.error)} of the variance between points is still luck, so which parameter the rest comes "
            "from is not said: it takes more replicates."
        )
    if shares.frame.set_index("source")["low"]["parameters"] <= 0:
        return "Whether the parameters change the measure at all cannot be told from luck, so none is named."
    return ""


def sensitivity(runs: Crossed, problem: Problem, unit: str, *, seed: int = 1) -> list[Finding]:
    """What the design was made for: effects of Morris, indices of Sobol, or one parameter at a time; else nothing."""
    if problem.kind == "morris":
        return [_morris(morris(runs, problem, seed=seed), unit, drowned(runs))]
    if problem.kind == "sobol":
        why = drowned(runs)
        findings = [_sobol(sobol(runs, problem, seed=seed), why)]
        return [*findings, _pairs(pairs(runs, problem, seed=seed), why)] if problem.second_order else findings
    if problem.kind == "one at a time":
        return [_one_at_a_time(one_at_a_time(runs, problem), unit, runs.replicates)]
    return []


def _morris(frame: pd.DataFrame, unit: str, why: str) -> Finding:
    near = float(frame["mu_star"].max())
    header = ("parameter", "mu*", "95% interval", "mu", "sigma", "luck alone")
    rows = [
        (
            str(r["parameter"]),
            _points(r["mu_star"], unit, near),
            f"{_points(r['mu_star_low'], unit, near)} to {_points(r['mu_star_high'], unit, near)}",
            *(_points(r[c], unit, near) for c in ("mu", "sigma", "luck")),
        )
        for _, r in frame.iterrows()
    ]
    clear = frame[clear_effects(frame)] if not why else frame[:0]
    lines = [why] if why else []
    if len(clear):
        named = [f"{r['parameter']} ({size(r['mu_star'], unit)}, {_way(r)})" for _, r in clear[:SHOWN].iterrows()]
        lines.append(f"Moved across its range, what changes the measure most is {listed(named)}.")
    unclear = frame.loc[~clear_effects(frame) & frame["luck"].notna(), "parameter"]
    if len(unclear):
        lines.append(f"Not told from what luck alone could make: {listed(unclear)}.")
    bent = clear.loc[clear["sigma"] > clear["mu_star"] / 2, "parameter"]
    if len(bent):
        lines.append(
            f"How much these do depends on where they and the others stand (sigma over half of mu*): {listed(bent)}."
        )
    title = "Elementary effects (Morris): change of the measure when a parameter moves across its range"
    return Finding("morris", title, frame, header, rows, lines)


def _way(row: pd.Series) -> str:
    if abs(row["mu"]) < row["mu_star"] / 2:
        return "up or down"
    return "up" if row["mu"] > 0 else "down"


def _sobol(frame: pd.DataFrame, why: str) -> Finding:
    header = ("parameter", "alone", "95% interval", "with others", "95% interval", "of which luck")
    rows = [
        (
            str(r["parameter"]),
            *(
                t
                for c in ("first", "total")
                for t in (decimals(r[c], 2), f"{decimals(r[c + '_low'], 2)} to {decimals(r[c + '_high'], 2)}")
            ),
            NONE if math.isnan(r["luck"]) else decimals(r["luck"], 2),
        )
        for _, r in frame.iterrows()
    ]
    top = frame[clear_shares(frame)][:SHOWN]
    named = [
        f"{r['parameter']} ({percent(r['first'])} alone, {percent(r['total'])} with others)" for _, r in top.iterrows()
    ]
    lines = [why] if why else []
    if named and not why:
        part = "Most" if top["first"].sum() > 1 / 2 else "The largest part that can be told from luck"
        lines.append(f"{part} of the variance between points comes from {listed(named)}.")
        lines.append(
            f"Alone, the parameters make {percent(frame['first'].sum())} of it; the rest is what they do together."
        )
    elif not why:
        lines.append("No parameter's part in the variance between points can be told from luck.")
    below = sorted(set(frame.loc[(frame["first"] < 0) | (frame["total"] < 0), "parameter"]))
    if below:
        lines.append(f"Below 0 by error of estimation, and shown as estimated: {listed(below)}.")
    if (frame["total_high"] - frame["total_low"]).max() > 0.4:
        lines.append("The intervals are wide: more points are needed before this can be quoted.")
    title = "Variance shares (Sobol): each parameter's part in the variance between points"
    return Finding("sobol", title, frame, header, rows, lines)


def _pairs(frame: pd.DataFrame, why: str) -> Finding:
    rows = [
        (
            r["parameter"],
            r["other"],
            decimals(r["share"], 2),
            f"{decimals(r['low'], 2)} to {decimals(r['high'], 2)}",
        )
        for _, r in frame.iterrows()
    ]
    clear = frame[frame["low"] > 0]
    named = [f"{r['parameter']} and {r['other']} ({percent(r['share'])})" for _, r in clear[:SHOWN].iterrows()]
    line = why or (f"Pairs that act together: {listed(named)}." if named else "No pair clearly acts together.")
    title = "Variance shares of pairs (Sobol, second order)"
    return Finding("pairs", title, frame, ("parameter", "other", "share", "95% interval"), rows, [line])


def _one_at_a_time(frame: pd.DataFrame, unit: str, replicates: int) -> Finding:
    rows = [
        (
            str(r["parameter"]),
            significant(r["value"], 6) if isinstance(r["value"], float) else str(r["value"]),
            change(r["effect"], unit),
            ends(r["low"], r["high"], unit),
        )
        for _, r in frame.iterrows()
    ]
    swings = frame.drop_duplicates("parameter")
    sure = set(frame.loc[clear_changes(frame), "parameter"])
    top = swings[swings["parameter"].isin(sure)][:SHOWN]
    named = [f"{r['parameter']} ({size(r['swing'], unit)})" for _, r in top.iterrows()]
    lines = [UNKNOWN] if replicates == 1 else []
    if named:
        lines.append(f"Moved alone, the widest swings that can be told from luck come from {listed(named)}.")
    if replicates > 1 and (unsure := [name for name in swings["parameter"] if name not in sure]):
        lines.append(f"Cannot be told from no change: {listed(unsure)}.")
    lines.append("Others stay as in the scenario: what parameters do together is not seen this way.")
    title = "One at a time: change of the measure from the scenario as it is, on the same luck"
    header = ("parameter", "value", "change", "95% interval")
    return Finding("one-at-a-time", title, frame, header, rows, lines)


def scores(runs: Crossed, problem: Problem, *, seed: int = 1) -> list[Finding]:
    """Feature scores and rank correlations."""
    why = drowned(runs)
    return [_features(feature_scores(runs, problem, seed=seed), why), _correlations(correlations(runs, problem), why)]


def _features(frame: pd.DataFrame, why: str) -> Finding:
    header = ("parameter", "score", "over forests", "best of noise", "above noise")
    rows = [
        (
            str(r["parameter"]),
            decimals(r["score"], 2),
            f"{decimals(r['low'], 2)} to {decimals(r['high'], 2)}",
            decimals(r["noise"], 2),
            percent(r["above_noise"]),
        )
        for _, r in frame.iterrows()
    ]
    explained = frame.attrs["explained"]
    lines = [f"The trees foresee {percent(explained)} of the variance between points that they have not seen."]
    clear = frame.loc[frame["above_noise"] == 1, "parameter"]
    if why:
        lines.append(why)
    elif explained < LITTLE:
        lines.append("That is too little for the order of the parameters to mean anything.")
    elif len(clear):
        lines.append(f"Ahead of every shuffled copy in all forests: {listed(clear)}.")
    return Finding("scores", "Feature scores: what trees use to foresee the measure", frame, header, rows, lines)


def _correlations(frame: pd.DataFrame, why: str) -> Finding:
    def cells(row: pd.Series, kind: str) -> tuple[str, str]:
        if math.isnan(row[kind]):
            return NONE, NONE
        value, low, high = (correlation(row[name]) for name in (kind, f"{kind}_low", f"{kind}_high"))
        return value, f"{low} to {high}"

    rows = [(str(r["parameter"]), *cells(r, "prcc"), *cells(r, "spearman")) for _, r in frame.iterrows()]
    clear = frame[(frame["prcc_low"] > 0) | (frame["prcc_high"] < 0)]
    named = [f"{r['parameter']} ({'up' if r['prcc'] > 0 else 'down'})" for _, r in clear.iterrows()]
    line = (
        f"The measure goes with {listed(named)}." if named else "The measure clearly goes with none of the parameters."
    )
    title = "Rank correlations: partial (the other parameters taken out) and plain"
    header = ("parameter", "partial", "95% interval", "plain", "95% interval")
    note = "Intervals hold for all parameters together (Bonferroni)."
    return Finding("correlations", title, frame, header, rows, [why or line, note])


def _points(value: float, unit: str, near: float) -> str:
    """An effect without its unit, in points where it is of a share, to three figures of the largest."""
    return bare(100 * value if unit == "share" else value, "" if unit == "share" else unit, near / 10)


UNSAID = ("ratio", "share", "switch", "choice")
"""Units that a number does without."""
OFTEN = 0.5
"""Share of the half-samples in which a restriction should come back."""


def box_finding(discovery: Discovery, problem: Problem, claim: str, failure: str, futures: str = "points") -> Finding:
    """The box as a finding. `claim` is what is said of the arm ("growth first fails"), `failure` what that means."""
    title = f"Where {claim} ({failure})"
    number = f"{count(discovery.failures)} of {count(discovery.futures)} {futures}"
    how_many = f"That is so in {number} ({percent(discovery.base)})."
    if not discovery.restrictions:
        return Finding("box", title, pd.DataFrame(), (), (), [how_many, f"No box: {discovery.why}."])
    inputs = {each.name: each for each in problem.inputs}
    firm = [each for each in discovery.restrictions if each.again >= OFTEN]
    where = " and ".join(_where(each, inputs[each.name]) for each in firm)
    lines = [
        how_many,
        f"{capital(claim)} where {where}." if firm else "A box was found, of limits that may be spurious.",
        f"The box holds {percent(discovery.coverage)} of the failures in {percent(discovery.mass)} of the {futures}; "
        f"{percent(discovery.density)} of the {futures} there fail ({percent(discovery.base)} overall).",
        f"Sought on half of the points, such boxes had {percent(discovery.unseen)} failures on the other half "
        f"(median; p {_p(discovery.p_value)} that there is no such box).",
    ]
    loose = [each.name for each in discovery.restrictions if each.again < OFTEN]
    if loose:
        lines.append(
            "Also in the box, and perhaps spurious (found again in fewer than half of the half-samples): "
            f"{', '.join(loose)}."
        )
    frame = pd.DataFrame([vars(each) for each in discovery.restrictions]).astype({"values": str})
    rows = [
        (
            each.name,
            _limits(each),
            inputs[each.name].across,
            _p(each.quasi_p).removeprefix("= "),
            percent(each.again),
        )
        for each in discovery.restrictions
    ]
    return Finding("box", title, frame, ("parameter", "fails", "range", "quasi-p", "found again"), rows, lines)


def _where(each: Restriction, known: Input) -> str:
    meaning = known.meaning.rstrip(".")
    means = f" ({inner(meaning)})" if meaning else ""
    unit = f" {known.unit}" if known.unit and known.unit not in UNSAID and not each.values else ""
    return f"{each.name}{means} is {_limits(each)}{unit} (its range is {known.across})"


def _limits(each: Restriction) -> str:
    if each.values:
        return " or ".join(map(as_typed, each.values))
    sides = []
    if not math.isnan(each.low):
        sides.append(f"above {significant(each.low)}")
    if not math.isnan(each.high):
        sides.append(f"below {significant(each.high)}")
    return " and ".join(sides)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {significant(value, 2)}"
