"""What made a result is told by a digest of its sources: other code is refused, or named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.calling import call, fine, told
from support.house import FILES, PACKAGE, imports, room
from support.restamp import restamp
from support.sweeping import plan

from matsim.analysis.comparison import compare
from matsim.core.errors import InputError
from matsim.experiment.ensemble import Shard
from matsim.experiment.runner import sweep
from matsim.experiment.stored import merge
from matsim.experiment.worker import CHANGED, Worker, bare
from matsim.report import render
from matsim.results import provenance
from matsim.results.provenance import NOT_THE_MODEL, digests_of, made_with, mixture, unlike

OTHER = {"sources": "f" * 64, "model_sources": "e" * 64}


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Undone, the package is itself again; until then its sources are others."""
    monkeypatch.setattr(provenance, "sources", lambda: OTHER)
    return monkeypatch


def package(folder: Path) -> Path:
    for name, text in {"model.py": "x = 1\n", "report/page.py": "y = 1\n", "evidence/facts.toml": "z = 1\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("model.py", {"sources", "model_sources"}),
        ("evidence/facts.toml", {"sources", "model_sources"}),
        ("evidence/more.csv", {"sources", "model_sources"}),
        ("report/page.py", {"sources"}),
        ("web/page.html", {"sources"}),
        ("model.pyc", set()),
    ],
)
def test_every_source_counts_and_pages_only_for_the_whole(name: str, changed: set[str], tmp_path: Path) -> None:
    before = digests_of(package(tmp_path / "a"))
    assert digests_of(package(tmp_path / "b")) == before  # two builds of the same
    (tmp_path / "b" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "b" / name).write_text("x = 2\n")
    after = digests_of(tmp_path / "b")
    assert {key for key in before if before[key] != after[key]} == changed


def test_line_ends_of_another_system_do_not_count_and_moved_text_does(tmp_path: Path) -> None:
    before = digests_of(package(tmp_path / "a"))
    (package(tmp_path / "b") / "model.py").write_bytes(b"x = 1\r\n")
    assert digests_of(tmp_path / "b") == before
    (tmp_path / "b" / "model.py").rename(tmp_path / "b" / "world.py")
    assert digests_of(tmp_path / "b") != before


