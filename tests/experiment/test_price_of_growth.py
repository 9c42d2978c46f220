"""The price of growth: its arithmetic, on numbers and on a run made by hand."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from matsim.policies.fixed import Permit
from matsim.validation.observed_run import Watched


@cache
def price() -> ModuleType:
    spec = importlib.util.spec_from_file_location("price_of_growth", ROOT / "experiments" / "price_of_growth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_an_interval_is_by_students_t() -> None:
    mean, low, high = price().interval([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert (low, high) == pytest.approx((2.0 - 4.303 / np.sqrt(3.0), 2.0 + 4.303 / np.sqrt(3.0)), abs=1e-3)
    assert np.isnan(price().interval([1.0])[1:]).all()


def test_differences_are_of_runs_that_share_luck() -> None:
    one = [dict.fromkeys(price().MEASURES, v) for v in (1.0, 3.0)]
    other = [dict.fromkeys(price().MEASURES, v) for v in (4.0, 6.0)]
    row = price().paired(one, other).iloc[0]
    assert (row.usual, row.there, row.times, row.difference) == (2.0, 5.0, 2.5, 3.0)
    assert row.low == row.high == 3.0, "what the seeds share is no spread"


@pytest.mark.parametrize(
    ("after", "said"),
    [(8, "3 years or less"), (6, "3 to 6 years"), (5, "6 to 12 years"), (4, "slower, or not at all"), (3, "slower")],
)
def test_a_trust_doubles_in_as_long_as_it_grew(after: int, said: str) -> None:
    assert price().speed(4, after).startswith(said)


def test_an_end_is_one_of_five() -> None:
    made = [price().end(*of) for of in ((5, 7, 6, False), (5, 5, 5, False), (5, 6, 0, False), (5, 9, 6, False))]
    assert [*made, price().end(5, 5, 2, True)] == list(price().ENDS)


def _run() -> Watched:
    """Trust 1 doubles and merges into 2; trust 3 is broken up; trust 4 goes without a merger."""
    years = {2017: (3, 3, 3, 3), 2018: (6, 3, 3, 3), 2019: (6, 3, 3, 3), 2020: (6, 3, 3, 3), 2021: (0, 9, 3, 0)}
    rows = [
        (year, 100 * t + k, t, 1)
        for year, sizes in years.items()
        for t, size in enumerate(sizes, start=1)
        for k in range(size)
    ]
    panel = pd.DataFrame(rows, columns=["year", "school", "trust", "kind"])
    panel = panel.assign(phase=0, la=0, easting=0.0, northing=0.0)
    events = pd.DataFrame([(2021, "merge", 1), (2021, "break_up", 3)], columns=["year", "event", "trust"])
    return Watched(2018, {"events": events}, panel, {})


def test_trusts_that_failed_are_those_broken_up_or_gone_without_a_merger() -> None:
    assert price().failed(_run(), 2021) == {3, 4}
    assert price().failed(_run(), 2020) == set()


def test_what_became_of_trusts_by_how_they_grew_before() -> None:
    table = price().ends(_run())
    assert table.to_numpy().tolist() == [
        ["3 years or less", "merged whole"],
        ["slower, or not at all", "kept growing"],
        ["slower, or not at all", "broken up or given up"],
        ["slower, or not at all", "broken up or given up"],
    ]
    chances = price().chances([table, table])
    assert chances.loc["slower, or not at all", "broken up or given up"] == pytest.approx(2 / 3)
    assert chances.trusts.tolist() == [2, 0, 0, 6]
    assert np.isnan(chances.loc["3 to 6 years", "held"])


def test_arms_are_told_what_they_say() -> None:
    scenario, _ = price().arm((price().APPROVED, price().BLIND))
    assert all(isinstance(c, Permit) for c in scenario.commissioners)
    assert scenario.vision.foresight_high == 0.0
    assert price().arm(({"no.such": 1},))[1] == ("no.such",)
