"""The strategy survey for real trusts: fit to the published groups, disagreement inside, and coherence.

One row per respondent (docs/selfcheck.md). The instrument is the report's; the profiles and the link from
strategy to responsibilities are this project's assumptions (`matsim.evidence.strategy`) and said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.evidence.strategy import (
    ENOUGH_RESPONDENTS,
    GROUP_STATEMENTS,
    GROUPS,
    PUBLISHED_SILHOUETTES,
    RESPONSIBILITIES,
    STATEMENTS,
    Item,
)
from matsim.selfcheck.csvinput import Field, Sheet, duplicates, plain, read_form, same_name, spellings
from matsim.selfcheck.grouping import Clustering, Gap, coherence_gaps, compare, fit
from matsim.words.amounts import decimals, percent

type Floats = NDArray[np.float64]

ROLES = ("central", "school")

FORM: tuple[Field, ...] = (
    Field("trust", filled=True),
    Field("role", choices=ROLES, needed=False),
    *(Field(i.key, i.wording, low=1, high=10) for i in STATEMENTS),
    *(Field(i.key, i.wording, low=0, high=10) for i in RESPONSIBILITIES),
)

NAMED = 3
"""How many of the largest differences are named in sentences."""

CAVEATS = (
    f"How far to trust the groups: they come from {sum(g.published for g in GROUPS)} trusts only, they "
    f"overlap (silhouette {PUBLISHED_SILHOUETTES[3]} on a scale from −1 to 1, which is modest), and their "
    "scores here, like the link from strategy to responsibilities, are assumed from the report's words.",
    "The strategy group does not predict how well a trust performs: the report found no clear link.",
)
"""Said wherever a fit is."""


class SurveyParams(Params):
    """When a difference is large enough to be named in words."""

    gap: float = param(2.0, "score 0-10", "assumed: two points of ten are more than rounding", plausible=(1.0, 4.0))
    """Points between the responsibility that a strategy implies and the one reported that make a gap."""
    wide: float = param(4.0, "score 0-10", "building-trusts", plausible=(3.0, 5.0))
    """Interquartile range that counts as disagreement: most trusts had about 3, several 4, one 5 (§3.1)."""
    roles: float = param(2.0, "score 0-10", "assumed: two points of ten are more than rounding", plausible=(1.0, 4.0))
    """Points between central and school respondents' means that count as a difference of view."""
    far: float = param(2.3, "score 0-10", "assumed: twice the spread of trusts about their group", plausible=(1.5, 4.0))
    """Root mean square distance from a group's profile beyond which a trust is not like it."""


@dataclass(frozen=True)
class ItemResult:
    """Answers to one item; nan where there are too few (spread and means by role need two)."""

    key: str
    wording: str
    answered: int
    mean: float
    sd: float
    iqr: float
    central: float
    school: float

    @property
    def roles_differ(self) -> float:
        """Central minus school mean; nan when either is missing."""
        return self.central - self.school


