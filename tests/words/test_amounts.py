"""Numbers are written one way: by the module itself, and by every surface that prints a difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from support.frames import only
from support.sweepmaker import sweep

from matsim.analysis.findings import sensitivity
from matsim.analysis.frame import values
from matsim.analysis.paired import paired
from matsim.analysis.problem import Crossed, Input, Problem
from matsim.analysis.sentences import paired_sentences
from matsim.cli.twin import differences
from matsim.figures.arms import paired_differences
from matsim.measures import MEASURES
from matsim.measures.influence import moves
from matsim.report import comparison as outcome
from matsim.report import markdown, twin, verdict
from matsim.web.classroom import debrief
from matsim.web.explorer import compare as explorer
from matsim.words.amounts import (
    amount,
    apart,
    bare,
    change,
    correlation,
    decimals,
    ends,
    exact_percent,
    in_words,
    interval,
    many,
    number,
    percent,
    setting,
    significant,
    size,
    span,
    trimmed,
)

CHANGES = [
    (0.36, "sd", "+0.36 sd"),
    (-0.006, "sd", "−0.006 sd"),
    (0.00012, "sd", "+0.00012 sd"),
    (0.044, "share", "+4.4 points"),
    (-0.125, "share", "−12.5 points"),
    (0.0, "share", "0 points"),
    (-24.2, "£ per pupil", "−£24"),
    (3.2, "£", "+£3.20"),
    (1234.5, "£", "+£1,234"),
    (12.0, "schools", "+12"),
    (-2.5, "schools", "−2.5"),
    (0.25, "ratio", "+0.25"),
    (-0.0, "sd", "0 sd"),
    (-1e-12, "sd", "0 sd"),
    (float("nan"), "sd", "–"),
]


@pytest.mark.parametrize(("value", "unit", "text"), CHANGES)
def test_a_change(value: float, unit: str, text: str) -> None:
    assert change(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.616, "share", "61.6%"),
        (1230.6, "£ per pupil", "£1,231"),
        (-0.4, "£", "£0"),
        (1406.0, "schools", "1,406"),
        (5.23, "schools", "5.2"),
        (0.36, "sd", "0.36 sd"),
        (-0.004, "sd", "0.00 sd"),
        (12.4, "km", "12.40 km"),
        (4.0, "score 0-10", "4.00"),
        (float("inf"), "km", "–"),
    ],
)
def test_an_amount(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text


def test_what_else_is_written() -> None:
    assert (decimals(-0.004, 2), decimals(1234.5, 1), decimals(2.0, 1, plus=True)) == ("0.00", "1,234.5", "+2.0")
    assert (significant(-0.01234), significant(25000.0, 6), significant(0.5, plus=True)) == ("−0.0123", "25000", "+0.5")
    assert (number(2500.4), number(3.0), number(0.01234)) == ("2,500", "3", "0.0123")
    assert (exact_percent(0.95), exact_percent(0.975), percent(-0.001)) == ("95%", "97.5%", "0%")
    assert (trimmed(1200.0), trimmed(0.5), trimmed(0.00012)) == ("1,200", "0.5", "0.00012")
    assert (span(0.331, 0.464, "share"), span(float("nan"), 1.0, "sd")) == ("33.1% to 46.4%", "–")
    assert (apart(0.351, 0.352, "share"), apart(0.0, 0.35)) == (("35.1%", "35.2%"), ("0", "0.35"))
    assert (in_words(3), in_words(11), many(1, "school"), many(1234, "school")) == (
        "three",
        "11",
        "1 school",
        "1,234 schools",
    )
    assert setting("true", "switch") == "on"
    assert setting("-0.008", "share per year") == "−0.8% a year"
    assert setting("{2010 = 6007, 2022 = 4405}", "£") == "£6,007 from 2010, £4,405 from 2022"
    assert interval(-24.2, -9.8, "£ per pupil", 0.95) == "95% interval −£24.20 to −£9.80"
    assert ends(-0.0123, 0.0001, "sd") == "−0.012 to 0.000"
    assert ends(float("nan"), 1.0, "sd") == "–"
    assert bare(-0.0712, "sd", 0.02) == "−0.071"
    assert (size(-0.044, "share"), size(0.003, "£"), percent(0.9167), correlation(-0.431)) == (
        "4.4 points",
        "less than a penny",
        "92%",
        "−0.43",
    )


CASES = [("mean_outcome", 0.36), ("share_good_or_better", 0.044), ("backoffice_per_pupil_mats", -24.0)]


def luck(worth: float) -> debrief.Luck:
    outcome = next(m for m in debrief.MEASURED if m.unit == "sd")
    return debrief.Luck(outcome, 0.4, 0.0, 0.1, 0.3, 0.5, 0.9, 0.5, worth, 0.9, (), 0)


def surfaces(name: str, by: float) -> dict[str, str]:
    """What each part prints of the same difference of a measure, by part."""
    measure, base = MEASURES[name], np.array([1.0, 2.0, 4.0])
    unit = measure.unit
    frame = values(sweep({"a": base, "b": base + by}), "mean_outcome")
    row = only(paired(frame, "a", measure.better))
    own = pd.DataFrame([row]).assign(measure=name)
    year = {"year": [2020], "measure": [name], "unit": [unit], "first": [1.0], "second": [1.0 + by], "difference": [by]}
    inputs = (Input("p", low=0.0, high=1.0, unit="ratio"),)
    runs = Crossed(pd.DataFrame({"p": [0.0, 1.0]}), np.stack([base, base + by]), np.arange(2))
    (oat,) = sensitivity(runs, Problem("one at a time", inputs), unit)
    moved = {"measure": name, "reach": 1.0, "clear": True, "low_effect": by, "high_effect": by, "unit": unit}
    drawn = paired_differences(own)
    assert drawn is not None
    read = [pd.DataFrame({"year": [2020], name: [1.0 + d]}) for d in (0.0, by)]
    return {
        "command line, twin": differences(pd.DataFrame(year), [2020]),
        "command line and pages, sentence": paired_sentences([(row, measure)], "last", 0.95)[0],
        "analyse": str(oat.rows),
        "report, table": outcome._difference(row, measure)[0],
        "report, twin": twin._finding(pd.DataFrame(year).iloc[0]),
        "written page, table": markdown._cells(row, unit, 2020.0)[0],
        "written page, where it holds": verdict._mean(row, measure),
        "influence": moves(type("Row", (), moved)),
        "figure": str(drawn.table.iloc[0].tolist()),
        "classroom, debrief": debrief.summary(luck(by))[2] if unit == "sd" else change(by, unit),
        "explorer": str(explorer._measures(read, ["a", "b"]).rows) if name in explorer.MEASURED else change(by, unit),
    }


@pytest.mark.parametrize(("name", "by"), CASES)
def test_every_surface_prints_the_same_change_alike(name: str, by: float) -> None:
    text = change(by, MEASURES[name].unit)
    wrong = {where: said for where, said in surfaces(name, by).items() if text not in said}
    assert not wrong


PACKAGE = ROOT / "matsim"
