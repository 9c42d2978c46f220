"""Forecasts of who is in which trust, scored against what was. The scores are proper: belief told as it is does best.

Log scores are sums of logarithms of probabilities, so nearer 0 is better; they are given per case, negated, in nats
(lower is better), as is the energy score. A probability is that of the samples, smoothed by as much as one more
sample would say that is spread over the outcomes by `prior`: (count + prior) / (samples + 1). The prior is the same
for every forecaster. The log score falls with more samples for every forecaster that is drawn; a jackknife was tried
against that and left out, as it took off more than the bias. The energy score compares pairs of different samples
only (Ferro 2014), so its expectation does not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.movement import BANDS, EDGES
from matsim.validation.outcome import GONE, Outcome, begin
from matsim.validation.population import first_year
from matsim.world.base import World
from matsim.world.codes import TrustKind

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

CHANGES = ("ended", "shrank", "same", "+1", "+2", "+3 or 4", "+5 or more")
"""What became of a trust's size."""
CHANGE_PRIOR = np.array([0.04, 0.03, 0.70, 0.12, 0.05, 0.03, 0.03])
"""The prior of `surprise` for those: round numbers, assumed, the same for every forecaster."""
STAYS, ENTERS, NEW, ENDS = 0.93, 0.05, 0.01, 0.01
"""The same for a school: it stays as it is, enters another trust that was there (shared among all
of them), a new trust, or ends as an academy."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Scored:
    """Scores by forecaster and part; cases of trusts and of schools; what was observed beside what was forecast."""

    scores: pd.DataFrame
    trusts: pd.DataFrame
    schools: pd.DataFrame
    summary: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """As stored."""
        return {
            "scores": self.scores,
            "trust_forecasts": self.trusts,
            "school_forecasts": self.schools,
            "summary": self.summary,
        }


class _Case:
    """A world, and what outcomes say of it."""

    def __init__(self, world: World) -> None:
        self.world, self.start = world, begin(world)
        self.count = len(self.start.kind)
        self.before = np.bincount(self.start.of[self.start.of >= 0], minlength=self.count)
        grid = np.column_stack([world.schools["easting"], world.schools["northing"]])
        self.at = grid[first_year(world)] / 1000.0
        # each trust's schools lie together: `members` from `first` of its row to `first` of the next
        order = np.argsort(self.start.of, kind="stable")
        order = order[self.start.of[order] >= 0]
        self.members, self.first = order, np.searchsorted(self.start.of[order], np.arange(self.count + 1))

    def changes(self, outcome: Outcome) -> Ints:
        """Index into CHANGES for each trust of the world."""
        of = outcome.of[outcome.of >= 0]
        after = np.bincount(of[of < self.count], minlength=self.count)
        net = after - self.before
        band = np.searchsorted([0, 1, 2, 3, 5], net, side="right") + 1
        return np.where(after == 0, 0, band)

    def places(self, outcome: Outcome) -> Ints:
        """Each school's destination: its trust's row, one number for all new trusts, −1 maintained, −2 gone."""
        return np.minimum(outcome.of, self.count)

    def prior(self, places: Ints) -> Floats:
        """Prior probability of each school's observed destination."""
        stays = places == self.start.of
        other = np.where(places == self.count, NEW, np.where(places == GONE, ENDS, ENTERS / self.count))
        return np.where(stays, STAYS, other)

    def bands(self, outcome: Outcome) -> Floats:
        """Multi-academy trusts in each size band."""
        size = np.bincount(outcome.of[outcome.of >= 0], minlength=len(outcome.kind))
        size = size[(size > 0) & (outcome.kind == TrustKind.MULTI)]
        return np.bincount(np.searchsorted(EDGES, size, side="right"), minlength=len(BANDS)).astype(float)

    def joined_km(self, outcome: Outcome) -> Floats:
        """Km from each school that entered a trust which was there to the nearest of the trust's schools."""
        there = np.append(self.before > 0, False)[self.places(outcome)]  # the last answers for new trusts
        entered = np.flatnonzero((self.start.of < 0) & (outcome.of >= 0) & there)
        distances = []
        for school in entered.tolist():
            trust = outcome.of[school]
            schools = self.members[self.first[trust] : self.first[trust + 1]]
            distances.append(float(np.hypot(*(self.at[schools] - self.at[school]).T).min()))
        return np.array(distances)


