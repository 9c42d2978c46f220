"""Accountability by date: the end of the duty to order, schools below Good twice, and what inspections are called."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario
from support.dated import parted
from support.parting import counted, lived
from support.stepping import do, system, until
from support.views import events

from matsim.events.kinds import EVENTS
from matsim.mechanisms import rolls
from matsim.mechanisms.inspection import InspectionParams, below_twice, interval
from matsim.simulation.explain import Names, said
from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.codes import GRADES, Grade, Phase, Route, SchoolState
from matsim.world.judgements import last_result, result

KEPT = 2100
"""A year that no run reaches."""


class TestTheDutyToOrder:
    def test_it_ends_in_2026_and_a_power_is_left(self, county: World) -> None:
        """With a power that is never used orders cease; with one that always is they go on as under the duty."""
        never = lived(county, 10, orders__reserve={2026: 0.0})
        always = lived(county, 10, orders__reserve={2026: 1.0})
        kept = lived(county, 10, environment__mandatory_until=KEPT)
        assert parted(never, kept) == 2026
        before, first, after = (
            [counted(t, "order", "concern", *years) for t in (never, always, kept)]
            for years in ((2024, 2025), (2026, 2026), (2026, 2027))
        )
        assert before[0] == before[1] == before[2] > 3
        assert after[0] == 0
        assert first[1] == first[2]
        assert min(after[1:]) > 3

    def test_the_power_is_used_for_its_share_of_those_who_fail(self, county: World) -> None:
        """Upon the judgement, and not again: of some 60 schools in ten lucks 60% by three standard errors."""
        ordered = failing = 0
        for seed in range(10):
            model = TrustSystem(county, scenario(environment__mandatory_until=2018), seed)
            schools = until(model, "orders").schools
            weak = (schools.route == Route.MAINTAINED) & (schools.state == SchoolState.OPEN)
            weak &= schools.grade == Grade.INADEQUATE
            schools.ordered[:] = np.nan
            fresh = weak & (schools.inspected >= 2018)
            do(model, "orders")
            assert not (~np.isnan(schools.ordered) & weak & ~fresh).any()
            ordered, failing = ordered + int((~np.isnan(schools.ordered) & fresh).sum()), failing + int(fresh.sum())
        assert failing > 60
        assert abs(ordered / failing - 0.6) < 3 * np.sqrt(0.6 * 0.4 / failing)

    def test_its_beginning_and_end_are_told_in_their_years(self, area: World) -> None:
        run = lived(area, 4, environment__mandatory_from=2019, environment__mandatory_until=2021)
        told = run["events"][run["events"]["event"] == "policy"].set_index("reason")["year"].to_dict()
        assert (told["mandatory_from"], told["mandatory_until"]) == (2019, 2021)
        none = lived(area, 4, environment__mandatory_from=2020, environment__mandatory_until=2019)
        assert not none["events"]["reason"].isin(["mandatory_from", "mandatory_until"]).any()


class TestBelowGoodTwice:
    def test_schools_remember_the_grade_before(self, county: World) -> None:
        model = system(county)
        schools = until(model, "inspection").schools
        old, dates = schools.grade.copy(), schools.inspected.copy()
        do(model, "inspection")
        seen = np.flatnonzero((schools.inspected != dates) & ~np.isnan(schools.inspected))
        assert len(seen) > 300
        assert np.array_equal(schools.grade_before[seen], old[seen])
        assert (
            below_twice(model.state, seen).sum()
            == ((schools.grade[seen] == Grade.REQUIRES_IMPROVEMENT) & (old[seen] >= Grade.REQUIRES_IMPROVEMENT)).sum()
        )

    @pytest.mark.parametrize("share", [0.2, 0.5])
    def test_where_files_are_silent_a_share_was_below_good_before(self, county: World, share: float) -> None:
        schools = system(county, start__twice=share).state.schools
        weak = schools.grade >= Grade.REQUIRES_IMPROVEMENT
        before = schools.grade_before
        assert not before[~weak].any()
        assert set(before[weak].tolist()) == {Grade.GOOD, Grade.REQUIRES_IMPROVEMENT}
        spread = np.sqrt(share * (1.0 - share) / weak.sum())
        assert abs((before[weak] == Grade.REQUIRES_IMPROVEMENT).mean() - share) < 3 * spread

    @pytest.mark.direction("G11")
    def test_from_2022_to_2024_they_are_ordered_or_moved_by_a_chance(self, county: World) -> None:
        chance = {2010: 0.0, 2022: 0.5, 2024: 0.0}
        with_it = lived(county, 8, orders__twice=chance, intervention__twice=chance)
        without = lived(county, 8, orders__twice={2022: 0.0}, intervention__twice={2022: 0.0})
        assert parted(with_it, without) == 2022
        moved = "it is below Good for the second time running"
        for event, reason in (("order", "twice"), ("intervene", moved)):
            assert counted(with_it, event, reason, 2022, 2023) > 5
            assert counted(with_it, event, reason) == counted(with_it, event, reason, 2022, 2023)
            assert counted(without, event, reason) == 0

    def test_of_those_eligible_the_chance_is_their_share(self, county: World) -> None:
        """Every academy below Good twice that was inspected in its trust, and every such maintained school."""
        model = system(
            county, orders__twice={2010: 1.0}, intervention__twice={2010: 1.0}, intervention__warn_chance=0.1
        )
        schools = until(model, "orders").schools
        rows = model.state.open_rows()
        rows = rows[below_twice(model.state, rows)]
        maintained = rows[(schools.route[rows] == Route.MAINTAINED) & np.isnan(schools.ordered[rows])]
        do(model, "orders")
        assert len(maintained) > 10
        assert not np.isnan(schools.ordered[maintained]).any()
        academies = rows[schools.trust[rows] >= 0]
        schools.joined[academies[::2]], schools.inspected[academies[::2]] = 2018.0, 2017.0
        judged = schools.inspected[academies] > schools.joined[academies]
        do(model, "intervention")
        moved = events(model, "intervene")
        again = set(moved.loc[moved["reason"] == "it is below Good for the second time running", "school"])
        assert 5 < judged.sum() < len(judged) - 5
        assert not np.isnan(schools.warned[academies[judged]]).any()
        assert again <= set(schools.urn[academies[judged]])
        assert len(again) > 5


class TestWhatAnInspectionIsCalled:
    def test_by_its_year(self) -> None:
        assert [result(g, 2023) for g in range(5)] == list(GRADES)
        for grade in range(1, 5):
            assert len({result(grade, year) for year in (2023, 2024, 2025)}) == (3 if grade < 4 else 2)
            assert result(grade, 2025) not in GRADES

    def test_by_its_date(self) -> None:
        assert [last_result(2, when) for when in (float("nan"), 2023.99, 2024.0, 2025.5)] == [
            "Good",
            "Good",
            "Good in its key judgements",
            "at the expected standard",
        ]

    def test_events_say_no_grade_of_a_year_without(self, area: World) -> None:
        """From 2024 on a result is no headline grade, and one before that is."""
        run = lived(area, 9)
        table = run["events"][run["events"]["event"] == "inspect"]
        old = new = 0
        for _, event in table.iterrows():
            sentence = said(event, Names())
            after = sentence.split(": ")[1].split("; before, ")[0]
            assert (after in GRADES) == (event["year"] < 2024), sentence
            old, new = old + (event["year"] < 2024), new + (event["year"] >= 2024)
        assert old > 50
        assert new > 50
        first = [said(event, Names()) for _, event in table[table["year"] == 2024].iterrows()]
        assert all(sentence.split("; before, ")[1] in GRADES for sentence in first), (
            "the one before was a headline grade"
        )

    def test_orders_name_the_category_of_concern(self) -> None:
        assert EVENTS["order"].reason("Inadequate", 2018) == "it is judged Inadequate"
        assert EVENTS["order"].reason("concern", 2025) == "it is in a category of concern"


class TestTheInspectorsOfToday:
    def test_from_2025_those_found_well_are_seen_every_four_years(self, county: World) -> None:
        """Whatever the grade and phase, while those that are not come back as before."""
        waits = {}
        for year in (2024, 2025):
            state = system(county).state
            state.year = year
            rows = state.open_rows()
            for grade in range(1, 5):
                years = interval(state, InspectionParams(), rows, np.full(len(rows), grade, np.int8))
                for name, primary in (("primary", True), ("secondary", False)):
                    waits[year, name, grade] = np.median(years[(state.schools.phase[rows] == Phase.PRIMARY) == primary])
        for name in ("primary", "secondary"):
            for grade in (1, 2):
                assert waits[2025, name, grade] == pytest.approx(4.0, rel=0.05)
                assert abs(waits[2024, name, grade] - 4.0) > 0.3
            assert waits[2025, name, 3] == pytest.approx(waits[2024, name, 3], rel=0.05)

    def test_with_and_without_part_when_those_seen_in_2025_are_seen_again(self, county: World) -> None:
        assert parted(lived(county, 11), lived(county, 11, inspection__one_cycle={2025: 0.0})) in (2027, 2028)

    def test_bars_can_move_on_a_date(self, county: World) -> None:
        usual = lived(county, 9)
        harder = lived(county, 9, inspection__good_above={2010: -1.3, 2025: -0.8})
        assert parted(usual, harder) == 2025
        good = [t["system_year"].set_index("year")["share_good_or_better"] for t in (usual, harder)]
        assert good[0][2026] - good[1][2026] > 0.02


class TestWhatFamiliesSee:
    def test_of_a_result_without_a_headline_grade_they_see_less(self, area: World) -> None:
        """Only of results given since: what a grade does to a roll is 70% of what it did."""
        gap = {}
        for date in (2023.5, 2024.5):
            rolls_by = []
            for grade in (Grade.OUTSTANDING, Grade.REQUIRES_IMPROVEMENT):
                state = system(area, rolls__appeal_outcome=0.0, rolls__pull=0.001).state
                rows = np.flatnonzero(
                    (state.schools.phase == Phase.PRIMARY) & (state.schools.state == SchoolState.OPEN)
                )
                school = int(rows[np.argmax((state.schools.capacity - state.schools.pupils)[rows])])
                state.year = 2025
                state.schools.inspected[:] = 2020.0
                state.schools.grade[school], state.schools.inspected[school] = grade, date
                rolls.intake(state, state.model.settings.rolls)
                rolls_by.append(float(state.schools.pupils[school]))
            gap[date] = rolls_by[0] - rolls_by[1]
        assert gap[2023.5] > 0.05
        assert gap[2024.5] / gap[2023.5] == pytest.approx(0.7, abs=0.03)

    def test_with_and_without_part_when_the_first_such_results_are_out(self, county: World) -> None:
        assert parted(lived(county, 9), lived(county, 9, rolls__seen={2024: 1.0})) == 2025
