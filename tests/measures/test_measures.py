"""Measures of one run: hand-computed answers, years without trusts, and every column with its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.frames import record

from matsim.measures import GROUP_MEASURES, GROUPINGS, MEASURES, READ, SWEEP_TABLES, summarise, summary
from matsim.measures.listed import EXTRAS
from matsim.measures.tables import RUN_GROUP_YEAR, RUN_YEAR
from matsim.results.tables import BREAK_POINTS, TABLES, OutColumn, check
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished
from matsim.world.base import World

MAT, SAT = "multi-academy trust", "single-academy trust"
PEDAGOGY, AUTONOMY = "pedagogy and improvement", "autonomy and identity"


def _blank(column: OutColumn) -> Any:
    return {"int64": 0, "float64": 0.0, "bool": False, "string": ""}[column.dtype]


def rows_of(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """A table of a run with nothing but what is said."""
    columns = TABLES[table].columns
    known = {c.name for c in columns}
    assert all(set(row) <= known for row in rows)
    frame = pd.DataFrame([{c.name: row.get(c.name, _blank(c)) for c in columns} for row in rows])
    return frame.astype({c.name: "category" if c.dtype == "string" else c.dtype for c in columns})


def trust(uid: int, year: int, schools: int, **more: Any) -> dict[str, Any]:
    base = {
        "kind": MAT,
        "strategy_group": PEDAGOGY,
        "growth_strategy": "steady",
        "pupils": 100.0 * schools,
        "mainstream_pupils": 100.0 * schools,
    }
    return {"trust": uid, "year": year, "schools": schools, "income": 1000.0 * schools, **base, **more}


@pytest.fixture
def small() -> dict[str, pd.DataFrame]:
    """Two years: three MATs that count, one of a single school, and a single-academy trust that do not."""
    system = rows_of(
        "system_year",
        {"year": 2018, "schools": 40, "academies_in_mats": 15, "single_academies": 5, "mean_outcome": 0.25},
        {"year": 2019, "schools": 40, "academies_in_mats": 16, "single_academies": 4, "mean_outcome": 0.5},
    )
    trusts = rows_of(
        "trust_year",
        trust(1, 2018, 2, mean_outcome=0.5, capacity=0.5, reserves_share=0.02, pressure_chief=1.2, clustered=1.0),
        trust(2, 2018, 10, mean_outcome=-0.5, capacity=1.5, reserves_share=0.08, weak_schools=3),
        trust(3, 2018, 3, mean_outcome=0.2, capacity=1.0, reserves_share=0.05, strategy_group=AUTONOMY),
        trust(4, 2018, 1, mean_outcome=9.0, capacity=9.0),
        trust(5, 2018, 3, mean_outcome=9.0, kind=SAT),
        trust(1, 2019, 2, mean_outcome=0.75),
        trust(2, 2019, 11, mean_outcome=0.0, joined=1),
        trust(3, 2019, 3, mean_outcome=0.1, strategy_group=AUTONOMY),
    )
    return {"system_year": system, "trust_year": trusts}


def test_measures_by_hand(small: dict[str, pd.DataFrame]) -> None:
    first = summarise(small)["run_year"].iloc[0]
    wanted = {
        "mean_outcome": 0.25,
        "share_academies": 20 / 40,
        "share_in_mats": 15 / 40,
        "mean_mat_size": 5.0,
        "median_mat_size": 3.0,
        "largest_mat": 10.0,
        "share_mats_10_or_more": 1 / 3,
        "outcome_in_mats": (0.5 * 200 - 0.5 * 1000 + 0.2 * 300) / 1500,
        "outcome_spread": np.std([0.5, -0.5, 0.2]),
        "share_low_reserves": 1 / 3,
        "mean_capacity": 1.0,
        "share_short_of_capacity": 1 / 3,
        "share_past_break_point": 1 / 3,
        "share_clustered": 2 / 15,
    }
    for name, value in wanted.items():
        assert first[name] == pytest.approx(value, abs=1e-12), name


def test_an_even_number_of_trusts_has_the_middle_between(small: dict[str, pd.DataFrame]) -> None:
    frame = small["trust_year"]
    small["trust_year"] = frame[~((frame["trust"] == 3) & (frame["year"] == 2018))]
    assert summarise(small)["run_year"]["median_mat_size"].tolist() == [6.0, 3.0]


def test_groups_by_hand(small: dict[str, pd.DataFrame]) -> None:
    found = summarise(small)["run_group_year"]
    rows = found[found["grouping"] == "strategy group"].set_index(["year", "group"])
    pedagogy = record(rows, (2018, PEDAGOGY))
    assert (pedagogy["trusts"], pedagogy["schools"], pedagogy["pupils"]) == (2, 12, 1200.0)
    assert pedagogy["mean_outcome"] == pytest.approx((0.5 * 200 - 0.5 * 1000) / 1200)
    assert pedagogy["weak"] == pytest.approx(3 / 12)
    assert pedagogy["past_break_point"] == 0.5
    assert rows.loc[(2018, AUTONOMY), "trusts"] == 1
    by_growth = found[found["grouping"] == "growth strategy"]
    assert by_growth["trusts"].tolist() == [3, 3]


def test_gain_is_of_trusts_that_nobody_joined_or_left(small: dict[str, pd.DataFrame]) -> None:
    found = summarise(small)["run_group_year"]
    gains = found[found["grouping"] == "strategy group"].set_index(["year", "group"])["gain"]
    assert gains[2018].isna().all()
    assert gains[2019, PEDAGOGY] == pytest.approx(0.25)  # trust 2, half a unit better, took a school on
    assert gains[2019, AUTONOMY] == pytest.approx(-0.1)


def test_the_fingerprint_is_the_one_given(small: dict[str, pd.DataFrame]) -> None:
    assert summarise(small)["run_year"]["fingerprint"].tolist() == [-1, -1]
    marks = np.array([2**62, 7], dtype=np.int64)
    assert summarise(small, marks)["run_year"]["fingerprint"].tolist() == [2**62, 7]


@pytest.mark.parametrize("keep", [SAT, "nothing"])
def test_without_multi_academy_trusts_means_are_missing(small: dict[str, pd.DataFrame], keep: str) -> None:
    frame = small["trust_year"]
    small["trust_year"] = frame[frame["kind"] == keep].reset_index(drop=True)
    made = summarise(small)
    assert made["run_year"]["share_in_mats"].tolist() == [15 / 40, 16 / 40]
    of_trusts = [c.name for c in EXTRAS if c.name not in ("share_academies", "share_in_mats")]
    assert made["run_year"][of_trusts].isna().all(axis=None)
    assert made["run_group_year"].empty
    for name, found in made.items():
        check(found.assign(run=0), SWEEP_TABLES[name])


def test_a_year_without_trusts_is_missing_between_others(small: dict[str, pd.DataFrame]) -> None:
    frame = small["trust_year"]
    small["trust_year"] = frame[frame["year"] == 2019].reset_index(drop=True)
    found = summarise(small)["run_year"]["mean_mat_size"]
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(16 / 3)


def test_a_real_run_agrees_with_pandas(decade: Finished) -> None:
    made = summarise(decade.tables)
    for name, found in made.items():
        check(found.assign(run=0), SWEEP_TABLES[name])
    trusts = decade.tables["trust_year"]
    mats = trusts[(trusts["kind"] == MAT) & (trusts["schools"] >= 2)]
    years = made["run_year"].set_index("year")
    by_year = mats.groupby("year")
    assert by_year.size().tolist() == years["mats_with_2_or_more"].tolist()
    assert by_year["schools"].median().tolist() == years["median_mat_size"].tolist()
    np.testing.assert_allclose(by_year["mean_outcome"].std(ddof=0), years["outcome_spread"])
    past = (mats[[f"pressure_{k}" for k in BREAK_POINTS]].max(axis=1) > 1).groupby(mats["year"]).mean()
    np.testing.assert_allclose(past, years["share_past_break_point"])
    groups = made["run_group_year"]
    for grouping, column in GROUPINGS.items():
        found = groups[groups["grouping"] == grouping].set_index(["year", "group"])
        weighed = mats.assign(product=mats["backoffice_per_pupil"] * mats["pupils"])
        sums = weighed.groupby(["year", column], observed=True)[["product", "pupils"]].sum()
        np.testing.assert_allclose(found["backoffice_per_pupil"], sums["product"] / sums["pupils"])
        sizes = found["schools"].groupby("year").sum()
        assert sizes.tolist() == by_year["schools"].sum().tolist()


def test_the_same_run_gives_the_same_bytes(decade: Finished) -> None:
    first, second = summarise(decade.tables), summarise({k: v.copy() for k, v in decade.tables.items()})
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name], check_exact=True)


def test_the_columns_that_are_read_are_all_that_is_needed(decade: Finished) -> None:
    whole = summarise(decade.tables)
    some = {"system_year": decade.tables["system_year"], "trust_year": decade.tables["trust_year"][[*READ]]}
    for name, found in summarise(some).items():
        pd.testing.assert_frame_equal(found, whole[name], check_exact=True)
    for left_out in READ:
        with pytest.raises(KeyError, match=left_out):
            summarise({**some, "trust_year": some["trust_year"].drop(columns=left_out)})


def test_a_run_that_makes_only_those_columns_is_summed_up_alike(area: World) -> None:
    made = []
    for columns in (None, {"trust_year": READ}):
        model = TrustSystem(area, scenario(), 4)
        model.recorder.only(("system_year", "trust_year"), columns)
        model.run_years(4)
        made.append(model.recorder)
    assert list(made[1].columns()["trust_year"]) == [name for name in TABLES["trust_year"].names if name in READ]
    first, second = summary(made[0].tables()), summary(made[1].columns())
    for name, columns in first.items():
        for column, values in columns.items():
            np.testing.assert_array_equal(np.asarray(second[name][column]), np.asarray(values), err_msg=column)
    with pytest.raises(KeyError, match="no such columns of trust_year: \\['cost'\\]"):
        made[0].only((), {"trust_year": ["cost"]})


def test_every_numeric_column_is_a_measure_in_plain_words() -> None:
    assert list(MEASURES) == [c for c in RUN_YEAR.names if c not in ("run", "year", "fingerprint")]
    assert list(GROUP_MEASURES) == [c for c in RUN_GROUP_YEAR.names if c not in ("run", "year", "grouping", "group")]
    for measure in [*MEASURES.values(), *GROUP_MEASURES.values()]:
        assert "_" not in measure.title
        assert measure.unit
        assert measure.better in ("higher", "lower", "")
    assert len({m.title for m in MEASURES.values()}) == len(MEASURES)


def test_a_kept_table_has_the_run_in_front() -> None:
    spec = SWEEP_TABLES["run_trust_year"]
    assert spec.key == ("run", "year", "trust")
    assert spec.names == ["run", *TABLES["trust_year"].names]
    assert SWEEP_TABLES["run_events"].key == ()
