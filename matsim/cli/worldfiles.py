"""A world as CSV: the declared columns, codes as words, and a dictionary of what each column is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from matsim.core.columns import Column
from matsim.core.disk import new_file, reason, whole_folder
from matsim.core.errors import InputError
from matsim.results.table_files import EXCEL, for_excel
from matsim.world.base import REGIONS, RSC_REGIONS, SCHOOL_INPUTS, TRUST_INPUTS, World
from matsim.world.codes import DENOMINATIONS, GRADES, PHASES, ROUTES, TRUST_KINDS

WORDS = {
    "region": RSC_REGIONS,
    "dfe_region": REGIONS,
    "phase": PHASES,
    "denomination": DENOMINATIONS,
    "grade": GRADES,
    "grade_before": GRADES,
    "route": ROUTES,
    "kind": TRUST_KINDS,
}
"""What the codes of a column stand for."""

FILES = ("schools.csv", "trusts.csv", "left_out.csv", "dictionary.csv")


def ensure_writable(folder: Path, overwrite: bool) -> None:
    """Raise InputError unless the tables of a world may be written here; worth asking before it is built."""
    above = next(parent for parent in folder.resolve().parents if parent.exists())
    if not above.is_dir():
        raise InputError(str(folder), f"cannot be made: {above.name} is a file, not a folder")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(str(folder), "is a file; the tables need a folder of their own")
    names = sorted(path.name for path in folder.iterdir())
    if others := [name for name in names if name not in FILES]:
        raise InputError(str(folder), f"holds other files ({others[0]}); name a new or an empty folder")
    if names and not overwrite:
        raise InputError(str(folder), "holds the tables of a world already; name another folder, or add --overwrite")


def write_world(world: World, folder: Path, excel: bool = False) -> list[str]:
    """Write the tables, all or none; returns their names. InputError when they cannot be written.

    With `excel` in the form that a spreadsheet may open (see `matsim.results.table_files.for_excel`).
    """
    tables = dict(zip(FILES, (schools(world), trusts(world), left_out(world), dictionary()), strict=True))
    try:
        with whole_folder(folder.resolve(), FILES) as partial:
            for name, frame in tables.items():
                shown, encoding = (for_excel(frame), EXCEL) if excel else (frame, "utf-8")
                with new_file(partial / name) as stream:
                    stream.write(shown.to_csv(index=False, lineterminator="\r\n").encode(encoding))
    except OSError as error:
        raise InputError(str(folder), f"cannot be written to: {reason(error)}") from error
    return list(tables)


def schools(world: World) -> pd.DataFrame:
    """One row per school: the declared columns, then the names of the school and its authority."""
    frame = _worded(world.schools, SCHOOL_INPUTS)
    rows = world.schools["trust"]
    uids = np.append(world.trusts["uid"], -1)  # row −1, no trust, finds the last
    frame["trust"] = uids[rows]
    frame["name"] = list(world.school_names)
    frame["la_name"] = [world.la_names.get(code, "") for code in world.schools["la"].tolist()]
    return frame


def trusts(world: World) -> pd.DataFrame:
    """One row per trust: the declared columns, then its name."""
    return _worded(world.trusts, TRUST_INPUTS).assign(name=list(world.trust_names))


LEFT_OUT = {
    "urn": ("int64", "id", "Unique reference number, as the files give it"),
    "name": ("string", "name", "Name of the school"),
    "reason": ("string", "text", "Why it is not in the world"),
    "trust": ("int64", "id", "UID of the trust that the files link it to"),
    "trust_name": ("string", "name", "Name of that trust"),
}
"""Columns of the schools that the files link to a trust and that the world does not have: type, unit, meaning."""


def left_out(world: World) -> pd.DataFrame:
    """One row per school that the files link to a trust and the world does not have, by URN."""
    rows = [(*school, uid, group.trust) for uid, group in world.account.left_out.items() for school in group.schools]
    return pd.DataFrame(sorted(rows), columns=list(LEFT_OUT))


def _worded(arrays: Mapping[str, np.ndarray], columns: tuple[Column, ...]) -> pd.DataFrame:
    frame = pd.DataFrame({column.name: arrays[column.name] for column in columns})
    for name in set(WORDS) & set(frame.columns):
        frame[name] = np.array(WORDS[name], dtype=object)[frame[name].to_numpy()]
    return frame


def dictionary() -> pd.DataFrame:
    """What each column of the tables is: table, column, type, unit, meaning."""
    rows = []
    for table, columns in (("schools", SCHOOL_INPUTS), ("trusts", TRUST_INPUTS)):
        for c in columns:
            if c.name in WORDS:
                rows.append((table, c.name, "string", "choice", f"One of: {'; '.join(WORDS[c.name])}"))
            elif c.name == "trust":
                rows.append((table, c.name, "int64", "id", "UID of the school's trust; −1 for a maintained school"))
            else:
                rows.append((table, c.name, c.dtype, c.unit, c.meaning))
        rows.append((table, "name", "string", "name", f"Name of the {table.removesuffix('s')}"))
        if table == "schools":
            rows.append((table, "la_name", "string", "name", "Name of the local authority"))
    rows += [("left_out", name, *about) for name, about in LEFT_OUT.items()]
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "meaning"])
