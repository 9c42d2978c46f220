"""How trusts grow, and who lets them: direction of the mechanisms B1 to B9 (`matsim.catalogue`)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from numpy.typing import NDArray

from matsim.agents.school import CONVERTER
from matsim.mechanisms import bidding, buyin, clusters, joining, leadership, operating_model, planning, rollup, team
from matsim.mechanisms import seeking as seek
from matsim.mechanisms.planting import checklist_facts, passes
from matsim.mechanisms.reach import Pairs
from matsim.model import TrustSystem
from matsim.moves import Join
from matsim.policies import APPLICATION_INPUTS, Weigh
from matsim.schedule import SCHOOL_YEAR
from matsim.selfcheck.checklist import checklist
from matsim.state import Rows, State
from matsim.strategies import Brief, Candidate, Hubs, Steady
from matsim.world.base import World

type Floats = NDArray[np.float64]

CHOICE, BEST, INEVITABLE, FORCED = 1, 2, 3, 4


def part_of_a_year(world: World, last: str, seed: int = 1, **changes: Any) -> TrustSystem:
    """A model that has lived through its first year up to and with the step named."""
    names = [step.name for step in SCHOOL_YEAR]
    model = TrustSystem(world, scenario(**changes), seed, schedule=SCHOOL_YEAR[: names.index(last) + 1])
    model.run_for(1)
    return model


def joined_this_year(state: State) -> Rows:
    """Schools that joined their trust in the year just lived through."""
    return np.flatnonzero(state.schools.joined >= state.year - 0.1)


def events(model: TrustSystem, *kinds: str) -> pd.DataFrame:
    """The events of some kinds, with their inputs as columns."""
    state = model.state
    frame = state.log.frame(state.schools.urn, state.trusts.uid)
    frame = frame[frame["event"].isin(kinds)].reset_index(drop=True)
    inputs = [json.loads(text) if text else {} for text in frame["inputs"]]
    return pd.concat([frame.drop(columns="inputs"), pd.DataFrame(inputs, index=frame.index)], axis=1)


def largest(state: State) -> tuple[int, Rows]:
    """The trust with most schools, and its schools."""
    trust = int(np.argmax(state.trusts.schools * (state.trusts.kind == 1)))
    return trust, state.members(trust)


def several(state: State) -> Rows:
    """Multi-academy trusts of two schools or more."""
    rows = state.multi()
    return rows[state.trusts.schools[rows] > 1]


def test_the_reason_for_joining_sets_buyin(county: World) -> None:
    """Choice brings more heart than the best option, that more than inevitability, that more than force."""

    def hearts(**changes: Any) -> list[float]:
        found: list[list[float]] = [[] for _ in range(5)]
        for seed in range(1, 5):
            schools = (state := part_of_a_year(county, "joining", seed, **changes).state).schools
            for school in joined_this_year(state).tolist():
                found[int(schools.motive[school])].append(float(schools.buyin[school]))
        assert min(len(x) for x in found[1:]) > 10
        return [float(np.mean(x)) for x in found[1:]]

    choice, best, inevitable, forced = hearts()
    assert choice > best + 0.03
    assert best > inevitable + 0.03
    assert inevitable > forced + 0.03
    assert np.ptp(hearts(joining__motives_on=False)) < (choice - forced) / 3


def test_where_authorities_retrench_schools_seek_and_attachment_resists(county: World) -> None:
    """Less help from the authority makes more schools look, as their best option; a strong identity keeps them out."""
    model = part_of_a_year(county, "collaborating")
    state, schools = model.state, model.state.schools

    def decide() -> tuple[int, float]:
        seek.decide(state, model.settings.seeking)
        rows = np.flatnonzero(schools.seeking)
        return len(rows), float((schools.motive[rows] == BEST).mean())

    state.places.capacity = 0.9
    kept, best_kept = decide()
    state.places.capacity = 0.1
    left, best_left = decide()
    assert left > 1.5 * kept
    assert best_left > best_kept + 0.2
    schools.identity = np.minimum(schools.identity + 0.4, 1.0)
    assert decide()[0] < 0.8 * left


def test_heart_changes_what_standardisation_costs(county: World) -> None:
    """Of two schools alike but for the heart they joined with, the willing one comes to mind central control less."""
    model = TrustSystem(county, scenario(), 1)
    state, schools = model.state, model.state.schools
    _, members = largest(state)
    willing, forced = members[:2]
    for name, value in (("identity", 0.8), ("autonomy", 0.1), ("promised", 0.1), ("outcome", 0.0)):
        getattr(schools, name)[members] = value
    schools.buyin[willing], schools.buyin[forced] = 0.75, 0.35
    for _ in range(8):
        buyin.move(state, model.settings.buyin)
        schools.autonomy[members] = 0.1
    mind = np.maximum(schools.identity - schools.autonomy, 0.0) * model.settings.buyin.taken
    assert mind[willing] < mind[forced] - 0.005


def test_promised_autonomy_attracts_and_is_paid_for(county: World) -> None:
    """Promises bring more schools; a school promised more than it gets loses heart; record and values draw too."""
    came, waited = {}, {}
    for promise in (0.0, 1.0):  # among schools that hold to their own ways, to whom promises speak
        settings = {"bidding__promise": promise, "start__identity": 0.8, "seeking__identity": 0.0}
        models = [part_of_a_year(county, "joining", seed, **settings) for seed in range(1, 9)]
        came[promise] = sum(len(joined_this_year(m.state)) for m in models)
        waited[promise] = sum(int((events(m, "decline")["rule"] == "choice").sum()) for m in models)
    assert came[1.0] > came[0.0]
    assert waited[1.0] < 0.9 * waited[0.0]

    model = TrustSystem(county, scenario(), 1)
    state, schools = model.state, model.state.schools
    trust, members = largest(state)
    fooled, honest = members[:2]

    def heart_lost(**changes: Any) -> float:
        settings = scenario(operating_model__earned_on=False, **changes)
        for name, value in (("identity", 0.5), ("buyin", 0.7), ("outcome", 0.0)):
            getattr(schools, name)[members] = value
        state.trusts.responsibilities[trust] = 6.0
        schools.promised[[fooled, honest]] = schools.autonomy[[fooled, honest]] = 0.9, 0.4
        for _ in range(4):
            operating_model.drift(state, settings.operating_model)
            buyin.move(state, settings.buyin)
        return float(schools.buyin[honest] - schools.buyin[fooled])

    paid = heart_lost()
    assert paid > 0.02
    assert heart_lost(buyin__broken=1.0) > 1.5 * paid
    assert heart_lost(buyin__broken=0.0) < 0.01

    def chosen(column: str, **changes: Any) -> float:
        """Mean over joinings of a column of the trust that was joined."""
        values = []
        for seed in range(1, 5):
            state = part_of_a_year(county, "joining", seed, **changes).state
            values.append(getattr(state.trusts, column)[state.schools.trust[joined_this_year(state)]])
        return float(np.concatenate(values).mean())

    assert chosen("record", joining__record=2.0) > chosen("record", joining__record=0.0) + 0.01

    def fit_of_bids(values: float) -> float:
        bids = part_of_a_year(county, "bidding", bidding__values=values, bidding__least=1.0).state.bids
        assert bids is not None
        return float(bids.fit.mean())

    assert fit_of_bids(2.0) > fit_of_bids(0.0) + 0.02


def test_commissioners_weigh_capacity_record_and_nearness(county: World) -> None:
    """Capacity, record, need and nearness speak for a case and debts against; weighed, nearness keeps trusts together."""
    plain = dict.fromkeys(APPLICATION_INPUTS, np.zeros(2)) | {"capacity": np.ones(2), "record": np.full(2, 0.6)}

    def better(name: str, low: float, high: float) -> float:
        score = Weigh().judge(plain | {name: np.array([low, high])}).score
        return float(score[1] - score[0])

    assert min(better("capacity", 0.6, 1.2), better("record", 0.2, 0.8), better("need", 0, 1)) > 0.1
    assert better("nearness", 0.1, 1.0) > 0.1
    assert better("money", 0.0, 1.0) < -0.1
    short = Weigh().judge(plain | {"capacity": np.array([0.4, 1.5]), "record": np.ones(2), "nearness": np.ones(2)})
    assert short.yes.tolist() == [False, True], "no record makes up for a team that is not there"

    settled = pd.concat([events(part_of_a_year(county, "joining", s), "approve", "refuse") for s in range(1, 5)])
    said = settled.groupby("event")[["capacity", "record"]].mean()
    assert (said.loc["approve"] > said.loc["refuse"] + 0.04).all()
    free, asked = (part_of_a_year(county, "joining", 1, joining__approval_on=on).state for on in (False, True))
    assert len(joined_this_year(free)) > 1.1 * len(joined_this_year(asked))

    def minutes(**policy: float) -> float:
        """How far schools are from the trusts they join, where nobody but the commissioner minds."""
        others = {"bidding__proximity_on": False, "joining__nearness": 0.0, "joining__reservation": 0.5}
        choice = [{"kind": "weigh", **policy}]
        runs = [part_of_a_year(county, "joining", s, commissioners=choice, **others) for s in range(1, 7)]
        return float(pd.concat([events(m, "join", "transfer") for m in runs])["minutes"].mean())

    assert minutes(nearness=1.5, threshold=2.5) < 0.92 * minutes(nearness=0.0, threshold=1.5)


def test_schools_are_pushed_at_trusts(county: World) -> None:
    """Orders send failing schools to sponsors they never sought, farther off than trusts would look."""

    def sponsored(**changes: Any) -> tuple[int, float]:
        model = TrustSystem(county, scenario(joining__wait=0.0, **changes), 1)
        model.run_years(4)
        found = events(model, "join")
        found = found[found["reason"] == "ordered"]
        return len(found), float(found["minutes"].max())

    many, far = sponsored()
    assert many > 20
    few, near = sponsored(bidding__sponsors=0)
    assert few < many
    assert near < far
    assert sponsored(orders__on=False)[0] < 0.5 * many


def followed(county: World, kind: str, seed: int, years: int) -> tuple[TrustSystem, dict[str, list[float]]]:
    """A county where every CEO grows in one way: size and capacity of the trusts of the first year, each year."""
    model = TrustSystem(county, scenario(ceos=[{"kind": kind, "share": 1.0}]), seed)
    first, path = several(model.state), {"size": [], "capacity": [], "posts": []}  # type: ignore[var-annotated]
    trusts = model.state.trusts
    for _ in range(years):
        model.run_for(1)
        alive = first[trusts.active[first]]
        path["size"].append(float(trusts.schools[alive].mean()))
        path["capacity"].append(float(trusts.capacity[alive].mean()))
        path["posts"].append(float(trusts.posts[alive].sum(axis=1).mean()))
    return model, path


def test_capacity_first_and_growth_first_follow_different_paths(county: World) -> None:
    """With the same luck, capacity-first trusts are smaller early and better staffed for their work at the end.

    Growth-first trusts pass far more break points, take more struggling schools, and in the end pay for more
    posts from a larger income: growth funds capacity.
    """
    for seed in (1, 2):
        careful, before = followed(county, "capacity_first", seed, 9)
        eager, after = followed(county, "growth_first", seed, 9)
        assert before["size"][2] < 0.9 * after["size"][2]
        assert before["capacity"][-1] > after["capacity"][-1] + 0.1
        assert after["posts"][-1] > after["posts"][0]
        count = [m.state.log.count("reach") for m in (careful, eager)]
        assert count[1] > 2 * count[0]
        weak = [
            (events(m, "bid", "join").query("event == 'join'")["reason"] == "ordered").sum() for m in (careful, eager)
        ]
        assert weak[1] > weak[0]


def test_growth_funds_capacity(county: World) -> None:
    """Of twins, the trust with more income can fill more of its posts; with hiring off posts stay as they were."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts = model.state, model.state.trusts
    trust, _ = largest(state)
    start, income = trusts.posts.copy(), float(trusts.income[trust])
    trusts.reserves[trust] = 0.0

    def hire(share: float, **changes: Any) -> float:
        trusts.posts = start
        trusts.income[trust] = share * income
        team.hire(state, scenario(team__reserve_use=0.0, **changes).team)
        return float(trusts.posts[trust].sum() + trusts.bought[trust].sum())

    poor, middling, rich = (hire(share) for share in (0.1, 0.2, 0.3))
    assert poor < middling < rich
    trusts.bought = 0.0
    assert hire(0.3, team__hiring_on=False) == pytest.approx(start[trust].sum())


