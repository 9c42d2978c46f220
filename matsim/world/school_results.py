"""Published results of schools: what they say of each school's value added at the start.

Files of the performance tables, one for each stage and year: Progress 8 at the end of key stage 4 (`P8MEA` with its
interval), and progress in reading, writing and mathematics at key stage 2 (`READPROG`, `WRITPROG`, `MATPROG`, with
intervals where the file has them). A result is shrunk towards the average by its interval, several years of one school
are put together in order, and what is known wears off until the first year (Kalman, 1960: the same steps as a filter
of one state). The year of a file is in its name, since no column says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matsim.core.csv_reader import CsvTable, Floats, read_csv
from matsim.core.errors import InputError
from matsim.evidence.parameters import Params, param
from matsim.words.amounts import academic, count, many
from matsim.world.codes import SECTOR, Sector
from matsim.world.file_codes import OTHER_FILES
from matsim.world.successors import Successors

SCHOOL_ROWS = ("", "1", "2")
"""Values of RECTYPE that are schools (mainstream, special); the other rows are totals of authorities and of England."""

EIGHT = ("P8MEA", "P8CILOW", "P8CIUPP")
SUBJECTS = ("READPROG", "WRITPROG", "MATPROG")
LIMITS = ("_LOWER", "_UPPER")
"""What is put to the name of a key stage 2 column for the ends of its interval."""
INTERVAL = 2.0 * 1.96
"""Standard errors between the two ends of a published interval of 95%."""
WIDEST = {"P8MEA": 5.0, "READPROG": 30.0}
"""Results beyond these are misprints, by the column that tells a stage; the widest of 2019 are 3.0 and 18.3."""

_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)[-_ ](?:20)?(\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


class ResultsParams(Params):
    """How published results are read as value added."""

    eight_spread: float = param(0.473, "points", "p8-years", plausible=(0.42, 0.50), ge=0.1)
    """Spread of Progress 8 between state-funded mainstream schools."""
    eight_error: float = param(0.115, "points", "p8-years", plausible=(0.10, 0.13), ge=0.0)
    """Root mean square of the standard errors in it, by the published intervals."""
    primary_spread: float = param(2.005, "points", "ks2-2019", plausible=(1.8, 2.3), ge=0.5)
    """Spread between primary schools of progress at key stage 2, the mean of reading, writing and mathematics."""
    primary_pupil: float = param(
        4.8,
        "points",
        "assumed: 6 in one subject, as an interval of 1.6 either way for sixty pupils says; subjects go half together",
        plausible=(4.0, 6.0),
    )
    """Spread between pupils of that mean, by which an interval follows where the file has none."""
    primary_years: float = param(
        7.0, "years", "assumed: reception to year 6, of which one takes the tests", plausible=(4, 7), ge=1.0
    )
    """Year groups that share a primary school's roll."""
    kept: float = param(0.92, "share", "p8-years", plausible=(0.85, 0.97), ge=0.0, le=1.0)
    """What is left after a year of how far a school's true value added lies from the average."""


