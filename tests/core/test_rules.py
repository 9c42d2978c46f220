"""Rules: judged in bulk, explained one by one, and flipped by the smallest change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsim.core.rules import Gate, Rule, Term
from matsim.words.reasons import Says, condition

RULE = Rule(
    "test",
    (
        Term("a", 1.0, "the first"),
        Term("b", -0.5, "the second"),
        Term("luck", 0.3, "luck", -3, 3, changeable=False),
        Term("g", 0.2, "the gated", 0.0, 2.0),
    ),
    0.6,
    (Gate("g", 0.5, "the gated"), Gate("h", 0.2, "the other gate", at_least=False)),
)
CASE = st.fixed_dictionaries(
    {
        "a": st.floats(0, 1),
        "b": st.floats(0, 1),
        "luck": st.floats(-3, 3),
        "g": st.floats(0, 2),
        "h": st.floats(0, 1),
    }
)


def test_known_answers() -> None:
    inputs = {
        "a": [1.0, 0.5, 1.0],
        "b": [0.0, 0.0, 0.0],
        "luck": [0.0, 0.0, 0.0],
        "g": [1.0, 1.0, 0.4],
        "h": [0.1, 0.1, 0.1],
    }
    verdict = RULE.judge({k: np.array(v) for k, v in inputs.items()})
    assert verdict.score.tolist() == pytest.approx([1.2, 0.7, 1.08])
    assert verdict.yes.tolist() == [True, True, False]
    assert verdict.binding.tolist() == [-1, -1, 0]
    assert verdict.margin[2] == pytest.approx(-0.1)


def test_missing_input_is_named() -> None:
    with pytest.raises(KeyError, match="luck"):
        RULE.judge({"a": np.zeros(1), "b": np.zeros(1), "g": np.zeros(1), "h": np.zeros(1)})


@given(CASE)
@settings(max_examples=300, deadline=None)
def test_a_flip_flips_and_is_smallest(case: dict[str, float]) -> None:
    changes = RULE.flip(case)
    if RULE.yes(case):
        assert changes == []
        return
    if changes is None:  # then the best of everything changeable is not enough
        best = case | {"a": 1.0, "b": 0.0, "g": 2.0, "h": min(case["h"], 0.2)}
        assert not RULE.yes(best)
        return
    flipped = case | {c.name: c.after for c in changes}
    assert RULE.yes(flipped)
    assert all(c.name != "luck" for c in changes)
    for change in changes:  # going only 99% of the way, in any one of them, is not enough
        short = flipped | {change.name: change.before + 0.99 * (change.after - change.before)}
        assert not RULE.yes(short) or abs(change.after - change.before) < 1e-6


ASKED = Rule(
    "asked",
    (
        Term("near", 1.0, "how near it is", says=Says("it is near", "it is far away")),
        Term("need", 0.8, "the need", says=condition("it is in need")),
        Term("deficit", -1.0, "the deficit", says=condition("it has a deficit")),
        Term("luck", 1.0, "luck", -3, 3, luck=True),
    ),
    1.0,
)


@pytest.mark.parametrize(
    ("near", "need", "deficit", "luck", "told"),
    [
        (0.1, 0.0, 0.0, 0.0, "it is far away"),  # and not that it is in no need
        (0.5, 0.0, 0.0, 0.0, ""),  # nothing spoke against it, but too little for it
        (0.5, 0.0, 0.004, 0.0, ""),  # what rounds to nothing is no reason
        (0.5, 1.0, 0.5, 0.0, "it has a deficit"),
        (0.9, 1.0, 0.0, 0.0, "it is in need"),
        (0.5, 0.0, 0.0, 3.0, ""),  # luck is nobody's reason
        (1.0, 0.2, 0.0, 0.0, "it is near"),
    ],
)
def test_a_reason_is_what_pushed_that_way(near: float, need: float, deficit: float, luck: float, told: str) -> None:
    """What is absent, as the need of a Good school, adds nothing to the case and is no reason against it."""
    assert ASKED.main_reason({"near": near, "need": need, "deficit": deficit, "luck": luck}) == told


def test_a_reason_without_words_of_its_own_has_the_inputs_name() -> None:
    assert RULE.main_reason({"a": 0.0, "b": 0.0, "luck": 0.0, "g": 2.0, "h": 0.0}) == "the first"
