"""A result as a research object: RO-Crate 1.1 metadata, written into its folder, and the folder as one ZIP file.

The form is that of Soiland-Reyes et al. 2022, Packaging research artefacts with RO-Crate, Data Science 5(2), and of
the specification at w3id.org/ro/crate/1.1.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matsim.disk import reason, sibling
from matsim.errors import InputError
from matsim.provenance import file_digest
from matsim.store import Result, open_result

METADATA = "ro-crate-metadata.json"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
KINDS = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".html": "text/html",
}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a ZIP, so that equal results make equal files."""


def write_crate(folder: Path, licence: str = "") -> Path:
    """Write the metadata into a result's folder; returns its file. `licence` is the address of a licence.

    Raises InputError when the folder holds no result or cannot be written.
    """
    result = open_result(folder)
    text = json.dumps(metadata(result, licence), indent=2, ensure_ascii=False) + "\n"
    target = result.folder / METADATA
    partial = sibling(target, "partial")
    try:
        partial.write_bytes(text.encode())
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(str(folder), f"the metadata cannot be written: {reason(error)}") from error
    return target


def write_zip(folder: Path, target: Path) -> Path:
    """Everything in a result's folder as one ZIP file. Raises InputError when the file is there already."""
    if target.exists():
        raise InputError(str(target), "is there already; remove it or name another file")
    partial = sibling(target, "partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as packed:
                    while block := source.read(1 << 20):
                        packed.write(block)
        os.replace(partial, target)
    except OSError as error:
        raise InputError(str(target), f"cannot be written: {reason(error)}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def metadata(result: Result, licence: str = "") -> dict[str, Any]:
    """The metadata of a result: its files with digests, what made it, when, and from what."""
    about = result.manifest
    files = [_file(result, path) for path in _files(result.folder) if path.name != METADATA]
    inputs = [
        {"@id": f"#input-{name}", "@type": "CreativeWork", "name": given["name"], "sha256": given["sha256"]}
        for name, given in about["inputs"].items()
        if "name" in given
    ]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.get("title") or result.folder.name,
        "description": about.get("question") or f"A {about.get('kind', 'run')} of matsim",
        "datePublished": about["created"],
        "hasPart": [{"@id": entry["@id"]} for entry in files],
        "mentions": [{"@id": "#creation"}],
    }
    licences = [{"@id": licence, "@type": "CreativeWork", "name": licence}] if licence else []
    if licence:
        root["license"] = {"@id": licence}
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    return {"@context": CONTEXT, "@graph": [descriptor, root, *files, *inputs, *licences, *_making(about, inputs)]}


def _making(about: dict[str, Any], inputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The action that made the result, and the software that did."""
    commit = f", commit {about['commit']}{' with changes' if about.get('dirty') else ''}" if about.get("commit") else ""
    yield {
        "@id": "#creation",
        "@type": "CreateAction",
        "name": about["command"] or f"matsim {about.get('kind', 'run')}",
        "description": f"Seed {about['seed']}, {about['wall_seconds']} s on {about['platform']}",
        "endTime": about["created"],
        "instrument": {"@id": "#matsim"},
        "object": [{"@id": "scenario.toml"}, *({"@id": entry["@id"]} for entry in inputs)],
        "result": [{"@id": "./"}],
    }
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    yield {
        "@id": "#matsim",
        "@type": "SoftwareApplication",
        "name": "matsim",
        "version": f"{about['matsim']}{commit}",
        "description": "An agent-based simulation of how English school trusts grow",
        "softwareRequirements": f"Python {about['python']}, {libraries}",
    }


def _files(folder: Path) -> list[Path]:
    """Every file of a result in order of name; a journal of runs still to be sealed is none of it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path.relative_to(folder).parts[0] not in ("journal", "spare"))


def _file(result: Result, path: Path) -> dict[str, Any]:
    name = path.relative_to(result.folder).as_posix()
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "encodingFormat": KINDS.get(path.suffix, "application/octet-stream"),
        "contentSize": str(path.stat().st_size),
        "sha256": file_digest(path),
    }
