"""RO-Crate metadata of results, held against the specification, version 1.1."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from calling import call, fine
from sweeping import plan

from matsim.errors import InputError
from matsim.experiment.crate import write_crate, write_zip
from matsim.experiment.runner import sweep


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sweep(plan(1), tmp_path / "s", workers=0, command=["matsim", "sweep", "x.toml"]).folder


def entities(folder: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert found["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    graph = {entity["@id"]: entity for entity in found["@graph"]}
    assert len(graph) == len(found["@graph"]), "identifiers are unique"
    return graph


def test_the_metadata_follow_the_specification(folder: Path) -> None:
    write_crate(folder, "https://spdx.org/licenses/MIT")
    graph = entities(folder)
    descriptor, root = graph["ro-crate-metadata.json"], graph["./"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert descriptor["about"] == {"@id": "./"}
    assert root["@type"] == "Dataset"
    assert root["name"] == "small"
    assert {"description", "datePublished", "license"} <= set(root)
    parts = [part["@id"] for part in root["hasPart"]]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(parts) == there - {"ro-crate-metadata.json"}
    for name in parts:
        entity, content = graph[name], (folder / name).read_bytes()
        assert entity["@type"] == "File"
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["encodingFormat"] != "application/octet-stream"
    action = graph["#creation"]
    assert action["@type"] == "CreateAction"
    assert action["result"] == [{"@id": "./"}]
    assert action["name"] == "matsim sweep x.toml"
    assert graph[action["instrument"]["@id"]]["version"].startswith("0.")


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
    return [r for v in value for r in references(v)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere(folder: Path) -> None:
    write_crate(folder)
    graph = entities(folder)
    outside = {"https://w3id.org/ro/crate/1.1"}
    assert {r for entity in graph.values() for r in references(list(entity.values()))} <= set(graph) | outside


def test_a_zip_holds_the_folder_and_equal_results_make_equal_ones(folder: Path, tmp_path: Path) -> None:
    write_crate(folder)
    packed = write_zip(folder, tmp_path / "a.zip")
    assert packed.read_bytes() == write_zip(folder, tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(InputError, match="is there already"):
        write_zip(folder, packed)


def test_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    assert "RO-Crate metadata" in fine("export", folder, "--ro-crate", "--zip")
    assert (tmp_path / "s.crate.zip").is_file()
    assert call("export", folder).code == 3
    assert call("export", tmp_path / "nowhere", "--ro-crate").code == 3
    fine("verify", folder, "--sample", 1)
