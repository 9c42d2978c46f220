"""docs/tutorial.ipynb runs from its first cell to its last, and is stored without what a run leaves behind."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from conftest import ROOT

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
MOST_SECONDS = 300
"""For one cell, on a machine that is busy with other things."""


def test_it_is_stored_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(code) > 10
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_it_names_no_place_on_a_machine() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert not re.search(r"(?:^|[\s\"'(=])(?:/(?:home|work|tmp|Users|usr)\b|[A-Z]:\\)", text)


@pytest.mark.slow
def test_it_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what kernels and their sockets warn of is not ours
        client = nbclient.NotebookClient(
            notebook, timeout=MOST_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute()  # raises CellExecutionError, with the cell and its traceback
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    drawn = [o for o in outputs if "application/vnd.plotly.v1+json" in o.get("data", {})]
    said = "".join(o["text"] for o in outputs if o.output_type == "stream" and o.name == "stdout")
    assert len(drawn) == 2
    assert "did you mean 'answers'?" in said
    assert "interval 54% to 100%), missed ends with a higher share of MATs past a break point than answered" in said
    assert len(str(outputs)) < 200_000, "what a reader saves with it should stay small"
    assert not list(tmp_path.iterdir()), "nothing is left behind"
