"""The description of a world as tables of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matsim.cli.output import indented, table
from matsim.words.amounts import NONE

GROUPS = ("primary", "secondary")


def description(facts: Mapping[str, Any]) -> str:
    """What `matsim.world.describe.describe` found, section by section."""
    trusts = facts["trusts"]
    single = {"single-academy trusts": trusts["single"], "multi-academy trusts": trusts["multi"]}
    sections = (
        ("Schools by phase and route", _crossed(facts["route_by_phase"])),
        ("Schools by region", _listed(facts["region"])),
        ("Schools by religious character", _listed(facts["denomination"])),
        ("Last inspection grade (secondary with all-through)", _crossed(facts["grade_by_phase"])),
        ("Pupils on roll, percentiles", _crossed(facts["pupils"])),
        ("Pupils over places; pupils eligible for free school meals (%)", _means(facts)),
        ("Kilometres to the nearest school of the same phase, percentiles", _near(facts["near"])),
        ("Years since the last inspection, percentiles", _listed(facts["years_since_inspection"])),
        ("Trusts", _listed(single | {k: trusts[k] for k in ("mean_size", "largest", "gini", "share_in_multi")})),
        ("MATs and their academies by size", _sizes(trusts)),
    )
    head = (
        f"{facts['schools']:,} schools in {facts['authorities']:,} local authorities, and "
        f"{facts['planned_sites']:,} planned sites."
    )
    return head + "\n" + "\n".join(f"\n{title}\n{indented(body)}" for title, body in sections)


def _text(value: Any) -> str:
    if value is None:
        return NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if isinstance(value, float) else str(value)


def _listed(values: Mapping[str, Any]) -> str:
    names = [str(k).replace("_", " ") for k in values]
    width = max(len(name) for name in names)
    numbers = [_text(v) for v in values.values()]
    wide = max(len(number) for number in numbers)
    return "\n".join(f"{n.ljust(width)}  {v.rjust(wide)}" for n, v in zip(names, numbers, strict=True))


def _crossed(values: Mapping[str, Mapping[str, Any]]) -> str:
    header = ["", *next(iter(values.values()))]
    rows = [[name, *map(_text, row.values())] for name, row in values.items()]
    return table(header, rows, right=range(1, len(header)))


def _means(facts: Mapping[str, Any]) -> str:
    rows = [
        [group, *(_text(facts[what][group][part]) for what in ("fill", "fsm") for part in ("mean", "sd"))]
        for group in GROUPS
    ]
    return table(("", "fill mean", "fill sd", "meals mean", "meals sd"), rows, right=range(1, 5))


def _near(near: Mapping[str, Any]) -> str:
    """One row per group; a group with too few schools to have a distance between them has none."""
    radii = {radius: None for group in GROUPS for radius in near[group]["median_within_km"] or {}}
    return _crossed(
        {
            group: {
                **near[group]["km"],
                "none within 5 km": near[group]["none_within_5_km"],
                **{f"median within {r} km": (near[group]["median_within_km"] or radii)[r] for r in radii},
            }
            for group in GROUPS
        }
    )


def _sizes(trusts: Mapping[str, Any]) -> str:
    rows = [
        [size, _text(number), _text(trusts["academies_by_size"][size])]
        for size, number in trusts["multi_by_size"].items()
    ]
    return table(("academies", "MATs", "in them"), rows, right=(1, 2))
