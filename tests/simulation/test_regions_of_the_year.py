"""Eight regions and their commissioners until August 2022; nine with regional directors from then on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.agents import Commissioner
from matsim.core.errors import InputError
from matsim.events.kinds import EVENTS
from matsim.scenario.fitting import misfits
from matsim.simulation.explain import rule_of
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import DFE_CODES, DFE_REGIONS, REGIONS, RSC_CODES, RSC_REGIONS, World

SPLIT = ({"kind": "permit"}, {"kind": "refuse", "regions": ["London", "Lancashire and West Yorkshire"]})


def finished(world: World, **changes: object) -> Finished:
    """The county of 2018 up to 2024."""
    return simulate(scenario(run__school_year=True, **changes), world, seed=4, years=7)


@pytest.fixture(scope="module")
def seven(county: World) -> Finished:
    """The county with default settings."""
    return finished(county)


def judged(run: Finished, kind: str) -> pd.DataFrame:
    """Applications that were approved or refused, with the region in which."""
    events = run.tables["events"]
    found = events[(events["event"] == kind) & (events["rule"] == "approval")]
    return found.assign(name=[REGIONS[code] for code in found["region"]])


def test_eight_commissioners_until_august_2022_and_nine_from_then_on(county: World) -> None:
    model = TrustSystem(county, scenario(), 1)
    numbers = {}
    for year in range(2018, 2025):
        model.step()
        assert set(model.agents_by_type[Commissioner]) == set(model.state.commissioners)
        numbers[year] = [c.name for c in model.state.commissioners]
    assert numbers == {y: list(RSC_REGIONS if y < 2022 else DFE_REGIONS) for y in range(2018, 2025)}
    schools, trusts = model.state.schools, model.state.trusts
    assert np.array_equal(schools.region, county.schools["dfe_region"])
    assert np.array_equal(trusts.region, schools.region[trusts.lead])


def test_agents_have_the_same_numbers_whether_they_are_asked_for_before_or_after(county: World) -> None:
    numbers = []
    for early in (True, False):
        model = TrustSystem(county, scenario(environment__nine_from=2019), 1)
        if early:
            assert len(model.agents) > len(county.schools["urn"])
        model.step()
        model.step()
        numbers.append([agent.unique_id for agent in model.state.trust_agents])
        assert len({agent.unique_id for agent in model.agents}) == len(model.agents)
    assert numbers[0] == numbers[1]


def test_a_run_that_starts_later_has_the_nine_from_its_first_year(area: World) -> None:
    later = scenario(environment__nine_from=2018)
    run = simulate(later, area, seed=1, years=2)
    assert set(run.tables["region_year"]["regions"]) == {"DfE regions"}
    assert set(run.tables["region_year"]["region"]) == set(DFE_REGIONS)
    assert "nine_from" not in set(run.tables["events"]["reason"])


def test_region_year_has_rows_for_the_regions_of_its_year_and_they_add_up(seven: Finished) -> None:
    tables = seven.tables
    rows = tables["region_year"]
    for year in range(2018, 2025):
        these = rows[rows["year"] == year]
        names, kind = (RSC_REGIONS, "RSC regions") if year < 2022 else (DFE_REGIONS, "DfE regions")
        assert these["region"].tolist() == list(names)
        assert set(these["regions"]) == {kind}
        system = tables["system_year"].set_index("year").loc[year]
        for column in ("schools", "academies_in_mats", "trusts_multi", "pupils"):
            assert these[column].sum() == pytest.approx(system[column])


def test_schools_and_trusts_are_in_the_region_of_the_year(seven: Finished) -> None:
    tables = seven.tables
    both = tables["schools"].set_index("school")[["region", "dfe_region"]].astype(str)
    yearly = tables["school_year"]
    for year in range(2018, 2025):
        these = yearly[yearly["year"] == year]
        wanted = both["region" if year < 2022 else "dfe_region"].loc[these["school"]]
        assert these["region"].astype(str).tolist() == wanted.tolist()
    lead = tables["trusts"].set_index("trust")["lead_school"]
    trusts = tables["trust_year"]
    now = trusts[trusts["year"] == 2024]
    assert now["region"].astype(str).tolist() == both["dfe_region"].loc[lead.loc[now["trust"]]].tolist()


def test_an_application_is_settled_by_the_commissioner_of_the_region_of_the_year(county: World) -> None:
    run = finished(county, commissioners=SPLIT)
    home = run.tables["schools"].set_index("school")[["region", "dfe_region"]].astype(str)
    for kind, inside in (("refuse", True), ("approve", False)):
        found = judged(run, kind)
        column = np.where(
            found["year"] < 2022, home["region"].loc[found["school"]], home["dfe_region"].loc[found["school"]]
        )
        assert found["name"].tolist() == column.tolist()
        old, new = found[found["year"] < 2022], found[found["year"] >= 2022]
        assert (old["name"] == "Lancashire and West Yorkshire").tolist() == [inside] * len(old)
        assert (new["name"] == "London").tolist() == [inside] * len(new)
        assert min(len(old), len(new)) > 20
    event = judged(run, "refuse").iloc[-1]
    rule = rule_of(event, run.scenario)
    assert rule is not None
    assert [term.words for term in rule.terms] == ["nothing"]


def test_the_years_before_are_the_same_and_the_nine_come_in_their_year_alone(seven: Finished, county: World) -> None:
    nine, eight = seven, finished(county, environment__nine_from=2040)
    for name in ("system_year", "trust_year", "school_year", "events", "region_year"):
        before = [run.tables[name][run.tables[name]["year"] < 2022] for run in (nine, eight)]
        assert before[0].astype(str).reset_index(drop=True).equals(before[1].astype(str).reset_index(drop=True)), name
    assert not nine.tables["trust_year"].equals(eight.tables["trust_year"])
    told = nine.tables["events"][nine.tables["events"]["reason"] == "nine_from"]
    assert told["year"].tolist() == [2022]
    assert told[["value", "threshold"]].to_numpy().tolist() == [[9.0, 8.0]]
    sentence = EVENTS["policy"].by_reason["nine_from"]
    assert "regional directors" in sentence


def test_a_shock_strikes_the_region_of_the_year_in_which_it_began(county: World) -> None:
    # half of the West Midlands of old is made a part of the North West, as Cheshire was
    nine = county.schools["dfe_region"].copy()
    west = np.flatnonzero(county.schools["region"] == REGIONS.index("West Midlands"))
    nine[west[::2]] = REGIONS.index("North West")
    county = replace(county, schools={**county.schools, "dfe_region": nine})
    hit = {}
    for year, name, column in (
        (2021, "East Midlands and the Humber", "region"),
        (2022, "London", "dfe_region"),
        (2021, "West Midlands", "region"),
        (2022, "West Midlands", "dfe_region"),
    ):
        shock = {"year": year, "kind": "funding cut", "size": 0.05, "years": 3, "region": name}
        model = TrustSystem(county, scenario(shocks=[shock]), 1)
        for _ in range(2018, 2024):
            model.step()
        struck = model.state.struck.funding > 0
        inside = county.schools[column] == REGIONS.index(name)
        assert np.array_equal(struck, inside & (model.state.schools.state == 1))
        hit[year, name] = int(struck.sum())
    assert hit[2021, "West Midlands"] == pytest.approx(2 * hit[2022, "West Midlands"], abs=10)


NAMES = (
    (
        "London",
        2018,
        3,
        "'London' is one of the DfE regions, which are from 2022 on, and the run goes from 2018 to 2020",
    ),
    ("London", 2018, 5, ""),
    ("North of England", 2018, 9, ""),
    ("Londn", 2018, 3, "no region is called 'Londn'; did you mean 'London'?"),
    ("Atlantis", 2018, 3, "no region is called 'Atlantis'; the RSC regions, which are to 2021, are North West London"),
    ("West Midlands", 2018, 3, ""),
)


@pytest.mark.parametrize(("name", "first", "years", "wrong"), NAMES)
def test_names_of_regions_are_checked_by_the_years_they_hold_for(
    area: World, name: str, first: int, years: int, wrong: str
) -> None:
    found = misfits(scenario(commissioners=({"kind": "permit"}, {"kind": "refuse", "regions": [name]})), area, years)
    assert [sentence.startswith(f"commissioners[1].regions[0]: {wrong}") for sentence in found] == [True] * bool(wrong)


def test_a_shock_names_a_region_of_its_year(area: World) -> None:
    pause = {"kind": "growth pause"}
    for year, name, wrong in (
        (2021, "London", "'London' is one of the DfE regions, which are from 2022 on, and the shock strikes in 2021"),
        (2022, "North of England", "'North of England' is one of the RSC regions, which are to 2021, and the shock"),
        (2022, "London", ""),
        (2021, "North of England", ""),
    ):
        found = misfits(scenario(shocks=[pause | {"year": year, "region": name}]), area, 8)
        assert [sentence.startswith(f"shocks[0].region: {wrong}") for sentence in found] == [True] * bool(wrong)
    with pytest.raises(InputError, match="which are to 2021"):
        simulate(scenario(shocks=[pause | {"year": 2022, "region": "North of England"}]), area, seed=1, years=6)


def test_codes_of_regions_stand_for_their_names() -> None:
    assert [REGIONS[code] for code in RSC_CODES] == list(RSC_REGIONS)
    assert [REGIONS[code] for code in DFE_CODES] == list(DFE_REGIONS)
    assert len(set(REGIONS)) == len(REGIONS) == 16
