"""The review of a school or trust over fourteen areas in three groups.

The areas are For Schools' own. The article gives no scale: here 1 is strong and 4 is weak, as in the cluster
self-evaluation. It says where help is found (one's own practice, schools one already works with, partners
still to be sought); which score sends a reader to which is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from matsim.evidence.parameters import Params, param
from matsim.selfcheck.csvinput import Field, plain, read_form
from matsim.words.amounts import decimals

AREAS: dict[str, tuple[str, ...]] = {
    "Infrastructure": (
        "Buildings and premises",
        "Finance and funding",
        "Support activities (back office)",
        "Risk management",
    ),
    "Educational resources": (
        "People and development",
        "School improvement model and practices",
    ),
    "Organisation of learning": (
        "Culture and ethos",
        "Governance",
        "Leadership and management",
        "Teaching and learning",
        "Curriculum",
        "Practices and policies",
        "Assessment for learning",
        "Performance evaluation",
    ),
}
"""The fourteen areas by group."""

NAMES = tuple(area for areas in AREAS.values() for area in areas)

FORM: tuple[Field, ...] = (
    Field("area", choices=NAMES, filled=True),
    Field("score", low=1, high=4),
    Field("evidence", needed=False),
    Field("owner", needed=False),
)

LOOK = {
    "inward": "look inward: the other areas of its group are strong, so the know-how is likely to be at home",
    "friends": "ask schools you already work with: this is the kind of gap where they can help soon",
    "partners": "look for a partner: too weak to mend alone, and worth a place in the medium-term plan",
}
"""Where to look, in words."""


class ReviewParams(Params):
    """When an area is weak and where help is looked for."""

    weak: float = param(3.0, "score 1-4", "assumed: the weaker half of the scale", plausible=(2.5, 3.0))
    """Score from which an area is weak."""
    very_weak: float = param(3.5, "score 1-4", "assumed: nearer to 4 than to 3", plausible=(3.0, 4.0))
    """Score from which an area is too weak to mend without a partner."""
    strong: float = param(2.0, "score 1-4", "assumed: the stronger half of the scale", plausible=(1.5, 2.5))
    """Mean score of a group's other areas up to which the group can help itself."""


@dataclass(frozen=True)
class AreaResult:
    """One area: mean score (nan if none), how many scored it, evidence, owners, where to look if weak."""

    area: str
    group: str
    score: float
    answered: int
    evidence: tuple[str, ...]
    owners: tuple[str, ...]
    look: str


@dataclass(frozen=True)
class ReviewResult:
    """The review: areas in the order of AREAS, mean score by group (nan: none), weak areas worst first."""

    where: str
    areas: tuple[AreaResult, ...]
    groups: dict[str, float]
    weakest: tuple[str, ...]
    params: ReviewParams
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; nan becomes None."""
        result: dict[str, Any] = plain(self)
        return result | {"params": self.params.model_dump()}

    def sentences(self) -> list[str]:
        """What a trustee should read: groups, weak areas and where to look, what is missing, notes."""
        means = [f"{g} {decimals(m, 1)}" if np.isfinite(m) else f"{g} not scored" for g, m in self.groups.items()]
        lines = [f"Mean scores, 1 strong to 4 weak: {'; '.join(means)}."]
        by_name = {a.area: a for a in self.areas}
        for name in self.weakest:
            area = by_name[name]
            owner = f"owner: {', '.join(area.owners)}" if area.owners else "nobody named to own it"
            lines.append(f"{name} is weak ({decimals(area.score, 1)}; {owner}): {LOOK[area.look]}.")
        if not self.weakest:
            lines.append(f"No area scores {self.params.weak:g} or more: no weak area to report.")
        blank = [a.area for a in self.areas if not a.answered]
        if blank:
            lines.append(f"Not scored, so not judged: {', '.join(blank)}.")
        bare = [a.area for a in self.areas if a.answered and not a.evidence]
        if bare:
            lines.append(f"Scored without evidence, so worth a second look: {', '.join(bare)}.")
        lines.append("The scale and the advice on where to look are this project's; the areas are the source's.")
        return [*lines, *(f"Note on {self.where}: {note}." for note in self.notes)]


def review(path: str | PathLike[str], params: ReviewParams | None = None) -> ReviewResult:
    """Read a review file, one row per area (several for an area are averaged and noted) and judge it.

    Raises InputError listing every problem in the file.
    """
    params = params or ReviewParams()
    sheet = read_form(path, FORM)
    rows = {name: [i for i, a in enumerate(sheet.text["area"]) if a == name] for name in NAMES}
    scores = {name: sheet.numbers["score"][r] for name, r in rows.items()}
    known = {name: s[np.isfinite(s)] for name, s in scores.items()}
    means = {name: float(s.mean()) if len(s) else float("nan") for name, s in known.items()}
    areas = tuple(
        AreaResult(
            name,
            group,
            means[name],
            len(known[name]),
            _given(sheet.text["evidence"], rows[name]),
            _given(sheet.text["owner"], rows[name]),
            _look(name, means, names, params),
        )
        for group, names in AREAS.items()
        for name in names
    )
    weak = sorted((a for a in areas if a.score >= params.weak), key=lambda a: -a.score)
    repeated = [
        f"'{name}' has {len(s)} scores, from {s.min():g} to {s.max():g}; their mean was used"
        for name, s in known.items()
        if len(s) > 1
    ]
    groups = {group: _mean([means[n] for n in names]) for group, names in AREAS.items()}
    notes = (*sheet.notes, *repeated)
    return ReviewResult(sheet.where, areas, groups, tuple(a.area for a in weak), params, notes)


def _mean(values: list[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return sum(known) / len(known) if known else float("nan")


def _given(texts: tuple[str, ...], rows: list[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts[i] for i in rows if texts[i]))


def _look(name: str, means: dict[str, float], group: tuple[str, ...], params: ReviewParams) -> str:
    """Where to look for help with an area; nowhere ("") unless it is weak."""
    if not means[name] >= params.weak:
        return ""
    if means[name] >= params.very_weak:
        return "partners"
    return "inward" if _mean([means[n] for n in group if n != name]) <= params.strong else "friends"
