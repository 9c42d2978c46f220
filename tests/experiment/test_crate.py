"""RO-Crate metadata of results, held against the specification, version 1.1."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.calling import call, fine, wrong
from support.restamp import restamp
from support.sweeping import plan

from matsim.core.errors import InputError
from matsim.experiment.export import People, about_people, write_crate, write_zip
from matsim.experiment.runner import sweep
from matsim.scenario.load import load_scenario, override
from matsim.simulation.simulate import run


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
    write_crate(folder, People("https://spdx.org/licenses/MIT"))
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
    assert action["object"] == [{"@id": "experiment.toml"}]
    assert graph[action["instrument"]["@id"]]["version"].startswith("0.")


def test_a_run_was_made_from_its_scenario_and_its_inputs(tmp_path: Path) -> None:
    scenario = override(load_scenario("area-300"), {"world.synthetic.schools": 60, "run.years": 1}, "test")
    folder = run(scenario, tmp_path / "r").folder
    restamp(folder, inputs={"establishments": {"name": "schools.csv", "sha256": "0" * 64}})
    write_crate(folder)
    assert entities(folder)["#creation"]["object"] == [{"@id": "scenario.toml"}, {"@id": "#input-establishments"}]


def test_authors_are_people_by_name_and_orcid(folder: Path) -> None:
    orcid = "https://orcid.org/0000-0002-1825-0097"
    write_crate(folder, about_people("http://example.org/l", ["Ann Other", f" Zoë O’Neil  <{orcid}>"]))
    graph = entities(folder)
    assert graph["./"]["author"] == [{"@id": "#author-1"}, {"@id": orcid}]
    assert graph["#author-1"] == {"@id": "#author-1", "@type": "Person", "name": "Ann Other"}
    assert graph[orcid]["name"] == "Zoë O’Neil"
    assert graph["./"]["license"] == {"@id": "http://example.org/l"}
    with pytest.raises(InputError, match="has this ORCID already"):
        about_people(None, [f"A <{orcid}>", f"B <{orcid}>"])
    for text in ("", "  ", "<Ann>", "Ann <ann@example.org>", f"<{orcid}>"):
        with pytest.raises(InputError, match="should be a name, or a name and an ORCID"):
            about_people(None, [text])


@pytest.mark.parametrize("text", ["", "foo", "foo bar", "ftp://a.b/c", "https://", "https://a.b/c d", "http://[a"])
def test_a_licence_is_an_address(text: str) -> None:
    with pytest.raises(InputError, match="should be the address of a licence, such as https://"):
        about_people(text, [])


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
    return [r for v in value for r in references(v)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere(folder: Path) -> None:
    write_crate(folder, about_people("https://spdx.org/licenses/MIT", ["Ann Other"]))
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
    done = call("export", folder, "--ro-crate", "--zip")
    assert done.code == 0
    assert "RO-Crate metadata" in done.out
    assert "No licence is named" in done.err
    assert (tmp_path / "s.crate.zip").is_file()
    licensed = call("export", folder, "--ro-crate", "--licence", "https://spdx.org/licenses/MIT", "--author", "Ann")
    assert (licensed.code, licensed.err) == (0, "")
    assert call("export", tmp_path / "nowhere", "--ro-crate").code == 3
    fine("verify", folder, "--sample", 1)


def test_options_that_say_no_form(folder: Path, tmp_path: Path) -> None:
    assert wrong(3, "export", folder) == "export: say which form: --csv --out DIR, --excel --out DIR, or --ro-crate\n"
    assert wrong(3, "export", folder, "--zip") == "export: --zip needs --ro-crate\n"
    assert "--csv needs --out DIR" in wrong(3, "export", folder, "--csv")
    assert "--out needs --csv" in wrong(3, "export", folder, "--ro-crate", "--out", tmp_path / "c")
    both = wrong(3, "export", folder, "--csv", "--out", tmp_path / "c", "--licence", "foo", "--author", "Ann")
    assert "--licence needs --ro-crate" in both
    assert "--author needs --ro-crate" in both
    assert wrong(3, "export", folder, "--ro-crate", "--licence", "foo").startswith("--licence 'foo': should be the")
    assert not (tmp_path / "c").exists()
    assert not (folder / "ro-crate-metadata.json").exists()
