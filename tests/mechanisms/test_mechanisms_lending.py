"""Strong schools lend practice to weaker ones near by: who to whom, what it gives and costs, recomputed from tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from numpy.typing import NDArray

from matsim.mechanisms import lending
from matsim.results.numbers import named
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import simulate
from matsim.world.base import World
from matsim.world.codes import Grade
from matsim.world.geography import neighbours

type Floats = NDArray[np.float64]

YEARS = 6


def lent_by_events(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every year of every pair, by the log alone: year, school, lender, and minutes between the two."""
    events, rows, open_pairs = tables["events"], [], {}
    last = int(tables["school_year"]["year"].max())
    for year in range(int(events["year"].min()), last + 1):
        of_year = events[(events["year"] == year) & events["event"].isin(["lend", "withdraw"])]
        for event, school, inputs in zip(of_year["event"], of_year["school"], of_year["inputs"], strict=True):
            if event == "lend":
                open_pairs[school] = named(inputs)
            else:
                assert open_pairs.pop(school)["lender"] == named(inputs)["lender"]
        rows += [(year, school, int(pair["lender"]), pair["minutes"]) for school, pair in open_pairs.items()]
    return pd.DataFrame(rows, columns=["year", "school", "lender", "minutes"])


@pytest.mark.direction("G20", "step:lending")
def test_what_is_lent_follows_from_the_log_and_the_table_of_schools(county: World) -> None:
    """What every school is lent, or loses by lending, in every year is what the pairs of the log say, from how far the
    lender was ahead the summer before and how near it is; nobody who is in no pair gains or loses."""
    settings = scenario(run__school_year=True)
    tables = simulate(settings, county, seed=5, years=YEARS).tables
    p, schools = settings.lending, tables["school_year"].set_index(["year", "school"]).sort_index()
    pairs = lent_by_events(tables)
    pairs = pairs[pairs["year"] > schools.index[0][0]]  # the summer before the first is in no table
    given = pairs.groupby(["year", "lender"]).size()
    assert given.max() <= p.most
    lent, cost = schools["lent"], -p.cost * given
    in_pairs = pd.MultiIndex.from_frame(pairs[["year", "school"]])
    weaker, stronger = (
        schools["quality"].reindex(pd.MultiIndex.from_arrays([pairs["year"] - 1, pairs[who]])).to_numpy()
        for who in ("school", "lender")
    )
    old = ~np.isnan(weaker)  # those that have just opened were in no table the summer before
    assert old.mean() > 0.99
    pairs, weaker, stronger = pairs[old], weaker[old], stronger[old]
    next_door = p.gain * np.maximum(stronger - weaker, 0.0)  # or in one cluster
    usual = next_door * (1.0 - pairs["minutes"].to_numpy() / p.minutes)
    borrowed = pd.MultiIndex.from_frame(pairs[["year", "school"]])
    received = lent[borrowed].to_numpy()
    as_far = np.isclose(received, usual, atol=1e-12)
    assert (as_far | np.isclose(received, next_door, atol=1e-12)).all()
    one = schools["trust"][borrowed].to_numpy()
    assert as_far[(one < 0)].all(), "clusters are of trusts"
    assert len(pairs) > 1000
    assert 0.5 < as_far.mean() < 1.0
    assert lent[cost.index].to_numpy() == pytest.approx(cost.to_numpy(), abs=1e-12)
    rest = schools.index.difference(in_pairs).difference(cost.index)
    assert not lent[rest[rest.get_level_values(0) > schools.index[0][0]]].any()
    assert (schools["lender"][borrowed].to_numpy() == pairs["lender"].to_numpy()).all()


def test_lenders_are_strong_and_near_and_borrowers_weak(county: World) -> None:
    """At the moment they begin: judged Good or better with results to lend or a teaching school; within reach; one
    place each, three for teaching schools; a school of the same trust before any other."""
    state = TrustSystem(county, scenario(), 2).state
    s, schools = scenario(), state.schools
    lending.lend(state, s.lending, s.travel)
    rows = np.flatnonzero(schools.lender >= 0)
    lender = schools.lender[rows]
    record = (schools.outcome + schools.before) / 2.0
    assert len(rows) > 100
    assert np.isin(schools.grade[lender], (Grade.OUTSTANDING, Grade.GOOD)).all()
    assert (schools.designated[lender] | (record[lender] >= s.lending.strong)).all()
    assert ((record[rows] <= -s.lending.strong) | (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT)).all()
    assert (state.world.sector[rows] == state.world.sector[lender]).all()
    each = np.bincount(lender, minlength=len(schools))
    assert each[schools.designated].max() == s.lending.most
    assert each[~schools.designated & (schools.cluster < 0)].max() == 1
    frame = state.log.frame(schools.urn, state.trusts.uid)
    inputs = pd.DataFrame([named(x) for x in frame.loc[frame["event"] == "lend", "inputs"]])
    assert inputs["minutes"].max() <= s.lending.minutes
    assert inputs["minutes"].median() < 0.5 * s.lending.minutes


