"""A result on disk: one folder, written whole or not at all, that says what made it.

A folder is built beside its place under a name that starts with a dot (`.NAME.partial-HOST-PID-TOKEN`), each
file is flushed to the disk, and the folder is renamed into place. Nothing here imports the model, so that
a stored result can be read and reported years later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from matsim.core.disk import new_file, reason, tidy, whole_folder
from matsim.core.errors import InputError
from matsim.results.manifests import MANIFEST, manifest_of, write_manifest
from matsim.results.provenance import SCHEMA_VERSION, file_digest, manifest, sources
from matsim.results.reader import LISTS, Result, damaged, digests, open_result
from matsim.results.table_files import WRITERS, DamagedError, table_digest, write_csv
from matsim.results.tables import TABLES, TableSpec, check, dictionary, readme

__all__ = [
    "DamagedError",
    "Result",
    "damaged",
    "ensure_free",
    "finish",
    "manifest",
    "manifest_of",
    "open_result",
    "table_digest",
    "write",
]

type Tables = Mapping[str, pd.DataFrame]

PAGE_MARK = "<!-- a page of matsim -->"
"""What every page begins with that is made from a result."""
MADE_FROM_IT = ("report.html", "ro-crate-metadata.json")
"""What commands write into a result's folder about the result: it goes with the result that it tells of."""
INSIDE = {
    "twin": ("first/manifest.json", "second/manifest.json"),
    "board": tuple(f"option-{number}.toml" for number in range(1, 5)),
}
"""Files that results of some kinds have beside their tables, where the first manifests do not name them."""


def write(
    folder: Path,
    tables: Tables,
    manifest: Mapping[str, Any],
    scenario_text: str,
    *,
    formats: Sequence[str] = ("parquet",),
    overwrite: bool = False,
    specs: Mapping[str, TableSpec] = TABLES,
    lists: Tables | None = None,
    texts: Mapping[str, str] | None = None,
    inside: Callable[[Path], None] | None = None,
) -> Result:
    """Write a result folder, whole or not at all. `lists` are the tables of LISTS, `texts` further files by name.

    Each of `tables` is asked for once and then let go, in order, so that it may be made when it is its turn.
    `inside` is called with the folder before its manifest is written, to put results of their own below it.
    Overwriting replaces the files of the old result; others that lie in its folder stay. Raises InputError when the
    folder may not be replaced or cannot be written, ValueError for a table unlike its declaration in `specs`.
    """
    ensure_free(folder, overwrite)
    if not formats or set(formats) - set(WRITERS):
        raise InputError("formats", f"{', '.join(formats) or 'none'}: should be parquet, csv or both")
    if undeclared := [name for name in tables if name not in specs]:
        raise ValueError(f"undeclared tables: {', '.join(undeclared)}")
    target = Path(folder).resolve()
    try:
        with whole_folder(target, result_files(target)) as partial:
            facts = {name: _write_table(partial, tables[name], specs[name], formats) for name in tables}
            about = {**manifest, "formats": list(formats), "tables": facts}
            if inside:
                inside(partial)
            finish(partial, about, scenario_text, [specs[name] for name in tables], lists or {}, texts=texts or {})
    except OSError as error:
        raise InputError(str(folder), f"the result cannot be written: {reason(error)}") from error
    return open_result(folder)


def _write_table(folder: Path, frame: pd.DataFrame, spec: TableSpec, formats: Sequence[str]) -> dict[str, Any]:
    """Write one table, and what the manifest says of it. ValueError for a table unlike its declaration."""
    check(frame, spec)
    if list(frame.columns) != spec.names:
        frame = frame[spec.names]
    facts = {"rows": len(frame), "digest": table_digest(frame), "columns": spec.types}
    for ending in formats:
        with new_file(folder / f"{spec.name}.{ending}") as stream:
            WRITERS[ending](frame, spec, stream)
    return facts


