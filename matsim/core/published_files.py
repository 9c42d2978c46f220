"""The published files that a world is read from, each kind declared once.

A kind of file is a field of `Files` and its line in KINDS: command line options, manifests, provenance and `verify`
follow from these. Its reader is called by `matsim.world.gias.read_world`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class FileKind(NamedTuple):
    """A kind of file: the field of `Files` for it, what it holds, what a report calls it, and whether there may be
    several."""

    name: str
    holds: str
    label: str
    several: bool = False

    @property
    def option(self) -> str:
        """The option of the command line that names the file."""
        return f"--{self.name.replace('_', '-')}"

    def names(self, count: int) -> list[str]:
        """What so many files of the kind are called in a manifest: `results`, `results_2`, `results_3`."""
        return [self.name, *(f"{self.name}_{i}" for i in range(2, count + 1))][:count]


KINDS = (
    FileKind("establishments", "Schools: a published GIAS establishment file (CSV).", "File of schools"),
    FileKind("group_links", "Trusts: a published GIAS group links file (CSV).", "File of group links"),
    FileKind(
        "inspections", "Grades: Ofsted's management information, latest inspections (CSV).", "File of inspections"
    ),
    FileKind(
        "successors", "Changed URNs: predecessors and successors of the GIAS register (CSV).", "File of successors"
    ),
    FileKind("results", "Published school results of one year (CSV); may be repeated.", "File of results", True),
)
"""Every kind of file, that of the schools first: the others are read to go with it."""


@dataclass(frozen=True)
class Files:
    """The published files that a world is read from."""

    establishments: Path
    group_links: Path | None = None
    inspections: Path | None = None
    successors: Path | None = None
    results: tuple[Path, ...] = ()

    @classmethod
    def made(cls, paths: Mapping[str, Sequence[Path]]) -> Files:
        """The files of these paths by kind, one for a kind of which there is but one."""
        values: dict[str, Any] = {}
        for kind in KINDS:
            if given := paths.get(kind.name):
                values[kind.name] = tuple(given) if kind.several else given[0]
        return cls(**values)

    def of(self, kind: FileKind) -> tuple[Path, ...]:
        """The files of a kind: none, one or several."""
        value = getattr(self, kind.name)
        if isinstance(value, tuple):
            return value
        return () if value is None else (value,)

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that there are, by the names that a manifest gives them."""
        named = ((self.of(kind), kind) for kind in KINDS)
        return {name: path for paths, kind in named for name, path in zip(kind.names(len(paths)), paths, strict=True)}

    @property
    def options(self) -> list[str]:
        """The options of the command line that name the files again."""
        return [text for kind in KINDS for path in self.of(kind) for text in (kind.option, str(path))]


def label(name: str) -> str:
    """What a report calls the file that a manifest knows by this name; the name itself for one of no kind here."""
    kind, _, number = name.rpartition("_")
    labels = {kind.name: kind.label for kind in KINDS}
    return labels.get(name) or (f"{labels[kind]} {number}" if kind in labels and number.isdecimal() else name)
