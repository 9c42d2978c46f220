"""The first year of a scenario that does not say it: that of the files, or what it is by default without any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from matsim.core.published_files import Files
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario, WorldParams
from matsim.world.start_year import start_of


def says_start(scenario: Scenario) -> bool:
    """Whether a file, the command line or a change says in which year the scenario starts."""
    return "start" in scenario.world.model_fields_set


def settled(scenario: Scenario, files: Files | None) -> Scenario:
    """The scenario with the first year that its files are of, unless it says one."""
    if files is None or says_start(scenario):
        return scenario
    return override(scenario, {"world.start": _year(files)}, "first year")


def settled_tables(tables: Mapping[str, Any], files: Files | None) -> dict[str, Any]:
    """The same for the values of a scenario by name, of which every one that is not there has its default."""
    world = tables.get("world", {})
    return {**tables} if "start" in world else {**tables, "world": {**world, "start": _year(files)}}


def _year(files: Files | None) -> int:
    year = _of_files(files, _saved(files)) if files else None
    return WorldParams().start if year is None else year


@lru_cache(maxsize=8)
def _of_files(files: Files, _: tuple[int, ...]) -> int | None:
    """The start year of the files, found once as long as nobody writes them again."""
    return start_of(files.establishments, files.group_links)


def _saved(files: Files) -> tuple[int, ...]:
    """When each of the files was last written; 0 where there is none: whoever reads it says what is wrong."""
    times = []
    for path in (files.establishments, files.group_links):
        try:
            times.append(path.stat().st_mtime_ns if path else 0)
        except (OSError, ValueError):
            times.append(0)
    return tuple(times)
