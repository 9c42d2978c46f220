"""Bots for empty seats and rehearsal: the model's own growth strategies, deciding through the same form as people."""

from __future__ import annotations

from math import isnan
from typing import Any

from matsim.mechanisms.directed.decisions import ways
from matsim.mechanisms.planning import PlanningParams
from matsim.results.tables import AREA_NAMES, BREAK_POINTS
from matsim.strategies import KINDS, STRATEGIES, Brief, Chiefs, Strategy, rooms
from matsim.web.classroom.rounds import Outcome

NAMES: dict[str, str] = {kind: f"Bot: {kind.replace('_', ' ')}" for kind in KINDS}
"""What each kind of bot is called, by the name of its strategy in a scenario."""

PLAYED_BY = tuple(kind for kind in KINDS if kind != "hold")
"""Kinds for empty seats, taken in turn; one that never grows is for the facilitator to choose."""


def decide(kind: str, outcome: Outcome, year: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A bot's decisions and predictions for a year, from what any team can see."""
    strategy: Strategy = next(s for s in STRATEGIES if s.model_fields["kind"].default == kind)()
    now = outcome.now
    room = int(rooms(Chiefs.alike(strategy), _brief(outcome, year))[0].schools[0])
    schools = int(now["schools"])
    choices: dict[str, Any] = {"growth": "hold"}
    if room > 0:
        choices = {"growth": "grow", "target": float(schools + room)}
        # a strategy without a reach of its own looks as far as an hour
        near = [c.urn for c in outcome.candidates if c.minutes <= getattr(strategy, "reach", 60.0)]
        if kind == "hubs" and near:
            choices["ask"] = near[:4]
    for key in ("improvement", "governance"):
        rung, names = int(now[f"rung_{key}"]), ways(key)
        if now[f"pressure_{key}"] >= strategy.answers_at and rung + 1 < len(names):
            choices[key] = names[rung + 1]
    if kind == "hubs" and schools >= 4:
        choices["clusters"] = "led"
    if kind != "hold":
        choices["posts"] = {a: _halves(strategy.staffing * float(now[f"need_{a}"])) for a in AREA_NAMES}
    return choices, _predictions(outcome, room)


def _brief(outcome: Outcome, year: int) -> Brief:
    """The year as the strategy would be told of it; what a team cannot see is left at rest."""
    now = outcome.now
    return Brief(
        year,
        int(now["schools"]),
        float(now["capacity"]),
        outcome.spare,
        float(now["reserves_share"]),
        float(now["target"]),
        0.0,
        max(float(now[f"pressure_{k}"]) for k in BREAK_POINTS),
        max(PlanningParams().bedding - float(now["joined"]), 0.0),
        1.0,
    )


def _halves(posts: float) -> float:
    return min(round(2.0 * posts) / 2.0, 50.0)


def _predictions(outcome: Outcome, room: int) -> dict[str, Any]:
    """As last year, and some of the schools hoped for."""
    now = outcome.now
    schools, share, mean = int(now["schools"]), 100.0 * float(now["reserves_share"]), float(now["mean_outcome"])
    # a trust that has lost its last mainstream school has none
    return {
        "schools": [float(schools), float(schools + room)],
        **({} if isnan(mean) else {"outcome": [round(mean - 0.4, 2), round(mean + 0.4, 2)]}),
        "reserves": [round(share - 3.0, 1), round(share + 3.0, 1)],
        "approved": 0.5 if room else 0.05,
    }
