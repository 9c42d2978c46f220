"""Templates, static files, figures as pages need them, and the pages that say what went wrong."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from matsim.core.errors import InputError
from matsim.core.safe_text import harmless_json
from matsim.figures.base import Figure
from matsim.report.page import charts_script, frames_of, inert, shown
from matsim.report.table_cells import Grid, grid
from matsim.words.amounts import academic, decimals, significant

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
TITLES = {
    400: "That request makes no sense",
    403: "That was refused",
    404: "There is no such page",
    405: "That cannot be done here",
    409: "That has changed meanwhile",
    413: "That is too large",
    415: "That is not a form of ours",
    421: "Wrong address",
    422: "Something in the form is not right",
    429: "Too much at once",
    500: "Something went wrong here",
    503: "Busy",
}


@dataclass(frozen=True)
class Templates:
    """The templates of one part of the web room (a package below it), over the shared ones."""

    package: str

    def render(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page. `csrf`, `site` and `path` are there for every template."""
        common = {"csrf": request.state.csrf, "site": request.state.site, "path": request.url.path}
        text = environment(self.package).get_template(name).render({**common, **values})
        return HTMLResponse(text, status)


@cache
def environment(package: str) -> Environment:
    """Jinja with autoescape; an unknown name is an error."""
    jinja = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (package, "matsim.web", "matsim.report")]),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals |= {"static": static_address, "plotly_marks": plotly_marks, "academic": academic}
    jinja.filters |= {"minus": minus, "decimals": decimals, "significant": significant}
    return jinja


def minus(text: str) -> str:
    """Numbers in a text with a minus sign in place of a hyphen before them."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", text)


def attachment(name: str) -> dict[str, str]:
    """The header of an answer that is a file to keep."""
    return {"content-disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"}


@cache
def _statics() -> dict[str, tuple[bytes, str]]:
    """Every static file of the room by its bare name, which no two share: its bytes, gzipped, and its type."""
    files_by_name: dict[str, tuple[bytes, str]] = {"plotly.js": (str(get_plotlyjs()).encode(), TYPES["js"])}
    for part in ("", "explorer/", "classroom/"):
        folder = files("matsim.web").joinpath(f"{part}static")
        for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else ():
            ending = file.name.rpartition(".")[2]
            if file.name in files_by_name:
                raise ValueError(f"two static files are called {file.name}")
            if ending in TYPES:
                files_by_name[file.name] = (file.read_bytes(), TYPES[ending])
    data, kind = files_by_name["figures.js"]
    files_by_name["figures.js"] = (data + b"\n" + charts_script().encode(), kind)
    # mtime 0, or equal files would have another digest, and so another address, in every process
    return {name: (gzip.compress(data, 6, mtime=0), kind) for name, (data, kind) in files_by_name.items()}


@cache
def plotly_marks() -> tuple[str, ...]:
    """Ids that Plotly's script looks for before it adds style elements of its own, for maps that are never used here.

    With elements of these ids in the page it adds none, and the security policy has nothing to refuse.
    """
    return tuple(dict.fromkeys(re.findall(r'document\.getElementById\("([0-9a-f]{64})"\)', str(get_plotlyjs()))))


@cache
def _version() -> str:
    """One digest for all static files: a module can name another beside it, and an address never goes stale."""
    parts = [name.encode() + data for name, (data, _) in sorted(_statics().items())]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def static_address(name: str) -> str:
    """The address of a static file; it changes with the files, so that browsers may keep it for good."""
    if name not in _statics():
        raise ValueError(f"there is no static file called {name}")
    return f"/static/{_version()}/{name}"


async def static(request: Request) -> Response:
    """One of the static files, by its bare name; nothing in the address is ever used as a path."""
    file = _statics().get(request.path_params["name"])
    if file is None or request.path_params["version"] != _version():
        raise HTTPException(404)
    data, kind = file
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    # packed once, since Plotly's script is megabytes and a whole room asks for it at once
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(data, media_type=kind, headers={**headers, "content-encoding": "gzip"})
    return Response(gzip.decompress(data), media_type=kind, headers=headers)


def wrong(package: str, request: Request, status: int, problems: list[str]) -> Response:
    """A page that says in words what is wrong; JSON for a script that asked for it."""
    title = TITLES.get(status, TITLES[500])
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"title": title, "problems": problems}, status)
    return Templates(package).render(request, "error.html", status, title=title, problems=problems)


def handlers(package: str) -> Mapping[Any, Any]:
    """What Starlette does with errors: a page a person can read, and never a traceback."""

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        # Starlette puts the code's English phrase where nobody gave a reason; the title says that already
        detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        return wrong(package, request, error.status_code, [detail] if detail else [])

    async def wrong_input(request: Request, error: Exception) -> Response:
        assert isinstance(error, InputError)
        return wrong(package, request, 422, error.problems)

    async def bug(request: Request, error: Exception) -> Response:
        return wrong(package, request, 500, ["The server's window says more. Going back and trying again may help."])

    return {HTTPException: http, InputError: wrong_input, Exception: bug}


ROWS = 40
"""Rows of a figure's data that a page shows."""


@dataclass(frozen=True)
class Chart:
    """A figure ready for a page: small to send between processes, and safe to put into HTML.

    `plot` is Plotly's JSON; `frames` names the frames of an animation, of which the one at `first` is shown.
    """

    key: str
    title: str
    alt: str
    note: str
    plot: str
    grid: Grid
    frames: tuple[str, ...]
    first: int

    @property
    def safe(self) -> Markup:
        """The plot for a data block of a page."""
        return inert(harmless_json(self.plot))


def chart(figure: Figure) -> Chart:
    """A figure as a chart."""
    frames, first = frames_of(figure)
    text, cells = str(figure.plot.to_json()), grid(figure.table, ROWS)
    return Chart(figure.key, figure.title, figure.alt, figure.note, text, cells, tuple(frames), first)


def charts_of(figures: Iterable[Figure | None]) -> tuple[Chart, ...]:
    """Figures as charts, without those that there is nothing to draw for."""
    return tuple(chart(figure) for figure in figures if figure is not None)
