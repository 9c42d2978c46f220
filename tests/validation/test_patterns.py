"""The patterns of results and heads at the defaults, on seeds that nothing was fitted with: what is claimed of them."""

from __future__ import annotations

import pytest

from matsim.evidence.targets import read_targets
from matsim.scenario.schema import Scenario
from matsim.validation.evaluate import evaluate, started
from matsim.validation.scorecard import RUNS, score

SEEDS = range(201, 201 + RUNS)
NUMBERS = tuple(t for t in read_targets() if t.judged == "mean")
TWO_NUMBERS = ("up-trusts", "head-turnover")
"""Patterns of two numbers, which are met when both are."""
PATTERNS = 19
MET = 19
"""How many of the patterns are within tolerance."""
FURTHEST = 1.0
"""How many tolerances the furthest of them is off, at most."""


def _pattern(number: str) -> str:
    return next((name for name in TWO_NUMBERS if number.startswith(name)), number)


@pytest.mark.long
def test_as_many_patterns_are_met_as_is_claimed() -> None:
    scenario = Scenario()
    found = evaluate(started(scenario, 2010), started(scenario, 2018), SEEDS, NUMBERS)
    card = score(found, NUMBERS).patterns
    unsure = card.loc[~card.sure, "pattern"].tolist()
    assert not unsure, f"{RUNS} runs are too few to tell: {unsure}"
    off = card.groupby(card.pattern.map(_pattern)).off.max()
    assert len(off) == PATTERNS
    missed = off[off > 1.0].round(2).to_dict()
    assert (off <= 1.0).sum() >= MET, missed
    assert off.max() <= FURTHEST, missed