@dataclass(frozen=True)
class TrustResult:
    """One trust. `fit` (shares, sum 1) and `distance` (points from the profile) are in GROUPS' order."""

    trust: str
    respondents: int
    central: int
    school: int
    blanks: int
    statements: tuple[ItemResult, ...]
    responsibilities: tuple[ItemResult, ...]
    fit: tuple[float, ...]
    distance: tuple[float, ...]
    gaps: tuple[Gap, ...]
    params: SurveyParams

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; nan becomes None."""
        result: dict[str, Any] = plain(self)
        result["params"] = self.params.model_dump()
        return result | {"groups": [g.name for g in GROUPS], "caveats": list(CAVEATS)}

    def sentences(self) -> list[str]:
        """What a trustee should read, caveats last."""
        return [*self.findings(), *CAVEATS]

    def findings(self) -> list[str]:
        """The sentences without the caveats."""
        unknown = self.respondents - self.central - self.school
        cells = self.respondents * (len(STATEMENTS) + len(RESPONSIBILITIES))
        who = f"{self.central} central, {self.school} school, {unknown} with no role given"
        people = "1 respondent" if self.respondents == 1 else f"{self.respondents} respondents"
        lines = [f"{self.trust}: {people} ({who}); {self.blanks} of {cells} answers blank."]
        if self.respondents < ENOUGH_RESPONDENTS:
            lines.append(
                f"That is fewer than {ENOUGH_RESPONDENTS}: the report left such trusts out of its groups, "
                "and one more answer could change what follows."
            )
        return lines + self._fit_lines() + self._disagreement_lines() + self._gap_lines()

    def _fit_lines(self) -> list[str]:
        if all(i.answered == 0 for i in self.statements):
            return ["No strategy statement was answered, so no group can be named."]
        order = np.argsort(-np.array(self.fit), kind="stable")
        shares = ", ".join(f"'{GROUPS[i].name}' {percent(self.fit[i])}" for i in order)
        best = min(self.distance)
        text = f"Closeness to the published groups: {shares}."
        if best > self.params.far:
            text += f" It is not much like any of them: {decimals(best, 1)} points away from the nearest on average."
        return [text]

    def _disagreement_lines(self) -> list[str]:
        items = self.statements + self.responsibilities
        wide = _largest(items, [i.iqr for i in items], self.params.wide)
        lines = [
            f"Respondents disagree about '{i.wording}': the middle half of answers spans {decimals(i.iqr, 1)} points."
            for i in wide
        ]
        if not wide and self.respondents > 1:
            lines.append(f"No item has quartiles {self.params.wide:g} points apart or more: views are close.")
        elif self.respondents == 1:
            lines.append("With one respondent, agreement inside the trust cannot be seen; ask more people.")
        for i in _largest(items, [abs(i.roles_differ) for i in items], self.params.roles):
            lines.append(
                f"Central and school respondents see '{i.wording}' differently: {decimals(i.central, 1)} against "
                f"{decimals(i.school, 1)} on average."
            )
        return lines

    def _gap_lines(self) -> list[str]:
        if not self.gaps:
            return ["Coherence cannot be judged: it needs answers on both strategy and responsibilities."]
        lines = []
        for g in _largest(self.gaps, [abs(g.size) for g in self.gaps], self.params.gap):
            way = "more centralised" if g.size > 0 else "more devolved"
            lines.append(
                f"'{g.wording}' is {way} than the stated strategy implies: {decimals(g.reported, 1)} reported, about "
                f"{decimals(g.implied, 1)} implied (mostly by the score for '{g.driver}')."
            )
        close = "Responsibilities fit the stated strategy: no gap is as large as"
        return lines or [f"{close} {self.params.gap:g} points of ten."]


@dataclass(frozen=True)
class SurveyResult:
    """Every trust in a file; `clusters` (best silhouette first) of the trusts named in `clustered`; notes."""

    where: str
    trusts: tuple[TrustResult, ...]
    clustered: tuple[str, ...]
    clusters: tuple[Clustering, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; nan becomes None."""
        result: dict[str, Any] = plain(self)
        return result | {"trusts": [t.to_dict() for t in self.trusts], "caveats": list(CAVEATS)}

    def sentences(self) -> list[str]:
        """What a trustee should read: each trust, the trusts together, caveats, notes on the file."""
        lines = [line for trust in self.trusts for line in trust.findings()]
        for c in self.clusters:
            groups = [[t for t, label in zip(self.clustered, c.labels, strict=True) if label == k] for k in range(c.k)]
            lines.append(
                f"Sorted into {c.k} by likeness of strategy: {' | '.join(', '.join(g) for g in groups)} "
                f"(silhouette {decimals(c.silhouette, 2)}; the report's was {PUBLISHED_SILHOUETTES[c.k]})."
            )
        if len(self.trusts) > 1 and not self.clusters:
            need = f"four with {ENOUGH_RESPONDENTS} respondents each and every statement answered"
            lines.append(f"Too few trusts to sort into groups: it takes {need}.")
        return [*lines, *CAVEATS, *(f"Note on {self.where}: {note}." for note in self.notes)]


