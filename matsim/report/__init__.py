"""Reports: a stored result to one self-contained HTML page. They read results, never the model."""

from __future__ import annotations

from pathlib import Path

__all__ = ["render"]


def render(folder: Path) -> str:
    """The report of a stored result as one HTML page. InputError when the folder is no result."""
    from matsim.report.build import render as render_page  # Plotly takes most of a second: only when a page is made

    return render_page(folder)