def test_plans_are_redrawn_and_pause_at_fifteen(county: World) -> None:
    """A trust that reaches fifteen pauses; one that reaches a smaller number with capacity to spare aims further.

    One whose team is too thin for what it has just taken on aims lower. Hubs and a number limit the CEO.
    """
    model = TrustSystem(county, scenario(), 1)
    state, trusts = model.state, model.state.trusts
    rows = several(state)[:4]

    def redraw(**changes: Any) -> tuple[list[float], list[bool]]:
        trusts.schools[rows], trusts.target[rows] = (15, 8, 8, 8), (15.0, 8.0, 12.0, 12.0)
        trusts.capacity[rows], trusts.recent[rows], trusts.paused[rows] = (1.1, 1.1, 0.4, 0.9), 1, 0.0
        planning.redraw(state, scenario(**changes).planning)
        return trusts.target[rows].tolist(), (trusts.paused[rows] > state.year).tolist()

    target, paused = redraw()
    assert paused == [True, False, False, False]
    assert target[0] == 15.0
    assert target[1] > 8.0
    assert target[2] == 8.0
    assert target[3] == 12.0
    assert redraw(planning__on=False) == ([15.0, 8.0, 12.0, 12.0], [False] * 4)
    assert redraw(planning__sustainable=20.0)[1] == [False] * 4

    near = Candidate(0, 1.0, 10.0, True, False, False, True)
    other = near._replace(school=1, same_phase=False)
    far = near._replace(school=2, minutes=40.0)
    brief = Brief(2018, 8, 1.0, 2.0, 0.05, 12.0, 0.0, 0.5, 0, [near, other, far])
    assert [c.school for c in Hubs().decide(brief).bids] == [0]
    assert len(Steady().decide(brief).bids) == 3
    for full in (
        Brief(2018, 12, 1.0, 2.0, 0.05, 12.0, 0.0, 0.5, 0, [near]),
        Brief(2018, 8, 1.0, 2.0, 0.05, 12.0, 2020.0, 0.5, 0, [near]),
    ):
        assert Steady().decide(full).bids == []

    def pausing(**changes: Any) -> tuple[int, int]:
        """Trusts that were pausing for a year or more, and how many of their years brought a joining."""
        run = TrustSystem(county, scenario(**changes), 1)
        quiet, grew = 0, 0
        for _ in range(10):
            resting = np.flatnonzero(run.state.trusts.paused > run.state.year)
            run.run_for(1)
            quiet += len(resting)
            grew += len(np.intersect1d(resting, run.state.log.rows("bid", "trust", run.state.year - 1)))
        return quiet, grew

    quiet, grew = pausing()
    assert quiet > 5
    assert grew == 0
    assert pausing(planning__on=False)[0] == 0

    def secondaries(weight: float) -> float:
        bids = part_of_a_year(county, "bidding", bidding__secondary=weight).state.bids
        assert bids is not None
        return float((county.schools["phase"][bids.school] != 0).mean())

    assert secondaries(0.8) > secondaries(0.0) + 0.03


