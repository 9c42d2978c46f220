"""A file of the full published form with schools of every type, and schools that only the links know, runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import scenario
from support.make_gias import CONVERTER, LINKS_2022, SPONSORED, WIDE, link, load, school

from matsim.simulation.simulate import simulate
from matsim.world.codes import PHASES, Phase
from matsim.world.imputation import FileWorldParams

MAINSTREAM = ("Community school", "Voluntary aided school", "Foundation school", CONVERTER, SPONSORED, "Free schools",
              "University technical college", "Studio schools")  # fmt: skip
SPECIALIST = (
    *("Community special school", "Foundation special school", "Academy special converter"),
    *("Academy special sponsor led", "Free schools special", "Pupil referral unit"),
    *("Academy alternative provision converter", "Academy alternative provision sponsor led"),
    *("Free schools alternative provision", "Academy 16-19 converter", "Academy 16 to 19 sponsor led"),
    "Free schools 16 to 19",
)
ASIDE = ("Non-maintained special school", "Other independent school", "Local authority nursery school",
         "Further education", "Secure units")  # fmt: skip


@pytest.mark.parametrize("year", [2018, 2024])
def test_it_runs_for_three_years(tmp_path: Path, year: int) -> None:
    kinds = [*MAINSTREAM * 20, *SPECIALIST * 4, *ASIDE]
    rows = []
    for i, kind in enumerate(kinds):
        upper = {"phase": "Secondary", "low": 11, "high": 18, "pupils": 900, "places": 1000} if i % 4 == 3 else {}
        other = {"phase": "Not applicable", "pupils": 90, "places": 100, "fsm": 45} if kind in SPECIALIST else {}
        place = {"easting": 500_000 + 900 * (i % 17), "northing": 160_000 + 900 * (i // 17)}
        rows.append(school(100_001 + i, kind, **place, **(other or upper)))
    academies = [row["URN"] for row in rows if str(row["TypeOfEstablishment (name)"]).startswith(("Acad", "Free"))]
    links = [link(int(str(urn)), 500 + i % 12) for i, urn in enumerate(academies[: len(academies) // 2])]
    links.append(link(900_001, 500, of_type="Academy special converter", name="INVENTED TRUST 500"))
    world = load(tmp_path, rows, links, year, columns=WIDE, form=LINKS_2022, params=FileWorldParams())
    assert world.account.used == 160 + 48 + 1
    assert sum(world.account.set_aside.values()) == len(ASIDE)
    assert world.account.links_only == {900_001}
    run = simulate(scenario(world__start=year, run__school_year=True), world, seed=2, years=3)
    assert {PHASES[code] for code in np.unique(world.schools["phase"])} == set(PHASES) - {"all-through"}
    years = run.tables["school_year"]
    assert sorted(set(years["year"])) == [year, year + 1, year + 2]
    last = years[years["year"] == year + 2]
    counts = last["phase"].value_counts()
    assert counts["special"] >= 20
    assert counts["alternative provision"] >= 15
    assert counts["16 to 19"] >= 11
    special = last["phase"].isin(PHASES[Phase.SPECIAL :])
    assert last.loc[special, "outcome"].isna().all()
    assert last.loc[~special, "outcome"].notna().all()
    assert (last["pupils"] > 0).all()
    assert (world.schools["phase"] >= Phase.SPECIAL).sum() > 49  # sites are planned for them too
