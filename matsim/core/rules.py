"""Decisions that can explain themselves: a weighted sum against a threshold, behind gates.

Every decision in the model (a school seeks a trust, a trust takes a school on, a commissioner approves) is a
`Rule`. It is judged in bulk over arrays of inputs; each verdict keeps what decided it; and for any single
"no" the rule can say which smallest change of what can be changed would have made it a "yes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.words.reasons import SILENT, Says

type Inputs = Mapping[str, NDArray[np.floating]]

SPEAKS = 0.005
"""What an input must do to the sum to be a reason: less rounds to nothing."""

_NUDGE = 1e-9
"""A flip is stated a hair beyond the limit, so that rounding cannot undo it."""


@dataclass(frozen=True)
class Term:
    """One input of the weighted sum. `low` and `high` are what the input can be; some cannot be changed.

    `says` is what people say of it, and where it says nothing, for or against; `luck` marks a random draw, which is
    nobody's reason.
    """

    name: str
    weight: float
    words: str
    low: float = 0.0
    high: float = 1.0
    changeable: bool = True
    luck: bool = False
    says: Says = SILENT
    unit: str = ""

    @property
    def usual(self) -> float:
        """The value at which it says nothing."""
        return (self.low + self.high) / 2 if self.says.usual is None else self.says.usual

    def pull(self, value: float) -> float:
        """What the input does to the sum, against what it usually would: above 0 for a yes, below 0 for a no."""
        return self.weight * (value - self.usual)

    def said(self, value: float) -> str:
        """What people say of it, as a clause."""
        return (self.says.more if value > self.usual else self.says.less) or self.words


@dataclass(frozen=True)
class Gate:
    """A condition that no score can buy off: the input must be at least (or at most) the limit.

    `shut` is what people say of one that is shut, where a number would say nothing; `unit` is that of its values.
    """

    name: str
    limit: float
    words: str
    at_least: bool = True
    changeable: bool = True
    shut: str = ""
    unit: str = ""

    def slack(self, value: NDArray[np.floating]) -> NDArray[np.floating]:
        """How far inside the limit each value is; negative when the gate is shut."""
        return value - self.limit if self.at_least else self.limit - value


@dataclass(frozen=True)
class Verdict:
    """Outcome over n cases: yes (n,) bool; score (n,); binding (n,) index: −1 the score, else the gate's."""

    yes: NDArray[np.bool_]
    score: NDArray[np.floating]
    binding: NDArray[np.intp]
    value: NDArray[np.floating]
    limit: NDArray[np.floating]
    margin: NDArray[np.floating]

    def grounds(self, pick: Any, inputs: Inputs) -> dict[str, Any]:
        """What decided one case, or each of several, as an event has it: value, threshold, margin and inputs."""
        weighed = {name: values[pick] for name, values in inputs.items()}
        return {
            "value": self.value[pick],
            "threshold": self.limit[pick],
            "margin": self.margin[pick],
            "inputs": weighed,
        }


@dataclass(frozen=True)
class Change:
    """One input that would have to be different: from what, to what, in the rule's words."""

    name: str
    words: str
    before: float
    after: float


@dataclass(frozen=True)
class Rule:
    """A named decision: terms summed by weight against a threshold, behind gates."""

    key: str
    terms: tuple[Term, ...]
    threshold: float
    gates: tuple[Gate, ...] = ()

    def judge(self, inputs: Inputs) -> Verdict:
        """Judge n cases. `inputs` holds an (n,) array for every term and gate; KeyError if one is missing."""
        arrays = [np.asarray(inputs[t.name], dtype=float) for t in self.terms]
        shapes = {a.shape for a in arrays}
        score = np.zeros(shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes))
        for term, values in zip(self.terms, arrays, strict=True):
            score += term.weight * values
        value, limit = score.copy(), np.full(score.shape, self.threshold)
        margin, binding = score - self.threshold, np.full(score.shape, -1)
        # backwards, so that of several shut gates the first declared has the last word and is the one that is named
        for i, gate in reversed(list(enumerate(self.gates))):
            values = np.asarray(inputs[gate.name], dtype=float)
            slack = gate.slack(values)
            shut = slack < 0
            if not shut.any():
                continue
            value, limit = np.where(shut, values, value), np.where(shut, gate.limit, limit)
            margin, binding = np.where(shut, slack, margin), np.where(shut, i, binding)
        return Verdict(margin >= 0, score, binding, value, limit, margin)

    def names(self) -> tuple[str, ...]:
        """Every input the rule reads, once."""
        return tuple(dict.fromkeys([t.name for t in self.terms] + [g.name for g in self.gates]))

    def yes(self, inputs: Mapping[str, float]) -> bool:
        """Judge one case."""
        return bool(self.judge({k: np.array([v]) for k, v in inputs.items()}).yes[0])

    def flip(self, inputs: Mapping[str, float]) -> list[Change] | None:
        """The smallest change that turns one "no" into a "yes"; [] if it is a "yes"; None if nothing would.

        Shut gates must open first. If the score still falls short, the input that needs the smallest part
        of its own range to close the gap is moved; where none is enough alone, the most able are used up in turn.
        """
        now = dict(inputs)
        for gate in self.gates:
            if gate.slack(np.array(now[gate.name])) < 0:
                if not gate.changeable:
                    return None
                now[gate.name] = gate.limit
        gap = self.threshold - sum(t.weight * now[t.name] for t in self.terms)
        if gap > 0 and not self._close(gap + _NUDGE, now):
            return None
        words = {g.name: g.words for g in self.gates} | {t.name: t.words for t in self.terms}
        return [Change(k, words[k], inputs[k], v) for k, v in now.items() if k in words and v != inputs[k]]

    def _close(self, gap: float, now: dict[str, float]) -> bool:
        """Move inputs in `now` until the gap is closed; False if it cannot be."""
        # how far each input can still go the right way; those at their best already cannot help
        room = [(t, self._best(t) - now[t.name]) for t in self.terms if t.changeable and t.weight]
        room = [(t, far) for t, far in room if t.weight * far > 0]
        alone = [(abs(gap / t.weight) / (t.high - t.low), t.name, t) for t, far in room if t.weight * far >= gap]
        if alone:
            term = min(alone)[2]
            now[term.name] += gap / term.weight
            return True
        for term, far in sorted(room, key=lambda pair: (-pair[0].weight * pair[1], pair[0].name)):
            step = min(term.weight * far, gap)
            now[term.name] += step / term.weight
            gap -= step
            if gap <= 0:
                return True
        return False

    def _best(self, term: Term) -> float:
        """The end of a term's range that helps most, kept on the right side of its own gate."""
        best = term.high if term.weight > 0 else term.low
        for gate in self.gates:
            if gate.name == term.name:
                best = max(best, gate.limit) if gate.at_least else min(best, gate.limit)
        return best

    def main_reason(self, inputs: Mapping[str, float]) -> str:
        """What spoke most for a yes, or against a no, as a clause; empty where nothing did. Luck is left aside.

        An input speaks for or against only by what sets it apart from what is usual: that a Good school needs no
        sponsor adds nothing to the case, and is no reason against it.
        """
        side = 1.0 if self.yes(inputs) else -1.0
        pulls = [(side * t.pull(inputs[t.name]), t) for t in self.terms if not t.luck]
        most, term = max(pulls, key=lambda pair: pair[0], default=(0.0, None))
        return term.said(inputs[term.name]) if term is not None and most >= SPEAKS else ""