def test_a_deficit_beyond_the_grant_is_untouchable(county: World) -> None:
    """Nobody bids for schools £2m in debt against a £25,000 grant; small debts, and trusts that do not look, differ."""
    model = part_of_a_year(county, "planning")
    state, schools = model.state, model.state.schools
    wanted = np.flatnonzero(schools.seeking | ~np.isnan(schools.ordered))
    held = schools.reserves.copy()

    def bids(debt: float, **changes: Any) -> set[int]:
        schools.reserves[wanted] = -debt
        settings = scenario(**changes)
        bidding.bid(state, settings.bidding, settings.planting, settings.travel)
        schools.reserves = held
        return set() if state.bids is None else set(state.bids.school.tolist())

    usual = bids(0.0)
    assert len(usual) > 20
    assert bids(2_000_000.0) == set()
    assert (events(model, "decline")["reason"] == "its deficit").sum() >= len(usual)
    assert bids(20_000.0) == usual, "a debt the grant covers is no bar"
    assert bids(2_000_000.0, bidding__due_diligence=False) == usual

    waiting = np.flatnonzero(~np.isnan(schools.ordered) & (schools.trust < 0))
    schools.ordered[waiting] = state.year - 1.0
    assert bids(2_000_000.0) == set()
    joining.settle(state, model.settings.joining)
    assert set(events(model, "unplaced")["school"]) == set(schools.urn[waiting].tolist())


