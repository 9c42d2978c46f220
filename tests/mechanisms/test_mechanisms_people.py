"""Heads, executive heads and teachers (E6, B9, C3): the direction of each mechanism, luck shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from support.stepping import do, in_mats, outside, system, until
from support.views import events

from matsim.mechanisms import executives, heads, improvement
from matsim.mechanisms.heads import NOBODY
from matsim.simulation.model import TrustSystem
from matsim.state.moves import Join
from matsim.state.state import Rows, State
from matsim.world.base import World
from matsim.world.codes import Grade, Route, Sector

DRAWS = 6
"""Seeds over which shares are held against luck."""


def departures(world: World, prepare: Any, seed: int = 1, **changes: Any) -> tuple[State, Rows]:
    """One August with heads in every post of a MAT, after `prepare(state, rows)`: rows of those who left."""
    state = until(TrustSystem(world, scenario(**changes), seed), "heads")
    rows = in_mats(state)
    state.schools.vacancy[:], state.schools.grade[rows], state.schools.joined[rows] = False, Grade.GOOD, 2000.0
    state.trusts.strained[:], state.schools.buyin[rows] = 0.0, 0.7
    prepare(state, rows)
    do(state.model, "heads")
    return state, np.intersect1d(state.log.rows("depart", "school", state.year), rows)


@pytest.mark.direction("E6", "step:heads")
def test_strain_drives_heads_out_and_nobody_else(county: World) -> None:
    """Each strain alone adds departures at the schools it touches, by its chance; the other heads go as before."""

    def grade(state: State, rows: Rows) -> None:
        state.schools.grade[rows[::2]] = Grade.REQUIRES_IMPROVEMENT

    def takeover(state: State, rows: Rows) -> None:
        state.schools.joined[rows[::2]] = state.year + 0.9

    def heart(state: State, rows: Rows) -> None:
        state.schools.buyin[rows[::2]] = 0.0

    for strain in (grade, takeover, heart):
        more, posts = 0, 0
        for seed in range(1, DRAWS + 1):
            calm, before = departures(county, lambda state, rows: None, seed)
            _, after = departures(county, strain, seed)
            rows = in_mats(calm)
            assert np.isin(before, after).all(), "whoever left in calm leaves under strain"
            touched = rows[::2]
            assert np.isin(np.setdiff1d(after, before), touched).all(), "strain at one school moves no other's head"
            more, posts = more + len(after) - len(before), posts + len(touched)
        # the chance of one strain is 0.05 or so: by luck a fifth of it is missing at most
        assert 0.03 < more / posts < 0.09, (strain.__name__, more / posts)


def test_break_points_left_unanswered_drive_heads_out(county: World) -> None:
    def strained(state: State, rows: Rows) -> None:
        state.trusts.strained[:] = 1.0

    before, after = (
        sum(len(departures(county, prepare, seed)[1]) for seed in range(1, DRAWS + 1))
        for prepare in (lambda state, rows: None, strained)
    )
    assert after > before + 3 * np.sqrt(before), (before, after)


def test_when_one_head_leaves_nobody_elses_luck_shifts(county: World) -> None:
    """A head gone from a school outside trusts, and the same world with that head: years later all others are alike."""
    states = []
    for gone in (False, True):
        model = TrustSystem(county, scenario(seeking__on=False), 3)
        state = until(model, "heads")
        one = state.open_rows()[
            (state.schools.trust[state.open_rows()] < 0) & ~state.schools.vacancy[state.open_rows()]
        ][0]
        state.schools.vacancy[one] |= gone
        do(model, "heads")
        states.append(state)
    plain, other = states
    same = np.arange(len(plain.schools)) != one
    for name in ("head", "head_id", "head_years", "vacancy"):
        assert np.array_equal(plain.schools[name][same], other.schools[name][same]), name
    assert plain.schools.head_id[one] != other.schools.head_id[one] or other.schools.vacancy[one]


def every(state: State, kind: str) -> list[dict[str, Any]]:
    """All events of a kind, in order."""
    return [event for year in range(2018, state.year + 1) for event in state.log.events(kind, year)]


def test_persons_can_be_followed(county: World) -> None:
    """One number for each person wherever that person goes, and nobody has two posts but who covers a partner's."""
    model = TrustSystem(county, scenario(), 1)
    state, schools = model.state, model.state.schools
    for _ in range(6):
        before = dict(
            zip(schools.head_id.tolist(), zip(schools.urn.tolist(), schools.head.tolist(), strict=True), strict=True)
        )
        model.run_years(1)
        year = state.year - 1
        for event in state.log.events("head", year):
            told, reason = event["inputs"], event["reason"]
            if reason == "moved":
                assert before[told["person"]] == (told["origin"], told["skill"])
                assert schools.head_id[event["school"]] == told["person"]
                assert schools.head[event["school"]] == told["skill"]
            elif reason in ("own", "outside"):
                assert told["person"] == schools.urn[event["school"]] * heads.PERSONS + year
        for event in state.log.events("executive", year):
            told = event["inputs"]
            if event["reason"] == "promoted":
                assert before[told["person"]] == (schools.urn[event["school"]], told["skill"])
                assert told["after"] == schools.urn[event["school"]] * heads.PERSONS + year
    posts = state.open_rows()[~schools.vacancy[state.open_rows()]]
    number, times = np.unique(schools.head_id[posts], return_counts=True)
    covered = sum(event["reason"] == "cover" for event in every(state, "head"))
    assert (times - 1).sum() <= covered
    assert len(number) > 0.9 * len(posts)


