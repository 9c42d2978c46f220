"""What a result assumed: values set otherwise than by default, every parameter with its source, every mechanism."""

from __future__ import annotations

import re

import pandas as pd

from matsim.measures.influence import largest, moves, read_influence
from matsim.report.influence import Influence
from matsim.report.page import Section, Table
from matsim.words.amounts import many, setting
from matsim.words.phrases import listed

OURS = ("run.", "world.synthetic.")
"""Settings about the run itself and the made-up country, which are told elsewhere."""

_POINT_NOUGHT = re.compile(r"(?<=\d)\.0(?!\d)")

HEAVIEST = 12
"""Numbers that are named as the ones that matter most."""


def changed(parameters: pd.DataFrame) -> pd.DataFrame:
    """The parameters that differ from their defaults, those about the run itself left out."""
    if parameters.empty:
        return parameters
    ours = parameters["name"].str.startswith(OURS)
    # one value may be written 25000 and 25000.0
    now, before = (parameters[name].str.replace(_POINT_NOUGHT, "", regex=True) for name in ("value", "default"))
    return parameters[(now != before) & ~ours]


def changed_table(parameters: pd.DataFrame) -> Table | None:
    """The values set otherwise than by default; None when there are none."""
    rows = changed(parameters)
    if rows.empty:
        return None
    frame = pd.DataFrame(
        {
            "What": rows["meaning"],
            "In this result": _values(rows, "value"),
            "By default": _values(rows, "default"),
            "Name in the scenario file": rows["name"],
        }
    )
    return Table("What was set otherwise than by default", frame, rows=60)


def assumptions(parameters: pd.DataFrame, influence: Influence | None = None) -> Section:
    """Every number with its source and range; with `influence`, those first that matter most for the answer."""
    title = "What it assumes"
    if parameters.empty:
        missing = (
            "Missing: this result was stored by an earlier matsim, which did not list its parameters. Every value "
            "is in scenario.toml in its folder; run that again to list them here."
        )
        return Section(title, missing=(missing,))
    # switches are told in the list of mechanisms
    numbers = parameters[~parameters["name"].str.startswith(OURS) & (parameters["unit"] != "switch")]
    sourced, assumed = numbers[~numbers["assumed"]], numbers[numbers["assumed"]]
    words = [
        f"The model has {many(len(numbers), 'number')} and choices: {len(sourced)} rest on published sources, "
        f"{len(assumed)} are assumed because nothing was published that would settle them."
    ]
    tables = []
    if influence is None:
        words.append(
            "How much each matters for this answer, the result itself cannot say. An experiment that varies them over "
            "their plausible ranges can: matsim sweep."
        )
    else:
        tables.append(_weighed(parameters, influence))
    measured = largest(read_influence())
    tables += [
        *_heaviest(numbers, measured),
        _sources("Numbers that are assumed, and why", assumed, "Why this value"),
        _sources("Numbers from published sources", sourced, "Source"),
    ]
    figures = (influence.figure,) if influence and influence.figure else ()
    return Section(
        title,
        words,
        figures=figures,
        tables=tables,
        notes=("On paper the full lists are left out: see parameters.csv.",),
    )


def _values(rows: pd.DataFrame, column: str) -> list[str]:
    return [setting(text, unit) or "not set" for text, unit in zip(rows[column], rows["unit"], strict=True)]


def _ranges(rows: pd.DataFrame) -> list[str]:
    texts = []
    for low, high, unit in zip(rows["plausible_low"], rows["plausible_high"], rows["unit"], strict=True):
        texts.append("" if pd.isna(low) else f"{setting(str(low), unit)} to {setting(str(high), unit)}")
    return texts


def _sources(caption: str, rows: pd.DataFrame, header: str) -> Table:
    frame = pd.DataFrame(
        {
            "What": rows["meaning"],
            "Value": _values(rows, "value"),
            "Plausible range": _ranges(rows),
            header: rows["source_text"],
            "Name in the scenario file": rows["name"],
        }
    )
    return Table(f"{caption} ({len(rows)})", frame, rows=len(rows), folded=True, paper=False)


def _weighed(parameters: pd.DataFrame, influence: Influence) -> Table:
    """What was varied, the strongest first, with where it comes from."""
    rows = influence.frame.merge(parameters, left_on="parameter", right_on="name", how="left")
    frame = pd.DataFrame(
        {
            "What": rows["meaning"].fillna(rows["parameter"]),
            "How strongly it moves the answer": rows["strength"],
            "Plausible range": _ranges(rows.fillna({"unit": ""})),
            "Source, or why assumed": rows["source_text"].fillna(""),
        }
    )
    return Table(f"How much each of what was varied matters for {influence.measure}", frame, influence.note, rows=20)


def _heaviest(parameters: pd.DataFrame, measured: pd.DataFrame) -> list[Table]:
    """The numbers that move a headline result most, as the project measured it; no table where it has not."""
    known = measured[measured["clear"]].merge(parameters, left_on="parameter", right_on="name", suffixes=("", "_set"))
    if known.empty:
        return []
    known = known.head(HEAVIEST)
    frame = pd.DataFrame(
        {
            "What": known["meaning"],
            "Plausible range": _ranges(known.assign(unit=known["unit_set"])),
            "What it moves most, from one end to the other": [moves(row) for row in known.itertuples()],
            "Assumed": known["assumed"],
        }
    )
    note = (
        "Measured once by the project, one number at a time, in an area of 300 schools over 20 years at the default "
        "settings: what the headline result becomes at the low and at the high end of the range, less what it is at "
        "the default. Strongest first; effects that luck hides are left out."
    )
    return [Table("The numbers that move headline results most", frame, note, rows=HEAVIEST)]


def mechanisms(listing: pd.DataFrame) -> Section:
    """Which mechanisms were at work."""
    title = "Which mechanisms were at work"
    if listing.empty:
        text = "Missing: this result was stored by an earlier matsim, which did not list its mechanisms."
        return Section(title, missing=(text + " Run its scenario.toml again to list them here.",))
    off = listing[~listing["on"]]
    if off.empty:
        words = f"All {len(listing)} mechanisms of the sources were at work; none was turned off."
    else:
        number = f"{len(off)} of {len(listing)} mechanisms {'was' if len(off) == 1 else 'were'} turned off"
        words = f"{number}: {listed(f'{t} ({i})' for i, t in zip(off['id'], off['title'], strict=True))}."
    frame = pd.DataFrame(
        {
            "Mechanism": listing["title"],
            "At work": listing["on"],
            "In the list of mechanisms": listing["id"],
            "Turned off by": listing["switch"],
        }
    )
    table = Table("Every mechanism", frame, rows=len(frame), folded=True, paper=not off.empty)
    return Section(title, (words,), tables=(table,))