def test_new_areas_are_tested_by_the_checklist(county: World) -> None:
    """Far from a trust's schools the ten points decide; the log names those that failed, as for a real trust."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts, near = model.state, model.state.trusts, county.neighbours
    trust, members = largest(state)
    free = (state.schools.trust < 0) & (state.schools.state == 1)
    company = (
        free[near.index] & (near.index >= 0) & (near.minutes <= 15) & (state.schools.phase[near.index] == 0)
    ).sum(axis=1)
    school = int(np.argmax(company * free * (state.schools.phase == 0)))
    state.places.help[:, 4] = 0.9

    def plan(minutes: float, bench: float, record: float, heart: float, **changes: Any) -> tuple[bool, list[str]]:
        trusts.record[trust], trusts.bench[trust], trusts.buyin[trust] = record, bench, heart
        trusts.failing[trust], trusts.reserves_share[trust], trusts.pressure[trust, 1] = 0, 0.3, 0.2
        trusts.posts[trust] = 3.0 * trusts.need[trust] + 1.0
        before = len(events(model, "plant"))
        pair = Pairs(np.array([school]), np.array([trust]), np.array([minutes]))
        yes = passes(state, scenario(**changes).planting, pair, np.array([True]))
        return bool(yes[0]), events(model, "plant")["reason"].tolist()[before:]

    assert plan(50.0, bench=2.0, record=0.9, heart=0.8) == (True, [""])
    assert plan(50.0, bench=0.0, record=0.9, heart=0.1) == (True, ["2 10"]), "two points are forgiven"
    assert plan(50.0, bench=0.0, record=0.1, heart=0.1) == (False, ["1 2 10"])
    facts = checklist_facts(state, np.array([school]), np.array([trust]), np.array([50.0]), 150_000.0)
    real = checklist({k: float(v[0]) for k, v in facts.items()})
    assert [item.number for item in real if item.answer is False] == [1, 2, 10]
    assert plan(50.0, bench=0.0, record=0.9, heart=0.1, planting__failures=1.0)[0] is False
    assert plan(30.0, bench=0.0, record=0.1, heart=0.1) == (True, []), "near by there is nothing to test"
    assert plan(50.0, bench=0.0, record=0.1, heart=0.1, planting__on=False) == (True, [])

    def planted(**changes: Any) -> int:
        run = TrustSystem(county, scenario(planting__minutes=30.0, **changes), 1)
        run.run_years(4)
        return int((events(run, "join")["minutes"] > 30.0).sum())

    assert planted(planting__failures=1.0) < 0.7 * planted(planting__on=False)


def test_rebrokering_flatters_the_trust_left(county: World) -> None:
    """A trust whose failing schools are taken looks better at once than it would with them; off, nothing differs."""

    def live(on: bool) -> tuple[Floats, int, int]:
        """How much better trusts look in the year they lose a school; transfers and mergers."""
        better, taken, merged = [], 0, 0
        for seed in (1, 2, 3):
            model = TrustSystem(county, scenario(intervention__on=on, intervention__merge_on=on), seed)
            schools, trusts = model.state.schools, model.state.trusts
            for _ in range(6):
                before = schools.taken_from.copy()
                model.run_for(1)
                gap = trusts.outcome - trusts.outcome_with_left
                fresh = np.unique(schools.taken_from[schools.taken_from != before])
                better += gap[fresh[trusts.active[fresh]]].tolist()
                never = np.setdiff1d(several(model.state), schools.taken_from)
                assert np.allclose(gap[never], 0.0)
            moves = events(model, "transfer", "merge")
            taken += int((moves["reason"] == "intervention").sum())
            merged += int((moves["event"] == "merge").sum())
        return np.array(better), taken, merged

    better, taken, merged = live(True)
    assert taken > 60
    assert merged > 15
    assert better.mean() - 2 * better.std() / np.sqrt(len(better)) > 0.02
    assert live(False)[1:] == (0, 0)
    eager, patient = (TrustSystem(county, scenario(intervention__merge_threshold=t), 1) for t in (1.6, 3.6))
    for model in (eager, patient):
        model.run_years(3)
    assert eager.state.log.count("merge") > 2 * patient.state.log.count("merge")


def test_the_team_grows_slower_than_the_trust(county: World) -> None:
    """A trust that doubles at once, money no object, takes years to staff itself; leaders come from its schools."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts, schools = model.state, model.state.trusts, model.state.schools
    trust = int(several(state)[np.argsort(-trusts.schools[several(state)])[2]])
    settings = model.settings
    for _ in range(8):
        trusts.reserves[trust], trusts.top_slice[trust] = 1e8, 0.09
        team.hire(state, settings.team)
    settled, posts = float(trusts.capacity[trust]), trusts.posts.copy()
    size = int(trusts.schools[trust])
    for school in np.flatnonzero((schools.trust < 0) & (schools.state == 1))[:size].tolist():
        Join(school, trust, CONVERTER, state.year + 0.5).apply(state)
    rollup.run(state, settings.rollup, settings.travel)
    assert trusts.schools[trust] == 2 * size

    def staffed(years: int, **changes: Any) -> float:
        trusts.posts, trusts.bought = posts, 0.0
        for _ in range(years):
            team.hire(state, scenario(team__bought_premium=1e9, **changes).team)
        return float(trusts.posts[trust].sum() / posts[trust].sum())

    assert staffed(1) < 1.8
    assert trusts.capacity[trust] < settled - 0.1
    assert staffed(1) < staffed(4)
    assert staffed(1) < staffed(1, team__fastest=1.0)

    everyone = several(state)
    inside = state.in_trusts()

    def bench(clustered: float, **changes: Any) -> float:
        trusts.bench, trusts.clustered = 0.0, clustered
        clusters._bench(state, scenario(**changes).clusters)
        return float(trusts.bench[everyone].mean())

    assert bench(1.0) > bench(0.0) + 0.05 > 0.05
    assert bench(1.0, clusters__bench_in_cluster=0.0) == bench(0.0)

    def vacant(ready: float, clustered: bool, **changes: Any) -> int:
        schools.vacancy[inside], schools.cluster[inside], trusts.bench = True, inside if clustered else -1, ready
        s = scenario(**changes)
        leadership.turn_over(state, s.leadership, s.vision, s.reviewing)
        return int(schools.vacancy[inside].sum())

    none = vacant(0.0, False)
    assert vacant(2.0, False) < 0.9 * none
    assert vacant(0.0, True) < 0.9 * none
    assert vacant(2.0, True, leadership__fill_trust=0.0) == none
