"""matsim: an agent-based simulation of how English multi-academy trusts grow.

The names below are what other programs use; each is imported when it is first asked for, so that importing
`matsim` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsim.core.errors import InputError, MatsimError, VerificationError
    from matsim.results.store import Result, open_result
    from matsim.scenario.load import load_scenario, override
    from matsim.scenario.schema import Scenario
    from matsim.schedule import SCHOOL_YEAR
    from matsim.simulation.explain import explain
    from matsim.simulation.simulate import Files, Finished, build_world, run, save, simulate, verify
    from matsim.simulation.twin import Twin, twin
    from matsim.world.base import World

__all__ = [
    "SCHOOL_YEAR",
    "Files",
    "Finished",
    "InputError",
    "MatsimError",
    "Result",
    "Scenario",
    "Twin",
    "VerificationError",
    "World",
    "build_world",
    "explain",
    "load_scenario",
    "open_result",
    "override",
    "run",
    "save",
    "simulate",
    "twin",
    "verify",
]

_HOMES = {
    **dict.fromkeys(("InputError", "MatsimError", "VerificationError"), "core.errors"),
    **dict.fromkeys(("Files", "Finished", "build_world", "run", "save", "simulate", "verify"), "simulation.simulate"),
    **dict.fromkeys(("Result", "open_result"), "results.store"),
    **dict.fromkeys(("Twin", "twin"), "simulation.twin"),
    "SCHOOL_YEAR": "schedule",
    "Scenario": "scenario.schema",
    "World": "world.base",
    "explain": "simulation.explain",
    "load_scenario": "scenario.load",
    "override": "scenario.load",
}
"""The module that each public name lives in."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module 'matsim' has no attribute {name!r}")
        value = getattr(importlib.import_module(f"matsim.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(set(globals()) | set(_HOMES))
