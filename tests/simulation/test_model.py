"""The year as a whole: same inputs same bytes, luck shared, nothing lost, and the answers that are known beforehand."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.trust_pairs import trust_pairs
from support.worlds import digests, island

from matsim.evidence.parameters import Params, describe
from matsim.mechanisms import collaborating, seeking
from matsim.mechanisms.rolls import RollsParams
from matsim.results.tables import BREAK_POINTS, TABLES, check
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, build_world, simulate
from matsim.simulation.twin import twin
from matsim.state.state import State
from matsim.strategies import Hold
from matsim.world.base import World
from matsim.world.codes import Phase, Route, SchoolState, TrustKind

DIGEST = """
import json
from matsim.simulation.simulate import build_world, simulate
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.results.table_files import table_digest
s = override(Scenario(), {"world.synthetic.schools": 300, "world.synthetic.specialist": 0.0}, "test")
print(json.dumps({k: table_digest(v) for k, v in simulate(s, build_world(s), seed=5, years=4).tables.items()}))
"""


def test_same_bytes_in_other_processes_and_under_other_hash_seeds(area: World) -> None:
    here = digests(simulate(scenario(), area, seed=5, years=4).tables)
    for seed in ("0", "12345"):
        env = {"PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", DIGEST], env=env, capture_output=True, check=True)
        assert json.loads(run.stdout) == here


def test_other_seed_other_luck(area: World) -> None:
    a, b = (digests(simulate(scenario(), area, seed=s, years=2).tables) for s in (1, 2))
    assert all(a[name] != b[name] for name in ("system_year", "trust_year", "events"))


def test_a_twin_with_no_difference_differs_nowhere(area: World) -> None:
    same = twin(scenario(), scenario(), area, seed=4, years=6)
    assert same.alike
    assert same.parting is None
    assert (same.differences["difference"].fillna(0) == 0).all()


def test_a_twin_with_a_difference_parts_where_it_acts(area: World) -> None:
    other = twin(scenario(), scenario(inspection__on=False), area, seed=4, years=3)
    assert not other.alike
    assert other.parting is not None
    assert other.parting.step == "inspection"
    assert other.parting.year == 2018
    assert [d.name for d in other.settings] == ["inspection.on"]


def test_a_trust_that_never_acts_changes_nothing_else(county: World) -> None:
    """Everything that happens to others is the same whether or not a trust that never acts is there."""
    wider = island(county)
    plain = scenario(run__school_year=True)
    held = scenario(run__school_year=True, trusts=[{"uid": 999_999, "strategy": {"kind": "hold"}}])
    a = simulate(plain, county, seed=2, years=6).tables
    b = simulate(held, wider, seed=2, years=6).tables
    urns = wider.schools["urn"][len(county.schools["urn"]) :].tolist()
    authority = "3000"  # the island's own authority
    others = [
        t[~t["school"].isin(urns) & (t["trust"] != 999_999) & (t["reason"] != authority)].reset_index(drop=True)
        for t in (a["events"], b["events"])
    ]
    pd.testing.assert_frame_equal(others[0], others[1], check_categorical=False)
    for name, column, theirs in (("school_year", "school", urns), ("trust_year", "trust", [999_999])):
        left, right = (t[name][~t[name][column].isin(theirs)].reset_index(drop=True) for t in (a, b))
        # what is published is so against all schools of the year; nobody in the model reads it
        left, right = (t.drop(columns="value_added") for t in (left, right))
        pd.testing.assert_frame_equal(left, right, check_categorical=False)


def test_whatever_goes_on_inside_a_trust_that_never_acts_changes_no_column_of_another(county: World) -> None:
    """Heads, teachers, money, lending and all else: every column of every school and trust is to the bit what it is
    without the trust, though inside it a strong school lends to weak ones, heads move and clusters form."""
    wider = island(county, (1, 4, 3, 2))
    held = scenario(trusts=[{"uid": 999_999, "strategy": {"kind": "hold"}}])
    alone, beside = (TrustSystem(w, s, 2) for w, s in ((county, scenario()), (wider, held)))
    size, extra = len(county.schools["urn"]), int(np.flatnonzero(wider.trusts["uid"] == 999_999)[0])
    urns = wider.schools["urn"][size:]
    beside.state.schools.outcome[size:] = beside.state.schools.before[size:] = [2.0, -1.0, -1.0, 0.0]
    for _ in range(5):
        for model in (alone, beside):
            model.run_for(1)
        check_columns(alone.state, beside.state, size, extra)
    happened = beside.recorder.tables()["events"]
    inside = set(happened.loc[happened["school"].isin(urns), "event"])
    assert {"lend", "head"} <= inside


def check_columns(one: State, other: State, size: int, extra: int) -> None:
    """Every column of the first `size` schools, and of all trusts but that in row `extra` of the other world."""
    rows = np.delete(np.arange(len(other.trusts)), extra)
    assert one.trusts.uid.tolist() == other.trusts.uid[rows].tolist()
    # rows of trusts founded in the run come one later, those of schools stay
    moved = np.append(np.insert(np.arange(len(one.trusts)), extra, -2), -1)

    def read(state: State, name: str, values: np.ndarray) -> np.ndarray:
        """Values of a column, such as rows of other tables, as both worlds have them."""
        if name == "place":
            return np.asarray(state.places.code[values])
        return np.asarray(moved[values] if state is other and name in ("trust", "taken_from") else values)

    for name in [column.name for column in one.schools.columns]:
        mine, theirs = (read(s, name, s.schools[name][:size]) for s in (one, other))
        np.testing.assert_array_equal(mine, theirs, err_msg=name)
    for name in [column.name for column in one.trusts.columns]:
        mine, theirs = (read(s, name, s.trusts[name][r]) for s, r in ((one, slice(None)), (other, rows)))
        np.testing.assert_array_equal(mine, theirs, err_msg=name)


def test_conservation(county: World) -> None:
    """Pupils follow the stated growth and nothing else; schools only open and close by moves."""
    growing = [name for name in RollsParams.model_fields if name.startswith(("growth_", "apart_"))]
    assert len(growing) == 9
    rolls = RollsParams.model_validate({name: {2010: 0.0} for name in growing} | {"too_small": 40.0})
    model = TrustSystem(county, scenario(openings__on=False).model_copy(update={"rolls": rolls}), 1)
    state = model.state
    pupils = state.schools.pupils[state.open_rows()].sum()
    total = len(state.open_rows())
    for _ in range(8):
        model.run_for(1)
        rows = state.open_rows()
        assert state.schools.pupils[rows].sum() == pytest.approx(pupils, rel=1e-9)
        assert (state.schools.pupils[rows] >= 0).all()
    events = model.recorder.tables()["events"]
    closed = events[(events["event"] == "close") & (events["school"] >= 0)]
    assert len(closed) > 0
    assert total - len(state.open_rows()) == len(closed)


def test_the_world_stays_sound(decade: Finished) -> None:
    """No school in two trusts, no trust without schools, no cluster that breaks its own definition."""
    state = decade.model.state
    s, t = state.schools, state.trusts
    rows = state.in_trusts()
    assert t.active[s.trust[rows]].all()
    counts = np.bincount(s.trust[rows], minlength=len(t))
    assert (counts[state.active()] >= 1).all()
    assert (counts[t.kind == TrustKind.SINGLE] <= 1).all()
    assert (s.trust[s.state != SchoolState.OPEN] == -1).all()
    assert ((s.route[state.open_rows()] == Route.MAINTAINED) == (s.trust[state.open_rows()] < 0)).all()
    p = decade.scenario.clusters
    inside = rows[s.cluster[rows] >= 0]
    names, sizes = np.unique(s.cluster[inside], return_counts=True)
    assert len(names) > 10
    assert sizes.min() >= 2
    assert sizes.max() <= p.largest
    a, b, minutes = trust_pairs(state, decade.scenario.travel)
    together = (s.cluster[a] == s.cluster[b]) & (s.cluster[a] >= 0)
    assert minutes[together].max() <= p.minutes
    assert ((s.phase[a] != Phase.PRIMARY) == (s.phase[b] != Phase.PRIMARY))[together].all()
    pairs = np.bincount(np.searchsorted(names, s.cluster[a[together]]), minlength=len(names))
    assert (pairs == sizes * (sizes - 1) // 2).all(), "every two schools of a cluster are in one trust"


def test_tables_are_as_declared_and_agree(decade: Finished) -> None:
    for name, frame in decade.tables.items():
        check(frame, TABLES[name])
    system, trusts = decade.tables["system_year"], decade.tables["trust_year"]
    held = trusts[trusts["kind"] == "multi-academy trust"].groupby("year")["schools"].sum()
    assert held.tolist() == system["academies_in_mats"].tolist()
    whole = system["maintained"] + system["single_academies"] + system["academies_in_mats"]
    assert whole.tolist() == system["schools"].tolist()
    regions = decade.tables["region_year"].groupby("year")[["schools", "pupils", "transfers", "trusts_multi"]].sum()
    assert regions["schools"].tolist() == system["schools"].tolist()
    assert regions["transfers"].tolist() == system["transfers"].tolist()
    assert regions["trusts_multi"].tolist() == system["trusts_multi"].tolist()


def test_tables_taken_one_by_one_are_those_made_together(area: World) -> None:
    model = TrustSystem(area, scenario(**{"run.school_year": True}), 3)
    model.run_years(2)
    together, recorder = model.recorder.tables(), model.recorder
    model.let_go()
    for name in recorder.names:
        pd.testing.assert_frame_equal(recorder.take(name), together.pop(name), check_exact=True)
    assert not together
    assert not vars(recorder)  # nothing is held once all are taken


def test_if_no_school_seeks_and_none_fails_no_trust_grows(county: World) -> None:
    quiet = scenario(
        seeking__on=False,
        orders__on=False,
        inspection__on=False,
        openings__on=False,
        intervention__on=False,
        merging__on=False,
        buyin__leave_on=False,
        rolls__closing=0.0,
    )
    model = TrustSystem(county, quiet, 1)
    model.state.schools.ordered[:] = np.nan
    before = model.state.schools.trust.copy()
    model.run_years(6)
    assert np.array_equal(before, model.state.schools.trust)
    assert model.state.log.count("join") == model.state.log.count("transfer") == 0


def test_a_commissioner_who_approves_nothing_allows_no_moves(county: World) -> None:
    strict = scenario(commissioners=[{"kind": "refuse"}], merging__on=False, founding__on=False)
    finished = simulate(strict, county, seed=1, years=5)
    events = finished.tables["events"]["event"]
    assert (events == "refuse").sum() > 50
    assert not events.isin(["join", "transfer", "merge", "approve"]).any()


def test_unlimited_capacity_and_full_willingness_are_bounded_only_by_supply(county: World) -> None:
    """Everyone seeks, everyone is wanted, everything is approved: what remains outside has no trust near it."""
    keen = scenario(
        seeking__threshold=-20.0,
        bidding__least=-5.0,
        bidding__due_diligence=False,
        planting__on=False,
        joining__reservation=-20.0,
        approval__on=False,
        joining__wait=0.0,
        founding__on=False,
        clusters__on=False,
        ceos=[{"kind": "growth_first", "strain": 0.0, "fastest": 1.0}],
        vision__target_low=200.0,
        vision__target_high=400.0,
        vision__single_grow=1.0,
        planning__on=False,
        intervention__on=False,
        merging__on=False,
        openings__on=False,
    )
    model = TrustSystem(county, keen, 1)
    model.run_years(8)
    state = model.state
    outside = np.flatnonzero((state.schools.state == SchoolState.OPEN) & (state.schools.trust < 0))
    near = county.neighbours.index[outside]
    near_trust = ((near >= 0) & (state.schools.trust[near] >= 0)).any(axis=1)
    assert len(outside) < 0.01 * county.size
    assert not near_trust.any()


def test_every_declared_parameter_is_read(county: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading is watched, not searched for in the text; only building worlds and the model itself are watched.

    Making and checking a scenario reads every field by itself, so all of that comes before.
    """
    kinds = ["capacity_first", "growth_first", "steady", "hubs", "hold"]
    settings = [
        scenario(
            world__synthetic__schools=1500,
            world__synthetic__specialist=1.0,
            ceos=[{"kind": k, "share": 0.2} for k in kinds],
        ),
        scenario(
            world__synthetic__schools=1500,
            world__start=2010,
            commissioners=[
                {"kind": "cautious", "stated": True, "regions": ["West Midlands"]},
                {"kind": "lottery", "stated": True},
            ],
        ),
        scenario(
            world__synthetic__schools=1500,
            founding__authorities_from=2018,
            bidding__proximity_on=False,
            commissioners=[{"kind": "weigh", "stated": True}],
            world__start=2024,
            trust_inspection__on=True,
        ),
    ]
    settings.append(_directed(county))
    read: set[tuple[str, str]] = set()
    plain: Callable[[Any, str], Any] = Params.__getattribute__

    def watch(self: Params, name: str) -> Any:
        read.add((type(self).__name__, name))
        return plain(self, name)

    monkeypatch.setattr(Params, "__getattribute__", watch)
    for made in (
        seeking._rule,
        collaborating._rule,
    ):  # rules are kept: those of an earlier test would not be made again
        made.cache_clear()
    for s in settings[:3]:
        simulate(s, build_world(s), seed=1, years=4)
    simulate(settings[0], county, seed=1, years=9)
    simulate(settings[3], county, seed=1, years=3)
    given = {"run.years", "run.seed"}  # passed as arguments here
    missing = [
        info.name for info in describe(Scenario) if info.name not in given and not _was_read(Scenario, info.name, read)
    ]
    assert not missing, missing
    for chosen in (*settings[0].ceos, *settings[1].commissioners, *settings[2].commissioners):
        unread = [i.name for i in describe(type(chosen)) if (type(chosen).__name__, i.name) not in read]
        assert unread == [], type(chosen).__name__


