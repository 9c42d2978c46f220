"""Published school results: what schools of files begin with, and what is said of files that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ESTABLISHMENTS, LINKS_2018, SHARED, scenario

from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.simulation.simulate import simulate
from matsim.world.base import World
from matsim.world.codes import Phase, mainstream
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world
from matsim.world.school_results import ResultsParams, SchoolResults, read_results
from matsim.world.successors import read_successors

P = ResultsParams()
URNS = [100001, 100002, 100003, 100004]
PHASE = np.array([Phase.SECONDARY, Phase.ALL_THROUGH, Phase.PRIMARY, Phase.PRIMARY], np.int8)
PUPILS = np.array([1000.0, 1200.0, 210.0, 420.0])
FOUR = "RECTYPE,URN,SCHNAME,P8MEA,P8CILOW,P8CIUPP\n"
TWO = "RECTYPE,URN,SCHNAME,READPROG,WRITPROG,MATPROG\n"


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def results(folder: Path, year: int, **files: str) -> SchoolResults:
    paths = [put(folder, f"{name}.csv", text) for name, text in files.items()]
    return read_results(paths, year, URNS, PHASE, PUPILS, P)


def said(folder: Path, name: str, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_results([put(folder, name, text)], 2019, URNS, PHASE, PUPILS, P)
    return str(caught.value)


# --- what is read


def test_a_result_is_shrunk_by_its_own_interval(tmp_path: Path) -> None:
    """Two schools with one score: the wider the interval, the nearer to the average it is taken to be."""
    found = results(tmp_path, 2019, ks4_2019=f"{FOUR}1,100001,A,0.50,0.40,0.60\n1,100002,B,0.50,-0.10,1.10\n")
    true = np.sqrt(P.eight_spread**2 - P.eight_error**2)
    for row, width in ((0, 0.2), (1, 1.2)):
        error = (width / 3.92 / true) ** 2
        assert found.known_quality[row] == pytest.approx(0.5 / true / (1.0 + error))
        assert found.quality_error[row] == pytest.approx(np.sqrt(error / (1.0 + error)))
    assert found.value_added[:2] == pytest.approx([0.5 / P.eight_spread] * 2)
    assert found.known_quality[0] > found.known_quality[1] + 0.2
    assert found.known.tolist() == [True, True, False, False]
    assert (found.known_quality[2], found.quality_error[2]) == (0.0, 1.0)


def test_what_is_known_wears_off_until_the_start(tmp_path: Path) -> None:
    row = f"{FOUR}1,100001,A,0.50,0.40,0.60\n"
    now, later = (results(tmp_path, year, ks4_2019=row) for year in (2019, 2024))
    assert later.known_quality[0] == pytest.approx(now.known_quality[0] * P.kept**5)
    assert later.quality_error[0] ** 2 == pytest.approx(1.0 - (1.0 - now.quality_error[0] ** 2) * P.kept**10)
    assert np.isnan(later.value_added).all()  # nobody's result of the year before


def test_several_years_say_more_than_one_and_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    rows = {f"ks4_{year}": f"{FOUR}1,100001,A,0.50,0.20,0.80\n" for year in (2018, 2019)}
    one = results(tmp_path, 2019, ks4_2019=rows["ks4_2019"])
    both, turned = results(tmp_path, 2019, **rows), results(tmp_path, 2019, **dict(reversed(rows.items())))
    assert both.quality_error[0] < one.quality_error[0] - 0.02
    assert both.known_quality[0] > one.known_quality[0] + 0.02
    assert both.known_quality[0] == turned.known_quality[0]


def test_results_of_after_the_start_are_not_used(tmp_path: Path) -> None:
    found = results(tmp_path, 2018, ks4_2019=f"{FOUR}1,100001,A,0.50,0.40,0.60\n")
    assert not found.known.any()
    assert found.passed_over == {"of 2019, after the start": 1}
    assert "of 2019, after the start 1" in " ".join(found.notes())


def test_primary_results_are_the_mean_of_subjects_and_their_intervals(tmp_path: Path) -> None:
    """Without intervals the roll says how many pupils sat the tests: a larger school's result is believed more."""
    plain = results(tmp_path, 2019, ks2_2019=f"{TWO}1,100003,A,3,1,2\n1,100004,B,3,SUPP,1\n")
    assert plain.value_added[2:] == pytest.approx([2.0 / P.primary_spread] * 2)
    assert plain.quality_error[2] > plain.quality_error[3] + 0.05
    ends = "RECTYPE,URN,READPROG,READPROG_LOWER,READPROG_UPPER\n1,100003,3,1,5\n1,100004,3,2.5,3.5\n"
    given = results(tmp_path, 2019, ks2_2019=ends)
    assert given.quality_error[2] > given.quality_error[3] + 0.2


