"""Every example of the contributing guide is carried out in a copy of the project, and its commands run."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT
from support.sharing import shared

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|diff|console)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    kind: str
    file: str
    text: str


def examples() -> dict[str, list[Block]]:
    """The blocks under each heading of "How to add"."""
    parts = re.split(r"^### (.+)\n", GUIDE.partition("## How to add")[2], flags=re.MULTILINE)
    return {name: [Block(*b) for b in BLOCK.findall(text)] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


EXAMPLES = examples()


def changed(text: str, diff: str) -> str:
    """The text with a diff applied. Lines that are kept or taken out must be there once, together."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"not there once:\n{old}"
    return text.replace(old, new)


def carry_out(blocks: list[Block], home: Path) -> int:
    """Write and change the files of an example; how many files it touched."""
    for block in blocks:
        path = home / block.file
        if block.kind == "python":
            assert not path.exists()
            path.write_text(block.text, encoding="utf-8")
        elif block.kind == "diff":
            text = changed(path.read_text(encoding="utf-8"), block.text)
            path.unlink()  # its bytes are those of the other examples too
            path.write_text(text, encoding="utf-8")
    return len({block.file for block in blocks if block.file})


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples change, with what Python makes of its code: compiled once for all of them."""

    def make(place: Path) -> None:
        for folder in ("matsim", "scenarios", "experiments", "tests"):
            shutil.copytree(ROOT / folder, place / folder)
        shutil.copy(ROOT / "pyproject.toml", place)
        compileall.compile_dir(place / "matsim", quiet=2)

    return shared(tmp_path_factory, "project", make)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_guide_works(name: str, project: Path, tmp_path: Path) -> None:
    home = tmp_path / "project"
    shutil.copytree(project, home, copy_function=os.link)
    carry_out(EXAMPLES[name], home)
    lines = [line for b in EXAMPLES[name] if b.kind == "console" for line in b.text.splitlines()]
    assert lines
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), str(home / "tests")])}
    command = [sys.executable, "-m", "support.console", *lines]
    done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def test_a_diff_that_does_not_fit_is_refused() -> None:
    assert changed("a\nb\nc\n", " a\n-b\n+x\n") == "a\nx\nc\n"
    with pytest.raises(AssertionError, match="not there once"):
        changed("a\nb\n", " a\n-c\n")


def test_the_eight_things_people_add_are_there() -> None:
    assert set(EXAMPLES) == {
        f"A {x}" for x in ["strategy", "policy", "mechanism", "measure", "figure", "column", "command"]
    } | {"An event"}
