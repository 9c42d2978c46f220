"""Twins of money, executive heads and strong schools: what they tell is what the tables say, and by more than luck."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from matsim.simulation.simulate import build_world

SEEDS, YEARS, SCHOOLS = 4, 8, 800

pytestmark = pytest.mark.slow


@cache
def twins() -> ModuleType:
    spec = importlib.util.spec_from_file_location("heart_twins", ROOT / "experiments" / "heart_twins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@cache
def measured(name: str) -> pd.DataFrame:
    """Differences with it less without, mean and error over seeds."""
    table: pd.DataFrame = twins().measured(name, SEEDS, YEARS, SCHOOLS)
    return table


def test_differences_are_those_of_the_tables() -> None:
    """Recomputed school by school, from the two worlds' tables, for the first seed of one twin."""
    scenario = twins().base(SCHOOLS)
    twin = twins().money(scenario, build_world(scenario), 401, 4, 100.0)
    reported = twins().differences(twin)
    last = {}
    for which, tables in (("with", twin.with_it), ("without", twin.without)):
        rows = tables["school_year"]
        rows = rows[rows["year"] == 2021]
        last[which] = dict(zip(rows["school"], rows[["outcome", "teaching", "reserves"]].to_numpy(), strict=True))
    both = [urn for urn in last["with"] if urn in last["without"]]
    treated = [urn for urn in both if urn in set(twin.schools)]
    assert 0.3 < len(treated) / len(both) < 0.37
    change = {urn: last["with"][urn] - last["without"][urn] for urn in both}
    mean = np.mean([change[urn] for urn in treated], axis=0)
    assert [reported[n] for n in ("value added", "spent on teaching", "reserves")] == pytest.approx(mean.tolist())
    rest = np.nanmean([change[urn][0] for urn in both if urn not in set(treated)])
    assert reported["value added of all others"] == pytest.approx(rest)


@pytest.mark.direction("E3")
def test_a_saving_and_a_deficit_of_the_same_size_move_results_in_opposite_directions() -> None:
    """£100 a pupil, for good: nearly all of it reaches teaching within years, results follow by a few hundredths of a
    standard deviation, reserves go with it, and schools next door hardly notice."""
    saving, deficit = (measured(f"a lasting {what} of £100 a pupil") for what in ("saving", "deficit"))
    for table, sign in ((saving, 1.0), (deficit, -1.0)):
        by, error = sign * table["difference"], table["error"]
        for name in ("value added", "quality", "spent on teaching"):
            assert by[name] > 3.0 * error[name], name
        assert by["reserves"] > 0.0
        assert 0.005 < by["value added"] < 0.06, "between nothing and 0.07, the most that studies have seen"
        assert 60.0 < by["spent on teaching"] < 110.0
        assert abs(by["value added of all others"]) < 0.2 * by["value added"]
    assert -deficit["difference"]["quality"] == pytest.approx(saving["difference"]["quality"], rel=0.4)


@pytest.mark.direction("C1", "C3")
def test_clusters_with_executive_heads_save_money_and_lend_practice() -> None:
    """Against the same trusts told to have none: back office is cheaper, more is spent on teaching, more practice is
    lent; what becomes of results is small beside these."""
    table = measured("clusters with executive heads")
    by, error = table["difference"], table["error"]
    assert by["back office"] < -3.0 * error["back office"]
    assert by["spent on teaching"] > 2.0 * error["spent on teaching"]
    assert by["lent by others"] > 0.0
    assert abs(by["value added"]) < 0.15
    assert abs(by["value added of all others"]) < 0.02


@pytest.mark.direction("G20")
def test_a_strong_school_near_by_is_worth_something_and_far_away_it_is_not() -> None:
    """Lenders of the first year where they are, against 40 km away, where those they lent to look for others."""
    table = measured("a strong school near by")
    by, error = table["difference"], table["error"]
    assert by["value added"] > 2.0 * error["value added"]
    assert 0.0 < by["value added"] < 0.1
