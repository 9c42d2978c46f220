"""What a design needs and what means nothing to it, and the names of measures and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matsim.core.errors import nearest
from matsim.core.toml import quote
from matsim.experiment.schema import Design, Experiment
from matsim.measures import MEASURES
from matsim.measures.tables import KEPT

TAKES: dict[str, dict[str, int]] = {
    "arms": {},
    "grid": {"levels": 5},
    "one at a time": {"levels": 5},
    "latin hypercube": {"points": 64},
    "sobol sequence": {"points": 64},
    "halton": {"points": 64},
    "sobol": {"points": 64},
    "morris": {"levels": 4, "trajectories": 20},
    "csv": {},
}
"""The sizes that each design takes, and what they are unless said."""
SIZES = ("points", "levels", "trajectories")
POWERS = ("sobol", "sobol sequence")
"""Designs that are balanced only when their size is a power of two."""


def filled_design(design: Design) -> Design:
    """The design with its sizes filled in."""
    taken = TAKES[design.kind]
    return design.model_copy(update={name: getattr(design, name) or size for name, size in taken.items()})


def check_words(given: Experiment) -> Iterator[str]:
    """Measures and tables that there are not, and a wish for precision that makes no sense."""
    if not given.measures:
        yield "measures: should name at least one"
    for i, name in enumerate(given.measures):
        if name not in MEASURES:
            yield f"measures[{i}] = {quote(name)}: unknown measure{nearest(name, MEASURES) or _listed(MEASURES)}"
        elif name in given.measures[:i]:
            yield f"measures[{i}] = {quote(name)}: is named twice"
    for i, name in enumerate(given.no_claim):
        if name not in given.measures:
            hint = nearest(name, given.measures) or "; it is none of the experiment's measures"
            yield f"no_claim[{i}] = {quote(name)}: nothing is said of it{hint}"
    for i, name in enumerate(given.keep):
        if name not in KEPT:
            yield f"keep[{i}] = {quote(name)}: unknown table{nearest(name, KEPT) or _listed(KEPT)}"
        elif name in given.keep[:i]:
            yield f"keep[{i}] = {quote(name)}: is named twice"
    wanted = given.precision
    if wanted and wanted.measure not in MEASURES:
        near = nearest(wanted.measure, MEASURES) or _listed(MEASURES)
        yield f"precision.measure = {quote(wanted.measure)}: unknown measure{near}"
    if wanted and wanted.at_least > wanted.at_most:
        yield f"precision.at_least = {wanted.at_least}: should be at most at_most, which is {wanted.at_most}"
    if wanted and "replicates" in given.model_fields_set:
        yield "replicates: a precision is asked for, which decides their number; leave out one of the two"


def check_design(given: Experiment) -> Iterator[str]:
    """A design without factors, factors without a design, and sizes that the design cannot have."""
    design, kind = given.design, given.design.kind
    if kind == "arms" and given.factors:
        yield f"design.kind: uncertainties and levers need a design, such as {quote('latin hypercube')}"
    if kind != "arms" and not given.factors:
        yield f"design.kind = {quote(kind)}: needs uncertainties or levers; there are none"
    for name in [size for size in SIZES if size not in TAKES[kind] and getattr(design, size) is not None]:
        takers = ", ".join(quote(k) for k, sizes in TAKES.items() if name in sizes)
        yield f"design.{name}: means nothing to {quote(kind)}; it belongs to {takers}"
    if design.second_order and kind != "sobol":
        yield f"design.second_order: means nothing to {quote(kind)}; it belongs to 'sobol'"
    if kind in POWERS and design.points is not None and design.points & (design.points - 1):
        below = 1 << (design.points.bit_length() - 1)
        yield f"design.points = {design.points}: should be a power of two, such as {below} or {2 * below}"
    if kind == "morris" and design.levels is not None and design.levels % 2:
        yield f"design.levels = {design.levels}: should be even for 'morris', such as {design.levels + 1}"
    if kind != "csv" and (design.file or design.columns):
        yield f"design.file and design.columns: mean nothing to {quote(kind)}; they belong to 'csv'"
    if kind == "csv" and bool(design.file) == bool(design.columns):
        yield "design: 'csv' needs one of the two: file = \"points.csv\", or a table of columns"


def _listed(names: Iterable[str]) -> str:
    return f"; there are {', '.join(names)}"