def _directed(county: World) -> Scenario:
    """The largest trust answers in time, and asks schools that would not have looked for a trust of themselves."""
    trust = county.schools["trust"]
    uid = int(county.trusts["uid"][np.bincount(trust[trust >= 0]).argmax()])
    free = county.schools["urn"][(trust < 0) & ~county.schools["planned"]][:20].tolist()
    asks = {"year": county.year, "growth": "grow", "target": 60.0, "ask": free}
    return scenario(trusts=[{"uid": uid, "answers": "in time", "decisions": [asks]}])


def test_one_trust_can_be_told_how_to_answer_break_points(county: World) -> None:
    """The same trust, the same luck, answering in time or never: only then do its ways of working move on."""
    model = TrustSystem(county, scenario(), 1)
    t = model.state.trusts
    largest = int(t.uid[np.argmax(np.where(t.kind == TrustKind.MULTI, t.schools, 0))])
    rungs = {}
    for answers in ("in time", "never"):
        named = [{"uid": largest, "answers": answers, "strategy": {"kind": "growth_first"}}]
        trusts = simulate(scenario(trusts=named), county, seed=1, years=8).tables["trust_year"]
        own = trusts[(trusts["trust"] == largest)].iloc[-1]
        rungs[answers] = sum(own[f"rung_{k}"] for k in BREAK_POINTS)
    assert rungs["in time"] > rungs["never"]


