"""What the machine refuses or ends: closed, full and cut-off streams, full disks, signals, old locales. Never a bug."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.calling import fine, process, wrong
from support.sweeping import plan
from support.waiting import PATIENCE

import matsim.core.find
from matsim.core.disk import write_files, write_whole
from matsim.core.errors import InputError
from matsim.core.lock import locked
from matsim.experiment.runner import sweep
from matsim.results.store import damaged, open_result

posix = pytest.mark.skipif(os.name != "posix", reason="shells, signals and devices of POSIX")
MATSIM = [sys.executable, "-m", "matsim"]
FULL = "standard output: cannot be written: the disk is full\n"


def shell(redirected: str, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its streams redirected as a shell does."""
    line = ["sh", "-c", f'exec "$@" {redirected}', "sh", *MATSIM, *map(str, words)]
    told = {**os.environ, **env}
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=PATIENCE, env=told)


def tree(folder: Path) -> dict[str, bytes]:
    """Everything in a folder: names and content."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in sorted(folder.rglob("*"))}


# streams


@posix
@pytest.mark.parametrize("words", [("scenario", "list"), ("--help",), ("--version",), ("schedule", "--json")], ids=str)
def test_a_full_or_closed_output_is_a_sentence(words: tuple[str, ...]) -> None:
    full = shell(">/dev/full", *words)
    assert (full.returncode, full.stderr) == (3, FULL)
    closed = shell(">&-", *words)
    assert closed.returncode == 3
    assert closed.stderr.startswith("standard output: is closed; give it a file")


@posix
def test_unbuffered_output_is_held_to_the_same() -> None:
    full = shell(">/dev/full", "scenario", "list", PYTHONUNBUFFERED="1")
    assert (full.returncode, full.stderr) == (3, FULL)


@posix
@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_without_an_error_stream_the_work_is_done_and_the_codes_stand(stream: str, tmp_path: Path) -> None:
    done = shell(stream, "run", "area-300", "--years", 1, "--out", tmp_path / "r")
    assert done.returncode == 0
    assert "schools" in done.stdout
    assert (
        damaged(tmp_path / "r", open_result(tmp_path / "r").manifest) == []
    )  # what was to be said there is in none of the files
    assert shell(stream, "run", "nowhere", "--out", tmp_path / "n").returncode == 3
    assert shell(stream, "rnu").returncode == 2


@posix
def test_a_reader_that_stops_is_no_fault() -> None:
    line = f"{' '.join(MATSIM)} evidence | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=PATIENCE)
    first, code = done.stdout.splitlines()
    assert first.endswith("assumed.")
    assert (code, done.stderr) == ("0", "")


@posix
def test_a_closed_input_is_nothing_to_anybody() -> None:
    assert shell("<&-", "scenario", "list").returncode == 0


def test_a_name_that_is_not_ascii_in_the_c_locale(tmp_path: Path) -> None:
    plainly = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for number, env in enumerate(({"LC_ALL": "C"}, plainly, {"PYTHONIOENCODING": "ascii"})):
        out = f"Übung-{number}"
        done = process("run", "area-300", "--years", 1, "--out", out, "-q", cwd=tmp_path, **env)
        assert (done.returncode, done.stderr) == (0, "")
        assert process("report", out, "-q", cwd=tmp_path, **env).returncode == 0
        assert process("explain", out, cwd=tmp_path, **env).returncode == 0
        assert f"--out {out}" in open_result(tmp_path / out).manifest["command"].replace("'", "")


@posix
def test_a_name_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    words: list[str | bytes] = [*MATSIM, "run", "area-300", "--years", "1", "--out", b"x\xff"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("'x\\udcff': is not UTF-8")
    assert not list(tmp_path.iterdir())


# disks


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored run."""
    place = tmp_path_factory.mktemp("machine") / "r"
    fine("run", "area-300", "--years", 1, "--out", place, "-q")
    return place


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored sweep."""
    return sweep(plan(2), tmp_path_factory.mktemp("machine") / "s", workers=0).folder


def writers(result: Path, swept: Path, out: Path) -> dict[str, tuple[object, ...]]:
    """Commands that write, each what it is told to, into the folder `out`."""
    return {
        "run": ("run", "area-300", "--years", 1, "--out", out / "new", "-q"),
        "report": ("report", result, "--out", out / "page.html", "-q"),
        "csv": ("export", result, "--csv", "--out", out / "csv", "-q"),
        "compare": ("compare", swept, "--out", out / "found"),
        "analyse": ("evidence", "--assurance", "--out", out / "log.md"),
        "world": ("world", "build", "area-300", "--out", out / "tables", "-q"),
    }


WRITERS = tuple(writers(Path(), Path(), Path()))
REFUSALS = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "your share of the disk", errno.EROFS: "can only be read"}


@pytest.mark.parametrize("number", REFUSALS)
@pytest.mark.parametrize("command", [name for name in WRITERS if name != "world"])
def test_a_disk_that_refuses_is_a_sentence(
    command: str, number: int, result: Path, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)  # nor can what was begun be cleared away
    assert REFUSALS[number] in wrong(3, *writers(result, swept, tmp_path)[command])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and ".partial-" not in str(path)]


def fill(file: Path) -> None:
    """Write until there is no room."""
    try:
        with file.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC  # noqa: PT017 - any other refusal is a fault


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that is full."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    if (
        not hasattr(os, "geteuid")
        or os.geteuid()
        or subprocess.run(mounted, capture_output=True, check=False).returncode
    ):
        pytest.skip("needs leave to mount a disk")
    try:
        fill(place / "filled")
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@posix
@pytest.mark.parametrize("command", WRITERS)
def test_a_disk_that_is_full_is_a_sentence_and_nothing_is_left(
    command: str, result: Path, swept: Path, full: Path
) -> None:
    assert "the disk is full" in wrong(3, *writers(result, swept, full)[command]).replace(
        "no space left on device", "the disk is full"
    )
    assert [path.name for path in full.iterdir()] == ["filled"]


@posix
def test_a_disk_that_is_read_only_is_a_sentence(result: Path, swept: Path, full: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(full)], check=True)
    for words in writers(result, swept, full).values():
        assert "can only be read" in wrong(3, *words).replace("read-only file system", "can only be read")
    assert "can only be read" in wrong(3, "sweep", "null", "--out", full / "s", "--workers", 0)


def test_a_lock_can_be_held_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **more: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with locked(tmp_path / "s"), pytest.raises(InputError, match="is being written"), locked(tmp_path / "s"):
        pass


def test_files_are_replaced_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "out", {"a": "1", "b": "2"})
    before, real, seen = tree(tmp_path), os.fsync, [0]

    def refuse(number: int) -> None:
        seen[0] += 1
        if seen[0] == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError, match="cannot be written: the disk is full"):
        write_files(tmp_path / "out", {"a": "3", "b": "4"})
    assert tree(tmp_path) == before
    seen[0] = 1
    with pytest.raises(InputError, match="the disk is full"):
        write_whole(tmp_path / "out" / "a", "3")
    assert tree(tmp_path) == before
    seen[0] = 1
    with pytest.raises(InputError, match="the disk is full"):
        write_files(tmp_path / "new" / "below", {"a": "3"})
    assert tree(tmp_path) == before, "folders made for nothing are gone again"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the system: the disk is full"),
        (OSError(errno.EMFILE, "Too many open files", "x.csv"), "x.csv: too many files are open"),
        (PermissionError(errno.EACCES, "Permission denied", "x.csv"), "x.csv: permission denied"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), "x: the name is too long"),
        (MemoryError(), "matsim needs more memory than this machine has to give"),
    ],
    ids=str,
)
def test_what_the_system_refuses_anywhere_is_a_sentence(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Any:
        raise error

    monkeypatch.setattr(matsim.core.find, "named_files", refuse)
    assert wrong(3, "scenario", "list") == f"{said}\n"


def test_a_fault_of_ours_is_still_called_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise OSError("an error of the program's own")

    monkeypatch.setattr(matsim.core.find, "named_files", refuse)
    assert "bug in matsim" in wrong(1, "scenario", "list")


# signals


@posix
def test_an_interruption_that_is_swallowed_comes_again() -> None:
    code = """
