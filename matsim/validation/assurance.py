"""An assurance log in the spirit of the UK Government's AQuA Book: what the program can say of itself, and blanks.

    text = assurance(load_scenario("england-2018"), validation=Path("card"), result=Path("run"))

Everything here is read from files: tests are counted, not run; a scorecard and a manifest are as stored. Who
commissions, does and assures the analysis, whether it is fit for its purpose, and every signature are for people.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matsim.core.errors import InputError
from matsim.evidence import SOURCES
from matsim.measures.influence import largest, moves, read_influence
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.results.provenance import commit
from matsim.results.store import Result, open_result
from matsim.scenario.schema import Scenario
from matsim.simulation.inventory import register
from matsim.words.amounts import count

TESTS = Path(__file__).resolve().parents[2] / "tests"
PEOPLE = "_for people:_ ................................"
"""What stands where the program cannot know."""
ROLES = (
    ("Commissioner", "asks for the analysis and says what it is for"),
    ("Analyst", "does the analysis and its own checks"),
    ("Analytical assurer", "checks it, and did not do it"),
    ("Approver", "signs that it is fit for its purpose"),
)
KINDS = (
    ("directions of mechanisms, ladders and clusters", ("test_mechanisms_",)),
    ("luck, moves, model and golden run", ("test_streams", "test_moves", "test_model", "test_golden", "test_rules")),
    ("worlds and published files", ("test_world_",)),
    ("scenarios and the command line", ("test_scenario", "test_cli", "test_where")),
    (
        "experiments, resuming and comparing",
        ("test_sweep", "test_compare", "test_designs", "test_experiment", "test_replay", "test_precision"),
    ),
    ("targets, scores, forecast and calibration", ("test_valid", "test_targets", "test_scores", "test_forecast")),
)
MOST = 10
"""Rows of a list of the most influential, or of patterns missed, that are shown."""


@dataclass(frozen=True)
class CountedTest:
    """One test function: its name, its file's name, the marks on it or on its file, and what it holds the direction
    of: `@pytest.mark.direction("B4", "step:team")`.
    """

    name: str
    file: str
    marks: frozenset[str]
    directions: frozenset[str] = frozenset()


def assurance(
    scenario: Scenario, *, validation: Path | None = None, result: Path | None = None, tests: Path = TESTS
) -> str:
    """The log as Markdown. `validation`: a stored `matsim validate` result; `result`: the one that is assured.

    Without `validation`, the score that the checkout's tests keep. InputError for a folder that is no such result.
    """
    card = open_result(validation) if validation else None
    if card and card.manifest.get("kind") != "validation":
        raise InputError(str(validation), "is no validation; give the folder of a `matsim validate --out` result")
    about = open_result(result) if result else None
    parts = (
        _roles(scenario, about),
        _verification(read_tests(tests)),
        _validation(card, tests),
        _data(about),
        _assumptions(scenario),
        _reproducibility(about),
        _limits(),
        _sign(),
    )
    return "\n".join(line for part in parts for line in (*part, ""))


def _roles(scenario: Scenario, about: Result | None) -> list[str]:
    code = commit(Path(__file__).resolve().parents[2])
    state = " with changes that are not committed" if code["dirty"] else ""
    title = str(about.manifest.get("title") or "") if about else scenario.title
    question = str(about.manifest.get("question") or "") if about else scenario.question
    return [
        "# Assurance log",
        "",
        "After the AQuA Book (UK Government, 2025). The program filled in what its tests, stored results and manifests "
        "show; dotted lines are for people. A filled log is no judgement that the analysis is fit for its purpose.",
        "",
        f"Code: {'commit ' + str(code['commit']) + state if code['commit'] else 'not a checkout; commit not known'}.",
        "",
        "## 1. Roles",
        "",
        *_table(("role", "what it means", "name and date"), ((*role, PEOPLE) for role in ROLES)),
        "",
        "## 2. Purpose and scope",
        "",
        f"- What was run: {title or PEOPLE}",
        f"- Its question: {question or PEOPLE}",
        f"- Decision that the analysis is to inform: {PEOPLE}",
        f"- What a wrong answer would cost, and so how much assurance is in proportion: {PEOPLE}",
        f"- Outside the scope: forecasts of a named school or trust. Also: {PEOPLE}",
    ]


def _verification(tests: Sequence[CountedTest]) -> list[str]:
    lines = ["## 3. Verification: is the model built right?", ""]
    if not tests:
        return [*lines, f"The tests are not beside this installation, so they cannot be counted. {PEOPLE}"]
    by_kind = Counter(next((kind for kind, starts in KINDS if t.file.startswith(starts)), "the rest") for t in tests)
    tested = {name for t in tests for name in t.directions}
    marks = Counter(mark for t in tests for mark in t.marks)
    lost = [entry.id for entry in CATALOGUE if entry.id not in tested]
    lines += [
        f"{count(len(tests))} test functions in {len({t.file for t in tests})} files, counted here and not run; "
        "one that runs over many cases counts once.",
        "",
        *_table(("what is tested", "test functions"), ((kind, count(n)) for kind, n in sorted(by_kind.items()))),
        "",
        f"- Of them {marks['long']} take minutes (`make test-long`), {marks['browser']} need a browser, and "
        f"{marks['realdata']} need the published files: skipped where these are absent.",
        f"- Directions: {len(CATALOGUE) - len(lost)} of {len(CATALOGUE)} mechanisms have a test of direction"
        + (f"; missing for {', '.join(lost)}." if lost else "."),
        f"- Golden run: {_there(tests, 'test_golden.py')}. Determinism, and luck by name: "
        f"{_there(tests, 'test_streams.py')}. Stopped and gone on: {_there(tests, 'test_sweep_faults.py')}.",
        f"- Outcome and date of the last whole run of the tests: {PEOPLE}",
        f"- Review of the code by somebody who did not write it: {PEOPLE}",
    ]
    return lines


def _there(tests: Sequence[CountedTest], file: str) -> str:
    count = sum(t.file == file for t in tests)
    return f"{count} in {file}" if count else f"{file} is not there"


def _validation(card: Result | None, tests: Path) -> list[str]:
    lines = ["## 4. Validation: is it the right model?", ""]
    recorded = tests / "golden" / "scorecard.json"
    if card:
        table = card.table("scorecard")
        counted = table.loc[table.counted]
        missed = counted.loc[~counted.passed].sort_values("implausibility", ascending=False)
        lines += [
            f"From `{card.folder.name}` ({card.manifest['created']}): {int(counted.passed.sum())} of {len(counted)} "
            f"counted published patterns within tolerance. The worst of the {len(missed)} missed:",
            "",
            *_table(
                ("pattern", "source", "why"),
                ((r.pattern, r.source, r.explanation) for r in missed.head(MOST).itertuples()),
            ),
        ]
    elif recorded.is_file():
        kept = json.loads(recorded.read_text(encoding="utf-8"))
        lines += [
            f"The score that the tests keep: {len(kept['passed'])} of {kept['counted']} counted published patterns "
            "within tolerance. For which are missed and why, give a stored result: `--validation DIR`.",
        ]
    else:
        lines += [f"No scorecard was given, and none is kept here. {PEOPLE}"]
    return [
        *lines,
        "",
        f"- Forecast of 2018 to 2019 against simple baselines (`matsim forecast`), seen by: {PEOPLE}",
        f"- People who know trusts find the behaviour plausible: {PEOPLE}",
        f"- Validity for the decision of section 2, which no scorecard shows: {PEOPLE}",
    ]


def _data(about: Result | None) -> list[str]:
    status = Counter(source.status for source in SOURCES.values())
    statuses = ", ".join(f"{n} {name}" for name, n in status.most_common())
    lines = [
        "## 5. Data",
        "",
        f"- {len(SOURCES)} published sources stand behind parameters ({statuses}); `matsim evidence` lists them.",
    ]
    world = about.manifest.get("world") if about else None
    if world:
        lines.append(
            f"- First year: {world['origin']}; {count(world['used'])} of {count(world['read'])} school records used."
        )
        lines += [f"  - set aside: {reason}, {count(n)}" for reason, n in world["set_aside"].items()]
        lines += [f"  - filled: {gap}, {count(n)}" for gap, n in world["filled"].items()]
    return [*lines, f"- Fitness of these data for the purpose, licences and date of access: {PEOPLE}"]


def _assumptions(scenario: Scenario) -> list[str]:
    every = register(scenario)
    known = largest(read_influence())
    lines = [
        "## 6. Assumptions",
        "",
        f"{count(len(every))} parameters: {count(int((~every.assumed).sum()))} from a source, "
        f"{count(every.assumed.sum())} assumed, each with its reason (`matsim evidence --assumed`).",
        "",
    ]
    clear = known.loc[known.clear] if len(known) else known
    if len(clear):
        why = dict(zip(every.name, every.source_text, strict=True))
        lines += [
            f"Taken alone to both ends of its plausible range, {count(len(clear))} of {count(len(known))} move a "
            "headline result by more than luck does. The most influential:",
            "",
            *_table(
                ("parameter", "moves, from low to high end", "source, or why assumed"),
                ((r.parameter, moves(r), why.get(r.parameter, "")) for r in clear.head(MOST).itertuples()),
            ),
        ]
    else:
        lines.append("How far each moves the results has not been measured yet (`make influence`).")
    return [*lines, "", f"- Assumptions agreed with the commissioner: {PEOPLE}"]


def _reproducibility(about: Result | None) -> list[str]:
    lines = ["## 7. Reproducibility", ""]
    if about is None:
        return [*lines, f"No result was given (`--result DIR`). Command, seed, inputs and commit: {PEOPLE}"]
    m = about.manifest
    dirty = ", with changes that were not committed: it cannot be made again from the commit" if m.get("dirty") else ""
    libraries = ", ".join(f"{name} {version}" for name, version in m["libraries"].items())
    inputs = ((name, i.get("name", ""), i["sha256"][:16]) for name, i in m["inputs"].items())
    return [
        *lines,
        f"- Result `{about.folder.name}`, made {m['created']} by `{m['command'] or 'a program, not a command'}`",
        f"- Seed {m['seed']}; matsim {m['matsim']}, commit {m['commit'] or 'not known'}{dirty}",
        f"- Python {m['python']}; {libraries}",
        f"- Scenario: SHA-256 {m['scenario_sha256'][:16]}…",
        "",
        *_table(("input", "file", "SHA-256 begins"), inputs),
        "",
        f"- `matsim verify {about.folder.name}` was run and agreed, by and on: {PEOPLE}",
    ]


def _limits() -> list[str]:
    return [
        "## 8. Limitations and uncertainty",
        "",
        "- One possible England at a time: read bands over seeds and differences on the same luck, not single runs.",
        "- What files do not show (quality, capacity, what CEOs want) is drawn, not observed.",
        "- Ranges are judgements; parameters taken one at a time say nothing of how they act together.",
        f"- Limits that matter for this decision, and how they are told to those who decide: {PEOPLE}",
    ]


def _sign() -> list[str]:
    rows = ((role, PEOPLE, PEOPLE, PEOPLE) for role, _ in ROLES)
    return ["## 9. Sign-off", "", *_table(("role", "fit for purpose? with what caveats?", "name", "date"), rows)]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; bars and line ends in cells do not break it."""
    cells = [[" ".join(_text(cell).replace("|", "\\|").split()) for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (list(head), ["---"] * len(head), *cells)]


def _text(cell: object) -> str:
    return "" if cell is None or cell is pd.NA else str(cell)


def read_tests(folder: Path = TESTS) -> list[CountedTest]:
    """Every test function below a folder, in order of file; none where there is no such folder.

    A test that runs over many cases counts once.
    """
    tests: list[CountedTest] = []
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = frozenset(mark for node in tree.body if _is_pytestmark(node) for mark in _marks(node))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                marks = {mark for decorator in node.decorator_list for mark in _marks(decorator)}
                directions = frozenset(name for decorator in node.decorator_list for name in _directions(decorator))
                tests.append(CountedTest(node.name, path.name, whole | marks, directions))
    return tests


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)


def _marks(node: ast.AST) -> Iterator[str]:
    """Names after `pytest.mark.` in a piece of code."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Attribute) and part.value.attr == "mark":
            yield part.attr


def _directions(decorator: ast.expr) -> list[str]:
    """The names in a mark `direction`; none in any other decorator."""
    if not isinstance(decorator, ast.Call) or "direction" not in _marks(decorator.func):
        return []
    return [str(a.value) for a in decorator.args if isinstance(a, ast.Constant)]
