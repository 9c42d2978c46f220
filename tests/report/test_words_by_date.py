"""Pages say who decides in the words of their years: none of the old ones after August 2022, none of the new before."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from support.calling import call, fine, published

from matsim.report import render
from matsim.results.store import open_result
from matsim.web.explorer.story import story

OLD = re.compile(r"commissioner(?!s(\[|\.|&#91;|</code>))|headteacher board|\bRSC\b", re.IGNORECASE)
"""Words to August 2022; the parameters of policies are called `commissioners` in every year."""
NEW = re.compile(r"regional director|advisory board|\bDfE region", re.IGNORECASE)


def text(page: str) -> str:
    """What a page says: no scripts, styles or tags."""
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def around(pattern: re.Pattern[str], said: str) -> list[str]:
    """Each find with what stands around it."""
    return [said[max(0, m.start() - 60) : m.end() + 30] for m in pattern.finditer(said)]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Three years of a small world from 2018 and of published files from 2024; and years on both sides of 2022."""
    folder = tmp_path_factory.mktemp("dated")
    schools, links = published(folder)
    files = ("--establishments", schools, "--group-links", links, "--set", "world.start=2024")
    fine("run", "area-300", "--years", 3, "--quiet", "--out", folder / "2018", "--seed", 2)
    fine("run", "england-2018", *files, "--years", 3, "--quiet", "--out", folder / "2024")
    fine("run", "area-300", "--years", 7, "--quiet", "--out", folder / "2020", "--seed", 2)
    return {year: folder / str(year) for year in (2018, 2020, 2024)}


def test_a_report_has_the_words_of_its_years(results: dict[int, Path]) -> None:
    before, after, both = (text(render(results[year])) for year in (2018, 2024, 2020))
    assert around(NEW, before) == []
    assert "The regional schools commissioner, who approves or refuses" in before
    assert not around(OLD, after), "\n".join(around(OLD, after))
    assert "The regional director, who approves or refuses" in after
    assert "regional schools commissioner (since September 2022 the regional director)" in both


def test_the_summary_and_explanations_have_the_words_of_their_years(results: dict[int, Path]) -> None:
    for year, wrong, right in ((2018, NEW, "the commissioner"), (2024, OLD, "the regional director")):
        said = "".join(
            call("explain", results[year], "--event", kind).out for kind in ("approve", "refuse", "intervene")
        )
        assert around(wrong, said) == []
        assert said.count(right) > 5
    for year, right in ((2021, "the commissioner"), (2022, "the regional director")):
        said = fine("explain", results[2020], "--event", "approve", "--year", year)
        assert f"{right} approved" in said
        assert len(re.findall(r"the (commissioner|regional director) approved", said)) == said.count(
            f"{right} approved"
        )


def test_tables_as_csv_say_which_regions(results: dict[int, Path], tmp_path: Path) -> None:
    fine("export", results[2020], "--csv", "--out", tmp_path / "csv")
    rows = pd.read_csv(tmp_path / "csv" / "region_year.csv")
    assert rows.groupby("year").size().to_dict() == {y: 8 if y < 2022 else 9 for y in range(2018, 2025)}
    assert rows.groupby("regions")["region"].nunique().to_dict() == {"DfE regions": 9, "RSC regions": 8}
    schools = pd.read_csv(tmp_path / "csv" / "schools.csv")
    assert {"region", "dfe_region"} <= set(schools.columns)


def test_a_board_pack_has_the_words_of_its_years(tmp_path: Path) -> None:
    schools, links = published(tmp_path)
    files = ("--establishments", schools, "--group-links", links)
    for start, wrong, right in ((2017, NEW, "commissioner"), (2024, OLD, "regional director")):
        folder = tmp_path / str(start)
        ask = ("board", "england-2018", "--trust", "INVENTED TRUST A", *files, "--set", f"world.start={start}")
        fine(*ask, "--years", 3, "--futures", 10, "--workers", 1, "--quiet", "--out", folder)
        page = text((folder / "board.html").read_text(encoding="utf-8"))
        assert not around(wrong, page), "\n".join(around(wrong, page))
        assert page.count(right) > 2
        assert "Would the " + right in page or f"by the {right}" in page


def test_the_explorer_tells_a_trust_in_the_words_of_its_years(results: dict[int, Path]) -> None:
    for year, wrong, region in ((2018, NEW, "RSC region"), (2024, OLD, "DfE region")):
        trusts = open_result(results[year]).table("trust_year")
        several = trusts[trusts["kind"].astype(str) == "multi-academy trust"]["trust"]
        told = [story(results[year], int(uid), lambda event: None) for uid in several.unique()[:5]]
        page = text(repr(told))
        assert region in page
        other = page.replace(region, "")
        assert not around(wrong, other), "\n".join(around(wrong, other))
