"""A school: a Mesa agent whose state is one row of the school columns."""

from __future__ import annotations

from typing import Any

import mesa

from matsim.core.columns import RowView, Table, column, columns_of
from matsim.world.base import SchoolInputs

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


class SchoolColumns(SchoolInputs):
    """What a run keeps of each school, beside what its world says."""

    luck = column("uint64", "id", "Who its luck is drawn for")
    copy = column("int8", "copy", "Which copy of a world it is in, where several stand side by side, from 0")
    state = column("int8", "code", "0 planned, 1 open, 2 closed")
    place = column("int32", "row", "Row of the school's local authority")
    district = column("int32", "code", "Its region in its copy of the world, or the part of one too large for England")
    quality = column("float64", "sd", "Latent quality of education, in school-level standard deviations")
    outcome = column("float64", "sd", "Measured value added this year, in school-level sd; 0 in specialist schools")
    before = column("float64", "sd", "Measured value added last year")
    area = column("float64", "sd", "What its place adds for good to the quality that it comes back to")
    ways = column("float64", "sd", "What its trust's lasting ways have come to add to that")
    lot = column("float64", "share", "Its place among visits that inspectors put off, 0 the first to 1 the last")
    due = column("float64", "year", "When the next inspection is due, decimal year")
    head = column("float64", "sd", "Quality of the head (or head of school)")
    head_years = column("float64", "years", "Years the head has been in post")
    head_id = column("int64", "id", "Person who is its head, or was last: URN and year of the first post")
    vacancy = column("bool", "flag", "No substantive head")
    executive = column("int64", "id", "Person who is executive head of its cluster; −1 none", -1)
    executive_skill = column("float64", "sd", "Quality of that executive head")
    executive_years = column("float64", "years", "Years that the executive head has been in post")
    led = column("float64", "sd", "Leadership it had this year")
    turnover = column("float64", "share", "Teachers who left in the year")
    teaching = column("float64", "£ per pupil", "Spent on teaching above what schools like it spend, over some years")
    designated = column("bool", "flag", "It is a teaching school", False)
    lender = column("int32", "row", "Row of the school that lends it practice; −1 none", -1)
    lent_years = column("float64", "years", "Years that it has been lent practice by that school")
    lent = column("float64", "sd per year", "What practice lent by a near school gave it, or lending cost it")
    identity = column("float64", "share", "Attachment to its own identity and ways, 0 to 1")
    buyin = column("float64", "share", "Belief in what its trust does, 0 to 1")
    autonomy = column("float64", "share", "Say the school has over its own working, 0 to 1")
    promised = column("float64", "share", "Autonomy it was promised when it joined", 1.0)
    motive = column("int8", "code", "Why it joined its trust, index into MOTIVES")
    joined = column("float64", "year", "When it joined its present trust, decimal year", float("nan"))
    ordered = column("float64", "year", "When it was ordered to convert; nan when not", float("nan"))
    seeking = column("bool", "flag", "Looking for a trust this year")
    leaving = column("bool", "flag", "Trying to leave its trust this year")
    form = column("int8", "code", "Form of collaboration outside a MAT, index into FORMS")
    partner = column("int32", "row", "Row of the school that leads its collaboration; −1 none", -1)
    formed = column("float64", "year", "When its collaboration stands, decimal year", float("inf"))
    cluster = column("int32", "row", "Cluster it belongs to: row of the cluster's first school; −1 none", -1)
    mate_minutes = column("float64", "minutes", "To the nearest other school of its trust; inf when none")
    income = column("float64", "£", "Income in the year, after any top-slice")
    backoffice = column("float64", "£ per pupil", "Back-office cost, own and its share of the trust's")
    building = column("float64", "£ per place", "What its buildings cost a year beyond its running expenses")
    pfi = column("float64", "£ per place", "What a PFI contract costs it a year beyond what is funded; 0 without one")
    fixed = column("float64", "£", "Buildings, any PFI contract, and what the year brought beyond the budget")
    taught = column("float64", "£", "Spent on teaching in the year: what is left after all else")
    balance = column("float64", "share", "In-year balance as a share of income")
    reserves = column("float64", "£", "Reserves held at the school; negative is a deficit")
    support = column("float64", "days per year", "Improvement support that reached it")
    lift = column("float64", "sd per year", "What its trust added to its quality this year")
    taken_from = column("int32", "row", "Trust that a commissioner took it from; −1 none", -1)
    cluster_years = column("float64", "years", "Years in its led cluster")
    stage = column("int8", "code", "Stage of its cluster: 0 beginning, 1 developing, 2 embedding, 3 going beyond", 1)
    stage_before = column("int8", "code", "Stage at the last self-evaluation", 1)
    focus = column("int8", "code", "What its last review works on: 0 none, infrastructure, resources, learning")
    focus_until = column("float64", "year", "Until when")
    supported = column(
        "float64", "year", "Until when it has targeted support, decimal year; nan for never", float("nan")
    )
    warned = column("float64", "year", "When a commissioner warned its trust about it; nan when not", float("nan"))


SCHOOL_COLUMNS = columns_of(SchoolColumns)


class Schools(SchoolColumns, Table):
    """All schools of a run, a row each; planned sites and closed schools too."""


class School(SchoolColumns, RowView, mesa.Agent):
    """One school. Attributes are the columns that SchoolColumns declares, with their units and meanings."""

    def __init__(self, model: Any, table: Schools, row: int) -> None:
        self._table, self._row = table, row
        super().__init__(model)

    @property
    def row(self) -> int:
        """Permanent row in the school columns."""
        return self._row