def score_all(
    world: World, forecasts: Mapping[str, Sequence[Outcome]], truth: Outcome, left_out: NDArray[np.bool_]
) -> Scored:
    """Every forecaster's scores. All are given as samples and scored by the same code.

    Schools that are `left_out` count as staying where they were, in what was observed and in every forecast.
    """
    case = _Case(world)
    truth = _stay_put(case, truth, left_out)
    forecasts = {name: [_stay_put(case, o, left_out) for o in outcomes] for name, outcomes in forecasts.items()}
    change, place, bands = case.changes(truth), case.places(truth), case.bands(truth)
    km = case.joined_km(truth)
    scores: list[tuple[str, str, float, str]] = []
    summary = _summary("observed", case, [truth])
    # a trust that has none of the schools that are counted is no trust here
    there = np.flatnonzero(case.before)
    multi, change = (world.trusts["kind"] == TrustKind.MULTI)[there], change[there]
    trusts = {"trust": world.trusts["uid"][there], "size": case.before[there], "observed": np.array(CHANGES)[change]}
    schools = {"school": world.schools["urn"][first_year(world)], "observed": place}
    for name, outcomes in forecasts.items():
        changes = np.array([case.changes(o)[there] for o in outcomes])
        places = np.array([case.places(o) for o in outcomes])
        of_trusts = surprise(changes, change, CHANGE_PRIOR[change])
        of_schools = surprise(places, place, case.prior(place))
        grew, moved = change >= 3, place != case.start.of
        chance = (changes >= 3).mean(axis=0)
        distances = [case.joined_km(o) for o in outcomes]
        parts = (
            ("what becomes of a trust's size", float(of_trusts.mean()), "nats a trust"),
            ("of a multi-academy trust's size", float(of_trusts[multi].mean()), "nats a trust"),
            ("where a school goes", float(of_schools.mean()), "nats a school"),
            ("of schools that went anywhere", float(of_schools[moved].mean()), "nats a school"),
            ("trusts by size band", energy(np.array([case.bands(o) for o in outcomes]), bands), "trusts"),
            ("how far new schools are", _distance_score(distances, km), "ln km"),
        )
        scores += [(name, part, value, unit) for part, value, unit in parts]
        ranking = discrimination(chance[multi], grew[multi])
        scores.append((name, "which trusts grew (1 is perfect, 0.5 a guess)", ranking, "share"))
        summary += _summary(name, case, outcomes)
        trusts[f"grew: {name}"], trusts[f"surprise: {name}"] = chance, of_trusts
        schools[f"moved: {name}"] = (places != case.start.of).mean(axis=0)
        schools[f"surprise: {name}"] = of_schools
    return Scored(
        pd.DataFrame(scores, columns=["forecaster", "part", "score", "unit"]),
        _long(trusts, ["trust", "size", "observed"], "grew"),
        _long(schools, ["school", "observed"], "moved"),
        pd.DataFrame(summary, columns=["forecaster", "quantity", "value", "low", "high"]),
    )


def _stay_put(case: _Case, outcome: Outcome, left_out: NDArray[np.bool_]) -> Outcome:
    return Outcome(np.where(left_out, case.start.of, outcome.of), outcome.kind)


def _distance_score(samples: Sequence[Floats], observed: Floats) -> float:
    """Energy score of the quantiles of the logarithm of distance; nan for a forecast in which nobody joins."""
    if not len(observed) or any(not len(km) for km in samples):
        return float("nan")
    shapes = np.array([_quantiles(km) for km in samples])
    return energy(shapes, _quantiles(observed))