def test_results_under_another_urn_are_found_through_successors(tmp_path: Path) -> None:
    """A school that converted keeps the results that it had before; where it has its own, they stay its own."""
    text = "URN,LinkURN,LinkType,LinkEstablishedDate\n900001,100001,Successor,01-09-2018\n900002,100002,Successor,\n"
    links = put(tmp_path, "links.csv", text)
    rows = "1,900001,A,0.5,0.4,0.6\n1,900002,B,0.5,0.4,0.6\n1,100002,B,-1,-1.2,-0.8\n"
    paths = [put(tmp_path, "ks4_2018.csv", FOUR + rows)]
    known = read_results(paths, 2018, URNS, PHASE, PUPILS, P, read_successors(links))
    assert known.value_added[:2] == pytest.approx([0.5 / P.eight_spread, -1.0 / P.eight_spread])
    assert known.filled == {"value added: results under another URN of the school": 1}
    assert not read_results(paths, 2018, URNS, PHASE, PUPILS, P).known[0]


def test_rows_that_are_no_school_here_are_counted(tmp_path: Path) -> None:
    schools = "1,100001,A,0.1,0,0.2\n1,999001,C,0.1,0,0.2\n1,100003,P,0.1,0,0.2\n"
    rows = f"{schools}4,,Authority,0.1,0,0.2\n5,NAT,England,0,0,0\n"
    found = results(tmp_path, 2019, ks4_2019=FOUR + rows)
    assert found.passed_over == {"of schools that are not here": 1, "of schools of another phase": 1}
    assert found.counts == {"Progress 8 of 2019,": 1}
    assert found.notes()[0] == (
        "Published results read: Progress 8 of 2019, 1 school. Schools that begin with value added of their own, "
        "shrunk by its interval: 1; that of the others is drawn."
    )


@pytest.mark.parametrize(
    ("name", "summer"),
    [
        ("ks4_2019", 2019),
        ("2018-2019_england_ks4final", 2019),
        ("england_ks4final_2018-19", 2019),
        ("ks2 2017_18", 2018),
    ],
)
def test_the_year_is_in_the_name(tmp_path: Path, name: str, summer: int) -> None:
    found = results(tmp_path, summer, **{name: f"{FOUR}1,100001,A,0.50,0.40,0.60\n"})
    assert not np.isnan(found.value_added[0])


# --- what is wrong with a file


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("ks4.csv", f"{FOUR}1,100001,A,0.5,0.4,0.6\n", "has to say their year, and this says no year"),
        ("ks4_2018_2021.csv", f"{FOUR}1,100001,A,0.5,0.4,0.6\n", "this says several years"),
        ("ks4_2019.csv", "URN,Linked UID\n100001,2\n", "this looks like a group links file"),
        ("ks4_2019.csv", "URN,SCHNAME,ATT8SCR\n100001,A,40\n", "there is no column 'P8MEA' or 'READPROG'"),
        ("ks4_2019.csv", f"{FOUR}1,100001,A,good,0.4,0.6\n", "line 2, P8MEA: 'good' should be a Progress 8 score"),
        ("ks4_2019.csv", f"{FOUR}1,100001,A,0.5,0.6,0.4\n", "line 2, P8CILOW: 0.6 is the lower end of an interval"),
        ("ks4_2019.csv", f"{FOUR}1,1,A,0.5,0.4,0.6\n", "line 2, URN: '1' should be a whole number of six digits"),
        ("ks4_2019.csv", f"{FOUR}1,100001,A,0.5,0.4,0.6\n1,100001,A,0.5,0.4,0.6\n", "100001 is also on line 2"),
        ("ks4_2019.csv", f"{FOUR}1,100001,A,SUPP,SUPP,SUPP\n", "no school in it has a result in the column 'P8MEA'"),
        ("ks2_2019.csv", f"{TWO}1,100003,A,99,1,1\n", "'99' should be a progress score from -30 to 30"),
    ],
)
def test_a_file_that_is_wrong_gets_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    assert sentence in said(tmp_path, name, text)


