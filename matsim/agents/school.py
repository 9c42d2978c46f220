"""A school: a Mesa agent whose state is one row of the school columns."""

from __future__ import annotations

from typing import Any

import mesa

from matsim.core.columns import Column, Table, row_view
from matsim.world.base import SCHOOL_INPUTS

PLANNED, OPEN, CLOSED = 0, 1, 2
"""States of a school."""

MAINTAINED, CONVERTER, SPONSORED, FREE = 0, 1, 2, 3
"""Routes, as in `matsim.world.base.ROUTES`."""

MOTIVES = ("none", "active choice", "best option", "inevitability", "forced")
"""Why a school joined a trust (Building Trusts §2.5)."""

FORMS = (
    "alone",
    "collaboration",
    "federation",
    "trust school",
    "school company",
    "umbrella trust",
    "collaborative partnership",
)
"""How a school outside a MAT works with others (cluster governance paper, models of collaboration)."""

SCHOOL_COLUMNS: tuple[Column, ...] = (
    *(c for c in SCHOOL_INPUTS if c.name != "planned"),
    Column("slot", "int64", "id", "Identity in the random streams"),
    Column("copy", "int8", "copy", "Which copy of a world it is in, where several stand side by side, from 0"),
    Column("state", "int8", "code", "0 planned, 1 open, 2 closed"),
    Column("place", "int32", "row", "Row of the school's local authority"),
    Column("quality", "float64", "sd", "Latent quality of education, in school-level standard deviations"),
    Column("outcome", "float64", "sd", "Measured value added this year, in school-level standard deviations"),
    Column("before", "float64", "sd", "Measured value added last year"),
    Column("lot", "float64", "share", "Its place among visits that inspectors put off, 0 the first to 1 the last"),
    Column("due", "float64", "year", "When the next inspection is due, decimal year"),
    Column("head", "float64", "sd", "Quality of the head (or head of school)"),
    Column("head_years", "float64", "years", "Years the head has been in post"),
    Column("vacancy", "bool", "flag", "No substantive head"),
    Column("identity", "float64", "share", "Attachment to its own identity and ways, 0 to 1"),
    Column("buyin", "float64", "share", "Belief in what its trust does, 0 to 1"),
    Column("autonomy", "float64", "share", "Say the school has over its own working, 0 to 1"),
    Column("promised", "float64", "share", "Autonomy it was promised when it joined", 1.0),
    Column("motive", "int8", "code", "Why it joined its trust, index into MOTIVES"),
    Column("joined", "float64", "year", "When it joined its present trust, decimal year", float("nan")),
    Column("ordered", "float64", "year", "When it was ordered to convert; nan when not", float("nan")),
    Column("seeking", "bool", "flag", "Looking for a trust this year"),
    Column("leaving", "bool", "flag", "Trying to leave its trust this year"),
    Column("form", "int8", "code", "Form of collaboration outside a MAT, index into FORMS"),
    Column("partner", "int32", "row", "Row of the school that leads its collaboration; −1 none", -1),
    Column("formed", "float64", "year", "When its collaboration stands, decimal year", float("inf")),
    Column("cluster", "int32", "row", "Cluster it belongs to: row of the cluster's first school; −1 none", -1),
    Column("mate_minutes", "float64", "minutes", "To the nearest other school of its trust; inf when none"),
    Column("income", "float64", "£", "Income in the year, after any top-slice"),
    Column("backoffice", "float64", "£ per pupil", "Back-office cost, own and its share of the trust's"),
    Column("balance", "float64", "share", "In-year balance as a share of income"),
    Column("reserves", "float64", "£", "Reserves held at the school; negative is a deficit"),
    Column("support", "float64", "days per year", "Improvement support that reached it"),
    Column("lift", "float64", "sd per year", "What its trust added to its quality this year"),
    Column("taken_from", "int32", "row", "Trust that a commissioner took it from; −1 none", -1),
    Column("cluster_years", "float64", "years", "Years in its led cluster"),
    Column("stage", "int8", "code", "Stage of its cluster: 0 beginning, 1 developing, 2 embedding, 3 going beyond", 1),
    Column("stage_before", "int8", "code", "Stage at the last self-evaluation", 1),
    Column("focus", "int8", "code", "What its last review works on: 0 none, infrastructure, resources, learning"),
    Column("focus_until", "float64", "year", "Until when"),
    Column(
        "warned",
        "float64",
        "year",
        "When a commissioner warned its trust about it; nan when not",
        float("nan"),
    ),
)


class School(row_view(SCHOOL_COLUMNS), mesa.Agent):  # type: ignore[misc]
    """One school. Attributes are the declared columns; see SCHOOL_COLUMNS for units and meanings."""

    def __init__(self, model: Any, table: Table, row: int) -> None:
        self._table, self._row = table, row
        super().__init__(model)

    @property
    def row(self) -> int:
        """Permanent row in the school columns."""
        return self._row
