"""What an open project has: versions that agree, pages that the site names, and nothing that names a registry."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

FILES = (
    *(
        "LICENSE",
        "CONTRIBUTING.md",
        "CITATION.cff",
        "CODE_OF_CONDUCT.md",
        "SECURITY.md",
        "RELEASING.md",
        "CHANGELOG.md",
    ),
    *("MANIFEST.in", ".pre-commit-config.yaml", ".github/workflows/ci.yml", "mkdocs.yml", "constraints.txt"),
)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_what_an_open_project_has_is_there_and_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text) > 100
    assert not re.search(r"pypi\.org|pythonhosted|registry\.npmjs|index-url|find-links", text)


def test_the_version_is_the_same_everywhere() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == project()["project"]["version"]
    assert cited["license"] == project()["project"]["license"] == "MIT"


def test_hosted_checks_and_hooks_call_the_project_s_own_commands() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    runs = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert runs == {".ci/run", "make site"}
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert {repo["repo"] for repo in repos} == {"local"}
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert lint
    tools = {Path(hook["entry"].split()[0]).name for repo in repos for hook in repo["hooks"]}
    assert tools == {line.split("/")[1].split()[0] for line in lint[1].split("\n") if line.strip()}


def pages(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [page for part in (nav.values() if isinstance(nav, dict) else nav) for page in pages(part)]


def test_the_site_shows_every_page_and_fetches_nothing() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    docs = ROOT / "docs"
    there = {p.relative_to(docs).as_posix() for kind in ("*.md", "*.ipynb") for p in docs.rglob(kind)}
    assert sorted(pages(site["nav"])) == sorted(p for p in there if not p.startswith("odd/"))
    assert site["theme"]["font"] is False
    assert site["strict"] is True


@pytest.mark.long
def test_the_source_distribution_s_tests_run(tmp_path: Path) -> None:
    """Unpacked anywhere, with the package installed: a room's tests run without the repository."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "-o", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    home = tmp_path / archive.name.removesuffix(".tar.gz")
    names = ("simulation/test_golden", "project/test_docs", "project/test_architecture", "project/test_project")
    some = [f"tests/{name}.py" for name in names]
    words = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not long", "-p", "no:cacheprovider", *some]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(home)})
    assert done.returncode == 0, done.stdout[-2000:]