def test_two_files_of_one_year_are_refused(tmp_path: Path) -> None:
    row = f"{FOUR}1,100001,A,0.5,0.4,0.6\n"
    with pytest.raises(InputError, match="holds key stage 4 results of 2019, and so does"):
        results(tmp_path, 2019, ks4_2019=row, again_2019=row)


# --- what a run makes of it

REAL = pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside the project")
FOURS = [SHARED / f"ks4_provisional_{year}.csv" for year in (2018, 2019)]


@pytest.fixture(scope="module")
def plain() -> World:
    return read_world(Files(ESTABLISHMENTS, LINKS_2018), 2018, TravelParams())


def started(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Quality and last year's value added of each school as a run begins."""
    model = simulate(scenario(), world, seed=1, years=0, tables=()).model
    return model.state.schools.quality.copy(), model.state.schools.outcome.copy()


@REAL
@pytest.mark.realdata
@pytest.mark.parametrize("year", [2018, 2019])
def test_real_schools_start_with_their_own_value_added(plain: World, year: int) -> None:
    """True value added correlates with the published figure as its interval allows: the square root of its reliability.

    Progress 8 of 2018 and 2019, and in 2019 key stage 2 too. Whom no file knows has what was drawn before.
    """
    files = [*FOURS, SHARED / "ks2_progress_2019.csv"]
    links = LINKS_2018 if year == 2018 else SHARED / "grouplinks_edubaseallacademiesandfree20190601.csv"
    world = read_world(Files(ESTABLISHMENTS, links, results=tuple(files)), year, TravelParams())
    quality, outcome = started(world)
    published, known = world.schools["published"], world.schools["quality_error"] < 1.0
    upper = known & (world.schools["phase"] != Phase.PRIMARY) & ~np.isnan(published)
    assert upper.sum() > 2_600
    assert (outcome[~np.isnan(published)] == published[~np.isnan(published)]).all()
    allowed = np.sqrt(1.0 - (P.eight_error / P.eight_spread) ** 2)
    assert np.corrcoef(quality[upper], published[upper])[0, 1] == pytest.approx(allowed, abs=0.03)
    if year == 2019:
        young = known & (world.schools["phase"] == Phase.PRIMARY)
        error = world.schools["quality_error"][young]
        assert young.sum() > 13_000
        allowed = np.sqrt(1.0 - np.mean(error**2))
        # their intervals are wider, so that what inspectors said counts for more beside them
        assert allowed - 0.07 < np.corrcoef(quality[young], published[young])[0, 1] < allowed + 0.01
    else:
        assert not known[world.schools["phase"] == Phase.PRIMARY].any()


@REAL
@pytest.mark.realdata
def test_without_results_nothing_else_changes(plain: World) -> None:
    world = read_world(Files(ESTABLISHMENTS, LINKS_2018, results=tuple(FOURS[:1])), 2018, TravelParams())
    for name, values in plain.schools.items():
        if name not in ("published", "known_quality", "quality_error"):
            assert np.array_equal(values, world.schools[name], equal_nan=values.dtype.kind == "f"), name
    quality, _ = started(plain)
    own, _ = started(world)
    known = world.schools["quality_error"] < 1.0
    assert np.array_equal(quality[~known], own[~known])
    assert np.corrcoef(quality[known], own[known])[0, 1] < 0.6
    drawn = world.account.filled["value added: drawn, where no published result was read"]
    assert drawn == np.count_nonzero(~known & mainstream(world.schools["phase"]) & ~world.schools["planned"])
