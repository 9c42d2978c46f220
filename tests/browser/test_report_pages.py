"""Reports as people meet them: on a desk, a telephone and paper, with a pointer, a keyboard and a screen reader."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.calling import fine
from support.make_gias import CONVERTER, LINKS_2018, link, school, write
from support.reports import KINDS, results
from support.sharing import shared

from browser.watch import NARROW, WIDE, axe, reached_by_keyboard, tab, unfold, unreached
from matsim.report import render

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of every kind."""
    return {
        kind: shared(tmp_path_factory, f"{kind}.html", partial(_page, folder))
        for kind, folder in results(tmp_path_factory).items()
    }


def _page(result: Path, place: Path) -> None:
    place.write_text(render(result), encoding="utf-8")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("kind", KINDS)
def test_loads_alone_fits_and_prints_on_a4_with_tables_open(
    kind: str, width: int, pages: dict[str, Path], chromium: Browser, tmp_path: Path
) -> None:
    with tab(chromium, width) as watched:
        page = watched.open(pages[kind])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".chart").count() >= 3
        assert page.locator(".modebar-btn").count() == 0  # nothing of Plotly's own to press, and nothing to share
        empty = "c => !c.querySelector('.trace, .sankey, .heatmaplayer image, .points path, path.js-line')"
        assert not page.evaluate(f"[...document.querySelectorAll('.chart')].filter({empty}).map(c => c.id)")
        page.evaluate(
            "() => { window.opened = [];"
            " addEventListener('beforeprint', () => { window.opened ="
            " [...document.querySelectorAll('figure details')].map(d => d.open); }); }"
        )
        paper = page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        sizes = {tuple(round(float(n)) for n in m.split()[2:]) for m in _boxes(paper)}
        assert sizes == {(595, 842)}
        assert page.evaluate("window.opened.length") == page.locator("figure").count()
        assert page.evaluate("window.opened.every(Boolean)")
        assert page.evaluate("[...document.querySelectorAll('figure details')].every(d => !d.open)")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= 688
        assert not page.locator("button, nav, .player").filter(visible=True).count()
        watched.clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(kind: str, scheme: str, pages: dict[str, Path], chromium: Browser) -> None:
    with tab(chromium, color_scheme=scheme) as watched:
        page = watched.open(pages[kind])
        unfold(page)
        assert axe(page) == []
        watched.clean()


@pytest.mark.parametrize("kind", KINDS)
def test_a_keyboard_reaches_every_control(kind: str, pages: dict[str, Path], chromium: Browser) -> None:
    with tab(chromium) as watched:
        page = watched.open(pages[kind])
        stops = reached_by_keyboard(page)
        assert stops[0] == "a Skip to the page"
        assert sum("Save picture" in stop for stop in stops) == page.locator("figure").count()
        assert unreached(page) == []


def test_figures_answer_to_a_pointer(pages: dict[str, Path], chromium: Browser) -> None:
    with tab(chromium) as watched:
        page = watched.open(pages["run"])
        chart = page.locator("figure .chart").first
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        for x in range(60, int(box["width"]) - 60, 12):
            page.mouse.move(box["x"] + x, box["y"] + box["height"] * 0.3)
            page.wait_for_timeout(30)
            if page.locator(".hoverlayer .hovertext").count():
                break
        assert re.search(r"20\d\d/\d\d", page.locator(".hoverlayer .hovertext").first.text_content() or "")
        watched.clean()


def test_an_animation_is_moved_by_keys_and_plays(pages: dict[str, Path], chromium: Browser) -> None:
    with tab(chromium) as watched:
        page = watched.open(pages["run"])
        player = page.locator(".player").first
        slider, said = player.locator("input"), player.locator("output")
        last = said.inner_text()
        before = _marks(page, player)
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        assert said.inner_text() < last
        assert slider.get_attribute("aria-valuetext") == said.inner_text()
        assert _marks(page, player) != before
        button = player.locator("button")
        button.press("Enter")
        assert button.inner_text() == "Pause"
        page.wait_for_function("b => b.textContent === 'Play'", arg=button.element_handle(), timeout=10_000)
        assert said.inner_text() == last
        watched.clean()


def _marks(page: object, player: object) -> str:
    return str(page.locator(f"#{player.get_attribute('data-plot')} .scatterlayer").inner_html())  # type: ignore[attr-defined]


def test_a_picture_is_saved_without_a_request(pages: dict[str, Path], chromium: Browser, tmp_path: Path) -> None:
    with tab(chromium, accept_downloads=True) as watched:
        page = watched.open(pages["run"])
        with page.expect_download() as download:
            page.locator("button.save").first.click()
        download.value.save_as(tmp_path / "chart.png")
        assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
        watched.clean()


def _boxes(paper: bytes) -> list[str]:
    """Every page's media box in a PDF, as four numbers."""
    return [m.decode() for m in re.findall(rb"/MediaBox \[([\d. ]+)\]", paper)]


def test_a_script_for_a_name_does_nothing(tmp_path: Path, chromium: Browser) -> None:
    bad = "<script>document.title='gone'</script><img src=x onerror=alert(1)>"
    rows = [school(100001 + i, CONVERTER, name=bad, northing=165000 + 900 * i) for i in range(12)]
    links = [link(100001 + i, 500 + i % 2, name=bad) for i in range(12)]
    files = write(tmp_path / "schools.csv", rows), write(tmp_path / "links.csv", links, LINKS_2018)
    words = ["--establishments", files[0], "--group-links", files[1], "--years", 3, "--quiet", "--out", tmp_path / "r"]
    fine("run", "england-2018", *words)
    (tmp_path / "r.html").write_text(render(tmp_path / "r"), encoding="utf-8")
    with tab(chromium) as watched:
        page = watched.open(tmp_path / "r.html")
        assert "gone" not in page.title()
        assert page.locator("img").count() == 0
        watched.clean()
