"""What the command line says when something is wrong, and the exit code it ends with."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.calling import fine, process, published, wrong
from support.waiting import PATIENCE

from matsim.results.store import open_result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result of the area after one year."""
    place = tmp_path_factory.mktemp("cli") / "area"
    fine("run", "area-300", "--years", 1, "--out", place)
    return place


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command is typed in an empty folder."""
    monkeypatch.chdir(tmp_path)


RUN = ("run", "area-300", "--out", "out")

REFUSED = {
    "scenario missing": (
        ("run", "missing.toml", "--out", "out"),
        "missing.toml: there is no such file\n",
    ),
    "scenario nearly named": (
        ("run", "england-2081", "--out", "out"),
        "england-2081: no scenario has that name; did you mean 'england-2018'?",
    ),
    "unknown name": (
        (*RUN, "--set", "inspection.cycle_god=3"),
        "command line: inspection.cycle_god: unknown name; did you mean 'cycle_good'?\n",
    ),
    "not an assignment": (
        (*RUN, "--set", "years"),
        "command line: 'years': should be name=value with a dotted name, such as run.years=20\n",
    ),
    "no years": ((*RUN, "--years", "0"), "command line: run.years = 0: should be between 1 and 60 (unit: years)\n"),
    "too many years": (("demo", "--years", "100"), "command line: run.years = 100: should be between 1 and 60"),
    "negative seed": ((*RUN, "--seed", "-1"), "command line: run.seed = -1: should be 0 or more\n"),
    "links without schools": (
        (*RUN, "--group-links", "links.csv"),
        "--group-links links.csv: was given without --establishments; a world needs the file of schools, "
        "to which others are added\n",
    ),
    "no establishment file": ((*RUN, "--establishments", "none.csv", "-q"), "none.csv: there is no such file\n"),
    "idle setting": (
        (*RUN, "--establishments", "none.csv", "--set", "world.synthetic.schools=300"),
        "world.synthetic.schools=300: has no effect on a world read from files",
    ),
    "no result": (("explain", "none"), "none: there is no such folder\n"),
    "verify nothing": (("verify", "none", "-q"), "none: there is no such folder\n"),
    "twin with other luck": (
        ("twin", "area-300", "--set", "run.seed=2"),
        "run.seed=2: the two worlds of a twin share their years and their luck; use --years and --seed",
    ),
    "twin of two starts": (
        ("twin", "area-300", "england-2010"),
        "england-2010: begins in 2010 and area-300 in 2018; the two worlds of a twin should begin in the same year\n",
    ),
    "no form": (("survey", "none.csv"), "none.csv: there is no such file\n"),
    "world of nothing": (
        ("world", "describe", "area-300", "--set", "world.synthetic.schools=1"),
        "command line: world.synthetic.schools = 1: should be between 20 and 200000 (unit: schools)\n",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_input_is_told_in_a_sentence(case: str, tmp_path: Path) -> None:
    words, sentence = REFUSED[case]
    assert sentence in wrong(3, *words)
    assert not list(tmp_path.iterdir()), "nothing may be left behind"


def test_all_mistakes_of_a_scenario_at_once(tmp_path: Path) -> None:
    Path("wrong.toml").write_text('[run]\nyaers = 3\nseed = "x"\n', encoding="utf-8")
    text = wrong(3, "run", "wrong.toml", "--out", "out")
    assert text.splitlines() == [
        "wrong.toml: 2 problems",
        "  run.seed = 'x': should be a whole number",
        "  run.yaers: unknown name; did you mean 'years'?",
    ]


def test_scenario_check_lists_problems_and_ends_with_3() -> None:
    Path("wrong.toml").write_text("[run]\nyaers = 3\n", encoding="utf-8")
    done = process("scenario", "check", "area-300", "wrong.toml")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "area-300: right",
        "wrong.toml: 1 problem",
        "  run.yaers: unknown name; did you mean 'years'?",
    ]
    assert fine("scenario", "check", "area-300") == "area-300: right\n"


def test_damaged_establishment_files() -> None:
    schools, _ = published(Path.cwd())
    whole = schools.read_bytes()
    lines = whole.split(b"\r\n")
    cases = {
        "cut.csv": (whole[: len(whole) // 2 - 3], f"line {whole[: len(whole) // 2 - 3].count(b'\r\n') + 1}"),
        "empty.csv": (b"", "the file is empty"),
        "utf16.csv": (whole.decode("cp1252").encode("utf-16-le"), "save it as 'CSV UTF-8'"),
        "other.csv": (b"a,b\r\n1,2\r\n", "there is no column 'URN'"),
        "header.csv": (lines[0] + b"\r\n", "header.csv: "),
    }
    for name, (content, fragment) in cases.items():
        Path(name).write_bytes(content)
        text = wrong(3, "run", "england-2018", "--establishments", name, "--years", 1, "--out", "out", "-q")
        assert text.startswith(f"{name}: "), text
        assert fragment in text
        assert not Path("out").exists()


def test_places_where_no_result_can_be(folder: Path) -> None:
    Path("file").touch()
    Path("full").mkdir()
    Path("full/letter.txt").touch()
    for place, sentence in (
        ("file/below", "file/below: cannot be made: file is a file, not a folder\n"),
        ("file", "file: is a file; a result needs a folder of its own\n"),
        ("full", "full: holds other files and no matsim result; name a new or an empty folder\n"),
        (folder, f"{folder}: holds a result already; name another folder, or say --overwrite\n"),
    ):
        assert wrong(3, "run", "area-300", "--years", 1, "--out", place) == sentence
    for place, sentence in (
        ("file/below", "file/below: cannot be made: file is a file, not a folder\n"),
        ("file", "file: is a file; the tables need a folder of their own\n"),
        ("full", "full: holds other files (letter.txt); name a new or an empty folder\n"),
    ):
        assert wrong(3, "world", "build", "area-300", "--out", place) == sentence
    assert sorted(p.name for p in Path().rglob("*")) == ["file", "full", "letter.txt"]


def test_explain_asks_back(folder: Path) -> None:
    assert "no kind of event is called 'refus'; did you mean 'refuse'?" in wrong(
        3, "explain", folder, "--event", "refus"
    )
    trusts = open_result(folder).table("trusts")
    name, uid = str(trusts["name"].iloc[0]), int(trusts["trust"].iloc[0])
    text = wrong(3, "explain", folder, "--trust", f"{name}x")
    assert f"no trust has '{name}x' in its name; the nearest are {name} ({uid})" in text
    several = [str(n) for n in trusts["name"] if " " in str(n)]
    assert len(several) > 1
    text = wrong(3, "explain", folder, "--trust", " Trust")
    assert "trusts have ' Trust' in their names: " in text
    assert text.endswith("give the number of one\n")
    assert f"has no trust with UID {uid}9" in wrong(3, "explain", folder, "--trust", f"{uid}9")
    assert "has no school with URN 1" in wrong(3, "explain", folder, "--school", "1")
    assert "--year 1999: should be one of its academic years" in wrong(3, "explain", folder, "--year", "1999")
    Path("plain").mkdir()
    assert wrong(3, "explain", "plain") == "plain: is not a matsim result: it has no manifest.json that says so\n"
    Path("half/journal").mkdir(parents=True)
    assert "half: holds a sweep that is not finished; give its" in wrong(3, "compare", "half")


def test_verify_notices_every_change(tmp_path: Path) -> None:
    fine("run", "area-300", "--years", 1, "--out", "r", "--csv")
    table = pd.read_parquet("r/system_year.parquet")
    table.assign(schools=table["schools"] + 1).to_parquet("r/system_year.parquet")
    assert wrong(6, "verify", "r", "-q") == "r: system_year.parquet changed or gone since the result was written\n"
    fine("run", "area-300", "--years", 1, "--out", "r", "--overwrite")
    scenario = Path("r/scenario.toml")
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("years = 1\n", "years = 2\n"), encoding="utf-8")
    assert wrong(6, "verify", "r", "-q") == "r: scenario.toml changed or gone since the result was written\n"
    scenario.write_text("what = is this\n", encoding="utf-8")
    assert "r/scenario.toml: is damaged and cannot be read" in wrong(3, "explain", "r")


def test_verify_needs_the_files_a_result_came_from() -> None:
    schools, links = published(Path.cwd())
    fine("run", "england-2018", "--establishments", schools, "--group-links", links, "--years", 1, "--out", "r")
    text = wrong(3, "verify", "r", "-q")
    assert "say where they are with --establishments (schools.csv) and --group-links (links.csv)" in text
    schools.write_bytes(schools.read_bytes().replace(b"532000", b"532001").replace(b",200,", b",201,"))
    text = wrong(6, "verify", "r", "-q", "--establishments", schools, "--group-links", links)
    assert "were the input files changed?" in text


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("rnu",), "No such command 'rnu'. Did you mean 'run'?"),
        (("run",), "Missing argument"),
        (("run", "area-300"), "Missing option '--out'"),
        ((*RUN, "--years", "twenty"), "'--years'"),
        (("survey",), "--template prints the blank one"),
        (("explain", "r", "--limit", "-1"), "'--limit'"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...], fragment: str) -> None:
    assert fragment in wrong(2, *words)


def test_a_bug_is_one_sentence_and_a_traceback_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matsim.cli.schedule._steps", lambda: (5,))
    monkeypatch.setattr(sys, "argv", ["matsim", "schedule"])
    first, second = wrong(1, "schedule").splitlines()
    assert "bug in matsim" in first
    assert "TypeError" in first
    assert second == "To see where it happened, type: matsim --debug schedule"
    code = (
        "import sys, matsim.cli.schedule\nfrom matsim.cli import main\nmatsim.cli.schedule._steps = lambda: (5,)\n"
        "sys.argv = ['matsim', '--debug', 'schedule']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_leaves_nothing_half_written(tmp_path: Path, number: signal.Signals) -> None:
    words = [sys.executable, "-m", "matsim", "run", "england-2018", "--years", "60", "--out", "out"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("Running 60 years")
        running.send_signal(number)
        out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert out == ""
    again = "matsim run england-2018 --years 60 --out out"
    assert err == f"Interrupted: what was not finished has not been kept. To start again, type: {again}\n"
    assert not list(tmp_path.iterdir())