def survey(path: str | PathLike[str], params: SurveyParams | None = None) -> SurveyResult:
    """Read a survey file and judge every trust in it. Raises InputError listing every problem in the file."""
    params = params or SurveyParams()
    sheet = read_form(path, FORM)
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(sheet.text["trust"]):
        rows.setdefault(same_name(name), []).append(i)
    trusts = tuple(_judge(sheet, np.array(r), params) for r in rows.values())
    means = np.array([[i.mean for i in t.statements] for t in trusts])
    usable = np.isfinite(means).all(axis=1) & np.array([t.respondents >= ENOUGH_RESPONDENTS for t in trusts])
    enough = np.count_nonzero(usable) > max(PUBLISHED_SILHOUETTES)
    clusters = tuple(compare(means[usable], tuple(PUBLISHED_SILHOUETTES))) if enough else ()
    named = tuple(t.trust for t, use in zip(trusts, usable, strict=True) if use)
    notes = [*sheet.notes, *duplicates(sheet), *spellings(sheet.text["trust"]), *_silent(sheet)]
    return SurveyResult(sheet.where, trusts, named, clusters, tuple(notes))


def _largest[T](items: tuple[T, ...], sizes: list[float], least: float) -> list[T]:
    """The NAMED largest items of at least a size, largest first; nan sizes are left out."""
    kept = [i for i, size in enumerate(sizes) if size >= least]
    return [items[i] for i in sorted(kept, key=lambda i: -sizes[i])[:NAMED]]


def _answers(sheet: Sheet) -> Floats:
    return sheet.matrix(i.key for i in (*STATEMENTS, *RESPONSIBILITIES))


def _silent(sheet: Sheet) -> list[str]:
    silent = ~np.isfinite(_answers(sheet)).any(axis=1)
    lines = [str(line) for line, s in zip(sheet.lines, silent, strict=True) if s]
    return [f"nobody answers anything on line {line}; it is not counted as a respondent" for line in lines]


def _judge(sheet: Sheet, rows: NDArray[np.int64], params: SurveyParams) -> TrustResult:
    """One trust from its rows of the sheet."""
    name = sheet.text["trust"][rows[0]]
    answers = _answers(sheet)[rows]
    spoke = np.isfinite(answers).any(axis=1)
    answers, roles = answers[spoke], np.array([sheet.text["role"][i] for i in rows])[spoke]
    items = (*STATEMENTS, *RESPONSIBILITIES)
    results = [_item(item, answers[:, i], roles) for i, item in enumerate(items)]
    statements, responsibilities = tuple(results[: len(STATEMENTS)]), tuple(results[len(STATEMENTS) :])
    means = np.array([i.mean for i in statements])
    shares = fit(means[None], np.array([float(len(answers))]))[0]
    squared = (means - GROUP_STATEMENTS) ** 2
    known = np.isfinite(squared)
    distance = np.sqrt(np.where(known, squared, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    central, school = (int(np.count_nonzero(roles == role)) for role in ROLES)
    blanks = int(np.count_nonzero(~np.isfinite(answers)))
    reported = np.array([i.mean for i in responsibilities])
    gaps = coherence_gaps(means, reported) if np.isfinite(means).any() else ()
    return TrustResult(
        name, len(answers), central, school, blanks, statements, responsibilities,
        tuple(shares.tolist()), tuple(distance.tolist()), gaps, params,
    )  # fmt: skip


def _item(item: Item, scores: Floats, roles: NDArray[np.str_]) -> ItemResult:
    known = np.isfinite(scores)
    given = scores[known]
    nan = float("nan")
    mean = float(given.mean()) if len(given) else nan
    sd = float(given.std(ddof=1)) if len(given) > 1 else nan
    iqr = float(np.subtract(*np.percentile(given, [75, 25]))) if len(given) > 1 else nan
    by_role = [given[roles[known] == role] for role in ROLES]
    central, school = (float(r.mean()) if len(r) > 1 else nan for r in by_role)
    return ItemResult(item.key, item.wording, len(given), mean, sd, iqr, central, school)