@dataclass(frozen=True)
class SchoolResults:
    """What published results say of n schools, in the order of their URNs.

    `value_added` (n,): that of the year before the first, in school-level standard deviations, nan where there is none;
    `known_quality`, `quality_error` (n,): the quality (sd) to expect at the start and its standard error: 0 and 1 where
    nothing is known. `counts`: what was read -> schools. `passed_over`: why results were not used -> rows. `filled`:
    what was read by another row than the school's own -> results.
    """

    value_added: Floats
    known_quality: Floats
    quality_error: Floats
    counts: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which schools have any result."""
        return self.quality_error < 1.0

    def notes(self) -> list[str]:
        """Sentences on what was read and what was not used."""
        if not self.counts:
            read = "No result in the files of school results is of a school here."
        else:
            parts = ", ".join(f"{what} {many(number, 'school')}" for what, number in self.counts.items())
            read = (
                f"Published results read: {parts}. Schools that begin with value added of their own, shrunk by its "
                f"interval: {count(int(self.known.sum()))}; that of the others is drawn."
            )
        over = ", ".join(f"{why} {count(number)}" for why, number in self.passed_over.most_common())
        return [read, f"Rows of the school results passed over: {over}."] if over else [read]


@dataclass(frozen=True)
class _Sheet:
    """One file: its results by URN, with standard errors (nan where the file has none), in units of its stage."""

    path: Path
    summer: int
    primary: bool
    values: dict[int, tuple[float, float]]


def read_results(
    paths: Sequence[Path],
    year: int,
    urns: Sequence[int],
    phase: NDArray[np.int8],
    pupils: Floats,
    p: ResultsParams,
    after: Successors | None = None,
) -> SchoolResults:
    """Results of schools by URN from published files, as at the start of academic year `year`.

    `phase`, `pupils` (n,): of the schools, in the order of `urns`. `after`: which school came after which, so that a
    school has the results that its pupils got under another URN. Results of a summer after the first September are
    not used, for they lie in the future of the run. Raises InputError naming line and column of all that is wrong.
    """
    sheets = sorted((_read(path) for path in paths), key=lambda sheet: sheet.summer)
    _check_once(sheets)
    row_of = {urn: row for row, urn in enumerate(urns)}
    n = len(row_of)
    known = SchoolResults(np.full(n, np.nan), np.zeros(n), np.ones(n))
    quality, variance, seen = known.known_quality, known.quality_error, np.full(n, year)
    for sheet in sheets:
        if sheet.summer > year:
            known.passed_over[f"of {sheet.summer}, after the start"] += len(sheet.values)
            continue
        met = (after or Successors()).follow(sheet.values, row_of)
        rows = np.array([row_of[other] for other in met.values()], np.intp)
        given = np.array([sheet.values[urn] for urn in met], np.float64).reshape(-1, 2)
        fits = SECTOR[phase[rows]] == (Sector.PRIMARY if sheet.primary else Sector.SECONDARY)
        known.filled["value added: results under another URN of the school"] += sum(a != b for a, b in met.items())
        known.passed_over["of schools that are not here"] += len(sheet.values) - len(rows)
        known.passed_over["of schools of another phase"] += int((~fits).sum())
        rows, given = rows[fits], given[fits]
        whole, centred, error = _standardised(sheet, given, pupils[rows], p)
        if sheet.summer == year:
            known.value_added[rows] = whole
        _age(quality, variance, rows, sheet.summer - seen[rows], p.kept)
        gain = variance[rows] / (variance[rows] + error)
        quality[rows] += gain * (centred - quality[rows])
        variance[rows] *= 1.0 - gain
        seen[rows] = sheet.summer
        what = "key stage 2 progress" if sheet.primary else "Progress 8"
        known.counts[f"{what} of {sheet.summer},"] += len(rows)
    rows = np.arange(n)
    _age(quality, variance, rows, year - seen, p.kept)
    np.sqrt(variance, out=variance)
    for tally in (known.counts, known.passed_over):
        for name in [name for name, number in tally.items() if not number]:
            del tally[name]
    return known


def _age(quality: Floats, variance: Floats, rows: NDArray[np.intp], years: NDArray[np.int_], kept: float) -> None:
    """Let what is known of the rows wear off over so many years; of schools without results nothing is, nor wears."""
    left = kept ** np.maximum(years, 0)
    quality[rows] *= left
    variance[rows] = 1.0 - (1.0 - variance[rows]) * left**2


def _standardised(sheet: _Sheet, given: Floats, pupils: Floats, p: ResultsParams) -> tuple[Floats, Floats, Floats]:
    """Results in standard deviations of published values, and of true ones, and the error variance of the latter."""
    value, error = given.T
    if sheet.primary:
        # the roll tells how many pupils sat the tests where the file gives no interval
        usual = p.primary_pupil / np.sqrt(np.maximum(pupils / p.primary_years, 1.0))
        error = np.where(np.isnan(error), usual, error)
        spread, noise = p.primary_spread, _usual_error(error)
    else:
        spread, noise = p.eight_spread, p.eight_error
        error = np.where(np.isnan(error), noise, error)
    true = np.sqrt(max(spread**2 - noise**2, (LEAST_TRUE * spread) ** 2))
    # progress is centred on 0 by how it is made
    return value / spread, value / true, (error / true) ** 2


LEAST_TRUE = 0.5
"""Part of the published spread that is taken to be true at least, whatever the errors of few schools say."""


def _usual_error(error: Floats) -> float:
    """Root mean square of standard errors; 0 for none."""
    return float(np.sqrt(np.mean(error**2))) if len(error) else 0.0


def _check_once(sheets: Sequence[_Sheet]) -> None:
    """Raise InputError where two files are of one stage and year."""
    first: dict[tuple[int, bool], Path] = {}
    for sheet in sheets:
        other = first.setdefault((sheet.summer, sheet.primary), sheet.path)
        if other is not sheet.path:
            what = "key stage 2" if sheet.primary else "key stage 4"
            text = f"holds {what} results of {sheet.summer}, and so does {other.name}; give one file of each year"
            raise InputError(str(sheet.path), text)


def _read(path: Path) -> _Sheet:
    ends = tuple(f"{subject}{end}" for subject in SUBJECTS for end in LIMITS)
    optional = (*EIGHT[1:], *SUBJECTS[1:], *ends)
    others = {name: what for name, what in OTHER_FILES.items() if name not in ("P8MEA", "READPROG")}
    table = read_csv(path, (("URN",), ("P8MEA", "READPROG")), (), ("RECTYPE", *optional), other_files=others)
    summer = _summer(path)
    kinds = table.text("RECTYPE")
    rows = [row for row in range(len(table)) if kinds[row] in SCHOOL_ROWS and not table.blank("URN", row)]
    urns = table.numbers("URN", rows, 100_000, 999_999, "a whole number of six digits,")
    primary = "P8MEA" not in table.present
    value, error = _progress(table, rows) if primary else _eight(table, rows)
    values: dict[int, tuple[float, float]] = {}
    lines: dict[int, int] = {}
    for i in np.flatnonzero(~np.isnan(urns) & ~np.isnan(value)).tolist():
        urn, line = int(urns[i]), table.lines[rows[i]]
        if urn in values:
            text = f"{urn} is also on line {lines[urn]}; each school should be in the file once"
            table.problems.add(line, "URN", text)
        values[urn], lines[urn] = (float(value[i]), float(error[i])), line
    table.problems.stop()
    if not values:
        raise InputError(
            str(path), f"no school in it has a result in the column '{'READPROG' if primary else 'P8MEA'}'"
        )
    return _Sheet(path, summer, primary, values)


def _eight(table: CsvTable, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """Progress 8 and its standard error at the rows; nan where missing."""
    most = WIDEST["P8MEA"]
    value, low, high = (table.numbers(name, rows, -2 * most, 2 * most, "a Progress 8 score") for name in EIGHT)
    _check_order(table, rows, EIGHT[1], low, high)
    return np.where(np.abs(value) <= most, value, np.nan), (high - low) / INTERVAL


def _progress(table: CsvTable, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """The mean progress of the subjects that a school has, and its standard error (that of one subject on average,
    for the same pupils sit all three); nan where missing."""
    most = WIDEST["READPROG"]
    parts = [name for name in SUBJECTS if name in table.present]
    scores = np.array([table.numbers(name, rows, -most, most, "a progress score") for name in parts])
    errors = []
    for name in parts:
        low, high = (table.numbers(f"{name}{end}", rows, -2 * most, 2 * most, "a progress score") for end in LIMITS)
        _check_order(table, rows, f"{name}{LIMITS[0]}", low, high)
        errors.append((high - low) / INTERVAL)
    there = ~np.isnan(scores)
    some = there.any(axis=0)
    mean = np.full(len(rows), np.nan)
    mean[some] = np.nansum(scores[:, some], axis=0) / there[:, some].sum(axis=0)
    error = np.array(errors)
    counted = ~np.isnan(error)
    with_error = counted.any(axis=0)
    spread = np.full(len(rows), np.nan)
    spread[with_error] = np.nansum(error[:, with_error], axis=0) / counted[:, with_error].sum(axis=0)
    return mean, spread


def _check_order(table: CsvTable, rows: Sequence[int], name: str, low: Floats, high: Floats) -> None:
    for i in np.flatnonzero(low >= high).tolist():
        text = f"{low[i]:g} is the lower end of an interval and should be below the upper end, {high[i]:g}"
        table.problems.add(table.lines[rows[i]], name, text)


def _summer(path: Path) -> int:
    """The summer of the results by the file's name: 2019 of `ks4_2019.csv` and of `2018-2019_england_ks4final.csv`."""
    for match in _SCHOOL_YEAR.finditer(path.stem):
        if academic(int(match[1])).endswith(match[2]):
            return int(match[1]) + 1
    years = {int(year) for year in _YEAR.findall(path.stem)}
    if len(years) != 1:
        why = "says several years" if years else "says no year"
        raise InputError(
            str(path), f"the name of a file of results has to say their year, and this {why}: call it ks4_2019.csv, say"
        )
    return years.pop()
