"""`matsim sweep` and `matsim merge` on the command line: what they say, and the codes they end with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.calling import call, fine, told, wrong
from support.waiting import PATIENCE, until

EXPERIMENT = """
title = "Answers"
years = 3
replicates = 2
[scenario.world.synthetic]
schools = 60
[[arms]]
name = "a"
[[arms]]
name = "b"
set = { "break_points.answers" = "never" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(EXPERIMENT)
    return path


def test_a_sweep_says_what_it_did_and_what_comes_next(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    found = told("sweep", file, "--out", out, "--workers", 0)
    assert (found["runs"], found["failed"], found["arms"]) == (4, 0, ["a", "b"])
    grown = ("sweep", file, "--out", out, "--workers", 0, "--replicates", 3)
    said = fine(*grown)
    assert f"matsim compare {out}" in said
    assert "nothing had to be run" not in said
    assert "all there already: nothing had to be run" in fine(*grown)
    assert "6 runs" not in fine("verify", out, "--sample", 2)
    assert fine("compare", out)


def test_a_dry_run_forecasts_and_writes_nothing(file: Path, tmp_path: Path) -> None:
    said = fine("sweep", file, "--dry-run", "--out", tmp_path / "s")
    assert "2 arms at 1 point, 2 replicates, 3 years each" in said
    assert "4 runs, all new" in said
    assert "MB of memory each" in said
    assert "MB of disk" in said
    assert not (tmp_path / "s").exists()
    fine("sweep", file, "--out", tmp_path / "s", "--workers", 0)
    found = told("sweep", file, "--dry-run", "--out", tmp_path / "s", "--replicates", 5)["forecast"]
    assert (found["runs"], found["new"]) == (10, 6)
    assert found["seconds_per_run"] > 0
    assert found["megabytes_disk"] > 0
    assert found["megabytes_worker"] > 50


def test_shards_are_merged(file: Path, tmp_path: Path) -> None:
    for i in (1, 2):
        fine("sweep", file, "--out", tmp_path / str(i), "--shard", f"{i}/2", "--workers", 0)
    assert "2 of 4 runs are missing: those of shard 2/2" in wrong(3, "merge", tmp_path / "1", "--out", tmp_path / "m")
    again = fine("sweep", file, "--out", tmp_path / "1", "--shard", "1/2", "--workers", 0)
    assert f"This is shard 1/2. When all are finished, type: matsim merge {tmp_path / '1'} OTHERS --out DIR" in again
    assert "This is shard 1/2 and holds 2 of the 4 runs of its sweep only" in fine("compare", tmp_path / "1")
    both = ("merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "m")
    assert f"{tmp_path / '1'} is named twice" in wrong(3, *both[:3], *both[1:])
    shutil.copytree(tmp_path / "1", tmp_path / "copy")
    assert "are both shard 1/2" in wrong(3, "merge", tmp_path / "copy", *both[1:])
    assert "4 runs of 2 shards" in fine(*both)
    assert "holds a result already; name a new or an empty folder\n" in wrong(3, *both)


def test_a_shard_without_runs_says_so(file: Path, tmp_path: Path) -> None:
    none = ("sweep", file, "--shard", "9/20", "--workers", 0)
    assert "0 runs, since there are more shards than runs" in fine(*none, "--dry-run")
    said = fine(*none, "--out", tmp_path / "s")
    assert said == "Shard 9/20 has no runs: the sweep has 4, fewer than shards.\n"


def test_a_dry_run_says_that_a_run_it_tried_failed(file: Path) -> None:
    file.write_text(EXPERIMENT + '[[arms]]\nname = "not one"\nset = { trusts = [{ uid = 1 }] }\n')
    done = call("sweep", file, "--dry-run")
    assert done.code == 0
    assert "2 of the 3 runs tried failed:\n  run 2 (arm 'not one', point 0, seed 1): " in done.err
    assert "\n  run 5 (arm 'not one', point 0, seed 2): " in done.err
    assert "no trust with UID 1" in done.err
    file.write_text(EXPERIMENT.replace("schools = 60", "schools = 60\n[[scenario.trusts]]\nuid = 1"))
    assert "Every run tried failed, so the time and the disk above say little:" in call("sweep", file, "--dry-run").err


def test_an_interrupted_dry_run_speaks_of_nothing_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*words: object, **how: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matsim.experiment.time_estimate.forecast", interrupted)
    assert wrong(130, "sweep", file, "--dry-run", "-q").startswith("Interrupted. To start again, type: matsim")


def test_failed_runs_end_with_four_and_the_command_to_see_one(file: Path, tmp_path: Path) -> None:
    file.write_text(EXPERIMENT + '[[arms]]\nname = "nobody"\nset = { trusts = [{ uid = 1 }] }\n')
    done = call("sweep", file, "--out", tmp_path / "s", "--workers", 0)
    assert done.code == 4
    assert "2 runs failed:" in done.err
    assert "run 2 (arm nobody, point 0, seed 1): " in done.err
    assert f"matsim replay {tmp_path / 's'} 2 --out DIR" in done.err
    again = wrong(4, "replay", tmp_path / "s", 2, "--out", tmp_path / "r", "-q")
    assert "run 2 (arm nobody, point 0, seed 1) failed again, in the same way as in the sweep: " in again
    assert "no trust with UID 1" in again
    assert "the same as in the sweep" in fine("replay", tmp_path / "s", 3, "--out", tmp_path / "r")


def test_a_precision_that_is_not_reached_ends_with_five(file: Path, tmp_path: Path) -> None:
    wanted = '[precision]\nmeasure = "mean_outcome"\nhalf_width = 1e-5\nat_least = 3\nat_most = 4\n'
    file.write_text(EXPERIMENT.replace("replicates = 2", "") + wanted)
    done = call("sweep", file, "--out", tmp_path / "s", "--workers", 0)
    assert done.code == 5
    assert "The precision asked for of pupil outcomes (±0.000010 sd at 95% confidence) was not reached" in done.err
    assert "after 4 replicates; about" in done.err
    file.write_text(file.read_text().replace("1e-5", "9"))
    said = fine("sweep", file, "--out", tmp_path / "wide", "--workers", 0)
    assert "(±9.0 sd at 95% confidence) was reached: ±" in said
    assert "for b after 3 replicates." in said


def test_wrong_words_are_sentences(file: Path, tmp_path: Path) -> None:
    assert "--out: is missing" in wrong(3, "sweep", file)
    assert "should be i/n" in wrong(3, "sweep", file, "--out", tmp_path / "s", "--shard", "3/2")
    assert "--shard: is empty" in wrong(3, "sweep", file, "--out", tmp_path / "s", "--shard", "")
    assert "--scheduler: is empty" in wrong(3, "sweep", file, "--out", tmp_path / "s", "--scheduler", "")
    assert not (tmp_path / "s").exists()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "x.txt").write_text("x")
    assert "holds other files and no sweep" in wrong(3, "sweep", file, "--out", tmp_path / "run", "--workers", 0)


@pytest.mark.skipif(os.name != "posix", reason="signals are a thing of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_clean_and_says_how_to_go_on(file: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "s"
    words = ["sweep", str(file), "--out", str(out), "--workers", "1", "--replicates", "5000"]
    child = subprocess.Popen(
        [sys.executable, "-m", "matsim", *words], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until(lambda: bool(list(out.glob("journal/part-*"))), "finished runs are in the journal", child)
    os.killpg(child.pid, number)  # as the terminal does: to the workers as well
    _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert f"kept in {out}. To go on, type: matsim sweep" in err
    assert "Interrupted: 0 " not in err
