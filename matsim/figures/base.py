"""What every figure is: a plot, the sentence it supports, and the same data as a table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Figure:
    """One figure of a page.

    `key` is unique on a page and fit for an HTML id; `title` states the finding as a sentence with numbers;
    `alt` says in one sentence what is drawn; `plot` carries no title of its own; `table` holds the same data under
    readable headers, as numbers or as formatted text; `note` says how to read it and what was left out.
    Title, alt, note and table are plain text: whoever puts them in a page escapes them.
    """

    key: str
    title: str
    alt: str
    plot: go.Figure
    table: pd.DataFrame
    note: str = ""
