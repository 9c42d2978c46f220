"""Results changed on purpose, as if they had been written so: by an early matsim, or with other numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from matsim.results.manifests import SEAL, sealed
from matsim.results.numbers import is_named
from matsim.results.provenance import file_digest
from matsim.results.table_files import table_digest, to_frame

TYPES = {"double": "float64"}


def manifest(folder: Path) -> dict[str, Any]:
    """What the manifest says, without its digest of itself."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found.pop(SEAL, None)
    return found


def restamp(folder: Path, **changes: Any) -> Path:
    """Write the manifest anew, with some of what it says changed, for the files as they lie there now."""
    about = manifest(folder) | changes
    for name, facts in about["tables"].items():
        for part in facts.get("files", [{"name": f"{name}.parquet"}]):
            if not (folder / part["name"]).is_file():
                continue
            table = pq.ParquetFile(folder / part["name"]).read()
            facts["columns"] = {f.name: _type(f.type) for f in table.schema}
            part |= {"rows": len(table), "sha256": file_digest(folder / part["name"])}
            part["digest"] = table_digest(to_frame(table))
            if "files" not in facts:
                facts |= {"rows": part["rows"], "digest": part["digest"]}
        if "files" in facts:
            facts["rows"] = sum(part["rows"] for part in facts["files"])
    about["files"] = {name: file_digest(folder / name) for name in about["files"] if (folder / name).is_file()}
    (folder / "manifest.json").write_bytes(sealed(about))
    return folder


def _type(kind: pa.DataType) -> str:
    return "numbers" if is_named(kind) else TYPES.get(str(kind), str(kind)).replace("large_", "")