@pytest.mark.parametrize(("year", "least", "most"), [(2012, 120, 280), (2018, 640, 900), (2023, 50, 140)])
def test_there_are_as_many_teaching_schools_as_in_england(county: World, year: int, least: int, most: int) -> None:
    """Of England's 4,300 or so Outstanding schools that would be some 200 in 2012, 730 to 800 in 2018, 87 hubs."""
    shares = []
    for seed in range(8):
        state = TrustSystem(county, scenario(), seed).state
        state.year = year
        lending.lend(state, scenario().lending, scenario().travel)
        shares.append(state.schools.designated.sum() / (state.schools.grade == Grade.OUTSTANDING).sum())
    error = np.std(shares) / np.sqrt(len(shares))
    assert least / 4300 < np.mean(shares) < most / 4300
    assert error < 0.01


def apart(world: World, urns: Floats, metres: float) -> World:
    """The world with some schools moved eastwards, and everybody's neighbours found again."""
    schools = dict(world.schools)
    schools["easting"] = schools["easting"] + metres * np.isin(schools["urn"], urns)
    near = neighbours(schools["easting"], schools["northing"], schools["phase"], scenario().travel)
    return replace(world, schools=schools, neighbours=near)


QUIET = {
    "seeking.on": False,
    "founding.on": False,
    "bidding.on": False,
    "orders.on": False,
    "inspection.on": False,
    "intervention.on": False,
    "merging.on": False,
    "rolls.closing": 0.0,
    "heads.on": False,
    "teachers.on": False,
    "rolls.choice_on": False,
    "collaborating.on": False,
    "run.school_year": True,
}
"""Nobody moves and no grade changes: schools of two worlds differ by what practice is lent, and by nothing else."""


def test_a_strong_school_far_away_is_worth_what_the_pairs_said(county: World) -> None:
    """Lenders of the first year moved away by 40 km: those they lent to end lower in quality, by what they were lent
    in the one world and not in the other, carried from year to year as every other gain is."""
    settings = scenario(**QUIET)
    near = simulate(settings, county, seed=7, years=YEARS).tables
    first = lent_by_events(near).query("year == year.min()")
    moved = np.unique(first["lender"])
    far = simulate(settings, apart(county, moved, 40_000.0), seed=7, years=YEARS).tables
    one, other = (
        t["school_year"].pivot(index="year", columns="school", values=["quality", "lent"]) for t in (near, far)
    )
    outside = near["school_year"].groupby("school")["trust"].max().lt(0).loc[lambda s: s].index
    weak = np.intersect1d(first.loc[first["lender"].isin(moved), "school"], outside)
    assert len(weak) > 40
    change = (one - other)[["quality", "lent"]].loc[:, (slice(None), weak)]
    quality, lent = change["quality"].to_numpy(), change["lent"].to_numpy()
    kept = np.vstack([np.zeros(len(weak)), quality[:-1]])
    # what is left of a difference after a year is the same share for all schools of a phase
    left = (quality - lent)[1:] / np.where(np.abs(kept[1:]) > 1e-6, kept[1:], np.nan)
    phase = near["school_year"].drop_duplicates("school").set_index("school")["phase"].astype(str)[weak]
    for name in phase.unique():
        of_phase = left[:, (phase == name).to_numpy()]
        assert np.nanstd(of_phase) < 1e-6
        assert 0.7 < np.nanmean(of_phase) < 1.0
    assert quality[0] == pytest.approx(lent[0])
    gained = quality[-1]
    assert gained.mean() > 3.0 * gained.std() / np.sqrt(len(weak))
    assert 0.02 < gained.mean() < 0.3


def test_what_is_lent_can_be_seen_in_results_and_costs_lenders_a_little(county: World) -> None:
    """Switched off, over six seeds: schools that borrowed have lower results, those that lent a little higher ones,
    each by more than luck; and all schools together hardly differ."""
    borrowers, lenders, everybody = [], [], []
    for seed in range(6):
        on, off = (
            simulate(scenario(run__school_year=True, lending__on=lent), county, seed=seed, years=YEARS).tables
            for lent in (True, False)
        )
        pairs = lent_by_events(on)
        one, other = (t["school_year"].query("year == year.max()").set_index("school")["outcome"] for t in (on, off))
        change = (one - other).dropna()
        weak, strong = set(pairs["school"]), set(pairs["lender"])
        borrowers.append(change[change.index.isin(weak - strong)].mean())
        lenders.append(change[change.index.isin(strong - weak)].mean())
        everybody.append(change.mean())
    gain, loss, mean = (np.array(v) for v in (borrowers, lenders, everybody))
    error = [v.std(ddof=1) / np.sqrt(len(v)) for v in (gain, loss, mean)]
    assert gain.mean() > 4 * error[0]
    assert loss.mean() < -4 * error[1]
    assert 0.03 < gain.mean() < 0.2
    assert -0.1 < loss.mean() < -0.005
    assert abs(mean.mean()) < 0.03
