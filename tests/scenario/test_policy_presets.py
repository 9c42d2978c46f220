"""Presets about policy: each loads, and parts from the scenario that it extends in its year, and not before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ROOT, scenario
from support.dated import both, parted

from matsim.core.toml import read_toml
from matsim.scenario.load import load, override
from matsim.scenario.schema import Scenario
from matsim.world.base import World

SMALL = {"world.synthetic.schools": 300}


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("councils-found-trusts", 2028),
        ("all-in-trusts-2030", 2028),
        ("falling-rolls", 2026),
        ("no-growth-funds", 2021),
    ],
)
def test_a_preset_parts_from_its_base_in_its_year(county: World, name: str, year: int) -> None:
    file = ROOT / "scenarios" / f"{name}.toml"
    base = ROOT / "scenarios" / read_toml(file)["extends"]
    usual, preset = (override(load(path, Scenario).scenario, SMALL, "test") for path in (base, file))
    assert preset.title != usual.title
    assert preset.question.endswith("?")
    assert parted(*both(replace(county, year=year - 1), usual, preset, years=2)) == year


def test_all_in_trusts_says_what_the_default_does_until_its_year() -> None:
    """Years in a file take the place of the default's, so they are said again; here, that they are the same."""
    usual, preset = Scenario(), load(ROOT / "scenarios" / "all-in-trusts-2030.toml", Scenario).scenario
    falling = load(ROOT / "scenarios" / "falling-rolls.toml", Scenario).scenario
    pairs = [
        (usual.environment.push_primary, preset.environment.push_primary),
        (usual.environment.push_secondary, preset.environment.push_secondary),
    ]
    pairs += [
        (getattr(usual.rolls, part), getattr(falling.rolls, part))
        for part in ("growth_primary", "growth_secondary", "apart_london")
    ]
    for before, after in pairs:
        first = min(after)
        assert {y: v for y, v in after.items() if y < 2026} == {y: v for y, v in before.items() if first <= y < 2026}
    assert scenario().founding.authorities_from > 2090
