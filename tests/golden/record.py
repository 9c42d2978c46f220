"""Record the golden run again, on purpose: `make golden`. Say in the changelog why numbers moved."""

from __future__ import annotations

import json
from pathlib import Path

from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import build_world, simulate

FILE = Path(__file__).with_name("area.json")


def numbers() -> dict[str, object]:
    """Ten years of an area of 300 schools: the yearly table in full, and events by kind."""
    scenario = override(Scenario(), {"world.synthetic.schools": 300}, "golden")
    world = build_world(scenario)
    tables = simulate(scenario, world, seed=1, years=10).tables
    events = tables["events"]["event"].value_counts().sort_index()
    return {
        "world": world.digest(),
        "system_year": tables["system_year"].to_dict(orient="list"),
        "events": {str(k): int(v) for k, v in events.items()},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(numbers(), indent=1) + "\n", encoding="utf-8")
