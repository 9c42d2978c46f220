"""A stored result for others: as CSV, and as a research object.

CSV has one file for each table, however many parts it is stored in, for R and pandas, or for Excel. Tables are read
and written a batch of rows at a time, so that memory does not grow with the sweep. A research object is RO-Crate 1.1
metadata, written into the result's folder, and the folder as one ZIP file. The form is that of Soiland-Reyes et al.
2022, Packaging research artefacts with RO-Crate, Data Science 5(2), and of the specification at w3id.org/ro/crate/1.1.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow.parquet as pq

from matsim.core.disk import discard, new_file, reason, sibling, whole_folder, write_whole, writing
from matsim.core.errors import InputError
from matsim.core.safe_text import for_spreadsheet
from matsim.core.toml import quote
from matsim.results.provenance import file_digest
from matsim.results.reader import LISTS, digests
from matsim.results.store import Result, ensure_free, open_result
from matsim.results.table_files import EXCEL, DamagedError, for_excel, to_frame, unlike, write_csv
from matsim.results.tables import OutColumn, TableSpec
from matsim.words.amounts import count

BATCH_ROWS = 65_536
COPIED = (
    "dictionary.csv",
    *(f"{name}.csv" for name in LISTS),
    "experiment.toml",
    "scenario.toml",
    "failures.json",
    "manifest.json",
)
"""What stands beside the tables and goes with them as it is, where a result has it."""


def export_csv(folder: Path, out: Path, excel: bool = False) -> dict[str, int]:
    """Write a result's tables as CSV into a new folder, whole or not at all; returns the rows of each table.

    The form is that of `matsim run --csv`: UTF-8, lines that end in CRLF, every digit. With `excel` there is a mark
    for Excel before it, and an apostrophe before text that a spreadsheet would take for a formula (see
    `matsim.core.safe_text.for_spreadsheet`). Raises InputError when `folder` holds no result or a damaged one, when
    `out` is there already or lies in `folder`, and when it cannot be written.
    """
    result, target = open_result(folder), Path(out).resolve()
    if target.exists():
        raise InputError(str(out), "is there already; name a new folder")
    if result.folder.resolve() in target.parents:
        raise InputError(str(out), "lies in the result itself; name a folder elsewhere")
    ensure_free(target, overwrite=False)
    try:
        with whole_folder(target) as partial:
            rows = {name: _table(result, name, partial, excel) for name in result.tables}
            for name in COPIED:
                if (result.folder / name).is_file():
                    _copy(result.file(name), partial / name, excel)
    except OSError as error:
        raise InputError(str(out), f"cannot be written: {reason(error)}") from error
    return rows


def _copy(source: Path, target: Path, excel: bool) -> None:
    with new_file(target) as stream:
        if excel and source.suffix == ".csv":
            rows = csv.reader(io.StringIO(source.read_text(encoding="utf-8"), newline=""))
            text = io.StringIO(newline="")
            csv.writer(text).writerows([for_spreadsheet(cell) for cell in row] for row in rows)
            stream.write(text.getvalue().encode(EXCEL))
            return
        with source.open("rb") as whole:
            shutil.copyfileobj(whole, stream)


def _table(result: Result, name: str, folder: Path, excel: bool) -> int:
    """Write one table; the number of its rows. InputError unless it has as many as the manifest says."""
    facts = result.manifest["tables"][name]
    spec = TableSpec(name, (), "", tuple(OutColumn(column, kind, "", "") for column, kind in facts["columns"].items()))
    with new_file(folder / f"{name}.csv") as stream:
        rows = _write(result, name, spec, stream, excel)
    if rows != facts["rows"]:
        problem = f"table '{name}' is damaged: it has {count(rows)} rows, and the manifest says {count(facts['rows'])}"
        raise DamagedError(str(result.folder), f"{problem}; {result.remedy}")
    return rows


def _write(result: Result, name: str, spec: TableSpec, stream: IO[bytes], excel: bool) -> int:
    rows = 0
    if excel:
        stream.write(codecs.BOM_UTF8)
    write_csv(pd.DataFrame(columns=spec.names), spec, stream)
    for batch in _batches(result, name):
        write_csv(for_excel(batch) if excel else batch, spec, stream, header=False)
        rows += len(batch)
    return rows


def _batches(result: Result, name: str) -> Iterator[pd.DataFrame]:
    """The rows of one table in order, some at a time. InputError for a part that is gone or damaged."""
    columns = result.manifest["tables"][name]["columns"]
    for file in result.files(name):
        if file.suffix != ".parquet":
            yield result.table(name)  # a result stored as CSV alone
            return
        try:
            with file.open("rb") as stream, pq.ParquetFile(stream) as stored:
                if wrong := unlike(stored.schema_arrow, columns):
                    raise result.damaged(file, f"it {wrong}, unlike its manifest")
                for batch in stored.iter_batches(BATCH_ROWS):
                    yield to_frame(batch)
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise result.damaged(file) from error


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
AUTHOR = re.compile(
    r"\s*(?P<name>[^<>\s][^<>]*?)\s*(?:<(?P<orcid>https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX])>)?\s*"
)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a ZIP, so that equal results make equal files."""