def finish(
    folder: Path,
    about: Mapping[str, Any],
    scenario_text: str,
    specs: Sequence[TableSpec],
    lists: Tables,
    notes: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write what stands beside the tables; the manifest, which makes the folder a result, comes last.

    `about` is the manifest with "tables" and "formats"; it gains the digest of every file of the folder, and of the
    manifests of results below it. `notes` are lines for the README, `texts` further files.
    """
    for name, frame in lists.items():
        check(frame, LISTS[name])
        with new_file(folder / f"{name}.csv") as stream:
            write_csv(frame, LISTS[name], stream)
    listed = dictionary(specs).to_csv(index=False, lineterminator="\r\n")
    parts = {name for name, facts in about["tables"].items() if any("/" in f["name"] for f in facts.get("files", []))}
    words = readme([replace(s, name=f"{s.name}/part-*") if s.name in parts else s for s in specs], about["formats"])
    more = [*(f"{name}.csv  {LISTS[name].meaning}" for name in lists), *notes]
    words += "".join(f"\n{line}" for line in more) + ("\n" if more else "")
    contents = {"scenario.toml": scenario_text, "dictionary.csv": listed, "README.txt": words, **(texts or {})}
    for name, content in contents.items():
        with new_file(folder / name) as stream:
            stream.write(content.encode())
    full = {**about, "schema_version": SCHEMA_VERSION}
    full |= {"scenario_sha256": hashlib.sha256(scenario_text.encode()).hexdigest()}
    paths = [path for path in folder.iterdir() if path.is_file()] + list(folder.glob(f"*/{MANIFEST}"))
    full |= {"files": {path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(paths)}}
    write_manifest(folder, full)


def result_files(folder: Path) -> set[str]:
    """The files of a folder, as paths in it, that are those of the result there; empty where there is none.

    What was made from the result and lies with it, its report say, goes with it.
    """
    about = manifest_of(folder)
    if about is None:
        return set()
    files = {MANIFEST, "scenario.toml", "dictionary.csv", "README.txt", *(f"{name}.csv" for name in LISTS)}
    files |= {f"{name}.{ending}" for name, facts in about["tables"].items() if "files" not in facts
            for ending in about["formats"]}  # fmt: skip
    files |= {*digests(about), *INSIDE.get(about.get("kind", "run"), ())}
    # results below this one (the two worlds of a twin) have files that only their own manifests name
    for name in [name for name in files if name.endswith(f"/{MANIFEST}") and (folder / name).is_file()]:
        below = name.removesuffix(f"/{MANIFEST}")
        files |= {f"{below}/{inner}" for inner in result_files(folder / below)}
    return files | {name for name in MADE_FROM_IT if _made_from_it(folder / name)}


def _made_from_it(path: Path) -> bool:
    """Whether a file of such a name was made by us; a page by its mark."""
    if path.suffix != ".html" or not path.is_file():
        return True
    with path.open(encoding="utf-8", errors="replace") as stream:
        return PAGE_MARK in stream.read(200)


def ensure_free(folder: Path, overwrite: bool) -> None:
    """Raise InputError unless a result may be written here; worth asking before a long run.

    Clears away what earlier writers of this folder left when they were killed.
    """
    sources()  # kept from now on as they are: the files may be edited while the run lasts
    folder = Path(folder)
    try:
        above = next(parent for parent in folder.resolve().parents if parent.exists())
        if not above.is_dir():
            raise InputError(str(folder), f"cannot be made: {above.name} is a file, not a folder")
        if above == folder.resolve().parent:
            tidy(folder.resolve())
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise InputError(str(folder), f"cannot be looked into: {reason(error)}") from error
    if not folder.is_dir():
        raise InputError(str(folder), "is a file; a result needs a folder of its own")
    if manifest_of(folder) is None:
        raise InputError(str(folder), "holds other files and no matsim result; name a new or an empty folder")
    if not overwrite:
        raise InputError(str(folder), "holds a result already; name another folder, or say --overwrite")
