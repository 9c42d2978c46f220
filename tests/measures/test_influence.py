"""One number at a time: the ends of ranges, effects with shared luck, standard errors and their words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.frames import records

from matsim.core.errors import InputError
from matsim.core.toml import plain
from matsim.experiment.factors import assign
from matsim.measures import share_in_mats, summarise
from matsim.measures.influence import COLUMNS, largest, moves, read_influence
from matsim.report import settings
from matsim.scenario.load import load_scenario
from matsim.simulation.inventory import parameters, register
from matsim.simulation.simulate import simulate, world_of
from matsim.validation.influence import HEADLINES, LAST, ends, headlines, influence, standard_errors

AREA = load_scenario("area-300")


def test_every_number_with_a_range_has_two_ends() -> None:
    found = ends(AREA)
    listed = register(AREA).dropna(subset=["plausible_low"])
    assert set(found) == {n for n in listed.name if not n.startswith(("run.", "world."))}
    assert found["ceos[0].share"] == (0.1, 0.5)
    assert found["cluster_life.advisory_from"] == (2, 5)
    assert all(isinstance(end, int) for end in found["cluster_life.advisory_from"])
    assert all(assign(AREA, {name: plain(end)}) for name, both in found.items() for end in both)  # none is refused


def test_a_dated_number_moves_as_a_whole_and_stops_at_the_ends() -> None:
    dated = {n: both for n, both in ends(AREA).items() if isinstance(both[0], dict)}
    assert dated
    for name, (low, high) in dated.items():
        assert low.keys() == high.keys()
        assert all(low[year] <= high[year] for year in low), name
        assert low != high, name


def test_effects_share_their_luck() -> None:
    """What no one reads in an area of one kind moves nothing at all; what a thing costs moves what is spent on it."""
    found = influence(AREA, (1, 2), years=3, only=["start.settled", "likeness.trust"])
    assert list(found.columns) == list(COLUMNS)
    assert len(found) == 2 * len(HEADLINES)
    still = found.loc[found.parameter == "start.settled"]
    assert (still[["low_effect", "low_se", "high_effect", "high_se"]] == 0.0).all(axis=None)
    moved = found.loc[found.parameter == "likeness.trust"].set_index("measure").loc["mean_outcome"]
    assert moved.low_effect != 0.0
    assert moved.low_se > 0.0


def test_its_measures_are_the_declared_ones() -> None:
    """A measure has one definition: what is printed under its title here is what a sweep stores under its name."""
    made = simulate(AREA, world_of(AREA), seed=3, years=6)
    told = summarise(made.tables)["run_year"][[*HEADLINES]].tail(LAST).mean()
    assert headlines([(AREA, 3, 6)])[0].tolist() == told.tolist()
    assert told["mean_mat_size"] >= 2.0  # of MATs of two schools or more, as it is declared
    row = made.tables["system_year"]
    assert share_in_mats(row).tolist() == summarise(made.tables)["run_year"]["share_in_mats"].tolist()


def test_names_without_a_range_and_single_seeds_are_refused() -> None:
    with pytest.raises(InputError, match=r"start\.setled: is no number"):
        influence(AREA, (1, 2), only=["start.setled"])
    with pytest.raises(InputError, match="2 seeds"):
        influence(AREA, (1,), only=["start.settled"])


def test_standard_errors_lean_on_what_is_usual() -> None:
    apart = np.array([[[1.0], [3.0], [5.0]], [[2.0], [2.0], [2.0]], [[0.0], [0.0], [0.0]]])
    # own variances 4, 0 and (unmoved) 0; the median of those that move anything is 2; weights 4 and 2 of 6
    assert standard_errors(apart)[:, 0].tolist() == pytest.approx(
        [np.sqrt((8 + 8) / 6 / 3), np.sqrt((8 + 0) / 6 / 3), 0.0]
    )


def _row(parameter: str, low: float, high: float, error: float) -> tuple[object, ...]:
    return (parameter, "mean_outcome", low, error, high, error, "sd", 3)


def test_what_matters_comes_first_and_luck_is_named() -> None:
    rows = [_row("a.lucky", -0.9, 0.0, 0.5), _row("b.strong", -0.2, 0.4, 0.01), _row("c.still", 0.0, 0.0, 0.0)]
    known = largest(pd.DataFrame(rows, columns=[*COLUMNS]))
    assert known.parameter.tolist() == ["b.strong", "a.lucky", "c.still"]
    assert known.clear.tolist() == [True, False, False]
    told = [moves(SimpleNamespace(**row)) for row in records(known)]
    assert told == ["pupil outcomes −0.20 sd to +0.40 sd", "not told from luck", "moves nothing here"]
    assert known.share.iloc[0] == 1.0


def test_reports_name_the_numbers_that_move_results_most(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = parameters(AREA)
    rows = [_row("joining.wait", -0.2, 0.4, 0.01), _row("backoffice.balance", -0.9, 0.0, 0.5)]
    monkeypatch.setattr(settings, "read_influence", lambda: pd.DataFrame(rows, columns=[*COLUMNS]))
    table = next(t for t in settings.assumptions(listed).tables if "headline results" in t.caption)
    meaning = listed.set_index("name").meaning["joining.wait"]
    assert table.frame["What"].tolist() == [meaning]  # luck hides the other
    assert table.frame.iloc[0, 2] == "pupil outcomes −0.20 sd to +0.40 sd"
    monkeypatch.setattr(settings, "read_influence", lambda: pd.DataFrame([], columns=[*COLUMNS], dtype=float))
    assert not any("headline results" in t.caption for t in settings.assumptions(listed).tables)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "influence.csv"
    file.write_text("parameter,measure,low_effect,low_se,high_effect,high_se,unit,replicates\na,b,x,1,1,1,sd,2\n")
    with pytest.raises(InputError, match="line 2: effects, standard errors and replicates should be numbers"):
        read_influence(file)
    file.write_text("parameter,measure\n")
    with pytest.raises(InputError, match="there is no column 'low_se', which is required"):
        read_influence(file)
    assert list(read_influence().columns) == list(COLUMNS)
