"""Files, names and numbers that are not what they should be: never a bug, a hang, or a look at what is none of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.calling import call, fine, process, published, wrong
from support.selfcheck_forms import DOORS, block

from matsim.core import reading
from matsim.core.errors import InputError

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")
SECRET = "root:swordfish:19000:0:99999:7:::"
LONG = "9" * 5000


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command is typed in a folder of its own, beside which a secret lies."""
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile") / "r"
    fine("run", "area-300", "--years", 1, "--out", place, "-q")
    return place


TOML: dict[str, tuple[str | bytes, str]] = {
    "digits": (f"run.seed = {'9' * 4301}", "line 1, column 1: is not valid TOML (a number of more than 64 bits)"),
    "later": (f'title = "x"\n\nrun.seed = 1{LONG}', "line 3, column 1: is not valid TOML"),
    "hexadecimal": (f"run.seed = 0x{'f' * 5000}", "a number of more than 64 bits at run.seed"),
    "65 bits": ("run.seed = 9223372036854775808", "a number of more than 64 bits at run.seed"),
    "arrays": ("a = " + "[" * 1000 + "]" * 1000, "nested more than 60 deep"),
    "tables": ("a = " + "{ a = " * 1000 + "1" + " }" * 1000, "nested more than 60 deep"),
    "dotted": (".".join(["a"] * 1000) + " = 1", "line 1, column 1: is not valid TOML (nested more than 60 deep)"),
    "dotted without end": ("\n[" + ".".join(["a"] * 100_000) + "]", "line 2, column 1: is not valid TOML"),
    "quoted and dotted": (" . ".join(['"a"', "'b'"] * 500) + " = 1", "nested more than 60 deep"),
    "NUL in extends": ('extends = "a\\u0000.toml"', "extends = 'a\\x00.toml': is no name that a file can have"),
    "long extends": (f'extends = "{"x" * 5000}.toml"', "there is no such file"),
    "a long name": (f"{'x' * 100_000} = 1", "unknown name"),
    "bytes": (b"title = '\xff'", "line 1: is not UTF-8 text; save the file as UTF-8"),
    "UTF-16": ("title = 'x'".encode("utf-16"), "line 1: is not UTF-8 text"),
}


@pytest.mark.parametrize("case", TOML)
def test_toml_that_nothing_can_hold_is_a_sentence(case: str) -> None:
    content, said = TOML[case]
    Path("s.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    for words in (("run", "s.toml", "--out", "out"), ("sweep", "s.toml", "--out", "out", "--workers", 0)):
        text = wrong(3, *words)
        assert said in text
        assert text.startswith("s.toml")
        assert len(text) < 5000
    if not isinstance(content, bytes):
        Path("e.toml").write_text("scenario = 's.toml'\n", encoding="utf-8")
        assert said in wrong(3, "sweep", "e.toml", "--out", "out", "--workers", 0)
    assert sorted(os.listdir()) == (["s.toml"] if isinstance(content, bytes) else ["e.toml", "s.toml"])


OUTSIDE = "lies outside the folder of the file that names it and the folders of scenarios"


@pytest.mark.parametrize(
    "name", ["/etc/shadow", "/etc/passwd", "../secret", "sub/../../secret", "/no/such/file", "link"]
)
def test_extends_stays_inside_the_folder_of_scenarios(name: str) -> None:
    if os.name == "posix":
        os.symlink("../secret", "link")
    Path("s.toml").write_text(f"extends = '{name}'\n", encoding="utf-8")
    text = wrong(3, "run", "s.toml", "--out", "out")
    assert OUTSIDE in text
    assert "'matsim --scenarios DIR'" in text
    assert "swordfish" not in text
    assert "root" not in text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("scenario = '../secret'", "scenario"),
        (
            "scenario = 'area-300'\n[[arms]]\nname = 'a'\n[[arms]]\nname = 'b'\nscenario = '../secret'",
            "arms[1].scenario",
        ),
        (
            "scenario = 'area-300'\nuncertainties = [{ name = 'joining.fit' }]\n"
            "design = { kind = 'csv', file = '../secret' }",
            "design.file",
        ),
        ("extends = '../secret'\nscenario = 'area-300'", "extends"),
    ],
    ids=lambda text: str(text)[:20],
)
def test_an_experiment_names_files_of_its_own_folder(text: str, key: str) -> None:
    Path("e.toml").write_text(text, encoding="utf-8")
    said = wrong(3, "sweep", "e.toml", "--out", "out", "--workers", 0)
    assert f"{key} = '../secret': {OUTSIDE}" in said
    assert "swordfish" not in said


def test_nul_in_the_name_of_a_table_of_points() -> None:
    text = "scenario = 'area-300'\nuncertainties = [{ name = 'joining.fit' }]\n"
    Path("e.toml").write_text(text + 'design = { kind = "csv", file = "a\\u0000" }', encoding="utf-8")
    said = wrong(3, "sweep", "e.toml", "--out", "out", "--workers", 0)
    assert "design.file = 'a\\x00': is no name that a file can have" in said


