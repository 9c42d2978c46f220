"""One page: what it holds, and the one self-contained HTML file it becomes. It asks nothing of any network.

Everything in a `Page` is plain text and is escaped; figures carry their data as JSON. Plotly's script is put in
once, and only where a page has figures.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from matsim.core.safe_text import harmless, harmless_json
from matsim.figures.base import Figure
from matsim.figures.style import CONFIG
from matsim.report.table_cells import Grid, grid
from matsim.results.store import PAGE_MARK

MARK = PAGE_MARK
"""Stands at the top of every page, so that a page may be told from other files before it is replaced."""

CAVEATS = (
    "It is a simulation. Nothing here is a forecast of a named school or trust: a name only marks where a "
    "simulated history begins.",
    "The strategy group that a trust belongs to does not predict how well it performs. The research this model "
    "rests on found no such link, and the model has none built in.",
    "Pupil outcomes are of mainstream schools: special schools, alternative provision and academies for 16 to 19 count "
    "in sizes, pupils and money, but have no results that compare. Nursery schools and colleges are left out.",
)
"""What every page says, whatever it is about. There is no way to leave these out."""

FIGURE_ROWS = 24
"""Rows of a figure's data that the page shows."""


@dataclass(frozen=True)
class Fact:
    """A label and what stands beside it. `code` sets the value as something to type; `note` is small print."""

    label: str
    value: str
    note: str = ""
    code: bool = False


@dataclass(frozen=True)
class Table:
    """A table under readable headers; cells are text, or numbers that the page rounds.

    `rows` is how many are shown: the note should then say where the whole is. `folded` puts it behind a line to
    open; `paper` says whether it is printed.
    """

    caption: str
    frame: pd.DataFrame
    note: str = ""
    rows: int = 40
    folded: bool = False
    paper: bool = True

    @property
    def grid(self) -> Grid:
        """Its cells as text."""
        return grid(self.frame, self.rows)


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading of its own, in this order: what is missing, words, figures, tables, notes.

    `missing` says that something is not there and what to do about it. `fresh` begins a new sheet on paper.
    """

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    missing: Sequence[str] = ()
    fresh: bool = False

    @property
    def id(self) -> str:
        """The title as an HTML id."""
        plain = unicodedata.normalize("NFKD", self.title).encode("ascii", "ignore").decode().lower()
        return "s-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section")


@dataclass(frozen=True)
class Page:
    """A page. `kind` says what sort of page it is, `lead` is the answer in sentences, `facts` its key numbers.

    `caveats` come after `CAVEATS`, which every page has; `provenance` says what made the numbers, and `digests`
    lists the tables that hold them. `warnings` come before everything else.
    """

    title: str
    kind: str
    question: str = ""
    lead: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    sections: Sequence[Section] = ()
    caveats: Sequence[str] = ()
    warnings: Sequence[str] = ()
    provenance: Sequence[Fact] = ()
    digests: Table | None = None

    @property
    def front(self) -> int:
        """How many sections share the first sheet with the answer; 0 where none begins a new sheet."""
        return next((i for i, section in enumerate(self.sections) if section.fresh), 0)


def html(page: Page) -> str:
    """The page as one HTML file. Equal pages make equal text.

    Raises ValueError when two figures, or two sections, share an id.
    """
    figures = [f for s in page.sections for f in s.figures]
    ids = [f.key for f in figures] + [s.id for s in page.sections]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"two figures, or two sections, of one page share an id: {', '.join(twice)}")
    script = f'"use strict";\n{charts_script()}{_text("page.js")}'
    scripts = [_plotly(), script] if figures else [script]
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            mark=Markup(MARK),
            css=Markup(_text("page.css")),
            scripts=[Markup(code) for code in scripts],
            policy=_policy(scripts),
            caveats=(*CAVEATS, *page.caveats),
            config=inert(json.dumps(CONFIG | {"displayModeBar": False}, sort_keys=True)),
            plot=lambda figure: inert(harmless_json(str(figure.plot.to_json()))),
            frames=frames_of,
            figure_grid=lambda figure: grid(figure.table, FIGURE_ROWS),
        )
    )


def shown(value: Any) -> Any:
    """A value as a page shows it: text without what acts rather than shows. Markup is the page's own."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("matsim.report"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _text(name: str) -> str:
    return (files("matsim.report") / "templates" / name).read_text(encoding="utf-8")


def charts_script() -> str:
    """What a page's script does with charts; the web room's pages do the same (matsim/web/static/figures.js)."""
    return _text("charts.js")


@cache
def _plotly() -> str:
    return str(get_plotlyjs())


def _policy(scripts: Sequence[str]) -> str:
    """A content security policy: these scripts and no others, and no request to anywhere."""
    # by digest: a file has no server that could give a nonce
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def inert(text: str) -> Markup:
    """JSON that no HTML parser takes for anything else, wherever in the data a tag stands."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def frames_of(figure: Figure) -> tuple[list[str], int]:
    """Names of an animation's frames, and the place of the one that is shown at first."""
    names = [str(f.name) for f in figure.plot.frames]
    sliders = figure.plot.layout.sliders
    first = int(sliders[0].active or 0) if sliders else 0
    return names, min(first, max(len(names) - 1, 0))
