"""The forms' reader: what is wrong is said with line, column, value and what would be right; all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matsim.core.errors import InputError
from matsim.selfcheck.csvinput import Field, duplicates, plain, read_form, spellings

FORM = (
    Field("name", filled=True),
    Field("role", choices=("central", "school"), needed=False),
    Field("vision", "A common vision", low=1, high=10),
    Field("identity", "Each school's identity, kept", low=1, high=10),
)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return tmp_path / "form.csv"


def test_keys_and_published_wording_both_name_columns(form: Path) -> None:
    sheet = read_form(write(form, 'NAME,a  Common Vision,"Each school’s identity, kept"\nOak, 7 ,2.5\n'), FORM)
    assert sheet.text["name"] == ("Oak",)
    assert sheet.matrix(("vision", "identity")).tolist() == [[7.0, 2.5]]
    assert sheet.lines == (2,)
    assert sheet.notes == ()


def test_every_problem_is_listed_with_line_column_value_and_what_is_allowed(form: Path) -> None:
    text = "name,role,vision,identity\nOak,centrl,11,seven\n,school,0,3\n"
    with pytest.raises(InputError) as raised:
        read_form(write(form, text), FORM)
    assert raised.value.where == str(form)
    assert raised.value.problems == [
        "line 2, column 'role': 'centrl' is unknown; did you mean 'central'? (one of 'central', 'school')",
        "line 2, column 'vision': 11 is out of range; write a number from 1 to 10, or leave it blank",
        "line 2, column 'identity': 'seven' is not a number; write a number from 1 to 10, or leave it blank",
        "line 3, column 'name': is blank; it has to be filled in",
        "line 3, column 'vision': 0 is out of range; write a number from 1 to 10, or leave it blank",
    ]


@pytest.mark.parametrize("cell", ["nan", "inf", "1e1", "1_0", "7/10", "--3"])
def test_what_only_a_program_would_take_for_a_number_is_refused(form: Path, cell: str) -> None:
    with pytest.raises(InputError, match=f"'{cell}' is not a number"):
        read_form(write(form, f"name,vision,identity\nOak,{cell},5\n"), FORM)


def test_misspelt_and_missing_columns_are_told_apart(form: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_form(write(form, "name,vison,comments\nOak,5,fine\n"), FORM)
    assert raised.value.problems == [
        "line 1: unknown column 'vison'; did you mean 'vision'?",
        "line 1: no column 'identity' (\"Each school's identity, kept\"); add it (its cells may stay blank)",
    ]


def test_a_column_given_twice_is_refused(form: Path) -> None:
    with pytest.raises(InputError, match="'vision' is given twice, in columns 2 and 4"):
        read_form(write(form, "name,vision,identity,A common vision\nOak,5,5,6\n"), FORM)


def test_nothing_is_lost_in_silence(form: Path) -> None:
    text = "name,vision,identity,comments\nOak,5,n/a,fine\n,,,\nElm,6\n"
    sheet = read_form(write(form, text), FORM)
    assert sheet.text["name"] == ("Oak", "Elm")
    assert np.isnan(sheet.numbers["identity"]).all()
    assert sheet.notes == (
        "column 'comments' is not part of the form and was not used",
        "1 empty rows were passed over",
        "line 4 has 2 of 4 cells: the rest were taken as blank",
    )


def test_more_cells_than_columns_is_refused(form: Path) -> None:
    with pytest.raises(InputError, match="line 2: 4 cells where the header has 3"):
        read_form(write(form, "name,vision,identity\nOak,5,6,7\n"), FORM)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_spreadsheets_are_read(form: Path, encoding: str) -> None:
    sheet = read_form(write(form, "name,vision,identity\nÉcole – café,5,6\n".encode(encoding)), FORM)
    assert sheet.text["name"] == ("École – café",)
    assert bool(sheet.notes) == (encoding == "cp1252")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_read(form: Path, separator: str) -> None:
    sheet = read_form(write(form, "name,vision,identity\r\nOak,5,6\r\n".replace(",", separator)), FORM)
    assert sheet.matrix(("vision", "identity")).tolist() == [[5.0, 6.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"name,vision,identity\n", "there is a header but no answers"),
        (
            b'name,vision,identity\n"Oak,5,6\n',
            "line 2: not a CSV row .* is opened and never closed",
        ),
        (b"name,vision,identity\nOak\x81,5,6\n", "line 2: the byte 0x81 is neither UTF-8 nor Windows-1252 text"),
    ],
)
def test_files_that_cannot_be_used_say_why(form: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_form(write(form, content), FORM)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: there is no such file"):
        read_form(tmp_path / "nowhere.csv", FORM)


def test_equal_rows_are_kept_and_noted(form: Path) -> None:
    sheet = read_form(write(form, "name,vision,identity\nOak,5,6\nElm,5,6\nOak,5,6\nOak,,\nOak,,\n"), FORM)
    assert len(sheet.lines) == 5
    note = "lines 2, 4 are the same: all kept; delete the extra if someone answered twice"
    assert duplicates(sheet) == [note]


def test_spellings_of_one_name_are_noted() -> None:
    assert spellings(["Oak Trust", "oak  trust", "Elm Trust", "Oak Trsut"]) == [
        "'oak  trust' and 'Oak Trust' were taken as one",
        "'Oak Trsut' and 'Oak Trust' were taken as two; are they one?",
    ]


def test_plain_turns_nan_into_none_and_tuples_into_lists() -> None:
    assert plain({"a": (1.0, float("nan")), "b": [Field("x", words={"yes": 1.0})]})["a"] == [1.0, None]
