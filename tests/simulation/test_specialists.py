"""Special schools, alternative provision and schools for those of 16 to 19 in a run: counted, paid, and not tested."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.specialists import OWN_UID, with_specialists

from matsim.agents.school import FORMS
from matsim.evidence.parameters import at
from matsim.figures.routes import who_runs_schools
from matsim.measures.summarise import summarise
from matsim.mechanisms import collaborating, inspection, openings, orders, rolls, spending
from matsim.results.tables import TABLES, check
from matsim.scenario.load import override
from matsim.simulation.explain import Names, explain
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import World
from matsim.world.codes import PHASES, Grade, Phase, SchoolState

SPECIALIST = PHASES[3:]
TABLED = ("special", "alternative", "sixteen_plus")
UNKNOWN = {
    "trust_year": {
        "mean_outcome",
        "value_added",
        "outcome_with_left",
        "disadvantaged",
        "founded",
        "foreseen",
        "pace",
        "conditions",
        "barred",
    },
    "school_year": {"outcome", "value_added"},
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
        # a region without a school has no means
        told = frame[frame["schools"] > 0] if name == "region_year" else frame
        numbers = told.select_dtypes("number")
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
    assert (alone["track_record"].gt(0.0) & alone["track_record"].le(1.0)).all()
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


def test_pupils_of_each_phase_follow_the_numbers_of_the_year(county: World) -> None:
    """Places are allocated: a specialist school's roll goes with its district's, and the sum with published growth."""
    settings = scenario()
    model = TrustSystem(with_specialists(county), settings, 2)
    state, p = model.state, settings.rolls
    schools, before = state.schools, state.schools.pupils.copy()
    state.year = 2020
    rolls.intake(state, p)
    is_open = schools.state == SchoolState.OPEN
    growth = (p.growth_special, p.growth_alternative, p.growth_sixteen_plus)
    for phase, dated in zip((Phase.SPECIAL, Phase.ALTERNATIVE, Phase.SIXTEEN_PLUS), growth, strict=True):
        here = is_open & (schools.phase == phase)
        assert schools.pupils[here].sum() == pytest.approx(before[here].sum() * (1.0 + at(dated, 2020)), rel=1e-9)
        # nobody is drawn from one to another by grades
        assert schools.pupils[here] / before[here] == pytest.approx(1.0 + at(dated, 2020), rel=1e-9)
    assert at(p.growth_alternative, 2020) < -0.1 < 0.04 < at(p.growth_special, 2020)


def test_specialist_schools_are_left_out_of_what_is_of_the_others(county: World) -> None:
    """Exemption from inspection, orders for low results, federation for size, empty places."""
    settings = scenario()
    state = TrustSystem(with_specialists(county), settings, 2).state
    schools = state.schools
    few = np.flatnonzero(~state.world.mainstream & (schools.state == SchoolState.OPEN))
    few = few[schools.trust[few] < 0]
    assert len(few) > 40
    # Outstanding, and seen not long ago: a mainstream school would be exempt, but their visit is due, and comes
    schools.grade[few], schools.inspected[few], schools.due[few] = Grade.OUTSTANDING, 2016.0, 2018.2
    inspection.visit(state, settings.inspection)
    assert (schools.inspected[few] > 2018.0).all()
    schools.grade[few], schools.ordered[few] = Grade.REQUIRES_IMPROVEMENT, np.nan
    state.year = 2012
    orders.issue(state, settings.orders)
    assert np.isnan(schools.ordered[few]).all()
    schools.pupils[few], schools.reserves[few] = 10.0, 0.0
    assert not collaborating.strain(state, few, settings.seeking).any()
    forms = collaborating._forms(state, settings.collaborating, few, few)
    assert "federation" not in {FORMS[form] for form in forms.tolist()}


def test_special_free_schools_open_on_their_sites_and_nowhere_else(county: World) -> None:
    """As many a year as are dated, in proportion; none where a world has no site for them."""
    wanted = {"special": {2018: 40}, "alternative": {2018: 0}, "sixteen_plus": {2018: 10}}
    settings = override(scenario(), {f"openings.{name}": dated for name, dated in wanted.items()}, "test")
    world = with_specialists(county)
    sites = {phase: int((world.schools["planned"] & (world.schools["phase"] == phase)).sum()) for phase in range(3, 6)}
    assert min(sites.values()) >= 1
    model = TrustSystem(world, settings, 2)
    openings.run(model.state, settings.openings, settings.inspection, settings.vision, settings.ceos)
    schools = model.state.schools
    opened = world.schools["planned"] & (schools.state == SchoolState.OPEN)
    share = county.size / 20_000
    count = np.bincount(schools.phase[opened], minlength=6)
    assert abs(count[Phase.SPECIAL] - 40 * share) < 1
    assert abs(count[Phase.SIXTEEN_PLUS] - 10 * share) < 1
    assert count[Phase.ALTERNATIVE] == 0
    assert (schools.trust[opened] >= 0).all()
    bare = TrustSystem(county, settings, 2)
    openings.run(bare.state, settings.openings, settings.inspection, settings.vision, settings.ceos)
    new = county.schools["planned"] & (bare.state.schools.state == SchoolState.OPEN)
    assert (bare.state.schools.phase[new] < Phase.SPECIAL).all()
    mainstream = opened[: len(county.schools["urn"])]
    np.testing.assert_array_equal(mainstream, new, "luck of mainstream openings is their own")


def test_they_are_pulled_into_trusts_by_policy_of_their_own(county: World) -> None:
    """A pull on special schools brings these, and leaves alternative provision where it is."""
    world, joined = with_specialists(county, every=5), {}
    for pull in (-3.0, 1.5):
        changes = {f"environment.push_special.{year}": pull for year in (2010, 2020, 2022, 2024, 2025)}
        tables = simulate(override(scenario(run__school_year=True), changes, "test"), world, seed=2, years=4).tables
        last = tables["school_year"].query("year == 2021")
        joined[pull] = {phase: int((last["trust"] >= 0)[last["phase"] == phase].sum()) for phase in SPECIALIST}
    special, other = PHASES[Phase.SPECIAL], PHASES[Phase.ALTERNATIVE]
    assert joined[1.5][special] > 1.3 * joined[-3.0][special]
    assert abs(joined[1.5][other] - joined[-3.0][other]) < 0.15 * joined[-3.0][other]


def test_their_money_is_of_their_own_scale(finished: Finished, county: World) -> None:
    state = TrustSystem(with_specialists(county), scenario(), 2).state
    rows = np.flatnonzero(state.schools.state == SchoolState.OPEN)
    each = spending.gross_income(state, rows) / state.schools.pupils[rows]
    of = [each[state.schools.phase[rows] == phase] for phase in range(6)]
    p = scenario().environment
    for phase, dated in ((3, p.funding_special), (4, p.funding_alternative), (5, p.funding_sixteen_plus)):
        assert of[phase] == pytest.approx(at(dated, 2018)), PHASES[phase]
    schools = finished.tables["school_year"]
    cost = schools.groupby("phase", observed=True)["backoffice_per_pupil"].mean()
    assert cost["special"] == pytest.approx(4300, rel=0.1)
    assert cost["16 to 19"] == pytest.approx(1200, rel=0.1)
    assert cost["secondary"] == pytest.approx(1539, rel=0.1)
    # nothing of it drives them out of balance
    balance = schools.groupby("phase", observed=True)["balance"].mean()
    assert balance.abs().max() < 0.015


def test_places_that_are_not_filled_are_paid_for(county: World) -> None:
    """Twice the places cost a maintained mainstream school of what it has for teaching, which it spares at once, and of
    its balance where it cannot; and a specialist one nothing."""
    shares = []
    for wide in (1.0, 2.0):
        model = TrustSystem(with_specialists(county), scenario(), 2)
        schools, known = model.state.schools, model.state.world.mainstream
        schools.capacity *= wide
        model.run_years(1)
        stayed = (schools.trust < 0) & (schools.state == SchoolState.OPEN)
        taught = schools.taught / np.maximum(schools.income, 1.0)
        shares.append([(taught[rows], schools.balance[rows]) for rows in (stayed & known, stayed & ~known)])
    (usual, special), (wasteful, spacious) = shares
    lost = [a.mean() - b.mean() for a, b in zip(usual, wasteful, strict=True)]
    assert lost[0] > lost[1] > 0.001
    assert sum(lost) > 0.03
    assert len(special[0]) > 30
    for a, b in zip(special, spacious, strict=True):
        np.testing.assert_allclose(a.mean(), b.mean(), atol=0.003)


def test_what_a_trust_of_special_schools_did_is_told_without_results(finished: Finished) -> None:
    names = Names.of(finished.tables["schools"], finished.tables["trusts"])
    story = finished.tables["events"].query(f"{OWN_UID} <= trust < {OWN_UID + 30}")
    assert len(story) > 100
    told = [one.sentence for one in explain(story, scenario(), names)]
    assert len(told) == len(story)
    assert not [sentence for sentence in told if "nan" in sentence.split() or "None" in sentence]