def test_nothing_that_makes_a_run_is_left_out_of_its_digest() -> None:
    modules = {".".join(("matsim", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in FILES}
    modules |= {name.removesuffix(".__init__"): path for name, path in modules.items()}
    reached, todo = (
        set(),
        [
            "matsim.simulation.simulate",
            "matsim.simulation.twin",
            "matsim.experiment.worker",
            "matsim.experiment.ensemble",
        ],
    )
    while todo:
        path = modules.get(todo.pop())
        if path and path not in reached:
            reached.add(path)
            todo += imports(path) - {"matsim"}  # the package itself imports nothing
    assert len(reached) > 100
    assert not {room(path) for path in reached} & NOT_THE_MODEL
    assert {"simulation", "world", "mechanisms", "measures", "evidence"} <= {room(path) for path in reached}


def test_a_manifest_says_its_sources(tmp_path: Path) -> None:
    made = sweep(plan(1), tmp_path / "s", workers=0).manifest
    now = provenance.sources()
    assert {key: made[key] for key in now} == now
    assert {key: made["made_by"][0][key] for key in now} == now
    assert made_with(made) == f"matsim {made['matsim']} (sources {now['model_sources'][:12]})"


def test_other_sources_do_not_go_on_in_silence(tmp_path: Path, other: pytest.MonkeyPatch) -> None:
    sweep(plan(1), tmp_path / "s", workers=0)
    other.undo()
    ours = provenance.sources()["model_sources"][:12]
    for count in (1, 2):
        with pytest.raises(InputError) as caught:
            sweep(plan(count), tmp_path / "s", workers=0)
        (sentence,) = caught.value.problems
        assert sentence == (
            f"holds runs made with matsim 0.1.0 (sources {'e' * 12}), not matsim 0.1.0 (sources {ours}): "
            "their numbers may not stand side by side; name another folder, or say --mixed"
        )
    mixed = sweep(plan(2), tmp_path / "s", workers=0, mixed=True)
    assert [made["model_sources"][:12] for made in mixed.manifest["made_by"]] == ["e" * 12, ours]
    assert any("The runs were not all made by the same code" in note for note in compare(mixed).notes)
    for said in (render(mixed.folder), fine("compare", mixed.folder)):
        assert "The runs were not all made by the same code" in said
        assert ours in said
        assert "e" * 12 in said


def test_the_same_sources_are_no_mixture(tmp_path: Path) -> None:
    made = sweep(plan(1), tmp_path / "s", workers=0)
    assert mixture(made.manifest["made_by"]) == ""
    assert not any("same code" in note for note in compare(made).notes)


def test_shards_of_other_sources_are_not_merged_in_silence(tmp_path: Path, other: pytest.MonkeyPatch) -> None:
    first = sweep(plan(1), tmp_path / "1", workers=0, shard=Shard(1, 2)).folder
    other.undo()
    second = sweep(plan(1), tmp_path / "2", workers=0, shard=Shard(2, 2)).folder
    told = rf"was made by matsim 0.1.0 \(sources [0-9a-f]+\), not matsim 0.1.0 \(sources {'e' * 12}\) as .*--mixed"
    with pytest.raises(InputError, match=told):
        merge([first, second], tmp_path / "m")
    whole = merge([first, second], tmp_path / "m", mixed=True)
    assert len(whole.manifest["made_by"]) == 2
    assert any("not all made by the same code" in note for note in compare(whole).notes)


def test_a_check_says_that_the_sources_differ(tmp_path: Path) -> None:
    small = ("--set", "world.synthetic.schools=60", "--years", 1, "-q")
    fine("run", "area-300", *small, "--out", tmp_path / "r")
    assert "made with" not in fine("verify", tmp_path / "r", "-q")
    restamp(tmp_path / "r", **OTHER)
    assert f"It was made with matsim 0.1.0 (sources {'e' * 12}), not matsim" in fine("verify", tmp_path / "r", "-q")
    assert told("verify", tmp_path / "r", "-q")["made_otherwise"].startswith("It was made with")
    folder = sweep(plan(1), tmp_path / "s", workers=0).folder
    made_by = [{**open_made_by(folder)[0], **OTHER}]
    restamp(folder, made_by=made_by)
    assert f"(sources {'e' * 12}), not matsim" in fine("verify", folder, "--sample", 1, "-q")
    assert f"The sweep was made with matsim 0.1.0 (sources {'e' * 12})" in fine(
        "replay", folder, 0, "--out", tmp_path / "o", "-q"
    )


def open_made_by(folder: Path) -> list[dict[str, Any]]:
    from matsim.results.store import open_result

    return [dict(one) for one in open_result(folder).manifest["made_by"]]


def test_libraries_that_differ_are_named() -> None:
    now = {"matsim": "1", "model_sources": "a", "python": "3.13.1", "libraries": {"numpy": "2.2", "scipy": "1.15"}}
    assert unlike(now, now) == ""
    assert unlike({**now, "libraries": {"numpy": "2.1", "scipy": "1.15"}}, now) == "numpy 2.1, not 2.2"
    assert unlike({**now, "python": "3.12.0"}, now) == "Python 3.12.0, not 3.13.1"
    assert unlike({"matsim": "1", "commit": "abc"}, now).startswith("matsim 1 (commit abc, sources not recorded), not")


def test_a_worker_with_other_code_than_the_sweep_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(bare(plan(1)), None)
    worker.sources = "e" * 64  # as one is that was sent to a process started after the code was edited
    with pytest.raises(InputError, match=CHANGED):
        worker.run([plan(1).tasks])


def test_an_installed_copy_of_the_same_code_has_the_same_digests(tmp_path: Path) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "matsim", ignore=shutil.ignore_patterns("__pycache__", "*.typed"))
    assert digests_of(copy) == provenance.sources()
    page = copy / "simulation" / "model.py"
    page.write_text(page.read_text() + "\n")
    assert digests_of(copy)["model_sources"] != provenance.sources()["model_sources"]
    assert call("--version").code == 0
