"""One scenario for copies of a world that stand side by side, each under a scenario of its own."""

from __future__ import annotations

from collections.abc import Sequence

from matsim.mechanisms.directed.decisions import Decision
from matsim.mechanisms.shocks import Shock
from matsim.scenario.schema import Scenario, TrustChoice
from matsim.world.copies import UID_STEP, URN_STEP


def combined(scenarios: Sequence[Scenario]) -> Scenario:
    """One scenario for copies of a world side by side, each under its own scenario.

    Raises ValueError when the scenarios differ in more than what named trusts do.
    """
    first = scenarios[0]
    # futures of one option share its scenario: each is compared once
    for other in {id(scenario): scenario for scenario in scenarios}.values():
        if other is not first and other.model_copy(update={"trusts": first.trusts}) != first:
            raise ValueError("options may differ in what trusts decide, and in nothing else")
    trusts = [_choice(choice, k) for k, scenario in enumerate(scenarios) for choice in scenario.trusts]
    # a shock that names a trust or a school strikes it in every copy; one that names a place strikes everywhere
    shocks = [
        _shock(shock, k) for shock in first.shocks for k in range(len(scenarios) if shock.trust or shock.school else 1)
    ]
    return first.model_copy(update={"trusts": tuple(trusts), "shocks": tuple(shocks)})


def _choice(choice: TrustChoice, copy: int) -> TrustChoice:
    decisions = tuple(_decision(decision, copy) for decision in choice.decisions)
    return choice.model_copy(update={"uid": choice.uid + copy * UID_STEP, "decisions": decisions})


def _decision(decision: Decision, copy: int) -> Decision:
    other = decision.merge_with
    ask = tuple(urn + copy * URN_STEP for urn in decision.ask)
    return decision.model_copy(update={"ask": ask, "merge_with": None if other is None else other + copy * UID_STEP})


def _shock(shock: Shock, copy: int) -> Shock:
    moves = {name: step for name, step in (("trust", UID_STEP), ("school", URN_STEP)) if getattr(shock, name)}
    return shock.model_copy(update={name: getattr(shock, name) + copy * step for name, step in moves.items()})
