"""Quantities of money, recomputed by hand for a few schools and trusts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matsim.validation import money
from matsim.validation.observed_run import Watched

YEAR = 2018
MAT, SAT = "multi-academy trust", "single-academy trust"

SCHOOLS = pd.DataFrame(
    [
        # school, trust, kind, size, phase, balance, reserves, pooled
        (1, 1, 1, 2, 0, 0.1, 5.0, True),
        (2, 1, 1, 2, 1, -0.1, -5.0, True),
        (3, 2, 1, 3, 0, 0.1, 5.0, False),
        (4, 2, 1, 3, 0, 0.1, 5.0, False),
        (5, 3, 1, 1, 0, 0.1, 5.0, True),
        (6, 4, 0, 1, 0, -0.2, 5.0, False),
        (7, 5, 0, 1, 1, 0.2, 5.0, False),
        (8, -1, -1, 0, 0, -0.1, -1.0, False),
        (9, -1, -1, 0, 0, 0.1, 1.0, False),
        (10, -1, -1, 0, 0, 0.1, 1.0, False),
    ],
    columns=["school", "trust", "kind", "size", "phase", "balance", "reserves", "pooled"],
)
NOW = [(1, MAT, 2, 0.04, 100.0, 0.03), (2, MAT, 2, 0.06, 100.0, 0.25), (3, MAT, 1, 0.09, 50.0, 0.2)]
NOW += [(4, SAT, 1, 0.0, 40.0, -0.1), (5, SAT, 1, 0.0, 60.0, 0.1)]
BEFORE = [(1, MAT, 2, 0.04, 100.0, 0.05), (2, MAT, 1, 0.06, 50.0, 0.9), (3, MAT, 1, 0.09, 100.0, 0.09)]
BEFORE += [(4, SAT, 1, 0.0, 40.0, -0.05), (5, SAT, 1, 0.0, 60.0, 0.05)]
COLUMNS = ["trust", "kind", "mainstream_schools", "central_charge", "income", "reserves_share"]
TRUSTS = pd.concat(
    [pd.DataFrame(rows, columns=COLUMNS).assign(year=y) for y, rows in ((YEAR - 1, BEFORE), (YEAR, NOW))]
)
RESCUES = pd.DataFrame(
    [(YEAR, "rescue", "", 0, 4, 300.0), (YEAR, "rescue", "", 0, 1, 500.0), (YEAR - 1, "rescue", "", 0, 5, 9.0)],
    columns=["year", "event", "reason", "school", "trust", "value"],
)
RUN = Watched(
    YEAR,
    {"trust_year": TRUSTS, "events": RESCUES},
    pd.concat([SCHOOLS.assign(year=YEAR - 1), SCHOOLS.assign(year=YEAR)], ignore_index=True),
    {},
)


def test_reserves_below_a_share_and_from_one() -> None:
    assert money.reserves_below(RUN, YEAR, 0.05) == pytest.approx(2 / 5)
    assert money.reserves_below(RUN, YEAR, 0.05, "multi") == pytest.approx(1 / 2)
    assert money.reserves_below(RUN, YEAR, 0.03) == pytest.approx(1 / 5), "not those that have just that"
    assert money.reserves_below(RUN, YEAR, 0.0) == pytest.approx(1 / 5)
    assert money.reserves_from(RUN, YEAR, 0.2) == pytest.approx(2 / 5)
    assert money.reserves(RUN, YEAR) == pytest.approx((3.0 + 25.0 + 10.0 - 4.0 + 6.0) / 350.0)


def test_a_trust_is_in_deficit_when_its_reserves_fell_and_its_schools_stayed_as_many() -> None:
    # the second grew; of the others the first and the fourth fell, the third by its share of a smaller income only
    assert money.trust_deficits(RUN, YEAR) == pytest.approx(2 / 4)
    assert money.trust_deficits(RUN, YEAR, "multi") == pytest.approx(1 / 2)
    assert money.trust_deficits(RUN, YEAR, "single") == pytest.approx(1 / 2)
    assert money.trust_deficits(RUN, YEAR, "single", "primary") == 1.0
    assert money.trust_deficits(RUN, YEAR, "single", "secondary") == 0.0


def test_schools_spend_more_than_they_have_or_owe() -> None:
    assert money.school_deficits(RUN, YEAR, "primary", "maintained") == pytest.approx(1 / 3)
    assert money.school_deficits(RUN, YEAR, "primary", "academy") == pytest.approx(1 / 5)
    assert money.school_debts(RUN, YEAR, "primary", "maintained") == pytest.approx(1 / 3)
    assert money.school_debts(RUN, YEAR, "secondary", "academy") == pytest.approx(1 / 2)


def test_charges_and_pooling_are_of_trusts_of_two_or_more() -> None:
    assert money.charge(RUN, YEAR) == pytest.approx(0.05)
    assert money.pooling(RUN, YEAR) == pytest.approx(1 / 2)


def test_rescues_are_counted_by_trust_and_year() -> None:
    assert money.rescued(RUN, YEAR) == pytest.approx(2 / 5)
    assert money.rescue_size(RUN, YEAR) == pytest.approx(400.0)
    nobody = replace(RUN, tables={**RUN.tables, "events": RESCUES.iloc[:0]})
    assert money.rescued(nobody, YEAR) == 0.0
    assert np.isnan(money.rescue_size(nobody, YEAR))