@dataclass(frozen=True)
class People:
    """Who made a result, and under which licence others may use it."""

    licence: str = ""
    """The address of a licence; empty when none is named."""
    authors: Mapping[str, str] = field(default_factory=dict)
    """The name of each author by ORCID, or by a label where there is none."""


NOBODY = People()


def about_people(licence: str | None, authors: Sequence[str]) -> People:
    """People as the command line names them: each author as `NAME` or `NAME <ORCID>`, ORCID being an address.

    Raises InputError for a licence that is no http(s) address, and for what is no name or no ORCID.
    """
    if licence is not None and not _is_address(licence):
        problem = "should be the address of a licence, such as https://creativecommons.org/licenses/by/4.0/"
        raise InputError(f"--licence {quote(licence)}", problem)
    names: dict[str, str] = {}
    for number, text in enumerate(authors, start=1):
        parts = AUTHOR.fullmatch(text)
        if parts is None:
            problem = "should be a name, or a name and an ORCID: 'Ann Other <https://orcid.org/0000-0002-1825-0097>'"
            raise InputError(f"--author {quote(text)}", problem)
        label = parts["orcid"] or f"#author-{number}"
        if label in names:
            raise InputError(f"--author {quote(text)}", f"{names[label]} has this ORCID already")
        names[label] = parts["name"]
    return People(licence or "", names)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)


def write_crate(folder: Path, people: People = NOBODY) -> Path:
    """Write the metadata into a result's folder; returns its file.

    Raises InputError when the folder holds no result or cannot be written.
    """
    result = open_result(folder)
    for name in digests(result.manifest):
        result.file(name)  # a damaged file is given no digest that says it is right
    text = json.dumps(metadata(result, people), indent=2, ensure_ascii=False) + "\n"
    target = result.folder / METADATA
    write_whole(target, text)
    return target


def write_zip(folder: Path, target: Path) -> Path:
    """Everything in a result's folder as one ZIP file. Raises InputError when the file is there already."""
    if target.exists():
        raise InputError(str(target), "is there already; remove it or name another file")
    partial = sibling(target, "partial")
    try:
        with writing(target), zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as packed:
                    while block := source.read(1 << 20):
                        packed.write(block)
        with writing(target):
            partial.replace(target)
    finally:
        discard(partial)
    return target


def metadata(result: Result, people: People = NOBODY) -> dict[str, Any]:
    """The metadata of a result: its files with digests, what made it, when, from what, and who."""
    about = result.manifest
    files = [_file(result, path) for path in _files(result.folder) if path.name != METADATA]
    inputs = [
        {"@id": f"#input-{name}", "@type": "CreativeWork", "name": given["name"], "sha256": given["sha256"]}
        for name, given in about["inputs"].items()
        if "name" in given
    ]
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.get("title") or result.folder.name,
        "description": about.get("question") or f"A {about.get('kind', 'run')} of matsim",
        "datePublished": about["created"],
        "hasPart": [{"@id": entry["@id"]} for entry in files],
        "mentions": [{"@id": "#creation"}],
    }
    licence = people.licence
    others: list[dict[str, Any]] = []
    if licence:
        root["license"] = {"@id": licence}
        others.append({"@id": licence, "@type": "CreativeWork", "name": licence})
    if people.authors:
        root["author"] = [{"@id": label} for label in people.authors]
        others += [{"@id": label, "@type": "Person", "name": name} for label, name in people.authors.items()]
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    # of an experiment, scenario.toml says no more than what its baseline was
    said = "experiment.toml" if (result.folder / "experiment.toml").is_file() else "scenario.toml"
    made_from = [said, *(entry["@id"] for entry in inputs)]
    return {"@context": CONTEXT, "@graph": [descriptor, root, *files, *inputs, *others, *_creation(about, made_from)]}


def _creation(about: dict[str, Any], made_from: list[str]) -> Iterator[dict[str, Any]]:
    """The action that made the result, and the software that did."""
    commit = f", commit {about['commit']}{' with changes' if about.get('dirty') else ''}" if about.get("commit") else ""
    yield {
        "@id": "#creation",
        "@type": "CreateAction",
        "name": about["command"] or f"matsim {about.get('kind', 'run')}",
        "description": f"Seed {about['seed']}, {about['wall_seconds']} s on {about['platform']}",
        "endTime": about["created"],
        "instrument": {"@id": "#matsim"},
        "object": [{"@id": name} for name in made_from],
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
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if path.relative_to(folder).parts[0] not in ("journal", "spare"))


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