def _was_read(root: type[Any], name: str, read: set[tuple[str, str]]) -> bool:
    *path, last = name.split(".")
    owner: Any = root
    for part in path:
        owner = owner.model_fields[part].annotation
    return (owner.__name__, last) in read


def test_the_schedule_is_data_and_can_be_shortened(area: World) -> None:
    short = tuple(s for s in SCHOOL_YEAR if s.name in ("environment", "rolls", "picture"))
    model = TrustSystem(area, scenario(), 1, schedule=short)
    model.run_years(2)
    assert set(model.seconds) == {"environment", "rolls", "picture"}
    assert model.state.log.count("join") == 0


def test_a_ceo_who_holds_bids_for_nothing(area: World) -> None:
    model = TrustSystem(area, scenario(ceos=[{"kind": "hold", "share": 1.0}]), 1)
    assert all(isinstance(c.strategy, Hold) for c in model.state.ceos)
    model.run_years(4)
    assert model.state.log.count("bid") == 0
    assert model.state.log.count("hold") > 0


def test_dead_models_do_not_pile_up(area: World) -> None:
    """In a process of many runs those that ended are cleared away without being asked for."""
    gc.collect()
    ended = [weakref.ref(simulate(scenario(), area, seed=seed, years=2, tables=()).model) for seed in range(40)]
    assert sum(model() is not None for model in ended) < 30
