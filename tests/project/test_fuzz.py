"""Whatever a file or a form holds, a result or a sentence comes of it: no traceback, no hang, nothing half-written.

Every input is a right one, spoilt (tests/support/fuzzing.py). The seed is fixed, so that what is found is found again.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import scenario
from support.calling import process, published
from support.fuzzing import guarded, spoilt
from support.make_gias import CONVERTER, NARROW, school, successor, write, write_successors
from support.make_inspections import FORM_2023, FORM_2026, TITLE, card, carded, judged, write_inspections
from support.selfcheck_forms import DOORS, block

from matsim.board.schools_form import TEMPLATE, trust_from
from matsim.calibration import free_parameters
from matsim.core.errors import LONGEST, MatsimError
from matsim.core.find import find_agent
from matsim.evidence import calibrated, targets
from matsim.experiment.ensemble import parse_shard
from matsim.experiment.load import load_experiment
from matsim.results.store import open_result
from matsim.scenario.load import load, override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Files, build_world
from matsim.web.classroom import choices, session, storage
from matsim.web.explorer import decision_forms
from matsim.web.explorer import settings as setting_forms
from matsim.world.base import World
from matsim.world.groups import CODES, COLUMNS, FEDERATION_NAMES, FEDERATIONS, FLAG, NAMES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the guard against hanging is a signal of POSIX")

SEED = 20261128


@dataclass(frozen=True)
class Loader:
    """Something that reads what people give: right inputs by file name, and how one is read. `text`: a value."""

    right: dict[str, bytes]
    read: Callable[[Path], Any]
    cost: int = 1
    """How many times fewer inputs it is given, being slow."""


FORM = TEMPLATE.replace("100001", "{0}")
SHORT = """title = "A try"
question = "What happens?"
[run]
years = 3
seed = 7
[world.synthetic]
schools = 300
[inspection]
cycle_good = 4.5
[[shocks]]
kind = "funding cut"
year = 2020
size = 0.05
[[trusts]]
uid = 800001
[[trusts.decisions]]
year = 2019
growth = "hold"
central_charge = 0.05
"""
EXPERIMENT = """title = "x"
scenario = "area-300"
replicates = 2
years = 2
seed = 3
measures = ["mean_outcome", "share_good_or_better"]
[set]
"run.school_year" = false
[[arms]]
name = "as it is"
[[arms]]
name = "harm"
set = { "break_points.harm" = 0.5 }
[[uncertainties]]
name = "joining.nearness"
low = 0.1
high = 0.9
[design]
kind = "latin hypercube"
points = 4
"""
EIGHT = b"""RECTYPE,URN,SCHNAME,P8MEA,P8CILOW,P8CIUPP
1,100001,A school,0.50,0.40,0.60
1,100002,Another,SUPP,SUPP,SUPP
1,100003,"A third, in town",-1.25,-1.60,-0.90
5,,England,-0.03,-0.03,-0.03
"""
PROGRESS = b"""RECTYPE,URN,SCHNAME,READPROG,READPROG_LOWER,READPROG_UPPER,WRITPROG,MATPROG
1,100001,A school,2.5,1.1,3.9,1,2
2,100004,Special,LOWCOV,,,,
1,100005,Another,-3,-5,-1,0.1,-0.2
"""
OPTIONS = {"growth": ["grow"], "year": ["2019"], "target": ["8"], "central_charge": ["5"]}
LOG = (
    b'{"first":2018,"kind":"setup","mode":"parallel","seats":4,"seed":1,"trusts":[800036],"years":5}\n'
    b'{"browser":"abc","kind":"host"}\n'
    b'{"browser":"b1","code":"ABCD","colour":1,"kind":"team","name":"One","team":1}\n'
    b'{"kind":"start"}\n'
    b'{"choices":{"growth":"hold"},"done":true,"kind":"decide","predictions":{},"team":1,"year":2018}\n'
    b'{"kind":"advance","year":2018}\n'
)


SEEN = {"Inspection start date of latest OEIF graded inspection": "14/03/2017"}


def beside(loads: Callable[[Path], Any], name: str, content: str) -> Callable[[Path], Any]:
    """A loader of a file that another file, which is right, names."""

    def read(path: Path) -> Any:
        other = path.with_name(name)
        other.write_text(content.format(path.name), encoding="utf-8")
        return loads(other)

    return read


def value(read: Callable[[str], Any]) -> Callable[[Path], Any]:
    """A loader of one value, which the file holds as text."""
    return lambda path: read(path.read_bytes().decode("utf-8", "replace")[:100_000])


def form(text: str, given: dict[str, list[str]]) -> dict[str, list[str]]:
    """A form in which each line `name=value` of a text replaces or adds a field."""
    lines = [line.partition("=") for line in text.splitlines()]
    return given | {name: [said] for name, _, said in lines if name}


def lines(given: dict[str, list[str]]) -> bytes:
    return "\n".join(f"{name}={said}" for name, values in given.items() for said in values).encode()


def named_trusts(folder: Path) -> bytes:
    """Schools that name their trusts and federations themselves."""
    rows = []
    for i in range(40):
        kind, flag = (
            (CONVERTER, "Supported by a multi-academy trust") if i % 2 else ("Community school", "Not applicable")
        )
        groups = {FLAG: flag, CODES: 500 + i % 3 if i % 2 else "", NAMES: "A TRUST" if i % 2 else ""}
        groups |= {FEDERATIONS: "" if i % 2 else 600 + i % 4, FEDERATION_NAMES: "" if i % 2 else "A Federation"}
        rows.append(school(100001 + i, kind, easting=530000 + 900 * i) | groups)
    return write(folder / "named.csv", rows, (*NARROW, *COLUMNS)).read_bytes()


def chains(folder: Path) -> bytes:
    """Predecessors and successors of the schools of `published`."""
    rows = [
        successor(100001 + i, 145001 + i, "Successor - merged" if i % 3 else "Successor", "31-08-2014")
        for i in range(30)
    ]
    return write_successors(folder / "chains.csv", rows).read_bytes()


def _session(path: Path) -> Any:
    entries, _ = storage.read(path)
    return session.fold(entries)


def _inspections(folder: Path) -> list[Path]:
    """Files of inspections of the schools that `published` invents: of a headline grade, and of report cards."""
    urns = range(100001, 100061)
    visit = {"Date of latest ungraded inspection": "05/06/2018"}
    visit |= {"Ungraded inspection overall outcome": "School remains Good"}
    old = [judged(urn, **visit, **{"Overall effectiveness": 1 + urn % 4}) for urn in urns]
    new = [carded(urn, **(card(on="20/01/2018") if urn % 2 else {})) | SEEN for urn in urns]
    title = TITLE.format(date="31 August 2018")
    return [
        write_inspections(folder / "headline.csv", old, FORM_2023, title),
        write_inspections(folder / "cards.csv", new, FORM_2026),
    ]


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory, area: World) -> dict[str, Loader]:
    """Everything that reads what people give."""
    folder = tmp_path_factory.mktemp("right")
    schools, links = published(folder)
    small = scenario(world__start=2018)
    urns = area.schools["urn"].tolist()
    trusts = dict(zip(area.trusts["uid"].tolist(), area.trust_names, strict=True))
    board = FORM.format(urns[0]).replace("\n", f"\n{urns[1]},,,,,,,,,,\n", 1).encode()
    settings = {"run.years": ["3"], "inspection.cycle_good": ["4.5"], "title": ["x"], "run.seed": ["4"]}
    design = EXPERIMENT.replace('kind = "latin hypercube"\npoints = 4', 'kind = "csv"\nfile = "{0}"').replace(
        '{ "break_points.harm" = 0.5 }', '{{ "break_points.harm" = 0.5 }}'
    )
    some = "\n[[patterns]]".join(targets.FILE.read_text(encoding="utf-8").split("\n[[patterns]]")[:3])
    free = "\n[[free]]".join(free_parameters.FILE.read_text(encoding="utf-8").split("\n[[free]]")[:4])
    fitted = "\n[[parameters]]".join(calibrated.FILE.read_text(encoding="utf-8").split("\n[[parameters]]")[:3])
    assigned = b"inspection.cycle_good=4.5\x00run.years=3\x00ceos[0].share=0.2\x00break_points.harm=0.5"
    return {
        "scenario": Loader({"s.toml": SHORT.encode()}, partial(load, root=Scenario)),
        "experiment": Loader({"e.toml": EXPERIMENT.encode()}, load_experiment, cost=2),
        "design": Loader(
            {"d.csv": b"joining.nearness\n0.2\n0.5\n0.7\n"}, beside(load_experiment, "e.toml", design), cost=2
        ),
        "targets": Loader({"t.toml": some.encode()}, targets.read_targets),
        "free": Loader({"f.toml": free.encode()}, free_parameters.read_free),
        "calibrated": Loader({"c.toml": fitted.encode()}, calibrated.read_calibrated.__wrapped__),
        "schools": Loader({"s.csv": schools.read_bytes()}, lambda path: build_world(small, Files(path, links))),
        "schools that name trusts": Loader(
            {"t.csv": named_trusts(folder)}, lambda path: build_world(small, Files(path))
        ),
        "successors": Loader(
            {"p.csv": chains(folder)}, lambda path: build_world(small, Files(schools, links, successors=path))
        ),
        "links": Loader({"l.csv": links.read_bytes()}, lambda path: build_world(small, Files(schools, path))),
        "results": Loader(
            {"ks4_2018.csv": EIGHT, "ks2_2018.csv": PROGRESS},
            lambda path: build_world(small, Files(schools, links, results=(path,))),
        ),
        "inspections": Loader(
            {path.name: path.read_bytes() for path in _inspections(folder)},
            lambda path: build_world(small, Files(schools, links, path)),
        ),
        "board": Loader({"b.csv": board}, lambda path: trust_from(path, area, "A trust", None, small.travel)),
        **{name: Loader({name: block("csv", name).encode()}, partial(_judged, check)) for name, check in DOORS.items()},
        "log": Loader({"log.jsonl": LOG}, _session),
        "settings": Loader(
            {"form": lines(settings)}, value(lambda text: setting_forms.changed(form(text, settings), small)), cost=2
        ),
        "decisions": Loader(
            {"form": lines(OPTIONS)},
            value(lambda text: decision_forms.with_decision(small, 800001, form(text, OPTIONS))),
        ),
        "classroom form": Loader(
            {"form": lines(OPTIONS)}, value(lambda text: choices.read(form(text, OPTIONS), 2019, choices.known(small)))
        ),
        "assignments": Loader({"set": assigned}, value(lambda text: override(small, text.split("\0"), "command line"))),
        "numbers": Loader(
            {"n": b"800001", "m": b"Jarnisby Chapel Lane Primary"},
            value(lambda text: find_agent(text, trusts, "trust", "--trust")),
        ),
        "shard": Loader({"n": b"2/4"}, value(parse_shard)),
    }


def _judged(check: Callable[[str], Any], path: Path) -> Any:
    found = check(str(path))
    return found.sentences(), found.to_dict()


def tried(loader: Loader, rng: random.Random, folder: Path, count: int) -> int:
    """Read so many spoilt inputs; how many were refused. Anything but a result or a sentence fails."""
    refused: list[bytes] = []
    for _ in range(count):
        name = rng.choice(sorted(loader.right))
        path = folder / name
        path.write_bytes(spoilt(rng, loader.right[name]))
        try:
            with guarded():
                loader.read(path)
        except MatsimError as error:
            refused.append(str(error).encode())
    longest = max((len(line) for told in refused for line in told.decode().splitlines()), default=0)
    assert longest < 3 * LONGEST, "a sentence is as long as the input"
    return len(refused)


def every(loaders: dict[str, Loader], folder: Path, count: int, seed: int) -> None:
    """Give all loaders spoilt inputs, so many in all; every loader must have met some that it refused."""
    share = count / sum(1 / loader.cost for loader in loaders.values())
    for name, loader in loaders.items():
        own = folder / name.replace(" ", "-")
        own.mkdir()
        for file, content in loader.right.items():
            (own / file).write_bytes(content)
            loader.read(own / file)  # what is spoilt is right to begin with
        refused = tried(loader, random.Random(f"{seed} {name}"), own, round(share / loader.cost))
        assert refused, f"{name}: nothing was refused, so nothing was tried"


def test_spoilt_inputs_are_refused_in_words(loaders: dict[str, Loader], tmp_path: Path) -> None:
    every(loaders, tmp_path, 300, SEED)


@pytest.mark.long
def test_ten_thousand_spoilt_inputs_are_refused_in_words(loaders: dict[str, Loader], tmp_path: Path) -> None:
    every(loaders, tmp_path, 10_000, SEED + 1)


def commands(rng: random.Random, folder: Path) -> Iterator[tuple[str, ...]]:
    """Real commands, each with a spoilt file or a spoilt value."""
    right = {
        "s.toml": SHORT.encode(),
        "e.toml": EXPERIMENT.encode(),
        **{name: block("csv", name).encode() for name in DOORS},
    }
    ways: tuple[tuple[str, ...], ...] = (
        *(("scenario", "check", "s.toml"), ("scenario", "show", "s.toml"), ("run", "s.toml", "--out", "out")),
        *(("sweep", "e.toml", "--out", "out", "--workers", "0"), ("survey", "survey.csv")),
        *(("cluster-check", "cluster.csv"), ("checklist", "checklist.csv"), ("review", "review.csv")),
        *(("scenario", "check", "area-300"), ("run", "area-300", "--years", "2", "--out", "out", "--seed", "5")),
    )
    while True:
        words = rng.choice(ways)
        for name in right.keys() & set(words):
            (folder / name).write_bytes(spoilt(rng, right[name]))
        if not right.keys() & set(words):
            at = rng.randrange(2 if words[0] == "scenario" else 1, len(words))
            said = spoilt(rng, words[at].encode()).replace(b"\0", b"")[:5000].decode("utf-8", "replace")
            words = (*words[:at], said, *words[at + 1 :])
        yield words


def typed(folder: Path, count: int, seed: int) -> None:
    """Give so many real commands, each a process of its own, in an empty folder."""
    rng = random.Random(seed)
    for number, words in enumerate(commands(rng, folder)):
        if number == count:
            return
        done = process(*words, cwd=folder)
        told = f"command {number}: {[word[:80] for word in words]}: {done.returncode}\n{done.stderr[-2000:]}"
        assert done.returncode in (0, 2, 3, 4), told
        assert "Traceback" not in done.stderr, told
        assert "bug in matsim" not in done.stderr, told
        left = [path for path in folder.iterdir() if path.name.startswith(".") or (path.is_dir() and done.returncode)]
        assert done.returncode == 4 or not left, f"{told}\n{left}"
        for path in folder.iterdir():
            if path.is_dir():
                assert open_result(path).tables
                shutil.rmtree(path)
            else:
                path.unlink()


def test_real_commands_with_spoilt_inputs_end_in_words(tmp_path: Path) -> None:
    typed(tmp_path, 6, SEED)


@pytest.mark.long
def test_two_hundred_real_commands_with_spoilt_inputs_end_in_words(tmp_path: Path) -> None:
    typed(tmp_path, 200, SEED + 1)
