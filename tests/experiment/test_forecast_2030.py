"""The forecast to 2030: what it counts is what the tables of its runs say, and its page says what it rests on."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from matsim.scenario.load import load_scenario
from matsim.simulation.simulate import build_world, simulate
from matsim.world.codes import Route, mainstream


@pytest.fixture(scope="module")
def forecast() -> ModuleType:
    spec = importlib.util.spec_from_file_location("forecast_2030", ROOT / "experiments" / "forecast_2030.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_and_its_table(forecast: ModuleType, tmp_path: Path) -> None:
    small = ROOT / "scenarios" / "area-300-2024.toml"
    forecast.main(["--scenario", str(small), "--runs", "3", "--years", "4", "--out", str(tmp_path / "f")])
    page = (tmp_path / "f" / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# England's trusts from 2024 to 2030\n\n3 runs of a made-up England")
    for part in ("What is known since", "What the numbers have already seen", "How far to believe it", "2027/28"):
        assert part in page
    assert "| 6 to 10 | 328 | " in page
    assert "No maintained special school" not in page
    assert "is in this world" not in page
    assert "nan" not in page.replace("financial", "")
    table = pd.read_csv(tmp_path / "f" / "summary.csv")
    assert set(table["year"]) == {2024, 2025, 2026, 2027}
    assert ((table["low"] <= table["middle"]) & (table["middle"] <= table["high"])).all()


def test_flows_add_up_to_stocks(forecast: ModuleType) -> None:
    scenario = load_scenario("england-2024", ["world.synthetic.schools=2000"])
    world = build_world(scenario)
    inside = world.schools["trust"] >= 0
    sizes = np.bincount(world.schools["trust"][inside], minlength=len(world.trusts["uid"]))
    first = dict(zip(world.trusts["uid"].astype(str).tolist(), sizes.tolist(), strict=True))
    tables = simulate(scenario, world, seed=1, years=4).tables
    run = forecast.lived(tables, first)
    opened = run[["converters", "sponsored", "free"]].sum(axis=1)
    change = np.diff([int(inside.sum()), *run["academies"]])
    # closed schools are academies or not
    assert ((change <= opened) & (change >= opened - run["closed"])).all()
    assert run["merged"].sum() >= run["mergers"].sum() > 0  # a trust that merges brings a school at least
    bands = [forecast.label(*band) for band in forecast.BANDS]
    mats = tables["trust_year"][tables["trust_year"]["kind"] == "multi-academy trust"]
    some = (mats["mainstream_schools"] > 0).groupby(mats["year"]).sum()
    assert run[bands].sum(axis=1).tolist() == some.tolist()
    assert (run["mats"] > run[bands].sum(axis=1)).all()  # a few have specialist schools alone
    assert forecast.banded(np.array([0, 1, 2, 3, 5, 6, 31, 90])) == [1, 1, 2, 1, 0, 0, 0, 2]


def test_the_page_says_what_schools_are_missing(forecast: ModuleType) -> None:
    world = build_world(load_scenario("area-300-2024"))
    phase, route = world.schools["phase"], world.schools["route"]
    specialist = ~mainstream(phase)
    assert (specialist & (route == Route.MAINTAINED)).any()
    without = forecast._caveats(
        replace(world, schools={**world.schools, "phase": np.where(specialist, 0, phase)}), False
    )
    assert "all counts are less" in without[-1]
    joined = {**world.schools, "route": np.where(specialist, Route.CONVERTER, route)}
    assert "No maintained special school" in forecast._caveats(replace(world, schools=joined), False)[-1]
    assert "special" not in " ".join(forecast._caveats(world, True))


def test_links_need_schools(forecast: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        forecast.main(["--group-links", "links.csv"])
    assert "needs --establishments FILE" in capsys.readouterr().err