import os, signal, time
from matsim.cli.streams import heed
heed()
class Swallows:
    def __del__(self):
        os.kill(os.getpid(), signal.{number})
        time.sleep(0)
Swallows()
try:
    for _ in range(6000):
        time.sleep(0.1)
    print("lost")
except KeyboardInterrupt:
    print("heard")
"""
    for number in ("SIGINT", "SIGTERM"):
        words = [sys.executable, "-c", code.format(number=number)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=2 * PATIENCE)
        assert (done.stdout, done.stderr) == ("heard\n", "")


@posix
def test_what_is_ignored_stays_ignored() -> None:
    code = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom matsim.cli.streams import heed\nheed()\n"
    code += "signal.raise_signal(signal.SIGHUP)\nprint('on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout == "on\n"


@posix
@pytest.mark.parametrize(
    "words",
    [
        ("run", "england-2018", "--years", "60", "--out", "out"),
        ("twin", "england-2018", "--years", "60", "--set", "inspection.cycle_good=3"),
        ("validate", "--out", "out"),
        ("calibrate", "--out", "out", "--workers", "2"),
    ],
    ids=lambda words: words[0],
)
def test_a_request_to_end_is_heeded_by_every_command(words: tuple[str, ...], tmp_path: Path) -> None:
    with subprocess.Popen(
        [*MATSIM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as p:
        assert p.stderr is not None
        assert p.stderr.readline()  # it has begun
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate(timeout=PATIENCE)
    assert p.returncode == 130, err
    assert out == ""
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name.startswith(".")]


@posix
def test_a_server_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    words = [*MATSIM, "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as p:
        assert p.stdout is not None
        assert "http://" in p.stdout.readline()
        p.send_signal(signal.SIGTERM)
        _, err = p.communicate(timeout=PATIENCE)
    assert (p.returncode, err) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="a colon stands for a drive elsewhere")
def test_a_folder_may_have_a_colon_in_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fine("run", "area-300", "--years", 1, "--out", "run07:32", "-q")
    fine("explain", "run07:32")
    assert len(open_result(Path("run07:32")).table("system_year")) == 1
    fine("run", "area-300", "--years", 1, "--out", "file:x", "-q", "--csv")
    fine("report", "file:x", "-q")