@pytest.mark.direction("B9")
def test_leaders_grow_in_good_schools_and_clusters_and_posts_drain_them(county: World) -> None:
    def bench(vacant: bool, clustered: float = 0.0, **changes: Any) -> np.ndarray:
        model = system(county, **changes)
        state = until(model, "heads")
        state.trusts.bench, state.trusts.clustered, state.schools.vacancy[in_mats(state)] = 1.0, clustered, vacant
        do(model, "heads")
        return np.asarray(state.trusts.bench[state.multi()])

    causes = ("primary", "secondary", "academy", "trust", "weak", "taken", "strained", "lost")
    quiet = {f"heads__leaves_{cause}": 0.0 for cause in causes}
    alone, together = bench(False, **quiet), bench(False, 1.0, **quiet)
    assert (together > alone).all()
    assert (bench(False, 1.0, heads__bench_in_cluster=0.0, **quiet) == alone).all()
    assert (bench(True, **quiet) <= alone).all()
    assert bench(True, **quiet).sum() < 0.6 * alone.sum()


def grown(world: World, newcomers: int, seed: int) -> np.ndarray:
    """Four Augusts in which six MATs took on so many schools each, below Good: leaders ready for each school,
    posts to fill, those filled from their own leaders, and those not filled."""
    model = TrustSystem(world, scenario(), seed)
    state = model.state
    growing = state.multi()[state.trusts.schools[state.multi()] >= 4][:6]
    for _ in range(4):
        loose = outside(state)[: len(growing) * newcomers]
        state.schools.grade[loose] = Grade.REQUIRES_IMPROVEMENT
        Join(loose, np.tile(growing, newcomers), Route.SPONSORED, state.year + 0.9).apply(state)
        do(model, "stock")
        do(model, "heads")
        state.year += 1
    reasons = [event["reason"] for event in every(state, "head") if event["trust"] in growing]
    ready = float((state.trusts.bench[growing] / state.trusts.schools[growing]).mean())
    return np.array([ready, len(reasons), reasons.count("own"), reasons.count("unfilled")])


def test_a_trust_that_grows_faster_drains_its_pipeline(county: World) -> None:
    """The same trusts with four newcomers a year in place of two: fewer leaders ready for each of their schools, a
    smaller part of posts filled by these, and more not filled at all."""
    seeds = range(1, DRAWS + 1)
    slow, fast = (np.sum([grown(county, newcomers, seed) for seed in seeds], axis=0) for newcomers in (2, 4))
    assert fast[0] < 0.8 * slow[0], (slow, fast)
    luck = np.sqrt(0.25 / slow[1] + 0.25 / fast[1])
    assert slow[2] / slow[1] - fast[2] / fast[1] > 2.0 * luck, (slow, fast)
    assert fast[3] > slow[3] + 2.0 * np.sqrt(slow[3]), (slow, fast)


@pytest.mark.direction("step:leading")
def test_a_vacancy_costs_and_an_executive_head_stands_in(county: World) -> None:
    """The leadership that a school had, recomputed; and what it does to quality within the year."""
    model = system(county)
    state = until(model, "leading")
    p, e, rows = model.settings.heads, model.settings.executives, state.open_rows()
    schools = state.schools
    schools.head[:], schools.vacancy[:], schools.vacancy[rows[::2]] = 0.4, False, True
    schools.cluster[rows], schools.executive[rows], schools.executive_skill[rows] = rows, NOBODY, 0.9
    schools.executive[rows[::3]] = 7
    executives.lead(state, p, e)
    led, vacant = schools.led[rows], schools.vacancy[rows]
    headed = schools.executive[rows] == 7
    assert (led[~headed & vacant] == p.deputy).all()
    assert (led[~headed & ~vacant] == 0.4).all()
    assert led[headed & vacant] == pytest.approx(p.deputy + 0.9)
    assert led[headed & ~vacant] == pytest.approx(0.4 + e.weight * 0.5)


@pytest.mark.direction("step:improvement")
def test_better_led_schools_get_better(county: World) -> None:
    after = []
    for led in (-1.0, 1.0):
        model = system(county)
        state = until(model, "improvement")
        state.schools.led[:] = led
        s = model.settings
        improvement.improve(
            state, s.improvement, s.break_points, s.collaborating, s.reviewing, s.classrooms, s.likeness
        )
        after.append(state.schools.quality[state.open_rows()])
    assert after[1] - after[0] == pytest.approx(2.0 * model.settings.improvement.head)


