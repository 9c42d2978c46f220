"""Stored results as CSV: every table in one file, the same values, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.calling import call, told, wrong
from support.restamp import restamp
from support.sweeping import plan

from matsim.core.errors import InputError
from matsim.experiment import export
from matsim.experiment.export import export_csv
from matsim.experiment.runner import sweep
from matsim.results.store import Result, open_result
from matsim.results.table_files import read, read_parquet
from matsim.scenario.load import load_scenario, override
from matsim.simulation.simulate import build_world, run, save, simulate


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matsim.experiment.seal.PART_RUNS", 3)
        return sweep(plan(4, keep=["events"]), tmp_path_factory.mktemp("sweep") / "s", workers=0)


def test_the_tables_of_a_sweep_are_one_file_each(
    swept: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(swept.files("runs")) == 3
    monkeypatch.setattr(export, "BATCH_ROWS", 100)
    rows = export_csv(swept.folder, tmp_path / "c")
    for name in swept.tables:
        frame, types = swept.table(name), swept.manifest["tables"][name]["columns"]
        raw = (tmp_path / "c" / f"{name}.csv").read_bytes()
        assert rows[name] == len(frame)
        assert raw.startswith(",".join(types).encode() + b"\r\n")
        pd.testing.assert_frame_equal(read(tmp_path / "c" / f"{name}.csv", types), frame)
    for name in ("dictionary.csv", "parameters.csv", "mechanisms.csv", "experiment.toml", "scenario.toml"):
        assert (tmp_path / "c" / name).read_bytes() == (swept.folder / name).read_bytes()
    assert json.loads((tmp_path / "c" / "manifest.json").read_text(encoding="utf-8")) == swept.manifest


def test_a_run_is_exported_as_it_writes_its_own_csv(tmp_path: Path) -> None:
    scenario = override(load_scenario("area-300"), {"world.synthetic.schools": 60, "run.years": 2}, "test")
    stored = run(scenario, tmp_path / "r", formats=("parquet", "csv"))
    rows = export_csv(stored.folder, tmp_path / "c")
    assert list(rows) == stored.tables
    for name in stored.tables:
        assert (tmp_path / "c" / f"{name}.csv").read_bytes() == (stored.folder / f"{name}.csv").read_bytes(), name
    alone = run(scenario, tmp_path / "alone", formats=("csv",))
    assert export_csv(alone.folder, tmp_path / "d") == rows


def test_the_form_for_excel_holds_no_formula_and_gives_the_exact_text_back(tmp_path: Path) -> None:
    scenario = override(load_scenario("area-300"), {"world.synthetic.schools": 60, "run.years": 2}, "test")
    world = build_world(scenario)
    evil = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "'quoted",
        "=cmd|' /C calc'!A0",
        "-5",
        "Oak = Elm",
        "Oak",
    ]
    names = tuple(evil[i % len(evil)] for i in range(len(world.school_names)))
    named = replace(world, school_names=names, trust_names=tuple((evil * 99)[: len(world.trust_names)]))
    stored = save(simulate(scenario, named), tmp_path / "r")
    rows = export_csv(stored.folder, tmp_path / "c", excel=True)
    assert rows == export_csv(stored.folder, tmp_path / "exact")
    assert {"schools.csv", "parameters.csv", "dictionary.csv"} <= {f.name for f in (tmp_path / "c").glob("*.csv")}
    for file in (tmp_path / "c").glob("*.csv"):
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        safe = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
        exact = list(csv.reader(io.StringIO((tmp_path / "exact" / file.name).read_text(encoding="utf-8"), newline="")))
        cells = [cell for row in safe for cell in row]
        risky = [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
        assert not [cell for cell in risky if not re.fullmatch(r"[+-]?[\d.e+-]+", cell)]
        assert [[cell[1:] if cell.startswith("'") else cell for cell in row] for row in safe] == exact
    with (tmp_path / "c" / "schools.csv").open(encoding="utf-8-sig", newline="") as stream:
        told = {row["name"] for row in csv.DictReader(stream)}
    assert {"'=1+1", "''quoted", "-5", "Oak = Elm", "'@SUM(A1)"} <= told


def test_an_empty_table_has_its_header(tmp_path: Path) -> None:
    stored = sweep(plan(1, keep=["events"]), tmp_path / "s", workers=0)
    facts = stored.manifest["tables"]["run_events"]
    file = stored.files("run_events")[0]
    pq.write_table(read_parquet(file).slice(0, 0), file)
    restamp(stored.folder)
    export_csv(stored.folder, tmp_path / "c")
    assert (tmp_path / "c" / "run_events.csv").read_text() == ",".join(facts["columns"]) + "\n"


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    stored = sweep(plan(1), tmp_path / "s", workers=0)
    file = stored.files("run_year")[0]
    content = file.read_bytes()
    for damage, sentence in (
        (content[:300], "table 'run_year' is damaged and cannot be read"),
        (stored.files("runs")[0].read_bytes(), "table 'run_year' is damaged"),
        (None, "table 'run_year' is gone: there is no run_year/part-00000.parquet"),
    ):
        file.unlink()
        if damage is not None:
            file.write_bytes(damage)
        with pytest.raises(InputError, match=sentence):
            export_csv(stored.folder, tmp_path / "c")
        assert [path.name for path in tmp_path.iterdir()] == ["s"]
        file.touch()


def test_places_where_it_is_not_written(swept: Result, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="is there already; name a new folder"):
        export_csv(swept.folder, tmp_path / "there")
    with pytest.raises(InputError, match="lies in the result"):
        export_csv(swept.folder, swept.folder / "csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file, not a folder"):
        export_csv(swept.folder, tmp_path / "file" / "c")


def test_on_the_command_line(swept: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told("export", swept.folder, "--csv", "--out", tmp_path / "c")
    assert found["csv"] == str(tmp_path / "c")
    assert found["rows"] == {name: len(swept.table(name)) for name in swept.tables}
    assert "is there already" in wrong(3, "export", swept.folder, "--csv", "--out", tmp_path / "c", "-q")
    monkeypatch.setattr("matsim.cli.export.EXCEL_LINES", 8)
    done = call("export", swept.folder, "--csv", "--out", tmp_path / "d", "-q")
    assert done.out.startswith(f"{tmp_path / 'd'}: 5 tables of {swept.folder} as CSV, ")
    assert "runs.csv has 8 rows; Excel reads the first 8 lines of a file only" in done.err
    assert "points.csv" not in done.err
    assert open_result(swept.folder).manifest == swept.manifest
