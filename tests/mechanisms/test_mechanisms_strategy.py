"""What a trust wants, and what comes of it: direction of the mechanisms A1 to A5 and A7."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.views import largest, several

from matsim.evidence.strategy import (
    GROUP_STATEMENTS,
    RESPONSIBILITIES,
    STATEMENTS,
    AnswerSpread,
    draw_answers,
    statement_responsibility_link,
)
from matsim.mechanisms import agreement, lending, operating_model, vision
from matsim.mechanisms.improvement import trust_lift
from matsim.selfcheck.grouping import cluster, fit
from matsim.simulation.model import TrustSystem
from matsim.state.state import Rows
from matsim.world.base import World

type Floats = NDArray[np.float64]
type Labels = NDArray[np.int64]

AUTONOMY, PEDAGOGY, COMMUNITY = range(3)
PUBLISHED = np.array([6, 9, 2]) / 17
SAYS = {item.key: i for i, item in enumerate(STATEMENTS)}
DUTY = {item.key: i for i, item in enumerate(RESPONSIBILITIES)}


def lift(model: TrustSystem, rows: Rows, **changes: Any) -> Floats:
    """What their trust would add to these schools this year, with some parameters changed."""
    s = scenario(**changes)
    return trust_lift(model.state, s.improvement, s.break_points, rows)


def drawn(county: World, seeds: range, **changes: Any) -> tuple[Labels, Floats]:
    """Group (n,) and statements (n, 10) of every trust of the first year, over seeds."""
    states = [TrustSystem(county, scenario(**changes), seed).state for seed in seeds]
    rows = [(state.trusts, state.active()) for state in states]
    groups = np.concatenate([t.group[r].astype(np.int64) for t, r in rows])
    return groups, np.concatenate([t.statements[r] for t, r in rows])


@pytest.mark.direction("A1")
def test_trusts_are_drawn_around_three_groups(county: World) -> None:
    """Trusts fall into the published groups in their shares, near the profile and never on it, and say its words."""
    group, scores = drawn(county, range(6))
    n = len(group)
    share = np.bincount(group, minlength=3) / n
    assert (np.abs(share - PUBLISHED) < 4 * np.sqrt(PUBLISHED * (1 - PUBLISHED) / n)).all()
    means = np.stack([scores[group == g].mean(axis=0) for g in range(3)])
    away = np.linalg.norm(means[:, None] - GROUP_STATEMENTS, axis=2)
    assert away.argmin(axis=1).tolist() == [AUTONOMY, PEDAGOGY, COMMUNITY]
    assert np.linalg.norm(scores - GROUP_STATEMENTS[group], axis=1).min() > 0.5
    for key in ("common_vision", "boost_local", "enrichment", "protect_identity"):
        assert means[AUTONOMY, SAYS[key]] > means[PEDAGOGY, SAYS[key]] + 0.5, key
    for key in ("free_from_admin", "back_office_savings", "consistent_pedagogy"):
        assert means[PEDAGOGY, SAYS[key]] > means[AUTONOMY, SAYS[key]] + 0.5, key
    assert means[COMMUNITY].mean() < means[:COMMUNITY].mean() - 0.5, "they rate nothing particularly highly"

    same, close = drawn(county, range(2), vision__spread__between_trusts=0.6)
    assert np.std(close - GROUP_STATEMENTS[same]) < 0.7 * np.std(scores - GROUP_STATEMENTS[group])
    group, _ = drawn(county, range(2), vision__autonomy=0.0, vision__pedagogy=0.0, vision__community=1.0)
    assert (group == COMMUNITY).all()
    _, alike = drawn(county, range(2), vision__on=False)
    assert np.ptp(alike, axis=0).max() == 0.0


def surveys(county: World, **changes: Any) -> tuple[Floats, Floats]:
    """Seventeen trusts of the model asked, sixteen people each, many times over.

    For each survey: how far three average-linkage clusters agree with the true groups beyond chance (adjusted
    Rand index), and the share of trusts whose closest group by `fit` is their own.
    """
    agree, right = [], []
    for seed in range(6):
        state = TrustSystem(county, scenario(**changes), seed).state
        rng = np.random.default_rng(seed)
        for _ in range(20):
            trusts = rng.choice(several(state), 17, replace=False)
            people = np.repeat(state.trusts.statements[trusts], 16, axis=0)
            answers = draw_answers(people, rng.normal(size=people.shape), AnswerSpread())
            means = answers.reshape(17, 16, 10).mean(axis=1)
            truth = state.trusts.group[trusts].astype(np.int64)
            agree.append(adjusted_rand(truth, cluster(means, 3)[0]))
            right.append(float((fit(means, np.full(17, 16.0)).argmax(axis=1) == truth).mean()))
    return np.array(agree), np.array(right)


def adjusted_rand(a: Labels, b: Labels) -> float:
    """Hubert and Arabie (1985): 1 when two groupings are the same, 0 on average by chance."""
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    both, one, other, every = (
        (x * (x - 1) / 2).sum() for x in (table, table.sum(axis=1), table.sum(axis=0), np.array(len(a)))
    )
    chance = one * other / every
    return float((both - chance) / ((one + other) / 2 - chance))


@pytest.mark.direction("A2")
def test_the_groups_are_found_again_in_the_model(county: World) -> None:
    """A survey like the report's, of the model's own trusts, finds the groups again by average linkage.

    Where trusts do not differ in strategy it finds nothing, and the more they differ inside a group, the less.
    """
    agree, right = surveys(county)
    assert agree.mean() > 0.4
    assert right.mean() > 0.8, "calling every trust by the commonest group would be right for nine of seventeen"
    nothing, guess = surveys(county, vision__on=False)
    assert abs(nothing.mean()) < 4 * nothing.std() / np.sqrt(len(nothing))
    assert guess.mean() < 9 / 17
    blurred, _ = surveys(county, vision__spread__between_trusts=1.5)
    assert blurred.mean() < agree.mean() - 0.1


@pytest.mark.direction("A3", "step:operating_model")
def test_standardisation_drifts_upwards(county: World) -> None:
    """Practice becomes more standard, first in information, back office and senior staff; nobody wants less."""
    model = TrustSystem(county, scenario(), 1)
    state, duties = model.state, model.state.trusts.responsibilities
    rows, start = several(state), model.state.trusts.responsibilities.copy()

    def after(years: int, **changes: Any) -> Floats:
        state.trusts.responsibilities = start
        for _ in range(years):
            operating_model.drift(state, scenario(**changes).operating_model)
        return duties[rows] - start[rows]

    moved = after(3, operating_model__dispersal=False)
    assert (moved >= 0).all()
    first = {DUTY[k] for k in ("information", "back_office", "develop_seniors")}
    assert set(np.argsort(moved.mean(axis=0))[-3:].tolist()) == first
    others = [i for i in range(15) if i not in first]
    assert moved[:, sorted(first)].mean() > 1.5 * moved[:, others].mean() > 0
    assert (after(3, operating_model__drift_on=False, operating_model__dispersal=False) == 0).all()
    assert (after(3, operating_model__drift_on=False) <= 0).all()  # what is handed back still is
    faster = after(3, operating_model__dispersal=False, operating_model__drift=0.4)
    assert faster[:, sorted(first)].mean() > 1.3 * moved[:, sorted(first)].mean()

    # a trust that has centralised far beyond what it says it wants does not hand back for that
    start[rows] = 9.0
    assert (after(3, operating_model__dispersal=False) >= 0).all()
    handed = after(3)
    back = {DUTY["curriculum"], DUTY["core_curriculum"]}
    assert set(np.unique(np.nonzero(handed < 0)[1]).tolist()) == back, "only curriculum, and only on purpose"
    assert (state.trusts.rung[rows[(handed < 0).any(axis=1)], 5] > 0).all()


def test_the_log_says_when_a_trust_standardised(county: World) -> None:
    """Years in which a trust drew much to the centre stand in the decision log of an ordinary run."""
    model = TrustSystem(county, scenario(), 1)
    model.run_years(5)
    assert model.state.log.count("standardise") > 0


@pytest.mark.direction("A4")
def test_standard_curriculum_helps_the_weak_and_caps_the_strong(county: World) -> None:
    """A common curriculum lifts a weak school and is a ceiling for a strong one; other responsibilities do neither.

    Autonomy is earned: a failing school loses it, a good one has more, and one that recovers regains it.
    """
    model = TrustSystem(county, scenario(), 1)
    state, trusts = model.state, model.state.trusts
    trust, members = largest(state)
    weak_and_strong = members[:2]
    state.schools.quality[weak_and_strong] = [-1.0, 1.0]

    def gain(*keys: str, **changes: Any) -> list[float]:
        found = []
        for score in (0.0, 10.0):
            trusts.responsibilities[trust] = 5.0
            trusts.responsibilities[trust, [DUTY[k] for k in keys]] = score
            found.append(lift(model, weak_and_strong, **changes))
        gained: list[float] = (found[1] - found[0]).tolist()
        return gained

    weak, strong = gain("curriculum", "core_curriculum")
    assert weak > 0.02
    assert strong < -0.02
    assert gain("curriculum", "core_curriculum", improvement__theory_on=False) == [0.0, 0.0]
    assert gain("curriculum", "core_curriculum", improvement__ceiling=0.0)[1] == 0.0
    assert gain("back_office") == gain("pupil_policies") == [0.0, 0.0], "what is not taught is no ceiling"

    failing, middling, good = members[:3]
    state.schools.grade[members] = 2
    state.schools.outcome[members] = 0.0
    state.schools.outcome[good] = 1.0
    state.schools.grade[failing] = 4
    say = state.schools.autonomy

    def settle(years: int, **changes: Any) -> None:
        for _ in range(years):
            operating_model.drift(state, scenario(operating_model__drift_on=False, **changes).operating_model)

    say[members] = 0.5
    settle(3)
    assert say[failing] < say[middling] - 0.05
    assert say[good] > say[middling] + 0.05
    low = float(say[failing])
    state.schools.grade[failing] = 2
    settle(1)
    assert say[failing] > low + 0.02
    state.schools.grade[failing], say[members] = 4, 0.5
    settle(3, operating_model__earned_on=False)
    assert np.ptp(say[members]) == 0.0


def lent_inside(county: World, together: float, practice: float) -> float:
    """Mean of what schools of trusts are lent by schools of their trust in five years of lending and nothing else,
    where results of half of them are `practice` sd above average and those of the others below."""
    state = TrustSystem(county, scenario(), 1).state
    s, schools = scenario(clusters__on=False), state.schools
    state.trusts.convergence[:], schools.cluster[:] = together, -1
    rows = state.in_trusts()
    schools.quality[rows] = np.where(np.arange(len(rows)) % 2, practice, -1.0)
    schools.outcome[rows] = schools.before[rows] = schools.quality[rows]
    schools.grade[rows] = 2
    lent = np.zeros(len(rows))
    for _ in range(5):
        lending.lend(state, s.lending, s.travel)
        lender = schools.lender[rows]
        inside = (lender >= 0) & (schools.trust[lender] == schools.trust[rows])
        lent += np.where(inside, schools.lent[rows], 0.0)
        state.year += 1
    return float(lent.mean())


@pytest.mark.direction("A5")
def test_scaling_is_faster_and_costs_buyin(county: World) -> None:
    """A set approach lifts newcomers sooner and costs hearts; converging lends what good practice there is."""
    model = TrustSystem(county, scenario(), 1)
    state = model.state
    _, members = largest(state)
    new, old = members[:2]
    state.schools.quality[members], state.schools.buyin[members] = 0.0, 0.6
    state.schools.joined[[new, old]] = state.year - 1.5, state.year - 6.0

    def gain(**changes: Any) -> list[float]:
        """What a new and an old school get from a set approach, less what they get from converging."""
        lifts = []
        for together in (1.0, 0.0):
            state.trusts.convergence[:] = together
            lifts.append(lift(model, np.array([new, old]), **changes))
        gained: list[float] = (lifts[1] - lifts[0]).tolist()
        return gained

    early, late = gain()
    assert early > 0.04
    assert late == 0.0
    assert gain(improvement__pace_on=False) == [0.0, 0.0]

    shared = {
        (together, practice): lent_inside(county, together, practice)
        for together in (0.0, 0.5, 1.0)
        for practice in (0.0, 2.0)
    }
    assert shared[0.0, 2.0] == 0.0
    assert 0.0 < shared[0.5, 2.0] < shared[1.0, 2.0]
    assert shared[1.0, 0.0] == 0.0, "without good practice there is nothing to share"

    hearts = {}
    for together in (0.0, 1.0):
        for cost in (0.06, 0.0):
            run = TrustSystem(county, scenario(buyin__scaling=cost), 1)
            run.state.trusts.convergence = together
            run.run_years(4)
            first = np.flatnonzero(county.schools["trust"] >= 0)
            hearts[together, cost] = run.state.schools.buyin[first].mean()
    assert hearts[0.0, 0.06] < hearts[1.0, 0.06] - 0.01
    assert hearts[0.0, 0.06] < hearts[0.0, 0.0] - 0.01


@pytest.mark.direction("A7", "step:agreement")
def test_self_ratings_look_like_the_survey(county: World) -> None:
    """Six or seven of ten nearly everywhere, parents lowest, back office most different, quartiles three apart.

    People notice a stretched team, and differ more where schools differ in heart.
    """
    model = TrustSystem(county, scenario(), 1)
    model.run_years(6)
    state, trusts = model.state, model.state.trusts
    rows = several(state)
    typical = np.rint(np.median(trusts.ratings[rows], axis=1))
    assert np.isin(typical, (6, 7)).mean() > 0.9
    by_area, between = trusts.ratings[rows].mean(axis=0), trusts.ratings[rows].std(axis=0)
    assert by_area.argmin() == DUTY["parents_community"]
    assert between.argmax() == DUTY["back_office"]
    assert between[DUTY["back_office"]] > 1.3 * np.delete(between, DUTY["back_office"]).max()
    quartiles = np.rint(trusts.apart[rows])
    assert np.median(quartiles) == 3
    assert 0.0 < (quartiles >= 4).mean() < 0.3, "several had four, one had five"

    trust, members = largest(state)

    def rate(**changes: Any) -> tuple[float, float, float]:
        agreement.rate(state, scenario(**changes).agreement)
        return float(np.median(trusts.ratings[trust])), float(trusts.apart[trust]), float(trusts.agreement[trust])

    state.schools.buyin[members] = trusts.buyin[trust] = 0.6
    trusts.capacity[trust] = 1.0
    able, close, agreed = rate()
    trusts.capacity[trust] = 0.5
    assert rate()[0] < able - 0.5
    trusts.capacity[trust] = 1.0
    state.schools.buyin[members] = 0.6 + 0.3 * np.where(np.arange(len(members)) % 2, 1.0, -1.0)
    _, wide, torn = rate()
    assert wide > close + 0.5
    assert torn < agreed - 0.05
    trusts.agreement[trust] = 0.123
    assert rate(agreement__on=False)[2] == 0.123


def test_what_follows_from_statements_keeps_up_with_them(county: World) -> None:
    """It is reckoned once for each trust: for those founded since, and again where statements are changed."""
    model = TrustSystem(county, scenario(founding__authorities_from=2018), 1)
    before = len(model.state.trusts)
    model.run_years(2)
    state = model.state
    assert len(state.trusts) > before
    state.trusts.statements[3] = GROUP_STATEMENTS[PEDAGOGY]
    known = vision.lasting(state)
    np.testing.assert_array_equal(known.statements, state.trusts.statements)
    np.testing.assert_array_equal(known.intended, statement_responsibility_link(state.trusts.statements))
    assert known.away[3] == 0.0
    luck = state.streams.normals("agreement", len(RESPONSIBILITIES), 0, state.trusts.luck)
    np.testing.assert_array_equal(known.rated, luck)
