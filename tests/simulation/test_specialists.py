"""Special schools, alternative provision and schools for those of 16 to 19 in a run: counted, paid, and not tested."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.specialists import OWN_UID, with_specialists

from matsim.figures.routes import who_runs_schools
from matsim.measures.summarise import summarise
from matsim.results.tables import TABLES, check
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import World
from matsim.world.codes import PHASES

SPECIALIST = PHASES[3:]
TABLED = ("special", "alternative", "sixteen_plus")
UNKNOWN = {
    "trust_year": {"mean_outcome", "outcome_with_left", "disadvantaged", "founded"},
    "school_year": {"outcome"},
    "trusts": {"founded"},
    "events": {"value", "threshold", "margin"},
}
"""Columns whose meaning says that a number may be missing."""


@pytest.fixture(scope="module")
def finished(county: World) -> Finished:
    """Six years of a county with some 140 specialist schools."""
    return simulate(scenario(run__school_year=True), with_specialists(county), seed=2, years=6)


def test_tables_are_as_declared_and_promise_what_they_hold(finished: Finished) -> None:
    for name, frame in finished.tables.items():
        check(frame, TABLES[name])
        numbers = frame.select_dtypes("number")
        assert set(numbers.columns[numbers.isna().any()]) <= UNKNOWN.get(name, set()), name
        assert not np.isinf(numbers.to_numpy(dtype=float)).any(), name


def test_no_value_added_is_said_of_them_and_means_leave_them_out(finished: Finished) -> None:
    schools = finished.tables["school_year"]
    special = schools["phase"].isin(SPECIALIST)
    assert special.sum() > 600
    assert schools.loc[special, "outcome"].isna().all()
    assert schools.loc[~special, "outcome"].notna().all()
    by_year = schools.loc[~special].assign(weight=lambda f: f["outcome"] * f["pupils"]).groupby("year")
    mean = by_year["weight"].sum() / by_year["pupils"].sum()
    said = finished.tables["system_year"].set_index("year")["mean_outcome"]
    np.testing.assert_allclose(said, mean, rtol=1e-9)
    # of each trust: that of its mainstream schools, and unknown where it has none
    trusts = finished.tables["trust_year"].set_index(["year", "trust"])
    theirs = schools.loc[~special & (schools["trust"] >= 0)].assign(weight=lambda f: f["outcome"] * f["pupils"])
    theirs = theirs.groupby(["year", "trust"])[["weight", "pupils"]].sum()
    tested = trusts["mean_outcome"].notna()
    assert set(trusts.index[tested]) == set(theirs.index)
    assert (~tested).sum() > 20


def test_a_trust_of_special_schools_alone_has_a_record_and_all_else(finished: Finished) -> None:
    trusts = finished.tables["trust_year"]
    alone = trusts.loc[trusts["trust"].ge(OWN_UID) & trusts["trust"].lt(OWN_UID + 100) & trusts["mean_outcome"].isna()]
    assert len(alone) > 20
    assert alone["track_record"].between(0.05, 1.0).all()
    assert alone["track_record"].nunique() > 10
    assert (alone["income"] / alone["pupils"] > 5_000).all()
    assert not alone[["flag_progress", "flag_improvement", "flag_disadvantaged"]].any().any()
    assert (alone["need_finance"] > 0).all()


def test_counts_and_pupils_of_all_schools_add_up(finished: Finished) -> None:
    schools, system = finished.tables["school_year"], finished.tables["system_year"].set_index("year")
    np.testing.assert_array_equal(system["schools"], schools.groupby("year").size())
    np.testing.assert_allclose(system["pupils"], schools.groupby("year")["pupils"].sum(), rtol=1e-9)
    lower, upper = schools[schools["phase"] == "primary"], schools[schools["phase"].isin(PHASES[1:3])]
    np.testing.assert_array_equal(system["primary_schools"], lower.groupby("year").size())
    np.testing.assert_array_equal(system["secondary_schools"], upper.groupby("year").size())
    for name, phase in zip(TABLED, PHASES[3:], strict=True):
        here = schools[schools["phase"] == phase]
        np.testing.assert_array_equal(system[f"{name}_schools"], here.groupby("year").size(), name)
        academies = here[here["trust"] >= 0].groupby("year").size()
        np.testing.assert_array_equal(system[f"{name}_single"] + system[f"{name}_in_mats"], academies, name)
        assert system[f"{name}_maintained"].iloc[0] > 0, name
    shown = system[[f"{name}_schools" for name in ("primary", "secondary", *TABLED)]].sum(axis=1)
    np.testing.assert_array_equal(shown, system["schools"])
    inside = schools[schools["trust"] >= 0].groupby(["year", "trust"])["pupils"].agg(["size", "sum"])
    trusts = finished.tables["trust_year"].set_index(["year", "trust"]).loc[inside.index]
    np.testing.assert_array_equal(trusts["schools"], inside["size"])
    np.testing.assert_allclose(trusts["pupils"], inside["sum"], rtol=1e-9)
    usual = schools[(schools["trust"] >= 0) & ~schools["phase"].isin(SPECIALIST)]
    mainstream = usual.groupby(["year", "trust"])["pupils"].agg(["size", "sum"]).reindex(inside.index, fill_value=0)
    np.testing.assert_array_equal(trusts["mainstream_schools"], mainstream["size"])
    np.testing.assert_allclose(trusts["mainstream_pupils"], mainstream["sum"], rtol=1e-9)


def test_a_report_shows_who_runs_them_and_measures_weigh_mainstream_pupils(finished: Finished, county: World) -> None:
    system = finished.tables["system_year"]
    figure = who_runs_schools(system)
    assert figure is not None
    assert figure.table["Special schools: in MATs"].tolist() == system["special_in_mats"].tolist()
    share = system["special_in_mats"] / system["special_schools"]
    assert f"{share.iloc[0]:.1%} to {share.iloc[-1]:.1%} of special schools" in figure.title
    plain = who_runs_schools(simulate(scenario(), county, seed=2, years=1).tables["system_year"])
    assert plain is not None
    assert not any("special" in name.lower() or "16 to 19" in name for name in plain.table.columns)
    year = summarise(finished.tables)["run_year"].set_index("year")
    assert year.notna().all().all()
    mats = finished.tables["trust_year"]
    mats = mats[(mats["kind"] == "multi-academy trust") & (mats["schools"] >= 2) & mats["mean_outcome"].notna()]
    total = (mats["mean_outcome"] * mats["mainstream_pupils"]).groupby(mats["year"]).sum()
    np.testing.assert_allclose(year["outcome_in_mats"], total / mats.groupby("year")["mainstream_pupils"].sum())


def test_mainstream_luck_is_the_same_beside_them(county: World) -> None:
    """A school's first year is drawn for it alone: quality, head and next visit do not depend on who is beside it."""
    alone = TrustSystem(county, scenario(), 4).state.schools
    beside = TrustSystem(with_specialists(county), scenario(), 4).state.schools
    count = len(county.schools["urn"])
    for name in ("head", "identity", "due", "vacancy", "head_years"):
        np.testing.assert_array_equal(beside[name][:count], alone[name], name)