def test_a_folder_may_be_allowed(tmp_path: Path) -> None:
    Path("s.toml").write_text("extends = '../other/base.toml'\nrun.years = 2\n", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "base.toml").write_text("title = 'From elsewhere'\n", encoding="utf-8")
    assert OUTSIDE in wrong(3, "scenario", "show", "s.toml")
    assert "From elsewhere" in fine("--scenarios", tmp_path / "other", "scenario", "show", "s.toml")
    assert "From elsewhere" in fine("--scenarios", tmp_path / "other", "scenario", "show", "base")
    assert OUTSIDE in wrong(3, "scenario", "show", "s.toml")  # for that command alone
    assert "nowhere: there is no such folder" in wrong(3, "--scenarios", "nowhere", "scenario", "list")
    (tmp_path / "here" / "below").mkdir()
    Path("below/base.toml").write_text("title = 'From below'\n", encoding="utf-8")
    Path("t.toml").write_text("extends = 'below/base.toml'\n", encoding="utf-8")
    assert "From below" in fine("scenario", "show", "t.toml")


@posix
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_what_is_no_file_of_a_sensible_size_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    place = Path("given.toml")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        os.symlink("/dev/zero", place)
    elif kind == "folder":
        place.mkdir()
    else:
        with place.open("wb") as stream:
            stream.truncate(3_000_000_000)
    said = {
        "pipe": "is a pipe or a device, not a file; save what it holds as a file, and give that",
        "device": "is a pipe or a device, not a file; save what it holds as a file, and give that",
        "folder": "folder",
        "large": "is too large to be what is asked for",
    }[kind]
    schools, _ = published(tmp_path)
    for words in (
        ("run", place, "--out", "out"),
        ("sweep", place, "--out", "out", "--workers", 0),
        ("run", "area-300", "--establishments", place, "--out", "out", "-q"),
        ("run", "area-300", "--establishments", schools, "--group-links", place, "--out", "out", "-q"),
        ("survey", place),
        ("cluster-check", place),
        ("checklist", place),
        ("review", place),
        ("calibrate", "--free", place, "--out", "out"),
    ):
        text = wrong(3, *words)
        assert said in text or (kind == "folder" and "is a directory" in text), words
    assert not Path("out").exists()


def test_a_hyphen_is_no_file() -> None:
    for words in (("survey", "-"), ("run", "area-300", "--establishments", "-", "--out", "out", "-q")):
        assert "-: standard input cannot be read; give the name of a file" in wrong(3, *words)


@pytest.mark.parametrize("number", ["²", "٣", "½", LONG, f"-{LONG}", "1e999", "0x10", "99999999999999999999"])
def test_numbers_of_any_digits_and_any_length_are_sentences(number: str, result: Path) -> None:
    for words in (
        ("explain", result, "--school", number),
        ("explain", result, "--trust", number),
        ("explain", result, "--year", number),
        ("explain", result, "--limit", number),
        ("radar", "area-300", "--trust", number),
        ("compare", result, "--when", number),
        ("run", "area-300", "--seed", number, "--out", "out"),
        ("run", "area-300", "--years", number, "--out", "out"),
        ("run", "area-300", "--set", f"run.seed={number}x", "--out", "out"),
        ("run", "area-300", "--set", f"ceos[{number}].share=0.1", "--out", "out"),
        ("sweep", "null", "--shard", f"{number}/4", "--out", "out"),
        ("sweep", "null", "--shard", f"1/{number}x", "--out", "out"),
        ("board", "area-300", "--trust", number, "--out", "out"),
        ("checklist", "--near", number),
    ):
        done = call(*words)
        told = f"{[str(word)[:40] for word in words]}: {done.code} {done.err[:500]}"
        assert done.code in (2, 3), told
        assert "bug in matsim" not in done.err, told
        assert len(done.err) < 7000, told
    assert not Path("out").exists()


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("cell", [LONG, "1e999", "²", "nan", "-0"], ids=lambda cell: cell[:5])
def test_numbers_in_forms_are_sentences_or_numbers(name: str, cell: str) -> None:
    right = block("csv", name)
    header, *rows = right.splitlines()
    command = {"survey.csv": "survey", "cluster.csv": "cluster-check"}.get(name, name.removesuffix(".csv"))
    for column in range(len(header.split(","))):
        parts = rows[0].split(",")
        parts[min(column, len(parts) - 1)] = cell
        Path(name).write_text("\n".join([header, ",".join(parts), *rows[1:]]), encoding="utf-8")
        done = call(command, name)
        assert done.code in (0, 3), done.err


def test_whole_numbers() -> None:
    assert [reading.whole(text) for text in ("0", " 12 ", "9" * 18)] == [0, 12, 10**18 - 1]
    assert [reading.whole(text) for text in ("", "²", "٣", "-1", "1.0", "1_0", "9" * 19, LONG)] == [None] * 8


def test_a_file_is_read_up_to_its_limit_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"1234")
    assert reading.read_bytes(path, 4) == b"1234"
    with pytest.raises(InputError, match="is too large"):
        reading.read_bytes(path, 3)


def test_a_problem_is_said_in_no_more_than_a_page() -> None:
    told = InputError("x", ["a" * 1_000_000, "b"])
    assert len(str(told)) < 3000
    assert told.problems[1] == "b"


@posix
def test_a_pipe_as_a_scenario_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo("pipe.toml")
    assert process("run", "pipe.toml", "--out", "out").returncode == 3