def _quantiles(km: Floats) -> Floats:
    return np.asarray(np.quantile(np.log(np.maximum(km, 0.05)), QUANTILES))


def _summary(name: str, case: _Case, outcomes: Sequence[Outcome]) -> list[tuple[str, str, float, float, float]]:
    """Plain figures of a forecaster: median and 90% band over its samples."""
    rows = []
    for outcome in outcomes:
        entered = (case.start.of < 0) & (outcome.of >= 0)
        km, bands = case.joined_km(outcome), case.bands(outcome)
        row = {
            "new academies": float(entered.sum()),
            "of them in trusts that were there": float((entered & (outcome.of < case.count)).sum()),
            "academies that changed trusts": float(
                ((case.start.of >= 0) & (outcome.of >= 0) & (outcome.of != case.start.of)).sum()
            ),
            "multi-academy trusts": float(bands.sum()),
            "median km to the trust joined": float(np.median(km)) if len(km) else float("nan"),
            "ninth decile of that": float(np.quantile(km, 0.9)) if len(km) else float("nan"),
        }
        rows.append(row | {f"trusts of {band}": float(n) for band, n in zip(BANDS, bands, strict=True)})
    frame = pd.DataFrame(rows)
    low, middle, high = (frame.quantile(q) for q in (0.05, 0.5, 0.95))
    return [(name, q, float(middle[q]), float(low[q]), float(high[q])) for q in frame.columns]


def _long(columns: Mapping[str, NDArray[np.generic]], key: list[str], chance: str) -> pd.DataFrame:
    """One row per case and forecaster: the key, forecaster, chance and surprise."""
    frame = pd.DataFrame(columns)
    names = [c.removeprefix("surprise: ") for c in frame.columns if c.startswith("surprise: ")]
    parts = [
        frame[key].assign(forecaster=name, chance=frame[f"{chance}: {name}"], surprise=frame[f"surprise: {name}"])
        for name in names
    ]
    return pd.concat(parts, ignore_index=True)


def surprise(samples: Ints, observed: Ints, prior: Floats) -> Floats:
    """−log of the smoothed probability of what was observed, for each case: (count + prior) / (samples + 1).

    samples (r, n): outcome codes by sample and case; observed (n,); prior (n,): the prior probability of each case's
    observed outcome. Returns (n,) in nats. The prior weighs as much as one more sample.
    """
    count = (samples == observed).sum(axis=0)
    return np.asarray(-np.log((count + prior) / (len(samples) + 1.0)))


def energy(samples: Floats, observed: Floats) -> float:
    """Energy score of samples (r, d) for an observed vector (d,): mean distance to it less half that between pairs.

    Pairs are of different samples. In one dimension this is the fair continuous ranked probability score (Gneiting
    and Raftery 2007; Ferro 2014). It may come out a little below 0 by luck.
    """
    r = len(samples)
    away = np.linalg.norm(samples - observed, axis=1).mean()
    apart = np.linalg.norm(samples[:, None, :] - samples[None, :, :], axis=2).sum() / max(r * (r - 1), 1)
    return float(away - 0.5 * apart)


def discrimination(belief: Floats, happened: NDArray[np.bool_]) -> float:
    """Chance that a case in which it happened had the higher belief (area under ROC): 0.5 is no better than a guess."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return float("nan")
    order = np.argsort(belief, kind="stable")
    _, first, inverse, counts = np.unique(belief[order], return_index=True, return_inverse=True, return_counts=True)
    ranks = np.empty(len(belief))
    # cases with equal belief share their mean rank: a forecaster that says the same of all scores 0.5
    ranks[order] = (first + (counts - 1) / 2.0 + 1.0)[inverse]
    return float((ranks[happened].sum() - yes * (yes + 1) / 2.0) / (yes * no))
