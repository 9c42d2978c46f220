"""Every output table and column: name, type, unit, meaning. To add a column, add its line here.

A column of trust_year or school_year that is called as a column of the model's trusts or schools is filled from that;
any other is filled in `matsim/simulation/recorder.py`.

Types are int64, float64, bool, string and numbers (some numbers, each under its name; see
`matsim/results/numbers.py`). A string is never missing (empty text says "none"); a missing number is nan, and
whole-number identifiers use −1 for "none".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from matsim.results.numbers import is_named

type Better = Literal["higher", "lower", ""]

DTYPES = ("int64", "float64", "bool", "string", "numbers")


@dataclass(frozen=True)
class OutColumn:
    """One column of an output table. Raises ValueError for a type that is not one of DTYPES.

    With a `title`, what trustees and policy people call it, it is a measure of sweeps and comparisons; `better` says
    which way is better, empty where more is neither good nor bad in itself.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    title: str = ""
    better: Better = ""

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"{self.name}: type {self.dtype!r} is not one of {', '.join(DTYPES)}")


@dataclass(frozen=True)
class TableSpec:
    """One output table. `key` names the columns that tell its rows apart; empty when rows have no key."""

    name: str
    key: tuple[str, ...]
    meaning: str
    columns: tuple[OutColumn, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    @property
    def types(self) -> dict[str, str]:
        """The type of each column."""
        return {c.name: c.dtype for c in self.columns}


C = OutColumn

AREA_NAMES = ("leadership", "improvement", "finance", "hr", "estates", "governance")
"""Areas of the central team, in the order of the model's columns."""

FLAGS = ("progress", "improvement", "disadvantaged", "inadequate", "spending")
"""The five published performance flags, in the order of the model's columns."""

BREAK_POINTS = ("compliance", "governance", "back_office", "chief", "improvement", "local")
"""The six break points, in the order of the model's columns."""

SPECIALIST = {
    "special": "special schools",
    "alternative": "schools of alternative provision",
    "sixteen_plus": "16 to 19 schools",
}
"""The phases that are not mainstream, by the name of their columns, and what their schools are called."""

# fmt: off
_STATE: tuple[OutColumn, ...] = (
    C("schools", "int64", "schools", "Open state-funded schools", "schools open"),
    C("maintained", "int64", "schools", "Schools maintained by a local authority", "maintained schools"),
    C("single_academies", "int64", "schools", "Academies in single-academy trusts", "single-academy trust schools"),
    C("academies_in_mats", "int64", "schools", "Academies in multi-academy trusts", "academies in MATs"),
    C("primary_schools", "int64", "schools", "Open primary schools", "primary schools open"),
    C("primary_maintained", "int64", "schools", "Of those, maintained by a local authority",
      "maintained primary schools"),
    C("primary_single", "int64", "schools", "Of those, in single-academy trusts",
      "primary schools in single-academy trusts"),
    C("primary_in_mats", "int64", "schools", "Of those, in multi-academy trusts", "primary schools in MATs"),
    C("secondary_schools", "int64", "schools", "Open secondary and all-through schools", "secondary schools open"),
    C("secondary_maintained", "int64", "schools", "Of those, maintained by a local authority",
      "maintained secondary schools"),
    C("secondary_single", "int64", "schools", "Of those, in single-academy trusts",
      "secondary schools in single-academy trusts"),
    C("secondary_in_mats", "int64", "schools", "Of those, in multi-academy trusts", "secondary schools in MATs"),
    *(column for key, word in SPECIALIST.items() for column in (
        C(f"{key}_schools", "int64", "schools", f"Open {word}", f"{word} open"),
        C(f"{key}_maintained", "int64", "schools", "Of those, maintained by a local authority", f"maintained {word}"),
        C(f"{key}_single", "int64", "schools", "Of those, in single-academy trusts",
          f"{word} in single-academy trusts"),
        C(f"{key}_in_mats", "int64", "schools", "Of those, in multi-academy trusts", f"{word} in MATs"),
    )),
    C("trusts_single", "int64", "trusts", "Single-academy trusts", "single-academy trusts"),
    C("trusts_multi", "int64", "trusts", "Multi-academy trusts, of any size", "MATs of any size"),
    C("mats_with_2_or_more", "int64", "trusts", "Multi-academy trusts with at least two schools",
      "MATs of two or more schools"),
    C("pupils", "float64", "pupils", "Pupils on roll", "pupils"),
    C("share_good_or_better", "float64", "share", "Schools whose last grade is Good or Outstanding",
      "schools judged Good or better", "higher"),
    C("mean_outcome", "float64", "sd", "Mean pupil outcome of mainstream schools, weighted by pupils",
      "pupil outcomes", "higher"),
    C("backoffice_per_pupil_primary", "float64", "£ per pupil", "Back-office cost of primary schools",
      "back-office cost per primary pupil", "lower"),
    C("backoffice_per_pupil_secondary", "float64", "£ per pupil", "Back-office cost of secondary schools",
      "back-office cost per secondary pupil", "lower"),
    C("reserves_share", "float64", "share", "Trusts' reserves over their yearly income",
      "trusts' reserves over income"),
    C("converters_opened", "int64", "schools", "Converter academies opened this year",
      "converter academies opened in the year"),
    C("sponsored_opened", "int64", "schools", "Sponsored academies opened this year",
      "sponsored academies opened in the year"),
    C("free_opened", "int64", "schools", "Free schools opened this year", "free schools opened in the year"),
    C("transfers", "int64", "schools", "Academies moved from one trust to another this year",
      "academies that changed trust in the year"),
    C("merges", "int64", "trusts", "Trusts merged into another this year", "trusts merged into another in the year"),
    C("closures", "int64", "schools", "Schools closed this year", "schools closed in the year"),
    C("clusters", "int64", "clusters", "Clusters inside multi-academy trusts", "clusters of schools inside MATs"),
)
"""What is counted of the whole system and of each region alike, each September to August.

Higher reserves are not simply better: they are money not spent on pupils.
"""
# fmt: on

PHASE_WORDS = "Primary, secondary, all-through, special, alternative provision or 16 to 19"
_YEAR = C("year", "int64", "year", "Academic year, by the September in which it starts")

_SYSTEM = TableSpec("system_year", ("year",), "The whole system, one row per year", (_YEAR, *_STATE))

_REGION = TableSpec(
    "region_year",
    ("year", "region"),
    "The same counts by region, one row per region of the year: of the eight to 2021, of the nine from 2022 on",
    (
        _YEAR,
        C(
            "regions",
            "string",
            "choice",
            "Which regions they are: the eight, to August 2022, or the nine, since",
        ),
        C("region", "string", "name", "Region of the year"),
        *_STATE,
    ),
)

_TRUST = TableSpec(
    "trust_year",
    ("year", "trust"),
    "One row per open trust and year",
    (
        _YEAR,
        C("trust", "int64", "id", "Group UID of the trust"),
        C("name", "string", "name", "Name of the trust"),
        C("kind", "string", "choice", "Single-academy trust or multi-academy trust"),
        C("strategy_group", "string", "choice", "How the trust pursues school improvement"),
        C("growth_strategy", "string", "choice", "How its CEO decides about growth"),
        C("region", "string", "name", "Region of the year of its lead school"),
        C("founded", "float64", "year", "When it was founded; nan when unknown"),
        C("schools", "int64", "schools", "Academies in the trust"),
        C("primary_schools", "int64", "schools", "Primary academies in the trust"),
        C("mainstream_schools", "int64", "schools", "Its academies but special, alternative and 16 to 19 ones"),
        C("pupils", "float64", "pupils", "Pupils on roll"),
        C("mainstream_pupils", "float64", "pupils", "Of those, pupils of its mainstream academies"),
        C("weak_schools", "int64", "schools", "Academies judged below Good"),
        C("failing_schools", "int64", "schools", "Academies judged Inadequate"),
        C("joined", "int64", "schools", "Academies that joined within the last two years"),
        C("mean_outcome", "float64", "sd", "Mean pupil outcome of mainstream academies, weighted by pupils; or nan"),
        C("value_added", "float64", "sd", "The same as published: against the year's schools of the phase; or nan"),
        C("spread_km", "float64", "km", "Mean distance of its schools from their middle"),
        C("isolated", "float64", "share", "Academies more than an hour from any other of the trust"),
        C("clusters", "int64", "clusters", "Led clusters of schools in the trust"),
        C("clustered", "float64", "share", "Academies in a led cluster"),
        C("buyin", "float64", "share", "Mean belief of its schools in what the trust does"),
        C(
            "coherence",
            "float64",
            "share",
            "Fit of vision, strategy, operating model, capability and context",
        ),
        C("track_record", "float64", "share", "Track record as a commissioner sees it"),
        C(
            "standardisation",
            "float64",
            "score 0-10",
            "Mean of the fifteen responsibilities; 10 is all at the trust",
        ),
        C("target", "float64", "schools", "Size its growth plan aims for"),
        C("convergence", "float64", "share", "Converging together (1) rather than scaling a set approach (0)"),
        C("self_rating", "float64", "score 0-10", "Median of what its people say of its effectiveness"),
        C("disagreement", "float64", "score 0-10", "Interquartile range of their answers"),
        C("geography", "string", "choice", "All within an hour; each within an hour of another; some isolation"),
        C("cluster_governance", "string", "choice", "Governance of its clusters"),
        C("outcome_with_left", "float64", "sd", "The same with the schools that interventions took from it"),
        C("disadvantaged", "float64", "sd", "The same of disadvantaged pupils"),
        *(C(f"flag_{f}", "bool", "flag", f"Performance flag: {f}") for f in FLAGS),
        C(
            "capacity",
            "float64",
            "ratio",
            "Supply of the central team over need, tightest area counting most",
        ),
        *(C(f"need_{a}", "float64", "posts", f"Need of the central team for {a}") for a in AREA_NAMES),
        *(C(f"supply_{a}", "float64", "posts", f"Employed, bought in, pooled and helped: {a}") for a in AREA_NAMES),
        *(
            C(f"pressure_{k}", "float64", "ratio", f"Load over what its way of working carries: {k}")
            for k in BREAK_POINTS
        ),
        *(C(f"rung_{k}", "int64", "rung", f"Its way of working, counted from 0: {k}") for k in BREAK_POINTS),
        C("bench", "float64", "posts", "Leaders ready to step up"),
        C("income", "float64", "£", "Income of its schools before the central charge"),
        C("central_charge", "float64", "share", "Share of its schools' income kept by the centre"),
        C(
            "central_cost",
            "float64",
            "£ per year",
            "Cost of the central team, ways of working and one-off costs",
        ),
        C("backoffice_per_pupil", "float64", "£ per pupil", "Back-office cost, weighted by pupils"),
        C("reserves_share", "float64", "share", "All reserves over yearly income"),
        C("ambition", "float64", "share", "How much its CEO wants it to grow, 0 to 1"),
        C("caution", "float64", "share", "What its CEO has learnt to take off what they foresee"),
        C("undone", "float64", "share", "Work at the top that nobody has time for, 0 to 1"),
        C(
            "foreseen",
            "float64",
            "ratio",
            "Capacity in two years, as its CEO foresaw it; nan when it was not",
        ),
        C("floor", "float64", "share", "Reserves below which its board lets nothing be ventured"),
        C("pace", "float64", "schools", "Schools a year that its board allows it to take on; nan for no limit"),
        C("local", "string", "choice", "Local bodies: govern, advise, shared by a cluster, none"),
        C("controls", "float64", "share", "How well its controls hold, 0 to 1"),
        C("trouble", "string", "choice", "None, concern, warning, notice to improve, repair, break-up"),
        C("barred", "float64", "year", "It may take on no schools before this year; nan when it may"),
        C(
            "conditions",
            "float64",
            "schools",
            "Schools a year that it is approved to take on at most; nan for no limit",
        ),
        C("standing", "float64", "share", "What is remembered of it by who decides on its cases, 0 to 1"),
        C("sponsor", "bool", "flag", "On the list of sponsors"),
    ),
)

_SCHOOL = TableSpec(
    "school_year",
    ("year", "school"),
    "One row per open school and year; written on request only",
    (
        _YEAR,
        C("school", "int64", "id", "Unique reference number (URN)"),
        C("trust", "int64", "id", "Group UID of its trust; −1 for a maintained school"),
        C("region", "string", "name", "Region of the year: of the eight to 2021, of the nine from 2022 on"),
        C("phase", "string", "choice", PHASE_WORDS),
        C("route", "string", "choice", "Maintained, converter, sponsored or free school"),
        C("pupils", "float64", "pupils", "Pupils on roll"),
        C("grade", "string", "choice", "Grade that its last inspection gave or, since September 2024, stands for"),
        C("quality", "float64", "sd", "Latent quality of education, which no one in the model sees directly"),
        C("area", "float64", "sd", "What its place adds for good to the quality that it comes back to"),
        C("ways", "float64", "sd", "What its trust's lasting ways have come to add to that"),
        C("outcome", "float64", "sd", "Measured pupil outcome, on one scale in all years; nan if it is not mainstream"),
        C("value_added", "float64", "sd", "The same as published: against the year's schools of its phase; or nan"),
        C("lift", "float64", "sd per year", "What its trust added to its quality this year"),
        C("head_id", "int64", "id", "Number of the person who is its head, or was last"),
        C("head", "float64", "sd", "Quality of that head"),
        C("vacancy", "bool", "flag", "It has no head"),
        C("executive", "int64", "id", "Number of the person who is executive head of its cluster; −1 for none"),
        C("led", "float64", "sd", "Leadership that it had in the year"),
        C("turnover", "float64", "share", "Teachers who left in the year"),
        C("teaching", "float64", "£ per pupil", "Spent on teaching above what schools like it spend, over some years"),
        C("designated", "bool", "flag", "It is a teaching school"),
        C("lender", "int64", "id", "URN of the school that lends it practice; −1 when none does"),
        C("lent", "float64", "sd per year", "What practice lent gave it this year, or lending cost it"),
        C("buyin", "float64", "share", "Belief in what its trust does"),
        C("autonomy", "float64", "share", "Say over its own working"),
        C("motive", "string", "choice", "Why it joined its trust"),
        C("clustered", "bool", "flag", "In a led cluster"),
        C("backoffice_per_pupil", "float64", "£ per pupil", "Back-office cost"),
        C("balance", "float64", "share", "In-year balance over income"),
        C("reserves", "float64", "£", "Reserves held at the school"),
    ),
)

_PLACES = TableSpec(
    "schools",
    ("school",),
    "One row per school that was ever open: what does not change",
    (
        C("school", "int64", "id", "Unique reference number (URN)"),
        C("name", "string", "name", "Name of the school"),
        C("authority", "string", "name", "Local authority"),
        C("region", "string", "name", "Region of the eight, which were until August 2022"),
        C("dfe_region", "string", "name", "Region of the nine, which have been since September 2022"),
        C("phase", "string", "choice", PHASE_WORDS),
        C("denomination", "string", "choice", "Denomination"),
        C("easting", "float64", "m", "British National Grid easting"),
        C("northing", "float64", "m", "British National Grid northing"),
        C("local_support", "float64", "share", "Local school-to-school help in its authority, 0 to 1"),
        C("first_trust", "int64", "id", "Group UID of its trust in the first year; −1 when maintained or not yet open"),
        C("last_trust", "int64", "id", "Group UID of its trust at the end; −1 when maintained or closed"),
        C("cluster", "int64", "id", "URN of the first school of its cluster at the end; −1 when in none"),
    ),
)

_TRUSTS = TableSpec(
    "trusts",
    ("trust",),
    "One row per trust that was ever open: what does not change",
    (
        C("trust", "int64", "id", "Group UID of the trust"),
        C("name", "string", "name", "Name of the trust"),
        C("founded", "float64", "year", "When it was founded; nan when unknown"),
        C("lead_school", "int64", "id", "URN of the school that leads it, or led it at its founding"),
        C("active", "bool", "flag", "Whether it is open at the end"),
    ),
)

_EVENTS = TableSpec(
    "events",
    (),
    "Every decision and move in the order it happened, with what decided it",
    (
        _YEAR,
        C("month", "string", "month", "Month of the step in which it happened"),
        C("step", "string", "choice", "Step of the school year"),
        C("event", "string", "choice", "What happened"),
        C("rule", "string", "choice", "Rule that decided it"),
        C("reason", "string", "text", "Reason in a word"),
        C("school", "int64", "id", "URN of the school; −1 when none is concerned"),
        C("trust", "int64", "id", "Group UID of the trust; −1 when none is concerned"),
        C("other", "int64", "id", "Group UID of a second trust; −1 when none is concerned"),
        C("region", "int64", "code", "Index of the region of the year; −1 when none is concerned"),
        C("value", "float64", "as the rule's", "What was compared with the threshold; nan when nothing was"),
        C("threshold", "float64", "as the rule's", "What it was compared with"),
        C("margin", "float64", "as the rule's", "Value minus threshold, in the direction of the event"),
        C("inputs", "numbers", "as the rule's", "The numbers that went into the value, by name; none when none did"),
    ),
)

TABLES: dict[str, TableSpec] = {
    spec.name: spec for spec in (_SYSTEM, _REGION, _TRUST, _SCHOOL, _PLACES, _TRUSTS, _EVENTS)
}
"""Every output table of a run, by name."""


def check(frame: pd.DataFrame, spec: TableSpec) -> None:
    """Raise ValueError naming every missing, extra or mistyped column, missing text, and repeated keys.

    Categories of text pass as strings. The order of columns and the index are of no account.
    """
    wrong = [f"column {name!r} is missing" for name in spec.names if name not in frame.columns]
    wrong += [f"column {name!r} is not declared" for name in frame.columns if name not in spec.names]
    wrong += [f"column {name!r} is there twice" for name in frame.columns[frame.columns.duplicated()]]
    if not wrong:
        wrong = [f"column {c.name!r} {w}" for c in spec.columns if (w := _mistyped(frame[c.name], c.dtype))]
    if not wrong and spec.key and frame.duplicated(list(spec.key)).any():
        wrong.append(f"rows share the same {', '.join(spec.key)}")
    if wrong:
        raise ValueError(f"table {spec.name}: {'; '.join(wrong)}")


def _mistyped(values: pd.Series, dtype: str) -> str:
    """What is wrong with a column's type; empty when nothing is."""
    if dtype == "numbers":
        return "" if is_named(values.dtype) else f"is {values.dtype}, should be numbers by name"
    if dtype != "string":
        return "" if str(values.dtype) == dtype else f"is {values.dtype}, should be {dtype}"
    if isinstance(values.dtype, pd.CategoricalDtype):
        text = len(values.cat.categories) == 0 or pd.api.types.is_string_dtype(values.cat.categories.dtype)
        return "holds missing text" if values.isna().any() else "" if text else "holds other than text"
    if values.isna().any():
        return "holds missing text, should be empty text"
    kind = pd.api.types.infer_dtype(values, skipna=False)
    return "" if kind in ("string", "empty") else f"is {kind}, should be string"


def dictionary(specs: Iterable[TableSpec]) -> pd.DataFrame:
    """The data dictionary: one row per column, with columns table, column, type, unit and meaning."""
    rows = [(s.name, c.name, c.dtype, c.unit, c.meaning) for s in specs for c in s.columns]
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "meaning"])


_README = """A result of matsim, an agent-based simulation of how English school trusts grow.

{tables}
dictionary.csv  every column of every table: type, unit, meaning
scenario.toml   every value of the scenario, with units and sources; can be run again
manifest.json   versions, seed, command, inputs and a digest of each table

Parquet opens in R (arrow), Python (pandas, polars) and DuckDB; numbers by name are a map in it, and JSON in CSV. CSV is
UTF-8 as in RFC 4180, with exact values: a spreadsheet may take text that starts with = + - or @ for a formula. For
Excel, 'matsim export FOLDER --excel --out DIR' writes CSV in which no text can be. An empty cell is a missing number,
or empty text in a column of text.
"""


def readme(specs: Iterable[TableSpec], formats: Iterable[str]) -> str:
    """What a person who opens a result folder should know."""
    return _README.format(tables="\n".join(f"{s.name}.{f}  {s.meaning}" for s in specs for f in formats))