def test_whoever_joins_a_cluster_comes_under_its_executive_head(county: World) -> None:
    """In May each cluster has one executive head or none yet, and a school in no cluster none."""
    model = system(county)
    model.run_years(4)
    schools = until(model, "cluster_life").schools
    inside = np.flatnonzero(schools.cluster >= 0)
    pairs = np.unique(np.column_stack([schools.cluster[inside], schools.executive[inside]]), axis=0)
    assert len(pairs) == len(np.unique(schools.cluster[inside])) > 10
    assert (schools.executive[schools.cluster < 0] == NOBODY).all()


@pytest.mark.direction("C3", "step:executives")
def test_a_cluster_with_an_executive_head_against_none(county: World) -> None:
    """Years on its schools differ by what their leadership in each of the years gave or took, less what has faded."""
    model, plain = twins = [system(county, executives__on=on) for on in (True, False)]
    a, b = model.state.schools, plain.state.schools
    heads_of, p, weight = model.settings.heads, model.settings.improvement, model.settings.executives.weight
    fades = np.where(model.state.world.sector == Sector.SECONDARY, p.reversion_secondary, p.reversion)
    gained = np.zeros(len(a))
    for _ in range(5):
        for each in twins:
            until(each, "improvement")
        clustered = np.flatnonzero((a.executive != NOBODY) & (a.cluster >= 0))
        shared = (1.0 - weight) * a.head + weight * a.executive_skill
        expected = np.where(a.vacancy, heads_of.deputy + a.executive_skill, shared)
        assert a.led[clustered] == pytest.approx(expected[clustered])
        gained = gained * (1.0 - fades) + p.head * (a.led - b.led)
        for each in twins:
            finish(each)
    assert len(clustered) > 50
    assert np.abs(gained[clustered]).mean() > 0.02, "executive heads make a difference"
    differs = (a.quality - b.quality)[clustered]
    slope, _ = np.polyfit(gained[clustered], differs, 1)
    assert 0.75 < slope < 1.1, "the rest of what sets the twins apart is small beside it"
    assert np.corrcoef(gained[clustered], differs)[0, 1] > 0.8


def finish(model: TrustSystem) -> None:
    """What is left of the year that `until(model, "improvement")` began."""
    names = [step.name for step in model.schedule]
    for step in model.schedule[names.index("improvement") :]:
        do(model, step.name)
    model.recorder.year(model.state)
    model.state.year += 1


@pytest.mark.direction("step:teachers")
def test_teachers_leave_where_they_decide_less_or_are_strained(county: World) -> None:
    left = {}
    for name, autonomy, strained, vacant in (
        ("calm", 0.6, 0.0, False),
        ("standardised", 0.2, 0.0, False),
        ("strained", 0.6, 1.0, False),
        ("headless", 0.6, 0.0, True),
    ):
        model = system(county)
        state = until(model, "teachers")
        rows = in_mats(state)
        state.schools.autonomy[rows], state.schools.vacancy[:] = autonomy, vacant
        state.trusts.strained[:] = strained
        left[name] = do(model, "teachers").schools.turnover[rows].copy()
        outside = state.open_rows()[state.schools.trust[state.open_rows()] < 0]
        left[name + " outside"] = state.schools.turnover[outside].copy()
    for name in ("standardised", "strained"):
        assert (left[name] > left["calm"]).all(), name
        assert (left[name + " outside"] == left["calm outside"]).all(), name
    assert left["headless"] - left["calm"] == pytest.approx(system(county).settings.teachers.unsettled)


def test_teachers_who_leave_cost_results_of_secondaries_only(county: World) -> None:
    quality = []
    for turnover in (0.1, 0.3):
        model = system(county)
        state = until(model, "improvement")
        state.schools.turnover[:] = turnover
        quality.append(do(model, "improvement").schools.quality[state.open_rows()].copy())
    secondary = state.world.sector[state.open_rows()] == Sector.SECONDARY
    lost = quality[0] - quality[1]
    assert lost[secondary] == pytest.approx(0.2 * model.settings.classrooms.turnover)
    assert not lost[~secondary].any()


@pytest.mark.direction("step:leadership")
def test_vacancies_follow_chances_and_a_stopped_step_stops_all(county: World) -> None:
    def vacancies(**changes: Any) -> int:
        model = system(county, **changes)
        model.run_years(3)
        return int(model.state.schools.vacancy[model.state.open_rows()].sum())

    usual = vacancies()
    assert vacancies(heads__leaves_primary=0.3) > usual
    assert vacancies(heads__fill=0.4) > usual
    still = system(county, heads__on=False, leadership__on=False)
    still.run_years(3)
    assert not still.state.log.count("depart") + still.state.log.count("chief")


def test_the_events_of_heads_have_the_draw_and_the_chance_that_decided_them(county: World) -> None:
    model = system(county)
    model.run_years(3)
    told = events(model, "head").query("rule == 'heads'")
    assert {"own", "outside", "moved", "unfilled"} <= set(told["reason"])
    filled = told["reason"] != "unfilled"
    assert ((told["value"] < told["threshold"]) == filled).all()
    assert (told["margin"] == told["threshold"] - told["value"]).all()
    left = events(model, "depart")
    assert (left["value"] < left["threshold"]).all()
    assert heads.WHY[0] in set(left["reason"])
