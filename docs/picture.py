"""The picture in the README: a figure of the demo run's report, as Chromium draws it. Needs `make demo` first."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from matsim.report import render

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent / "results" / "demo"
FIGURE = "fig-trust-sizes"


def main() -> None:
    """Draw the demo's figure of trust sizes into docs/demo.png."""
    page_file = DEMO / "picture.html"
    page_file.write_text(render(DEMO), encoding="utf-8")
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1000, "height": 900}, device_scale_factor=1.5)
            page.goto(page_file.as_uri())
            page.locator(f"#{FIGURE}").screenshot(path=HERE / "demo.png")
            browser.close()
    finally:
        page_file.unlink()


if __name__ == "__main__":
    main()
